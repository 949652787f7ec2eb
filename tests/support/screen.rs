//! What a terminal shows: an emulator that is not ours, and pictures of it.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use alacritty_terminal::event::{Event, EventListener, WindowSize};
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::term::{Config, Term, TermMode};
use alacritty_terminal::vte::ansi::{Processor, Rgb};

/// The emulator and everything that was drawn on it.
pub struct Grid {
    term: Term<Inbox>,
    inbox: Inbox,
    parser: Processor,
    raw: Vec<u8>,
    title: String,
    size: Size,
}

/// Events of the emulator, collected while it is fed.
#[derive(Clone, Default)]
struct Inbox(Arc<Mutex<Vec<Event>>>);

impl EventListener for Inbox {
    fn send_event(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

/// Columns and rows, as the emulator wants them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

impl Dimensions for Size {
    fn total_lines(&self) -> usize {
        self.rows.into()
    }

    fn screen_lines(&self) -> usize {
        self.rows.into()
    }

    fn columns(&self) -> usize {
        self.cols.into()
    }
}

/// A picture of the terminal at one moment.
#[derive(Debug, Clone)]
pub struct Screen {
    /// The rows, without spaces at their ends.
    pub lines: Vec<String>,
    /// The rows that scrolled away, oldest first.
    pub history: Vec<String>,
    /// The same rows as cells.
    pub cells: Vec<Vec<Cell>>,
    /// Modes that the program set.
    pub modes: TermMode,
    /// Column and row of the cursor.
    pub cursor: (usize, usize),
    /// The window's title.
    pub title: String,
}

impl Screen {
    /// The rows as one text.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// The first columns of the rows as one text.
    pub fn left(&self, cols: usize) -> String {
        let rows = self.cells.iter().map(|row| text_of(&row[..cols.min(row.len())]));
        rows.collect::<Vec<_>>().join("\n")
    }

    /// Scrolled rows and rows as one text.
    pub fn whole(&self) -> String {
        format!("{}\n{}", self.history.join("\n"), self.text())
    }
}

impl Grid {
    /// An empty screen; `kitty` says whether it speaks the kitty keyboard protocol.
    pub fn new(size: Size, kitty: bool) -> Self {
        let config = Config { kitty_keyboard: kitty, ..Config::default() };
        let inbox = Inbox::default();
        let term = Term::new(config, &size, inbox.clone());
        Self { term, inbox, parser: Processor::new(), raw: Vec::new(), title: String::new(), size }
    }

    /// Draws bytes; returns what a terminal would answer.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.raw.extend_from_slice(bytes);
        self.parser.advance(&mut self.term, bytes);
        self.answers()
    }

    fn answers(&mut self) -> Vec<u8> {
        let events = std::mem::take(&mut *self.inbox.0.lock().unwrap());
        let mut replies = String::new();
        for event in events {
            match event {
                Event::PtyWrite(text) => replies += &text,
                // A light grey on black, as terminals are set up.
                Event::ColorRequest(index, format) => {
                    let level = if index == 257 { 0x10 } else { 0xd0 };
                    replies += &format(Rgb { r: level, g: level, b: level });
                }
                Event::TextAreaSizeRequest(format) => {
                    let Size { cols, rows } = self.size;
                    replies += &format(WindowSize {
                        num_lines: rows,
                        num_cols: cols,
                        cell_width: 8,
                        cell_height: 16,
                    });
                }
                Event::Title(title) => self.title = title,
                Event::ResetTitle => self.title.clear(),
                _ => {}
            }
        }
        replies.into_bytes()
    }

    /// Changes the size, as a terminal reflows.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.term.resize(size);
    }

    /// Everything that was fed.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// A picture of it.
    pub fn screen(&mut self) -> Screen {
        // A frame that the program never finished is shown after a while, as terminals do.
        if self.parser.sync_timeout().sync_timeout().is_some_and(|end| end < Instant::now()) {
            self.parser.stop_sync(&mut self.term);
        }
        let grid = self.term.grid();
        let row = |line: i32| -> Vec<Cell> {
            (0..grid.columns()).map(|col| grid[Line(line)][Column(col)].clone()).collect()
        };
        let rows = i32::try_from(grid.screen_lines()).unwrap();
        let scrolled = i32::try_from(grid.history_size()).unwrap();
        let cells: Vec<_> = (0..rows).map(row).collect();
        let point = grid.cursor.point;
        Screen {
            lines: cells.iter().map(|row| text_of(row)).collect(),
            history: (-scrolled..0).map(|line| text_of(&row(line))).collect(),
            cells,
            modes: *self.term.mode(),
            cursor: (point.column.0, usize::try_from(point.line.0).unwrap()),
            title: self.title.clone(),
        }
    }
}

fn text_of(row: &[Cell]) -> String {
    let mut text = String::new();
    let spacer = Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER;
    for cell in row.iter().filter(|c| !c.flags.intersects(spacer)) {
        text.push(cell.c);
        text.extend(cell.zerowidth().unwrap_or_default());
    }
    text.trim_end().to_owned()
}
