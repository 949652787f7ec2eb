//! How a session ends: what is stored, what is waited for, and what a killed run leaves.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use loghop::capture::{
    BeginPlan, Begun, Ended, Finished, Patience, Settle, Tracker, begin, clear_away, finish,
    recover,
};
use loghop::clock::Timestamp;
use loghop::error::Kind;
use loghop::model::{Activity, ChangedFile, Ending, Repo, Session, SessionId, Status};
use loghop::provider::{LaunchSpec, Provider};
use loghop::store::Store;

use super::rig::*;

/// A run of an assistant in a project of its own.
pub(super) struct Run {
    pub(super) rig: Rig,
    pub(super) store: Store,
    pub(super) begun: Begun,
    spec: LaunchSpec,
    pub(super) tracker: Tracker,
}

pub(super) fn run(provider: Provider) -> Run {
    run_in(Rig::new(), provider, &[])
}

pub(super) fn run_in(rig: Rig, provider: Provider, args: &[&str]) -> Run {
    let now = Timestamp::now();
    let store = Store::init(&rig.repo(), &rig.home(), "project", now).unwrap();
    let plan = BeginPlan { provider, goal: "ship it".into(), handoff: None, topic: None, now };
    let begun = begin(&store, &plan).unwrap();
    let spec = rig.spec(provider, args);
    let tracker = Tracker::new(&spec, now).of_session(store.files(), begun.session.id);
    Run { rig, store, begun, spec, tracker }
}

impl Run {
    pub(super) fn claude_file(&self) -> PathBuf {
        self.rig.claude_file(&self.rig.repo(), self.spec.native_id.as_deref().unwrap())
    }

    /// Claude Code writes what it wrote in a recorded scenario.
    pub(super) fn wrote(&self, name: &str) {
        append(&self.claude_file(), &fixture(name, self.spec.native_id.as_deref().unwrap()));
    }

    /// loghop is killed: what is left of the run.
    pub(super) fn killed(mut self) -> (SessionId, Store, Rig) {
        self.tracker.poll(Activity::Idle, 1, Instant::now());
        self.tracker.keep().unwrap();
        (self.begun.session.id, self.store, self.rig)
    }

    pub(super) fn finish(self, ending: Ending) -> (Rig, Store, Finished) {
        self.finish_after(ending, Settle::AFTER_EXIT)
    }

    fn finish_after(mut self, ending: Ending, settle: Settle) -> (Rig, Store, Finished) {
        let changed = ["src/new.rs", "made_by_tool.txt"];
        let changed = changed.map(|path| ChangedFile { path: path.into(), status: "??".into() });
        let repo = Repo { changed: changed.into(), ..Repo::default() };
        let ended = Ended { ending, at: Timestamp::now(), repo: &repo, output: String::new() };
        let session = self.begun.session.clone();
        let ask = &mut |_| Patience::Full;
        let finished =
            finish(&self.store, session, &mut self.tracker, &ended, settle, ask).unwrap();
        (self.rig, self.store, finished)
    }
}

/// Waits so long for what is still to come that a busy machine is told from one that waits.
const PATIENT: Settle = Settle { cap: Duration::from_mins(1), ..Settle::AFTER_EXIT };

/// Everything below `.loghop/`, as one text.
fn everything(root: &Path) -> String {
    let (mut open, mut text) = (vec![root.join(".loghop")], String::new());
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                text += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap());
            }
        }
    }
    text
}

pub(super) fn stored(store: &Store, session: &Session) -> Vec<serde_json::Value> {
    let path = store.root().join(session.transcript_path.as_ref().unwrap());
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_finished_session_holds_what_was_said_and_done() {
    for (provider, name) in
        [(Provider::Claude, "claude/write.jsonl"), (Provider::Codex, "codex/write.jsonl")]
    {
        let mut run = run(provider);
        if provider == Provider::Claude {
            run.wrote(name);
        } else {
            let thread = "01a1faf9-db35-7881-901e-000000000001";
            append(&run.rig.rollout(thread), &fixture(name, thread));
            run.tracker.told(thread);
        }
        run.tracker.poll(Activity::Idle, 1, Instant::now());
        run.tracker.keep().unwrap();
        let (_rig, store, finished) = run.finish(Ending::Exited(0));
        assert_eq!(finished.warnings, Vec::<String>::new(), "{name}");
        let session = store.session(finished.session.id).unwrap().value;
        assert_eq!(session.status, Status::Succeeded);
        assert_eq!(session.returncode.as_deref(), Some("0"));
        assert!(!session.empty && session.is_useful(), "{name}");
        assert_eq!(session.prompts, Some(1), "{name}");
        assert!(session.turns_captured >= 2, "{name}");
        assert!(session.native_id.is_some(), "{name}");
        assert!(session.files_changed.contains(&"src/new.rs".to_owned()));
        let roles: Vec<_> = stored(&store, &session)
            .iter()
            .map(|line| line["role"].as_str().unwrap_or("").to_owned())
            .collect();
        assert_eq!(roles.iter().filter(|role| *role == "user").count(), 1, "{roles:?}");
        assert!(roles.iter().any(|role| role == "assistant"), "{roles:?}");
        assert!(!everything(store.root()).contains("\"spawned\""), "the trail is removed");
    }
}

/// The first records of a transcript that the person's `/clear` began, as the client writes them.
fn cleared(cwd: &Path, at: Timestamp) -> String {
    let user = |meta: bool, text: &str| {
        serde_json::json!({"type": "user", "isMeta": meta, "cwd": cwd, "timestamp": at.to_string(),
            "message": {"role": "user", "content": text}})
    };
    let caveat = user(true, "<local-command-caveat>Caveat: …</local-command-caveat>");
    let clear = user(false, "<command-name>/clear</command-name>\n<command-args></command-args>");
    format!("{{\"type\":\"mode\"}}\n{caveat}\n{clear}\n{}", exchange("after it"))
}

#[test]
fn what_came_after_a_clear_that_nobody_saw_is_found_when_the_client_is_gone() {
    let run = run(Provider::Claude);
    let (repo, now) = (run.rig.repo(), Timestamp::now());
    let before = Timestamp::from_second(now.as_second() - 60);
    let file = |id: &str| run.rig.claude_file(&repo, id);
    append(&run.claude_file(), &exchange("first of all"));
    append(&file(OTHER_ID), &cleared(&repo, now));
    append(&file("elsewhere"), &cleared(&repo.join("web"), now));
    append(&file("of-another-day"), &cleared(&repo, before));
    append(&file("not-cleared"), &exchange("somebody else's"));
    append(&file("of-another-client"), &cleared(&repo, now));
    run.rig.pid_file(1, "of-another-client", &repo, Duration::ZERO);
    let (_rig, store, finished) = run.finish(Ending::Exited(0));
    let session = store.session(finished.session.id).unwrap().value;
    let said = stored(&store, &session);
    let asked: Vec<_> = said.iter().filter(|line| line["role"] == "user").collect();
    assert_eq!(asked.len(), 2, "{said:#?}");
    assert!(asked[0].to_string().contains("first of all"), "{asked:?}");
    assert!(asked[1].to_string().contains("after it"), "{asked:?}");
}

#[test]
fn a_session_whose_finish_was_given_up_is_finished_by_the_next_command() {
    let mut run = run(Provider::Claude);
    run.wrote("claude/write.jsonl");
    run.tracker.poll(Activity::Idle, 1, Instant::now());
    run.tracker.keep().unwrap();
    let (repo, at) = (Repo::default(), Timestamp::now());
    let ended = Ended { ending: Ending::Exited(0), at, repo: &repo, output: String::new() };
    let Run { begun, store, mut tracker, rig: _rig, .. } = run;
    let (id, settle) = (begun.session.id, Settle::AFTER_EXIT);
    let ask = &mut |_| Patience::Gone;
    let error = finish(&store, begun.session, &mut tracker, &ended, settle, ask).unwrap_err();
    assert_eq!(error.kind, Kind::Interrupted);
    assert!(error.message.contains("S-001") && !error.hints.is_empty(), "{error}");
    assert_eq!(store.session(id).unwrap().value.status, Status::Running);
    drop(begun.tape);
    let recovered = recover(&store, &repo, at, &mut |_, _| {}).unwrap();
    assert_eq!(recovered.sessions.len(), 1);
    assert!(recovered.sessions[0].turns_captured >= 2);
}

#[test]
fn secrets_in_a_transcript_never_reach_the_disk() {
    let run = run(Provider::Claude);
    let secret = ["ghp", "_0123456789abcdef", "ABCDEF0123456789abcd"].concat();
    append(&run.claude_file(), &exchange(&format!("use {secret} for it")));
    let (rig, _, finished) = run.finish(Ending::Exited(0));
    assert!(finished.session.turns_captured >= 2);
    let text = everything(&rig.repo());
    assert!(text.contains("for it") && !text.contains(&secret));
}

#[test]
fn a_limit_says_why_it_stopped() {
    let run = run(Provider::Claude);
    run.wrote("claude/usagelimit.jsonl");
    let (.., finished) = run.finish(Ending::Exited(0));
    assert_eq!(finished.session.stop_reason.as_deref(), Some("usage_limit"));
}

#[test]
fn nothing_said_and_nothing_readable_make_an_empty_session() {
    for text in ["", "garbage\n\u{0}\n{\"type\":\"user\"", "[]\n[]\n"] {
        let run = run(Provider::Claude);
        if !text.is_empty() {
            append(&run.claude_file(), text);
        }
        let start = Instant::now();
        let (_rig, store, finished) = run.finish_after(Ending::Exited(1), PATIENT);
        assert!(start.elapsed() < PATIENT.cap / 2, "nobody can write any more");
        assert!(finished.session.empty && finished.session.transcript_path.is_none());
        assert_eq!(finished.session.status, Status::Failed);
        let path = store.root().join(store.transcript_path(finished.session.id));
        assert!(!path.exists());
    }
}

#[test]
fn late_writes_are_waited_for_and_a_torn_last_line_counts() {
    let run = run(Provider::Claude);
    let file = run.claude_file();
    append(&file, &exchange("one"));
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        append(&file, &exchange("two"));
        std::thread::sleep(Duration::from_millis(150));
        append(&file, exchange("three").trim_end());
    });
    let settle = Settle { quiet: Duration::from_secs(2), ..PATIENT };
    let (.., finished) = run.finish_after(Ending::Exited(0), settle);
    late.join().unwrap();
    assert_eq!(finished.session.turns_captured, 6);
}

#[test]
fn an_open_turn_is_waited_for_while_somebody_writes_it() {
    let thread = "01a1faf9-db35-7881-901e-000000000001";
    for held in [true, false] {
        let mut run = run(Provider::Codex);
        let file = run.rig.rollout(thread);
        let text = rollout_text(thread, &run.rig.repo(), "task");
        let (begin, end) = text.split_at(text.match_indices('\n').nth(2).unwrap().0 + 1);
        append(&file, begin);
        let holder = held.then(|| Holder::of(&[&file]));
        run.tracker.told(thread);
        let end = end.to_owned();
        let writer = holder.map(|holder| {
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(900));
                append(&file, &end);
                drop(holder);
            })
        });
        let start = Instant::now();
        let (.., finished) = run.finish_after(Ending::Exited(0), PATIENT);
        assert_eq!(finished.session.turns_captured, if held { 2 } else { 1 });
        assert!(held || start.elapsed() < PATIENT.cap / 2, "nobody writes it");
        if let Some(writer) = writer {
            writer.join().unwrap();
        }
    }
}

#[test]
fn a_transcript_that_somebody_removed_is_still_stored() {
    let mut run = run(Provider::Claude);
    let file = run.claude_file();
    append(&file, &exchange("one"));
    run.tracker.poll(Activity::Idle, 1, Instant::now());
    std::fs::remove_file(&file).unwrap();
    let (_rig, store, finished) = run.finish(Ending::Interrupted);
    assert_eq!(finished.session.turns_captured, 2);
    let said = stored(&store, &finished.session);
    assert!(said.iter().any(|line| line["text"] == "answer to one"), "{said:?}");
    assert!(finished.warnings.iter().any(|w| w.contains("was removed")), "{finished:?}");
}

#[test]
fn a_transcript_that_became_something_else_costs_a_warning() {
    let mut run = run(Provider::Claude);
    let file = run.claude_file();
    append(&file, &exchange("one"));
    run.tracker.poll(Activity::Idle, 1, Instant::now());
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let live = run.tracker.poll(Activity::Idle, 1, Instant::now());
    assert!(lost(&live).contains("not a regular file"), "{}", lost(&live));
    let start = Instant::now();
    let (.., finished) = run.finish_after(Ending::Exited(0), PATIENT);
    assert!(start.elapsed() < PATIENT.cap / 2);
    assert_eq!(finished.session.turns_captured, 2);
}

#[test]
fn a_killed_run_is_recovered_once_and_a_living_one_never() {
    let mut dead = run(Provider::Claude);
    append(&dead.claude_file(), &exchange("before the kill"));
    dead.tracker.poll(Activity::Idle, 1, Instant::now());
    dead.tracker.keep().unwrap();
    append(&dead.claude_file(), &exchange("unseen"));
    let id = dead.begun.session.id;
    let (repo, now) = (Repo::default(), Timestamp::now());
    assert!(
        recover(&dead.store, &repo, now, &mut |_, _| {}).unwrap().sessions.is_empty(),
        "it lives"
    );
    let Run { rig, store, begun, tracker, .. } = dead;
    let brief = Store::brief_path(id);
    let put_brief = || store.files().write(&brief, &store.redactor().redact("go on")).unwrap();
    put_brief();
    clear_away(&store).unwrap();
    assert!(store.files().exists(&brief).unwrap(), "what a living client reads is left");
    let trail = tracker.trail();
    drop((begun, tracker));
    let (root, home) = (rig.repo(), rig.home());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (root, home) = (root.clone(), home.clone());
            std::thread::spawn(move || {
                let store = Store::open(&root, &home).unwrap();
                recover(&store, &Repo::default(), now, &mut |_, _| {}).unwrap()
            })
        })
        .collect();
    let recovered: Vec<_> = threads.into_iter().flat_map(|t| t.join().unwrap().sessions).collect();
    assert_eq!(recovered.len(), 1);
    let session = store.session(id).unwrap().value;
    assert_eq!(session.status, Status::Interrupted);
    assert_eq!(session.returncode.as_deref(), Some("130"));
    assert_eq!((session.turns_captured, session.prompts), (4, Some(2)));
    assert_eq!(store.timeline().unwrap().items.len(), 1);
    assert!(!store.files().exists(&brief).unwrap());
    // Another kill, right after the session was finished.
    trail.save(store.files(), id).unwrap();
    put_brief();
    let index = store.root().join(".loghop/sessions.jsonl");
    let indexed = std::fs::read(&index).unwrap();
    std::fs::remove_file(&index).unwrap();
    clear_away(&store).unwrap();
    assert_eq!(std::fs::read(&index).unwrap(), indexed);
    assert!(!store.files().exists(&brief).unwrap());
    assert!(!everything(store.root()).contains("\"spawned\""), "the trail is removed");
    assert!(recover(&store, &repo, now, &mut |_, _| {}).unwrap().sessions.is_empty());
}

/// Set for the process that measures its own memory, apart from all other tests.
const ALONE: &str = "LOGHOP_TEST_ALONE";

#[test]
fn a_transcript_larger_than_the_memory_allowed_is_stored() {
    if std::env::var_os(ALONE).is_some() {
        return store_a_large_transcript();
    }
    let name = "capture::end::a_transcript_larger_than_the_memory_allowed_is_stored";
    let mut test = Command::new(std::env::current_exe().unwrap());
    let output = test.args([name, "--exact"]).env(ALONE, "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn store_a_large_transcript() {
    let run = run(Provider::Claude);
    let file = run.claude_file();
    append(&file, &exchange("first"));
    let output = "output ".repeat((1 << 20) / 7);
    for n in 0..80 {
        let content = serde_json::json!({
            "type": "user", "uuid": format!("r{n}"), "timestamp": Timestamp::now().to_string(),
            "message": {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": format!("t{n}"), "content": output},
            ]},
        });
        append(&file, &format!("{content}\n"));
    }
    append(&file, &exchange("last"));
    let before = peak_memory();
    let (_rig, store, finished) = run.finish(Ending::Exited(0));
    let grown = peak_memory() - before;
    assert!(grown < 64 << 10, "{grown} KiB more at the peak");
    assert_eq!(finished.session.prompts, Some(2));
    let path = store.root().join(finished.session.transcript_path.unwrap());
    assert!(std::fs::metadata(path).unwrap().len() > 80 * 4096);
}

/// The most memory that this process had, in KiB; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
