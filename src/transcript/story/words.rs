//! The words of a sentence in any script, as hashes: whether two sentences speak of the same thing
//! needs no dictionary.

/// Hashes are their own hash.
#[derive(Debug, Default, Clone)]
pub(super) struct AsIs(u64);

impl std::hash::Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A map whose keys are hashes.
pub(super) type Hashed<T> = std::collections::HashMap<u64, T, std::hash::BuildHasherDefault<AsIs>>;

/// The multiplier of FNV-1a.
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// A word as a number. Two words with the same one are rare enough not to matter.
pub(super) type Word = u64;

/// The words of `text`, in order: runs of letters and digits without case; where a script writes
/// no blanks, every two neighbours.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut all = Vec::with_capacity(text.len() / 6 + 1);
    let mut now = Hash::default();
    let mut before: Option<char> = None;
    for c in text.chars() {
        if is_dense(c) {
            now.end(&mut all);
            if let Some(before) = before {
                now.add(before);
                now.add(c);
                now.end(&mut all);
            }
            before = Some(c);
        } else {
            before = None;
            if c.is_alphanumeric() {
                c.to_lowercase().for_each(|c| now.add(c));
            } else {
                now.end(&mut all);
            }
        }
    }
    now.end(&mut all);
    all
}

/// The hash of a whole text.
pub(super) fn hash(text: &str) -> u64 {
    // Eight bytes at a time: this is asked about all that was ever said.
    let (chunks, rest) = text.as_bytes().as_chunks::<8>();
    let mut hash = text.len() as u64;
    for chunk in chunks {
        hash = (hash ^ u64::from_le_bytes(*chunk)).wrapping_mul(FNV_PRIME).rotate_left(23);
    }
    rest.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
}

/// The hash of what is left of a text without its names of files, numbers and code: two sentences
/// with the same one differ only in what they are about.
pub(super) fn shape(text: &str) -> u64 {
    let is_concrete = |run: &str| {
        let is_mark = |c: char| c.is_ascii_digit() || "/._`=".contains(c);
        run.contains(is_mark) || is_camel(run)
    };
    let mut left = String::with_capacity(text.len());
    for run in text.split_inclusive(|c: char| !c.is_ascii_graphic()) {
        let name = run.trim_end_matches(|c: char| !c.is_ascii_graphic());
        // The mark at the end of a sentence is no part of a name.
        if !is_concrete(name.trim_end_matches(['.', '?', '!'])) {
            left.push_str(name);
        }
        left.push_str(&run[name.len()..]);
    }
    hash(&left)
}

/// The names in a text that can be nothing else: of files and of code.
pub(super) fn names(text: &str) -> Vec<Word> {
    let mut before = ' ';
    let mut is_edge = |c: char| {
        // A particle that is written on to a name is no part of it.
        let turns = before.is_ascii_alphanumeric() && !c.is_ascii();
        before = c;
        turns || is_dense(c) || !(c.is_ascii_graphic() || c.is_alphanumeric())
    };
    let is_name = |run: &&str| {
        // Not `e.g`.
        let is_long = run.chars().nth(3).is_some();
        is_long
            && run.contains(char::is_alphabetic)
            && (run.contains(['.', '/', '_']) || is_camel(run))
    };
    text.split(&mut is_edge)
        .map(|run| run.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(is_name)
        .map(|run| hash(&run.to_lowercase()))
        .collect()
}

/// Whether a word is written like `camelCase`: only names of code and of products are.
fn is_camel(word: &str) -> bool {
    word.as_bytes().windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase())
}

/// Scripts without blanks between words: Han, kana, Thai, Lao, Khmer, Burmese.
pub(super) fn is_dense(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// FNV-1a over characters: quick for short words, and the same on every machine.
struct Hash {
    value: u64,
    is_empty: bool,
}

impl Default for Hash {
    fn default() -> Self {
        Self { value: 0xcbf2_9ce4_8422_2325, is_empty: true }
    }
}

impl Hash {
    fn add(&mut self, c: char) {
        self.value = (self.value ^ u64::from(c)).wrapping_mul(FNV_PRIME);
        self.is_empty = false;
    }

    fn end(&mut self, all: &mut Vec<Word>) {
        let done = std::mem::take(self);
        if !done.is_empty {
            all.push(done.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_leaves_out_what_a_sentence_is_about() {
        assert_eq!(shape("look at src/a.rs, line 7."), shape("look at lib/b_c.py, line 12."));
        assert_eq!(shape("{a/b.rs} の 28 行目を見る"), shape("{c.rs} の 3 行目を見る"));
        assert_eq!(shape("fooBar is used"), shape("BazQux is used"));
        assert_ne!(shape("Use Redis for the queue."), shape("Use Kafka for the queue."));
    }

    #[test]
    fn names_are_told_from_other_words() {
        let count = |text: &str| names(text).len();
        assert_eq!(names("README.mdには触らない"), names("Not `README.md`!"));
        assert_eq!(names("app.py를 고쳐"), names("app.py"));
        assert_eq!(names("не трогай дані.csv"), names("дані.csv,"));
        assert_eq!(count("Keep fooBar in etl/legacy"), 2);
        assert_eq!(count("NEVER more than 80.5, e.g. do it. Not now."), 0);
    }

    #[test]
    fn words_are_found_in_any_script() {
        assert_eq!(words("Use Redis, not redis!").len(), 4);
        assert_eq!(words("Redis")[0], words("(redis)")[0]);
        assert_eq!(words("数据库用").len(), 3);
        assert_eq!(words("не трогай migrations/").len(), 3);
        assert!(words("… — !").is_empty());
    }
}
