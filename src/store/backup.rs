//! Backups: the project as one archive, and back. Putting one back is all or nothing: it is
//! unpacked beside the project, and the two change places in one step.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::archive::{self, Packer};
use super::chain::{Durability, Entry, History, Op};
use super::{Store, layout};
use crate::clock::Timestamp;
use crate::disk::{Access, Lock, PrivateWriter, Reader, Root, Verbatim, outside};
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
        let is_folder = outside::is_dir(path);
        let name = path.file_name().and_then(|name| name.to_str()).filter(|_| !is_folder);
        let name = name.ok_or_else(|| {
            Error::invalid("not a name for an archive").at(path).hint("such as `demo.tar.gz`")
        })?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = Root::open(folder.unwrap_or(Path::new("."))).map_err(|error| {
            error.hint("make the folder first, or let it go to `.loghop/backups/`")
        })?;
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

    /// Makes sure that there is something to put back, before anybody is asked.
    ///
    /// # Errors
    /// `InvalidInput` where there is none.
    pub fn require_archive(archive: &Path) -> Result<()> {
        open_archive(archive).map(drop)
    }

    /// Puts the project at `root` back as `archive` has it. What was there is kept as a backup.
    pub fn restore(root: &Path, home: &Path, archive: &Path, now: Timestamp) -> Result<Restored> {
        let mut packed = open_archive(archive)?;
        // All of it is looked at before the first byte is written.
        read_archive(&mut packed, |_, _| Ok(())).map_err(|error| error.at(archive))?;
        let root = outside::resolve(root).unwrap_or_else(|| root.to_owned());
        let files = Root::open(&root)?;
        let is_project = files.is_dir(layout::DIR)?;
        let old = if is_project { Some(Self::open(&root, home)?) } else { None };
        let _lock = old.as_ref().map(Self::lock).transpose()?;
        finish_restore(&files)?;
        let saved = match &old {
            Some(store) => {
                store.refuse_while_running("a backup cannot be put back")?;
                store.settle()?;
                Some(store.pack("before-restore", now)?.path)
            }
            None => None,
        };
        let put = put_back(&files, home, &mut packed, old.as_ref());
        // Either the new project, which is not to be, or the old one, which is in its backup.
        let cleared = finish_restore(&files);
        let (put, ()) = (put?, cleared?);
        let store = Self::open(&root, home)?;
        if !put.is_linked {
            store.begin_anew()?;
        }
        Ok(Restored { store, files: put.files, before: saved })
    }

    /// Links whatever differs from the chain, with `write` in between. A chain that is not whole is
    /// not the one that the head belongs to: nothing is linked then, and the answer is `false`.
    fn linked_anew(&self, write: impl FnOnce() -> Result<()>) -> Result<bool> {
        match self.history()? {
            Some(history) if history.flaws.is_empty() => {
                let entries = self.differences(&history)?;
                self.linked(entries, Durability::Now, write).map(|()| true)
            }
            _ => write().map(|()| false),
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

/// What was put back.
struct Put {
    files: usize,
    is_linked: bool,
    /// Nobody else writes to a project that was none before.
    _lock: Option<Lock>,
}

/// Unpacks beside the project and links there what differs, so that the one step in which the two
/// change places is all that there is of it.
fn put_back(files: &Root, home: &Path, packed: &mut Reader, old: Option<&Store>) -> Result<Put> {
    let count = unpack(files, packed)?;
    let new = Store::open(&files.absolute(layout::RESTORE), home)?;
    let lock = match old {
        Some(old) => {
            old.keep_own(&new)?;
            None
        }
        None => Some(new.lock()?),
    };
    // One wait for all of it, instead of one for each file.
    crate::disk::sync();
    let is_linked = new.linked_anew(|| match old {
        Some(_) => files.exchange(layout::DIR, &staged(layout::DIR)),
        None => files.rename(&staged(layout::DIR), layout::DIR),
    })?;
    if files.exists(&staged(layout::MEMORY))? {
        files.remove_file(layout::MEMORY)?;
        files.rename(&staged(layout::MEMORY), layout::MEMORY)?;
    }
    Ok(Put { files: count, is_linked, _lock: lock })
}

/// Where a file of the project lies until it is put back.
fn staged(path: &str) -> String {
    format!("{}/{path}", layout::RESTORE)
}

/// Unpacks an archive beside the project, out of Git's sight, and returns how many files it has.
fn unpack(files: &Root, packed: &mut Reader) -> Result<usize> {
    let mut count = 0;
    files.create_dir(layout::RESTORE)?;
    files.write_verbatim(&staged(layout::GITIGNORE), Verbatim(b"*\n"), Access::Private)?;
    read_archive(packed, |path, content| {
        count += 1;
        write(files, &staged(path), content)
    })?;
    Ok(count)
}

impl Store {
    /// What a project keeps when another state of it takes its place: its lock, for which others
    /// wait, and the chain of this machine.
    fn keep_own(&self, new: &Self) -> Result<()> {
        let files = &self.files;
        files.remove_file(&staged(layout::LOCK))?;
        files.link(layout::LOCK, &staged(layout::LOCK))?;
        if let Some((_, key)) = self.chain_key()
            && let Some(mut chain) = files.reader(&key.chain())?
        {
            new.files.remove_file(&key.chain())?;
            write(&new.files, &key.chain(), &mut chain)?;
        }
        Ok(())
    }
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
    let old = staged(layout::BACKUPS);
    if files.exists(&old)? && !files.exists(layout::BACKUPS)? {
        files.rename(&old, layout::BACKUPS)?;
    }
    files.remove_tree(layout::RESTORE)
}

fn open_archive(path: &Path) -> Result<Reader> {
    let hint = "name an archive that `loghop backup create` made, such as in `.loghop/backups/`";
    let found = outside::open(path).map_err(|error| error.hint(hint))?;
    found.ok_or_else(|| Error::invalid("no such archive").at(path).hint(hint))
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
