//! Text on its way to a terminal: colour, width, and what must not get there.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a piece of text is, for its colour. The sixteen palette colours follow the person's own
/// scheme, light or dark; colour never carries meaning alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// A title.
    Heading,
    /// The name of a value.
    Key,
    /// Less important.
    Muted,
    /// It worked.
    Success,
    /// Take care.
    Warning,
    /// It failed.
    Error,
}

impl Tone {
    fn sgr(self) -> &'static str {
        match self {
            Self::Heading => "1",
            Self::Key => "36",
            Self::Muted => "2",
            Self::Success => "1;32",
            Self::Warning => "1;33",
            Self::Error => "1;31",
        }
    }
}

/// `text` in the colour of `tone`, where colour is on.
pub(super) fn paint(colour: bool, tone: Tone, text: &str) -> String {
    if colour && !text.is_empty() {
        format!("\u{1b}[{}m{text}\u{1b}[0m", tone.sgr())
    } else {
        text.to_owned()
    }
}

/// `text` without the characters that would act on a terminal instead of showing: controls other
/// than line ends and tabs, and those that turn the direction of writing.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !acts(*c)).collect()
}

fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` filled up with spaces to `width` cells.
pub(super) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// `text` cut to `width` cells, with `…` where something is missing.
pub(super) fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1; // the sign itself
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_counts_cells_and_not_characters() {
        assert_eq!(fit("日本語", 6), "日本語");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("abc", 1), "…");
        assert_eq!(pad("日", 4), "日  ");
    }
}
