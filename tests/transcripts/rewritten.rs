//! Transcripts that somebody else wrote over: another session's records are no word of this one.

use loghop::model::{Drift, Entry, Turn};
use loghop::transcript::{Format, Lines, Parser};
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
