//! The pane changes hands: what the run loop asks of the room above, and what comes back.
//!
//! It is done on a thread of its own: transcripts are read, documents built, files written, while
//! the loop goes on drawing and listening.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::draw::Stationery;
use super::panel::Tab;
use super::tape::Tape;
use super::threads::Watch;
use crate::error::Result;
use crate::model::{Activity, Ending, Size};
use crate::provider::Provider;
use crate::pty;

/// How long to wait for the last write of a tape.
const REWIND_WAIT: Duration = Duration::from_secs(2);

/// One client in the pane, from its start to its end.
pub struct Leg {
    /// Which one.
    pub provider: Provider,
    /// The child.
    pub command: pty::Command,
    /// What the panel shows throughout.
    pub stationery: Stationery,
    /// Makes the tape for a terminal of this size; `None` when nothing is to be recorded.
    pub tape: Option<Box<dyn FnOnce(Size) -> Result<Tape> + Send>>,
    /// The child starts with a prompt of its own.
    pub prompted: bool,
    /// What a person should know from the beginning.
    pub notice: Option<String>,
    /// What the panel shows first.
    pub tab: Tab,
    /// Told the child's process id, makes the watcher.
    pub watch: Box<dyn FnOnce(i32) -> Watch + Send>,
}

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
    pub tape: Option<Receiver<Option<Tape>>>,
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

    /// Waits for the tape's last write. The tape that comes back is still locked: the run lives
    /// until its session is finished.
    pub fn rewind(&mut self) -> Option<Tape> {
        let wound = self.tape.take()?;
        let end = Instant::now() + REWIND_WAIT;
        let tape = wound.recv_timeout(end.saturating_duration_since(Instant::now()));
        if tape.is_err() {
            self.tape_broken.get_or_insert_with(|| "its end was not written".to_owned());
        }
        tape.ok().flatten()
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
    /// Whether a switch is possible.
    Prepared(Result<()>),
    /// The next client, ready to be started.
    Next(Provider, Result<Box<Leg>>),
}

/// Does what is asked, in order.
pub type Relay = Box<dyn FnMut(Order) -> Option<News> + Send>;
