//! The engine: one pass over a byte stream that replaces secrets by tags.
//!
//! Escape sequences are set aside, the logical text that is left is searched for anchors, and
//! where one ends its check decides. Invariants:
//!
//! - What comes out depends on the bytes and on calls of `flush` only. A check that lacks text says
//!   `More` and is asked again; every other answer stays true whatever follows.
//! - Nothing is released that may still become part of a secret, and what is held back is bounded:
//!   8 KiB in sum (`bounds`), whatever stands in the stream.
//! - Escape sequences inside of a secret survive: the screen's state stays what it was.

mod armour;
mod bounds;
mod hide;
mod hindsight;
mod payload;
mod release;
mod rest;
mod screen;

use std::sync::Arc;

use super::allowed::Allowed;
use super::anchors::{OnDemand, Target};
use super::cells::Cells;
use super::charset::Set;
use super::escapes::{self, Escapes, Gaps};
use super::finding::{Finder, Finding};
use super::key::{self, Body};
use super::tag::{self, Tagger};
use super::verdict::{Mask, Verdict};
use super::window::Window;
use super::{blob, encoded, flags, known, named, prefixed, uri};
use crate::model::Size;
pub use hindsight::Late;
use payload::Inner;

/// What all scanners of a redactor share.
#[derive(Clone)]
pub(super) struct Tables {
    pub(super) anchors: OnDemand,
    pub(super) tagger: Tagger,
    pub(super) allowed: Vec<Allowed>,
}

impl Tables {
    /// Whether the engine has nothing to do: nobody looks closer where no anchor is, and text
    /// without control characters and letters written as numbers is what it seems. So it is with
    /// most of the short texts that records are made of, for which a scanner costs more than the
    /// look at them.
    pub(super) fn is_harmless(&self, text: &[u8]) -> bool {
        escapes::text_len(text) == text.len()
            && memchr::memchr2(b'\r', 0x08, text).is_none()
            && self.anchors.next(text, 0, &mut Vec::new()).is_none()
            && !encoded::is_in(text)
    }
}

/// Input is taken in pieces of this size, so that buffers stay in the cache.
const PIECE: usize = 16 * 1024;

/// What a scanner reads, which decides what it puts in the place of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Text that nobody painted.
    Document,
    /// Bytes that may be a document or a terminal's, whose size is not known. Tags are whole.
    Stream,
    /// A terminal of this size. What is hidden keeps its width, so that the rest stays in place.
    Terminal(Size),
}

/// What the scanner is in the middle of.
enum Mode {
    /// Looking for anchors.
    Walk,
    /// An anchor is complete and not yet decided.
    Open(Open),
    /// Dropping the rest of a masked token.
    Drop(Set),
    /// At the beginning of a row below something hidden, which may go on here; decided at the
    /// latest at this byte of the stream.
    Follow(usize),
    /// Inside of a private key.
    Key(Box<Body>),
}

/// An undecided place.
#[derive(Clone, Copy)]
struct Open {
    /// Which of the anchors that end here is asked.
    nth: usize,
    /// Where its anchor begins.
    start: usize,
    /// Nothing from here on is released.
    hold: usize,
    /// What to do if it must be released, and from where.
    mask: Option<(usize, Mask)>,
    /// Where it is decided at the latest, in bytes of the stream.
    latest: usize,
}

/// A redacting filter. Feeds go in, redacted bytes come out.
pub(super) struct Scanner {
    tables: Arc<Tables>,
    escapes: Escapes,
    /// The end of the text, which may be half of a letter that is written as a number.
    half: Vec<u8>,
    /// So many bytes of a sequence that is not whole are released.
    shown: usize,
    window: Window,
    gaps: Gaps,
    /// Looks through what string sequences carry.
    inner: Option<Box<Inner>>,
    source: Source,
    /// What it reads stands in a sequence of another one's stream.
    is_inner: bool,
    /// What the terminal shows; a stream has a screen from the first cursor movement on.
    cells: Option<Box<Cells>>,
    mode: Mode,
    /// No anchor begins before this.
    since: usize,
    /// The anchors that end at `at`.
    found: Vec<usize>,
    /// The next logical byte to walk over.
    at: usize,
    /// The next logical byte to release.
    released: usize,
    /// The last byte that earlier calls put out.
    last_out: Option<u8>,
    finder: Option<Finder>,
    /// Where something was hidden, if somebody asks for it.
    hidden: Option<Vec<(usize, usize)>>,
    /// Bytes that were put out, less those that are in the buffer which the present call adds to.
    put_out: u64,
    late: Vec<Late>,
    /// The same of text that is not put out yet, by its place there.
    late_text: Vec<(usize, u8)>,
}

impl Scanner {
    pub(super) fn new(tables: Arc<Tables>, source: Source) -> Self {
        let mut window = Window::default();
        let cells = match source {
            Source::Document | Source::Stream => None,
            Source::Terminal(size) => {
                window.set_grows();
                Some(Cells::new(Some(size)).into())
            }
        };
        Self {
            tables,
            escapes: Escapes::default(),
            half: Vec::new(),
            shown: 0,
            window,
            gaps: Gaps::default(),
            inner: None,
            source,
            is_inner: false,
            cells,
            mode: Mode::Walk,
            since: 0,
            found: Vec::new(),
            at: 0,
            released: 0,
            last_out: None,
            finder: None,
            hidden: None,
            put_out: 0,
            late: Vec::new(),
            late_text: Vec::new(),
        }
    }

    /// Says that it reads what a sequence of another stream carries.
    pub(super) fn set_inner(&mut self) {
        self.is_inner = true;
    }

    /// Notes from now on what is hidden, for [`Scanner::found`].
    pub(super) fn set_finder(&mut self) {
        self.finder.get_or_insert_default();
    }

    /// What was hidden since the last call, and where.
    pub(super) fn found(&mut self) -> Vec<Finding> {
        self.finder.as_mut().map(Finder::take).unwrap_or_default()
    }

    /// Takes bytes and appends what is decided to `out`.
    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.begin(out);
        for piece in bytes.chunks(PIECE) {
            self.split(out, |escapes, sink| escapes.split(piece, sink));
            self.scan(out);
            self.release(out);
            self.settle(out);
        }
        self.end(out);
    }

    /// The terminal has another size from now on.
    pub(super) fn resize(&mut self, size: Size) {
        if let Some(cells) = &mut self.cells {
            cells.resize(size);
        }
    }

    /// Releases everything that can be, masking an open token.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        self.begin(out);
        loop {
            match &mut self.mode {
                Mode::Walk | Mode::Drop(_) => break,
                Mode::Follow(_) => {
                    self.mode = Mode::Drop(Set::Bare);
                    self.scan(out);
                }
                Mode::Open(Open { mask: Some((from, mask)), .. }) => {
                    let (from, mask) = (*from, *mask);
                    self.mask(from, mask, out);
                    self.scan(out);
                }
                Mode::Open(open) => {
                    let nth = open.nth;
                    // A token's prefix without a body stays open: nothing of it is secret yet.
                    let target = self.found.get(nth).map(|it| self.tables.anchors.target(*it).0);
                    let is_prefix = matches!(target, Some(Target::Rows(_)));
                    if is_prefix || self.next(&mut Vec::new()).is_none() {
                        break;
                    }
                    // Another anchor lies in what would be released: it matters more.
                    self.ask(nth + 1, out);
                    self.scan(out);
                }
                Mode::Key(body) => {
                    if let Some(first) = body.first {
                        body.sure = true;
                        let (to, tag) = (body.end, body.take_tag());
                        self.hide_key(first, to, tag, out);
                    }
                    break;
                }
            }
        }
        let end = self.window.end();
        if !matches!(&self.mode, Mode::Key(body) if body.sure) {
            self.emit_whole_chars(end, out);
        }
        self.settle(out);
        self.end(out);
        self.look_back();
    }

    /// Ends the stream: what is still held is decided with what there is.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        self.begin(out);
        self.split(out, |escapes, sink| {
            escapes.finish(sink);
            sink.take_half();
        });
        self.window.set_ended();
        self.scan(out);
        self.leave_keys(out);
        self.emit(self.window.end(), out);
    }

    fn scan(&mut self, out: &mut Vec<u8>) {
        loop {
            let undecided = match &self.mode {
                Mode::Walk => !self.walk(out),
                Mode::Open(open) => !self.ask(open.nth, out),
                Mode::Drop(set) => !self.drop_rest(*set, out),
                Mode::Follow(latest) => !self.follow(*latest),
                Mode::Key(_) => !self.key_body(out),
            };
            if undecided {
                return;
            }
        }
    }

    /// Walks to the next anchor and asks for it. False at the end of the text.
    fn walk(&mut self, out: &mut Vec<u8>) -> bool {
        let mut found = std::mem::take(&mut self.found);
        let next = self.next(&mut found);
        self.found = found;
        self.at = next.unwrap_or(self.window.end());
        next.is_some() && self.ask(0, out)
    }

    /// Where the next anchor ends; `found` gets all that do.
    fn next(&self, found: &mut Vec<usize>) -> Option<usize> {
        let from = self.since.max(self.window.base());
        let text = self.window.slice(from, self.window.end());
        self.tables.anchors.next(text, self.at - from, found).map(|len| from + len)
    }

    /// Asks the anchors that end here, from the `nth` on. False if more text is needed.
    fn ask(&mut self, nth: usize, out: &mut Vec<u8>) -> bool {
        let latest = match &self.mode {
            Mode::Open(open) => open.latest,
            _ => self.latest(self.at),
        };
        let (nth, start, verdict) = self.verdict(nth, latest);
        match verdict {
            Verdict::More { from, mask: Some(mask) } if self.is_cut(latest) => {
                self.mask(from, mask, out);
            }
            Verdict::More { from, mask } => {
                let hold = from.min(self.at);
                let mask = mask.map(|mask| (from, mask));
                self.mode = Mode::Open(Open { nth, start, hold, mask, latest });
                return false;
            }
            decided => self.decided(decided, out),
        }
        true
    }

    /// The first verdict other than `No`, the number of its anchor, and where that begins.
    fn verdict(&mut self, mut nth: usize, latest: usize) -> (usize, usize, Verdict) {
        let (limit, lead) = (self.limit(latest), self.lead());
        let cut = self.is_cut(latest);
        let Self { tables, window, found, at, .. } = self;
        window.set_limit(Some(limit));
        let mut first = (nth, *at, Verdict::No);
        while let Some(anchor) = found.get(nth) {
            let (target, len) = tables.anchors.target(*anchor);
            let verdict = check(window, target, *at - len, *at);
            match tag::spared(window, verdict) {
                Verdict::No => {}
                // There is nothing to hide yet, and no patience left.
                Verdict::More { mask: None, .. } if cut => {}
                verdict => {
                    first = (nth, *at - len, verdict.not_before(lead));
                    break;
                }
            }
            nth += 1;
        }
        window.set_limit(None);
        first
    }

    fn decided(&mut self, verdict: Verdict, out: &mut Vec<u8>) {
        self.mode = Mode::Walk;
        match verdict {
            Verdict::Secret { from, to, .. } if self.is_allowed(from, to) => self.restart(to),
            Verdict::Secret { from, to, kind } => {
                self.hide_between(from, out);
                self.replace(from, to, kind, out);
                self.restart(to);
            }
            Verdict::Harmless { to } => self.restart(to),
            Verdict::KeyBody { from } => {
                self.at = from;
                let body = Body::new(&self.window, from, self.tables.tagger.start());
                self.mode = Mode::Key(body.into());
            }
            Verdict::No | Verdict::More { .. } => {}
        }
    }

    /// Whether the user said that this is no secret.
    fn is_allowed(&self, from: usize, to: usize) -> bool {
        let text = self.window.slice(from, to);
        self.tables.allowed.iter().any(|allowed| allowed.matches(text))
    }

    /// Goes on at `to` as if the text began there.
    fn restart(&mut self, to: usize) {
        self.window.set_floor(to);
        self.at = to;
        self.since = to;
    }
}

fn check(window: &mut Window, target: &Target, start: usize, end: usize) -> Verdict {
    match target {
        Target::Rows(rows) => rows
            .iter()
            .map(|(prefix, rule)| prefixed::check(window, start, prefix, rule))
            .find(|verdict| *verdict != Verdict::No)
            .unwrap_or(Verdict::No),
        Target::Blob(blob) => blob::check(window, start, blob),
        Target::Name(name) => named::check(window, start, end, *name),
        Target::Flag(flag) => flags::check(window, start, end, flag),
        Target::Uri => uri::check(window, end),
        Target::Key => key::check(window, end),
        Target::KeyLines => key::check_lines(window, end),
        Target::Tag => tag::check(window, start),
        Target::Known(form) => known::check(window, start, form),
    }
}
