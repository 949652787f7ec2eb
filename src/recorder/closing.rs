//! How a run comes to its end: who asked, what the child was sent, what is still to come. Pure.

use std::time::{Duration, Instant};

use super::event::Stop;
use super::reel::Flow;
use crate::model::Ending;
use crate::pty::{Exit, Signal};

/// How long a child may take to end after SIGTERM: what closed windows and service managers
/// leave us is 5 s in all, and the transcript must still be read.
const KILL_AFTER: Duration = Duration::from_secs(2);
/// How long to wait for a killed child before it is left behind.
const GIVE_UP_AFTER: Duration = Duration::from_secs(1);
/// After the child's exit its output has ended when nothing of it moves for so long.
const DRAIN: Duration = Duration::from_millis(200);
/// The longest that it may go on moving: what the child left running may print for ever, and whoever
/// ends a run waits 5 s in all.
const DRAIN_MAX: Duration = Duration::from_secs(1);

/// The end of a run, as far as it has come.
#[derive(Debug, Default)]
pub struct Closing {
    stop: Option<Stop>,
    exit: Option<Exit>,
    kill_at: Option<Instant>,
    give_up_at: Option<Instant>,
    output_ended: bool,
    drain_until: Option<Instant>,
    drain_max: Option<Instant>,
    flow: Flow,
}

impl Closing {
    /// Somebody wants the run to end; the first one's reason counts.
    pub fn stop(&mut self, stop: Stop, now: Instant) -> Option<Signal> {
        if self.stop.is_some() || self.exit.is_some() {
            return None;
        }
        self.stop = Some(stop);
        self.kill_at = Some(now + KILL_AFTER);
        Some(Signal::Terminate)
    }

    /// The child was reaped.
    pub fn exited(&mut self, exit: Exit, now: Instant) {
        self.exit = Some(exit);
        self.kill_at = None;
        self.drain_until = Some(now + DRAIN);
        self.drain_max = Some(now + DRAIN_MAX);
    }

    /// How far the child's output has come: while it moves, or waits for the disk, there is more.
    pub fn flowed(&mut self, flow: Flow, now: Instant) {
        let moves = flow.is_full || flow.moves != self.flow.moves;
        if let Some(max) = self.drain_max.filter(|_| moves) {
            self.drain_until = Some(max.min(now + DRAIN));
        }
        self.flow = flow;
    }

    /// The child wrote its last byte.
    pub fn output_ended(&mut self) {
        self.output_ended = true;
    }

    /// Time passes: a child that does not listen is killed.
    pub fn tick(&mut self, now: Instant) -> Option<Signal> {
        self.kill_at.take_if(|at| *at <= now)?;
        self.give_up_at = Some(now + GIVE_UP_AFTER);
        Some(Signal::Kill)
    }

    /// When to look again.
    pub fn deadline(&self) -> Option<Instant> {
        [self.kill_at, self.give_up_at, self.drain_until].into_iter().flatten().min()
    }

    /// How it ended, once nothing more is to come.
    pub fn ending(&self, now: Instant) -> Option<Ending> {
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let exited = self.exit.is_some() && (self.output_ended || passed(self.drain_until));
        if !exited && !passed(self.give_up_at) {
            return None;
        }
        Some(match (self.stop, self.exit) {
            (Some(Stop::Timeout), _) => Ending::TimedOut,
            (Some(Stop::Asked | Stop::Broken), _) | (None, None) => Ending::Interrupted,
            (None, Some(Exit::Code(code))) => Ending::Exited(code),
            (None, Some(Exit::Signal(signal))) => Ending::Signalled(signal),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_exits_is_drained_and_done() {
        let now = Instant::now();
        let mut closing = Closing::default();
        closing.exited(Exit::Code(3), now);
        assert_eq!(closing.ending(now), None);
        closing.output_ended();
        assert_eq!(closing.ending(now), Some(Ending::Exited(3)));
    }

    #[test]
    fn output_that_never_ends_is_not_waited_for() {
        let now = Instant::now();
        let mut closing = Closing::default();
        closing.exited(Exit::Signal(2), now);
        assert_eq!(closing.deadline(), Some(now + DRAIN));
        assert_eq!(closing.ending(now + DRAIN), Some(Ending::Signalled(2)));
    }

    #[test]
    fn output_that_still_moves_is_waited_for_but_not_for_ever() {
        let now = Instant::now();
        let mut closing = Closing::default();
        let at = |ms| now + Duration::from_millis(ms);
        let flow = |moves, is_full| Flow { moves, is_full };
        closing.flowed(flow(7, false), now);
        closing.exited(Exit::Code(0), now);
        closing.flowed(flow(8, false), at(150));
        assert_eq!(closing.ending(at(250)), None);
        closing.flowed(flow(8, true), at(340));
        assert_eq!(closing.ending(at(500)), None, "the disk is slow");
        closing.flowed(flow(8, false), at(500));
        assert_eq!(closing.ending(at(540)), Some(Ending::Exited(0)));
        closing.flowed(flow(9, false), at(950));
        assert_eq!(closing.ending(at(999)), None);
        assert_eq!(closing.ending(now + DRAIN_MAX), Some(Ending::Exited(0)));
    }

    #[test]
    fn a_child_that_does_not_listen_is_killed_and_then_left_behind() {
        let now = Instant::now();
        let mut closing = Closing::default();
        assert_eq!(closing.stop(Stop::Asked, now), Some(Signal::Terminate));
        assert_eq!(closing.stop(Stop::Timeout, now), None);
        assert_eq!(closing.tick(now), None);
        let killed = now + KILL_AFTER;
        assert_eq!(closing.tick(killed), Some(Signal::Kill));
        assert_eq!(closing.ending(killed), None);
        assert_eq!(closing.ending(killed + GIVE_UP_AFTER), Some(Ending::Interrupted));
    }
}
