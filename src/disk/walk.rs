//! The way down to a file, one component at a time, so that no symlink is ever crossed.

use std::path::Path;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{self, Mode, OFlags};
use rustix::io::Errno;

use super::{Root, refusal};
use crate::error::{Error, Kind, Result};

impl Root {
    /// The open folder `rel` (empty: the root itself); `None` when it is missing.
    pub(super) fn dir(&self, rel: &str) -> Result<Option<OwnedFd>> {
        let mut path = self.path.clone();
        let mut dir = self.fd.try_clone()?;
        for part in rel.split('/').filter(|p| !p.is_empty()) {
            check_component(part, rel)?;
            path.push(part);
            dir = match open_dir(&dir, part) {
                Ok(dir) => dir,
                Err(Errno::NOENT) => return Ok(None),
                Err(errno) => return Err(refusal(errno, &path)),
            };
        }
        // A fresh description: reading a folder moves the position that clones share.
        if rel.is_empty() {
            dir = open_dir(&dir, ".").map_err(|e| refusal(e, &path))?;
        }
        Ok(Some(dir))
    }

    /// The open folder that holds `rel`, and its last component; `None` when it is missing.
    pub(super) fn parent<'a>(&self, rel: &'a str) -> Result<Option<(OwnedFd, &'a str)>> {
        let (folder, name) = rel.rsplit_once('/').unwrap_or(("", rel));
        check_component(name, rel)?;
        Ok(self.dir(folder)?.map(|dir| (dir, name)))
    }

    /// The same where a missing folder is an error.
    pub(super) fn existing_parent<'a>(&self, rel: &'a str) -> Result<(OwnedFd, &'a str)> {
        self.parent(rel)?.ok_or_else(|| {
            let folder = Path::new(rel).parent().unwrap_or(Path::new(""));
            Error::new(Kind::Io, "no such folder").at(self.path.join(folder))
        })
    }

    /// Opens an existing file; `None` when it, or a folder on the way, is missing.
    pub(super) fn open_file(&self, rel: &str, flags: OFlags) -> Result<Option<OwnedFd>> {
        let Some((dir, name)) = self.parent(rel)? else { return Ok(None) };
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match fs::openat(&dir, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(fd)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(refusal(errno, &self.absolute(rel))),
        }
    }
}

/// Opens the folder `name` inside `dir` unless it is a symlink.
pub(super) fn open_dir(dir: impl AsFd, name: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    fs::openat(dir, name, flags, Mode::empty())
}

/// Paths come from our own code, but also from fields of files: nothing climbs out.
fn check_component(part: &str, rel: &str) -> Result<()> {
    if part.is_empty() || part == "." || part == ".." || part.contains('\0') {
        return Err(Error::new(Kind::Io, "not a path inside the project").at(rel));
    }
    Ok(())
}
