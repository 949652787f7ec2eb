//! What changes the whole project (restore, migrate, scrub, purge), stopped at every step by which
//! it changes the disk, and with the disk full at each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Project, SECOND, Template, end, now};
use crate::disk::steps::{Fault, Step, at};
use crate::error::Result;
use crate::model::SessionId;
use crate::store::{ScrubOptions, Store, Verdict};

/// Everything below a folder, by its path.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            let inside = contents(&entry.path()).into_iter();
            found.extend(inside.map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// The records and settings of a project: what a backup is to bring back.
fn state(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut state = contents(&project.root().join(".loghop"));
    let others = ["backups/", "chain/", ".lock", "sessions.jsonl", ".loghop-tmp-"];
    state.retain(|path, _| !others.iter().any(|other| path.starts_with(other)));
    state
}

/// Both faults at each of the steps that `work` takes on a copy of the template.
fn faults(template: &Template, work: impl Fn(&Project)) -> Vec<(Fault, Step)> {
    let project = template.copy();
    let ((), steps) = at(Fault::None, || work(&project));
    assert!(steps.len() > 4, "{steps:?}");
    let numbered = steps.into_iter().enumerate();
    numbered.flat_map(|(n, step)| [(Fault::Death(n), step), (Fault::Full(n), step)]).collect()
}

/// A project whose backup is of another state than it is in.
fn changed_since_its_backup() -> Template {
    let template = Template::new();
    let project = Project(template.0);
    let store = project.open();
    store.back_up(Some(&project.0.path().join("backup.tar.gz")), now()).unwrap();
    end(&store, SECOND).unwrap();
    store.set_goal("another one").unwrap();
    store.delete_session(SessionId(1), &crate::model::Repo::default(), now()).unwrap();
    Template(project.0)
}

fn restore(project: &Project) -> Result<()> {
    let archive = project.0.path().join("backup.tar.gz");
    Store::restore(&project.root(), &project.home(), &archive, now()).map(drop)
}

#[test]
fn a_backup_that_is_put_back_is_there_whole_or_not_at_all() {
    let template = changed_since_its_backup();
    let project = template.copy();
    let old = state(&project);
    restore(&project).unwrap();
    let new = state(&project);
    assert_ne!(old, new);
    for (fault, step) in faults(&template, |project| restore(project).unwrap()) {
        let what = format!("{fault:?}, {step:?}");
        let project = template.copy();
        let (done, _) = at(fault, || restore(&project));
        let store = project.open();
        assert_eq!(store.warnings(), [""; 0], "{what}");
        let found = state(&project);
        assert!(found == new || found == old && done.is_err(), "{what}: {done:?}");
        assert!(!project.root().join(".loghop-restore").exists(), "{what}");
        let verification = store.verify().unwrap();
        assert_eq!(verification.verdict(), Verdict::Clean, "{what}: {:?}", verification.findings);
        drop(store);
        restore(&project).unwrap();
        assert_eq!(state(&project), new, "{what}");
        assert_eq!(project.open().verify().unwrap().findings, [], "{what}");
    }
}

#[test]
fn a_backup_is_a_whole_archive_or_none() {
    let template = Template::new();
    let pack = |project: &Project| project.open().back_up(None, now());
    for (fault, step) in faults(&template, |project| drop(pack(project).unwrap())) {
        let what = format!("{fault:?}, {step:?}");
        let project = template.copy();
        let before = state(&project);
        let (done, _) = at(fault, || pack(&project));
        assert_eq!(state(&project), before, "{what}");
        let archives = contents(&project.root().join(".loghop/backups"));
        let named = archives.into_keys().filter(|name| !name.starts_with(".loghop-tmp-"));
        let named: Vec<String> = named.collect();
        assert!(done.is_err() || named.len() == 1, "{what}");
        for name in named {
            let archive = project.root().join(".loghop/backups").join(name);
            Store::restore(&project.root(), &project.home(), &archive, now()).unwrap();
            assert_eq!(state(&project), before, "{what}");
        }
    }
}

#[test]
fn a_backup_that_makes_a_project_is_there_whole_or_not_at_all() {
    let template = changed_since_its_backup();
    fs::remove_dir_all(template.0.path().join("repo/.loghop")).unwrap();
    let project = template.copy();
    restore(&project).unwrap();
    let new = state(&project);
    for (fault, step) in faults(&template, |project| restore(project).unwrap()) {
        let what = format!("{fault:?}, {step:?}");
        let project = template.copy();
        let _ = at(fault, || restore(&project));
        let found = state(&project);
        assert!(found.is_empty() || found == new, "{what}: {:?}", found.keys());
        restore(&project).unwrap();
        assert_eq!(state(&project), new, "{what}");
        assert_eq!(project.open().verify().unwrap().findings, [], "{what}");
    }
}

#[test]
fn a_migration_that_is_cut_short_loses_nothing_and_goes_on() {
    let template = Template::new();
    let project = Project(template.0);
    let log = project.root().join(".loghop/timeline.jsonl");
    let store = project.open();
    end(&store, SECOND).unwrap();
    let text = fs::read_to_string(&log).unwrap().replace(", \"schema_version\": 1", "");
    fs::write(&log, text).unwrap();
    store.edit_config(|doc| drop(doc.remove("version"))).unwrap();
    let template = Template(project.0);
    let migrate = |project: &Project| project.open().migrate(now()).map(drop);
    let kept = |project: &Project| {
        let store = project.open();
        assert_eq!(store.warnings(), [""; 0]);
        (store.sessions().unwrap(), store.timeline().unwrap(), store.topics().unwrap())
    };
    let before = kept(&template.copy());
    for (fault, step) in faults(&template, |project| migrate(project).unwrap()) {
        let what = format!("{fault:?}, {step:?}");
        let project = template.copy();
        let _ = at(fault, || migrate(&project));
        assert_eq!(kept(&project), before, "{what}");
        migrate(&project).unwrap();
        assert!(!project.open().pending_migration().unwrap().is_needed(), "{what}");
        assert_eq!(kept(&project), before, "{what}");
        assert_eq!(project.open().verify().unwrap().findings, [], "{what}");
    }
}

#[test]
fn scrubbing_that_is_cut_short_leaves_whole_files_and_goes_on() {
    let template = Template::new();
    let project = Project(template.0);
    end(&project.open(), SECOND).unwrap();
    let settings = project.root().join(".loghop/config.toml");
    let rule = "\n[[redaction]]\npattern = 'It is d[a-z]+'\nreplacement = '[gone]'\n";
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + rule).unwrap();
    let template = Template(project.0);
    let scrub = |project: &Project| project.open().scrub(ScrubOptions::default(), now());
    for (fault, step) in faults(&template, |project| drop(scrub(project).unwrap())) {
        let what = format!("{fault:?}, {step:?}");
        let project = template.copy();
        let _ = at(fault, || scrub(&project));
        let store = project.open();
        assert_eq!(store.warnings(), [""; 0], "{what}");
        for session in store.sessions().unwrap().items {
            let summary = session.notes.summary;
            assert!(["It is done", "[gone]"].contains(&&*summary), "{what}: {summary}");
        }
        assert_eq!(store.timeline().unwrap().items.len(), 2, "{what}");
        assert_eq!(store.verify().unwrap().findings, [], "{what}");
        assert_eq!(scrub(&project).unwrap().warnings, [""; 0], "{what}");
        for (path, bytes) in contents(&project.root()) {
            let text = String::from_utf8_lossy(&bytes);
            assert!(path.contains("config.toml") || !text.contains("It is done"), "{what}: {path}");
        }
        assert_eq!(project.open().verify().unwrap().findings, [], "{what}");
    }
}

#[test]
fn a_purge_that_is_cut_short_leaves_the_project_or_none() {
    let template = Template::new();
    let whole = state(&template.copy());
    let purge = |project: &Project| project.open().purge();
    let purged = |project: &Project| {
        let left = contents(&project.root());
        assert_eq!(left.keys().collect::<Vec<_>>(), [".gitignore"]);
        assert_eq!(contents(&project.home().join(".loghop/keys")), BTreeMap::new());
        let rows = Store::projects(&project.home()).unwrap();
        assert!(rows.iter().all(|row| Path::new(&row.row.path) != project.root()));
    };
    for (fault, step) in faults(&template, |project| purge(project).unwrap()) {
        let what = format!("{fault:?}, {step:?}");
        let project = template.copy();
        let (done, _) = at(fault, || purge(&project));
        let mut found = state(&project);
        found.remove(".gitignore");
        assert!(found.is_empty() || found == whole && done.is_err(), "{what}: {done:?}");
        if found.is_empty() {
            Store::purge_rest(&project.root(), &project.home()).unwrap();
        } else {
            assert_eq!(project.open().verify().unwrap().findings, [], "{what}");
            purge(&project).unwrap();
        }
        purged(&project);
    }
}
