//! The real clients in the rig, started by a launcher: bare here, through `loghop run` likewise.
//!
//! Each scenario asserts from what is on disk and from the request bodies, besides the screen.

use std::time::Duration;

use alacritty_terminal::term::TermMode;
use rustix::process::Signal;
use serde_json::Value;

use crate::support::clients::Client;
use crate::support::mock_api::{MockApi, holds};
use crate::support::reply;
use crate::support::sandbox::{Sandbox, records};
use crate::support::terminal::{Answers, Exit, Terminal};

/// Time that a person needs at least to read a question.
const READING: Duration = Duration::from_secs(2);

/// Time within which Claude takes two Ctrl+C for the wish to leave.
const SOON: Duration = Duration::from_millis(300);

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

/// SIGTERM: Claude ends clean with 143, Codex dies of it.
fn ends_by_signal(bench: &Bench, client: Client, launcher: Launcher) -> (Exit, Terminal) {
    let mut terminal = prompt_and_reply(bench, client, launcher);
    terminal.signal(Signal::TERM);
    (terminal.wait_exit(), terminal)
}

/// Ctrl+C as often as it takes: the first may only clear a draft or stop something aside.
fn ends_by_ctrl_c(bench: &Bench, client: Client, launcher: Launcher) {
    let mut terminal = prompt_and_reply(bench, client, launcher);
    // Claude wants the second one soon after the first.
    let pause = if client == Client::Codex { READING } else { SOON };
    while terminal.is_running() {
        terminal.send("\x03");
        std::thread::sleep(pause);
    }
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_clean(&terminal);
}

/// A closed window ends the client, and what was said stays on disk.
fn ends_with_its_window(bench: &Bench, client: Client, launcher: Launcher) {
    let terminal = prompt_and_reply(bench, client, launcher);
    terminal.close_window();
    wait_for_record(bench, client, reply::PLAIN);
}

/// What one client left reaches the other's first request. `told` are the arguments by which
/// the second launcher is told; through `loghop run` there are none.
fn goes_on_with_what_it_was_told(
    bench: &Bench,
    client: Client,
    launcher: Launcher,
    (told, marker): (&[&str], &str),
) {
    let terminal = launcher(bench, client, told);
    terminal.wait_for(client.ready());
    terminal.prompt("go on mock:plain");
    terminal.wait_for("Hello from the mock.");
    let request = bench.api.wait_for(marker);
    let holds_both = holds(&request.body, marker) && holds(&request.body, "go on mock:plain");
    assert!(holds_both, "{}", request.path);
}

#[test]
fn every_client_replies_and_exits_bare() {
    for client in [Client::Claude, Client::ClaudeNew, Client::Codex] {
        leaves_by_command(&Bench::new(&[client]), client, bare);
    }
}

#[test]
fn every_client_asks_before_a_tool_bare() {
    for client in [Client::Claude, Client::ClaudeNew, Client::Codex] {
        tool_with_permission(&Bench::new(&[client]), client, bare);
    }
}

#[test]
fn claude_clears_into_another_transcript_bare() {
    for client in [Client::Claude, Client::ClaudeNew] {
        clear_starts_another(&Bench::new(&[client]), client, bare);
    }
}

#[test]
fn ctrl_c_ends_every_client_bare() {
    for client in [Client::Claude, Client::ClaudeNew, Client::Codex] {
        ends_by_ctrl_c(&Bench::new(&[client]), client, bare);
    }
}

#[test]
fn a_signal_ends_claude_clean_and_codex_dirty_bare() {
    for client in [Client::Claude, Client::ClaudeNew] {
        let (exit, terminal) = ends_by_signal(&Bench::new(&[client]), client, bare);
        assert_eq!(exit, Exit::Code(143), "{client:?}");
        assert_clean(&terminal);
    }
    let (exit, terminal) = ends_by_signal(&Bench::new(&[Client::Codex]), Client::Codex, bare);
    assert!(exit != Exit::Code(0), "{exit:?}");
    assert!(terminal.screen().modes.contains(TermMode::ALT_SCREEN), "it dies as it is");
}

#[test]
fn a_closed_window_ends_every_client_bare() {
    for client in [Client::Claude, Client::ClaudeNew, Client::Codex] {
        ends_with_its_window(&Bench::new(&[client]), client, bare);
    }
}

#[test]
fn the_mock_hears_what_a_client_is_told_at_launch() {
    let marker = "HANDOFF-MARKER: two todos are open";
    let bench = Bench::new(&[Client::Claude, Client::Codex]);
    let note = bench.sandbox.home().join("note.md");
    std::fs::write(&note, marker).unwrap();
    let told = ["--append-system-prompt-file", note.to_str().unwrap()];
    goes_on_with_what_it_was_told(&bench, Client::Claude, bare, (&told, marker));
    let marker = "HANDOFF-MARKER: for the other one";
    let setting = format!("developer_instructions={marker:?}");
    goes_on_with_what_it_was_told(&bench, Client::Codex, bare, (&["-c", &setting], marker));
}
