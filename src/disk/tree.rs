//! Whole folders: what is in them, put in each other's place, removed.

use rustix::fs::{self, AtFlags, RenameFlags};

use super::steps::{Step, step};
use super::{Entry, EntryKind, Root, refusal};
use crate::error::{AtPath, Error, Kind, Result};

/// How deep folders may lie in each other: ours are three deep.
const DEPTH_MAX: usize = 32;

impl Root {
    /// Every file below `rel`, by its path, in order. A symlink, pipe or device among them is an
    /// error.
    pub fn tree(&self, rel: &str) -> Result<Vec<(String, Entry)>> {
        let mut found = Vec::new();
        self.walk(rel, 0, &mut |path, entry| {
            match entry.kind {
                EntryKind::Dir => {}
                EntryKind::File => found.push((path, entry)),
                EntryKind::Other => {
                    let told = Error::new(Kind::Io, "neither a file nor a folder");
                    return Err(told.at(self.absolute(&path)).hint("remove it and run it again"));
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Removes a folder with everything in it; links are removed, never followed.
    pub fn remove_tree(&self, rel: &str) -> Result<()> {
        self.walk(rel, 0, &mut |path, entry| self.remove(&path, entry.kind))?;
        if self.exists(rel)? { self.remove(rel, EntryKind::Dir) } else { Ok(()) }
    }

    /// Gives a file or folder another name, under which nothing may be.
    pub fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.rename_with(from, to, RenameFlags::NOREPLACE)
    }

    /// Gives a file a second name, under which nothing may be.
    pub fn link(&self, from: &str, to: &str) -> Result<()> {
        let path = self.absolute(to);
        let (from_dir, from) = self.existing_parent(from)?;
        let (to_dir, to) = self.existing_parent(to)?;
        step(Step::Create).at(&path)?;
        fs::linkat(&from_dir, from, &to_dir, to, AtFlags::empty()).map_err(|e| refusal(e, &path))
    }

    /// Puts two files or folders in each other's place, in one step.
    pub fn exchange(&self, one: &str, other: &str) -> Result<()> {
        self.rename_with(one, other, RenameFlags::EXCHANGE)
    }

    fn rename_with(&self, from: &str, to: &str, flags: RenameFlags) -> Result<()> {
        let path = self.absolute(from);
        let (from_dir, from) = self.existing_parent(from)?;
        let (to_dir, to) = self.existing_parent(to)?;
        step(Step::Rename).at(&path)?;
        fs::renameat_with(&from_dir, from, &to_dir, to, flags).map_err(|e| refusal(e, &path))?;
        step(Step::Sync).at(&path)?;
        fs::fsync(&to_dir).at(&path)
    }

    fn remove(&self, rel: &str, kind: EntryKind) -> Result<()> {
        let path = self.absolute(rel);
        let (dir, name) = self.existing_parent(rel)?;
        let flags = if kind == EntryKind::Dir { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        step(Step::Remove).at(&path)?;
        fs::unlinkat(&dir, name, flags).at(&path)
    }

    /// Calls `each` with everything below `rel`, what a folder holds before the folder itself.
    fn walk(
        &self,
        rel: &str,
        depth: usize,
        each: &mut dyn FnMut(String, Entry) -> Result<()>,
    ) -> Result<()> {
        if depth > DEPTH_MAX {
            let told = Error::new(Kind::Io, "folders lie too deep in each other");
            return Err(told.at(self.absolute(rel)));
        }
        for entry in self.list(rel)? {
            let path = format!("{rel}/{}", entry.name);
            if entry.kind == EntryKind::Dir {
                self.walk(&path, depth + 1, each)?;
            }
            each(path, entry)?;
        }
        Ok(())
    }
}

/// Waits until everything that anybody wrote is on the disk.
pub fn sync() {
    fs::sync();
}
