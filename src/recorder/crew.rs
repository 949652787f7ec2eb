//! The threads of a run as a whole: all of them are there or the run does not begin, and none is
//! left behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::event::{Event, Stop, Told};
use super::hub::Hub;

/// How long to wait for the threads at the end: the tape's last write, the last frame.
const JOIN_WAIT: Duration = Duration::from_secs(2);
/// How often they are looked at: a person waits for the last of them.
const JOIN_LOOK: Duration = Duration::from_millis(1);

/// The threads of a run.
pub(super) struct Crew {
    hub: Arc<Hub>,
    joined: Vec<JoinHandle<()>>,
    missing: Option<String>,
    /// Bytes of a thread's stack, where not the usual ones.
    stack: Option<usize>,
}

impl Crew {
    /// Nobody yet; they will share `hub`.
    pub(super) fn new(hub: &Arc<Hub>) -> Self {
        Self { hub: Arc::clone(hub), joined: Vec::new(), missing: None, stack: None }
    }

    /// Starts a thread that ends when it is told to.
    pub(super) fn hire(&mut self, name: &str, body: impl FnOnce(&Hub) + Send + 'static) {
        let thread = self.start(name, body);
        self.joined.extend(thread);
    }

    /// Starts a thread that may never end; nobody waits for it.
    pub(super) fn lend(&mut self, name: &str, body: impl FnOnce(&Hub) + Send + 'static) {
        self.start(name, body);
    }

    /// Why somebody is missing, if so.
    pub(super) fn missing(&self) -> Option<String> {
        self.missing.clone()
    }

    /// One that breaks ends the run instead of freezing it; after one that could not be started,
    /// nobody else is.
    fn start(
        &mut self,
        name: &str,
        body: impl FnOnce(&Hub) + Send + 'static,
    ) -> Option<JoinHandle<()>> {
        if self.missing.is_some() {
            return None;
        }
        let hub = Arc::clone(&self.hub);
        let run = move || {
            if catch_unwind(AssertUnwindSafe(|| body(&hub))).is_err() {
                hub.tell(Event::Stop(Stop::Broken));
            }
        };
        let named = Builder::new().name(name.to_owned());
        let builder = self.stack.into_iter().fold(named, Builder::stack_size);
        match builder.spawn(run) {
            Ok(thread) => Some(thread),
            Err(error) => {
                self.missing = Some(format!("no thread to be had for {name}: {error}"));
                None
            }
        }
    }

    /// Waits for them, but not for ever: a host that does not read must not keep us. What they
    /// still tell is taken and dropped, so that none of them waits for the loop.
    pub(super) fn join(self, inbox: &Receiver<Told>) {
        let end = Instant::now() + JOIN_WAIT;
        for thread in self.joined {
            while !thread.is_finished() && Instant::now() < end {
                let _ = inbox.recv_timeout(JOIN_LOOK);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::recorder::reel::Next;

    #[test]
    fn nobody_waits_for_a_loop_that_has_ended() {
        let (events, inbox) = sync_channel(1);
        let hub = Arc::new(Hub::idle(events));
        let mut crew = Crew::new(&hub);
        let (done, is_done) = sync_channel(1);
        crew.hire("draw", move |hub| {
            // More than the queue takes.
            (0..4).for_each(|_| hub.tell(Event::OutputEnded));
            done.send(()).unwrap();
        });
        crew.join(&inbox);
        assert_eq!(is_done.try_recv(), Ok(()));
        Crew::new(&hub).join(&inbox);
    }

    #[test]
    fn where_one_is_missing_nobody_else_starts_and_the_rest_is_joined() {
        let (events, inbox) = sync_channel(1);
        let hub = Arc::new(Hub::idle(events));
        let mut crew = Crew::new(&hub);
        crew.hire("tape", |hub| assert!(matches!(hub.child().reel.next(None), Next::Closed)));
        assert_eq!(crew.missing(), None);
        // The system refuses a stack that no address space holds.
        crew.stack = Some(usize::MAX >> 1);
        crew.lend("pty-reader", |_| ());
        let why = crew.missing().unwrap();
        assert!(why.starts_with("no thread to be had for pty-reader: "), "{why}");
        crew.stack = None;
        crew.hire("waiter", |hub| hub.tell(Event::OutputEnded));
        hub.child().reel.close();
        let tape = &crew.joined;
        assert_eq!(tape.len(), 1);
        let since = Instant::now();
        crew.join(&inbox);
        assert!(since.elapsed() < JOIN_WAIT && inbox.try_recv().is_err());
    }
}
