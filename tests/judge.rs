//! The independent judge: what alacritty's emulator makes of bytes.

use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::term::{Config, Term, TermMode};
use alacritty_terminal::vte::ansi::{Color, NamedColor, Processor};
use loghop::model::Size;

/// A terminal that nobody here has written.
pub(crate) struct Judge {
    term: Term<VoidListener>,
    parser: Processor,
}

/// What a person sees of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Its text with combining characters.
    pub(crate) text: String,
    /// Colours and attributes, as far as they can be seen on this text.
    pub(crate) look: Look,
}

/// Colours (0 to 255, RGB, or the default) and attributes of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    fg: Ink,
    bg: Ink,
    underline: Ink,
    flags: Flags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Default,
    Index(u8),
    Rgb(u8, u8, u8),
}

impl Look {
    const NONE: Self =
        Self { fg: Ink::Default, bg: Ink::Default, underline: Ink::Default, flags: Flags::empty() };
}

struct Sides(Size);

impl Dimensions for Sides {
    fn total_lines(&self) -> usize {
        self.screen_lines()
    }

    fn screen_lines(&self) -> usize {
        usize::from(self.0.rows)
    }

    fn columns(&self) -> usize {
        usize::from(self.0.cols)
    }
}

impl Judge {
    pub(crate) fn new(size: Size) -> Self {
        let config = Config { scrolling_history: 0, kitty_keyboard: true, ..Config::default() };
        Self { term: Term::new(config, &Sides(size), VoidListener), parser: Processor::new() }
    }

    /// Shows bytes at once: synchronized output is not waited for.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.parser.advance(&mut self.term, bytes);
        self.parser.stop_sync(&mut self.term);
    }

    pub(crate) fn resize(&mut self, size: Size) {
        self.term.resize(Sides(size));
    }

    pub(crate) fn size(&self) -> Size {
        Size::new(self.term.columns() as u16, self.term.screen_lines() as u16)
    }

    /// Column and row of the cursor.
    pub(crate) fn cursor(&self) -> (u16, u16) {
        let point = self.term.grid().cursor.point;
        (point.column.0 as u16, point.line.0 as u16)
    }

    /// All cells, row by row.
    pub(crate) fn cells(&self) -> Vec<Vec<Seen>> {
        let size = self.size();
        let row = |y| (0..size.cols).map(|x| self.cell(x, y)).collect();
        (0..size.rows).map(row).collect()
    }

    /// The first cell that looks otherwise in `other`: its place, and what each shows there.
    pub(crate) fn first_difference(&self, other: &Self) -> Option<(usize, usize, Seen, Seen)> {
        let rows = self.cells().into_iter().zip(other.cells()).enumerate();
        let cells = rows.flat_map(|(y, (ours, theirs))| {
            ours.into_iter().zip(theirs).enumerate().map(move |(x, (a, b))| (x, y, a, b))
        });
        cells.into_iter().find(|(_, _, a, b)| a != b)
    }

    /// The text of each row without blanks at its end.
    pub(crate) fn rows(&self) -> Vec<String> {
        let text = |row: Vec<Seen>| row.into_iter().map(|c| c.text).collect::<String>();
        self.cells().into_iter().map(|row| text(row).trim_end().to_owned()).collect()
    }

    /// Whether the cursor is shown.
    pub(crate) fn shows_cursor(&self) -> bool {
        self.term.mode().contains(TermMode::SHOW_CURSOR)
    }

    fn cell(&self, x: u16, y: u16) -> Seen {
        Seen::of(&self.term.grid()[Line(i32::from(y))][Column(usize::from(x))])
    }
}

impl Seen {
    /// What of a cell a person sees.
    pub(crate) fn of(cell: &Cell) -> Self {
        let spacer = cell.flags.contains(Flags::WIDE_CHAR_SPACER);
        let mut text = String::new();
        if !spacer {
            text.push(if cell.c == '\t' { ' ' } else { cell.c });
            text.extend(cell.zerowidth().unwrap_or_default());
        }
        let drawn =
            Flags::BOLD_ITALIC | Flags::DIM | Flags::INVERSE | Flags::STRIKEOUT | Flags::HIDDEN;
        let flags = cell.flags & (drawn | Flags::ALL_UNDERLINES);
        let underline = cell.underline_color().map_or(Ink::Default, ink);
        let mut look = Look { fg: ink(cell.fg), bg: ink(cell.bg), underline, flags };
        if spacer {
            // It shows the right half of the glyph before it, whose attributes are what counts.
            look = Look::NONE;
        } else if text == " "
            && !flags.intersects(Flags::ALL_UNDERLINES | Flags::INVERSE | Flags::STRIKEOUT)
        {
            // A blank shows neither its colour nor its weight.
            look = Look { bg: look.bg, ..Look::NONE };
        }
        Self { text, look }
    }
}

fn ink(color: Color) -> Ink {
    match color {
        Color::Named(NamedColor::Foreground | NamedColor::Background) => Ink::Default,
        Color::Named(named) => Ink::Index(named as u8),
        Color::Indexed(index) => Ink::Index(index),
        Color::Spec(rgb) => Ink::Rgb(rgb.r, rgb.g, rgb.b),
    }
}
