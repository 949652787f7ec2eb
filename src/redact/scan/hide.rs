//! What the scanner puts in the place of a secret.
//!
//! In a document or a stream that is a tag. On a terminal of a known size the layout must stay: the
//! secret's bytes are covered one by one, with the tag where it is seen whole and fits, with stars
//! where only a part of it is at hand. Only ASCII is covered, so bytes are cells.

use super::{Mode, Scanner, Source, check};
use crate::model::tag::Form;
use crate::redact::anchors::Target;
use crate::redact::charset::Set;
use crate::redact::tag::Tag;
use crate::redact::verdict::{Mask, Verdict};
use crate::redact::{key, prefixed};

/// What is written where a tag has no room. A part of a tag could be taken for something else.
const SHORT: &str = "[REDACTED]";

/// Blanks between a key of YAML and its value that are looked over: within the text that is kept.
const BLANKS_MAX: usize = 100;

/// What covers cells that a tag does not fill.
pub(super) const FILLER: u8 = b'*';

impl Scanner {
    /// Hides `from..to`, a secret.
    pub(super) fn replace(
        &mut self,
        from: usize,
        to: usize,
        kind: &'static str,
        out: &mut Vec<u8>,
    ) {
        self.remember(from, to);
        let form = self.form(from, to);
        let mut tag = self.tables.tagger.start();
        tag.update(self.window.slice(from, to));
        self.emit(from, out);
        let has_bytes = self.has_bytes(from, to);
        if let Some(finder) = self.finder.as_mut().filter(|_| has_bytes) {
            finder.note(kind, prefixed::is_checked(self.window.slice(from, to), kind));
        }
        let is_whole = self.released == from && self.gaps.is_plain(from, to);
        if self.keeps_width() {
            if has_bytes {
                self.cancel_escape(out);
            }
            let tags = [tag.text(kind, form), SHORT.to_owned()];
            let fitting = tags.into_iter().find(|tag| is_whole && tag.len() <= to - from);
            self.cover(from, to, fitting);
            self.emit_hidden(to, out);
        } else {
            if has_bytes {
                self.cancel_escape(out);
                out.extend_from_slice(tag.text(kind, form).as_bytes());
            }
            self.skip(to, out);
        }
    }

    /// Hides tokens that stand between the anchor and the secret at `from` that it leads to, such as
    /// the user before a password.
    pub(super) fn hide_between(&mut self, from: usize, out: &mut Vec<u8>) {
        let mut found = Vec::new();
        while self.at < from {
            let base = self.since.max(self.window.base());
            let text = self.window.slice(base, from);
            let next = self.tables.anchors.next(text, self.at - base, &mut found);
            let Some(end) = next.map(|len| base + len) else { return };
            let Self { tables, window, .. } = self;
            let token = found.iter().find_map(|anchor| {
                let (target, len) = tables.anchors.target(*anchor);
                let is_token =
                    matches!(target, Target::Rows(_) | Target::Known(_) | Target::Blob(_));
                match is_token.then(|| check(window, target, end - len, end))? {
                    Verdict::Secret { from: first, to, kind } if to <= from => {
                        Some((first, to, kind))
                    }
                    _ => None,
                }
            });
            self.at = end;
            if let Some((first, to, kind)) = token.filter(|it| !self.is_allowed(it.0, it.1)) {
                self.replace(first, to, kind, out);
                self.restart(to);
            }
        }
    }

    /// Hides what there is of a token, and says that the rest of it must be hidden too.
    pub(super) fn mask(&mut self, from: usize, mask: Mask, out: &mut Vec<u8>) {
        self.hide_between(from, out);
        self.replace(from, mask.to, mask.kind, out);
        self.restart(mask.to);
        self.mode = Mode::Drop(mask.rest);
    }

    /// Hides the text before `to`, the rest of something that was hidden.
    pub(super) fn hide_rest(&mut self, to: usize, out: &mut Vec<u8>) {
        self.remember(self.at, to);
        if self.keeps_width() {
            self.cover(self.at, to, None);
            self.emit_hidden(to, out);
        } else {
            self.skip(to, out);
        }
    }

    /// Hides a private key's bytes from `first` to `to`, if there are any, and puts its tag behind
    /// what was released, once it is known.
    pub(super) fn hide_key(
        &mut self,
        first: usize,
        to: usize,
        tag: Option<Tag>,
        out: &mut Vec<u8>,
    ) {
        if first < to {
            self.emit(first, out);
            if let Some(finder) = self.finder.as_mut().filter(|_| self.released == first) {
                finder.note(key::KIND, false);
            }
            self.remember(self.released.max(first), to);
        }
        if self.keeps_width() {
            self.cover(first, to, None);
            self.emit_hidden(to, out);
        } else {
            if let Some(tag) = tag {
                self.cancel_escape(out);
                out.extend_from_slice(tag.text(key::KIND, Form::Brackets).as_bytes());
            }
            self.skip(to, out);
        }
    }

    /// How the tag is written that takes the place of `from..to`: a bracket is no sign of a URI,
    /// and at the beginning of a value or item of YAML it opens a list.
    fn form(&mut self, from: usize, to: usize) -> Form {
        if self.window.is_in_uri(from) {
            self.window.set_uri(to);
            return Form::Plain;
        }
        let blanks = self.window.run_back(from, Set::Blank, BLANKS_MAX);
        let begins_value = blanks < from && matches!(self.window.before(blanks), Some(b':' | b'-'));
        if begins_value || self.is_in_list(blanks) { Form::Plain } else { Form::Brackets }
    }

    /// Whether `at` is where an item of a list in brackets begins, as YAML has them without quotes.
    fn is_in_list(&self, at: usize) -> bool {
        let line = self.window.line_back(at, BLANKS_MAX);
        match line.last() {
            Some(b'[') => true,
            Some(b',') => memchr::memrchr2(b'[', b']', line).is_some_and(|at| line[at] == b'['),
            _ => false,
        }
    }

    pub(super) fn keeps_width(&self) -> bool {
        matches!(self.source, Source::Terminal(_))
    }

    /// Tells the screen that what was painted for `from..to` is hidden.
    fn remember(&mut self, from: usize, to: usize) {
        if let Some(hidden) = &mut self.hidden {
            hidden.push((from, to));
        }
        if let Some(cells) = self.cells.as_mut().filter(|_| from < to) {
            cells.hide(from, self.window.slice(from, to));
        }
    }

    /// Whether anything between `from` and `to` is still to be released.
    fn has_bytes(&self, from: usize, to: usize) -> bool {
        let from = from.max(self.released);
        let stand_ins: usize =
            self.gaps.stand_ins(from, to).map(|s| s.end.min(to) - s.start.max(from)).sum();
        to > from + stand_ins
    }

    /// Puts `text`, then filler, in the place of all bytes in `from..to` but blanks and line ends.
    fn cover(&mut self, from: usize, to: usize, text: Option<String>) {
        let mut text = text.unwrap_or_default().into_bytes().into_iter();
        for at in from.max(self.released)..to {
            if !self.window.slice(at, at + 1)[0].is_ascii_whitespace() {
                self.window.set(at, text.next().unwrap_or(FILLER));
            }
        }
    }
}
