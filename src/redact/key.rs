//! Private keys: what stands between `-----BEGIN … PRIVATE KEY…-----` and `-----END` in PEM and PGP
//! armour, and between `Private-Lines: …` and `Private-MAC: …` in PuTTY's files.
//!
//! A body may be long, so it is not kept: its bytes go into the tag's hash and are dropped as they
//! come. The body ends where it stops looking like one, with or without `-----END`, so a key that
//! was cut off does not swallow what follows. The marker lines stay, for readers and for diffs.

mod gutter;

use super::cells::OPEN_END;
use super::charset::Set;
use super::tag::Tag;
use super::verdict::Verdict;
use super::window::Window;
use crate::model::tag;
use gutter::Gutter;

/// How every armour begins.
pub(super) const ANCHOR: &str = "-----BEGIN ";

/// What precedes the private lines of a PuTTY key, and their number.
pub(super) const LINES_ANCHOR: &str = "Private-Lines: ";

/// How lines begin that are no key's, up to the first byte that no key has: the line that follows
/// the private lines, and a tag.
const LINES_ENDS: [&[u8]; 2] = [b"Private", tag::SIGN.as_bytes()];

/// Digits of their number: keys of 16,384 bits have some 150 lines.
const LINES_DIGITS_MAX: usize = 4;

/// The kind of its tag.
pub(super) const KIND: &str = "private-key";

/// What the label of a secret one contains; certificates and public keys do not.
const LABEL: &[u8] = b"PRIVATE KEY";

/// The longest label: `PGP PRIVATE KEY BLOCK` and `ENCRYPTED PRIVATE KEY` have 21 bytes.
const LABEL_MAX: usize = 40;

/// Body bytes that make a body. Fewer, and the marker was only spoken about.
const BODY_MIN: usize = 24;

/// The longest stretch without a body byte: line end, indentation, a gutter.
const TAIL_MAX: usize = 256;

/// The longest headers before a body, which are held back until it comes and hidden with it.
const HEADERS_MAX: usize = 1024;

/// How far before a body its line is looked at, for what further lines begin with as well.
const LINE_MAX: usize = 100;

const DASHES: &[u8] = b"-----";

/// Checks the armour whose anchor ends at `from`.
pub(super) fn check(window: &Window, from: usize) -> Verdict {
    let seen = window.ahead(from, LABEL_MAX + DASHES.len());
    let len = seen.iter().position(|b| !matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b' '));
    let label = &seen[..len.unwrap_or(seen.len())];
    let rest = &seen[label.len()..];
    if rest.starts_with(DASHES) {
        let secret = label.windows(LABEL.len()).any(|w| w == LABEL);
        let from = from + label.len() + DASHES.len();
        return if secret { Verdict::KeyBody { from } } else { Verdict::No };
    }
    if DASHES.starts_with(rest) && label.len() <= LABEL_MAX && window.is_open_at(from + seen.len())
    {
        return Verdict::More { from: window.sight(), mask: None };
    }
    Verdict::No
}

/// Checks the private lines of a PuTTY key, whose anchor ends at `from`.
pub(super) fn check_lines(window: &Window, from: usize) -> Verdict {
    let seen = window.ahead(from, LINES_DIGITS_MAX + 1);
    let digits = seen.iter().take_while(|b| b.is_ascii_digit()).count();
    match seen.get(digits) {
        Some(b'\r' | b'\n' | b'\\' | b' ' | &OPEN_END) if digits > 0 => {
            Verdict::KeyBody { from: from + digits }
        }
        None if digits <= LINES_DIGITS_MAX && window.is_open_at(from + digits) => {
            Verdict::More { from: window.sight(), mask: None }
        }
        _ => Verdict::No,
    }
}

/// What a byte is to a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A byte of the key.
    Body,
    /// Between two bytes of the key, or after its last.
    Between,
    /// No more of it.
    Leave,
}

/// A body, as its bytes come.
pub(super) struct Body {
    tag: Option<Tag>,
    /// Where it begins, after the marker line.
    pub(super) from: usize,
    /// Its first byte, when there is one.
    pub(super) first: Option<usize>,
    /// One past its last byte so far.
    pub(super) end: usize,
    /// Whether its bytes are being dropped.
    pub(super) sure: bool,
    seen: usize,
    line: usize,
    lines: usize,
    is_header: bool,
    has_blank: bool,
    is_escape: bool,
    dashes: usize,
    gutter: Gutter,
    /// Which of `LINES_ENDS` the line may be.
    end_word: &'static [u8],
    /// How much of that the line is so far, if it is nothing else.
    ending: Option<usize>,
}

impl Body {
    /// A body that begins at `from`, with the line up to there.
    pub(super) fn new(window: &Window, from: usize, tag: Tag) -> Self {
        let before = window.line_back(from, LINE_MAX);
        // What was hidden in the line must not stay in those that follow.
        let is_looked_through = window.floor() > from - before.len();
        let before = if is_looked_through { &[] } else { before };
        Self {
            gutter: Gutter::before(before, &[ANCHOR, LINES_ANCHOR]),
            tag: Some(tag),
            from,
            first: None,
            end: from,
            sure: false,
            seen: 0,
            line: 0,
            lines: 0,
            is_header: false,
            has_blank: false,
            is_escape: false,
            dashes: 0,
            end_word: LINES_ENDS[0],
            ending: Some(0),
        }
    }

    /// The tag, once; later there is nothing left to write.
    pub(super) fn take_tag(&mut self) -> Option<Tag> {
        self.tag.take()
    }

    /// Takes the byte at `at`.
    pub(super) fn step(&mut self, at: usize, byte: u8) -> Step {
        let step = self.classify(byte);
        match step {
            Step::Body if !self.sure && at - self.from >= HEADERS_MAX => return Step::Leave,
            Step::Body => self.keep(at, byte),
            Step::Between if at - self.end >= TAIL_MAX => return Step::Leave,
            Step::Between | Step::Leave => {}
        }
        step
    }

    fn classify(&mut self, byte: u8) -> Step {
        if self.is_escape {
            self.is_escape = byte == b'\\';
            return match byte {
                b'n' => {
                    let step = self.line_end();
                    self.gutter.begin_literal();
                    step
                }
                b'r' | b't' | b'\\' => Step::Between,
                _ => Step::Leave,
            };
        }
        if self.gutter.takes(byte) {
            if byte == b'\n' {
                self.line_end();
            }
            return Step::Between;
        }
        self.dashes = if byte == b'-' { self.dashes + 1 } else { 0 };
        match byte {
            b'\n' | OPEN_END => self.line_end(),
            b'\\' => {
                self.is_escape = true;
                Step::Between
            }
            b'\r' => Step::Between,
            b' ' | b'\t' => {
                self.has_blank |= self.line > 0;
                Step::Between
            }
            b'-' if self.ending == Some(self.end_word.len()) => Step::Leave,
            b'-' if self.dashes < DASHES.len() => Step::Between,
            b':' if self.lines == 0 => {
                // What came on this line was the name of a header, and proves no body.
                self.is_header = true;
                self.seen = 0;
                Step::Body
            }
            b'!'..=b'~' if self.is_header && byte != b'"' => Step::Body,
            _ if !Set::Base64.has(byte) => Step::Leave,
            // A second word on a line: prose, the key was cut off.
            _ if self.has_blank => Step::Leave,
            _ if self.is_ending(byte) && self.first.is_some() => Step::Between,
            _ => Step::Body,
        }
    }

    /// Whether the line is the beginning of one of `LINES_ENDS`, this byte included.
    fn is_ending(&mut self, byte: u8) -> bool {
        if self.ending == Some(0) {
            let word = LINES_ENDS.into_iter().find(|word| word.starts_with(&[byte]));
            self.end_word = word.unwrap_or(self.end_word);
        }
        let next = self.ending.filter(|at| self.end_word.get(*at) == Some(&byte));
        self.ending = next.map(|at| at + 1);
        next.is_some()
    }

    fn line_end(&mut self) -> Step {
        if self.line > 0 && !self.is_header {
            self.lines += 1;
        } else if self.line == 0 && self.lines > 0 && !self.gutter.is_between() {
            return Step::Leave;
        }
        self.line = 0;
        self.gutter.begin_line();
        self.ending = Some(0);
        self.is_header = false;
        self.has_blank = false;
        Step::Between
    }

    fn keep(&mut self, at: usize, byte: u8) {
        self.first.get_or_insert(at);
        self.end = at + 1;
        self.line += 1;
        self.seen += usize::from(!self.is_header);
        self.sure |= self.seen >= BODY_MIN;
        if let Some(tag) = &mut self.tag {
            tag.update(&[byte]);
        }
    }
}
