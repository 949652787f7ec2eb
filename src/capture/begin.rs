//! The beginning of a session: on disk before the child starts, so that from here on a crash can
//! be recovered.

use crate::clock::Timestamp;
use crate::disk::PrivateLog;
use crate::error::Result;
use crate::model::{HandoffId, Session, TopicId};
use crate::provider::Provider;
use crate::store::Store;

/// What is known about a session when it begins.
#[derive(Debug, Clone)]
pub struct BeginPlan {
    /// Which assistant.
    pub provider: Provider,
    /// The goal.
    pub goal: String,
    /// The handoff that it starts from.
    pub handoff: Option<HandoffId>,
    /// Its topic.
    pub topic: Option<TopicId>,
    /// Now.
    pub now: Timestamp,
}

/// A session that has begun.
#[derive(Debug)]
pub struct Begun {
    /// The session, with status `running`.
    pub session: Session,
    /// Its tape, empty and locked. The lock proves that the run is alive, so the tape must stay
    /// open until the session is finished, also when nothing is recorded.
    pub tape: PrivateLog,
}

/// Allocates a session and writes it down as running.
pub fn begin(store: &Store, plan: &BeginPlan) -> Result<Begun> {
    let (session, tape) = store.create_session(|id| {
        let mut session = Session::start(id, plan.provider.name(), plan.goal.clone(), plan.now);
        session.handoff = plan.handoff;
        session.topic = plan.topic;
        session
    })?;
    Ok(Begun { session, tape })
}
