//! The attributes that text is written with, and the shortest way from one to another.

use std::io::Write;

use ratatui::buffer::Cell;
use ratatui::style::Modifier;

use super::depth::{Depth, Ink};
use crate::emulator::attributes::{
    OVERLINED, UNDERLINE_CURLY, UNDERLINE_DASHED, UNDERLINE_DOTTED, UNDERLINE_DOUBLE,
};

/// Colours and attributes. The default is what `CSI m` sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pen {
    fg: Ink,
    bg: Ink,
    underline: Ink,
    modifier: Modifier,
}

/// The forms of an underline come after the plain one, which is left where a host has one form.
const MODIFIERS: [(Modifier, &str); 14] = [
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (UNDERLINE_DOUBLE, "4:2"),
    (UNDERLINE_CURLY, "4:3"),
    (UNDERLINE_DOTTED, "4:4"),
    (UNDERLINE_DASHED, "4:5"),
    (Modifier::SLOW_BLINK, "5"),
    (Modifier::RAPID_BLINK, "6"),
    (Modifier::REVERSED, "7"),
    (Modifier::HIDDEN, "8"),
    (Modifier::CROSSED_OUT, "9"),
    (OVERLINED, "53"),
];

impl Pen {
    /// What a cell is written with at a colour depth.
    pub(super) fn of(cell: &Cell, depth: Depth) -> Self {
        Self {
            fg: depth.ink(cell.fg),
            bg: depth.ink(cell.bg),
            underline: depth.ink(cell.underline_color),
            modifier: cell.modifier,
        }
    }

    /// Writes the SGR that changes this pen into `to`; nothing when they are the same.
    pub(super) fn change(&mut self, to: Self, out: &mut Vec<u8>) {
        if *self == to {
            return;
        }
        out.extend_from_slice(b"\x1b[");
        // Attributes have no common way of going one by one (22 ends two of them).
        let fresh = to == Self::default() || !to.modifier.contains(self.modifier);
        if fresh {
            *self = Self::default();
            if to != *self {
                out.extend_from_slice(b"0;");
            }
        }
        for (modifier, code) in MODIFIERS {
            if to.modifier.contains(modifier) && !self.modifier.contains(modifier) {
                put(out, format_args!("{code};"));
            }
        }
        if self.fg != to.fg {
            put_ink(out, to.fg, 30);
        }
        if self.bg != to.bg {
            put_ink(out, to.bg, 40);
        }
        match to.underline {
            same if self.underline == same => {}
            Ink::Default => out.extend_from_slice(b"59;"),
            // With colons: a terminal that knows no such colour must not read its values as codes.
            Ink::Index(index) => put(out, format_args!("58:5:{index};")),
            Ink::Rgb(r, g, b) => put(out, format_args!("58:2::{r}:{g}:{b};")),
        }
        if out.last() == Some(&b';') {
            out.pop();
        }
        out.push(b'm');
        *self = to;
    }
}

/// `base` is 30 for the text and 40 for the background.
fn put_ink(out: &mut Vec<u8>, ink: Ink, base: u8) {
    match ink {
        Ink::Default => put(out, format_args!("{};", base + 9)),
        Ink::Index(index @ 0..8) => put(out, format_args!("{};", base + index)),
        Ink::Index(index @ 8..16) => put(out, format_args!("{};", base + 52 + index)),
        Ink::Index(index) => put(out, format_args!("{};5;{index};", base + 8)),
        Ink::Rgb(r, g, b) => put(out, format_args!("{};2;{r};{g};{b};", base + 8)),
    }
}

fn put(out: &mut Vec<u8>, part: std::fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail.
    let _ = out.write_fmt(part);
}
