//! Which turns of a transcript are ours, by when they were said: a run shares its file with what was
//! said before it, and with what a person goes on to say without loghop.

use super::trail::Trail;
use crate::clock::Timestamp;
use crate::model::{Entry, Turn};

/// Seconds after a tape was last written to in which what is asked may still have been asked in its
/// run: a tape is up to 250 ms behind, and files have their times in seconds. Nobody starts a client
/// by hand and asks it something sooner.
const LATE_MAX: i64 = 5;

/// Ours of one transcript.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ours {
    /// When the run began, in seconds.
    spawned: i64,
    /// What was said before that stands in the file, too.
    has_older: bool,
    /// From then on nobody asked anything in the run, in seconds.
    until: Option<i64>,
    /// Somebody did.
    is_over: bool,
    taken: u64,
    /// When the last of ours was said.
    pub(super) last: Option<Timestamp>,
    /// Turns that were said after the run.
    pub(super) later: u64,
}

impl Ours {
    /// Of a run. A fork copies what was said before into its own file.
    pub(super) fn of(trail: &Trail) -> Self {
        Self { spawned: trail.spawned, has_older: trail.forked, ..Self::default() }
    }

    /// What was said before may stand anywhere in the file.
    pub(super) fn mixed(&mut self) {
        self.has_older = true;
    }

    /// The run was killed, and this was the last that was heard of it.
    pub(super) fn ended(&mut self, at: Timestamp) {
        self.until = Some(at.as_second() + LATE_MAX);
    }

    /// The file is read from its beginning again.
    pub(super) fn restart(&mut self) {
        (self.is_over, self.taken, self.last, self.later) = (false, 0, None, 0);
    }

    /// Whether the next turn is ours; one without a time counts as such. What a client answers late
    /// is, unless something was asked in between.
    pub(super) fn takes(&mut self, turn: &Turn) -> bool {
        let at = turn.at.map(Timestamp::as_second);
        if self.has_older && at.is_some_and(|at| at < self.spawned) {
            return false;
        }
        let is_later = at.zip(self.until).is_some_and(|(at, until)| at > until);
        self.is_over |= is_later && matches!(turn.entry, Entry::User { .. });
        let is_said = matches!(turn.entry, Entry::User { .. } | Entry::Assistant { .. });
        let count = if self.is_over { &mut self.later } else { &mut self.taken };
        *count += u64::from(is_said);
        if is_said && !self.is_over {
            self.last = turn.at.max(self.last);
        }
        !self.is_over
    }

    /// Whether somebody said something in the file, and all of it after the run.
    pub(super) fn is_anothers(&self) -> bool {
        self.later > 0 && self.taken == 0
    }
}
