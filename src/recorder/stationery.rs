//! What the panel shows of a child throughout: made by the room above, once for each leg.

use std::cell::LazyCell;

use super::keys::Keys;
use super::panel::{Document, Guide};
use crate::clock::Timestamp;
use crate::model::{HandoffId, ProviderName, SessionId, TimelineEvent};
use crate::theme::Theme;

/// What the panel shows that does not change during a run, and how.
pub struct Stationery {
    /// The session.
    pub session: SessionId,
    /// Its assistant.
    pub provider: ProviderName,
    /// Its goal.
    pub goal: String,
    /// When it started.
    pub started: Timestamp,
    /// The handoff that it started from.
    pub handoff: Option<HandoffId>,
    /// That handoff's text.
    pub document: Document,
    /// Earlier sessions, newest first. They are read when somebody looks at them: a project can
    /// have hundreds, and a run starts without waiting for them.
    pub timeline: LazyCell<Vec<TimelineEvent>, Box<dyn FnOnce() -> Vec<TimelineEvent> + Send>>,
    /// What there is to try, for a newcomer.
    pub guide: Option<Guide>,
    /// Whether a tape is written.
    pub recording: bool,
    /// Colours.
    pub theme: Theme,
    /// loghop's keys.
    pub keys: Keys,
    /// Only ASCII.
    pub ascii: bool,
    /// The host speaks the kitty keyboard protocol.
    pub keyboard: bool,
}
