//! What is worth keeping of a session.

/// Summary, decisions and todos of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// What was done, in the assistant's words, at most 500 characters.
    pub summary: String,
    /// Decisions, oldest first.
    pub decisions: Vec<String>,
    /// What is left to do.
    pub todos_pending: Vec<String>,
    /// What was done.
    pub todos_done: Vec<String>,
}
