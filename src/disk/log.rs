//! Append-only files: single lines of a shared log, and the tape of one run.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{self, FlockOperation, OFlags};
use rustix::io::retry_on_intr;

use super::steps::{Step, step};
use super::{PRIVATE_FILE, Root, refusal};
use crate::error::{AtPath, Result};
use crate::redact::Redacted;

/// An append-only private file of one writer, exclusively locked while it is open: as long as
/// the lock is held, its writer is alive.
#[derive(Debug)]
pub struct PrivateLog {
    file: File,
    path: PathBuf,
    len: u64,
    /// The folder, until the file's name is on the disk too.
    dir: Option<OwnedFd>,
}

impl PrivateLog {
    pub(super) fn create(root: &Root, rel: &str) -> Result<Self> {
        let path = root.absolute(rel);
        let (dir, name) = root.existing_parent(rel)?;
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        step(Step::Create).at(&path)?;
        let fd = fs::openat(&dir, name, flags, PRIVATE_FILE).map_err(|e| refusal(e, &path))?;
        fs::fchmod(&fd, PRIVATE_FILE).at(&path)?;
        // Nobody keeps a lock on a new file; somebody may look at it for a moment.
        retry_on_intr(|| fs::flock(&fd, FlockOperation::LockExclusive)).at(&path)?;
        Ok(Self { file: File::from(fd), path, len: 0, dir: Some(dir) })
    }

    /// Appends; after a failure the file ends where it ended before, as far as the disk allows.
    pub fn write(&mut self, text: &Redacted) -> Result<()> {
        if let Err(error) = self.file.write_all_at(text.as_bytes(), self.len) {
            let _ = fs::ftruncate(&self.file, self.len);
            return Err(error).at(&self.path);
        }
        self.len += text.as_bytes().len() as u64;
        Ok(())
    }

    /// Reads from `at` on what was written; tells how much of `into` that was.
    pub fn read(&self, at: u64, into: &mut [u8]) -> Result<usize> {
        retry_on_intr(|| rustix::io::pread(&self.file, &mut *into, at)).at(&self.path)
    }

    /// Writes `text` over what stands at `at`, which must be as long.
    pub fn cover(&mut self, at: u64, text: &Redacted) -> Result<()> {
        self.file.write_all_at(text.as_bytes(), at).at(&self.path)
    }

    /// Waits until what was written is on the disk.
    pub fn sync(&mut self) -> Result<()> {
        self.file.sync_data().at(&self.path)?;
        if let Some(dir) = &self.dir {
            fs::fsync(dir).at(&self.path)?;
            self.dir = None;
        }
        Ok(())
    }

    /// Bytes written.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Appends whole lines to `rel`, and waits until they are on the disk where `durable`. A last line
/// that a crash tore is ended first, so that the new ones stand alone; when the disk is full the
/// file is as it was.
pub(super) fn append(root: &Root, rel: &str, lines: &[u8], durable: bool) -> Result<()> {
    let path = root.absolute(rel);
    let (dir, name) = root.existing_parent(rel)?;
    let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    step(Step::Create).at(&path)?;
    let fd = fs::openat(&dir, name, flags, PRIVATE_FILE).map_err(|e| refusal(e, &path))?;
    let mut file = File::from(fd);
    let len = file.metadata().at(&path)?.len();
    if len == 0 {
        // It may be new, and then the umask has had its say.
        fs::fchmod(&file, PRIVATE_FILE).at(&path)?;
    }
    let mut bytes = Vec::with_capacity(lines.len() + 1);
    if len > 0 && last_byte(&mut file, len).at(&path)? != b'\n' {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(lines);
    if let Err(error) = write_and_sync(&mut file, &bytes, durable) {
        if step(Step::Write).is_ok() {
            let _ = fs::ftruncate(&file, len);
        }
        return Err(error).at(&path);
    }
    if len == 0 && durable {
        step(Step::Sync).at(&path)?;
        fs::fsync(&dir).at(&path)?;
    }
    Ok(())
}

fn write_and_sync(file: &mut File, bytes: &[u8], durable: bool) -> std::io::Result<()> {
    step(Step::Write)?;
    file.write_all(bytes)?;
    if durable {
        step(Step::Sync)?;
        file.sync_data()?;
    }
    Ok(())
}

fn last_byte(file: &mut File, len: u64) -> std::io::Result<u8> {
    let mut byte = [0];
    file.seek(SeekFrom::Start(len - 1))?;
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}
