//! One line of the project's event log.

use super::id::{HandoffId, ProviderName, SessionId, TopicId};
use super::notes::Notes;
use crate::clock::Timestamp;

/// A session that ended, as the timeline tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEvent {
    /// When.
    pub at: Option<Timestamp>,
    /// Which session.
    pub session: SessionId,
    /// Which assistant.
    pub provider: ProviderName,
    /// The status as on disk, with `_empty`.
    pub status: String,
    /// The goal.
    pub goal: String,
    /// Summary (at most 1,200 characters), decisions, todos.
    pub notes: Notes,
    /// At most 12 changed files.
    pub files_changed: Vec<String>,
    /// Turns in the stored transcript.
    pub turns_captured: u32,
    /// Its handoff.
    pub handoff: Option<HandoffId>,
    /// Its topic.
    pub topic: Option<TopicId>,
    /// Exit code as text.
    pub returncode: Option<String>,
    /// Worth continuing from (`Session::is_useful`); the default view hides the others.
    pub useful: bool,
}
