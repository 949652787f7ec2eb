//! What stands before the lines of a private key: the numbers of `cat -n`, the name that `grep` puts
//! there, a quote's `>`, the sign of a diff, and the quotes of a text that source code joins from
//! lines.
//!
//! The line of the marker shows it, and every further line may begin with the same, its number aside.

use crate::model::tag;
use crate::redact::value;

/// The longest gutter. What is longer is text in which the key stands.
const MAX: usize = 64;

/// Stands for blanks, of which lines may have more or fewer.
const BLANKS: u8 = b' ';

/// Stands for a number, which counts.
const NUMBER: u8 = b'0';

/// The text before a line, and how much of it is seen of the present one.
#[derive(Debug, Default)]
pub(super) struct Gutter {
    parts: Vec<u8>,
    at: usize,
    /// The quote that each line of source code has.
    quote: Option<u8>,
    literal: Literal,
}

/// Where in source code that joins a text from lines the next byte is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Literal {
    /// In the text, or not in source code.
    #[default]
    Inside,
    /// Behind an escaped line end: a quote may end this line's part of the text.
    AtEnd,
    /// Behind that quote.
    Closed,
    /// In the next line, before its quote.
    NextLine,
}

impl Gutter {
    /// The gutter of a line of which `before` ends with one of the markers and its label.
    pub(super) fn before(before: &[u8], markers: &[&str]) -> Self {
        let find =
            |marker: &&str| before.windows(marker.len()).rposition(|w| w == marker.as_bytes());
        let text = &before[..markers.iter().filter_map(find).max().unwrap_or(0)];
        let quote = text.last().copied().filter(|b| matches!(b, b'"' | b'\''));
        let is_value = matches!(text.last(), Some(b'"' | b'\'' | b'`' | b'='));
        // A line that begins with a tag was looked through and is no key's; what is random may be a
        // part of the key, or another secret.
        let mut words = text.split(|byte| !byte.is_ascii_alphanumeric());
        let is_harmless = !tag::is_in(text) && !words.any(value::is_random);
        let is_gutter = !is_value && text.len() <= MAX && is_harmless;
        let mut parts = Vec::new();
        for byte in text.iter().filter(|_| is_gutter) {
            let part = match byte {
                b' ' | b'\t' => BLANKS,
                b'0'..=b'9' => NUMBER,
                other => *other,
            };
            let is_same = parts.last() == Some(&part) && matches!(part, BLANKS | NUMBER);
            if !is_same {
                parts.push(part);
            }
        }
        // The marker's own line is seen.
        Self { at: parts.len(), parts, quote, literal: Literal::Inside }
    }

    /// A line begins.
    pub(super) fn begin_line(&mut self) {
        self.at = 0;
    }

    /// A line of the key ends, but not the line that it stands in: `\\n`.
    pub(super) fn begin_literal(&mut self) {
        self.at = self.parts.len();
        if self.quote.is_some() {
            self.literal = Literal::AtEnd;
        }
    }

    /// Whether the next byte is between two parts of a text.
    pub(super) fn is_between(&self) -> bool {
        matches!(self.literal, Literal::Closed | Literal::NextLine)
    }

    /// Whether this byte belongs to what is between two lines of the key.
    pub(super) fn takes(&mut self, byte: u8) -> bool {
        let is_quote = self.quote == Some(byte);
        let next = match (self.literal, byte) {
            (Literal::Inside, _) => return self.takes_before_line(byte),
            (Literal::AtEnd, _) if is_quote => Literal::Closed,
            (Literal::Closed, b' ' | b'\t' | b'\r' | b'+' | b'.' | b'\\') => Literal::Closed,
            (Literal::Closed, b'\n') | (Literal::NextLine, b' ' | b'\t' | b'+' | b'.') => {
                Literal::NextLine
            }
            (Literal::NextLine, _) if is_quote => Literal::Inside,
            _ => {
                self.literal = Literal::Inside;
                return false;
            }
        };
        self.literal = next;
        true
    }

    fn takes_before_line(&mut self, byte: u8) -> bool {
        while let Some(part) = self.parts.get(self.at) {
            let (is_it, is_more) = match *part {
                BLANKS => (matches!(byte, b' ' | b'\t'), true),
                NUMBER => (byte.is_ascii_digit(), true),
                exact => (byte == exact, false),
            };
            if is_it {
                self.at += usize::from(!is_more);
                return true;
            }
            if !is_more {
                // This line has none.
                self.at = self.parts.len();
                return false;
            }
            self.at += 1;
        }
        false
    }
}
