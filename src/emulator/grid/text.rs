//! Text that vt100 cannot take as it is: other character sets, insert mode, no wrapping, own tab
//! stops, attributes that it lacks, and the characters that it refuses or panics on.

use unicode_width::UnicodeWidthChar;

use super::{Grid, REPLACEMENT_STAND_IN, emoji};
use crate::emulator::marks::{Extra, Marks};

impl Grid {
    /// No mode changes what text does.
    pub(super) fn draws_plainly(&self) -> bool {
        self.charsets.are_plain()
            && self.tabs.are_default()
            && self.autowrap
            && !self.insert
            && !self.newline
            && self.extra == Extra::default()
    }

    /// Text of any kind. Broken UTF-8 is drawn as U+FFFD, except single bytes of the old C1 range.
    pub(in super::super) fn text(&mut self, text: &[u8]) {
        for chunk in text.utf8_chunks() {
            self.characters(chunk.valid());
            match chunk.invalid() {
                [] | [0x80..=0x9f] => {}
                _ => self.characters("\u{fffd}"),
            }
        }
    }

    fn characters(&mut self, text: &str) {
        let (plainly, tinted) = (self.draws_plainly(), self.is_tinted());
        // Beside tabs no character takes more columns than bytes: such text cannot reach the edge.
        let end = usize::from(self.cursor().1) + text.len();
        let fits = end < usize::from(self.size.cols) && !text.contains('\t');
        let mut drawn = 0;
        for (at, c) in text.char_indices() {
            let special = matches!(c, '\t' | '\u{fffd}')
                || self.emoji.concerns(c)
                || Marks::is_mark(c)
                || (tinted && c == '\n');
            let wide = !fits && (tinted || c.width() == Some(2));
            if plainly && !special && !wide {
                continue;
            }
            self.process(&text.as_bytes()[drawn..at]);
            drawn = at + c.len_utf8();
            match c {
                emoji::SELECTOR => self.emoji_selector(),
                '\u{fffd}' => self.put(REPLACEMENT_STAND_IN, 1),
                // Nobody sees these characters; in the grid they would be marks of ours.
                c if Marks::is_mark(c) => {}
                c if self.belongs_to_emoji(c) => self.join(c),
                '\n' => self.line_feed(),
                '\r' => self.process(b"\r"),
                '\t' => self.tab(1),
                _ => {
                    let c = self.charsets.translate(c);
                    self.put(c.encode_utf8(&mut [0; 4]), c.width().unwrap_or(0) as u16);
                }
            }
        }
        self.process(&text.as_bytes()[drawn..]);
    }

    /// One character of `width` columns, under the modes.
    fn put(&mut self, character: &str, width: u16) {
        let cols = self.size.cols;
        if width > 0 && self.cursor().1 + width > cols {
            match (self.autowrap, self.insert) {
                // A wide character does not fit the last column, and nothing wraps.
                (false, _) if width > 1 => return,
                (false, _) => self.say(format_args!("\x1b[{cols}G")),
                // The cells to shift are on the next line.
                (true, true) => {
                    self.process(b"\r");
                    self.index();
                }
                // What was in the last column does not stay there.
                (true, false) if width > 1 && self.cursor().1 < cols => self.process(b" "),
                (true, false) => {}
            }
        }
        if width > 0 && self.insert {
            self.say(format_args!("\x1b[{width}@"));
        }
        let wraps = self.cursor().1 + width > cols && self.cursor().0 == self.margins.bottom;
        self.process(character.as_bytes());
        if wraps && self.is_tinted() {
            self.process(b"\x1b[K");
        }
        if let (1.., Some(mark)) = (width, self.mark) {
            self.process(mark.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// LF, VT and FF; with a carriage return where the mode asks for it.
    pub(super) fn line_feed(&mut self) {
        if self.newline {
            self.process(b"\r");
        }
        self.index();
    }

    /// HT and CHT. A wrap that is pending stays so.
    pub(super) fn tab(&mut self, count: u16) {
        if self.cursor().1 < self.size.cols {
            let col = self.tabs.after(self.column(), count, self.size.cols);
            self.say(format_args!("\x1b[{}G", col + 1));
        }
    }

    /// REP. The count is bounded by what a screen holds: more would only draw it over again.
    pub(super) fn repeat(&mut self, count: u16) {
        let cells = u32::from(self.size.cols) * u32::from(self.size.rows);
        let count = u32::from(count).min(cells);
        if self.draws_plainly() {
            self.say(format_args!("\x1b[{count}b"));
            return;
        }
        for _ in 0..count {
            // One at a time, so that each wraps, stays or shifts as a typed one would. The width of
            // what is repeated is unknown here; one column is right for all that programs repeat.
            self.put("\x1b[b", 1);
        }
    }
}
