//! The commands in a project that 0.2.1 wrote: what it answered, we answer.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use super::{assert_has_keys, envelope, reference, run, sandbox};
use crate::support::sandbox::Sandbox;

/// A project that 0.2.1 wrote, in a repository as it was.
fn project_of_0_2_1() -> Sandbox {
    let sandbox = sandbox();
    let repo = sandbox.repo();
    std::fs::create_dir(repo.join("src")).unwrap();
    std::fs::write(repo.join("src/main.rs"), "fn main() {}\n").unwrap();
    sandbox.git(&["add", "src"]);
    sandbox.git(&["commit", "--quiet", "--message=first"]);
    std::fs::write(repo.join("src/main.rs"), "fn main() {}\nfn login() {}\n").unwrap();
    std::fs::write(repo.join(".gitignore"), ".loghop/\n\nloghop.md\n").unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cli/0.2.1/project");
    copy_folder(&kept.join("dot-loghop"), &repo.join(".loghop"));
    std::fs::copy(kept.join("memory.md"), repo.join("loghop.md")).unwrap();
    sandbox
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
            // As 0.2.1 has it; Git keeps no such permissions.
            std::fs::set_permissions(target, Permissions::from_mode(0o600)).unwrap();
        }
    }
}

#[test]
fn a_project_of_0_2_1_gives_the_answers_that_0_2_1_gave() {
    let sandbox = project_of_0_2_1();
    let table: &[(&[&str], &str, &[&str])] = &[
        // The folder of the repository has another name here.
        (&["status"], "status.json", &["repo"]),
        (&["goal"], "goal.json", &[]),
        (&["handoff", "show", "--latest"], "handoff_show_latest.json", &[]),
        (&["sessions", "show", "S-002"], "sessions_show_S002.json", &[]),
        (&["sessions", "reconcile"], "sessions_reconcile.json", &[]),
        (&["timeline", "--all-status"], "timeline_allstatus.json", &["text"]),
    ];
    for (args, file, differs) in table {
        let (ours, known) = (envelope(&sandbox, args), reference(file));
        assert_has_keys(&ours, &known, file);
        for (key, value) in known["result"].as_object().unwrap() {
            if !differs.contains(&key.as_str()) {
                assert_eq!(ours["result"][key], *value, "{args:?} {key}");
                assert_eq!(ours[key], *value, "{args:?} {key}");
            }
        }
    }
    assert_eq!(envelope(&sandbox, &["goal"]), reference("goal.json"));
}

#[test]
fn sessions_that_can_be_continued_are_in_the_default_timeline() {
    let sandbox = project_of_0_2_1();
    let ids = |args: &[&str]| -> Vec<String> {
        let answer = envelope(&sandbox, args);
        let events = answer["result"]["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["session_id"].as_str().unwrap().to_owned()).collect()
    };
    // 0.2.1 hides S-006, which timed out: exactly what a person wants to go on with.
    assert_eq!(ids(&["timeline"]), ["S-001", "S-002", "S-003", "S-005", "S-006", "S-007"]);
    assert_eq!(ids(&["timeline", "--limit", "2"]), ["S-006", "S-007"]);
    assert_eq!(ids(&["timeline", "--provider", "codex"]), ["S-003", "S-007"]);
    let text = run(&sandbox, &["timeline", "--limit", "2", "--plain"]).out;
    assert_eq!(
        text,
        "# loghop timeline\n\n## 2026-11-20\n\n\
         - 22:51  codex   S-007  succeeded\n  Migrations added.\n  Next: seed data\n  \
         TODO: seed data\n  Files: src/main.rs, .gitignore\n\
         - 22:51  claude  S-006  timed out\n  Done. We decided to use SQLite.\n  \
         - [ ] add migrations\n  - [x] write schema\n  TODO: add migrations\n  \
         Files: src/main.rs, .gitignore\n"
    );
}

#[test]
fn sessions_are_listed_by_day_and_shown_as_they_lie() {
    let sandbox = project_of_0_2_1();
    let list = run(&sandbox, &["sessions"]);
    assert_eq!(
        list.out,
        "2026-11-20\n  \
         S-007  codex   succeeded           Ship auth: step 1\n  \
         S-006  claude  timed out           Ship auth: step 1\n  \
         S-005  claude  succeeded           Umlaute: äöü \"quotes\" # not a comment\n  \
         S-003  codex   succeeded           Ship auth: step 1\n  \
         S-002  claude  annotated           Ship auth: step 1\n  \
         S-001  claude  succeeded           Ad hoc session\n"
    );
    assert_eq!(run(&sandbox, &["sessions", "list"]).out, list.out);
    let expanded = run(&sandbox, &["sessions", "--provider", "codex", "--expand"]).out;
    assert!(expanded.contains("\n    to do: seed data\n    files: src/main.rs"), "{expanded}");
    assert!(!expanded.contains("S-001"), "{expanded}");
    let file = std::fs::read_to_string(sandbox.repo().join(".loghop/sessions/S-007.md")).unwrap();
    let shown = run(&sandbox, &["sessions", "show", "--latest"]);
    assert_eq!((shown.code, shown.out), (0, format!("{}\n", file.trim_end())));
}

#[test]
fn a_stored_goal_cannot_drive_the_terminal() {
    let sandbox = project_of_0_2_1();
    let config = sandbox.repo().join(".loghop/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let bad = text.replace("Ship auth: step 1", "\\u001b[2Jwipe\\u202e");
    assert_ne!(bad, text);
    std::fs::write(&config, bad).unwrap();
    for args in [&["goal"][..], &["status"], &["goal", "--plain"], &[]] {
        let said = run(&sandbox, args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        assert!(!said.out.contains(['\u{1b}', '\u{202e}']), "{args:?}");
        assert!(said.out.contains("[2Jwipe"), "{args:?}: {}", said.out);
    }
}

#[test]
fn a_session_whose_run_was_killed_is_finished_by_the_next_command() {
    let sandbox = project_of_0_2_1();
    let file = sandbox.repo().join(".loghop/sessions/S-007.md");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\nstatus: succeeded\n", "\nstatus: running\n")).unwrap();
    std::fs::remove_file(sandbox.repo().join(".loghop/sessions.jsonl")).unwrap();
    let status = run(&sandbox, &["status"]);
    assert_eq!(status.code, 0);
    assert!(
        status.err.contains("finished session S-007, which its run left unfinished"),
        "{}",
        status.err
    );
    let again = run(&sandbox, &["status"]);
    assert!(!again.err.contains("killed"), "{}", again.err);
    let shown = envelope(&sandbox, &["sessions", "show", "S-007"]);
    assert!(shown["status"].as_str().unwrap().starts_with("interrupted"), "{}", shown["status"]);
    assert_eq!(envelope(&sandbox, &["sessions", "reconcile"])["reconciled"], json!([]));
}
