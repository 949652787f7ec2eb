//! The join of two witnesses: what the transcript says and what the screen showed, turn by turn.
//!
//! Pure: values in, values out. A turn is what one of the two said until the other spoke; a prompt
//! with all that answered it is an exchange. Exchanges of both records are laid side by side in
//! their order, by the words that they share; what only the screen has is handed back as text.

use std::ops::Range;

use super::lacking::{self, Part, Shown};
use super::native::{Exchange, Native};
use crate::capture::playback::ScreenTurn;
use crate::capture::playback::words::{self, Runs, SAME};
use crate::model::{Seen, Witnesses};

/// Words by which two exchanges are compared when they are laid side by side.
const SKETCH: usize = 96;
/// Exchanges whose every pair is looked at; beyond it only those about as far along.
const BAND: usize = 512;
/// Two exchanges that share less are not the same.
const ALIKE: f64 = 0.3;
/// What came of the join.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// The counts.
    pub(super) witnesses: Witnesses,
    /// Turns of the transcript that the screen showed too.
    pub(super) both: Vec<usize>,
    /// What only the screen has: before which turn of the transcript it belongs, and what it is.
    pub(super) recovered: Vec<(usize, Seen)>,
    /// Every prompt of the transcript has its answer.
    is_answered: bool,
    /// Prompts that were sent and that the transcript does not have.
    prompts: usize,
}

impl Native {
    /// Joins it with what the screen showed.
    pub(super) fn join(self, screen: &[ScreenTurn]) -> Joined {
        let partners = side_by_side(&self.exchanges, screen);
        let mut joined = Joined {
            is_answered: self.exchanges.iter().all(Exchange::is_answered),
            prompts: prompts(screen).saturating_sub(self.prompts()),
            ..Joined::default()
        };
        let mut next = 0;
        for (index, exchange) in self.exchanges.iter().enumerate() {
            if !exchange.unread.is_empty() {
                let is_near = |partner: &&Option<usize>| partner.is_none_or(|at| at <= index);
                let end = next + partners[next..].iter().take_while(is_near).count();
                let shown = joined.near(exchange, (index, &partners), screen, next..end);
                joined.exchange(exchange, &shown, None);
                next = end;
                continue;
            }
            let is_known = partners[next..].contains(&Some(index)) || !exchange.is_whole();
            if !is_known
                && partners.get(next) == Some(&None)
                && !is_shown(exchange, &screen[..next])
            {
                // What the screen has in its place, too little or too much to know it by, is it.
                next += 1;
            }
            let place = exchange.first();
            while next < screen.len() && partners[next].is_none_or(|partner| partner < index) {
                joined.screen_only(&screen[next], place);
                next += 1;
            }
            let first = next;
            let is_left = |at: &usize| {
                partners[*at] == Some(index)
                    || (partners[*at].is_none()
                        && screen[*at].prompt.is_empty()
                        && partners[*at..].iter().flatten().next() == Some(&index))
            };
            while next < screen.len() && is_left(&next) {
                next += 1;
            }
            let mut shown: Vec<Shown<'_>> = screen[first..next].iter().map(Shown::of).collect();
            // Something else was asked before this was answered: one turn of the screen shows both.
            let is_lone = shown.is_empty() && !exchange.is_whole();
            let merged = screen.get(next).filter(|turn| is_lone && exchange.is_asked_in(turn));
            shown.extend(merged.map(Shown::of));
            let is_both = merged.is_some() || !partners.contains(&Some(index + 1));
            let after = self.exchanges.get(index + 1).filter(|_| is_both);
            joined.exchange(exchange, &shown, after.map(|after| &after.known));
            let given_up = self.exchanges.get(index + 1).filter(|_| {
                merged.is_none()
                    && !exchange.has_reply()
                    && partners.get(next) == Some(&Some(index + 1))
            });
            let above =
                given_up.and_then(|next_one| lacking::above(&screen[next], &next_one.known));
            if let Some(text) = above {
                let (turn, place) = (&screen[next], exchange.last + 1);
                joined.recover(Part { turn, text, by_user: false, is_end: true, place });
            }
        }
        screen[next..].iter().for_each(|turn| joined.screen_only(turn, self.turns));
        joined
    }
}

impl Joined {
    /// Nothing is to be recovered: the transcript has it all.
    pub(super) fn forget_recovered(&mut self) {
        self.witnesses.screen -= self.witnesses.recovered;
        self.witnesses.recovered = 0;
        self.recovered.clear();
    }

    /// The turns of the screen that show an exchange of which something could not be read, and those
    /// around them that nothing else shows: what was asked then may be what could not be read.
    fn near<'a>(
        &mut self,
        exchange: &Exchange,
        (index, partners): (usize, &[Option<usize>]),
        screen: &'a [ScreenTurn],
        among: Range<usize>,
    ) -> Vec<Shown<'a>> {
        let mut shown: Vec<Shown<'a>> = Vec::new();
        let mut is_begun = exchange.prompt.is_empty();
        for at in among {
            let (turn, is_own) = (&screen[at], partners[at] == Some(index));
            let is_sent = turn.typed || at == 0 && !turn.given;
            let is_known = is_own && (!is_begun || exchange.knows(&turn.prompt));
            let is_asked =
                is_sent && words::count(&turn.prompt) > 0 && !is_known && self.prompts > 0;
            self.prompts -= usize::from(is_asked);
            is_begun |= is_own;
            if is_own || is_asked || turn.goes_on() && !shown.is_empty() {
                shown.push(Shown { turn, is_asked, is_own });
            }
        }
        shown
    }

    /// An exchange of the transcript, with what the screen showed of it.
    /// Nothing of it is what is known of the exchange `after` it.
    fn exchange(&mut self, exchange: &Exchange, screen: &[Shown<'_>], after: Option<&Runs>) {
        let mut shown = Runs::default();
        for turn in screen.iter().map(|shown| shown.turn) {
            shown.add(&turn.prompt);
            shown.add(&turn.reply);
        }
        let has_prompt = !exchange.prompt.is_empty();
        let sides =
            [(has_prompt, &exchange.prompt, true), (exchange.has_reply(), &exchange.reply, false)];
        for (is_there, words, by_user) in sides {
            if !is_there {
                continue;
            }
            self.witnesses.native += 1;
            // A turn without words, or one that was masked, is seen where its exchange is.
            let is_seen = !screen.is_empty() && (words.is_empty() || shown.share(words) >= SAME);
            if is_seen {
                self.witnesses.screen += 1;
                self.witnesses.matched += 1;
                let of_side = exchange.said.iter().filter(|said| said.by_user == by_user);
                self.both.extend(of_side.map(|said| said.turn));
            }
        }
        let asked = screen.iter().find(|Shown { turn, is_asked, .. }| {
            !is_asked && turn.typed && words::count(&turn.prompt) > 0
        });
        if let (false, true, Some(asked), 1..) =
            (has_prompt, exchange.unread.is_empty(), asked, self.prompts)
        {
            // A client that was killed as it replied wrote the reply down and not what was asked.
            self.prompts -= 1;
            self.recover(Part::prompt(asked.turn, exchange.first()));
        }
        if !exchange.is_whole() && !exchange.has_failed() {
            for part in lacking::parts(exchange, screen, after) {
                self.recover(part);
            }
        }
    }

    /// A turn that the transcript does not have at all.
    fn screen_only(&mut self, turn: &ScreenTurn, place: usize) {
        let goes_on = self.recovered.last().is_some_and(|(at, _)| *at == place);
        if turn.prompt.is_empty() && !(turn.typed || turn.given || goes_on) {
            // Nobody asked for it: a client that starts, or draws itself anew.
            return;
        }
        let is_asked = words::count(&turn.prompt) > 0 && self.prompts > 0;
        if self.is_answered && self.witnesses.native > 0 && !(turn.typed && is_asked) {
            // Nobody asked for it, and what was asked before is answered: it was drawn late.
            return;
        }
        if words::count(&turn.prompt) > 0 && self.prompts > 0 {
            self.prompts -= 1;
            self.recover(Part::prompt(turn, place));
        }
        if words::count(&turn.reply) > 0 {
            self.recover(Part::reply(turn, place));
        }
    }

    fn recover(&mut self, part: Part<'_>) {
        let Part { turn, text, by_user, is_end, place } = part;
        self.witnesses.screen += 1;
        self.witnesses.recovered += 1;
        let cut = !by_user && is_end && !turn.ended;
        self.recovered.push((place, Seen { by_user, text, cut, from: turn.from, to: turn.to }));
    }
}

/// Prompts that were sent, as far as the screen tells: what was typed, and what a run began with.
pub(super) fn prompts(screen: &[ScreenTurn]) -> usize {
    let is_sent = |(n, turn): &(usize, &ScreenTurn)| turn.typed || *n == 0 && !turn.given;
    screen.iter().enumerate().filter(is_sent).count()
}

/// Whether the prompt of an exchange stands in the last turn of the screen: it was asked while the
/// one before was being answered.
fn is_shown(exchange: &Exchange, screen: &[ScreenTurn]) -> bool {
    screen.last().is_some_and(|turn| {
        let mut shown = Runs::default();
        shown.add(&turn.prompt);
        shown.add(&turn.reply);
        shown.share(&exchange.prompt) >= SAME
    })
}

/// For each turn of the screen, the exchange that it shows, in order.
fn side_by_side(native: &[Exchange], screen: &[ScreenTurn]) -> Vec<Option<usize>> {
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
