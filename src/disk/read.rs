//! Reading within bounds: a regular file, at most so many bytes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fd::OwnedFd;
use rustix::fs;

use crate::clock::Timestamp;
use crate::error::{AtPath, Error, Kind, Result};

/// Permissions of group and others.
const OTHERS: u32 = 0o077;

/// Which file it is, whatever its name: a rename keeps it, a replacement changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// The device.
    pub device: u64,
    /// The inode on it.
    pub inode: u64,
}

/// A regular file, open for reading.
#[derive(Debug)]
pub struct Reader {
    file: File,
    path: PathBuf,
}

impl Reader {
    /// Takes an open descriptor; anything but a regular file is refused, since a pipe or device
    /// could block or never end.
    pub(super) fn from_fd(fd: OwnedFd, path: PathBuf) -> Result<Self> {
        let file = File::from(fd);
        if file.metadata().at(&path)?.is_file() {
            return Ok(Self { file, path });
        }
        Err(Error::new(Kind::Io, "not a regular file").at(path))
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its length now, in bytes.
    pub fn len(&self) -> Result<u64> {
        Ok(self.file.metadata().at(&self.path)?.len())
    }

    /// When its content last changed, where the system tells.
    pub fn modified(&self) -> Option<Timestamp> {
        let at = self.file.metadata().ok()?.modified().ok()?;
        let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(Timestamp::from_second(i64::try_from(since.as_secs()).ok()?))
    }

    /// Whether it holds nothing now.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// When it was last changed, in whatever way.
    pub fn changed(&self) -> Result<SystemTime> {
        let stat = fs::fstat(&self.file).at(&self.path)?;
        Ok(changed(&stat))
    }

    /// Which file it is.
    pub fn identity(&self) -> Result<Identity> {
        let stat = fs::fstat(&self.file).at(&self.path)?;
        Ok(identity(&stat))
    }

    /// Refuses a file that others than its owner can read or write.
    pub fn require_private(&self) -> Result<()> {
        let stat = fs::fstat(&self.file).at(&self.path)?;
        if stat.st_mode & OTHERS == 0 {
            return Ok(());
        }
        let shown = self.path.display();
        Err(Error::new(Kind::Io, "others can read or change this key")
            .at(&self.path)
            .hint(format!("make it yours alone: `chmod 600 {shown}`")))
    }

    /// Reads up to `buffer.len()` bytes from `offset`; fewer only at the end of the file.
    pub fn read_from(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.file.seek(SeekFrom::Start(offset)).at(&self.path)?;
        let mut filled = 0;
        while filled < buffer.len() {
            match self.file.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error).at(&self.path),
            }
        }
        Ok(filled)
    }

    /// Reads the rest of the file, which must not be longer than `max` bytes.
    pub fn read_all(self, max: u64) -> Result<Vec<u8>> {
        // With room for the whole file, and one byte to see that nothing follows, it is one read.
        let mut bytes = Vec::with_capacity(self.len()?.min(max) as usize + 1);
        self.file.take(max.saturating_add(1)).read_to_end(&mut bytes).at(&self.path)?;
        if bytes.len() as u64 > max {
            let message = format!("file is larger than {max} bytes");
            return Err(Error::new(Kind::Io, message).at(self.path));
        }
        Ok(bytes)
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Reader {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

/// The identity in what `stat` tells, whose integers differ between systems.
#[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "i32 on macOS")]
pub(super) fn identity(stat: &fs::Stat) -> Identity {
    Identity { device: stat.st_dev as u64, inode: stat.st_ino as u64 }
}

/// The time of the last change of any kind.
pub(super) fn changed(stat: &fs::Stat) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(stat.st_ctime.max(0) as u64, stat.st_ctime_nsec as u32)
}
