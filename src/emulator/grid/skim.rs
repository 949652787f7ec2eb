//! The fast path: how far a chunk goes on with text and sequences that vt100 does right by itself.
//!
//! One pass over the bytes decides it, and what it finds reaches vt100 as one slice. It stops before
//! the first thing that needs a second look, or that the chunk does not hold whole.

use super::Grid;
use super::sgr::{Pen, Reader};
use crate::emulator::lexer::SEQUENCE_MAX;

const ESC: u8 = 0x1b;

impl Grid {
    /// The length of the start of `bytes` that vt100 can take as it is.
    pub(in super::super) fn skim(&self, bytes: &[u8]) -> usize {
        if !self.draws_plainly() {
            return 0;
        }
        let whole = self.margins_are_whole();
        let mut pen = Pen::of(self.screen());
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let rest = &bytes[at..];
            let taken = match *byte {
                // Text in a background may scroll, and the new row is drawn in it.
                byte if pen.tinted && byte != ESC => 0,
                byte if is_plain(byte) => {
                    rest.iter().position(|b| !is_plain(*b)).unwrap_or(rest.len())
                }
                // After CR no wrap is pending, so without margins vt100 moves right up and down too.
                ESC => plain_sequence(rest, whole && at > 0 && bytes[at - 1] == b'\r', &mut pen),
                _ => plain_character(rest),
            };
            if taken == 0 {
                break;
            }
            at += taken;
        }
        at
    }
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..0x7f | b'\n' | b'\r')
}

/// The length of the sequence at the start of `bytes` when it is a CSI that needs nothing from us,
/// else 0. Up and down are among those only where they are `free`; `pen` is followed.
fn plain_sequence(bytes: &[u8], free: bool, pen: &mut Pen) -> usize {
    let [_, b'[', body @ ..] = bytes else { return 0 };
    let mut value = 0_u32;
    let mut attributes = Reader::after(*pen);
    for (at, byte) in body.iter().take(SEQUENCE_MAX - 2).enumerate() {
        match byte {
            b'0'..=b'9' if value < 10_000 => value = value * 10 + u32::from(byte - b'0'),
            b';' => {
                attributes.take(value);
                value = 0;
            }
            b'm' => {
                attributes.take(value);
                if !attributes.understood_all() {
                    return 0;
                }
                *pen = attributes.pen;
                return at + 3;
            }
            b'C' | b'G' | b'H' | b'K' | b'f' | b'`' => return at + 3,
            b'A' | b'B' if free => return at + 3,
            _ => return 0,
        }
    }
    0
}

/// The length of the character at the start of `bytes` when it is one of those that clients draw
/// with (Latin, Greek, Cyrillic, dashes, quotes, arrows, boxes, blocks, braille), else 0. Wide
/// characters, U+FE0F and U+FFFD are none of them.
fn plain_character(bytes: &[u8]) -> usize {
    match *bytes {
        [0xc2..=0xdf, 0x80..=0xbf, ..] => 2,
        // U+200D: what comes after it may belong to what came before.
        [0xe2, 0x80, 0x8d, ..] => 0,
        [0xe2, 0x80..=0x8b | 0x90..=0x96 | 0x9f..=0xab, 0x80..=0xbf, ..] => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::grid::Emoji;
    use crate::model::Size;

    #[test]
    fn it_stops_before_what_needs_a_second_look() {
        let grid = Grid::new(Size::new(10, 4), Emoji::default());
        let plain =
            "ab─é⠋\r\n\x1b[1;31m\x1b[2;3H\x1b[K\x1b[22;2;22;1m\x1b[m\x1b[48;2;1;2;3;38;5;1;49m";
        for special in [
            "漢",
            "\u{fe0f}",
            "\u{200d}",
            "\t",
            "\x07",
            "\x1b7",
            "\x1b[A",
            "\x1b[?25l",
            "\x1b[9m",
            "\x1b[4:3m",
            "\x1b[1;2m",
            "\x1b[38;5m",
            "\x1b[1",
            "\x1b",
            "\x1b[1 q",
            "\x1b]0;t\x07",
            "\x0e",
        ] {
            let bytes = format!("{plain}{special}rest");
            assert_eq!(grid.skim(bytes.as_bytes()), plain.len(), "{special:?}");
        }
        assert_eq!(grid.skim(plain.as_bytes()), plain.len());
        assert_eq!(grid.skim(b"a\r\x1b[2Bb\x1b[Ac"), 7);
        assert_eq!(grid.skim(b"a\n\x1b[41mb\n"), 7);
        assert_eq!(grid.skim(b"ab\xe2\x94"), 2);
        assert_eq!(grid.skim(b"ab\xff"), 2);
    }
}
