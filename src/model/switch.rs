//! A switch that is under way: one assistant goes, another one takes over.

use super::id::{HandoffId, ProviderName, SessionId};

/// The journal of a switch, from the wish to the start of the next assistant. It is gone when that
/// one runs; one that stays belongs to a run that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// The session that is handed over.
    pub from: SessionId,
    /// The assistant that takes over; `None` leaves it to the run.
    pub to: Option<ProviderName>,
    /// How far it is.
    pub step: SwitchStep,
    /// What the next assistant is told.
    pub handoff: Option<HandoffId>,
    /// The next session.
    pub session: Option<SessionId>,
    /// The earlier session of that assistant in this run, with which it goes on; `None` where it
    /// starts anew.
    pub resumes: Option<SessionId>,
}

/// How far a switch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchStep {
    /// Somebody at another terminal asks for it.
    Asked {
        /// Stop the turn that runs, instead of waiting for its end.
        at_once: bool,
    },
    /// The run will do it: something is waited for.
    Waiting(Hold),
    /// It will not be; why.
    Refused(String),
    /// The run does it: the assistant is ended at a safe point.
    Ending,
    /// The session is finished.
    Finished,
    /// What the next assistant is told is written down.
    Told,
    /// The next session has begun; its assistant may run.
    Begun,
}

/// What a switch waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The end of the turn that runs.
    TurnEnd,
    /// The person's answer to the question whether a draft may be lost.
    Answer,
}
