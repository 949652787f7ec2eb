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

/// What is best where the turns of the screen from one on and the exchanges from one on are left.
#[derive(Clone, Copy)]
enum Choice {
    /// The turn shows the exchange.
    Both,
    /// The exchange was not seen.
    Exchange,
    /// The turn stands in no transcript.
    Turn,
}

/// For each turn of the screen, the exchange that it shows, in order.
pub(super) fn side_by_side(native: &[Exchange], screen: &[ScreenTurn]) -> Vec<Option<usize>> {
    within(BAND, native, screen)
}

fn within(band: usize, native: &[Exchange], screen: &[ScreenTurn]) -> Vec<Option<usize>> {
    let (n, m) = (native.len(), screen.len());
    // Several turns of the screen may show one exchange, but not where the next one was asked anew,
    // unless the record of that may be what could not be read.
    let is_new = |s: usize| screen.get(s + 1).is_some_and(|next| !next.goes_on());
    let step = |s: usize, j: usize| usize::from(is_new(s) && native[j].unread.is_empty());
    let mut below = Band { from: n, best: vec![0.0] };
    let mut choices = Vec::with_capacity(m);
    for (s, turn) in screen.iter().enumerate().rev() {
        let sketch = Sketch::of(turn);
        let middle = s * n / m;
        let (from, end) = (middle.saturating_sub(band), (middle + band).min(n));
        let mut best = vec![below.from(end); end - from + 1];
        let mut row = vec![Choice::Turn; end - from];
        for j in (from..end).rev() {
            let here = sketch.likeness(&native[j]);
            let both = if here > 0.0 { here + below.from(j + step(s, j)) } else { 0.0 };
            let (turn, exchange) = (below.from(j), best[j + 1 - from]);
            let most = both.max(turn).max(exchange);
            best[j - from] = most;
            row[j - from] = match most {
                _ if here > 0.0 && most <= both => Choice::Both,
                _ if most <= exchange => Choice::Exchange,
                _ => Choice::Turn,
            };
        }
        below = Band { from, best };
        choices.push((from, row));
    }
    let mut next = 0;
    let partner = |(s, (from, row)): (usize, (usize, Vec<Choice>))| {
        next = next.max(from);
        while let Some(Choice::Exchange) = row.get(next - from) {
            next += 1;
        }
        let Some(Choice::Both) = row.get(next - from) else { return None };
        let partner = next;
        next += step(s, partner);
        Some(partner)
    };
    choices.into_iter().rev().enumerate().map(partner).collect()
}

/// How much the turns of the screen from one on have in common with the exchanges from each on that
/// is about as far along.
struct Band {
    from: usize,
    best: Vec<f32>,
}

impl Band {
    /// With the exchanges from `at` on. Those before the first are not looked at.
    fn from(&self, at: usize) -> f32 {
        self.best[at.max(self.from).min(self.from + self.best.len() - 1) - self.from]
    }
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

#[cfg(test)]
mod tests {
    use super::super::native::Native;
    use super::*;
    use crate::model::{Entry, Turn};

    #[test]
    fn a_long_session_is_laid_side_by_side_near_where_each_stands() {
        let prompt = |n: usize| format!("what is number{n} of item{n} in place{n}");
        let (mut native, mut screen) = (Native::default(), Vec::new());
        let mut want = Vec::new();
        for n in 0..90 {
            native.turn(&Turn { at: None, entry: Entry::User { text: prompt(n) } });
            let turn =
                |prompt| ScreenTurn { prompt, typed: true, ended: true, ..ScreenTurn::default() };
            if n % 7 != 3 {
                screen.push(turn(prompt(n)));
                want.push(Some(n));
            }
            if n % 11 == 5 {
                screen.push(turn(format!("only seen{n} and never written{n}")));
                want.push(None);
            }
        }
        for band in [8, 20, 512] {
            assert_eq!(within(band, &native.exchanges, &screen), want, "{band}");
        }
        assert_eq!(within(8, &[], &screen), vec![None; screen.len()]);
        assert_eq!(within(8, &native.exchanges, &[]), []);
    }
}
