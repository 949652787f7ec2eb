//! Recordings of the real clients against the transcripts that they wrote in the same scenario.

#![expect(clippy::disallowed_methods, reason = "fixtures are read as they lie there")]
#![expect(clippy::print_stdout, reason = "the tables of the documentation are printed here")]

mod asked;
mod destroyed;
mod local;
mod painted;
mod told;

use std::fmt::Write as _;
use std::path::Path;

use super::join::Joined;
use super::native::Native;
use crate::capture::playback::{Replay, ScreenTurn, event, words};
use crate::model::{Entry, Turn};
use crate::transcript::{Format, InOrder, Lines, Parser};

/// Recording, transcript, its format.
const PAIRS: &[(&str, &str, Format)] = &[
    ("claude-plain120", "transcripts/claude/plain", Format::Claude),
    ("claude-loghop", "transcripts/claude/loghop", Format::Claude),
    ("claude-long", "transcripts/claude/long", Format::Claude),
    ("claude-ratelimit", "transcripts/claude/ratelimit", Format::Claude),
    ("claude-slow", "transcripts/claude/slow", Format::Claude),
    ("claude-tool", "transcripts/claude/tool", Format::Claude),
    ("claude-secret", "redaction/claude-secret", Format::Claude),
    ("claude-work", "transcripts/claude/work", Format::Claude),
    ("claude-new-plain", "transcripts/claude-new/plain", Format::Claude),
    ("claude-new-loghop", "transcripts/claude-new/loghop", Format::Claude),
    ("claude-new-exit-ctrlc2", "transcripts/claude-new/exit-ctrlc2", Format::Claude),
    ("claude-new-mid-SIGTERM", "transcripts/claude-new/mid-SIGTERM", Format::Claude),
    ("claude-new-secret", "redaction/claude-new-secret", Format::Claude),
    ("claude-new-work", "transcripts/claude-new/work", Format::Claude),
    ("claude-new-burst", "transcripts/claude-new/burst", Format::Claude),
    ("codex-plain120", "transcripts/codex/plain", Format::Codex),
    ("codex-loghop", "transcripts/codex/loghop", Format::Codex),
    ("codex-long", "transcripts/codex/long", Format::Codex),
    ("codex-mid-SIGTERM", "transcripts/codex/mid-SIGTERM", Format::Codex),
    ("codex-ratelimit", "transcripts/codex/ratelimit", Format::Codex),
    ("codex-slow", "transcripts/codex/slow", Format::Codex),
    ("codex-tool", "transcripts/codex/tool", Format::Codex),
    ("codex-secret", "redaction/codex-secret", Format::Codex),
    ("codex-work", "transcripts/codex/work", Format::Codex),
];

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new("fixtures").join(name)).unwrap()
}

fn screen(recording: &str) -> Vec<ScreenTurn> {
    screen_of(recording, "")
}

/// The same of a client to which loghop `gave` a text.
fn screen_of(recording: &str, gave: &str) -> Vec<ScreenTurn> {
    let mut replay = Replay::of(gave);
    for line in fixture(&format!("recordings/{recording}.cast")).split(|b| *b == b'\n') {
        if let Some(event) = event(line) {
            replay.event(&event);
        }
    }
    replay.finish()
}

fn transcript(name: &str, format: Format) -> Vec<Turn> {
    parsed(&fixture(&format!("{name}.jsonl")), format)
}

fn parsed(bytes: &[u8], format: Format) -> Vec<Turn> {
    let (mut lines, mut parser, mut turns) = (Lines::default(), Parser::new(format), Vec::new());
    lines.feed(bytes, |line| parser.take(line, &mut turns));
    lines.finish(|line| parser.take(line, &mut turns));
    let (mut order, mut ordered) = (InOrder::default(), Vec::new());
    for turn in turns {
        order.turn(turn, &mut |turn| ordered.push(turn));
    }
    order.finish(&mut |turn| ordered.push(turn));
    ordered
}

fn joined(turns: &[Turn], screen: &[ScreenTurn]) -> Joined {
    let mut native = Native::default();
    for turn in turns {
        native.turn(turn);
    }
    native.join(screen)
}

/// Words of prompts and replies, in order.
fn said(turns: &[Turn]) -> Vec<u64> {
    let texts = turns.iter().filter_map(|turn| match &turn.entry {
        Entry::User { text } | Entry::Assistant { text, .. } => Some(text),
        _ => None,
    });
    texts.flat_map(|text| words::words(text)).collect()
}

/// How many of `wanted` stand in `shown` in their order: the longest common subsequence.
fn in_order(wanted: &[u64], shown: &[u64]) -> usize {
    let same = wanted.iter().zip(shown).take_while(|(a, b)| a == b).count();
    let (wanted, shown) = (&wanted[same..], &shown[same..]);
    let mut row = vec![0; shown.len() + 1];
    for word in wanted {
        let mut diagonal = 0;
        for (at, other) in shown.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    same + row[shown.len()]
}

fn shown(screen: &[ScreenTurn]) -> Vec<u64> {
    let texts = screen.iter().flat_map(|turn| [&turn.prompt, &turn.reply]);
    texts.flat_map(|text| words::words(text)).collect()
}

/// A transcript whose last turns that somebody said, `lost` of them, never reached the disk.
fn without_last(turns: &[Turn], lost: usize) -> &[Turn] {
    let is_said = |turn: &Turn| matches!(turn.entry, Entry::User { .. } | Entry::Assistant { .. });
    let said: Vec<usize> = (0..turns.len()).filter(|at| is_said(&turns[*at])).collect();
    &turns[..said.len().checked_sub(lost).map_or(0, |at| said[at])]
}

/// A transcript that lost its last turn, or everything, is made whole from the screen.
#[test]
fn what_the_transcript_lost_is_read_off_the_screen() {
    for (recording, name, format) in PAIRS {
        let (screen, turns) = (screen(recording), transcript(name, *format));
        let whole = said(&turns);
        for lost in [1, 2] {
            let left = without_last(&turns, lost);
            let joined = joined(left, &screen);
            let of = joined.witnesses;
            let texts = joined.recovered.iter().map(|(_, seen)| &seen.text);
            let mut words = said(left);
            words.extend(texts.flat_map(|text| words::words(text)));
            let recall = in_order(&whole, &words) as f64 / whole.len().max(1) as f64;
            let extra = words.len() as f64 / whole.len().max(1) as f64;
            assert!(recall >= 0.95, "{recording} {lost}: {recall} {:#?}", joined.recovered);
            println!("{recording:<24} lost {lost} {of:?} recall {recall:.3} words {extra:.2}");
        }
    }
}

/// A client that was killed as it replied has the reply on disk and not what was asked.
#[test]
fn a_prompt_that_only_the_screen_has_stands_before_its_reply() {
    for (recording, name, format) in PAIRS.iter().filter(|(name, ..)| name.ends_with("-plain120")) {
        let mut turns = transcript(name, *format);
        let asked = turns.iter().position(|turn| matches!(turn.entry, Entry::User { .. })).unwrap();
        let Entry::User { text } = turns.remove(asked).entry else { unreachable!() };
        let joined = joined(&turns, &screen(recording));
        let [(place, seen)] = &joined.recovered[..] else { panic!("{:?}", joined.recovered) };
        assert!(seen.by_user && seen.text == text, "{recording}: {seen:?}");
        assert!(*place <= asked, "{recording}: before turn {place} and not {asked}");
    }
}

#[test]
fn what_the_clients_showed_is_what_they_wrote() {
    let mut table = String::new();
    let mut wrong = String::new();
    for (recording, name, format) in PAIRS {
        let (screen, turns) = (screen(recording), transcript(name, *format));
        let wanted = said(&turns);
        let recall = in_order(&wanted, &shown(&screen)) as f64 / wanted.len().max(1) as f64;
        let joined = joined(&turns, &screen);
        let of = joined.witnesses;
        let row = format!(
            "{recording:<24} native {} screen {} matched {} recovered {} recall {:.1} %",
            of.native,
            of.screen,
            of.matched,
            of.recovered,
            recall * 100.0
        );
        writeln!(table, "{row}").unwrap();
        let is_cut = recording.contains("mid-");
        let recovers = u32::from(is_cut);
        if of.matched != of.native || of.recovered != recovers || recall < 0.95 {
            writeln!(wrong, "{row}\n{:#?}\n{screen:#?}", joined.recovered).unwrap();
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "{table}\n{wrong}");
}

/// Tapes of clients that were typed to before they had drawn themselves.
#[test]
fn a_prompt_is_what_was_typed_while_the_client_still_started() {
    let told = |recording: &str| {
        let turns = screen(recording).into_iter();
        turns.map(|turn| (turn.prompt, turn.reply)).collect::<Vec<_>>()
    };
    let of = |prompt: &str, reply: &str| vec![(prompt.to_owned(), reply.to_owned())];
    let cut = "Hello from the mock. Accents: éàü, CJK: 日本語, emo";
    assert_eq!(told("codex-early"), of("please do it mock:plain", cut));
    let slow = of("take your time mock:slow", "tok001 tok002 tok003");
    assert_eq!(told("codex-early-slow"), slow);
    let start = "I looked at the storage layer first, because everything else";
    assert_eq!(told("codex-early-cut"), of("take your time mock:slow", start));
    assert_eq!(told("codex-early-unsent"), [], "it stands in the composer still");
    let [(prompt, reply)] = &told("claude-new-blind")[..] else { panic!("one turn was shown") };
    assert_eq!((&**prompt, &**reply), ("take your time mock:slow", ""), "cut before the reply");
    let [(prompt, reply)] = &told("claude-new-cut")[..] else { panic!("one turn was shown") };
    assert_eq!((&**prompt, &**reply), ("take your time mock:slow", ""), "the same");
    let prompts: Vec<_> = told("claude-new-early").into_iter().map(|(prompt, _)| prompt).collect();
    let asked = ["please do it mock:plain", "please do it mock:escalate", "", "and now mock:plain"];
    assert_eq!(prompts, asked, "the third goes on after an answer to a question");
}

/// Assistants that were switched back to and killed as they answered the handoff.
#[test]
fn a_handoff_is_nobodys_words_and_what_answers_it_is_a_reply() {
    for recording in ["claude-new-resumed", "codex-resumed"] {
        let [turn] = &screen_of(recording, "# Project Handoff")[..] else { panic!("{recording}") };
        assert!(turn.given && turn.prompt.is_empty(), "{recording}: {turn:?}");
        let start = "I looked at the storage layer first, because everything else rests on it.";
        assert!(turn.reply.starts_with(start), "{recording}: {}", turn.reply);
        assert!(!turn.reply.contains("effort"), "{recording}: {}", turn.reply);
        let joined = joined(&[], std::slice::from_ref(turn));
        let [(0, seen)] = &joined.recovered[..] else { panic!("{:?}", joined.recovered) };
        assert!(!seen.by_user && seen.cut && seen.text == turn.reply, "{seen:?}");
    }
}

/// A turn that is ended at a dialog: what the client asks is not what the assistant said.
#[test]
fn a_question_that_was_not_answered_is_no_reply() {
    let turns = screen("codex-asks");
    let last = turns.last().unwrap();
    assert_eq!(last.prompt, "please mock:escalate");
    let said = "I will use a tool.\n\nYou canceled the request to run echo hello-from-tool";
    assert!(last.reply.starts_with(said), "{}", last.reply);
    assert!(
        !last.reply.contains("Would you like") && !last.reply.contains("Working"),
        "{}",
        last.reply
    );
}

/// Codex takes a paragraph away in one frame and writes it elsewhere in the next; the tape ends in
/// between.
#[test]
fn what_is_being_moved_at_the_end_of_a_tape_is_told() {
    let [turn] = &screen("codex-moved")[..] else { panic!("one turn was shown") };
    let said = "I looked at the storage layer first, because everything else rests on it. Items \
                are kept in a JSON file beside the program, and the file is\nThre";
    assert_eq!(turn.reply, said, "a fifth of a second may be missing");
}

/// A terminal that was made smaller in the middle of a reply: all of it is drawn anew, with the
/// client's own frame at another place.
#[test]
fn a_reply_that_was_drawn_anew_is_told_once_and_without_the_frame() {
    let [turn] = &screen("codex-resized")[..] else { panic!("one turn was shown") };
    assert_eq!(turn.prompt, "look at the storage mock:slow");
    let reply: Vec<&str> = turn.reply.split_whitespace().collect();
    assert_eq!(reply[..4], ["I", "looked", "at", "the"]);
    assert_eq!(reply[reply.len() - 3..], ["only", "happy", "pat"], "{}", turn.reply);
    assert_eq!(reply.len(), 127, "{}", turn.reply);
}

/// A person says `go on` twice, or an assistant the same thing twice: the second reply was cut.
#[test]
fn what_was_cut_is_told_where_it_was_said_whatever_was_said_before() {
    let said = |entry: Entry| Turn { at: None, entry };
    let user = |text: &str| said(Entry::User { text: text.to_owned() });
    let reply = |text: &str| ScreenTurn {
        prompt: "go on".to_owned(),
        reply: text.to_owned(),
        typed: true,
        ..ScreenTurn::default()
    };
    let first = "I looked at the storage layer first, because everything else rests on it.";
    let other = "The second half is about the network and how it is asked for its names.";
    let answer = Entry::Assistant { text: first.to_owned(), cut: false };
    for (prompt, second) in [("go on", other), ("go on", first), ("and now the rest", first)] {
        let turns = [user("go on"), said(answer.clone()), said(Entry::TurnEnd), user(prompt)];
        let cut = ScreenTurn { prompt: prompt.to_owned(), ..reply(second) };
        let joined = joined(&turns, &[ScreenTurn { ended: true, ..reply(first) }, cut]);
        let [(place, seen)] = &joined.recovered[..] else { panic!("{:?}", joined.recovered) };
        assert_eq!((*place, &*seen.text, seen.by_user), (4, second, false), "{prompt}");
    }
}
