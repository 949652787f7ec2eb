//! Sessions whose loghop was killed: finished by the next command, from what is on disk.

use std::time::Duration;

use super::finish::{Ended, Finished, Settle, finish};
use super::patience::{Doing, Patience};
use super::tracker::Tracker;
use super::trail::Trail;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{Ending, Repo, Session, SessionId, Status, Switch};
use crate::store::Store;

/// Sessions that are told one by one: a crash of the machine ends a handful of runs.
const TOLD_MAX: usize = 3;

/// What was finished belatedly.
#[derive(Debug, Default)]
pub struct Recovered {
    /// The sessions.
    pub sessions: Vec<Session>,
    /// A switch that was cut short, if there was one.
    pub switch: Option<Switch>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl Recovered {
    /// What a person is told about them: of many sessions, one line.
    pub fn told(&self) -> Vec<String> {
        let turns = |sessions: &[Session]| sessions.iter().map(|s| s.turns_captured).sum::<u32>();
        let one = |session: &Session| {
            let captured = session.captured();
            format!("finished session {}, which its run left unfinished: {captured}", session.id)
        };
        let mut told = match self.sessions.as_slice() {
            few if few.len() <= TOLD_MAX => few.iter().map(one).collect(),
            many => vec![format!(
                "finished {} sessions that their runs left unfinished: {} turns captured; \
                 `loghop sessions list` shows them",
                many.len(),
                turns(many)
            )],
        };
        told.extend(self.switch.iter().map(|switch| {
            let from = switch.from;
            let to = switch.to.as_ref().map_or_else(String::new, |to| format!(" to {to}"));
            format!("the switch from {from}{to} was cut short")
        }));
        told
    }
}

/// Told again and again which session is being finished, and what that is busy with.
pub type Watch<'a> = &'a mut dyn FnMut(SessionId, Doing);

/// Finishes every session that says it runs while no process holds its tape, while `watch` is told
/// how far that is. Two commands at once do it once: whoever gets the tape's lock.
pub fn recover(store: &Store, repo: &Repo, now: Timestamp, watch: Watch<'_>) -> Result<Recovered> {
    let mut recovered = Recovered::default();
    for session in store.running_sessions()? {
        match recover_one(store, &session, (repo, now), watch) {
            Ok(Some(finished)) => {
                recovered.warnings.extend(finished.warnings);
                recovered.sessions.push(finished.session);
            }
            Ok(None) => {}
            Err(error) => {
                let id = session.id;
                recovered.warnings.push(format!("session {id} could not be recovered: {error}"));
            }
        }
    }
    Ok(recovered)
}

/// Removes what runs need only while they go on, and what a kill left of them just after their
/// session was finished; it may have fallen before that was in the index.
pub fn clear_away(store: &Store) -> Result<()> {
    for id in Store::trails(store.files()) {
        let has_ended = |session: &Session| session.status != Status::Running;
        if !store.is_alive(id) && store.session(id).is_ok_and(|stored| has_ended(&stored.value)) {
            store.index_again(id)?;
            store.files().remove_file(&Store::brief_path(id))?;
            Trail::forget(store.files(), id)?;
        }
    }
    Ok(())
}

fn recover_one(
    store: &Store,
    session: &Session,
    found: (&Repo, Timestamp),
    watch: Watch<'_>,
) -> Result<Option<Finished>> {
    let files = store.files();
    let tape = Store::cast_path(session.id, 1);
    let Some(_lock) = files.lock(&tape, Duration::ZERO)? else { return Ok(None) };
    // Where nothing was recorded it is there for its lock alone, perhaps for this one: another
    // version's session has none, and a run that ends just now may remove its own.
    let is_empty = files.reader(&tape)?.map_or(Ok(true), |tape| tape.is_empty())?;
    let finished = finish_locked(store, session.id, is_empty, found, watch);
    if is_empty {
        files.remove_file(&tape)?;
    }
    finished
}

/// Finishes the session, unless whoever held the lock before has done so.
fn finish_locked(
    store: &Store,
    id: SessionId,
    is_unrecorded: bool,
    (repo, now): (&Repo, Timestamp),
    watch: Watch<'_>,
) -> Result<Option<Finished>> {
    let files = store.files();
    let mut session = store.session(id)?.value;
    if session.status != Status::Running {
        return Ok(None);
    }
    if is_unrecorded {
        session.cast_path = None;
    }
    let trail = Trail::load(files, id).unwrap_or_else(Trail::none);
    let mut tracker = Tracker::of(trail).of_session(files, id);
    let ended = Ended { ending: Ending::FoundDead, at: now, repo, output: session.output.clone() };
    let mut ask = |doing| {
        watch(id, doing);
        Patience::Full
    };
    finish(store, session, &mut tracker, &ended, Settle::NONE, &mut ask).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProviderName;

    #[test]
    fn few_are_told_one_by_one_and_many_in_one_line() {
        let recovered = |count| {
            let now = Timestamp::from_second(0);
            let start = |n| {
                let session =
                    Session::start(SessionId(n), ProviderName::claude(), String::new(), now);
                Session { turns_captured: 2, ..session }
            };
            let sessions = (1..=count).map(start).collect();
            Recovered { sessions, ..Recovered::default() }.told()
        };
        assert_eq!(recovered(0), Vec::<String>::new());
        assert_eq!(
            recovered(1),
            ["finished session S-001, which its run left unfinished: 2 turns captured"]
        );
        assert_eq!(recovered(3).len(), 3);
        let told = "finished 4 sessions that their runs left unfinished: 8 turns captured; \
                    `loghop sessions list` shows them";
        assert_eq!(recovered(4), [told]);
    }
}
