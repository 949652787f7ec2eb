//! What the scanner does inside of a private key's armour.

use super::{Mode, Scanner};
use crate::redact::charset::Set;
use crate::redact::key::Step;

impl Scanner {
    /// Takes a private key's bytes. False at the end of the text.
    pub(super) fn key_body(&mut self, out: &mut Vec<u8>) -> bool {
        let mut has_ended = self.is_key_cut();
        while !has_ended && let Some(byte) = self.window.get(self.at) {
            let Mode::Key(body) = &mut self.mode else { return true };
            has_ended = body.step(self.at, byte) == Step::Leave;
            self.at += usize::from(!has_ended);
            has_ended |= self.is_key_cut();
        }
        let Mode::Key(body) = &self.mode else { return true };
        if let (Some(first), true, to) = (body.first, body.sure, body.end) {
            self.hide_key(first, to, None, out);
        }
        if has_ended {
            self.leave_key(out);
        }
        has_ended
    }

    /// Whether more would have to be held back than for any other token: it is no key that anybody
    /// could use.
    fn is_key_cut(&self) -> bool {
        let Mode::Key(body) = &self.mode else { return false };
        let held = if body.sure { body.end } else { body.from };
        self.limit(self.latest(held)) <= self.at
    }

    /// Ends private keys' bodies where the text does. In what was none, another may begin.
    pub(super) fn leave_keys(&mut self, out: &mut Vec<u8>) {
        while matches!(self.mode, Mode::Key(_)) {
            self.leave_key(out);
            self.scan(out);
        }
    }

    /// Ends a private key's body where it stopped looking like one.
    fn leave_key(&mut self, out: &mut Vec<u8>) {
        let Mode::Key(mut body) = std::mem::replace(&mut self.mode, Mode::Walk) else { return };
        if !body.sure {
            self.at = body.from;
            self.since = body.from;
            return;
        }
        if let Some(tag) = body.take_tag() {
            self.hide_key(body.end, body.end, Some(tag), out);
        }
        let glued = self.at == body.end;
        self.restart(body.end);
        if glued {
            // It ended inside of a word: the rest of that word is no better known than its start.
            self.mode = Mode::Drop(Set::Bearer);
        }
    }
}
