//! Commands that start an assistant, without a terminal.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{envelope, project, run};
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::script;

/// The same with assistants that talk: the scripted ones.
fn with_players() -> Sandbox {
    let sandbox = project();
    sandbox.install("player", Path::new(LOGHOP));
    for name in ["claude", "codex"] {
        let script = format!("#!/bin/sh\nexec \"${{0%/*}}/player\" play {name} \"$@\"\n");
        std::fs::write(sandbox.bin().join(name), script).unwrap();
    }
    sandbox
}

#[test]
fn a_headless_run_prints_what_the_assistant_says_and_records_it() {
    let sandbox = with_players();
    let args =
        ["run", "--headless", "--provider", "claude", "--goal", "say hello", "--prompt", "hi"];
    let first = run(&sandbox, &args);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.out.starts_with("Hello from the script."), "{}", first.out);
    let told = "✓ recorded session S-001: 2 turns captured\n\
                hint: `loghop run` goes on from here, `loghop run --provider codex` with Codex\n";
    assert_eq!(first.err, told);

    let second = envelope(&sandbox, &["run", "--provider", "codex"]);
    let keys = ["id", "provider", "returncode", "session_id", "stderr", "stdout"];
    let result: Vec<&String> = second["result"].as_object().unwrap().keys().collect();
    assert_eq!(result, keys);
    assert_eq!(second["result"]["session_id"], "S-002");
    assert!(second["stdout"].as_str().unwrap().starts_with("Hello from the script."));

    let sessions = envelope(&sandbox, &["sessions"]);
    assert_eq!(sessions["sessions"][1]["goal"], "say hello");
    assert_eq!(sessions["sessions"][1]["status"], "succeeded");
    assert_eq!(run(&sandbox, &[]).err, "hint: run `loghop run` (starts codex)\n");
}

#[test]
fn a_run_that_cannot_start_says_why() {
    let sandbox = project();
    std::fs::remove_file(sandbox.bin().join("codex")).unwrap();
    let missing = envelope(&sandbox, &["run", "--provider", "codex"]);
    assert_eq!(
        (&missing["code"], &missing["error_code"]),
        (&json!(2), &json!("E_PROVIDER_MISSING"))
    );
    let outside = envelope(&Sandbox::bare(), &["run", "--headless"]);
    assert_eq!(
        (&outside["code"], &outside["error_code"]),
        (&json!(20), &json!("E_NOT_INITIALIZED"))
    );
}

#[test]
fn a_headless_run_does_not_wait_for_what_its_assistant_left_running() {
    let sandbox = project();
    // A server in the background, with the assistant's own outputs.
    let body = "/bin/sleep 60 &\necho $! > \"$HOME/left\"; echo last words >&2; exit 3";
    script(&sandbox, "claude", body);
    let start = Instant::now();
    let told = envelope(&sandbox, &["run", "--headless", "--provider", "claude", "--prompt", "x"]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(told["result"]["returncode"], json!(3));
    assert_eq!(told["result"]["stderr"], json!("last words\n"));
    let left = std::fs::read_to_string(sandbox.home().join("left")).unwrap();
    let left = Pid::from_raw(left.trim().parse().unwrap()).unwrap();
    kill_process(left, Signal::KILL).unwrap();
}
