//! The timeline: an append-only log, read together with the sessions that it misses.

use std::collections::BTreeMap;

use super::format::timeline;
use super::records::Listing;
use super::{Store, layout, lines};
use crate::error::Result;
use crate::model::{Session, SessionId, TimelineEvent};

impl Store {
    /// All events, newest first: one for each session, its last one, or one made from the session
    /// where the log has none. Whether it is useful is what its session says now.
    pub fn timeline(&self) -> Result<Listing<TimelineEvent>> {
        let sessions = self.sessions()?;
        let items = self.timeline_of(&sessions.items)?;
        Ok(Listing { items, warnings: sessions.warnings })
    }

    /// The same for sessions that were read already.
    pub fn timeline_of(&self, sessions: &[Session]) -> Result<Vec<TimelineEvent>> {
        let mut events: BTreeMap<SessionId, TimelineEvent> = BTreeMap::new();
        for line in self.timeline_text()?.lines() {
            if let Some(event) = timeline::read(line) {
                events.insert(event.session, event);
            }
        }
        for session in sessions {
            let event = events.entry(session.id).or_insert_with(|| timeline::of_session(session));
            event.useful = Session::is_useful(session);
        }
        let mut items: Vec<TimelineEvent> = events.into_values().collect();
        items.sort_by_key(|event| std::cmp::Reverse((event.at, event.session)));
        Ok(items)
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
        let text = self.timeline_text()?;
        let quoted = format!("\"{id}\"");
        // Few lines name the session; only they are parsed.
        let mut lines = text.lines().rev().filter(|line| line.contains(&quoted));
        let found = lines.find(|line| timeline::read(line).is_some_and(|e| e.session == id));
        Ok(found.map(String::from))
    }

    /// The log, or its end where it is longer than we read.
    fn timeline_text(&self) -> Result<String> {
        let Some(mut reader) = self.files.reader(layout::TIMELINE)? else {
            return Ok(String::new());
        };
        let len = reader.len()?;
        let start = len.saturating_sub(layout::TIMELINE_MAX);
        let mut bytes = vec![0; (len - start) as usize];
        let read = reader.read_from(start, &mut bytes)?;
        bytes.truncate(read);
        // A line that we start in the middle of does not parse and is skipped like any other.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
