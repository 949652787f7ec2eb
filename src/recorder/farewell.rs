//! How each client is brought to its end without a word being sent, a command being run or a
//! dialog being answered with yes. Measured on the real ones. Pure.
//!
//! `/exit` is not among the ways: at a dialog its Enter says yes, and behind a draft it is sent.

use std::time::{Duration, Instant};

use crate::provider::Provider;
use crate::pty::Signal;

/// Stops a running turn; Claude Code then writes down what it has said so far.
pub const ESCAPE: &[u8] = b"\x1b";
/// Ctrl+C.
const INTERRUPT: &[u8] = b"\x03";

/// Something that is done to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A key that every client takes for the wish to stop.
    Key(&'static [u8]),
    /// A signal.
    Signal(Signal),
}

/// Claude Code ends clean on SIGTERM, at a dialog too; six Ctrl+C do not end it there. Of a
/// person's own program nobody knows more than what every program knows.
const BY_SIGNAL: &[(Duration, Move)] = &[
    (Duration::ZERO, Move::Signal(Signal::Terminate)),
    (Duration::from_secs(4), Move::Signal(Signal::Kill)),
];

/// Codex dies of signals without giving its terminal back or closing its files. The first Ctrl+C
/// clears a draft or cancels a dialog, or ends it, which takes up to 1.8 s; the second ends it.
const CODEX: &[(Duration, Move)] = &[
    (Duration::ZERO, Move::Key(INTERRUPT)),
    (Duration::from_secs(2), Move::Key(INTERRUPT)),
    (Duration::from_secs(4), Move::Signal(Signal::Terminate)),
    (Duration::from_secs(6), Move::Signal(Signal::Kill)),
];

/// How long a killed child may take to be gone before it is left behind.
const GIVE_UP_AFTER: Duration = Duration::from_secs(1);

/// A client's end, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Farewell {
    since: Instant,
    moves: &'static [(Duration, Move)],
}

impl Farewell {
    /// The end of a client of `provider` begins now.
    pub fn new(provider: Provider, now: Instant) -> Self {
        let moves = match provider {
            Provider::Claude | Provider::Own(_) => BY_SIGNAL,
            Provider::Codex => CODEX,
        };
        Self { since: now, moves }
    }

    /// What is due now.
    pub fn next(&mut self, now: Instant) -> Option<Move> {
        let ((after, due), rest) = self.moves.split_first()?;
        if self.since + *after > now {
            return None;
        }
        if rest.is_empty() {
            self.since = now;
        }
        self.moves = rest;
        Some(*due)
    }

    /// When something is due.
    pub fn deadline(&self) -> Instant {
        self.moves.first().map_or(self.since + GIVE_UP_AFTER, |(after, _)| self.since + *after)
    }

    /// Everything was tried and the client is still there.
    pub fn is_in_vain(&self, now: Instant) -> bool {
        self.moves.is_empty() && self.deadline() <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_is_killed_at_last_and_not_before() {
        for provider in Provider::ALL {
            let start = Instant::now();
            let (mut now, mut farewell, mut moves) =
                (start, Farewell::new(provider, start), vec![]);
            while !farewell.is_in_vain(now) {
                moves.extend(std::iter::from_fn(|| farewell.next(now)));
                now = now.max(farewell.deadline());
            }
            assert_eq!(moves.last(), Some(&Move::Signal(Signal::Kill)), "{provider:?}");
            assert!(now - start >= Duration::from_secs(5), "{provider:?}");
            let typed = moves.iter().filter(|m| matches!(m, Move::Key(k) if k.contains(&b'\r')));
            assert_eq!(typed.count(), 0);
        }
    }
}
