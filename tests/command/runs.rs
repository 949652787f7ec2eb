//! Commands that start an assistant, without a terminal.

use std::path::Path;

use serde_json::json;

use super::{envelope, project, run};
use crate::support::sandbox::{LOGHOP, Sandbox};

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
    assert_eq!(first.err, "✓ recorded session S-001 (handoff H-001)\n");

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
fn the_demo_plays_by_itself_without_a_terminal() {
    let sandbox = Sandbox::bare();
    let said = run(&sandbox, &["demo"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let path = said.out.lines().last().and_then(|line| line.strip_prefix("  path  ")).unwrap();
    let handoff = std::fs::read_to_string(path).unwrap();
    assert!(handoff.contains("one dash for everything"), "{handoff}");
    assert!(Path::new(path).starts_with(sandbox.root()), "{path} is in the temporary folder");
    for word in ["S-001  claude", "S-002  codex", "# loghop timeline", "Both checks pass"] {
        assert!(said.out.contains(word), "{word}: {}", said.out);
    }
    // The person's own home and repository are left alone.
    assert!(!sandbox.home().join(".loghop").exists());
    assert!(!sandbox.repo().join(".loghop").exists());
}
