//! What was painted, where it stands in the logical text and on the screen, and where it was put out.
//!
//! Text comes in pieces of any size: whatever is done to a piece is done byte by byte.

use super::Cells;

/// So much of the text that was painted last moves with the cells it is in when these make room:
/// more is not undecided where anybody edits a line.
const SHIFTED_MAX: usize = 128;

/// The row of what was painted and is no longer there: no row has this name.
const NOWHERE: u32 = 0;

/// Of what was painted last, so much is asked whether it waits to be put out.
const STROKES_MAX: usize = 256;

/// Text that was painted, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    /// Its place in the logical text.
    pub(super) at: usize,
    pub(super) len: usize,
    pub(super) row: u32,
    /// Which row that was.
    pub(super) nth: usize,
    pub(super) col: usize,
    /// How many cells it has if it is a letter that is written as a number; else 0: each byte has
    /// one.
    pub(super) written: usize,
}

/// A part of the logical text that was put out, and where.
#[derive(Debug)]
pub(super) struct Out {
    from: usize,
    to: usize,
    at: u64,
}

impl Cells {
    /// Notes that what was painted for `text`, from `from` on in the logical text, was hidden.
    pub(in crate::redact) fn hide(&mut self, from: usize, text: &[u8]) {
        let to = from + text.len();
        let first = self.strokes.partition_point(|stroke| stroke.at + stroke.len <= from);
        for stroke in self.strokes.iter().skip(first).take_while(|stroke| stroke.at < to) {
            if stroke.written > 0 {
                self.grid.hide_all(stroke.row, stroke.col, stroke.written);
                continue;
            }
            let (begin, end) = (from.max(stroke.at), to.min(stroke.at + stroke.len));
            let glyphs = &text[begin - from..end - from];
            self.grid.hide(stroke.row, stroke.col + begin - stroke.at, glyphs);
        }
    }

    /// Notes that the logical text from `from` to `to` was put out at `at`.
    pub(in crate::redact) fn put_out(&mut self, from: usize, to: usize, at: u64) {
        if from < to {
            self.outs.push(Out { from, to, at });
        }
    }

    /// Tells the grid of what was put out: many at once, as each by itself would take as long as all
    /// else.
    pub(super) fn place_outs(&mut self) {
        let oldest = self.grid.oldest();
        for Out { from, to, at } in self.outs.drain(..) {
            while let Some(stroke) = self.strokes.get(self.placed).filter(|it| it.at < to) {
                let (begin, end) = (from.max(stroke.at), to.min(stroke.at + stroke.len));
                if begin < end && stroke.written == 0 && stroke.row >= oldest {
                    let (row, col) = ((stroke.row, stroke.nth), stroke.col + begin - stroke.at);
                    self.grid.put_out(row, col, end - begin, at + (begin - from) as u64);
                }
                if stroke.at + stroke.len > to {
                    break;
                }
                self.placed += 1;
            }
        }
    }

    /// Lets go of what was painted before `at` of the logical text.
    pub(in crate::redact) fn forget(&mut self, at: usize) {
        self.place_outs();
        let done = self.strokes.partition_point(|stroke| stroke.at + stroke.len <= at);
        self.strokes.drain(..done);
        self.placed = self.placed.saturating_sub(done);
    }

    /// Where in the logical text the glyph stands that was painted there last, if that is kept.
    pub(super) fn stroke_at(&self, row: u32, col: usize) -> Option<usize> {
        let has = |it: &&Stroke| it.row == row && (it.col..it.col + it.len).contains(&col);
        let stroke = self.strokes.iter().rev().take(STROKES_MAX).find(has)?;
        Some(stroke.at + col - stroke.col)
    }

    /// Makes room for `n` cells at the cursor, or closes so many. What was painted there moves byte
    /// by byte, in whatever pieces it came.
    pub(super) fn shift(&mut self, n: usize, open: bool) {
        self.place_outs();
        let (row, at) = (self.grid.row_id(), self.grid.at.col);
        self.grid.shift(n, open);
        let last = self.strokes.back().map_or(0, |it| it.at + it.len);
        let from = last.saturating_sub(SHIFTED_MAX);
        let mut nth = self.strokes.partition_point(|it| it.at + it.len <= from);
        while let Some(stroke) = self.strokes.get(nth).copied() {
            let edges = [
                from.saturating_sub(stroke.at),
                at.saturating_sub(stroke.col),
                (at + n).saturating_sub(stroke.col),
            ];
            let inside = edges.into_iter().filter(|len| (1..stroke.len).contains(len));
            if let Some(len) = inside.min().filter(|_| stroke.row == row) {
                self.split(nth, len);
            }
            let stroke = &mut self.strokes[nth];
            if stroke.row == row && stroke.at >= from && stroke.col >= at {
                match stroke.col.checked_sub(n).filter(|col| *col >= at) {
                    _ if open => stroke.col += n,
                    Some(col) => stroke.col = col,
                    None => stroke.row = NOWHERE,
                }
            }
            nth += 1;
        }
    }

    /// Makes two strokes of one, the first of them `len` long.
    fn split(&mut self, nth: usize, len: usize) {
        let whole = self.strokes[nth];
        let (at, col, left) = (whole.at + len, whole.col + len, whole.len - len);
        self.strokes[nth] = Stroke { len, ..whole };
        let rest = Stroke { at, col, len: left, ..whole };
        self.strokes.insert(nth + 1, rest);
        self.placed += usize::from(nth < self.placed);
    }
}
