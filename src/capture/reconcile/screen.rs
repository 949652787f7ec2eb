//! The lines of a terminal: what its screen shows, and what has scrolled out of it since the last
//! look.

use super::page::Line;
use crate::emulator::{Fed, Pane, Position, Selection, Traits};
use crate::model::Size;

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

impl Screen {
    pub(super) fn new(size: Size) -> Self {
        let pane = Pane::new(size, Traits::default());
        Self { top: pane.position(0, 0).line, pane, fed: Fed::default() }
    }

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

    pub(super) fn look(&mut self) -> Look {
        let top = self.pane.position(0, 0).line;
        let mut look = Look::default();
        if !self.pane.screen().alternate_screen() {
            let first = self.top.max(top.saturating_sub(self.pane.history_len() as u64));
            for line in first..top {
                let cell = |col| Position { line, col };
                let text = self.pane.text(&Selection { start: cell(0), end: cell(u16::MAX) });
                look.lines.push(Line { text: text.trim_end().to_owned(), wraps: false });
            }
            look.left = look.lines.len();
        }
        self.top = top;
        let screen = self.pane.screen();
        let size = self.pane.size();
        look.lines.extend((0..size.rows).map(|row| Line {
            text: text(screen, row, size.cols),
            wraps: screen.row_wrapped(row),
        }));
        look
    }
}

fn text(screen: &vt100::Screen, row: u16, cols: u16) -> String {
    let mut text = String::new();
    let mut end = 0;
    for col in 0..cols {
        match screen.cell(row, col) {
            Some(cell) if cell.is_wide_continuation() => {}
            Some(cell) if cell.has_contents() && cell.contents() != " " => {
                text.push_str(cell.contents());
                end = text.len();
            }
            _ => text.push(' '),
        }
    }
    text.truncate(end);
    text
}
