//! Both records side by side: which exchange a turn of the screen shows, in order.

use super::native::Exchange;
use crate::capture::playback::ScreenTurn;
use crate::capture::playback::words::{self, Runs};

/// Words by which two exchanges are compared when they are laid side by side.
const SKETCH: usize = 96;
/// Exchanges whose every pair is looked at; beyond it only those about as far along.
const BAND: usize = 512;
/// Two exchanges that share less are not the same.
const ALIKE: f64 = 0.3;

/// For each turn of the screen, the exchange that it shows, in order.
pub(super) fn side_by_side(native: &[Exchange], screen: &[ScreenTurn]) -> Vec<Option<usize>> {
    let (n, m) = (native.len(), screen.len());
    let width = n + 1;
    let mut score = vec![0.0_f32; m * n];
    let mut best = vec![0.0_f32; (m + 1) * width];
    for (s, turn) in screen.iter().enumerate() {
        let sketch = Sketch::of(turn);
        let middle = s * n / m.max(1);
        let from = middle.saturating_sub(BAND);
        for (j, exchange) in native.iter().enumerate().take(middle + BAND).skip(from) {
            score[s * n + j] = sketch.likeness(exchange);
        }
    }
    // Several turns of the screen may show one exchange, but not where the next one was asked anew,
    // unless the record of that may be what could not be read.
    let is_new = |s: usize| screen.get(s + 1).is_some_and(|next| !next.goes_on());
    let step = |s: usize, j: usize| usize::from(is_new(s) && native[j].unread.is_empty());
    for s in (0..m).rev() {
        for j in (0..n).rev() {
            let here = score[s * n + j];
            let with = if here > 0.0 { here + best[(s + 1) * width + j + step(s, j)] } else { 0.0 };
            best[s * width + j] = with.max(best[(s + 1) * width + j]).max(best[s * width + j + 1]);
        }
    }
    let mut partners = vec![None; m];
    let (mut s, mut j) = (0, 0);
    while s < m && j < n {
        let here = score[s * n + j];
        let value = best[s * width + j];
        if here > 0.0 && value <= here + best[(s + 1) * width + j + step(s, j)] {
            partners[s] = Some(j);
            j += step(s, j);
            s += 1;
        } else if value <= best[s * width + j + 1] {
            j += 1;
        } else {
            s += 1;
        }
    }
    partners
}

/// What a turn of the screen is known by.
struct Sketch {
    prompt: Vec<u64>,
    start: Vec<u64>,
    shown: Runs,
}

impl Sketch {
    fn of(turn: &ScreenTurn) -> Self {
        let prompt = words::words(&turn.prompt);
        let mut reply = words::words(&turn.reply);
        let mut shown = Runs::default();
        shown.add_words(&prompt);
        shown.add_words(&reply[..reply.len().min(SKETCH)]);
        if reply.len() > SKETCH {
            reply.drain(SKETCH / 2..reply.len() - SKETCH / 2);
        }
        Self { prompt, start: reply, shown }
    }

    /// How much it has in common with an exchange: 0 for too little. The prompt counts most, since
    /// a reply may be missing; replies tell equal prompts apart.
    fn likeness(&self, exchange: &Exchange) -> f32 {
        let prompt = &exchange.prompt[..exchange.prompt.len().min(SKETCH)];
        let asked = if prompt.is_empty() || self.prompt.is_empty() {
            exchange.known.share(&self.prompt).max(self.shown.share(prompt))
        } else {
            let own = Runs::of_words(prompt);
            own.share(&self.prompt).max(self.shown.share(prompt))
        };
        let answered = exchange.known.share(&self.start);
        let sum = asked + answered;
        if asked < ALIKE && answered < ALIKE { 0.0 } else { sum as f32 }
    }
}
