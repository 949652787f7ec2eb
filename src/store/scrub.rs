//! Today's rules applied to what is stored already: what yesterday's did not know goes.
//!
//! What was intact stays intact: a record is signed again where its signature was right, and linked
//! again where the chain vouched for it. What somebody else changed is scrubbed too, and remains a
//! finding of `verify`.

mod content;

use std::collections::BTreeSet;

use super::archive::{self, Packer};
use super::backup::{Out, read_archive};
use super::chain::{Durability, Entry, Op};
use super::format::config;
use super::{Store, layout, seal};
use crate::clock::Timestamp;
use crate::disk::Reader;
use crate::error::{Error, Kind, Result};
use crate::model::SessionId;
use crate::redact::Redacted;

/// The largest file that is scrubbed: a segment of a recording, with room to spare. All of it is
/// in memory, as what stands at its end may change what stands before.
const FILE_MAX: u64 = 512 << 20;

/// What scrubbing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScrubOptions {
    /// Only tells what would change.
    pub dry_run: bool,
    /// Looks into backups, too.
    pub backups: bool,
}

/// What was scrubbed, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Files that hold something that today's rules hide, relative to the project.
    pub changed: Vec<String>,
    /// Files that were looked at.
    pub files: usize,
    /// Backups that were not looked into.
    pub backups_left: usize,
    /// What could not be scrubbed, and why.
    pub warnings: Vec<String>,
}

impl Store {
    /// Hides in everything that is stored what today's rules hide.
    ///
    /// # Errors
    /// `Io` while a session runs, and when the disk says no.
    pub fn scrub(&self, options: ScrubOptions, now: Timestamp) -> Result<Scrubbed> {
        self.refuse_while_running("nothing can be scrubbed")?;
        let findings = self.verify()?.findings;
        let doubted: BTreeSet<&str> = findings.iter().map(|f| f.path.as_str()).collect();
        let _lock = self.lock()?;
        let mut done = Scrubbed::default();
        let tree = self.files.tree(layout::DIR)?.into_iter().map(|(path, _)| path);
        for path in tree.chain([layout::MEMORY.to_owned()]).filter(|path| is_text(path)) {
            done.files += 1;
            match self.scrub_file(&path, doubted.contains(&*path), options) {
                Ok(true) => done.changed.push(path),
                Ok(false) => {}
                Err(error) => done.warnings.push(format!("`{path}` was not scrubbed: {error}")),
            }
        }
        self.scrub_goal(options, &mut done)?;
        self.scrub_backups(options, &mut done)?;
        if !options.dry_run && !done.changed.is_empty() {
            let numbers = self.numbers(layout::SESSIONS, SessionId::PREFIX)?;
            self.register(&numbers, now)?;
        }
        Ok(done)
    }

    /// Whether a file changes.
    fn scrub_file(&self, path: &str, is_doubted: bool, options: ScrubOptions) -> Result<bool> {
        let Some(bytes) = self.files.read(path, FILE_MAX)? else { return Ok(false) };
        let Some(new) = content::scrubbed(self, path, &bytes) else { return Ok(false) };
        if !options.dry_run {
            let entries = if is_doubted { Vec::new() } else { entries(path, &new) };
            self.linked(entries, Durability::Now, || self.files.write(path, &new))?;
        }
        Ok(true)
    }

    /// The goal is the one text of ours in the user's settings.
    fn scrub_goal(&self, options: ScrubOptions, done: &mut Scrubbed) -> Result<()> {
        let goal = self.config()?.goal;
        let new = seal::redact_text(&self.redactor, &goal);
        if new == goal {
            return Ok(());
        }
        done.changed.push(layout::CONFIG.to_owned());
        if options.dry_run {
            return Ok(());
        }
        self.edit_config(|doc| config::set(doc, "goal", new))
    }

    fn scrub_backups(&self, options: ScrubOptions, done: &mut Scrubbed) -> Result<()> {
        let packed = |name: &str| name.ends_with(".tar.gz");
        for file in self.files.list_where(layout::BACKUPS, packed)? {
            let path = format!("{}/{}", layout::BACKUPS, file.name);
            if !options.backups {
                done.backups_left += 1;
                continue;
            }
            done.files += 1;
            match self.scrub_backup(&path, options) {
                Ok(true) => done.changed.push(path),
                Ok(false) => {}
                Err(error) => done.warnings.push(format!("`{path}` was not scrubbed: {error}")),
            }
        }
        Ok(())
    }

    /// Whether an archive changes. It is read twice: most need not be written.
    fn scrub_backup(&self, path: &str, options: ScrubOptions) -> Result<bool> {
        let missing = || Error::new(Kind::Io, "it is gone");
        let mut packed = self.files.reader(path)?.ok_or_else(missing)?;
        let mut is_changed = false;
        self.each_member(&mut packed, |_, _, new| {
            is_changed |= new.is_some();
            Ok(())
        })?;
        if !is_changed || options.dry_run {
            return Ok(is_changed);
        }
        let mut packer = Packer::new(Out(self.files.writer(path)?));
        self.each_member(&mut packed, |member, bytes, new| {
            let bytes = new.as_deref().unwrap_or(bytes);
            Ok(packer.add(member, bytes.len() as u64, bytes)?)
        })?;
        packer.finish()?.0.commit()?;
        Ok(true)
    }

    /// Settings with another goal, where today's rules hide something in it.
    fn scrubbed_settings(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut doc = config::parse(&String::from_utf8_lossy(bytes)).ok()?;
        let goal = config::Config::read(&doc).goal;
        let new = seal::redact_text(&self.redactor, &goal);
        let is_changed = new != goal;
        config::set(&mut doc, "goal", new);
        is_changed.then(|| doc.to_string().into_bytes())
    }

    /// Calls `each` with every file of an archive, as it is and as it should be.
    fn each_member(
        &self,
        packed: &mut Reader,
        mut each: impl FnMut(&str, &[u8], Option<Vec<u8>>) -> Result<()>,
    ) -> Result<()> {
        read_archive(packed, |member, content| {
            let mut bytes = Vec::new();
            // The archive as a whole is bounded by whoever reads it.
            content.read_to_end(&mut bytes)?;
            let new = if member == layout::CONFIG {
                self.scrubbed_settings(&bytes)
            } else if is_text(member) {
                content::scrubbed(self, member, &bytes).map(|new| new.as_bytes().to_vec())
            } else {
                None
            };
            each(member, &bytes, new)
        })
    }
}

/// Whether a file holds texts that came from outside. Keys, ids, links and settings are none.
fn is_text(path: &str) -> bool {
    const OTHERS: &[&str] =
        &[layout::CONFIG, layout::INTEGRITY_KEY, layout::PROJECT_ID, layout::LOCK, layout::IGNORE];
    let is_trail = path.rsplit('/').next().is_some_and(|name| layout::trail_of(name).is_some());
    archive::is_ours(path)
        && !OTHERS.contains(&path)
        && !path.starts_with(layout::CHAINS)
        && !is_trail
}

/// What has to be linked when the file at `path` holds `text`.
fn entries(path: &str, text: &Redacted) -> Vec<Entry> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path == layout::TIMELINE {
        let lines = text.as_bytes().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let events = lines.filter(|line| !line.is_empty());
        return [Entry::reset()]
            .into_iter()
            .chain(events.map(|e| Entry::event(Op::Put, e)))
            .collect();
    }
    if layout::is_record(name) {
        return vec![Entry::put(path, blake3::hash(text.as_bytes()))];
    }
    Vec::new()
}
