//! Kills of loghop, of its child, and of both, at random moments of a session, from its first
//! instant to after its end: what stood on the host's screen 250 ms before is in the record, no
//! session is left running, and none is finished twice, though two commands find it at once.

use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::{BEHIND, CLAUDE, CODEX, PANE_COLS, PLAIN};
use crate::support::lanes;
use crate::support::left;
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::{project, run};
use crate::support::terminal::Terminal;
use crate::support::witnessed::{
    Row, Said, added_up, assert_rows, is_thorough, last_token, slow_reply,
};

const ASKS_PLAIN: &str = "something plain";
const ASKS_SLOW: &str = "say it slow";

/// A part of a session that a kill may fall into.
struct Stage {
    name: &'static str,
    /// What was sent by then; empty for nothing.
    sent: &'static str,
    /// Brings a run to where the stage begins; the text stands there when it can be typed to.
    begin: fn(&Terminal, &str),
    /// How long it lasts, in milliseconds.
    lasts: f64,
}

const STAGES: &[Stage] = &[
    Stage { name: "at the start", sent: "", begin: |_, _| (), lasts: 800.0 },
    Stage {
        name: "over a draft",
        sent: "",
        begin: |terminal, ready| {
            terminal.wait_for(ready);
            terminal.send(ASKS_PLAIN);
        },
        lasts: 500.0,
    },
    Stage {
        name: "as it is asked",
        sent: ASKS_PLAIN,
        begin: |terminal, ready| {
            terminal.wait_for(ready);
            terminal.prompt(ASKS_PLAIN);
        },
        lasts: 1000.0,
    },
    Stage {
        name: "in mid-reply",
        sent: ASKS_SLOW,
        begin: |terminal, ready| {
            terminal.wait_for(ready);
            terminal.prompt(ASKS_SLOW);
            terminal.wait_for("tok001");
        },
        lasts: 1500.0,
    },
    Stage {
        name: "after Esc",
        sent: ASKS_SLOW,
        begin: |terminal, ready| {
            terminal.wait_for(ready);
            terminal.prompt(ASKS_SLOW);
            terminal.wait_for("tok003");
            terminal.send("\x1b");
        },
        lasts: 500.0,
    },
    Stage {
        name: "after `/exit`",
        sent: ASKS_PLAIN,
        begin: |terminal, ready| {
            terminal.wait_for(ready);
            terminal.prompt(ASKS_PLAIN);
            terminal.wait_for("Worked for");
            terminal.prompt("/exit");
        },
        lasts: 500.0,
    },
];

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Victim {
    Loghop,
    Child,
    Both,
}

/// How many kills: a few where tests are run all the time, 200 where somebody asks.
fn kills() -> usize {
    if is_thorough() { 200 } else { STAGES.len() * 2 }
}

#[test]
fn kills_at_random_moments_lose_nothing_that_was_seen() {
    let rounds: Vec<usize> = (0..kills()).collect();
    assert_rows(&added_up(lanes::each(&rounds, |round| killed(*round))));
}

/// One kill: whose, when, and what became of the session. The three choices and the moment go
/// through all of their combinations.
fn killed(round: usize) -> Row {
    let stage = &STAGES[round % STAGES.len()];
    let victims = [Victim::Loghop, Victim::Child, Victim::Both];
    let victim = victims[(round + round / STAGES.len()) % victims.len()];
    let who = [CLAUDE, CODEX][(round + round / STAGES.len()) % 2];
    // Multiples of the golden ratio fall everywhere.
    let wait = Duration::from_secs_f64(round as f64 * 0.618_034 % 1.0 * stage.lasts / 1000.0);
    let sandbox = project();
    let terminal = run(&sandbox, &["--provider", who.0]);
    (stage.begin)(&terminal, who.1);
    let before = shown(&terminal);
    std::thread::sleep(wait);
    let seen = Some(shown(&terminal)).filter(|text| !text.is_empty()).unwrap_or(before);
    kill(terminal, victim);
    finish_twice_at_once(&sandbox);
    let whole = if stage.sent == ASKS_SLOW { slow_reply("tok100") } else { PLAIN.to_owned() };
    let mut said = vec![Said { prompt: stage.sent, seen, whole }];
    said.retain(|turn| !turn.prompt.is_empty());
    let label = format!("{} | {victim:?}", stage.name);
    let all = left::sessions(&sandbox);
    assert!(all.len() <= 1, "round {round}");
    if let Some(left) = all.first() {
        left.assert_finished(&sandbox);
        return Row::of(&label, left, &said);
    }
    // It was killed before a session began; what was said in one would be lost.
    let lost = said.into_iter().map(|turn| turn.prompt.to_owned()).collect();
    Row { label, runs: 1, lost, ..Row::default() }
}

fn kill(mut terminal: Terminal, victim: Victim) {
    let child = terminal.child();
    std::thread::sleep(BEHIND);
    if victim != Victim::Child && terminal.is_running() {
        terminal.signal(Signal::KILL);
    }
    if let (Some(child), true) = (child, victim != Victim::Loghop) {
        // It may be gone already.
        let _ = kill_process(child, Signal::KILL);
    }
    terminal.close_window();
}

/// Two commands find the session at once: one of them finishes it, and a third has nothing to do.
fn finish_twice_at_once(sandbox: &Sandbox) {
    let reconcile = || sandbox.run(LOGHOP, &["sessions", "reconcile"]);
    let (own, other) = std::thread::scope(|scope| {
        let other = scope.spawn(reconcile);
        (reconcile(), other.join().unwrap())
    });
    for output in [own, other, reconcile()] {
        assert!(output.status.success(), "{output:?}");
    }
}

/// What stands on the host's screen of a reply.
fn shown(terminal: &Terminal) -> String {
    let text = terminal.screen().left(PANE_COLS);
    match last_token(&text) {
        Some(last) => slow_reply(last),
        None if text.contains("arrows → ✓") => PLAIN.to_owned(),
        None => String::new(),
    }
}
