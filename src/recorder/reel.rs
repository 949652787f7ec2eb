//! The way from the reader to the tape: a queue with a limit in bytes.
//!
//! When the disk is slow the reader waits here, and so does the child: nothing is lost. Resizes
//! and markers come from the run loop, which never waits; they are few and small.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::tape::Item;

/// Output that waits for the tape: enough to ride out a slow fsync at full speed, little enough
/// to stay within the memory that a run may take.
const QUEUE_MAX: usize = 4 << 20;

/// Output that the tape is woken for at once. Waking it for each read of the child costs more than
/// what it then does; less output than this is taken with the next.
const BATCH: usize = 32 << 10;
/// The longest that less output is left lying: no longer than the tape gathers it anyway.
const PATIENCE: Duration = Duration::from_millis(50);

#[derive(Default)]
struct State {
    items: VecDeque<(Item, Instant)>,
    bytes: usize,
    closed: bool,
    /// The tape looks again within `PATIENCE`, by itself.
    looks_soon: bool,
    /// Times that output was added or taken.
    moves: u64,
}

/// How far the child's output has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// Times that output was added or taken.
    pub moves: u64,
    /// The reader waits for the disk, so that there is more to come.
    pub is_full: bool,
}

/// What the tape's thread finds.
#[derive(Debug)]
pub enum Next {
    /// An item, and when it happened.
    Item(Item, Instant),
    /// The deadline came first.
    Late,
    /// No more is to come.
    Closed,
}

/// The queue.
#[derive(Default)]
pub struct Reel {
    state: Mutex<State>,
    filled: Condvar,
    emptied: Condvar,
    /// The current segment is full: the reader adds a picture of the screen.
    wants_picture: AtomicBool,
}

impl Reel {
    /// Adds output; waits while the queue is full.
    pub fn output(&self, bytes: Vec<u8>, now: Instant) {
        let mut state = self.state.lock();
        while state.bytes > QUEUE_MAX && !state.closed {
            self.emptied.wait(&mut state);
        }
        if state.closed {
            // What the child left running may write on; the tape has ended.
            return;
        }
        state.bytes += bytes.len();
        state.moves += 1;
        state.items.push_back((Item::Output(bytes), now));
        let wakes = !state.looks_soon || state.bytes >= BATCH;
        drop(state);
        if wakes {
            self.filled.notify_one();
        }
    }

    /// Adds something small; never waits.
    pub fn note(&self, item: Item, now: Instant) {
        self.state.lock().items.push_back((item, now));
        self.filled.notify_one();
    }

    /// How far the output has come.
    pub fn flow(&self) -> Flow {
        let state = self.state.lock();
        Flow { moves: state.moves, is_full: state.bytes > QUEUE_MAX }
    }

    /// The tape asks for a picture of the screen.
    pub fn ask_for_picture(&self) {
        self.wants_picture.store(true, Ordering::Relaxed);
    }

    /// Whether a picture is asked for; asking is over then.
    pub fn take_wish(&self) -> bool {
        self.wants_picture.load(Ordering::Relaxed)
            && self.wants_picture.swap(false, Ordering::Relaxed)
    }

    /// Waits for the next item, at most until `until`. It may be late sooner than that.
    pub fn next(&self, until: Option<Instant>) -> Next {
        let mut state = self.state.lock();
        let until = until.map(|until| until.min(Instant::now() + PATIENCE));
        state.looks_soon = until.is_some();
        loop {
            if let Some((item, at)) = state.items.pop_front() {
                if let Item::Output(bytes) = &item {
                    state.bytes -= bytes.len();
                    state.moves += 1;
                    self.emptied.notify_one();
                }
                return Next::Item(item, at);
            }
            if state.closed {
                return Next::Closed;
            }
            match until {
                None => self.filled.wait(&mut state),
                Some(until) if self.filled.wait_until(&mut state, until).timed_out() => {
                    return Next::Late;
                }
                Some(_) => {}
            }
        }
    }

    /// No more is to come; what is there is still taken.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.filled.notify_all();
        self.emptied.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(reel: &Reel, len: usize) {
        reel.output(vec![b'x'; len], Instant::now());
    }

    #[test]
    fn a_little_output_waits_for_the_deadline_and_much_does_not() {
        let reel = Reel::default();
        let far = Instant::now() + Duration::from_mins(1);
        std::thread::scope(|scope| {
            for len in [1, BATCH] {
                let tape = scope.spawn(|| {
                    loop {
                        match reel.next(Some(far)) {
                            Next::Late => {}
                            next => return next,
                        }
                    }
                });
                output(&reel, len);
                let next = tape.join().unwrap();
                assert!(matches!(next, Next::Item(Item::Output(bytes), _) if bytes.len() == len));
            }
        });
        assert!(Instant::now() < far);
    }

    #[test]
    fn what_moves_and_what_waits_for_the_disk_is_seen() {
        let reel = Reel::default();
        assert_eq!(reel.flow(), Flow::default());
        output(&reel, QUEUE_MAX + 1);
        assert_eq!(reel.flow(), Flow { moves: 1, is_full: true });
        reel.next(None);
        assert_eq!(reel.flow(), Flow { moves: 2, is_full: false });
    }

    #[test]
    fn without_a_deadline_everything_wakes_the_tape() {
        let reel = Reel::default();
        std::thread::scope(|scope| {
            let tape = scope.spawn(|| (reel.next(None), reel.next(None)));
            output(&reel, 1);
            reel.note(Item::Mark("idle"), Instant::now());
            let (first, second) = tape.join().unwrap();
            assert!(matches!(first, Next::Item(Item::Output(_), _)));
            assert!(matches!(second, Next::Item(Item::Mark("idle"), _)));
            let tape = scope.spawn(|| reel.next(None));
            reel.close();
            assert!(matches!(tape.join().unwrap(), Next::Closed));
        });
    }
}
