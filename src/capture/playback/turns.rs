//! The turns that were seen, as text: what is kept of one that is over, and what was none.

use super::drawn::{Drawn, Span};
use super::page::Page;
use super::queued::Queued;
use super::words::{self, Runs};

/// A client that starts looks busy for a moment; a turn that nobody typed lasts longer.
const FLICKER: f64 = 0.1;
/// A start that is no more than that, however slow the machine is: somebody types into it meanwhile,
/// or nothing but the client's own frame is drawn.
const START_MAX: f64 = 5.0;
/// Bytes of text that are kept of all turns: more than 100,000 lines. Of what comes later only the
/// prompts are kept.
const TEXT_MAX: usize = 16 << 20;
/// Runs of words that are remembered, to know an old text that is drawn again.
const SEEN_MAX: usize = 1 << 19;

/// A turn as the screen showed it: what was asked, and what was answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::capture) struct ScreenTurn {
    /// The prompt, as far as it can be told from the reply.
    pub(in crate::capture) prompt: String,
    /// Everything after it.
    pub(in crate::capture) reply: String,
    /// Where on the tape it begins and ends, in seconds.
    pub(in crate::capture) from: f64,
    /// See `from`.
    pub(in crate::capture) to: f64,
    /// Its end was seen too: it was not cut.
    pub(in crate::capture) ended: bool,
    /// Somebody typed before it.
    pub(in crate::capture) typed: bool,
    /// It answers what loghop itself gave the client.
    pub(in crate::capture) given: bool,
    /// A client that tells what it does never told that it worked: it may have answered a command of
    /// its own.
    pub(in crate::capture) untold: bool,
}

impl ScreenTurn {
    /// Whether nobody asked it: it may belong to what was asked before.
    pub(in crate::capture) fn goes_on(&self) -> bool {
        self.prompt.is_empty() || !self.typed
    }
}

/// A turn that goes on.
#[derive(Debug, Clone, Copy)]
pub(in crate::capture) struct Open {
    pub(in crate::capture) span: Span,
    /// The kind of screen that it is drawn on.
    pub(in crate::capture) alternate: bool,
    /// Somebody typed before it began.
    pub(in crate::capture) typed: bool,
    /// They had not sent it yet, and it is the first one: the client may only have started.
    pub(in crate::capture) unsent: bool,
    /// At its end what they typed stood where it was typed, as at its beginning: a client that still
    /// starts may not take Enter.
    pub(in crate::capture) untaken: bool,
    /// The client never told that it works.
    pub(in crate::capture) untold: bool,
}

impl Open {
    /// How long it lasted until its end, or until `now`.
    fn lasted(&self, now: f64) -> f64 {
        self.span.ended.unwrap_or(now) - self.span.began
    }

    /// Whether the client only started: what was typed meanwhile was not sent.
    pub(in crate::capture) fn is_start(&self, now: f64) -> bool {
        let may_be = self.unsent || self.untaken;
        may_be && self.span.ended.is_some() && self.lasted(now) < START_MAX
    }
}

/// The turns that are over.
#[derive(Debug, Default)]
pub(in crate::capture) struct Turns {
    kept: Vec<ScreenTurn>,
    seen: Runs,
    bytes: usize,
}

impl Turns {
    /// What they said, to know it when it is drawn again.
    pub(in crate::capture) fn seen(&self) -> &Runs {
        &self.seen
    }

    pub(in crate::capture) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    pub(in crate::capture) fn into_vec(self) -> Vec<ScreenTurn> {
        self.kept
    }

    /// Keeps what was `drawn` of a turn that is over `now`, unless it was none, and what was `queued`
    /// in it as turns of their own. `width` is that of the terminal. `start` is the page of a client that tells what it does and may
    /// only have drawn its own frame.
    pub(in crate::capture) fn add(
        &mut self,
        open: &Open,
        now: f64,
        (drawn, width): (Drawn, usize),
        queued: Queued,
        start: Option<&Page>,
    ) {
        let Drawn { prompt, mut reply, is_given: given, .. } = drawn;
        if self.seen.len() > SEEN_MAX {
            self.seen = Runs::default();
        }
        self.seen.add(&prompt);
        self.seen.add(&reply);
        let lasted = open.lasted(now);
        let start = start.filter(|_| self.is_empty() && lasted < START_MAX);
        let last = words::words(if reply.is_empty() { &prompt } else { &reply });
        let is_frame = start.is_some_and(|page| page.ends_with(&last));
        let is_flicker = !open.typed && (lasted < FLICKER || is_frame);
        // Commands of the client itself are no turns, here as in its transcript.
        let is_empty = prompt.is_empty() && reply.is_empty();
        if prompt.trim_start().starts_with('/') || is_empty || is_flicker {
            return;
        }
        let (from, to) = (open.span.began, open.span.ended.unwrap_or(now));
        let ended = open.span.ended.is_some();
        let queued = queued.split(&mut reply, width);
        let is_last = queued.is_empty();
        let untold = open.untold;
        let (typed, of) = (open.typed, ScreenTurn { from, to, untold, ..ScreenTurn::default() });
        self.keep(ScreenTurn {
            prompt,
            reply,
            ended: ended || !is_last,
            typed,
            given,
            ..of.clone()
        });
        let last = queued.len();
        for (n, (prompt, reply)) in (1..).zip(queued) {
            let ended = ended || n < last;
            self.keep(ScreenTurn { prompt, reply, ended, typed: true, ..of.clone() });
        }
    }

    fn keep(&mut self, mut turn: ScreenTurn) {
        self.bytes += turn.prompt.len() + turn.reply.len();
        if self.bytes > TEXT_MAX {
            turn.reply.clear();
        }
        self.kept.push(turn);
    }
}
