//! The way from the reader to the tape: a queue with a limit in bytes.
//!
//! When the disk is slow the reader waits here, and so does the child: nothing is lost. Resizes
//! and markers come from the run loop, which never waits; they are few and small.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use super::tape::Item;

/// Output that waits for the tape: enough to ride out a slow fsync at full speed, little enough
/// to stay within the memory that a run may take.
const QUEUE_MAX: usize = 4 << 20;

#[derive(Default)]
struct State {
    items: VecDeque<(Item, Instant)>,
    bytes: usize,
    closed: bool,
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
        state.items.push_back((Item::Output(bytes), now));
        drop(state);
        self.filled.notify_one();
    }

    /// Adds something small; never waits.
    pub fn note(&self, item: Item, now: Instant) {
        self.state.lock().items.push_back((item, now));
        self.filled.notify_one();
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

    /// Waits for the next item, at most until `until`.
    pub fn next(&self, until: Option<Instant>) -> Next {
        let mut state = self.state.lock();
        loop {
            if let Some((item, at)) = state.items.pop_front() {
                if let Item::Output(bytes) = &item {
                    state.bytes -= bytes.len();
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
