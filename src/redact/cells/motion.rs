//! What control sequences do to the screen: where the cursor goes, what is erased, what scrolls.

use super::Cells;
use super::grid::{EMPTY, SIDE_MAX};

/// Parameters that are looked at; no sequence that moves anything has more than two.
const PARAMS_MAX: usize = 2;

impl Cells {
    /// Does what a whole control sequence, or a single control byte, says.
    pub(in crate::redact) fn apply(&mut self, sequence: &[u8]) {
        match sequence {
            [0x1b, b'[', inner @ .., last] => self.control(inner, *last),
            [0x1b, last] => self.escape(*last),
            [b'\r'] => self.grid.at.col = 0,
            [0x08] => self.grid.at.col = self.grid.at.col.min(self.grid.cols).saturating_sub(1),
            [b'\n' | 0x0b | 0x0c] => self.grid.line_feed(),
            _ => {}
        }
    }

    /// Paints what a sequence says to paint again (`CSI 3 b`); tells the letters of it, which are at
    /// `at` in the logical text.
    pub(in crate::redact) fn repeat(&mut self, sequence: &[u8], at: usize) -> Vec<u8> {
        let Some(count) = repeated(sequence) else { return Vec::new() };
        let here = self.grid.at;
        let last = here.col.checked_sub(1).map_or(EMPTY, |col| self.grid.row(here.row).glyph(col));
        let count = count.min(self.grid.cols.saturating_sub(here.col));
        if self.is_away() || !last.is_ascii_graphic() {
            // Lines of boxes are painted so, and blanks.
            if last != EMPTY {
                self.grid.write(&vec![last; count]);
                self.pen = self.grid.at;
            }
            return Vec::new();
        }
        let letters = vec![last; count];
        if !letters.is_empty() {
            self.paint(&letters, at);
        }
        letters
    }

    fn escape(&mut self, last: u8) {
        let grid = &mut self.grid;
        match last {
            b'7' => grid.saved = grid.at,
            b'8' => {
                let saved = grid.saved;
                self.go(saved.row, saved.col);
            }
            b'D' => grid.line_feed(),
            b'E' => {
                grid.at.col = 0;
                grid.line_feed();
            }
            b'M' => grid.reverse_feed(),
            b'c' => {
                grid.region = (0, grid.height() - 1);
                grid.clear(0, grid.height());
                self.go(0, 0);
            }
            _ => {}
        }
    }

    fn control(&mut self, inner: &[u8], last: u8) {
        if inner.first() == Some(&b'?') {
            if let (b"?1049" | b"?1047" | b"?47", b'h' | b'l') = (inner, last) {
                self.grid.show_alternate(last == b'h');
            }
            return;
        }
        if last == b'm' || inner.iter().any(|b| !matches!(b, b'0'..=b'9' | b';')) {
            return;
        }
        let [first, second] = params(inner);
        let n = first.max(1);
        let at = self.grid.at;
        match last {
            b'A' => self.go(at.row.saturating_sub(n), at.col),
            b'B' | b'e' => self.down(n, at.col),
            b'C' | b'a' => self.right(n),
            b'D' => self.grid.at.col = at.col.min(self.grid.cols - 1).saturating_sub(n),
            b'E' => self.down(n, 0),
            b'F' => self.go(at.row.saturating_sub(n), 0),
            b'G' | b'`' => self.go(at.row, n - 1),
            b'd' => self.go(n - 1, at.col),
            b'H' | b'f' => self.go(n - 1, second.max(1) - 1),
            b'I' => self.tab(n),
            b'Z' => self.grid.at.col = (at.col.div_ceil(8)).saturating_sub(n) * 8,
            b's' => self.grid.saved = at,
            b'u' => self.go(self.grid.saved.row, self.grid.saved.col),
            b'r' => self.margins(first, second),
            _ => self.edit(last, first),
        }
    }

    /// Sequences that change what is on the screen.
    fn edit(&mut self, last: u8, first: usize) {
        let (grid, n) = (&mut self.grid, first.max(1));
        let (at, cols, height) = (grid.at, grid.cols, grid.height());
        match (last, first) {
            (b'K', 0) => grid.erase(at.row, at.col, cols),
            (b'K', 1) => grid.erase(at.row, 0, at.col + 1),
            (b'K', _) => grid.erase(at.row, 0, cols),
            (b'J', 0) => {
                grid.erase(at.row, at.col, cols);
                grid.clear(at.row + 1, height);
            }
            (b'J', 1) => {
                grid.clear(0, at.row);
                grid.erase(at.row, 0, at.col + 1);
            }
            (b'J', 2) => grid.clear(0, height),
            (b'X', _) => grid.erase(at.row, at.col, (at.col + n).min(cols)),
            (b'@', _) => self.shift(n, true),
            (b'P', _) => self.shift(n, false),
            (b'L', _) => grid.scroll_down(at.row, n),
            (b'M', _) => grid.scroll_up(at.row, n),
            (b'S', _) => grid.scroll_up(grid.region.0, n),
            (b'T', _) => grid.scroll_down(grid.region.0, n),
            _ => {}
        }
    }

    fn go(&mut self, row: usize, col: usize) {
        if self.is_guess {
            self.grid.grow(row, col);
        }
        self.grid.at.row = row.min(self.grid.height() - 1);
        self.grid.at.col = col.min(self.grid.cols - 1);
    }

    fn down(&mut self, n: usize, col: usize) {
        let row = self.grid.at.row;
        let last = if row <= self.grid.region.1 { self.grid.region.1 } else { usize::MAX };
        self.grid.at.row = (row + n).min(last).min(self.grid.height() - 1);
        self.grid.at.col = col.min(self.grid.cols - 1);
    }

    fn right(&mut self, n: usize) {
        self.go(self.grid.at.row, self.grid.at.col + n);
    }

    /// Goes to the `n`th tab stop from here.
    pub(super) fn tab(&mut self, n: usize) {
        let col = (self.grid.at.col / 8 + n) * 8;
        self.grid.at.col = col.min(self.grid.cols - 1);
    }

    fn margins(&mut self, top: usize, bottom: usize) {
        let height = self.grid.height();
        let bottom = if bottom == 0 { height } else { bottom.min(height) };
        let top = top.max(1);
        if top < bottom {
            self.grid.region = (top - 1, bottom - 1);
            self.go(0, 0);
        }
    }
}

/// How often a sequence says to paint the last glyph again, if it does.
pub(in crate::redact) fn repeated(sequence: &[u8]) -> Option<usize> {
    match sequence {
        [0x1b, b'[', inner @ .., b'b'] if inner.iter().all(u8::is_ascii_digit) => {
            Some(params(inner)[0].max(1))
        }
        _ => None,
    }
}

/// The first parameters, at most `SIDE_MAX` each: further than that nothing goes.
fn params(inner: &[u8]) -> [usize; PARAMS_MAX] {
    let mut params = [0; PARAMS_MAX];
    let mut nth = 0;
    for byte in inner {
        match byte {
            b';' => nth += 1,
            _ if nth < PARAMS_MAX => {
                let digit = usize::from(byte - b'0');
                params[nth] = (params[nth] * 10 + digit).min(usize::from(SIDE_MAX));
            }
            _ => {}
        }
    }
    params
}
