//! `loghop scrub`: what was stored before a rule was known.

use std::fs;

use loghop::clock::Timestamp;
use loghop::model::{ProviderName, Repo, Session, Status};
use loghop::redact::Redactor;
use loghop::store::Store;
use serde_json::{Value, json};

use super::{envelope, project, run};
use crate::redaction_own::values;
use crate::support::sandbox::Sandbox;

/// A project that holds `value` everywhere, from a time when nobody knew that it is a secret.
fn project_with(value: &str) -> Sandbox {
    let sandbox = project();
    let store = Store::open(&sandbox.repo(), &sandbox.home()).unwrap();
    let now = Timestamp::now();
    store.set_goal(&format!("connect with {value}")).unwrap();
    let make = |id| Session::start(id, ProviderName::claude(), format!("use {value}"), now);
    let (mut session, mut tape) = store.create_session(make).unwrap();
    let (a, b) = value.split_at(7);
    let rows = [
        json!({"version": 2, "width": 80, "height": 24}),
        json!([0.5, "o", format!("the password is {a}")]),
        json!([0.75, "r", "100x30"]),
        json!([1.25, "o", format!("{b}\r\nand that is all")]),
    ];
    let plain = Redactor::new(&[1; 32], &[]);
    for row in rows {
        tape.write(&plain.redact(&format!("{row}\n"))).unwrap();
    }
    drop(tape);
    let mut transcript = store.transcript_writer(session.id).unwrap();
    let turn = json!({"role": "user", "text": format!("log in with {value}"), "ts": "x"});
    transcript.line(&turn.to_string()).unwrap();
    transcript.commit().unwrap();
    session.status = Status::Succeeded;
    session.ended = Some(now);
    session.turns_captured = 1;
    session.notes.summary = format!("logged in with {value}");
    store.finish_session(&session, &Repo::default(), now).unwrap();
    sandbox
}

fn holding(sandbox: &Sandbox, value: &str) -> Vec<String> {
    let under = sandbox.repo().join(".loghop");
    let mut open = vec![under.clone()];
    let mut found = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(value) {
                found.push(path.strip_prefix(&under).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// What a recording shows, and its events.
fn played(sandbox: &Sandbox) -> (String, Vec<Value>) {
    let text = fs::read_to_string(sandbox.repo().join(".loghop/sessions/S-001.cast")).unwrap();
    let rows: Vec<Value> = text.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let output = rows.iter().filter(|row| row[1] == "o").map(|row| row[2].as_str().unwrap());
    (output.collect(), rows)
}

#[test]
fn what_is_known_today_goes_from_what_was_stored_yesterday() {
    let value = &values()[0];
    let sandbox = project_with(value);
    let before = holding(&sandbox, value);
    assert!(before.contains(&"sessions/S-001.md".to_owned()), "{before:?}");
    assert!(before.contains(&"timeline.jsonl".to_owned()), "{before:?}");
    assert_eq!(envelope(&sandbox, &["scrub"])["changed"], json!([]), "nobody knows it yet");
    assert!(played(&sandbox).0.contains(value.as_str()), "the control");
    fs::write(sandbox.repo().join(".env"), format!("DB_PASSWORD={value}\n")).unwrap();
    run(&sandbox, &["backup", "create"]);

    let would = envelope(&sandbox, &["scrub", "--dry-run"]);
    let changed = would["changed"].as_array().unwrap();
    assert!(changed.contains(&json!(".loghop/sessions/S-001.cast")), "{would}");
    assert!(changed.contains(&json!(".loghop/config.toml")), "{would}");
    assert_eq!(holding(&sandbox, value), before, "nothing was written");

    let done = envelope(&sandbox, &["scrub"]);
    assert_eq!((&done["changed"], &done["backups_left"]), (&would["changed"], &json!(1)));
    assert_eq!(holding(&sandbox, value), [""; 0]);
    let verified = envelope(&sandbox, &["verify"]);
    assert_eq!((&verified["verdict"], &verified["findings"]), (&json!("clean"), &json!([])));
    let (shown, rows) = played(&sandbox);
    let stars = shown.strip_prefix("the password is ").unwrap();
    assert_eq!(stars.find('\r'), Some(value.len()), "the layout stays: {shown}");
    assert!(shown.ends_with("\r\nand that is all"), "{shown}");
    assert_eq!(rows[0]["width"], 80);
    assert!(rows.iter().any(|row| row[1] == "r"), "{rows:?}");
    assert_eq!(envelope(&sandbox, &["scrub"])["changed"], json!([]), "once is enough");
    let session = envelope(&sandbox, &["sessions", "show", "S-001"]);
    assert!(session.to_string().contains("logged in with [REDACTED:secret:"), "{session}");

    let backups = envelope(&sandbox, &["scrub", "--backups"]);
    assert_eq!(backups["changed"].as_array().unwrap().len(), 1, "{backups}");
    assert_eq!(envelope(&sandbox, &["scrub", "--backups"])["changed"], json!([]));
    let archive = backups["changed"][0].as_str().unwrap();
    assert_eq!(envelope(&sandbox, &["backup", "restore", archive, "-y"])["restored"], true);
    let left = holding(&sandbox, value);
    assert!(
        left.iter().all(|path| path == "config.toml" || path.starts_with("backups/")),
        "{left:?}"
    );
    assert_eq!(envelope(&sandbox, &["verify"])["verdict"], "clean");
}

#[test]
fn what_somebody_else_changed_is_scrubbed_and_not_vouched_for() {
    let value = &values()[0];
    let sandbox = project_with(value);
    let path = sandbox.repo().join(".loghop/sessions/S-001.md");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("logged in", "broke in")).unwrap();
    fs::write(sandbox.repo().join(".env"), format!("DB_PASSWORD={value}\n")).unwrap();
    run(&sandbox, &["scrub"]);
    assert_eq!(holding(&sandbox, value), [""; 0]);
    let found = envelope(&sandbox, &["verify"]);
    assert_eq!(found["verdict"], "changed", "{found}");
    assert_eq!(found["findings"][0]["path"], ".loghop/sessions/S-001.md");
}
