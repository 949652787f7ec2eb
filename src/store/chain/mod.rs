//! The chain: every session, handoff, topic, transcript, tape and timeline event that loghop writes
//! is linked to the one before, under a key that lies outside the project.
//!
//! [`Store::linked`] is the one corridor. It links first, writes then, and moves the head last, so
//! that a kill between any two calls leaves either a link that is in force or one whose file is
//! still the old one; the next writer settles those ([`settle`]). A chain that somebody cut or
//! changed is never repaired and never stops work: new links follow, and `verify` tells.

mod history;
mod key;
mod link;
mod settle;

use blake3::{Hash, Hasher};

pub(super) use self::history::{Flaw, History, Known, read};
pub(super) use self::key::{ChainKey, Head, place};
pub(super) use self::link::{Entry, Op};
use self::link::{Link, NOTHING};
pub(super) use self::settle::corrections;
use super::{Store, layout, unwritten};
use crate::disk::{EntryKind, Verbatim};
use crate::error::Result;

/// Whether a link must be on the disk before its file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It must: what is written is acknowledged.
    Now,
    /// It need not: a run that begins must not wait for the disk. The next link settles it.
    Later,
}

impl Store {
    /// Links `entries`, lets `write` write them, and confirms the links. The caller holds the
    /// project's lock. Where there is no usable key (opening has said so), it only writes.
    pub(super) fn linked(
        &self,
        entries: Vec<Entry>,
        durability: Durability,
        write: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let Some((id, mut key)) = self.chain_key() else { return write() };
        if key.head == Head::NONE {
            self.begin_chain(id, &mut key)?;
        }
        let entries = [corrections(self, &key)?, entries].concat();
        let tip = self.append(&key, entries, durability)?;
        write()?;
        if durability == Durability::Now {
            key.head = tip;
            // Without it the links are unconfirmed, which the next writer settles.
            let _ = key.confirm(&self.home, id);
        }
        Ok(())
    }

    /// Begins the chain where there is none. The caller holds the lock.
    pub(super) fn begin(&self) -> Result<()> {
        match self.chain_key() {
            Some((id, mut key)) if key.head == Head::NONE => self.begin_chain(id, &mut key),
            _ => Ok(()),
        }
    }

    /// Begins the chain once more, whatever there was of it. The caller holds the lock.
    pub(super) fn begin_anew(&self) -> Result<()> {
        let Some((id, mut key)) = self.chain_key() else { return Ok(()) };
        key.head = Head::NONE;
        self.begin_chain(id, &mut key)
    }

    /// Links what became of links that nobody confirmed. The caller holds the lock.
    pub(super) fn settle(&self) -> Result<()> {
        match self.chain_key() {
            Some((_, key)) if key.head != Head::NONE => {
                self.linked(Vec::new(), Durability::Now, || Ok(()))
            }
            _ => Ok(()),
        }
    }

    /// Begins the chain with everything that is there; what a kill left of a beginning goes.
    fn begin_chain(&self, id: &str, key: &mut ChainKey) -> Result<()> {
        self.files.remove_file(&key.chain())?;
        let mut entries = vec![Entry::reset()];
        entries.extend(self.present(Op::Old)?);
        key.head = self.append(key, entries, Durability::Now)?;
        key.save(&self.home, id)
    }

    /// The project's id and key on this machine. Whoever writes with it says that it lies here.
    pub(super) fn chain_key(&self) -> Option<(&str, ChainKey)> {
        let id = self.project_id.as_deref()?;
        let key = ChainKey::load(&self.home, id).ok()??;
        Some((id, ChainKey { place: place(self.root()).map(str::to_owned), ..key }))
    }

    /// Appends links behind the last one.
    fn append(&self, key: &ChainKey, entries: Vec<Entry>, durability: Durability) -> Result<Head> {
        let path = key.chain();
        // Whoever removed it cannot stop work with that.
        self.files.create_dir(layout::CHAINS)?;
        let mut tip = settle::tip(self, key)?;
        let mut lines = String::new();
        for entry in entries {
            let link = Link::new(&key.secret, tip.number + 1, tip.seal, entry);
            tip.number = link.number;
            tip.seal = link.seal;
            lines.push_str(&link.line());
        }
        let lines = Verbatim(lines.as_bytes());
        self.files.append(&path, lines, durability == Durability::Now).map_err(unwritten)?;
        tip.offset = self.files.reader(&path)?.map_or(Ok(0), |reader| reader.len())?;
        Ok(tip)
    }

    /// Everything that is linked, as it lies on the disk now.
    pub(super) fn present(&self, op: Op) -> Result<Vec<Entry>> {
        let mut found = Vec::new();
        for path in self.chained_files()? {
            if let Some(hash) = self.hash_of(&path)? {
                found.push(Entry { op, path, hash });
            }
        }
        found.extend(self.present_events(op)?);
        Ok(found)
    }

    /// The timeline's lines, likewise.
    pub(super) fn present_events(&self, op: Op) -> Result<Vec<Entry>> {
        let mut found = Vec::new();
        self.each_event(|line| {
            found.push(Entry::event(op, line));
        })?;
        Ok(found)
    }

    /// The files that are linked, by path. Of a tape that is written just now, nothing is yet.
    pub(super) fn chained_files(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for folder in [layout::HANDOFFS, layout::SESSIONS, layout::TOPICS] {
            let files = self.files.list(folder)?;
            let files = files.into_iter().filter(|entry| {
                let is_begun = entry.len > 0 || !layout::is_kind(&entry.name, "cast");
                entry.kind != EntryKind::Dir && is_begun && layout::is_record(&entry.name)
            });
            found.extend(files.map(|entry| format!("{folder}/{}", entry.name)));
        }
        Ok(found)
    }

    /// The hash of a file; `None` when there is none, or nothing that can be read.
    pub(super) fn hash_of(&self, path: &str) -> Result<Option<Hash>> {
        let Some(reader) = self.files.reader(path)? else { return Ok(None) };
        let mut hasher = Hasher::new();
        hasher.update_reader(reader)?;
        Ok(Some(hasher.finalize()))
    }
}
