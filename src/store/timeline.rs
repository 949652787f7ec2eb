//! The timeline: an append-only log, read from its end, together with the sessions that it misses.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use memchr::{memchr, memmem, memrchr};

use super::chain::{Entry, Op};
use super::format::timeline;
use super::index::Lookup;
use super::lines::Backward;
use super::records::Listing;
use super::{Store, layout, lines};
use crate::clock::Timestamp;
use crate::disk::{Access, Reader, Verbatim};
use crate::error::Result;
use crate::model::{SessionId, TimelineEvent};

/// Events that are held back so that they come in the order of their times: a run that was killed
/// is told when it is found, behind those that ended later. Sessions without an event are looked
/// for among so many of the newest.
const WINDOW: usize = 256;

impl Store {
    /// All events, newest first: one for each session, its last one, or one made from the session
    /// where the log has none. Whether it is useful is what its session says now.
    pub fn timeline(&self) -> Result<Listing<TimelineEvent>> {
        let mut items = Vec::new();
        let warnings = self.each_recent_event(|event| {
            items.push(event);
            ControlFlow::Continue(())
        })?;
        Ok(Listing { items, warnings })
    }

    /// The newest events that are useful, at most `count`.
    pub fn useful_events(&self, count: usize) -> Result<Vec<TimelineEvent>> {
        let mut found = Vec::new();
        self.each_recent_event(|event| {
            found.extend(Some(event).filter(|event| event.useful));
            if found.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        found.truncate(count);
        Ok(found)
    }

    /// Calls `each` with the events of [`Self::timeline`] until it has enough, and returns what is
    /// wrong with the files that were read. What is behind them is not read.
    pub fn each_recent_event(
        &self,
        mut each: impl FnMut(TimelineEvent) -> ControlFlow<()>,
    ) -> Result<Vec<String>> {
        let mut recent = Recent::new(self)?;
        while let Some(mut event) = recent.next()? {
            // What the log says may be older than the session.
            if let Some(session) = recent.sessions.get(event.session) {
                event.useful = session.is_useful();
            }
            if each(event).is_break() {
                break;
            }
        }
        Ok(recent.sessions.into_warnings())
    }

    /// Calls `each` with every line of the log that is not blank, first one first.
    pub(super) fn each_event(&self, mut each: impl FnMut(&[u8])) -> Result<()> {
        let Some(reader) = self.files.reader(layout::TIMELINE)? else { return Ok(()) };
        lines::for_each(reader, layout::LINE_MAX, |line| {
            let line = line.trim_ascii();
            if !line.is_empty() {
                each(line);
            }
        })
    }

    /// The last line of the log that is about this session.
    pub(super) fn last_event_line(&self, id: SessionId) -> Result<Option<String>> {
        let text = self.timeline_bytes()?;
        let quoted = format!("\"{id}\"");
        // Few lines name the session; only they are looked at.
        let mut end = text.len();
        while let Some(at) = memmem::rfind(&text[..end], quoted.as_bytes()) {
            let start = memrchr(b'\n', &text[..at]).map_or(0, |before| before + 1);
            let stop = memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
            let line = String::from_utf8_lossy(&text[start..stop]);
            if timeline::read(&line).is_some_and(|event| event.session == id) {
                return Ok(Some(line.into_owned()));
            }
            end = start;
        }
        Ok(None)
    }

    /// The log without the session's events, and how the chain calls their going.
    pub(super) fn events_without(&self, id: SessionId) -> Result<(Vec<u8>, Vec<Entry>)> {
        let (mut kept, mut removed) = (Vec::new(), Vec::new());
        let path = layout::event(&id.to_string());
        self.each_event(|line| {
            let entry = Entry::event(Op::Gone, line);
            if entry.path == path {
                removed.push(entry);
            } else {
                kept.extend_from_slice(line);
                kept.push(b'\n');
            }
        })?;
        Ok((kept, removed))
    }

    /// Writes the log anew, from lines that were in it.
    pub(super) fn keep_events(&self, kept: &[u8]) -> Result<()> {
        self.files.write_verbatim(layout::TIMELINE, Verbatim(kept), Access::Private)
    }

    /// The log, or its end where it is longer than we read.
    fn timeline_bytes(&self) -> Result<Vec<u8>> {
        let Some(mut reader) = self.files.reader(layout::TIMELINE)? else {
            return Ok(Vec::new());
        };
        let len = reader.len()?;
        let start = len.saturating_sub(layout::TIMELINE_MAX);
        let mut bytes = vec![0; (len - start) as usize];
        let read = reader.read_from(start, &mut bytes)?;
        bytes.truncate(read);
        // A line that we start in the middle of does not parse and is skipped like any other.
        Ok(bytes)
    }
}

/// Events on their way out, newest first.
struct Recent<'a> {
    sessions: Lookup<'a>,
    log: Option<Backward<Reader>>,
    /// Sessions whose event came or is held.
    told: HashSet<SessionId>,
    held: BTreeMap<(Option<Timestamp>, SessionId), TimelineEvent>,
}

impl<'a> Recent<'a> {
    fn new(store: &'a Store) -> Result<Self> {
        let log = store.files.reader(layout::TIMELINE)?.map(|log| {
            let from = log.len()?.saturating_sub(layout::TIMELINE_MAX);
            Backward::new(log, from, layout::LINE_MAX)
        });
        let mut recent = Self {
            sessions: store.lookup()?,
            log: log.transpose()?,
            told: HashSet::new(),
            held: BTreeMap::new(),
        };
        recent.fill()?;
        recent.add_sessions(WINDOW);
        Ok(recent)
    }

    fn next(&mut self) -> Result<Option<TimelineEvent>> {
        self.fill()?;
        Ok(self.held.pop_last().map(|(_, event)| event))
    }

    /// Reads on until enough is held back, or nothing is left.
    fn fill(&mut self) -> Result<()> {
        while self.held.len() < WINDOW {
            let Some(log) = &mut self.log else { return Ok(()) };
            let Some(line) = log.next()? else {
                self.log = None;
                self.add_sessions(usize::MAX);
                return Ok(());
            };
            // The last event of a session counts, and the log is read from its end.
            if let Some(event) = timeline::read(&String::from_utf8_lossy(&line)) {
                self.hold(event);
            }
        }
        Ok(())
    }

    /// Of the newest sessions, those that the log does not tell.
    fn add_sessions(&mut self, count: usize) {
        let newest: Vec<SessionId> = self.sessions.ids().take(count).collect();
        for id in newest {
            if !self.told.contains(&id)
                && let Some(session) = self.sessions.get(id)
            {
                self.hold(timeline::of_session(&session));
            }
        }
    }

    fn hold(&mut self, event: TimelineEvent) {
        if self.told.insert(event.session) {
            self.held.insert((event.at, event.session), event);
        }
    }
}
