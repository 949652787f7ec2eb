//! Whether something stands in the client's composer that was not sent, as far as keys tell. Pure.
//!
//! What cannot be told counts as a draft: a question in vain costs one key, a lost draft costs work.

use std::time::{Duration, Instant};

use super::keys::{self, Key, Stroke};
use crate::host::reply::{self, Cut};

/// The key that suspends a program.
const SUSPEND: Key = Key::Ctrl(b'z');
/// The key that takes away what stands before the cursor in its line.
const KILL_LINE: Key = Key::Ctrl(b'u');
/// The key that clears the composer of a client that does nothing.
const INTERRUPT: Key = Key::Ctrl(b'c');
/// Time within which a second Esc clears Claude Code's composer; it says so for 800 ms.
const ESC_TWICE: Duration = Duration::from_millis(700);

/// What one key means to a composer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// One more character.
    Character,
    /// A new line in the draft.
    NewLine,
    /// The character before the cursor goes.
    Backspace,
    /// What stands before the cursor in its line goes.
    KillLine,
    /// Ctrl+C: at rest, everything goes.
    Interrupt,
    /// Esc: twice, in Claude Code, everything goes.
    Escape,
    /// It is sent.
    Send,
    /// The client is told to stop, as one does to get back to the shell.
    Suspend,
    /// Tab: in some clients it sends, in others it completes what stands there.
    Tab,
    /// Something else: the cursor may stand elsewhere, and the draft be another.
    Other,
}

impl Edit {
    /// Whether somebody may begin with it what they will send: text, or an older draft that they
    /// call back; not what only takes something away.
    pub fn begins(self) -> bool {
        matches!(self, Self::Character | Self::NewLine | Self::Send | Self::Tab | Self::Other)
    }
}

/// What a key does depends on who gets it.
#[derive(Debug, Clone, Copy)]
pub struct Composer {
    /// The client does nothing: its keys go to the composer.
    pub is_idle: bool,
    /// Esc twice clears it.
    pub escapes: bool,
}

/// What stands in a composer, as far as it is known.
#[derive(Debug, Default)]
pub struct Draft {
    text: Text,
    escaped: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Text {
    #[default]
    Nothing,
    /// This many characters, the cursor behind them, and whether they are one line.
    Counted(usize, bool),
    /// Nobody knows how much; the cursor is at the end of its only line.
    Line,
    Unknown,
}

impl Draft {
    /// Whether something may stand there.
    pub fn is_there(&self) -> bool {
        self.text != Text::Nothing
    }

    /// Something was pasted. Clients show a long paste as one sign: it is not counted.
    pub fn pasted(&mut self, bytes: &[u8]) {
        let is_line = !bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        self.text = match self.text {
            Text::Nothing | Text::Line | Text::Counted(_, true) if is_line => Text::Line,
            _ => Text::Unknown,
        };
        self.escaped = None;
    }

    /// A key was pressed.
    pub fn on(&mut self, edit: Edit, composer: Composer, now: Instant) {
        let escaped = self.escaped.take();
        self.text = match (edit, self.text) {
            (Edit::Send, _)
            | (Edit::Backspace, Text::Counted(0 | 1, _))
            | (Edit::KillLine, Text::Counted(_, true) | Text::Line) => Text::Nothing,
            (Edit::Interrupt, _) if composer.is_idle => Text::Nothing,
            (Edit::Escape, text) if composer.is_idle && composer.escapes => {
                let is_twice = escaped.is_some_and(|at| now < at + ESC_TWICE);
                self.escaped = (!is_twice).then_some(now);
                if is_twice { Text::Nothing } else { text }
            }
            (Edit::Character, Text::Nothing) => Text::Counted(1, true),
            (Edit::Character, Text::Counted(n, is_line)) => Text::Counted(n + 1, is_line),
            (Edit::NewLine, Text::Nothing) => Text::Counted(1, false),
            (Edit::NewLine, Text::Counted(n, _)) => Text::Counted(n + 1, false),
            (Edit::Backspace, Text::Counted(n, is_line)) => Text::Counted(n - 1, is_line),
            (Edit::NewLine, _)
            | (Edit::KillLine, Text::Counted(..))
            | (Edit::Tab | Edit::Other, Text::Counted(..) | Text::Line) => Text::Unknown,
            (_, text) => text,
        };
    }
}

/// What bytes for the child mean to its composer, one key after the other: Enter in the legacy
/// encoding or the kitty protocol's sends, with Shift or Alt it is text as anything else.
pub fn edits(mut bytes: &[u8]) -> impl Iterator<Item = Edit> {
    std::iter::from_fn(move || {
        while !bytes.is_empty() {
            let len = match reply::cut(bytes) {
                Cut::Whole(len) => len,
                Cut::Open => bytes.len(),
            };
            let (sequence, rest) = bytes.split_at(len);
            bytes = rest;
            if let Some(edit) = edit(sequence) {
                return Some(edit);
            }
        }
        None
    })
}

fn edit(sequence: &[u8]) -> Option<Edit> {
    if !keys::is_typing(sequence) {
        return None;
    }
    let keys =
        [(SUSPEND, Edit::Suspend), (KILL_LINE, Edit::KillLine), (INTERRUPT, Edit::Interrupt)];
    let is_it = |key: Key| key.matches(sequence) == Some(Stroke::Press);
    if let Some((_, edit)) = keys.into_iter().find(|(key, _)| is_it(*key)) {
        return Some(edit);
    }
    if matches!(sequence, b"\r" | b"\x1b[13u" | b"\x1b[13;1u" | b"\x1b[13;1:1u") {
        return Some(Edit::Send);
    }
    match keys::character(sequence) {
        Some(('\u{1b}', _)) => Some(Edit::Escape),
        Some(('\u{7f}' | '\u{8}', _)) => Some(Edit::Backspace),
        Some(('\r', _)) => Some(Edit::NewLine),
        Some(('\t', _)) => Some(Edit::Tab),
        Some(_) => Some(Edit::Character),
        None => control(sequence),
    }
}

/// Keys that are no single character.
fn control(sequence: &[u8]) -> Option<Edit> {
    match sequence {
        b"\x1b" => Some(Edit::Escape),
        b"\t" => Some(Edit::Tab),
        b"\x7f" | b"\x08" => Some(Edit::Backspace),
        // The bytes behind the first one of a character.
        [0x80..=0xbf, ..] => None,
        [first, ..] if *first >= 0xc0 => Some(Edit::Character),
        [.., b'\r'] => Some(Edit::NewLine),
        _ => Some(Edit::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAUDE: Composer = Composer { is_idle: true, escapes: true };

    /// Whether something stands there after these keys, which come one after the other.
    fn is_left(keys: &str, composer: Composer) -> bool {
        let (mut draft, now) = (Draft::default(), Instant::now());
        edits(keys.as_bytes()).for_each(|edit| draft.on(edit, composer, now));
        draft.is_there()
    }

    #[test]
    fn enter_sends_and_everything_else_is_a_draft() {
        let read = |keys: &str| edits(keys.as_bytes()).collect::<Vec<_>>();
        for sent in ["\r", "\u{1b}[13u", "\u{1b}[13;1:1u"] {
            assert_eq!(read(sent), [Edit::Send], "{sent:?}");
        }
        for stop in ["\u{1a}", "\u{1b}[122;5u"] {
            assert_eq!(read(stop), [Edit::Suspend], "{stop:?}");
        }
        for text in ["a", "é", "👩", "\u{1b}[97u"] {
            assert_eq!(read(text), [Edit::Character], "{text:?}");
        }
        for line in ["\u{1b}\r", "\u{1b}[13;2u"] {
            assert_eq!(read(line), [Edit::NewLine], "{line:?}");
        }
        for tab in ["\t", "\u{1b}[9u", "\u{1b}[9;1:1u"] {
            assert_eq!(read(tab), [Edit::Tab], "{tab:?}");
        }
        assert_eq!(read("\u{1b}[A\rb"), [Edit::Other, Edit::Send, Edit::Character]);
        for other in ["\u{1b}[97;1:3u", "\u{1b}[I", "\u{1b}[57441;2u", "\u{1b}[117;5:3u"] {
            assert_eq!(read(other), [], "{other:?}");
        }
    }

    #[test]
    fn what_was_cleared_is_no_draft() {
        for cleared in [
            "",
            "hello\u{15}",
            "hello\u{1b}[117;5u",
            "hello\u{3}",
            "two\u{1b}\rlines\u{3}",
            "abc\u{7f}\u{7f}\u{7f}\u{7f}",
            "äb\u{7f}\u{8}",
            "ab\u{1b}[127u\u{1b}[127u",
            "hello\u{1b}[D\u{1b}[27u\u{1b}[27u",
            "\u{1b}[27u",
            "\u{1b}[A",
            "sent\r",
        ] {
            assert!(!is_left(cleared, CLAUDE), "{cleared:?}");
        }
    }

    #[test]
    fn what_may_still_stand_there_is_a_draft() {
        let busy = Composer { is_idle: false, escapes: true };
        let codex = Composer { is_idle: true, escapes: false };
        for (keys, composer) in [
            ("hello\u{7f}", CLAUDE),
            // The cursor stands somewhere in it.
            ("hello\u{1b}[D\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}", CLAUDE),
            ("hello\u{1b}[D\u{15}", CLAUDE),
            ("two\u{1b}\rlines\u{15}", CLAUDE),
            // It stops the turn.
            ("hello\u{3}", busy),
            ("hello\u{1b}[27u\u{1b}[27u", codex),
            ("hello\u{1b}[27u", CLAUDE),
            ("hello\u{1b}[27ux\u{1b}[27u", CLAUDE),
        ] {
            assert!(is_left(keys, composer), "{keys:?}");
        }
    }

    #[test]
    fn a_paste_is_cleared_as_a_whole_or_not_at_all() {
        let now = Instant::now();
        for (pasted, edit, is_left) in [
            ("one line", Edit::KillLine, false),
            ("one line", Edit::Backspace, true),
            ("two\rlines", Edit::KillLine, true),
            ("two\rlines", Edit::Interrupt, false),
        ] {
            let mut draft = Draft::default();
            draft.pasted(pasted.as_bytes());
            draft.on(edit, CLAUDE, now);
            assert_eq!(draft.is_there(), is_left, "{pasted:?} {edit:?}");
        }
    }

    #[test]
    fn a_second_escape_that_comes_late_is_a_first_one() {
        let (mut draft, now) = (Draft::default(), Instant::now());
        draft.on(Edit::Character, CLAUDE, now);
        draft.on(Edit::Escape, CLAUDE, now);
        draft.on(Edit::Escape, CLAUDE, now + ESC_TWICE);
        assert!(draft.is_there());
        draft.on(Edit::Escape, CLAUDE, now + ESC_TWICE * 3 / 2);
        assert!(!draft.is_there());
    }
}
