//! Cuts bytes that come in pieces into whole lines, and waits for the rest of a torn one.
//!
//! The lines are the same whatever the pieces were, and at most [`LINE_MAX`] bytes are held back.

/// Bytes of the longest line that is read. The longest real ones hold a screenshot or a file of a
/// few megabytes; a file without newlines must not fill the memory.
pub const LINE_MAX: usize = 16 << 20;

/// A line of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its bytes, without the newline.
    Whole(&'a [u8]),
    /// It was longer than allowed and is left out.
    TooLong,
}

/// The line splitter.
#[derive(Debug)]
pub struct Lines {
    /// The beginning of a line whose end has not come yet; at most `max` bytes.
    torn: Vec<u8>,
    /// The line that is coming is too long; its bytes are dropped up to the newline.
    too_long: bool,
    max: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self::with_max(LINE_MAX)
    }
}

impl Lines {
    /// A splitter that leaves out lines of more than `max` bytes.
    pub fn with_max(max: usize) -> Self {
        Self { torn: Vec::new(), too_long: false, max }
    }

    /// Takes the next bytes and hands every line that they complete to `each`.
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            self.end(line, &mut each);
            rest = after;
        }
        self.keep(rest);
    }

    /// The end of the file: hands over a last line that has no newline.
    pub fn finish(&mut self, each: impl FnOnce(Line<'_>)) {
        if self.too_long || !self.torn.is_empty() {
            self.end(&[], each);
        }
    }

    fn end(&mut self, line: &[u8], each: impl FnOnce(Line<'_>)) {
        if std::mem::take(&mut self.too_long) || self.torn.len() + line.len() > self.max {
            each(Line::TooLong);
        } else if self.torn.is_empty() {
            each(Line::Whole(line));
            return;
        } else {
            self.torn.extend_from_slice(line);
            each(Line::Whole(&self.torn));
        }
        // A huge line is rare: its buffer is given back rather than kept for the whole run.
        self.torn = Vec::new();
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.too_long {
            return;
        }
        if self.torn.len() + bytes.len() > self.max {
            self.too_long = true;
            self.torn = Vec::new();
        } else {
            self.torn.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(pieces: &[&[u8]], max: usize) -> Vec<Option<Vec<u8>>> {
        let mut found = Vec::new();
        let mut lines = Lines::with_max(max);
        let mut each = |line: Line<'_>| {
            found.push(match line {
                Line::Whole(bytes) => Some(bytes.to_vec()),
                Line::TooLong => None,
            });
        };
        for piece in pieces {
            lines.feed(piece, &mut each);
            assert!(lines.torn.len() <= max);
        }
        lines.finish(&mut each);
        found
    }

    #[test]
    fn long_lines_are_left_out_and_a_torn_one_comes_last() {
        let some = |text: &str| Some(text.as_bytes().to_vec());
        let all = split(&[b"one\ntoo lo", b"ng\n\ntorn"], 5);
        assert_eq!(all, [some("one"), None, some(""), some("torn")]);
        assert_eq!(split(&[b"123456"], 5), [None]);
        assert_eq!(split(&[b"12345\n"], 5), [some("12345")]);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..200),
            size in 1_usize..40,
            max in 0_usize..30,
        ) {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(split(&pieces, max), split(&[&bytes], max));
        }
    }
}
