//! Turns in the order in which they happened, where a file has them in another.
//!
//! A Claude Code that is ended in its first moments writes what it still holds as it comes: the
//! reply stands before its prompt (2.1.197 and 2.1.329, one closed window in six). So a turn that
//! is a little older than those before it is moved up, within bounds: a clock that was set back is
//! no reason to tell a day anew.

use std::collections::VecDeque;

use crate::clock::Timestamp;
use crate::model::Turn;

/// Turns that are held back: what a client has not written yet is a prompt, a reply and the calls
/// of one answer.
const HELD_MAX: usize = 16;
/// How much older than the one before it a turn may be, in milliseconds. Clients write ten times a
/// second.
const LATE_MAX: i64 = 5_000;

/// The order.
#[derive(Debug, Default)]
pub struct InOrder {
    held: VecDeque<(Option<Timestamp>, Turn)>,
}

impl InOrder {
    /// Takes the next turn of the file. Hands the one that nothing can precede any more to `each`.
    pub fn turn(&mut self, turn: Turn, each: &mut dyn FnMut(Turn)) {
        // What has no time of its own belongs to what stands before it.
        let at = turn.at.or_else(|| self.held.back().and_then(|(at, _)| *at));
        let later = self.held.iter().rev().take_while(|(other, _)| is_late(at, *other));
        let place = self.held.len() - later.count();
        self.held.insert(place, (at, turn));
        if self.held.len() > HELD_MAX
            && let Some((_, first)) = self.held.pop_front()
        {
            each(first);
        }
    }

    /// The file is at its end.
    pub fn finish(&mut self, each: &mut dyn FnMut(Turn)) {
        for (_, turn) in self.held.drain(..) {
            each(turn);
        }
    }
}

/// Whether a turn of this time was written a little after one that is younger.
fn is_late(at: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    let (Some(at), Some(other)) = (at, other) else { return false };
    (1..=LATE_MAX).contains(&(other.as_millisecond() - at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Entry;

    fn ordered(told: &[(&str, &str)]) -> Vec<String> {
        let (mut order, mut texts) = (InOrder::default(), Vec::new());
        let mut each = |turn: Turn| match turn.entry {
            Entry::User { text } => texts.push(text),
            _ => unreachable!(),
        };
        for (at, text) in told {
            let entry = Entry::User { text: (*text).to_owned() };
            order.turn(Turn { at: Timestamp::parse_exact(at), entry }, &mut each);
        }
        order.finish(&mut each);
        texts
    }

    #[test]
    fn a_prompt_that_was_written_after_its_reply_stands_before_it() {
        let told = [
            ("2026-11-21T06:23:40.000Z", "before"),
            ("2026-11-21T06:23:44.790Z", "reply"),
            ("", "of the reply"),
            ("2026-11-21T06:23:44.794Z", "end"),
            ("2026-11-21T06:23:44.715Z", "prompt"),
        ];
        assert_eq!(ordered(&told), ["before", "prompt", "reply", "of the reply", "end"]);
    }

    #[test]
    fn equal_times_and_a_clock_that_was_set_back_change_nothing() {
        let told = [
            ("2026-11-21T06:23:44.790Z", "a"),
            ("2026-11-21T06:23:44.790Z", "b"),
            ("2026-11-21T05:23:44.000Z", "c"),
            ("2026-11-21T05:23:45.000Z", "d"),
        ];
        assert_eq!(ordered(&told), ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_long_file_is_handed_on_as_it_is() {
        let texts: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let told: Vec<_> = texts.iter().map(|text| ("2026-11-21T06:00:00Z", &**text)).collect();
        assert_eq!(ordered(&told), texts);
    }
}
