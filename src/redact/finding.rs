//! Where secrets are in a text: what a person is told who wants to know before anything is hidden.

use std::collections::VecDeque;

use memchr::{memchr_iter, memrchr};

/// One secret in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Its line, from 1.
    pub line: usize,
    /// The column of its first character, from 1, without escape sequences.
    pub column: usize,
    /// What it is, as in its tag.
    pub kind: &'static str,
    /// It has a checksum, which is right.
    pub is_checked: bool,
}

/// Where in a text somebody is: it is told every part of it, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    line: usize,
    column: usize,
}

impl Position {
    /// The beginning.
    pub(super) fn start() -> Self {
        Self { line: 1, column: 1 }
    }

    /// Goes over `text`.
    pub(super) fn pass(&mut self, text: &[u8]) {
        let mut rest = text;
        if let Some(last) = memrchr(b'\n', text) {
            self.line += memchr_iter(b'\n', text).count();
            self.column = 1;
            rest = &text[last + 1..];
        }
        self.column += rest.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count();
    }

    /// Something of this kind is here.
    pub(super) fn finding(self, kind: &'static str) -> Finding {
        Finding { line: self.line, column: self.column, kind, is_checked: false }
    }
}

/// Collects findings while a scanner runs.
#[derive(Debug)]
pub(super) struct Finder {
    at: Position,
    found: Vec<Finding>,
    /// What is hidden in a sequence, and before which logical byte that stands.
    awaited: VecDeque<(usize, Finding)>,
}

impl Default for Finder {
    fn default() -> Self {
        Self { at: Position::start(), found: Vec::new(), awaited: VecDeque::new() }
    }
}

impl Finder {
    /// The text goes on with this, which is logical text from `from` on.
    pub(super) fn pass(&mut self, mut from: usize, mut text: &[u8]) {
        while let Some((at, found)) = self.awaited.pop_front_if(|(at, _)| *at <= from + text.len())
        {
            let (before, rest) = text.split_at(at.saturating_sub(from));
            self.at.pass(before);
            self.note(found.kind, found.is_checked);
            (from, text) = (at.max(from), rest);
        }
        self.at.pass(text);
    }

    /// The text goes on with a letter that is written in `columns` bytes.
    pub(super) fn pass_letter(&mut self, at: usize, columns: usize) {
        self.pass(at, b"");
        self.at.column += columns;
    }

    /// What a sequence before the logical byte `at` holds is hidden.
    pub(super) fn await_text(&mut self, at: usize, found: Finding) {
        self.awaited.push_back((at, found));
    }

    /// What comes next is hidden.
    pub(super) fn note(&mut self, kind: &'static str, is_checked: bool) {
        self.found.push(Finding { is_checked, ..self.at.finding(kind) });
    }

    /// The findings so far, once.
    pub(super) fn take(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_and_lines_begin_anew() {
        let mut at = Position::start();
        for part in ["one\nzw", "\u{f6}", "lf ", "x"] {
            at.pass(part.as_bytes());
        }
        let found = at.finding("x");
        assert_eq!((found.line, found.column, found.kind), (2, 8, "x"));
    }
}
