//! The clients in `loghop run`: what a person sees, what is on disk afterwards, what the next one
//! is told.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{
    Bench, clear_starts_another, leave_by_command, leave_by_ctrl_c, pane, prompt_and_reply, ready,
    through_loghop, tool_with_permission,
};
use crate::support::clients::{Client, wanted};
use crate::support::left::{self, Left};
use crate::support::reply;
use crate::support::sandbox::LOGHOP;
use crate::support::terminal::{BUSY, Exit, PATIENCE, Terminal};

/// Within this time a run that is told to end has ended and its session is finished.
const END_WITHIN: Duration = Duration::from_secs(5);

/// Within this time the panel says that a dialog waits.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// The recording is a quarter of a second behind the screen; twice that on a busy machine.
const TAPE_IS_BEHIND: Duration = Duration::from_millis(500);

/// Pause between two keys of somebody who waits for the first to be drawn.
const BETWEEN_KEYS: Duration = Duration::from_millis(500);

/// A key that no screen of theirs shows.
const PROBE: &str = "¤";

/// What the panel says at a dialog.
const WAITS: &str = "waiting for you";

/// The only session, which has ended.
#[track_caller]
fn only_session(bench: &Bench) -> Left {
    let mut all = left::sessions(&bench.sandbox);
    assert_eq!(all.len(), 1);
    let session = all.remove(0);
    session.assert_whole(&bench.sandbox);
    bench.sandbox.wait_until_nothing_runs();
    session
}

#[track_caller]
fn assert_ended(session: &Left, status: &str, code: &str) {
    let ended = (session.field("status"), session.field("returncode"));
    assert_eq!(ended, (status.to_owned(), code.to_owned()), "{:#}", session.fields);
}

/// The session is the one that this client's last transcript tells of.
#[track_caller]
fn assert_is_last_of(session: &Left, bench: &Bench, client: Client) {
    assert_eq!(session.field("provider"), client.name());
    let id = session.field("claude_session_id");
    let path = client.last_transcript(&bench.sandbox);
    assert!(!id.is_empty() && path.to_string_lossy().contains(&id), "{id}: {}", path.display());
}

/// What `prompt_and_reply` said is in the session, once.
#[track_caller]
fn assert_holds_reply(session: &Left) {
    assert_eq!(session.said("user"), "please do it mock:plain");
    assert_eq!(session.said("assistant"), reply::PLAIN);
    assert!(session.shows("Hello from the mock."), "{}: the recording", session.id);
}

#[test]
fn a_whole_session_is_seen_and_kept() {
    for client in wanted() {
        let bench = Bench::with_project(&[*client]);
        let mut terminal = ready(&bench, *client, through_loghop);
        prompt_and_reply(&bench, *client, &terminal);
        terminal.wait_for("captured 2/2");
        tool_with_permission(&bench, *client, &terminal, |terminal| {
            let since = Instant::now();
            terminal.wait_for(WAITS);
            assert!(since.elapsed() < TOLD_WITHIN * BUSY, "{client:?}: {:?}", since.elapsed());
        });
        terminal.wait_until("the end of waiting", |s| !s.text().contains(WAITS));
        terminal.wait_for("captured 5/5");
        clear_starts_another(&bench, *client, &terminal);
        terminal.wait_for("captured 7/7");
        leave_by_command(&mut terminal);
        let session = only_session(&bench);
        assert_ended(&session, "succeeded", "0");
        assert_is_last_of(&session, &bench, *client);
        let prompts = ["please do it mock:plain", "please do it mock:escalate"];
        assert_eq!(
            session.said("user"),
            [&prompts[..], &["and now mock:plain"]].concat().join("\n")
        );
        let replies = [reply::PLAIN, "I will use a tool.", reply::AFTER_TOOL, reply::PLAIN];
        assert_eq!(session.said("assistant"), replies.join("\n"));
        assert!(session.said("tool").contains(reply::TOOL_COMMAND), "{:?}", session.transcript);
        assert_eq!(session.field("prompts"), "3");
        assert!(session.field("files_changed").contains("made_by_tool.txt"));
        for text in ["Hello from the mock.", "Done: the tool ran"] {
            assert!(session.shows(text), "`{text}` was not recorded");
        }
    }
}

#[test]
fn ctrl_c_is_the_clients_and_loghop_ends_with_it() {
    for client in wanted() {
        let bench = Bench::with_project(&[*client]);
        let mut terminal = ready(&bench, *client, through_loghop);
        prompt_and_reply(&bench, *client, &terminal);
        leave_by_ctrl_c(*client, &mut terminal);
        let session = only_session(&bench);
        assert_ended(&session, "succeeded", "0");
        assert_is_last_of(&session, &bench, *client);
        assert_holds_reply(&session);
    }
}

/// Runs a client until it has replied, ends the run from outside, and looks at what is left.
fn ends_from_outside(client: Client, end: impl FnOnce(Terminal) -> Exit) {
    let bench = Bench::with_project(&[client]);
    let terminal = ready(&bench, client, through_loghop);
    prompt_and_reply(&bench, client, &terminal);
    // Codex notes a reply twice; it counts when it is whole.
    terminal.wait_for("captured 2/2");
    let since = Instant::now();
    assert_eq!(end(terminal), Exit::Code(130), "{client:?}");
    assert!(since.elapsed() < END_WITHIN * BUSY, "{client:?}: {:?}", since.elapsed());
    let session = only_session(&bench);
    assert_ended(&session, "interrupted", "130");
    assert_is_last_of(&session, &bench, client);
    assert_holds_reply(&session);
}

#[test]
fn a_signal_to_loghop_ends_every_client_clean() {
    for client in wanted() {
        ends_from_outside(*client, |mut terminal| {
            terminal.signal(Signal::TERM);
            let exit = terminal.wait_exit();
            terminal.assert_clean();
            exit
        });
    }
}

#[test]
fn a_closed_window_ends_client_and_session() {
    for client in wanted() {
        ends_from_outside(*client, Terminal::close_window);
    }
}

/// loghop is killed, its client with it: the next command finds the session and finishes it.
#[test]
fn what_was_said_before_a_kill_is_found_by_the_next_command() {
    for client in wanted() {
        let bench = Bench::with_project(&[*client]);
        let mut terminal = ready(&bench, *client, through_loghop);
        prompt_and_reply(&bench, *client, &terminal);
        // It is found within a second, and from then on recovery knows where it is.
        terminal.wait_for("captured 2/2");
        std::thread::sleep(TAPE_IS_BEHIND);
        terminal.signal(Signal::KILL);
        terminal.wait_exit();
        terminal.close_window();
        let status = bench.sandbox.run(LOGHOP, &["status"]);
        assert!(status.status.success(), "{status:?}");
        let session = only_session(&bench);
        assert_ended(&session, "interrupted", "130");
        assert_is_last_of(&session, &bench, *client);
        assert_holds_reply(&session);
    }
}

/// What streams is on no disk of the client's: its prompt is, and the recording has the rest.
#[test]
fn a_client_that_is_stopped_in_mid_reply_leaves_its_prompt() {
    for client in wanted() {
        let mut bench = Bench::with_project(&[*client]);
        // As if loghop had been started inside another Claude: with this a child writes nothing.
        bench.sandbox.set("CLAUDE_CODE_CHILD_SESSION", "1");
        bench.sandbox.set("CLAUDECODE", "1");
        let mut terminal = ready(&bench, *client, through_loghop);
        terminal.prompt("take your time mock:slow");
        terminal.wait_until("a part of the reply", |s| pane(s).contains("tok003"));
        terminal.signal(Signal::TERM);
        assert_eq!(terminal.wait_exit(), Exit::Code(130), "{client:?}");
        terminal.assert_clean();
        let session = only_session(&bench);
        assert_ended(&session, "interrupted", "130");
        assert_eq!(session.said("user"), "take your time mock:slow");
        assert!(session.shows("tok003"), "{client:?}: only the recording can have it");
    }
}

/// Says something in a run of this client, which must have been told `heard` at its start.
fn goes_on(bench: &Bench, client: Client, prompt: &str, heard: &[&str]) {
    let mut terminal = ready(bench, client, through_loghop);
    terminal.prompt(prompt);
    bench.api.wait_for(&[&[prompt][..], heard].concat());
    let last = if prompt.ends_with("mock:loghop") { "Tell me when to go on." } else { "Hello" };
    terminal.wait_until("the reply", |s| pane(s).contains(last));
    leave_by_command(&mut terminal);
}

#[test]
fn the_other_client_is_told_where_the_first_one_stopped() {
    if wanted().is_empty() {
        return;
    }
    for claude in [Client::Claude, Client::ClaudeNew] {
        let bench = Bench::with_project(&[claude, Client::Codex]);
        goes_on(&bench, claude, "a parser please mock:loghop", &[]);
        let notes = ["the writer is still missing", "write the config writer"];
        goes_on(&bench, Client::Codex, "go on with blue mock:plain", &notes);
        goes_on(&bench, claude, "go on with red mock:plain", &["go on with blue mock:plain"]);
        let all = left::sessions(&bench.sandbox);
        for (n, session) in all.iter().enumerate() {
            session.assert_whole(&bench.sandbox);
            assert_eq!(session.field("handoff_id"), format!("H-{:03}", n + 1));
        }
        let told = std::fs::read_to_string(bench.sandbox.repo().join(".loghop/handoffs/H-002.md"));
        assert!(told.unwrap().contains("Use serde for the config"));
        let ids: Vec<_> = all.iter().map(|session| session.id.as_str()).collect();
        assert_eq!(ids, ["S-001", "S-002", "S-003"]);
    }
}

/// Waits until a key is drawn, and takes it back. A client that puts its screen away throws away
/// what was typed meanwhile, and on a busy machine it does so long after it was told to.
#[track_caller]
fn takes_keys_again(terminal: &Terminal) {
    let since = Instant::now();
    while !pane(&terminal.screen()).contains(PROBE) {
        assert!(since.elapsed() < PATIENCE, "no key is drawn\n{}", terminal.screen().text());
        terminal.send(PROBE);
        std::thread::sleep(BETWEEN_KEYS);
    }
    terminal.send("\x15");
    terminal.wait_until("an empty prompt", |s| !pane(s).contains(PROBE));
}

#[test]
fn a_client_that_suspends_itself_goes_on() {
    for client in wanted() {
        let bench = Bench::with_project(&[*client]);
        let mut terminal = ready(&bench, *client, through_loghop);
        terminal.send("\x1a");
        terminal.wait_for("goes on: no shell is behind it here");
        takes_keys_again(&terminal);
        prompt_and_reply(&bench, *client, &terminal);
        leave_by_command(&mut terminal);
        assert_ended(&only_session(&bench), "succeeded", "0");
    }
}
