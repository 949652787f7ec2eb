//! What stands on a terminal's screen, so that a secret is seen as the person sees it.
//!
//! A program that paints in pieces, wraps, or repaints while somebody types writes bytes that are
//! far apart in the stream and side by side on the screen. Where the stream jumps, these cells
//! tell what stands beside the place that it jumps from and the place that it jumps to; that text
//! (which is not in the stream) is what the rules then see around the bytes that are.
//!
//! Memory is bounded by the screen. Glyphs of secrets are kept here as they are, in memory only.

mod grid;
mod motion;
mod page;
mod stroke;

use std::collections::VecDeque;

use unicode_width::UnicodeWidthChar as _;

use super::charset::Set;
use crate::model::Size;
use grid::{EMPTY, Grid, LINE, OTHER, Place, is_foreign};
pub(super) use motion::repeated;
pub(super) use page::Spot;
use stroke::{Out, Stroke};

/// The size that is assumed until the stream shows that it is larger.
const GUESS: Size = Size::new(80, 24);

/// Cells before a place that are looked at. A name and what separates it from its value fit, and
/// so does the beginning of a secret; one that is longer is hidden by then.
const SIGHT: usize = 64;

/// Cells that may be stepped over within a row: what stands there still belongs to the text.
const STEP_MAX: usize = 24;

/// Blanks between a name's separator and its value, painted in two pieces.
const BLANKS_MAX: usize = 2;

/// Columns of indentation, border and gutter before the text of a row that goes on from above.
const INDENT_MAX: usize = 8;

/// Columns that programs leave free at the right edge when they wrap.
const MARGIN: usize = 4;

/// No program wraps at less; what is shorter is a short row.
const WIDTH_MIN: usize = 20;

/// A line of text whose end is not known: more may be painted there. No rule's set has this byte.
pub(super) const OPEN_END: u8 = 0x1a;

/// Stands for glyphs that are not ASCII; no rule's set has it.
const FOREIGN: u8 = 0x7f;

/// What stands left of the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing that could belong to what comes.
    Nothing,
    /// A secret that was hidden: what continues it is one too.
    Hidden,
    /// The same, at the end of the row above, if that is wrapped.
    HiddenAbove,
    /// Text in the same row, which is beside.
    Text,
    /// The same, at the end of the row above, which may be wrapped or just as long.
    Above,
}

/// The screen of one stream.
#[derive(Debug)]
pub(super) struct Cells {
    grid: Grid,
    /// The size was not told.
    is_guess: bool,
    /// The longest row so far, which is where the program wraps if the size was not told.
    widest: usize,
    /// Where the last text ended.
    pen: Place,
    /// Nothing but blanks and foreign glyphs came since the cursor came here.
    is_fresh: bool,
    strokes: VecDeque<Stroke>,
    /// What was put out since the grid was told.
    outs: Vec<Out>,
    /// So many strokes are told.
    placed: usize,
    /// A character that is not whole yet.
    partial: Vec<u8>,
    /// What was looked at last.
    beside: Vec<u8>,
    /// Where text begins in it behind what was hidden: it may go on with that, or cover it.
    seams: Vec<usize>,
    /// Bytes of text that were painted since the screen was last read as a whole.
    unread: usize,
}

impl Cells {
    /// A screen of this size; without one it is guessed.
    pub(super) fn new(size: Option<Size>) -> Self {
        Self {
            grid: Grid::new(size.unwrap_or(GUESS)),
            is_guess: size.is_none(),
            widest: WIDTH_MIN,
            pen: Place::default(),
            is_fresh: true,
            strokes: VecDeque::new(),
            outs: Vec::new(),
            placed: 0,
            partial: Vec::new(),
            beside: Vec::new(),
            seams: Vec::new(),
            unread: 0,
        }
    }

    /// The terminal has this size from now on.
    pub(super) fn resize(&mut self, size: Size) {
        self.is_guess = false;
        self.grid.resize(size);
    }

    /// Whether the cursor is elsewhere than where the last text ended.
    pub(super) fn is_away(&self) -> bool {
        self.pen != self.grid.at
    }

    /// Whether the cursor is so far from where the last text ended that text here is another one.
    pub(super) fn has_left(&self) -> bool {
        let (pen, at) = (self.pen, self.grid.at);
        at.row != pen.row || !(pen.col..=pen.col + STEP_MAX).contains(&at.col)
    }

    /// Whether what stands left of the cursor must be asked for before text is painted here.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// What was left of the cursor has been asked for.
    pub(super) fn set_settled(&mut self) {
        self.is_fresh = false;
    }

    /// Ends a line of text and goes to the next one.
    pub(super) fn line_feed(&mut self) {
        self.grid.line_feed();
        self.pen = self.grid.at;
        self.is_fresh = true;
    }

    /// Whether what is painted next may cover something.
    pub(super) fn is_taken(&self) -> bool {
        let Place { row, col } = self.grid.at;
        if col < self.grid.cols { self.grid.row(row).len() > col } else { true }
    }

    /// Paints text without control bytes but tabs that is at `at` in the logical text, up to the
    /// end of the row; tells how much that was.
    pub(super) fn paint(&mut self, text: &[u8], at: usize) -> usize {
        self.unread += text.len();
        let mut done = 0;
        while done < text.len() && (done == 0 || self.grid.at.col < self.grid.cols) {
            let rest = &text[done..];
            let plain = rest.iter().position(|b| !matches!(b, 0x20..=0x7e));
            let plain = plain.unwrap_or(rest.len());
            if plain == 0 {
                done += self.paint_foreign(rest);
                continue;
            }
            self.partial.clear();
            let fit = self.grid.write(&rest[..plain]);
            let (row, nth, col) = (self.grid.row_id(), self.grid.at.row, self.grid.at.col - fit);
            self.strokes.push_back(Stroke { at: at + done, len: fit, row, nth, col, written: 0 });
            self.widest = self.widest.max(self.grid.at.col);
            done += fit;
        }
        self.pen = self.grid.at;
        done
    }

    /// Paints a letter that is written as a number and is at `at` in the logical text: no part of it
    /// says anything by itself.
    pub(super) fn paint_written(&mut self, mut bytes: &[u8], at: usize) {
        self.partial.clear();
        while !bytes.is_empty() {
            let written = self.grid.write(bytes);
            let (row, nth, col) =
                (self.grid.row_id(), self.grid.at.row, self.grid.at.col - written);
            self.strokes.push_back(Stroke { at, len: 1, row, nth, col, written });
            bytes = &bytes[written..];
        }
        self.widest = self.widest.max(self.grid.at.col);
        self.pen = self.grid.at;
    }

    /// Paints a tab or a character that is not ASCII; tells how many bytes of it are here.
    fn paint_foreign(&mut self, text: &[u8]) -> usize {
        let first = text[0];
        if first == b'\t' {
            self.partial.clear();
            self.tab(1);
            return 1;
        }
        if let [0xe2, 0x94 | 0x95, 0x80..=0xbf, ..] = text {
            // Lines of boxes, of which screens are full.
            self.partial.clear();
            self.grid.write(&[LINE]);
            return 3;
        }
        if first >= 0xc0 {
            self.partial.clear();
        }
        self.partial.push(first);
        let wanted = match self.partial[0] {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        if self.partial.len() == wanted {
            self.paint_partial();
        }
        1
    }

    fn paint_partial(&mut self) {
        let glyph = std::str::from_utf8(&self.partial).ok().and_then(|text| text.chars().next());
        let width = glyph.map_or(1, |glyph| glyph.width().unwrap_or(0));
        self.partial.clear();
        if width == 2 && self.grid.at.col + 1 == self.grid.cols {
            self.grid.at.col += 1;
        }
        self.grid.write(&[OTHER, OTHER][..width.min(2)]);
    }

    /// Whether the cursor went on in the same row: the text goes on from here, and what was stepped
    /// over is beside.
    pub(super) fn step(&mut self) -> bool {
        let (pen, at) = (self.pen, self.grid.at);
        if self.has_left() || at.col == pen.col {
            return false;
        }
        self.pen = at;
        self.look(at.row, pen.col, at.col);
        true
    }

    /// What was looked at last, and where in it text begins behind what was hidden.
    pub(super) fn beside(&self) -> (&[u8], &[usize]) {
        (&self.beside, &self.seams)
    }

    /// Whether the cell left of the cursor was hidden.
    pub(super) fn is_hidden_here(&self) -> bool {
        let at = self.grid.at;
        at.col > 0 && self.grid.row(at.row).is_hidden(at.col - 1)
    }

    /// Leaves the place where the last text ended.
    pub(super) fn leave(&mut self) {
        self.pen = self.grid.at;
        self.is_fresh = true;
    }

    /// Whether the last text reaches the edge, so that the next row may go on with it.
    pub(super) fn reaches_edge(&self) -> bool {
        self.pen.col + MARGIN >= self.width()
    }

    /// What stands left of the cursor, or at the end of the row above if that goes on here.
    pub(super) fn left(&mut self) -> Left {
        let Place { row, col } = self.grid.at;
        let cells = self.grid.row(row);
        let blanks = (0..col).rev().take_while(|c| is_blank(cells.glyph(*c))).take(BLANKS_MAX + 1);
        let blanks = blanks.count();
        let before = if blanks < col { cells.glyph(col - blanks - 1) } else { LINE };
        match blanks {
            0 if !is_foreign(before) => return self.left_of(row, col),
            1..=BLANKS_MAX if b"=:>\"'".contains(&before) => return self.left_of(row, col),
            _ => {}
        }
        let is_indent = |c: usize| is_blank(cells.glyph(c)) || is_foreign(cells.glyph(c));
        if row == 0 || col > INDENT_MAX || !(0..col).all(is_indent) {
            return Left::Nothing;
        }
        let is_guess = self.is_guess;
        match self.wrapped(row - 1) {
            Some(end) => match self.left_of(row - 1, end) {
                Left::Text => Left::Above,
                // How wide the screen is, nobody said.
                Left::Hidden if is_guess => Left::HiddenAbove,
                other => other,
            },
            None => Left::Nothing,
        }
    }

    /// One past the last letter of a row that is wrapped: at the edge, or at a border.
    fn wrapped(&self, row: usize) -> Option<usize> {
        let cells = self.grid.row(row);
        let mut end = cells.len();
        let mut border = None;
        while end > 0 && (is_blank(cells.glyph(end - 1)) || is_foreign(cells.glyph(end - 1))) {
            end -= 1;
            if is_foreign(cells.glyph(end)) {
                border = Some(end);
            }
        }
        let limit = border.unwrap_or(self.width());
        let is_full = end > 0 && end + MARGIN >= limit && Set::Bare.has(cells.glyph(end - 1));
        is_full.then_some(end)
    }

    fn left_of(&mut self, row: usize, end: usize) -> Left {
        if self.grid.row(row).is_hidden(end - 1) {
            return Left::Hidden;
        }
        self.look(row, self.begin(row, end), end);
        Left::Text
    }

    /// Where the text begins that ends at `end`: not before a wider gap than any rule looks over.
    fn begin(&self, row: usize, end: usize) -> usize {
        let cells = self.grid.row(row);
        let (mut from, mut blanks) = (end, 0);
        while from > end.saturating_sub(SIGHT) && blanks <= BLANKS_MAX {
            from -= 1;
            blanks = if is_blank(cells.glyph(from)) { blanks + 1 } else { 0 };
        }
        if blanks > BLANKS_MAX { from + blanks } else { from }
    }

    /// Where rows end.
    fn width(&self) -> usize {
        if self.is_guess { self.widest.min(self.grid.cols) } else { self.grid.cols }
    }

    /// Puts the glyphs of some cells into `beside`, and where they stop being hidden.
    fn look(&mut self, row: usize, from: usize, to: usize) {
        let cells = self.grid.row(row);
        self.seams.clear();
        let is_seam = |col: &usize| cells.is_hidden(col - 1) && !cells.is_hidden(*col);
        self.seams.extend((from + 1..to).filter(is_seam).map(|col| col - from));
        self.beside.clear();
        self.beside.extend((from..to).map(|col| match cells.glyph(col) {
            EMPTY => b' ',
            glyph if is_foreign(glyph) => FOREIGN,
            glyph => glyph,
        }));
    }
}

fn is_blank(glyph: u8) -> bool {
    matches!(glyph, EMPTY | b' ')
}
