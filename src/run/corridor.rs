//! The one corridor that every run goes through: begin, launch, follow, finish.
//!
//! A run on a terminal and a headless one differ only in what stands between launch and finish.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::Run;
use super::packet::Packet;
use crate::capture::{self, BeginPlan, Begun, Ended, Settle, Tracker};
use crate::clock::Timestamp;
use crate::env::Env;
use crate::error::Result;
use crate::git;
use crate::model::{Ending, Repo, Session, SessionId};
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
    /// Its first prompt.
    pub prompt: Option<String>,
    /// The user's own arguments.
    pub args: Vec<std::ffi::OsString>,
    /// The longest that it may run.
    pub timeout: Option<Duration>,
    /// What a person should know from the beginning.
    pub notice: Option<String>,
}

impl Corridor<'_> {
    /// Writes the session down as running. From here on a crash can be recovered.
    pub fn begin(&self, task: &Task) -> Result<Begun> {
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
    pub fn launch(
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

    /// The tracker of a child that is about to be started.
    pub fn track(&self, spec: &LaunchSpec, session: SessionId) -> Tracker {
        Tracker::new(spec, self.now).of_session(self.store.files(), session)
    }

    /// Finishes the session, whatever ended it.
    pub fn finish(
        &self,
        task: &Task,
        session: Session,
        tracker: Tracker,
        ending: Ending,
        output: String,
    ) -> Result<Run> {
        let repo = repository(&self.store, self.env);
        let ended = Ended { ending: ending.clone(), at: Timestamp::now(), repo: &repo, output };
        let finished = capture::finish(&self.store, session, tracker, &ended, Settle::AFTER_EXIT)?;
        Ok(Run {
            provider: task.provider,
            session: finished.session,
            ending,
            last_words: String::new(),
            warnings: finished.warnings,
        })
    }

    fn brief(&self, task: &Task, packet: &Packet, session: SessionId) -> Result<Brief> {
        let text = if task.full { &packet.handoff.body } else { &packet.brief };
        let text = self.store.redactor().redact(text);
        let path = self.store.brief_path(session);
        self.store.files().write(&path, &text)?;
        Ok(Brief { text: text.as_str().into_owned(), file: self.store.root().join(path) })
    }
}

/// The repository as it is now; an empty one where Git cannot be asked.
pub fn repository(store: &Store, env: &Env) -> Repo {
    git::read(store.root(), env, "", &git::Limits::default()).unwrap_or_default()
}
