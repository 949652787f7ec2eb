//! Deleting a session: its document, transcript and tapes, its events, its place in its topic.

use super::chain::{Durability, Entry};
use super::records::Draft;
use super::{Store, layout};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::model::{Repo, Session, SessionId, Topic};

impl Store {
    /// Deletes a session with everything that belongs to it, and returns what could not be brought
    /// up to date. Its document goes last: after a kill before that it is still there, and is
    /// deleted again.
    pub fn delete_session(
        &self,
        id: SessionId,
        repo: &Repo,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        let _lock = self.lock()?;
        if self.is_alive(id) {
            return Err(Error::invalid(format!("session {id} runs"))
                .hint("end it first; nothing was deleted"));
        }
        let files = self.require_session(id)?;
        self.raise_session_counter(id)?;
        let topic = self.without_session(id, now)?;
        let (kept, removed) = self.events_without(id)?;
        let is_told = !removed.is_empty();
        let mut entries: Vec<Entry> = removed;
        entries.extend(topic.iter().map(Draft::entry));
        let records = files.iter().filter(|path| layout::is_record(file_name(path)));
        entries.extend(records.map(Entry::gone));
        self.linked(entries, Durability::Now, || {
            if is_told {
                self.keep_events(&kept)?;
            }
            topic.iter().try_for_each(|draft| draft.write(&self.files))?;
            files.iter().try_for_each(|path| self.files.remove_file(path).map(drop))
        })?;
        Ok(self.project(id, repo, now))
    }

    /// The files of a session, which may be damaged.
    ///
    /// # Errors
    /// `InvalidInput` when there is none.
    pub fn require_session(&self, id: SessionId) -> Result<Vec<String>> {
        let files = self.files_of(id)?;
        if files.is_empty() {
            return Err(Error::invalid(format!("session {id} not found"))
                .hint("run `loghop sessions list` to see what there is"));
        }
        Ok(files)
    }

    /// Everything that carries the session's id, its document last.
    fn files_of(&self, id: SessionId) -> Result<Vec<String>> {
        let prefix = format!("{id}.");
        let mut paths = Vec::new();
        self.files.each_name(layout::SESSIONS, |name| {
            let path = format!("{}/{name}", layout::SESSIONS);
            paths.extend(name.starts_with(&prefix).then_some(path));
        })?;
        paths.sort_unstable_by_key(|path| (*path == layout::session(id), path.clone()));
        Ok(paths)
    }

    /// The session's topic without it. A session that cannot be read has none that we know of.
    fn without_session(&self, id: SessionId, now: Timestamp) -> Result<Option<Draft>> {
        let session = self.session(id).ok().map(|stored| stored.value);
        let Some(topic) = session.and_then(|session| session.topic) else { return Ok(None) };
        let Some(mut topic) = self.topic(topic).ok().flatten() else { return Ok(None) };
        let newest = self.newest_useful(&topic);
        topic.sessions.retain(|other| *other != id);
        // What is left to do is what the newest session left.
        if newest.is_some_and(|newest| newest.id == id) {
            let before = self.newest_useful(&topic);
            topic.todos_pending =
                before.map(|session| session.notes.todos_pending).unwrap_or_default();
        }
        topic.updated = Some(now);
        self.draft_of(&topic).map(Some)
    }

    /// The session that a topic's open todos are from.
    fn newest_useful(&self, topic: &Topic) -> Option<Session> {
        let newest_first = topic.sessions.iter().rev();
        newest_first
            .filter_map(|id| self.session(*id).ok())
            .map(|s| s.value)
            .find(Session::is_useful)
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
