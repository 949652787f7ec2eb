//! Follows the transcripts of one run while it goes on: reads what is appended, and says what they
//! hold and whether everything that happened is in them.
//!
//! Looking at a file costs two system calls; looking for files happens at most once a second, and
//! rarely while the assistant is idle.

use std::time::{Duration, Instant};

use super::ours::Ours;
use super::playback::Player;
use super::process;
use super::retold;
use super::search::{self, Search};
use super::tail::{Step, Tail, cannot_read, followed};
use super::trail::{Followed, Trail};
use super::watch::Watch;
use super::{claude, codex};
use crate::clock::Timestamp;
use crate::disk::Root;
use crate::error::Result;
use crate::model::{Activity, Captured, Digest, Drift, Live, SessionId, Turn};
use crate::provider::{LaunchSpec, Provider};
use crate::transcript::Digester;

/// Bytes read per poll: a poll then takes some 20 ms even after a long pause.
const POLL_BYTES: u64 = 4 << 20;
/// How often files are looked for while something happens.
const SCAN_EVERY: Duration = Duration::from_secs(1);
/// The same while the assistant is idle and its transcript is known: only a session that the
/// person starts by hand is missed for so long, and it has no turn yet.
const SCAN_EVERY_IDLE: Duration = Duration::from_secs(10);

/// Follows the transcripts of one run.
#[derive(Debug)]
pub struct Tracker {
    trail: Trail,
    /// The trail as it was last kept on disk.
    kept: Option<Trail>,
    /// The project's files and our session, beside which the trail is kept.
    project: Option<(Root, SessionId)>,
    /// The tape, as far as it was played.
    player: Option<Player>,
    search: Search,
    tails: Vec<Tail>,
    digester: Digester,
    watch: Watch,
    last_scan: Option<Instant>,
    /// What the screen showed at the last poll.
    seen: (Activity, u32),
    /// That has changed since files were looked for.
    stirred: bool,
    behind: bool,
    /// What is wrong with opening a transcript.
    unopened: Option<String>,
    /// What is wrong with reading one.
    unread: Option<String>,
}

impl Tracker {
    /// A tracker for a child that is about to be started. It measures what is there already, so
    /// it must be made before the start.
    pub fn new(spec: &LaunchSpec, now: Timestamp) -> Self {
        Self::after(spec, now, &[])
    }

    /// The same for one that goes on with files of which so much is `read` already.
    pub fn after(spec: &LaunchSpec, now: Timestamp, read: &[Followed]) -> Self {
        let mut trail = Trail::of(spec, now);
        trail.files.extend(search::resumed(&trail));
        let trail = trail.after(read);
        Self::searching(Search::before(&trail), trail)
    }

    /// A tracker of a run that never came to its start: there is nothing to find.
    pub fn idle() -> Self {
        Self::of(Trail::none())
    }

    /// A tracker of a run that is known only by its trail.
    pub(super) fn of(trail: Trail) -> Self {
        Self::searching(Search::of(&trail), trail)
    }

    fn searching(search: Search, mut trail: Trail) -> Self {
        let followed = std::mem::take(&mut trail.files);
        let mut tracker = Self {
            trail,
            kept: None,
            project: None,
            player: None,
            search,
            tails: Vec::new(),
            digester: Digester::default(),
            watch: Watch::default(),
            last_scan: None,
            seen: (Activity::Unknown, 0),
            stirred: true,
            behind: false,
            unopened: None,
            unread: None,
        };
        for file in &followed {
            tracker.follow(file);
        }
        tracker
    }

    /// Tells which session of which project it is: there its trail is kept, there its tape is, and
    /// there other runs leave their trails, so that none takes what is another's.
    #[must_use]
    pub fn of_session(mut self, files: &Root, session: SessionId) -> Self {
        self.search.beside(files, session);
        self.project = Some((files.clone(), session));
        self
    }

    /// Keeps on disk what is needed to find the transcripts again, for the case that we are
    /// killed. Writes only when something new is known: call it before the child starts and after
    /// each poll.
    pub fn keep(&mut self) -> Result<()> {
        let Some((files, session)) = &self.project else { return Ok(()) };
        let trail = self.trail();
        if self.kept.as_ref() != Some(&trail) {
            trail.save(files, *session)?;
            self.kept = Some(trail);
        }
        Ok(())
    }

    /// The child runs under this pid.
    pub fn spawned(&mut self, pid: u32) {
        self.trail.pid = Some(pid);
    }

    /// The client itself named its session: in its event stream, or in the words with which it
    /// says good-bye.
    pub fn told(&mut self, native_id: &str) {
        match self.trail.provider() {
            Some(Provider::Codex) => self.search.add_thread(native_id),
            _ => self.trail.native_id = Some(native_id.to_owned()),
        }
        self.last_scan = None;
        self.stirred = true;
    }

    /// What must be kept to find the transcripts again; it grows when a file is found.
    pub fn trail(&self) -> Trail {
        let mut trail = self.trail.clone();
        trail.native_id = trail.native_id.or_else(|| self.search.thread().cloned());
        trail.files = self.tails.iter().map(followed).collect();
        trail
    }

    /// The transcripts, and how far each was read: where whoever goes on with it begins.
    pub fn read_so_far(&self) -> Vec<Followed> {
        self.tails.iter().map(|t| Followed { path: t.path().into(), start: t.whole() }).collect()
    }

    /// The provider's id of the last session of the run that has a transcript, which is the one
    /// to resume.
    pub fn native_id(&self) -> Option<String> {
        // What a person went on to without loghop is not the one to resume.
        let ours = self.tails.iter().filter(|tail| !tail.ours().is_anothers());
        let last = ours.max_by_key(|tail| tail.ours().last).or(self.tails.last())?.path();
        match self.trail.provider()? {
            Provider::Claude => Some(last.file_stem()?.to_str()?.to_owned()),
            Provider::Codex => codex::thread(last),
            Provider::Own(_) => None,
        }
    }

    /// There is more to read than one poll takes; poll again soon.
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Reads what is new. `activity` and `wire_turns` are what the screen shows: what the child
    /// does, and how many turns have ended.
    pub fn poll(&mut self, activity: Activity, wire_turns: u32, now: Instant) -> Live {
        // A client with a transcript that tells nothing yet is at a question of its start.
        let is_told = activity != Activity::Unknown || self.trail.is_screen_only();
        let wire_turns = if is_told { wire_turns } else { self.seen.1 };
        self.stirred |= self.seen != (activity, wire_turns);
        self.seen = (activity, wire_turns);
        if self.search.has_moved(&self.trail) || self.is_scan_due(now) {
            self.scan();
            self.last_scan = Some(now);
            self.stirred = false;
        }
        self.read();
        self.play();
        self.watch.note(activity, wire_turns, self.bytes(), now);
        self.live(now)
    }

    /// Plays what was recorded meanwhile: at the end little is left to do.
    fn play(&mut self) {
        if let Some((files, session)) = &self.project {
            let player = self.player.get_or_insert_with(|| Player::of(files, *session));
            player.follow();
        }
    }

    /// What was recorded has been changed since: it is played again, from its beginning.
    pub fn play_again(&mut self) {
        self.player = None;
    }

    /// The tape, as far as it was played while it was written.
    pub(super) fn take_player(&mut self) -> Option<Player> {
        self.player.take()
    }

    fn is_scan_due(&self, now: Instant) -> bool {
        let rests = matches!(self.seen.0, Activity::Idle | Activity::Waiting);
        let quiet = rests && !self.stirred && !self.tails.is_empty();
        let every = if quiet { SCAN_EVERY_IDLE } else { SCAN_EVERY };
        self.last_scan.is_none_or(|last| now.duration_since(last) >= every)
    }

    /// Bytes of ours that were read.
    pub(super) fn bytes(&self) -> u64 {
        self.tails.iter().map(Tail::read).sum()
    }

    /// Looks for transcripts of the run that are not followed yet.
    pub(super) fn scan(&mut self) {
        let followed: Vec<_> = self.tails.iter().map(|tail| tail.path().to_owned()).collect();
        for file in self.search.scan(&self.trail, &followed) {
            self.follow(&file);
        }
    }

    /// Follows a transcript, unless it is followed already.
    fn follow(&mut self, file: &Followed) {
        let format = self.trail.provider().and_then(Provider::format);
        let Some(format) = format else { return };
        if self.tails.iter().any(|tail| tail.path() == file.path) {
            return;
        }
        match Tail::open(file, format, Ours::of(&self.trail)) {
            Ok(Some(tail)) => {
                self.tails.push(tail);
                self.unopened = None;
            }
            Ok(None) => {}
            Err(error) => self.unopened = Some(cannot_read(&error)),
        }
    }

    /// Reads what was appended, within the budget of one poll.
    pub(super) fn read(&mut self) {
        let mut budget = POLL_BYTES;
        self.behind = false;
        self.unread = None;
        for tail in &mut self.tails {
            let (before, digester) = (tail.read(), &mut self.digester);
            let step = tail.step(budget, &mut |turn| digester.apply(&turn));
            budget = budget.saturating_sub(tail.read().saturating_sub(before));
            match step {
                Ok(Step::Current) => self.unread = self.unread.take().or_else(|| tail.foreign()),
                Ok(Step::Behind) => self.behind = true,
                Ok(Step::Removed) => {
                    let path = tail.path().display();
                    self.unread = Some(format!("the transcript was removed: {path}"));
                }
                Ok(Step::Rewritten) => return self.rebuild(),
                Err(error) => self.unread = Some(cannot_read(&error)),
            }
        }
    }

    /// A transcript was rewritten: everything is read again, within the budgets of the polls to
    /// come.
    fn rebuild(&mut self) {
        self.digester = Digester::default();
        self.watch.restart();
        self.behind = true;
        for tail in &mut self.tails {
            if let Err(error) = tail.restart() {
                self.unread = Some(cannot_read(&error));
            }
        }
    }

    /// The run was killed: when something was last heard of it.
    pub(super) fn ended(&mut self, at: Timestamp) {
        self.tails.iter_mut().for_each(|tail| tail.ended(at));
    }

    /// What was read so far, with all that was not recognised.
    pub(super) fn digest(&self) -> Digest {
        let mut digest = self.digester.digest().clone();
        digest.drift = self.drift();
        digest
    }

    fn live(&self, now: Instant) -> Live {
        let digest = self.digest();
        Live {
            captured: self.captured(digest.turns, now),
            seen: self.seen.1,
            files: self.tails.iter().map(|tail| tail.path().to_owned()).collect(),
            changed: Vec::new(),
            told: self.search.told(),
            stopped_by: digest.failure.as_ref().map(|failure| failure.kind),
            digest,
        }
    }

    fn captured(&self, read: u32, now: Instant) -> Captured {
        if self.trail.is_screen_only() {
            return Captured::Screen { sent: self.seen.1 };
        }
        let found = !self.tails.is_empty();
        if let (true, Some(problem)) = (found, self.problem()) {
            let problem = problem.to_owned();
            return Captured::Lost { reason: problem, read, known: read };
        }
        self.watch.captured(found, read, now, || self.why_lost())
    }

    fn why_lost(&self) -> String {
        if let Some(reason) = self.problem().or(self.trail.unrecorded.as_deref()) {
            return reason.to_owned();
        }
        let Some(home) = self.trail.home() else { return "the assistant is not known".to_owned() };
        if let Some(tail) = self.tails.last() {
            return format!("a turn ended and nothing was added to {}", tail.path().display());
        }
        if home.provider == Provider::Claude {
            let expected = claude::expected(&self.trail, &home);
            return format!("no transcript at {}", expected.display());
        }
        format!("no transcript of this run below {}", home.transcripts().display())
    }

    /// Turns that have ended on the screen.
    pub(super) fn turns_on_wire(&self) -> u32 {
        self.seen.1
    }

    /// Whether a turn has ended on the screen of which no transcript holds anything yet.
    pub(super) fn is_owed(&self) -> bool {
        self.watch.is_waiting() && !self.trail.is_screen_only()
    }

    /// Whether a turn has begun whose end is not in the transcript, or has ended on the screen
    /// only.
    pub(super) fn is_open(&self) -> bool {
        let digest = self.digester.digest();
        let stopped = digest.interrupted || digest.failure.is_some();
        self.is_owed() || (digest.turns_ended < digest.prompts && !stopped)
    }

    /// Whether some process can still write to a transcript. Claude Code itself never holds one
    /// open, but what it has to say it says before it ends; Codex may have a server that goes on.
    pub(super) fn is_still_written(&self) -> bool {
        self.trail.provider() == Some(Provider::Codex)
            && self.tails.iter().any(|tail| process::is_held(tail.path()).unwrap_or(true))
    }

    /// What is wrong with finding or reading the transcripts.
    pub(super) fn problem(&self) -> Option<&str> {
        let own = self.unread.as_deref().or(self.unopened.as_deref());
        own.or(self.search.problem())
    }

    /// Reads all of ours once more, torn last lines included, and hands every turn to `each`.
    /// What cannot be read is told and left out. `None` once `goes_on` says no.
    pub(super) fn read_all(
        &mut self,
        each: &mut dyn FnMut(Turn),
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Option<Vec<String>> {
        retold::read_all(&mut self.tails, each, goes_on)
    }

    /// All that was not recognised.
    pub(super) fn drift(&self) -> Drift {
        let mut drift = Drift::default();
        self.tails.iter().for_each(|tail| drift.add(tail.drift()));
        drift.later = self.tails.iter().map(|tail| tail.ours().later).sum();
        drift
    }
}
