//! Words: what two records of one text have in common, whatever drew or wrapped it.
//!
//! A word is a run of letters and digits in small letters; a wide character is a word of its own,
//! since a wrap may stand before it. What the redactor masked is no word: the tags of the two
//! records differ, and so each is left out on both sides.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// How every mask begins.
const MASK: &str = "[REDACTED";

/// From here on scripts are written without blanks between words.
const FIRST_WIDE: char = '\u{2e80}';

/// Words that are compared together: two lines that say different things seldom share three in a
/// row.
pub(super) const RUN: usize = 3;
/// Two texts that share this part of their words are the same one, seen by two witnesses.
pub(super) const SAME: f64 = 0.5;
/// A text of which so much was there before is drawn a second time.
pub(super) const TWICE: f64 = 0.9;

/// The words of a text, as hashes.
pub(super) fn words(text: &str) -> Vec<u64> {
    let mut found = Vec::new();
    each(text, &mut |word| found.push(hash(word)));
    found
}

/// How many words a text has.
pub(super) fn count(text: &str) -> usize {
    let mut count = 0;
    each(text, &mut |_| count += 1);
    count
}

/// A hash of a line without its numbers and signs: that of a clock stays the same while it ticks.
pub(super) fn skeleton(text: &str) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let mut some = false;
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()) {
        // The letter after a number is its unit.
        if word.len() > 1 {
            word.hash(&mut hasher);
            some = true;
        }
    }
    some.then(|| hasher.finish())
}

/// The runs of words of a text: a set that says whether another text holds the same.
#[derive(Debug, Default)]
pub(super) struct Runs {
    held: HashSet<u64>,
    words: HashSet<u64>,
    /// The end of what was added, with which the next run begins.
    last: Vec<u64>,
}

impl Runs {
    /// The runs of lines that follow each other.
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut runs = Self::default();
        lines.for_each(|line| runs.add(line));
        runs
    }

    /// The runs of some words.
    pub(super) fn of_words(words: &[u64]) -> Self {
        let mut runs = Self::default();
        runs.add_words(words);
        runs
    }

    /// Adds what comes next in a text.
    pub(super) fn add(&mut self, text: &str) {
        self.add_words(&words(text));
    }

    /// The same, as words.
    pub(super) fn add_words(&mut self, words: &[u64]) {
        self.words.extend(words);
        self.last.extend(words);
        self.held.extend(self.last.windows(RUN).map(run));
        let keep = self.last.len().saturating_sub(RUN - 1);
        self.last.drain(..keep);
    }

    /// Of the words of a text, the part that stands here, from 0 to 1; 0 for none.
    pub(super) fn share(&self, words: &[u64]) -> f64 {
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
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }
}

fn run(words: &[u64]) -> u64 {
    hash(words)
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn each(text: &str, take: &mut impl FnMut(&str)) {
    let mut rest = text;
    while let Some(at) = rest.find(MASK) {
        plain(&rest[..at], take);
        let end = rest[at..].find(']').map_or(rest.len(), |end| at + end + 1);
        rest = &rest[end..];
    }
    plain(rest, take);
}

fn plain(text: &str, take: &mut impl FnMut(&str)) {
    let mut word = String::new();
    for c in text.chars() {
        let wide = c >= FIRST_WIDE;
        if !c.is_alphanumeric() || wide {
            if !word.is_empty() {
                take(&word);
                word.clear();
            }
            if wide && c.is_alphanumeric() {
                take(c.encode_utf8(&mut [0; 4]));
            }
            continue;
        }
        word.extend(c.to_lowercase());
    }
    if !word.is_empty() {
        take(&word);
    }
}
