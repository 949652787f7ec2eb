//! Hands on the file system: the only room that opens, writes or removes files.
//!
//! Everything of loghop's own is reached through a [`Root`] and opened one path component at a
//! time with `O_NOFOLLOW`, so that a symlink planted anywhere in `.loghop/` is refused instead of
//! followed. There are two doors for writing: [`Redacted`] for what loghop says about sessions,
//! and [`Verbatim`] for what must stay byte for byte (keys, the user's own files); a test lists
//! who uses the second. Files of others, which users do symlink, go through [`outside`].

mod log;
pub mod outside;
mod read;
mod replace;
pub(crate) mod steps;
mod tree;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rustix::fd::OwnedFd;
use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

pub use self::log::PrivateLog;
pub use self::read::{Identity, Reader};
pub use self::replace::{Access, PrivateWriter, is_temporary};
use self::steps::{Step, step};
pub use self::tree::sync;
use crate::error::{AtPath, Error, Kind, Result};
use crate::redact::Redacted;

/// Permissions of our files: nobody else reads them.
const PRIVATE_FILE: Mode = Mode::from_raw_mode(0o600);
/// Permissions of our folders.
const PRIVATE_DIR: Mode = Mode::from_raw_mode(0o700);
/// How often a busy lock is tried again: often enough to feel immediate, rare enough to cost
/// nothing.
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// Bytes of what a lock's holder says about itself.
const HOLDER_MAX: u64 = 4 << 10;

/// Bytes that go to disk as they are. Every use is listed in `tests/tidy.rs`.
#[derive(Debug, Clone, Copy)]
pub struct Verbatim<'a>(pub &'a [u8]);

/// What a folder holds under one name.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name; names that are not UTF-8 are left out of listings.
    pub name: String,
    /// What it is; a symlink counts as `Other`.
    pub kind: EntryKind,
    /// Length in bytes.
    pub len: u64,
    /// When it was last written, or its name or permissions were changed: unlike the time that
    /// programs can set, this one cannot be put back.
    pub changed: SystemTime,
    /// Its number on the disk: a file that takes another one's place has its own.
    pub inode: u64,
}

/// What an [`Entry`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symlink, pipe, socket or device.
    Other,
}

/// A folder that was opened once; paths relative to it never leave it and never cross a symlink.
#[derive(Debug, Clone)]
pub struct Root {
    path: PathBuf,
    fd: Arc<OwnedFd>,
}

/// An exclusive lock between processes, held until it is dropped.
#[derive(Debug)]
pub struct Lock(OwnedFd);

impl Root {
    /// Opens the folder at `path`, which itself may be reached through symlinks: it is what the
    /// user named.
    pub fn open(path: &Path) -> Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = fs::open(path, flags, Mode::empty()).at(path)?;
        Ok(Self { path: path.to_owned(), fd: Arc::new(fd) })
    }

    /// The path that it was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The absolute path of `rel`, for messages and for programs that we start.
    pub fn absolute(&self, rel: &str) -> PathBuf {
        self.path.join(rel)
    }

    /// What has this name, without opening it; `None` when nothing has.
    pub fn entry(&self, rel: &str) -> Result<Option<Entry>> {
        let Some((dir, name)) = self.parent(rel)? else { return Ok(None) };
        match fs::statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(entry_of(name.to_owned(), &stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno).at(&self.absolute(rel)),
        }
    }

    /// Reads a whole file; `None` when there is none. More than `max` bytes is an error.
    pub fn read(&self, rel: &str, max: u64) -> Result<Option<Vec<u8>>> {
        self.reader(rel)?.map(|reader| reader.read_all(max)).transpose()
    }

    /// Reads a whole file as text; bytes that are not UTF-8 become U+FFFD.
    pub fn read_text(&self, rel: &str, max: u64) -> Result<Option<String>> {
        let bytes = self.read(rel, max)?;
        Ok(bytes.map(|b| String::from_utf8_lossy(&b).into_owned()))
    }

    /// Opens a file for reading; `None` when there is none.
    pub fn reader(&self, rel: &str) -> Result<Option<Reader>> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        match self.open_file(rel, flags)? {
            Some(fd) => Reader::from_fd(fd, self.absolute(rel))
                .map_err(|error| error.hint("move what is there away and run it again"))
                .map(Some),
            None => Ok(None),
        }
    }

    /// Whether there is a folder under this name; a symlink is refused.
    pub fn is_dir(&self, rel: &str) -> Result<bool> {
        Ok(self.dir(rel)?.is_some())
    }

    /// Whether there is something under this name, of whatever kind.
    pub fn exists(&self, rel: &str) -> Result<bool> {
        let Some((dir, name)) = self.parent(rel)? else { return Ok(false) };
        match fs::statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno).at(&self.absolute(rel)),
        }
    }

    /// Replaces or creates a private file: whatever kills us, the old text or the new one is
    /// there, whole.
    pub fn write(&self, rel: &str, text: &Redacted) -> Result<()> {
        replace::replace(self, rel, text.as_bytes(), Access::Private)
    }

    /// The same for bytes that must stay as they are.
    pub fn write_verbatim(&self, rel: &str, bytes: Verbatim<'_>, access: Access) -> Result<()> {
        replace::replace(self, rel, bytes.0, access)
    }

    /// Replaces a private file without waiting for its new name: after a power cut the old bytes or
    /// the new ones are there, whole, and both are right.
    pub fn write_either(&self, rel: &str, bytes: Verbatim<'_>) -> Result<()> {
        replace::replace_either(self, rel, bytes.0, Access::Private)
    }

    /// Replaces a private file without waiting for the disk: for what can be made again.
    pub fn write_lazily(&self, rel: &str, text: &Redacted) -> Result<()> {
        replace::replace_lazily(self, rel, text.as_bytes(), Access::Private)
    }

    /// The same for bytes that must stay as they are.
    pub fn write_verbatim_lazily(&self, rel: &str, bytes: Verbatim<'_>) -> Result<()> {
        replace::replace_lazily(self, rel, bytes.0, Access::Private)
    }

    /// Replaces a private file by one that is written piece by piece.
    pub fn writer(&self, rel: &str) -> Result<PrivateWriter> {
        PrivateWriter::create(self, rel)
    }

    /// Appends one line (given without its newline) and waits until it is on the disk.
    pub fn append_line(&self, rel: &str, line: &Redacted) -> Result<()> {
        let mut line = line.clone();
        line.push_plain("\n");
        log::append(self, rel, line.as_bytes(), true)
    }

    /// The same without waiting for the disk.
    pub fn append_line_lazily(&self, rel: &str, line: &Redacted) -> Result<()> {
        let mut line = line.clone();
        line.push_plain("\n");
        log::append(self, rel, line.as_bytes(), false)
    }

    /// Appends whole lines as they are; `durable` waits until they are on the disk.
    pub fn append(&self, rel: &str, lines: Verbatim<'_>, durable: bool) -> Result<()> {
        log::append(self, rel, lines.0, durable)
    }

    /// Creates an append-only private file that must not exist yet, locked while it is open.
    pub fn create_log(&self, rel: &str) -> Result<PrivateLog> {
        PrivateLog::create(self, rel)
    }

    /// Whether some process holds the lock of this file; `false` when there is no file.
    pub fn is_locked(&self, rel: &str) -> Result<bool> {
        let Some(fd) = self.open_file(rel, OFlags::RDONLY | OFlags::NONBLOCK)? else {
            return Ok(false);
        };
        match fs::flock(&fd, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(false),
            Err(Errno::WOULDBLOCK) => Ok(true),
            Err(errno) => Err(errno).at(&self.absolute(rel)),
        }
    }

    /// Takes the lock file `rel`, waiting up to `wait`; `None` when another process kept it. A
    /// process that dies gives it back, so a stale one cannot exist.
    pub fn lock(&self, rel: &str, wait: Duration) -> Result<Option<Lock>> {
        let path = self.absolute(rel);
        let (dir, name) = self.existing_parent(rel)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = fs::openat(&dir, name, flags, PRIVATE_FILE).map_err(|e| refusal(e, &path))?;
        let deadline = Instant::now() + wait;
        loop {
            match fs::flock(&fd, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Some(Lock(fd))),
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) if Instant::now() < deadline => {
                    std::thread::sleep(LOCK_RETRY);
                }
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(errno) => return Err(errno).at(&path),
            }
        }
    }

    /// Takes a lock file that says who holds it, such as `4711 loghop run`. When another process
    /// kept it all the time, the error is what that process wrote.
    pub fn lock_as(&self, rel: &str, holder: &str, wait: Duration) -> Result<Result<Lock, String>> {
        let Some(lock) = self.lock(rel, wait)? else {
            let holder = self.read_text(rel, HOLDER_MAX).ok().flatten();
            return Ok(Err(holder.unwrap_or_default().trim().to_owned()));
        };
        // Who holds it is a help for others: a full disk must not stop work here.
        let line = format!("{holder}\n");
        let _ = fs::ftruncate(&lock.0, 0);
        let _ = rustix::io::pwrite(&lock.0, line.as_bytes(), 0);
        Ok(Ok(lock))
    }

    /// Makes a folder with permissions 0700, whatever the umask; its parent must exist. A folder
    /// that is there already is left as it is.
    pub fn create_dir(&self, rel: &str) -> Result<()> {
        let path = self.absolute(rel);
        let (dir, name) = self.existing_parent(rel)?;
        step(Step::Create).at(&path)?;
        match fs::mkdirat(&dir, name, PRIVATE_DIR) {
            Ok(()) => {
                let made = walk::open_dir(&dir, name).map_err(|e| refusal(e, &path))?;
                fs::fchmod(&made, PRIVATE_DIR).at(&path)?;
                fs::fsync(&dir).at(&path)
            }
            Err(Errno::EXIST) => match walk::open_dir(&dir, name) {
                Ok(_) => Ok(()),
                Err(errno) => Err(refusal(errno, &path)),
            },
            Err(errno) => Err(errno).at(&path),
        }
    }

    /// What a folder holds, sorted by name; nothing when there is no such folder.
    pub fn list(&self, rel: &str) -> Result<Vec<Entry>> {
        self.list_where(rel, |_| true)
    }

    /// The same for the names that `keep` keeps: the others are not even looked at.
    pub fn list_where(&self, rel: &str, keep: impl Fn(&str) -> bool) -> Result<Vec<Entry>> {
        match self.dir(rel)? {
            Some(dir) => list_dir(&dir, keep).at(&self.absolute(rel)),
            None => Ok(Vec::new()),
        }
    }

    /// Calls `each` with the names in a folder, in no order, whatever they are of.
    pub fn each_name(&self, rel: &str, each: impl FnMut(&str)) -> Result<()> {
        match self.dir(rel)? {
            Some(dir) => each_name_in(&dir, each).at(&self.absolute(rel)),
            None => Ok(()),
        }
    }

    /// Removes a file; `false` when there was none.
    pub fn remove_file(&self, rel: &str) -> Result<bool> {
        let Some((dir, name)) = self.parent(rel)? else { return Ok(false) };
        step(Step::Remove).at(&self.absolute(rel))?;
        match fs::unlinkat(&dir, name, AtFlags::empty()) {
            Ok(()) => fs::fsync(&dir).at(&self.absolute(rel)).map(|()| true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno).at(&self.absolute(rel)),
        }
    }

    /// Moves a damaged file out of the way, beside itself, so that nothing of it is lost. Returns
    /// its new name.
    pub fn set_aside(&self, rel: &str) -> Result<String> {
        let path = self.absolute(rel);
        let (dir, name) = self.existing_parent(rel)?;
        let mut aside = format!("{name}.damaged");
        let mut number = 1;
        while fs::statat(&dir, &aside, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
            number += 1;
            aside = format!("{name}.damaged-{number}");
        }
        step(Step::Rename).at(&path)?;
        fs::renameat(&dir, name, &dir, &aside).at(&path)?;
        fs::fsync(&dir).at(&path)?;
        Ok(aside)
    }
}

/// Says what a failed open means to a person: a symlink is refused, the rest is the system's word.
fn refusal(errno: Errno, path: &Path) -> Error {
    // A symlink where a folder is expected is ENOTDIR on Linux and ELOOP elsewhere.
    let is_link = matches!(errno, Errno::LOOP | Errno::NOTDIR | Errno::MLINK)
        && path.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink());
    if is_link {
        return Error::new(Kind::Io, "refusing to follow a symlink")
            .at(path)
            .hint("loghop keeps its files in real folders; remove the link and run it again");
    }
    let told = Error::from(std::io::Error::from(errno)).at(path);
    if errno == Errno::NOTDIR {
        return told.hint("loghop keeps a folder there; move what is there away and run it again");
    }
    told
}

fn each_name_in(dir: &OwnedFd, mut each: impl FnMut(&str)) -> std::io::Result<()> {
    for entry in fs::Dir::read_from(dir)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().to_str()
            && name != "."
            && name != ".."
        {
            each(name);
        }
    }
    Ok(())
}

fn list_dir(dir: &OwnedFd, keep: impl Fn(&str) -> bool) -> std::io::Result<Vec<Entry>> {
    let mut names = Vec::new();
    each_name_in(dir, |name| names.extend(keep(name).then(|| name.to_owned())))?;
    names.sort_unstable();
    // Another process may remove one between the two calls.
    let entries = names.into_iter().filter_map(|name| {
        let stat = fs::statat(dir, &name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(entry_of(name, &stat))
    });
    Ok(entries.collect())
}

fn entry_of(name: String, stat: &fs::Stat) -> Entry {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Dir,
        _ => EntryKind::Other,
    };
    let len = stat.st_size.max(0) as u64;
    let inode = read::identity(stat).inode;
    Entry { name, kind, len, changed: read::changed(stat), inode }
}
