//! The join of two witnesses: what the transcript says and what the screen showed, turn by turn.
//!
//! Pure: values in, values out. A turn is what one of the two said until the other spoke; a prompt
//! with all that answered it is an exchange. Exchanges of both records are laid side by side in
//! their order, by the words that they share; what only the screen has is handed back as text.

use super::turns::ScreenTurn;
use super::words::{self, Runs, SAME};
use crate::model::{Entry, Seen, Turn, Witnesses};

/// Words by which two exchanges are compared when they are laid side by side.
const SKETCH: usize = 96;
/// Exchanges whose every pair is looked at; beyond it only those about as far along.
const BAND: usize = 512;
/// Two exchanges that share less are not the same.
const ALIKE: f64 = 0.3;
/// Words of a tool's output that are kept to know them on the screen: clients show a few lines.
const TOOL_WORDS_MAX: usize = 400;
/// Words of an exchange that are kept. A longer one is known by its beginning.
const WORDS_MAX: usize = 60_000;
/// Words that the screen must have more than a transcript which holds a reply already: fewer are
/// what a client says about the turn.
const MORE_MIN: usize = 8;

/// What a transcript holds of one exchange.
#[derive(Debug, Default)]
struct Exchange {
    prompt: Vec<u64>,
    reply: Vec<u64>,
    /// Everything in it, tools included.
    known: Runs,
    /// Its last turn that somebody or a tool said, counted from 0.
    last: usize,
    /// Turns that are its prompt and prose.
    said: Vec<(usize, bool)>,
    ended: bool,
}

impl Exchange {
    /// Whether nothing of it can be missing: it was answered, and the turn came to its end.
    fn is_whole(&self) -> bool {
        self.ended && self.said.iter().any(|(_, by_user)| !by_user)
    }
}

/// The transcript's side, taken in turn by turn.
#[derive(Debug, Default)]
pub(super) struct Native {
    exchanges: Vec<Exchange>,
    turns: usize,
}

/// What came of the join.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// The counts.
    pub(super) witnesses: Witnesses,
    /// Turns of the transcript that the screen showed too.
    pub(super) both: Vec<usize>,
    /// What only the screen has: before which turn of the transcript it belongs, and what it is.
    pub(super) recovered: Vec<(usize, Seen)>,
    /// No exchange of the transcript lacks anything.
    is_whole: bool,
    /// Prompts that were sent and that the transcript does not have.
    prompts: usize,
}

impl Native {
    /// Takes the next turn of the transcript.
    pub(super) fn turn(&mut self, turn: &Turn) {
        let index = self.turns;
        self.turns += 1;
        match &turn.entry {
            Entry::User { text } => {
                let prompt = words::words(text);
                let mut exchange = Exchange { last: index, ..Exchange::default() };
                exchange.said.push((index, true));
                exchange.known.add_words(&prompt);
                exchange.prompt = prompt;
                self.exchanges.push(exchange);
            }
            Entry::Assistant { text, .. } => {
                let exchange = self.open(index);
                exchange.said.push((index, false));
                let words = words::words(text);
                exchange.known.add_words(&words);
                let room = WORDS_MAX.saturating_sub(exchange.reply.len());
                exchange.reply.extend(words.into_iter().take(room));
            }
            Entry::Call(call) => {
                let text = format!("{} {}", call.name, call.summary);
                let exchange = self.open(index);
                exchange.known.add(&text);
                exchange.known.add(call.command.as_deref().unwrap_or_default());
            }
            Entry::Result(result) => {
                let words = words::words(&result.text);
                let end = words.len().saturating_sub(TOOL_WORDS_MAX / 2).max(TOOL_WORDS_MAX / 2);
                let exchange = self.open(index);
                exchange.known.add_words(&words[..words.len().min(TOOL_WORDS_MAX / 2)]);
                exchange.known.add_words(words.get(end..).unwrap_or_default());
            }
            Entry::Failure(failure) => {
                let exchange = self.open(index);
                exchange.known.add(&failure.message);
                exchange.ended = true;
            }
            Entry::TurnEnd => {
                if let Some(exchange) = self.exchanges.last_mut() {
                    exchange.ended = true;
                }
            }
            Entry::Plan(todos) => {
                let exchange = self.open(index);
                for todo in todos {
                    exchange.known.add(&todo.text);
                }
            }
            Entry::Answer { text } => self.open(index).known.add(text),
            Entry::Compaction { .. } | Entry::Interrupted | Entry::Usage(_) | Entry::Seen(_) => {}
        }
    }

    /// Whether every exchange that was begun has come to its end.
    pub(super) fn is_whole(&self) -> bool {
        !self.exchanges.is_empty() && self.exchanges.iter().all(Exchange::is_whole)
    }

    /// The exchange that a turn belongs to.
    fn open(&mut self, index: usize) -> &mut Exchange {
        if self.exchanges.is_empty() {
            self.exchanges.push(Exchange::default());
        }
        let at = self.exchanges.len() - 1;
        self.exchanges[at].last = index;
        &mut self.exchanges[at]
    }

    /// Prompts that the transcript holds.
    pub(super) fn prompts(&self) -> usize {
        self.exchanges.iter().filter(|exchange| !exchange.prompt.is_empty()).count()
    }

    /// Joins it with what the screen showed.
    pub(super) fn join(self, screen: &[ScreenTurn]) -> Joined {
        let partners = side_by_side(&self.exchanges, screen);
        let mut joined = Joined {
            is_whole: self.is_whole(),
            prompts: prompts(screen).saturating_sub(self.prompts()),
            ..Joined::default()
        };
        let mut next = 0;
        for (index, exchange) in self.exchanges.iter().enumerate() {
            let is_known = partners[next..].contains(&Some(index)) || !exchange.is_whole();
            if !is_known
                && partners.get(next) == Some(&None)
                && !is_shown(exchange, &screen[..next])
            {
                // What the screen has in its place, too little or too much to know it by, is it.
                next += 1;
            }
            let place = exchange.said.first().map_or(exchange.last, |(first, _)| *first);
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
            joined.exchange(exchange, &screen[first..next]);
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

    /// An exchange of the transcript, with what the screen showed of it.
    fn exchange(&mut self, exchange: &Exchange, screen: &[ScreenTurn]) {
        let mut shown = Runs::default();
        for turn in screen {
            shown.add(&turn.prompt);
            shown.add(&turn.reply);
        }
        let has_prompt = !exchange.prompt.is_empty();
        let has_reply = exchange.said.iter().any(|(_, by_user)| !by_user);
        let sides = [(has_prompt, &exchange.prompt, true), (has_reply, &exchange.reply, false)];
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
                let of_side = exchange.said.iter().filter(|(_, user)| *user == by_user);
                self.both.extend(of_side.map(|(index, _)| *index));
            }
        }
        let asked = screen.iter().find(|turn| turn.typed && words::count(&turn.prompt) > 0);
        if let (false, Some(turn), 1..) = (has_prompt, asked, self.prompts) {
            // A client that was killed as it replied wrote the reply down and not what was asked.
            self.prompts -= 1;
            let first = exchange.said.first().map_or(exchange.last, |(first, _)| *first);
            self.recover(turn, turn.prompt.clone(), true, first);
        }
        if exchange.is_whole() || screen.is_empty() {
            return;
        }
        let more_min = if has_reply { MORE_MIN } else { 1 };
        let Some(last) = screen.iter().rfind(|turn| !turn.reply.is_empty()) else { return };
        let rest = unknown_end(&last.reply, &exchange.known);
        let is_failure = exchange.ended && !has_reply;
        if words::count(&rest) >= more_min && !is_failure {
            self.recover(last, rest, false, exchange.last + 1);
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
        if self.is_whole && self.witnesses.native > 0 && !(turn.typed && is_asked) {
            // Nobody asked for it, and what was asked before is answered: it was drawn late.
            return;
        }
        if words::count(&turn.prompt) > 0 && self.prompts > 0 {
            self.prompts -= 1;
            self.recover(turn, turn.prompt.clone(), true, place);
        }
        if words::count(&turn.reply) > 0 {
            self.recover(turn, turn.reply.clone(), false, place);
        }
    }

    fn recover(&mut self, turn: &ScreenTurn, text: String, by_user: bool, place: usize) {
        self.witnesses.screen += 1;
        self.witnesses.recovered += 1;
        let cut = !by_user && !turn.ended;
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

/// What a reply goes on to say after everything that is known.
fn unknown_end(reply: &str, known: &Runs) -> String {
    let mut from = 0;
    let mut at = 0;
    for line in reply.split_inclusive('\n') {
        at += line.len();
        let words = words::words(line);
        // Shorter lines say nothing: they may stand anywhere.
        if words.len() >= words::RUN && known.share(&words) >= SAME {
            from = at;
        }
    }
    reply[from..].trim().to_owned()
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
    // Several turns of the screen may show one exchange, but not where the next one was asked anew.
    let goes_on = |turn: &ScreenTurn| turn.prompt.is_empty() || !turn.typed;
    let step = |s: usize| usize::from(screen.get(s + 1).is_some_and(|next| !goes_on(next)));
    for s in (0..m).rev() {
        for j in (0..n).rev() {
            let here = score[s * n + j];
            let with = if here > 0.0 { here + best[(s + 1) * width + j + step(s)] } else { 0.0 };
            best[s * width + j] = with.max(best[(s + 1) * width + j]).max(best[s * width + j + 1]);
        }
    }
    let mut partners = vec![None; m];
    let (mut s, mut j) = (0, 0);
    while s < m && j < n {
        let here = score[s * n + j];
        let value = best[s * width + j];
        if here > 0.0 && value <= here + best[(s + 1) * width + j + step(s)] {
            partners[s] = Some(j);
            j += step(s);
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
