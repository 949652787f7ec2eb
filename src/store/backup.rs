//! Backups: the project as one archive, and back. Putting one back is all or nothing: it is
//! unpacked beside the project, and the two change places in one step.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::archive::{self, Packer};
use super::chain::{Durability, Entry, History, Op};
use super::{Store, layout, take_lock};
use crate::clock::Timestamp;
use crate::disk::{Access, PrivateWriter, Reader, Root, Verbatim, outside};
use crate::error::{Error, Kind, Result};

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where it is.
    pub path: PathBuf,
    /// Files in it.
    pub files: usize,
}

/// A backup that was put back.
#[derive(Debug)]
pub struct Restored {
    /// The project as it is now.
    pub store: Store,
    /// Files that were put back.
    pub files: usize,
    /// What was there before, where there was something.
    pub before: Option<PathBuf>,
}

impl Store {
    /// Packs the project into `output`, by default a file of its own in `.loghop/backups`. An
    /// existing file of that name is replaced.
    pub fn back_up(&self, output: Option<&Path>, now: Timestamp) -> Result<Backup> {
        let _lock = self.lock()?;
        match output {
            Some(path) => self.pack_to(path),
            None => self.pack("loghop-backup", now),
        }
    }

    /// Packs the project into its own folder. The caller holds the lock.
    pub(super) fn pack(&self, prefix: &str, now: Timestamp) -> Result<Backup> {
        self.files.create_dir(layout::BACKUPS)?;
        let stamp = now.to_string().replace([':', '-'], "");
        let rel = format!("{}/{prefix}-{stamp}.tar.gz", layout::BACKUPS);
        let files = self.pack_into(self.files.writer(&rel)?)?;
        Ok(Backup { path: self.files.absolute(&rel), files })
    }

    fn pack_to(&self, path: &Path) -> Result<Backup> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Error::invalid("not a name for a file").at(path))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = Root::open(folder.unwrap_or(Path::new(".")))?;
        let files = self.pack_into(folder.writer(name)?)?;
        Ok(Backup { path: path.to_owned(), files })
    }

    fn pack_into(&self, writer: PrivateWriter) -> Result<usize> {
        let mut packer = Packer::new(Out(writer));
        let mut files = 0;
        let tree = self.files.tree(layout::DIR)?.into_iter().map(|(path, _)| path);
        for path in tree.chain([layout::MEMORY.to_owned()]).filter(|path| archive::is_ours(path)) {
            if let Some(reader) = self.files.reader(&path)? {
                packer.add(&path, reader.len()?, reader)?;
                files += 1;
            }
        }
        packer.finish()?.0.commit()?;
        Ok(files)
    }

    /// Puts the project at `root` back as `archive` has it. What was there is kept as a backup.
    pub fn restore(root: &Path, home: &Path, archive: &Path, now: Timestamp) -> Result<Restored> {
        let mut packed =
            outside::open(archive)?.ok_or_else(|| Error::invalid("no such archive").at(archive))?;
        // All of it is looked at before the first byte is written.
        read_archive(&mut packed, |_, _| Ok(()))?;
        let root = outside::resolve(root).unwrap_or_else(|| root.to_owned());
        let files = Root::open(&root)?;
        finish_restore(&files)?;
        let is_project = files.is_dir(layout::DIR)?;
        let before = if is_project { Some(Self::open(&root, home)?) } else { None };
        let _lock = before.as_ref().map(Self::lock).transpose()?;
        let saved = match &before {
            Some(store) => {
                store.refuse_while_running("a backup cannot be put back")?;
                Some(store.pack("before-restore", now)?.path)
            }
            None => None,
        };
        let unpacked = unpack(&files, &mut packed, before.as_ref()).inspect_err(|_| {
            let _ = files.remove_tree(layout::RESTORE);
        })?;
        if is_project {
            files.exchange(layout::DIR, layout::RESTORE)?;
            finish_restore(&files)?;
        } else {
            files.rename(layout::RESTORE, layout::DIR)?;
        }
        if let Some(memory) = unpacked.memory {
            files.write_verbatim(layout::MEMORY, Verbatim(&memory), Access::Private)?;
        }
        let store = Self::open(&root, home)?;
        // The lock file went along: whoever waits for the old one waits for the new one.
        let _own = if is_project { None } else { Some(take_lock(&store.files)?) };
        store.relink()?;
        Ok(Restored { store, files: unpacked.count, before: saved })
    }

    /// Links whatever differs from the chain. A chain that is not whole begins anew: it is not the
    /// one that the head belongs to.
    pub(super) fn relink(&self) -> Result<()> {
        match self.history()? {
            Some(history) if history.flaws.is_empty() => {
                self.linked(self.differences(&history)?, Durability::Now, || Ok(()))
            }
            _ => self.begin_anew(),
        }
    }

    /// What has to be linked so that the chain says what is there.
    fn differences(&self, history: &History) -> Result<Vec<Entry>> {
        let present = self.present(Op::Put)?;
        let (events, records): (Vec<Entry>, Vec<Entry>) =
            present.into_iter().partition(|entry| entry.path.starts_with(layout::TIMELINE));
        let there: BTreeSet<&str> = records.iter().map(|entry| entry.path.as_str()).collect();
        let known = history.files.iter().filter(|(_, known)| known.hash.is_some());
        let gone = known.filter(|(path, _)| !there.contains(path.as_str()));
        let mut entries: Vec<Entry> = gone.map(|(path, _)| Entry::gone(path)).collect();
        let is_new = |entry: &Entry| {
            history.files.get(&entry.path).and_then(|known| known.hash) != Some(entry.hash)
        };
        entries.extend(records.into_iter().filter(is_new));
        let same = events.iter().map(|e| e.hash).eq(history.events.iter().map(|e| e.hash));
        if !same {
            entries.push(Entry::reset());
            entries.extend(events);
        }
        Ok(entries)
    }

    /// Refuses what would pull the ground from under a run.
    pub(super) fn refuse_while_running(&self, what: &str) -> Result<()> {
        let running = self.running_sessions()?;
        match running.iter().find(|session| self.is_alive(session.id)) {
            None => Ok(()),
            Some(session) => {
                Err(Error::new(Kind::Io, format!("{what} while session {} runs", session.id))
                    .hint("end it first"))
            }
        }
    }
}

/// What unpacking gave.
struct Unpacked {
    count: usize,
    memory: Option<Vec<u8>>,
}

/// Unpacks beside the project, with what the project keeps: its lock and the chain of this machine.
fn unpack(files: &Root, packed: &mut Reader, before: Option<&Store>) -> Result<Unpacked> {
    let mut unpacked = Unpacked { count: 0, memory: None };
    files.create_dir(layout::RESTORE)?;
    read_archive(packed, |path, content| {
        unpacked.count += 1;
        let Some(inside) = path.strip_prefix(layout::DIR) else {
            let mut memory = Vec::new();
            content.take(layout::RECORD_MAX).read_to_end(&mut memory)?;
            unpacked.memory = Some(memory);
            return Ok(());
        };
        write(files, &format!("{}{inside}", layout::RESTORE), content)
    })?;
    let Some(store) = before else { return Ok(unpacked) };
    files.link(layout::LOCK, &layout::LOCK.replacen(layout::DIR, layout::RESTORE, 1))?;
    if let Some((_, key)) = store.chain_key()
        && let Some(mut chain) = files.reader(&key.chain())?
    {
        let path = key.chain().replacen(layout::DIR, layout::RESTORE, 1);
        files.remove_file(&path)?;
        write(files, &path, &mut chain)?;
    }
    // One wait for all of it, instead of one for each file.
    crate::disk::sync();
    Ok(unpacked)
}

/// Writes a file, and the folders on the way to it.
fn write(files: &Root, path: &str, content: &mut dyn Read) -> Result<()> {
    for (at, _) in path.match_indices('/') {
        files.create_dir(&path[..at])?;
    }
    let mut out = Out(files.writer(path)?);
    io::copy(content, &mut out)?;
    out.0.commit_lazily()
}

/// What is left to do after the two have changed places, also after a kill: the other backups go
/// along, the rest of the old project is in the backup that was made of it.
pub(super) fn finish_restore(files: &Root) -> Result<()> {
    if !files.exists(layout::RESTORE)? {
        return Ok(());
    }
    let old = layout::BACKUPS.replacen(layout::DIR, layout::RESTORE, 1);
    if files.exists(&old)? && !files.exists(layout::BACKUPS)? {
        files.rename(&old, layout::BACKUPS)?;
    }
    files.remove_tree(layout::RESTORE)
}

/// Reads an archive from its beginning, as [`archive::read`].
pub(super) fn read_archive(
    packed: &mut Reader,
    each: impl FnMut(&str, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    packed.seek(SeekFrom::Start(0))?;
    let len = packed.len()?;
    archive::read(packed, len, each)
}

/// An archive, and what comes out of one, is written as it is.
pub(super) struct Out(pub(super) PrivateWriter);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_verbatim(Verbatim(bytes)).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
