//! One run from plan to end.

use std::ffi::OsString;
use std::time::Duration;

use crate::model::{ProviderName, TopicId};

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
    pub layout: Option<Layout>,
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

/// Where the panel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Beside the child.
    Right,
    /// Below the child.
    Bottom,
    /// Nowhere; a line of status stays.
    Hidden,
}
