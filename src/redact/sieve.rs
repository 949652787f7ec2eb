//! Finds where one of some hundred short texts ends, faster than an automaton and built in no time.
//!
//! The texts are sorted into 128 buckets, a bit each. A table tells for each byte in which buckets
//! it is one of the last four of a text, so three `and` operations per byte leave the buckets of
//! which a text may end there. That is rare, and then the texts of the bucket are compared.

/// Last bytes of a text that the table knows. With three, every `-ion` would be looked at.
const TAIL: usize = 4;

/// Buckets: the bits of two machine words. With one, transcripts take a tenth longer.
const BUCKETS: usize = u128::BITS as usize;

/// A text to look for.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: Vec<u8>,
    /// Upper and lower case are not the same.
    pub(super) is_exact: bool,
}

/// A word's last bytes, as they are compared.
#[derive(Debug, Clone, Copy)]
struct Tail {
    bits: u32,
    /// Bits that count: not the case of a letter, nothing before the word.
    mask: u32,
    word: usize,
}

/// Words, and how to find them.
#[derive(Debug)]
pub(super) struct Sieve {
    words: Vec<Word>,
    /// For each byte, the buckets that have it as their fourth last, third last, … last.
    rows: Box<[[u128; TAIL]; 256]>,
    buckets: Vec<Vec<Tail>>,
}

impl Sieve {
    pub(super) fn new(words: Vec<Word>) -> Self {
        let mut tails: Vec<Tail> = words.iter().enumerate().map(tail).collect();
        // Words of one bucket end alike, so that few other texts do. Short ones, of which the table
        // knows less, share one with fewer others.
        tails.sort_by_key(|tail| (tail.missing(), tail.bits.swap_bytes()));
        let total: usize = tails.iter().map(Tail::weight).sum();
        let (mut buckets, mut before) = (vec![Vec::new(); BUCKETS], 0);
        for tail in tails {
            buckets[before * BUCKETS / total].push(tail);
            before += tail.weight();
        }
        let mut rows = Box::new([[0; TAIL]; 256]);
        for (bit, bucket) in buckets.iter().enumerate() {
            for tail in bucket {
                let (bits, mask) = (tail.bits.to_be_bytes(), tail.mask.to_be_bytes());
                for place in 0..TAIL {
                    if mask[place] == 0 {
                        rows.iter_mut().for_each(|row| row[place] |= 1 << bit);
                    }
                    for byte in [bits[place], bits[place] | !mask[place]] {
                        rows[usize::from(byte)][place] |= 1 << bit;
                    }
                }
            }
        }
        Self { words, rows, buckets }
    }

    /// Where the next word ends in `text`, after the first `from` bytes of it. All words that end
    /// there are put into `found`, the longest first, and of equal ones in the order of the list.
    pub(super) fn next(&self, text: &[u8], from: usize, found: &mut Vec<usize>) -> Option<usize> {
        let mut begun = [u128::MAX; TAIL - 1];
        let known = from.saturating_sub(TAIL - 1);
        for byte in &text[known..from] {
            self.step(&mut begun, *byte);
        }
        for (at, byte) in text.iter().enumerate().skip(from) {
            let buckets = self.step(&mut begun, *byte);
            if buckets != 0 && self.compare(&text[..=at], buckets, found) {
                return Some(at + 1);
            }
        }
        None
    }

    /// Takes a byte; tells which buckets may have a word that ends with it.
    #[inline]
    fn step(&self, [first, second, third]: &mut [u128; TAIL - 1], byte: u8) -> u128 {
        let row = &self.rows[usize::from(byte)];
        let ended = *third & row[3];
        (*third, *second, *first) = (*second & row[2], *first & row[1], row[0]);
        ended
    }

    /// Compares the words of some buckets with the end of `text`.
    #[cold]
    fn compare(&self, text: &[u8], mut buckets: u128, found: &mut Vec<usize>) -> bool {
        let last = text.last_chunk().map_or_else(|| short(text), |last| u32::from_be_bytes(*last));
        found.clear();
        while buckets != 0 {
            let bucket = &self.buckets[buckets.trailing_zeros() as usize];
            let alike = bucket.iter().filter(|tail| last & tail.mask == tail.bits);
            found.extend(alike.map(|tail| tail.word).filter(|word| self.words[*word].ends(text)));
            buckets &= buckets - 1;
        }
        found.sort_unstable_by_key(|word| (usize::MAX - self.words[*word].text.len(), *word));
        !found.is_empty()
    }

    /// The length of a word.
    pub(super) fn len(&self, word: usize) -> usize {
        self.words[word].text.len()
    }
}

impl Word {
    fn ends(&self, text: &[u8]) -> bool {
        let end = text.len().checked_sub(self.text.len()).map(|at| &text[at..]);
        end.is_some_and(|end| {
            if self.is_exact { end == self.text } else { end.eq_ignore_ascii_case(&self.text) }
        })
    }
}

impl Tail {
    /// Bytes that the word has not.
    fn missing(&self) -> usize {
        self.mask.leading_zeros() as usize / 8
    }

    /// The share of a bucket that it should have.
    fn weight(&self) -> usize {
        1 + 2 * self.missing()
    }
}

fn tail((at, word): (usize, &Word)) -> Tail {
    let (mut bits, mut mask) = (0, 0);
    for byte in &word.text[word.text.len().saturating_sub(TAIL)..] {
        let has_case = !word.is_exact && byte.is_ascii_alphabetic();
        let counts = if has_case { !0x20 } else { u8::MAX };
        bits = bits << 8 | u32::from(byte & counts);
        mask = mask << 8 | u32::from(counts);
    }
    Tail { bits, mask, word: at }
}

/// The bytes of a text that is shorter than what is compared.
fn short(text: &[u8]) -> u32 {
    text.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(text: &[u8], is_exact: bool) -> Word {
        Word { text: text.to_vec(), is_exact }
    }

    #[test]
    fn what_ends_at_one_place_is_told_longest_first() {
        let sieve = Sieve::new(
            [("key", false), ("api_key", false), ("Key", true), ("ey", true), ("key", true)]
                .map(|(text, is_exact)| word(text.as_bytes(), is_exact))
                .into(),
        );
        let mut found = Vec::new();
        assert_eq!(sieve.next(b"my API_Key", 0, &mut found), Some(10));
        assert_eq!(found, [1, 0, 2, 3]);
        assert_eq!(sieve.next(b"my API_Key", 10, &mut found), None);
        assert_eq!(sieve.next(b"api_key", 6, &mut found), Some(7));
        assert_eq!(found, [1, 0, 4, 3]);
        assert_eq!(sieve.next(b"ey", 0, &mut found), Some(2));
        assert_eq!(sieve.next(b"keY", 0, &mut found), Some(3));
        assert_eq!(found, [0]);
    }

    proptest! {
        #[test]
        fn everything_is_found_and_nothing_else(
            words in prop::collection::vec(("[abAB_]{1,6}", any::<bool>()), 0..200),
            text in "[abAB_]{0,40}",
            cut in 0..40_usize,
        ) {
            let words: Vec<Word> =
                words.iter().map(|(text, is_exact)| word(text.as_bytes(), *is_exact)).collect();
            let text = text.as_bytes();
            let cut = cut.min(text.len());
            let ends = |at: &usize| words.iter().any(|word| word.ends(&text[..*at]));
            let first = (cut + 1..=text.len()).find(ends);
            let mut wanted: Vec<usize> = (0..words.len())
                .filter(|nth| first.is_some_and(|at| words[*nth].ends(&text[..at])))
                .collect();
            wanted.sort_by_key(|nth| (usize::MAX - words[*nth].text.len(), *nth));
            let (sieve, mut found) = (Sieve::new(words), Vec::new());
            prop_assert_eq!(sieve.next(text, cut, &mut found), first);
            prop_assert!(first.is_none() || found == wanted);
        }
    }
}
