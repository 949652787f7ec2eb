//! The modes that a child has switched on, and how the host terminal follows them.

use std::fmt::Write;

/// Which mouse events the child wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mouse {
    /// None.
    #[default]
    Off,
    /// Presses (`?9`).
    Press,
    /// Presses and releases (`?1000`).
    Click,
    /// The same, and motion while a button is down (`?1002`).
    Drag,
    /// The same, and all motion (`?1003`).
    Motion,
}

/// How mouse events are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MouseEncoding {
    /// One byte per number.
    #[default]
    Legacy,
    /// `?1005`.
    Utf8,
    /// `?1006`.
    Sgr,
    /// `?1015`.
    Urxvt,
}

/// The cursor's look, as DECSCUSR numbers it: 0 is the host's own, 1 a blinking block, 2 a block, 3
/// a blinking underline, 4 an underline, 5 a blinking bar, 6 a bar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CursorShape(pub u8);

/// Everything that a child can switch and that the host or the input side must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modes {
    /// Arrow keys send `ESC O` (`?1`).
    pub application_cursor: bool,
    /// The keypad sends escape sequences (`ESC =`).
    pub application_keypad: bool,
    /// The alternate screen is in use.
    pub alternate_screen: bool,
    /// The cursor is shown (`?25`).
    pub cursor_visible: bool,
    /// The cursor's look.
    pub cursor_shape: CursorShape,
    /// Pastes are bracketed (`?2004`).
    pub bracketed_paste: bool,
    /// Focus changes are reported (`?1004`).
    pub focus: bool,
    /// Changes between light and dark are reported (`?2031`).
    pub theme_reports: bool,
    /// The wheel sends arrow keys on the alternate screen (`?1007`).
    pub alternate_scroll: bool,
    /// Mouse events.
    pub mouse: Mouse,
    /// Their encoding.
    pub mouse_encoding: MouseEncoding,
    /// Flags of the kitty keyboard protocol that are in force.
    pub keyboard: u8,
    /// xterm's `modifyOtherKeys` level.
    pub modify_other_keys: u8,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            application_cursor: false,
            application_keypad: false,
            alternate_screen: false,
            cursor_visible: true,
            cursor_shape: CursorShape::default(),
            bracketed_paste: false,
            focus: false,
            theme_reports: false,
            alternate_scroll: false,
            mouse: Mouse::Off,
            mouse_encoding: MouseEncoding::Legacy,
            keyboard: 0,
            modify_other_keys: 0,
        }
    }
}

impl Modes {
    /// The sequences that bring the host from one set of modes to another. What the person's input
    /// depends on is mirrored: keys, paste, focus, theme reports, and mouse motion.
    ///
    /// The host's mouse stays in `?1002` and `?1006` all the time, for the panel; only `?1003`
    /// follows the child. The keyboard protocol takes part when the host has it (`kitty`): one push
    /// when the child wants it, changes in place, one pop. Cursor and screen are drawn, not
    /// mirrored.
    pub fn host_bytes(from: &Self, to: &Self, kitty: bool) -> Vec<u8> {
        let mut out = String::new();
        if kitty {
            match (from.keyboard, to.keyboard) {
                (old, new) if old == new => {}
                (_, 0) => out.push_str("\x1b[<1u"),
                (0, new) => put(&mut out, format_args!("\x1b[>{new}u")),
                (_, new) => put(&mut out, format_args!("\x1b[={new};1u")),
            }
        }
        if from.modify_other_keys != to.modify_other_keys {
            put(&mut out, format_args!("\x1b[>4;{}m", to.modify_other_keys));
        }
        let switches = [
            (1, from.application_cursor, to.application_cursor),
            (2004, from.bracketed_paste, to.bracketed_paste),
            (1004, from.focus, to.focus),
            (2031, from.theme_reports, to.theme_reports),
            (1003, from.mouse == Mouse::Motion, to.mouse == Mouse::Motion),
        ];
        for (mode, _, now) in switches.into_iter().filter(|(_, old, now)| old != now) {
            put(&mut out, format_args!("\x1b[?{mode}{}", if now { 'h' } else { 'l' }));
            if (mode, now) == (1003, false) {
                // In xterm any of the mouse modes switches all of them off.
                out.push_str("\x1b[?1002h");
            }
        }
        if from.application_keypad != to.application_keypad {
            out.push_str(if to.application_keypad { "\x1b=" } else { "\x1b>" });
        }
        out.into_bytes()
    }

    /// Switches a private mode that is kept here. Returns false when it is none of those.
    pub(super) fn set(&mut self, mode: u16, on: bool) -> bool {
        match mode {
            1 => self.application_cursor = on,
            25 => self.cursor_visible = on,
            66 => self.application_keypad = on,
            9 | 1000 | 1002 | 1003 => self.mouse = if on { mouse(mode) } else { Mouse::Off },
            1004 => self.focus = on,
            1005 | 1006 | 1015 => {
                if on {
                    self.mouse_encoding = encoding(mode);
                } else if self.mouse_encoding == encoding(mode) {
                    self.mouse_encoding = MouseEncoding::Legacy;
                }
            }
            1007 => self.alternate_scroll = on,
            2004 => self.bracketed_paste = on,
            2031 => self.theme_reports = on,
            // A cursor that blinks or not: the shape says so.
            12 => {}
            _ => return false,
        }
        true
    }

    /// Whether a private mode is on; `None` when it is not kept here.
    pub(super) fn get(&self, mode: u16) -> Option<bool> {
        Some(match mode {
            1 => self.application_cursor,
            25 => self.cursor_visible,
            66 => self.application_keypad,
            9 | 1000 | 1002 | 1003 => self.mouse == mouse(mode),
            1004 => self.focus,
            1005 | 1006 | 1015 => self.mouse_encoding == encoding(mode),
            1007 => self.alternate_scroll,
            2004 => self.bracketed_paste,
            2031 => self.theme_reports,
            _ => return None,
        })
    }
}

fn mouse(mode: u16) -> Mouse {
    match mode {
        9 => Mouse::Press,
        1000 => Mouse::Click,
        1002 => Mouse::Drag,
        _ => Mouse::Motion,
    }
}

fn encoding(mode: u16) -> MouseEncoding {
    match mode {
        1005 => MouseEncoding::Utf8,
        1006 => MouseEncoding::Sgr,
        _ => MouseEncoding::Urxvt,
    }
}

fn put(out: &mut String, sequence: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(sequence);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(from: &Modes, to: &Modes, kitty: bool) -> String {
        String::from_utf8(Modes::host_bytes(from, to, kitty)).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn the_host_follows_and_comes_back() {
        let off = Modes::default();
        assert_eq!(bytes(&off, &off, true), "");
        let on = Modes {
            keyboard: 7,
            modify_other_keys: 2,
            bracketed_paste: true,
            focus: true,
            mouse: Mouse::Motion,
            application_keypad: true,
            ..off.clone()
        };
        let there = bytes(&off, &on, true);
        assert_eq!(there, "^[>7u^[>4;2m^[?2004h^[?1004h^[?1003h^=");
        let back = bytes(&on, &off, true);
        assert_eq!(back, "^[<1u^[>4;0m^[?2004l^[?1004l^[?1003l^[?1002h^>");
        let other = Modes { keyboard: 5, ..on.clone() };
        assert_eq!(bytes(&on, &other, true), "^[=5;1u");
        assert_eq!(bytes(&on, &other, false), "");
    }

    #[test]
    fn cursor_and_screen_are_not_mirrored() {
        let off = Modes::default();
        let drawn = Modes {
            alternate_screen: true,
            cursor_visible: false,
            cursor_shape: CursorShape(4),
            mouse: Mouse::Click,
            ..off.clone()
        };
        assert_eq!(bytes(&off, &drawn, true), "");
    }

    #[test]
    fn every_mode_that_can_be_set_can_be_asked() {
        for mode in [1, 9, 25, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 2004, 2031] {
            let mut modes = Modes::default();
            assert!(modes.set(mode, true));
            assert_eq!(modes.get(mode), Some(true), "{mode}");
            modes.set(mode, false);
            assert_eq!(modes.get(mode), Some(false), "{mode}");
        }
        assert!(!Modes::default().set(1016, true));
        assert_eq!(Modes::default().get(1016), None);
    }
}
