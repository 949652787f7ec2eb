//! Projects that loghop 0.2.1 and 0.1.0 wrote.

use loghop::model::{HandoffId, Repo, SessionId, Status, TopicId, TopicState};

use super::{Place, at, ended, start};

#[test]
fn projects_of_older_versions_open_and_their_signatures_verify() {
    for version in ["0.2.1", "0.1.0"] {
        let place = Place::fixture(version);
        let store = place.open();
        assert_eq!(store.warnings(), [""; 0], "{version}");
        let sessions = store.sessions().unwrap();
        let handoffs = store.handoffs().unwrap();
        let topics = store.topics().unwrap();
        assert_eq!(sessions.warnings, [""; 0], "{version}");
        assert_eq!(handoffs.warnings, [""; 0], "{version}");
        assert_eq!(topics.warnings, [""; 0], "{version}");
        let ids: Vec<u32> = sessions.items.iter().map(|s| s.id.0).collect();
        assert_eq!(ids, [7, 6, 5, 3, 2, 1], "{version}");
        assert_eq!((handoffs.items.len(), topics.items.len()), (8, 3), "{version}");
    }
}

#[test]
fn fields_of_0_2_1_are_read_as_they_were_meant() {
    let place = Place::fixture("0.2.1");
    let store = place.open();
    let annotated = store.session(SessionId(2)).unwrap().value;
    assert_eq!(annotated.status, Status::Annotated);
    assert_eq!(annotated.notes.summary, "null");
    assert_eq!(annotated.notes.decisions, ["2026-01-01", "true"]);
    assert_eq!(annotated.notes.todos_done, ["~"]);
    assert_eq!(annotated.notes.todos_pending, ["1.0"]);
    assert_eq!(annotated.output, "working on it\n");
    assert_eq!(annotated.handoff, Some(HandoffId(2)));
    assert_eq!(annotated.started.unwrap().to_string(), "2026-11-20T22:51:27Z");
    let timed_out = store.session(SessionId(6)).unwrap().value;
    assert_eq!((timed_out.status, timed_out.returncode), (Status::TimedOut, None));
    let first = store.session(SessionId(1)).unwrap().value;
    assert_eq!(
        first.notes.summary,
        "Done. We decided to use SQLite.\n- [ ] add migrations\n- [x] write schema"
    );
    let unicode = store.session(SessionId(5)).unwrap().value;
    assert_eq!(unicode.goal, "Umlaute: äöü \"quotes\" # not a comment");
    let closed = store.topic(TopicId(2)).unwrap().unwrap();
    assert_eq!((closed.state, closed.sessions.len()), (TopicState::Closed, 2));
    assert_eq!(store.active_topic().unwrap().unwrap().id, TopicId(3));
    let built = store.handoff(HandoffId(7)).unwrap();
    assert_eq!((built.value.status.as_str(), built.value.topic), ("built", None));
    assert!(built.body.starts_with("# Project Handoff\n\n## Goal\nlook only\n"));
    assert_eq!(store.config().unwrap().goal, "Ship auth: step 1");
}

#[test]
fn rewritten_sessions_keep_their_text_their_unknown_keys_and_a_valid_signature() {
    let place = Place::fixture("0.2.1");
    let store = place.open();
    for id in [1, 3, 5, 6, 7].map(SessionId) {
        let before = store.session(id).unwrap();
        let rel = store.session_path(id);
        place.write(&rel, before.text.replacen("---\n", "---\nzz_mood: [good, 7]\n", 1));
        store.update_session(&before.value).unwrap();
        let after = store.session(id).unwrap();
        assert_eq!(after.warnings, [""; 0], "{id}");
        assert_eq!(after.value, before.value, "{id}");
        assert_eq!(after.body, before.body, "{id}");
        assert!(after.text.contains("zz_mood:\n- good\n- 7\n_signature: "), "{}", after.text);
    }
}

#[test]
fn a_flipped_byte_is_a_warning_that_names_the_file_and_no_refusal() {
    let place = Place::fixture("0.2.1");
    let text = place.read(".loghop/sessions/S-003.md");
    for (from, to) in
        [("Migrations added", "Migrations addeD"), ("provider: codex", "provider: codeX")]
    {
        place.write(".loghop/sessions/S-003.md", text.replacen(from, to, 1));
        let listing = place.open().sessions().unwrap();
        assert_eq!(listing.items.len(), 6);
        assert_eq!(listing.warnings.len(), 1);
        assert!(
            listing.warnings[0].contains(".loghop/sessions/S-003.md"),
            "{:?}",
            listing.warnings
        );
    }
}

#[test]
fn the_timeline_merges_sessions_without_an_event_and_survives_torn_lines() {
    let place = Place::fixture("0.2.1");
    let text = place.read(".loghop/timeline.jsonl");
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.contains("\"S-005\"")).collect();
    lines.insert(1, "{\"kind\": \"session\", \"session_id\": \"S-0");
    lines.insert(2, "{\"kind\": \"weather\", \"session_id\": \"S-001\"}");
    place.write(".loghop/timeline.jsonl", lines.join("\n"));
    let store = place.open();
    let events = store.timeline().unwrap().items;
    let ids: Vec<u32> = events.iter().map(|e| e.session.0).collect();
    assert_eq!(ids, [7, 6, 5, 3, 2, 1]);
    assert_eq!(events[4].status, "succeeded", "an event keeps what it said");
    assert!(events.iter().all(|e| e.useful));

    // The last line has lost its newline: the next event must not be glued to it.
    let (session, _tape) = start(&store);
    store.finish_session(&ended(session), &Repo::default(), at(9)).unwrap();
    let text = place.read(".loghop/timeline.jsonl");
    let last = text.lines().last().unwrap();
    assert!(text.ends_with('\n') && last.starts_with('{') && last.contains("\"S-008\""), "{last}");
    assert_eq!(text.lines().count(), lines.len() + 1);
    assert_eq!(store.timeline().unwrap().items.len(), 7);
}
