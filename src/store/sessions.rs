//! Sessions: created under the lock, rewritten while they run, finished in one place.

use super::chain::Durability;
use super::format::{config, handoff, markdown, session, timeline};
use super::records::{Draft, Stored};
use super::transcript::TranscriptWriter;
use super::{Store, layout, seal, unwritten};
use crate::clock::Timestamp;
use crate::disk::{PrivateLog, Root};
use crate::error::{Error, Result};
use crate::model::{Repo, Session, SessionId, Status};
use crate::redact::Redacted;

impl Store {
    /// The session with the highest number, whatever is in its file.
    pub fn newest_session(&self) -> Result<Option<SessionId>> {
        let numbers = self.numbers(layout::SESSIONS, SessionId::PREFIX)?;
        Ok(numbers.last().copied().map(SessionId))
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
        let written = self.session_draft(&session);
        let written = written.and_then(|draft| self.write_drafts(&[draft], Durability::Later));
        if let Err(error) = written {
            // Without its session the empty recording means nothing.
            let _ = self.files.remove_file(&cast);
            return Err(error);
        }
        Ok((session, tape))
    }

    /// Writes what changed in a session; keys that others put into its file stay.
    pub fn update_session(&self, session: &Session) -> Result<()> {
        let _lock = self.lock()?;
        self.write_drafts(&[self.session_draft(session)?], Durability::Now)?;
        // A row that could not be written is not of this state of the file, and does not count.
        let _ = self.index_changed(session.id);
        Ok(())
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
        let counted = self.raise_session_counter(session.id);
        let taken_back = self.take_back_event(session);
        // The session comes last: after a kill or a full disk before that it still counts as
        // running, and is finished again. What cannot even be drafted, such as the outcome of a
        // damaged handoff, keeps nothing else from being written.
        let mut drafts = self.finished_tapes(session.id);
        drafts.push(self.outcome_draft(session, now).transpose());
        drafts.push(self.event_draft(session).transpose());
        drafts.push(self.topic_draft(session, now).transpose());
        drafts.push(Some(self.session_draft(session)));
        let (drafts, failed): (Vec<_>, Vec<_>) =
            drafts.into_iter().flatten().partition(Result::is_ok);
        let drafts: Vec<Draft> = drafts.into_iter().flatten().collect();
        let written = self.write_drafts(&drafts, Durability::Now);
        let warnings = self.project(session.id, repo, now);
        let failed = failed.into_iter().map(|failed| failed.map(drop));
        failed.chain([counted, taken_back, written]).collect::<Result<()>>()?;
        Ok(warnings)
    }

    /// Writes what a person says about a session that ended: its event and its topic tell it too.
    /// Returns what could not be brought up to date.
    pub fn annotate_session(
        &self,
        session: &Session,
        repo: &Repo,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        let _lock = self.lock()?;
        let drafts = [self.event_draft(session)?, self.topic_draft(session, now)?];
        let mut drafts: Vec<Draft> = drafts.into_iter().flatten().collect();
        drafts.push(self.session_draft(session)?);
        self.write_drafts(&drafts, Durability::Now)?;
        Ok(self.project(session.id, repo, now))
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
    pub fn transcript_writer(&self, id: SessionId) -> Result<TranscriptWriter<'_>> {
        // Somebody may have removed it while the session ran; what is left of it is written anew.
        self.files.create_dir(layout::SESSIONS)?;
        let file = self.files.writer(&layout::transcript(id))?;
        Ok(TranscriptWriter::new(self, id, file))
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
    pub fn brief_path(id: SessionId) -> String {
        layout::brief(id)
    }

    /// The segments of a session's recording that are there, in order.
    pub fn cast_segments(&self, id: SessionId) -> Result<Vec<u32>> {
        Self::segments(&self.files, id)
    }

    /// The same in a project's `files`.
    pub fn segments(files: &Root, id: SessionId) -> Result<Vec<u32>> {
        let mut segments = Vec::new();
        let found = |name: &str| segments.extend(layout::segment(id, name));
        files.each_name(layout::SESSIONS, found)?;
        segments.sort_unstable();
        Ok(segments)
    }

    /// Where the trail of a run lies while it runs, likewise.
    pub fn trail_path(id: SessionId) -> String {
        layout::trail(id)
    }

    /// The sessions that have a trail in `files`: those that run, and those that were killed.
    pub fn trails(files: &Root) -> Vec<SessionId> {
        let mut found = Vec::new();
        // A folder that cannot be read has none.
        let _ = files.each_name(layout::SESSIONS, |name| found.extend(layout::trail_of(name)));
        found
    }

    /// A segment of a session's recording, likewise; segments count from 1.
    pub fn cast_path(id: SessionId, segment: u32) -> String {
        layout::cast(id, segment)
    }

    fn session_draft(&self, value: &Session) -> Result<Draft> {
        self.draft(
            layout::session(value.id),
            |over| session::write(value, over),
            |redacted| markdown::session(&session::read(value.id, redacted)),
        )
    }

    /// The recording of a session that ends now; one that ended before is linked already, and an
    /// empty one is there for its lock only.
    fn finished_tapes(&self, id: SessionId) -> Vec<Option<Result<Draft>>> {
        if self.has_ended(id) {
            return Vec::new();
        }
        let prefix = format!("{id}.");
        let is_tape = |name: &str| name.starts_with(&prefix) && layout::is_kind(name, "cast");
        let tapes = self.files.list_where(layout::SESSIONS, is_tape).unwrap_or_default();
        let tapes = tapes.into_iter().filter(|tape| tape.len > 0);
        tapes
            .map(|tape| {
                let rel = format!("{}/{}", layout::SESSIONS, tape.name);
                let hash = self.hash_of(&rel).transpose()?;
                Some(hash.map(|hash| Draft::Done { rel, hash }))
            })
            .collect()
    }

    /// The counter follows when a session ends: until then its files hold its number, and a run
    /// starts without waiting for one more file to reach the disk.
    pub(super) fn raise_session_counter(&self, id: SessionId) -> Result<()> {
        if self.config()?.session_counter >= id.0 {
            return Ok(());
        }
        self.edit_config(|doc| config::set(doc, "session_counter", i64::from(id.0)))
    }

    /// The handoff that the session started from learns how it went.
    fn outcome_draft(&self, session: &Session, now: Timestamp) -> Result<Option<Draft>> {
        let Some(id) = session.handoff else { return Ok(None) };
        let rel = layout::handoff(id);
        // 0.2.1 deletes old handoffs; a missing one has no outcome to note.
        let Some(record) = self.record(&rel)? else { return Ok(None) };
        let mut outcome = handoff::read(id, &record.document.fields, &record.document.body);
        outcome.status = session::status_word(session);
        outcome.returncode.clone_from(&session.returncode);
        outcome.updated = Some(now);
        self.handoff_draft(&outcome).map(Some)
    }

    /// The session's event, unless it is the last one that the log has of it.
    fn event_draft(&self, session: &Session) -> Result<Option<Draft>> {
        let line = self.event_line(session);
        let is_told = self.last_event_line(session.id)?.as_deref() == Some(&*line.as_str());
        Ok((!is_told).then_some(Draft::Event(line)))
    }

    /// Takes an event back that was told of an end which was cut short before the session itself
    /// was written, where it is another one now: of one end there is one event.
    fn take_back_event(&self, session: &Session) -> Result<()> {
        let told = self.last_event_line(session.id)?;
        let is_other = told.is_some_and(|told| told != *self.event_line(session).as_str());
        if !is_other || self.has_ended(session.id) {
            return Ok(());
        }
        let (kept, removed) = self.events_without(session.id)?;
        self.linked(removed, Durability::Now, || self.keep_events(&kept))
    }

    fn event_line(&self, session: &Session) -> Redacted {
        let event = timeline::write(session, &layout::session(session.id));
        seal::json_line(&self.redactor, &event)
    }

    /// Whether the session's file says that it ended.
    fn has_ended(&self, id: SessionId) -> bool {
        self.session(id).is_ok_and(|stored| stored.value.status != Status::Running)
    }
}
