//! Letters that are written as numbers: `\u002d` in JSON, `%2D` in URLs.
//!
//! A token some of whose letters are written so, or all, is the same token: the logical text has
//! the letter, the stream keeps the bytes. Only letters that tokens and the places around them are
//! made of are taken for what they stand for; quotes and backslashes never are, because a written
//! quote ends nothing.

/// Backslashes before the `u`: JSON inside of JSON has two, once more three or four.
const BACKSLASHES_MAX: usize = 4;

/// What there is of such letters in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// None.
    Nothing,
    /// Maybe one from here on: the text ends too early to tell.
    Cut(usize),
    /// This one, written in `len` bytes.
    Letter { at: usize, len: usize, byte: u8 },
}

/// The first letter in `text` that is written as a number.
pub(super) fn next(text: &[u8]) -> Next {
    let mut from = 0;
    while let Some(sign) = memchr::memchr2(b'%', b'\\', &text[from..]) {
        let sign = from + sign;
        let (at, found) =
            if text[sign] == b'%' { (sign, percent(&text[sign..])) } else { slashes(text, sign) };
        match found {
            Found::Letter(len, byte) => return Next::Letter { at, len, byte },
            Found::Cut => return Next::Cut(at),
            Found::No(len) => from = at + len,
        }
    }
    Next::Nothing
}

/// Whether some letter of `text` is written as a number.
pub(super) fn is_in(text: &[u8]) -> bool {
    matches!(next(text), Next::Letter { .. })
}

enum Found {
    /// So many bytes stand for this one.
    Letter(usize, u8),
    /// The text ends.
    Cut,
    /// Nothing within so many bytes.
    No(usize),
}

fn percent(text: &[u8]) -> Found {
    match number(&text[1..]) {
        Ok(byte) if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) => {
            Found::Letter(3, byte)
        }
        Ok(_) => Found::No(1),
        Err(found) => found,
    }
}

/// A letter after the backslashes from `first` on, and where it begins.
fn slashes(text: &[u8], first: usize) -> (usize, Found) {
    let count = text[first..].iter().take_while(|b| **b == b'\\').count();
    let u = first + count;
    let at = first.max(u.saturating_sub(BACKSLASHES_MAX));
    let head = &text[u..text.len().min(u + 3)];
    let found = match head {
        b"u00" => match number(&text[u + 3..]) {
            Ok(byte @ b'!'..=b'~') if !matches!(byte, b'"' | b'\\') => {
                Found::Letter(u + 5 - at, byte)
            }
            Err(Found::Cut) => Found::Cut,
            Ok(_) | Err(_) => Found::No(u - at),
        },
        _ if b"u00".starts_with(head) => Found::Cut,
        _ => Found::No(u - at),
    };
    (at, found)
}

/// Two hexadecimal digits.
fn number(text: &[u8]) -> Result<u8, Found> {
    let digit = |at: usize| {
        let byte = text.get(at).ok_or(Found::Cut)?;
        char::from(*byte).to_digit(16).ok_or(Found::No(1))
    };
    Ok((digit(0)? * 16 + digit(1)?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_and_everything_else_is_text() {
        let letter = |at, len, byte| Next::Letter { at, len, byte };
        for (text, want) in [
            ("a\\u002db", letter(1, 6, b'-')),
            ("a\\\\u002Db", letter(1, 7, b'-')),
            ("ghp%5fx", letter(3, 3, b'_')),
            ("%67%68", letter(0, 3, b'g')),
            ("100% of %d, %20 and \\n, C:\\users \\u2026 \\u0022", Next::Nothing),
            ("\\\\\\\\\\\\u002d", letter(2, 9, b'-')),
            ("a\\", Next::Cut(1)),
            ("a\\\\\\\\\\\\u0", Next::Cut(3)),
            ("a\\u002", Next::Cut(1)),
            ("50%", Next::Cut(2)),
            ("50%6", Next::Cut(2)),
        ] {
            assert_eq!(next(text.as_bytes()), want, "{text}");
        }
    }
}
