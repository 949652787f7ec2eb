//! How wide a cell's text is, and whether terminals agree upon it.

use ratatui::buffer::{Cell, CellDiffOption};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const EMOJI_SELECTOR: char = '\u{fe0f}';

/// The text of a cell as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph<'a> {
    /// The text.
    pub(super) text: &'a str,
    /// Columns that the layout gave it: 1 or 2.
    pub(super) width: u16,
    /// Every terminal advances by `width`. After any other glyph the cursor is put where it belongs,
    /// and the next cell is written again, as it may have been overdrawn.
    pub(super) agreed: bool,
}

impl<'a> Glyph<'a> {
    /// Of a cell. Its text has the width that the layout gave it, where that is not its usual one.
    pub(super) fn of_cell(cell: &'a Cell) -> Self {
        let glyph = Self::of(cell.symbol());
        match cell.diff_option {
            CellDiffOption::ForcedWidth(width) => Self { width: width.get().min(2), ..glyph },
            _ => glyph,
        }
    }

    /// Of a text. Control characters are drawn as a blank.
    pub(super) fn of(text: &'a str) -> Self {
        let mut chars = text.chars();
        let (Some(first), rest) = (chars.next(), chars.as_str()) else { return Self::BLANK };
        if first.is_ascii() && rest.is_empty() && !first.is_ascii_control() {
            return Self { text, width: 1, agreed: true };
        }
        if text.chars().any(char::is_control) {
            return Self::BLANK;
        }
        // A cluster is as wide as its first character, unless it is made an emoji.
        let emoji = rest.contains(EMOJI_SELECTOR);
        let width = if emoji { text.width() } else { first.width().unwrap_or(1) };
        Self { text, width: width.clamp(1, 2) as u16, agreed: rest.is_empty() && agreed(first) }
    }

    const BLANK: Glyph<'static> = Glyph { text: " ", width: 1, agreed: true };

    /// Columns that it may have covered in the host.
    pub(super) fn reach(&self) -> u16 {
        if self.agreed { self.width } else { self.width + 1 }
    }
}

/// A character that all terminals give the same width. Symbols that have an emoji form, pictographs,
/// flags and private characters are not among them.
fn agreed(c: char) -> bool {
    let doubtful = matches!(c,
        '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fffd}' | '\u{10000}'..);
    !doubtful && c.width().is_some_and(|w| w > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_and_doubts() {
        let table = [
            ("a", 1, true),
            ("─", 1, true),
            ("⠋", 1, true),
            ("漢", 2, true),
            ("é", 1, true),
            ("e\u{301}", 1, false),
            ("😀", 2, false),
            ("⚠", 1, false),
            ("❤\u{fe0f}", 2, false),
            ("👩\u{200d}", 2, false),
            ("\u{7f}", 1, true),
            ("\n", 1, true),
        ];
        for (text, width, agreed) in table {
            let glyph = Glyph::of(text);
            assert_eq!((glyph.width, glyph.agreed), (width, agreed), "{text:?}");
        }
        assert_eq!(Glyph::of("\x1b[").text, " ");
    }
}
