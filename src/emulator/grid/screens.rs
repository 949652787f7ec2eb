//! What belongs to the main and to the alternate screen, and the ways between them.

use super::Grid;
use super::charset::Charsets;
use crate::emulator::marks::Extra;
use crate::model::Size;

/// The rows that scroll, and whether rows count from there. Both screens share them, as in xterm;
/// vt100 has them for each, so they are set again on the way from one to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Margins {
    /// First row that scrolls.
    pub(super) top: u16,
    /// Last row that scrolls.
    pub(super) bottom: u16,
    /// Row 1 is the top margin.
    pub(super) origin: bool,
}

impl Margins {
    /// The whole screen.
    pub(super) fn none(size: Size) -> Self {
        Self { top: 0, bottom: size.rows - 1, origin: false }
    }
}

/// What is saved with the cursor beside position and attributes, which vt100 saves.
#[derive(Debug, Clone, Copy, Default)]
struct Saved {
    origin: bool,
    charsets: Charsets,
    extra: Extra,
}

/// What is kept for the main and the alternate screen.
#[derive(Debug, Default)]
pub(super) struct Screens {
    saved: [Saved; 2],
    /// What the main screen was left with at `?1049h`.
    left: Option<Left>,
}

#[derive(Debug)]
struct Left {
    margins: Margins,
    /// SGR that brings back the attributes. vt100 has one set of saved attributes for both screens.
    attributes: String,
    extra: Extra,
}

impl Grid {
    pub(super) fn save_cursor(&mut self) {
        let saved =
            Saved { origin: self.margins.origin, charsets: self.charsets, extra: self.extra };
        *self.saved() = saved;
        self.process(b"\x1b7");
    }

    pub(super) fn restore_cursor(&mut self) {
        self.restore_saved();
        self.process(b"\x1b8");
    }

    fn saved(&mut self) -> &mut Saved {
        let alternate = self.screen().alternate_screen();
        &mut self.screens.saved[usize::from(alternate)]
    }

    fn restore_saved(&mut self) {
        let saved = *self.saved();
        self.margins.origin = saved.origin;
        self.charsets = saved.charsets;
        self.write_with(saved.extra);
    }

    /// A private mode that draws or moves. Returns false when `mode` is none.
    pub(in super::super) fn private_mode(&mut self, mode: u16, on: bool) -> bool {
        match (mode, on) {
            (3, _) => self.change_columns(),
            (6, _) => {
                self.margins.origin = on;
                self.process(if on { b"\x1b[?6h" } else { b"\x1b[?6l" });
            }
            (7, _) => self.autowrap = on,
            (47, _) => self.switch(on),
            (1047, true) => self.switch(true),
            (1047, false) => {
                if self.screen().alternate_screen() {
                    self.process(b"\x1b[2J");
                }
                self.switch(false);
            }
            (1048, true) => self.save_cursor(),
            (1048, false) => self.restore_cursor(),
            (1049, true) => self.enter_alternate(),
            (1049, false) => self.leave_alternate(),
            _ => return false,
        }
        true
    }

    /// An ANSI mode (`CSI n h`). Returns false when `mode` is none that is known.
    pub(in super::super) fn ansi_mode(&mut self, mode: u16, on: bool) -> bool {
        match mode {
            4 => self.insert = on,
            20 => self.newline = on,
            _ => return false,
        }
        true
    }

    /// Whether a mode of the grid is on; `None` for other modes.
    pub(in super::super) fn mode_state(&self, private: bool, mode: u16) -> Option<bool> {
        let alternate = self.screen().alternate_screen();
        match (private, mode) {
            (false, 4) => Some(self.insert),
            (false, 20) => Some(self.newline),
            (true, 6) => Some(self.margins.origin),
            (true, 7) => Some(self.autowrap),
            (true, 47 | 1047 | 1049) => Some(alternate),
            _ => None,
        }
    }

    /// First row of the margins when rows count from there, else 0.
    pub(in super::super) fn origin_row(&self) -> u16 {
        if self.margins.origin { self.margins.top } else { 0 }
    }

    /// Changes the screen. Cursor and margins stay as they are, which vt100 forgets.
    fn switch(&mut self, alternate: bool) {
        if alternate == self.screen().alternate_screen() {
            return;
        }
        let (row, col) = self.cursor();
        self.process(if alternate { b"\x1b[?47h" } else { b"\x1b[?47l" });
        self.apply_margins();
        self.go(row, col);
    }

    fn enter_alternate(&mut self) {
        if self.screen().alternate_screen() {
            return;
        }
        let (row, col) = self.cursor();
        let attributes = self.screen().attributes_formatted();
        self.screens.left = Some(Left { margins: self.margins, attributes, extra: self.extra });
        self.save_cursor();
        self.process(b"\x1b[?1049h");
        if self.is_tinted() {
            self.process(b"\x1b[2J");
        }
        self.apply_margins();
        self.go(row, col);
    }

    fn leave_alternate(&mut self) {
        if !self.screen().alternate_screen() {
            return;
        }
        self.process(b"\x1b[?1049l");
        self.restore_saved();
        let Some(left) = self.screens.left.take() else { return };
        if (left.margins.top, left.margins.bottom) != (self.margins.top, self.margins.bottom) {
            let (row, col) = self.cursor();
            self.apply_margins();
            self.go(row, col);
        }
        self.process(left.attributes.as_bytes());
        self.write_with(left.extra);
    }

    /// Tells vt100 the margins; this moves its cursor.
    fn apply_margins(&mut self) {
        let Margins { top, bottom, origin } = self.margins;
        let origin = if origin { 'h' } else { 'l' };
        self.say(format_args!("\x1b[{};{}r\x1b[?6{origin}", top + 1, bottom + 1));
    }

    /// DECCOLM cannot change the width of a pane, but it also clears it.
    fn change_columns(&mut self) {
        self.margins = Margins { origin: self.margins.origin, ..Margins::none(self.size) };
        self.process(b"\x1b[r\x1b[2J\x1b[H");
    }

    /// DECSTR: modes and attributes as at the start; cells and cursor stay.
    pub(in super::super) fn soft_reset(&mut self) {
        let (row, col) = self.cursor();
        self.insert = false;
        self.autowrap = true;
        self.charsets = Charsets::default();
        self.margins = Margins::none(self.size);
        *self.saved() = Saved::default();
        self.write_with(Extra::default());
        self.process(b"\x1b[?6l\x1b[r\x1b[m\x1b7");
        self.go(row, col);
    }
}
