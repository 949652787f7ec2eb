//! The one corridor that every run goes through: begin, launch, follow, finish.
//!
//! A run on a terminal and a headless one differ only in what stands between launch and finish.
//! Whatever fails there, a session that has begun is finished.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::finishing::Finishing;
use super::packet::Packet;
use super::{Run, Say};
use crate::capture::{self, BeginPlan, Begun, Ended, Finished, Followed, Settle, Tracker};
use crate::clock::Timestamp;
use crate::disk::PrivateLog;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::git;
use crate::model::{Activity, Ending, Repo, Session, SessionId};
use crate::provider::{
    self, Brief, Capabilities, HostTraits, LaunchRequest, LaunchSpec, Mode, Provider,
};
use crate::store::Store;

/// Where a run takes place.
pub struct Corridor<'a> {
    /// The project.
    pub store: Arc<Store>,
    /// The user's environment.
    pub env: &'a Env,
    /// The folder that the assistant starts in.
    pub cwd: &'a Path,
    /// When loghop was started.
    pub now: Timestamp,
}

/// What a run is to do.
pub struct Task {
    /// The assistant.
    pub provider: Provider,
    /// Its program.
    pub program: PathBuf,
    /// What that program supports.
    pub capabilities: Capabilities,
    /// What the run is for.
    pub goal: String,
    /// What the assistant is told; `None` when nothing.
    pub packet: Option<Packet>,
    /// Tell it the whole handoff, not the short one.
    pub full: bool,
    /// The native session that it goes on with.
    pub resume: Option<String>,
    /// How far the transcripts of that session are kept already.
    pub read: Vec<Followed>,
    /// Its first prompt.
    pub prompt: Option<String>,
    /// The user's own arguments.
    pub args: Vec<std::ffi::OsString>,
    /// The longest that it may run.
    pub timeout: Option<Duration>,
    /// What a person should know from the beginning.
    pub notice: Option<String>,
}

/// A run between launch and finish.
pub struct Going {
    /// Its session; without a `cast_path` where no screen is recorded.
    pub session: Session,
    /// The beginning of its tape. It is locked, which proves that the run is alive: whoever takes
    /// it puts it back.
    pub tape: Option<PrivateLog>,
    /// Follows its transcripts; shared with whoever watches them.
    pub tracker: Arc<Mutex<Option<Tracker>>>,
    /// What a headless assistant printed, redacted.
    pub output: String,
    /// When its assistant ended, once somebody has begun to finish it.
    pub ended: Option<Timestamp>,
    /// What stood last on its screen, where a person should be told; redacted.
    pub last_words: String,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// The lock of a session that is finished: while it is held, its run lives.
pub struct Lock {
    /// The session, where nothing is on the tape.
    empty: Option<SessionId>,
    _tape: Option<PrivateLog>,
}

impl Going {
    /// The child runs under this pid.
    pub fn spawned(&self, pid: u32) {
        if let Some(tracker) = self.tracker.lock().as_mut() {
            tracker.spawned(pid);
            keep(tracker);
        }
    }
}

/// A trail that cannot be kept costs recovery after a kill, not the run.
pub fn keep(tracker: &mut Tracker) {
    let _ = tracker.keep();
}

impl Corridor<'_> {
    /// The whole way: the session is begun, `middle` starts the assistant and stays with it until
    /// it ends, and the session is finished. What fails on the way is a launch that failed.
    ///
    /// # Errors
    /// When the session can be neither begun nor finished; in the second case the next command
    /// does it.
    pub fn pass(
        &self,
        task: &Task,
        (host, mode): (HostTraits, Mode),
        say: Say<'_>,
        middle: impl FnOnce(LaunchSpec, &mut Going, Say<'_>) -> Result<Ending>,
    ) -> Result<Run> {
        let (mut going, launched) = self.enter(task, (host, mode))?;
        let ended = launched.and_then(|spec| middle(spec, &mut going, say));
        let ending = ended.unwrap_or_else(|error| Ending::LaunchFailed(error.to_string()));
        let (mut run, lock) = self.leave(task, &mut going, &ending, say)?;
        run.warnings.extend(self.let_go(lock));
        Ok(run)
    }

    /// The way in: the session is begun, and how the assistant is started, if it can be. Whoever
    /// goes in leaves.
    ///
    /// # Errors
    /// When the session cannot be begun.
    pub fn enter(
        &self,
        task: &Task,
        (host, mode): (HostTraits, Mode),
    ) -> Result<(Going, Result<LaunchSpec>)> {
        let Begun { session, tape } = self.begin(task)?;
        let mut going = Going {
            session,
            tape: Some(tape),
            tracker: Arc::default(),
            output: String::new(),
            ended: None,
            last_words: String::new(),
            warnings: Vec::new(),
        };
        let launched = self.launch(task, going.session.id, host, mode).inspect(|spec| {
            let tracker = Tracker::after(spec, self.now, &task.read);
            let mut tracker = tracker.of_session(self.store.files(), going.session.id);
            keep(&mut tracker);
            *going.tracker.lock() = Some(tracker);
            going.warnings.clone_from(&spec.warnings);
        });
        Ok((going, launched))
    }

    /// Writes the session down as running. From here on a crash can be recovered.
    fn begin(&self, task: &Task) -> Result<Begun> {
        let plan = BeginPlan {
            provider: task.provider,
            goal: task.goal.clone(),
            handoff: task.packet.as_ref().map(|p| p.handoff.id),
            topic: task.packet.as_ref().and_then(|p| p.handoff.topic),
            now: self.now,
        };
        capture::begin(&self.store, &plan)
    }

    /// Says how the assistant is started; the brief is on disk then.
    fn launch(
        &self,
        task: &Task,
        session: SessionId,
        host: HostTraits,
        mode: Mode,
    ) -> Result<LaunchSpec> {
        let brief = task.packet.as_ref().map(|packet| self.brief(task, packet, session));
        let brief = brief.transpose()?;
        Ok(provider::launch(&LaunchRequest {
            provider: task.provider,
            program: &task.program,
            capabilities: &task.capabilities,
            args: &task.args,
            cwd: self.cwd,
            env: self.env,
            host,
            session,
            brief: brief.as_ref(),
            prompt: task.prompt.as_deref(),
            resume: task.resume.as_deref(),
            mode,
        }))
    }

    /// The way out: finishes the session, whatever ended it. Only when its lock is let go may
    /// another command find the run dead.
    ///
    /// # Errors
    /// When the session cannot be finished. A second try may do better; else the next command
    /// does it.
    pub fn leave(
        &self,
        task: &Task,
        going: &mut Going,
        ending: &Ending,
        say: Say<'_>,
    ) -> Result<(Run, Lock)> {
        let mut finishing = Finishing::begin(task.provider, say)?;
        let repo = repository(&self.store, self.env);
        let at = *going.ended.get_or_insert_with(Timestamp::now);
        let ended = Ended { ending: ending.clone(), at, repo: &repo, output: going.output.clone() };
        let mut tracker = going.tracker.lock().take().unwrap_or_else(Tracker::idle);
        if let Err(error) = self.store.require_in_place() {
            return Err(lost(going.session.id, error, &mut tracker));
        }
        // Somebody may have removed it, with its folder perhaps.
        let tape = Store::cast_path(going.session.id, 1);
        if !self.store.files().exists(&tape).unwrap_or(true) {
            going.session.cast_path = None;
        }
        let (session, settle) = (going.session.clone(), Settle::AFTER_EXIT);
        let mut ask = |doing| finishing.ask(doing);
        let finished =
            capture::finish(&self.store, session, &mut tracker, &ended, settle, &mut ask);
        let Finished { session, warnings, read, .. } = finished.map_err(|error| {
            *going.tracker.lock() = Some(tracker);
            error.hint(format!(
                "{} is not lost: when that is mended, `loghop sessions` finishes it",
                going.session.id
            ))
        })?;
        let worked = !matches!(ending, Ending::LaunchFailed(_)) && !session.needs_sign_in();
        let noted = self.store.note_run(&task.provider.name(), worked, ended.at);
        let noted = noted.err().map(|error| format!("how the run went was not noted: {error}"));
        going.warnings.extend(warnings.into_iter().chain(noted));
        let lock = Lock {
            empty: session.cast_path.is_none().then_some(session.id),
            _tape: going.tape.take(),
        };
        let run = Run {
            provider: task.provider,
            session,
            read,
            ending: ending.clone(),
            last_words: std::mem::take(&mut going.last_words),
            warnings: std::mem::take(&mut going.warnings),
        };
        Ok((run, lock))
    }

    /// Lets go of a finished session; a tape that only was there for its lock goes too. What a
    /// person should know comes back.
    pub fn let_go(&self, lock: Lock) -> Option<String> {
        let Lock { empty, _tape } = lock;
        let dropped = empty.map(|id| self.store.drop_tape(id, 1)).transpose();
        dropped.err().map(|error| format!("the empty recording was not removed: {error}"))
    }

    fn brief(&self, task: &Task, packet: &Packet, session: SessionId) -> Result<Brief> {
        let text = if task.full { &packet.handoff.body } else { &packet.brief };
        let text = self.store.redactor().redact(text);
        let path = Store::brief_path(session);
        self.store.files().write(&path, &text)?;
        Ok(Brief { text: text.as_str().into_owned(), file: self.store.root().join(path) })
    }
}

/// A session whose project is gone. Only the assistant's own files still have something of it.
fn lost(id: SessionId, error: Error, tracker: &mut Tracker) -> Error {
    // A headless run has not looked for it yet.
    tracker.poll(Activity::Unknown, 0, Instant::now());
    let mut told = Error { hints: Vec::new(), ..error };
    told.message = format!("session {id} is not recorded: {}", told.message);
    let own = tracker.read_so_far();
    let left =
        own.iter().map(|file| format!("what its assistant wrote: `{}`", file.path.display()));
    left.fold(told, Error::hint)
}

/// The repository as it is now; an empty one where Git cannot be asked.
pub fn repository(store: &Store, env: &Env) -> Repo {
    git::read(store.root(), env, "", &git::Limits::default()).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::model::Status;

    /// A task for a client that is never started.
    pub(in crate::run) fn task() -> Task {
        Task {
            provider: Provider::Claude,
            program: "/bin/false".into(),
            capabilities: Capabilities::default(),
            goal: "try".into(),
            packet: None,
            full: false,
            resume: None,
            read: Vec::new(),
            prompt: None,
            args: Vec::new(),
            timeout: None,
            notice: None,
        }
    }

    #[test]
    fn what_fails_after_the_beginning_ends_the_session_as_a_launch_that_failed() {
        let dir = tempfile::tempdir().unwrap();
        let [repo, home] = ["repo", "home"].map(|name| dir.path().join(name));
        std::fs::create_dir(&repo).unwrap();
        std::fs::create_dir(&home).unwrap();
        let now = Timestamp::now();
        let store = Arc::new(Store::init(&repo, &home, "slug", now).unwrap());
        let env = Env::default();
        let corridor = Corridor { store: Arc::clone(&store), env: &env, cwd: &repo, now };
        let task = task();
        let start = (HostTraits::new(&env, false), Mode::Headless);
        let run = corridor.pass(&task, start, &mut |_| (), |_, going, _| {
            assert!(store.is_alive(going.session.id));
            going.session.cast_path = None;
            Err(Error::new(Kind::Io, "no thread to be had"))
        });
        let run = run.unwrap();
        assert_eq!(run.ending, Ending::LaunchFailed("no thread to be had".into()));
        let session = store.session(run.session.id).unwrap().value;
        assert_eq!(session.status, Status::LaunchFailed);
        assert!(!store.is_alive(session.id) && store.running_sessions().unwrap().is_empty());
        let left = std::fs::read_dir(repo.join(".loghop/sessions")).unwrap().flatten();
        let left: Vec<_> = left.map(|entry| entry.file_name().into_string().unwrap()).collect();
        assert_eq!(left, ["S-001.md"]);
    }
}
