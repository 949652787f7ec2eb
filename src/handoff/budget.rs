//! How long a text is for a model, and how much a handoff may take of its memory.

/// Tokens of a handoff for a model whose context window is not known: 3 % of the smallest of
/// today's.
const TOKENS: usize = 6_000;

/// Tokens of a handoff at least and at most, whatever the window: below, the state of the work has
/// no room; above, nobody reads it.
const TOKENS_MIN: usize = 2_000;
const TOKENS_MAX: usize = 12_000;

/// How much is told. [`Detail::Brief`] has half the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// The state, and the little that was said about it.
    Brief,
    /// What a successor needs.
    #[default]
    Normal,
    /// All that fits, with the patch.
    Full,
}

/// How long the two forms may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Tokens of the whole document.
    pub document: usize,
    /// Characters of the brief.
    pub brief: usize,
    /// How much is told within them.
    pub detail: Detail,
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(None, Detail::default())
    }
}

impl Limits {
    /// Limits for a model with a context window of so many tokens, where that is known.
    pub fn of(window: Option<u64>, detail: Detail) -> Self {
        let share = |window: u64| usize::try_from(window * 3 / 100).unwrap_or(TOKENS_MAX);
        let whole = window.map_or(TOKENS, |w| share(w).clamp(TOKENS_MIN, TOKENS_MAX));
        let document = if detail == Detail::Brief { whole / 2 } else { whole };
        // What a plain `run` may add to the assistant's instructions.
        Self { document, brief: 4_000, detail }
    }

    /// Tokens for what was said. The state is told whole; who wants more of the conversation can
    /// read the transcript.
    pub(super) fn said(self) -> usize {
        match self.detail {
            Detail::Brief => self.document / 4,
            Detail::Normal => self.document * 2 / 5,
            Detail::Full => self.document * 7 / 10,
        }
    }

    /// Tokens for the patch; the repository holds it anyway.
    pub(super) fn patch(self) -> usize {
        match self.detail {
            Detail::Brief => 0,
            Detail::Normal => self.document / 20,
            Detail::Full => self.document,
        }
    }
}

/// About how many tokens a text takes: four characters of ASCII each, two of other alphabets, one
/// of scripts whose signs are words. No two models agree; this errs on the long side.
pub fn tokens(text: &str) -> usize {
    let quarters: usize = text
        .chars()
        .map(|c| match c {
            '\0'..='\x7f' => 1,
            '\u{2E80}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{1F000}'.. => 4,
            _ => 2,
        })
        .sum();
    quarters.div_ceil(4)
}

/// `text` cut to `max` tokens, with `…` where something is missing.
pub(super) fn clip(text: &str, max: usize) -> std::borrow::Cow<'_, str> {
    if tokens(text) <= max {
        return text.into();
    }
    let mut end = super::quote::clip(text, max.saturating_mul(4)).into_owned();
    while tokens(&end) > max && !end.is_empty() {
        let surplus = tokens(&end) - max;
        let keep = end.chars().count().saturating_sub(surplus.max(1) + 1);
        end = end.chars().take(keep).collect::<String>() + "…";
        if keep == 0 {
            return "".into();
        }
    }
    end.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_follows_the_window() {
        assert_eq!(Limits::of(None, Detail::Normal).document, 6_000);
        assert_eq!(Limits::of(Some(32_000), Detail::Normal).document, 2_000);
        assert_eq!(Limits::of(Some(258_400), Detail::Normal).document, 7_752);
        assert_eq!(Limits::of(Some(1_000_000), Detail::Normal).document, 12_000);
        assert_eq!(Limits::of(None, Detail::Brief).document, 3_000);
    }

    #[test]
    fn texts_are_cut_by_tokens_in_every_script() {
        for text in ["word ".repeat(900), "日本語です。".repeat(300), "слово ".repeat(500)]
        {
            for max in [0, 1, 7, 100] {
                assert!(tokens(&clip(&text, max)) <= max, "{max}");
            }
        }
        assert_eq!(clip("short", 9), "short");
    }
}
