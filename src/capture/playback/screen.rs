//! The lines of a terminal: what its screen shows, and what has scrolled out of it since the last
//! look.

use crate::emulator::{Fed, Pane, Traits};
use crate::model::Size;

/// A line as it is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its text without blanks at the end.
    pub(super) text: String,
    /// The terminal itself goes on with it in the next line.
    pub(super) wraps: bool,
}

/// A screen and the row and column of its cursor.
#[derive(Debug, Clone, Default)]
pub(super) struct Moment {
    /// All lines.
    pub(super) lines: Vec<Line>,
    /// The row of the cursor.
    pub(super) row: usize,
    /// What stands before the cursor in its row.
    pub(super) sign: String,
}

/// A terminal that is looked at from time to time.
pub(super) struct Screen {
    pane: Pane,
    fed: Fed,
    /// The number of the line in the first row at the last look.
    top: u64,
}

/// What a look finds.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Lines that have left the screen since the last look, and then those of the screen.
    pub(super) lines: Vec<Line>,
    /// How many have left.
    pub(super) left: usize,
}

impl Default for Screen {
    /// One of 80x24, until the tape says how large it is.
    fn default() -> Self {
        let pane = Pane::new(Size::new(80, 24), Traits::default());
        Self { top: pane.position(0, 0).line, pane, fed: Fed::default() }
    }
}

impl Screen {
    pub(super) fn pane(&self) -> &Pane {
        &self.pane
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.fed.clear();
        self.pane.feed(bytes, &mut self.fed);
    }

    pub(super) fn resize(&mut self, size: Size) {
        self.pane.resize(size);
        self.top = self.pane.position(0, 0).line;
    }

    /// The screen as it is now, with the place of its cursor, also of a hidden one.
    pub(super) fn now(&self) -> Moment {
        Moment { lines: self.rows().collect(), row: self.row(), sign: self.sign() }
    }

    /// What stands before the cursor in its row.
    pub(super) fn sign(&self) -> String {
        let (row, col) = self.pane.screen().cursor_position();
        self.pane.row_start(row, col)
    }

    /// The row of the cursor, also of a hidden one.
    pub(super) fn row(&self) -> usize {
        usize::from(self.pane.screen().cursor_position().0)
    }

    fn rows(&self) -> impl Iterator<Item = Line> {
        let wraps = |row| self.pane.screen().row_wrapped(row);
        self.pane.row_texts().zip(0..).map(move |(text, row)| Line { text, wraps: wraps(row) })
    }

    pub(super) fn look(&mut self) -> Look {
        let top = self.pane.position(0, 0).line;
        let mut look = Look::default();
        if !self.pane.screen().alternate_screen() {
            let first = self.top.max(top.saturating_sub(self.pane.history_len() as u64));
            for line in first..top {
                look.lines.push(Line { text: self.pane.line_text(line), wraps: false });
            }
            look.left = look.lines.len();
        }
        self.top = top;
        look.lines.extend(self.rows());
        look
    }
}
