//! Transcripts of which records were destroyed, one or many, against what stood on the screen.

use super::{PAIRS, fixture, in_order, joined, parsed, said, screen};
use crate::capture::playback::{ScreenTurn, words};
use crate::model::{Entry, Turn};
use crate::transcript::Format;

/// What stands in the place of a record.
const GARBAGE: &[u8] = b"{\"type\":\"us\0\0\0\n";
/// Ways to destroy many records at once, each with another part of them.
const SEEDS: u64 = 100;
/// Words in a row that nobody says twice.
const ONCE: usize = 8;

/// A recording with its transcript.
struct Pair {
    screen: Vec<ScreenTurn>,
    lines: Vec<Vec<u8>>,
    format: Format,
    /// Words that were said, in order.
    whole: Vec<u64>,
    /// The beginnings of what was said.
    starts: Vec<Vec<u64>>,
}

impl Pair {
    fn of(recording: &str, name: &str, format: Format) -> Self {
        let bytes = fixture(&format!("{name}.jsonl"));
        let turns = parsed(&bytes, format);
        let texts = turns.iter().map(|turn| said(std::slice::from_ref(turn)));
        let starts = texts.filter(|words| words.len() >= ONCE);
        Self {
            screen: screen(recording),
            lines: bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect(),
            format,
            whole: said(&turns),
            starts: starts.map(|words| words[..ONCE].to_vec()).collect(),
        }
    }

    /// Destroys some records, and says how many words are lost and whether any text is told twice.
    fn without(&self, is_gone: impl Fn(usize) -> bool) -> (usize, bool) {
        let line = |(at, line): (usize, &Vec<u8>)| {
            if is_gone(at) { GARBAGE.to_vec() } else { line.clone() }
        };
        let left: Vec<u8> = self.lines.iter().enumerate().flat_map(line).collect();
        let kept = kept(&parsed(&left, self.format), &self.screen);
        let count =
            |words: &[u64], start: &Vec<u64>| words.windows(ONCE).filter(|w| w == start).count();
        let is_twice = |start: &Vec<u64>| count(&kept, start) > count(&self.whole, start);
        (self.whole.len() - in_order(&self.whole, &kept), self.starts.iter().any(is_twice))
    }
}

/// What a session holds of a transcript and a screen: everything that was said, in order.
fn kept(turns: &[Turn], screen: &[ScreenTurn]) -> Vec<u64> {
    let joined = joined(turns, screen);
    let mut kept = Vec::new();
    for index in 0..=turns.len() {
        let seen = joined.recovered.iter().filter(|(place, _)| *place == index);
        seen.for_each(|(_, seen)| kept.extend(words::words(&seen.text)));
        kept.extend(turns.get(index..=index).map(said).unwrap_or_default());
    }
    kept
}

#[test]
fn whatever_record_is_destroyed_what_was_said_is_there_once() {
    for (recording, name, format) in PAIRS {
        let pair = Pair::of(recording, name, *format);
        for at in 0..pair.lines.len() {
            let (lost, is_twice) = pair.without(|other| other == at);
            assert!(lost * 20 <= pair.whole.len(), "{recording}: {lost} lost with record {at}");
            assert!(!is_twice, "{recording}: told twice without record {at}");
        }
    }
}

#[test]
fn however_many_records_are_destroyed_what_was_said_is_there_once() {
    for (recording, name, format) in PAIRS.iter().filter(|(name, ..)| !name.ends_with("-long")) {
        let pair = Pair::of(recording, name, *format);
        for seed in 0..SEEDS {
            let number = |at: usize| (seed << 20 | at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let (lost, is_twice) = pair.without(|at| (number(at) >> 40) % 10 <= seed % 10);
            assert!(lost * 20 <= pair.whole.len(), "{recording} {seed}: {lost} lost");
            assert!(!is_twice, "{recording} {seed}: told twice");
        }
    }
}

/// What nobody can read is told as that, and the prompts that it held are asked once.
#[test]
fn a_prompt_whose_record_was_destroyed_stands_before_its_answer() {
    for (recording, name, format) in PAIRS.iter().filter(|(name, ..)| name.ends_with("-work")) {
        let pair = Pair::of(recording, name, *format);
        let text = pair.lines.concat();
        let asked = "the last line is lost mock:workb";
        let is_of = |line: &[u8]| memchr::memmem::find(line, asked.as_bytes()).is_some();
        let left = pair.lines.iter().map(|line| if is_of(line) { GARBAGE } else { line });
        let turns = parsed(&left.collect::<Vec<_>>().concat(), *format);
        assert_ne!(turns, parsed(&text, *format), "{recording}: nothing was destroyed");
        let joined = joined(&turns, &pair.screen);
        let asks: Vec<_> = joined.recovered.iter().filter(|(_, seen)| seen.by_user).collect();
        let [(place, seen)] = &asks[..] else { panic!("{recording}: {asks:#?}") };
        assert_eq!(seen.text, asked, "{recording}");
        let is_reply = |turn: &Turn| matches!(turn.entry, Entry::Assistant { .. });
        let next = turns[*place..].iter().find(|turn| is_reply(turn)).map(|turn| &turn.entry);
        let Some(Entry::Assistant { text, .. }) = next else { panic!("{recording}: no answer") };
        assert!(text.starts_with("Now I count the lines"), "{recording}: before {text}");
    }
}

/// A transcript that was cut behind a reply has its last line too, however short a wrap made that.
#[test]
fn the_end_of_a_reply_is_told_once() {
    let user = |text: &str| Turn { at: None, entry: Entry::User { text: text.to_owned() } };
    let said = "I looked at the storage layer first, because everything else rests on it.";
    let text = format!("{said} So be it.");
    let turns = [user("go on"), Turn { at: None, entry: Entry::Assistant { text, cut: false } }];
    let shown = |prompt: &str, reply: String| ScreenTurn {
        prompt: prompt.to_owned(),
        reply,
        typed: true,
        ended: true,
        ..ScreenTurn::default()
    };
    let next = "The second half is about the network and how it is asked for its names.";
    let screen =
        [shown("go on", format!("{said} So\nbe it.")), shown("and now the rest", next.to_owned())];
    let told = joined(&turns, &screen).recovered;
    let told: Vec<&str> = told.iter().map(|(_, seen)| &*seen.text).collect();
    assert_eq!(told, ["and now the rest", next]);
}
