//! Colours and attributes: which SGR sequences vt100 understands as they are, and what the others
//! become.
//!
//! vt100 has bold or dim (not both), italic, underline, inverse, and colours with semicolons. It
//! stops reading at a colour that it does not understand, and takes the arguments of an underline
//! colour for attributes. So whatever is not plainly understood is written anew here, and the
//! attributes that it lacks are kept apart.

use std::io::Write;

use ratatui::style::{Color, Modifier};

use crate::emulator::attributes::{
    OVERLINED, UNDERLINE_CURLY, UNDERLINE_DASHED, UNDERLINE_DOTTED, UNDERLINE_DOUBLE,
    UNDERLINE_FORMS,
};
use crate::emulator::marks::Extra;

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

/// How heavy text is in vt100, where one takes the place of the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Weight {
    #[default]
    Normal,
    Bold,
    Dim,
}

/// What vt100 draws with, as far as the way there depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) weight: Weight,
    /// The background has a colour.
    pub(super) tinted: bool,
}

impl Pen {
    /// The pen that vt100 has now.
    pub(super) fn of(screen: &vt100::Screen) -> Self {
        let weight = match (screen.bold(), screen.dim()) {
            (true, _) => Weight::Bold,
            (_, true) => Weight::Dim,
            _ => Weight::Normal,
        };
        Self { weight, tinted: screen.bgcolor() != vt100::Color::Default }
    }
}

/// Follows the parameters of an SGR, and tells whether vt100 understands them all.
#[derive(Debug, Default)]
pub(super) struct Reader {
    expected: Expected,
    /// After everything so far.
    pub(super) pen: Pen,
}

impl Reader {
    /// Before it there was `pen`.
    pub(super) fn after(pen: Pen) -> Self {
        Self { pen, ..Self::default() }
    }

    /// The next parameter, which has no sub-parameters.
    pub(super) fn take(&mut self, value: u32) {
        self.expected = match (self.expected, value) {
            (Expected::Attribute, _) => self.attribute(value),
            (Expected::ColourKind, 5) => Expected::ColourValues(1),
            (Expected::ColourKind, 2) => Expected::ColourValues(3),
            (Expected::ColourValues(1), 0..256) => Expected::Attribute,
            (Expected::ColourValues(left), 0..256) => Expected::ColourValues(left - 1),
            _ => Expected::Lost,
        };
    }

    fn attribute(&mut self, value: u32) -> Expected {
        match (value, self.pen.weight) {
            (0, _) => self.pen = Pen::default(),
            (1, Weight::Dim) | (2, Weight::Bold) => return Expected::Lost,
            (1, _) => self.pen.weight = Weight::Bold,
            (2, _) => self.pen.weight = Weight::Dim,
            (22, _) => self.pen.weight = Weight::Normal,
            (40..=47 | 100..=107, _) => self.pen.tinted = true,
            (49, _) => self.pen.tinted = false,
            (38 | 48, _) => {
                self.pen.tinted |= value == 48;
                return Expected::ColourKind;
            }
            _ if !understood(value) => return Expected::Lost,
            _ => {}
        }
        Expected::Attribute
    }

    /// Everything so far was understood, and nothing is missing.
    pub(super) fn understood_all(&self) -> bool {
        self.expected == Expected::Attribute
    }
}

/// Attributes and colours of one parameter that vt100 has, and that change no others.
fn understood(value: u32) -> bool {
    matches!(value, 3 | 4 | 7 | 23 | 24 | 27 | 30..=37 | 39..=47 | 49 | 90..=97 | 100..=107)
}

/// Writes `body` anew into `out`, as sequences that vt100 understands, and follows what it lacks in
/// `extra`. Text has `weight` before it. Returns how many parameters had no known meaning.
pub(super) fn rewrite(body: &[u8], out: &mut Vec<u8>, extra: &mut Extra, weight: Weight) -> u64 {
    let mut params = body.split(|b| *b == b';').map(Param::parse);
    let mut weight = weight;
    let mut unknown = 0;
    while let Some(param) = params.next() {
        match param.values() {
            [38 | 48] => {
                if let Some(colour) = semicolon_colour(&mut params) {
                    write_colour(out, param.subs[0], &colour);
                }
            }
            [58] => {
                if let Some(colour) = semicolon_colour(&mut params) {
                    extra.underline = colour_of(&colour).unwrap_or(extra.underline);
                }
            }
            [layer @ (38 | 48), colour @ ..] => write_colour(out, *layer, colour),
            [58, colour @ ..] => extra.underline = colour_of(colour).unwrap_or(extra.underline),
            [n @ (0..=2 | 22)] => weight = weigh(*n, weight, out, extra),
            [4 | 21 | 24] | [4, _] => underline(param.values(), out, extra),
            [n] if understood(u32::from(*n)) => put(out, format_args!("\x1b[{n}m")),
            [59] => extra.underline = Color::Reset,
            [n] => unknown += u64::from(!switch(*n, &mut extra.modifier)),
            _ => unknown += 1,
        }
    }
    unknown
}

/// Reset, bold, dim and neither. vt100 keeps bold where both are on.
fn weigh(code: u16, before: Weight, out: &mut Vec<u8>, extra: &mut Extra) -> Weight {
    let after = match (code, before) {
        (1, Weight::Dim) | (2, Weight::Bold) => {
            extra.modifier.insert(Modifier::DIM);
            Weight::Bold
        }
        (1, _) => Weight::Bold,
        (2, _) => Weight::Dim,
        _ => Weight::Normal,
    };
    match code {
        0 => *extra = Extra::default(),
        22 => extra.modifier.remove(Modifier::DIM),
        _ => {}
    }
    if (code, after) != (2, Weight::Bold) {
        put(out, format_args!("\x1b[{code}m"));
    }
    after
}

/// Begins or ends an underline; the grid knows one form, the others are marked.
fn underline(values: &[u16], out: &mut Vec<u8>, extra: &mut Extra) {
    extra.modifier.remove(UNDERLINE_FORMS);
    match values {
        [24] | [4, 0] => return out.extend_from_slice(b"\x1b[24m"),
        [21] | [4, 2] => extra.modifier.insert(UNDERLINE_DOUBLE),
        [4, 3] => extra.modifier.insert(UNDERLINE_CURLY),
        [4, 4] => extra.modifier.insert(UNDERLINE_DOTTED),
        [4, 5] => extra.modifier.insert(UNDERLINE_DASHED),
        _ => {}
    }
    out.extend_from_slice(b"\x1b[4m");
}

/// Attributes that vt100 does not have at all. Returns false for one that is not known.
fn switch(code: u16, modifier: &mut Modifier) -> bool {
    match code {
        5 => modifier.insert(Modifier::SLOW_BLINK),
        6 => modifier.insert(Modifier::RAPID_BLINK),
        25 => modifier.remove(Modifier::SLOW_BLINK | Modifier::RAPID_BLINK),
        8 => modifier.insert(Modifier::HIDDEN),
        28 => modifier.remove(Modifier::HIDDEN),
        9 => modifier.insert(Modifier::CROSSED_OUT),
        29 => modifier.remove(Modifier::CROSSED_OUT),
        53 => modifier.insert(OVERLINED),
        55 => modifier.remove(OVERLINED),
        _ => return false,
    }
    true
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
    match colour_of(colour) {
        Some(Color::Rgb(r, g, b)) => put(out, format_args!("\x1b[{layer};2;{r};{g};{b}m")),
        Some(Color::Indexed(n)) => put(out, format_args!("\x1b[{layer};5;{n}m")),
        _ => {}
    }
}

/// A colour from its kind and values: `2, r, g, b`, `2, space, r, g, b` or `5, n`.
fn colour_of(colour: &[u16]) -> Option<Color> {
    let value = |n: u16| u8::try_from(n).ok();
    match *colour {
        [2, r, g, b] | [2, _, r, g, b, ..] => Some(Color::Rgb(value(r)?, value(g)?, value(b)?)),
        [5, n] => Some(Color::Indexed(value(n)?)),
        _ => None,
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

    fn rewritten_after(weight: Weight, body: &str) -> (String, Extra) {
        let (mut out, mut extra) = (Vec::new(), Extra::default());
        rewrite(body.as_bytes(), &mut out, &mut extra, weight);
        let out = String::from_utf8(out).unwrap().replace("\x1b[", "").replace('m', " ");
        (out.trim_end().into(), extra)
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
            ("1;2", "1"),
            ("2;1", "2 1"),
            ("1;22;2", "1 22 2"),
        ];
        for (body, expected) in table {
            assert_eq!(rewritten_after(Weight::Normal, body).0, expected, "{body}");
        }
    }

    #[test]
    fn what_it_lacks_is_kept_apart() {
        let table = [
            ("5;9", Modifier::SLOW_BLINK | Modifier::CROSSED_OUT),
            ("8;53;28", OVERLINED),
            ("4:3", UNDERLINE_CURLY),
            ("21;4", Modifier::empty()),
            ("4:5;24", Modifier::empty()),
            ("1;2", Modifier::DIM),
            ("2;1", Modifier::DIM),
            ("1;2;22", Modifier::empty()),
            ("1;0;2", Modifier::empty()),
            ("9;6;m", Modifier::empty()),
        ];
        for (body, expected) in table {
            let body = body.trim_end_matches('m');
            assert_eq!(rewritten_after(Weight::Normal, body).1.modifier, expected, "{body}");
        }
        assert_eq!(rewritten_after(Weight::Bold, "2").1.modifier, Modifier::DIM);
        let colour = |body| rewritten_after(Weight::Normal, body).1.underline;
        assert_eq!(colour("58;5;9;1"), Color::Indexed(9));
        assert_eq!(colour("58:2::1:2:3"), Color::Rgb(1, 2, 3));
        assert_eq!(colour("58:5:9;59"), Color::Reset);
    }
}
