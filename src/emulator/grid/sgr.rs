//! Colours and attributes: which SGR sequences vt100 understands as they are, and what the others
//! become.
//!
//! vt100 has bold or dim (not both), italic, underline, inverse, and colours with semicolons. It
//! stops reading at a colour that it does not understand, and takes the arguments of an underline
//! colour for attributes. So whatever is not plainly understood is written anew here.

use std::io::Write;

/// Sub-parameters that are kept: `38:2:space:r:g:b` is the longest form with a meaning.
const SUBS_MAX: usize = 6;

/// What the next parameter is part of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Expected {
    #[default]
    Attribute,
    ColourKind,
    /// So many values of a colour.
    ColourValues(u8),
    /// Something was not understood.
    Lost,
}

/// Follows the parameters of an SGR, and tells whether vt100 understands them all.
#[derive(Debug, Default)]
pub(super) struct Reader {
    expected: Expected,
}

impl Reader {
    /// The next parameter, which has no sub-parameters.
    pub(super) fn take(&mut self, value: u32) {
        self.expected = match (self.expected, value) {
            (Expected::Attribute, 38 | 48) => Expected::ColourKind,
            (Expected::Attribute, n) if understood(n) => Expected::Attribute,
            (Expected::ColourKind, 5) => Expected::ColourValues(1),
            (Expected::ColourKind, 2) => Expected::ColourValues(3),
            (Expected::ColourValues(1), 0..256) => Expected::Attribute,
            (Expected::ColourValues(left), 0..256) => Expected::ColourValues(left - 1),
            _ => Expected::Lost,
        };
    }

    /// Everything so far was understood, and nothing is missing.
    pub(super) fn understood_all(&self) -> bool {
        self.expected == Expected::Attribute
    }
}

/// Attributes and colours of one parameter that vt100 has.
fn understood(value: u32) -> bool {
    matches!(value, 0..=4 | 7 | 22..=24 | 27 | 30..=37 | 39..=47 | 49 | 90..=97 | 100..=107)
}

/// Attributes that are known, and not drawn: blink, conceal, strike-through, overline.
fn left_out(value: u16) -> bool {
    matches!(value, 5 | 6 | 8 | 9 | 25 | 28 | 29 | 53 | 55 | 59)
}

/// Writes `body` anew into `out`, as sequences that vt100 understands. Returns how many parameters
/// had no known meaning.
pub(super) fn rewrite(body: &[u8], out: &mut Vec<u8>) -> u64 {
    let mut params = body.split(|b| *b == b';').map(Param::parse);
    let mut unknown = 0;
    while let Some(param) = params.next() {
        match param.values() {
            [38 | 48] => {
                if let Some(colour) = semicolon_colour(&mut params) {
                    write_colour(out, param.subs[0], &colour);
                }
            }
            [58] => drop(semicolon_colour(&mut params)),
            [layer @ (38 | 48), colour @ ..] => write_colour(out, *layer, colour),
            [4, 0] => out.extend_from_slice(b"\x1b[24m"),
            // Curly, dotted, double: the grid has one kind of underline.
            [4, _] | [21] => out.extend_from_slice(b"\x1b[4m"),
            [n] if understood(u32::from(*n)) => put(out, format_args!("\x1b[{n}m")),
            [n] if left_out(*n) => {}
            [58, ..] => {}
            _ => unknown += 1,
        }
    }
    unknown
}

/// Reads the arguments of a colour that is written with semicolons: `2;r;g;b` or `5;n`.
fn semicolon_colour(params: &mut impl Iterator<Item = Param>) -> Option<Vec<u16>> {
    let kind = params.next()?.subs[0];
    let count = match kind {
        2 => 3,
        5 => 1,
        _ => return None,
    };
    let mut colour = vec![kind];
    colour.extend(params.take(count).map(|p| p.subs[0]));
    (colour.len() == count + 1).then_some(colour)
}

fn write_colour(out: &mut Vec<u8>, layer: u16, colour: &[u16]) {
    let in_range = colour.iter().all(|v| *v < 256);
    match colour {
        [2, r, g, b] | [2, _, r, g, b, ..] if in_range => {
            put(out, format_args!("\x1b[{layer};2;{r};{g};{b}m"));
        }
        [5, n] if in_range => put(out, format_args!("\x1b[{layer};5;{n}m")),
        _ => {}
    }
}

fn put(out: &mut Vec<u8>, sequence: std::fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail.
    let _ = out.write_fmt(sequence);
}

/// One parameter with its sub-parameters, as in `4:3`.
struct Param {
    subs: [u16; SUBS_MAX],
    len: usize,
}

impl Param {
    fn parse(text: &[u8]) -> Self {
        let mut param = Self { subs: [0; SUBS_MAX], len: 0 };
        for sub in text.split(|b| *b == b':').take(SUBS_MAX) {
            param.subs[param.len] = sub.iter().fold(0, |n: u16, digit| {
                n.saturating_mul(10).saturating_add(u16::from(digit.wrapping_sub(b'0')))
            });
            param.len += 1;
        }
        param
    }

    fn values(&self) -> &[u16] {
        &self.subs[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(body: &str) -> String {
        let mut out = Vec::new();
        rewrite(body.as_bytes(), &mut out);
        String::from_utf8(out).unwrap().replace("\x1b[", "").replace('m', " ").trim_end().into()
    }

    #[test]
    fn the_others_become_what_it_understands() {
        let table = [
            ("38:2::10:20:30", "38;2;10;20;30"),
            ("38:2:10:20:30;1", "38;2;10;20;30 1"),
            ("48:5:7", "48;5;7"),
            ("4:3;31", "4 31"),
            ("4:0", "24"),
            ("21", "4"),
            ("58;5;1;3", "3"),
            ("58;2;1;2;3;1", "1"),
            ("58:2::1:2:3;1", "1"),
            ("5;9;8;53;1", "1"),
            ("38;2;1;2", ""),
            ("38;2;1;2;999;1", "1"),
            ("1;38", "1"),
        ];
        for (body, expected) in table {
            assert_eq!(rewritten(body), expected, "{body}");
        }
    }
}
