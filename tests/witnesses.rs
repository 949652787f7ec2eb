//! Two witnesses: what a person saw is in the record, whatever became of the transcript and
//! however the run ended. Each fault is one row of the table in `docs/witnesses.md`, which
//! `LOGHOP_TEST_TABLE=1 cargo test --test main witnesses:: -- --nocapture` prints.

mod headless;
mod kills;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::support::lanes;
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::{claude, project, run};
use crate::support::terminal::{Exit, Terminal};
use crate::support::witnessed::{
    Row, Said, added_up, assert_rows, finished, is_thorough, last_token, slow_reply,
};

/// What the scripted assistants answer to a plain prompt.
const PLAIN: &str = "Hello from the script. Accents: éàü, CJK: 日本語, emoji: 🚀👩‍💻, arrows → ✓.";
/// What they answer to a prompt that asks for notes, as far as words go.
const NOTES: &str = "I finished the first half of the task. loghop summary: Added a parser for \
                     the config file; the writer is still missing. decisions: Use serde for the \
                     config, not a hand-written parser. Keep the file format versioned (version: \
                     1). todos: write the config writer, add a test with non-ASCII paths (été, \
                     日本). Tell me when to go on.";
/// How long something stands on the host's screen until it must be in the record.
const BEHIND: Duration = Duration::from_millis(250);
/// The columns that are the assistant's.
const PANE_COLS: usize = 90;

/// A scripted assistant, and what stands on its screen when it can be typed to.
type Who = (&'static str, &'static str);
const CLAUDE: Who = ("claude", "? for shortcuts");
const CODEX: Who = ("codex", "Ask Codex");

/// What happens to a transcript in mid-run.
type Mishap = fn(&Sandbox, Who);

/// Faults of a transcript: a name, the variable that asks for it, and what is done in mid-run.
const FAULTS: &[(&str, &str, Mishap)] = &[
    ("none", "", |_, _| ()),
    ("drops the last record", "drop-last=1", |_, _| ()),
    ("drops the last 3 records", "drop-last=3", |_, _| ()),
    ("drops the last 5 records", "drop-last=5", |_, _| ()),
    ("never flushes", "never-flush", |_, _| ()),
    ("writes 20 s after its exit", "late-write=20", |_, _| ()),
    ("torn last record", "torn-tail", |_, _| ()),
    ("garbage in the middle", "garbage", |_, _| ()),
    ("`CLAUDE_CODE_CHILD_SESSION=1` inherited", "CLAUDE_CODE_CHILD_SESSION:1", |_, _| ()),
    ("every second record destroyed", "", |sandbox, who| destroyed(sandbox, who, |at| at % 2 == 1)),
    ("the other records destroyed", "", |sandbox, who| destroyed(sandbox, who, |at| at % 2 == 0)),
    ("all records destroyed", "", |sandbox, who| destroyed(sandbox, who, |_| true)),
    ("transcript deleted", "", |sandbox, who| {
        std::fs::remove_file(native(sandbox, who)).unwrap();
    }),
    ("transcript replaced", "", |sandbox, who| {
        let path = native(sandbox, who);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(path, "").unwrap();
    }),
    ("transcript rotated", "", |sandbox, who| {
        let path = native(sandbox, who);
        std::fs::rename(&path, path.with_extension("1")).unwrap();
    }),
    ("another session's copied over it", "", |sandbox, who| {
        std::fs::write(native(sandbox, who), anothers(who)).unwrap();
    }),
    ("another session's in its place", "", |sandbox, who| {
        let path = native(sandbox, who);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(path, anothers(who)).unwrap();
    }),
    ("another session's behind it", "", |sandbox, who| {
        let mut file = std::fs::OpenOptions::new().append(true).open(native(sandbox, who)).unwrap();
        file.write_all(&anothers(who)).unwrap();
    }),
    ("each line twice", "", |sandbox, who| {
        rewritten(sandbox, who, |lines| lines.iter().flat_map(|line| [*line, *line]).collect());
    }),
    ("backwards", "", |sandbox, who| {
        rewritten(sandbox, who, |lines| lines.iter().rev().copied().collect());
    }),
    ("forth and back", "", |sandbox, who| {
        rewritten(sandbox, who, |lines| lines.iter().chain(lines.iter().rev()).copied().collect());
    }),
];

/// Puts the lines together anew, in place.
fn rewritten(sandbox: &Sandbox, who: Who, anew: for<'a> fn(&[&'a str]) -> Vec<&'a str>) {
    let path = native(sandbox, who);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    std::fs::write(path, anew(&lines).join("\n") + "\n").unwrap();
}

/// What the same client wrote of another session.
fn anothers((name, _): Who) -> Vec<u8> {
    std::fs::read(format!("fixtures/transcripts/{name}/work.jsonl")).unwrap()
}

/// Writes over some of the records, in place.
fn destroyed(sandbox: &Sandbox, who: Who, is_gone: fn(usize) -> bool) {
    let path = native(sandbox, who);
    let mut bytes = std::fs::read(&path).unwrap();
    let lines = bytes.split_mut(|byte| *byte == b'\n').enumerate();
    lines.filter(|(at, _)| is_gone(*at)).for_each(|(_, line)| line.fill(b'#'));
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all(&bytes).unwrap();
}

fn native(sandbox: &Sandbox, who: Who) -> PathBuf {
    let all = if who == CLAUDE { sandbox.claude_transcripts() } else { sandbox.codex_rollouts() };
    all.into_iter().next().unwrap()
}

fn start(sandbox: &Sandbox, (name, ready): Who) -> Terminal {
    let terminal = run(sandbox, &["--provider", name]);
    terminal.wait_for(ready);
    terminal
}

fn ask(terminal: &Terminal, prompt: &str) {
    terminal.prompt(prompt);
    terminal.wait_for("Worked for");
}

fn leave(terminal: &mut Terminal) {
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
}

/// Everything that was asked for and answered.
fn answered(prompt: &'static str, reply: &str) -> Said {
    Said { prompt, seen: reply.to_owned(), whole: reply.to_owned() }
}

/// Two turns with a fault in between.
fn two_turns(who: Who, fault: &str, variable: &str, mishap: Mishap) -> Row {
    let mut sandbox = project();
    match variable.split_once(':') {
        Some((name, value)) => sandbox.set(name, value),
        None => sandbox.set("LOGHOP_PLAY_FAULT", variable),
    }
    let mut terminal = start(&sandbox, who);
    ask(&terminal, "first something plain");
    mishap(&sandbox, who);
    terminal.prompt("then use loghop");
    terminal.wait_for("Tell me when to go on");
    terminal.wait_for("captured");
    std::thread::sleep(BEHIND);
    leave(&mut terminal);
    let said = [answered("first something plain", PLAIN), answered("then use loghop", NOTES)];
    let left = finished(&sandbox);
    left.assert_whole(&sandbox);
    Row::of(&format!("{fault} | {}", who.0), &left, &said)
}

/// Every item with each of the assistants.
fn with_both<T: Copy>(items: &[T]) -> Vec<(Who, T)> {
    items.iter().flat_map(|item| [(CLAUDE, *item), (CODEX, *item)]).collect()
}

#[test]
fn a_transcript_that_fails_costs_nothing() {
    let rows = lanes::each(&with_both(FAULTS), |(who, (fault, variable, mishap))| {
        two_turns(*who, fault, variable, *mishap)
    });
    assert_rows(&rows);
}

/// What cuts a reply, and how the run ends then.
type Cut = fn(Terminal);

const CUTS: &[(&str, Cut)] = &[
    ("Esc", |terminal| interrupted(terminal, "\x1b")),
    ("Ctrl+C", |terminal| interrupted(terminal, "\x03")),
    ("`/exit`", |mut terminal| leave(&mut terminal)),
    ("SIGTERM to the child", |terminal| child_gets(terminal, Signal::TERM)),
    ("SIGKILL to the child", |terminal| child_gets(terminal, Signal::KILL)),
    ("SIGTERM to loghop", |terminal| loghop_gets(terminal, Signal::TERM)),
    ("SIGHUP to loghop", |terminal| loghop_gets(terminal, Signal::HUP)),
    ("SIGKILL to loghop", |terminal| loghop_gets(terminal, Signal::KILL)),
    ("SIGKILL to both", |mut terminal| {
        let child = terminal.child().unwrap();
        terminal.signal(Signal::KILL);
        // It may have died of the hang-up already.
        let _ = kill_process(child, Signal::KILL);
        terminal.wait_exit();
    }),
    ("window closed", |terminal| drop(terminal.close_window())),
];

/// A key stops the reply; the person leaves a moment later.
fn interrupted(mut terminal: Terminal, key: &str) {
    terminal.send(key);
    terminal.wait_for("nterrupted");
    std::thread::sleep(BEHIND);
    leave(&mut terminal);
}

fn child_gets(mut terminal: Terminal, signal: Signal) {
    kill_process(terminal.child().unwrap(), signal).unwrap();
    terminal.wait_exit();
}

fn loghop_gets(mut terminal: Terminal, signal: Signal) {
    terminal.signal(signal);
    terminal.wait_exit();
}

/// A reply that is cut by what `end` does to the run.
fn cut(who: Who, fault: &str, end: Cut) -> Row {
    let sandbox = project();
    let terminal = start(&sandbox, who);
    ask(&terminal, "first something plain");
    terminal.prompt("say it slow");
    terminal.wait_for("tok005");
    let seen = slow_reply(last_token(&terminal.screen().left(PANE_COLS)).unwrap());
    std::thread::sleep(BEHIND);
    end(terminal);
    let said = [
        answered("first something plain", PLAIN),
        Said { prompt: "say it slow", seen, whole: slow_reply("tok100") },
    ];
    let left = finished(&sandbox);
    left.assert_whole(&sandbox);
    Row::of(&format!("{fault} | {}", who.0), &left, &said)
}

#[test]
fn a_reply_that_is_cut_is_kept_as_far_as_it_was_seen() {
    let rows = lanes::each(&with_both(CUTS), |(who, (fault, end))| cut(*who, fault, *end));
    assert_rows(&rows);
}

#[test]
fn the_session_says_who_saw_what() {
    const HELLO: &str = "Hello from the script";
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
    assert!(shown.contains("(read off the screen, ") && shown.contains(HELLO), "{shown}");
    for (format, word) in [("md", "### Person"), ("txt", "Person"), ("json", "\"screen\"")] {
        let told = say(&["sessions", "export", "S-001", "--format", format]);
        assert!(told.contains(word) && told.contains(HELLO), "{format}: {told}");
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
    assert!(document.contains("read off the screen") && document.contains(HELLO), "{document}");
}

/// Sizes that the window takes one after the other while a reply comes; the first ones are enough
/// where tests are run all the time.
const SIZES: &[[(u16, u16); 3]] = &[
    [(120, 40), (150, 45), (100, 30)],
    [(100, 24), (180, 50), (110, 20)],
    [(160, 20), (160, 45), (160, 16)],
    [(96, 30), (90, 30), (150, 30)],
];

#[test]
fn a_window_that_changes_its_size_in_mid_reply_costs_and_doubles_no_word() {
    let sizes = if is_thorough() { SIZES } else { &SIZES[..2] };
    let rows = lanes::each(&with_both(sizes), |(who, sizes)| resized(*who, *sizes));
    assert_rows(&added_up(rows));
}

/// A reply that only the screen has, in a window that changes its size three times.
fn resized(who: Who, sizes: [(u16, u16); 3]) -> Row {
    let mut sandbox = project();
    sandbox.set("LOGHOP_PLAY_FAULT", "never-flush");
    let mut terminal = start(&sandbox, who);
    ask(&terminal, "first something plain");
    terminal.prompt("say it slow");
    for ((cols, rows), token) in sizes.into_iter().zip(["tok005", "tok012", "tok017"]) {
        terminal.wait_for(token);
        terminal.resize(cols, rows);
    }
    terminal.wait_for("tok030");
    let seen = slow_reply("tok030");
    std::thread::sleep(BEHIND);
    kill_process(terminal.child().unwrap(), Signal::KILL).unwrap();
    terminal.wait_exit();
    let said = [
        answered("first something plain", PLAIN),
        Said { prompt: "say it slow", seen, whole: slow_reply("tok100") },
    ];
    let left = finished(&sandbox);
    left.assert_whole(&sandbox);
    Row::of(&format!("three new sizes in mid-reply, never flushes | {}", who.0), &left, &said)
}
