//! How long the store takes to end a session, by the number of sessions that are there already.
//! Given a folder, it leaves the projects there, for `scripts/bench-store` to run commands in.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]
#![allow(missing_docs, reason = "a program of its own")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use loghop::clock::Timestamp;
use loghop::model::{Handoff, ProviderName, Repo, Session, Status};
use loghop::store::Store;

/// How many sessions a project has.
const SIZES: [usize; 3] = [10, 1_000, 10_000];
/// How often a session is ended in each.
const RUNS: usize = 15;

fn main() {
    // Cargo hands `--bench` on.
    let kept = std::env::args().nth(1).filter(|arg| !arg.starts_with('-')).map(PathBuf::from);
    let scratch = tempfile::tempdir().unwrap();
    println!("{:>9}  {:>9}  {:>9}  {:>9}", "sessions", "begin ms", "end ms", "slowest");
    for size in SIZES {
        let dir = kept.as_deref().unwrap_or(scratch.path()).join(size.to_string());
        fs::create_dir_all(dir.join("home")).unwrap();
        fs::create_dir_all(dir.join("repo/.git")).unwrap();
        let store = project(&dir, size);
        let mut times: Vec<(Duration, Duration)> = (0..RUNS).map(|_| session(&store)).collect();
        // The first one links everything that is there.
        times.remove(0);
        let begin = median(times.iter().map(|time| time.0).collect());
        let end = median(times.iter().map(|time| time.1).collect());
        let slowest = times.iter().map(|time| time.1).max().unwrap();
        println!("{size:>9}  {:>9}  {:>9}  {:>9}", ms(begin), ms(end), ms(slowest));
    }
}

/// A project with so many sessions as 0.2.1 would have left them.
fn project(dir: &Path, size: usize) -> Store {
    let now = Timestamp::now();
    let store = Store::init(&dir.join("repo"), &dir.join("home"), "bench", now).unwrap();
    let root = dir.join("repo/.loghop");
    let mut timeline = String::new();
    for n in 1..=size {
        let id = format!("S-{n:03}");
        let todo = "look at it again, when the other one is done";
        let text = format!(
            "---\nclaude_session_id: ''\ndecisions:\n- Chose to do it in step {n}\nfiles_changed:\n\
             - src/file{n}.rs\ngoal: Ship it in many steps\nhandoff_id: H-{n:03}\nid: {id}\noutput: ''\n\
             provider: claude\nreturncode: '0'\nstatus: succeeded\nsummary: What was done in step {n}\n\
             todos_done: []\ntodos_pending:\n- {todo}\ntopic_id: ''\ntranscript_path: ''\n\
             ts_end: '2026-11-20T22:51:50Z'\nts_start: '2026-11-20T22:51:23Z'\nturns_captured: 4\n---\n\n\
             # {id}\n"
        );
        fs::write(root.join(format!("sessions/{id}.md")), text).unwrap();
        fs::write(root.join(format!("sessions/{id}.transcript.jsonl")), "{}\n").unwrap();
        let handoff = format!(
            "---\ngoal: Ship it\nid: H-{n:03}\nprovider: claude\nstatus: succeeded\ntopic_id: ''\n\
             ts: '2026-11-20T22:51:23Z'\n---\n\n# Handoff {n}\n"
        );
        fs::write(root.join(format!("handoffs/H-{n:03}.md")), handoff).unwrap();
        writeln!(
            timeline,
            "{{\"decisions\": [], \"files_changed\": [], \"goal\": \"Ship it in many steps\", \
             \"handoff_id\": \"H-{n:03}\", \"kind\": \"session\", \"provider\": \"claude\", \
             \"returncode\": \"0\", \"schema_version\": 1, \"session_id\": \"{id}\", \
             \"status\": \"succeeded\", \"summary\": \"What was done in step {n}\", \
             \"todos_done\": [], \"todos_pending\": [\"{todo}\"], \"topic_id\": \"\", \
             \"ts\": \"2026-11-20T22:51:50Z\", \"turns_captured\": 4}}"
        )
        .unwrap();
    }
    fs::write(root.join("timeline.jsonl"), timeline).unwrap();
    // The project was initialized empty: what was put there since counts as old.
    let chain = fs::read_dir(root.join("chain")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(chain).unwrap();
    let key = fs::read_dir(dir.join("home/.loghop/keys")).unwrap().next().unwrap().unwrap().path();
    let secret = fs::read_to_string(&key).unwrap().lines().next().unwrap().to_owned();
    fs::write(&key, secret + "\n").unwrap();
    store
}

/// Begins and ends a session, and says how long each took.
fn session(store: &Store) -> (Duration, Duration) {
    let now = Timestamp::now();
    let start = Instant::now();
    let handoff = store.create_handoff(|id| Handoff {
        id,
        provider: ProviderName::claude(),
        goal: "Ship it in many steps".into(),
        at: Some(now),
        status: "built".into(),
        updated: Some(now),
        returncode: None,
        topic: None,
        body: "# Handoff\n".repeat(400),
    });
    let make = |id| Session::start(id, ProviderName::claude(), "Ship it".into(), now);
    let (mut session, mut tape) = store.create_session(make).unwrap();
    let begin = start.elapsed();
    tape.write(&store.redactor().redact(&"[0.1, \"o\", \"text\"]\n".repeat(50_000))).unwrap();
    session.handoff = Some(handoff.unwrap().id);
    session.status = Status::Succeeded;
    session.ended = Some(now);
    session.turns_captured = 4;
    session.notes.summary = "What was done".into();
    let start = Instant::now();
    let warnings = store.finish_session(&session, &Repo::default(), now).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    (begin, start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}
