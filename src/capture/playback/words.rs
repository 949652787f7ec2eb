//! Words: what two records of one text have in common, whatever drew or wrapped it.
//!
//! A word is a run of letters and digits in small letters; a wide character is a word of its own,
//! since a wrap may stand before it. What the redactor masked is no word: the tags of the two
//! records differ, and so each is left out on both sides.

use std::ops::Range;
use std::sync::LazyLock;

use foldhash::HashSet;
use memchr::memmem;

use crate::model::tag;

/// An odd number whose bits are mixed: words in another order are another run.
const RUN_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// From here on scripts are written without blanks between words.
const FIRST_WIDE: char = '\u{2e80}';

/// Words that are compared together: two lines that say different things seldom share three in a
/// row.
pub(in crate::capture) const RUN: usize = 3;
/// Two texts that share this part of their words are the same one, seen by two witnesses.
pub(in crate::capture) const SAME: f64 = 0.5;
/// Words that come after the end of a turn and are no reply: how long it took.
pub(in crate::capture) const CLOSING_MAX: usize = 8;
/// A text of which so much was there before is drawn a second time.
pub(in crate::capture) const TWICE: f64 = 0.9;

/// The words of a text, as hashes.
pub(in crate::capture) fn words(text: &str) -> Vec<u64> {
    let mut found = Vec::new();
    each(text, &mut |word, _| found.push(word));
    found
}

/// The same, and where in the text each of them stands.
pub(in crate::capture) fn places(text: &str) -> Vec<(u64, Range<usize>)> {
    let mut found = Vec::new();
    each(text, &mut |word, place| found.push((word, place)));
    found
}

/// How many words a text has.
pub(in crate::capture) fn count(text: &str) -> usize {
    let mut count = 0;
    each(text, &mut |_, _| count += 1);
    count
}

/// Whether a text has words.
pub(in crate::capture) fn any(text: &str) -> bool {
    text.contains(is_letter) && (mask(text).is_none() || count(text) > 0)
}

/// A hash of a line without its numbers and signs: that of a clock stays the same while it ticks.
pub(in crate::capture) fn skeleton(text: &str) -> Option<u64> {
    let (mut line, mut word) = (Hashed::EMPTY, Hashed::EMPTY);
    for c in text.chars().chain([' ']) {
        if is_letter(c) && (c >= FIRST_WIDE || !c.is_numeric()) {
            word.add(c);
            continue;
        }
        let word = std::mem::replace(&mut word, Hashed::EMPTY);
        // The letter after a number is its unit.
        if word.bytes > 1 {
            line = line.with(word.hash);
        }
    }
    (line.bytes > 0).then_some(line.hash)
}

/// A hash that grows with its text (FNV-1a): words are short, and are compared all the time.
#[derive(Clone, Copy)]
struct Hashed {
    hash: u64,
    bytes: usize,
}

impl Hashed {
    const EMPTY: Self = Self { hash: 0xcbf2_9ce4_8422_2325, bytes: 0 };

    fn add(&mut self, c: char) {
        if c.is_ascii() {
            *self = self.with(u64::from(c));
            return;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            *self = self.with(byte.into());
        }
    }

    fn with(self, value: u64) -> Self {
        let hash = (self.hash ^ value).wrapping_mul(0x0100_0000_01b3);
        Self { hash, bytes: self.bytes + 1 }
    }
}

/// The runs of words of a text: a set that says whether another text holds the same.
#[derive(Debug, Default)]
pub(in crate::capture) struct Runs {
    held: HashSet<u64>,
    words: HashSet<u64>,
    /// The end of what was added, with which the next run begins.
    last: Vec<u64>,
}

impl Runs {
    /// The runs of lines that follow each other.
    pub(in crate::capture) fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut runs = Self::default();
        lines.for_each(|line| runs.add(line));
        runs
    }

    /// The runs of some words.
    pub(in crate::capture) fn of_words(words: &[u64]) -> Self {
        let mut runs = Self::default();
        runs.add_words(words);
        runs
    }

    /// Adds what comes next in a text.
    pub(in crate::capture) fn add(&mut self, text: &str) {
        self.add_words(&words(text));
    }

    /// The same, as words.
    pub(in crate::capture) fn add_words(&mut self, words: &[u64]) {
        self.words.extend(words);
        self.last.extend(words);
        self.held.extend(self.last.windows(RUN).map(run));
        let keep = self.last.len().saturating_sub(RUN - 1);
        self.last.drain(..keep);
    }

    /// Of the words of a text, the part that stands here, from 0 to 1; 0 for none.
    pub(in crate::capture) fn share(&self, words: &[u64]) -> f64 {
        if words.is_empty() {
            return 0.0;
        }
        if words.len() < RUN {
            let held = words.iter().filter(|word| self.words.contains(word)).count();
            return held as f64 / words.len() as f64;
        }
        // A word is held when one of the runs that it is part of is held.
        let mut held = vec![false; words.len()];
        for (at, window) in words.windows(RUN).enumerate() {
            if self.held.contains(&run(window)) {
                held[at..at + RUN].fill(true);
            }
        }
        held.iter().filter(|held| **held).count() as f64 / words.len() as f64
    }

    /// How many runs are held.
    pub(in crate::capture) fn len(&self) -> usize {
        self.held.len()
    }
}

/// A hash of words that follow each other.
pub(in crate::capture) fn run(words: &[u64]) -> u64 {
    let fold = |run: u64, word: &u64| (run.rotate_left(21) ^ word).wrapping_mul(RUN_FACTOR);
    words.iter().fold(0, fold)
}

fn each(text: &str, take: &mut impl FnMut(u64, Range<usize>)) {
    let mut at = 0;
    while let Some(mask) = mask(&text[at..]) {
        plain(text, at..at + mask.start, take);
        at += mask.end;
    }
    plain(text, at..text.len(), take);
}

/// Where the first mask stands: a tag, or what a recording has room for in the place of one.
fn mask(text: &str) -> Option<Range<usize>> {
    static SIGN: LazyLock<memmem::Finder<'static>> =
        LazyLock::new(|| memmem::Finder::new(tag::SIGN));
    SIGN.find_iter(text.as_bytes()).find_map(|sign| {
        if text[..sign].ends_with('[') {
            let end = text[sign..].find(']').map_or(text.len(), |end| sign + end + 1);
            return Some(sign - 1..end);
        }
        tag::len(&text.as_bytes()[sign..]).map(|len| sign..sign + len)
    })
}

fn plain(text: &str, part: Range<usize>, take: &mut impl FnMut(u64, Range<usize>)) {
    let (mut word, mut start) = (Hashed::EMPTY, part.start);
    let chars = text[part.clone()].char_indices().map(|(at, c)| (part.start + at, c));
    for (at, c) in chars.chain([(part.end, ' ')]) {
        let is_letter = is_letter(c);
        if is_letter && c < FIRST_WIDE {
            if word.bytes == 0 {
                start = at;
            }
            if c.is_ascii() {
                word.add(c.to_ascii_lowercase());
            } else {
                c.to_lowercase().for_each(|c| word.add(c));
            }
            continue;
        }
        let word = std::mem::replace(&mut word, Hashed::EMPTY);
        if word.bytes > 0 {
            take(word.hash, start..at);
        }
        if is_letter {
            let mut wide = Hashed::EMPTY;
            wide.add(c);
            take(wide.hash, at..at + c.len_utf8());
        }
    }
}

/// Whether words are made of it. Signs and boxes are much of what a screen shows, and so are Chinese
/// characters of some: they are told without looking them up.
fn is_letter(c: char) -> bool {
    match c {
        '\u{2010}'..='\u{2060}' | '\u{2190}'..='\u{23ff}' | '\u{2500}'..='\u{259f}' => false,
        '\u{4e00}'..='\u{9fff}' => true,
        _ => c.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_what_unicode_says() {
        let is_drawn = |c: char| ('\u{2500}'..='\u{259f}').contains(&c);
        for c in '\0'..=char::MAX {
            assert_eq!(is_letter(c), c.is_alphanumeric() && !is_drawn(c), "{c:?}");
        }
    }

    #[test]
    fn a_mask_is_no_word() {
        assert!(any("• a") && any("日") && !any("• ── …") && !any(""));
        assert_eq!(any("[REDACTED:key:1]"), count("[REDACTED:key:1]") > 0);
    }
}
