//! The tape of a run: what was on the screen, or what a headless assistant printed, so that what its
//! own transcript lacks can be put back, whatever ended the run.

use std::sync::Arc;
use std::time::Instant;

use crate::clock::Timestamp;
use crate::disk::PrivateLog;
use crate::error::Result;
use crate::model::{HANDED_OVER, SessionId, Size};
use crate::recorder::tape::{Item, SEGMENT_MAX, Segments, Tape};
use crate::redact::Redacted;
use crate::store::Store;

/// What a headless run is replayed on. Wide enough that most lines of code stay whole.
const PAPER: Size = Size { cols: 120, rows: 40 };
/// Characters of the prompt that stand above: by one row the turn is known, and the transcript has
/// the rest of it.
const PROMPT_MAX: usize = 100;
/// The assistant works from now on, as a client tells its terminal: the turn's beginning.
const WORKING: &[u8] = b"\x1b]7501;state=working\x1b\\";
/// It is done: the turn is whole.
const IDLE: &[u8] = b"\x1b]7501;state=idle\x1b\\";

/// A tape of the session `id` that begins in `log`, for a screen of `size`.
pub(super) fn start(store: &Arc<Store>, id: SessionId, log: PrivateLog, size: Size) -> Tape {
    let (open, remove) = (Arc::clone(store), Arc::clone(store));
    let segments = Segments {
        max: SEGMENT_MAX,
        open: Box::new(move |segment| open.next_tape(id, segment)),
        remove: Box::new(move |segment| remove.drop_tape(id, segment)),
    };
    let stream = store.redactor().terminal(size);
    Tape::start(log, segments, stream, size, (Instant::now(), Timestamp::now()))
}

/// What a person is told of a tape that broke.
pub(super) fn incomplete(id: SessionId, why: &str) -> String {
    format!("the recording of {id} is not complete: {why}")
}

/// What a headless assistant prints, taken down as on a terminal.
pub(super) struct Printout {
    tape: Tape,
    /// Why it is of no use any more; it is kept for its lock.
    broken: Option<String>,
}

impl Printout {
    /// Of the session `id`, which is asked `prompt` and begins to work.
    pub(super) fn start(store: &Arc<Store>, id: SessionId, log: PrivateLog, prompt: &str) -> Self {
        let mut printout = Self { tape: start(store, id, log, PAPER), broken: None };
        // What loghop asks by itself is nobody's words.
        let asked = prompt.lines().next().filter(|line| *line != HANDED_OVER.0);
        let asked: String = asked.unwrap_or_default().chars().take(PROMPT_MAX).collect();
        let items = [
            Item::Mark("printed"),
            Item::Output(b"> ".to_vec()),
            Item::Mark("typed"),
            Item::Output(asked.into_bytes()),
            Item::Mark("sent"),
            Item::Output([b"\r\n", WORKING].concat()),
        ];
        for item in items {
            printout.act(|tape| tape.item(item, Instant::now()));
        }
        printout
    }

    /// Takes down what was shown.
    pub(super) fn print(&mut self, text: &Redacted) {
        self.item(text.as_str().replace('\n', "\r\n").into_bytes());
        if self.tape.is_full() {
            // What was printed has scrolled away; the next segment begins with an empty page.
            self.act(|tape| tape.item(Item::Picture(WORKING.to_vec()), Instant::now()));
        }
    }

    /// Time passes.
    pub(super) fn tick(&mut self) {
        self.act(|tape| tape.tick(Instant::now()));
    }

    /// The run is over; `is_whole` where the assistant had said all that it wanted to. The tape's
    /// beginning, whose lock says that the run lives, and why it is not complete.
    pub(super) fn end(mut self, is_whole: bool) -> (PrivateLog, Option<String>) {
        if is_whole {
            self.item(IDLE.to_vec());
        }
        self.act(|tape| tape.finish(Instant::now()));
        (self.tape.into_log(), self.broken)
    }

    fn item(&mut self, bytes: Vec<u8>) {
        self.act(|tape| tape.item(Item::Output(bytes), Instant::now()));
    }

    fn act(&mut self, act: impl FnOnce(&mut Tape) -> Result<()>) {
        if self.broken.is_none() {
            self.broken = act(&mut self.tape).err().map(|error| error.to_string());
        }
    }
}
