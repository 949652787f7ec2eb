//! `RedactStream`: the redactor as a filter for bytes that come in any pieces.

use super::custom::{self, CustomRule, Lines};
use super::redacted::Redacted;
use super::scan::{Late, Scanner};
use crate::model::Size;
use std::sync::Arc;

/// A redacting filter: feed it, store what it returns, finish it.
///
/// The bytes that come out depend on the bytes that went in and on where `flush` was called, never
/// on how they were cut into feeds.
pub struct RedactStream {
    scanner: Scanner,
    custom: Arc<[CustomRule]>,
    lines: Lines,
}

impl RedactStream {
    pub(super) fn new(scanner: Scanner, custom: Arc<[CustomRule]>) -> Self {
        Self { scanner, custom, lines: Lines::default() }
    }

    /// Takes bytes and returns what is decided. A UTF-8 sequence is never cut in two.
    pub fn feed(&mut self, bytes: &[u8]) -> Redacted {
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8);
        if self.custom.is_empty() {
            self.scanner.feed(bytes, &mut out);
        } else {
            let Self { scanner, custom, lines } = self;
            lines.feed(bytes, |line| scanner.feed(&custom::apply(custom, line), &mut out));
        }
        Redacted::seal(out)
    }

    /// Bytes that were fed and are held back: what may become part of a secret, or is half of a
    /// character. At most 8 KiB, besides the line that waits for the user's own rules.
    pub fn held(&self) -> usize {
        self.scanner.held() + self.lines.held()
    }

    /// Whether they are held back for a token that has begun: its prefix, its name or its armour is
    /// there, and what follows decides.
    pub fn is_open(&self) -> bool {
        self.scanner.is_open()
    }

    /// The terminal that the bytes are painted on has this size from here on.
    pub fn resize(&mut self, size: Size) {
        self.scanner.resize(size);
    }

    /// Returns what was held back. A token that is still open is hidden, and the rest of it when
    /// it comes; only half of an escape sequence or of a character is still held.
    pub fn flush(&mut self) -> Redacted {
        let mut out = Vec::new();
        self.take_line(&mut out);
        self.scanner.flush(&mut out);
        Redacted::seal(out)
    }

    /// Reads the screen of a terminal as it stands now, for [`RedactStream::late`].
    pub fn look_back(&mut self) {
        self.scanner.look_back();
    }

    /// What turned out to be a secret's after it was returned: on a terminal that is painted back
    /// to front. The screen is read at each flush and each `look_back`; whoever stored what was
    /// returned should cover these bytes.
    pub fn late(&mut self) -> Vec<Late> {
        self.scanner.late()
    }

    /// Returns the rest.
    pub fn finish(mut self) -> Redacted {
        let mut out = Vec::new();
        self.take_line(&mut out);
        self.scanner.finish(&mut out);
        Redacted::seal(out)
    }

    fn take_line(&mut self, out: &mut Vec<u8>) {
        let Self { scanner, custom, lines } = self;
        lines.take(|line| scanner.feed(&custom::apply(custom, line), out));
    }
}
