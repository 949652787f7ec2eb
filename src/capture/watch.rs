//! The proof that the right transcript is being read: every turn that ends on the screen must make
//! the transcript grow. If it does not, a person is told at once, not at the end of the day.

use std::time::{Duration, Instant};

use crate::model::{Activity, Captured};

/// How long a transcript may be silent after a turn has ended. Clients write within 0.3 s; a person
/// is told within 2 s, polling included.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Compares what is seen on the screen with what is read from the file.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Turns that have ended on the screen.
    wire_turns: u32,
    /// Of those, the ones that no growth has confirmed.
    pending: u32,
    /// Since when.
    since: Option<Instant>,
    /// Bytes read when the turn began.
    mark: u64,
    activity: Activity,
}

impl Watch {
    /// Takes what is known now: turns ended on the screen, bytes read from the transcripts.
    pub(super) fn note(&mut self, activity: Activity, wire_turns: u32, bytes: u64, now: Instant) {
        let ended = wire_turns.saturating_sub(self.wire_turns);
        self.wire_turns = wire_turns;
        if ended > 0 {
            self.pending += ended;
            self.since.get_or_insert(now);
        }
        if self.pending > 0 && bytes > self.mark {
            self.pending = 0;
            self.since = None;
            self.mark = bytes;
        }
        // What comes late of the turn before must not count for the one that begins.
        let begins = activity == Activity::Working && self.activity != Activity::Working;
        if begins && self.pending == 0 {
            self.mark = bytes;
        }
        self.activity = activity;
    }

    /// The transcripts are read from their beginning again.
    pub(super) fn restart(&mut self) {
        self.mark = 0;
    }

    /// Whether a turn has ended whose records have not come.
    pub(super) fn is_waiting(&self) -> bool {
        self.pending > 0
    }

    /// What a person is shown. `read` are the turns read, `why` says what is wrong if something is
    /// (it is asked only then), `found` whether there is a transcript at all.
    pub(super) fn captured(
        &self,
        found: bool,
        read: u32,
        now: Instant,
        why: impl FnOnce() -> String,
    ) -> Captured {
        let known = read + self.pending;
        let late = self.since.is_some_and(|since| now.duration_since(since) >= PATIENCE);
        match (found, late) {
            (_, true) => Captured::Lost { reason: why(), read, known },
            (true, false) => Captured::Reading { read, known },
            (false, false) if self.pending > 0 || self.activity == Activity::Working => {
                Captured::Searching
            }
            (false, false) => Captured::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn a_turn_without_growth_is_told_within_two_seconds() {
        let (start, mut watch) = (Instant::now(), Watch::default());
        let why = || "why".to_owned();
        watch.note(Activity::Idle, 0, 0, start);
        assert_eq!(watch.captured(false, 0, start, why), Captured::Nothing);
        watch.note(Activity::Working, 0, 0, start);
        assert_eq!(watch.captured(false, 0, start, why), Captured::Searching);
        watch.note(Activity::Idle, 1, 0, start);
        assert_eq!(watch.captured(false, 0, at(start, 1000), why), Captured::Searching);
        let lost = Captured::Lost { reason: "why".into(), read: 0, known: 1 };
        assert_eq!(watch.captured(false, 0, at(start, 1800), why), lost);
        watch.note(Activity::Idle, 1, 10, at(start, 2000));
        let reading = Captured::Reading { read: 2, known: 2 };
        assert_eq!(watch.captured(true, 2, at(start, 2000), why), reading);
    }

    #[test]
    fn late_records_do_not_stand_for_the_next_turn() {
        let (start, mut watch) = (Instant::now(), Watch::default());
        watch.note(Activity::Working, 0, 0, start);
        watch.note(Activity::Idle, 1, 100, start);
        assert!(!watch.is_waiting());
        watch.note(Activity::Idle, 1, 120, start);
        watch.note(Activity::Working, 1, 120, start);
        watch.note(Activity::Idle, 2, 120, start);
        assert!(watch.is_waiting());
        watch.note(Activity::Idle, 2, 121, start);
        assert!(!watch.is_waiting());
    }
}
