//! A child that runs, and the threads that serve it: they come with it and go with it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use super::draw::Stationery;
use super::event::Event;
use super::hub::Hub;
use super::link::Link;
use super::relay::{Leg, LegEnd};
use super::tape::{Item, Tape};
use super::threads::{self, Seen};
use crate::error::Result;
use crate::model::{Activity, Ending, Size};
use crate::pty::{self, Pty};

/// Lines of the child's last words: an error message and what stands around it.
const LAST_WORDS_MAX: usize = 5;

/// A running child.
pub struct Child {
    link: Arc<Link>,
    pty: Pty,
    seen: tokio::sync::watch::Sender<Seen>,
    /// Gives the tape when it is written to its end.
    tape: Option<Receiver<Option<Tape>>>,
}

impl Child {
    /// Starts the child of `leg` with the ends `link`, and everything that serves it. What the
    /// panel shows of it comes back.
    ///
    /// # Errors
    /// `ProviderLaunchFailed` when it does not start; `Io` when threads or the tape do not.
    pub fn start(
        hub: &Arc<Hub>,
        link: Arc<Link>,
        leg: Leg,
        size: Size,
    ) -> Result<(Self, Stationery)> {
        let tape = leg.tape.map(|make| make(size)).transpose()?;
        let is_taped = tape.is_some();
        let spawned = pty::spawn(&leg.command, size)?;
        let pid = spawned.pty.pid();
        let (wound, rewound) = channel();
        let (seen, seen_inbox) = tokio::sync::watch::channel(Seen::default());
        let look = (leg.watch)(pid);
        let (output, input) = (spawned.output, spawned.input);
        let own = || Arc::clone(&link);
        let (taped, watched, read, written, waited) = (own(), own(), own(), own(), own());
        threads::start("tape", hub, move |hub| {
            // Nobody listens any more only when the loop has given up on the disk.
            let _ = wound.send(threads::write_tape(hub, &taped, tape));
        })?;
        threads::start("watch", hub, move |hub| threads::watch(hub, &watched, look, seen_inbox))?;
        // These may be stuck in the child's terminal for ever; nobody waits for them.
        threads::start("pty-reader", hub, move |hub| threads::read_child(hub, &read, output))?;
        threads::start("pty-writer", hub, move |_| threads::write_child(&written, input))?;
        threads::start("waiter", hub, move |hub| {
            hub.tell_of(&waited, Event::Exited(pty::wait(pid)));
        })?;
        let tape = is_taped.then_some(rewound);
        Ok((Self { link, pty: spawned.pty, seen, tape }, leg.stationery))
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

    /// It has gone: its threads end, and what is known of its end comes back.
    pub fn end(self, ending: Ending, activity: Activity, tape_broken: Option<String>) -> LegEnd {
        self.seen.send_modify(|seen| seen.over = true);
        self.link.reel.close();
        self.link.to_child.close();
        let last_words = self.link.pane.lock().last_lines(LAST_WORDS_MAX);
        LegEnd { ending, activity, last_words, tape_broken, tape: self.tape }
    }
}
