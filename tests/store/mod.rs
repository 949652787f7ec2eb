//! The store, in real folders.

mod chain;
mod faults;
mod index;
mod lifecycle;
mod links;
mod older_versions;
mod upkeep;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use loghop::clock::Timestamp;
use loghop::disk::PrivateLog;
use loghop::model::{Handoff, HandoffId, ProviderName, Session, Status};
use loghop::store::Store;
use tempfile::TempDir;

/// A scratch folder with a project and a home.
struct Place {
    dir: TempDir,
}

impl Place {
    fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["repo/.git", "home"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        Self { dir }
    }

    fn new() -> Self {
        let place = Self::empty();
        Store::init(&place.root(), &place.home(), "demo", at(0)).unwrap();
        place
    }

    fn fixture(version: &str) -> Self {
        let place = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stores").join(version);
        copy(&from.join("dot-loghop"), &place.root().join(".loghop"));
        copy(&from.join("home/dot-loghop"), &place.home().join(".loghop"));
        make_private(&place.root().join(".loghop"));
        place
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    fn open(&self) -> Store {
        Store::open(&self.root(), &self.home()).unwrap()
    }

    fn read(&self, rel: &str) -> String {
        fs::read_to_string(self.root().join(rel)).unwrap()
    }

    fn write(&self, rel: &str, text: impl AsRef<[u8]>) {
        fs::write(self.root().join(rel), text).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Permissions as 0.2.1 sets them; Git does not keep them.
fn make_private(dir: &Path) {
    for path in files(dir) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second)
}

fn start(store: &Store) -> (Session, PrivateLog) {
    let make = |id| Session::start(id, ProviderName::claude(), "the goal".into(), at(1));
    store.create_session(make).unwrap()
}

/// A handoff that nobody has started from.
fn packet(id: HandoffId) -> Handoff {
    Handoff {
        id,
        provider: ProviderName::codex(),
        goal: "the goal".into(),
        at: Some(at(0)),
        status: "built".into(),
        updated: None,
        returncode: None,
        topic: None,
        body: "# Handoff\n".into(),
    }
}

/// All files below a folder, relative to it.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found
}

/// The session as a run that went well leaves it.
fn ended(mut session: Session) -> Session {
    session.status = Status::Succeeded;
    session.ended = Some(at(5));
    session.returncode = Some("0".into());
    session.turns_captured = 2;
    session.prompts = Some(1);
    session.native_id = Some("dba84849-777e-4a80-b916-38c11f9c6741".into());
    session.stop_reason = Some("usage_limit".into());
    session.ended_by = Some("switch".into());
    session.notes.summary = "It is done in e31a2ffe0c".into();
    session.notes.todos_pending = vec!["yes".into()];
    session
}
