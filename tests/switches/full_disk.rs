//! A disk that fills up while the handoff is written, on a file system of the test's own.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use super::{CODEX_HERE, F9, ended, leave, told};
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::{CLAUDE_READY, WIDE, document, project};
use crate::support::terminal::{Answers, Screen, Terminal};

/// How a program gets mounts of its own, as root and as anybody; the first that is allowed here.
const WAYS: [&[&str]; 2] = [&["--mount"], &["--mount", "--map-root-user"]];

/// The folder of the handoffs as a disk of 64 KiB.
const MOUNT: &str = "mount -t tmpfs -o size=64k none .loghop/handoffs";

/// The way that is allowed here; where none is, the test says so and does nothing.
#[expect(clippy::print_stdout, reason = "whoever reads the test's output should know")]
fn way(sandbox: &Sandbox) -> Option<&'static [&'static str]> {
    let is_allowed = |way: &&&[&str]| {
        let args = [**way, &["/bin/sh", "-c", MOUNT]].concat();
        sandbox.run("/bin/sh", &["-c", "command -v unshare"]).status.success()
            && sandbox.run("unshare", &args).status.success()
    };
    let found = WAYS.iter().find(is_allowed).copied();
    if found.is_none() {
        println!("not tested: nobody may mount here");
    }
    found
}

/// Fills the disk of the handoffs, as loghop sees it; the file that fills it.
fn fill(terminal: &Terminal, sandbox: &Sandbox) -> PathBuf {
    let pid = terminal.pid().as_raw_nonzero();
    let root = PathBuf::from(format!("/proc/{pid}/root"));
    let repo = sandbox.repo();
    let path = root.join(repo.strip_prefix("/").unwrap()).join(".loghop/handoffs/.filler");
    let mut file = File::create(&path).unwrap();
    while file.write_all(&[0; 1024]).is_ok() {}
    path
}

#[test]
fn the_first_one_is_offered_again_and_nothing_is_lost() {
    for (key, there, next) in [("a", CODEX_HERE, "codex"), ("\r", CLAUDE_READY, "claude")] {
        let sandbox = project();
        let Some(way) = way(&sandbox) else { return };
        let run = format!("{MOUNT} && exec \"$0\" run --provider claude");
        let args = [way, &["/bin/sh", "-c", &run, LOGHOP]].concat();
        let terminal = Terminal::start(&sandbox.launch("unshare", &args), WIDE, Answers::Plain);
        terminal.wait_for(CLAUDE_READY);
        terminal.prompt("something plain");
        terminal.wait_for("captured 2/2");
        let filler = fill(&terminal, &sandbox);
        terminal.send(F9);
        terminal.wait_for("Codex did not start");
        // What is wrong, and what to do about it.
        terminal.wait_for("no space left on device");
        terminal.wait_for("permissions");
        std::fs::remove_file(filler).unwrap();
        terminal.send(key);
        let is_second = |s: &Screen| s.lines[0].trim_end().ends_with("S-002");
        terminal.wait_until("it", |s| is_second(s) && s.text().contains(there));
        terminal.prompt("more, plain");
        terminal.wait_for("captured 2/2");
        leave(terminal);
        assert!(document(&sandbox, "S-001").contains("prompts: 1"));
        let told = told(&sandbox);
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(told[0], ended("claude", "succeeded", json!("switch")));
        assert_eq!(told[1].0, next);
        super::no_journal_is_left(&sandbox);
    }
}
