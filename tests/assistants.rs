//! The scripted assistants in a terminal: what they share with the real clients, one fact each.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use alacritty_terminal::term::TermMode;
use alacritty_terminal::vte::ansi::Color;
use loghop::demo::{STORY_PARTS, Scene};
use loghop::env::Env;
use rustix::process::Signal;
use serde_json::Value;

use crate::support::mock_api::holds;
use crate::support::sandbox::{LOGHOP, Sandbox, records};
use crate::support::terminal::{Answers, Exit, PATIENCE, Screen, Terminal};

const READY: [(&str, &str); 2] = [("claude", "? for shortcuts"), ("codex", "Ask Codex")];
const REPLY: &str = "Hello from the script.";

/// Starts an assistant and waits until it can be typed to.
fn ready(sandbox: &Sandbox, name: &str, args: &[&str]) -> Terminal {
    ready_with(sandbox, name, args, Answers::Plain)
}

fn ready_with(sandbox: &Sandbox, name: &str, args: &[&str], answers: Answers) -> Terminal {
    let terminal = sandbox.start(name, args, answers);
    terminal.wait_for(READY.iter().find(|(n, _)| *n == name).unwrap().1);
    terminal
}

fn transcripts(sandbox: &Sandbox, name: &str) -> Vec<PathBuf> {
    match name {
        "claude" => sandbox.claude_transcripts(),
        _ => sandbox.codex_rollouts(),
    }
}

/// Waits until the only transcript of this assistant holds the text.
#[track_caller]
fn wait_for_record(sandbox: &Sandbox, name: &str, text: &str) -> Vec<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let found = transcripts(sandbox, name);
        assert!(found.len() <= 1, "{found:?}");
        let all = found.first().map(|path| records(path)).unwrap_or_default();
        if all.iter().any(|record| holds(record, text)) {
            return all;
        }
        assert!(Instant::now() < end, "`{text}` is not in {found:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The pid file of a Claude that runs.
fn pid_file(sandbox: &Sandbox, terminal: &Terminal) -> Value {
    let name = format!("home/.claude/sessions/{}.json", terminal.pid().as_raw_nonzero());
    serde_json::from_slice(&std::fs::read(sandbox.root().join(name)).unwrap()).unwrap()
}

#[test]
fn claude_draws_on_the_main_screen_and_writes_as_it_says() {
    let sandbox = Sandbox::new();
    let id = "00000000-0000-4000-8000-000000000001";
    let mut terminal = ready(&sandbox, "claude", &["--session-id", id]);
    assert!(!terminal.screen().modes.contains(TermMode::ALT_SCREEN));
    assert!(sandbox.claude_transcripts().is_empty(), "no file before the first prompt");
    assert_eq!(pid_file(&sandbox, &terminal)["status"], "idle");
    terminal.prompt("say something plain");
    terminal.wait_for(REPLY);
    let records = wait_for_record(&sandbox, "claude", REPLY);
    let prompt = records.iter().find(|r| r["message"]["content"] == "say something plain");
    assert_eq!(prompt.unwrap()["sessionId"], id);
    assert_eq!(prompt.unwrap()["cwd"], sandbox.repo().to_str().unwrap());
    assert!(sandbox.claude_transcripts()[0].ends_with(format!("{id}.jsonl")));
    terminal.wait_for("Worked for");
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert!(terminal.screen().whole().contains(&format!("claude --resume {id}")));
    assert!(sandbox.files(".claude/sessions", ".json").is_empty(), "the pid file is gone");
    terminal.assert_clean();
}

#[test]
fn codex_takes_the_whole_screen_and_holds_its_rollout_open() {
    let sandbox = Sandbox::new();
    let mut terminal = ready_with(&sandbox, "codex", &["--no-daemon"], Answers::Kitty);
    let modes = terminal.wait_until("modes", |s| s.modes.contains(TermMode::SGR_MOUSE)).modes;
    assert!(modes.contains(TermMode::ALT_SCREEN | TermMode::MOUSE_MOTION), "{modes:?}");
    assert!(modes.contains(TermMode::DISAMBIGUATE_ESC_CODES), "{modes:?}");
    terminal.prompt("say something plain");
    terminal.wait_for(REPLY);
    let records = wait_for_record(&sandbox, "codex", "task_complete");
    assert_eq!(records[0]["type"], "session_meta");
    assert_eq!(records[0]["payload"]["cwd"], sandbox.repo().to_str().unwrap());
    if cfg!(target_os = "linux") {
        let rollout = sandbox.codex_rollouts().remove(0);
        let folder = format!("/proc/{}/fd", terminal.pid().as_raw_nonzero());
        let open = std::fs::read_dir(folder).unwrap().flatten();
        let open: Vec<_> = open.filter_map(|f| std::fs::read_link(f.path()).ok()).collect();
        assert!(open.contains(&rollout), "{open:?}");
        assert!(open.iter().any(|f| f.to_string_lossy().ends_with(".lock")), "{open:?}");
    }
    terminal.send("\x03");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert!(terminal.screen().text().contains("codex resume"));
    terminal.assert_clean();
}

#[test]
fn a_tool_runs_only_when_it_was_allowed() {
    for (name, question) in [("claude", "Do you want to proceed?"), ("codex", "Would you like to")]
    {
        let sandbox = Sandbox::new();
        let made = sandbox.repo().join("made_by_tool.txt");
        let terminal = ready(&sandbox, name, &[]);
        terminal.prompt("use a tool");
        terminal.wait_for(question);
        terminal.send("n");
        terminal.wait_until("the dialog is gone", |s| !s.text().contains(question));
        assert!(!made.exists(), "{name}: it ran although it was denied");
        terminal.prompt("again a tool");
        terminal.wait_for(question);
        if name == "claude" {
            assert_eq!(pid_file(&sandbox, &terminal)["status"], "waiting");
        }
        terminal.send("\r");
        terminal.wait_for("Done: the tool ran");
        assert_eq!(std::fs::read_to_string(&made).unwrap(), "hello-from-tool\n", "{name}");
        wait_for_record(&sandbox, name, "Done: the tool ran");
    }
}

#[test]
fn codex_stands_still_until_the_cursor_is_answered() {
    let sandbox = Sandbox::new();
    let echo = |answers: Answers| {
        let terminal = ready_with(&sandbox, "codex", &[], answers);
        terminal.resize(100, 30);
        let asked = |t: &Terminal| t.output().windows(4).filter(|w| w == b"\x1b[6n").count();
        terminal.wait_until("the question", |_| asked(&terminal) == 2);
        let since = Instant::now();
        terminal.send("typed");
        terminal.wait_for("› typed");
        since.elapsed()
    };
    let (mute, plain) = (echo(Answers::Mute), echo(Answers::Plain));
    assert!(mute >= Duration::from_millis(1900) && plain < mute, "{mute:?}, {plain:?}");
}

#[test]
fn a_signal_ends_claude_clean_and_codex_dirty() {
    let sandbox = Sandbox::new();
    let mut claude = ready(&sandbox, "claude", &[]);
    claude.signal(Signal::TERM);
    assert_eq!(claude.wait_exit(), Exit::Code(143));
    claude.assert_clean();
    let mut codex = ready(&sandbox, "codex", &[]);
    codex.signal(Signal::TERM);
    assert!(matches!(codex.wait_exit(), Exit::Signal(_)));
    let left = codex.screen().modes;
    assert!(left.contains(TermMode::ALT_SCREEN | TermMode::MOUSE_MOTION), "{left:?}");
}

#[test]
fn a_closed_window_ends_both() {
    let sandbox = Sandbox::new();
    assert_eq!(ready(&sandbox, "claude", &[]).close_window(), Exit::Code(129));
    assert!(matches!(ready(&sandbox, "codex", &[]).close_window(), Exit::Signal(_)));
}

#[test]
fn clear_starts_another_session_and_the_pid_file_follows() {
    let sandbox = Sandbox::new();
    let terminal = ready(&sandbox, "claude", &[]);
    terminal.prompt("say something plain");
    terminal.wait_for("Worked for");
    let before = pid_file(&sandbox, &terminal)["sessionId"].clone();
    terminal.prompt("/clear");
    terminal.wait_until("an empty screen", |s| !s.text().contains(REPLY));
    assert_ne!(pid_file(&sandbox, &terminal)["sessionId"], before);
    terminal.prompt("another plain one");
    terminal.wait_for(REPLY);
    terminal.wait_for("Worked for");
    assert_eq!(sandbox.claude_transcripts().len(), 2);
}

#[test]
fn an_interrupted_reply_is_kept_by_claude_and_lost_by_codex() {
    for (name, kept) in [("claude", true), ("codex", false)] {
        let sandbox = Sandbox::new();
        let terminal = ready(&sandbox, name, &[]);
        terminal.prompt("a slow one");
        terminal.wait_for("tok003");
        let text = |records: &[Value]| records.iter().any(|r| holds(r, "tok001"));
        let so_far = transcripts(&sandbox, name).first().map(|path| records(path));
        assert!(!text(&so_far.unwrap()), "{name}: streaming text is on no disk");
        terminal.send("\x1b");
        terminal.wait_for("nterrupted");
        let stop = if kept { "[Request interrupted by user]" } else { "turn_aborted" };
        assert_eq!(text(&wait_for_record(&sandbox, name, stop)), kept, "{name}");
    }
}

#[test]
fn the_usage_limit_is_told_in_the_transcript() {
    for (name, sign) in [("claude", "rate_limit"), ("codex", "usage_limit_exceeded")] {
        let sandbox = Sandbox::new();
        let terminal = ready(&sandbox, name, &[]);
        terminal.prompt("reach the limit");
        terminal.wait_for("usage limit");
        wait_for_record(&sandbox, name, sign);
    }
}

#[test]
fn resuming_goes_on_in_the_same_file() {
    let sandbox = Sandbox::new();
    let id = "00000000-0000-4000-8000-000000000002";
    let mut first = ready(&sandbox, "claude", &["--session-id", id]);
    first.prompt("something plain");
    first.wait_for("Worked for");
    first.signal(Signal::TERM);
    first.wait_exit();
    let program = sandbox.bin().join("claude");
    let again = sandbox.run(program.to_str().unwrap(), &["--session-id", id, "-p", "x"]);
    assert_eq!(again.status.code(), Some(1), "an id that is used is refused");
    let second = ready(&sandbox, "claude", &["--resume", id]);
    second.prompt("a loghop note");
    second.wait_for("Worked for");
    wait_for_record(&sandbox, "claude", "write the config writer");
}

#[test]
fn a_small_window_and_many_sizes_are_drawn() {
    let sandbox = Sandbox::new();
    for name in ["claude", "codex"] {
        let terminal = ready(&sandbox, name, &[]);
        terminal.prompt("a long one");
        terminal.wait_for("code_198");
        for (cols, rows) in [(20, 10), (40, 24), (400, 120), (80, 24)] {
            terminal.resize(cols, rows);
            terminal.wait_until("the prompt sign", |s| {
                s.text().contains(if name == "claude" { "❯" } else { "›" })
            });
        }
        terminal.send("still here");
        terminal.wait_for("still here");
    }
}

#[test]
fn faults_are_as_asked_for() {
    let mut sandbox = Sandbox::new();
    let program = sandbox.bin().join("claude").display().to_string();
    let mut play = |fault: &str| {
        sandbox.set("LOGHOP_PLAY_FAULT", fault);
        let output = sandbox.run(&program, &["-p", "say something plain"]);
        let path = sandbox.claude_transcripts().pop();
        let text =
            path.as_ref().map(|p| String::from_utf8_lossy(&std::fs::read(p).unwrap()).into_owned());
        if let Some(path) = path {
            std::fs::remove_file(path).unwrap();
        }
        (output.status.code(), text)
    };
    assert_eq!(play("exit-at-once"), (Some(1), None));
    assert_eq!(play("never-flush"), (Some(0), None));
    assert!(play("torn-tail").1.unwrap().ends_with("[{\"ty"));
    assert!(play("unknown-records").1.unwrap().contains("brand-new-record"));
    assert!(play("garbage").1.unwrap().contains("not json at all"));
    let (code, text) = play("late-write");
    assert_eq!((code, text), (Some(0), None), "nothing is there when it exits");
    let end = Instant::now() + PATIENCE;
    while sandbox.claude_transcripts().is_empty() {
        assert!(Instant::now() < end, "nothing came later either");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn without_a_terminal_the_answer_is_text_or_events() {
    let sandbox = Sandbox::new();
    let claude = sandbox.bin().join("claude").display().to_string();
    let codex = sandbox.bin().join("codex").display().to_string();
    let plain = sandbox.run(&claude, &["-p", "something plain"]);
    assert!(String::from_utf8(plain.stdout).unwrap().starts_with(REPLY));
    let flags = ["-p", "--output-format", "stream-json", "--verbose", "something plain"];
    let last = |output: std::process::Output| -> Value {
        let text = String::from_utf8(output.stdout).unwrap();
        let events: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert!(events.iter().any(|event| holds(event, REPLY)), "{text}");
        events.last().unwrap().clone()
    };
    let result = last(sandbox.run(&claude, &flags));
    assert_eq!((&result["type"], &result["is_error"]), (&"result".into(), &false.into()));
    let result = last(sandbox.run(&codex, &["exec", "--json", "something plain"]));
    assert_eq!(result["type"], "turn.completed");
    let limit = sandbox.run(&codex, &["exec", "--json", "reach the limit"]);
    assert_eq!(limit.status.code(), Some(1));
}

/// The colour behind a cell.
fn behind(screen: &Screen, row: usize, column: usize) -> Color {
    screen.cells[row][column].bg
}

#[test]
fn the_window_title_says_what_they_do() {
    let sandbox = Sandbox::new();
    for (name, idle, asks) in [("claude", "✳", "✳"), ("codex", "repo", "[ ! ] Action Required")]
    {
        let terminal = ready(&sandbox, name, &[]);
        terminal.wait_until("an idle title", |s| s.title.starts_with(idle));
        terminal.prompt("use a tool");
        terminal.wait_until("a busy title", |s| !s.title.starts_with(idle));
        terminal.wait_until("a title that asks", |s| s.title.starts_with(asks));
    }
}

#[test]
fn the_cursor_stands_in_the_composer() {
    let sandbox = Sandbox::new();
    for (name, sign) in [("claude", "❯ draft"), ("codex", "› draft")] {
        let terminal = ready(&sandbox, name, &[]);
        terminal.send("draft");
        let screen = terminal.wait_for(sign);
        let row = screen.lines.iter().position(|line| line.starts_with(sign)).unwrap();
        assert_eq!(screen.cursor, (sign.chars().count(), row), "{name}");
        let band = Color::Indexed(236);
        assert_eq!(behind(&screen, row, 119) == band, name == "codex", "{name}");
    }
}

#[test]
fn the_story_plays_without_a_terminal() {
    let env = Env::from_pairs(std::env::vars_os());
    let scene = Scene::build(Path::new(LOGHOP), &env).unwrap();
    let run = |program: &str, args: &[&str]| {
        let mut command = std::process::Command::new("/usr/bin/env");
        command.arg(program).args(args).current_dir(scene.repo()).env_clear();
        command.envs(scene.env().iter()).stdin(std::process::Stdio::null()).output().unwrap()
    };
    assert_eq!(run("sh", &["check.sh"]).status.code(), Some(1));
    let [first, second] = STORY_PARTS;
    assert_eq!(
        run(first.provider.as_str(), &["-p", first.prompt]).status.code(),
        Some(1),
        "the limit"
    );
    assert_eq!(run("sh", &["check.sh"]).status.code(), Some(1), "half is left");
    assert_eq!(run(second.provider.as_str(), &["exec", second.prompt]).status.code(), Some(0));
    assert_eq!(run("sh", &["check.sh"]).status.code(), Some(0), "both checks pass");
}

#[test]
fn they_tell_what_they_are() {
    let sandbox = Sandbox::new();
    let says = |name: &str, flag: &str| {
        let output = sandbox.run(sandbox.bin().join(name).to_str().unwrap(), &[flag]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(says("claude", "--version"), "2.1.197 (Claude Code)\n");
    assert_eq!(says("codex", "--version"), "codex-cli 0.169.0\n");
    assert!(says("codex", "--help").contains("--no-daemon"));
    assert!(says("claude", "--help").contains("--session-id"));
}
