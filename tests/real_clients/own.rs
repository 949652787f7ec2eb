//! A client that loghop does not know, defined by a person: Gemini CLI, by its screen alone.

use super::pane;
use crate::support::clients::{set_up_gemini, wanted};
use crate::support::left;
use crate::support::mock_api::MockApi;
use crate::support::sandbox::Sandbox;
use crate::support::split::{initialized, run_with};
use crate::support::terminal::{Answers, Exit};

const CONFIG: &str = "[[provider]]\nname = 'gemini'\ntitle = 'Gemini CLI'\n\
    command = 'gemini'\nargs = ['--model', 'gemini-2.5-flash']\n";

#[test]
fn gemini_is_an_assistant_by_its_screen() {
    if wanted().is_empty() {
        return;
    }
    let (mut sandbox, api) = (Sandbox::bare(), MockApi::start());
    set_up_gemini(&mut sandbox, &api);
    let sandbox = initialized(sandbox);
    std::fs::write(sandbox.home().join(".loghop/config.toml"), CONFIG).unwrap();
    let mut terminal = run_with(&sandbox, &["--provider", "gemini"], super::HOST, Answers::Plain);
    terminal.wait_until("a prompt", |s| pane(s).contains("Type your message"));
    terminal.prompt("please do it mock:plain");
    terminal.wait_until("the reply", |s| pane(s).contains("Hello from the mock."));
    terminal.prompt("and now mock:long");
    terminal.wait_until("the end", |s| pane(s).contains("code_200"));
    std::thread::sleep(std::time::Duration::from_secs(1));
    terminal.prompt("/quit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    let left = left::sessions(&sandbox).pop().unwrap();
    left.assert_whole(&sandbox);
    let _ =
        std::fs::copy(sandbox.repo().join(".loghop/sessions/S-001.cast"), "/tmp/prov/gemini.cast");
    println!("{} {:#?}", left.fields["witnesses"], left.transcript);
}
