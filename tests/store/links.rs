//! Links in the place of every file and folder: never written through, and never read into anything.

use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use loghop::capture::{self, Trail};
use loghop::env::Env;
use loghop::model::{Repo, Session, SessionId, Switch, SwitchStep, TopicId};
use loghop::store::{Level, ScrubOptions, Store};
use serde_json::json;

use super::upkeep::project;
use super::{Place, at, ended, files};

/// Everything that writes to a project.
fn use_everything(place: &Place) {
    let Ok(store) = Store::open(&place.root(), &place.home()) else { return };
    let _ = store.set_goal("goal");
    let _ = store.repair_index(&mut |_, _| {});
    let make = |id| Session::start(id, super::ProviderName::claude(), "g".into(), at(1));
    let _ = store.create_handoff(super::packet);
    if let Ok((session, _tape)) = store.create_session(make) {
        let brief = store.redactor().redact("the brief");
        let _ = store.files().write(&Store::brief_path(session.id), &brief);
        let _ = trail().save(store.files(), session.id);
        if let Ok(mut transcript) = store.transcript_writer(session.id) {
            let _ = transcript.line("{}").and_then(|()| transcript.commit());
        }
        let _ = store.finish_session(&ended(session), &Repo::default(), at(2));
    }
    // Another run, whose process was killed.
    let _ = store.create_session(make).map(|(_, tape)| drop(tape));
    let _ = capture::recover(&store, &Repo::default(), at(2), &mut |_, _| ());
    let _ = capture::clear_away(&store);
    if let Ok(session) = store.session(SessionId(2)) {
        let _ = store.annotate_session(&session.value, &Repo::default(), at(2));
    }
    let _ = store.rename_topic(TopicId(1), "title", at(3));
    // The second one puts the first one aside.
    for _ in 0..2 {
        let one = Env::from_pairs([("LOGHOP_LOG_MAX_BYTES", "1")]);
        let _ = store.log(&[(Level::Error, "e".into())], &one, at(3));
    }
    for worked in [false, true] {
        let _ = store.note_run(&super::ProviderName::claude(), worked, at(3));
    }
    let _ = store.sweep(at(1 << 30));
    let _ = store.scrub(ScrubOptions { backups: true, dry_run: false }, at(3));
    let asked = SwitchStep::Asked { at_once: false };
    let from = SessionId(3);
    let (to, handoff, session, resumes) = (None, None, None, None);
    let switch = Switch { from, to, step: asked, handoff, session, resumes };
    let _ = store.note_switch(&switch);
    let _ = store.next_tape(SessionId(3), 2).map(|_| store.drop_tape(SessionId(3), 2));
    if let Ok(backup) = store.back_up(Some(&place.dir.path().join("b.tar.gz")), at(3)) {
        let _ = Store::restore(&place.root(), &place.home(), &backup.path, at(3));
    }
    let _ = store.back_up(None, at(3));
    let _ = store.migrate(at(3));
    let _ = store.delete_session(SessionId(1), &Repo::default(), at(4));
    let _ = Store::unregister(&place.home(), &["/nowhere".into()]);
}

/// The trail of a run that has written nothing yet.
fn trail() -> Trail {
    let trail = json!({
        "provider": "claude", "home": "/nowhere", "cwd": "/nowhere", "spawned": 0,
        "native_id": null, "resumed": false, "forked": false, "unrecorded": null, "files": [],
    });
    serde_json::from_value(trail).unwrap()
}

/// Stands in what the links lead to, and nowhere else.
const THEIRS: &str = "written-by-somebody-else";

/// Puts a link into the place of `path`, uses everything, and looks at what it leads to and at
/// everything that was stored.
fn assert_not_followed(place: &Place, path: &Path) {
    let outside = place.dir.path().join("outside");
    if path.exists() {
        fs::rename(path, &outside).unwrap();
        mark(&outside, path);
    } else if path.parent() == Some(&place.root()) {
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("mine"), THEIRS).unwrap();
    } else {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&outside, THEIRS).unwrap();
    }
    symlink(&outside, path).unwrap();
    let seen = || if outside.is_dir() { listed(&outside) } else { fs::read(&outside).unwrap() };
    let before = seen();
    use_everything(place);
    assert_eq!(before, seen(), "{}", path.display());
    let read_into = stored(place).into_iter().find(|stored| holds_theirs(stored));
    assert_eq!(read_into, None, "{}", path.display());
    let _ = Store::open(&place.root(), &place.home()).and_then(Store::purge);
    assert_eq!(before, seen(), "{}", path.display());
}

/// Puts the mark into the texts that records are made of. A key stays usable.
fn mark(outside: &Path, path: &Path) {
    let is_key = ["integrity.key", "project-id", "/chain", "/keys"];
    let is_key = |path: &Path| is_key.iter().any(|name| path.to_str().unwrap().contains(name));
    let all = if outside.is_dir() { files(outside) } else { vec![outside.to_owned()] };
    for file in all.iter().filter(|file| !is_key(path) && !is_key(file)) {
        let text = fs::read_to_string(file).unwrap();
        let texts = ["the goal", "demo", "hello"];
        let marked = texts.iter().fold(text.clone(), |text, word| text.replace(word, THEIRS));
        let marked = if marked == text { text + "# " + THEIRS + "\n" } else { marked };
        fs::write(file, marked).unwrap();
    }
}

/// The files in the project, in the home folder, and the archive; none behind a link.
fn stored(place: &Place) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![place.root(), place.home()]);
    open.push(place.dir.path().join("b.tar.gz"));
    while let Some(path) = open.pop() {
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {
                open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
            Ok(metadata) if metadata.is_file() => found.push(path),
            _ => {}
        }
    }
    found
}

/// Whether the mark is in a file, or in what an archive packs.
fn holds_theirs(path: &Path) -> bool {
    let mut bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|end| end == "gz") {
        let packed = std::mem::take(&mut bytes);
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    }
    memchr::memmem::find(&bytes, THEIRS.as_bytes()).is_some()
}

#[test]
fn what_is_no_link_is_read_so_that_its_mark_is_found_elsewhere() {
    let place = project();
    let session = place.root().join(".loghop/sessions/S-002.md");
    mark(&session, &session);
    use_everything(&place);
    let found = stored(&place).into_iter().filter(|stored| holds_theirs(stored));
    assert!(found.filter(|stored| *stored != session).count() > 1);
}

#[test]
fn links_are_refused_in_the_place_of_every_file_and_folder() {
    let in_project = [
        ".loghop",
        ".loghop/config.toml",
        ".loghop/sessions",
        ".loghop/handoffs",
        ".loghop/topics",
        ".loghop/chain",
        ".loghop/backups",
        ".loghop/timeline.jsonl",
        ".loghop/sessions.jsonl",
        ".loghop/integrity.key",
        ".loghop/project-id",
        ".loghop/.lock",
        ".loghop/.loghopignore",
        ".loghop/loghop.log",
        ".loghop/loghop.log.1",
        ".loghop/circuit-claude.json",
        ".loghop/sessions/S-001.md",
        ".loghop/sessions/S-002.md",
        ".loghop/sessions/S-003.md",
        ".loghop/sessions/S-003.cast",
        ".loghop/sessions/S-003.2.cast",
        ".loghop/sessions/S-003.switch.json",
        ".loghop/sessions/S-003.trail.json",
        ".loghop/sessions/S-004.trail.json",
        ".loghop/sessions/S-003.brief.md",
        ".loghop/sessions/S-003.transcript.jsonl",
        ".loghop/handoffs/H-001.md",
        ".loghop/topics/T-001.md",
        ".loghop/backups/another.tar.gz",
        ".loghop/backups/loghop-backup-20270115T080003Z.tar.gz",
        ".loghop/.gitignore",
        "loghop.md",
        ".gitignore",
        ".loghop-restore",
        ".loghop-purged",
    ];
    for name in in_project {
        let place = project();
        assert_not_followed(&place, &place.root().join(name));
    }
    for name in [".loghop", ".loghop/keys", ".loghop/projects.toml", ".loghop/.registry.lock"] {
        let place = project();
        assert_not_followed(&place, &place.home().join(name));
    }
    // The names of these are made up.
    for folder in ["home/.loghop/keys", "repo/.loghop/chain"] {
        let place = project();
        let folder = fs::read_dir(place.dir.path().join(folder)).unwrap();
        let file = folder.last().unwrap().unwrap().path();
        assert_not_followed(&place, &file);
    }
}

fn listed(dir: &Path) -> Vec<u8> {
    let mut names: Vec<String> =
        files(dir).into_iter().map(|f| format!("{}{:?}", f.display(), fs::read(&f))).collect();
    names.sort();
    names.concat().into_bytes()
}
