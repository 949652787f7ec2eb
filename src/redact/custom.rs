//! Rules that users write: a pattern and what to put in its place. They run before our own.
//!
//! In a document a pattern sees the whole text; in a stream it sees one line at a time, at most
//! `LINE_MAX` bytes of it, with the escape sequences that are in it.

use std::borrow::Cow;

use memchr::memchr;
use regex::bytes::{Regex, RegexBuilder};

use crate::error::{Error, Result};

/// The largest compiled pattern in bytes. Sensible ones need a few KiB; Unicode classes with
/// bounded repeats, the worst that people write, some hundred.
const COMPILED_MAX: usize = 1 << 20;

/// The longest line that a pattern sees whole in a stream; a longer one is cut there. Terminal
/// lines are shorter, and so much has to be held back.
const LINE_MAX: usize = 4096;

/// A user's rule, ready to run.
#[derive(Debug, Clone)]
pub struct CustomRule {
    pattern: Regex,
    replacement: Vec<u8>,
}

impl CustomRule {
    /// Compiles a pattern. In `replacement`, `$1` stands for the first group and `$$` for a dollar.
    pub fn compile(pattern: &str, replacement: &str) -> Result<Self> {
        let pattern = compile(pattern)?;
        Ok(Self { pattern, replacement: replacement.as_bytes().to_vec() })
    }

    /// Where it matches in `text`.
    pub(super) fn starts<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        self.pattern.find_iter(text).map(|found| found.start())
    }
}

/// Compiles a pattern of the user's.
pub(super) fn compile(pattern: &str) -> Result<Regex> {
    let invalid = |why: String| {
        Error::invalid(format!("redaction pattern `{pattern}` {why}"))
            .hint("see the syntax at https://docs.rs/regex; the other patterns still work")
    };
    let compiled = RegexBuilder::new(pattern)
        .size_limit(COMPILED_MAX)
        .dfa_size_limit(COMPILED_MAX)
        .build()
        .map_err(|error| invalid(format!("is not valid: {}", last_line(&error.to_string()))))?;
    if compiled.is_match(b"") {
        return Err(invalid("matches the empty text, so it would match everywhere".into()));
    }
    Ok(compiled)
}

/// The syntax error without the drawing of the pattern that precedes it.
fn last_line(message: &str) -> &str {
    message.lines().last().unwrap_or(message).trim_start_matches("error: ")
}

/// Applies all rules to a text, one after the other.
pub(super) fn apply<'a>(rules: &[CustomRule], text: &'a [u8]) -> Cow<'a, [u8]> {
    let mut text = Cow::Borrowed(text);
    for rule in rules {
        if let Cow::Owned(changed) = rule.pattern.replace_all(&text, rule.replacement.as_slice()) {
            text = Cow::Owned(changed);
        }
    }
    text
}

/// Gathers a stream's lines for the rules.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    /// Takes bytes and hands every whole line to `line`.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut line: impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            let room = (LINE_MAX - self.partial.len()).min(bytes.len());
            let line_end = memchr(b'\n', &bytes[..room]).map(|at| at + 1);
            let (now, later) = bytes.split_at(line_end.unwrap_or(room));
            self.partial.extend_from_slice(now);
            if line_end.is_some() || self.partial.len() == LINE_MAX {
                self.take(&mut line);
            }
            bytes = later;
        }
    }

    /// Bytes that wait for the end of their line.
    pub(super) fn held(&self) -> usize {
        self.partial.len()
    }

    /// Hands over what there is of the last line.
    pub(super) fn take(&mut self, mut line: impl FnMut(&[u8])) {
        line(&self.partial);
        self.partial.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_pattern_says_what_is_wrong() {
        for (pattern, why) in
            [("(", "unclosed group"), ("a*", "empty text"), ("\\w{5000}{5000}", "")]
        {
            let error = CustomRule::compile(pattern, "x").unwrap_err();
            assert!(error.message.contains(why), "{error}");
        }
    }

    #[test]
    fn groups_can_be_kept() {
        let rule = CustomRule::compile(r"(user=)\w+", "${1}[name]").unwrap();
        assert_eq!(&*apply(&[rule], b"a user=joe b"), b"a user=[name] b");
    }
}
