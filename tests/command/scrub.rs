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
    let backwards = format!("\x1b[12;8H{b}\x1b[20;1H*\x1b[12;1H{a}\x1b[H");
    let rows = [
        json!({"version": 2, "width": 80, "height": 24}),
        json!([0.25, "o", backwards]),
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
    let covered =
        format!("\x1b[12;8H{}\x1b[20;1H*\x1b[12;1H*******\x1b[H", "*".repeat(value.len() - 7));
    let shown = shown.strip_prefix(&covered).expect("what was painted back to front");
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

/// Files that nobody links, as a damaged record or a warning leaves them behind.
const BESIDE: [&str; 4] =
    ["sessions/S-001.md.damaged", "config.toml.damaged", "loghop.log", "loghop.log.1"];

/// What a killed run leaves behind: the next command takes it away, whatever it is.
const JOURNALS: [&str; 2] = ["sessions/S-001.brief.md", "sessions/S-001.switch.json"];

/// The same project with a file of every kind, each of which holds the value; the recording has a
/// second segment that begins with a picture of the screen in the middle of it.
fn full_project_with(value: &str) -> Sandbox {
    let sandbox = project_with(value);
    let store = Store::open(&sandbox.repo(), &sandbox.home()).unwrap();
    let now = Timestamp::now();
    let make = |id| Session::start(id, ProviderName::codex(), format!("again {value}"), now);
    let (mut session, mut tape) = store.create_session(make).unwrap();
    let plain = Redactor::new(&[1; 32], &[]);
    let head = json!({"version": 2, "width": 80, "height": 24});
    let (a, b) = value.split_at(value.len() / 2);
    let mut next = store.next_tape(session.id, 2).unwrap();
    let first = [head.clone(), json!([0.5, "o", format!("whole {value}\r\nhalf {a}")])];
    let picture = format!("\u{1b}[H\u{1b}[2Jwhole {value}\r\nhalf {a}");
    let second = [head, json!([0.1, "o", picture]), json!([0.2, "o", format!("{b}\r\n$ ")])];
    for (log, rows) in [(&mut tape, &first[..]), (&mut next, &second[..])] {
        for row in rows {
            log.write(&plain.redact(&format!("{row}\n"))).unwrap();
        }
    }
    drop((tape, next));
    session.status = Status::Succeeded;
    session.ended = Some(now);
    store.finish_session(&session, &Repo::default(), now).unwrap();
    store.new_topic(&format!("the topic of {value}"), now).unwrap();
    run(&sandbox, &["handoff", "build"]);
    for name in BESIDE.iter().chain(&JOURNALS) {
        let line = format!("{}\n", json!({"ts": "x", "message": format!("about {value}.")}));
        fs::write(sandbox.repo().join(".loghop").join(name), line).unwrap();
    }
    sandbox
}

#[test]
fn scrubbing_reaches_every_kind_of_file() {
    let value = ["correct-horse", "-battery-staple-and-a-dog"].concat();
    let sandbox = full_project_with(&value);
    let records = [
        "config.toml",
        "handoffs/H-001.md",
        "sessions.jsonl",
        "sessions/S-001.md",
        "sessions/S-001.transcript.jsonl",
        "sessions/S-002.2.cast",
        "sessions/S-002.cast",
        "sessions/S-002.md",
        "timeline.jsonl",
        "topics/T-001.md",
    ];
    let memory = sandbox.repo().join("loghop.md");
    assert!(fs::read_to_string(&memory).unwrap().contains(&value), "the memory file");
    fs::write(sandbox.repo().join(".env.local"), format!("DB_PASSWORD={value}\n")).unwrap();

    let said = run(&sandbox, &["scrub", "--dry-run", "--json"]);
    let would: Value = serde_json::from_str(&said.out).unwrap();
    let told = |name: &str| would["changed"].as_array().unwrap().contains(&json!(name));
    let left = holding(&sandbox, &value);
    for name in records.iter().chain(&BESIDE) {
        assert!(left.contains(&(*name).to_owned()), "nothing was written: {name}, {left:?}");
    }
    for name in &left {
        assert!(told(&format!(".loghop/{name}")), "{name}: {would}");
    }
    assert!(told("loghop.md") && told(".loghop/sessions/S-001.cast"), "{would}");

    run(&sandbox, &["scrub"]);
    // Nothing of it is left from which the rest could be guessed.
    for part in [&value[..], &value[..14], &value[value.len() - 14..]] {
        assert_eq!(holding(&sandbox, part), [""; 0], "{part}");
        assert!(!fs::read_to_string(&memory).unwrap().contains(part), "the memory file");
        let registry = sandbox.home().join(".loghop/projects.toml");
        assert!(!fs::read_to_string(registry).unwrap().contains(part), "the registry");
    }
    let verified = envelope(&sandbox, &["verify"]);
    assert_eq!((&verified["verdict"], &verified["findings"]), (&json!("clean"), &json!([])));
    for segment in ["S-002.cast", "S-002.2.cast"] {
        let path = sandbox.repo().join(".loghop/sessions").join(segment);
        let text = fs::read_to_string(path).unwrap();
        let rows: Vec<Value> = text.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
        let output = rows.iter().filter(|row| row[1] == "o").map(|row| row[2].as_str().unwrap());
        let shown: String = output.collect();
        let (whole, half) = shown.split_once("\r\n").unwrap();
        let len = whole.trim_start_matches("\u{1b}[H\u{1b}[2J").len();
        assert_eq!(len, "whole ".len() + value.len(), "{shown}");
        assert!(half.starts_with("half "), "{shown}");
    }
    assert_eq!(envelope(&sandbox, &["scrub"])["changed"], json!([]), "once is enough");
}
