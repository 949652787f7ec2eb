//! A client that goes on in another transcript in the middle of a run: begun anew, gone back to,
//! branched off, or one that was there before.

use std::time::{Duration, Instant};

use loghop::clock::Timestamp;
use loghop::model::{Activity, Ending};
use loghop::provider::Provider;
use loghop::store::Store;

use super::end::{Run, run, stored};
use super::rig::*;

const THREAD: &str = "01a1faf9-db35-7881-901e-000000000001";
const OTHER: &str = "01a1faf9-db35-7881-901e-000000000002";
const SEGMENT: &str = "01a1faf9-db36-77d3-af15-000000000003";

fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second() - seconds)
}

/// A run that began a while ago, and whose client goes on in what its pid file names.
struct Moving {
    run: Run,
    holder: Holder,
    clock: Clock,
}

impl Moving {
    fn begin() -> Self {
        let mut run = run(Provider::Claude);
        let holder = Holder::of(&[&run.rig.home().join("any")]);
        run.tracker.spawned(holder.pid());
        Self { run, holder, clock: Clock::start() }
    }

    /// The client says that it is in a session, and was not looked at since it said so.
    fn is_in(&self, id: &str) {
        let cwd = self.run.rig.repo();
        self.run.rig.pid_file(self.holder.children()[0], id, &cwd, Duration::ZERO);
    }

    fn wrote(&self, id: &str, text: &str) {
        append(&self.run.rig.claude_file(&self.run.rig.repo(), id), text);
    }

    fn poll(&mut self) {
        let now = self.clock.after(1100);
        self.run.tracker.poll(Activity::Idle, 1, now);
    }

    fn first_id(&self) -> String {
        self.run.claude_file().file_stem().unwrap().to_str().unwrap().to_owned()
    }
}

/// What was said, the gaps that the session tells, and the client's session to resume.
fn told(run: Run) -> (Vec<String>, Vec<String>, Option<String>) {
    let (_rig, store, finished) = run.finish(Ending::Exited(0));
    (said(&store, &finished.session), finished.session.gaps, finished.session.native_id)
}

fn said(store: &Store, session: &loghop::model::Session) -> Vec<String> {
    let lines = stored(store, session);
    let texts = lines.iter().filter_map(|line| line["text"].as_str());
    texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// As `/branch` copies it: under the name of the new session, with where it came from.
fn copied(text: &str, from: &str, to: &str) -> String {
    let copy = |line: &str| {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        let uuid = record["uuid"].clone();
        record["sessionId"] = to.into();
        record["forkedFrom"] = serde_json::json!({"sessionId": from, "messageUuid": uuid});
        record.to_string() + "\n"
    };
    text.lines().map(copy).collect()
}

#[test]
fn what_a_branch_copies_was_said_once_and_what_is_older_than_the_run_is_not_its() {
    for is_ours in [true, false] {
        let mut moving = Moving::begin();
        let first = moving.first_id();
        let one = exchange_at("one", if is_ours { Timestamp::now() } else { ago(1000) });
        let from = if is_ours { first.as_str() } else { "22222222-2222-4333-8444-555555555555" };
        moving.is_in(&first);
        if is_ours {
            moving.wrote(&first, &one);
        }
        moving.poll();
        moving.is_in(OTHER_ID);
        moving.wrote(OTHER_ID, &copied(&one, from, OTHER_ID));
        moving.wrote(OTHER_ID, &exchange("two"));
        moving.poll();
        let (said, gaps, id) = told(moving.run);
        let all = ["one", "answer to one", "two", "answer to two"];
        assert_eq!(said, all[if is_ours { 0 } else { 2 }..]);
        assert_eq!((gaps, id.as_deref()), (Vec::new(), Some(OTHER_ID)));
    }
}

#[test]
fn who_goes_back_to_the_first_session_is_told_in_the_order_in_which_it_happened() {
    let mut moving = Moving::begin();
    let first = moving.first_id();
    let steps = [(first.as_str(), "one"), (OTHER_ID, "two"), (first.as_str(), "three")];
    let start = Timestamp::now().as_second();
    for (at, (id, prompt)) in (start..).zip(steps) {
        moving.is_in(id);
        moving.wrote(id, &exchange_at(prompt, Timestamp::from_second(at)));
        moving.poll();
    }
    let (said, _, id) = told(moving.run);
    let all = ["one", "answer to one", "two", "answer to two", "three", "answer to three"];
    assert_eq!(said, all);
    assert_eq!(id, Some(first), "the one that was used last");
}

#[test]
fn what_was_said_in_a_resumed_session_before_anybody_looked_is_ours() {
    let mut moving = Moving::begin();
    let first = moving.first_id();
    moving.is_in(&first);
    moving.wrote(&first, &exchange("one"));
    // In a folder of its own, where nobody looked before the start.
    let elsewhere = moving.run.rig.home().join("elsewhere");
    let there = moving.run.rig.claude_file(&elsewhere, OTHER_ID);
    append(&there, &exchange_at("long ago", ago(1000)));
    append(&there, &exchange_at("meanwhile, by somebody else", ago(10)));
    moving.poll();
    moving.is_in(OTHER_ID);
    append(&there, &exchange("two"));
    moving.poll();
    append(&there, &exchange("three"));
    let (said, ..) = told(moving.run);
    assert_eq!(said, ["one", "answer to one", "two", "answer to two", "three", "answer to three"]);
}

#[test]
fn what_was_said_in_a_resumed_thread_before_anybody_looked_is_ours() {
    let rig = Rig::new();
    let old = rig.rollout(OTHER);
    append(&old, &rollout_text_at(OTHER, &rig.repo(), "long ago", ago(1000)));
    let mut run = super::end::run_in(rig, Provider::Codex, &[]);
    let ours = run.rig.rollout(THREAD);
    append(&ours, &rollout_text(THREAD, &run.rig.repo(), "one"));
    let mut clock = Clock::start();
    let holder = Holder::of(&[&ours]);
    run.tracker.spawned(holder.pid());
    run.tracker.poll(Activity::Idle, 1, clock.after(0));
    let after = rollout_text(OTHER, &run.rig.repo(), "two");
    append(&old, after.split_once('\n').unwrap().1);
    let holder = Holder::of(&[&old]);
    run.tracker.spawned(holder.pid());
    run.tracker.poll(Activity::Working, 1, clock.after(1100));
    let (said, _, id) = told(run);
    assert_eq!(said, ["one", "answer to one", "two", "answer to two"]);
    assert_eq!(id.as_deref(), Some(OTHER));
}

#[test]
fn what_follows_a_rewind_of_codex_stands_in_another_file_of_the_same_thread() {
    for is_killed in [false, true] {
        let mut run = run(Provider::Codex);
        let first = run.rig.rollout(THREAD);
        let name = first.file_stem().unwrap().to_str().unwrap();
        let second = first.with_file_name(format!("{name}_{SEGMENT}.jsonl"));
        append(&first, &rollout_text(THREAD, &run.rig.repo(), "one"));
        let holder = Holder::of(&[&first]);
        run.tracker.spawned(holder.pid());
        run.tracker.poll(Activity::Idle, 1, Instant::now());
        append(&second, &rollout_text(THREAD, &run.rig.repo(), "two"));
        let holder = Holder::of(&[&second]);
        let all = ["one", "answer to one", "two", "answer to two"];
        if is_killed {
            // Nobody saw that it was opened.
            let (id, store, _rig) = run.killed();
            let recovered = loghop::capture::recover(
                &store,
                &loghop::model::Repo::default(),
                Timestamp::now(),
                &mut |_, _| {},
            );
            assert_eq!(recovered.unwrap().sessions.len(), 1);
            let session = store.session(id).unwrap().value;
            assert_eq!(said(&store, &session), all);
            assert_eq!(session.native_id.as_deref(), Some(THREAD));
        } else {
            run.tracker.spawned(holder.pid());
            let (said, gaps, id) = told(run);
            assert_eq!(said, all);
            assert_eq!(
                (gaps, id.as_deref()),
                (vec!["no tokens were counted".to_owned()], Some(THREAD))
            );
        }
    }
}
