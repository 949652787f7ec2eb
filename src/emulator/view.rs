//! Looking back and selecting: the history under the live screen, and the text between two cells.
//!
//! A line keeps its number while it moves up the screen and through the history, so a selection
//! stays on its text while the child goes on writing.

use super::pane::Pane;

/// A cell, by the number of its line since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line's number.
    pub line: u64,
    /// The column.
    pub col: u16,
}

/// Two cells and everything between them, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// The earlier end.
    pub start: Position,
    /// The later end.
    pub end: Position,
}

impl Selection {
    /// A selection between two cells in any order.
    pub fn between(a: Position, b: Position) -> Self {
        Self { start: a.min(b), end: a.max(b) }
    }

    /// The smallest selection that holds both.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether a cell is part of it.
    pub fn contains(&self, position: Position) -> bool {
        (self.start..=self.end).contains(&position)
    }
}

impl Pane {
    /// Rows of history above the live screen; none on the alternate screen.
    pub fn history_len(&self) -> usize {
        self.screen().scrollback_len()
    }

    /// How many rows the view lies above the live screen. The view stays on its text while new rows
    /// come in below.
    pub fn scrolled(&self) -> usize {
        self.screen().scrollback()
    }

    /// Moves the view to `rows` above the live screen, as far as there is history; 0 is live.
    pub fn scroll_to(&mut self, rows: usize) {
        self.grid.screen_mut().set_scrollback(rows);
    }

    /// The cell that the view shows at a row and a column.
    pub fn position(&self, row: u16, col: u16) -> Position {
        Position { line: self.top_line() + u64::from(row), col }
    }

    /// The word at a cell: letters, digits and what paths and addresses are made of. A cell between
    /// words is selected alone.
    pub fn word_at(&mut self, at: Position) -> Selection {
        let cells = self.line_cells(at.line);
        let in_word = |col: &u16| cells.get(usize::from(*col)).is_some_and(|c| is_word(c));
        let back = (0..at.col).rev().take_while(|c| in_word(&at.col) && in_word(c)).last();
        let on =
            (at.col + 1..self.size().cols).take_while(|c| in_word(&at.col) && in_word(c)).last();
        Selection {
            start: Position { line: at.line, col: back.unwrap_or(at.col) },
            end: Position { line: at.line, col: on.unwrap_or(at.col) },
        }
    }

    /// The line at a cell, with the lines that it was wrapped from and into.
    pub fn line_at(&mut self, at: Position) -> Selection {
        let (mut first, mut last) = (at.line, at.line);
        while first > self.oldest_line() && self.is_wrapped(first - 1) {
            first -= 1;
        }
        while self.is_wrapped(last) {
            last += 1;
        }
        let end = self.size().cols - 1;
        Selection {
            start: Position { line: first, col: 0 },
            end: Position { line: last, col: end },
        }
    }

    /// The text of a selection as it was written: wrapped lines are joined, blanks at the ends of
    /// lines are left out. What has left the history is left out too.
    pub fn text(&mut self, selection: &Selection) -> String {
        let mut text = String::new();
        let newest = self.newest_line();
        for line in selection.start.line.max(self.oldest_line())..=selection.end.line.min(newest) {
            let cells = self.line_cells(line);
            let from = if line == selection.start.line { selection.start.col } else { 0 };
            let to = if line == selection.end.line { selection.end.col } else { u16::MAX };
            let to = usize::from(to).saturating_add(1).min(cells.len());
            let part = cells.get(usize::from(from)..to).unwrap_or(&[]).concat();
            let goes_on = line < selection.end.line && self.is_wrapped(line);
            text.push_str(if goes_on { &part } else { part.trim_end() });
            if goes_on && text.ends_with(' ') && self.begins_wide(line + 1) {
                // The blank is only there because a wide character did not fit.
                text.pop();
            }
            if line < selection.end.line.min(newest) && !goes_on {
                text.push('\n');
            }
        }
        text
    }

    /// The texts of the view's rows, without blanks at their ends.
    pub fn row_texts(&self) -> impl Iterator<Item = String> {
        self.screen().rows(0, self.size().cols).map(|row| trimmed(self.grid.read_row(row)))
    }

    /// The text of a line of history or screen, without blanks at its end; empty for one that has
    /// left the history.
    pub fn line_text(&mut self, line: u64) -> String {
        if !(self.oldest_line()..=self.newest_line()).contains(&line) {
            return String::new();
        }
        let text = |pane: &Self, row| trimmed(pane.row_start(row, pane.size().cols));
        self.with_line(line, text)
    }

    /// What stands in the first `cols` columns of one of the view's rows.
    pub fn row_start(&self, row: u16, cols: u16) -> String {
        let screen = self.screen();
        // vt100 writes all rows above one that it is asked for alone, and none above two.
        let text = match row.checked_sub(1) {
            Some(above) => screen.contents_between(above, self.size().cols, row, cols),
            None => screen.contents_between(row, 0, row, cols),
        };
        self.grid.read_row(text.strip_prefix('\n').map(str::to_owned).unwrap_or(text))
    }

    /// The last `count` lines of the live screen that hold something, as they were written.
    pub fn last_lines(&mut self, count: usize) -> Vec<String> {
        let end = Position { line: self.newest_line(), col: u16::MAX };
        let rows = u64::from(self.size().rows);
        let start = Position { line: (end.line + 1).saturating_sub(rows), col: 0 };
        let text = self.text(&Selection { start, end });
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect()
    }

    /// The number of the line in the first row of the view.
    fn top_line(&self) -> u64 {
        self.newest_line() + 1 - u64::from(self.size().rows) - self.scrolled() as u64
    }

    fn oldest_line(&self) -> u64 {
        self.grid.departed()
    }

    fn newest_line(&self) -> u64 {
        let rows = u64::from(self.size().rows);
        self.grid.departed() + self.history_len() as u64 + rows - 1
    }

    /// Runs `look` with a line of history or screen in the view, and moves the view back.
    fn with_line<T>(&mut self, line: u64, look: impl FnOnce(&Self, u16) -> T) -> T {
        let before = self.scrolled();
        self.scroll_to(0);
        let live = self.top_line();
        self.scroll_to(live.saturating_sub(line) as usize);
        let row = line.saturating_sub(self.top_line()) as u16;
        let seen = look(self, row);
        self.scroll_to(before);
        seen
    }

    fn is_wrapped(&mut self, line: u64) -> bool {
        self.with_line(line, |pane, row| pane.screen().row_wrapped(row))
    }

    fn begins_wide(&mut self, line: u64) -> bool {
        self.with_line(line, |pane, row| {
            pane.screen().cell(row, 0).is_some_and(vt100::Cell::is_wide)
        })
    }

    /// The text of each cell of a line: blanks are spaces, the second half of a wide cell is empty.
    fn line_cells(&mut self, line: u64) -> Vec<String> {
        let cols = self.size().cols;
        self.with_line(line, |pane, row| {
            let cell = |col| match pane.screen().cell(row, col) {
                Some(cell) if cell.is_wide_continuation() => String::new(),
                Some(cell) if cell.has_contents() => pane.grid.read(cell).0.into_owned(),
                _ => " ".to_owned(),
            };
            (0..cols).map(cell).collect()
        })
    }
}

fn trimmed(mut row: String) -> String {
    row.truncate(row.trim_end_matches(' ').len());
    row
}

fn is_word(cell: &str) -> bool {
    // The empty half of a wide character belongs to the half before it.
    cell.chars().all(|c| c.is_alphanumeric() || "_-./~:?&=%+#@,".contains(c) || c > '\u{2fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::{Fed, Traits};
    use crate::model::Size;

    fn pane(cols: u16, rows: u16, text: &str) -> Pane {
        let mut pane = Pane::new(Size::new(cols, rows), Traits::default());
        pane.feed(text.as_bytes(), &mut Fed::default());
        pane
    }

    fn top(pane: &Pane) -> String {
        pane.screen().rows(0, pane.size().cols).next().unwrap()
    }

    #[test]
    fn the_view_stays_on_its_text_while_the_child_writes() {
        let mut pane = pane(20, 3, "one\r\ntwo\r\nthree\r\nfour\r\nfive");
        assert_eq!(pane.history_len(), 2);
        pane.scroll_to(9);
        assert_eq!((pane.scrolled(), top(&pane).as_str()), (2, "one"));
        assert_eq!(pane.cursor(), None);
        let here = pane.position(1, 0);
        pane.feed(b"\r\nsix\x1b[6n", &mut Fed::default());
        assert_eq!((pane.scrolled(), top(&pane).as_str()), (3, "one"));
        assert_eq!(pane.position(1, 0), here);
        pane.scroll_to(0);
        assert_eq!(top(&pane), "four");
    }

    #[test]
    fn lines_keep_their_numbers_when_the_history_is_full() {
        let mut pane = pane(10, 2, "");
        for n in 0..3_000 {
            pane.feed(format!("n{n}\r\n").as_bytes(), &mut Fed::default());
        }
        assert_eq!(pane.history_len(), crate::emulator::grid::HISTORY_ROWS);
        let line =
            |line| Selection { start: Position { line, col: 0 }, end: Position { line, col: 9 } };
        assert_eq!(pane.text(&line(2_999)), "n2999");
        assert_eq!(pane.text(&line(1_500)), "n1500");
        assert_eq!(pane.text(&line(10)), "");
    }

    #[test]
    fn lines_and_rows_are_read_as_they_were_written() {
        let written =
            ["漢字 e\u{301}", "\u{fffd} \x1b[9mstruck\x1b[m", " a\tb  ", "", "❤\u{fe0f} end"];
        let mut pane = pane(12, 3, &written.join("\r\n"));
        let expected = ["漢字 e\u{301}", "\u{fffd} struck", " a      b", "", "❤\u{fe0f} end"];
        let lines: Vec<String> = (0..6).map(|line| pane.line_text(line)).collect();
        assert_eq!(lines[..5], expected);
        assert_eq!(lines[5], "");
        assert_eq!(pane.row_texts().collect::<Vec<_>>(), expected[2..]);
        assert_eq!([0, 1, 2, 3].map(|row| pane.row_start(row, 3)), [" a", "", "❤\u{fe0f} e", ""]);
        assert_eq!(pane.scrolled(), 0);
    }

    #[test]
    fn selections_join_wrapped_lines_and_trim_the_others() {
        let mut pane = pane(10, 4, "0123456789abc  \r\nnext 漢字.rs end\r\n\r\nlast");
        pane.scroll_to(99);
        let all = Selection::between(Position { line: 9, col: 5 }, Position { line: 0, col: 2 });
        assert_eq!(pane.text(&all), "23456789abc\nnext 漢字.rs end\n\nlast");
        assert_eq!(pane.scrolled(), 2);
        assert!(all.contains(Position { line: 3, col: 0 }));
        assert!(!all.contains(Position { line: 0, col: 1 }));
    }

    #[test]
    fn the_last_lines_are_those_that_hold_something() {
        let mut pane = pane(10, 5, "gone\r\none\r\n0123456789abc\r\n\r\n  three\r\n");
        pane.scroll_to(9);
        assert_eq!(pane.last_lines(2), ["0123456789abc", "  three"]);
        assert_eq!(pane.last_lines(9), ["0123456789abc", "  three"]);
        assert_eq!(self::pane(10, 5, "").last_lines(3), [""; 0]);
    }

    #[test]
    fn words_and_lines_are_found_from_any_cell() {
        let mut pane = pane(30, 4, "see src/main.rs:42 (漢字)");
        let word = pane.word_at(Position { line: 0, col: 9 });
        assert_eq!(pane.text(&word), "src/main.rs:42");
        let wide = pane.word_at(Position { line: 0, col: 21 });
        assert_eq!(pane.text(&wide), "漢字");
        let gap = pane.word_at(Position { line: 0, col: 3 });
        assert_eq!((gap.start.col, gap.end.col), (3, 3));
        let line = pane.line_at(Position { line: 0, col: 9 });
        assert_eq!(pane.text(&line), "see src/main.rs:42 (漢字)");
        let mut wrapped = self::pane(10, 4, "0123456789abc\r\nx");
        let line = wrapped.line_at(Position { line: 1, col: 1 });
        assert_eq!(wrapped.text(&line), "0123456789abc");
        let mut wide = self::pane(5, 4, "漢字漢字");
        let line = wide.line_at(Position { line: 1, col: 1 });
        assert_eq!(wide.text(&line), "漢字漢字");
    }
}
