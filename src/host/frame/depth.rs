//! Colour depth: what a terminal can show, and the nearest thing to what was meant.

use ratatui::style::Color;

/// How many colours the host terminal shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    #[default]
    True,
    /// The 256 of xterm.
    Indexed,
    /// The 16 that themes define.
    Ansi,
    /// None: attributes only.
    None,
}

/// A colour as SGR writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Ink {
    /// The terminal's own.
    #[default]
    Default,
    /// One of the palette.
    Index(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// The steps of each component in the colour cube of the 256 colours.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The first 16 colours as xterm has them; only for finding the nearest.
const ANSI: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

impl Depth {
    /// The nearest colour at this depth.
    pub(super) fn ink(self, color: Color) -> Ink {
        let ink = exact(color);
        match (self, ink) {
            (Self::None, _) => Ink::Default,
            (Self::Indexed, Ink::Rgb(r, g, b)) => Ink::Index(nearest_of_256(r, g, b)),
            (Self::Ansi, Ink::Rgb(r, g, b)) => Ink::Index(nearest_of_16(r, g, b)),
            (Self::Ansi, Ink::Index(index @ 16..)) => {
                let (r, g, b) = rgb_of(index);
                Ink::Index(nearest_of_16(r, g, b))
            }
            _ => ink,
        }
    }
}

fn exact(color: Color) -> Ink {
    Ink::Index(match color {
        Color::Reset => return Ink::Default,
        Color::Rgb(r, g, b) => return Ink::Rgb(r, g, b),
        Color::Indexed(index) => index,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    })
}

/// The colour of an index from 16 on: the cube, then 24 greys.
fn rgb_of(index: u8) -> (u8, u8, u8) {
    match index {
        0..16 => ANSI[usize::from(index)],
        16..232 => {
            let step = |divisor: u8| CUBE[usize::from((index - 16) / divisor % 6)];
            (step(36), step(6), step(1))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

fn nearest_of_256(r: u8, g: u8, b: u8) -> u8 {
    nearest((r, g, b), 16..=255, rgb_of)
}

fn nearest_of_16(r: u8, g: u8, b: u8) -> u8 {
    nearest((r, g, b), 0..=15, rgb_of)
}

fn nearest(
    (r, g, b): (u8, u8, u8),
    among: std::ops::RangeInclusive<u8>,
    rgb: impl Fn(u8) -> (u8, u8, u8),
) -> u8 {
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    let first = *among.start();
    let distance = |index: &u8| {
        let (r2, g2, b2) = rgb(*index);
        square(r, r2) + square(g, g2) + square(b, b2)
    };
    among.min_by_key(distance).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_the_nearest_that_the_host_has() {
        let orange = Color::Rgb(215, 119, 87);
        assert_eq!(Depth::True.ink(orange), Ink::Rgb(215, 119, 87));
        assert_eq!(Depth::Indexed.ink(orange), Ink::Index(173));
        assert_eq!(Depth::Ansi.ink(Color::Rgb(250, 10, 10)), Ink::Index(9));
        assert_eq!(Depth::Ansi.ink(Color::Indexed(196)), Ink::Index(9));
        assert_eq!(Depth::Ansi.ink(Color::Indexed(3)), Ink::Index(3));
        assert_eq!(Depth::Indexed.ink(Color::Rgb(8, 8, 8)), Ink::Index(232));
        assert_eq!(Depth::None.ink(orange), Ink::Default);
        assert_eq!(Depth::True.ink(Color::LightBlue), Ink::Index(12));
    }
}
