//! What happens to a project from `init` to the end of its sessions.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use loghop::error::Kind;
use loghop::model::{Handoff, HandoffId, ProviderName, Repo, SessionId, TopicId};
use loghop::store::{GlobalConfig, Store};
use proptest::prelude::*;

use super::{Place, at, ended, files, start};

#[test]
fn finishing_a_session_tells_everybody_once() {
    let place = Place::new();
    let store = place.open();
    store.set_goal("Ship: it").unwrap();
    let topic = store.ensure_topic("Ship: it", at(0)).unwrap();
    assert_eq!(store.ensure_topic("other", at(0)).unwrap().id, topic.id);
    let handoff = store.create_handoff(|id| handoff(id, topic.id)).unwrap();
    let (mut session, tape) = start(&store);
    session.handoff = Some(handoff.id);
    session.topic = Some(topic.id);
    assert_eq!(store.running_sessions().unwrap().len(), 1);
    assert!(store.is_alive(session.id));

    let session = ended(session);
    let repo = Repo { branch: "main".into(), ..Repo::default() };
    for _ in 0..2 {
        assert_eq!(store.finish_session(&session, &repo, at(6)).unwrap(), [""; 0]);
    }
    drop(tape);
    assert!(!store.is_alive(session.id));
    assert!(store.running_sessions().unwrap().is_empty());
    assert_eq!(store.session(session.id).unwrap().value, session);
    let told = store.handoff(handoff.id).unwrap();
    assert_eq!((told.value.status.as_str(), told.value.updated), ("succeeded", Some(at(6))));
    assert_eq!((told.value.body, told.warnings), (handoff.body, Vec::new()));
    let topic = store.topic(topic.id).unwrap().unwrap();
    assert_eq!((topic.sessions, topic.todos_pending), (vec![session.id], vec!["yes".to_owned()]));
    assert_eq!(place.read(".loghop/timeline.jsonl").lines().count(), 1);
    assert_eq!(place.read(".loghop/sessions.jsonl").lines().count(), 1);
    let memory = place.read("loghop.md");
    assert!(memory.contains("## Goal\nShip: it\n") && memory.contains("- Branch: main\n"));
    assert!(memory.contains("- Summary: It is done in e31a2ffe0c\n"), "{memory}");
    let registry = fs::read_to_string(place.home().join(".loghop/projects.toml")).unwrap();
    assert!(
        registry.contains("last_session = \"S-001\"") && registry.contains("session_count = 1")
    );
}

#[test]
fn the_last_useful_session_is_found_behind_those_that_are_not() {
    let place = Place::new();
    let store = place.open();
    assert_eq!(store.last_useful_session().unwrap(), None);
    let useful = ended(start(&store).0);
    store.update_session(&useful).unwrap();
    let (running, _tape) = start(&store);
    place.write(&store.session_path(SessionId(running.id.0 + 1)), "damaged");
    assert_eq!(store.last_useful_session().unwrap().map(|s| s.id), Some(useful.id));
}

#[test]
fn init_makes_a_private_project_and_is_idempotent() {
    let place = Place::empty();
    place.write(".gitignore", "target");
    let store = Store::init(&place.root(), &place.home(), "demo", at(0)).unwrap();
    assert_eq!(store.warnings(), [""; 0]);
    let id = store.project_id().unwrap().to_owned();
    let key = fs::read_to_string(place.home().join(".loghop/keys").join(&id)).unwrap();
    assert_eq!((id.len(), key.lines().next().unwrap().len()), (32, 64));
    assert_eq!(place.read(".gitignore"), "target\n.loghop/\nloghop.md\n");
    assert!(place.read("loghop.md").starts_with("# Project Memory\n"));
    let before = place.read(".loghop/integrity.key");
    store.set_goal("kept").unwrap();
    let again = Store::init(&place.root(), &place.home(), "other", at(9)).unwrap();
    assert_eq!(again.project_id(), Some(id.as_str()));
    assert_eq!(again.config().unwrap().goal, "kept");
    assert_eq!(place.read(".loghop/integrity.key"), before);
    assert_eq!(place.read(".gitignore").lines().count(), 3);

    start(&again);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in [place.root().join(".loghop"), place.home().join(".loghop")] {
        assert_eq!(mode(&folder), 0o700);
        for file in files(&folder) {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
            assert_eq!(mode(file.parent().unwrap()), 0o700, "{}", file.display());
            assert!(!file.display().to_string().contains("tmp-"), "{}", file.display());
        }
    }
}

#[test]
fn projects_are_found_up_to_the_git_root_and_never_in_the_home_folder() {
    let place = Place::new();
    let root = place.root().canonicalize().unwrap();
    let deep = root.join("a/b");
    fs::create_dir_all(&deep).unwrap();
    assert_eq!(Store::find(&deep, &place.home()), Some(root.clone()));
    let inner = root.join("inner/.git");
    fs::create_dir_all(&inner).unwrap();
    assert_eq!(Store::find(&root.join("inner"), &place.home()), None);
    fs::create_dir_all(place.home().join("notes")).unwrap();
    assert_eq!(Store::find(&place.home().join("notes"), &place.home()), None);
    let error = Store::init(&place.home(), &place.home(), "home", at(0)).unwrap_err();
    assert_eq!(error.kind, Kind::InvalidInput);
    let error = Store::open(&deep, &place.home()).unwrap_err();
    assert_eq!((error.kind, error.hints.len()), (Kind::NotInitialized, 1));
}

#[test]
fn sessions_made_at_once_get_ids_of_their_own() {
    const EACH: usize = 8;
    let place = Place::fixture("0.2.1");
    let makers: Vec<_> = (0..4)
        .map(|_| {
            let (root, home) = (place.root(), place.home());
            std::thread::spawn(move || {
                let store = Store::open(&root, &home).unwrap();
                (0..EACH).map(|_| start(&store).0.id).collect::<Vec<_>>()
            })
        })
        .collect();
    let ids: Vec<SessionId> = makers.into_iter().flat_map(|m| m.join().unwrap()).collect();
    let distinct: BTreeSet<SessionId> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), 4 * EACH);
    assert_eq!(distinct.first(), Some(&SessionId(8)));
    assert_eq!(place.open().config().unwrap().goal, "Ship auth: step 1");
}

#[test]
fn ids_are_above_the_counter_and_above_what_lies_there() {
    let place = Place::new();
    let store = place.open();
    place.write(".loghop/sessions/S-041.transcript.jsonl", "");
    let (session, _tape) = start(&store);
    assert_eq!(session.id, SessionId(42));
    store.finish_session(&ended(session), &Repo::default(), at(6)).unwrap();
    fs::remove_file(place.root().join(".loghop/sessions/S-042.md")).unwrap();
    fs::remove_file(place.root().join(".loghop/sessions/S-042.cast")).unwrap();
    assert_eq!(start(&store).0.id, SessionId(43));
}

#[test]
fn secrets_and_the_users_rules_are_kept_out_of_every_file() {
    let place = Place::new();
    let config = place.read(".loghop/config.toml");
    let rule = "\n# keep\n[[redaction]]\npattern = 'ACME-\\d+'\nreplacement = '[ticket]'\n\
        [[redaction]]\npattern = '('\n";
    place.write(".loghop/config.toml", config + rule);
    let store = place.open();
    assert_eq!(store.warnings().len(), 1, "one pattern is broken, the other works");
    let token = ["ghp", "_", "Zk3v9QpL1xW8sT2yBn6MaHc4Rd7Uf0Ge5JiK"].concat();
    let leak = format!("see ACME-{} with {token}", 77);
    store.set_goal(&leak).unwrap();
    let topic = store.new_topic(&leak, at(0)).unwrap();
    let body = format!("# Handoff\n{leak}\n");
    let stored = store
        .create_handoff(|id| Handoff { body, goal: leak.clone(), ..handoff(id, topic.id) })
        .unwrap();
    assert!(stored.body.contains("see [ticket]"), "{}", stored.body);
    let (session, mut tape) = start(&store);
    tape.write(&store.redactor().redact(&leak)).unwrap();
    let mut transcript = store.transcript_writer(session.id).unwrap();
    transcript.line(&format!("{{\"role\": \"user\", \"text\": \"{leak}\\n\"}}")).unwrap();
    transcript.line(&leak).unwrap();
    transcript.commit().unwrap();
    let mut session = ended(session);
    session.goal.clone_from(&leak);
    session.topic = Some(topic.id);
    session.output.clone_from(&leak);
    session.notes.summary.clone_from(&leak);
    store.finish_session(&session, &Repo::default(), at(6)).unwrap();
    for folder in [place.root(), place.home()] {
        for file in files(&folder) {
            let text = fs::read_to_string(&file).unwrap();
            let leaks = text.contains("ACME-77") || text.contains(&token);
            assert!(!leaks, "{}: {text}", file.display());
        }
    }
    let transcript = place.read(&store.transcript_path(session.id));
    let first = transcript.lines().next().unwrap();
    assert!(first.starts_with("{\"role\": \"user\", \"text\": \"see [ticket] with ["), "{first}");
    assert!(place.read(".loghop/config.toml").contains("\n# keep\n[[redaction]]\n"));
    assert_eq!(store.session(session.id).unwrap().warnings, [""; 0]);
}

#[test]
fn what_is_remembered_about_a_project_stays() {
    let place = Place::new();
    let store = place.open();
    store.set_layout("bottom").unwrap();
    for what in ["claude>codex", "codex>claude", "claude>codex"] {
        store.mark_told(what).unwrap();
    }
    store.set_active_topic(Some(TopicId(3))).unwrap();
    let config = place.open().config().unwrap();
    assert_eq!(config.layout.as_deref(), Some("bottom"));
    assert_eq!(config.told, ["claude>codex", "codex>claude"]);
    assert_eq!(config.active_topic, Some(TopicId(3)));
    store.set_active_topic(None).unwrap();
    assert_eq!(store.config().unwrap().active_topic, None);
}

#[test]
fn the_users_settings_may_lie_behind_a_link() {
    let place = Place::new();
    let dotfile = place.dir.path().join("dotfile.toml");
    fs::write(&dotfile, "[keys]\npanel = 'f5'\n[tui]\ntheme = 'harbor-dark'\n").unwrap();
    symlink(&dotfile, place.home().join(".loghop/config.toml")).unwrap();
    let (config, warnings) = GlobalConfig::load(&place.home());
    assert_eq!((config.keys["panel"].as_str(), warnings.len()), ("f5", 0));
    assert_eq!(config.theme.as_deref(), Some("harbor-dark"));
}

#[test]
fn discarded_transcripts_leave_nothing() {
    let place = Place::new();
    let store = place.open();
    let (session, _tape) = start(&store);
    let before = files(&place.root()).len();
    let mut writer = store.transcript_writer(session.id).unwrap();
    writer.line("{}").unwrap();
    drop(writer);
    assert_eq!(files(&place.root()).len(), before);
    assert!(store.next_tape(session.id, 2).is_ok());
    assert!(store.next_tape(session.id, 2).is_err(), "a recording is never overwritten");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn sessions_read_back_as_they_were_written(
        goal in any::<String>(),
        items in prop::collection::vec("[-a-z0-9:#'\" .\n\u{85}\u{2028}\u{1b}é]{1,20}", 0..4),
    ) {
        let place = Place::new();
        let store = place.open();
        let (mut session, _tape) = start(&store);
        session.goal = goal;
        session.notes.decisions.clone_from(&items);
        session.notes.summary = items.concat();
        session.output = items.join("\n");
        store.update_session(&session).unwrap();
        let stored = store.session(session.id).unwrap();
        prop_assert_eq!(&stored.value, &session);
        prop_assert!(stored.warnings.is_empty(), "{:?}", stored.warnings);
    }
}

fn handoff(id: HandoffId, topic: TopicId) -> Handoff {
    Handoff {
        id,
        provider: ProviderName::codex(),
        goal: "Ship: it".into(),
        at: Some(at(0)),
        status: "built".into(),
        updated: None,
        returncode: None,
        topic: Some(topic),
        body: "# Project Handoff\n\n---\nid: not a field\n---".into(),
    }
}
