//! What goes wrong around a switch: a client that nobody is signed in to, a transcript of a
//! gigabyte, a server of the client's that goes on writing.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::told;
use super::{ANOTHER_WISH, CLAUDE_HERE, CODEX_HERE, F9, ended, idle, leave, no_journal_is_left};
use crate::support::split::{document, project, run, script};
use crate::support::terminal::Terminal;

/// Bytes of a transcript that nobody wants to wait for.
const GIGABYTE: u64 = 1 << 30;

/// How long it may take to read it twice, by a build without optimisation on a busy machine.
const GIGABYTE_WAIT: Duration = Duration::from_mins(3);

/// Memory of loghop, whatever the transcript's size.
const MEMORY_MAX: u64 = 64 << 20;

/// The most memory that a process ever had.
fn peak(terminal: &Terminal) -> u64 {
    let pid = terminal.pid().as_raw_nonzero();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn one_that_asks_to_sign_in_is_typed_to_and_can_be_left_again() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    // What Codex shows to whom it does not know; it tells no state, and writes no rollout.
    let menu = "printf 'Welcome to Codex\\r\\n> 1. Sign in with ChatGPT\\r\\n  2. Use a key\\r\\n'";
    script(&sandbox, "codex", &format!("{menu}; read key; printf \"chosen: $key\"; sleep 600"));
    terminal.send(F9);
    terminal.wait_for("Sign in with ChatGPT");
    terminal.send("2\r");
    terminal.wait_for("chosen: 2");
    terminal.wait_for("Codex shows no prompt yet: sign in there, or F9");
    terminal.send(F9);
    terminal.wait_for(CLAUDE_HERE);
    terminal.prompt("plain again");
    terminal.wait_for("captured 2/2");
    leave(terminal);
    assert_eq!(told(&sandbox)[1], ended("codex", "succeeded_empty", json!("switch")));
    assert_eq!(sandbox.claude_transcripts().len(), 1, "it went on with its own session");
    assert_eq!(sandbox.codex_rollouts(), Vec::<std::path::PathBuf>::new());
    no_journal_is_left(&sandbox);
}

#[test]
fn a_transcript_of_a_gigabyte_is_waited_for_with_a_reason_and_little_memory() {
    let sandbox = project();
    let terminal = idle(&sandbox);
    let path = sandbox.claude_transcripts().remove(0);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.set_len(GIGABYTE).unwrap();
    file.write_all(b"\n").unwrap();
    terminal.send(F9);
    terminal.wait_for("Codex gets what Claude Code left");
    // It is not stuck: a new size is drawn while it works.
    terminal.resize(120, 30);
    terminal.wait_until("the new size", |screen| {
        screen.lines.len() == 30 && screen.text().contains("Codex gets what Claude Code left")
    });
    let end = Instant::now() + GIGABYTE_WAIT;
    while !terminal.screen().text().contains(CODEX_HERE) {
        assert!(Instant::now() < end, "{}", terminal.screen().text());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(peak(&terminal) < MEMORY_MAX, "{} MiB", peak(&terminal) >> 20);
    leave(terminal);
    assert_eq!(told(&sandbox)[0], ended("claude", "succeeded", json!("switch")));
    assert!(document(&sandbox, "S-001").contains("prompts: 1"));
    no_journal_is_left(&sandbox);
}

/// How often the server in the background says something.
const LATE_WORD_EVERY: Duration = Duration::from_millis(100);

/// Says something in a rollout, as Codex' background server does while nobody looks.
fn say_late(rollout: &Path, text: &str) {
    let content = json!([{"type": "output_text", "text": text}]);
    let payload = json!({"type": "message", "role": "assistant", "content": content});
    let at = "2026-11-21T10:00:00.000Z";
    let line = json!({"timestamp": at, "type": "response_item", "payload": payload});
    let mut file = OpenOptions::new().append(true).open(rollout).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}

#[test]
fn a_server_that_goes_on_writing_neither_holds_the_switch_up_nor_is_lost() {
    let sandbox = project();
    let terminal = run(&sandbox, &["--provider", "codex"]);
    terminal.wait_for(CODEX_HERE);
    terminal.prompt("something plain");
    terminal.wait_for("captured 2/2");
    let rollout = sandbox.codex_rollouts().remove(0);
    let (stop, stopped) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        let mut last = 0;
        say_late(&rollout, "late word 0");
        while stopped.recv_timeout(LATE_WORD_EVERY).is_err() {
            last += 1;
            say_late(&rollout, &format!("late word {last}"));
        }
        last
    });
    terminal.send(F9);
    // Who waited for the server to be quiet would wait for ever.
    terminal.wait_for(CLAUDE_HERE);
    std::thread::sleep(LATE_WORD_EVERY * 20);
    stop.send(()).unwrap();
    let last = server.join().unwrap();
    std::thread::sleep(ANOTHER_WISH);
    terminal.send(F9);
    terminal.wait_for(CODEX_HERE);
    leave(terminal);
    let stored: String = ["S-001", "S-003"]
        .map(|id| {
            let path = sandbox.repo().join(format!(".loghop/sessions/{id}.transcript.jsonl"));
            std::fs::read_to_string(path).unwrap_or_default()
        })
        .concat();
    for n in 0..=last {
        let word = format!("\"late word {n}\"");
        assert_eq!(stored.matches(&word).count(), 1, "{word} of {last}");
    }
    assert_eq!(sandbox.codex_rollouts().len(), 1, "it went on with its own session");
    sandbox.wait_until_nothing_runs();
}
