//! One section of the document.

use std::fmt::Write;

use super::budget::tokens;
use super::work::Part;

/// A heading and what stands under it; nothing is shown of an empty one.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) part: Part,
}

impl Section {
    /// Text as it is.
    pub(super) fn new(title: &'static str, text: impl Into<String>) -> Self {
        Self { title, part: Part { text: text.into(), ..Part::default() } }
    }

    /// A part that knows how much of it is told.
    pub(super) fn of(title: &'static str, part: Part) -> Self {
        Self { title, part }
    }

    /// What it costs.
    pub(super) fn tokens(&self) -> usize {
        tokens(self.title) + tokens(&self.part.text) + 2
    }

    /// Writes it at the end of a document.
    pub(super) fn push(&self, out: &mut String) {
        let _ = write!(out, "\n## {}\n\n{}", self.title, self.part.text);
    }
}
