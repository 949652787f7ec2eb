//! What the stored transcripts say: of the session that a run continues from, and of those of its
//! topic before it, as one story.

use std::io::{ErrorKind, Read};

use crate::clock::Timestamp;
use crate::error::{AtPath, Result};
use crate::model::{Digest, ProviderName, Session, SessionId, Story, Turn};
use crate::store::{Lookup, Store};
use crate::transcript::{Digester, Format, Lines, Parser, Teller};

/// Bytes of a transcript read at once: few calls, and little memory.
const CHUNK_BYTES: usize = 64 * 1024;

/// Bytes of transcripts of earlier sessions that are read for one handoff: a tenth of a second.
/// The session that it continues from is always read whole.
const EARLIER_BYTES_MAX: u64 = 32 << 20;

/// Earlier sessions of the topic that belong to the story: what was said before them has been
/// handed over many times.
const EARLIER_MAX: usize = 8;

/// What came of reading.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The session that the run continues from.
    pub(super) digest: Digest,
    /// Its topic up to it.
    pub(super) story: Story,
    /// When that began.
    pub(super) since: Option<Timestamp>,
    /// Tokens of the target's context window, as its last session told them.
    pub(super) window: Option<u64>,
}

/// Reads what a run for `target` continues from.
pub(super) fn read(
    store: &Store,
    sessions: &Lookup,
    previous: Option<&Session>,
    target: &ProviderName,
) -> Result<History> {
    let Some(previous) = previous else { return Ok(History::default()) };
    let mut history = History::default();
    let mut teller: Option<Teller> = None;
    let earlier = earlier(store, sessions, previous)?;
    history.since = earlier.first().unwrap_or(previous).started;
    for session in earlier.iter().chain([previous]) {
        let teller = match &mut teller {
            Some(teller) => {
                teller.session(session.id);
                teller
            }
            none => none.insert(Teller::new(session.id)),
        };
        history.digest = digest(store, session.id, |turn| teller.apply(turn))?;
        if session.provider == *target {
            history.window = history.digest.usage.window.or(history.window);
        }
    }
    history.story = teller.map(|teller| teller.story()).unwrap_or_default();
    Ok(history)
}

/// The useful sessions of the same topic before `previous`, oldest first, as far as they are worth
/// their reading time.
fn earlier(store: &Store, sessions: &Lookup, previous: &Session) -> Result<Vec<Session>> {
    // Without its topic, or with a damaged one, a session stands alone.
    let topic = previous.topic.and_then(|id| store.topic(id).ok().flatten());
    let Some(topic) = topic else { return Ok(Vec::new()) };
    let of_topic = sessions.of_topic(&topic);
    let before = of_topic.filter(|session| session.id < previous.id && session.is_useful());
    let (mut found, mut room) = (Vec::new(), EARLIER_BYTES_MAX);
    for session in before.take(EARLIER_MAX) {
        let reader = store.files().reader(&store.transcript_path(session.id))?;
        let bytes = reader.map(|reader| reader.len()).transpose()?.unwrap_or(0);
        let Some(left) = room.checked_sub(bytes) else { break };
        room = left;
        found.push(session);
    }
    found.reverse();
    Ok(found)
}

/// What the stored transcript of a session says; nothing where there is none. `each` gets every
/// turn of it.
pub(super) fn digest(store: &Store, id: SessionId, mut each: impl FnMut(&Turn)) -> Result<Digest> {
    let path = store.transcript_path(id);
    let Some(mut reader) = store.files().reader(&path)? else { return Ok(Digest::default()) };
    let (mut lines, mut parser) = (Lines::default(), Parser::new(Format::Stored));
    let (mut digester, mut turns) = (Digester::default(), Vec::new());
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match reader.read(&mut chunk) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).at(&store.root().join(&path)),
        };
        if read == 0 {
            lines.finish(|line| parser.take(line, &mut turns));
        } else {
            lines.feed(&chunk[..read], |line| parser.take(line, &mut turns));
        }
        for turn in turns.drain(..) {
            digester.apply(&turn);
            each(&turn);
        }
        if read == 0 {
            let drift = parser.drift().clone();
            return Ok(Digest { drift, ..digester.digest().clone() });
        }
    }
}
