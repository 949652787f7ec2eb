//! Files that are not loghop's: providers' transcripts, the user's configuration. Users do keep
//! these behind symlinks, so this door follows them.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use rustix::fs::{self, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::read::identity;
use super::{Entry, Identity, Reader, Verbatim, list_dir};
use crate::error::{AtPath, Result};

/// Opens a regular file for reading; `None` when there is none.
pub fn open(path: &Path) -> Result<Option<Reader>> {
    // Without NONBLOCK, opening a pipe would wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match fs::open(path, flags, Mode::empty()) {
        Ok(fd) => Reader::from_fd(fd, path.to_owned()).map(Some),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(errno) => Err(errno).at(path),
    }
}

/// Reads a whole file of at most `max` bytes; `None` when there is none.
pub fn read(path: &Path, max: u64) -> Result<Option<Vec<u8>>> {
    open(path)?.map(|reader| reader.read_all(max)).transpose()
}

/// What a folder holds, sorted by name; nothing when there is no such folder.
pub fn list(path: &Path) -> Result<Vec<Entry>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match fs::open(path, flags, Mode::empty()) {
        Ok(dir) => list_dir(&dir, |_| true).at(path),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(Vec::new()),
        Err(errno) => Err(errno).at(path),
    }
}

/// Which file a path leads to; `None` when it leads nowhere.
pub fn identify(path: &Path) -> Option<Identity> {
    fs::stat(path).ok().as_ref().map(identity)
}

/// The path without symlinks and `..`; `None` when it leads nowhere.
pub fn resolve(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// Whether the path leads to a folder.
pub fn is_dir(path: &Path) -> bool {
    path.is_dir()
}

/// Whether something has this name, even a link that leads nowhere.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Makes a folder and its parents with the permissions that the umask leaves.
pub fn create_dirs(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).at(path)
}

/// A file that is open for writing, and locked when that was asked for, until this is dropped.
#[derive(Debug)]
pub struct Held {
    _file: File,
}

/// Opens a file for appending and keeps it open.
pub fn hold(path: &Path, locked: bool) -> Result<Held> {
    let file = OpenOptions::new().append(true).create(true).open(path).at(path)?;
    if locked {
        fs::flock(&file, FlockOperation::NonBlockingLockExclusive).at(path)?;
    }
    Ok(Held { _file: file })
}

/// Writes a file of the user's or a provider's, in place.
pub fn write(path: &Path, bytes: Verbatim<'_>) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this is the room that it points to")]
    File::create(path).and_then(|mut file| file.write_all(bytes.0)).at(path)
}

/// Appends to such a file, which is created when it is missing.
pub fn append(path: &Path, bytes: Verbatim<'_>) -> Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(bytes.0)).at(path)
}
