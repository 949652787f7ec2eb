//! `F9`: the task goes from one assistant to the other in mid-run, and nothing is lost on the way.

use serde_json::json;

use crate::support::sandbox::Sandbox;
use crate::support::split::{CLAUDE_READY, assert_given_back, claude, project, sessions};
use crate::support::terminal::{Exit, Terminal};

/// F9, as terminals send it.
const F9: &str = "\x1b[20~";

/// What Codex' screen says when it can be typed to.
const CODEX_READY: &str = "Ask Codex to do anything";

/// A Claude that has answered once and does nothing.
fn idle(sandbox: &Sandbox) -> Terminal {
    let terminal = claude(sandbox, &[]);
    terminal.prompt("something plain");
    terminal.wait_for("Worked for");
    terminal.wait_for("captured 2/2");
    terminal
}

#[test]
fn an_idle_assistant_is_handed_over_at_once_and_back() {
    let sandbox = project();
    let mut terminal = idle(&sandbox);
    terminal.send(F9);
    terminal.wait_for(CODEX_READY);
    terminal.prompt("more, plain");
    terminal.wait_for("captured 2/2");
    std::thread::sleep(std::time::Duration::from_secs(1));
    terminal.send(F9);
    terminal.wait_for(CLAUDE_READY);
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_given_back(&terminal);
    let all = sessions(&sandbox);
    let ended: Vec<_> = all.iter().map(|s| (&s["provider"], &s["ended_by"])).collect();
    let (claude, codex) = (json!("claude"), json!("codex"));
    let switch = json!("switch");
    assert_eq!(ended[1..], [(&codex, &switch), (&claude, &switch)], "{all:#?}");
    assert_eq!(ended.len(), 3);
    assert_eq!(sandbox.claude_transcripts().len(), 1, "it went on with its own session");
}
