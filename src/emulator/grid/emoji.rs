//! Emoji of several characters, as wide as the host draws them.
//!
//! Terminals disagree about these widths, and clients write for the terminal that they run in: they
//! place what follows by counting. So the grid counts as the host does, which was asked at start.

use super::Grid;
use crate::emulator::marks::Mark;
use crate::emulator::traits::Traits;

/// Makes the character before it an emoji.
pub(super) const SELECTOR: char = '\u{fe0f}';

/// Joins the emoji before and after it.
const JOINER: char = '\u{200d}';

/// How the host draws emoji.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Emoji {
    /// The selector makes a narrow character wide.
    wide: bool,
    /// What belongs together takes two columns together.
    joined: bool,
}

impl Emoji {
    pub(in super::super) fn of(traits: &Traits) -> Self {
        Self { wide: traits.emoji_wide, joined: traits.emoji_joined }
    }

    /// A character that vt100 might place otherwise than the host.
    pub(super) fn concerns(self, c: char) -> bool {
        c == SELECTOR || (self.joined && is_pictograph(c))
    }
}

impl Grid {
    /// The selector widens the cell before it in vt100, which panics when the row has no room for
    /// that. In a host that does not widen it, it only belongs to the cell.
    pub(super) fn emoji_selector(&mut self) {
        let has_room = (1..self.size.cols).contains(&self.cursor().1);
        let is_wide = self.cell_before().is_some_and(vt100::Cell::is_wide);
        if self.emoji.wide && has_room && !is_wide {
            self.process(SELECTOR.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            self.join(SELECTOR);
        }
    }

    /// Whether the host draws a character in the cell before the cursor.
    pub(super) fn belongs_to_emoji(&self, c: char) -> bool {
        self.emoji.joined
            && is_pictograph(c)
            && self.cell_before().is_some_and(|cell| {
                cell.is_wide() && (is_skin_tone(c) || cell.contents().ends_with(JOINER))
            })
    }

    /// Adds a character to the cell before the cursor, which keeps its width.
    pub(super) fn join(&mut self, c: char) {
        if let Some(mark) = self.marks.of(Mark::Joined(c)) {
            self.process(mark.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// The cell that was written last, if the cursor is still behind it.
    fn cell_before(&self) -> Option<&vt100::Cell> {
        let (row, col) = self.cursor();
        let screen = self.screen();
        let cell = screen.cell(row, col.checked_sub(1)?)?;
        if cell.is_wide_continuation() { screen.cell(row, col.checked_sub(2)?) } else { Some(cell) }
    }
}

fn is_skin_tone(c: char) -> bool {
    ('\u{1f3fb}'..='\u{1f3ff}').contains(&c)
}

fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::{Fed, Pane};
    use crate::model::Size;

    /// The cursor's column after a text, and the text of the cells.
    fn drawn(wide: bool, joined: bool, text: &str) -> (u16, String) {
        let traits = Traits { emoji_wide: wide, emoji_joined: joined, ..Traits::default() };
        let mut pane = Pane::new(Size::new(12, 2), traits);
        for byte in text.as_bytes() {
            pane.feed(&[*byte], &mut Fed::default());
        }
        let line = pane.line_at(pane.position(0, 0));
        (pane.cursor().unwrap().0, pane.text(&line))
    }

    #[test]
    fn the_cursor_goes_as_far_as_in_the_host() {
        let table = [
            ("❤\u{fe0f}", [1, 2, 1, 2]),
            ("👩\u{200d}💻", [4, 4, 2, 2]),
            ("👍🏽", [4, 4, 2, 2]),
            ("🤷\u{200d}♂\u{fe0f}", [3, 4, 2, 2]),
            ("漢\u{200d}字♂", [5, 5, 5, 5]),
            ("a\u{fe0f}", [1, 1, 1, 1]),
        ];
        for (text, columns) in table {
            let hosts = [(false, false), (true, false), (false, true), (true, true)];
            for ((wide, joined), columns) in hosts.into_iter().zip(columns) {
                let expected = (columns, text.to_owned());
                assert_eq!(drawn(wide, joined, text), expected, "{text} {wide} {joined}");
            }
        }
    }

    #[test]
    fn a_selector_in_the_last_column_widens_nothing() {
        let (column, text) = drawn(true, true, "0123456789a❤\u{fe0f}");
        assert_eq!((column, text.as_str()), (11, "0123456789a❤\u{fe0f}"));
    }
}
