//! Transcripts that somebody else wrote over: another session's records are no word of this one, and
//! what stands there twice or backwards was said once and in its order.

use loghop::model::{Drift, Entry, Turn};
use loghop::transcript::{Format, Lines, Parser, Sequence};
use serde_json::{Value, json};

use super::{fixtures, parse};

/// What the records of one session say in a file.
fn parse_of(format: Format, session: &str, bytes: &[u8]) -> (Vec<Turn>, Drift) {
    let (mut parser, mut lines) = (Parser::of_session(format, session), Lines::default());
    let mut turns = Vec::new();
    lines.feed(bytes, |line| parser.take(line, &mut turns));
    lines.finish(|line| parser.take(line, &mut turns));
    (turns, parser.drift().clone())
}

fn named(name: &str) -> (Format, &'static [u8], String) {
    let (_, format, bytes) = fixtures().iter().find(|(other, ..)| other == name).unwrap();
    let session = parse(*format, bytes).1.meta().session_id.clone().unwrap();
    (*format, bytes, session)
}

#[test]
fn all_that_a_client_wrote_in_its_session_is_its_own() {
    for (name, format, bytes) in fixtures() {
        let (turns, parser) = parse(*format, bytes);
        let session = parser.meta().session_id.clone().unwrap_or_default();
        assert_eq!(parse_of(*format, &session, bytes), (turns, parser.drift().clone()), "{name}");
    }
}

#[test]
fn records_of_another_session_are_passed_over_wherever_they_stand() {
    for (own, other) in [("claude/plain", "claude/work"), ("codex/plain", "codex/work")] {
        let ((format, bytes, session), (_, others, _)) = (named(own), named(other));
        let (told, _) = parse_of(format, &session, bytes);
        for text in [[bytes, others].concat(), [others, bytes].concat()] {
            let (turns, drift) = parse_of(format, &session, &text);
            let unread = |turn: &Turn| turn.entry == Entry::Unread;
            assert_eq!(turns.iter().filter(|turn| unread(turn)).count(), 1, "{own}");
            let rest: Vec<_> = turns.into_iter().filter(|turn| !unread(turn)).collect();
            assert_eq!(rest, told, "{own}");
            assert!(drift.foreign > 0, "{own}");
        }
    }
}

#[test]
fn what_a_fork_copied_of_its_parents_is_no_other_sessions() {
    let meta = |id: &str, from: Option<&str>| {
        let payload = json!({"id": id, "forked_from_id": from});
        json!({"timestamp": "2026-11-20T22:00:00.000Z", "type": "session_meta", "payload": payload})
    };
    let says = |text: &str| {
        let payload = json!({"type": "message", "role": "assistant", "content": [{"text": text}]});
        json!({"timestamp": "2026-11-20T22:00:01.000Z", "type": "response_item", "payload": payload})
    };
    let file =
        |records: &[Value]| records.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let metas = [meta("c", Some("b")), meta("b", Some("a")), meta("a", None), says("new")];
    let (turns, drift) = parse_of(Format::Codex, "c", file(&metas).as_bytes());
    assert_eq!((turns.len(), drift.foreign), (1, 0));
    let (turns, drift) = parse_of(Format::Codex, "d", file(&metas).as_bytes());
    assert_eq!((turns.len(), drift.foreign), (1, 4), "{turns:?}");
}

/// The lines of a file in the order in which they were written, as far as they tell it.
fn in_order(bytes: &[u8]) -> Vec<u8> {
    let (mut sequence, mut lines) = (Sequence::default(), Lines::default());
    lines.feed(bytes, |line| sequence.take(line));
    lines.finish(|line| sequence.take(line));
    let Some(order) = sequence.order(0) else { return bytes.to_vec() };
    let of = |part: std::ops::Range<u64>| {
        let end = part.end.min(bytes.len() as u64) as usize;
        let mut part = bytes[part.start as usize..end].to_vec();
        part.extend(part.last().is_some_and(|last| *last != b'\n').then_some(b'\n'));
        part
    };
    order.parts.into_iter().flat_map(of).collect()
}

/// What somebody makes of the lines of a file.
type Rewrite = fn(&[&[u8]]) -> Vec<Vec<u8>>;

const REWRITES: &[(&str, Rewrite)] = &[
    ("each twice", |lines| lines.iter().flat_map(|line| [line.to_vec(), line.to_vec()]).collect()),
    ("all twice", |lines| [lines, lines].concat().iter().map(|line| line.to_vec()).collect()),
    ("backwards", |lines| lines.iter().rev().map(|line| line.to_vec()).collect()),
    ("backwards and twice", |lines| {
        lines.iter().rev().flat_map(|line| [line.to_vec(), line.to_vec()]).collect()
    }),
    ("backwards and on", |lines| {
        lines.iter().rev().chain(lines).map(|line| line.to_vec()).collect()
    }),
    ("half of it backwards", |lines| {
        let (first, last) = lines.split_at(lines.len() / 2);
        first.iter().chain(last.iter().rev()).map(|line| line.to_vec()).collect()
    }),
    ("the second half first", |lines| {
        let (first, last) = lines.split_at(lines.len() / 2);
        last.iter().chain(first).map(|line| line.to_vec()).collect()
    }),
    ("with the newlines of another system", |lines| {
        lines.iter().map(|line| [line, &b"\r"[..]].concat()).collect()
    }),
];

#[test]
fn what_stands_twice_or_backwards_was_said_once_and_in_its_order() {
    for (name, format, bytes) in fixtures() {
        let (told, _) = parse(*format, &in_order(bytes));
        assert_eq!(told.len(), parse(*format, bytes).0.len(), "{name}");
        let lines: Vec<&[u8]> = bytes.trim_ascii().split(|byte| *byte == b'\n').collect();
        for (what, rewrite) in REWRITES {
            // Without numbers, only a file that is backwards as a whole is known to be.
            if name.starts_with("codex-old/") && what.contains("half") {
                continue;
            }
            let bytes = in_order(&rewrite(&lines).join(&b'\n'));
            assert_eq!(parse(*format, &bytes).0, told, "{name}, {what}");
        }
    }
}
