//! What the screen has of an exchange and the transcript has not: the end of a reply that was cut,
//! and what stood in records that could not be read.

use super::native::Exchange;
use crate::capture::playback::ScreenTurn;
use crate::capture::playback::words::{self, Runs, SAME};

/// Words that the screen must have more than a transcript which holds a reply already: fewer are
/// what a client says about the turn, unless they are a sentence.
const MORE_MIN: usize = 8;

/// A turn of the screen, as far as it shows an exchange.
pub(super) struct Shown<'a> {
    pub(super) turn: &'a ScreenTurn,
    /// What it begins with was asked, and is not in the transcript.
    pub(super) is_asked: bool,
    /// It shows something of the exchange; else it only stands near what does.
    pub(super) is_own: bool,
}

impl<'a> Shown<'a> {
    /// One that shows it.
    pub(super) fn of(turn: &'a ScreenTurn) -> Self {
        Self { turn, is_asked: false, is_own: true }
    }
}

/// Something that the transcript lacks.
pub(super) struct Part<'a> {
    /// The turn of the screen that it stands in.
    pub(super) turn: &'a ScreenTurn,
    pub(super) text: String,
    /// It is what was asked.
    pub(super) by_user: bool,
    /// The screen's turn ends with it.
    pub(super) is_end: bool,
    /// Before which turn of the transcript it belongs.
    pub(super) place: usize,
}

impl<'a> Part<'a> {
    /// All of a prompt.
    pub(super) fn prompt(turn: &'a ScreenTurn, place: usize) -> Self {
        Self { turn, text: turn.prompt.clone(), by_user: true, is_end: false, place }
    }

    /// All of a reply.
    pub(super) fn reply(turn: &'a ScreenTurn, place: usize) -> Self {
        Self { turn, text: turn.reply.clone(), by_user: false, is_end: true, place }
    }
}

/// What the transcript lacks of an exchange that is not whole, in the order of the screen. From
/// where a turn shows what is known of the exchange `after` it, it is no part of this one.
pub(super) fn parts<'a>(
    exchange: &Exchange,
    screen: &[Shown<'a>],
    after: Option<&Runs>,
) -> Vec<Part<'a>> {
    let is_told = |block: &Block| {
        let count = words::count(&block.text);
        let is_enough = count >= MORE_MIN || !exchange.has_reply() || block.by_user;
        // A last line that is too short to be known by itself.
        let is_said = || !block.by_user && exchange.reply.ends_with(&words::words(&block.text));
        count > 0 && (is_enough || is_sentence(&block.text)) && !is_said()
    };
    let last = screen.iter().rposition(|shown| !shown.turn.reply.is_empty());
    let blocks = blocks(exchange, screen, after).into_iter().filter(is_told);
    let parts = blocks.filter_map(|block| {
        let Block { at, by_user, is_end, before, .. } = block;
        let Shown { turn, is_own, .. } = screen[at];
        let is_cut = is_end && Some(at) == last && !exchange.is_answered();
        let is_sure = by_user || !is_own || is_cut;
        let anywhere = || is_sure.then(|| before.unwrap_or(exchange.last + 1));
        let place = unread(exchange, &block).or_else(anywhere)?;
        let text = block.text.trim().to_owned();
        Some(Part { turn, text, by_user, is_end, place })
    });
    parts.collect()
}

/// What a turn of the screen shows above all that is known of the exchange that it shows: the reply
/// to what was asked before, which the client gave up for this.
pub(super) fn above(turn: &ScreenTurn, known: &Runs) -> Option<String> {
    let is_known = |line: &&str| {
        let words = words::words(line);
        words.len() >= words::RUN && known.share(&words) >= SAME
    };
    let first = turn.reply.lines().position(|line| is_known(&line))?;
    let above = turn.reply.lines().take(first).collect::<Vec<_>>().join("\n");
    (words::count(&above) >= MORE_MIN).then(|| above.trim().to_owned())
}

/// Whether it ends as somebody ends who writes, and not as a label does.
fn is_sentence(text: &str) -> bool {
    text.trim_end().ends_with(['.', '!', ':', '。', '！', '：'])
}

/// Where the record stood that could not be read and that may have held this.
fn unread(exchange: &Exchange, block: &Block) -> Option<usize> {
    let is_between = |unread: &usize| {
        block.after.is_none_or(|after| after < *unread)
            && block.before.is_none_or(|before| *unread < before)
    };
    exchange.unread.iter().copied().find(is_between)
}

/// Text of the screen that the transcript does not have, as long as nothing of it comes in between.
#[derive(Default)]
struct Block {
    /// The turn of the screen.
    at: usize,
    text: String,
    by_user: bool,
    /// Nothing that the transcript has comes after it in this turn of the screen.
    is_end: bool,
    /// The turn of the transcript that was said before it.
    after: Option<usize>,
    /// The one that was said after it.
    before: Option<usize>,
}

fn blocks(exchange: &Exchange, screen: &[Shown<'_>], next: Option<&Runs>) -> Vec<Block> {
    // Only where something could not be read it matters what was said before and after.
    let prose = if exchange.unread.is_empty() { Vec::new() } else { exchange.prose() };
    let (mut blocks, mut after): (Vec<Block>, _) = (Vec::new(), None);
    for (at, Shown { turn, is_asked, .. }) in screen.iter().enumerate() {
        if *is_asked {
            let text = turn.prompt.clone();
            blocks.push(Block { at, text, by_user: true, after, ..Block::default() });
        }
        let mut block = Block { at, after, ..Block::default() };
        // What nobody typed is no prompt, whatever it looks like.
        let told =
            if at > 0 && !turn.typed { [&*turn.prompt, &turn.reply] } else { ["", &turn.reply] };
        for line in told.iter().flat_map(|text| text.split_inclusive('\n')) {
            let words = words::words(line);
            // Shorter lines say nothing: they may stand anywhere.
            let is_in = |known: &Runs| words.len() >= words::RUN && known.share(&words) >= SAME;
            if !is_in(&exchange.known) && next.is_some_and(is_in) {
                break;
            }
            if !is_in(&exchange.known) {
                block.text.push_str(line);
                continue;
            }
            blocks.push(std::mem::take(&mut block));
            if let Some(said) = said_in(&prose, &words).filter(|said| after <= Some(*said)) {
                let open = blocks.iter_mut().rev().take_while(|block| block.before.is_none());
                open.for_each(|block| block.before = Some(said));
                after = Some(said);
            }
            block = Block { at, after, ..Block::default() };
        }
        blocks.push(Block { is_end: true, ..block });
    }
    blocks
}

/// The turn of the transcript that says this line.
fn said_in(prose: &[(usize, Runs)], line: &[u64]) -> Option<usize> {
    let shares = prose.iter().map(|(turn, said)| (said.share(line), *turn));
    let best = shares.max_by(|a, b| a.0.total_cmp(&b.0));
    best.and_then(|(share, turn)| (share >= SAME).then_some(turn))
}
