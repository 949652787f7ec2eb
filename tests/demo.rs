//! `loghop demo` as a newcomer meets it: on terminals of several sizes, with wrong keys, with
//! nobody there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::process::Signal;

use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::terminal::{Answers, Exit, Terminal};

/// What a person is told first.
const ASK: &str = "▸ type: make the checks pass";
const DIALOG: &str = "Do you want to proceed?";

/// A sandbox whose temporary folder is apart from its home.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::bare();
    let tmp = sandbox.root().join("tmp");
    std::fs::create_dir(&tmp).unwrap();
    sandbox.set("TMPDIR", tmp.display().to_string());
    sandbox
}

fn watch(sandbox: &Sandbox, size: (u16, u16)) -> Terminal {
    Terminal::start(&sandbox.launch(LOGHOP, &["demo"]), size, Answers::Plain)
}

fn play(sandbox: &Sandbox) -> Command {
    let launch = sandbox.launch(LOGHOP, &["demo"]);
    let mut command = Command::new(LOGHOP);
    command.arg("demo").current_dir(launch.cwd).env_clear().envs(launch.env);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The paths below `dir`, without what lies in folders named `tmp` and `.git`.
fn listing(dir: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let is_left_out = ["tmp", ".git"].iter().any(|name| path.ends_with(name));
        if path.is_dir() && !is_left_out {
            found.extend(listing(&path));
        }
        found.insert(path);
    }
    found
}

/// The path that the demo ends with.
fn handoff_of(output: &Output) -> PathBuf {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    let path = text.lines().find_map(|line| line.trim().strip_prefix("path  "));
    PathBuf::from(path.unwrap_or_else(|| panic!("no path: {text}")))
}

#[test]
fn without_a_terminal_the_story_plays_by_itself() {
    let sandbox = sandbox();
    let before = listing(&sandbox.root());
    let output = play(&sandbox).output().unwrap();
    let path = handoff_of(&output);
    let handoff = std::fs::read_to_string(&path).unwrap();
    assert!(handoff.contains("One dash for all other characters"), "{handoff}");
    let text = String::from_utf8_lossy(&output.stdout);
    for word in ["S-001  claude", "S-002  codex", "# loghop timeline", "Both checks pass"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(path.starts_with(sandbox.root().join("tmp")), "{} is temporary", path.display());
    assert_eq!(listing(&sandbox.root()), before, "the rest of the machine is left alone");
}

#[test]
fn two_at_once_do_not_meet() {
    let sandbox = sandbox();
    let both = [play(&sandbox).spawn().unwrap(), play(&sandbox).spawn().unwrap()];
    let both = both.map(|child| handoff_of(&child.wait_with_output().unwrap()));
    assert_ne!(both[0], both[1]);
}

#[test]
fn a_person_who_does_what_the_panel_says_sees_the_whole_story() {
    let sandbox = sandbox();
    let mut terminal = watch(&sandbox, (120, 40));
    terminal.wait_for(ASK);
    terminal.prompt("make the checks pass");
    terminal.wait_for(DIALOG);
    terminal.wait_for("▸ it asks for your permission: Enter says yes");
    terminal.send("\r");
    terminal.wait_for("▸ its usage limit is reached: press F9");
    terminal.wait_for("● captured 3/3");
    terminal.send("\x1b[20~");
    let screen = terminal.wait_for("▸ type: go on");
    assert!(screen.text().contains("Project Handoff"), "{}", screen.text());
    terminal.prompt("go on");
    terminal.wait_for("▸ it asks for your permission: Enter says yes");
    terminal.send("\r");
    terminal.wait_for("▸ done? /exit ends the demo");
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    let said = terminal.screen().whole();
    for word in ["S-002  codex   succeeded", "S-001  claude  succeeded", "H-002.md", "your turn"] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn whatever_a_person_types_there_is_a_next_step() {
    let sandbox = sandbox();
    // The default size of a window: the panel still shows, and F6 leaves the tip on a line.
    let mut terminal = watch(&sandbox, (80, 24));
    let screen = terminal.wait_for(ASK);
    assert!(screen.text().contains("Timeline"), "the panel is there: {}", screen.text());
    terminal.send("\x1b[17~");
    terminal.wait_until("the tip without the panel", |s| {
        s.text().contains(ASK) && !s.text().contains("Timeline")
    });
    terminal.prompt("could you have a look at these slugs");
    terminal.wait_for(DIALOG);
    terminal.send("n");
    terminal.wait_for("▸ ask again: make the checks pass");
    terminal.send("\x03");
    terminal.wait_for("Ctrl-C again to exit");
    terminal.send("\x03");
    terminal.wait_for("start Codex?");
    terminal.send("n\r");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    let said = terminal.screen().whole();
    assert!(said.contains("S-001") && said.contains("your turn"), "{said}");
}

#[test]
fn who_asks_nothing_is_told_that_the_second_one_knows_nothing() {
    let sandbox = sandbox();
    let mut terminal = watch(&sandbox, (200, 60));
    terminal.wait_for(ASK);
    terminal.prompt("/exit");
    terminal.wait_for("Nothing was asked of Claude Code");
    terminal.wait_for("start Codex?");
    // Ctrl+C at a question ends the demo, and nothing of it stays.
    terminal.send("\x03");
    assert_eq!(terminal.wait_exit(), Exit::Code(130));
    let left = std::fs::read_dir(sandbox.root().join("tmp")).unwrap().flatten();
    assert_eq!(left.map(|entry| entry.path()).collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn a_signal_ends_the_story_and_not_only_the_part() {
    let sandbox = sandbox();
    let mut terminal = watch(&sandbox, (100, 30));
    terminal.wait_for(ASK);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(), Exit::Code(130));
    let said = terminal.screen().whole();
    assert!(!said.contains("start Codex?"), "{said}");
}
