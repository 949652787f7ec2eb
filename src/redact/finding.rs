//! Where secrets are in a text: what a person is told who wants to know before anything is hidden.

/// One secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is, as in its tag.
    pub kind: &'static str,
    /// Its line, from 1.
    pub line: usize,
    /// The column of its first character, from 1, without escape sequences.
    pub column: usize,
}

/// Collects findings while a scanner runs.
#[derive(Debug, Default)]
pub(super) struct Finder {
    found: Vec<(&'static str, usize)>,
}

impl Finder {
    pub(super) fn note(&mut self, kind: &'static str, at: usize) {
        self.found.push((kind, at));
    }

    /// The findings, given the logical text that they are in.
    pub(super) fn findings(self, text: &[u8]) -> Vec<Finding> {
        let (mut line, mut line_start, mut seen) = (1, 0, 0);
        let mut findings = Vec::with_capacity(self.found.len());
        for (kind, at) in self.found {
            for (n, _) in text[seen..at].iter().enumerate().filter(|(_, b)| **b == b'\n') {
                line += 1;
                line_start = seen + n + 1;
            }
            seen = at;
            let column = String::from_utf8_lossy(&text[line_start..at]).chars().count() + 1;
            findings.push(Finding { kind, line, column });
        }
        findings
    }
}
