//! The real clients' nine endings, idle and in the middle of a reply: what stood on the screen is
//! in the record, whether the client wrote it down or not. With `LOGHOP_TEST_THOROUGH` these are
//! all of them, and ten of each that cuts a reply; else each ending once for each client.

use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::{Bench, pane, ready, through_loghop};
use crate::support::clients::{Client, wanted};
use crate::support::lanes;
use crate::support::reply;
use crate::support::terminal::Terminal;
use crate::support::witnessed::{
    Row, Said, added_up, assert_rows, finished, is_thorough, last_token, slow_reply,
};

/// The recording is a quarter of a second behind the screen; twice that on a busy machine.
const TAPE_IS_BEHIND: Duration = Duration::from_millis(500);
/// A client goes on drawing its start after it takes input. What is typed into that cannot be told
/// from it yet.
const STARTED: Duration = Duration::from_millis(1500);
/// Between two presses of a key that is to end a client: it takes them for one wish.
const PRESS: Duration = Duration::from_millis(400);
/// Time within which a client that was asked to end has ended, or does not.
const ENDS_WITHIN: Duration = Duration::from_secs(3);
/// Runs of each ending that cuts a reply.
const TIMES: usize = 10;

/// How a run is ended.
#[derive(Debug, Clone, Copy)]
enum End {
    /// `/exit`.
    Command,
    /// A key, so many times; a client that lives on gets `/exit`.
    Key(&'static str, usize),
    ToChild(Signal),
    ToLoghop(Signal),
    Window,
}

/// An ending, and whether it is one that cuts replies in everyday life.
type Ending = (&'static str, End, bool);

const ENDINGS: &[Ending] = &[
    ("`/exit`", End::Command, true),
    ("Ctrl+C", End::Key("\x03", 1), true),
    ("Ctrl+C twice", End::Key("\x03", 2), false),
    ("Ctrl+D twice", End::Key("\x04", 2), false),
    ("SIGTERM", End::ToChild(Signal::TERM), true),
    ("SIGHUP", End::ToChild(Signal::HUP), false),
    ("SIGINT", End::ToChild(Signal::INT), false),
    ("SIGKILL", End::ToChild(Signal::KILL), true),
    ("window closed", End::Window, true),
];

/// What cuts a reply and is no ending of a client.
const CUTS: &[Ending] = &[
    ("Esc, then `/exit`", End::Key("\x1b", 1), true),
    ("SIGKILL to loghop", End::ToLoghop(Signal::KILL), false),
];

impl End {
    fn come(self, mut terminal: Terminal) {
        match self {
            Self::Command => exit_command(&mut terminal),
            Self::Key(key, times) => {
                for _ in 0..times {
                    terminal.send(key);
                    std::thread::sleep(PRESS);
                }
                if !terminal.ends_within(ENDS_WITHIN) {
                    exit_command(&mut terminal);
                }
            }
            Self::ToChild(signal) => kill_process(terminal.child().unwrap(), signal).unwrap(),
            Self::ToLoghop(signal) => terminal.signal(signal),
            Self::Window => return drop(terminal.close_window()),
        }
        terminal.wait_exit();
    }
}

/// `/exit`, again while the client has not heard it: in mid-reply it may be taken for a draft.
fn exit_command(terminal: &mut Terminal) {
    while terminal.is_running() {
        terminal.send("/exit");
        std::thread::sleep(PRESS);
        terminal.send("\r");
        terminal.ends_within(ENDS_WITHIN);
    }
}

/// A client, how it ends, and whether in the middle of a reply.
type Case = (Client, Ending, bool);

/// What one run left.
fn run_to_its_end((client, (name, end, _), mid): &Case) -> Row {
    let bench = Bench::with_project(&[*client]);
    let terminal = ready(&bench, *client, through_loghop);
    let (prompt, sign, whole) = if *mid {
        ("take your time mock:slow", "tok004", slow_reply("tok100"))
    } else {
        ("please do it mock:plain", "arrows → ✓", reply::PLAIN.to_owned())
    };
    std::thread::sleep(STARTED);
    terminal.prompt(prompt);
    let screen = terminal.wait_until("the reply", |s| pane(s).contains(sign));
    let seen = if *mid { slow_reply(last_token(&pane(&screen)).unwrap()) } else { whole.clone() };
    std::thread::sleep(TAPE_IS_BEHIND);
    end.come(terminal);
    let left = finished(&bench.sandbox);
    left.assert_whole(&bench.sandbox);
    let when = if *mid { "mid-reply" } else { "idle" };
    Row::of(&format!("{client:?} | {name} | {when}"), &left, &[Said { prompt, seen, whole }])
}

/// The cases, each as often as it is to be run.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for client in wanted() {
        for (n, ending) in ENDINGS.iter().chain(CUTS).enumerate() {
            let is_cut = n >= ENDINGS.len();
            if is_thorough() {
                let times = if ending.2 && *client != Client::ClaudeNew { TIMES } else { 1 };
                cases.extend(vec![(*client, *ending, true); times]);
                cases.extend((!is_cut).then_some((*client, *ending, false)));
            } else if *client != Client::ClaudeNew && !is_cut {
                cases.push((*client, *ending, n % 2 == 0));
            }
        }
    }
    cases
}

#[test]
fn nothing_that_was_seen_is_lost_whatever_the_end() {
    assert_rows(&added_up(lanes::each(&cases(), run_to_its_end)));
}
