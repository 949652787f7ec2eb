//! The clients by themselves: what loghop's behaviour is measured against.

use alacritty_terminal::term::TermMode;
use rustix::process::Signal;

use super::{
    Bench, bare, clear_starts_another, leave_by_command, leave_by_ctrl_c, prompt_and_reply, ready,
    tool_with_permission, wait_for_record,
};
use crate::support::clients::{Client, wanted};
use crate::support::reply;
use crate::support::terminal::Exit;

#[test]
fn every_client_replies_asks_clears_and_exits() {
    for client in wanted() {
        let bench = Bench::new(&[*client]);
        let mut terminal = ready(&bench, *client, bare);
        prompt_and_reply(&bench, *client, &terminal);
        tool_with_permission(&bench, *client, &terminal, |_| {});
        clear_starts_another(&bench, *client, &terminal);
        leave_by_command(&mut terminal);
    }
}

#[test]
fn ctrl_c_ends_every_client() {
    for client in wanted() {
        let bench = Bench::new(&[*client]);
        let mut terminal = ready(&bench, *client, bare);
        prompt_and_reply(&bench, *client, &terminal);
        leave_by_ctrl_c(*client, &mut terminal);
    }
}

#[test]
fn a_signal_ends_claude_clean_and_codex_dirty() {
    for client in wanted() {
        let bench = Bench::new(&[*client]);
        let mut terminal = ready(&bench, *client, bare);
        prompt_and_reply(&bench, *client, &terminal);
        terminal.signal(Signal::TERM);
        let exit = terminal.wait_exit();
        if *client == Client::Codex {
            assert!(exit != Exit::Code(0), "{exit:?}");
            let modes = terminal.screen().modes;
            assert!(modes.contains(TermMode::ALT_SCREEN), "it dies as it is");
        } else {
            assert_eq!(exit, Exit::Code(143), "{client:?}");
            terminal.assert_clean();
        }
    }
}

#[test]
fn a_closed_window_ends_every_client() {
    for client in wanted() {
        let bench = Bench::new(&[*client]);
        let terminal = ready(&bench, *client, bare);
        prompt_and_reply(&bench, *client, &terminal);
        terminal.close_window();
        wait_for_record(&bench, *client, reply::PLAIN);
    }
}

/// The request in which a client was given `marker` by its launcher and a prompt by the person.
fn hears(bench: &Bench, client: Client, told: &[&str], marker: &str) {
    let terminal = bare(bench, client, told);
    terminal.wait_for(client.ready());
    terminal.prompt("go on mock:plain");
    terminal.wait_for("Hello from the mock.");
    bench.api.wait_for(&[marker, "go on mock:plain"]);
}

#[test]
fn the_mock_hears_what_a_client_is_told_at_launch() {
    if wanted().is_empty() {
        return;
    }
    let marker = "HANDOFF-MARKER: two todos are open";
    let bench = Bench::new(&[Client::Claude, Client::Codex]);
    let note = bench.sandbox.home().join("note.md");
    std::fs::write(&note, marker).unwrap();
    let told = ["--append-system-prompt-file", note.to_str().unwrap()];
    hears(&bench, Client::Claude, &told, marker);
    let marker = "HANDOFF-MARKER: for the other one";
    let setting = format!("developer_instructions={marker:?}");
    hears(&bench, Client::Codex, &["-c", &setting], marker);
}
