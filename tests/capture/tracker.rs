//! Which transcript is ours, while the run goes on.

use std::path::Path;
use std::time::{Duration, Instant};

use loghop::capture::Tracker;
use loghop::clock::Timestamp;
use loghop::model::{Activity, Captured, SessionId};
use loghop::provider::Provider;

use super::rig::*;

#[test]
fn ten_runs_in_one_folder_and_one_with_the_same_folder_name_stay_apart() {
    let rig = Rig::new();
    let twin = rig.home().join("a_b");
    let mut runs: Vec<_> = (0..10)
        .map(|n| {
            let cwd = if n == 9 { twin.clone() } else { rig.repo() };
            let spec = rig.spec_in(Provider::Claude, &cwd, &[]);
            let tracker = Tracker::new(&spec, Timestamp::now());
            (n, tracker, rig.claude_file(&cwd, spec.native_id.as_deref().unwrap()))
        })
        .collect();
    let folders: std::collections::BTreeSet<_> =
        runs.iter().map(|(.., file)| file.parent().unwrap().to_owned()).collect();
    assert_eq!(folders.len(), 1, "the two folders share a name");
    for (n, _, file) in &runs {
        append(file, &exchange(&format!("task {n}")));
    }
    append(&rig.claude_file(&rig.repo(), OTHER_ID), &exchange("somebody else's"));
    let mut clock = Clock::start();
    let now = clock.after(0);
    for (n, tracker, file) in &mut runs {
        let live = tracker.poll(Activity::Idle, 1, now);
        assert_eq!(live.files, std::slice::from_ref(file));
        assert_eq!(first_prompt(&live), Some(format!("task {n}").as_str()));
        assert_eq!((live.digest.prompts, live.digest.turns), (1, 2));
        assert_eq!(live.captured, Captured::Reading { read: 2, known: 2 });
    }
}

#[test]
fn clear_is_followed_by_the_pid_file_also_of_a_descendant() {
    let rig = Rig::new();
    let spec = rig.spec(Provider::Claude, &[]);
    let mut tracker = Tracker::new(&spec, Timestamp::now());
    let holder = Holder::of(&[&rig.home().join("any")]);
    tracker.spawned(holder.pid());
    let client = holder.children()[0];
    let first = rig.claude_file(&rig.repo(), spec.native_id.as_deref().unwrap());
    rig.pid_file(client, spec.native_id.as_deref().unwrap(), &rig.repo(), Duration::ZERO);
    append(&first, &exchange("one"));
    let mut clock = Clock::start();
    assert_eq!(tracker.poll(Activity::Idle, 1, clock.after(0)).files.len(), 1);
    let second = rig.claude_file(&rig.repo(), OTHER_ID);
    rig.pid_file(client, OTHER_ID, &rig.repo(), Duration::ZERO);
    append(&second, &exchange("two"));
    tracker.poll(Activity::Working, 1, clock.after(1100));
    let live = tracker.poll(Activity::Idle, 2, clock.after(300));
    assert_eq!(live.files, [first, second]);
    assert_eq!((first_prompt(&live), last_prompt(&live)), (Some("one"), Some("two")));
    assert_eq!(live.digest.turns, 4);
    assert_eq!(tracker.native_id().as_deref(), Some(OTHER_ID));
}

#[test]
fn what_the_pid_file_says_of_the_client_is_told_at_once() {
    let rig = Rig::new();
    let mut tracker = Tracker::new(&rig.spec(Provider::Claude, &[]), Timestamp::now());
    let holder = Holder::of(&[&rig.home().join("any")]);
    tracker.spawned(holder.pid());
    let mut clock = Clock::start();
    assert_eq!(tracker.poll(Activity::Unknown, 0, clock.after(0)).told, None);
    let path = rig.pid_file(holder.pid(), OTHER_ID, &rig.repo(), Duration::ZERO);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(tracker.poll(Activity::Idle, 0, clock.after(1100)).told, Some(Activity::Idle));
    let states = [
        ("busy", Some(Activity::Working)),
        ("waiting", Some(Activity::Waiting)),
        ("dreaming", None),
    ];
    for (word, told) in states {
        put(&path, &text.replace("\"idle\"", &format!("\"{word}\"")));
        assert_eq!(tracker.poll(Activity::Idle, 0, clock.after(1)).told, told, "{word}");
    }
    std::fs::remove_file(path).unwrap();
    assert_eq!(tracker.poll(Activity::Idle, 0, clock.after(1)).told, None);
}

#[test]
fn a_pid_file_of_an_earlier_process_is_not_believed() {
    let rig = Rig::new();
    let mut tracker = Tracker::new(&rig.spec(Provider::Claude, &["--continue"]), Timestamp::now());
    let holder = Holder::of(&[&rig.home().join("any")]);
    tracker.spawned(holder.pid());
    append(&rig.claude_file(&rig.repo(), OTHER_ID), &exchange("old"));
    rig.pid_file(holder.pid(), OTHER_ID, &rig.repo(), Duration::from_hours(1));
    let mut clock = Clock::start();
    assert!(tracker.poll(Activity::Idle, 0, clock.after(0)).files.is_empty());
    rig.pid_file(holder.pid(), OTHER_ID, &rig.repo(), Duration::ZERO);
    assert_eq!(tracker.poll(Activity::Idle, 0, clock.after(1100)).files.len(), 1);
}

#[test]
fn only_what_a_resumed_session_adds_is_ours() {
    let rig = Rig::new();
    let file = rig.claude_file(&rig.repo(), OTHER_ID);
    append(&file, &exchange("before"));
    let spec = rig.spec(Provider::Claude, &["--resume", OTHER_ID]);
    let mut tracker = Tracker::new(&spec, Timestamp::now());
    append(&file, &exchange("after"));
    let live = tracker.poll(Activity::Idle, 1, Instant::now());
    assert_eq!((first_prompt(&live), live.digest.prompts), (Some("after"), 1));
}

#[test]
fn a_session_in_another_folder_is_found_by_its_id() {
    let rig = Rig::new();
    let spec = rig.spec(Provider::Claude, &["--worktree", "side"]);
    let mut tracker = Tracker::new(&spec, Timestamp::now());
    let elsewhere = rig.home().join("elsewhere");
    let file = rig.claude_file(&elsewhere, spec.native_id.as_deref().unwrap());
    append(&file, &exchange("there"));
    assert_eq!(tracker.poll(Activity::Idle, 1, Instant::now()).files, [file]);
}

#[test]
fn ten_codex_processes_at_once_keep_their_rollouts() {
    let rig = Rig::new();
    let mut runs: Vec<_> = (0..10)
        .map(|n| {
            let thread = format!("01a1faf9-db35-7881-901e-45df12d61a{n:02}");
            let file = rig.rollout(&thread);
            let lock = rig.home().join(format!(".codex/thread-writer-locks/{thread}.lock"));
            let spec = rig.spec(Provider::Codex, &[]);
            let mut tracker = Tracker::new(&spec, Timestamp::now());
            let text = rollout_text(&thread, &rig.repo(), &format!("task {n}"));
            // Half of them are caught before their rollout exists: only the lock is open.
            let holder = if n % 2 == 0 {
                let holder = Holder::of(&[&lock]);
                append(&file, &text);
                holder
            } else {
                append(&file, &text);
                Holder::of(&[&file, &lock])
            };
            tracker.spawned(holder.pid());
            (n, tracker, file, holder, thread)
        })
        .collect();
    let subagent = rig.rollout("01a1faf9-0000-7881-901e-45df12d61a14");
    append(&subagent, &rollout_text("x", &rig.repo(), "somebody else's"));
    let mut clock = Clock::start();
    let now = clock.after(0);
    for (n, tracker, file, _, thread) in &mut runs {
        let live = tracker.poll(Activity::Idle, 1, now);
        assert_eq!(live.files, std::slice::from_ref(file), "run {n}");
        assert_eq!(first_prompt(&live), Some(format!("task {n}").as_str()));
        assert_eq!(tracker.native_id().as_deref(), Some(thread.as_str()));
    }
}

#[test]
fn a_rollout_that_codex_only_looks_into_is_another_ones() {
    let rig = Rig::new();
    let thread = |n: u32| format!("01a1faf9-db35-7881-901e-45df12d61a{n:02}");
    let lock = |n| rig.home().join(format!(".codex/thread-writer-locks/{}.lock", thread(n)));
    let mut clock = Clock::start();
    let old = rig.rollout(&thread(3));
    append(&old, &rollout_text(&thread(3), &rig.repo(), "long ago"));
    let mut tracker = Tracker::new(&rig.spec(Provider::Codex, &[]), Timestamp::now());
    let files = [1, 2].map(|n| rig.rollout(&thread(n)));
    append(&files[0], &rollout_text(&thread(1), &rig.repo(), "the other one's"));
    let other = Holder::of(&[&files[0], &lock(1)]);
    let looks = Holder::looking(&[&files[0], &lock(1)]);
    tracker.spawned(looks.pid());
    assert!(tracker.poll(Activity::Idle, 0, clock.after(0)).files.is_empty());
    // A lock that nobody has is taken for a moment.
    let tries = Holder::of(&[&lock(3)]);
    tracker.spawned(tries.pid());
    assert!(tracker.poll(Activity::Idle, 0, clock.after(1100)).files.is_empty());
    append(&files[1], &rollout_text(&thread(2), &rig.repo(), "ours"));
    let ours = Holder::of(&[&files[1], &lock(2)]);
    tracker.spawned(ours.pid());
    assert_eq!(tracker.poll(Activity::Idle, 1, clock.after(1100)).files, files[1..]);
    drop(other);
}

#[test]
fn codex_without_evidence_takes_one_rollout_or_none() {
    let rig = Rig::new();
    let files = loghop::disk::Root::open(&rig.repo()).unwrap();
    std::fs::create_dir_all(rig.repo().join(".loghop/sessions")).unwrap();
    let tracker = |n: u32| {
        let spec = rig.spec(Provider::Codex, &[]);
        Tracker::new(&spec, Timestamp::now()).of_session(&files, SessionId(n))
    };
    let (mut one, mut two) = (tracker(1), tracker(2));
    let ours = rig.rollout("01a1faf9-db35-7881-901e-000000000001");
    append(&ours, &rollout_text("01a1faf9-db35-7881-901e-000000000001", &rig.repo(), "mine"));
    let elsewhere = rig.rollout("01a1faf9-db35-7881-901e-000000000002");
    append(&elsewhere, &rollout_text("x", Path::new("/somewhere"), "not mine"));
    let mut clock = Clock::start();
    // While another run is there that could have written it, nobody takes it.
    two.keep().unwrap();
    one.poll(Activity::Idle, 1, clock.after(0));
    assert!(lost(&one.poll(Activity::Idle, 1, clock.after(1600))).contains("at the same time"));
    // The client itself says which one it is.
    one.told("01a1faf9-db35-7881-901e-000000000001");
    assert_eq!(one.poll(Activity::Idle, 1, clock.after(10)).files, [ours]);
    one.keep().unwrap();
    // What is claimed stays with who claimed it.
    assert!(two.poll(Activity::Idle, 0, clock.after(10)).files.is_empty());
}

#[test]
fn what_is_not_found_is_told_within_two_seconds_and_why() {
    let rig = Rig::new();
    let mut clock = Clock::start();
    let spec = rig.spec(Provider::Claude, &[]);
    let mut tracker = Tracker::new(&spec, Timestamp::now());
    let quiet = tracker.poll(Activity::Idle, 0, clock.after(0));
    assert_eq!(quiet.captured, Captured::Nothing);
    let working = tracker.poll(Activity::Working, 0, clock.after(250));
    assert_eq!(working.captured, Captured::Searching);
    tracker.poll(Activity::Idle, 1, clock.after(250));
    let live = tracker.poll(Activity::Idle, 1, clock.after(1900));
    let expected = rig.claude_file(&rig.repo(), spec.native_id.as_deref().unwrap());
    assert!(lost(&live).contains(&expected.display().to_string()), "{}", lost(&live));
    append(&expected, &exchange("late"));
    let live = tracker.poll(Activity::Idle, 1, clock.after(1100));
    assert_eq!(live.captured, Captured::Reading { read: 2, known: 2 });
    tracker.poll(Activity::Working, 1, clock.after(250));
    tracker.poll(Activity::Idle, 2, clock.after(250));
    let live = tracker.poll(Activity::Idle, 2, clock.after(1900));
    assert!(lost(&live).contains("nothing was added"), "{}", lost(&live));

    let spec = rig.spec(Provider::Claude, &["-p", "--no-session-persistence"]);
    let mut tracker = Tracker::new(&spec, Timestamp::now());
    tracker.poll(Activity::Idle, 1, clock.after(0));
    let live = tracker.poll(Activity::Idle, 1, clock.after(1900));
    assert!(lost(&live).contains("--no-session-persistence"));
}

#[test]
fn cut_replaced_removed_torn_and_garbage_transcripts() {
    let rig = Rig::new();
    let spec = rig.spec(Provider::Claude, &[]);
    let file = rig.claude_file(&rig.repo(), spec.native_id.as_deref().unwrap());
    let mut tracker = Tracker::new(&spec, Timestamp::now());
    let mut clock = Clock::start();
    let mut poll =
        |tracker: &mut Tracker, turns| tracker.poll(Activity::Idle, turns, clock.after(250));
    let (one, two) = (exchange("one"), exchange("two"));
    // A torn line waits for its end.
    append(&file, &format!("{one}\u{0}garbage\n[1]\n{}", &two[..40]));
    let live = poll(&mut tracker, 1);
    assert_eq!((live.digest.turns, live.digest.drift.bad_lines), (2, 2));
    append(&file, &two[40..]);
    assert_eq!(poll(&mut tracker, 2).digest.turns, 4);
    // Cut: what is there now counts, once.
    std::fs::write(&file, &two).unwrap();
    poll(&mut tracker, 2);
    let live = poll(&mut tracker, 2);
    assert_eq!((first_prompt(&live), live.digest.turns), (Some("two"), 2));
    // Replaced by another file of the same name.
    std::fs::write(file.with_extension("new"), exchange("three") + &one + &two).unwrap();
    std::fs::rename(file.with_extension("new"), &file).unwrap();
    poll(&mut tracker, 2);
    let live = poll(&mut tracker, 2);
    assert_eq!((first_prompt(&live), live.digest.turns), (Some("three"), 6));
    // Removed: what was read stays.
    std::fs::remove_file(&file).unwrap();
    let live = poll(&mut tracker, 2);
    assert!(lost(&live).contains("was removed"), "{}", lost(&live));
    assert_eq!(live.digest.turns, 6);
}

#[test]
fn a_huge_transcript_is_read_in_bounded_steps() {
    let rig = Rig::new();
    let spec = rig.spec(Provider::Claude, &[]);
    let file = rig.claude_file(&rig.repo(), spec.native_id.as_deref().unwrap());
    let mut tracker = Tracker::new(&spec, Timestamp::now());
    let filler = format!("{{\"type\":\"attachment\",\"x\":\"{}\"}}\n", "y".repeat(1 << 20));
    append(&file, &exchange("first"));
    (0..100).for_each(|_| append(&file, &filler));
    append(&file, &exchange("last"));
    let mut clock = Clock::start();
    let (mut polls, mut before) = (0, 0);
    loop {
        let live = tracker.poll(Activity::Idle, 2, clock.after(10));
        let records = live.digest.drift.records;
        assert!(records - before <= 6, "a poll reads at most 4 MiB");
        (polls, before) = (polls + 1, records);
        if !tracker.is_behind() {
            assert_eq!((first_prompt(&live), last_prompt(&live)), (Some("first"), Some("last")));
            break;
        }
    }
    assert!(polls >= 25, "{polls}");
}

#[test]
fn a_new_thread_of_the_same_process_is_followed_and_a_subagents_is_not() {
    let rig = Rig::new();
    let thread = |n: u32| format!("01a1faf9-db35-7881-901e-45df12d61a{n:02}");
    let files = [1, 2, 3].map(|n| rig.rollout(&thread(n)));
    let mut tracker = Tracker::new(&rig.spec(Provider::Codex, &[]), Timestamp::now());
    append(&files[0], &rollout_text(&thread(1), &rig.repo(), "one"));
    // `/new` may give the thread a folder of its own; the process is what counts.
    append(&files[1], &rollout_text(&thread(2), Path::new("/elsewhere"), "two"));
    let subagent = rollout_text(&thread(3), &rig.repo(), "somebody else's");
    append(&files[2], &subagent.replace("\"cli\"", "{\"subagent\":\"review\"}"));
    let holders = [Holder::of(&[&files[0]]), Holder::of(&[&files[1], &files[2]])];
    let mut clock = Clock::start();
    tracker.spawned(holders[0].pid());
    assert_eq!(tracker.poll(Activity::Idle, 1, clock.after(0)).files, files[..1]);
    tracker.spawned(holders[1].pid());
    tracker.poll(Activity::Working, 1, clock.after(1100));
    let live = tracker.poll(Activity::Idle, 2, clock.after(100));
    assert_eq!(live.files, files[..2]);
    assert_eq!((first_prompt(&live), last_prompt(&live)), (Some("one"), Some("two")));
}

#[test]
fn of_a_resumed_rollout_only_what_is_added_is_ours() {
    let rig = Rig::new();
    let thread = "01a1faf9-db35-7881-901e-45df12d61a14";
    let file = rig.rollout(thread);
    append(&file, &rollout_text(thread, &rig.repo(), "before"));
    for args in [&["resume", thread][..], &["resume", "--last"]] {
        let mut tracker = Tracker::new(&rig.spec(Provider::Codex, args), Timestamp::now());
        let holder = Holder::of(&[&file]);
        tracker.spawned(holder.pid());
        let text = rollout_text(thread, &rig.repo(), "after");
        append(&file, text.split_once('\n').unwrap().1);
        let live = tracker.poll(Activity::Idle, 1, Instant::now());
        assert_eq!((first_prompt(&live), live.digest.prompts), (Some("after"), 1), "{args:?}");
    }
}
