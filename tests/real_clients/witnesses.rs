//! The real clients' nine endings, idle and in the middle of a reply: what stood on the screen is
//! in the record, whether the client wrote it down or not.

#![expect(clippy::print_stdout, reason = "the table of the documentation is printed here")]

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Bench, pane, ready, through_loghop};
use crate::support::clients::{Client, wanted};
use crate::support::left::{self, Left};
use crate::support::reply;
use crate::support::sandbox::LOGHOP;
use crate::support::terminal::Terminal;

/// The recording is a quarter of a second behind the screen; twice that on a busy machine.
const TAPE_IS_BEHIND: Duration = Duration::from_millis(500);
/// A client goes on drawing its start after it takes input. What is typed into that cannot be told
/// from it yet.
const STARTED: Duration = Duration::from_millis(1500);
/// Between two presses of a key that is to end a client: it takes them for one wish.
const PRESS: Duration = Duration::from_millis(400);
/// Presses after which a client has ended: some interrupt first, some clear, some ask.
const PRESSES: u32 = 12;

/// How a run is ended.
#[derive(Debug, Clone, Copy)]
enum End {
    Command,
    Key(&'static str),
    ToChild(Signal),
    ToLoghop(Signal),
    Window,
}

const ENDS: [(&str, End); 9] = [
    ("/exit", End::Command),
    ("Ctrl+C", End::Key("\x03")),
    ("Ctrl+D", End::Key("\x04")),
    ("SIGTERM to the client", End::ToChild(Signal::TERM)),
    ("SIGHUP to the client", End::ToChild(Signal::HUP)),
    ("SIGINT to the client", End::ToChild(Signal::INT)),
    ("SIGKILL to the client", End::ToChild(Signal::KILL)),
    ("SIGKILL to loghop", End::ToLoghop(Signal::KILL)),
    ("window closed", End::Window),
];

impl End {
    fn come(self, mut terminal: Terminal) {
        match self {
            Self::Command => terminal.prompt("/exit"),
            Self::Key(key) => {
                for _ in 0..PRESSES {
                    if !terminal.is_running() {
                        break;
                    }
                    terminal.send(key);
                    std::thread::sleep(PRESS);
                }
            }
            Self::ToChild(signal) => kill_process(child_of(terminal.pid()), signal).unwrap(),
            Self::ToLoghop(signal) => terminal.signal(signal),
            Self::Window => return drop(terminal.close_window()),
        }
        terminal.wait_exit();
    }
}

/// The process that loghop started in its pane, as the system tells it.
fn child_of(parent: Pid) -> Pid {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let parent = parent.as_raw_nonzero().get().to_string();
    let is_child = |pid: &i32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // After the name, which may hold anything: the state, then the parent.
        stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)) == Some(&*parent)
    };
    Pid::from_raw(pids.into_iter().find(is_child).expect("a child")).unwrap()
}

fn finished(bench: &Bench) -> Left {
    let output = bench.sandbox.run(LOGHOP, &["sessions", "reconcile"]);
    assert!(output.status.success(), "{output:?}");
    let left = left::sessions(&bench.sandbox).remove(0);
    left.assert_whole(&bench.sandbox);
    left
}

/// The last `tokNNN` that stands there; a client counts tokens too.
fn last_token(text: &str) -> String {
    let is_numbered =
        |at: &usize| text[at + 3..].bytes().take_while(u8::is_ascii_digit).count() == 3;
    let at = text.rmatch_indices("tok").map(|(at, _)| at).find(is_numbered).unwrap();
    text[at..at + 6].to_owned()
}

/// Runs a client to an end. Returns what is missing from the record; nothing, it should be.
fn missing(client: Client, name: &str, end: End, mid: bool) -> Option<String> {
    let bench = Bench::with_project(&[client]);
    let terminal = ready(&bench, client, through_loghop);
    let (prompt, sign) = if mid {
        ("take your time mock:slow", "tok004")
    } else {
        ("please do it mock:plain", "Hello from the mock.")
    };
    std::thread::sleep(STARTED);
    terminal.prompt(prompt);
    let screen = terminal.wait_until("the reply", |s| pane(s).contains(sign));
    let seen = if mid { last_token(&pane(&screen)) } else { sign.to_owned() };
    std::thread::sleep(TAPE_IS_BEHIND);
    end.come(terminal);
    let left = finished(&bench);
    let of = |key: &str| left.fields["witnesses"][key].as_u64().unwrap_or(0);
    let when = if mid { "mid-reply" } else { "idle" };
    let counts = ["native", "screen", "matched", "recovered"].map(|key| of(key).to_string());
    println!("| {client:?} | {name} | {when} | {} |", counts.join(" | "));
    let (asked, answered) = (left.said("user"), left.said("assistant"));
    let is_whole = asked == prompt && answered.contains(&seen);
    let is_right = mid || answered == reply::PLAIN || of("recovered") > 0;
    let told = format!("{client:?} {name} {when}: {seen} {:#?}", left.transcript);
    (!is_whole || !is_right).then_some(told)
}

#[test]
fn nothing_that_was_seen_is_lost_whatever_the_end() {
    for client in wanted().iter().filter(|client| **client != Client::ClaudeNew) {
        let missing: Vec<String> = ENDS
            .iter()
            .flat_map(|(name, end)| [(name, end, true), (name, end, false)])
            .filter_map(|(name, end, mid)| missing(*client, name, *end, mid))
            .collect();
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }
}
