//! `Redacted`: bytes that went through the redactor, or that never could hold a secret.
//!
//! The type is the proof. Its constructors are here and in the engine; whoever writes to disk asks
//! for it, so that writing something unredacted does not compile.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::io::Write as _;
use std::ops::Range;

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
    pub fn number(number: impl Number) -> Self {
        let mut redacted = Self::default();
        redacted.push_number(number);
        redacted
    }

    /// The parts, one after the other.
    pub fn join(parts: &[&Self]) -> Self {
        Self { bytes: parts.iter().flat_map(|part| part.bytes.iter().copied()).collect() }
    }

    /// Appends `other`.
    pub fn push(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
    }

    /// Appends a literal of the source code.
    pub fn push_plain(&mut self, text: &'static str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Appends what [`Redacted::number`] makes.
    pub fn push_number(&mut self, number: impl Number) {
        let start = self.bytes.len();
        // Writing to a Vec cannot fail.
        let _ = write!(self.bytes, "{number}");
        let is_json = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'.');
        if !self.bytes[start..].iter().all(is_json) {
            self.bytes.truncate(start);
            self.bytes.push(b'0');
        }
    }

    /// Appends a part of `text` as a JSON string, with its quotes. Bytes that are not UTF-8 become
    /// U+FFFD.
    pub fn push_json(&mut self, text: &Self, part: Range<usize>) {
        let text = String::from_utf8_lossy(&text.bytes[part]);
        // Neither text nor writing to a Vec can fail.
        let _ = serde_json::to_writer(&mut self.bytes, &text);
    }

    /// Puts a star in the place of the byte at `at`, which must be ASCII.
    pub fn cover(&mut self, at: usize) {
        self.bytes[at] = b'*';
    }

    /// Drops the first `len` bytes, which must be at most its length.
    pub fn drop_front(&mut self, len: usize) {
        self.bytes.drain(..len);
    }

    /// Empties it, and keeps the memory for what comes next.
    pub fn clear(&mut self) {
        self.bytes.clear();
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
        let mut text = Redacted::seal(b"seena\"b\x1b[m\xff\nto come".to_vec());
        text.drop_front(4);
        let mut line = Redacted::plain("[");
        line.push_number(1.25);
        line.push_plain(", \"o\", ");
        line.push_json(&text, 0..8);
        line.push_plain("]");
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
