//! loghop's own keys: which ones, and how every terminal encodes them. Pure.
//!
//! A key is recognised in the legacy encoding, in xterm's modifyOtherKeys and in the kitty
//! protocol, with lock keys on or off, pressed, repeated or released.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

/// A key of loghop's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// F1 to F12.
    Function(u8),
    /// Ctrl and an ASCII character that the legacy encoding can express.
    Ctrl(u8),
}

/// What happened to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// Pressed, or repeated while held.
    Press,
    /// Released; only the kitty protocol tells.
    Release,
}

/// The keys that loghop takes for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// Panel away and back.
    pub panel: Key,
    /// Next tab of the panel.
    pub tab: Key,
    /// Hand over to the other assistant.
    pub hand_over: Key,
    /// Starts a command of one letter.
    pub prefix: Key,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            panel: Key::Function(6),
            tab: Key::Function(7),
            hand_over: Key::Function(9),
            prefix: Key::Ctrl(b'\\'),
        }
    }
}

/// Number before `~` of F5 to F12; the gaps are history.
const TILDE: [u16; 8] = [15, 17, 18, 19, 20, 21, 23, 24];

/// Shift, Alt, Ctrl, Super, Hyper, Meta: the modifiers that make another key of it. The rest of
/// the bits are Caps Lock and Num Lock.
const REAL_MODIFIERS: u16 = 0b11_1111;
const CTRL: u16 = 0b100;
const SHIFT: u16 = 0b1;

/// Keys of the number pad in the kitty protocol.
const KEYPAD_PAGE_UP: u16 = 57_421;
const KEYPAD_PAGE_DOWN: u16 = 57_422;
/// Keys that are only modifiers in the kitty protocol: locks, then Shift to ISO level 5.
const MODIFIER_KEYS: [RangeInclusive<u16>; 2] = [57_358..=57_360, 57_441..=57_454];

impl Key {
    /// Reads a name such as `f6` or `ctrl-\`.
    ///
    /// # Errors
    /// `InvalidInput` with the names that there are.
    pub fn parse(name: &str) -> Result<Self> {
        let lower = name.trim().to_ascii_lowercase();
        let function = lower.strip_prefix('f').and_then(|n| n.parse().ok());
        if let Some(n) = function.filter(|n| (1..=12).contains(n)) {
            return Ok(Self::Function(n));
        }
        match lower.strip_prefix("ctrl-").map(str::as_bytes) {
            Some([c]) if c.is_ascii_lowercase() || b"\\]^_@".contains(c) => Ok(Self::Ctrl(*c)),
            _ => Err(Error::invalid(format!("`{name}` is not a key that loghop can take"))
                .hint("use `f1` to `f12`, or `ctrl-` and one of a-z \\ ] ^ _ @")),
        }
    }

    /// Its name for people.
    pub fn name(self) -> String {
        match self {
            Self::Function(n) => format!("F{n}"),
            Self::Ctrl(c) => format!("Ctrl-{}", (c as char).to_ascii_uppercase()),
        }
    }

    /// Whether `sequence` is this key, and what happened to it.
    pub fn matches(self, sequence: &[u8]) -> Option<Stroke> {
        match self {
            Self::Ctrl(c) if sequence == [c & 0x1f] => Some(Stroke::Press),
            Self::Ctrl(c) => {
                let (code, modifiers, stroke) = other_key(sequence).or_else(|| kitty(sequence))?;
                (code == u16::from(c) && modifiers == CTRL).then_some(stroke)
            }
            Self::Function(n) => function(n, sequence),
        }
    }
}

fn function(n: u8, sequence: &[u8]) -> Option<Stroke> {
    let letter = b"PQRS".get(usize::from(n) - 1).copied();
    if letter.is_some() && sequence == [0x1b, b'O', letter?] {
        return Some(Stroke::Press);
    }
    let (params, end) = csi(sequence)?;
    let (number, modifiers, stroke) = modified(params)?;
    let own = match letter {
        // Kitty writes F3 as `13~`, because `CSI R` is also a cursor report.
        Some(letter) => {
            (end == letter && number <= 1) || (end == b'~' && number == 10 + u16::from(n))
        }
        None => end == b'~' && TILDE.get(usize::from(n) - 5) == Some(&number),
    };
    (own && modifiers == 0).then_some(stroke)
}

/// A CSI sequence as its parameters and its last byte.
fn csi(sequence: &[u8]) -> Option<(&str, u8)> {
    let (end, body) = sequence.strip_prefix(b"\x1b[")?.split_last()?;
    Some((std::str::from_utf8(body).ok()?, *end))
}

/// Reads `number[:…][;modifiers[:event]][;text]`.
fn modified(params: &str) -> Option<(u16, u16, Stroke)> {
    let mut parts = params.split(';');
    let number = parts.next()?.split(':').next()?;
    let number = if number.is_empty() { 1 } else { number.parse().ok()? };
    let mut modifiers = parts.next().unwrap_or("").split(':');
    let bits = match modifiers.next() {
        None | Some("") => 0,
        Some(text) => text.parse::<u16>().ok()?.checked_sub(1)?,
    };
    let stroke = if modifiers.next() == Some("3") { Stroke::Release } else { Stroke::Press };
    Some((number, bits & REAL_MODIFIERS, stroke))
}

/// `CSI code ; modifiers : event u`.
fn kitty(sequence: &[u8]) -> Option<(u16, u16, Stroke)> {
    let (params, end) = csi(sequence)?;
    if end == b'u' { modified(params) } else { None }
}

/// `CSI 27 ; modifiers ; code ~` of xterm's modifyOtherKeys.
fn other_key(sequence: &[u8]) -> Option<(u16, u16, Stroke)> {
    let (params, end) = csi(sequence)?;
    let rest = params.strip_prefix("27;").filter(|_| end == b'~')?;
    let (modifiers, code) = rest.split_once(';')?;
    let bits = modifiers.parse::<u16>().ok()?.checked_sub(1)?;
    Some((code.parse().ok()?, bits & REAL_MODIFIERS, Stroke::Press))
}

/// Shift+PgUp (-1) and Shift+PgDn (1), also those of the number pad: in every terminal they scroll
/// its history.
pub fn page(sequence: &[u8]) -> Option<(i16, Stroke)> {
    let (params, end) = csi(sequence)?;
    let (number, modifiers, stroke) = modified(params)?;
    let pages = match (number, end) {
        (5, b'~') | (KEYPAD_PAGE_UP, b'u') => -1,
        (6, b'~') | (KEYPAD_PAGE_DOWN, b'u') => 1,
        _ => return None,
    };
    (modifiers == SHIFT).then_some((pages, stroke))
}

/// Whether a sequence is a key that a person pressed to say something: not a release, not a
/// modifier alone, not the terminal's word about its focus.
pub fn is_typing(sequence: &[u8]) -> bool {
    let Some((params, end)) = csi(sequence) else { return true };
    let is_focus = params.is_empty() && (end == b'I' || end == b'O');
    let Some((number, _, stroke)) = modified(params) else { return true };
    let is_modifier = end == b'u' && MODIFIER_KEYS.iter().any(|keys| keys.contains(&number));
    !is_focus && !is_modifier && stroke == Stroke::Press
}

/// The plain key of a sequence, for the letter after the prefix: its character and what happened
/// to it. `None` for what is no single character (arrows, mouse …).
pub fn character(sequence: &[u8]) -> Option<(char, Stroke)> {
    if let Some((code, modifiers, stroke)) = kitty(sequence) {
        let shifted = shifted_code(sequence).filter(|_| modifiers == 1);
        let c = char::from_u32(u32::from(shifted.unwrap_or(code)))?;
        let c = if modifiers == 1 && shifted.is_none() { c.to_ascii_uppercase() } else { c };
        return (modifiers <= 1).then_some((c, stroke));
    }
    let text = std::str::from_utf8(sequence).ok()?;
    let mut chars = text.chars();
    let c = chars.next()?;
    (chars.next().is_none() && !c.is_control()).then_some((c, Stroke::Press))
}

/// The shifted code that the kitty protocol may add: `CSI code:shifted;2u`.
fn shifted_code(sequence: &[u8]) -> Option<u16> {
    let (params, _) = csi(sequence)?;
    params.split(';').next()?.split(':').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_in_every_encoding() {
        let f6 = Key::Function(6);
        for press in
            ["\u{1b}[17~", "\u{1b}[17;1~", "\u{1b}[17;1:1~", "\u{1b}[17;129~", "\u{1b}[17;65:2~"]
        {
            assert_eq!(f6.matches(press.as_bytes()), Some(Stroke::Press), "{press:?}");
        }
        assert_eq!(f6.matches(b"\x1b[17;1:3~"), Some(Stroke::Release));
        for other in ["\u{1b}[17;2~", "\u{1b}[18~", "\u{1b}[1;5A", "6", "\u{1b}[17u"] {
            assert_eq!(f6.matches(other.as_bytes()), None, "{other:?}");
        }
        let prefix = Key::Ctrl(b'\\');
        for press in
            ["\u{1c}", "\u{1b}[92;5u", "\u{1b}[92;5:1u", "\u{1b}[27;5;92~", "\u{1b}[92;69u"]
        {
            assert_eq!(prefix.matches(press.as_bytes()), Some(Stroke::Press), "{press:?}");
        }
        assert_eq!(prefix.matches(b"\x1b[92;5:3u"), Some(Stroke::Release));
        assert_eq!(prefix.matches(b"\x1b[92;6u"), None);
        for press in ["\u{1b}OP", "\u{1b}[P", "\u{1b}[1;129P", "\u{1b}[11~"] {
            assert_eq!(
                Key::Function(1).matches(press.as_bytes()),
                Some(Stroke::Press),
                "{press:?}"
            );
        }
    }

    #[test]
    fn names_are_read_and_bad_ones_explained() {
        assert_eq!(Key::parse("F10").unwrap(), Key::Function(10));
        assert_eq!(Key::parse("ctrl-g").unwrap(), Key::Ctrl(b'g'));
        for bad in ["", "f0", "f13", "ctrl-", "ctrl-ä", "alt-x", "ctrl-ab"] {
            assert!(!Key::parse(bad).unwrap_err().hints.is_empty(), "{bad}");
        }
    }

    #[test]
    fn pages_are_shift_and_nothing_else() {
        for up in ["\u{1b}[5;2~", "\u{1b}[5;2:1~", "\u{1b}[5;66:2~", "\u{1b}[57421;2u"] {
            assert_eq!(page(up.as_bytes()), Some((-1, Stroke::Press)), "{up:?}");
        }
        assert_eq!(page(b"\x1b[6;2~"), Some((1, Stroke::Press)));
        assert_eq!(page(b"\x1b[6;2:3~"), Some((1, Stroke::Release)));
        for other in ["\u{1b}[5~", "\u{1b}[6;5~", "\u{1b}[5;6~", "\u{1b}[2;2~", "5", "\u{1b}"] {
            assert_eq!(page(other.as_bytes()), None, "{other:?}");
        }
    }

    #[test]
    fn typing_is_what_a_person_says() {
        for typed in ["a", "\u{1b}", "\r", "\u{1b}[A", "\u{1b}[97u", "\u{1b}[97;1:2u", "\u{1b}[Z"] {
            assert!(is_typing(typed.as_bytes()), "{typed:?}");
        }
        for other in ["\u{1b}[I", "\u{1b}[O", "\u{1b}[97;1:3u", "\u{1b}[57441;2u", "\u{1b}[5;2:3~"]
        {
            assert!(!is_typing(other.as_bytes()), "{other:?}");
        }
    }

    #[test]
    fn the_letter_after_the_prefix_is_read_in_both_protocols() {
        assert_eq!(character(b"?"), Some(('?', Stroke::Press)));
        assert_eq!(character("ä".as_bytes()), Some(('ä', Stroke::Press)));
        assert_eq!(character(b"\x1b[112u"), Some(('p', Stroke::Press)));
        assert_eq!(character(b"\x1b[112;1:3u"), Some(('p', Stroke::Release)));
        assert_eq!(character(b"\x1b[47:63;2u"), Some(('?', Stroke::Press)));
        assert_eq!(character(b"\x1b[A"), None);
        assert_eq!(character(b"\x03"), None);
    }
}
