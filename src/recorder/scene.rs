//! What a switch sees of the client that is to go. Pure.

use std::time::Instant;

use crate::model::Activity;

/// What the client does, as far as a switch depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// Now.
    pub now: Instant,
    /// What the client does.
    pub activity: Activity,
    /// Since when neither its screen's state nor its transcript have changed.
    pub quiet_since: Instant,
    /// A turn has ended that its transcript does not hold yet.
    pub owed: bool,
    /// The person has typed something that was not sent.
    pub draft: bool,
    /// It has gone, and everything it wrote has been read.
    pub gone: bool,
}

impl Scene {
    /// Whether a turn is under way, be it that it waits for the person.
    pub fn is_busy(&self) -> bool {
        matches!(self.activity, Activity::Working | Activity::Waiting)
    }
}
