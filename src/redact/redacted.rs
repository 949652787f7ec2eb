//! `Redacted`: bytes that went through the redactor, or that never could hold a secret.
//!
//! The type is the proof. Its constructors are here and in the engine; whoever writes to disk asks
//! for it, so that writing something unredacted does not compile.

use std::borrow::Cow;
use std::fmt::{self, Display};

/// Bytes that are safe to store.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Redacted {
    bytes: Vec<u8>,
}

/// A number as JSON knows it, for [`Redacted::number`]. Closed: only numbers can never be secrets.
pub trait Number: Copy + Display + private::Sealed {}

mod private {
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($type:ty),*) => { $(impl private::Sealed for $type {} impl Number for $type {})* };
}
numbers!(u8, u16, u32, u64, usize, i32, i64, f64);

impl Redacted {
    /// What the engine has looked through.
    pub(super) fn seal(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// A literal of the source code.
    pub fn plain(text: &'static str) -> Self {
        Self { bytes: text.as_bytes().to_vec() }
    }

    /// A number in decimal. What JSON cannot hold (infinite, not a number) becomes 0.
    #[expect(clippy::needless_pass_by_value, reason = "numbers are Copy")]
    pub fn number(number: impl Number) -> Self {
        let text = number.to_string();
        let is_json = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'-' | b'.'));
        Self { bytes: if is_json { text.into_bytes() } else { b"0".to_vec() } }
    }

    /// The parts, one after the other.
    pub fn join(parts: &[&Self]) -> Self {
        Self { bytes: parts.iter().flat_map(|part| part.bytes.iter().copied()).collect() }
    }

    /// Appends `other`.
    pub fn push(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
    }

    /// Takes the first `len` bytes out of it, which must be at most its length.
    #[must_use]
    pub fn split_to(&mut self, len: usize) -> Self {
        let rest = self.bytes.split_off(len);
        Self { bytes: std::mem::replace(&mut self.bytes, rest) }
    }

    /// The same as a JSON string, with its quotes. Bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn to_json_string(&self) -> Self {
        let text = serde_json::Value::String(self.as_str().into_owned());
        Self { bytes: text.to_string().into_bytes() }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text; bytes that are not UTF-8 become U+FFFD.
    pub fn as_str(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str())
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redacted({:?})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_line_is_made_of_parts() {
        let text = Redacted::seal(b"a\"b\x1b[m\xff\n".to_vec()).to_json_string();
        let line = Redacted::join(&[
            &Redacted::plain("["),
            &Redacted::number(1.25),
            &Redacted::plain(", \"o\", "),
            &text,
            &Redacted::plain("]"),
        ]);
        let value: serde_json::Value = serde_json::from_slice(line.as_bytes()).unwrap();
        assert_eq!(value[0], 1.25);
        assert_eq!(value[2], "a\"b\u{1b}[m\u{fffd}\n");
    }

    #[test]
    fn numbers_that_json_lacks_become_zero() {
        assert_eq!(Redacted::number(f64::NAN).as_bytes(), b"0");
        assert_eq!(Redacted::number(f64::INFINITY).as_bytes(), b"0");
        assert_eq!(Redacted::number(-3_i64).as_bytes(), b"-3");
    }
}
