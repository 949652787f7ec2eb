//! The pane: bytes of the child in; cells, answers, forwards and modes out.

use super::activity::Signs;
use super::grid::{Emoji, Grid};
use super::keyboard::Keyboard;
use super::lexer::{Lexer, Token};
use super::modes::{CursorShape, Modes};
use super::params::Csi;
use super::traits::Traits;
use crate::model::{Activity, Size};

/// Most bytes of replies per feed. A client asks for some hundred bytes at start; a stream made of
/// nothing but questions must not fill the memory.
const REPLIES_MAX: usize = 64 * 1024;

/// What came of feeding bytes, beside the cells. The caller empties it before the next feed.
#[derive(Debug, Default)]
pub struct Fed {
    /// Answers, for the child's input.
    pub replies: Vec<u8>,
    /// Whole sequences for the host terminal.
    pub forwards: Vec<u8>,
    /// The child rang the bell.
    pub bell: bool,
    /// Blocks of synchronized output that ended.
    pub frames: u32,
    /// A panic in the grid made a new one: the child should repaint.
    pub rebuilt: bool,
}

impl Fed {
    /// Empties it and keeps its buffers.
    pub fn clear(&mut self) {
        self.replies.clear();
        self.forwards.clear();
        *self = Self {
            replies: std::mem::take(&mut self.replies),
            forwards: std::mem::take(&mut self.forwards),
            ..Self::default()
        };
    }
}

/// A terminal for one child.
pub struct Pane {
    pub(super) grid: Grid,
    pub(super) traits: Traits,
    pub(super) title: String,
    pub(super) signs: Signs,
    lexer: Lexer,
    modes: Modes,
    keyboard: Keyboard,
    in_sync: bool,
    unknown: u64,
}

impl Pane {
    /// An empty terminal of `size` (within limits) that has the host's traits.
    pub fn new(size: Size, traits: Traits) -> Self {
        Self {
            grid: Grid::new(size, Emoji::of(&traits)),
            traits,
            title: String::new(),
            signs: Signs::default(),
            lexer: Lexer::default(),
            modes: Modes::default(),
            keyboard: Keyboard::default(),
            in_sync: false,
            unknown: 0,
        }
    }

    /// Takes what the child wrote, cut anywhere. Adds to `fed`.
    pub fn feed(&mut self, bytes: &[u8], fed: &mut Fed) {
        let rebuilds = self.grid.rebuilds();
        let mut lexer = std::mem::take(&mut self.lexer);
        // What lies between `passed` and `at` is for vt100 as it is.
        let (mut passed, mut at) = (0, 0);
        while at < bytes.len() {
            if lexer.is_between_tokens() {
                at += self.grid.skim(&bytes[at..]);
                if at == bytes.len() {
                    break;
                }
            }
            self.grid.process(&bytes[passed..at]);
            let step = lexer.next(&bytes[at..]);
            at += step.used;
            passed = at;
            if let Some(token) = step.token {
                self.act(&token, fed);
            }
        }
        self.grid.process(&bytes[passed..]);
        self.lexer = lexer;
        fed.rebuilt |= self.grid.rebuilds() > rebuilds;
    }

    /// Changes the size. The history view goes back to the live screen.
    pub fn resize(&mut self, size: Size) {
        self.grid.resize(size);
    }

    /// The size in use, which is the asked one within limits.
    pub fn size(&self) -> Size {
        self.grid.size()
    }

    /// The cells.
    pub fn screen(&self) -> &vt100::Screen {
        self.grid.screen()
    }

    /// What the screen shows and the state that it is in, as bytes that bring another terminal there.
    pub fn picture(&self) -> String {
        self.grid.picture()
    }

    /// Column and row of the cursor when it is to be shown.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        let (row, col) = self.grid.cursor();
        let shown = self.modes.cursor_visible && self.scrolled() == 0;
        shown.then(|| (col.min(self.size().cols - 1), row))
    }

    /// The modes that the child has switched.
    pub fn modes(&self) -> &Modes {
        &self.modes
    }

    /// No sequence and no character is begun and not ended.
    pub fn is_between_tokens(&self) -> bool {
        self.lexer.is_between_tokens()
    }

    /// A block of synchronized output is open: the cells are between two frames.
    pub fn in_sync(&self) -> bool {
        self.in_sync
    }

    /// The title that the child gave itself, without control characters.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the child says that it is doing.
    pub fn activity(&self) -> Activity {
        self.signs.activity()
    }

    /// Sequences that were swallowed because nobody here knows them.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// How often a panic of the grid was caught and a new one made.
    pub fn rebuilds(&self) -> u32 {
        self.grid.rebuilds()
    }

    pub(super) fn count_unknown(&mut self, count: u64) {
        self.unknown += count;
    }

    fn act(&mut self, token: &Token<'_>, fed: &mut Fed) {
        let answered = fed.replies.len();
        match token {
            Token::Text(text) => self.grid.text(text),
            Token::Control(0x07) => fed.bell = true,
            Token::Control(byte) => self.grid.control(*byte),
            Token::Escape(raw) => self.escape(&raw[1..]),
            Token::Csi(raw) => self.csi(raw, fed),
            Token::Osc(payload, bell) => self.osc(payload, *bell, fed),
            Token::Swallowed => self.count_unknown(1),
        }
        if fed.replies.len() > REPLIES_MAX {
            fed.replies.truncate(answered);
        }
    }

    fn escape(&mut self, sequence: &[u8]) {
        match sequence {
            b"=" => self.modes.application_keypad = true,
            b">" => self.modes.application_keypad = false,
            _ => {
                let known = self.grid.escape(sequence);
                self.count_unknown(u64::from(!known));
                if sequence == b"c" {
                    self.reset();
                }
            }
        }
    }

    fn csi(&mut self, raw: &[u8], fed: &mut Fed) {
        if raw.ends_with(b"m") && raw[2..raw.len() - 1].iter().all(|b| (b'0'..=b';').contains(b)) {
            let unknown = self.grid.sgr(raw);
            return self.count_unknown(unknown);
        }
        let Some(csi) = Csi::parse(raw) else { return self.count_unknown(1) };
        if csi.kind() == (0, b'!', b'p') {
            self.soft_reset();
        } else if !self.grid.csi(&csi, raw)
            && !self.switch(&csi, fed)
            && !self.query(&csi, &mut fed.replies)
        {
            self.count_unknown(1);
        }
    }

    fn soft_reset(&mut self) {
        self.grid.soft_reset();
        self.modes.cursor_visible = true;
        self.modes.application_cursor = false;
        self.modes.application_keypad = false;
    }

    /// Sequences that switch modes. Returns false for one that does not.
    fn switch(&mut self, csi: &Csi, fed: &mut Fed) -> bool {
        let alternate = self.modes.alternate_screen;
        match csi.kind() {
            (b'?', 0, last @ (b'h' | b'l')) => {
                for mode in csi.params() {
                    self.private_mode(*mode, last == b'h', fed);
                }
            }
            (0, 0, last @ (b'h' | b'l')) => {
                for mode in csi.params() {
                    let known = self.grid.ansi_mode(*mode, last == b'h');
                    self.count_unknown(u64::from(!known));
                }
            }
            (b'>', 0, b'u') => self.keyboard.push(alternate, csi.get(0)),
            (b'<', 0, b'u') => self.keyboard.pop(alternate, csi.count(0)),
            (b'=', 0, b'u') => self.keyboard.set(alternate, csi.get(0), csi.get(1)),
            (b'>', 0, b'm') if csi.get(0) == 4 => {
                self.modes.modify_other_keys = csi.get(1).min(3) as u8;
            }
            (0, b' ', b'q') if csi.get(0) <= 6 => {
                self.modes.cursor_shape = CursorShape(csi.get(0) as u8);
            }
            _ => return false,
        }
        self.modes.keyboard = self.keyboard.flags(self.modes.alternate_screen);
        true
    }

    fn private_mode(&mut self, mode: u16, on: bool, fed: &mut Fed) {
        if mode == 2026 {
            fed.frames += u32::from(self.in_sync && !on);
            self.in_sync = on;
        } else if self.grid.private_mode(mode, on) {
            self.modes.alternate_screen = self.grid.screen().alternate_screen();
        } else if !self.modes.set(mode, on) {
            self.count_unknown(1);
        }
    }

    fn reset(&mut self) {
        self.modes = Modes::default();
        self.keyboard = Keyboard::default();
        self.in_sync = false;
    }
}
