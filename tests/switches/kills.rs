//! A kill of loghop in the middle of a switch: the next command finds nothing half done, every word
//! is there, and no client was given a word that the person did not say.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use super::{F9, idle, no_journal_is_left};
use crate::support::sandbox::{LOGHOP, Sandbox, records};
use crate::support::split::{document, project, sessions};
use crate::support::terminal::Terminal;

/// How long a switch between the scripted assistants takes, and what follows in it.
const SWITCH: Duration = Duration::from_millis(1700);
/// Switches that are killed at the same time: each is mostly asleep.
const LANES: usize = 3;
/// What is tried to meet a step of the journal that lasts a few milliseconds.
const TRIES: usize = 10;

/// Kills in a switch: 1,000 where the tests are to be thorough.
fn kills() -> usize {
    if std::env::var_os("LOGHOP_TEST_THOROUGH").is_some() { 1000 } else { 24 }
}

#[test]
fn a_kill_at_any_instant_is_undone_by_the_next_command() {
    let kills = kills();
    thread::scope(|scope| {
        for lane in 0..LANES {
            scope.spawn(move || {
                for n in (lane..kills).step_by(LANES) {
                    let sandbox = project();
                    let terminal = idle(&sandbox);
                    terminal.send(F9);
                    let after = SWITCH * n as u32 / kills as u32;
                    thread::sleep(after);
                    kill(terminal);
                    let status = sandbox.run(LOGHOP, &["status"]);
                    assert!(status.status.success(), "after {after:?}: {status:?}");
                    nothing_is_half_done(&sandbox, &format!("after {after:?}"));
                    let next = sandbox.run(LOGHOP, &["run", "--headless", "--provider", "codex"]);
                    assert!(next.status.success(), "after {after:?}: {next:?}");
                }
            });
        }
    });
}

#[test]
fn a_kill_at_each_step_of_the_journal_is_undone_and_the_wish_fulfilled() {
    for step in ["ending", "finished", "told", "begun"] {
        let sandbox = (0..TRIES).find_map(|_| killed_at(step));
        let sandbox = sandbox.unwrap_or_else(|| panic!("`{step}` was never met"));
        let next = sandbox.run(LOGHOP, &["run", "--headless", "--json"]);
        let answer: Value = serde_json::from_slice(&next.stdout).unwrap();
        assert_eq!(answer["provider"], "codex", "{step}: {next:?}");
        let said = String::from_utf8_lossy(&next.stdout);
        assert!(said.contains("the switch from S-001 to codex was cut short"), "{step}: {said}");
        nothing_is_half_done(&sandbox, step);
    }
}

/// Kills loghop at this step of a switch; `None` where the step was over too fast.
fn killed_at(step: &str) -> Option<Sandbox> {
    let sandbox = project();
    let terminal = idle(&sandbox);
    let journal = sandbox.repo().join(".loghop/sessions/S-001.switch.json");
    let word = format!("\"step\":\"{step}\"");
    terminal.send(F9);
    let end = Instant::now() + SWITCH * 10;
    while Instant::now() < end {
        if std::fs::read_to_string(&journal).is_ok_and(|text| text.contains(&word)) {
            kill(terminal);
            // Between the look and the kill it may have gone on.
            let is_there = std::fs::read_to_string(&journal).is_ok_and(|text| text.contains(&word));
            return is_there.then_some(sandbox);
        }
    }
    None
}

fn kill(mut terminal: Terminal) {
    terminal.signal(Signal::KILL);
    terminal.wait_exit();
    terminal.close_window();
}

fn nothing_is_half_done(sandbox: &Sandbox, when: &str) {
    no_journal_is_left(sandbox);
    let all = sessions(sandbox);
    assert!(all.len() <= 3, "{when}: {all:#?}");
    assert!(all.iter().all(|session| session["status"] != "running"), "{when}: {all:#?}");
    assert!(document(sandbox, "S-001").contains("prompts: 1"), "{when}");
    sandbox.wait_until_nothing_runs();
    let asked =
        |files: Vec<PathBuf>| files.iter().flat_map(|path| records(path)).filter(is_asked).count();
    assert_eq!(asked(sandbox.claude_transcripts()), 1, "{when}: it was asked once");
    assert_eq!(asked(sandbox.codex_rollouts()), 0, "{when}: the other one was never asked");
}

/// Whether a record is the person's prompt, in either client's format.
fn is_asked(record: &Value) -> bool {
    let said = [&record["message"]["content"], &record["payload"]["message"]];
    said.iter().any(|text| *text == "something plain")
}
