//! Frames: a buffer of cells becomes the bytes that bring the host terminal from the last frame to
//! this one.
//!
//! Invariants: nothing changed, nothing written; between frames the host has default attributes;
//! every move is absolute, so that a glyph whose width the host sees otherwise damages only itself.

mod depth;
mod glyph;
mod pen;

use std::io::Write;

use ratatui::buffer::{Buffer, Cell, CellDiffOption};

use crate::emulator::CursorShape;
pub use depth::Depth;
use glyph::Glyph;
use pen::Pen;

/// Blank cells in a row from which on erasing (`CSI n X`) is shorter than writing spaces and moving.
const ERASE_MIN: u16 = 10;

/// What the host terminal can do, as far as drawing is concerned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    /// It has synchronized output (`?2026`).
    pub sync: bool,
    /// Its colours.
    pub depth: Depth,
}

/// Where and how the cursor is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Column, from 0.
    pub x: u16,
    /// Row, from 0.
    pub y: u16,
    /// Its look.
    pub shape: CursorShape,
}

/// The cursor as the host shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostCursor {
    Unknown,
    Hidden,
    At(Cursor),
}

/// Remembers what the host shows, and writes differences.
#[derive(Debug)]
pub struct FrameEncoder {
    abilities: Abilities,
    /// What the host shows; `None` when that is not known.
    shown: Option<Buffer>,
    cursor: HostCursor,
    shape: Option<CursorShape>,
}

/// One frame as it is written.
struct Frame {
    bytes: Vec<u8>,
    pen: Pen,
    /// Where the host's cursor is, when that is certain.
    at: Option<(u16, u16)>,
    abilities: Abilities,
    cursor_shown: bool,
}

impl FrameEncoder {
    /// An encoder for a host that shows nothing known.
    pub fn new(abilities: Abilities) -> Self {
        Self { abilities, shown: None, cursor: HostCursor::Unknown, shape: None }
    }

    /// Forgets what the host shows: the next frame is drawn whole. After a resize this happens by
    /// itself.
    pub fn invalidate(&mut self) {
        self.shown = None;
        self.cursor = HostCursor::Unknown;
        self.shape = None;
    }

    /// The bytes that make the host show `next`, with the cursor there or hidden. Empty, without an
    /// allocation, when it shows that already.
    pub fn encode(&mut self, next: &Buffer, cursor: Option<Cursor>) -> Vec<u8> {
        let mut frame = Frame {
            bytes: Vec::new(),
            pen: Pen::default(),
            at: None,
            abilities: self.abilities,
            cursor_shown: self.cursor != HostCursor::Hidden,
        };
        let mut shown = match self.shown.take() {
            Some(shown) if shown.area == next.area => shown,
            _ => {
                frame.begin();
                frame.bytes.extend_from_slice(b"\x1b[m\x1b[2J");
                Buffer::empty(next.area)
            }
        };
        for y in 0..next.area.height {
            frame.row(y, &mut shown, next);
        }
        self.shown = Some(shown);
        frame.pen.change(Pen::default(), &mut frame.bytes);
        let drawn = !frame.bytes.is_empty();
        let placed = cursor.map_or(HostCursor::Hidden, HostCursor::At);
        if drawn || self.cursor != placed {
            self.place_cursor(cursor, &mut frame);
            self.cursor = placed;
        }
        if drawn && self.abilities.sync {
            frame.bytes.extend_from_slice(b"\x1b[?2026l");
        }
        frame.bytes
    }

    fn place_cursor(&mut self, cursor: Option<Cursor>, frame: &mut Frame) {
        if let Some(cursor) = cursor {
            if self.shape != Some(cursor.shape) {
                self.shape = Some(cursor.shape);
                frame.put(format_args!("\x1b[{} q", cursor.shape.0));
            }
            frame.put(format_args!("\x1b[{};{}H", cursor.y + 1, cursor.x + 1));
        }
        if cursor.is_some() != frame.cursor_shown || self.cursor == HostCursor::Unknown {
            frame.bytes.extend_from_slice(match cursor {
                Some(_) => b"\x1b[?25h",
                None => b"\x1b[?25l",
            });
        }
    }
}

impl Frame {
    /// Before the first byte of a frame. Where the host cannot hold the frame back, the cursor is at
    /// least not seen running over it.
    fn begin(&mut self) {
        if self.bytes.is_empty() {
            if self.abilities.sync {
                self.bytes.extend_from_slice(b"\x1b[?2026h");
            } else if self.cursor_shown {
                self.bytes.extend_from_slice(b"\x1b[?25l");
                self.cursor_shown = false;
            }
        }
    }

    fn row(&mut self, y: u16, shown: &mut Buffer, next: &Buffer) {
        let start = usize::from(y) * usize::from(next.area.width);
        let end = start + usize::from(next.area.width);
        let (shown, next) = (&mut shown.content[start..end], &next.content[start..end]);
        let mut x = 0;
        // Cells before this column are written even if they look the same.
        let mut forced = 0;
        while x < next.len() {
            let (old, new) = (&shown[x], &next[x]);
            let skipped = new.diff_option == CellDiffOption::Skip;
            if skipped || (same(old, new) && x >= forced) {
                x += usize::from(Glyph::of_cell(new).width);
                continue;
            }
            let blanks = next[x..].iter().take_while(|c| is_blank(c)).count();
            let taken = if blanks >= usize::from(ERASE_MIN) {
                self.erase(x as u16, y, blanks);
                blanks
            } else {
                self.glyph(x as u16, y, new, next.len())
            };
            let taken = taken.min(next.len() - x);
            for at in x..x + taken {
                let reach = reach(&shown[at]).max(reach(&next[at]));
                forced = forced.max(at + usize::from(reach));
                shown[at].clone_from(&next[at]);
            }
            x += taken;
        }
    }

    /// Blanks `count` cells with default colours, which erasing gives on every terminal.
    fn erase(&mut self, x: u16, y: u16, count: usize) {
        self.begin();
        self.pen.change(Pen::default(), &mut self.bytes);
        self.go(x, y);
        self.put(format_args!("\x1b[{count}X"));
    }

    /// Writes one cell. Returns the columns that it takes.
    fn glyph(&mut self, x: u16, y: u16, cell: &Cell, cols: usize) -> usize {
        let mut glyph = Glyph::of_cell(cell);
        if usize::from(x + glyph.width) > cols {
            // A wide character that the edge cuts would wrap.
            glyph = Glyph::of(" ");
        }
        self.begin();
        self.pen.change(Pen::of(cell, self.abilities.depth), &mut self.bytes);
        self.go(x, y);
        if glyph.width == 2 && !glyph.agreed {
            // Where it is drawn in one column, the second must not keep what was there.
            self.bytes.extend_from_slice(b"  ");
            self.at = None;
            self.go(x, y);
        }
        self.bytes.extend_from_slice(glyph.text.as_bytes());
        let after = x + glyph.width;
        // In the last column a wrap is pending: the next position is not certain either.
        self.at = (glyph.agreed && usize::from(after) < cols).then_some((after, y));
        usize::from(glyph.width)
    }

    fn go(&mut self, x: u16, y: u16) {
        if self.at != Some((x, y)) {
            self.put(format_args!("\x1b[{};{}H", y + 1, x + 1));
            self.at = Some((x, y));
        }
    }

    fn put(&mut self, sequence: std::fmt::Arguments<'_>) {
        // Writing to a Vec cannot fail.
        let _ = self.bytes.write_fmt(sequence);
    }
}

fn reach(cell: &Cell) -> u16 {
    Glyph::of_cell(cell).reach()
}

/// The host would show the same. What a cell is for ratatui's own differ does not matter.
fn same(a: &Cell, b: &Cell) -> bool {
    a.symbol() == b.symbol()
        && a.fg == b.fg
        && a.bg == b.bg
        && a.underline_color == b.underline_color
        && a.modifier == b.modifier
}

fn is_blank(cell: &Cell) -> bool {
    same(cell, &Cell::EMPTY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::attributes::UNDERLINE_CURLY;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    fn buffer(rows: &[(&str, Style)]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, rows.len() as u16));
        for (y, (text, style)) in rows.iter().enumerate() {
            buffer.set_string(0, y as u16, text, *style);
        }
        buffer
    }

    fn plain(rows: &[&str]) -> Buffer {
        buffer(&rows.iter().map(|row| (*row, Style::new())).collect::<Vec<_>>())
    }

    /// What the second of two frames writes.
    fn second(abilities: Abilities, first: &Buffer, next: &Buffer) -> String {
        let mut encoder = FrameEncoder::new(abilities);
        encoder.encode(first, None);
        String::from_utf8(encoder.encode(next, None)).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn nothing_changed_nothing_written() {
        let mut encoder = FrameEncoder::new(Abilities { sync: true, ..Abilities::default() });
        let buffer = plain(&["hello"]);
        let cursor = Some(Cursor { x: 1, ..Cursor::default() });
        let first =
            String::from_utf8(encoder.encode(&buffer, cursor)).unwrap().replace('\x1b', "^");
        let whole = "^[?2026h^[m^[2J^[1;1Hhello^[0 q^[1;2H^[?25h^[?2026l";
        assert_eq!(first, whole);
        let nothing = encoder.encode(&buffer, cursor);
        assert_eq!((nothing.len(), nothing.capacity()), (0, 0));
        let moved = encoder.encode(&buffer, Some(Cursor { x: 2, ..Cursor::default() }));
        assert_eq!(moved, b"\x1b[1;3H");
        assert_eq!(encoder.encode(&buffer, None), b"\x1b[?25l");
        encoder.invalidate();
        let again =
            String::from_utf8(encoder.encode(&buffer, cursor)).unwrap().replace('\x1b', "^");
        assert_eq!(again, whole);
    }

    #[test]
    fn only_differences_are_written() {
        let abilities = Abilities::default();
        let first = plain(&["hello world", "second"]);
        let next = plain(&["hello_world", "2econd"]);
        assert_eq!(second(abilities, &first, &next), "^[1;6H_^[2;1H2");
        let red = Style::new().fg(Color::Indexed(1));
        let next = buffer(&[("hello", red), ("second", Style::new())]);
        assert_eq!(second(abilities, &first, &next), "^[31m^[1;1Hhello^[m^[1;7H^[14X");
        let cleared = plain(&["", "second"]);
        assert_eq!(second(abilities, &first, &cleared), "^[1;1H^[20X");
    }

    #[test]
    fn doubtful_widths_damage_only_themselves() {
        let abilities = Abilities::default();
        let first = plain(&["abcdef"]);
        assert_eq!(second(abilities, &first, &plain(&["a\u{26a0}cdef"])), "^[1;2H\u{26a0}^[1;3Hc");
        let emoji = plain(&["a\u{2764}\u{fe0f}def"]);
        assert_eq!(second(abilities, &first, &emoji), "^[1;2H  ^[1;2H\u{2764}\u{fe0f}^[1;4Hd");
        let wide = plain(&["a漢def"]);
        assert_eq!(second(abilities, &first, &wide), "^[1;2H漢");
        assert_eq!(second(abilities, &wide, &plain(&["abcdef"])), "^[1;2Hbc");
    }

    #[test]
    fn underlines_have_their_form_and_colour() {
        let line = Modifier::UNDERLINED | UNDERLINE_CURLY;
        let style = Style::new().add_modifier(line).underline_color(Color::Rgb(1, 2, 3));
        let next = buffer(&[("ab", style)]);
        let written = second(Abilities::default(), &plain(&["  "]), &next);
        assert_eq!(written, "^[4;4:3;58:2::1:2:3m^[1;1Hab^[m");
        let red = buffer(&[("ab", style.underline_color(Color::Indexed(1)))]);
        let written = second(Abilities::default(), &next, &red);
        assert_eq!(written, "^[4;4:3;58:5:1m^[1;1Hab^[m");
    }

    #[test]
    fn a_cell_is_as_wide_as_the_layout_says() {
        let mut next = plain(&["a❤def"]);
        next[(1, 0)].set_symbol("❤\u{fe0f}");
        let narrow = CellDiffOption::ForcedWidth(std::num::NonZeroU16::MIN);
        next[(1, 0)].set_diff_option(narrow);
        let written = second(Abilities::default(), &plain(&["abcdef"]), &next);
        assert_eq!(written, "^[1;2H❤\u{fe0f}^[1;3Hdef^[15X");
    }

    #[test]
    fn colours_fit_the_host() {
        let style = Style::new().fg(Color::Rgb(255, 0, 0)).bg(Color::Indexed(208));
        let (first, next) = (plain(&["a"]), buffer(&[("b", style.bold())]));
        let at = |depth| second(Abilities { depth, ..Abilities::default() }, &first, &next);
        assert_eq!(at(Depth::True), "^[1;38;2;255;0;0;48;5;208m^[1;1Hb^[m");
        assert_eq!(at(Depth::Indexed), "^[1;38;5;196;48;5;208m^[1;1Hb^[m");
        assert_eq!(at(Depth::Ansi), "^[1;91;43m^[1;1Hb^[m");
        assert_eq!(at(Depth::None), "^[1m^[1;1Hb^[m");
    }
}
