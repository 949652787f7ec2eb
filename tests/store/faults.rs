//! Links, damage, locks and missing permissions.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use loghop::clock::Timestamp;
use loghop::error::Kind;
use loghop::model::{ProviderName, Repo, Session, SessionId};
use loghop::store::Store;

use super::{Place, at, ended, start};

#[test]
fn symlinks_are_refused_at_every_level() {
    let place = Place::new();
    let elsewhere = place.dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("secret.md"), "---\nid: S-009\n---\n").unwrap();

    let store = place.open();
    let session = place.root().join(".loghop/sessions/S-009.md");
    symlink(elsewhere.join("secret.md"), &session).unwrap();
    let error = store.session(SessionId(9)).unwrap_err();
    assert_eq!((error.message.as_str(), error.kind), ("refusing to follow a symlink", Kind::Io));
    assert!(store.sessions().unwrap().items.is_empty());

    let folder = place.root().join(".loghop/sessions");
    fs::rename(&folder, place.dir.path().join("moved")).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    assert_eq!(store.sessions().unwrap_err().message, "refusing to follow a symlink");
    let make = |id| Session::start(id, ProviderName::claude(), String::new(), at(0));
    assert_eq!(store.create_session(make).unwrap_err().path, Some(canonical(&folder)));

    let project = place.root().join(".loghop");
    fs::rename(&project, place.dir.path().join("project")).unwrap();
    symlink(place.dir.path().join("project"), &project).unwrap();
    let error = Store::open(&place.root(), &place.home()).unwrap_err();
    assert_eq!(error.message, "refusing to follow a symlink");
    assert_eq!(error.path, Some(canonical(&project)));
    assert!(Store::init(&place.root(), &place.home(), "demo", at(0)).is_err());
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1, "nothing was written through it");
}

/// The path with its folder, but not itself, resolved.
fn canonical(path: &Path) -> PathBuf {
    path.parent().unwrap().canonicalize().unwrap().join(path.file_name().unwrap())
}

#[test]
fn links_in_the_place_of_shared_files_are_left_alone() {
    let place = Place::empty();
    let real = place.dir.path().join("shared-ignore");
    fs::write(&real, "target\n").unwrap();
    symlink(&real, place.root().join(".gitignore")).unwrap();
    let store = Store::init(&place.root(), &place.home(), "demo", at(0)).unwrap();
    assert_eq!(store.warnings().len(), 1);
    assert!(store.warnings()[0].contains(".gitignore"), "{:?}", store.warnings());
    assert_eq!(fs::read_to_string(&real).unwrap(), "target\n");
}

#[test]
fn a_busy_project_says_so_after_a_while() {
    let place = Place::new();
    let mut store = place.open();
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = std::sync::Arc::clone(&told);
    store.on_wait(move |text| heard.lock().unwrap().push(text.to_owned()));
    let wait = std::time::Duration::ZERO;
    let held = store.files().lock_as(".loghop/.lock", "4711 loghop run", wait).unwrap().unwrap();
    let error = store.set_goal("x").unwrap_err();
    assert_eq!(error.message, "project is busy; try again in a moment");
    assert_eq!(error.hints, ["process 4711 holds it: `loghop run`"]);
    let waiting =
        "waiting for process 4711 (`loghop run`), which holds the lock of the project".to_owned();
    assert_eq!(told.lock().unwrap().as_slice(), [waiting]);
    drop(held);
    store.set_goal("x").unwrap();
    assert_eq!(told.lock().unwrap().len(), 1, "who need not wait is told nothing");
}

#[test]
fn damaged_files_are_one_sentence_each_and_lose_nothing() {
    let place = Place::fixture("0.2.1");
    place.write(".loghop/config.toml", "goal = [broken\nmine = 1\n");
    fs::write(place.home().join(".loghop/config.toml"), "[keys\n").unwrap();
    fs::write(place.home().join(".loghop/projects.toml"), "= nonsense").unwrap();
    place.write(".loghop/sessions/S-001.md", "gone");
    place.write(".loghop/sessions/S-002.md", [0xff, 0xfe, 0x00]);
    let store = place.open();
    assert_eq!(store.warnings().len(), 2, "{:?}", store.warnings());
    assert!(store.warnings()[0].contains("`.loghop/config.toml`"), "{:?}", store.warnings());
    let listing = store.sessions().unwrap();
    assert_eq!((listing.items.len(), listing.warnings.len()), (4, 2), "{:?}", listing.warnings);
    assert!(listing.warnings[0].contains("`.loghop/sessions/S-001.md`"));
    assert!(store.session(SessionId(1)).is_err());

    let (session, _tape) = start(&store);
    assert_eq!(session.id, SessionId(8), "the counter is lost, the files are not");
    assert_eq!(store.finish_session(&ended(session), &Repo::default(), at(6)).unwrap(), [""; 0]);
    assert_eq!(place.read(".loghop/config.toml.damaged"), "goal = [broken\nmine = 1\n");
    let aside = place.home().join(".loghop/projects.toml.damaged");
    assert_eq!(fs::read_to_string(aside).unwrap(), "= nonsense");
    let first = Session::start(SessionId(1), ProviderName::claude(), "new".into(), at(1));
    store.update_session(&first).unwrap();
    assert_eq!(place.read(".loghop/sessions/S-001.md.damaged"), "gone");
    assert_eq!(store.session(SessionId(1)).unwrap().value, first);
}

#[test]
fn a_damaged_key_is_said_and_the_project_still_works() {
    let place = Place::fixture("0.2.1");
    place.write(".loghop/integrity.key", "not hex\n");
    let store = place.open();
    assert_eq!(store.warnings().len(), 1);
    assert!(store.warnings()[0].contains("integrity.key"));
    assert_eq!(store.sessions().unwrap().warnings, [""; 0]);
    let (session, _tape) = start(&store);
    assert!(!store.session(session.id).unwrap().text.contains("_signature:"));
    assert_eq!(place.read(".loghop/integrity.key"), "not hex\n");
}

/// Set when this test runs itself as somebody whom permissions bind (root they do not).
const UNPRIVILEGED: &str = "LOGHOP_TEST_READ_ONLY_PROJECT";

#[test]
fn a_read_only_project_can_be_read_and_says_what_it_cannot() {
    if let Some(dir) = std::env::var_os(UNPRIVILEGED) {
        let dir = PathBuf::from(dir);
        let store = Store::open(&dir.join("repo"), &dir.join("home")).unwrap();
        assert_eq!(store.sessions().unwrap().items.len(), 6);
        let make = |id| Session::start(id, ProviderName::claude(), String::new(), at(0));
        let error = store.create_session(make).unwrap_err();
        assert_eq!((error.kind, error.hints.len()), (Kind::Io, 1));
        assert!(error.path.unwrap().ends_with(".loghop/.lock"));
        return;
    }
    let place = Place::fixture("0.2.1");
    place.open();
    fs::set_permissions(place.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let exe = place.dir.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &exe).unwrap();
    for folder in [".loghop", ".loghop/sessions", ".loghop/handoffs", ".loghop/topics"] {
        let folder = place.root().join(folder);
        for file in fs::read_dir(&folder).unwrap().flatten().filter(|e| e.path().is_file()) {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(0o444)).unwrap();
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    }
    let mut command = std::process::Command::new(exe);
    command.args([
        "--exact",
        "store::faults::a_read_only_project_can_be_read_and_says_what_it_cannot",
    ]);
    command.env(UNPRIVILEGED, place.dir.path()).current_dir("/");
    if rustix::process::geteuid().is_root() {
        std::os::unix::process::CommandExt::uid(&mut command, 65534);
    }
    let output = command.output().unwrap();
    for folder in [".loghop", ".loghop/sessions", ".loghop/handoffs", ".loghop/topics"] {
        let writable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(place.root().join(folder), writable).unwrap();
    }
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Set when this test runs itself, as one of the processes that write at once.
const WRITER: &str = "LOGHOP_TEST_WRITER";

#[test]
fn eight_processes_write_at_once_and_nothing_is_lost_or_doubled() {
    const PROCESSES: usize = 8;
    const EACH: usize = 4;
    if let Some(dir) = std::env::var_os(WRITER) {
        let dir = PathBuf::from(dir);
        let store = Store::open(&dir.join("repo"), &dir.join("home")).unwrap();
        for _ in 0..EACH {
            store.create_handoff(super::packet).unwrap();
            let (session, _tape) = start(&store);
            store.finish_session(&ended(session), &Repo::default(), at(9)).unwrap();
        }
        return;
    }
    let place = Place::new();
    let name = "store::faults::eight_processes_write_at_once_and_nothing_is_lost_or_doubled";
    let exe = std::env::current_exe().unwrap();
    let run = |_| {
        let mut command = std::process::Command::new(&exe);
        command.args(["--exact", name]).env(WRITER, place.dir.path());
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    let writers: Vec<std::process::Child> = (0..PROCESSES).map(run).collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let store = place.open();
    let all = PROCESSES * EACH;
    assert_eq!(store.sessions().unwrap().items.len(), all);
    assert_eq!(store.handoffs().unwrap().items.len(), all);
    let last = store.sessions().unwrap().items[0].id;
    assert_eq!(last.0 as usize, all, "no id was left out or given twice");
    let timeline = place.read(".loghop/timeline.jsonl");
    assert_eq!(timeline.lines().count(), all);
    assert_eq!(store.timeline().unwrap().items.len(), all);
    assert_eq!(place.read(".loghop/sessions.jsonl").lines().count(), all);
    assert_eq!(store.verify().unwrap().findings, []);
}

#[test]
fn files_of_a_gigabyte_cost_time_but_neither_memory_nor_the_project() {
    let sizes = [
        ".loghop/timeline.jsonl",
        ".loghop/sessions.jsonl",
        ".loghop/sessions/S-001.md",
        ".loghop/handoffs/H-001.md",
        ".loghop/config.toml",
    ];
    for rel in sizes {
        let place = Place::fixture("0.2.1");
        let file = fs::OpenOptions::new().write(true).open(place.root().join(rel)).unwrap();
        file.set_len(1 << 30).unwrap();
        let Ok(store) = Store::open(&place.root(), &place.home()) else {
            assert!(rel.ends_with("config.toml"));
            continue;
        };
        assert!(store.sessions().unwrap().items.len() >= 5, "{rel}");
        assert!(store.timeline().unwrap().items.len() >= 5, "{rel}");
        let (session, _tape) = start(&store);
        store.finish_session(&ended(session), &Repo::default(), at(9)).unwrap();
        assert!(!store.verify().unwrap().findings.is_empty() || !rel.contains("-001"), "{rel}");
    }
}

#[test]
fn a_registry_that_is_a_gigabyte_long_or_damaged_keeps_no_session_from_ending() {
    let place = Place::new();
    let store = place.open();
    let path = place.home().join(".loghop/projects.toml");
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    assert!(Store::projects(&place.home()).is_err());
    let (session, _tape) = start(&store);
    let told = store.finish_session(&ended(session), &Repo::default(), at(9)).unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("the project registry"), "{told:?}");
    for damaged in [&b""[..], &[0xff, 0, 0xfe], b"[[project]]\nname = \"half"] {
        fs::write(&path, damaged).unwrap();
        let (session, _tape) = start(&store);
        let told = store.finish_session(&ended(session), &Repo::default(), at(9)).unwrap();
        assert_eq!(told, [""; 0]);
        assert_eq!(Store::projects(&place.home()).unwrap().len(), 1);
    }
}

#[test]
fn empty_and_binary_files_in_every_place_are_survived() {
    let place = Place::fixture("0.2.1");
    let store = place.open();
    let (session, _tape) = start(&store);
    store.finish_session(&ended(session), &Repo::default(), at(9)).unwrap();
    for path in super::files(&place.root().join(".loghop")) {
        if path.ends_with("integrity.key") || path.ends_with("project-id") {
            continue;
        }
        let whole = fs::read(&path).unwrap();
        for damaged in [&b""[..], &[0xff, 0, 0xfe, b'\n'], &whole[..whole.len() / 2]] {
            fs::write(&path, damaged).unwrap();
            let store = place.open();
            let at_least = if path.extension().is_some_and(|e| e == "md") { 6 } else { 7 };
            let found = store.sessions().unwrap().items.len();
            assert!(found >= at_least, "{}: {found}", path.display());
            assert!(store.timeline().unwrap().items.len() >= 6, "{}", path.display());
            let _ = store.verify().unwrap();
        }
        fs::write(&path, whole).unwrap();
    }
    let verification = place.open().verify().unwrap();
    assert_eq!(verification.findings, [], "all of it is put back");
}

#[test]
fn what_a_kill_left_of_files_that_were_written_is_removed_once_it_is_old() {
    let place = Place::new();
    let store = place.open();
    let ours = |n: u32| format!(".loghop-tmp-{n:016x}");
    let folders = ["", ".loghop", ".loghop/sessions", ".loghop/handoffs", ".loghop/topics"];
    for (n, folder) in folders.into_iter().enumerate() {
        fs::write(place.root().join(folder).join(ours(n as u32)), "half").unwrap();
    }
    fs::write(place.home().join(".loghop/keys").join(ours(9)), "half").unwrap();
    let others = [".loghop-tmp-12", ".loghop-tmp-000000000000000g", "loghop-tmp-0000000000000001"];
    for name in others {
        fs::write(place.root().join(".loghop").join(name), "mine").unwrap();
    }
    fs::create_dir(place.root().join(".loghop").join(ours(7))).unwrap();
    symlink("/etc/passwd", place.root().join(".loghop").join(ours(8))).unwrap();
    let now = Timestamp::now();
    let later = Timestamp::from_second(now.as_second() + 2 * 3600);
    assert_eq!(store.sweep(now).unwrap(), 0, "somebody may be writing them");
    assert_eq!(store.sweep(later).unwrap(), folders.len() + 1);
    assert_eq!(store.sweep(later).unwrap(), 0);
    for name in others.into_iter().map(str::to_owned).chain([ours(7), ours(8)]) {
        assert!(place.root().join(".loghop").join(&name).symlink_metadata().is_ok(), "{name}");
    }
}
