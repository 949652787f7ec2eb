//! `verify`, as a person and a script meet it: each verdict in its words and with its code.

use std::fs;

use loghop::model::SessionId;
use loghop::store::Store;
use serde_json::json;

use super::upkeep::{add_session, project_with_session};
use super::{envelope, run, run_in};
use crate::support::sandbox::Sandbox;

/// Something that was done behind loghop's back, and what `verify` says of it.
struct Case {
    done: fn(&Sandbox),
    verdict: &'static str,
    /// File and part of the one finding.
    found: (&'static str, &'static str),
    told: &'static str,
    hint: &'static str,
}

const SESSION: &str = ".loghop/sessions/S-001.md";
const BACKUP: &str = "`loghop backup restore` brings back what a backup holds";

const CASES: &[Case] = &[
    Case {
        done: |sandbox| fs::remove_file(sandbox.repo().join(SESSION)).unwrap(),
        verdict: "missing",
        found: (SESSION, ""),
        told: "`.loghop/sessions/S-001.md`: missing",
        hint: BACKUP,
    },
    Case {
        done: |sandbox| {
            let path = sandbox.repo().join(SESSION);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace("ship it", "sink it")).unwrap();
        },
        verdict: "changed",
        found: (SESSION, ""),
        told: "`.loghop/sessions/S-001.md`: changed, signature bad",
        hint: BACKUP,
    },
    Case {
        done: |sandbox| {
            let second = sandbox.repo().join(".loghop/sessions/S-002.md");
            fs::copy(second, sandbox.repo().join(SESSION)).unwrap();
        },
        verdict: "reordered",
        found: (SESSION, ""),
        told: "`.loghop/sessions/S-001.md`: reordered \
               (it holds what `.loghop/sessions/S-002.md` held)",
        hint: BACKUP,
    },
    Case {
        done: |sandbox| {
            let log = sandbox.repo().join(".loghop/timeline.jsonl");
            let text = fs::read_to_string(&log).unwrap();
            fs::write(&log, text.lines().next().unwrap().to_owned() + "\n").unwrap();
        },
        verdict: "missing",
        found: (".loghop/timeline.jsonl", "event 2 (S-002)"),
        told: "`.loghop/timeline.jsonl`, event 2 (S-002): missing",
        hint: BACKUP,
    },
    Case {
        done: |sandbox| {
            let other = sandbox.home().join("of-another-machine");
            fs::create_dir(&other).unwrap();
            let store = Store::open(&sandbox.repo(), &other).unwrap();
            let mut session = store.session(SessionId(1)).unwrap().value;
            session.notes.summary = "told there".into();
            store.update_session(&session).unwrap();
        },
        verdict: "changed_outside_chain",
        found: (SESSION, ""),
        told: "`.loghop/sessions/S-001.md`: changed outside the chain, signature valid",
        hint: "if that was loghop 0.2.1, `loghop migrate` takes it in",
    },
    Case {
        done: |sandbox| fs::remove_dir_all(sandbox.home().join(".loghop/keys")).unwrap(),
        verdict: "no_key",
        found: (".loghop/chain", ""),
        told: "`.loghop/chain`: no key on this machine",
        hint: "there lies its key, `~/.loghop/keys/",
    },
    Case {
        done: |sandbox| fs::remove_file(sandbox.repo().join(".loghop/integrity.key")).unwrap(),
        verdict: "no_key",
        found: (".loghop/integrity.key", ""),
        told: "`.loghop/integrity.key`: no key on this machine (records signed with another one: 2)",
        hint: "put the old `integrity.key` back",
    },
];

#[test]
fn every_verdict_is_told_to_people_and_to_scripts_and_in_the_exit_code() {
    for case in CASES {
        let sandbox = project_with_session();
        add_session(&sandbox);
        let clean = envelope(&sandbox, &["verify"]);
        assert_eq!((&clean["verdict"], &clean["findings"]), (&json!("clean"), &json!([])));
        (case.done)(&sandbox);
        let told = envelope(&sandbox, &["verify"]);
        assert_eq!((&told["code"], &told["verdict"]), (&json!(1), &json!(case.verdict)), "{told}");
        let findings = told["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{told}");
        let (path, part) = case.found;
        for (key, value) in [("verdict", case.verdict), ("path", path), ("part", part)] {
            assert_eq!(findings[0][key], value, "{told}");
        }
        let said = run(&sandbox, &["verify"]);
        assert_eq!(said.code, 1, "{said:?}");
        for line in [case.told, "1 finding\n", case.hint] {
            assert!(said.err.contains(line), "{line}: {said:?}");
        }
        assert_eq!(run(&sandbox, &["sessions"]).code, 0, "{}: work goes on", case.verdict);
    }
}

#[test]
fn a_key_that_was_gone_is_told_once_and_putting_it_back_mends_it() {
    let sandbox = project_with_session();
    let path = sandbox.repo().join(".loghop/integrity.key");
    let key = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let first = run(&sandbox, &["status"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert!(first.err.contains("`.loghop/integrity.key` was gone"), "{first:?}");
    assert!(first.err.contains("put the old one back from a backup"), "{first:?}");
    let second = run(&sandbox, &["status"]);
    assert!(!second.err.contains("integrity.key"), "{second:?}");
    let verified = run(&sandbox, &["verify"]);
    assert!(!verified.err.contains("nothing was changed"), "{verified:?}");
    fs::write(&path, key).unwrap();
    assert_eq!(run(&sandbox, &["verify"]).code, 0);
}

#[test]
fn a_copy_becomes_a_project_of_its_own_and_the_original_stays_clean() {
    let sandbox = project_with_session();
    let copy = sandbox.home().join("copy");
    let copied = std::process::Command::new("cp").arg("-R").arg(sandbox.repo()).arg(&copy).status();
    assert!(copied.unwrap().success());
    add_session(&sandbox);
    let first = run_in(&sandbox, &copy, &["status"]);
    let original = format!("is a copy of the one in `{}`", sandbox.repo().display());
    assert!(first.err.contains(&original), "{first:?}");
    let store = Store::open(&copy, &sandbox.home()).unwrap();
    assert_eq!(store.warnings(), [""; 0], "it is told once");
    store.set_goal("another").unwrap();
    store.new_topic("another", loghop::clock::Timestamp::from_second(1_800_000_000)).unwrap();
    for place in [&copy, &sandbox.repo()] {
        let verified = run_in(&sandbox, place, &["verify"]);
        assert!(verified.err.contains("nothing was changed"), "{verified:?}");
    }
}

#[test]
fn a_project_that_is_moved_or_has_two_paths_stays_the_same() {
    let sandbox = project_with_session();
    let link = sandbox.home().join("link");
    std::os::unix::fs::symlink(sandbox.repo(), &link).unwrap();
    let id = fs::read(sandbox.repo().join(".loghop/project-id")).unwrap();
    assert_eq!(run_in(&sandbox, &link, &["verify"]).err.matches("copy").count(), 0);
    let moved = sandbox.home().join("moved");
    fs::rename(sandbox.repo(), &moved).unwrap();
    let verified = run_in(&sandbox, &moved, &["verify", "--json"]);
    assert!(verified.out.contains("\"verdict\": \"clean\""), "{verified:?}");
    assert_eq!(fs::read(moved.join(".loghop/project-id")).unwrap(), id);
}
