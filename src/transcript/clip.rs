//! Cuts texts to a number of bytes, between characters, so that a reader sees that it was cut.

use std::borrow::Cow;

/// Stands where text is missing.
const ELLIPSIS: &str = "…";

/// The beginning of `text`, at most `max` bytes with the ellipsis.
pub(super) fn head(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(max.saturating_sub(ELLIPSIS.len()));
    Cow::Owned(format!("{}{ELLIPSIS}", &text[..end]))
}

/// Beginning and end of `text`, at most `max` bytes with what stands between them.
pub(super) fn middle(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    let half = max.saturating_sub(ELLIPSIS.len() + 2) / 2;
    let start = &text[..text.floor_char_boundary(half)];
    let end = &text[text.ceil_char_boundary(text.len() - half)..];
    Cow::Owned(format!("{start}\n{ELLIPSIS}\n{end}"))
}

/// The first line that says something, trimmed, at most `max` bytes.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    if lines.next().is_none() {
        return head(first, max).into_owned();
    }
    let cut = head(first, max.saturating_sub(ELLIPSIS.len() + 1)).into_owned();
    if cut.ends_with(ELLIPSIS) { cut } else { format!("{cut} {ELLIPSIS}") }
}

/// The beginning of `text`, at most `max` characters with the ellipsis.
pub(super) fn characters(text: &str, max: usize) -> String {
    if text.len() <= max || text.chars().nth(max).is_none() {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut + ELLIPSIS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_lie_between_characters_and_within_the_limit() {
        let text = "é日🚀abc".repeat(9);
        for max in 3..text.len() + 2 {
            assert!(head(&text, max).len() <= max);
            assert!(middle(&text, max.max(5)).len() <= max.max(5));
            assert!(characters(&text, max).chars().count() <= max);
        }
        assert_eq!(middle("0123456789", 9), "01\n…\n89");
        assert_eq!(one_line("\n  one \ntwo", 40), "one …");
        assert_eq!(one_line("one\n\n", 40), "one");
    }
}
