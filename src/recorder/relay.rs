//! The pane changes hands: what the run loop asks of the room above, and what comes back.
//!
//! It is done on a thread of its own: transcripts are read, documents built, files written, while
//! the loop goes on drawing and listening.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use parking_lot::Mutex;

use super::panel::Tab;
use super::stationery::Stationery;
use super::tape::Tape;
use crate::error::Result;
use crate::model::{Activity, Ending, Hold, Live, Size};
use crate::provider::Provider;
use crate::pty;

/// How long to wait for the last write of a tape.
const REWIND_WAIT: Duration = Duration::from_secs(2);
/// How often somebody at another terminal is listened to: whoever asks waits for the answer.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// One client in the pane, from its start to its end.
pub struct Leg {
    /// Which one.
    pub provider: Provider,
    /// The child.
    pub command: pty::Command,
    /// What the panel shows throughout.
    pub stationery: Stationery,
    /// Makes the tape for a terminal of this size; `None` when nothing is to be recorded.
    pub tape: Option<Box<dyn FnOnce(Size) -> Tape + Send>>,
    /// The child starts with a prompt of its own.
    pub prompted: bool,
    /// Nobody seems to be signed in to it; asked only of one that takes over.
    pub knows_nobody: bool,
    /// What a person should know from the beginning.
    pub notice: Option<String>,
    /// What the panel shows first.
    pub tab: Tab,
    /// Told the child's process id, makes the watcher, on the watcher's thread.
    pub watch: Box<dyn FnOnce(i32) -> Watch + Send>,
}

/// Looks at transcript and repository, and hands over finished values.
pub type Watch = Box<dyn FnMut(Activity, u32) -> Live + Send>;

/// What is known when a client has gone.
pub struct LegEnd {
    /// How it ended.
    pub ending: Ending,
    /// What the child did last, as it told on the wire; unknown when it never came to a prompt.
    pub activity: Activity,
    /// What stood last on the child's screen, not redacted.
    pub last_words: Vec<String>,
    /// Why the tape is not complete.
    pub tape_broken: Option<String>,
    /// Gives the tape, once it is written to its end.
    pub tape: Option<Rewind>,
}

impl LegEnd {
    /// A client that was never there.
    pub fn not_started(ending: Ending) -> Self {
        Self {
            ending,
            activity: Activity::Unknown,
            last_words: Vec::new(),
            tape_broken: None,
            tape: None,
        }
    }

    /// A client that could not be started, or that nobody could look after.
    pub(super) fn failed(why: String, tape: Option<Rewind>) -> Self {
        Self { tape, ..Self::not_started(Ending::LaunchFailed(why)) }
    }

    /// Waits for the tape's last write. The tape that comes back is still locked: the run lives
    /// until its session is finished.
    pub fn rewind(&mut self) -> Option<Tape> {
        let rewind = self.tape.take()?;
        // Where nobody writes any more, this comes at once.
        let broken = rewind.done.recv_timeout(REWIND_WAIT).ok().flatten();
        let tape = rewind.tape.try_lock().and_then(|mut tape| tape.take());
        let late = tape.is_none().then(|| "its end was not written".to_owned());
        self.tape_broken = self.tape_broken.take().or(broken).or(late);
        tape
    }
}

type SharedTape = Arc<Mutex<Option<Tape>>>;

/// Gives a tape back once it is written to its end. It is never lost, not even where nobody could
/// be found to write it: its lock is what proves that the run lives.
pub struct Rewind {
    done: Receiver<Option<String>>,
    tape: SharedTape,
}

/// The writer's end of a tape.
pub(super) struct Wound {
    done: Sender<Option<String>>,
    tape: SharedTape,
}

impl Rewind {
    /// Both ends of a tape. Where there is none, there is nothing to give back.
    pub(super) fn of(tape: Option<Tape>) -> (Option<Self>, Wound) {
        let (done, is_done) = channel();
        let is_taped = tape.is_some();
        let tape = Arc::new(Mutex::new(tape));
        let rewind = Self { done: is_done, tape: Arc::clone(&tape) };
        (is_taped.then_some(rewind), Wound { done, tape })
    }
}

impl Wound {
    /// Has `writing` write the tape to its end, and says why it broke, if it did.
    pub(super) fn write(self, writing: impl FnOnce(&mut Option<Tape>) -> Option<String>) {
        let broken = writing(&mut self.tape.lock());
        // Nobody listens any more only when the run has given up on the disk.
        let _ = self.done.send(broken);
    }
}

/// Who the other assistant should be and when, as somebody at another terminal asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The assistant; `None` is the only other one, or the first.
    pub to: Option<Provider>,
    /// Stop the turn that runs, instead of waiting for its end.
    pub at_once: bool,
}

/// What the loop asks for.
pub enum Order {
    /// Nothing special: has somebody at another terminal asked for a switch?
    Look,
    /// Is a switch to this assistant possible? Nothing has been ended yet.
    Prepare(Provider),
    /// The switch waits for this, or for nothing any more; whoever asked for it wants to know.
    Hold(Option<Hold>),
    /// It will not be: the person thought better of it.
    Forget,
    /// Finish the one that has gone, if there was one, and make ready this one.
    Hand {
        /// The next one.
        to: Provider,
        /// The end of the last one.
        ended: Option<Box<LegEnd>>,
    },
    /// The next one's process runs.
    Started,
    /// The switch that somebody at another terminal asked for is not possible; why.
    Refuse(String),
}

/// What comes back.
pub enum News {
    /// Somebody at another terminal asks for a switch.
    Asked(Asked),
    /// Whoever asked for the switch that waits wants it no more.
    Withdrawn,
    /// Whether a switch is possible.
    Prepared(Result<()>),
    /// The next client, ready to be started.
    Next(Result<Box<Leg>>),
}

/// Does what is asked, in order.
pub type Relay = Box<dyn FnMut(Order) -> Option<News> + Send>;

/// Does what the loop orders, in order, and looks from time to time whether somebody at another
/// terminal asks for something. The answers go to `bring`.
pub fn run(mut relay: Relay, orders: &Receiver<Order>, bring: impl Fn(News)) {
    loop {
        let order = match orders.recv_timeout(LOOK_EVERY) {
            Ok(order) => order,
            Err(RecvTimeoutError::Timeout) => Order::Look,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if let Some(news) = relay(order) {
            bring(news);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Instant;

    use super::super::hub::SIZE;
    use super::super::tape::Segments;
    use super::*;
    use crate::clock::Timestamp;
    use crate::disk::Root;
    use crate::redact::Redactor;

    /// A folder with a tape that has just begun.
    fn tape() -> (tempfile::TempDir, Root, Tape) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        let other = root.clone();
        let segments = Segments {
            max: u64::MAX,
            open: Box::new(move |segment| other.create_log(&segment.to_string())),
            remove: Box::new(|_| Ok(())),
        };
        let stream = Redactor::new(&[7; 32], &[]).terminal(SIZE);
        let at = (Instant::now(), Timestamp::from_second(0));
        let tape = Tape::start(root.create_log("tape").unwrap(), segments, stream, SIZE, at);
        (dir, root, tape)
    }

    fn end(tape: Option<Rewind>) -> LegEnd {
        LegEnd::failed("it is not there".into(), tape)
    }

    #[test]
    fn a_tape_comes_back_written_and_locked_and_says_why_it_broke() {
        for broken in [None, Some("no space left".to_owned())] {
            let (_dir, root, tape) = tape();
            let (rewind, wound) = Rewind::of(Some(tape));
            let why = broken.clone();
            let writer = thread::spawn(move || {
                wound.write(|tape| {
                    tape.as_mut().unwrap().finish(Instant::now()).unwrap();
                    why
                });
            });
            let mut end = end(rewind);
            let tape = end.rewind().unwrap();
            writer.join().unwrap();
            assert_eq!(end.tape_broken, broken);
            assert!(root.is_locked("tape").unwrap());
            assert!(!root.read_text("tape", 4096).unwrap().unwrap().is_empty());
            drop(tape);
            assert!(!root.is_locked("tape").unwrap(), "nobody else holds it");
            assert!(end.rewind().is_none(), "it comes back once");
        }
    }

    #[test]
    fn a_tape_that_nobody_came_to_write_comes_back_at_once() {
        let (_dir, root, tape) = tape();
        let (rewind, wound) = Rewind::of(Some(tape));
        drop(wound);
        let since = Instant::now();
        let mut end = end(rewind);
        let tape = end.rewind();
        assert!(tape.is_some() && since.elapsed() < REWIND_WAIT);
        assert_eq!(end.tape_broken, None);
        assert!(root.is_locked("tape").unwrap());
    }

    #[test]
    fn a_tape_whose_disk_is_stuck_stays_with_its_writer_and_that_is_said() {
        let (_dir, root, tape) = tape();
        let (rewind, wound) = Rewind::of(Some(tape));
        let (go_on, is_stuck) = channel::<()>();
        let (began, has_begun) = channel();
        let writer = thread::spawn(move || {
            wound.write(|_| {
                began.send(()).unwrap();
                let _ = is_stuck.recv();
                None
            });
        });
        has_begun.recv().unwrap();
        let mut end = end(rewind);
        assert!(end.rewind().is_none());
        assert_eq!(end.tape_broken.as_deref(), Some("its end was not written"));
        assert!(root.is_locked("tape").unwrap(), "the run still counts as alive");
        drop(go_on);
        writer.join().unwrap();
    }

    #[test]
    fn where_nothing_is_recorded_there_is_nothing_to_wait_for() {
        let (rewind, _wound) = Rewind::of(None);
        assert!(end(rewind).rewind().is_none());
    }
}
