//! A transcript that a power cut left: its last record ends anywhere. The tape has what is missing.

use std::time::{Duration, Instant};

use loghop::capture::{BeginPlan, Recovered, Tracker, begin, recover};
use loghop::clock::Timestamp;
use loghop::model::{Activity, Repo, Witnesses};
use loghop::provider::Provider;
use loghop::store::Store;

use super::end::run;
use super::rig::*;

/// A tape of two turns, drawn as simply as can be: an edge by title, a prompt, a reply.
fn tape(prompts: &[&str]) -> String {
    let mut text = "{\"version\": 2, \"width\": 80, \"height\": 24}\n".to_owned();
    let mut at = 0.0;
    let mut event = |code: &str, data: &str| {
        at += 0.5;
        text += &serde_json::json!([at, code, data]).to_string();
        text.push('\n');
    };
    event("o", "\x1b]0;✳ client\x07");
    for prompt in prompts {
        event("m", "typed");
        event("m", "sent");
        event("o", &format!("\x1b]0;⠂ client\x07> {prompt}\r\n\r\n"));
        event("o", &format!("answer to {prompt}\r\n\r\n"));
        event("o", "\x1b]0;✳ client\x07");
    }
    text
}

#[test]
fn a_last_record_cut_at_any_byte_is_made_whole_from_the_screen() {
    let (first, second) = (exchange("first words"), exchange("second words"));
    let last = second.trim_end().rfind('\n').unwrap() + 1;
    // Every byte where somebody asks for it; all of them take two minutes.
    let stride = if std::env::var_os("LOGHOP_TEST_THOROUGH").is_some() { 1 } else { 17 };
    let cuts = (last..second.len() - 2).step_by(stride);
    for kept in cuts.chain([second.len() - 2, second.len() - 1, second.len()]) {
        let rig = Rig::new();
        let now = Timestamp::now();
        let store = Store::init(&rig.repo(), &rig.home(), "project", now).unwrap();
        let plan = BeginPlan {
            provider: Provider::Claude,
            goal: "ship it".into(),
            handoff: None,
            topic: None,
            now,
        };
        let begun = begin(&store, &plan).unwrap();
        let id = begun.session.id;
        let spec = rig.spec(Provider::Claude, &[]);
        let mut tracker = Tracker::new(&spec, now).of_session(store.files(), id);
        let file = rig.claude_file(&rig.repo(), spec.native_id.as_deref().unwrap());
        append(&file, &first);
        append(&file, &second[..kept]);
        tracker.poll(Activity::Idle, 1, Instant::now());
        tracker.keep().unwrap();
        drop((begun, tracker));
        let cast = store.root().join(Store::cast_path(id, 1));
        std::fs::write(cast, tape(&["first words", "second words"])).unwrap();
        let recovered = finished(&store, now);
        let session = &recovered.sessions[0];
        // A record that lacks only its newline is whole.
        let lost = u32::from(kept + 1 < second.len());
        let want = Witnesses { native: 4 - lost, screen: 4, matched: 4 - lost, recovered: lost };
        assert_eq!(session.witnesses, Some(want), "{kept} of {}", second.len());
        assert_eq!(session.turns_captured, 4, "{kept}");
        let text = store.files().read_text(&store.transcript_path(id), 1 << 20).unwrap().unwrap();
        assert_eq!(text.matches("answer to second words").count(), 1, "{kept}: {text}");
    }
}

#[test]
fn a_last_frame_that_was_cut_as_it_was_written_is_told_as_far_as_it_goes() {
    let dead = run(Provider::Claude);
    append(&dead.claude_file(), &exchange("first words"));
    let (id, store, rig) = dead.killed();
    let begun = tape(&["first words", "second words"]);
    let end = begun.rfind('[').unwrap();
    let cut = format!("{}[9.5,\"o\",\"and more of it is on\\u00", &begun[..end]);
    std::fs::write(store.root().join(Store::cast_path(id, 1)), cut).unwrap();
    finished(&store, Timestamp::now());
    let text = store.files().read_text(&store.transcript_path(id), 1 << 20).unwrap().unwrap();
    assert!(text.contains("answer to second words\\n\\nand more of it is on"), "{text}");
    drop(rig);
}

#[test]
fn a_tape_whose_middle_was_dropped_is_played_to_its_end() {
    let dead = run(Provider::Claude);
    append(&dead.claude_file(), &exchange("first words"));
    append(&dead.claude_file(), &exchange("second words"));
    let (id, store, _rig) = dead.killed();
    let segments = [(1, "first words"), (5, "second words"), (6, "third words")];
    for (number, prompt) in segments {
        let path = store.root().join(Store::cast_path(id, number));
        // A damaged line may say any time.
        std::fs::write(&path, tape(&[prompt]) + "[1e300, \"o\", \"x\"]\n").unwrap();
    }
    let begin = store.root().join(Store::cast_path(id, 1));
    let begin = std::fs::OpenOptions::new().append(true).open(begin).unwrap();
    begin.set_modified(std::time::SystemTime::now() - Duration::from_mins(5)).unwrap();
    let recovered = finished(&store, Timestamp::now());
    let want = Witnesses { native: 4, screen: 6, matched: 4, recovered: 2 };
    assert_eq!(recovered.sessions[0].witnesses, Some(want));
    let text = store.files().read_text(&store.transcript_path(id), 1 << 20).unwrap().unwrap();
    assert!(text.contains("answer to third words"), "{text}");
}

#[test]
fn an_empty_tape_is_none() {
    let dead = run(Provider::Claude);
    append(&dead.claude_file(), &exchange("first words"));
    let (id, store, _rig) = dead.killed();
    let recovered = finished(&store, Timestamp::now());
    assert_eq!(
        (recovered.sessions[0].turns_captured, &recovered.sessions[0].cast_path),
        (2, &None)
    );
    assert!(!store.files().exists(&Store::cast_path(id, 1)).unwrap());
}

/// An exchange, said so many seconds from now.
fn said_in(seconds: i64, prompt: &str) -> String {
    let mut records: Vec<serde_json::Value> =
        exchange(prompt).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let at = Timestamp::from_second(Timestamp::now().as_second() + seconds).to_string();
    for record in &mut records {
        record["timestamp"] = at.clone().into();
    }
    records.iter().map(|record| format!("{record}\n")).collect::<Vec<_>>().concat()
}

#[test]
fn what_somebody_went_on_to_say_after_the_kill_is_not_ours_and_a_late_answer_is() {
    let dead = run(Provider::Claude);
    let file = dead.claude_file();
    append(&file, &exchange("first words"));
    let late = said_in(20, "second words");
    let (_, answered) = late.split_once('\n').unwrap();
    append(&file, &format!("{}\n", exchange("second words").lines().next().unwrap()));
    let (id, store, _rig) = dead.killed();
    let cast = store.root().join(Store::cast_path(id, 1));
    std::fs::write(cast, tape(&["first words", "second words"])).unwrap();
    append(&file, answered);
    append(&file, &said_in(60, "without loghop"));
    let recovered = finished(&store, Timestamp::now());
    let session = &recovered.sessions[0];
    let want = Witnesses { native: 4, screen: 4, matched: 4, recovered: 0 };
    assert_eq!(session.witnesses, Some(want));
    let text = store.files().read_text(&store.transcript_path(id), 1 << 20).unwrap().unwrap();
    assert!(text.contains("answer to second words") && !text.contains("without loghop"), "{text}");
    let told = &session.gaps;
    assert!(told.iter().any(|gap| gap == "2 turns were said after the run"), "{told:?}");
}

/// Recovers what is there. A child that another test just starts may hold the tape's lock for a
/// moment, until it is another program.
fn finished(store: &Store, now: Timestamp) -> Recovered {
    for _ in 0..100 {
        let recovered = recover(store, &Repo::default(), now, &mut |_, _| {}).unwrap();
        if !recovered.sessions.is_empty() {
            return recovered;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the session is still held by somebody")
}
