//! Two witnesses of one run: its transcript, and the tape of what stood on its screen. What only
//! the tape has is recovered, whatever ended the run: the same path for every ending.
//!
//! The transcript is read once to compare and once to be written down. What is kept in between is
//! bounded: the texts of the screen's turns, and the words of the transcript's.

mod align;
mod join;
mod lacking;
mod native;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::patience::{Ask, Doing, Patience};
use super::playback::Player;
use super::tracker::Tracker;
use crate::clock::Timestamp;
use crate::model::{Ending, Entry, Seen, Session, Turn, Witness, Witnesses};
use crate::store::Store;
use native::Native;

/// Bytes of a tape that are always played, if they were not while it was written: half a second's
/// work. Nobody waits longer at the end of a run whose transcript has everything.
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
/// told in `warnings`, and the other witness stands alone. After a clean end a long tape is asked only
/// where the transcript lacks something; after a kill it tells when the run ended. `None` when
/// patience is gone.
pub(super) fn reconcile(
    store: &Store,
    session: &Session,
    (tracker, ending): (&mut Tracker, &Ending),
    warnings: &mut Vec<String>,
    ask: Ask<'_>,
) -> Option<Reconciled> {
    let is_clean = matches!(ending, Ending::Exited(0) | Ending::Switched);
    let followed = tracker.take_player();
    let mut player = followed.unwrap_or_else(|| Player::of(store.files(), session.id));
    let left = player.left().unwrap_or_default();
    if *ending == Ending::FoundDead {
        let is_whole = play(&mut player, left, warnings, ask)?;
        if let Some(at) = player.last_written().filter(|_| is_whole) {
            tracker.ended(at);
        }
    }
    let mut native = Native::default();
    // What cannot be read is told when it is written down.
    let mut goes_on = || ask(Doing::Reading) != Patience::Gone;
    tracker.read_all(&mut |turn| native.turn(&turn), &mut goes_on)?;
    let lacks_nothing = is_clean && native.is_whole();
    let is_told = lacks_nothing && tracker.turns_on_wire() as usize <= native.prompts();
    if is_told && left > ALWAYS {
        return Some(Reconciled::default());
    }
    play(&mut player, left, warnings, ask)?;
    let is_at_start = !player.tells() && native.prompts() == 0;
    if is_at_start && !tracker.trail().is_screen_only() {
        // A client that is known to tell what it does, and never did, was at a question of its
        // start: what was typed there, a key or a password perhaps, was no prompt.
        return Some(Reconciled::default());
    }
    let mut screen = player.finish();
    screen.retain(|turn| !native.is_local(turn));
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

/// Plays the rest of a tape, of which so much is `left`; whether it could be read. `None` when
/// patience is gone.
fn play(player: &mut Player, left: u64, warnings: &mut Vec<String>, ask: Ask<'_>) -> Option<bool> {
    let mut goes_on = |played| ask(Doing::Playing(played, left)) != Patience::Gone;
    match player.play(u64::MAX, &mut goes_on) {
        Ok(is_patient) => is_patient.then_some(true),
        Err(error) => {
            warnings.push(format!("the recording could not be read to its end: {error}"));
            Some(false)
        }
    }
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
        self.started
            .map(|start| Timestamp::from_second(start.as_second().saturating_add(seconds as i64)))
    }
}
