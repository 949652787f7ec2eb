//! Backups, migration, deleting, and the registry: all of it or nothing.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use loghop::model::{Repo, SessionId};
use loghop::store::{Store, Verdict};

use super::{Place, at, ended, files, start};

/// A project with two sessions in a topic.
pub(super) fn project() -> Place {
    let place = Place::new();
    let store = place.open();
    let topic = store.ensure_topic("the goal", at(0)).unwrap();
    for n in 0..2 {
        let (mut session, mut tape) = start(&store);
        session.topic = Some(topic.id);
        tape.write(&store.redactor().redact("{}\n")).unwrap();
        let mut transcript = store.transcript_writer(session.id).unwrap();
        transcript.line("{\"role\":\"user\",\"text\":\"hello\"}").unwrap();
        transcript.commit().unwrap();
        store.finish_session(&ended(session), &Repo::default(), at(10 + n)).unwrap();
    }
    place
}

/// Every file of the project with its content, but what belongs to no state of it.
fn state(place: &Place) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = files(&place.root());
    all.retain(|path| {
        let path = path.display().to_string();
        !path.contains("/backups/") && !path.contains("/chain/") && !path.contains("/.lock")
    });
    all.sort();
    all.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn a_backup_puts_everything_back_and_keeps_what_was_there() {
    let place = project();
    let store = place.open();
    let before = state(&place);
    let backup = store.back_up(None, at(20)).unwrap();
    assert_eq!(fs::metadata(&backup.path).unwrap().permissions().mode() & 0o777, 0o600);
    let (third, tape) = start(&store);
    store.finish_session(&ended(third), &Repo::default(), at(21)).unwrap();
    drop(tape);
    fs::remove_file(place.root().join(".loghop/sessions/S-001.md")).unwrap();
    place.write("loghop.md", "mine");

    let restored = Store::restore(&place.root(), &place.home(), &backup.path, at(22)).unwrap();
    assert_eq!(state(&place), before);
    assert_eq!(restored.store.verify().unwrap().verdict(), Verdict::Clean);
    assert!(backup.path.exists(), "the other backups are still there");
    assert!(!place.root().join(".loghop-restore").exists());

    let again = restored.before.unwrap();
    let restored = Store::restore(&place.root(), &place.home(), &again, at(23)).unwrap();
    assert_eq!(restored.store.sessions().unwrap().items.len(), 2);
    assert!(place.read("loghop.md").contains("mine"));
    assert_eq!(restored.store.verify().unwrap().verdict(), Verdict::Clean);
}

#[test]
fn a_backup_makes_a_project_where_none_is() {
    let place = project();
    let out = place.dir.path().join("demo.tar.gz");
    let sessions = place.open().sessions().unwrap();
    place.open().back_up(Some(&out), at(20)).unwrap();
    fs::remove_dir_all(place.root().join(".loghop")).unwrap();
    let restored = Store::restore(&place.root(), &place.home(), &out, at(22)).unwrap();
    assert_eq!(restored.store.sessions().unwrap(), sessions);
    assert_eq!(restored.store.verify().unwrap().findings, []);
    assert_eq!(restored.before, None);
}

#[test]
fn an_archive_that_is_not_whole_changes_nothing() {
    let place = project();
    let out = place.dir.path().join("demo.tar.gz");
    place.open().back_up(Some(&out), at(20)).unwrap();
    let bytes = fs::read(&out).unwrap();
    let before = state(&place);
    for len in [0, 1, 20, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&out, &bytes[..len]).unwrap();
        assert!(Store::restore(&place.root(), &place.home(), &out, at(21)).is_err(), "{len}");
        assert_eq!(state(&place), before);
    }
    fs::write(&out, &bytes).unwrap();
    let store = place.open();
    let (_session, tape) = start(&store);
    let before = state(&place);
    let error = Store::restore(&place.root(), &place.home(), &out, at(21)).unwrap_err();
    assert!(error.message.contains("while session S-003 runs"), "{error}");
    assert_eq!(state(&place), before);
    drop(tape);
}

#[test]
fn a_kill_after_the_exchange_is_finished_by_the_next_command() {
    let place = project();
    place.open().back_up(None, at(20)).unwrap();
    let left = place.root().join(".loghop-restore");
    let old = left.join(".loghop");
    fs::create_dir_all(&old).unwrap();
    fs::rename(place.root().join(".loghop/backups"), old.join("backups")).unwrap();
    fs::write(old.join("config.toml"), "old").unwrap();
    let store = place.open();
    assert_eq!(store.warnings(), [""; 0]);
    assert!(!left.exists());
    assert_eq!(fs::read_dir(place.root().join(".loghop/backups")).unwrap().count(), 1);
}

#[test]
fn what_a_deleted_session_left_to_do_goes_with_it() {
    let place = project();
    let store = place.open();
    let topic = store.ensure_topic("the goal", at(0)).unwrap();
    let todos = || store.topic(topic.id).unwrap().unwrap().todos_pending;
    let mut ids = Vec::new();
    for left in ["first", "second"] {
        let (session, tape) = start(&store);
        let mut session = ended(session);
        session.topic = Some(topic.id);
        session.notes.todos_pending = vec![left.to_owned()];
        store.finish_session(&session, &Repo::default(), at(20)).unwrap();
        ids.push(session.id);
        drop(tape);
    }
    assert_eq!(todos(), ["second"]);
    store.delete_session(ids[1], &Repo::default(), at(30)).unwrap();
    assert_eq!(todos(), ["first"], "what the session before it left counts again");
    assert!(!place.read(&format!(".loghop/topics/{}.md", topic.id)).contains("second"));
    store.delete_session(ids[0], &Repo::default(), at(31)).unwrap();
    assert!(!todos().contains(&"first".to_owned()));
}

#[test]
fn a_deleted_session_leaves_nothing_and_the_chain_knows() {
    let place = project();
    let store = place.open();
    let (running, tape) = start(&store);
    assert!(store.delete_session(running.id, &Repo::default(), at(30)).is_err());
    assert_eq!(store.delete_session(SessionId(1), &Repo::default(), at(30)).unwrap(), [""; 0]);
    let left = files(&place.root().join(".loghop"));
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    assert!(!left.iter().any(|path| name(path).starts_with("S-001")), "{left:?}");
    for file in [".loghop/timeline.jsonl", ".loghop/sessions.jsonl", "loghop.md"] {
        assert!(!place.read(file).contains("S-001"), "{file}");
    }
    let topic = store.topics().unwrap().items.remove(0);
    assert_eq!(topic.sessions, [SessionId(2)]);
    assert_eq!(store.verify().unwrap().findings, []);
    assert!(store.delete_session(SessionId(1), &Repo::default(), at(30)).is_err());
    drop(tape);
    store.delete_session(running.id, &Repo::default(), at(31)).unwrap();
    let (next, _tape) = start(&store);
    assert_eq!(next.id, SessionId(4), "numbers are never given twice");
}

#[test]
fn a_migration_adds_what_is_missing_once() {
    let place = Place::fixture("0.2.1");
    let config = place.read(".loghop/config.toml");
    let kept = config.lines().filter(|line| !line.starts_with("handoff_patch_lines"));
    let without = kept.collect::<Vec<_>>().join("\n");
    place.write(".loghop/config.toml", without + "\n# mine\n");
    let log = place.read(".loghop/timeline.jsonl").replace(", \"schema_version\": 1", "");
    place.write(".loghop/timeline.jsonl", &log);
    let store = place.open();
    let pending = store.pending_migration().unwrap();
    assert!(pending.config && pending.is_needed());
    assert_eq!((pending.events, pending.outside), (log.lines().count(), 0));
    assert_eq!(place.read(".loghop/timeline.jsonl"), log, "asking changes nothing");
    let done = store.migrate(at(40)).unwrap();
    assert!(done.backup.unwrap().exists());
    assert!(!store.pending_migration().unwrap().is_needed());
    let migrated = place.read(".loghop/timeline.jsonl");
    assert_eq!(migrated.matches("\"schema_version\": 1").count(), log.lines().count());
    assert!(place.read(".loghop/config.toml").contains("# mine"));
    let verification = store.verify().unwrap();
    assert_eq!(verification.findings, []);
    assert_eq!(store.migrate(at(41)).unwrap().backup, None);
}

#[test]
fn a_registry_of_thousands_half_of_them_gone_is_cleaned() {
    let place = Place::new();
    let registry = place.home().join(".loghop/projects.toml");
    let mut text = fs::read_to_string(&registry).unwrap();
    let there = place.dir.path().join("there");
    for n in 0..5000 {
        let path = there.join(n.to_string());
        if n % 2 == 0 {
            fs::create_dir_all(path.join(".loghop")).unwrap();
        }
        text += "\n[[project]]\n";
        writeln!(text, "name = \"p{n}\"\npath = \"{}\"", path.display()).unwrap();
        writeln!(text, "goal = \"{}\"", "a goal of some length ".repeat(20)).unwrap();
    }
    fs::write(&registry, &text).unwrap();
    let projects = Store::projects(&place.home()).unwrap();
    assert_eq!(projects.len(), 5001);
    let gone: Vec<String> =
        projects.iter().filter(|p| !p.exists).map(|p| p.row.path.clone()).collect();
    assert_eq!(gone.len(), 2500);
    Store::unregister(&place.home(), &gone).unwrap();
    assert!(Store::projects(&place.home()).unwrap().iter().all(|project| project.exists));
    assert_eq!(Store::project_named(&place.home(), "p4998").unwrap().row.name, "p4998");
    let store = place.open();
    let (session, _tape) = start(&store);
    assert_eq!(store.finish_session(&ended(session), &Repo::default(), at(3)).unwrap(), [""; 0]);
    let row = Store::project_named(&place.home(), "demo").unwrap().row;
    assert_eq!((row.last_session.as_str(), row.session_count), ("S-001", 1));
    for damaged in ["= nonsense", "project = 3", "\u{0}"] {
        fs::write(&registry, damaged).unwrap();
        assert!(Store::projects(&place.home()).unwrap().is_empty());
    }
    fs::write(&registry, [0xff; 64]).unwrap();
    assert!(Store::projects(&place.home()).unwrap().is_empty());
}

#[test]
fn purging_removes_the_project_and_its_key_and_nothing_else() {
    let place = project();
    fs::write(place.root().join("main.rs"), "fn main() {}").unwrap();
    place.open().purge().unwrap();
    let left: Vec<PathBuf> = files(&place.root());
    let names: Vec<&str> =
        left.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert!(names.iter().all(|name| ["main.rs", ".gitignore"].contains(name)), "{names:?}");
    assert_eq!(fs::read_dir(place.home().join(".loghop/keys")).unwrap().count(), 0);
    assert!(Store::projects(&place.home()).unwrap().is_empty());
    assert!(Store::open(&place.home(), &place.home()).is_err(), "the home folder is no project");
}

#[test]
fn the_log_is_redacted_put_aside_when_full_and_never_waited_for() {
    use loghop::env::Env;
    use loghop::store::Level;
    let place = project();
    let store = place.open();
    let log = |name: &str| place.root().join(".loghop").join(name);
    let secret = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let lines = [(Level::Warning, format!("wrong: {secret}")), (Level::Debug, "detail".into())];
    let held = store.files().lock(".loghop/.lock", std::time::Duration::ZERO).unwrap().unwrap();
    store.log(&lines, &Env::default(), at(1)).unwrap();
    let text = fs::read_to_string(log("loghop.log")).unwrap();
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&line["level"], &line["logger"]), (&"warning".into(), &"loghop".into()));
    assert_eq!(line["ts"], at(1).to_string());
    assert!(text.contains("wrong: REDACTED-") && !text.contains(&secret), "{text}");
    assert_eq!(fs::metadata(log("loghop.log")).unwrap().permissions().mode() & 0o777, 0o600);
    drop(held);

    let env = Env::from_pairs([
        ("LOGHOP_LOG_LEVEL", "ERROR"),
        ("LOGHOP_LOG_MAX_BYTES", "100"),
        ("LOGHOP_LOG_BACKUP_COUNT", "2"),
    ]);
    store.log(&lines, &env, at(2)).unwrap();
    assert_eq!(fs::read_to_string(log("loghop.log")).unwrap(), text, "less matters not");
    for n in 3..8 {
        store.log(&[(Level::Error, format!("number {n}"))], &env, at(n)).unwrap();
    }
    for (name, number) in [("loghop.log", 7), ("loghop.log.1", 6), ("loghop.log.2", 5)] {
        let text = fs::read_to_string(log(name)).unwrap();
        assert!(text.contains(&format!("number {number}")), "{name}: {text}");
    }
    assert!(!log("loghop.log.3").exists());
    fs::remove_file(log("loghop.log")).unwrap();
    symlink("/etc/passwd", log("loghop.log")).unwrap();
    assert!(store.log(&lines, &Env::default(), at(9)).is_err());
}

#[test]
fn a_provider_that_never_starts_is_left_alone_for_a_while() {
    let place = project();
    let store = place.open();
    let (claude, codex) = (super::ProviderName::claude(), super::ProviderName::codex());
    let file = place.root().join(".loghop/circuit-claude.json");
    store.note_run(&claude, true, at(0)).unwrap();
    assert!(!file.exists(), "what goes well leaves nothing");
    for n in 0..3 {
        store.admit(&claude, at(n)).unwrap();
        store.note_run(&claude, false, at(n)).unwrap();
    }
    let error = place.open().admit(&claude, at(10)).unwrap_err();
    assert_eq!(error.message, "claude failed to start repeatedly");
    assert!(error.hints[0].contains("in 52 s"), "{error:?}");
    store.admit(&codex, at(10)).unwrap();
    for damaged in ["", "nonsense", "{\"state\": 7}"] {
        fs::write(&file, damaged).unwrap();
        store.admit(&claude, at(11)).unwrap();
    }
}
