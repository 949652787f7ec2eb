//! `loghop switch`: another terminal asks, is told what is waited for, and can take it back.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{CLAUDE_HERE, CODEX_HERE, idle, leave, no_journal_is_left, prompts, told};
use crate::support::sandbox::LOGHOP;
use crate::support::split::{project, run};

#[test]
fn another_terminal_can_ask() {
    let sandbox = project();
    let none = sandbox.run(LOGHOP, &["switch"]);
    assert_eq!(none.status.code(), Some(2), "{none:?}");
    let terminal = idle(&sandbox);
    let unknown = sandbox.run(LOGHOP, &["switch", "foo", "--json"]);
    let answer: Value = serde_json::from_slice(&unknown.stdout).unwrap();
    assert_eq!(unknown.status.code(), Some(2), "{answer}");
    assert_eq!(answer["error_code"], "E_UNKNOWN_PROVIDER");
    assert!(answer.to_string().contains("use `claude` or `codex`"), "{answer}");
    let refused = sandbox.run(LOGHOP, &["switch", "claude"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let done = sandbox.run(LOGHOP, &["switch", "--json"]);
    let answer: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&answer["from"], &answer["session_id"]), (&json!("S-001"), &json!("S-002")));
    assert_eq!((&answer["provider"], &answer["handoff"]), (&json!("codex"), &json!("H-002")));
    terminal.wait_for(CODEX_HERE);
    leave(terminal);
    no_journal_is_left(&sandbox);
}

#[test]
fn a_draft_outlives_what_another_terminal_asks() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    terminal.send("a draft of mine");
    terminal.wait_for("a draft of mine");
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| sandbox.run(LOGHOP, &["switch"]));
        terminal.wait_for("keep typing");
        terminal.send("n");
        let asked = asked.join().unwrap();
        let told = String::from_utf8_lossy(&asked.stderr).into_owned();
        assert!(!asked.status.success() && told.contains("it was cancelled there"), "{told}");
    });
    terminal.send(", and more");
    terminal.wait_for("a draft of mine, and more");
    let done = sandbox.run(LOGHOP, &["switch", "--now"]);
    assert!(done.status.success(), "{done:?}");
    terminal.wait_for(CODEX_HERE);
    assert!(!prompts(&sandbox).contains("a draft of mine"));
    leave(terminal);
    no_journal_is_left(&sandbox);
}

#[test]
fn a_draft_that_was_cleared_asks_nothing() {
    for clear in ["\x15", "\x03", "\x7f\x7f\x7f\x7f\x7f\x7f"] {
        let sandbox = project();
        let terminal = idle(&sandbox);
        terminal.send("hello");
        terminal.wait_for("hello");
        terminal.send(clear);
        terminal.wait_until("an empty composer", |s| !s.text().contains("hello"));
        let done = sandbox.run(LOGHOP, &["switch"]);
        assert!(done.status.success(), "{clear:?}: {done:?}");
        terminal.wait_for(CODEX_HERE);
        leave(terminal);
    }
}

#[test]
fn whoever_asks_is_told_of_the_question_and_takes_the_wish_back_with_ctrl_c() {
    assert_eq!(taken_back_by(Signal::INT), Some(130));
}

#[test]
fn whoever_is_killed_while_asking_wants_it_no_more() {
    assert_eq!(taken_back_by(Signal::KILL), None);
}

/// Asks, is told of the question about a draft, and is ended by a signal; the exit code.
fn taken_back_by(signal: Signal) -> Option<i32> {
    let sandbox = project();
    let terminal = idle(&sandbox);
    terminal.send("a draft of mine");
    terminal.wait_for("a draft of mine");
    let launch = sandbox.launch(LOGHOP, &["switch"]);
    let mut asked = Command::new(LOGHOP)
        .arg("switch")
        .current_dir(sandbox.repo())
        .env_clear()
        .envs(launch.env)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(asked.stderr.take().unwrap()).lines();
    let told = lines.next().unwrap().unwrap();
    assert!(told.contains("a draft would be lost") && told.contains("within 60 seconds"), "{told}");
    terminal.wait_for("keep typing");
    kill_process(Pid::from_child(&asked), signal).unwrap();
    let code = asked.wait().unwrap().code();
    terminal.wait_until("no question", |s| !s.text().contains("keep typing"));
    terminal.send(", and more\r");
    terminal.wait_for("captured 4/4");
    leave(terminal);
    no_journal_is_left(&sandbox);
    assert!(prompts(&sandbox).contains("a draft of mine, and more"));
    assert_eq!(told_of(&sandbox), ["claude"]);
    code
}

/// The assistants of all sessions.
fn told_of(sandbox: &crate::support::sandbox::Sandbox) -> Vec<String> {
    told(sandbox).into_iter().map(|(provider, ..)| provider).collect()
}

#[test]
fn of_two_runs_the_newest_is_asked_and_the_other_one_is_named() {
    let sandbox = project();
    let first = idle(&sandbox);
    let second = run(&sandbox, &["--provider", "claude"]);
    second.wait_for(CLAUDE_HERE);
    let none = sandbox.run(LOGHOP, &["switch", "--session", "S-009"]);
    assert_eq!(none.status.code(), Some(2), "{none:?}");
    let done = sandbox.run(LOGHOP, &["switch"]);
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(told.contains("S-002 is asked") && told.contains("`--session S-001`"), "{told}");
    second.wait_for(CODEX_HERE);
    let done = sandbox.run(LOGHOP, &["switch", "--session", "S-001"]);
    assert!(done.status.success(), "{done:?}");
    first.wait_for(CODEX_HERE);
    leave(second);
    leave(first);
}
