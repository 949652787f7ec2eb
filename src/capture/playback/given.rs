//! What loghop itself gave a client to read, the handoff: a session that goes on gets it as a prompt,
//! and its client shows it. Nobody said it, so it is in no turn.

use std::collections::HashSet;

use super::words::{self, RUN, Runs, TWICE};
use crate::model::HANDED_OVER;

/// The text, to know it on a screen.
#[derive(Debug, Default)]
pub(super) struct Given {
    runs: Runs,
    lines: HashSet<Vec<u64>>,
}

impl Given {
    /// Of a text.
    pub(super) fn of(text: &str) -> Self {
        let lines = text.lines().map(words::words).filter(|words| !words.is_empty()).collect();
        Self { runs: Runs::of(text.lines()), lines }
    }

    /// Which of the lines of a screen show it. Few words may stand anywhere: they do where they are
    /// a line of it, stand between others, or go on with the one before.
    pub(super) fn shown(&self, lines: &[&str]) -> Vec<bool> {
        if self.lines.is_empty() {
            return vec![false; lines.len()];
        }
        let words: Vec<Vec<u64>> = lines.iter().map(|line| words::words(line)).collect();
        let sure: Vec<Option<bool>> = words.iter().map(|words| self.is_shown(words)).collect();
        // What stands below its end may repeat what it quotes.
        let is_end = |line: &&str| line.trim_end().ends_with(HANDED_OVER.1);
        let first = lines.iter().position(is_end).map_or(0, |at| at + 1);
        let last = lines.iter().rposition(is_end).map_or(lines.len(), |at| at + 1);
        let (mut above, mut shown) = (false, vec![true; first]);
        for (at, own) in sure.iter().enumerate().take(last).skip(first) {
            above = own.unwrap_or(above);
            let below = || sure[at..].iter().find_map(|own| *own).unwrap_or(false);
            let goes_on = || shown.last() == Some(&true) && self.runs.share(&words[at]) >= TWICE;
            shown.push(own.unwrap_or_else(|| above && below() || goes_on()));
        }
        shown.resize(lines.len(), false);
        shown
    }

    fn is_shown(&self, words: &[u64]) -> Option<bool> {
        if self.lines.contains(words) {
            return Some(true);
        }
        (words.len() >= RUN).then(|| self.runs.share(words) >= TWICE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_however_it_is_wrapped_and_nothing_else_is() {
        let given =
            Given::of("# Handoff\n\nYou take over the parser from Claude.\n\n- todo: write it");
        let lines = ["❯ Handoff", "", "You take over the parser", "from Claude.", "todo: write it"];
        assert_eq!(given.shown(&lines), [true; 5]);
        let lines = ["Handoff", "It is done.", "I take over the parser now", "Yes", "from Claude."];
        assert_eq!(given.shown(&lines), [true, false, false, false, false]);
        let lines =
            ["Hello", "Handoff", "</loghop-handoff>", "You take over the parser from Claude."];
        assert_eq!(given.shown(&lines), [true, true, true, false], "what follows was said");
        assert_eq!(Given::default().shown(&["", "a b c"]), [false; 2]);
    }
}
