//! How fast the redactor is, next to a bare Aho-Corasick pass over the same bytes.
//!
//! `cargo bench --bench redact`. Figures of one machine say little; the ratios say much.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints and reads")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use loghop::model::Size;
use loghop::redact::Redactor;

/// Bytes per round: a few milliseconds, so that some rounds are not disturbed on a busy machine.
const TOTAL: usize = 2 << 20;

/// Rounds of each measurement; the best one counts.
const ROUNDS: u32 = 30;

/// Bytes of hostile text, once and sixteen times: what is linear is as fast on both.
const SCALES: [usize; 2] = [1 << 20, 16 << 20];

/// Rounds of each of these.
const SCALE_ROUNDS: u32 = 3;

fn main() {
    let built = best(ROUNDS, || {
        black_box(Redactor::new(&[7; 32], &[]).redact("x"));
    });
    println!("{:<22} {:.2} ms", "tables", built.as_secs_f64() * 1e3);
    let redactor = Redactor::new(&[7; 32], &[]);
    for (name, sample) in samples() {
        let bytes: Vec<u8> = sample.iter().copied().cycle().take(TOTAL).collect();
        let bare = rate(&bytes, ROUNDS, || bare_pass(&bytes));
        print!("{name:<22} bare DFA {bare:>4.0} MB/s ");
        for chunk in [4 << 10, 64 << 10] {
            let speed = rate(&bytes, ROUNDS, || streamed(&redactor, &bytes, chunk));
            print!(" {:>2} KiB chunks {speed:>4.0} MB/s ({:.2})", chunk >> 10, speed / bare);
        }
        if name.ends_with("screen") {
            let speed = rate(&bytes, ROUNDS, || painted(&redactor, &bytes, 4 << 10));
            print!("  terminal,  4 KiB chunks {speed:>4.0} MB/s ({:.2})", speed / bare);
        }
        println!();
        if name.starts_with("hostile") {
            scaled(&redactor, &sample);
        }
    }
}

/// How fast a little and much of a hostile text is, as a document and as a stream.
fn scaled(redactor: &Redactor, sample: &[u8]) {
    let texts = SCALES.map(|len| sample.iter().copied().cycle().take(len).collect::<Vec<u8>>());
    let document = |text: &Vec<u8>| {
        let text = String::from_utf8_lossy(text);
        rate(text.as_bytes(), SCALE_ROUNDS, || drop(black_box(redactor.redact(&text))))
    };
    let stream = |text: &Vec<u8>| rate(text, SCALE_ROUNDS, || streamed(redactor, text, 64 << 10));
    for (what, [little, much]) in
        [("document", texts.each_ref().map(document)), ("stream", texts.each_ref().map(stream))]
    {
        println!(
            "  {what:<20} {:>2} MiB {little:>4.0} MB/s  {:>2} MiB {much:>4.0} MB/s ({:.2})",
            SCALES[0] >> 20,
            SCALES[1] >> 20,
            much / little
        );
    }
}

/// Real screens and transcripts, source code, and what is made to be slow.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("claude's screen", include_bytes!("../fixtures/recordings/claude-secret.raw").to_vec()),
        ("codex' screen", include_bytes!("../fixtures/recordings/codex-secret.raw").to_vec()),
        ("transcript", include_bytes!("../fixtures/redaction/codex-secret.jsonl").to_vec()),
        ("source code", include_bytes!("../tests/tidy.rs").to_vec()),
        ("hostile: prefixes", b"glpat-sk-ant-ghp_eyJ".repeat(50)),
        ("hostile: names", b"token=\"password: secret=token".repeat(50)),
        ("hostile: PEM", concat!("-----BEGIN PRIVATE", " KEY-----\n").repeat(50).into_bytes()),
        ("hostile: base64", b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC".repeat(50)),
        ("hostile: URIs", b"http://a:b".repeat(50)),
        ("hostile: moves' screen", b"\x1b[2;9Hs\x1b[2;7Hk\x1b[3;1H-".repeat(50)),
        ("hostile: line's screen", b"\x1b[9;100H7\x1b[9;99Hsk-a1Z9\r".repeat(50)),
        ("hostile: colours", b"s\x1b[31mk\x1b[0m-\x1b[1ma".repeat(50)),
    ]
}

fn streamed(redactor: &Redactor, bytes: &[u8], chunk: usize) {
    let mut stream = redactor.stream();
    for piece in bytes.chunks(chunk) {
        black_box(stream.feed(piece));
    }
    black_box(stream.finish());
}

fn painted(redactor: &Redactor, bytes: &[u8], chunk: usize) {
    let mut stream = redactor.terminal(Size::new(120, 40));
    for piece in bytes.chunks(chunk) {
        black_box(stream.feed(piece));
    }
    black_box(stream.finish());
}

fn bare_pass(bytes: &[u8]) {
    let words = ["token", "secret", "password", "sk-", "ghp_", "akia", "eyj", "://", "api_key"];
    let bare = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .prefilter(false)
        .build(words)
        .expect("nine words fit into an automaton");
    black_box(bare.find_iter(bytes).count());
}

fn rate(bytes: &[u8], rounds: u32, run: impl FnMut()) -> f64 {
    bytes.len() as f64 / 1e6 / best(rounds, run).as_secs_f64()
}

fn best(rounds: u32, mut run: impl FnMut()) -> Duration {
    let timed = || {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    std::iter::repeat_with(timed).take(rounds as usize).min().unwrap_or_default()
}
