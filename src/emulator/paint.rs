//! Painting the pane into a buffer of cells.

use std::borrow::Cow;
use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::pane::Pane;
use super::view::Selection;

impl Pane {
    /// Paints what the view shows into the upper left of `area`. Selected cells are inverse.
    /// Cells of the area beyond the pane's size are blank.
    pub fn paint(&self, area: Rect, buffer: &mut Buffer, selection: Option<&Selection>) {
        let area = area.intersection(buffer.area);
        let screen = self.screen();
        for y in 0..area.height {
            for x in 0..area.width {
                let target = &mut buffer[(area.x + x, area.y + y)];
                target.reset();
                let Some(cell) = screen.cell(y, x) else { continue };
                // The buffer's rule: the cell after a wide one is blank, and not drawn.
                if !cell.is_wide_continuation() {
                    self.paint_cell(cell, target, x + 1 == area.width);
                }
                if selection.is_some_and(|s| s.contains(self.position(y, x))) {
                    target.modifier.toggle(Modifier::REVERSED);
                }
            }
        }
    }

    fn paint_cell(&self, cell: &vt100::Cell, target: &mut Cell, last: bool) {
        target.bg = color(cell.bgcolor());
        // An erased cell has the attributes of that moment in vt100; terminals keep the background.
        if !cell.has_contents() {
            return;
        }
        let (text, extra) = self.grid.read(cell);
        target.fg = color(cell.fgcolor());
        target.modifier = modifier(cell) | extra.modifier;
        target.underline_color = extra.underline;
        let columns = if cell.is_wide() { NonZeroU16::new(2) } else { NonZeroU16::new(1) };
        // A wide character that the area's edge cuts cannot be drawn.
        if !(last && cell.is_wide()) {
            target.set_symbol(&text);
            if let (Cow::Owned(_), Some(columns)) = (&text, columns) {
                target.set_diff_option(CellDiffOption::ForcedWidth(columns));
            }
        }
    }
}

fn modifier(cell: &vt100::Cell) -> Modifier {
    let set = [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ];
    set.into_iter().filter(|(on, _)| *on).map(|(_, modifier)| modifier).collect()
}

fn color(color: vt100::Color) -> Color {
    match color {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::attributes::{OVERLINED, UNDERLINE_CURLY};
    use crate::emulator::{Fed, Traits};
    use crate::model::Size;

    fn painted(text: &str, selection: Option<&Selection>) -> Buffer {
        let mut pane = Pane::new(Size::new(6, 2), Traits::default());
        pane.feed(text.as_bytes(), &mut Fed::default());
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 3));
        pane.paint(buffer.area, &mut buffer, selection);
        buffer
    }

    #[test]
    fn attributes_and_colours_arrive() {
        let buffer = painted("\x1b[1;3;4;7;38;5;9;48;2;1;2;3ma\x1b[0;2mb", None);
        let cell = &buffer[(0, 0)];
        assert_eq!((cell.fg, cell.bg), (Color::Indexed(9), Color::Rgb(1, 2, 3)));
        let all = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::REVERSED;
        assert_eq!(cell.modifier, all);
        assert_eq!(buffer[(1, 0)].modifier, Modifier::DIM);
        assert_eq!(buffer[(7, 2)].symbol(), " ");
    }

    #[test]
    fn attributes_that_vt100_lacks_arrive_and_end() {
        let buffer = painted("\x1b[1;2;9;53;4:3;58:5:7ma\x1b[22;29;24mb\x1b[0mc", None);
        let [a, b, c] = [0, 1, 2].map(|x| &buffer[(x, 0)]);
        let all = Modifier::BOLD | Modifier::DIM | Modifier::CROSSED_OUT | Modifier::UNDERLINED;
        assert_eq!(a.modifier, all | OVERLINED | UNDERLINE_CURLY);
        assert_eq!((a.symbol(), a.underline_color), ("a", Color::Indexed(7)));
        assert_eq!((b.modifier, b.underline_color), (OVERLINED, Color::Indexed(7)));
        assert_eq!((c.modifier, c.underline_color), (Modifier::empty(), Color::Reset));
    }

    #[test]
    fn attributes_go_where_the_text_goes() {
        let buffer =
            painted("\x1b[9ma漢b\x1b[H\x1b[4h\x1b[0m_\x1b[1;5H\x1b[K\x1b7\x1b[8m\x1b8x", None);
        let struck: String = (0..6)
            .filter(|x| buffer[(*x, 0)].modifier.contains(Modifier::CROSSED_OUT))
            .map(|x| buffer[(x, 0)].symbol())
            .collect();
        assert_eq!(struck, "a漢");
        assert_eq!((buffer[(4, 0)].symbol(), buffer[(4, 0)].modifier), ("x", Modifier::empty()));
    }

    #[test]
    fn erased_cells_keep_only_the_background() {
        let buffer = painted("\x1b[7;4;31;44m\x1b[2K", None);
        let cell = &buffer[(3, 0)];
        assert_eq!((cell.bg, cell.fg), (Color::Indexed(4), Color::Reset));
        assert_eq!(cell.modifier, Modifier::empty());
    }

    #[test]
    fn wide_and_broken_characters_and_selections() {
        let selection = Selection::between(
            crate::emulator::Position { line: 0, col: 1 },
            crate::emulator::Position { line: 0, col: 2 },
        );
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 2));
        let mut pane = Pane::new(Size::new(6, 2), Traits::default());
        pane.feed("漢a\u{fffd}".as_bytes(), &mut Fed::default());
        pane.feed(b"\xff", &mut Fed::default());
        pane.paint(buffer.area, &mut buffer, Some(&selection));
        let symbols: Vec<&str> = (0..5).map(|x| buffer[(x, 0)].symbol()).collect();
        assert_eq!(symbols, ["漢", " ", "a", "\u{fffd}", "\u{fffd}"]);
        let inverse: Vec<bool> =
            (0..4).map(|x| buffer[(x, 0)].modifier.contains(Modifier::REVERSED)).collect();
        assert_eq!(inverse, [false, true, true, false]);
    }
}
