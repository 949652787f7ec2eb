//! What a terminal sends to a scripted assistant: keys, pastes, and answers to its queries.
//!
//! Legacy and kitty encodings mean the same key; what is not understood is dropped whole, as the
//! real clients do. Nothing is lost when a sequence comes in pieces.

/// Longest sequence or paste that is waited for; more is dropped. A paste of a few megabytes is
/// the most that a composer is ever given.
const HELD_MAX: usize = 8 << 20;

const PASTE_START: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// One thing that was typed or answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// Characters.
    Text(String),
    /// Characters that came as a bracketed paste.
    Paste(String),
    /// Enter.
    Enter,
    /// Backspace.
    Backspace,
    /// Escape alone.
    Escape,
    /// A letter with Ctrl.
    Ctrl(char),
    /// The answer to `CSI 6n`.
    CursorIsAt,
    /// The answer to `CSI ?2026$p`: whether synchronized output is there.
    Synchronized(bool),
}

/// Takes bytes as they come and gives whole keys.
#[derive(Debug, Default)]
pub(super) struct Keys {
    held: Vec<u8>,
}

impl Keys {
    /// Whether an Escape is held that may be the start of something longer.
    pub(super) fn holds_escape(&self) -> bool {
        self.held == b"\x1b"
    }

    /// The held Escape, when nothing came after it for a while.
    pub(super) fn give_up_waiting(&mut self) -> Option<Key> {
        self.holds_escape().then(|| {
            self.held.clear();
            Key::Escape
        })
    }

    /// Reads bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.held.extend_from_slice(bytes);
        let mut keys = Vec::new();
        let mut rest = self.held.as_slice();
        while !rest.is_empty() {
            let Some((key, length)) = next(rest) else { break };
            keys.extend(key);
            rest = &rest[length..];
        }
        let rest = rest.to_vec();
        self.held = if rest.len() > HELD_MAX { Vec::new() } else { rest };
        keys
    }
}

/// The first key and its length in bytes; `None` when more bytes are needed.
fn next(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    match bytes[0] {
        0x1b => escape(bytes),
        b'\r' => Some((Some(Key::Enter), 1)),
        0x7f | 0x08 => Some((Some(Key::Backspace), 1)),
        control @ 1..=26 => Some((Some(Key::Ctrl((b'a' + control - 1).into())), 1)),
        0..0x20 => Some((None, 1)),
        _ => text(bytes),
    }
}

/// Characters up to the next control; a character that is cut off waits for its rest.
fn text(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let end = bytes.iter().position(|b| *b < 0x20 || *b == 0x7f).unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => Some((Some(Key::Text(text.to_owned())), end)),
        Err(error) if error.valid_up_to() > 0 => {
            let text = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            Some((Some(Key::Text(text)), error.valid_up_to()))
        }
        Err(error) => error.error_len().map(|length| (None, length)),
    }
}

fn escape(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    match bytes.get(1)? {
        b'[' if bytes.starts_with(PASTE_START) => paste(bytes),
        b'[' => {
            let body = &bytes[2..];
            let end = body.iter().position(|b| (0x40..=0x7e).contains(b))?;
            let parameters = String::from_utf8_lossy(&body[..end]);
            Some((sequence(&parameters, body[end]), end + 3))
        }
        b'O' => bytes.get(2).map(|_| (None, 3)),
        b']' | b'P' | b'_' | b'^' => answer_string(bytes),
        _ => Some((Some(Key::Escape), 1)),
    }
}

/// A string answer (colours, names) up to BEL or ST: the clients only need that it came.
fn answer_string(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let bell = bytes.iter().position(|b| *b == 0x07).map(|at| at + 1);
    let st = bytes.windows(2).skip(1).position(|w| w == b"\x1b\\").map(|at| at + 3);
    bell.into_iter().chain(st).min().map(|length| (None, length))
}

fn paste(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let body = &bytes[PASTE_START.len()..];
    let end = memchr::memmem::find(body, PASTE_END)?;
    let text = String::from_utf8_lossy(&body[..end]).into_owned();
    Some((Some(Key::Paste(text)), PASTE_START.len() + end + PASTE_END.len()))
}

fn sequence(parameters: &str, last: u8) -> Option<Key> {
    match last {
        b'R' => Some(Key::CursorIsAt),
        b'y' if parameters.starts_with("?2026;") => Some(Key::Synchronized(matches!(
            parameters.trim_end_matches('$'),
            "?2026;1" | "?2026;2"
        ))),
        b'u' => kitty(parameters),
        _ => None,
    }
}

/// `CSI code ; modifiers : event ; text u`. Releases are no keys.
fn kitty(parameters: &str) -> Option<Key> {
    let mut fields = parameters.split(';');
    let code: u32 = fields.next()?.split(':').next()?.parse().ok()?;
    let mut how = fields.next().unwrap_or("1").split(':');
    let modifiers: u32 = how.next().and_then(|m| m.parse().ok()).unwrap_or(1);
    let released = how.next() == Some("3");
    let letter = char::from_u32(code)?;
    match (code, modifiers.saturating_sub(1)) {
        _ if released => None,
        (13, 0) => Some(Key::Enter),
        (27, 0) => Some(Key::Escape),
        (127, 0) => Some(Key::Backspace),
        (_, held) if held & 4 != 0 => Some(Key::Ctrl(letter)),
        (32.., 0) => Some(Key::Text(letter.to_string())),
        (32.., 1) => Some(Key::Text(letter.to_uppercase().collect())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        Keys::default().feed(bytes)
    }

    #[test]
    fn legacy_and_kitty_encodings_mean_the_same_key() {
        assert_eq!(keys(b"\r"), keys(b"\x1b[13u"));
        assert_eq!(keys(b"\x03"), keys(b"\x1b[99;5u"));
        assert_eq!(keys(b"\x7f"), keys(b"\x1b[127u"));
        assert_eq!(keys(b"\x1b[99;5:3u"), [], "a release is no key");
    }

    #[test]
    fn answers_are_told_from_keys() {
        assert_eq!(keys(b"\x1b[12;3R"), [Key::CursorIsAt]);
        assert_eq!(keys(b"\x1b[?2026;2$y"), [Key::Synchronized(true)]);
        assert_eq!(keys(b"\x1b[?2026;0$y"), [Key::Synchronized(false)]);
        assert_eq!(keys(b"\x1b]11;rgb:1010/1010/1010\x1b\\\x1b[?62;22ca"), [Key::Text("a".into())]);
    }

    #[test]
    fn a_sequence_may_come_byte_by_byte() {
        let all = "é\x1b[200~two\rlines\x1b[201~\r\x1b[12;3R".as_bytes();
        let mut pieces = Keys::default();
        let found: Vec<_> = all.iter().flat_map(|b| pieces.feed(&[*b])).collect();
        let expected =
            [Key::Text("é".into()), Key::Paste("two\rlines".into()), Key::Enter, Key::CursorIsAt];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_escape_alone_is_a_key_after_a_while() {
        let mut keys = Keys::default();
        assert_eq!(keys.feed(b"\x1b"), []);
        assert!(keys.holds_escape());
        assert_eq!(keys.give_up_waiting(), Some(Key::Escape));
    }
}
