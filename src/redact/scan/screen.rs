//! What the scanner does with text and sequences: where the stream jumps on the screen, the logical
//! text gets what stands beside the place that it leaves and the place that it comes to.
//!
//! Everything before a jump is scanned before the screen is asked or painted over, however the stream
//! was cut: what was hidden until then does not depend on where a read ended.

use std::sync::Arc;

use super::payload::Inner;
use super::release::LOOK_BACK;
use super::{Mode, Scanner, Source};
use crate::redact::cells::{Cells, Left, OPEN_END, repeated};
use crate::redact::charset::Set;
use crate::redact::encoded::{self, Next};
use crate::redact::escapes::{Escapes, Gaps, Payload, Sink, moved};
use crate::redact::window::Window;

/// A scanner that is fed.
pub(super) struct Feeding<'a> {
    scanner: &'a mut Scanner,
    out: &'a mut Vec<u8>,
}

impl Scanner {
    /// Splits bytes into text and sequences, and takes these.
    pub(super) fn split(
        &mut self,
        out: &mut Vec<u8>,
        run: impl FnOnce(&mut Escapes, &mut Feeding<'_>),
    ) {
        let mut escapes = std::mem::take(&mut self.escapes);
        run(&mut escapes, &mut Feeding { scanner: self, out });
        self.escapes = escapes;
    }
}

impl Sink for Feeding<'_> {
    fn text(&mut self, text: &[u8]) {
        let mut half = std::mem::take(&mut self.scanner.half);
        let mut rest = if half.is_empty() {
            text
        } else {
            half.extend_from_slice(text);
            &half
        };
        loop {
            match encoded::next(rest) {
                Next::Nothing => return self.plain(rest),
                Next::Cut(at) => {
                    self.plain(&rest[..at]);
                    self.scanner.half = rest[at..].to_vec();
                    return;
                }
                Next::Letter { at, len, byte } => {
                    self.plain(&rest[..at]);
                    self.letter(&rest[at..at + len], byte);
                    rest = &rest[at + len..];
                }
            }
        }
    }

    fn sequence(&mut self, bytes: &[u8]) {
        self.take_half();
        let rest = &bytes[std::mem::take(&mut self.scanner.shown)..];
        let stand_in = moved(bytes);
        let is_colour = bytes.last() == Some(&b'm');
        if !is_colour {
            // What was hidden so far was hidden before the screen changed.
            self.scanner.scan(self.out);
            self.scanner.look_before(bytes, self.out);
        }
        let Scanner { cells, source, gaps, window, .. } = &mut *self.scanner;
        let is_motion = !stand_in.is_empty() || repeated(bytes).is_some();
        if *source == Source::Stream && is_motion {
            window.set_grows();
            cells.get_or_insert_with(|| screen_of(window));
        }
        match cells {
            Some(cells) => {
                cells.apply(bytes);
                let letters = cells.repeat(bytes, window.end());
                gaps.push(window, rest, &letters);
                if cells.has_left() {
                    self.scanner.release_left(self.out);
                }
            }
            None => gaps.push(window, rest, stand_in),
        }
    }

    fn payload(&mut self, payload: Payload) {
        let Scanner { tables, inner, gaps, window, finder, .. } = &mut *self.scanner;
        let mut out = Vec::new();
        let new = || {
            let mut scanner = Scanner::new(Arc::clone(tables), Source::Document);
            scanner.set_inner();
            if finder.is_some() {
                scanner.set_finder();
            }
            Box::new(Inner::new(scanner))
        };
        let mut carried = inner.take().unwrap_or_else(new);
        match payload {
            Payload::Some(bytes) => carried.feed(bytes, &mut out),
            Payload::End => carried.finish(&mut out),
        }
        if let Some(finder) = finder {
            carried.found().iter().for_each(|found| finder.await_text(window.end(), *found));
        }
        if payload != Payload::End {
            *inner = Some(carried);
        }
        gaps.push(window, &out, b"");
    }
}

impl Feeding<'_> {
    /// What may have been half of a letter is text as it is.
    pub(super) fn take_half(&mut self) {
        let half = std::mem::take(&mut self.scanner.half);
        self.plain(&half);
    }

    /// Text as it is.
    fn plain(&mut self, text: &[u8]) {
        let mut rest = text;
        while !rest.is_empty() {
            let len = self.part(rest);
            rest = &rest[len..];
        }
    }

    /// A letter that is written as a number.
    fn letter(&mut self, bytes: &[u8], letter: u8) {
        if self.scanner.cells.is_some() {
            self.go_on(Set::Bare.has(letter));
        }
        let Scanner { cells, gaps, window, .. } = &mut *self.scanner;
        if let Some(cells) = cells {
            cells.paint_written(bytes, window.end());
        }
        gaps.push_letter(window, bytes, letter);
    }

    /// Takes the first part of some text; tells how long that is.
    fn part(&mut self, text: &[u8]) -> usize {
        let Scanner { cells, gaps, window, source, .. } = &mut *self.scanner;
        let Some(cells) = cells else {
            let sign = memchr::memchr2(b'\r', 0x08, text).filter(|_| *source == Source::Stream);
            let len = sign.unwrap_or(text.len());
            window.extend(&text[..len]);
            if sign.is_some() {
                self.scanner.scan(self.out);
                self.scanner.cells = Some(screen_of(&self.scanner.window));
            }
            return len;
        };
        match text[0] {
            b'\n' => {
                if cells.reaches_edge() {
                    gaps.push(window, b"", &[OPEN_END]);
                }
                window.extend(b"\n");
                cells.line_feed();
                1
            }
            b'\r' | 0x08 => {
                cells.apply(&text[..1]);
                gaps.push(window, &text[..1], b"");
                1
            }
            _ => self.line(text),
        }
    }

    /// Text within a line; tells how much of it was taken.
    fn line(&mut self, text: &[u8]) -> usize {
        let mut len = memchr::memchr3(b'\n', b'\r', 0x08, text).unwrap_or(text.len());
        let lead = text[..len].iter().take_while(|b| !Set::Bare.has(**b)).count();
        if self.go_on(lead == 0) && lead > 0 {
            len = lead;
        }
        let Scanner { cells, window, .. } = &mut *self.scanner;
        if let Some(cells) = cells {
            len = cells.paint(&text[..len], window.end());
        }
        window.extend(&text[..len]);
        len
    }

    /// Text goes on at the cursor, with a word's letter or not; tells whether it begins there, after
    /// a jump or the end of a line.
    fn go_on(&mut self, with_word: bool) -> bool {
        self.jump();
        let is_fresh = self.is_fresh();
        if is_fresh && with_word {
            self.arrive();
        }
        if self.scanner.cells.as_ref().is_some_and(|cells| cells.is_taken()) {
            // What is painted over is no longer there to be hidden.
            self.scanner.scan(self.out);
        }
        is_fresh
    }

    fn is_fresh(&self) -> bool {
        self.scanner.cells.as_ref().is_some_and(|cells| cells.is_fresh())
    }

    /// The text may go on at another place than it stopped at.
    fn jump(&mut self) {
        let Scanner { cells, gaps, window, mode, .. } = &mut *self.scanner;
        let Some(cells) = cells.as_mut().filter(|cells| cells.is_away()) else { return };
        let in_key = matches!(mode, Mode::Key(_));
        if cells.step() {
            if in_key {
                gaps.push(window, b"", b" ");
            } else {
                push_beside(cells, gaps, window);
            }
            let is_hidden = cells.is_hidden_here();
            if is_hidden {
                self.follow_hidden(|_| Mode::Drop(Set::Bare));
            }
        } else {
            cells.leave();
            gaps.push(window, b"", if in_key { b"\n" } else { &[OPEN_END] });
            self.scanner.scan(self.out);
            self.scanner.window.set_grows();
        }
    }

    /// Text begins here, after a jump or the end of a line.
    fn arrive(&mut self) {
        self.scanner.scan(self.out);
        let Scanner { cells, gaps, window, mode, .. } = &mut *self.scanner;
        let Some(cells) = cells else { return };
        cells.set_settled();
        match cells.left() {
            Left::Hidden => self.follow_hidden(|_| Mode::Drop(Set::Bare)),
            Left::HiddenAbove => {
                self.follow_hidden(|scanner| Mode::Follow(scanner.latest(scanner.at)));
            }
            _ if matches!(mode, Mode::Key(_)) => {}
            Left::Text => push_beside(cells, gaps, window),
            Left::Above => {
                push_beside(cells, gaps, window);
                window.set_seam(window.end());
            }
            Left::Nothing => {}
        }
    }

    /// What comes now stands right behind a secret that is hidden, and belongs to it or may.
    fn follow_hidden(&mut self, mode: impl Fn(&Scanner) -> Mode) {
        let scanner = &mut *self.scanner;
        scanner.scan(self.out);
        if matches!(scanner.mode, Mode::Walk) {
            let end = scanner.window.end();
            scanner.emit(end, self.out);
            scanner.restart(end);
            scanner.mode = mode(scanner);
        }
    }
}

/// Puts what stands beside the cursor before the text that comes.
fn push_beside(cells: &Cells, gaps: &mut Gaps, window: &mut Window) {
    let (at, (beside, seams)) = (window.end(), cells.beside());
    gaps.push(window, b"", beside);
    for seam in seams {
        window.set_seam(at + seam);
    }
}

/// The screen of a stream in which the first sign of a terminal comes, with the line that it
/// comes in.
fn screen_of(window: &Window) -> Box<Cells> {
    let mut cells = Box::new(Cells::new(None));
    let from = window.end().saturating_sub(LOOK_BACK).max(window.base());
    let text = window.slice(from, window.end());
    let line = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    let mut at = line;
    while at < text.len() {
        at += cells.paint(&text[at..], from + at);
    }
    // What stands left of the cursor is in the window, and must not be put there again.
    cells.set_settled();
    cells
}
