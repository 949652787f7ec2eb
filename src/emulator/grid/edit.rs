//! Erasing, inserting and deleting: blank cells get the background colour, and columns can move.

use super::Grid;
use crate::emulator::params::Csi;

impl Grid {
    pub(super) fn edit(&mut self, csi: &Csi) {
        let n = csi.count(0);
        let (row, col) = (self.cursor().0, self.column());
        let margins = self.margins;
        let inside = (margins.top..=margins.bottom).contains(&row);
        match (csi.intermediate, csi.last) {
            (0, b'J') if csi.get(0) == 0 => {
                self.unpend();
                self.process(b"\x1b[J");
            }
            (0, last @ (b'J' | b'K')) => {
                self.say(format_args!("\x1b[{}{}", csi.get(0), char::from(last)));
            }
            (0, b'@') => {
                self.unpend();
                self.say(format_args!("\x1b[{n}@"));
                self.tint_cells(row, col, n);
            }
            (0, b'P') => {
                self.unpend();
                self.say(format_args!("\x1b[{n}P"));
                let cols = self.size.cols;
                self.tint_cells(row, cols - n.min(cols - col), n);
            }
            (0, b'X') => {
                self.unpend();
                self.say(format_args!("\x1b[{n}X"));
            }
            (0, b'L') if inside => self.shift_rows(n, 'L', row, margins.bottom, false),
            (0, b'M') if inside => self.shift_rows(n, 'M', row, margins.bottom, true),
            (0, b'S') => self.shift_rows(n, 'S', margins.top, margins.bottom, true),
            (0, b'T') => self.shift_rows(n, 'T', margins.top, margins.bottom, false),
            (b' ', b'@') if inside => self.shift_columns(0, n, 'P'),
            (b' ', b'A') if inside => self.shift_columns(0, n, '@'),
            (b'\'', b'}') if inside => self.shift_columns(col, n, '@'),
            (b'\'', b'~') if inside => self.shift_columns(col, n, 'P'),
            _ => {}
        }
    }

    /// Scrolls the rows from `top` to `bottom` by `n`, and gives the new ones the background.
    fn shift_rows(&mut self, n: u16, how: char, top: u16, bottom: u16, up: bool) {
        let n = n.min(bottom - top + 1);
        self.say(format_args!("\x1b[{n}{how}"));
        if !self.is_tinted() {
            return;
        }
        let (row, col) = self.cursor();
        let fresh = if up { bottom + 1 - n..bottom + 1 } else { top..top + n };
        for blank in fresh {
            self.say(format_args!("\x1b[{}d\x1b[2K", blank + 1));
        }
        self.go(row, col);
    }

    /// Text has a background, which new cells get too.
    pub(super) fn is_tinted(&self) -> bool {
        self.screen().bgcolor() != vt100::Color::Default
    }

    /// Gives the row of the cursor the background, when it is a `fresh` one.
    pub(super) fn tint_row(&mut self, fresh: bool) {
        if fresh && self.is_tinted() {
            self.process(b"\x1b[2K");
        }
    }

    /// Gives `n` new cells of a row the background, which vt100 leaves at its default.
    fn tint_cells(&mut self, row: u16, from: u16, n: u16) {
        if self.is_tinted() {
            let col = self.column();
            self.say(format_args!("\x1b[{}G\x1b[{n}X", from + 1));
            self.go(row, col);
        }
    }

    /// Inserts (`@`) or deletes (`P`) `n` columns at `col` in every row between the margins.
    fn shift_columns(&mut self, col: u16, n: u16, how: char) {
        let (row, back) = (self.cursor().0, self.column());
        let margins = self.margins;
        for each in margins.top..=margins.bottom {
            self.go(each, col);
            self.say(format_args!("\x1b[{n}{how}"));
        }
        self.go(row, back);
    }

    /// DECBI: a step to the left; at the edge everything moves right instead.
    pub(super) fn back_index(&mut self) {
        if self.column() == 0 {
            self.shift_columns(0, 1, '@');
        } else {
            self.unpend();
            self.process(b"\x1b[D");
        }
    }

    /// DECFI: a step to the right; at the edge everything moves left instead.
    pub(super) fn forward_index(&mut self) {
        if self.column() == self.size.cols - 1 {
            self.shift_columns(0, 1, 'P');
        } else {
            self.process(b"\x1b[C");
        }
    }

    /// DECALN: the screen full of E, in default attributes. The cursor stays where it was.
    pub(super) fn alignment_pattern(&mut self) {
        let attributes = self.screen().attributes_formatted();
        let (row, col) = self.cursor();
        self.process(b"\x1b[m");
        let line = "E".repeat(usize::from(self.size.cols));
        for each in 0..self.size.rows {
            self.go(each, 0);
            self.process(line.as_bytes());
        }
        self.process(attributes.as_bytes());
        self.go(row, col);
    }
}
