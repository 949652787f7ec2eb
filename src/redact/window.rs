//! The logical text of a stream (its escape sequences taken out) as far as it is still needed.
//!
//! Positions count from the start of the stream and never change, so that nothing has to be
//! renumbered when text that is done with is let go. Runs are remembered: asking again, or asking
//! from a later byte of the same run, does not scan again, which keeps hostile input linear.

use super::cells::OPEN_END;
use super::charset::Set;

/// A run of one set, as far as the text that is here tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// One past its last byte.
    pub(super) end: usize,
    /// Whether more of it may follow: it reaches the end of what is known.
    pub(super) open: bool,
}

/// Logical text from `base` on.
#[derive(Debug, Default)]
pub(super) struct Window {
    base: usize,
    bytes: Vec<u8>,
    /// Nothing before this belongs to the present text: it was redacted.
    floor: usize,
    /// Readers see nothing from here on (`usize::MAX`: no limit).
    limit: Option<usize>,
    /// Whether the end of the text is its real end.
    ended: bool,
    /// Whether every secret may still grow, as on a screen that is painted again and again.
    grows: bool,
    /// Where text begins that may or may not go on with what is put before it, in order.
    seams: Vec<usize>,
    /// Where the last URI goes on: behind its scheme, or behind what was hidden of it.
    uri: Option<usize>,
    known: [(usize, usize); Set::COUNT],
}

impl Window {
    /// Says that this is the text of a screen: whatever stands there may be the beginning of more.
    pub(super) fn set_grows(&mut self) {
        self.grows = true;
    }

    /// Whether text that ends at `at` may be the beginning of something that is painted later. Not
    /// where a tag or its stars stand: whoever hid what is there saw what is before it.
    pub(super) fn may_grow(&self, at: usize) -> bool {
        match self.get(at) {
            Some(b'[' | b'*') => false,
            next => self.grows || next == Some(OPEN_END),
        }
    }

    /// Where the text that is kept begins.
    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// Where the text ends.
    pub(super) fn end(&self) -> usize {
        self.base + self.bytes.len()
    }

    /// Where readers must stop: the end, or the limit that is set.
    pub(super) fn sight(&self) -> usize {
        self.limit.map_or(self.end(), |limit| limit.min(self.end()))
    }

    /// Hides everything from `limit` on; `None` shows it again.
    pub(super) fn set_limit(&mut self, limit: Option<usize>) {
        self.limit = limit;
    }

    /// Says that no more text comes.
    pub(super) fn set_ended(&mut self) {
        self.ended = true;
    }

    /// Where the present text begins: what is before was redacted.
    pub(super) fn floor(&self) -> usize {
        self.floor
    }

    /// Moves the floor.
    pub(super) fn set_floor(&mut self, floor: usize) {
        self.floor = floor;
    }

    /// Says that the text from `at` on, which is behind the last such place, may go on with the one
    /// before, or begin anew: a row that ends at the edge of the screen may be wrapped, or just as
    /// long.
    pub(super) fn set_seam(&mut self, at: usize) {
        self.seams.push(at);
    }

    /// Whether nobody knows if the text at `at` goes on with the one before.
    pub(super) fn is_seam(&self, at: usize) -> bool {
        self.seams.binary_search(&at).is_ok()
    }

    /// Says that the text at `at` is a URI's.
    pub(super) fn set_uri(&mut self, at: usize) {
        self.uri = Some(at);
    }

    /// Whether the text at `at` goes on with the last URI.
    pub(super) fn is_in_uri(&mut self, at: usize) -> bool {
        let uri = self.uri.filter(|uri| *uri <= at);
        uri.is_some_and(|uri| self.run(uri, Set::Uri).end >= at)
    }

    /// Whether the text at `at` is the user or password of the last URI.
    pub(super) fn is_user(&mut self, at: usize) -> bool {
        let is_here = |uri: &usize| (self.base..=at).contains(uri);
        let Some(uri) = self.uri.filter(is_here) else { return false };
        let end = self.run(uri, Set::UserInfo).end;
        end >= at && self.get(end) == Some(b'@')
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Puts another byte in the place of one.
    pub(super) fn set(&mut self, at: usize, byte: u8) {
        self.bytes[at - self.base] = byte;
    }

    /// The byte at a position, if it is in sight.
    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<u8> {
        (at < self.sight()).then(|| self.bytes[at - self.base])
    }

    /// The byte before a position, if it belongs to the present text.
    pub(super) fn before(&self, at: usize) -> Option<u8> {
        (at > self.floor && at > self.base).then(|| self.bytes[at - 1 - self.base])
    }

    /// The text between two positions, whatever the limit.
    #[inline]
    pub(super) fn slice(&self, from: usize, to: usize) -> &[u8] {
        &self.bytes[from - self.base..to - self.base]
    }

    /// The text in sight from a position on, at most `len` bytes of it.
    pub(super) fn ahead(&self, from: usize, len: usize) -> &[u8] {
        let to = self.sight().min(from + len);
        self.slice(from.min(to), to)
    }

    /// The present text before a position, at most `len` bytes of it.
    pub(super) fn back(&self, to: usize, len: usize) -> &[u8] {
        let least = self.floor.max(self.base).max(to.saturating_sub(len));
        self.slice(least.min(to), to)
    }

    /// The line before a position, at most `len` bytes of it, redacted or not.
    pub(super) fn line_back(&self, to: usize, len: usize) -> &[u8] {
        let text = self.slice(self.base.max(to.saturating_sub(len)), to);
        let line = memchr::memrchr2(b'\n', OPEN_END, text).map_or(0, |end| end + 1);
        &text[line..]
    }

    /// Whether what is at and after `at` is not known yet: more text may come, or a limit hides it.
    pub(super) fn is_open_at(&self, at: usize) -> bool {
        at >= self.sight() && (!self.ended || self.sight() < self.end())
    }

    /// The run of `set` that begins at `from` (empty if that byte is not of the set).
    pub(super) fn run(&mut self, from: usize, set: Set) -> Run {
        let sight = self.sight();
        let (start, end) = self.known[set as usize];
        let mut at = if (start..=end).contains(&from) { end } else { from };
        let start = if (start..=end).contains(&from) { start } else { from };
        if at < sight {
            let rest = self.slice(at, sight);
            at += rest.iter().position(|b| !set.has(*b)).unwrap_or(rest.len());
            self.known[set as usize] = (start, at);
        }
        let end = at.min(sight);
        Run { end, open: self.is_open_at(end) }
    }

    /// How far back the run of `set` reaches that ends at `to`, at most `most` bytes.
    pub(super) fn run_back(&self, to: usize, set: Set, most: usize) -> usize {
        let tail = self.back(to, most);
        to - tail.iter().rev().position(|b| !set.has(*b)).unwrap_or(tail.len())
    }

    /// Lets go of the text before `at`.
    pub(super) fn forget(&mut self, at: usize) {
        if at > self.base {
            // Of a long URI the run is remembered.
            self.uri = self.uri.filter(|uri| *uri > at || self.is_in_uri(at));
            self.bytes.drain(..at - self.base);
            self.seams.drain(..self.seams.partition_point(|seam| *seam < at));
            self.base = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_grow_with_the_text_and_respect_the_limit() {
        let mut window = Window::default();
        window.extend(b"x=abc");
        assert_eq!(window.run(2, Set::Alnum), Run { end: 5, open: true });
        window.extend(b"def ghi");
        assert_eq!(window.run(2, Set::Alnum), Run { end: 8, open: false });
        assert_eq!(window.run(4, Set::Alnum), Run { end: 8, open: false });
        window.set_limit(Some(6));
        assert_eq!(window.run(2, Set::Alnum), Run { end: 6, open: true });
        assert_eq!(window.get(6), None);
    }

    #[test]
    fn positions_stay_when_text_is_let_go() {
        let mut window = Window::default();
        window.extend(b"0123456789");
        window.forget(6);
        assert_eq!(window.get(7), Some(b'7'));
        assert_eq!(window.before(6), None);
        assert_eq!(window.run_back(9, Set::Digit, 64), 6);
    }
}
