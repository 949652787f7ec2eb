//! Sessions whose loghop was killed: finished by the next command, from what is on disk.

use std::time::Duration;

use super::finish::{Ended, Finished, Patience, Settle, finish};
use super::tracker::Tracker;
use super::trail::Trail;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{Ending, Repo, Session, SessionId, Status};
use crate::store::Store;

/// What was finished belatedly.
#[derive(Debug, Default)]
pub struct Recovered {
    /// The sessions.
    pub sessions: Vec<Session>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl Recovered {
    /// What a person is told about each session.
    pub fn told(&self) -> impl Iterator<Item = String> {
        self.sessions.iter().map(|session| {
            let (id, turns) = (session.id, session.turns_captured);
            format!("finished session {id}, whose run was killed: {turns} turns captured")
        })
    }
}

/// Finishes every session that says it runs while no process holds its tape. Two commands at once
/// do it once: whoever gets the tape's lock.
pub fn recover(store: &Store, repo: &Repo, now: Timestamp) -> Result<Recovered> {
    let mut recovered = Recovered::default();
    for session in store.running_sessions()? {
        match recover_one(store, &session, repo, now) {
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

fn recover_one(
    store: &Store,
    session: &Session,
    repo: &Repo,
    now: Timestamp,
) -> Result<Option<Finished>> {
    let files = store.files();
    let tape = store.cast_path(session.id, 1);
    let had_tape = files.exists(&tape)?;
    let Some(_lock) = files.lock(&tape, Duration::ZERO)? else { return Ok(None) };
    // Another version's session has no tape, and a run that ends just now may remove its own: the
    // lock then made an empty one.
    let finished = finish_locked(store, session.id, repo, now);
    if !had_tape {
        files.remove_file(&tape)?;
    }
    finished
}

/// Finishes the session, unless whoever held the lock before has done so.
fn finish_locked(
    store: &Store,
    id: SessionId,
    repo: &Repo,
    now: Timestamp,
) -> Result<Option<Finished>> {
    let files = store.files();
    let session = store.session(id)?.value;
    if session.status != Status::Running {
        return Ok(None);
    }
    let trail = Trail::load(files, id).unwrap_or_else(Trail::none);
    let tracker = Tracker::of(trail).of_session(files, id);
    let ended = Ended { ending: Ending::FoundDead, at: now, repo, output: session.output.clone() };
    finish(store, session, tracker, &ended, Settle::NONE, &mut |_| Patience::Full).map(Some)
}
