//! Two witnesses of one run: its transcript, and the tape of what stood on its screen. What only
//! the tape has is recovered, whatever ended the run: the same path for every ending.
//!
//! The tape is played once, as a stream; the transcript is read once to compare and once to be
//! written down. What is kept in between is bounded: the texts of the screen's turns, and the
//! words of the transcript's.

mod cast;
mod drawn;
mod given;
mod glance;
mod join;
mod lacking;
mod native;
mod page;
mod pair;
mod prose;
mod replay;
mod screen;
#[cfg(test)]
mod tests;
mod turns;
mod typed;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::patience::{Ask, Doing, Patience};
use super::tracker::Tracker;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{Entry, Seen, Session, SessionId, Turn, Witness, Witnesses};
use crate::provider::WAIT;
use crate::store::Store;
use crate::transcript::{Line, Lines};
use native::Native;
use replay::Replay;

/// Bytes of a tape that are read at once.
const CHUNK: usize = 256 << 10;
/// Bytes of the longest line of a tape that is read. Events hold about 64 KiB, and escapes make
/// six bytes of one.
const EVENT_MAX: usize = 4 << 20;

/// Bytes of a brief that are read: its writer keeps to a tenth.
const BRIEF_MAX: u64 = 1 << 20;

/// Bytes of a tape that are always played: half a second's work, and more than an hour of a client
/// that writes word by word. Nobody waits longer at the end of a run whose transcript has everything.
const ALWAYS: u64 = 8 << 20;

/// What the two witnesses of a run say together.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    /// The counts; `None` where there is no screen to compare with.
    pub(super) witnesses: Option<Witnesses>,
    both: BTreeSet<usize>,
    /// By the turn of the transcript before which they belong.
    recovered: BTreeMap<usize, Vec<Seen>>,
    started: Option<Timestamp>,
}

/// Compares the transcripts that `tracker` follows with the session's tape. What cannot be read is
/// told in `warnings`, and the other witness stands alone. After a clean end (`is_clean`) a long
/// tape is asked only where the transcript lacks something. `None` when patience is gone.
pub(super) fn reconcile(
    store: &Store,
    session: &Session,
    (tracker, is_clean): (&mut Tracker, bool),
    warnings: &mut Vec<String>,
    ask: Ask<'_>,
) -> Option<Reconciled> {
    let mut native = Native::default();
    // What cannot be read is told when it is written down.
    let mut goes_on = || ask(Doing::Reading) != Patience::Gone;
    tracker.read_all(&mut |turn| native.turn(&turn), &mut goes_on)?;
    let lacks_nothing = is_clean && native.is_whole();
    let is_told = lacks_nothing && tracker.turns_on_wire() as usize <= native.prompts();
    if is_told && bytes(store, session.id).is_ok_and(|bytes| bytes > ALWAYS) {
        return Some(Reconciled::default());
    }
    let mut replay = Replay::of(&given(store, session.id));
    match play(store, session.id, &mut replay, ask) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(error) => {
            warnings.push(format!("the recording could not be read to its end: {error}"));
        }
    }
    let is_at_start = !replay.tells() && native.prompts() == 0;
    if is_at_start && !tracker.trail().is_screen_only() {
        // A client that is known to tell what it does, and never did, was at a question of its
        // start: what was typed there, a key or a password perhaps, was no prompt.
        return Some(Reconciled::default());
    }
    let screen = replay.finish();
    if screen.is_empty() {
        return Some(Reconciled::default());
    }
    let is_asked = join::prompts(&screen) > native.prompts();
    let mut joined = native.join(&screen);
    if is_told || lacks_nothing && !is_asked {
        // What the screen has besides is what a client draws around a turn.
        joined.forget_recovered();
    }
    let mut recovered: BTreeMap<usize, Vec<Seen>> = BTreeMap::new();
    for (place, seen) in joined.recovered {
        recovered.entry(place).or_default().push(seen);
    }
    Some(Reconciled {
        witnesses: Some(joined.witnesses),
        both: joined.both.into_iter().collect(),
        recovered,
        started: session.started,
    })
}

impl Reconciled {
    /// What belongs before the turn of the transcript with this number.
    pub(super) fn before(&self, index: usize) -> impl Iterator<Item = Turn> {
        self.turns(index..=index)
    }

    /// What comes after the last turn of the transcript, which has `count` of them.
    pub(super) fn after(&self, count: usize) -> impl Iterator<Item = Turn> {
        self.turns(count..=usize::MAX)
    }

    fn turns(&self, places: RangeInclusive<usize>) -> impl Iterator<Item = Turn> {
        let seen = self.recovered.range(places).flat_map(|(_, seen)| seen);
        seen.map(|seen| Turn { at: self.moment(seen.from), entry: Entry::Seen(seen.clone()) })
    }

    /// Who knows of a turn of the transcript; `None` for what nobody said.
    pub(super) fn witness(&self, index: usize, turn: &Turn) -> Option<Witness> {
        let is_said = matches!(turn.entry, Entry::User { .. } | Entry::Assistant { .. });
        (is_said && self.witnesses.is_some())
            .then(|| if self.both.contains(&index) { Witness::Both } else { Witness::Transcript })
    }

    fn moment(&self, seconds: f64) -> Option<Timestamp> {
        self.started.map(|start| Timestamp::from_second(start.as_second() + seconds as i64))
    }
}

/// What loghop itself told the assistant of a session: clients show what they get as a prompt.
fn given(store: &Store, session: SessionId) -> String {
    let brief = store.files().read_text(&store.brief_path(session), BRIEF_MAX);
    brief.ok().flatten().map_or_else(String::new, |brief| format!("{brief}{WAIT}"))
}

/// The size of a session's tape.
fn bytes(store: &Store, session: SessionId) -> Result<u64> {
    let mut bytes = 0;
    for segment in store.cast_segments(session)? {
        if let Some(reader) = store.files().reader(&store.cast_path(session, segment))? {
            bytes += reader.len()?;
        }
    }
    Ok(bytes)
}

/// Plays all segments of a session's tape, in order. `false` when patience is gone.
fn play(store: &Store, session: SessionId, replay: &mut Replay, ask: Ask<'_>) -> Result<bool> {
    let (mut played, of) = (0, bytes(store, session)?);
    for segment in store.cast_segments(session)? {
        let Some(mut reader) = store.files().reader(&store.cast_path(session, segment))? else {
            continue;
        };
        let mut lines = Lines::with_max(EVENT_MAX);
        let (mut offset, mut buffer) = (0, vec![0; CHUNK]);
        let mut each = |line: Line<'_>| {
            if let Line::Whole(line) = line
                && let Some(event) = cast::event(line)
            {
                replay.event(&event);
            }
        };
        loop {
            let read = reader.read_from(offset, &mut buffer)?;
            if read == 0 {
                break;
            }
            offset += read as u64;
            played += read as u64;
            lines.feed(&buffer[..read], &mut each);
            if ask(Doing::Playing(played, of)) == Patience::Gone {
                return Ok(false);
            }
        }
        lines.finish(&mut each);
    }
    Ok(true)
}
