//! The tape of a run as it lies on the disk: its story, in a player too, and a disk that is full.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::sandbox::{LOGHOP, Sandbox, records};
use crate::support::split::{claude, project};
use crate::support::terminal::{Answers, Exit, Terminal};

const REPLY: &str = "Hello from the script.";

/// A run of the scripted Claude: one prompt, another size, `/exit`.
fn recorded(sandbox: &Sandbox) {
    let mut terminal = claude(sandbox, &[]);
    terminal.prompt("say something plain");
    terminal.wait_for(REPLY);
    terminal.wait_for("Worked for");
    terminal.resize(150, 42);
    terminal.wait_until("the size", |s| s.lines[41].contains("F9 hand over"));
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
}

fn tape(sandbox: &Sandbox, session: &str) -> PathBuf {
    sandbox.repo().join(format!(".loghop/sessions/{session}.cast"))
}

fn events<'a>(tape: &'a [Value], code: &str) -> Vec<&'a str> {
    let ours = tape[1..].iter().filter(|event| event[1] == code);
    ours.map(|event| event[2].as_str().unwrap()).collect()
}

#[test]
fn a_tape_tells_the_story_of_its_run() {
    let sandbox = project();
    recorded(&sandbox);
    let path = tape(&sandbox, "S-001");
    let tape = records(&path);
    assert_eq!((&tape[0]["version"], &tape[0]["width"]), (&2.into(), &89.into()));
    let times: Vec<f64> = tape[1..].iter().map(|event| event[0].as_f64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let told = ["handoff", "typed", "sent", "busy", "idle", "typed", "sent", "end"];
    assert_eq!(events(&tape, "m"), told);
    assert_eq!(events(&tape, "r"), ["95x42"]);
    assert!(events(&tape, "i").is_empty(), "no keystrokes");
    let output = events(&tape, "o");
    assert!(output.concat().contains(REPLY));
    let many = output.iter().filter(|event| event.matches("\x1b[?2026l").count() > 1);
    assert_eq!(many.count(), 0, "one event for each synchronized frame");
    let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_full_disk_ends_the_tape_and_not_the_run() {
    let mut sandbox = project();
    let program = sandbox.bin().join("flood");
    let script = "#!/bin/sh
case $1 in --version) echo '2.1.197 (Claude Code)'; exit;; esac
echo in time
sleep 1
n=1
while [ $n -le 8000 ]; do echo \"line $n of a long answer\"; n=$((n+1)); done
read -r answer
echo got $answer
sleep 1
";
    std::fs::write(&program, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    sandbox.set("LOGHOP_REAL_CLAUDE", program.to_str().unwrap());
    // A limit of 64 KiB for each file is a disk that is full for the tape alone.
    let limited = format!("trap '' XFSZ; ulimit -f 128; exec '{LOGHOP}' run --provider claude");
    let launch = sandbox.launch("/bin/sh", &["-c", &limited]);
    let mut terminal = Terminal::start(&launch, (140, 40), Answers::Plain);
    terminal.wait_for("line 8000 of");
    terminal.wait_for("recording stopped");
    terminal.send("still here\r");
    terminal.wait_for("got still here");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    let said = terminal.screen().whole();
    assert!(said.contains("the recording of S-001 is not complete"), "{said}");
    assert!(said.contains("recorded session S-001"), "{said}");
    let tape = records(&tape(&sandbox, "S-001"));
    assert!(events(&tape, "o").concat().contains("in time"), "what fitted is there");
}

/// Runs the player.
fn player(sandbox: &Sandbox, program: &str, args: &[&str]) -> Output {
    let output = sandbox.run(program, args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    output
}

/// `LOGHOP_TEST_ASCIINEMA` names the player, asciinema 3.2; `.ci/run` installs it.
#[test]
#[expect(clippy::print_stdout, reason = "what was not tested is said")]
fn tape_in_asciinema() {
    let Ok(program) = std::env::var("LOGHOP_TEST_ASCIINEMA") else {
        println!("skipped: LOGHOP_TEST_ASCIINEMA does not name the player (see .ci/run)");
        return;
    };
    let version = Command::new(&program).arg("--version").output().unwrap();
    assert!(String::from_utf8_lossy(&version.stdout).contains("3.2."), "{version:?}");
    let sandbox = project();
    recorded(&sandbox);
    recorded(&sandbox);
    let [first, second] = ["S-001", "S-002"].map(|session| tape(&sandbox, session));
    let (path, other) = (first.to_str().unwrap(), second.to_str().unwrap());

    let raw = player(&sandbox, &program, &["convert", "-q", "-f", "raw", path, "-"]).stdout;
    // The player puts the size before it.
    let whole = events(&records(&first), "o").concat();
    assert!(raw.ends_with(whole.as_bytes()), "{}", String::from_utf8_lossy(&raw));
    let text = player(&sandbox, &program, &["convert", "-q", "-f", "txt", path, "-"]).stdout;
    assert!(String::from_utf8(text).unwrap().contains(REPLY));
    let both = player(&sandbox, &program, &["cat", path, other]).stdout;
    let both = String::from_utf8(both).unwrap();
    assert_eq!(both.matches("\"handoff\"").count(), 2);
    assert_eq!(both.matches("\"end\"").count(), 2);

    let args = ["play", "-q", "--speed", "20", "--idle-time-limit", "0.2", path];
    let mut terminal = Terminal::start(&sandbox.launch(&program, &args), (95, 42), Answers::Plain);
    terminal.wait_for(REPLY);
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert!(terminal.screen().whole().contains("Worked for"));
}
