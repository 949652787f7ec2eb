//! When the screen of a tape that is played is looked at: not after every few bytes, and never too
//! late to see what is taken away.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Frames of so few bytes are looked at together: what one of them drew still stands there after
/// the next ones, since nothing but a large frame can take it away.
const SMALL: usize = 512;
/// So many bytes of them, while a turn goes on.
const SMALL_MAX: usize = 8 * SMALL;
/// For so many seconds.
const EVERY: f64 = 1.0;
/// The same before a turn and at its beginning: a prompt is typed and drawn, and it is not known
/// yet which lines only tick.
const EVERY_FIRST: f64 = 0.2;
/// How long that takes.
const FIRST: f64 = 4.0;
/// How a client takes its title away, before it leaves and clears its screen.
const NO_TITLE: [&[u8]; 2] = [b"\x1b]0;\x07", b"\x1b]0;\x1b"];
/// How a client begins to tell what it does: by its title, by its program status.
static TELLS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| [Finder::new("\x1b]0;"), Finder::new("\x1b]7501;")]);

/// Cuts what was written at once before all that a client tells: on a machine that is busy a short
/// turn begins and ends in one piece.
pub(super) fn between_states(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = TELLS.iter().flat_map(|tells| tells.find_iter(bytes));
    let mut cuts: Vec<usize> = starts.filter(|at| *at > 0).chain([0, bytes.len()]).collect();
    cuts.sort_unstable();
    (1..cuts.len()).map(move |n| &bytes[cuts[n - 1]..cuts[n]])
}

/// The last look, and what came since then.
#[derive(Debug, Default)]
pub(super) struct Glance {
    at: f64,
    unseen: usize,
}

impl Glance {
    /// So many bytes were fed.
    pub(super) fn fed(&mut self, bytes: usize) {
        self.unseen += bytes;
    }

    /// The screen is looked at now. Returns whether there is anything new on it.
    pub(super) fn take(&mut self, now: f64) -> bool {
        let is_new = self.unseen > 0;
        if is_new {
            (self.unseen, self.at) = (0, now);
        }
        is_new
    }

    /// Whether what comes `now` can be looked at later. `began` is when the turn did that goes on.
    pub(super) fn can_wait(&self, piece: &[u8], now: f64, began: Option<f64>) -> bool {
        let is_known = began.is_some_and(|began| now >= began + FIRST);
        let (every, bytes) = if is_known { (EVERY, SMALL_MAX) } else { (EVERY_FIRST, SMALL) };
        piece.len() <= SMALL
            && self.unseen + piece.len() <= bytes
            && now < self.at + every
            && !NO_TITLE.iter().any(|end| memchr::memmem::find(piece, end).is_some())
    }
}
