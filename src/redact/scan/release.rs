//! What the scanner puts out: text that is decided, with the escape sequences where they were.

use super::hide::FILLER;
use super::{Mode, Scanner, Source};
use crate::redact::escapes::{CAN, ESC, Gap};
use crate::redact::prefixed;
use crate::redact::window::Window;

/// Text that is kept before what is undecided: names, edges, escaped colours look back this far.
pub(super) const LOOK_BACK: usize = 128;

/// Text that is done with is let go in pieces of this size, so that single bytes stay cheap.
const FORGET_MIN: usize = 4096;

impl Scanner {
    /// Releases what can no longer become part of a secret.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) {
        let to = match &self.mode {
            Mode::Walk => self.unbegun(self.window.end()),
            // A name whose value is not there yet may end as a token begins (`a/sk` and `sk-`).
            Mode::Open(open) => self.unbegun(open.hold).max(self.lead()).min(open.hold),
            // What stands directly after a secret so far may turn out to stand inside of it.
            Mode::Drop(_) | Mode::Follow(_) => return,
            Mode::Key(body) if body.sure => return,
            // If it is none, all of that is looked through.
            Mode::Key(body) => body.from,
        };
        self.emit_whole_chars(to, out);
        if matches!(self.mode, Mode::Walk) && to == self.window.end() {
            self.show_sequence(out);
        }
    }

    /// Releases what is here of a sequence that nothing is held back before: whatever it turns out
    /// to be, its bytes stay.
    fn show_sequence(&mut self, out: &mut Vec<u8>) {
        let is_next = self.released == self.window.end() && self.half.is_empty();
        if is_next && self.gaps.first().is_none() {
            let begun = &self.escapes.begun()[self.shown..];
            self.shown += begun.len();
            self.gaps.show(self.window.end(), begun, out);
        }
    }

    /// Releases what the cursor has left: what begins there like a token goes on elsewhere, if at
    /// all, and nothing of it is secret yet.
    pub(super) fn release_left(&mut self, out: &mut Vec<u8>) {
        if matches!(self.mode, Mode::Walk) && self.at == self.window.end() {
            let end = self.window.end();
            let to = prefixed::unmarked(&self.window, end).map_or(end, |from| from.min(end));
            self.emit_whole_chars(to, out);
        }
    }

    /// How much of the text before `to` cannot be part of a token that is not known yet.
    fn unbegun(&self, to: usize) -> usize {
        let from = self.window.floor().max(self.window.base()).min(to);
        let text = self.window.slice(from, to);
        let begins = self.tables.anchors.begins();
        let is_edge = |at| prefixed::is_edge(&self.window, from + at);
        let prefix = begins.at_edges.begun(text, is_edge).map(|at| from + at);
        let known = begins.known.begun(text, |_| true).map(|at| from + at);
        let mark = begins.marks.begun(text, |_| true).map_or(to, |at| from + at);
        let unmarked = [to, mark].map(|to| prefixed::unmarked(&self.window, to));
        let begun = [prefix, known].into_iter().chain(unmarked).flatten().fold(to, usize::min);
        if to < self.window.end() {
            return begun;
        }
        begun.max(self.next_lead()).min(to)
    }

    /// Releases the logical text before `to`, with the sequences in and directly after it.
    pub(super) fn emit(&mut self, to: usize, out: &mut Vec<u8>) {
        while let Some(gap) = self.gaps.first() {
            if gap.at > to || gap.at == to && gap.stands_for > 0 {
                break;
            }
            self.emit_text(gap.at, out);
            self.count(gap);
            self.gaps.pop(out);
        }
        self.emit_text(to, out);
    }

    /// Releases the logical text before `to`, which was hidden, with the sequences in it. A stray
    /// ESC is cancelled: it would make a sequence of whatever now follows it.
    pub(super) fn emit_hidden(&mut self, to: usize, out: &mut Vec<u8>) {
        while let Some(gap) = self.gaps.first().filter(|gap| gap.at < to) {
            self.emit_text(gap.at, out);
            let len = out.len();
            self.pop_whole(gap, out);
            if gap.written > 0 {
                out.resize(len + gap.written, FILLER);
            }
        }
        self.emit_text(to, out);
    }

    /// Drops the logical text before `to`; the sequences in it stay, stray ESCs cancelled.
    pub(super) fn skip(&mut self, to: usize, out: &mut Vec<u8>) {
        while let Some(gap) = self.gaps.first().filter(|gap| gap.at < to) {
            self.pass(gap.at);
            self.pop_whole(gap, out);
        }
        self.pass(to);
    }

    fn emit_text(&mut self, to: usize, out: &mut Vec<u8>) {
        if to >= self.released {
            let at = self.put_out.wrapping_add(out.len() as u64);
            if !self.late_text.is_empty() {
                self.place_late(to, at);
            }
            if let (Source::Terminal(_), Some(cells)) = (self.source, &mut self.cells) {
                cells.put_out(self.released, to, at);
            }
            out.extend_from_slice(self.window.slice(self.released, to));
            self.pass(to);
        }
    }

    /// A call begins that adds to `out`.
    pub(super) fn begin(&mut self, out: &[u8]) {
        self.put_out = self.put_out.wrapping_sub(out.len() as u64);
    }

    /// It has added what it will.
    pub(super) fn end(&mut self, out: &[u8]) {
        self.put_out = self.put_out.wrapping_add(out.len() as u64);
    }

    /// Counts the text before `to`, which is in the stream, as released.
    fn pass(&mut self, to: usize) {
        let to = to.max(self.released);
        if let Some(finder) = &mut self.finder {
            finder.pass(self.released, self.window.slice(self.released, to));
        }
        self.released = to;
    }

    /// Releases the first sequence, a stray ESC cancelled; of a letter nothing.
    fn pop_whole(&mut self, gap: Gap, out: &mut Vec<u8>) {
        let len = out.len();
        self.count(gap);
        self.gaps.pop(out);
        if gap.written > 0 {
            out.truncate(len);
        } else if out[len..] == [ESC] {
            // It may also have ended a title, and something still must.
            out[len] = CAN;
        }
    }

    /// Counts what stands for a sequence, or a letter as it is written, as released.
    fn count(&mut self, gap: Gap) {
        self.released += gap.stands_for;
        if let Some(finder) = self.finder.as_mut().filter(|_| gap.written > 0) {
            finder.pass_letter(gap.at, gap.written);
        }
    }

    /// Lets go of what no later call needs.
    pub(super) fn settle(&mut self, out: &[u8]) {
        self.last_out = out.last().copied().or(self.last_out);
        let from = match &self.mode {
            Mode::Open(open) => open.start,
            Mode::Key(body) if !body.sure => body.from,
            _ => self.at,
        };
        let keep = from.min(self.released).saturating_sub(LOOK_BACK);
        if keep >= self.window.base() + FORGET_MIN {
            self.window.forget(keep);
            if let Some(cells) = &mut self.cells {
                cells.forget(keep);
            }
        }
    }

    /// The same, but never half of a character.
    pub(super) fn emit_whole_chars(&mut self, to: usize, out: &mut Vec<u8>) {
        self.emit(whole_chars(&self.window, self.released, to), out);
    }

    /// Keeps a stray ESC in front of a tag from making a control sequence of the tag's bracket.
    pub(super) fn cancel_escape(&self, out: &mut Vec<u8>) {
        if out.last().copied().or(self.last_out) == Some(ESC) {
            out.push(CAN);
        }
    }
}

/// `to`, or the start of a UTF-8 sequence that `to` would cut in two.
fn whole_chars(window: &Window, from: usize, to: usize) -> usize {
    let tail = window.slice(to.saturating_sub(3).max(from).min(to), to);
    for (back, byte) in tail.iter().rev().enumerate() {
        match byte {
            0x80..=0xbf => {}
            0xc2..=0xdf if back < 1 => return to - back - 1,
            0xe0..=0xef if back < 2 => return to - back - 1,
            0xf0..=0xf4 if back < 3 => return to - back - 1,
            _ => return to,
        }
    }
    to
}
