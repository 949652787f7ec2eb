//! A client that loghop does not know, defined by a person: Gemini CLI, by its screen alone.

use serde_json::json;

use super::pane;
use crate::support::clients::{set_up_gemini, wanted};
use crate::support::left::{self, Left};
use crate::support::mock_api::MockApi;
use crate::support::reply;
use crate::support::sandbox::Sandbox;
use crate::support::split::{initialized, run_with};
use crate::support::terminal::{Answers, Exit, Terminal};

/// How a person defines it. It takes a first prompt and goes on; so it is told the handoff.
const CONFIG: &str = "[[provider]]\nname = 'gemini'\ntitle = 'Gemini CLI'\n\
    command = 'gemini'\nargs = ['--model', 'gemini-2.5-flash']\ninject = 'argument'\n\
    inject_args = ['--prompt-interactive', '{handoff}']\n";

/// A project with Gemini CLI, and the mock that it talks to.
fn bench() -> (Sandbox, MockApi) {
    let (mut sandbox, api) = (Sandbox::bare(), MockApi::start());
    set_up_gemini(&mut sandbox, &api);
    let sandbox = initialized(sandbox);
    std::fs::write(sandbox.home().join(".loghop/config.toml"), CONFIG).unwrap();
    (sandbox, api)
}

fn start(sandbox: &Sandbox, args: &[&str]) -> Terminal {
    let args = [&["--provider", "gemini"], args].concat();
    let terminal = run_with(sandbox, &args, super::HOST, Answers::Plain);
    ready(&terminal);
    terminal
}

/// Waits until it can be typed to and does nothing else.
fn ready(terminal: &Terminal) {
    terminal.wait_until("a prompt", |screen| {
        let pane = pane(screen);
        pane.contains("Type your message") && !pane.contains("esc to cancel")
    });
}

fn ask(terminal: &Terminal, prompt: &str, end: &str) {
    terminal.prompt(prompt);
    terminal.wait_until("the reply", |screen| pane(screen).contains(end));
    ready(terminal);
}

fn leave(sandbox: &Sandbox, mut terminal: Terminal) -> Left {
    terminal.prompt("/quit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    let left = left::sessions(sandbox).pop().unwrap();
    left.assert_whole(sandbox);
    left
}

/// The letters and digits of a text, word by word.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

#[test]
fn gemini_is_an_assistant_by_its_screen() {
    if wanted().is_empty() {
        return;
    }
    let (sandbox, _api) = bench();
    let terminal = start(&sandbox, &["--no-handoff"]);
    ask(&terminal, "please do it mock:plain", "Hello from the mock.");
    ask(&terminal, "and now mock:long", "code_200");
    let left = leave(&sandbox, terminal);
    let said = |n: usize| left.transcript[n]["text"].as_str().unwrap();
    let roles: Vec<&str> = left.transcript.iter().map(|t| t["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant"], "{:#?}", left.transcript);
    let counts = json!({ "native": 0, "screen": 4, "matched": 0, "recovered": 4 });
    assert_eq!(left.fields["witnesses"], counts);
    assert_eq!((said(0), said(2)), ("please do it mock:plain", "and now mock:long"));
    assert_eq!(words(said(1)), words(reply::PLAIN));
    // It draws all of a long reply anew many times, some lines of it half: of 1602 words at least
    // 95 % are there, and no more than 5 % besides.
    let (long, items) = (words(said(3)), (1..=200).map(|n| format!("code_{n} ")));
    let kept = items.filter(|item| said(3).matches(&**item).count() == 1).count();
    assert!(kept >= 190, "{kept}: {}", said(3));
    assert!((1522..=1682).contains(&long.len()), "{}: {}", long.len(), said(3));
}

#[test]
fn gemini_is_told_the_handoff_and_hands_it_on() {
    if wanted().is_empty() {
        return;
    }
    let (sandbox, api) = bench();
    let terminal = start(&sandbox, &["--no-handoff"]);
    ask(&terminal, "the walrus sings mock:plain", "Hello from the mock.");
    leave(&sandbox, terminal);
    let terminal = start(&sandbox, &["--goal", "teach the walrus"]);
    api.wait_for(&["teach the walrus", "the walrus sings"]);
    terminal.wait_until("the reply", |screen| pane(screen).contains("✦ Hello from the mock."));
    ready(&terminal);
    leave(&sandbox, terminal);
}
