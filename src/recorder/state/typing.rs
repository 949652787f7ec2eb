//! What it means for the run that the person typed something.

use std::time::{Duration, Instant};

use super::super::event::Effect;
use super::super::input::Typed;
use super::Recorder;
use crate::model::Activity;
use crate::pty::Signal;

/// Time in which a child that is told to stop has put its screen away and sent itself the signal.
const STOPS_WITHIN: Duration = Duration::from_millis(300);

impl Recorder {
    pub(super) fn typed(&mut self, typed: Typed, now: Instant) {
        match typed {
            Typed::Text => self.draft = true,
            Typed::Enter => {
                // At a dialog of the start it answers that; at the prompt it begins a turn.
                self.prompted |= self.wire == Activity::Idle;
                self.sent += u32::from(self.wire == Activity::Unknown);
                self.draft = false;
                self.quiet_since = now;
            }
            Typed::Suspend => self.wake_at = Some(now + STOPS_WITHIN),
        }
    }

    /// Tells the child to go on. There is no shell here that could, and as the first process of its
    /// session it cannot even stop: the system drops its SIGTSTP, nothing continues it, and it would
    /// wait for that for ever. A child that did not want to stop does not hear this signal.
    pub(super) fn wake(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if self.wake_at.take_if(|at| *at <= now).is_some() {
            out.push(Effect::SignalChild(Signal::Continue));
            let who = self.switch.current().title();
            self.notice(format!("{who} goes on: no shell is behind it here"), now, out);
        }
    }
}
