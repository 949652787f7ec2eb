//! Transcripts that somebody else wrote over while the run went on.

use std::time::Instant;

use loghop::capture::Tracker;
use loghop::clock::Timestamp;
use loghop::model::{Activity, Ending};
use loghop::provider::Provider;

use super::end::{run, run_in, stored};
use super::rig::*;

const THREAD: &str = "01a1faf9-db35-7881-901e-000000000001";
const OTHER: &str = "01a1faf9-db35-7881-901e-000000000002";

#[test]
fn another_sessions_transcript_is_not_taken_for_ours() {
    let mut run = run(Provider::Claude);
    let file = run.claude_file();
    append(&file, &exchange("ours"));
    run.tracker.poll(Activity::Idle, 1, Instant::now());
    put(&file, &fixture("claude/work.jsonl", OTHER_ID));
    let live = run.tracker.poll(Activity::Idle, 1, Instant::now());
    assert!(lost(&live).contains("another session's records"), "{}", lost(&live));
    let (.., finished) = run.finish(Ending::Exited(0));
    assert_eq!(finished.session.turns_captured, 0);
    let told = &finished.session.gaps;
    assert!(told.iter().any(|gap| gap.ends_with("records are another session's")), "{told:?}");
    assert!(finished.warnings.iter().any(|w| w.contains("another session's")), "{finished:?}");
}

#[test]
fn a_rollout_is_whose_its_beginning_says_it_is_also_where_that_is_not_ours() {
    for (thread, prompts) in [(THREAD, 1), (OTHER, 0)] {
        let rig = Rig::new();
        let file = rig.rollout(THREAD);
        append(&file, &rollout_text(thread, &rig.repo(), "before"));
        let spec = rig.spec(Provider::Codex, &["resume", THREAD]);
        let mut tracker = Tracker::new(&spec, Timestamp::now());
        let ours = rollout_text(THREAD, &rig.repo(), "after");
        append(&file, ours.split_once('\n').unwrap().1);
        let live = tracker.poll(Activity::Idle, 1, Instant::now());
        assert_eq!(live.digest.prompts, prompts);
        assert_eq!(tracker.native_id().as_deref(), Some(THREAD));
    }
}

/// What somebody makes of a file.
type Rewrite = fn(&str) -> String;

#[test]
fn only_what_a_resumed_session_added_is_ours_also_where_its_file_was_put_together_anew() {
    let rewrites: [(&str, Rewrite); 3] = [
        ("backwards", |text| text.lines().rev().collect::<Vec<_>>().join("\n") + "\n"),
        ("each twice", |text| text.lines().flat_map(|line| [line, "\n", line, "\n"]).collect()),
        ("shorter", |text| {
            let lines: Vec<_> = text.lines().collect();
            lines[lines.len() - 10..].join("\n") + "\n"
        }),
    ];
    for (what, rewrite) in rewrites {
        let rig = Rig::new();
        let file = rig.claude_file(&rig.repo(), OTHER_ID);
        append(&file, &fixture("claude/work.jsonl", OTHER_ID));
        let run = run_in(rig, Provider::Claude, &["--resume", OTHER_ID]);
        append(&file, &exchange("after"));
        put(&file, &rewrite(&std::fs::read_to_string(&file).unwrap()));
        let (_rig, store, finished) = run.finish(Ending::Exited(0));
        let said = stored(&store, &finished.session);
        let said: Vec<_> = said.iter().filter_map(|line| line["text"].as_str()).collect();
        assert_eq!(said, ["after", "answer to after", ""], "{what}");
    }
}
