//! Sessions: created under the lock, rewritten while they run, finished in one place.

use super::format::{config, fields, handoff, markdown, session, timeline};
use super::records::{Listing, Stored};
use super::transcript::TranscriptWriter;
use super::{Store, layout, seal, unwritten};
use crate::clock::Timestamp;
use crate::disk::{PrivateLog, Root};
use crate::error::{Error, Result};
use crate::model::{Repo, Session, SessionId, Status};
use crate::redact::Redacted;

impl Store {
    /// All sessions, newest first.
    pub fn sessions(&self) -> Result<Listing<Session>> {
        let mut listing =
            self.records(layout::SESSIONS, SessionId::PREFIX, |number, document| {
                session::read(SessionId(number), &document.fields)
            })?;
        listing.items.reverse();
        Ok(listing)
    }

    /// The newest session that says something about its task. Older ones are not read: a project
    /// can have hundreds.
    pub fn last_useful_session(&self) -> Result<Option<Session>> {
        let numbers = self.numbers(layout::SESSIONS, SessionId::PREFIX)?;
        let newest_first = numbers.into_iter().rev().map(SessionId);
        let mut sessions = newest_first.filter_map(|id| self.session(id).ok()).map(|s| s.value);
        Ok(sessions.find(Session::is_useful))
    }

    /// One session with its file.
    pub fn session(&self, id: SessionId) -> Result<Stored<Session>> {
        let path = layout::session(id);
        let record = self.record(&path)?.ok_or_else(|| {
            Error::invalid(format!("session {id} not found"))
                .hint("run `loghop sessions list` to see what there is")
        })?;
        let value = session::read(id, &record.document.fields);
        Ok(record.stored(value, path))
    }

    /// Makes a session with the next free id, and its recording, which is locked before the
    /// session can be seen: as long as the returned log is open, the run counts as alive.
    pub fn create_session(
        &self,
        make: impl FnOnce(SessionId) -> Session,
    ) -> Result<(Session, PrivateLog)> {
        let _lock = self.lock()?;
        let counter = self.config()?.session_counter;
        let number = self.next_number(layout::SESSIONS, SessionId::PREFIX, counter)?;
        let id = SessionId(number);
        let mut session = make(id);
        let cast = layout::cast(id, 1);
        session.cast_path = Some(cast.clone());
        let tape = self.files.create_log(&cast).map_err(unwritten)?;
        if let Err(error) = self.write_session(&session) {
            // Without its session the empty recording means nothing.
            let _ = self.files.remove_file(&cast);
            return Err(error);
        }
        Ok((session, tape))
    }

    /// Writes what changed in a session; keys that others put into its file stay.
    pub fn update_session(&self, session: &Session) -> Result<()> {
        let _lock = self.lock()?;
        self.write_session(session)
    }

    /// Makes a session's end durable: the handoff's outcome, the timeline, the topic, its file.
    /// Then what can be rebuilt (index, `loghop.md`, registry), whose failures only come back as
    /// warnings. Finishing twice changes nothing.
    pub fn finish_session(
        &self,
        session: &Session,
        repo: &Repo,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        let _lock = self.lock()?;
        // Each of these is tried, whatever the others do: none depends on another. The session
        // comes last: after a kill before that it still counts as running, and is finished again.
        let done = [
            self.raise_session_counter(session.id),
            self.record_outcome(session, now),
            self.append_event(session),
            self.join_topic(session, now),
            self.write_session(session),
        ];
        let warnings = self.project(repo, now);
        done.into_iter().collect::<Result<()>>()?;
        Ok(warnings)
    }

    /// Sessions that say that they run, whether their process is alive or not.
    pub fn running_sessions(&self) -> Result<Vec<Session>> {
        let mut running = Vec::new();
        for number in self.numbers(layout::SESSIONS, SessionId::PREFIX)? {
            let rel = layout::session(SessionId(number));
            let text = self.files.read_text(&rel, layout::RECORD_MAX).ok().flatten();
            // Most sessions ended long ago; parsing them all would slow every command down.
            if !text.is_some_and(|text| text.contains(Status::Running.as_str())) {
                continue;
            }
            if let Ok(Some(record)) = self.record(&rel) {
                let session = session::read(SessionId(number), &record.document.fields);
                running.extend((session.status == Status::Running).then_some(session));
            }
        }
        Ok(running)
    }

    /// Whether the process that records this session is alive.
    pub fn is_alive(&self, id: SessionId) -> bool {
        self.files.is_locked(&layout::cast(id, 1)).unwrap_or(false)
    }

    /// A further segment of a recording; the first one must stay open, its lock is the sign of
    /// life.
    pub fn next_tape(&self, id: SessionId, segment: u32) -> Result<PrivateLog> {
        self.files.create_log(&layout::cast(id, segment))
    }

    /// Removes a segment of a recording that is given up for newer ones.
    pub fn drop_tape(&self, id: SessionId, segment: u32) -> Result<()> {
        self.files.remove_file(&layout::cast(id, segment)).map(drop)
    }

    /// Replaces a session's stored transcript, line by line.
    pub fn transcript_writer(&self, id: SessionId) -> Result<TranscriptWriter> {
        let file = self.files.writer(&layout::transcript(id))?;
        Ok(TranscriptWriter::new(file, self.redactor.clone()))
    }

    /// A session's file, relative to the project's root.
    pub fn session_path(&self, id: SessionId) -> String {
        layout::session(id)
    }

    /// A session's stored transcript, likewise.
    pub fn transcript_path(&self, id: SessionId) -> String {
        layout::transcript(id)
    }

    /// Where the brief of a run lies while it runs, likewise.
    pub fn brief_path(&self, id: SessionId) -> String {
        layout::brief(id)
    }

    /// The segments of a session's recording that are there, in order.
    pub fn cast_segments(&self, id: SessionId) -> Result<Vec<u32>> {
        let names: Vec<String> =
            self.files.list(layout::SESSIONS)?.into_iter().map(|entry| entry.name).collect();
        let mut segments: Vec<u32> = names.iter().filter_map(|n| layout::segment(id, n)).collect();
        segments.sort_unstable();
        Ok(segments)
    }

    /// Where the trail of a run lies while it runs, likewise.
    pub fn trail_path(id: SessionId) -> String {
        layout::trail(id)
    }

    /// The sessions that have a trail in `files`: those that run, and those that were killed.
    pub fn trails(files: &Root) -> Vec<SessionId> {
        let entries = files.list(layout::SESSIONS).unwrap_or_default();
        entries.iter().filter_map(|entry| layout::trail_of(&entry.name)).collect()
    }

    /// A segment of a session's recording, likewise; segments count from 1.
    pub fn cast_path(&self, id: SessionId, segment: u32) -> String {
        layout::cast(id, segment)
    }

    fn write_session(&self, value: &Session) -> Result<()> {
        self.write_record(
            &layout::session(value.id),
            |over| session::write(value, over),
            |redacted| markdown::session(&session::read(value.id, redacted)),
        )
    }

    /// The counter follows when a session ends: until then its files hold its number, and a run
    /// starts without waiting for one more file to reach the disk.
    fn raise_session_counter(&self, id: SessionId) -> Result<()> {
        if self.config()?.session_counter >= id.0 {
            return Ok(());
        }
        self.edit_config(|doc| config::set(doc, "session_counter", i64::from(id.0)))
    }

    /// The handoff that the session started from learns how it went.
    fn record_outcome(&self, session: &Session, now: Timestamp) -> Result<()> {
        let Some(id) = session.handoff else { return Ok(()) };
        let rel = layout::handoff(id);
        // 0.2.1 deletes old handoffs; a missing one has no outcome to note.
        let Some(record) = self.record(&rel)? else { return Ok(()) };
        let mut outcome = handoff::read(id, &record.document.fields, &record.document.body);
        outcome.status = session::status_word(session);
        outcome.returncode.clone_from(&session.returncode);
        outcome.updated = Some(now);
        self.write_handoff(&outcome)
    }

    fn append_event(&self, session: &Session) -> Result<()> {
        let event = timeline::write(session, &layout::session(session.id));
        let line = seal::json_line(&self.redactor, &event);
        if self.last_event_line(session.id)?.as_deref() == Some(&*line.as_str()) {
            return Ok(());
        }
        self.files.append_line(layout::TIMELINE, &line)
    }

    /// Rewrites the index from what the sessions' files say.
    pub(super) fn write_index(&self) -> Result<()> {
        let rows = self.records(layout::SESSIONS, SessionId::PREFIX, |number, document| {
            let mut row = document.fields;
            fields::set_text(&mut row, "path", layout::session(SessionId(number)));
            row.entry("claude_session_id".into()).or_insert_with(|| "".into());
            row.entry("returncode".into()).or_insert(serde_json::Value::Null);
            let mut line = seal::json_line(&self.redactor, &row.into_iter().collect());
            line.push(&Redacted::plain("\n"));
            line
        })?;
        let rows: Vec<&Redacted> = rows.items.iter().collect();
        self.files.write(layout::INDEX, &Redacted::join(&rows))
    }
}
