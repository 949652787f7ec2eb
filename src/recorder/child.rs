//! A child that runs, and the threads that serve it: they come with it and go with it.

use std::sync::Arc;
use std::time::Instant;

use super::crew::Crew;
use super::event::Event;
use super::hub::Hub;
use super::link::Link;
use super::reel::Flow;
use super::relay::{Leg, LegEnd, Rewind};
use super::stationery::Stationery;
use super::tape::Item;
use super::threads::{self, Seen};
use crate::model::{Activity, Ending, Size};
use crate::pty::{self, Pty, Signal};

/// Lines of the child's last words: an error message and what stands around it.
const LAST_WORDS_MAX: usize = 5;

/// A running child.
pub struct Child {
    link: Arc<Link>,
    pty: Pty,
    seen: tokio::sync::watch::Sender<Seen>,
    /// Gives the tape when it is written to its end.
    tape: Option<Rewind>,
}

impl Child {
    /// Starts the child of `leg` with the ends `link`, and everything that serves it. What the
    /// panel shows of it comes back.
    ///
    /// # Errors
    /// Why it does not start, or cannot be looked after, and the tape that it leaves.
    pub fn start(
        hub: &Arc<Hub>,
        link: Arc<Link>,
        leg: Leg,
        size: Size,
    ) -> Result<(Self, Stationery), (String, Option<Rewind>)> {
        let (tape, wound) = Rewind::of(leg.tape.map(|make| make(size)));
        let spawned = match pty::spawn(&leg.command, size) {
            Ok(spawned) => spawned,
            Err(error) => return Err((error.to_string(), tape)),
        };
        let pty::Spawned { pty, output, input } = spawned;
        let pid = pty.pid();
        if leg.stationery.handoff.is_some() {
            link.reel.note(Item::Mark("handoff"), Instant::now());
        }
        let (seen, seen_inbox) = tokio::sync::watch::channel(Seen::default());
        let watch = leg.watch;
        let own = || Arc::clone(&link);
        let (taped, watched, read, written, waited) = (own(), own(), own(), own(), own());
        // They end with the child, or may be stuck in its terminal for ever; of the tape's the end
        // is waited for by whoever finishes the session.
        let mut crew = Crew::new(hub);
        crew.lend("tape", move |hub| wound.write(|tape| threads::write_tape(hub, &taped, tape)));
        crew.lend("watch", move |hub| threads::watch(hub, &watched, watch(pid), seen_inbox));
        crew.lend("pty-reader", move |hub| threads::read_child(hub, &read, output));
        crew.lend("pty-writer", move |_| threads::write_child(&written, input));
        crew.lend("waiter", move |hub| {
            hub.tell_of(&waited, Event::Exited(pty::wait(pid)));
        });
        if let Some(why) = crew.missing() {
            pty::signal(pid, Signal::Kill);
            // Nobody else waits for it: the waiter would have come last.
            pty::wait(pid);
            link.reel.close();
            link.to_child.close();
            return Err((why, tape));
        }
        Ok((Self { link, pty, seen, tape }, leg.stationery))
    }

    /// Counts the children of a run.
    pub fn number(&self) -> u32 {
        self.link.number
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        self.pty.pid()
    }

    /// Its terminal has a new size.
    pub fn resize(&self, size: Size) {
        // The emulator first: the child's answer must find the new size.
        self.link.pane.lock().resize(size);
        self.pty.resize(size);
        self.link.reel.note(Item::Resize(size), Instant::now());
    }

    /// Tells the watcher what the child does.
    pub fn seen(&self, activity: Activity, turns: u32) {
        self.seen.send_if_modified(|seen| {
            let is_new = (seen.activity, seen.turns) != (activity, turns);
            (seen.activity, seen.turns) = (activity, turns);
            is_new
        });
    }

    /// How far its output has come.
    pub fn flow(&self) -> Flow {
        self.link.reel.flow()
    }

    /// Nobody can look after it: it is killed, and its launch has failed.
    pub fn abandon(self, why: String) -> LegEnd {
        pty::signal(self.pid(), Signal::Kill);
        self.end(Ending::LaunchFailed(why), Activity::Unknown, None)
    }

    /// It has gone: its threads end, and what is known of its end comes back.
    pub fn end(self, ending: Ending, activity: Activity, tape_broken: Option<String>) -> LegEnd {
        self.seen.send_modify(|seen| seen.over = true);
        self.link.reel.close();
        self.link.to_child.close();
        let last_words = self.link.pane.lock().last_lines(LAST_WORDS_MAX);
        LegEnd { ending, activity, last_words, tape_broken, tape: self.tape }
    }
}
