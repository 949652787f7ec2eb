//! What a terminal sends that is not a key: answers to our questions, as bytes.
//!
//! The sequences of a terminal are cut here as well ([`cut`]), because a key, a mouse report and
//! an answer can only be told apart once the whole sequence is there. Pure.

/// Longest sequence that we wait for. Answers are short; more than this is not an answer, and
/// waiting longer would hold back what the person typed.
const SEQUENCE_MAX: usize = 512;

const ESC: u8 = 0x1b;

/// What stands at the start of some input bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// A whole sequence, or one plain byte: this many bytes.
    Whole(usize),
    /// A sequence whose end is not there yet.
    Open,
}

/// An answer of the host to one of our questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Primary device attributes: every terminal answers, so it ends the round of questions.
    Attributes,
    /// The kitty keyboard protocol is there.
    Keyboard,
    /// State of a private mode (DECRPM): the mode, and whether the terminal knows it.
    Mode(u16, bool),
    /// Foreground (10) or background (11) colour, 8 bits a channel.
    Color(u8, (u8, u8, u8)),
    /// Cell size in pixels: width, height.
    CellSize(u16, u16),
    /// Row and column of the cursor, from 1. Never row 1: there it reads as F3 with a modifier.
    Cursor(u16, u16),
    /// The terminal's name and version.
    Version(String),
}

/// Finds the end of the first sequence in `bytes`, which must not be empty.
pub fn cut(bytes: &[u8]) -> Cut {
    if bytes[0] != ESC {
        return Cut::Whole(1);
    }
    let found = match bytes.get(1) {
        None => None,
        Some(b'[') => csi_end(bytes),
        // Alt+O, when no letter can belong to it.
        Some(b'O') => bytes.get(2).map(|b| if (0x20..0x7f).contains(b) { 3 } else { 2 }),
        Some(b']' | b'P' | b'_' | b'^') => string_end(bytes),
        // Two escapes: the first is a key of its own, the second may start a sequence.
        Some(&ESC) => Some(1),
        Some(_) => Some(2),
    };
    match found {
        Some(end) => Cut::Whole(end),
        None if bytes.len() > SEQUENCE_MAX => Cut::Whole(1),
        None => Cut::Open,
    }
}

fn csi_end(bytes: &[u8]) -> Option<usize> {
    // The old mouse report carries three raw bytes behind its `M`.
    if bytes.get(2) == Some(&b'M') {
        return (bytes.len() >= 6).then_some(6);
    }
    let body = bytes[2..].iter().position(|b| !(0x20..=0x3f).contains(b))?;
    let end = 2 + body;
    // A byte that no sequence holds ends it before that byte.
    Some(if (0x40..=0x7e).contains(&bytes[end]) { end + 1 } else { end })
}

fn string_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        match *bytes.get(at)? {
            0x07 => return Some(at + 1),
            ESC => match bytes.get(at + 1)? {
                b'\\' => return Some(at + 2),
                _ => return Some(at),
            },
            _ => at += 1,
        }
    }
}

/// Reads a whole sequence as an answer; `None` when it is something that a person typed.
pub fn parse(sequence: &[u8]) -> Option<Reply> {
    let text = std::str::from_utf8(sequence).ok()?;
    let body = text.strip_prefix('\u{1b}')?;
    if let Some(csi) = body.strip_prefix('[') {
        return parse_csi(csi);
    }
    let string = body.trim_end_matches('\u{7}').trim_end_matches("\u{1b}\\");
    if let Some(version) = string.strip_prefix("P>|") {
        return Some(Reply::Version(version.to_owned()));
    }
    let (which, value) = string.strip_prefix(']')?.split_once(';')?;
    let which = which.parse().ok().filter(|n| (10..=12).contains(n))?;
    Some(Reply::Color(which, parse_color(value)?))
}

fn parse_csi(csi: &str) -> Option<Reply> {
    let last = csi.len().checked_sub(1)?;
    let (params, end) = csi.is_char_boundary(last).then(|| csi.split_at(last))?;
    if end == "t" {
        let (height, width) = params.strip_prefix("6;")?.split_once(';')?;
        return Some(Reply::CellSize(width.parse().ok()?, height.parse().ok()?));
    }
    if end == "R" {
        let (row, col) = params.split_once(';')?;
        let row = row.parse().ok().filter(|row| *row > 1)?;
        return Some(Reply::Cursor(row, col.parse().ok()?));
    }
    let params = params.strip_prefix('?')?;
    match end {
        "c" => Some(Reply::Attributes),
        "u" => Some(Reply::Keyboard),
        "y" => {
            let (mode, state) = params.strip_suffix('$')?.split_once(';')?;
            Some(Reply::Mode(mode.parse().ok()?, state != "0"))
        }
        _ => None,
    }
}

/// `rgb:ffff/8080/0000` or `#ff8000`, any number of digits a channel.
fn parse_color(value: &str) -> Option<(u8, u8, u8)> {
    let channels = value.strip_prefix("rgb:").or_else(|| value.strip_prefix("rgba:"))?;
    let mut channels = channels.split('/').map(|hex| {
        let high = hex.get(..2).unwrap_or(hex);
        let value = u8::from_str_radix(high, 16).ok()?;
        Some(if hex.len() == 1 { value * 17 } else { value })
    });
    Some((channels.next()??, channels.next()??, channels.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_cut_at_their_ends() {
        for whole in [
            "a",
            "\u{1b}[A",
            "\u{1b}[17~",
            "\u{1b}[17;1:3~",
            "\u{1b}OP",
            "\u{1b}x",
            "\u{1b}[<0;10;20M",
            "\u{1b}[M !!",
            "\u{1b}]11;rgb:1e1e/1e1e/1e1e\u{1b}\\",
            "\u{1b}]10;rgb:ff/ff/ff\u{7}",
            "\u{1b}P>|kitty(0.40)\u{1b}\\",
            "\u{1b}[?62;22c",
        ] {
            let mut bytes = whole.as_bytes().to_vec();
            for end in 1..bytes.len() {
                assert_eq!(cut(&bytes[..end]), Cut::Open, "{whole:?} to {end}");
            }
            let len = bytes.len();
            bytes.extend_from_slice(b"\x1b[A");
            assert_eq!(cut(&bytes), Cut::Whole(len), "{whole:?}");
        }
    }

    #[test]
    fn answers_are_told_from_keys() {
        assert_eq!(parse(b"\x1b[?62;22c"), Some(Reply::Attributes));
        assert_eq!(parse(b"\x1b[?0u"), Some(Reply::Keyboard));
        assert_eq!(parse(b"\x1b[?2026;2$y"), Some(Reply::Mode(2026, true)));
        assert_eq!(parse(b"\x1b[?2026;0$y"), Some(Reply::Mode(2026, false)));
        assert_eq!(parse(b"\x1b[6;20;10t"), Some(Reply::CellSize(10, 20)));
        assert_eq!(parse(b"\x1b[2;3R"), Some(Reply::Cursor(2, 3)));
        let dark = Some(Reply::Color(11, (0x1e, 0x20, 0x30)));
        assert_eq!(parse(b"\x1b]11;rgb:1e1e/2020/3030\x1b\\"), dark);
        assert_eq!(parse(b"\x1b]11;rgb:1e/20/30\x07"), dark);
        for key in [
            "a",
            "\u{1b}[A",
            "\u{1b}[1;5u",
            "\u{1b}[97;5u",
            "\u{1b}[1;2R",
            "\u{1b}[<0;1;1M",
            "\u{1b}x",
        ] {
            assert_eq!(parse(key.as_bytes()), None, "{key:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_cut_to_their_end(bytes: Vec<u8>) {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                match cut(rest) {
                    Cut::Whole(n) => { let _ = parse(&rest[..n]); rest = &rest[n..]; }
                    Cut::Open => break,
                }
            }
        }
    }
}
