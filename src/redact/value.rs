//! Whether a value looks like a secret, and not like code, a word, a path or a placeholder.
//!
//! Only the first bytes of a long value are judged: enough to tell, and it keeps hostile input
//! linear.

use std::sync::LazyLock;

use super::sieve::{Sieve, Word};

/// Bytes of a value that are judged. Tokens are random from their first byte on.
const JUDGED_MAX: usize = 64;

/// Bits per byte below which a value is not random. English words and identifiers of eight
/// letters and more lie between 2 and 3, random tokens of sixteen above 3.2.
const RANDOM_BITS: f64 = 3.0;

/// Fewer letters than these tell nothing, and say little.
const BEGUN_MIN: usize = 4;

/// Numbers with more digits than a version are no words.
const NUMBER_MAX: usize = 3;

/// Single lower-case letters between upper-case ones from which on a value is no name.
const SCRAMBLED_MIN: usize = 2;

/// Digits and capitals inside of a word from which on few letters are no words.
const UNEVEN_MIN: usize = 3;

/// Digits at the end of a word that still leave it a word: `token2`, `sha256`, `x25519`.
const WORD_DIGITS_MAX: usize = 5;

/// Parts of values that people write where a secret would stand. Four equal letters in a row are in
/// one of 200,000 random values of forty letters and digits: few enough.
const PLACEHOLDERS: [&[u8]; 26] = [
    b"xxxx",
    b"XXXX",
    b"****",
    b"....",
    b"your-",
    b"your_",
    b"YOUR_",
    b"YOUR-",
    b"changeme",
    b"change-me",
    b"change_me",
    b"CHANGEME",
    b"placeholder",
    b"replace-",
    b"replace_",
    b"example.",
    b"example-",
    b"example_",
    b"-example",
    b"_example",
    b"redacted",
    b"REDACTED",
    b"process.env",
    b"environ",
    b"getenv",
    b"secrets.",
];

static PLACEHOLDER: LazyLock<Sieve> = LazyLock::new(|| {
    let exactly = |text: &[u8]| Word { text: text.to_vec(), is_exact: true };
    Sieve::new(PLACEHOLDERS.map(exactly).into())
});

/// Passwords that only show where one goes.
const OWN_NAMES: &[&str] = &["password", "passwd", "pass", "pwd", "secret", "token", "key"];

/// Whether the value stands for a secret without being one.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let value = judged(value);
    let one_byte = value.first().is_none_or(|first| value.iter().all(|b| b == first));
    one_byte || PLACEHOLDER.next(value, 0, &mut Vec::new()).is_some()
}

/// Whether a password only says what goes there.
pub(super) fn is_its_own_name(value: &[u8]) -> bool {
    OWN_NAMES.iter().any(|name| value.eq_ignore_ascii_case(name.as_bytes()))
}

/// Whether the value is the work of a random generator: letters and digits mixed, no words.
pub(super) fn is_random(value: &[u8]) -> bool {
    let value = judged(value);
    (value.iter().any(u8::is_ascii_digit) && !is_words(value) || is_scrambled(value))
        && value.iter().any(u8::is_ascii_alphabetic)
        && entropy(value) >= RANDOM_BITS
        && !is_placeholder(value)
}

/// Whether the value refers to a secret that is elsewhere: a variable, a template, a path.
pub(super) fn is_reference(value: &[u8]) -> bool {
    let is_path = matches!(value, [b'/' | b'~' | b'.', ..]) && is_words(value);
    let is_template = matches!(value, [b'$' | b'%' | b'{' | b'<' | b'[' | b'(', ..]);
    is_path
        || is_template
        || contains(value, b"::")
        || contains(value, b"://")
        || contains(value, b"${")
        || contains(value, b"{{")
}

/// Whether the value consists of words, such as `next_token`, `lexer.next2` or `parseToken`.
pub(super) fn is_words(value: &[u8]) -> bool {
    judged(value).split(|b| !b.is_ascii_alphanumeric()).all(is_word)
}

/// Whether letters are in upper and lower case as no name has them: `KqZr`, not `KeyZone`.
pub(super) fn is_scrambled(value: &[u8]) -> bool {
    let lone = |w: &&[u8]| matches!(w, [a, b, c] if a.is_ascii_uppercase() && b.is_ascii_lowercase() && c.is_ascii_uppercase());
    judged(value).windows(3).filter(lone).count() >= SCRAMBLED_MIN
}

fn is_word(piece: &[u8]) -> bool {
    let letters = piece.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let digits = piece[letters..].iter().take_while(|b| b.is_ascii_digit()).count();
    letters + digits == piece.len() && digits <= WORD_DIGITS_MAX
}

/// Whether letters and digits are mixed as in no word; too few of them to speak of randomness.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    let value = judged(value);
    value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && !is_words(value)
        && !is_placeholder(value)
}

/// Whether these may be the first letters of something random, whatever follows: letters, digits
/// and capitals take turns more often than in names.
pub(super) fn is_uneven(value: &[u8]) -> bool {
    let is_inner =
        |w: &&[u8]| w[1].is_ascii_digit() || w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase();
    is_mixed(value) || judged(value).windows(2).filter(is_inner).count() >= UNEVEN_MIN
}

/// Whether the value may be the first letters of something random: few, but not those of words.
pub(super) fn is_begun(value: &[u8]) -> bool {
    let value = judged(value);
    let is_plain = |piece: &[u8]| {
        let is_number = piece.len() > NUMBER_MAX && piece[0].is_ascii_digit();
        is_word(piece) && !is_number && piece.iter().skip(1).all(|b| !b.is_ascii_uppercase())
    };
    value.len() >= BEGUN_MIN
        && !is_placeholder(value)
        && !value.split(|b| !b.is_ascii_alphanumeric()).all(is_plain)
}

/// Shannon entropy in bits per byte.
fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[*byte as usize] += 1;
    }
    let len = value.len() as f64;
    let bits = |count: u32| (f64::from(count) / len) * (len / f64::from(count)).log2();
    counts.iter().filter(|count| **count > 0).map(|count| bits(*count)).sum()
}

fn judged(value: &[u8]) -> &[u8] {
    &value[..value.len().min(JUDGED_MAX)]
}

fn contains(value: &[u8], part: &[u8]) -> bool {
    judged(value).windows(part.len()).any(|w| w == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_values_and_code_are_told_apart() {
        for random in ["Zk3v9QpL1xW8sT2y", "9f86d081884c7d659a2feaa0c55ad015", "a1-b2c3d4-e5f6g7h8"]
        {
            assert!(is_random(random.as_bytes()), "{random}");
        }
        for code in ["next_token", "lexer.next2", "parse-v2-token", "0000000000", "PathBuf"] {
            assert!(!is_random(code.as_bytes()), "{code}");
        }
    }

    #[test]
    fn placeholders_and_references_are_known() {
        for p in ["xxxxxxxxxxxx", "your-api-key", "aaaaaaaaaa", "changeme123", "os.environ"] {
            assert!(is_placeholder(p.as_bytes()), "{p}");
        }
        for r in ["${DB_PASSWORD}", "$TOKEN", "/run/secrets/token", "Kind::Name", "{{ x }}"] {
            assert!(is_reference(r.as_bytes()), "{r}");
        }
    }
}
