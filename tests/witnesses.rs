//! Two witnesses: what a person saw is in the record, whatever became of the transcript and
//! however the run ended. Each fault is one row of the table in `docs/witnesses.md`, which
//! `LOGHOP_TEST_TABLE=1 cargo test --test main witnesses -- --nocapture` prints.

#![expect(clippy::print_stdout, reason = "the table of the documentation is printed here")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::left::{self, Left};
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::{claude, project};
use crate::support::terminal::{Exit, Terminal};

/// What the scripted assistant answers to a plain prompt, as far as words go.
const PLAIN: &str = "Hello from the script";
/// How long something stands on the host's screen until it must be in the record.
const BEHIND: Duration = Duration::from_millis(250);

/// A row of the table.
struct Row {
    fault: String,
    counts: [u64; 4],
    lost: usize,
    wrong: usize,
}

/// The prompts of a run and the beginning of what answers each.
type Said<'a> = &'a [(&'a str, &'a str)];

impl Row {
    /// Compares what is stored with what was said on the screen.
    fn of(fault: &str, left: &Left, said: Said<'_>) -> Self {
        let count = |name: &str| left.fields["witnesses"][name].as_u64().unwrap_or(0);
        let texts = |role: &str| {
            let own = left.transcript.iter().filter(|turn| turn["role"] == role);
            own.map(|turn| turn["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (asked, answered) = (texts("user"), texts("assistant"));
        let lost = |wanted: &str, texts: &[String]| {
            usize::from(!wanted.is_empty() && !texts.iter().any(|text| text.contains(wanted)))
        };
        let sides = said.iter().map(|(_, reply)| 1 + usize::from(!reply.is_empty())).sum::<usize>();
        Self {
            fault: fault.to_owned(),
            counts: ["native", "screen", "matched", "recovered"].map(count),
            lost: said.iter().map(|(p, r)| lost(p, &asked) + lost(r, &answered)).sum(),
            wrong: (asked.len() + answered.len()).saturating_sub(sides),
        }
    }
}

/// Asserts that nothing was lost and nothing invented, and prints the table where it is asked for.
#[track_caller]
fn assert_rows(rows: &[Row]) {
    let mut table = String::new();
    for Row { fault, counts: [native, screen, matched, recovered], lost, wrong } in rows {
        writeln!(
            table,
            "| {fault} | {native} | {screen} | {matched} | {recovered} | {lost} | {wrong} |"
        )
        .unwrap();
    }
    if std::env::var_os("LOGHOP_TEST_TABLE").is_some() {
        println!("{table}");
    }
    assert!(rows.iter().all(|row| (row.lost, row.wrong) == (0, 0)), "{table}");
}

/// The only session of a project, finished by another command where the run did not.
fn finished(sandbox: &Sandbox) -> Left {
    let output = sandbox.run(LOGHOP, &["sessions", "reconcile"]);
    assert!(output.status.success(), "{output:?}");
    let mut all = left::sessions(sandbox);
    assert_eq!(all.len(), 1);
    let left = all.remove(0);
    left.assert_whole(sandbox);
    left
}

fn ask(terminal: &Terminal, prompt: &str) {
    terminal.prompt(prompt);
    terminal.wait_for("Worked for");
}

fn leave(terminal: &mut Terminal) {
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
}

fn native(sandbox: &Sandbox) -> PathBuf {
    sandbox.claude_transcripts().remove(0)
}

/// Two turns with a fault in between.
fn two_turns(fault: &str, variable: &str, mishap: impl Fn(&Sandbox)) -> Row {
    let mut sandbox = project();
    match variable.split_once(':') {
        Some((name, value)) => sandbox.set(name, value),
        None => sandbox.set("LOGHOP_PLAY_FAULT", variable),
    }
    let mut terminal = claude(&sandbox, &[]);
    ask(&terminal, "first something plain");
    mishap(&sandbox);
    terminal.prompt("then use loghop");
    terminal.wait_for("Tell me when to go on");
    terminal.wait_for("captured");
    std::thread::sleep(BEHIND);
    leave(&mut terminal);
    let said = [("first something plain", PLAIN), ("then use loghop", "I finished the first half")];
    Row::of(fault, &finished(&sandbox), &said)
}

#[test]
fn a_transcript_that_fails_costs_nothing() {
    let nothing = |_: &Sandbox| ();
    let rows = [
        two_turns("none", "", nothing),
        two_turns("drops the last record", "drop-last=1", nothing),
        two_turns("drops the last 3 records", "drop-last=3", nothing),
        two_turns("drops the last 5 records", "drop-last=5", nothing),
        two_turns("never flushes", "never-flush", nothing),
        two_turns("writes 20 s after its exit", "late-write=20", nothing),
        two_turns("torn last record", "torn-tail", nothing),
        two_turns("garbage in the middle", "garbage", nothing),
        two_turns(
            "`CLAUDE_CODE_CHILD_SESSION=1` inherited",
            "CLAUDE_CODE_CHILD_SESSION:1",
            nothing,
        ),
        two_turns("transcript deleted", "", |sandbox| {
            std::fs::remove_file(native(sandbox)).unwrap();
        }),
        two_turns("transcript replaced", "", |sandbox| {
            let path = native(sandbox);
            std::fs::remove_file(&path).unwrap();
            std::fs::write(path, "").unwrap();
        }),
        two_turns("transcript rotated", "", |sandbox| {
            let path = native(sandbox);
            std::fs::rename(&path, path.with_extension("1")).unwrap();
        }),
    ];
    assert_rows(&rows);
}

/// The last `tokNNN` that the pane shows.
fn last_token(terminal: &Terminal) -> String {
    let text = terminal.screen().left(90);
    let at = text.rfind("tok").unwrap();
    text[at..at + 6].to_owned()
}

/// A reply that is cut by what `end` does to the run.
fn cut(fault: &str, end: impl Fn(&Sandbox, Terminal)) -> Row {
    let sandbox = project();
    let terminal = claude(&sandbox, &[]);
    ask(&terminal, "first something plain");
    terminal.prompt("say it slow");
    terminal.wait_for("tok005");
    let seen = last_token(&terminal);
    std::thread::sleep(BEHIND);
    end(&sandbox, terminal);
    let said = [("first something plain", PLAIN), ("say it slow", &*seen)];
    Row::of(fault, &finished(&sandbox), &said)
}

/// The process id of the scripted client.
fn child(sandbox: &Sandbox) -> Pid {
    let path = sandbox.files(".claude/sessions", ".json").remove(0);
    let told: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    Pid::from_raw(told["pid"].as_i64().unwrap() as i32).unwrap()
}

#[test]
fn a_reply_that_is_cut_is_kept_as_far_as_it_was_seen() {
    let signal = |signal| {
        move |_: &Sandbox, mut terminal: Terminal| {
            terminal.signal(signal);
            terminal.wait_exit();
        }
    };
    let to_child = |signal| {
        move |sandbox: &Sandbox, mut terminal: Terminal| {
            kill_process(child(sandbox), signal).unwrap();
            terminal.wait_exit();
        }
    };
    let rows = [
        cut("Esc", |_, mut terminal| {
            terminal.send("\x1b");
            terminal.wait_for("Interrupted");
            std::thread::sleep(BEHIND);
            leave(&mut terminal);
        }),
        cut("Ctrl+C, then `/exit`", |_, mut terminal| {
            terminal.send("\x03");
            terminal.wait_for("Interrupted");
            std::thread::sleep(BEHIND);
            leave(&mut terminal);
        }),
        cut("SIGTERM to the child", to_child(Signal::TERM)),
        cut("SIGKILL to the child", to_child(Signal::KILL)),
        cut("SIGTERM to loghop", signal(Signal::TERM)),
        cut("SIGHUP to loghop", signal(Signal::HUP)),
        cut("SIGKILL to loghop", signal(Signal::KILL)),
        cut("SIGKILL to both", |sandbox, mut terminal| {
            let child = child(sandbox);
            terminal.signal(Signal::KILL);
            // It may have died of the hang-up already.
            let _ = kill_process(child, Signal::KILL);
            terminal.wait_exit();
        }),
        cut("window closed", |_, terminal| drop(terminal.close_window())),
    ];
    assert_rows(&rows);
}

/// How many kills: a few where tests are run all the time, 200 where somebody asks.
fn kills() -> u64 {
    if std::env::var_os("LOGHOP_TEST_THOROUGH").is_some() { 200 } else { 6 }
}

#[test]
fn kills_at_random_moments_lose_nothing_that_was_seen() {
    for round in 0..kills() {
        let sandbox = project();
        let mut terminal = claude(&sandbox, &[]);
        terminal.prompt("say it slow");
        terminal.wait_for("tok001");
        // Multiples of the golden ratio fall everywhere.
        let wait = round as f64 * 0.618_034 % 1.0 * 1500.0;
        std::thread::sleep(Duration::from_millis(wait as u64));
        let seen = last_token(&terminal);
        let child = child(&sandbox);
        std::thread::sleep(BEHIND);
        if round % 3 != 1 {
            terminal.signal(Signal::KILL);
        }
        if round % 3 != 0 {
            let _ = kill_process(child, Signal::KILL);
        }
        terminal.wait_exit();
        // Two commands at once: one of them finishes it.
        let other = std::thread::scope(|scope| {
            let other = scope.spawn(|| sandbox.run(LOGHOP, &["sessions", "reconcile"]));
            let own = sandbox.run(LOGHOP, &["sessions", "reconcile"]);
            assert!(own.status.success(), "{own:?}");
            other.join().unwrap()
        });
        assert!(other.status.success(), "{other:?}");
        let left = finished(&sandbox);
        let row = Row::of("kill", &left, &[("say it slow", &*seen)]);
        assert_eq!((row.lost, row.wrong), (0, 0), "round {round}: {seen} {:#?}", left.transcript);
    }
}

#[test]
fn the_session_says_who_saw_what() {
    let mut sandbox = project();
    sandbox.set("LOGHOP_PLAY_FAULT", "never-flush");
    let mut terminal = claude(&sandbox, &[]);
    ask(&terminal, "something plain");
    leave(&mut terminal);
    let after = terminal.screen().text();
    assert!(after.contains("witnesses: transcript 0, screen 2, both 0, recovered 2"), "{after}");
    let say = |args: &[&str]| {
        let output = sandbox.run(LOGHOP, args);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = say(&["sessions", "show", "--latest", "--transcript"]);
    assert!(shown.contains("**Witnesses:** transcript 0, screen 2"), "{shown}");
    assert!(shown.contains("(read off the screen, ") && shown.contains(PLAIN), "{shown}");
    for (format, word) in [("md", "### Person"), ("txt", "Person"), ("json", "\"screen\"")] {
        let told = say(&["sessions", "export", "S-001", "--format", format]);
        assert!(told.contains(word) && told.contains(PLAIN), "{format}: {told}");
    }
    let told: Value =
        serde_json::from_str(&say(&["sessions", "export", "--format", "json"])).unwrap();
    assert_eq!(told["transcript"][1]["witness"], "screen");
    let cast = say(&["sessions", "export", "--format", "cast"]);
    let file = sandbox.repo().join(".loghop/sessions/S-001.cast");
    assert_eq!(cast, std::fs::read_to_string(file).unwrap());
    // What was recovered is where the next assistant starts from, and marked.
    let handoff = say(&["handoff", "build", "--goal", "go on"]);
    let document = std::fs::read_to_string(sandbox.repo().join(".loghop/handoffs/H-002.md"));
    let document = document.unwrap_or(handoff);
    assert!(document.contains("read off the screen") && document.contains(PLAIN), "{document}");
}
