//! The durable record of one run.

use super::id::{HandoffId, ProviderName, SessionId, TopicId};
use super::notes::Notes;
use crate::clock::Timestamp;

/// How a session stands. On disk a trailing `_empty` says that nothing was captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Its child runs, as far as the file says.
    Running,
    /// It ended well, or was handed over.
    Succeeded,
    /// Its child failed.
    Failed,
    /// Somebody stopped it.
    Interrupted,
    /// It ran out of time.
    TimedOut,
    /// Its child never started.
    LaunchFailed,
    /// A person wrote its notes afterwards.
    Annotated,
    /// A word that another version wrote.
    Other(String),
}

impl Status {
    /// The word on disk, without `_empty`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed_out",
            Self::LaunchFailed => "launch_failed",
            Self::Annotated => "annotated",
            Self::Other(word) => word,
        }
    }

    /// Reads the word on disk, which must not carry `_empty` any more.
    pub fn from_word(word: &str) -> Self {
        match word {
            "running" => Self::Running,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "interrupted" => Self::Interrupted,
            "timed_out" => Self::TimedOut,
            "launch_failed" => Self::LaunchFailed,
            "annotated" => Self::Annotated,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// What the two witnesses of a run saw: its transcript and its screen. A turn is what one of the
/// two said until the other spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Witnesses {
    /// Turns in the provider's transcript.
    pub native: u32,
    /// Turns that the screen showed.
    pub screen: u32,
    /// Those that both have.
    pub matched: u32,
    /// Those that only the screen had, now in the stored transcript.
    pub recovered: u32,
}

impl std::fmt::Display for Witnesses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { native, screen, matched, recovered } = self;
        write!(f, "transcript {native}, screen {screen}, both {matched}, recovered {recovered}")
    }
}

/// One run of one assistant, from start to end.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Which assistant.
    pub provider: ProviderName,
    /// The goal when it started.
    pub goal: String,
    /// The handoff that it started from.
    pub handoff: Option<HandoffId>,
    /// The topic that it belongs to.
    pub topic: Option<TopicId>,
    /// How it stands.
    pub status: Status,
    /// Nothing was captured (`_empty` on disk).
    pub empty: bool,
    /// Summary, decisions, todos.
    pub notes: Notes,
    /// Files that changed, relative to the repository.
    pub files_changed: Vec<String>,
    /// Start.
    pub started: Option<Timestamp>,
    /// End.
    pub ended: Option<Timestamp>,
    /// Exit code as text, such as `0` or `130`.
    pub returncode: Option<String>,
    /// What a headless run printed (redacted, at most 50,000 characters).
    pub output: String,
    /// The stored transcript, relative to the repository.
    pub transcript_path: Option<String>,
    /// The recording, relative to the repository.
    pub cast_path: Option<String>,
    /// The provider's own session id.
    pub native_id: Option<String>,
    /// Turns in the stored transcript.
    pub turns_captured: u32,
    /// The person's prompts among them (ours; 0.2.1 does not know it); 1 where loghop asked a
    /// headless run to go on.
    pub prompts: Option<u32>,
    /// Why it stopped, when it was not the person: `usage_limit`, `auth`, `overloaded`, `error`.
    pub stop_reason: Option<String>,
    /// `switch` when it was handed over.
    pub ended_by: Option<String>,
    /// What transcript and screen saw of it; `None` where nobody compared them.
    pub witnesses: Option<Witnesses>,
    /// What the transcript's own account lacks, one line each.
    pub gaps: Vec<String>,
}

impl Session {
    /// How much of it is kept, in words.
    pub fn captured(&self) -> String {
        let noun = if self.turns_captured == 1 { "turn" } else { "turns" };
        format!("{} {noun} captured", self.turns_captured)
    }

    /// A session that starts now.
    pub fn start(id: SessionId, provider: ProviderName, goal: String, now: Timestamp) -> Self {
        Self {
            id,
            provider,
            goal,
            handoff: None,
            topic: None,
            status: Status::Running,
            empty: false,
            notes: Notes::default(),
            files_changed: Vec::new(),
            started: Some(now),
            ended: None,
            returncode: None,
            output: String::new(),
            transcript_path: None,
            cast_path: None,
            native_id: None,
            turns_captured: 0,
            prompts: None,
            stop_reason: None,
            ended_by: None,
            witnesses: None,
            gaps: Vec::new(),
        }
    }

    /// Whether a next run continues from it: at least one prompt was captured and it is not an
    /// authentication failure. How it ended does not matter: interrupted ones are exactly those
    /// that people want to go on with.
    pub fn is_useful(&self) -> bool {
        let prompted = self.prompts.map_or(self.turns_captured > 0, |n| n > 0);
        let annotated = self.status == Status::Annotated;
        (annotated || (prompted && !self.empty))
            && self.status != Status::Running
            && !self.needs_sign_in()
    }

    /// Whether it ended because nobody is signed in to the assistant.
    pub fn needs_sign_in(&self) -> bool {
        self.stop_reason.as_deref() == Some("auth")
    }

    /// Whether a usage limit stopped its assistant.
    pub fn hit_limit(&self) -> bool {
        self.stop_reason.as_deref() == Some("usage_limit")
    }
}
