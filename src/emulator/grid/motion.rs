//! Moving the cursor: what vt100 gets wrong after the last column, and the moves that it lacks.
//!
//! vt100 keeps "a wrap is pending" as a column beyond the last. Terminals count moves from the last
//! column instead, and moving up or down ends the wrap; so moves start from `column`, and what works
//! on the cell under the cursor comes after `unpend`.

use super::Grid;
use crate::emulator::params::Csi;

impl Grid {
    /// The column of the cursor, within the row.
    pub(super) fn column(&self) -> u16 {
        self.cursor().1.min(self.size.cols - 1)
    }

    /// Ends a pending wrap: the cursor is in the last column.
    pub(super) fn unpend(&mut self) {
        let cols = self.size.cols;
        if self.cursor().1 >= cols {
            self.say(format_args!("\x1b[{cols}G"));
        }
    }

    /// No row is outside the margins.
    pub(super) fn margins_are_whole(&self) -> bool {
        self.margins.top == 0 && self.margins.bottom == self.size.rows - 1
    }

    /// Relative moves need nothing from us: no wrap is pending, and no margins stop them.
    pub(super) fn moves_plainly(&self) -> bool {
        self.margins_are_whole() && self.cursor().1 < self.size.cols
    }

    /// Moves to a cell whatever the margins are: vt100's VPA and CHA know no origin mode.
    pub(super) fn go(&mut self, row: u16, col: u16) {
        self.say(format_args!("\x1b[{}d\x1b[{}G", row + 1, col + 1));
    }

    pub(super) fn motion(&mut self, csi: &Csi) {
        let (row, col) = (self.cursor().0, self.column());
        let cols = self.size.cols;
        let n = csi.count(0);
        match csi.last {
            b'A' => self.go(self.above(row, n), col),
            b'B' => self.go(self.below(row, n), col),
            b'E' => self.go(self.below(row, n), 0),
            b'F' => self.go(self.above(row, n), 0),
            b'D' => self.go(row, col.saturating_sub(n)),
            b'a' => self.say(format_args!("\x1b[{n}C")),
            b'e' => self.go(row.saturating_add(n).min(self.size.rows - 1), col),
            // VPA obeys the origin, which vt100 knows of in CUP only.
            b'd' => self.say(format_args!("\x1b[{n};{}H", col + 1)),
            b'I' => self.tab(n),
            // As with a tab to the right, a wrap that is pending stays so.
            b'Z' if self.cursor().1 == cols => {}
            b'Z' => self.go(row, self.tabs.before(col, n, cols)),
            b'g' if csi.get(0) == 0 => self.tabs.clear(col, cols),
            b'g' if csi.get(0) == 3 => self.tabs.clear_all(),
            _ => {}
        }
    }

    /// The row `n` above; the top margin stops a cursor that is not above it.
    fn above(&self, row: u16, n: u16) -> u16 {
        let stop = if row >= self.margins.top { self.margins.top } else { 0 };
        row.saturating_sub(n).max(stop)
    }

    /// The row `n` below; the bottom margin stops a cursor that is not below it.
    fn below(&self, row: u16, n: u16) -> u16 {
        let last = self.size.rows - 1;
        let stop = if row <= self.margins.bottom { self.margins.bottom } else { last };
        row.saturating_add(n).min(stop)
    }

    /// DECSTBM. vt100 takes bad margins for none and puts the cursor to the wrong place.
    pub(super) fn set_margins(&mut self, csi: &Csi) {
        let rows = self.size.rows;
        let top = csi.count(0);
        let bottom = if csi.get(1) == 0 { rows } else { csi.get(1).min(rows) };
        if top < bottom {
            (self.margins.top, self.margins.bottom) = (top - 1, bottom - 1);
            self.say(format_args!("\x1b[{top};{bottom}r\x1b[H"));
        }
    }

    /// IND, and what LF does: down, or at the bottom margin everything else up.
    pub(super) fn index(&mut self) {
        let scrolls = self.cursor().0 == self.margins.bottom;
        self.process(b"\n");
        self.tint_row(scrolls);
    }

    /// RI. Above the margins vt100 would scroll what is inside them.
    pub(super) fn reverse_index(&mut self) {
        let row = self.cursor().0;
        if row > 0 || self.margins.top == 0 {
            self.process(b"\x1bM");
            self.tint_row(row == self.margins.top);
        }
    }
}
