//! What a long session costs when it ends and when the next one starts: reading the provider's
//! transcript, storing it redacted, and making the handoff from the stored form. Next to it, in
//! the same run: counting lines, and checking every line as JSON.
//!
//! `cargo bench --bench handoff [-- MB]`. Figures of one machine say little; the ratios say much.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measuring program that may stop loudly"
)]

use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

use loghop::clock::Timestamp;
use loghop::handoff::{self, Input, Limits, Previous};
use loghop::model::{Digest, HandoffId, ProviderName, Session, SessionId, Turn};
use loghop::store::Store;
use loghop::transcript::{Digester, Format, Line, Lines, Parser, Teller, stored_line};
use serde_json::json;

/// Nobody recorded it; see `talk`.
const TALK: &str = "only talk";

/// Rounds of each measurement; the best one counts.
const ROUNDS: u32 = 3;
/// Bytes read at once, as the store does.
const CHUNK: usize = 64 << 10;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![1, 10, 100] } else { asked };
    let dir = tempfile::tempdir().unwrap();
    let (root, home) = (dir.path().join("project"), dir.path().join("home"));
    for folder in [&root, &home] {
        std::fs::create_dir(folder).unwrap();
    }
    let project = Store::init(&root, &home, "bench", Timestamp::from_second(0)).unwrap();
    for megabytes in sizes {
        let names = [("claude", Format::Claude), ("codex", Format::Codex), (TALK, Format::Claude)];
        for (name, format) in names {
            let native = dir.path().join("native");
            let stored = root.join(project.transcript_path(SessionId(1)));
            if name == TALK {
                talk(&native);
            } else {
                repeat(name, &native);
            }
            fill(&native, megabytes);
            println!("\n{name}, {megabytes} MB                 ms     MB/s   times the JSON pass");
            print("native: count lines", &native, count_lines, None);
            let json = print("native: JSON pass", &native, check_json, None);
            print("native: digest", &native, |path| drop(digest(path, format)), Some(json));
            print("native: store", &native, |path| store(path, format, &project), Some(json));
            fill(&stored, megabytes);
            let json = print("stored: JSON pass", &stored, check_json, None);
            print("stored: digest", &stored, |path| drop(digest(path, Format::Stored)), Some(json));
            print("stored: handoff", &stored, build, Some(json));
        }
    }
}

/// Times `run` and prints it, also against `reference` seconds. Returns the seconds.
fn print(what: &str, path: &Path, mut run: impl FnMut(&Path), reference: Option<f64>) -> f64 {
    let timed = || {
        let start = Instant::now();
        run(path);
        start.elapsed().as_secs_f64()
    };
    let times = std::iter::repeat_with(timed).take(ROUNDS as usize);
    let best = times.min_by(f64::total_cmp).unwrap();
    let rate = path.metadata().unwrap().len() as f64 / 1e6 / best;
    let ratio = reference.map(|r| format!("{:10.2}", best / r)).unwrap_or_default();
    println!("  {what:24}{:9.1}{rate:9.0}{ratio}", best * 1e3);
    best
}

/// Writes the recorded transcripts of `name`.
fn repeat(name: &str, to: &Path) {
    let dir = format!("{}/fixtures/transcripts/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut once = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        once.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    std::fs::write(to, once).unwrap();
}

/// Writes a transcript in which nothing can be skipped: short prompts and replies, all of which
/// are parsed, redacted and stored.
fn talk(to: &Path) {
    let prompt = "please fix the parser in src/parse.rs and run the tests again";
    let reply = format!("{}\nIt is `fixed` now.", "I looked at the parser. ".repeat(12));
    let at = "2026-11-20T22:51:36.123Z";
    let records = [
        json!({"type": "user", "timestamp": at, "message": {"content": prompt}}),
        json!({"type": "assistant", "timestamp": at, "message": {
            "id": "m", "stop_reason": "end_turn", "content": [{"type": "text", "text": reply}],
        }}),
    ];
    std::fs::write(to, records.map(|record| format!("{record}\n")).concat()).unwrap();
}

/// Repeats what is in a file until it has the size.
fn fill(path: &Path, megabytes: usize) {
    let once = std::fs::read(path).unwrap();
    let mut file = File::create(path).unwrap();
    for _ in 0..(megabytes << 20).div_ceil(once.len()) {
        file.write_all(&once).unwrap();
    }
}

fn lines_of(path: &Path, mut each: impl FnMut(Line<'_>)) {
    let (mut file, mut lines) = (File::open(path).unwrap(), Lines::default());
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk).unwrap() {
            0 => return lines.finish(each),
            read => lines.feed(&chunk[..read], &mut each),
        }
    }
}

fn turns_of(path: &Path, format: Format, mut each: impl FnMut(Turn)) {
    let (mut parser, mut turns) = (Parser::new(format), Vec::new());
    lines_of(path, |line| {
        parser.take(line, &mut turns);
        turns.drain(..).for_each(&mut each);
    });
}

fn count_lines(path: &Path) {
    let mut count = 0;
    lines_of(path, |_| count += 1);
    black_box(count);
}

fn check_json(path: &Path) {
    lines_of(path, |line| {
        if let Line::Whole(line) = line {
            let _ = black_box(serde_json::from_slice::<serde::de::IgnoredAny>(line));
        }
    });
}

fn digest(path: &Path, format: Format) -> Digest {
    let mut digester = Digester::default();
    turns_of(path, format, |turn| digester.apply(&turn));
    digester.digest().clone()
}

/// As at the end of a run: every turn through the store's redacting writer, to the disk.
fn store(path: &Path, format: Format, store: &Store) {
    let mut digester = Digester::default();
    let mut writer = store.transcript_writer(SessionId(1)).unwrap();
    turns_of(path, format, |turn| {
        digester.apply(&turn);
        if let Some(line) = stored_line(&turn) {
            writer.line(&line).unwrap();
        }
    });
    writer.commit().unwrap();
}

fn build(path: &Path) {
    let (mut digester, mut teller) = (Digester::default(), Teller::new(SessionId(1)));
    turns_of(path, Format::Stored, |turn| {
        digester.apply(&turn);
        teller.apply(&turn);
    });
    let (digest, story) = (digester.digest(), teller.story());
    let now = Timestamp::from_second(0);
    let provider = ProviderName::claude();
    let session = Session::start(SessionId(1), provider.clone(), String::new(), now);
    let input = Input {
        id: HandoffId(1),
        target: &provider,
        goal: "a long session",
        root: "",
        topic: None,
        now,
        previous: Some(Previous { session: &session, digest, story: &story }),
        recent: &[],
        repo: None,
        tree: &[],
        limits: Limits::default(),
    };
    black_box(handoff::build(&input));
    black_box(handoff::brief(&input, ".loghop/handoffs/HO-001.md"));
}
