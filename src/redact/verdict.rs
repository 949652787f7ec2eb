//! What a check says about the place that it was asked about.

use super::charset::Set;

/// The answer of a check. With more text a `More` may become anything; the others never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing here.
    No,
    /// Not decided before more text comes. Nothing from `from` on may be released until then;
    /// if it must be, `mask` tells what to put in its place.
    More { from: usize, mask: Option<Mask> },
    /// A secret, from its first byte to one past its last.
    Secret { from: usize, to: usize, kind: &'static str },
    /// Known to be harmless up to here.
    Harmless { to: usize },
    /// The body of a private key begins here.
    KeyBody { from: usize },
}

impl Verdict {
    /// The same, but nothing before `least` is hidden, or held back for it.
    pub(super) fn not_before(self, least: usize) -> Self {
        match self {
            Self::More { from, mask } => Self::More { from: from.max(least), mask },
            Self::Secret { from, to, kind } => Self::Secret { from: from.max(least), to, kind },
            other => other,
        }
    }
}

/// How to hide a token that has not ended yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mask {
    /// Kind of the tag.
    pub(super) kind: &'static str,
    /// One past its last byte so far.
    pub(super) to: usize,
    /// What still comes of these bytes belongs to it.
    pub(super) rest: Set,
}

/// The kind of secrets that are known by the name before them, not by their own shape. One kind
/// for all of them: the same value has the same tag in an assignment, a header and a URI.
pub(super) const NAMED: &str = "secret";
