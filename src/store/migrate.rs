//! Bringing a project of an older version up to date: what it lacks is added, nothing is dropped.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::chain::{Durability, Entry, Op};
use super::format::{config, json};
use super::signature::Verdict as Signed;
use super::verify::Verdict;
use super::{Store, layout};
use crate::clock::Timestamp;
use crate::disk::{Access, Verbatim};
use crate::error::Result;

/// What has to be done, or was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migration {
    /// The settings lack their version or the length of patches.
    pub config: bool,
    /// Events that lack the version of their form.
    pub events: usize,
    /// Files and events that 0.2.1 wrote and signed beside the chain.
    pub outside: usize,
    /// What was there before, once something was changed.
    pub backup: Option<PathBuf>,
}

impl Migration {
    /// Whether there is anything to do.
    pub fn is_needed(&self) -> bool {
        self.config || self.events > 0 || self.outside > 0
    }
}

impl Store {
    /// What a migration would do.
    pub fn pending_migration(&self) -> Result<Migration> {
        let text = self.files.read_text(layout::CONFIG, layout::CONFIG_MAX)?.unwrap_or_default();
        // A damaged file is told at opening; there is nothing in it that could be migrated.
        let config = config::parse(&text).is_ok_and(|doc| config::is_outdated(&doc));
        let mut events = 0;
        self.each_event(|line| events += usize::from(migrated(line).is_some()))?;
        let findings = self.verify()?.findings;
        let outside = findings.iter().filter(|f| f.verdict == Verdict::ChangedOutside).count();
        Ok(Migration { config, events, outside, backup: None })
    }

    /// Migrates, after a backup of everything.
    pub fn migrate(&self, now: Timestamp) -> Result<Migration> {
        let mut migration = self.pending_migration()?;
        if !migration.is_needed() {
            return Ok(migration);
        }
        let _lock = self.lock()?;
        migration.backup = Some(self.pack("before-migration", now)?.path);
        if migration.config {
            self.edit_config(config::update)?;
        }
        self.take_in()?;
        if migration.events > 0 {
            self.migrate_events()?;
        }
        Ok(migration)
    }

    /// Links what is signed well and stands beside the chain. What is not stays a finding.
    fn take_in(&self) -> Result<()> {
        let Some(history) = self.history()? else { return Ok(()) };
        let mut entries = Vec::new();
        for entry in self.present(Op::Old)? {
            let is_event = entry.path.starts_with(layout::TIMELINE);
            let known = history.files.get(&entry.path).and_then(|known| known.hash);
            let is_known = if is_event {
                history.events.iter().any(|event| event.hash == entry.hash)
            } else {
                known == Some(entry.hash)
            };
            let session = if is_event {
                layout::event_session(&entry.path).parse().ok()
            } else {
                layout::session_of(&entry.path)
            };
            let is_new = is_event || !history.files.contains_key(&entry.path);
            let is_signed = self.signed(&entry.path) == Signed::Valid
                || is_new && session.is_some_and(|id| self.is_made_outside(id, &history));
            if !is_known && is_signed {
                entries.push(entry);
            }
        }
        self.linked(entries, Durability::Now, || Ok(()))
    }

    fn migrate_events(&self) -> Result<()> {
        let (mut text, mut entries) = (Vec::new(), vec![Entry::reset()]);
        self.each_event(|line| {
            let new = migrated(line);
            let line = new.as_deref().map_or(line, str::as_bytes);
            entries.push(Entry::event(Op::Put, line));
            text.extend_from_slice(line);
            text.push(b'\n');
        })?;
        self.linked(entries, Durability::Now, || {
            self.files.write_verbatim(layout::TIMELINE, Verbatim(&text), Access::Private)
        })
    }
}

/// The event with the version of its form, where it has none.
fn migrated(line: &[u8]) -> Option<String> {
    let mut event: Map<String, Value> = serde_json::from_slice(line).ok()?;
    if event.contains_key("schema_version") {
        return None;
    }
    event.insert("schema_version".into(), 1.into());
    Some(json::line(&Value::Object(event)))
}
