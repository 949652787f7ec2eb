//! The index of sessions: what their files say, in one file, so that commands need not open
//! thousands. A cache: a row counts only while its session's file is the one that it was made from,
//! and whatever is missing or damaged is read from the session itself.
//!
//! A session that ends adds its row behind the others; the rest of the file is not read as rows
//! then. Whoever opens the project mends it ([`repair`]).

mod repair;
mod rows;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Read;
use std::sync::Arc;

use parking_lot::Mutex;

pub use self::repair::Progress;
use self::rows::Rows;
use super::format::fields::Fields;
use super::format::session;
use super::records::Listing;
use super::{Store, layout, seal};
use crate::disk::{Entry, EntryKind, Verbatim};
use crate::error::Result;
use crate::model::{Session, SessionId, Status, Topic};
use crate::redact::Redacted;

/// The rows as they were read last, and of which state of the index.
#[derive(Default)]
pub(super) struct Known(Mutex<Option<(String, Arc<Rows>)>>);

impl Store {
    /// All sessions, newest first.
    pub fn sessions(&self) -> Result<Listing<Session>> {
        let mut items = Vec::new();
        let warnings = self.each_session(|session| items.push(session))?;
        Ok(Listing { items, warnings })
    }

    /// Calls `each` with every session, newest first, one in memory at a time, and returns what is
    /// wrong with their files.
    pub fn each_session(&self, mut each: impl FnMut(Session)) -> Result<Vec<String>> {
        let rows = self.rows();
        let mut warnings = Vec::new();
        for (id, file) in self.session_files()?.into_iter().rev() {
            match rows.fresh(id, &file).and_then(|row| of_row(id, row)) {
                Some(session) => each(session),
                None => match self.record(&layout::session(id)) {
                    Ok(Some(record)) => {
                        warnings.extend(record.warning);
                        each(session::read(id, &record.document.fields));
                    }
                    // Another command removed it just now.
                    Ok(None) => {}
                    Err(error) => warnings.push(error.to_string()),
                },
            }
        }
        warnings.reverse();
        Ok(warnings)
    }

    /// Sessions that say that they run, whether their process is alive or not. Only those are read
    /// of which the index does not know that they ended.
    pub fn running_sessions(&self) -> Result<Vec<Session>> {
        let numbers = self.numbers(layout::SESSIONS, SessionId::PREFIX)?;
        let rows = self.rows();
        let open = numbers.into_iter().map(SessionId).filter(|id| !rows.has_ended(*id));
        let found = open.filter_map(|id| self.session(id).ok()).map(|stored| stored.value);
        Ok(found.filter(|session| session.status == Status::Running).collect())
    }

    /// The sessions, for whoever needs a few of them.
    pub fn lookup(&self) -> Result<Lookup<'_>> {
        let numbers = self.numbers(layout::SESSIONS, SessionId::PREFIX)?;
        Ok(Lookup { store: self, rows: self.rows(), numbers, warnings: RefCell::default() })
    }

    /// Brings the index up to date where a kill fell between a session and its row.
    pub fn index_again(&self, id: SessionId) -> Result<()> {
        let _lock = self.lock()?;
        self.index_changed(id)
    }

    /// Brings the index up to date after a session was written or removed. The caller holds the
    /// lock.
    pub(super) fn index_changed(&self, id: SessionId) -> Result<()> {
        let text = self.index_text()?;
        let row = match self.files.entry(&layout::session(id))? {
            Some(file) if file.kind == EntryKind::File => self.row_of(id, &file).ok().flatten(),
            _ => None,
        };
        let is_known = rows::is_in(&text, id);
        match row {
            None if !is_known => Ok(()),
            Some(row) if !is_known => {
                let line = [row.as_bytes(), b"\n"].concat();
                self.files.append(layout::INDEX, Verbatim(&line), false)
            }
            row => self.write_index_with(&Rows::of(text), id, row.as_ref()),
        }
    }

    /// Writes the index anew, with another row of one session, or without it.
    fn write_index_with(&self, rows: &Rows, id: SessionId, row: Option<&Redacted>) -> Result<()> {
        let mut text: Vec<u8> = Vec::new();
        for other in rows.sessions().filter(|other| *other < id) {
            push_line(&mut text, rows.get(other));
        }
        push_line(&mut text, row.map(Redacted::as_bytes));
        for other in rows.sessions().filter(|other| *other > id) {
            push_line(&mut text, rows.get(other));
        }
        self.write_index(&text)
    }

    /// Writes the index, without waiting for the disk: it can be made again. Each row was redacted
    /// when it was made.
    fn write_index(&self, text: &[u8]) -> Result<()> {
        self.files.write_verbatim_lazily(layout::INDEX, Verbatim(text))
    }

    /// Reads a session's file into its row; `None` when it was removed.
    fn row_of(&self, id: SessionId, file: &Entry) -> Result<Option<Redacted>> {
        let path = layout::session(id);
        let Some(record) = self.record(&path)? else { return Ok(None) };
        let row = rows::row(&path, file, record.document.fields);
        Ok(Some(seal::json_line(&self.redactor, &row)))
    }

    /// The files of sessions, lowest number first.
    fn session_files(&self) -> Result<Vec<(SessionId, Entry)>> {
        let files = self.files.list_where(layout::SESSIONS, |name| layout::is_kind(name, "md"))?;
        let files = files.into_iter().filter(|file| file.kind == EntryKind::File);
        let mut found: Vec<(SessionId, Entry)> = files
            .filter_map(|file| Some((file.name.strip_suffix(".md")?.parse().ok()?, file)))
            .collect();
        found.sort_by_key(|(id, _)| *id);
        Ok(found)
    }

    /// The rows that are there. A file that cannot be read has none. They are taken apart once
    /// for each state of the file.
    fn rows(&self) -> Arc<Rows> {
        let mut known = self.rows.0.lock();
        let stamp = self.files.entry(layout::INDEX).ok().flatten().map(|file| rows::stamp(&file));
        match &*known {
            Some((of, rows)) if stamp.as_ref() == Some(of) => Arc::clone(rows),
            _ => {
                let rows = Arc::new(Rows::of(self.index_text().unwrap_or_default()));
                *known = stamp.map(|stamp| (stamp, Arc::clone(&rows)));
                rows
            }
        }
    }

    /// The index as far as it is read: one that is longer is not ours.
    fn index_text(&self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        if let Some(reader) = self.files.reader(layout::INDEX)? {
            text.reserve(reader.len()?.min(layout::INDEX_MAX) as usize);
            reader.take(layout::INDEX_MAX).read_to_end(&mut text)?;
        }
        Ok(text)
    }
}

/// Single sessions, found by their numbers, from their rows where these count. Nothing is read
/// before it is asked for.
pub struct Lookup<'a> {
    store: &'a Store,
    rows: Arc<Rows>,
    numbers: Vec<u32>,
    warnings: RefCell<Vec<String>>,
}

impl Lookup<'_> {
    /// The numbers of all sessions, newest first.
    pub fn ids(&self) -> impl Iterator<Item = SessionId> {
        self.numbers.iter().rev().map(|number| SessionId(*number))
    }

    /// All sessions, newest first, each one read when its turn comes.
    pub fn newest_first(&self) -> impl Iterator<Item = Session> {
        self.ids().filter_map(|id| self.get(id))
    }

    /// The same for the sessions of a topic: those that it lists and that say so themselves.
    pub fn of_topic(&self, topic: &Topic) -> impl Iterator<Item = Session> {
        let ids: BTreeSet<SessionId> = topic.sessions.iter().copied().collect();
        let listed = ids.into_iter().rev().filter_map(|id| self.get(id));
        let topic = Some(topic.id);
        listed.filter(move |session| session.topic == topic)
    }

    /// A session, as far as it can be read.
    pub fn get(&self, id: SessionId) -> Option<Session> {
        let file = self.store.files.entry(&layout::session(id)).ok().flatten()?;
        let told = self.rows.fresh(id, &file).and_then(|row| of_row(id, row));
        told.or_else(|| match self.store.session(id) {
            Ok(stored) => {
                self.warnings.borrow_mut().extend(stored.warnings);
                Some(stored.value)
            }
            Err(error) => {
                self.warnings.borrow_mut().push(error.to_string());
                None
            }
        })
    }

    /// What is wrong with the files that were read.
    pub fn into_warnings(self) -> Vec<String> {
        let mut warnings = self.warnings.into_inner();
        // Who is asked for twice is told once.
        let mut told = BTreeSet::new();
        warnings.retain(|warning| told.insert(warning.clone()));
        warnings
    }
}

/// A row that was cut off or overwritten does not stand for its session.
fn of_row(id: SessionId, row: &[u8]) -> Option<Session> {
    serde_json::from_slice::<Fields>(row).ok().map(|fields| session::read(id, &fields))
}

fn push_line(text: &mut Vec<u8>, line: Option<&[u8]>) {
    if let Some(line) = line {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
}
