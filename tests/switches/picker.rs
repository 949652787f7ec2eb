//! Three assistants: who takes over is a question of its own, and when the other.

use serde_json::json;

use super::{ANOTHER_WISH, CLAUDE_HERE, CODEX_HERE, F9, ended, idle, leave, told};
use crate::own_providers::toy;
use crate::support::sandbox::Sandbox;
use crate::support::split::document;
use crate::support::terminal::Terminal;

/// What every question says below its answers.
const QUESTION: &str = "up/down, Enter, Esc";

/// A program that says what it was told, and then nothing.
const TOY: &str = "echo \"Toy, told: $(head -c 60 \"$1\" | tr '\\n' ' ')\"; exec sleep 600";

/// A key that presses the row down.
const DOWN: &str = "\x1b[B";

/// Asks who takes over.
fn ask(terminal: &Terminal) {
    std::thread::sleep(ANOTHER_WISH);
    terminal.send(F9);
    terminal.wait_for(QUESTION);
}

fn picked(terminal: &Terminal, keys: &[&str], there: &str) {
    for key in keys {
        terminal.send(key);
    }
    terminal.wait_for(there);
}

fn three() -> Sandbox {
    toy("inject = 'file'", TOY)
}

#[test]
fn each_way_to_answer_picks_who_takes_over() {
    let sandbox = three();
    let terminal = idle(&sandbox);
    ask(&terminal);
    for row in ["1  Codex", "2  toy"] {
        terminal.wait_for(row);
    }
    terminal.send("\x1b");
    terminal.wait_until("no question", |s| !s.text().contains(QUESTION));
    ask(&terminal);
    picked(&terminal, &[DOWN, "\r"], "Toy, told: ");
    // It was told, and it is what the project says that it is told.
    terminal.wait_for("S-002");
    assert!(document(&sandbox, "S-002").contains("H-002"));
    ask(&terminal);
    picked(&terminal, &["1"], CLAUDE_HERE);
    terminal.prompt("think slow");
    terminal.wait_for("tok002");
    ask(&terminal);
    picked(&terminal, &["1"], "when this turn ends");
    picked(&terminal, &["s"], CODEX_HERE);
    let after = leave(terminal);
    let switch = json!("switch");
    let told = told(&sandbox);
    assert_eq!(told.len(), 4, "{told:?}\n{after}");
    assert_eq!(told[0], ended("claude", "succeeded", switch.clone()));
    assert_eq!((told[1].0.as_str(), &told[1].2), ("toy", &switch));
    assert_eq!(told[2], ended("claude", "succeeded", switch));
    assert_eq!(told[3].0, "codex");
    assert_eq!(sandbox.claude_transcripts().len(), 1, "it went on with its own session");
}
