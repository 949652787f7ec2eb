//! Tells what a stream holds instead of hiding it, in bounded memory.

use std::sync::Arc;

use super::custom::{CustomRule, Lines};
use super::finding::{Finding, Position};
use super::scan::Scanner;

/// The kind of what a user's own rule matches.
const CUSTOM: &str = "custom";

/// Finds what [`super::RedactStream`] would hide. Users' rules and our own look at the same text,
/// each on their own, so that every place is that in the text as it came.
pub struct Report {
    scanner: Scanner,
    custom: Arc<[CustomRule]>,
    lines: Lines,
    line_start: Position,
    /// What the scanner puts out is not wanted here.
    hidden: Vec<u8>,
}

impl Report {
    pub(super) fn new(mut scanner: Scanner, custom: Arc<[CustomRule]>) -> Self {
        scanner.set_finder();
        let (lines, line_start) = (Lines::default(), Position::start());
        Self { scanner, custom, lines, line_start, hidden: Vec::new() }
    }

    /// Takes bytes and returns what was found by now, in order but for what users' rules found.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Finding> {
        self.scanner.feed(bytes, &mut self.hidden);
        let mut found = self.gather();
        let Self { custom, lines, line_start, .. } = self;
        if !custom.is_empty() {
            lines.feed(bytes, |line| matches(custom, line, line_start, &mut found));
        }
        found
    }

    /// Returns the rest.
    pub fn finish(mut self) -> Vec<Finding> {
        self.scanner.finish(&mut self.hidden);
        let mut found = self.gather();
        let Self { custom, lines, line_start, .. } = &mut self;
        lines.take(|line| matches(custom, line, line_start, &mut found));
        found
    }

    fn gather(&mut self) -> Vec<Finding> {
        self.hidden.clear();
        self.scanner.found()
    }
}

/// Adds where users' rules match in a line, and goes over it.
fn matches(rules: &[CustomRule], line: &[u8], at: &mut Position, found: &mut Vec<Finding>) {
    for start in rules.iter().flat_map(|rule| rule.starts(line)) {
        let mut here = *at;
        here.pass(&line[..start]);
        found.push(here.finding(CUSTOM));
    }
    at.pass(line);
}
