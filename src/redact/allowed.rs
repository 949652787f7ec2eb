//! What a user says is no secret, although it looks like one.

use regex::bytes::Regex;

use super::custom;
use crate::error::Result;

/// A pattern for texts that are not hidden.
#[derive(Debug, Clone)]
pub struct Allowed {
    pattern: Regex,
}

impl Allowed {
    /// Compiles a pattern. It has to match all of what would be hidden, not only a part.
    ///
    /// # Errors
    /// `InvalidInput` for what is no pattern, or one for nearly everything.
    pub fn compile(pattern: &str) -> Result<Self> {
        // The pattern as it was written first, so that a mistake is told about that.
        custom::compile(pattern)?;
        Ok(Self { pattern: custom::compile(&format!(r"\A(?:{pattern})\z"))? })
    }

    pub(super) fn matches(&self, secret: &[u8]) -> bool {
        self.pattern.is_match(secret)
    }
}
