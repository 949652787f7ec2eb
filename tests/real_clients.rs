//! The real clients in the rig, started by a launcher: bare, or through `loghop run`.
//!
//! Here is what a person does with them. Each step asserts from what is on disk and from the
//! request bodies, besides the screen, and holds for both launchers.

mod bare;
mod own;
mod secrets;
mod switching;
mod through_loghop;
mod together;
mod witnesses;

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::clients::Client;
use crate::support::mock_api::{MockApi, holds};
use crate::support::reply;
use crate::support::sandbox::{LOGHOP, Sandbox, records};
use crate::support::split::initialized;
use crate::support::terminal::{Answers, Exit, PATIENCE, Screen, Terminal};

/// Time that a person needs at least to read a question.
const READING: Duration = Duration::from_secs(2);

/// Time within which Claude takes two Ctrl+C for the wish to leave.
const SOON: Duration = Duration::from_millis(300);

/// Columns and rows of the terminal that loghop runs in: room for its panel beside the client.
const HOST: (u16, u16) = (170, 40);

/// The columns that are the client's, whoever started it.
const PANE_COLS: usize = 105;

/// How a client is started.
type Launcher = fn(&Bench, Client, &[&str]) -> Terminal;

/// A sandbox with real clients on PATH and the mock that they talk to.
struct Bench {
    sandbox: Sandbox,
    api: MockApi,
}

impl Bench {
    fn new(clients: &[Client]) -> Self {
        let (mut sandbox, api) = (Sandbox::bare(), MockApi::start());
        for client in clients {
            client.set_up(&mut sandbox, &api);
        }
        Self { sandbox, api }
    }

    /// The same with a project of loghop's.
    fn with_project(clients: &[Client]) -> Self {
        let Self { sandbox, api } = Self::new(clients);
        Self { sandbox: initialized(sandbox), api }
    }
}

/// Starts the client itself.
fn bare(bench: &Bench, client: Client, args: &[&str]) -> Terminal {
    let mut all = own_flags(client);
    all.extend(args);
    bench.sandbox.start(client.name(), &all, Answers::Plain)
}

/// What a test gives each client so that it asks before it runs a command and leaves no server.
fn own_flags(client: Client) -> Vec<&'static str> {
    match client {
        Client::Claude => vec![],
        Client::ClaudeNew => vec!["--permission-mode", "default"],
        Client::Codex => vec!["--no-daemon"],
    }
}

/// Starts it in loghop, which keeps servers away by itself.
fn through_loghop(bench: &Bench, client: Client, args: &[&str]) -> Terminal {
    let mut own = own_flags(client);
    own.retain(|flag| *flag != "--no-daemon");
    let mut all = vec!["run", "--provider", client.name(), "--"];
    all.extend(own.iter().chain(args));
    Terminal::start(&bench.sandbox.launch(LOGHOP, &all), HOST, Answers::Plain)
}

/// What the client itself shows.
fn pane(screen: &Screen) -> String {
    screen.left(PANE_COLS)
}

/// Starts a client and waits until it can be typed to.
fn ready(bench: &Bench, client: Client, launcher: Launcher) -> Terminal {
    let terminal = launcher(bench, client, &[]);
    terminal.wait_for(client.ready());
    // A client draws its prompt before it has started; in loghop the panel says when it has.
    terminal.wait_until("the end of its start", |s| {
        let text = s.text();
        !text.contains("F9 hand over") || text.contains("● idle")
    });
    terminal
}

/// The text that is shown while a client asks for permission.
fn question(client: Client) -> &'static str {
    match client {
        Client::Claude | Client::ClaudeNew => "Do you want to proceed?",
        Client::Codex => "Would you like to run the following command?",
    }
}

/// A prompt and its reply are on the screen, in the request and in the transcript.
fn prompt_and_reply(bench: &Bench, client: Client, terminal: &Terminal) {
    terminal.prompt("please do it mock:plain");
    terminal.wait_until("the reply", |s| pane(s).contains("Hello from the mock."));
    bench.api.wait_for(&["please do it mock:plain"]);
    wait_for_record(bench, client, reply::PLAIN);
}

/// The first transcript of this client that holds the text.
#[track_caller]
fn wait_for_record(bench: &Bench, client: Client, text: &str) -> Vec<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let all = client.transcripts(&bench.sandbox);
        let found = all.iter().map(|path| records(path)).find(|r| said(r, text));
        if let Some(records) = found {
            return records;
        }
        assert!(Instant::now() < end, "`{text}` is in none of {all:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn said(records: &[Value], text: &str) -> bool {
    records.iter().any(|record| holds(record, text))
}

/// A command runs only after it was allowed, and what it did is there. `asked` looks at the
/// terminal while the question is on it.
fn tool_with_permission(
    bench: &Bench,
    client: Client,
    terminal: &Terminal,
    asked: impl FnOnce(&Terminal),
) {
    let made = bench.sandbox.repo().join("made_by_tool.txt");
    terminal.prompt("please do it mock:escalate");
    terminal.wait_for(question(client));
    asked(terminal);
    // A dialog ignores keys that were typed before a person can have read it.
    std::thread::sleep(READING);
    assert!(!made.exists(), "the command ran before it was allowed");
    terminal.send("\r");
    terminal.wait_until("the end", |s| pane(s).contains("Done: the tool ran"));
    assert_eq!(std::fs::read_to_string(made).unwrap(), "hello-from-tool\n");
    wait_for_record(bench, client, reply::AFTER_TOOL);
}

/// `/clear` starts another transcript.
fn clear_starts_another(bench: &Bench, client: Client, terminal: &Terminal) {
    assert_eq!(client.transcripts(&bench.sandbox).len(), 1);
    if client == Client::Codex {
        // It refuses the command until it has drawn the line that closes a turn.
        let closed = |s: &Screen| {
            let pane = pane(s);
            pane.rsplit("Done: the tool ran")
                .next()
                .is_some_and(|after| after.contains("Worked for"))
        };
        terminal.wait_until("the end of the turn", closed);
    }
    terminal.prompt("/clear");
    terminal.wait_until("an empty screen", |s| !pane(s).contains("please do it"));
    terminal.wait_until("a prompt", |s| pane(s).contains(client.ready()));
    terminal.prompt("and now mock:plain");
    wait_for_record(bench, client, "and now mock:plain");
    terminal.wait_until("the reply", |s| pane(s).contains("Hello from the mock."));
    assert_eq!(client.transcripts(&bench.sandbox).len(), 2);
}

/// `/exit` ends the client with 0 and leaves the terminal as it was.
fn leave_by_command(terminal: &mut Terminal) {
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    terminal.assert_clean();
}

/// Ctrl+C as often as it takes: the first may only clear a draft or stop something aside.
fn leave_by_ctrl_c(client: Client, terminal: &mut Terminal) {
    // Claude wants the second one soon after the first.
    let pause = if client == Client::Codex { READING } else { SOON };
    while terminal.is_running() {
        terminal.send("\x03");
        std::thread::sleep(pause);
    }
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    terminal.assert_clean();
}
