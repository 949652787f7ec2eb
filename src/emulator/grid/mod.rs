//! vt100 behind a guard: sequences that it lacks become sequences that it has.
//!
//! Every byte that reaches vt100 goes through `Grid::process`, whole characters and whole sequences
//! at a time, and a panic in there ends in a rebuilt grid instead of a dead program. What vt100
//! understands well is not looked at twice (`skim`).

mod charset;
mod edit;
mod emoji;
mod motion;
mod screens;
mod sgr;
mod skim;
mod tabs;
mod text;

use std::borrow::Cow;
use std::io::Write;
use std::num::NonZeroU16;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::marks::{Extra, Mark, Marks};
use super::params::Csi;
use crate::model::Size;
use charset::Charsets;
pub(super) use emoji::Emoji;
use screens::{Margins, Screens};
use sgr::Pen;
use tabs::Tabs;

/// Rows of history. A client on the main screen writes some hundred rows per answer, and the whole
/// conversation is in the transcript anyway; more rows would cost memory in every run (a full one
/// of 160 columns takes 5 KiB).
pub(super) const HISTORY_ROWS: usize = 2_000;

/// Smallest width: vt100 panics on wide characters in a single column.
const COLS_MIN: u16 = 2;

/// Largest sides. Beyond what any display shows; they bound the memory that a size can ask for.
const COLS_MAX: u16 = 1_000;
const ROWS_MAX: u16 = 500;

/// Stands in the grid for U+FFFD, which vt100 refuses to store; painting turns it back. It is the
/// last private-use character, one column wide.
const REPLACEMENT_STAND_IN: &str = "\u{10fffd}";

/// The cells of the pane and everything that decides where and how text goes into them.
pub(super) struct Grid {
    vt: vt100::Parser<Departed>,
    size: Size,
    emoji: Emoji,
    tabs: Tabs,
    charsets: Charsets,
    margins: Margins,
    screens: Screens,
    insert: bool,
    newline: bool,
    autowrap: bool,
    /// What text is written with beside what vt100 keeps, and the mark that says so.
    extra: Extra,
    mark: Option<char>,
    marks: Marks,
    scratch: Vec<u8>,
    rebuilds: u32,
}

/// Counts the rows that have left the history for good, so that lines keep their number.
#[derive(Debug, Default)]
struct Departed {
    rows: u64,
}

impl vt100::Callbacks for Departed {
    fn on_scroll(&mut self, _: vt100::capture::RowContents<'_>, alternate_screen: bool) {
        self.rows += u64::from(!alternate_screen);
    }
}

impl Grid {
    pub(super) fn new(size: Size, emoji: Emoji) -> Self {
        let size = clamped(size);
        Self {
            vt: parser(size, Departed::default()),
            size,
            emoji,
            tabs: Tabs::default(),
            charsets: Charsets::default(),
            margins: Margins::none(size),
            screens: Screens::default(),
            insert: false,
            newline: false,
            autowrap: true,
            extra: Extra::default(),
            mark: None,
            marks: Marks::default(),
            scratch: Vec::new(),
            rebuilds: 0,
        }
    }

    /// The cells.
    pub(super) fn screen(&self) -> &vt100::Screen {
        self.vt.screen()
    }

    /// The cells, to move the view; never to change what is drawn.
    pub(super) fn screen_mut(&mut self) -> &mut vt100::Screen {
        self.vt.screen_mut()
    }

    /// The size in use, which is the asked one within limits.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Rows that have left the history.
    pub(super) fn departed(&self) -> u64 {
        self.vt.callbacks().rows
    }

    /// How often a panic made a new grid.
    pub(super) fn rebuilds(&self) -> u32 {
        self.rebuilds
    }

    /// Row and column of the cursor; the column is the width while a wrap is pending.
    pub(super) fn cursor(&self) -> (u16, u16) {
        self.vt.screen().cursor_position()
    }

    /// Changes the size. Lines are cut or padded: clients repaint themselves.
    pub(super) fn resize(&mut self, size: Size) {
        let size = clamped(size);
        self.size = size;
        self.margins = Margins { origin: self.margins.origin, ..Margins::none(size) };
        let (rows, cols) = sides(size);
        self.guarded(|vt| vt.set_size(rows, cols));
    }

    /// Hands bytes to vt100. They must be whole characters and sequences.
    pub(super) fn process(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.guarded(|vt| vt.process(bytes));
        }
    }

    /// Writes a sequence of our own.
    fn say(&mut self, sequence: std::fmt::Arguments<'_>) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        // Writing to a Vec cannot fail.
        let _ = scratch.write_fmt(sequence);
        self.process(&scratch);
        self.scratch = scratch;
    }

    fn guarded(&mut self, action: impl FnOnce(&mut vt100::Parser<Departed>)) {
        if catch_unwind(AssertUnwindSafe(|| action(&mut self.vt))).is_err() {
            self.rebuild();
        }
    }

    /// After a panic: a new grid of the same size with what the old one still shows, as far as it
    /// can be read. The history is lost, and the caller has the child repaint.
    fn rebuild(&mut self) {
        self.rebuilds += 1;
        let screen = self.vt.screen();
        let left = self.vt.callbacks().rows + screen.scrollback_len() as u64;
        let alternate = screen.alternate_screen();
        let picture = catch_unwind(AssertUnwindSafe(|| screen.state_formatted()));
        let restored = catch_unwind(AssertUnwindSafe(|| {
            let mut vt = parser(self.size, Departed { rows: left });
            if alternate {
                vt.process(b"\x1b[?47h");
            }
            vt.process(picture.unwrap_or_default().as_bytes());
            vt
        }));
        self.vt = restored.unwrap_or_else(|_| parser(self.size, Departed { rows: left }));
        self.margins = Margins::none(self.size);
    }

    /// A sequence that draws or moves. Returns false for one that is no business of the grid.
    pub(super) fn csi(&mut self, csi: &Csi, raw: &[u8]) -> bool {
        match csi.kind() {
            (0, 0, b'A' | b'B' | b'D') if self.moves_plainly() => self.process(raw),
            (0, 0, b'A' | b'B' | b'D' | b'E' | b'F' | b'e' | b'a' | b'd' | b'I' | b'Z' | b'g') => {
                self.motion(csi);
            }
            (0, 0, b'C' | b'G' | b'H' | b'K' | b'f' | b'`') => self.process(raw),
            (0, 0, b'r') => self.set_margins(csi),
            (0, 0, b's') if csi.params().is_empty() => self.save_cursor(),
            (0, 0, b'u') if csi.params().is_empty() => self.restore_cursor(),
            (0, 0, b'b') => self.repeat(csi.count(0)),
            // Five parameters are mouse tracking that nobody uses.
            (0, 0, b'T') if csi.params().len() > 1 => return false,
            (0, 0, b'@' | b'P' | b'X' | b'J' | b'L' | b'M' | b'S' | b'T')
            | (0, b' ', b'@' | b'A')
            | (0, b'\'', b'}' | b'~') => self.edit(csi),
            _ => return false,
        }
        true
    }

    /// Colours and attributes. Returns how many of them are not known.
    pub(super) fn sgr(&mut self, raw: &[u8]) -> u64 {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let weight = Pen::of(self.screen()).weight;
        let mut extra = self.extra;
        let unknown = sgr::rewrite(&raw[2..raw.len() - 1], &mut scratch, &mut extra, weight);
        self.process(&scratch);
        self.scratch = scratch;
        self.write_with(extra);
        unknown
    }

    /// From now on text has these attributes beside those that vt100 keeps.
    fn write_with(&mut self, extra: Extra) {
        if extra != self.extra {
            self.extra = extra;
            let plain = extra == Extra::default();
            self.mark = if plain { None } else { self.marks.of(Mark::Extra(extra)) };
        }
    }

    /// The screen and its state as bytes, without marks.
    pub(super) fn picture(&self) -> String {
        self.marks.read(&self.screen().state_formatted()).0.into_owned()
    }

    /// The text of a cell, and its attributes beside those that vt100 keeps.
    pub(super) fn read<'a>(&self, cell: &'a vt100::Cell) -> (Cow<'a, str>, Extra) {
        match cell.contents() {
            REPLACEMENT_STAND_IN => (Cow::Borrowed("\u{fffd}"), Extra::default()),
            contents => self.marks.read(contents),
        }
    }

    /// The text of some cells of a row.
    pub(super) fn read_row(&self, mut row: String) -> String {
        // All that stands for something else is beyond what is common: one look at the bytes tells.
        if memchr::memchr2(0xf3, 0xf4, row.as_bytes()).is_some() {
            row = self.marks.read(&row).0.replace(REPLACEMENT_STAND_IN, "\u{fffd}");
        }
        row
    }

    /// An escape sequence without its ESC. Returns false for one that is not known.
    pub(super) fn escape(&mut self, sequence: &[u8]) -> bool {
        match *sequence {
            [b'7'] => self.save_cursor(),
            [b'8'] => self.restore_cursor(),
            [b'D'] => self.index(),
            [b'E'] => {
                self.process(b"\r");
                self.index();
            }
            [b'H'] => self.tabs.set(self.column(), self.size.cols),
            [b'M'] => self.reverse_index(),
            [b'6'] => self.back_index(),
            [b'9'] => self.forward_index(),
            [b'c'] => self.reset(),
            [b'n'] => self.charsets.shift_to(2),
            [b'o'] => self.charsets.shift_to(3),
            [b'#', b'8'] => self.alignment_pattern(),
            [slot @ b'('..=b'+', name] => self.charsets.designate(usize::from(slot - b'('), name),
            // The end of a string, and the choice of UTF-8: nothing to do.
            [b'\\'] | [b'%' | b' ', _] => {}
            _ => return false,
        }
        true
    }

    /// A C0 control other than CR, LF and HT.
    pub(super) fn control(&mut self, byte: u8) {
        match byte {
            0x08 => {
                self.unpend();
                self.process(b"\x08");
            }
            0x0b | 0x0c => self.line_feed(),
            0x0e => self.charsets.shift_to(1),
            0x0f => self.charsets.shift_to(0),
            _ => {}
        }
    }

    /// Everything as at the start. The size stays.
    fn reset(&mut self) {
        let rebuilds = self.rebuilds;
        let left = self.departed() + self.screen().scrollback_len() as u64;
        *self = Self::new(self.size, self.emoji);
        self.vt.callbacks_mut().rows = left;
        self.rebuilds = rebuilds;
    }
}

fn parser(size: Size, departed: Departed) -> vt100::Parser<Departed> {
    let (rows, cols) = sides(size);
    vt100::Parser::new_with_callbacks(rows, cols, HISTORY_ROWS, departed)
}

fn clamped(size: Size) -> Size {
    Size::new(size.cols.clamp(COLS_MIN, COLS_MAX), size.rows.clamp(1, ROWS_MAX))
}

fn sides(size: Size) -> (NonZeroU16, NonZeroU16) {
    let side = |n| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
    (side(size.rows), side(size.cols))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_panic_the_grid_shows_what_it_showed() {
        let mut grid = Grid::new(Size::new(20, 3), Emoji::default());
        grid.text(b"one\r\ntwo\r\nthree\r\nfour");
        grid.guarded(|_| panic!("a bug in the grid"));
        // The history is gone, and its line keeps its number.
        assert_eq!((grid.rebuilds(), grid.departed()), (1, 1));
        assert_eq!(grid.screen().contents(), "two\nthree\nfour");
        grid.process(b"\x1b[?47h\x1b[1;1Hbefore");
        grid.guarded(|_| panic!("a bug in the grid"));
        assert!(grid.screen().alternate_screen());
        grid.text(b" after");
        assert_eq!(grid.screen().contents(), "before after");
    }
}
