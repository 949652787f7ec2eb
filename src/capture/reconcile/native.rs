//! The transcript's side of the join: its exchanges, each a prompt with all that answered it, by
//! their words and by the turns that they are made of.

use crate::capture::playback::ScreenTurn;
use crate::capture::playback::words::{self, Runs, SAME};
use crate::model::{Entry, Turn};

/// Words of a tool's output that are kept to know them on the screen: clients show a few lines.
const TOOL_WORDS_MAX: usize = 400;
/// Words that are kept of what the client answered to its own commands, each and all.
const LOCAL_WORDS_MAX: usize = 2_000;
const ALL_LOCAL_WORDS_MAX: usize = 100_000;
/// Words of all tools' output of which so many are kept; of what comes after a tenth is, so that a day
/// of it takes some 30 MB of memory.
const ALL_TOOL_WORDS_MAX: usize = 1 << 20;
/// Words of an exchange that are kept. A longer one is known by its beginning.
const WORDS_MAX: usize = 60_000;

/// What a transcript holds of one exchange.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    pub(super) prompt: Vec<u64>,
    pub(super) reply: Vec<u64>,
    /// Everything in it, tools included.
    pub(super) known: Runs,
    /// Its last turn that somebody or a tool said, counted from 0.
    pub(super) last: usize,
    /// Turns that are its prompt and prose.
    pub(super) said: Vec<Said>,
    /// Where records stood that could not be read, as turns.
    pub(super) unread: Vec<usize>,
    ended: bool,
    interrupted: bool,
}

/// A turn that is a prompt or prose.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) turn: usize,
    pub(super) by_user: bool,
    /// Where its words begin in those of its side.
    from: usize,
}

impl Exchange {
    /// Whether nothing of it can be missing: it was answered, the turn came to its end, and all
    /// records of it were read.
    pub(super) fn is_whole(&self) -> bool {
        self.is_answered() && self.unread.is_empty()
    }

    /// Whether it was answered, and the turn came to its end.
    pub(super) fn is_answered(&self) -> bool {
        self.ended && self.has_reply()
    }

    /// Whether it came to its end by itself before anything was said, and nothing is missing.
    pub(super) fn has_failed(&self) -> bool {
        self.ended && !self.interrupted && !self.has_reply() && self.unread.is_empty()
    }

    /// Whether it holds such a text.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.known.share(&words::words(text)) >= SAME
    }

    /// Whether a turn of the screen begins with its prompt.
    pub(super) fn is_asked_in(&self, turn: &ScreenTurn) -> bool {
        Runs::of_words(&words::words(&turn.prompt)).share(&self.prompt) >= SAME
    }

    pub(super) fn has_reply(&self) -> bool {
        self.said.iter().any(|said| !said.by_user)
    }

    /// Where its first turn stands.
    pub(super) fn first(&self) -> usize {
        self.said.first().map_or(self.last, |said| said.turn)
    }

    /// The turns of its prose, each with what it says.
    pub(super) fn prose(&self) -> Vec<(usize, Runs)> {
        let prose = || self.said.iter().filter(|said| !said.by_user);
        let ends = prose().skip(1).map(|next| next.from).chain([self.reply.len()]);
        let of =
            |(said, end): (&Said, usize)| (said.turn, Runs::of_words(&self.reply[said.from..end]));
        prose().zip(ends).map(of).collect()
    }
}

/// The transcript's side, taken in turn by turn.
#[derive(Debug, Default)]
pub(super) struct Native {
    pub(super) exchanges: Vec<Exchange>,
    pub(super) turns: usize,
    /// What the client answered to commands of its own.
    local: Runs,
    /// Words of tools' output that are kept.
    tool_words: usize,
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
                exchange.said.push(Said { turn: index, by_user: true, from: 0 });
                exchange.known.add_words(&prompt);
                exchange.prompt = prompt;
                if self.is_begun_unread() {
                    // A client that starts may write its first reply before what was asked.
                    exchange.unread.push(index + 1);
                    self.exchanges.clear();
                }
                self.exchanges.push(exchange);
            }
            Entry::Assistant { text, .. } => self.open(index).reply(index, text),
            Entry::Call(call) => {
                let text = format!("{} {}", call.name, call.summary);
                let exchange = self.open(index);
                exchange.known.add(&text);
                exchange.known.add(call.command.as_deref().unwrap_or_default());
            }
            Entry::Result(result) => {
                let is_much = self.tool_words > ALL_TOOL_WORDS_MAX;
                let ends = ends(&result.text, TOOL_WORDS_MAX / if is_much { 20 } else { 2 });
                self.tool_words += ends.iter().map(Vec::len).sum::<usize>();
                let known = &mut self.open(index).known;
                for words in &ends {
                    known.add_words(words);
                }
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
            Entry::Local { text } if self.local.len() < ALL_LOCAL_WORDS_MAX => {
                let mut words = words::words(text);
                words.truncate(LOCAL_WORDS_MAX);
                self.local.add_words(&words);
            }
            Entry::Unread => self.open(index).unread.push(index),
            Entry::Interrupted => self.open(index).interrupted = true,
            Entry::Compaction { .. } | Entry::Usage(_) | Entry::Seen(_) | Entry::Local { .. } => {}
        }
    }

    /// Whether a turn of the screen shows what the client answered to a command of its own.
    pub(super) fn is_local(&self, turn: &ScreenTurn) -> bool {
        self.local.share(&words::words(&turn.reply)) >= SAME
    }

    /// Whether every exchange that was begun has come to its end, and all of it was read.
    pub(super) fn is_whole(&self) -> bool {
        !self.exchanges.is_empty() && self.exchanges.iter().all(Exchange::is_whole)
    }

    /// Prompts that the transcript holds.
    pub(super) fn prompts(&self) -> usize {
        self.exchanges.iter().filter(|exchange| !exchange.prompt.is_empty()).count()
    }

    /// Whether there is nothing yet but what could not be read.
    fn is_begun_unread(&self) -> bool {
        matches!(&self.exchanges[..], [first] if first.said.is_empty() && first.known.len() == 0)
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
}

/// The first words of what a tool printed and the last ones, at most `max` each.
fn ends(text: &str, max: usize) -> [Vec<u64>; 2] {
    /// Bytes in which a word stands, and mostly two.
    const WORD: usize = 12;
    let (mut first, mut last) = if text.len() <= 2 * WORD * max {
        let mut all = words::words(text);
        let last = all.split_off(all.len().min(max));
        (all, last)
    } else {
        let head = text.floor_char_boundary(WORD * max);
        let tail = text.ceil_char_boundary(text.len() - WORD * max);
        (words::words(&text[..head]), words::words(&text[tail..]))
    };
    first.truncate(max);
    last.drain(..last.len().saturating_sub(max));
    [first, last]
}

impl Exchange {
    /// Takes in what the assistant said.
    fn reply(&mut self, turn: usize, text: &str) {
        self.said.push(Said { turn, by_user: false, from: self.reply.len() });
        let words = words::words(text);
        let room = WORDS_MAX.saturating_sub(self.reply.len()).min(words.len());
        self.known.add_words(&words[..room]);
        self.reply.extend_from_slice(&words[..room]);
    }
}
