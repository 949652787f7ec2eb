//! What it costs to join a run's tape with its transcript, for tapes of 1, 10 and 100 MB: the time
//! to finish the session, how much of it the processor worked (on a machine that is busy, this is
//! the figure), and the memory that it takes at most.
//!
//! `cargo bench --bench reconcile [-- MB…]`. The tapes are real recordings, repeated. Figures of
//! one machine say little; that they grow with the size, and memory does not, says much.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measuring program that may stop loudly"
)]

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use loghop::capture::{BeginPlan, begin, recover};
use loghop::clock::Timestamp;
use loghop::model::Repo;
use loghop::provider::Provider;
use loghop::store::Store;

/// Set for the process that measures one size, so that memory is its own.
const ONE: &str = "LOGHOP_BENCH_RECONCILE_MB";

fn main() {
    if let Ok(megabytes) = std::env::var(ONE) {
        let (recording, megabytes) = megabytes.split_once(':').unwrap();
        return one(recording, megabytes.parse().unwrap());
    }
    let asked: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![1, 10, 100] } else { asked };
    println!("recording       MB   minutes of tape      s   CPU s   peak MB   turns");
    for recording in ["claude-slow", "claude-long", "codex-slow", "codex-long"] {
        for megabytes in &sizes {
            let mut own = Command::new(std::env::current_exe().unwrap());
            own.env(ONE, format!("{recording}:{megabytes}")).status().unwrap();
        }
    }
}

fn one(recording: &str, megabytes: usize) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("repo");
    std::fs::create_dir_all(&root).unwrap();
    let now = Timestamp::now();
    let store = Store::init(&root, dir.path(), "project", now).unwrap();
    let plan = BeginPlan {
        provider: Provider::Claude,
        goal: "measure".into(),
        handoff: None,
        topic: None,
        now,
    };
    let begun = begin(&store, &plan).unwrap();
    let id = begun.session.id;
    drop(begun);
    let minutes = write_tape(recording, megabytes << 20, &root.join(Store::cast_path(id, 1)));
    let (start, worked) = (Instant::now(), cpu_seconds());
    let recovered = recover(&store, &Repo::default(), now, &mut |_, _| {}).unwrap();
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - worked);
    let turns = recovered.sessions[0].turns_captured;
    let peak = peak_megabytes();
    println!(
        "{recording:<12} {megabytes:>5} {minutes:>17.1} {seconds:>6.2} {cpu:>7.2} {peak:>9} \
         {turns:>7}"
    );
}

/// Repeats a recording up to `size` bytes. Returns the minutes that it takes to play.
fn write_tape(recording: &str, size: usize, path: &Path) -> f64 {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recordings");
    let source = std::fs::read_to_string(source.join(format!("{recording}.cast"))).unwrap();
    let (head, events) = source.split_once('\n').unwrap();
    let events: Vec<serde_json::Value> =
        events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let length = events.last().unwrap()[0].as_f64().unwrap() + 5.0;
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(file, "{head}").unwrap();
    let mut offset = 0.0;
    while file.stream_position().unwrap() < size as u64 {
        for event in &events {
            let at = offset + event[0].as_f64().unwrap();
            writeln!(file, "[{at:.4}, {}, {}]", event[1], event[2]).unwrap();
        }
        offset += length;
    }
    file.flush().unwrap();
    offset / 60.0
}

/// How long the processor has worked for this thread, where the system tells; 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|field| field.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

/// The most memory that this process had, where the system tells; 0 elsewhere.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0_u64) / 1024
}
