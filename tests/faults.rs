//! What goes wrong around a run, one fault each: the child, its transcript, the disk, the
//! settings. A person is told in one clear message, and nothing else breaks.

use std::path::Path;
use std::time::{Duration, Instant};

use alacritty_terminal::vte::ansi::{Color, NamedColor};
use serde_json::{Value, json};

use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::{
    CLAUDE_READY, WIDE, assert_given_back, claude, document, initialized, only_session, project,
    run, script,
};
use crate::support::terminal::{Answers, BUSY, Exit, Launch, Screen, Terminal};

/// Memory that a run may take whatever its transcript's size, in a debug build.
const MEMORY_MAX_KB: u64 = 120 << 10;

/// The scripted Claude with a fault, ready to be typed to.
fn faulty(fault: &str) -> (Sandbox, Terminal) {
    let mut sandbox = project();
    sandbox.set("LOGHOP_PLAY_FAULT", fault);
    let terminal = claude(&sandbox, &[]);
    (sandbox, terminal)
}

/// One prompt, its reply, and the end.
fn one_turn(terminal: &mut Terminal) -> Screen {
    terminal.prompt("something plain");
    terminal.wait_for("Worked for");
    leave(terminal)
}

fn leave(terminal: &mut Terminal) -> Screen {
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_given_back(terminal);
    terminal.screen()
}

#[test]
fn a_missing_assistant_is_told_and_nothing_is_begun() {
    let sandbox = initialized(Sandbox::bare());
    for (args, word, hint) in [
        (&["--provider", "codex"][..], "codex", "hint:"),
        (&[], "no assistant is installed", "loghop demo"),
    ] {
        let mut terminal = run(&sandbox, args);
        assert_eq!(terminal.wait_exit(), Exit::Code(2));
        let text = terminal.screen().text();
        assert!(text.contains(word) && text.contains(hint), "{text}");
        assert_given_back(&terminal);
        for folder in ["sessions", "handoffs", "topics"] {
            let folder = sandbox.repo().join(".loghop").join(folder);
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{folder:?}");
        }
    }
}

#[test]
fn a_child_that_exits_at_once_has_its_last_words() {
    let mut sandbox = project();
    sandbox.set("LOGHOP_PLAY_FAULT", "exit-at-once");
    let mut terminal = run(&sandbox, &["--provider", "claude"]);
    assert_eq!(terminal.wait_exit(), Exit::Code(10));
    assert_given_back(&terminal);
    let text = terminal.screen().text();
    assert!(text.contains("error: claude exited with code 1"), "{text}");
    assert!(text.contains("claude said last:\n  claude: cannot start"), "{text}");
    let session = only_session(&sandbox);
    assert_eq!((&session["status"], &session["returncode"]), (&json!("failed_empty"), &json!("1")));
}

/// A client of npm's whose node was removed, say.
#[test]
fn a_script_without_its_interpreter_says_which_is_missing() {
    let sandbox = project();
    std::fs::write(sandbox.bin().join("claude"), "#!/nowhere/bin/node --flag\n").unwrap();
    let mut terminal = run(&sandbox, &["--provider", "claude"]);
    assert_eq!(terminal.wait_exit(), Exit::Code(10));
    assert_given_back(&terminal);
    let text = terminal.screen().text();
    let why = "claude could not be started: its interpreter /nowhere/bin/node is missing";
    assert!(text.contains(why), "{text}");
    assert_eq!(only_session(&sandbox)["status"], "launch_failed_empty");
}

#[test]
fn last_words_are_few_and_redacted() {
    let sandbox = project();
    let token = ["ghp_", "0123456789abcdefABCDEF0123456789abcd"].concat();
    let lines = format!("for n in 1 2 3 4 5 6; do echo line $n; echo; done; echo {token}");
    for (end, code) in [("exit 3", 10), ("exit 0", 0)] {
        script(&sandbox, "claude", &format!("{lines}; {end}"));
        let mut terminal = run(&sandbox, &["--provider", "claude"]);
        assert_eq!(terminal.wait_exit(), Exit::Code(code));
        let text = terminal.screen().text();
        assert!(
            text.contains("claude said last:\n  line 3\n  line 4\n  line 5\n  line 6\n  "),
            "{text}"
        );
        assert!(!text.contains(&token), "{text}");
        // What went well needs no words once it came to a prompt.
        script(&sandbox, "claude", "printf '\\033]0;✳ Claude Code\\007'; echo words; exit 0");
        let mut terminal = run(&sandbox, &["--provider", "claude"]);
        assert_eq!(terminal.wait_exit(), Exit::Code(0));
        assert!(!terminal.screen().text().contains("words"));
    }
}

#[test]
fn a_transcript_that_never_comes_is_red_within_two_seconds() {
    let (sandbox, mut terminal) = faulty("never-flush");
    terminal.prompt("something plain");
    terminal.wait_for("Worked for");
    let since = Instant::now();
    let screen = terminal.wait_for("no transcript at");
    assert!(since.elapsed() < Duration::from_secs(2) * BUSY, "{:?}", since.elapsed());
    let row = screen.lines.iter().position(|line| line.contains("captured 0/1")).unwrap();
    let sign = screen.cells[row].iter().rfind(|cell| cell.c == '●').unwrap();
    let colour = sign.fg;
    assert!(is_red(colour), "{colour:?}");
    let after = leave(&mut terminal);
    assert!(after.text().contains("recorded session S-001"), "{}", after.text());
    // The screen had it: nothing is lost.
    let session = only_session(&sandbox);
    assert_eq!(session["status"], "succeeded");
    let witnesses = json!({"native": 0, "screen": 2, "matched": 0, "recovered": 2});
    assert_eq!(session["witnesses"], witnesses);
}

/// Whether a colour of the panel is the one for what is wrong.
fn is_red(colour: Color) -> bool {
    match colour {
        Color::Named(name) => matches!(name, NamedColor::Red | NamedColor::BrightRed),
        Color::Spec(rgb) => rgb.r > rgb.g && rgb.r > rgb.b,
        // Red in the sixteen, or in the cube: more red than green and blue.
        Color::Indexed(n @ 16..=231) => {
            let n = n - 16;
            n / 36 > n / 6 % 6 && n / 36 > n % 6
        }
        Color::Indexed(n) => n == 1 || n == 9,
    }
}

#[test]
fn a_damaged_transcript_is_read_as_far_as_it_goes() {
    for (fault, shown) in
        [("garbage", "not recognised"), ("torn-tail", ""), ("unknown-records", "not recognised")]
    {
        let (sandbox, mut terminal) = faulty(fault);
        terminal.prompt("something plain");
        terminal.wait_for("captured 2/2");
        terminal.send("\x1b[18~");
        terminal.wait_for(shown);
        leave(&mut terminal);
        let session = only_session(&sandbox);
        assert_eq!(
            (&session["status"], &session["turns_captured"]),
            (&json!("succeeded"), &json!(2))
        );
        let stored = sandbox.repo().join(".loghop/sessions/S-001.transcript.jsonl");
        let stored = std::fs::read_to_string(stored).unwrap();
        assert_eq!(stored.matches("Hello from the script").count(), 1, "{fault}: {stored}");
    }
}

#[test]
fn late_records_are_waited_for() {
    let (sandbox, mut terminal) = faulty("late-write");
    one_turn(&mut terminal);
    assert_eq!(only_session(&sandbox)["turns_captured"], 2);
}

#[test]
fn a_session_that_changes_in_mid_run_is_followed() {
    let (sandbox, mut terminal) = faulty("");
    terminal.prompt("first a plain one");
    terminal.wait_for("Worked for");
    terminal.prompt("/clear");
    terminal.wait_until("an empty screen", |s| !s.text().contains("Worked for"));
    terminal.prompt("second a loghop note");
    terminal.wait_for("captured 4/4");
    leave(&mut terminal);
    assert_eq!(sandbox.claude_transcripts().len(), 2);
    let session = only_session(&sandbox);
    assert_eq!((&session["status"], &session["turns_captured"]), (&json!("succeeded"), &json!(4)));
    assert_eq!(session["todos_pending"].as_array().unwrap().len(), 2, "{session}");
}

#[test]
fn inside_another_claude_the_child_is_its_own() {
    let mut sandbox = project();
    for (name, value) in [
        ("CLAUDECODE", "1"),
        ("CLAUDE_CODE_CHILD_SESSION", "1"),
        ("CLAUDE_CODE_SESSION_ID", "00000000-0000-4000-8000-00000000000f"),
    ] {
        sandbox.set(name, value);
    }
    let program = format!("env > \"$HOME/seen\"; exec '{LOGHOP}' play claude \"$@\"");
    script(&sandbox, "claude", &program);
    let mut terminal = claude(&sandbox, &[]);
    let after = one_turn(&mut terminal);
    let seen = std::fs::read_to_string(sandbox.home().join("seen")).unwrap();
    assert!(seen.contains("LOGHOP_SESSION=S-001") && !seen.contains("CLAUDE"), "{seen}");
    let text = after.text();
    assert!(text.contains("was started inside Claude Code"), "{text}");
    assert_eq!(only_session(&sandbox)["turns_captured"], 2);
}

#[test]
fn damaged_settings_are_told_once_and_the_rest_has_its_defaults() {
    let config = |sandbox: &Sandbox, text: &str| {
        std::fs::create_dir_all(sandbox.home().join(".loghop/themes")).unwrap();
        std::fs::write(sandbox.home().join(".loghop/config.toml"), text).unwrap();
    };
    let table = [
        ("[keys\npanel = 'f5'\n", "is damaged"),
        ("[keys]\npanel = 'hyper-x'\ntab = 'f8'\n", "`[keys] panel`"),
        ("[keys]\npanel = 3\ntab = 'f8'\n", "`[keys] panel`"),
        ("[keys]\npanel = 'f8'\ntab = 'f8'\n", "one key two meanings"),
        ("[keys]\nfly = 'f8'\n", "`[keys] fly`"),
        ("[run]\non_limt = 'switch'\n", "`[run] on_limt`"),
        ("[tui]\ntheme = 'nowhere'\n", "nowhere"),
        ("[tui]\ntheme = 'mine'\n", "mine"),
        ("[run]\nlayout = 'above'\n", "above"),
    ];
    for (text, told) in table {
        let sandbox = project();
        config(&sandbox, text);
        std::fs::write(sandbox.home().join(".loghop/themes/mine.toml"), "accent = \n").unwrap();
        let mut terminal = claude(&sandbox, &[]);
        // The panel is where it belongs, and its key works.
        terminal.wait_for("Handoff");
        let after = leave(&mut terminal).text();
        let warnings: Vec<_> = after.lines().filter(|line| line.starts_with("warning:")).collect();
        assert_eq!(warnings.len(), 1, "{text}: {after}");
        assert!(warnings[0].contains(told), "{text}: {after}");
    }
}

#[test]
fn a_damaged_project_config_is_told_once() {
    let sandbox = project();
    std::fs::write(sandbox.repo().join(".loghop/config.toml"), "goal = [[[\n").unwrap();
    let mut terminal = claude(&sandbox, &[]);
    let after = one_turn(&mut terminal).text();
    assert_eq!(after.matches("is damaged").count(), 1, "{after}");
    assert_eq!(only_session(&sandbox)["turns_captured"], 2);
}

#[test]
fn a_repository_without_a_project_is_offered_one() {
    let sandbox = Sandbox::new();
    let mut terminal = run(&sandbox, &["--provider", "claude"]);
    terminal.wait_for("loghop project? [Y/n]");
    terminal.send("n\n");
    assert_eq!(terminal.wait_exit(), Exit::Code(20));
    assert!(terminal.screen().text().contains("loghop init"));
    assert!(!sandbox.repo().join(".loghop").exists());
    let mut terminal = run(&sandbox, &["--provider", "claude"]);
    terminal.wait_for("[Y/n]");
    terminal.send("\n");
    terminal.wait_for(CLAUDE_READY);
    one_turn(&mut terminal);
    assert_eq!(only_session(&sandbox)["turns_captured"], 2);
    let mut terminal = claude(&sandbox, &[]);
    assert!(!String::from_utf8_lossy(&terminal.output()).contains("[Y/n]"), "asked twice");
    leave(&mut terminal);
}

#[test]
fn a_file_size_limit_stops_the_tape_and_not_the_child() {
    let sandbox = project();
    // As a full disk does, the limit refuses what would make the tape longer than 200 KiB.
    let limited = "trap '' XFSZ; ulimit -f 400; exec \"$0\" run --provider claude";
    let launch = sandbox.launch("/bin/sh", &["-c", limited, LOGHOP]);
    let mut terminal = Terminal::start(&launch, WIDE, Answers::Plain);
    terminal.wait_for(CLAUDE_READY);
    terminal.prompt("a long one");
    terminal.wait_for("code_198");
    terminal.prompt("a long one");
    terminal.wait_for("recording stopped");
    terminal.wait_for("captured 4/4");
    terminal.wait_until("the end of the turn", |s| s.text().matches("Worked for").count() == 1);
    terminal.prompt("something plain");
    terminal.wait_for("Hello from the script");
    terminal.wait_for("captured 6/6");
    let after = leave(&mut terminal).text();
    assert!(after.contains("the recording of S-001 is not complete"), "{after}");
    assert_eq!(only_session(&sandbox)["turns_captured"], 6);
}

#[test]
fn a_tape_that_cannot_be_started_keeps_nobody_from_working() {
    let sandbox = project();
    // Room for a session's records and hardly more; the assistant itself has no limit.
    let program = format!("ulimit -f unlimited; exec '{LOGHOP}' play claude \"$@\"");
    script(&sandbox, "claude", &program);
    let limited = "trap '' XFSZ; ulimit -S -f 8; exec \"$0\" run --provider claude";
    let launch = sandbox.launch("/bin/sh", &["-c", limited, LOGHOP]);
    let mut terminal = Terminal::start(&launch, WIDE, Answers::Plain);
    terminal.wait_for(CLAUDE_READY);
    terminal.prompt("something plain");
    terminal.wait_for("recording stopped: ");
    terminal.wait_for("captured 2/2");
    terminal.wait_for("Worked for");
    let after = leave(&mut terminal).text();
    assert!(after.contains("the recording of S-001 is not complete"), "{after}");
    assert_eq!(only_session(&sandbox)["turns_captured"], 2);
}

/// Starts a program in a way that permissions hold for it, also where the tests run as root.
fn without_privileges(launch: &Launch) -> Launch {
    if !rustix::process::geteuid().is_root() {
        return launch.clone();
    }
    let drop = "--bounding-set=-dac_override,-dac_read_search,-fowner";
    let mut args = vec![drop.to_owned(), launch.program.display().to_string()];
    args.extend(launch.args.iter().cloned());
    Launch { program: "setpriv".into(), args, ..launch.clone() }
}

fn set_mode(path: &Path, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).unwrap();
}

#[test]
fn a_project_that_cannot_be_written_is_told_before_anything_starts() {
    let sandbox = project();
    let folders = ["", "sessions", "handoffs", "topics"];
    let folders = folders.map(|name| sandbox.repo().join(".loghop").join(name));
    for folder in &folders {
        set_mode(folder, 0o500);
    }
    let launch = without_privileges(&sandbox.launch(LOGHOP, &["run", "--provider", "claude"]));
    let mut terminal = Terminal::start(&launch, WIDE, Answers::Plain);
    assert_eq!(terminal.wait_exit(), Exit::Code(1));
    assert_given_back(&terminal);
    let text = terminal.screen().text();
    assert!(text.contains("error:") && text.contains("hint: loghop writes to"), "{text}");
    assert!(text.contains("permission denied") && !text.contains("panicked"), "{text}");
    for folder in &folders {
        set_mode(folder, 0o700);
    }
    assert_eq!(document(&sandbox, "S-001"), "");
}

#[test]
fn a_project_that_is_a_symlink_is_not_followed() {
    let sandbox = project();
    let (own, elsewhere) = (sandbox.repo().join(".loghop"), sandbox.home().join("elsewhere"));
    std::fs::rename(&own, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &own).unwrap();
    let before = std::fs::read_dir(elsewhere.join("sessions")).unwrap().count();
    let mut terminal = run(&sandbox, &["--provider", "claude"]);
    assert_eq!(terminal.wait_exit(), Exit::Code(1));
    assert_given_back(&terminal);
    let text = terminal.screen().text();
    assert!(text.contains("error:") && text.contains("symlink"), "{text}");
    assert_eq!(std::fs::read_dir(elsewhere.join("sessions")).unwrap().count(), before);
}

#[test]
fn a_transcript_of_any_size_is_read_in_bounded_memory() {
    // 300 MB of turns; the figure for more is in proportion, the memory is not.
    let sandbox = project();
    let turn = json!({
        "type": "assistant", "timestamp": "2026-01-01T00:00:00.000Z",
        "message": { "role": "assistant", "content": [{ "type": "text", "text": "word ".repeat(2000) }] },
    });
    let record = sandbox.home().join("record");
    std::fs::write(&record, format!("{turn}\n").repeat(100)).unwrap();
    let write = "while [ $# -gt 0 ]; do [ \"$1\" = --session-id ] && id=$2; shift; done
        dir=\"$HOME/.claude/projects/$(pwd | tr -c 'a-zA-Z0-9\\n' -)\"; mkdir -p \"$dir\"
        stty raw -echo; n=0
        while [ $n -lt 300 ]; do cat \"$HOME/record\"; n=$((n+1)); done > \"$dir/$id.jsonl\"
        printf '\\033]0;✳ Claude Code\\007ready'; read -r _";
    script(&sandbox, "claude", write);
    let mut terminal = run(&sandbox, &["--provider", "claude"]);
    terminal.wait_for("ready");
    terminal.wait_for("captured");
    let (pid, mut peak) = (terminal.pid(), 0);
    terminal.send("\n");
    let path = format!("/proc/{}/status", pid.as_raw_nonzero());
    while terminal.is_running() {
        let status = std::fs::read_to_string(&path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(now.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert!(peak < MEMORY_MAX_KB, "{peak} kB");
    assert_eq!(only_session(&sandbox)["turns_captured"], Value::from(30_000));
}
