//! What the scanner does behind something hidden, which may go on.

use super::{Mode, Scanner};
use crate::redact::charset::Set;
use crate::redact::value;

/// The longest word of a document that may stand below a secret. What is longer is more of it.
const FOLLOWED_MAX: usize = 40;

impl Scanner {
    /// Hides the rest of a masked token. False if more of it may come.
    pub(super) fn drop_rest(&mut self, set: Set, out: &mut Vec<u8>) -> bool {
        let run = self.window.run(self.at, set);
        self.hide_rest(run.end, out);
        self.restart(run.end);
        if !run.open {
            self.mode = Mode::Walk;
        }
        !run.open
    }

    /// Decides whether a row goes on with what is hidden at the end of the one above, which nobody
    /// knows to be full: not with an ordinary word. False if more text is needed.
    pub(super) fn follow(&mut self, latest: usize) -> bool {
        let run = self.window.run(self.at, Set::Bare);
        let is_long = run.end - self.at > FOLLOWED_MAX || self.is_cut(latest);
        if run.open && !is_long {
            return false;
        }
        let goes_on = is_long || value::is_begun(self.window.slice(self.at, run.end));
        self.mode = if goes_on { Mode::Drop(Set::Bare) } else { Mode::Walk };
        true
    }
}
