//! What vt100's cells have no place for rides in them as marks.
//!
//! A mark is a character that no text holds and that takes no column: vt100 keeps it behind the
//! character of a cell like an accent, so it moves, scrolls, and goes with the cell by itself. What
//! it stands for is in a table here.
//!
//! Invariants: marks never leave the emulator, and one that a child writes never gets in.

use std::borrow::Cow;

use ratatui::style::{Color, Modifier};

/// The first mark. From here to U+E0FFF all is unassigned, and ignorable for ever.
const FIRST: u32 = 0xe_01f0;

/// Most marks of a pane, which bounds the search. Programs combine a handful of attributes; what
/// comes after so many different ones is drawn without them.
const MARKS_MAX: usize = 512;

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Attributes that the cell has beside those that vt100 keeps.
    Extra(Extra),
    /// A character that belongs to the cell and does not change its width.
    Joined(char),
}

/// Attributes that vt100 does not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extra {
    /// Those of ratatui, and those of `attributes`.
    pub(super) modifier: Modifier,
    /// The underline's own colour.
    pub(super) underline: Color,
}

impl Default for Extra {
    fn default() -> Self {
        Self { modifier: Modifier::empty(), underline: Color::Reset }
    }
}

/// The marks of a pane.
#[derive(Debug, Default)]
pub(super) struct Marks {
    known: Vec<Mark>,
}

impl Marks {
    /// The character that stands for `mark`; `None` when there are too many.
    pub(super) fn of(&mut self, mark: Mark) -> Option<char> {
        let at = self.known.iter().position(|known| *known == mark).unwrap_or(self.known.len());
        if at == MARKS_MAX {
            return None;
        }
        if at == self.known.len() {
            self.known.push(mark);
        }
        char::from_u32(FIRST + at as u32)
    }

    /// Whether a character could be a mark.
    pub(super) fn is_mark(c: char) -> bool {
        (FIRST..=0xe_0fff).contains(&u32::from(c))
    }

    /// The text of a cell without marks, and its attributes beside those that vt100 keeps.
    pub(super) fn read<'a>(&self, contents: &'a str) -> (Cow<'a, str>, Extra) {
        let mut extra = Extra::default();
        if contents.len() <= 1 || !contents.contains(Self::is_mark) {
            return (Cow::Borrowed(contents), extra);
        }
        let mut text = String::new();
        for c in contents.chars() {
            match self.meaning(c) {
                Some(Mark::Extra(it)) => extra = it,
                Some(Mark::Joined(joined)) => text.push(joined),
                None => text.push(c),
            }
        }
        (Cow::Owned(text), extra)
    }

    fn meaning(&self, c: char) -> Option<Mark> {
        let at = u32::from(c).checked_sub(FIRST)?;
        self.known.get(at as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthChar;

    use super::*;

    #[test]
    fn marks_take_no_column_and_are_read_back() {
        let mut marks = Marks::default();
        let struck = Extra { modifier: Modifier::CROSSED_OUT, ..Extra::default() };
        let look = marks.of(Mark::Extra(struck)).unwrap();
        let heart = marks.of(Mark::Joined('\u{fe0f}')).unwrap();
        assert_eq!((look.width(), heart.width()), (Some(0), Some(0)));
        assert_eq!(marks.of(Mark::Extra(struck)), Some(look));
        let contents = format!("❤{look}{heart}");
        let (text, extra) = marks.read(&contents);
        assert_eq!((text.as_ref(), extra), ("❤\u{fe0f}", struck));
        assert_eq!(marks.read("e\u{301}"), (Cow::Borrowed("e\u{301}"), Extra::default()));
    }

    #[test]
    fn their_number_is_bounded() {
        let mut marks = Marks::default();
        let given = (0..9_999).filter(|n| {
            let c = char::from_u32(0x1_0000 + n).unwrap();
            marks.of(Mark::Joined(c)).is_some_and(Marks::is_mark)
        });
        assert_eq!(given.count(), MARKS_MAX);
    }
}
