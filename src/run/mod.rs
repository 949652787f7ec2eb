//! One run from plan to end.

pub mod packet;

use std::ffi::OsString;
use std::time::Duration;

use crate::model::{Ending, HandoffId, ProviderName, Session, SessionId, TopicId};
use crate::provider::Provider;
use crate::recorder::layout::Place;

/// What a person asked for when they started a run. Nothing in it is decided yet: defaults come
/// from the project, and `None` means that nobody chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRequest {
    /// The assistant; else the last useful session's, else the first one installed.
    pub provider: Option<ProviderName>,
    /// The goal of this run; else the project's.
    pub goal: Option<String>,
    /// The topic of this run.
    pub topic: TopicChoice,
    /// The longest that the child may run; `None` is the default of the mode.
    pub timeout: Option<Duration>,
    /// Not on a terminal: give the child our own streams instead of its print mode.
    pub interactive: bool,
    /// The provider's print mode, even on a terminal.
    pub headless: bool,
    /// Whether anything is written to disk.
    pub record: bool,
    /// Whether the assistant is told where the last one stopped.
    pub handoff: bool,
    /// Where the panel stands; else as it was last time in this project.
    pub layout: Option<Place>,
    /// The prompt of a headless run; else what is piped in, else the one that says to go on.
    pub prompt: Option<String>,
    /// Arguments for the provider, as they were typed.
    pub provider_args: Vec<OsString>,
    /// Another project than the one of the current folder: a registered name or a path.
    pub project: Option<String>,
    /// Give the full handoff of the last useful session, not the short one.
    pub resume: bool,
}

/// Which topic a run belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TopicChoice {
    /// The active one, else one made from the goal.
    #[default]
    Default,
    /// This one.
    Existing(TopicId),
    /// A new one, made from the goal.
    New,
    /// None.
    None,
}

/// How a run went.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// The assistant that ran last.
    pub provider: Provider,
    /// Its session; `None` when nothing was to be recorded.
    pub session: Option<SessionId>,
    /// The handoff that it started from.
    pub handoff: Option<HandoffId>,
    /// How its child came to its end.
    pub ending: Ending,
    /// Turns that were captured.
    pub turns: u32,
    /// What a headless child printed, redacted.
    pub stdout: String,
    /// What it printed on its error stream, redacted.
    pub stderr: String,
    /// What went wrong on the way without ending the run.
    pub warnings: Vec<String>,
}

/// The assistant of a run that names none: the last useful session's, while its program is still
/// there, else the first one installed. `sessions` are newest first.
pub fn default_provider(sessions: &[Session], installed: &[Provider]) -> Option<Provider> {
    let last = sessions.iter().find(|session| session.is_useful());
    let same = |name: &&Provider| last.is_some_and(|l| l.provider.as_str() == name.as_str());
    installed.iter().find(same).or(installed.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::Status;

    fn session(provider: Provider, prompts: u32) -> Session {
        let now = Timestamp::from_second(0);
        let mut session = Session::start(SessionId(1), provider.name(), String::new(), now);
        session.status = Status::Succeeded;
        session.prompts = Some(prompts);
        session
    }

    #[test]
    fn the_default_is_the_last_useful_sessions_assistant_while_it_is_installed() {
        use Provider::{Claude, Codex};
        let sessions = [session(Claude, 0), session(Codex, 2), session(Claude, 5)];
        assert_eq!(default_provider(&sessions, &[Claude, Codex]), Some(Codex));
        assert_eq!(default_provider(&sessions, &[Claude]), Some(Claude));
        assert_eq!(default_provider(&[], &[Claude, Codex]), Some(Claude));
        assert_eq!(default_provider(&sessions, &[]), None);
    }
}
