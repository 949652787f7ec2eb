//! What belongs to the main and to the alternate screen, and the ways between them.

use super::Grid;
use super::charset::Charsets;
use crate::model::Size;

/// Scroll margins, origin mode and the saved cursor's share of them, for both screens.
#[derive(Debug)]
pub(super) struct PerScreen {
    both: [OneScreen; 2],
    /// SGR that brings back the attributes of the main screen after `?1049l`.
    attributes: Vec<u8>,
}

/// The state of one screen that vt100 keeps without showing it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OneScreen {
    /// First and last row that scroll.
    pub(super) top: u16,
    pub(super) bottom: u16,
    /// Row 1 is the top margin.
    pub(super) origin: bool,
    saved_origin: bool,
    saved_charsets: Charsets,
}

impl PerScreen {
    pub(super) fn new(size: Size) -> Self {
        let mut new = Self { both: [OneScreen::default(); 2], attributes: Vec::new() };
        new.reset_margins(size);
        new
    }

    pub(super) fn reset_margins(&mut self, size: Size) {
        for screen in &mut self.both {
            (screen.top, screen.bottom) = (0, size.rows - 1);
        }
    }
}

impl Grid {
    /// The state of the screen in use.
    pub(super) fn here(&mut self) -> &mut OneScreen {
        let alternate = self.screen().alternate_screen();
        &mut self.per_screen.both[usize::from(alternate)]
    }

    pub(super) fn save_cursor(&mut self) {
        let charsets = self.charsets;
        let here = self.here();
        here.saved_origin = here.origin;
        here.saved_charsets = charsets;
        self.process(b"\x1b7");
    }

    pub(super) fn restore_cursor(&mut self) {
        let here = self.here();
        here.origin = here.saved_origin;
        self.charsets = here.saved_charsets;
        self.process(b"\x1b8");
    }

    /// A private mode that draws or moves. Returns false when `mode` is none.
    pub(in super::super) fn private_mode(&mut self, mode: u16, on: bool) -> bool {
        match (mode, on) {
            (3, _) => self.change_columns(),
            (6, _) => {
                self.here().origin = on;
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
            (true, 6) => Some(self.per_screen.both[usize::from(alternate)].origin),
            (true, 7) => Some(self.autowrap),
            (true, 47 | 1047 | 1049) => Some(alternate),
            _ => None,
        }
    }

    /// First row of the margins when rows count from there, else 0.
    pub(in super::super) fn origin_row(&self) -> u16 {
        let alternate = self.screen().alternate_screen();
        let here = self.per_screen.both[usize::from(alternate)];
        if here.origin { here.top } else { 0 }
    }

    /// Changes the screen; the cursor stays where it is, which vt100 forgets.
    fn switch(&mut self, alternate: bool) {
        if alternate == self.screen().alternate_screen() {
            return;
        }
        let (row, col) = self.cursor();
        self.process(if alternate { b"\x1b[?47h" } else { b"\x1b[?47l" });
        self.go(row, col);
    }

    fn enter_alternate(&mut self) {
        if self.screen().alternate_screen() {
            return;
        }
        let (row, col) = self.cursor();
        self.per_screen.attributes = self.screen().attributes_formatted().into_bytes();
        self.save_cursor();
        self.process(b"\x1b[?1049h");
        let bottom = self.size.rows - 1;
        *self.here() = OneScreen { bottom, ..OneScreen::default() };
        self.go(row, col);
    }

    fn leave_alternate(&mut self) {
        if !self.screen().alternate_screen() {
            return;
        }
        self.process(b"\x1b[?1049l");
        let here = self.here();
        here.origin = here.saved_origin;
        self.charsets = here.saved_charsets;
        let attributes = std::mem::take(&mut self.per_screen.attributes);
        self.process(&attributes);
    }

    /// DECCOLM cannot change the width of a pane, but it also clears it.
    fn change_columns(&mut self) {
        let size = self.size;
        let here = self.here();
        (here.top, here.bottom) = (0, size.rows - 1);
        self.process(b"\x1b[r\x1b[2J\x1b[H");
    }

    /// DECSTR: modes and attributes as at the start; cells and cursor stay.
    pub(in super::super) fn soft_reset(&mut self) {
        let (row, col) = self.cursor();
        self.insert = false;
        self.autowrap = true;
        self.charsets = Charsets::default();
        let bottom = self.size.rows - 1;
        *self.here() = OneScreen { bottom, ..OneScreen::default() };
        self.process(b"\x1b[?6l\x1b[r\x1b[m\x1b7");
        self.go(row, col);
    }
}
