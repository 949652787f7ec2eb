//! Switches from outside a run: asked for at another terminal, and cut short by a kill.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::capture::Recovered;
use crate::error::{Error, Kind, Result};
use crate::model::{ProviderName, Session, SessionId, Switch, SwitchStep};
use crate::store::Store;

/// How often the journal is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a run may take to hear a wish: it listens four times a second.
const HEARD_WITHIN: Duration = Duration::from_secs(5);

/// What came of a wish.
#[derive(Debug, Clone, PartialEq)]
pub struct Switched {
    /// The session that was handed over.
    pub from: SessionId,
    /// The one that took over.
    pub to: Session,
}

/// Asks the loghop that runs in this project to hand over, and waits until it has. `told` hears
/// what is waited for.
///
/// # Errors
/// `InvalidInput` when none runs or it refuses; `Timeout` when it does not listen.
pub fn ask(
    store: &Store,
    to: Option<ProviderName>,
    at_once: bool,
    told: &mut dyn FnMut(&str),
) -> Result<Switched> {
    let from = running(store)?;
    let step = SwitchStep::Asked { at_once };
    store.note_switch(&Switch { from, to, step, handoff: None, session: None })?;
    let start = Instant::now();
    let mut is_heard = false;
    loop {
        match store.switch(from)?.map(|switch| switch.step) {
            None => return done(store, from),
            Some(SwitchStep::Refused(why)) => {
                store.forget_switch(from)?;
                return Err(Error::invalid(format!("{from} is not handed over: {why}")));
            }
            Some(SwitchStep::Asked { .. }) if start.elapsed() >= HEARD_WITHIN => {
                store.forget_switch(from)?;
                return Err(Error::new(
                    Kind::Timeout,
                    format!("the run of {from} does not answer"),
                )
                .hint("only runs in the split screen can be asked; elsewhere, end it"));
            }
            Some(SwitchStep::Asked { .. }) => {}
            Some(_) if !is_heard => {
                is_heard = true;
                told(&format!("{from} is handed over at the end of its turn"));
            }
            Some(_) if !store.is_alive(from) => {
                return Err(Error::new(Kind::Unexpected, format!("the run of {from} has died"))
                    .hint("run `loghop run` to go on"));
            }
            Some(_) => {}
        }
        sleep(LOOK_EVERY);
    }
}

/// The session that runs, if there is one; of several the newest.
fn running(store: &Store) -> Result<SessionId> {
    let alive = store.running_sessions()?.into_iter().map(|session| session.id);
    alive.filter(|id| store.is_alive(*id)).max().ok_or_else(|| {
        Error::invalid("no assistant runs in this project").hint("`loghop run` starts one")
    })
}

/// The journal is gone: somebody took over, or it was given up.
fn done(store: &Store, from: SessionId) -> Result<Switched> {
    let next = store.sessions()?.items.into_iter().rfind(|session| session.id > from);
    let handed = store.session(from)?.value.ended_by.as_deref() == Some("switch");
    match next.filter(|_| handed) {
        Some(to) => Ok(Switched { from, to }),
        None => Err(Error::invalid(format!("{from} was not handed over: it was cancelled there"))),
    }
}

/// Undoes switches whose run was killed. Their sessions are finished by now; what is left is the
/// journal, and the wish, which the next run fulfils.
pub(super) fn recover(store: &Store, recovered: &mut Recovered) -> Result<()> {
    for switch in store.switches()? {
        let lives = |id: SessionId| store.is_alive(id);
        if lives(switch.from) || switch.session.is_some_and(lives) {
            continue;
        }
        store.forget_switch(switch.from)?;
        if !matches!(switch.step, SwitchStep::Asked { .. } | SwitchStep::Refused(_)) {
            recovered.switch = Some(switch);
        }
    }
    Ok(())
}
