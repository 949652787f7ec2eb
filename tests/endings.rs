//! However a run ends: its status and codes are those of the contract, the session is finished
//! once, and the terminal is the person's again.

use std::time::{Duration, Instant};

use alacritty_terminal::term::TermMode;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::LocalModes;
use serde_json::{Value, json};

use crate::support::left;
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::{
    CLAUDE_READY, WIDE, assert_given_back, claude, document, only_session, project, run, run_with,
    script, wait_until,
};
use crate::support::terminal::{Answers, BUSY, Exit, Terminal};

/// The longest that a run may take to end when it is told to.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// Asserts how the only session of a project ended.
#[track_caller]
fn assert_ended(sandbox: &Sandbox, status: &str, returncode: &Value) {
    let session = only_session(sandbox);
    assert_eq!((&session["status"], &session["returncode"]), (&json!(status), returncode));
    assert_ne!(session["ts_end"], Value::Null);
}

/// A child that works on something when its end comes.
fn at_work(sandbox: &Sandbox, args: &[&str]) -> Terminal {
    let terminal = claude(sandbox, args);
    terminal.prompt("something plain");
    terminal.wait_for("Worked for");
    terminal
}

#[test]
fn the_childs_exit_is_the_runs_exit() {
    let table = [
        ("exit 0", "succeeded_empty", json!("0"), 0),
        ("exit 7", "failed_empty", json!("7"), 10),
        ("kill -KILL $$", "failed_empty", json!("137"), 10),
        ("kill -INT $$", "interrupted_empty", json!("130"), 130),
    ];
    for (end, status, returncode, code) in table {
        let sandbox = project();
        // It leaves on everything that a child can turn on.
        let modes = "\\033[?1049h\\033[?1003h\\033[?1006h\\033[?2004h\\033[?1004h\\033[?1h\\033=\
                     \\033[>7u\\033[?25l\\033[5 q\\033[?2026h";
        script(&sandbox, "claude", &format!("stty raw -echo; printf '{modes}'; {end}"));
        let args = ["--provider", "claude"];
        let mut terminal = run_with(&sandbox, &args, WIDE, Answers::Kitty);
        assert_eq!(terminal.wait_exit(), Exit::Code(code), "{end}");
        assert_given_back(&terminal);
        assert_ended(&sandbox, status, &returncode);
    }
}

#[test]
fn a_run_that_records_nothing_leaves_no_tape() {
    let sandbox = project();
    script(&sandbox, "claude", "exit 0");
    let mut terminal = run(&sandbox, &["--provider", "claude", "--no-record"]);
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_eq!(only_session(&sandbox)["cast_path"], Value::Null);
    assert!(!sandbox.repo().join(".loghop/sessions/S-001.cast").exists());
}

#[test]
fn a_terminal_that_only_prints_lines_has_no_split_screen() {
    let mut sandbox = project();
    sandbox.set("TERM", "dumb");
    script(&sandbox, "claude", "echo the child itself; exit 0");
    let mut terminal = run(&sandbox, &["--provider", "claude"]);
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    let text = terminal.screen().text();
    assert!(text.contains("no split screen and no recording on a terminal of TERM=dumb"), "{text}");
    assert!(text.contains("the child itself"), "{text}");
    let output = terminal.output();
    assert!(!output.contains(&0x1b), "{}", String::from_utf8_lossy(&output));
    assert_ended(&sandbox, "succeeded_empty", &json!("0"));
}

#[test]
fn ctrl_c_is_the_childs() {
    let sandbox = project();
    let mut terminal = at_work(&sandbox, &[]);
    terminal.send("\x03");
    terminal.wait_for("again to exit");
    assert!(terminal.is_running());
    terminal.send("\x03");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_given_back(&terminal);
    assert_ended(&sandbox, "succeeded", &json!("0"));
}

#[test]
fn the_timeout_ends_the_child() {
    let sandbox = project();
    let mut terminal = claude(&sandbox, &["--timeout", "4"]);
    assert_eq!(terminal.wait_exit(), Exit::Code(3));
    assert_given_back(&terminal);
    assert_ended(&sandbox, "timed_out_empty", &Value::Null);
    assert!(terminal.screen().text().contains("claude timed out"));
}

#[test]
fn a_signal_to_loghop_ends_the_child_and_finishes_the_session() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let sandbox = project();
        let mut terminal = at_work(&sandbox, &[]);
        let since = Instant::now();
        terminal.signal(signal);
        assert_eq!(terminal.wait_exit(), Exit::Code(130), "{signal:?}");
        assert!(since.elapsed() < ENDS_WITHIN * BUSY, "{signal:?}: {:?}", since.elapsed());
        assert_given_back(&terminal);
        let said = document(&sandbox, "S-001");
        assert!(said.contains("status: interrupted"), "{said}");
        assert!(said.contains("prompts: 1"), "{said}");
        assert!(sandbox.files(".claude/sessions", ".json").is_empty(), "the child ended itself");
    }
}

#[test]
fn a_child_that_does_not_listen_is_killed() {
    let mut sandbox = project();
    sandbox.set("LOGHOP_PLAY_FAULT", "ignore-term");
    let mut terminal = at_work(&sandbox, &[]);
    let child = pid_file(&sandbox)["pid"].clone();
    let since = Instant::now();
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(), Exit::Code(130));
    let took = since.elapsed();
    assert!(took >= Duration::from_secs(2) && took < ENDS_WITHIN * BUSY, "{took:?}");
    assert_given_back(&terminal);
    assert_ended(&sandbox, "interrupted", &json!("130"));
    assert!(!std::path::Path::new(&format!("/proc/{child}")).exists(), "{child} lives on");
}

/// What a Claude that runs tells about itself.
fn pid_file(sandbox: &Sandbox) -> Value {
    let path = sandbox.files(".claude/sessions", ".json").remove(0);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_closed_window_ends_the_run() {
    for fault in ["", "ignore-term"] {
        let mut sandbox = project();
        sandbox.set("LOGHOP_PLAY_FAULT", fault);
        let terminal = at_work(&sandbox, &[]);
        let since = Instant::now();
        assert_eq!(terminal.close_window(), Exit::Code(130), "{fault}");
        assert!(since.elapsed() < ENDS_WITHIN * BUSY, "{fault}: {:?}", since.elapsed());
        let said = document(&sandbox, "S-001");
        assert!(said.contains("status: interrupted") && said.contains("prompts: 1"), "{said}");
        // A window that is gone has no size, for which what stood there would be cut.
        let left = left::sessions(&sandbox).remove(0);
        assert!(left.tape.iter().all(|event| event[1] != "r"), "{fault}: {:#?}", left.tape);
    }
}

#[test]
fn whoever_does_not_want_to_wait_for_the_end_need_not() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut sandbox = project();
        sandbox.set("LOGHOP_PLAY_FAULT", "never-flush");
        let mut terminal = at_work(&sandbox, &[]);
        terminal.prompt("/exit");
        terminal.wait_for("finishing: waiting for Claude Code to write its transcript");
        assert_given_back(&terminal);
        let since = Instant::now();
        terminal.signal(signal);
        assert_eq!(terminal.wait_exit(), Exit::Code(0), "{signal:?}");
        assert!(
            since.elapsed() < Duration::from_secs(1) * BUSY,
            "{signal:?}: {:?}",
            since.elapsed()
        );
        let text = terminal.screen().text();
        assert!(text.contains("what the assistant writes late was not waited for"), "{text}");
        // The transcript never came; the screen had what was said.
        assert_ended(&sandbox, "succeeded", &json!("0"));
    }
}

#[test]
fn a_run_that_was_killed_is_finished_once_by_the_next_command() {
    for next in [&["sessions"][..], &["status"], &["run", "--headless", "--prompt", "plain"]] {
        let sandbox = project();
        let mut terminal = at_work(&sandbox, &[]);
        terminal.signal(Signal::KILL);
        assert!(matches!(terminal.wait_exit(), Exit::Signal(_)));
        assert!(document(&sandbox, "S-001").contains("status: running"));
        let output = sandbox.run(LOGHOP, next);
        assert!(output.status.success(), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.matches("S-001").count(), 1, "{next:?}: {told}");
        let said = document(&sandbox, "S-001");
        assert!(said.contains("status: interrupted") && said.contains("prompts: 1"), "{said}");
        assert!(said.contains("returncode: '130'"), "{said}");
        let timeline = sandbox.repo().join(".loghop/timeline.jsonl");
        let events = std::fs::read_to_string(timeline).unwrap();
        sandbox.run(LOGHOP, &["sessions"]);
        assert_eq!(document(&sandbox, "S-001"), said, "{next:?}");
        assert_eq!(
            events.matches("Hello from the script").count(),
            if next.len() > 1 { 2 } else { 1 },
            "{events}"
        );
        assert!(left_in(&sandbox).is_empty(), "{:?}", left_in(&sandbox));
    }
}

#[test]
fn a_session_that_cannot_be_finished_is_finished_later_and_that_is_said() {
    let sandbox = project();
    let mut terminal = at_work(&sandbox, &[]);
    // Where the transcript goes nothing can be written: what a full disk does.
    let blocked = sandbox.repo().join(".loghop/sessions/S-001.transcript.jsonl");
    std::fs::create_dir_all(blocked.join("in the way")).unwrap();
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(1));
    assert_given_back(&terminal);
    let text = terminal.screen().text();
    assert!(text.contains("S-001 is not lost: when that is mended, `loghop sessions`"), "{text}");
    std::fs::remove_dir_all(&blocked).unwrap();
    assert_eq!(only_session(&sandbox)["turns_captured"], 2);
}

/// Files of running sessions that nobody needs when they are finished.
fn left_in(sandbox: &Sandbox) -> Vec<String> {
    let entries = std::fs::read_dir(sandbox.repo().join(".loghop/sessions")).unwrap();
    let names = entries.flatten().map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|n| ["brief", "trail", "tmp"].iter().any(|word| n.contains(word))).collect()
}

#[test]
fn a_run_that_lives_is_not_finished_by_another_command() {
    let sandbox = project();
    let terminal = at_work(&sandbox, &[]);
    assert_eq!(only_session(&sandbox)["status"], "running");
    drop(terminal);
}

#[test]
fn a_stopped_run_gives_the_terminal_back_and_takes_it_again() {
    let sandbox = project();
    let args = ["--provider", "claude"];
    let mut terminal = run_with(&sandbox, &args, WIDE, Answers::Kitty);
    terminal.wait_for(CLAUDE_READY);
    terminal.signal(Signal::TSTP);
    let stat = format!("/proc/{}/stat", terminal.pid().as_raw_nonzero());
    wait_until("loghop to be stopped", || std::fs::read_to_string(&stat).unwrap().contains(") T "));
    terminal.wait_until("the shell's screen", |s| !s.modes.contains(TermMode::ALT_SCREEN));
    assert_given_back(&terminal);
    terminal.signal(Signal::CONT);
    terminal.wait_until("the split screen", |s| s.modes.contains(TermMode::ALT_SCREEN));
    terminal.wait_for(CLAUDE_READY);
    assert!(!terminal.termios().local_modes.contains(LocalModes::ICANON));
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_given_back(&terminal);
}

#[test]
fn a_child_that_suspends_itself_goes_on() {
    let sandbox = project();
    // As Claude does it: it waits for the signal that a shell would send when it is wanted again.
    let body = "stty raw -echo; trap 'printf \"here again\"; read x; exit 0' CONT; printf ready; \
                head -c 1 >/dev/null; printf suspended; kill -TSTP $$; while :; do sleep 0.1; done";
    script(&sandbox, "claude", body);
    let mut terminal = run(&sandbox, &["--provider", "claude"]);
    terminal.wait_for("ready");
    terminal.send("\x1a");
    terminal.wait_for("suspended");
    terminal.wait_for("here again");
    terminal.wait_for("Claude Code goes on");
    terminal.send("\n");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_given_back(&terminal);
}

/// The process of `loghop run` in a sandbox, once it is there.
fn loghop_in(sandbox: &Sandbox) -> Pid {
    let is_run = |pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.starts_with(LOGHOP.as_bytes()) && line.windows(3).any(|word| word == b"run")
    };
    let pid = sandbox.processes().into_iter().find(is_run).unwrap();
    Pid::from_raw(pid.cast_signed()).unwrap()
}

#[test]
fn in_a_shell_a_stopped_run_leaves_the_screen_and_comes_back_whole() {
    let sandbox = project();
    let shell = sandbox.launch("/bin/bash", &["--norc", "--noprofile", "-i"]);
    let mut terminal = Terminal::start(&shell, WIDE, Answers::Kitty);
    terminal.send(format!("{LOGHOP} run --provider claude\r"));
    terminal.wait_for(CLAUDE_READY);
    for size in [(150, 45), (130, 38)] {
        kill_process(loghop_in(&sandbox), Signal::TSTP).unwrap();
        terminal.wait_until("the shell", |s| {
            !s.modes.contains(TermMode::ALT_SCREEN) && s.text().contains("Stopped")
        });
        let quiet = terminal.output().len();
        terminal.send("echo is$((6 * 7)); clear\r");
        terminal.wait_until("an empty screen", |s| !s.text().contains("Stopped"));
        let said = terminal.output()[quiet..].to_vec();
        assert!(String::from_utf8_lossy(&said).contains("is42"), "the shell has the terminal");
        assert!(!terminal.screen().modes.intersects(
            TermMode::MOUSE_MODE | TermMode::KITTY_KEYBOARD_PROTOCOL | TermMode::ALT_SCREEN
        ));
        terminal.resize(size.0, size.1);
        terminal.send("fg\r");
        terminal.wait_until("the whole screen in its new size", |s| {
            s.modes.contains(TermMode::ALT_SCREEN | TermMode::SGR_MOUSE)
                && s.text().contains(CLAUDE_READY)
                && s.lines[0].contains("Handoff  Live  Timeline")
                && s.lines.last().unwrap().contains("F9 hand over")
                && s.lines.len() == usize::from(size.1)
        });
        assert!(!terminal.termios().local_modes.contains(LocalModes::ICANON));
    }
    terminal.prompt("/exit");
    terminal.wait_for("recorded session S-001");
    terminal.send("exit\r");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
}

#[test]
fn a_signal_that_comes_at_once_leaves_nothing_behind() {
    // From the first byte on, which asks the terminal something, it is not the shell's any more.
    let sandbox = project();
    for wait in [0, 20, 60, 120, 200] {
        let mut terminal = run(&sandbox, &["--provider", "claude"]);
        wait_until("the first byte", || !terminal.output().is_empty());
        std::thread::sleep(Duration::from_millis(wait));
        terminal.signal(Signal::TERM);
        assert_eq!(terminal.wait_exit(), Exit::Code(130), "after {wait} ms");
        assert_given_back(&terminal);
    }
}
