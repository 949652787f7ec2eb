//! Tags: what stands in the place of a secret in everything that is stored.
//!
//! In text a tag is `[REDACTED:<kind>:<digits>]`. Where a bracket would be read as something else,
//! in a URL or at the beginning of a value of YAML, the same tag is `REDACTED-<kind>-<digits>`.
//! Whoever counts tags or steps over them knows both forms from here, and tags of any earlier
//! length.

use memchr::memmem;

/// What is in every tag, and in no secret.
pub const SIGN: &str = "REDACTED";

/// How tags in brackets begin, also the one without a kind that a recording has where another does
/// not fit.
pub const BRACKET: &str = "[REDACTED";

/// How tags begin, in text and where no bracket may stand.
pub const OPENINGS: [&str; 2] = ["[REDACTED:", "REDACTED-"];

/// Hexadecimal digits of a tag. Among 10,000 secrets of one kind, far more than a project has, two
/// get the same ten with a probability of 1 to 22,000; a tag of most tokens still fits into their
/// cells of a recording.
pub const DIGITS: usize = 10;

/// How a tag is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `[REDACTED:kind:digits]`
    Brackets,
    /// `REDACTED-kind-digits`
    Plain,
}

/// The tag of a secret of this kind, with the first [`DIGITS`] digits of its `hash`.
pub fn write(kind: &str, hash: &[u8; 32], form: Form) -> String {
    let digits = hex::encode(&hash[..DIGITS / 2]);
    match form {
        Form::Brackets => format!("[REDACTED:{kind}:{digits}]"),
        Form::Plain => format!("REDACTED-{kind}-{digits}"),
    }
}

/// The length of the tag that `text` begins with, if it begins with a whole one.
pub fn len(text: &[u8]) -> Option<usize> {
    OPENINGS.iter().find_map(|opening| {
        let inner = text.strip_prefix(opening.as_bytes())?;
        let end = inner.iter().position(|byte| !is_inner(*byte)).unwrap_or(inner.len());
        let len = if opening.starts_with('[') {
            (end > 0 && inner.get(end) == Some(&b']')).then_some(end + 1)
        } else {
            plain_len(&inner[..end])
        };
        len.map(|len| opening.len() + len)
    })
}

/// Whether `text` is the beginning of a tag, or may turn out to be.
pub fn is_begun(text: &[u8]) -> bool {
    OPENINGS.iter().any(|opening| {
        let inner = text.strip_prefix(opening.as_bytes());
        inner.is_some_and(|inner| inner.iter().all(|byte| is_inner(*byte)))
    })
}

/// Whether `text` holds what only tags hold.
pub fn is_in(text: &[u8]) -> bool {
    memmem::find(text, SIGN.as_bytes()).is_some()
}

/// How many tags `text` has.
pub fn count(text: &str) -> usize {
    let text = text.as_bytes();
    let is_tag =
        |sign: &usize| len(&text[*sign..]).or(len(&text[sign.saturating_sub(1)..])).is_some();
    memmem::find_iter(text, SIGN.as_bytes()).filter(is_tag).count()
}

/// The length of kind and digits without a bracket behind them: nothing else says where they end.
fn plain_len(inner: &[u8]) -> Option<usize> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_end = |end: &[u8]| end[0] == b'-' && end[1..].iter().all(is_digit);
    let kind = inner.windows(1 + DIGITS).position(is_end)?;
    (kind > 0).then_some(kind + 1 + DIGITS)
}

fn is_inner(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_in_both_forms_whatever_follows() {
        for form in [Form::Brackets, Form::Plain] {
            let tag = write("github-pat", &[0x3f; 32], form);
            for after in ["", "@host", "-and-more", "9zz", "]", ":3f", "\u{e4}"] {
                assert_eq!(
                    len(format!("{tag}{after}").as_bytes()),
                    Some(tag.len()),
                    "{tag}{after}"
                );
            }
            for cut in OPENINGS[1].len() + 1..tag.len() {
                assert_eq!(len(&tag.as_bytes()[..cut]), None, "{tag} up to {cut}");
                assert!(is_begun(&tag.as_bytes()[..cut]), "{tag} up to {cut}");
            }
            assert_eq!(count(&format!("{tag}, https://{tag}@host/{tag}{tag}")), 4);
        }
    }

    #[test]
    fn tags_of_earlier_versions_are_tags() {
        assert_eq!(len(b"[REDACTED:github-pat:3f2a] and"), Some(26));
    }

    #[test]
    fn only_whole_tags_are_tags() {
        for text in
            ["[REDACTED:a b]", "[REDACTED:]", "REDACTED-", "REDACTED--0123456789", "[REDACTED]"]
        {
            assert_eq!((len(text.as_bytes()), count(text)), (None, 0), "{text}");
        }
        assert!(!is_begun(b"redacted-") && !is_begun(b"[REDACTED:A"));
    }
}
