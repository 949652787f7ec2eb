//! Follows the transcripts of one run while it goes on: finds them, reads what is appended, and
//! says what they hold and whether they are really ours.
//!
//! Looking at a file costs two system calls; looking for files happens at most once a second, and
//! rarely while the assistant is idle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::process;
use super::tail::{Step, Tail};
use super::trail::{Followed, Trail, length};
use super::watch::Watch;
use super::{claude, codex};
use crate::clock::Timestamp;
use crate::disk::Root;
use crate::error::{Error, Result};
use crate::model::{Activity, Captured, Digest, Drift, Live, SessionId, Turn};
use crate::provider::{Home, LaunchSpec, Provider};
use crate::transcript::Digester;

/// Bytes read per poll: a poll then takes some 20 ms even after a long pause.
const POLL_BYTES: u64 = 4 << 20;
/// How often files are looked for while something happens.
const SCAN_EVERY: Duration = Duration::from_secs(1);
/// The same while the assistant is idle and its transcript is known: only a session that the
/// person starts by hand is missed for so long, and it has no turn yet.
const SCAN_EVERY_IDLE: Duration = Duration::from_secs(10);
/// Looks at the child's open files after which their silence means that it has opened no session:
/// the first one may come before it could.
const LOOKS_ENOUGH: u32 = 2;
/// Names of unknown records that are kept of all transcripts together, as in each of them.
const UNKNOWN_MAX: usize = 64;

/// Follows the transcripts of one run.
#[derive(Debug)]
pub struct Tracker {
    trail: Trail,
    /// The trail as it was last kept on disk.
    kept: Option<Trail>,
    /// The project's files and our own session: what other runs have claimed is not ours.
    project: Option<(Root, SessionId)>,
    /// Transcripts that were there before the start, with their lengths.
    present: BTreeMap<PathBuf, u64>,
    /// Codex: threads that our processes were seen to write.
    threads: BTreeSet<String>,
    /// Codex: how often the system told the child's open files.
    looks: u32,
    tails: Vec<Tail>,
    digester: Digester,
    watch: Watch,
    last_scan: Option<Instant>,
    /// What the screen showed at the last poll.
    seen: (Activity, u32),
    /// That has changed since files were looked for.
    stirred: bool,
    behind: bool,
    /// What is wrong with finding.
    unfound: Option<String>,
    /// What is wrong with reading.
    unread: Option<String>,
}

impl Tracker {
    /// A tracker for a child that is about to be started. It measures what is there already, so
    /// it must be made before the start.
    pub fn new(spec: &LaunchSpec, now: Timestamp) -> Self {
        let mut tracker = Self::of(Trail::before(spec, now));
        if let Some(home) = tracker.trail.home() {
            tracker.present = match home.provider {
                Provider::Claude => claude::present(&tracker.trail, &home),
                Provider::Codex => codex::present(&tracker.trail, &home),
            };
        }
        tracker
    }

    /// A tracker of a run that is known only by its trail.
    pub(super) fn of(mut trail: Trail) -> Self {
        let followed = std::mem::take(&mut trail.files);
        let is_codex = trail.provider() == Some(Provider::Codex);
        let mut tracker = Self {
            kept: None,
            project: None,
            present: BTreeMap::new(),
            threads: trail.native_id.iter().filter(|_| is_codex).cloned().collect(),
            looks: 0,
            tails: Vec::new(),
            digester: Digester::default(),
            watch: Watch::default(),
            last_scan: None,
            seen: (Activity::Unknown, 0),
            stirred: true,
            behind: false,
            unfound: None,
            unread: None,
            trail,
        };
        for file in followed {
            tracker.follow(&file.path, file.start);
        }
        tracker
    }

    /// Tells which session of which project it is: there its trail is kept, and there other runs
    /// leave theirs, so that none takes what is another's.
    #[must_use]
    pub fn of_session(mut self, files: &Root, session: SessionId) -> Self {
        self.project = Some((files.clone(), session));
        self
    }

    /// Keeps on disk what is needed to find the transcripts again, for the case that we are
    /// killed. Writes only when something new is known; call it after each poll.
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
            Some(Provider::Codex) => {
                self.threads.insert(native_id.to_owned());
            }
            _ => self.trail.native_id = Some(native_id.to_owned()),
        }
        self.last_scan = None;
        self.stirred = true;
    }

    /// What must be kept to find the transcripts again; it grows when a file is found.
    pub fn trail(&self) -> Trail {
        let mut trail = self.trail.clone();
        trail.native_id = trail.native_id.or_else(|| self.threads.first().cloned());
        trail.files = self.tails.iter().map(followed).collect();
        trail
    }

    /// The provider's id of the session: the last one of the run, which is the one to resume.
    pub fn native_id(&self) -> Option<String> {
        let last = self.tails.last().map(Tail::path);
        match self.trail.provider()? {
            Provider::Claude => last.and_then(Path::file_stem)?.to_str().map(str::to_owned),
            Provider::Codex => last.and_then(codex::thread),
        }
        .or_else(|| self.trail.native_id.clone())
    }

    /// There is more to read than one poll takes; poll again soon.
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Reads what is new. `activity` and `wire_turns` are what the screen shows: what the child
    /// does, and how many turns have ended.
    pub fn poll(&mut self, activity: Activity, wire_turns: u32, now: Instant) -> Live {
        self.stirred |= self.seen != (activity, wire_turns);
        self.seen = (activity, wire_turns);
        if self.is_scan_due(now) {
            self.scan();
            self.last_scan = Some(now);
            self.stirred = false;
        }
        self.read();
        self.watch.note(activity, wire_turns, self.bytes(), now);
        self.live(now)
    }

    fn is_scan_due(&self, now: Instant) -> bool {
        let quiet = self.seen.0 == Activity::Idle && !self.stirred && !self.tails.is_empty();
        let every = if quiet { SCAN_EVERY_IDLE } else { SCAN_EVERY };
        self.last_scan.is_none_or(|last| now.duration_since(last) >= every)
    }

    /// Bytes of ours that were read.
    pub(super) fn bytes(&self) -> u64 {
        self.tails.iter().map(Tail::read).sum()
    }

    /// Looks for transcripts of the run that are not followed yet.
    pub(super) fn scan(&mut self) {
        let Some(home) = self.trail.home() else { return };
        let family = self.trail.pid.map(process::family).unwrap_or_default();
        match home.provider {
            Provider::Claude => self.scan_claude(&home, &family),
            Provider::Codex => self.scan_codex(&home, &family),
        }
    }

    fn scan_claude(&mut self, home: &Home, family: &[u32]) {
        let cwd = &self.trail.cwd;
        let first = self.trail.native_id.as_deref().filter(|_| self.tails.is_empty());
        let first = first.and_then(|id| claude::by_id(home, cwd, id));
        let now = claude::by_pid(&self.trail, home, family);
        for path in [first, now].into_iter().flatten() {
            let start = self.start_of(&path).unwrap_or(0);
            self.follow(&path, start);
        }
    }

    fn scan_codex(&mut self, home: &Home, family: &[u32]) {
        let seen = codex::evidence(home, family);
        self.looks += u32::from(seen.is_some());
        let seen = seen.unwrap_or_default();
        self.threads.extend(seen.threads);
        let mut found = seen.rollouts;
        let spawned = Timestamp::from_second(self.trail.spawned);
        let known: Vec<_> = self.tails.iter().filter_map(|t| codex::thread(t.path())).collect();
        for thread in self.threads.iter().filter(|t| !known.contains(t)) {
            found.extend(codex::by_id(home, thread, Some(spawned)));
        }
        for path in found {
            if codex::is_the_persons(&path) {
                let is_old = codex::is_of_earlier_day(&path, &self.trail, home);
                let old = is_old.then(|| length(&path));
                let start = self.start_of(&path).or(old).unwrap_or(0);
                self.follow(&path, start);
            }
        }
        let knows = !self.threads.is_empty() || !self.tails.is_empty();
        if self.looks < LOOKS_ENOUGH && !knows {
            self.take_the_only_candidate(home);
        }
    }

    /// Without evidence, takes the one rollout that can only be ours; with more than one, or with
    /// another run that could have written it, none.
    fn take_the_only_candidate(&mut self, home: &Home) {
        let Some((files, own)) = &self.project else { return };
        let others = Trail::others(files, *own);
        let is_claimed =
            |path: &PathBuf| others.iter().flat_map(|t| &t.files).any(|f| f.path == *path);
        let is_rival = |t: &Trail| {
            t.provider == self.trail.provider && t.files.is_empty() && t.cwd == self.trail.cwd
        };
        let mut free: Vec<_> = codex::candidates(&self.trail, home);
        free.retain(|path| !is_claimed(path) && process::is_held(path) != Some(true));
        match (free.pop(), free.is_empty(), others.iter().any(is_rival)) {
            (None, ..) => {}
            (Some(only), true, false) => self.follow(&only, 0),
            _ => {
                let what = "several Codex sessions began in this folder at the same time";
                self.unfound = Some(format!("{what}, and nothing tells which one is ours"));
            }
        }
    }

    /// Where our part of a transcript begins that was there before the run; `None` for a new one.
    /// Until the run has a transcript, what came since the start can only be its own.
    fn start_of(&self, path: &Path) -> Option<u64> {
        let before = self.present.get(path)?;
        Some(if self.tails.is_empty() { *before } else { length(path) })
    }

    /// Follows a transcript from `start` on, unless it is followed already.
    fn follow(&mut self, path: &Path, start: u64) {
        if self.tails.iter().any(|tail| tail.path() == path) {
            return;
        }
        let Some(provider) = self.trail.provider() else { return };
        match Tail::open(path, start, provider.format()) {
            Ok(Some(tail)) => {
                self.tails.push(tail);
                self.unfound = None;
            }
            Ok(None) => {}
            Err(error) => self.unfound = Some(cannot_read(&error)),
        }
    }

    /// Reads what was appended, within the budget of one poll.
    pub(super) fn read(&mut self) {
        let mut budget = POLL_BYTES;
        let own_since = self.own_since();
        self.behind = false;
        self.unread = None;
        for tail in &mut self.tails {
            let (before, digester) = (tail.read(), &mut self.digester);
            let step = tail.step(budget, &mut |turn| {
                if is_own(&turn, own_since) {
                    digester.apply(&turn);
                }
            });
            budget = budget.saturating_sub(tail.read().saturating_sub(before));
            match step {
                Ok(Step::Current) => {}
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

    /// A fork copies what was said before into its own file; only what is younger than the run is
    /// ours.
    fn own_since(&self) -> Option<i64> {
        self.trail.forked.then_some(self.trail.spawned)
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
            files: self.tails.iter().map(|tail| tail.path().to_owned()).collect(),
            changed: Vec::new(),
            stopped_by: digest.failure.as_ref().map(|failure| failure.kind),
            digest,
        }
    }

    fn captured(&self, read: u32, now: Instant) -> Captured {
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
        match home.provider {
            Provider::Claude => {
                format!("no transcript at {}", claude::expected(&self.trail, &home).display())
            }
            Provider::Codex => {
                format!("no transcript of this run below {}", home.transcripts().display())
            }
        }
    }

    /// Whether a turn has begun whose end is not in the transcript, or has ended on the screen
    /// only.
    pub(super) fn is_open(&self) -> bool {
        let digest = self.digester.digest();
        let stopped = digest.interrupted || digest.failure.is_some();
        self.watch.is_waiting() || (digest.turns_ended < digest.prompts && !stopped)
    }

    /// Whether some process can still write to a transcript. Claude Code itself never holds one
    /// open, but what it has to say it says before it ends; Codex may have a server that goes on.
    pub(super) fn is_still_written(&self) -> bool {
        self.trail.provider() == Some(Provider::Codex)
            && self.tails.iter().any(|tail| process::is_held(tail.path()).unwrap_or(true))
    }

    /// What is wrong with finding or reading the transcripts.
    pub(super) fn problem(&self) -> Option<&str> {
        self.unread.as_deref().or(self.unfound.as_deref())
    }

    /// Reads all of ours once more, torn last lines included, and hands every turn to `each`.
    /// What cannot be read is told and left out.
    pub(super) fn read_all(&mut self, each: &mut dyn FnMut(Turn)) -> Vec<String> {
        let own_since = self.own_since();
        let mut warnings = Vec::new();
        for tail in &mut self.tails {
            let mut ours = |turn: Turn| {
                if is_own(&turn, own_since) {
                    each(turn)
                }
            };
            if let Err(error) = tail.read_all(&mut ours) {
                warnings.push(format!("a transcript could not be read to its end: {error}"));
            }
        }
        warnings
    }

    /// All that was not recognised.
    pub(super) fn drift(&self) -> Drift {
        let mut drift = Drift::default();
        self.tails.iter().for_each(|tail| add(&mut drift, tail.drift()));
        drift
    }
}

fn followed(tail: &Tail) -> Followed {
    Followed { path: tail.path().to_owned(), start: tail.start() }
}

fn cannot_read(error: &Error) -> String {
    format!("the transcript cannot be read: {error}")
}

fn is_own(turn: &Turn, own_since: Option<i64>) -> bool {
    match (own_since, turn.at) {
        (Some(since), Some(at)) => at.as_second() >= since,
        _ => true,
    }
}

fn add(sum: &mut Drift, drift: &Drift) {
    sum.records += drift.records;
    sum.bad_lines += drift.bad_lines;
    sum.long_lines += drift.long_lines;
    for (name, count) in &drift.unknown {
        if sum.unknown.len() < UNKNOWN_MAX || sum.unknown.contains_key(name) {
            *sum.unknown.entry(name.clone()).or_default() += count;
        }
    }
}
