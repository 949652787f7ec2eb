//! Finds the transcripts of one run. Reading them is the tracker's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::process;
use super::trail::{Followed, Trail, length};
use super::{claude, cleared, codex, joined};
use crate::clock::Timestamp;
use crate::disk::Root;
use crate::model::{Activity, SessionId};
use crate::provider::{Home, Provider};

/// What is known about where the transcripts are.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The project's files and our own session: what other runs have claimed is not ours.
    project: Option<(Root, SessionId)>,
    /// Transcripts that were there before the start, with their lengths.
    present: BTreeMap<PathBuf, u64>,
    /// Claude: the client's pid file, once it was found.
    pid_file: Option<PathBuf>,
    /// Codex: threads that are ours.
    threads: BTreeSet<String>,
    /// When it was last told what the client writes: for Claude by its pid file, for Codex by the
    /// child's open files. What they did not show was not there yet.
    looked: Option<Timestamp>,
    /// The same, when that was still something else than now.
    looked_before: Option<Timestamp>,
    /// Claude: the session that the client is in, and what it does there.
    session: Option<(String, Option<Activity>)>,
    /// Why nothing was taken.
    problem: Option<String>,
}

/// The transcript that a resumed session goes on in, if its id tells it. What it holds now was
/// there before the run.
pub(super) fn resumed(trail: &Trail) -> Option<Followed> {
    let id = trail.native_id.as_deref().filter(|_| trail.resumed)?;
    let home = trail.home()?;
    let path = match home.provider {
        Provider::Claude => claude::by_id(&home, &trail.cwd, id),
        Provider::Codex => codex::by_id(&home, id),
        Provider::Own(_) => None,
    }?;
    Some(Followed { start: length(&path), path })
}

impl Search {
    /// A search for the transcripts of a run that has not started yet: what is there now is older.
    pub(super) fn before(trail: &Trail) -> Self {
        let present = trail.home().map(|home| match home.provider {
            Provider::Claude => claude::present(trail, &home),
            Provider::Codex => codex::present(trail, &home),
            Provider::Own(_) => BTreeMap::new(),
        });
        Self { present: present.unwrap_or_default(), ..Self::of(trail) }
    }

    /// A search for the transcripts of a run that left its trail.
    pub(super) fn of(trail: &Trail) -> Self {
        let is_codex = trail.provider() == Some(Provider::Codex);
        let threads = trail.native_id.iter().filter(|_| is_codex).cloned().collect();
        Self { threads, ..Self::default() }
    }

    pub(super) fn beside(&mut self, files: &Root, session: SessionId) {
        self.project = Some((files.clone(), session));
    }

    /// Codex: this thread is ours.
    pub(super) fn add_thread(&mut self, thread: &str) {
        self.threads.insert(thread.to_owned());
    }

    /// Codex: a thread that is ours.
    pub(super) fn thread(&self) -> Option<&String> {
        self.threads.first()
    }

    /// Why nothing was taken.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// What the client itself tells that it does.
    pub(super) fn told(&self) -> Option<Activity> {
        self.session.as_ref()?.1
    }

    /// Whether the client says that it is in another session than before. It costs the reading of
    /// one small file.
    pub(super) fn has_moved(&mut self, trail: &Trail) -> bool {
        let told = self.pid_file.as_deref().and_then(|file| claude::told(trail, file));
        let id = |session: &Option<(String, _)>| session.as_ref().map(|(id, _)| id.clone());
        let has_moved = told.is_some() && id(&told) != id(&self.session);
        if has_moved {
            self.looked_before = self.looked;
        }
        if told.is_some() {
            self.looked = Some(Timestamp::now());
        }
        self.session = told;
        has_moved
    }

    /// The transcripts of the run that can be seen now; `followed` are the ones known already.
    pub(super) fn scan(&mut self, trail: &Trail, followed: &[PathBuf]) -> Vec<Followed> {
        let Some(home) = trail.home() else { return Vec::new() };
        let family = trail.pid.map(process::family).unwrap_or_default();
        self.problem = None;
        let found = match home.provider {
            Provider::Claude => self.scan_claude(trail, &home, &family, followed),
            Provider::Codex => self.scan_codex(trail, &home, &family, followed),
            Provider::Own(_) => Vec::new(),
        };
        let mut new = Vec::new();
        for path in found.into_iter().filter(|path| !followed.contains(path)) {
            let since = self.looked_before.filter(|_| !followed.is_empty());
            let start = self.start_of(&path, trail, &home, since);
            new.push(Followed { path, start });
        }
        new
    }

    /// Where our part of a transcript begins. Until the run has a transcript, what came since the
    /// start can only be its own; later, a file that was there is one that the person went over
    /// to, and others may have written to it in the meantime. `since` then is when it was last told
    /// that the client wrote elsewhere.
    fn start_of(&self, path: &Path, trail: &Trail, home: &Home, since: Option<Timestamp>) -> u64 {
        let spawned = Timestamp::from_second(trail.spawned);
        let is_old =
            home.provider == Provider::Codex && codex::is_of_earlier_day(path, trail, home);
        match (self.present.get(path), since) {
            (Some(before), None) => *before,
            (None, None) if !is_old => 0,
            (None, Some(_)) if joined::is_begun(path, spawned) => 0,
            (_, since) => joined::start(path, since.unwrap_or(spawned)),
        }
    }

    fn scan_claude(
        &mut self,
        trail: &Trail,
        home: &Home,
        family: &[u32],
        followed: &[PathBuf],
    ) -> Vec<PathBuf> {
        let first = trail.native_id.as_deref().filter(|_| followed.is_empty());
        let first = first.and_then(|id| claude::by_id(home, &trail.cwd, id));
        self.pid_file = claude::pid_file(trail, home, family);
        self.has_moved(trail);
        let now = self.pid_file.as_ref().and_then(|file| claude::by_pid_file(trail, home, file));
        let now = now.filter(|now| first.as_ref() != Some(now));
        let has_begun = first.is_some() || !followed.is_empty();
        let gone = if self.pid_file.is_none() && has_begun {
            self.cleared(trail, home)
        } else {
            Vec::new()
        };
        first.into_iter().chain(now).chain(gone).collect()
    }

    /// What the client went over to when nobody looked, once it does not tell any more.
    fn cleared(&self, trail: &Trail, home: &Home) -> Vec<PathBuf> {
        let Some((files, own)) = &self.project else { return Vec::new() };
        let others = Trail::others(files, *own);
        let is_claimed = |path: &PathBuf| {
            others.iter().flat_map(|trail| &trail.files).any(|file| file.path == *path)
        };
        let mut found = cleared::transcripts(trail, home, &self.present);
        found.retain(|path| !is_claimed(path) && !claude::is_anothers(home, path));
        found
    }

    fn scan_codex(
        &mut self,
        trail: &Trail,
        home: &Home,
        family: &[u32],
        followed: &[PathBuf],
    ) -> Vec<PathBuf> {
        let seen = codex::evidence(home, family);
        let is_told = seen.is_some();
        if is_told {
            self.looked_before = self.looked.replace(Timestamp::now());
        }
        let seen = seen.unwrap_or_default();
        // The lock of an old thread may be ours for a moment, when it was tried and found free.
        // If the person goes on with it, its rollout is written.
        let is_new = |id: &String| !self.present.keys().any(|path| codex::is_of(path, id));
        self.threads.extend(seen.threads.into_iter().filter(is_new));
        let mut found = seen.rollouts;
        let known: Vec<_> = followed.iter().filter_map(|path| codex::thread(path)).collect();
        let since = Timestamp::from_second(trail.spawned);
        // Of a known thread the open files show what it goes on in.
        let is_hidden = |thread: &&String| !is_told || !known.contains(thread);
        let threads: BTreeSet<_> = self.threads.iter().chain(&known).filter(is_hidden).collect();
        for thread in threads {
            found.extend(codex::begun(home, thread, since));
        }
        found.retain(|path| codex::is_the_persons(path));
        if self.threads.is_empty() && followed.is_empty() {
            found.extend(self.only_candidate(trail, home));
        }
        found
    }

    /// Without evidence, the one rollout that can only be ours; with more than one, or with
    /// another run that could have written it, none.
    fn only_candidate(&mut self, trail: &Trail, home: &Home) -> Option<PathBuf> {
        let (files, own) = self.project.as_ref()?;
        let others = Trail::others(files, *own);
        let claimed: Vec<_> = others.iter().flat_map(|t| &t.files).map(|f| &f.path).collect();
        let since = self.looked.unwrap_or(Timestamp::from_second(trail.spawned));
        let mut free = codex::candidates(trail, home, since);
        free.retain(|path| !claimed.contains(&path) && process::is_held(path) != Some(true));
        let could_be_theirs = |other: &Trail| {
            other.provider == trail.provider && other.files.is_empty() && other.cwd == trail.cwd
        };
        let only = free.pop()?;
        if free.is_empty() && !others.iter().any(could_be_theirs) {
            return Some(only);
        }
        let what = "several Codex sessions began in this folder at the same time";
        self.problem = Some(format!("{what}, and nothing tells which one is ours"));
        None
    }
}
