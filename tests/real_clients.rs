//! The real clients in the rig, started by a launcher: bare here, through `loghop run` likewise.
//!
//! Each scenario asserts from what is on disk and from the request bodies, besides the screen.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::clients::Client;
use crate::support::mock_api::{MockApi, holds};
use crate::support::reply;
use crate::support::sandbox::{Sandbox, records};
use crate::support::terminal::{Answers, Exit, Terminal};

/// Time that a person needs at least to read a question.
const READING: Duration = Duration::from_secs(2);

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
}

/// Starts the client itself.
fn bare(bench: &Bench, client: Client, args: &[&str]) -> Terminal {
    let mut all = own_flags(client);
    all.extend(args);
    let program = bench.sandbox.bin().join(client.name());
    let launch = bench.sandbox.launch(program.to_str().unwrap(), &all);
    Terminal::start(&launch, (120, 40), Answers::Plain)
}

/// What a test gives each client so that it asks before it runs a command and leaves no server.
fn own_flags(client: Client) -> Vec<&'static str> {
    match client {
        Client::Claude => vec![],
        Client::ClaudeNew => vec!["--permission-mode", "default"],
        Client::Codex => vec!["--no-daemon"],
    }
}

/// Starts a client and waits until it can be typed to.
fn ready(bench: &Bench, client: Client, launcher: Launcher) -> Terminal {
    let terminal = launcher(bench, client, &[]);
    terminal.wait_for(client.ready());
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
fn prompt_and_reply(bench: &Bench, client: Client, launcher: Launcher) -> Terminal {
    let terminal = ready(bench, client, launcher);
    terminal.prompt("please do it mock:plain");
    terminal.wait_for("Hello from the mock.");
    bench.api.wait_for("please do it mock:plain");
    wait_for_record(bench, client, reply::PLAIN);
    terminal
}

/// The first transcript of this client that holds the text.
#[track_caller]
fn wait_for_record(bench: &Bench, client: Client, text: &str) -> Vec<Value> {
    let end = std::time::Instant::now() + crate::support::terminal::PATIENCE;
    loop {
        let all = client.transcripts(&bench.sandbox);
        let found = all.iter().map(|path| records(path)).find(|r| said(r, text));
        if let Some(records) = found {
            return records;
        }
        assert!(std::time::Instant::now() < end, "`{text}` is in none of {all:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn said(records: &[Value], text: &str) -> bool {
    records.iter().any(|record| holds(record, text))
}

/// A command runs only after it was allowed, and what it did is there.
fn tool_with_permission(bench: &Bench, client: Client, launcher: Launcher) -> Terminal {
    let terminal = ready(bench, client, launcher);
    let made = bench.sandbox.repo().join("made_by_tool.txt");
    terminal.prompt("please do it mock:escalate");
    terminal.wait_for(question(client));
    // A dialog ignores keys that were typed before a person can have read it.
    std::thread::sleep(READING);
    assert!(!made.exists(), "the command ran before it was allowed");
    terminal.send("\r");
    terminal.wait_for("Done: the tool ran");
    assert_eq!(std::fs::read_to_string(made).unwrap(), "hello-from-tool\n");
    wait_for_record(bench, client, reply::AFTER_TOOL);
    terminal
}

/// `/exit` ends the client with 0 and leaves the terminal as it was.
fn leaves_by_command(bench: &Bench, client: Client, launcher: Launcher) {
    let mut terminal = prompt_and_reply(bench, client, launcher);
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_clean(&terminal);
}

fn assert_clean(terminal: &Terminal) {
    use alacritty_terminal::term::TermMode;
    let left_on = TermMode::ALT_SCREEN
        | TermMode::MOUSE_MODE
        | TermMode::BRACKETED_PASTE
        | TermMode::FOCUS_IN_OUT
        | TermMode::KITTY_KEYBOARD_PROTOCOL;
    let modes = terminal.screen().modes;
    assert!(!modes.intersects(left_on), "{modes:?}");
    assert!(modes.contains(TermMode::SHOW_CURSOR), "{modes:?}");
    let local = terminal.termios().local_modes;
    assert!(local.contains(rustix::termios::LocalModes::ICANON), "{local:?}");
}

/// `/clear` starts a second transcript.
fn clear_starts_another(bench: &Bench, client: Client, launcher: Launcher) {
    let terminal = prompt_and_reply(bench, client, launcher);
    terminal.prompt("/clear");
    terminal.wait_until("an empty screen", |s| !s.text().contains("Hello from the mock."));
    terminal.wait_for(client.ready());
    terminal.prompt("and now mock:tool");
    wait_for_record(bench, client, "and now mock:tool");
    let count = client.transcripts(&bench.sandbox).len();
    assert_eq!(count, 2, "{:?}", client.transcripts(&bench.sandbox));
}

#[test]
fn claude_replies_bare() {
    leaves_by_command(&Bench::new(&[Client::Claude]), Client::Claude, bare);
}

#[test]
fn claude_new_replies_bare() {
    leaves_by_command(&Bench::new(&[Client::ClaudeNew]), Client::ClaudeNew, bare);
}

#[test]
fn codex_replies_bare() {
    leaves_by_command(&Bench::new(&[Client::Codex]), Client::Codex, bare);
}

#[test]
fn claude_asks_before_a_tool_bare() {
    let bench = Bench::new(&[Client::Claude]);
    let mut terminal = tool_with_permission(&bench, Client::Claude, bare);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(), Exit::Code(143));
    assert_clean(&terminal);
}

#[test]
fn claude_new_asks_before_a_tool_bare() {
    let bench = Bench::new(&[Client::ClaudeNew]);
    tool_with_permission(&bench, Client::ClaudeNew, bare).close_window();
}

#[test]
fn codex_asks_before_a_tool_bare() {
    let bench = Bench::new(&[Client::Codex]);
    tool_with_permission(&bench, Client::Codex, bare).close_window();
}

#[test]
fn claude_clears_into_another_transcript_bare() {
    clear_starts_another(&Bench::new(&[Client::Claude]), Client::Claude, bare);
}

#[test]
fn ctrl_c_ends_codex_bare() {
    let bench = Bench::new(&[Client::Codex]);
    let mut terminal = prompt_and_reply(&bench, Client::Codex, bare);
    // The first one may only clear a draft or end something that runs aside.
    while terminal.is_running() {
        terminal.send("\x03");
        std::thread::sleep(READING);
    }
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_clean(&terminal);
}

#[test]
fn the_mock_hears_what_a_client_is_told_at_launch() {
    let bench = Bench::new(&[Client::Claude]);
    let note = bench.sandbox.home().join("note.md");
    std::fs::write(&note, "HANDOFF-MARKER: two todos are open").unwrap();
    let args = ["--append-system-prompt-file", note.to_str().unwrap()];
    let terminal = bare(&bench, Client::Claude, &args);
    terminal.wait_for(Client::Claude.ready());
    terminal.prompt("go on mock:plain");
    terminal.wait_for("Hello from the mock.");
    let request = bench.api.wait_for("HANDOFF-MARKER: two todos are open");
    assert!(request.path.starts_with("/v1/messages"), "{}", request.path);
}
