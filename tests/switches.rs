//! `F9`: the task goes from one assistant to the other in mid-run, and nothing is lost on the way.

mod asked;
mod faults;
mod full_disk;
mod kills;
pub(crate) mod limits;
mod modes;
mod picker;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::sandbox::{Sandbox, records};
use crate::support::split::{
    assert_given_back, claude, document, project, script, sessions, wait_until,
};
use crate::support::terminal::{Exit, Terminal};

/// F9, as terminals send it.
const F9: &str = "\x1b[20~";

/// What Claude's screen says when it has started; its hints are Codex' too.
const CLAUDE_HERE: &str = "Claude Code v2";

/// What Codex' screen says when it can be typed to.
const CODEX_HERE: &str = "Ask Codex to do anything";

/// Time after which a second F9 is a wish of its own.
const ANOTHER_WISH: Duration = Duration::from_millis(800);

/// A Claude that has answered once and does nothing.
fn idle(sandbox: &Sandbox) -> Terminal {
    let terminal = claude(sandbox, &[]);
    terminal.prompt("something plain");
    terminal.wait_for("Worked for");
    terminal.wait_for("captured 2/2");
    terminal
}

/// The same, and then a Codex that took over and has answered once.
fn handed_over(sandbox: &Sandbox) -> Terminal {
    let terminal = idle(sandbox);
    terminal.send(F9);
    terminal.wait_for(CODEX_HERE);
    terminal.prompt("more, plain");
    terminal.wait_for("captured 2/2");
    terminal
}

/// Leaves the assistant that is there, and the run with it; what is told then.
#[track_caller]
fn leave(mut terminal: Terminal) -> String {
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_given_back(&terminal);
    terminal.screen().text()
}

/// Assistant, status and how it ended, of each session, oldest first.
fn told(sandbox: &Sandbox) -> Vec<(String, String, Value)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = sessions(sandbox).into_iter().rev();
    all.map(|s| (text(&s["provider"]), text(&s["status"]), s["ended_by"].clone())).collect()
}

fn ended(provider: &str, status: &str, by: Value) -> (String, String, Value) {
    (provider.to_owned(), status.to_owned(), by)
}

/// The person's prompts in all transcripts of the clients, as often as they stand there.
fn prompts(sandbox: &Sandbox) -> String {
    let files = [sandbox.claude_transcripts(), sandbox.codex_rollouts()].concat();
    let all = files.iter().flat_map(|path| records(path));
    all.map(|record| record.to_string()).collect::<Vec<_>>().join("\n")
}

fn no_journal_is_left(sandbox: &Sandbox) {
    let entries = std::fs::read_dir(sandbox.repo().join(".loghop/sessions")).unwrap();
    let names: Vec<_> = entries.flatten().map(|e| e.file_name().into_string().unwrap()).collect();
    assert!(!names.iter().any(|n| n.contains("switch") || n.contains("trail")), "{names:?}");
}

#[test]
fn an_idle_assistant_is_handed_over_at_once_and_back() {
    let sandbox = project();
    let terminal = handed_over(&sandbox);
    std::thread::sleep(ANOTHER_WISH);
    terminal.send(F9);
    terminal.wait_for(CLAUDE_HERE);
    terminal.wait_for("captured 1/1");
    terminal.wait_for("Worked for");
    let after = leave(terminal);
    for line in [
        "recorded session S-001 of claude, handed over: 2 turns captured",
        "recorded session S-002 of codex, handed over: 2 turns captured",
        "recorded session S-003: 1 turn captured",
    ] {
        assert!(after.contains(line), "{after}");
    }
    let switch = json!("switch");
    assert_eq!(
        told(&sandbox),
        [
            ended("claude", "succeeded", switch.clone()),
            ended("codex", "succeeded", switch),
            ended("claude", "succeeded", Value::Null),
        ]
    );
    assert_eq!(sandbox.claude_transcripts().len(), 1, "it went on with its own session");
    assert!(document(&sandbox, "S-002").contains("H-002"));
    no_journal_is_left(&sandbox);
}

#[test]
fn what_it_was_told_already_is_not_told_again() {
    let sandbox = project();
    let terminal = handed_over(&sandbox);
    for (session, there) in [("S-003", CLAUDE_HERE), ("S-004", CODEX_HERE), ("S-005", CLAUDE_HERE)]
    {
        std::thread::sleep(ANOTHER_WISH);
        terminal.send(F9);
        terminal.wait_until(session, |s| {
            s.lines[0].trim_end().ends_with(session) && s.text().contains(there)
        });
        if session == "S-003" {
            terminal.wait_for("captured 1/1");
            terminal.wait_for("Worked for");
        }
    }
    leave(terminal);
    let files = sandbox.claude_transcripts();
    let told =
        files.iter().flat_map(|path| records(path)).filter(|record| record["type"] == "user");
    assert_eq!(told.filter(|r| r.to_string().contains("<loghop-handoff>")).count(), 1);
}

#[test]
fn a_turn_is_waited_for_stopped_or_left_alone() {
    for (key, cut) in [("\r", false), ("s", true)] {
        let sandbox = project();
        let terminal = claude(&sandbox, &[]);
        terminal.prompt("think slow");
        terminal.wait_for("working");
        terminal.send(F9);
        terminal.wait_for("when this turn ends");
        // Nothing was agreed, and Esc leaves everything as it is.
        terminal.send("\x1b");
        terminal.wait_until("no question", |s| !s.text().contains("stop it now"));
        std::thread::sleep(ANOTHER_WISH);
        terminal.send(F9);
        terminal.wait_for("what you typed and did not send is lost");
        terminal.send(key);
        terminal.wait_for(CODEX_HERE);
        leave(terminal);
        let told = told(&sandbox);
        assert_eq!(told[0], ended("claude", "succeeded", json!("switch")), "{told:?}");
        assert_eq!(told.len(), 2);
        assert_eq!(prompts(&sandbox).contains("interrupted by user"), cut, "{key:?}");
    }
}

#[test]
fn what_was_agreed_outlives_a_look_at_the_question() {
    let sandbox = project();
    let config = sandbox.home().join(".loghop/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(config, "[keys]\nhand_over = \"f8\"\n").unwrap();
    let f8 = "\x1b[19~";
    let terminal = claude(&sandbox, &[]);
    terminal.prompt("think slow");
    terminal.wait_for("working");
    terminal.send(f8);
    terminal.wait_for("when this turn ends");
    terminal.send("\r");
    terminal.wait_for("F8 changes");
    std::thread::sleep(ANOTHER_WISH);
    terminal.send(f8);
    terminal.wait_for("cancel: stay with Claude Code");
    terminal.send("\x1b");
    terminal.wait_until("no question", |s| !s.text().contains("stop it now"));
    terminal.wait_for(CODEX_HERE);
    leave(terminal);
    assert_eq!(told(&sandbox)[0], ended("claude", "succeeded", json!("switch")));
}

#[test]
fn a_dialog_is_never_answered_and_its_tool_never_runs() {
    for first in ["claude", "codex"] {
        let sandbox = project();
        let there = if first == "claude" { CLAUDE_HERE } else { CODEX_HERE };
        let other = if first == "claude" { CODEX_HERE } else { CLAUDE_HERE };
        let terminal = crate::support::split::run(&sandbox, &["--provider", first]);
        terminal.wait_for(there);
        terminal.prompt("use a tool");
        terminal.wait_for("waiting for you");
        terminal.send(F9);
        terminal.wait_for("stop it now");
        terminal.send("s");
        terminal.wait_for(other);
        leave(terminal);
        assert!(!sandbox.repo().join("made_by_tool.txt").exists(), "{first}");
        assert_eq!(told(&sandbox)[0], ended(first, "succeeded", json!("switch")));
    }
}

#[test]
fn a_draft_is_asked_about_and_never_sent() {
    for first in ["claude", "codex"] {
        let sandbox = project();
        let there = if first == "claude" { CLAUDE_HERE } else { CODEX_HERE };
        let other = if first == "claude" { CODEX_HERE } else { CLAUDE_HERE };
        let terminal = crate::support::split::run(&sandbox, &["--provider", first]);
        terminal.wait_for(there);
        terminal.prompt("something plain");
        terminal.wait_for("captured 2/2");
        terminal.send("a draft of mine");
        terminal.wait_for("a draft of mine");
        terminal.send(F9);
        terminal.wait_for("what you typed and did not send is lost");
        terminal.send("\r");
        terminal.wait_for(other);
        leave(terminal);
        assert!(!prompts(&sandbox).contains("a draft of mine"), "{first}");
        assert_eq!(told(&sandbox)[0], ended(first, "succeeded", json!("switch")));
    }
}

#[test]
fn a_long_paste_is_a_draft_whatever_stands_in_it() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    // Longer than one read of the terminal, each line as terminals end them in a paste.
    let pasted = "a line of the paste\r".repeat(500);
    terminal.send(format!("\x1b[200~{pasted}\x1b[201~"));
    terminal.wait_for("a line of the paste");
    terminal.send(F9);
    terminal.wait_for("what you typed and did not send is lost");
}

#[test]
fn f9_ten_times_is_one_wish() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    for _ in 0..10 {
        terminal.send(F9);
        std::thread::sleep(Duration::from_millis(40));
    }
    terminal.wait_for(CODEX_HERE);
    leave(terminal);
    assert_eq!(told(&sandbox).len(), 2);
}

#[test]
fn one_that_does_not_start_leaves_the_first_to_go_back_to() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    script(&sandbox, "codex", "echo no such thing; exit 3");
    terminal.send(F9);
    terminal.wait_for("Codex did not start");
    terminal.wait_for("no such thing");
    terminal.send("\r");
    terminal.wait_for(CLAUDE_HERE);
    terminal.prompt("plain again");
    terminal.wait_for("captured 2/2");
    let after = leave(terminal);
    assert!(after.contains("S-002: codex exited with code 3"), "{after}");
    assert_eq!(
        told(&sandbox),
        [
            ended("claude", "succeeded", json!("switch")),
            ended("codex", "failed_empty", Value::Null),
            ended("claude", "succeeded", Value::Null),
        ]
    );
    assert_eq!(sandbox.claude_transcripts().len(), 1);
    no_journal_is_left(&sandbox);
}

#[test]
fn one_that_is_missing_is_told_before_anything_ends() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    std::fs::remove_file(sandbox.bin().join("codex")).unwrap();
    terminal.send(F9);
    terminal.wait_for("is not installed");
    terminal.prompt("still here, plain");
    terminal.wait_for("captured 4/4");
    leave(terminal);
    assert_eq!(told(&sandbox), [ended("claude", "succeeded", Value::Null)]);
    no_journal_is_left(&sandbox);
}

#[test]
fn a_resize_in_the_middle_reaches_the_next_one() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    terminal.send(F9);
    for cols in (110..150).step_by(5) {
        terminal.resize(cols, 34);
        std::thread::sleep(Duration::from_millis(60));
    }
    terminal.wait_for(CODEX_HERE);
    wait_until("the new size", || terminal.screen().lines.len() == 34);
    leave(terminal);
    assert_eq!(told(&sandbox).len(), 2);
}

#[test]
fn a_full_disk_costs_no_session() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    // Where the handoff goes nothing can be written: what a full disk does.
    let folder = sandbox.repo().join(".loghop/handoffs");
    std::fs::rename(&folder, sandbox.repo().join(".loghop/handoffs.away")).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    terminal.send(F9);
    terminal.wait_for("Codex did not start");
    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    terminal.send("a");
    terminal.wait_for(CODEX_HERE);
    leave(terminal);
    let told = told(&sandbox);
    assert_eq!(told[0], ended("claude", "succeeded", json!("switch")));
    assert_eq!(told.len(), 2);
    no_journal_is_left(&sandbox);
}

#[test]
fn one_that_hangs_can_be_left_again() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    script(&sandbox, "codex", "trap '' INT TERM HUP; printf hanging; while :; do sleep 1; done");
    terminal.send(F9);
    terminal.wait_for("hanging");
    terminal.wait_for("Codex shows no prompt yet");
    terminal.send(F9);
    terminal.wait_for(CLAUDE_HERE);
    leave(terminal);
    let told = told(&sandbox);
    assert_eq!(told[1], ended("codex", "succeeded_empty", json!("switch")), "{told:?}");
    assert_eq!(sandbox.claude_transcripts().len(), 1);
}

#[test]
fn a_first_prompt_was_never_asked() {
    let sandbox = project();
    let terminal = claude(&sandbox, &[]);
    terminal.send(F9);
    terminal.wait_for(CODEX_HERE);
    leave(terminal);
    assert_eq!(told(&sandbox)[0], ended("claude", "succeeded_empty", json!("switch")));
}

#[test]
fn one_that_is_started_fresh_knows_nothing_of_its_own() {
    let sandbox = project();
    let terminal = claude(&sandbox, &["--fresh"]);
    terminal.prompt("something plain");
    terminal.wait_for("captured 2/2");
    for there in [CODEX_HERE, CLAUDE_HERE] {
        terminal.send(F9);
        terminal.wait_for(there);
        std::thread::sleep(ANOTHER_WISH);
    }
    terminal.prompt("anew, plain");
    terminal.wait_for("captured 2/2");
    leave(terminal);
    assert_eq!(sandbox.claude_transcripts().len(), 2);
    assert!(document(&sandbox, "S-003").contains("H-003"), "it is told what there was");
}
