//! The screen as text to read: its rows, those that are wrapped joined, and each pane by itself.
//!
//! It serves to find what was painted back to front: when it stands there whole, its parts are in
//! the stream already.

use super::grid::{is_foreign, is_line};
use super::{Cells, FOREIGN, INDENT_MAX, MARGIN, is_blank};
use crate::redact::charset::Set;

/// Panes that are narrower hold no text that wraps.
const PANE_MIN: usize = 12;

/// Borders between panes that are looked for.
const BORDERS_MAX: usize = 8;

/// So many bytes must be painted for a screen to be read before it is erased.
const UNREAD_MIN: usize = 16;

/// The same, as a share of what stands there.
const UNREAD_SHARE: usize = 64;

/// Where a glyph of the screen stands.
#[derive(Debug, Clone, Copy)]
pub(in crate::redact) enum Spot {
    /// In what was put out.
    Out(u64),
    /// In the logical text that is kept.
    Text(usize),
}

/// A text, and where it stands.
#[derive(Debug, Default)]
pub(in crate::redact) struct Page {
    pub(in crate::redact) text: Vec<u8>,
    /// Row and column of each byte; line ends stand nowhere.
    places: Vec<Option<(usize, usize)>>,
    /// Where a row is joined to the one above.
    pub(in crate::redact) seams: Vec<usize>,
}

impl Cells {
    /// The screen's texts, if it has changed since they were asked for.
    pub(in crate::redact) fn pages(&mut self) -> Vec<Page> {
        if std::mem::take(&mut self.unread) == 0 {
            return Vec::new();
        }
        self.place_outs();
        let mut edges = vec![0];
        edges.extend(self.borders());
        edges.push(self.width());
        let panes = edges.windows(2).filter(|pane| pane[1] - pane[0] >= PANE_MIN);
        let panes = panes.filter(|_| edges.len() > 2).map(|pane| self.page(pane[0], pane[1]));
        std::iter::once(self.page(0, self.width())).chain(panes).collect()
    }

    /// Whether the screen should be read before this sequence erases it. Not after every few bytes:
    /// that would take longer than all else.
    pub(in crate::redact) fn is_last_look(&self, sequence: &[u8]) -> bool {
        let is_erased = match sequence {
            b"\x1b[J" | b"\x1b[0J" => self.grid.at.row == 0,
            b"\x1b[2J" | b"\x1b[3J" | b"\x1bc" => true,
            _ => sequence.starts_with(b"\x1b[?1049") || sequence.starts_with(b"\x1b[?47"),
        };
        let cells = || (0..self.grid.height()).map(|row| self.grid.row(row).len()).sum::<usize>();
        is_erased && self.unread >= UNREAD_MIN && self.unread * UNREAD_SHARE >= cells()
    }

    /// Notes that a part of a page is part of a secret; `late` gets each glyph of it that is not
    /// hidden, and where it stands. The logical text was put out up to `released`.
    pub(in crate::redact) fn hide_late(
        &mut self,
        page: &Page,
        (from, to): (usize, usize),
        released: usize,
        mut late: impl FnMut(Spot, u8),
    ) {
        for (row, col) in page.places[from..to].iter().flatten() {
            let cells = self.grid.row(*row);
            if !cells.is_hidden(*col) && cells.glyph(*col).is_ascii_graphic() {
                let text = self.stroke_at(cells.id(), *col).filter(|at| *at >= released);
                let spot = text.map(Spot::Text).or(cells.origin(*col).map(Spot::Out));
                if let Some(spot) = spot {
                    late(spot, cells.glyph(*col));
                }
                self.grid.row_mut(*row).hide(*col);
            }
        }
    }

    /// Columns in which lines stand between panes.
    fn borders(&self) -> Vec<usize> {
        let last = self.width().saturating_sub(1);
        let mut borders = Vec::new();
        for row in 1..self.grid.height() {
            for col in self.grid.row(row).lines().filter(|col| (1..last).contains(col)) {
                let is_border = self.is_line(row - 1, col) && !borders.contains(&col);
                if is_border && borders.len() < BORDERS_MAX {
                    borders.push(col);
                }
            }
        }
        borders.sort_unstable();
        borders
    }

    fn is_line(&self, row: usize, col: usize) -> bool {
        is_line(self.grid.row(row).glyph(col))
    }

    /// The text between two columns.
    fn page(&self, from: usize, to: usize) -> Page {
        let mut page = Page::default();
        let mut is_wrapped = false;
        for row in 0..self.grid.height() {
            let cells = self.grid.row(row);
            let is_edge = |col: &usize| is_blank(cells.glyph(*col)) || self.is_line(row, *col);
            let end = (from..to.min(cells.len())).rev().find(|col| !is_edge(col));
            let end = end.map_or(from, |col| col + 1);
            let is_gutter = |col: &usize| is_edge(col) || matches!(cells.glyph(*col), b'+' | b'-');
            let indent = (from..end).take_while(is_gutter).count();
            let is_joined = is_wrapped && indent <= INDENT_MAX && indent < end - from;
            let begin = from + if is_joined { indent } else { 0 };
            if is_joined {
                page.seams.push(page.text.len());
            } else {
                page.push(b'\n', None);
            }
            for col in begin..end {
                let glyph = match cells.glyph(col) {
                    glyph if is_foreign(glyph) => FOREIGN,
                    glyph if is_blank(glyph) => b' ',
                    glyph => glyph,
                };
                page.push(glyph, Some((row, col)));
            }
            let limit = (end..to).find(|col| self.is_line(row, *col)).unwrap_or(to);
            // Blanks up to a border fill a row; up to the edge they end it.
            let is_full = end + MARGIN >= limit && (limit < self.width() || cells.len() <= end);
            is_wrapped = end > from && is_full && Set::Bare.has(cells.glyph(end - 1));
        }
        page
    }
}

impl Page {
    fn push(&mut self, byte: u8, place: Option<(usize, usize)>) {
        self.text.push(byte);
        self.places.push(place);
    }
}
