//! Atomic replacement: temporary file beside the target, fsync, rename, fsync of the folder.
//!
//! A kill at any instruction leaves the old file or the new one. What a kill leaves behind
//! besides is a temporary file whose name starts with [`TEMP_PREFIX`].

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use rustix::fd::OwnedFd;
use rustix::fs::{self, AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::steps::{Step, step};
use super::{PRIVATE_FILE, Root, Verbatim, refusal};
use crate::error::{AtPath, Error, Kind, Result};
use crate::redact::Redacted;

/// Temporary files start with this, so that they are recognised as rubbish after a crash.
const TEMP_PREFIX: &str = ".loghop-tmp-";
/// Digits behind it: 64 random bits.
const TEMP_DIGITS: usize = 16;
/// Names tried before giving up: with 64 random bits a second one means a broken generator.
const TEMP_ATTEMPTS: u32 = 8;

/// Who may read a file that we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner: 0600.
    Private,
    /// Whoever could read the file that it replaces; a new one follows the umask.
    Shared,
}

/// A private file that is written piece by piece and appears under its name on [`Self::commit`].
/// Dropped before that, it leaves nothing.
#[derive(Debug)]
pub struct PrivateWriter(Temporary);

impl PrivateWriter {
    pub(super) fn create(root: &Root, rel: &str) -> Result<Self> {
        Temporary::create(root, rel, Access::Private).map(Self)
    }

    /// Adds to the file.
    pub fn write(&mut self, text: &Redacted) -> Result<()> {
        self.0.write(text.as_bytes())
    }

    /// The same for bytes that must stay as they are.
    pub fn write_verbatim(&mut self, bytes: Verbatim<'_>) -> Result<()> {
        self.0.write(bytes.0)
    }

    /// Makes it the file of its name, without waiting for the disk.
    pub fn commit_lazily(mut self) -> Result<()> {
        self.0.flush()?;
        self.0.rename()
    }

    /// Makes it the file of its name, on the disk.
    pub fn commit(self) -> Result<()> {
        self.0.commit()
    }
}

/// Writes `bytes` as the whole new content of `rel`.
pub(super) fn replace(root: &Root, rel: &str, bytes: &[u8], access: Access) -> Result<()> {
    let mut file = Temporary::create(root, rel, access)?;
    file.write(bytes)?;
    file.commit()
}

/// The same without waiting for the new name: the old content or the new one is there after a power
/// cut, whole, for what is right with either.
pub(super) fn replace_either(root: &Root, rel: &str, bytes: &[u8], access: Access) -> Result<()> {
    let mut file = Temporary::create(root, rel, access)?;
    file.write(bytes)?;
    file.sync()?;
    file.rename()
}

/// The same without waiting for the disk: for what can be made again.
pub(super) fn replace_lazily(root: &Root, rel: &str, bytes: &[u8], access: Access) -> Result<()> {
    let mut file = Temporary::create(root, rel, access)?;
    file.write(bytes)?;
    file.flush()?;
    file.rename()
}

#[derive(Debug)]
struct Temporary {
    file: BufWriter<File>,
    dir: OwnedFd,
    temp: String,
    name: String,
    path: PathBuf,
    renamed: bool,
}

impl Temporary {
    fn create(root: &Root, rel: &str, access: Access) -> Result<Self> {
        let path = root.absolute(rel);
        let (dir, name) = root.existing_parent(rel)?;
        let mode = mode_for(&dir, name, access).map_err(|errno| refusal(errno, &path))?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        step(Step::Create).at(&path)?;
        for _ in 0..TEMP_ATTEMPTS {
            let temp = temp_name()?;
            match fs::openat(&dir, &temp, flags, mode.at_creation) {
                Ok(fd) => {
                    let file = BufWriter::new(File::from(fd));
                    let name = name.to_owned();
                    let made = Self { file, dir, temp, name, path, renamed: false };
                    if let Some(exact) = mode.exact {
                        fs::fchmod(made.file.get_ref(), exact).at(&made.path)?;
                    }
                    return Ok(made);
                }
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(refusal(errno, &path)),
            }
        }
        Err(Error::new(Kind::Io, "no free name for a temporary file").at(path))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).at(&self.path)
    }

    fn commit(mut self) -> Result<()> {
        self.sync()?;
        self.rename()?;
        step(Step::Sync).at(&self.path)?;
        fs::fsync(&self.dir).at(&self.path)
    }

    fn sync(&mut self) -> Result<()> {
        self.flush()?;
        step(Step::Sync).at(&self.path)?;
        fs::fsync(self.file.get_ref()).at(&self.path)
    }

    fn flush(&mut self) -> Result<()> {
        step(Step::Write).at(&self.path)?;
        self.file.flush().at(&self.path)
    }

    fn rename(&mut self) -> Result<()> {
        step(Step::Rename).at(&self.path)?;
        fs::renameat(&self.dir, &self.temp, &self.dir, &self.name).at(&self.path)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed && step(Step::Remove).is_ok() {
            // Nothing can be done about a failure here; the name says what it is.
            let _ = fs::unlinkat(&self.dir, &self.temp, AtFlags::empty());
        }
    }
}

/// Permissions of a new file: those that `open` gets, less the umask, and those set afterwards.
struct NewMode {
    at_creation: Mode,
    exact: Option<Mode>,
}

fn mode_for(dir: &OwnedFd, name: &str, access: Access) -> Result<NewMode, Errno> {
    if access == Access::Private {
        return Ok(NewMode { at_creation: PRIVATE_FILE, exact: Some(PRIVATE_FILE) });
    }
    match fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        // Replacing a link by a file would take the user's arrangement apart.
        Ok(stat) if fs::FileType::from_raw_mode(stat.st_mode).is_symlink() => Err(Errno::LOOP),
        Ok(stat) => Ok(NewMode {
            at_creation: PRIVATE_FILE,
            exact: Some(Mode::from_raw_mode(stat.st_mode)),
        }),
        Err(Errno::NOENT) => Ok(NewMode { at_creation: Mode::from_raw_mode(0o666), exact: None }),
        Err(errno) => Err(errno),
    }
}

/// Whether a file of this name was being written: what a kill leaves of it is of no use.
pub fn is_temporary(name: &str) -> bool {
    let number = name.strip_prefix(TEMP_PREFIX).unwrap_or_default();
    number.len() == TEMP_DIGITS && number.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn temp_name() -> Result<String> {
    let number = getrandom::u64().map_err(|e| Error::new(Kind::Io, e.to_string()))?;
    Ok(format!("{TEMP_PREFIX}{number:016x}"))
}
