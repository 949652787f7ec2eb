//! What it means for the run that the person typed something.

use std::time::{Duration, Instant};

use super::super::event::Effect;
use super::super::input::Typed;
use super::Recorder;
use crate::model::Activity;
use crate::pty::Signal;

/// Time in which a child that is told to stop has, mostly, put its screen away and sent itself the
/// signal. Each next try waits twice as long as the one before.
const STOPS_WITHIN: Duration = Duration::from_millis(300);

/// A child that has not stopped so long after the key will not.
const STOPS_AT_ALL: Duration = Duration::from_secs(8);

/// When a child that was told to stop is told to go on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Waking {
    pub(super) at: Option<Instant>,
    pause: Duration,
}

impl Waking {
    fn start(now: Instant) -> Self {
        Self { at: Some(now + STOPS_WITHIN), pause: STOPS_WITHIN }
    }

    fn again(self, now: Instant) -> Self {
        let pause = self.pause * 2;
        Self { at: (pause < STOPS_AT_ALL).then(|| now + pause), pause }
    }
}

impl Recorder {
    pub(super) fn typed(&mut self, typed: Typed, now: Instant) {
        match typed {
            Typed::Text => self.draft = true,
            Typed::Cleared => self.draft = false,
            Typed::Enter => {
                // At a dialog of the start it answers that; at the prompt it begins a turn.
                self.prompted |= self.wire == Activity::Idle;
                self.sent += u32::from(self.wire == Activity::Unknown);
                self.draft = false;
                self.quiet_since = now;
            }
            Typed::Suspend => self.waking = Waking::start(now),
        }
    }

    /// Tells the child to go on. There is no shell here that could, and as the first process of its
    /// session it cannot even stop: the system drops its SIGTSTP, nothing continues it, and it would
    /// wait for that for ever. Nothing tells when it has begun to wait, so it is told more than once.
    /// A child that does not wait does not hear this signal.
    pub(super) fn wake(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if self.waking.at.is_none_or(|at| at > now) {
            return;
        }
        if self.waking.pause == STOPS_WITHIN {
            let who = self.switch.current().title();
            self.notice(format!("{who} goes on: no shell is behind it here"), now, out);
        }
        out.push(Effect::SignalChild(Signal::Continue));
        self.waking = self.waking.again(now);
    }
}
