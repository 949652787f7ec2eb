//! Waking the drawing thread: what happened since it last looked.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Happened {
    /// The child wrote something, or the view changed.
    pub changed: bool,
    /// A key went to the child.
    pub key: bool,
    /// The run is over: draw once more and end.
    pub over: bool,
}

/// Flags and the means to wait for them.
#[derive(Default)]
pub struct Wake {
    happened: Mutex<Happened>,
    signal: Condvar,
}

impl Wake {
    /// Something is to be drawn.
    pub fn changed(&self) {
        self.set(|h| !std::mem::replace(&mut h.changed, true));
    }

    /// A key went to the child: its echo is waited for.
    pub fn key(&self) {
        self.set(|h| !std::mem::replace(&mut h.key, true));
    }

    /// The run is over.
    pub fn over(&self) {
        self.set(|h| !std::mem::replace(&mut h.over, true));
    }

    /// Waits until something happened or `until` has come, and takes it.
    pub fn wait(&self, until: Option<Instant>) -> Happened {
        let mut happened = self.happened.lock();
        while *happened == Happened::default() {
            match until {
                None => self.signal.wait(&mut happened),
                Some(until) if self.signal.wait_until(&mut happened, until).timed_out() => break,
                Some(_) => {}
            }
        }
        std::mem::take(&mut *happened)
    }

    /// Sets a flag; a flag that was set already wakes nobody again.
    fn set(&self, set: impl FnOnce(&mut Happened) -> bool) {
        let is_new = set(&mut self.happened.lock());
        if is_new {
            self.signal.notify_one();
        }
    }
}
