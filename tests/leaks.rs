//! What assistants print, are told and read never lies on disk unredacted: read after every write.

use crate::support::leaks::Watchman;
use crate::support::left;
use crate::support::reply;
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::terminal::{Answers, Exit, Terminal};

/// The scripted assistants, and what each asks before it uses a tool.
const PLAYERS: [(&str, &str); 2] =
    [("claude", "Do you want to proceed?"), ("codex", "Would you like to")];

/// A project in which a tool that lists files reads a secret, and the secrets of the story.
fn project() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    let output = sandbox.run(LOGHOP, &["init", "--no-prompt"]);
    assert!(output.status.success(), "{output:?}");
    std::fs::write(sandbox.repo().join(reply::listed_secret()), "").unwrap();
    let mut secrets = reply::secrets();
    secrets.extend([reply::typed_secret(), reply::listed_secret()]);
    (sandbox, secrets)
}

fn watch(sandbox: &Sandbox, secrets: &[String]) -> Watchman {
    let repo = sandbox.repo();
    let places = [repo.join(".loghop"), repo.join("loghop.md"), sandbox.home().join(".loghop")];
    Watchman::start(places.to_vec(), secrets)
}

/// A run in which the person types a secret, the assistant prints three, and a tool reads one.
fn tell_and_read(sandbox: &Sandbox, (name, question): (&str, &str)) {
    let args = ["run", "--provider", name];
    let launch = sandbox.launch(LOGHOP, &args);
    let mut terminal = Terminal::start(&launch, (170, 40), Answers::Plain);
    terminal.wait_for(if name == "claude" { "? for shortcuts" } else { "Ask Codex" });
    terminal.type_prompt(&format!("my key is {} and give me a secret", reply::typed_secret()));
    for secret in reply::secrets() {
        terminal.wait_for(&secret);
    }
    terminal.prompt("use a tool");
    terminal.wait_for(question);
    terminal.send("\r");
    terminal.wait_for("Done: the tool ran");
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
}

#[test]
fn no_secret_reaches_the_disk_in_any_form() {
    let (sandbox, secrets) = project();
    let mut watchman = watch(&sandbox, &secrets);
    // The second one is told what the first one was.
    for player in PLAYERS {
        tell_and_read(&sandbox, player);
    }
    let typed = format!("the key {} and a secret", reply::typed_secret());
    let headless = ["run", "--headless", "--provider", "claude", "--prompt", &typed];
    let said = sandbox.run(LOGHOP, &headless);
    assert!(said.status.success(), "{said:?}");
    for session in left::sessions(&sandbox) {
        assert!(session.said("user").contains("[REDACTED:"), "{}", session.id);
        assert!(session.said("assistant").contains("[REDACTED:"), "{}", session.id);
    }
    watchman.test_with(&sandbox.repo().join(".loghop/sessions"), &secrets[0]);
    watchman.assert_nothing_found();
}
