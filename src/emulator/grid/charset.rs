//! The character sets G0 to G3: ASCII, or the line drawing of the VT100 that old programs use.

/// What the lower case letters (0x5f to 0x7e) look like in the line drawing set.
const LINE_DRAWING: [char; 32] = [
    ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─',
    '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

/// Which set each of G0 to G3 is, and which of them is in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Charsets {
    line_drawing: [bool; 4],
    active: usize,
}

impl Charsets {
    /// Puts a set at G0 to G3; `name` is the final byte of the sequence that does so.
    pub(super) fn designate(&mut self, slot: usize, name: u8) {
        self.line_drawing[slot] = name == b'0';
    }

    /// Uses G0 to G3 from now on.
    pub(super) fn shift_to(&mut self, slot: usize) {
        self.active = slot;
    }

    /// Text stays as it is.
    pub(super) fn are_plain(self) -> bool {
        !self.line_drawing[self.active]
    }

    /// The character as it is drawn.
    pub(super) fn translate(self, c: char) -> char {
        match c {
            '_'..='~' if !self.are_plain() => LINE_DRAWING[c as usize - '_' as usize],
            _ => c,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_drawn_only_while_the_set_is_in_use() {
        let mut sets = Charsets::default();
        sets.designate(1, b'0');
        assert_eq!(sets.translate('q'), 'q');
        sets.shift_to(1);
        let drawn: String = "lqk x mqj ~ A".chars().map(|c| sets.translate(c)).collect();
        assert_eq!(drawn, "┌─┐ │ └─┘ · A");
        sets.designate(1, b'B');
        assert!(sets.are_plain());
    }
}
