//! The screen as rows of glyphs: just enough of a terminal to know what stands beside what.
//!
//! A cell is one byte: its ASCII glyph, or that it shows something else, or nothing; and whether
//! what it shows was hidden as part of a secret. Rows keep their name when they scroll, so that
//! what was painted into one is found again. Invariant: the grid never outgrows `SIDE_MAX` cells
//! in either direction, and `col` may equal `cols`: the next glyph wraps.

use crate::model::Size;

/// The most columns and rows. Real terminals have some hundred; a stream that claims more is not
/// given the memory.
pub(super) const SIDE_MAX: u16 = 1024;

/// Nothing was painted here, or it was erased.
pub(super) const EMPTY: u8 = 0;
/// A glyph that is not ASCII.
pub(super) const OTHER: u8 = 0x7f;
/// A part of a box.
pub(super) const LINE: u8 = 0x1e;
/// Set in cells whose glyph was hidden.
const HIDDEN: u8 = 0x80;

/// Where a glyph stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) row: usize,
    pub(super) col: usize,
}

/// One row, as far as it was painted.
#[derive(Debug, Default)]
pub(super) struct Row {
    id: u32,
    cells: Vec<u8>,
    /// Where in what was put out each cell's glyph stands, counted from 1; 0 if that is not known.
    /// There may be fewer than cells.
    origins: Vec<u64>,
}

impl Row {
    /// The glyph of a cell: ASCII, `OTHER`, `LINE` or `EMPTY`.
    pub(super) fn glyph(&self, col: usize) -> u8 {
        self.cells.get(col).map_or(EMPTY, |cell| cell & !HIDDEN)
    }

    /// Whether the cell's glyph was hidden.
    pub(super) fn is_hidden(&self, col: usize) -> bool {
        self.cells.get(col).is_some_and(|cell| cell & HIDDEN != 0)
    }

    /// The columns with what lines between panes are made of.
    pub(super) fn lines(&self) -> impl Iterator<Item = usize> {
        self.cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| is_line(*cell & !HIDDEN))
            .map(|(col, _)| col)
    }

    /// Columns up to the last painted one.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Its name.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Where in what was put out the cell's glyph stands.
    pub(super) fn origin(&self, col: usize) -> Option<u64> {
        self.origins.get(col).and_then(|origin| origin.checked_sub(1))
    }

    /// Notes that a cell is part of a secret.
    pub(super) fn hide(&mut self, col: usize) {
        self.cells[col] |= HIDDEN;
    }

    fn write(&mut self, col: usize, glyphs: &[u8]) {
        let end = col + glyphs.len();
        if self.cells.len() < end {
            self.cells.resize(end, EMPTY);
        }
        self.cells[col..end].copy_from_slice(glyphs);
    }

    fn erase(&mut self, from: usize, to: usize) {
        let to = to.min(self.cells.len());
        if to == self.cells.len() {
            self.cells.truncate(from);
        } else if from < to {
            self.cells[from..to].fill(EMPTY);
        }
    }
}

/// Whether lines between panes are made of this.
pub(super) fn is_line(glyph: u8) -> bool {
    matches!(glyph, LINE | b'|')
}

/// Whether a glyph is not ASCII.
pub(super) fn is_foreign(glyph: u8) -> bool {
    matches!(glyph, OTHER | LINE)
}

/// The rows, and where the cursor is.
#[derive(Debug)]
pub(super) struct Grid {
    rows: Vec<Row>,
    /// The main screen's rows while the alternate one is shown.
    main: Option<Vec<Row>>,
    pub(super) cols: usize,
    pub(super) at: Place,
    pub(super) saved: Place,
    /// First and last row of the scroll region.
    pub(super) region: (usize, usize),
    last_id: u32,
    /// How far the row that was asked for last has scrolled.
    scrolled: usize,
}

impl Grid {
    pub(super) fn new(size: Size) -> Self {
        let mut grid = Self {
            rows: Vec::new(),
            main: None,
            cols: 1,
            at: Place::default(),
            saved: Place::default(),
            region: (0, 0),
            last_id: 0,
            scrolled: 0,
        };
        grid.resize(size);
        grid
    }

    /// Takes a new size. What no longer fits is cut off, as nothing can be told of its fate.
    pub(super) fn resize(&mut self, size: Size) {
        self.cols = usize::from(size.cols.clamp(1, SIDE_MAX));
        let rows = usize::from(size.rows.clamp(1, SIDE_MAX));
        while self.rows.len() > rows {
            // A terminal that shrinks keeps the cursor's row and lets go of the top.
            let top = usize::from(self.at.row + 1 < self.rows.len());
            let row = if top == 1 { self.rows.len() - 1 } else { 0 };
            self.rows.remove(row);
            self.at.row = self.at.row.min(self.rows.len() - 1);
        }
        self.fill(rows);
        self.region = (0, rows - 1);
        self.at.col = self.at.col.min(self.cols);
        for row in &mut self.rows {
            row.cells.truncate(self.cols);
        }
    }

    fn fill(&mut self, rows: usize) {
        while self.rows.len() < rows {
            self.last_id = self.last_id.wrapping_add(1);
            self.rows.push(Row { id: self.last_id, ..Row::default() });
        }
    }

    /// Makes room for a place outside: the size was a guess.
    pub(super) fn grow(&mut self, row: usize, col: usize) {
        let most = usize::from(SIDE_MAX);
        self.cols = self.cols.max((col + 1).min(most));
        let rows = self.rows.len().max((row + 1).min(most));
        if rows > self.rows.len() {
            self.fill(rows);
            self.region = (0, rows - 1);
        }
    }

    pub(super) fn height(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&self, row: usize) -> &Row {
        &self.rows[row.min(self.rows.len() - 1)]
    }

    /// The name of the cursor's row.
    pub(super) fn row_id(&self) -> u32 {
        self.rows[self.at.row].id
    }

    /// Notes that the glyphs painted into a row were hidden, where they are still there.
    pub(super) fn hide(&mut self, id: u32, col: usize, glyphs: &[u8]) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
            for (cell, glyph) in row.cells.iter_mut().skip(col).zip(glyphs) {
                if *cell == *glyph {
                    *cell |= HIDDEN;
                }
            }
        }
    }

    /// Notes that these cells of a row were hidden.
    pub(super) fn hide_all(&mut self, id: u32, col: usize, width: usize) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
            row.cells.iter_mut().skip(col).take(width).for_each(|cell| *cell |= HIDDEN);
        }
    }

    /// The least name of a row that is still there.
    pub(super) fn oldest(&self) -> u32 {
        self.rows.iter().map(|row| row.id).min().unwrap_or(0)
    }

    /// Notes that `len` glyphs painted into a row were put out at `at`. The row was the `nth`, and
    /// is as many rows above that as the one that was asked for before, or it is searched.
    pub(super) fn put_out(&mut self, (id, nth): (u32, usize), col: usize, len: usize, at: u64) {
        let near = nth.saturating_sub(self.scrolled);
        let is_here = self.rows.get(near).is_some_and(|row| row.id == id);
        let place =
            if is_here { Some(near) } else { self.rows.iter().position(|row| row.id == id) };
        let Some(place) = place else { return };
        self.scrolled = nth.saturating_sub(place);
        let row = &mut self.rows[place];
        let end = (col + len).min(self.cols);
        if row.origins.len() < end {
            row.origins.resize(end, 0);
        }
        let origins = row.origins.iter_mut().take(end).skip(col);
        origins.zip(at + 1..).for_each(|(origin, at)| *origin = at);
    }

    /// The same row, to be changed.
    pub(super) fn row_mut(&mut self, row: usize) -> &mut Row {
        &mut self.rows[row]
    }

    /// Writes glyphs at the cursor as far as they fit into its row; tells how many that were.
    pub(super) fn write(&mut self, glyphs: &[u8]) -> usize {
        if self.at.col >= self.cols {
            self.at.col = 0;
            self.line_feed();
        }
        let fit = glyphs.len().min(self.cols - self.at.col);
        self.rows[self.at.row].write(self.at.col, &glyphs[..fit]);
        self.at.col += fit;
        fit
    }

    /// Erases cells of a row.
    pub(super) fn erase(&mut self, row: usize, from: usize, to: usize) {
        self.rows[row].erase(from, to);
    }

    /// Erases whole rows, which are no longer the same then.
    pub(super) fn clear(&mut self, from: usize, to: usize) {
        for row in &mut self.rows[from..to] {
            self.last_id = self.last_id.wrapping_add(1);
            row.id = self.last_id;
            row.cells.clear();
            row.origins.clear();
        }
    }

    /// Makes room for `n` cells at the cursor, or closes so many.
    pub(super) fn shift(&mut self, n: usize, open: bool) {
        let (Row { cells, origins, .. }, cols) = (&mut self.rows[self.at.row], self.cols);
        let col = self.at.col.min(cells.len());
        let n = n.min(cells.len() - col);
        origins.resize(cells.len(), 0);
        if open {
            cells.splice(col..col, std::iter::repeat_n(EMPTY, n));
            cells.truncate(cols);
            origins.splice(col..col, std::iter::repeat_n(0, n));
            origins.truncate(cols);
        } else {
            cells.drain(col..col + n);
            origins.drain(col..col + n);
        }
    }

    /// Goes one row down, and scrolls where the region ends.
    pub(super) fn line_feed(&mut self) {
        if self.at.row == self.region.1 {
            self.scroll_up(self.region.0, 1);
        } else if self.at.row + 1 < self.rows.len() {
            self.at.row += 1;
        }
    }

    /// Goes one row up, and scrolls where the region begins.
    pub(super) fn reverse_feed(&mut self) {
        if self.at.row == self.region.0 {
            self.scroll_down(self.region.0, 1);
        } else {
            self.at.row = self.at.row.saturating_sub(1);
        }
    }

    /// Moves the rows from `top` to the region's end up by `n`.
    pub(super) fn scroll_up(&mut self, top: usize, n: usize) {
        let bottom = self.region.1;
        if top <= bottom {
            let n = n.min(bottom + 1 - top);
            self.rows[top..=bottom].rotate_left(n);
            self.clear(bottom + 1 - n, bottom + 1);
        }
    }

    /// Moves the rows from `top` to the region's end down by `n`.
    pub(super) fn scroll_down(&mut self, top: usize, n: usize) {
        let bottom = self.region.1;
        if top <= bottom {
            let n = n.min(bottom + 1 - top);
            self.rows[top..=bottom].rotate_right(n);
            self.clear(top, top + n);
        }
    }

    /// Shows the alternate screen, or the main one again.
    pub(super) fn show_alternate(&mut self, alternate: bool) {
        if alternate == self.main.is_some() {
            return;
        }
        let rows = self.rows.len();
        match self.main.take() {
            Some(main) => self.rows = main,
            None => self.main = Some(std::mem::take(&mut self.rows)),
        }
        self.rows.truncate(rows);
        self.fill(rows);
    }
}
