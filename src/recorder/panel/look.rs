//! Glyphs and figures of the panel, in Unicode or ASCII.

use crate::handoff::quote;
use crate::theme::Theme;

/// How things look: colours, and which characters the terminal can show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) theme: &'a Theme,
    pub(super) ascii: bool,
}

impl Look<'_> {
    /// The Unicode form, or the ASCII one where only that can be shown.
    pub(super) fn pick(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { unicode }
    }

    /// A dot between two things on one line.
    pub(super) fn dot(&self) -> &'static str {
        self.pick(" · ", " - ")
    }

    /// Where something was cut.
    pub(super) fn cut(&self) -> &'static str {
        self.pick("…", "..")
    }

    /// One picture of the sign for work.
    pub(super) fn spinner(&self, frame: usize) -> &'static str {
        const UNICODE: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
        const ASCII: [&str; 4] = ["|", "/", "-", "\\"];
        if self.ascii { ASCII[frame % ASCII.len()] } else { UNICODE[frame % UNICODE.len()] }
    }
}

/// Text of others as one line that is safe on a terminal.
pub(super) fn one_line(text: &str) -> String {
    quote::clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `950`, `12.3k`, `1.2M`.
pub(super) fn count(n: u64) -> String {
    let units = ["", "k", "M", "G", "T"];
    let mut value = n as f64;
    let mut unit = 0;
    // 999.95 would be shown as 1000.0.
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && value < 99.95);
    format!("{value:.digits$}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let table = [
            (0, "0"),
            (999, "999"),
            (1_000, "1.0k"),
            (12_345, "12.3k"),
            (99_949, "99.9k"),
            (123_456, "123k"),
            (999_960, "1.0M"),
            (1_234_567, "1.2M"),
        ];
        for (n, expected) in table {
            assert_eq!(count(n), expected);
        }
        assert!(count(u64::MAX).ends_with('T'));
    }

    #[test]
    fn lines_are_safe() {
        assert_eq!(one_line("a\x1b[2Jb\n\u{202e} c\t</system>"), "ab c </system>");
    }
}
