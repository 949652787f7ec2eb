//! The join of two witnesses: what the transcript says and what the screen showed, turn by turn.
//!
//! Pure: values in, values out. A turn is what one of the two said until the other spoke; a prompt
//! with all that answered it is an exchange. Exchanges of both records are laid side by side in
//! their order, by the words that they share; what only the screen has is handed back as text.

use std::ops::Range;

use super::align::side_by_side;
use super::lacking::{self, Part, Shown};
use super::native::{Exchange, Native};
use crate::capture::playback::ScreenTurn;
use crate::capture::playback::words::{self, Runs, SAME};
use crate::model::{Seen, Witnesses};

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
        let joined = Joined {
            is_answered: self.exchanges.iter().all(Exchange::is_answered),
            prompts: prompts(screen).saturating_sub(self.prompts()),
            ..Joined::default()
        };
        let partners = side_by_side(&self.exchanges, screen);
        let mut walk = Walk { exchanges: &self.exchanges, screen, partners, next: 0, joined };
        for (index, exchange) in self.exchanges.iter().enumerate() {
            if exchange.unread.is_empty() {
                walk.exchange(index, exchange);
            } else {
                walk.unread(index, exchange);
            }
        }
        screen[walk.next..].iter().for_each(|turn| walk.joined.screen_only(turn, self.turns));
        walk.joined
    }
}

/// Goes along both records.
struct Walk<'a> {
    exchanges: &'a [Exchange],
    screen: &'a [ScreenTurn],
    partners: Vec<Option<usize>>,
    /// The first turn of the screen that is not placed.
    next: usize,
    joined: Joined,
}

impl<'a> Walk<'a> {
    /// An exchange of which all records were read.
    fn exchange(&mut self, index: usize, exchange: &Exchange) {
        let is_known = self.partners[self.next..].contains(&Some(index)) || !exchange.is_whole();
        if !is_known
            && self.partners.get(self.next) == Some(&None)
            && !is_shown(exchange, &self.screen[..self.next])
        {
            // What the screen has in its place, too little or too much to know it by, is it.
            self.next += 1;
        }
        let is_before = |partner: &&Option<usize>| partner.is_none_or(|partner| partner < index);
        for _ in 0..self.count(is_before) {
            // Clients append: what was said before this stood there.
            if !self.screen[self.next].untold {
                self.joined.screen_only(&self.screen[self.next], exchange.first());
            }
            self.next += 1;
        }
        let first = self.next;
        while self.next < self.screen.len() && self.is_left(index) {
            self.next += 1;
        }
        let mut shown: Vec<_> = self.screen[first..self.next].iter().map(Shown::of).collect();
        let merged = self.merged(exchange).filter(|_| shown.is_empty());
        shown.extend(merged.map(Shown::of));
        let is_both = merged.is_some() || !self.partners.contains(&Some(index + 1));
        let after = self.exchanges.get(index + 1).filter(|_| is_both);
        self.joined.exchange(exchange, &shown, after.map(|after| &after.known));
        if merged.is_none() {
            self.given_up(index, exchange);
        }
    }

    /// An exchange of which something could not be read: what was asked near it may be that.
    fn unread(&mut self, index: usize, exchange: &Exchange) {
        let is_near = |partner: &&Option<usize>| partner.is_none_or(|at| at <= index);
        let end = self.next + self.count(is_near);
        let among = self.next..end;
        let shown = self.joined.near(exchange, (index, &self.partners), self.screen, among);
        self.joined.exchange(exchange, &shown, None);
        self.next = end;
    }

    /// How many of the turns that come now have such partners.
    fn count(&self, is: impl Fn(&&Option<usize>) -> bool) -> usize {
        self.partners[self.next..].iter().take_while(is).count()
    }

    /// Whether the next turn shows an exchange, or what goes before one that does.
    fn is_left(&self, index: usize) -> bool {
        let partner = self.partners[self.next];
        let is_before = || self.partners[self.next..].iter().flatten().next() == Some(&index);
        let is_silent = || self.screen[self.next].prompt.is_empty();
        partner == Some(index) || partner.is_none() && is_silent() && is_before()
    }

    /// The next turn, where something else was asked before this was answered: it shows both.
    fn merged(&self, exchange: &Exchange) -> Option<&'a ScreenTurn> {
        let next = self.screen.get(self.next).filter(|_| !exchange.is_whole());
        next.filter(|turn| exchange.is_asked_in(turn))
    }

    /// What the client gave up for what was asked next may stand above the answer to that.
    fn given_up(&mut self, index: usize, exchange: &Exchange) {
        let is_next = self.partners.get(self.next) == Some(&Some(index + 1));
        let after = self.exchanges.get(index + 1).filter(|_| is_next && !exchange.has_reply());
        let Some(after) = after else { return };
        let turn = &self.screen[self.next];
        if let Some(text) = lacking::above(turn, &after.known) {
            let place = exchange.last + 1;
            self.joined.recover(Part { turn, text, by_user: false, is_end: true, place });
        }
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
