//! Sessions whose loghop was killed: finished by the next command, from what is on disk.

use std::time::Duration;

use super::finish::{Ended, Finished, Settle, finish};
use super::tracker::Tracker;
use super::trail::Trail;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{Ending, Repo, Session, Status};
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
    // Without a tape (another version's session) the lock makes an empty one for the moment.
    let had_tape = files.exists(&tape)?;
    let Some(_lock) = files.lock(&tape, Duration::ZERO)? else { return Ok(None) };
    let session = store.session(session.id)?.value;
    if session.status != Status::Running {
        return Ok(None);
    }
    let trail = Trail::load(files, session.id).unwrap_or_else(Trail::none);
    let tracker = Tracker::of(trail).of_session(files, session.id);
    let ended = Ended { ending: Ending::FoundDead, at: now, repo, output: session.output.clone() };
    let finished = finish(store, session, tracker, &ended, Settle::NONE)?;
    if !had_tape {
        files.remove_file(&tape)?;
    }
    Ok(Some(finished))
}
