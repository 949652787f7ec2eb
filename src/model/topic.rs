//! A thread of sessions that belong together.

use super::id::{SessionId, TopicId};
use crate::clock::Timestamp;

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its id.
    pub id: TopicId,
    /// Its title.
    pub title: String,
    /// Whether work goes on.
    pub state: TopicState,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// What it is about.
    pub summary: String,
    /// Its sessions, oldest first.
    pub sessions: Vec<SessionId>,
    /// What is left to do.
    pub todos_pending: Vec<String>,
}

/// Whether a topic is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicState {
    /// Work goes on.
    Active,
    /// It is done; it cannot be switched to.
    Closed,
}
