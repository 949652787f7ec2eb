//! How much a scanner holds back: never more than 8 KiB in sum, however its stream is made.
//!
//! Each bound is a place in the stream, so that what is given up does not depend on how the bytes
//! were cut. Text and the escape sequences in it count alike. In sum these are `LEAD_MAX` and
//! `OPEN_MAX`, the same of what a sequence carries (`LEAD_MAX` and `INNER_MAX`, in base64 a third
//! more), and a sequence and a letter that are not whole.

use super::{Mode, Scanner};

/// Bytes of an open token that are held back, with the escape sequences in it. The longest tokens
/// in use, JWTs with many claims, have up to 4 KiB; what is longer is masked at this length, and
/// the rest of its run dropped.
const OPEN_MAX: usize = 4096;

/// The same inside of a title, a link, or what is put on the clipboard, which may stand in an open
/// token: with base64 both together stay under 8 KiB.
const INNER_MAX: usize = 1024;

/// Bytes of the stream before the end of an anchor that are held back for it, sequences included. A
/// prefix painted in a colour for each letter has a fifth of it; what stands further before stays.
const LEAD_MAX: usize = 1024;

impl Scanner {
    /// Bytes of the stream that are held back.
    pub(in crate::redact) fn held(&self) -> usize {
        let (sequences, stand_ins) = self.gaps.held();
        let text = self.window.end() - self.released - stand_ins;
        let inner = self.inner.as_ref().map_or(0, |inner| inner.held());
        text + sequences + self.escapes.begun().len() - self.shown + self.half.len() + inner
    }

    /// Whether that is, or may be, a secret that has begun.
    pub(in crate::redact) fn is_open(&self) -> bool {
        !matches!(self.mode, Mode::Walk)
    }

    /// Where what is open from `from` on must be decided, in bytes of the stream.
    pub(super) fn latest(&self, from: usize) -> usize {
        let most = if self.is_inner { INNER_MAX } else { OPEN_MAX };
        from + self.gaps.sum_before(from) + most
    }

    /// Where in the text that is.
    pub(super) fn limit(&self, latest: usize) -> usize {
        self.gaps.overflow(latest).max(self.at)
    }

    pub(super) fn is_cut(&self, latest: usize) -> bool {
        self.limit(latest) <= self.window.end()
    }

    /// Where what is hidden begins at the earliest of a token whose anchor ends at `at`.
    pub(super) fn lead(&self) -> usize {
        self.gaps.nearest(self.at, self.gaps.sum_before(self.at), LEAD_MAX)
    }

    /// The same of tokens whose anchor is not here yet: all sequences so far stand before its end.
    pub(super) fn next_lead(&self) -> usize {
        self.gaps.nearest(self.window.end(), self.gaps.sum(), LEAD_MAX)
    }
}
