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

/// How long to wait, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until something happens.
    Anything,
    /// The same, but no longer than to this time.
    Until(Instant),
    /// Until the next frame is due. Changes do not end it: a child that floods would wake the
    /// drawing thread, and make it take the screen's lock, with every read.
    Frame(Instant),
}

#[derive(Default)]
struct State {
    happened: Happened,
    /// Whoever waits does not want to be woken for changes.
    ignores_changes: bool,
}

impl State {
    fn is_due(&self) -> bool {
        let Happened { changed, key, over } = self.happened;
        key || over || (changed && !self.ignores_changes)
    }
}

/// Flags and the means to wait for them.
#[derive(Default)]
pub struct Wake {
    state: Mutex<State>,
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

    /// Waits, and takes what happened.
    pub fn wait(&self, wait: Wait) -> Happened {
        let mut state = self.state.lock();
        state.ignores_changes = matches!(wait, Wait::Frame(_));
        while !state.is_due() {
            match wait {
                Wait::Anything => self.signal.wait(&mut state),
                Wait::Until(at) | Wait::Frame(at) => {
                    if self.signal.wait_until(&mut state, at).timed_out() {
                        break;
                    }
                }
            }
        }
        std::mem::take(&mut state.happened)
    }

    /// Sets a flag; a flag that was set already wakes nobody again.
    fn set(&self, set: impl FnOnce(&mut Happened) -> bool) {
        let mut state = self.state.lock();
        let is_new = set(&mut state.happened);
        let wakes = is_new && state.is_due();
        drop(state);
        if wakes {
            self.signal.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SOON: Duration = Duration::from_millis(20);
    const NEVER: Duration = Duration::from_mins(1);

    #[test]
    fn changes_wait_for_the_frame_and_are_not_lost() {
        let wake = Wake::default();
        wake.changed();
        let until = Instant::now() + SOON;
        let happened = wake.wait(Wait::Frame(until));
        assert!(happened.changed && Instant::now() >= until);
        assert_eq!(wake.wait(Wait::Until(Instant::now() + SOON)), Happened::default());
    }

    #[test]
    fn a_key_ends_every_wait_also_after_changes() {
        let wake = Wake::default();
        let started = Instant::now();
        std::thread::scope(|scope| {
            let drawing = scope.spawn(|| wake.wait(Wait::Frame(started + NEVER)));
            std::thread::sleep(SOON);
            wake.changed();
            wake.key();
            let happened = drawing.join().unwrap();
            assert!(happened.changed && happened.key);
        });
        assert!(started.elapsed() < NEVER);
    }
}
