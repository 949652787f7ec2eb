//! The hands on the file system: links, limits, locks, and what a crash leaves.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use loghop::disk::{Access, EntryKind, Root, Verbatim, outside};
use loghop::redact::Redacted;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn reading_is_bounded_and_for_regular_files_only() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path()).unwrap();
    fs::write(dir.path().join("file"), "12345").unwrap();
    assert_eq!(root.read("file", 5).unwrap().unwrap(), b"12345");
    assert!(root.read("file", 4).unwrap_err().message.contains("larger than 4 bytes"));
    assert_eq!(root.read("none", 5).unwrap(), None);
    assert_eq!(root.read("no/folder", 5).unwrap(), None);

    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    assert_eq!(root.read("pipe", 5).unwrap_err().message, "not a regular file");
    assert_eq!(outside::read(&pipe, 5).unwrap_err().message, "not a regular file");
    let kinds: Vec<EntryKind> = root.list("").unwrap().iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [EntryKind::File, EntryKind::Other]);
}

#[test]
fn paths_never_leave_the_root() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("in/a")).unwrap();
    fs::write(dir.path().join("secret"), "s").unwrap();
    let root = Root::open(&dir.path().join("in")).unwrap();
    for path in ["../secret", "./x", "a/../../secret", "..", "", "a\0b"] {
        assert!(root.read(path, 9).is_err(), "{path:?}");
        assert!(root.write(path, &Redacted::plain("x")).is_err(), "{path:?}");
    }
    symlink(dir.path(), dir.path().join("in/link")).unwrap();
    assert!(root.read("link/secret", 9).is_err());
    assert!(root.append_line("link/secret", &Redacted::plain("x")).is_err());
    assert!(root.create_log("link/new").is_err());
    assert!(root.create_dir("link").is_err());
    assert!(root.lock("link/lock", Duration::ZERO).is_err());
    assert_eq!(fs::read_to_string(dir.path().join("secret")).unwrap(), "s");
}

#[test]
fn a_replaced_file_is_new_private_and_leaves_no_rubbish() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path()).unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let old = outside::identify(&path).unwrap();
    let mut open = outside::open(&path).unwrap().unwrap();
    root.write("file", &Redacted::plain("new text")).unwrap();
    assert_ne!(outside::identify(&path).unwrap(), old);
    assert_eq!(open.identity().unwrap(), old);
    let mut buffer = [0; 8];
    assert_eq!(open.read_from(1, &mut buffer).unwrap(), 2, "readers keep what they opened");
    assert_eq!((mode(&path), fs::read_to_string(&path).unwrap()), (0o600, "new text".into()));

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    root.write_verbatim("file", Verbatim(b"shared"), Access::Shared).unwrap();
    assert_eq!(mode(&path), 0o640);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_torn_last_line_is_ended_first() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path()).unwrap();
    root.append_line("log", &Redacted::plain("one")).unwrap();
    root.append_line("log", &Redacted::plain("two")).unwrap();
    let path = dir.path().join("log");
    fs::write(&path, "one\ntw").unwrap();
    root.append_line("log", &Redacted::plain("three")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntw\nthree\n");
    root.append_line("new", &Redacted::plain("x")).unwrap();
    assert_eq!(mode(&dir.path().join("new")), 0o600);
}

#[test]
fn a_log_is_locked_as_long_as_it_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path()).unwrap();
    assert!(!root.is_locked("log").unwrap());
    let mut log = root.create_log("log").unwrap();
    assert!(root.is_locked("log").unwrap());
    assert!(root.create_log("log").is_err());
    log.write(&Redacted::plain("abc")).unwrap();
    log.sync().unwrap();
    assert_eq!(log.len(), 3);
    assert_eq!((mode(log.path()), fs::metadata(log.path()).unwrap().size()), (0o600, 3));
    drop(log);
    assert!(!root.is_locked("log").unwrap());
}

#[test]
fn damaged_files_are_set_aside_under_names_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path()).unwrap();
    for expected in ["f.damaged", "f.damaged-2", "f.damaged-3"] {
        root.write("f", &Redacted::plain("x")).unwrap();
        assert_eq!(root.set_aside("f").unwrap(), expected);
    }
    assert!(!root.exists("f").unwrap());
    assert!(root.remove_file("f.damaged").unwrap());
    assert!(!root.remove_file("f.damaged").unwrap());
}

/// A full disk, as Linux offers it to tests: every write to this device fails with ENOSPC.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_path() {
    let error = outside::append(Path::new("/dev/full"), Verbatim(b"x")).unwrap_err();
    assert!(error.message.contains("no space left"), "{error}");
    assert_eq!(error.path.as_deref(), Some(Path::new("/dev/full")));
}

/// Set when the test below runs itself: the umask belongs to a whole process.
const UMASK: &str = "LOGHOP_TEST_UMASK";

#[test]
fn folders_and_files_are_usable_and_private_whatever_the_umask() {
    if let Some(dir) = std::env::var_os(UMASK) {
        let root = Root::open(Path::new(&dir)).unwrap();
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o777));
        root.create_dir("folder").unwrap();
        root.write("folder/file", &Redacted::plain("x")).unwrap();
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let name = "disk::folders_and_files_are_usable_and_private_whatever_the_umask";
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", name]).env(UMASK, dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(mode(&dir.path().join("folder")), 0o700);
    assert_eq!(mode(&dir.path().join("folder/file")), 0o600);
}
