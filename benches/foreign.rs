//! How the redactor does on somebody else's idea of secrets: the rules of a public scanner.
//!
//! `kingfisher rules list --format json | cargo bench --bench foreign` makes samples from each of its
//! patterns, with a fixed seed, and tells which kinds were not all hidden. It reads rules only: none
//! of them are kept here.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::collections::BTreeSet;

use loghop::redact::Redactor;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use regex::Regex;

/// Samples of each kind.
const SAMPLES: usize = 5;

/// What of a secret may be left: the longest piece of this length that nobody can guess from.
const LEFT_MIN: usize = 8;

/// Parts of patterns that say where a secret stands, of which no text can be made.
const EDGES: &[&str] = &[r"\b", r"\B", "^", "$", r"\A", r"\z"];

/// In patterns of kinds that only a vendor's name tells: anything between it and the value. What
/// is made of this nobody ever wrote, so these kinds are also asked as `vendor = "value"`.
const GAP: &str = r"[ \t\w.-]{0,20}";

fn main() {
    let json = std::io::read_to_string(std::io::stdin()).expect("rules come from standard input");
    let rules: Vec<serde_json::Value> = serde_json::from_str(&json).expect("a list of rules");
    let redactor = Redactor::new(&[7; 32], &[]);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut plain, mut plain_hidden) = (0, 0);
    let (mut kinds, mut hidden, mut all, mut caught) = (0, 0, 0, 0);
    let (mut missed, mut skipped) = (BTreeSet::new(), BTreeSet::new());
    for rule in &rules {
        let id = rule["id"].as_str().unwrap_or_default().to_owned();
        let samples = samples(rule["pattern"].as_str().unwrap_or_default(), &mut runner);
        if samples.is_empty() {
            skipped.insert(id);
            continue;
        }
        if rule["pattern"].as_str().is_some_and(|pattern| pattern.contains(GAP)) {
            let vendor = id.split('.').nth(1).and_then(|name| name.split('-').next());
            let is_hidden = |(_, secret): &&(String, String)| {
                let text = format!("{} = \"{secret}\"\n", vendor.unwrap_or_default());
                !is_left(&redactor.redact(&text).as_str(), secret)
            };
            plain += 1;
            plain_hidden += usize::from(samples.iter().all(|sample| is_hidden(&sample)));
        }
        let left = samples.iter().filter(|(text, secret)| {
            let text = format!("it says {text}\nand goes on\n");
            is_left(&redactor.redact(&text).as_str(), secret)
        });
        let left = left.count();
        kinds += 1;
        all += samples.len();
        caught += samples.len() - left;
        hidden += usize::from(left == 0);
        if left > 0 {
            missed.insert(format!("{id} {left}/{}", samples.len()));
        }
    }
    println!("{caught} of {all} samples hidden, {hidden} of {kinds} kinds whole");
    println!("{plain_hidden} of {plain} kinds hidden as `vendor = \"value\"`");
    println!("no samples could be made of: {skipped:?}");
    println!("not whole: {missed:#?}");
}

/// Texts that a pattern matches, with the secret in each.
fn samples(pattern: &str, runner: &mut TestRunner) -> Vec<(String, String)> {
    let Ok(regex) = Regex::new(pattern) else { return Vec::new() };
    let mut free = format!("(?-u){pattern}");
    for edge in EDGES {
        free = without(&free, edge);
    }
    let Ok(strategy) = string_regex(&free) else { return Vec::new() };
    let mut found = Vec::new();
    for _ in 0..SAMPLES * 20 {
        let Ok(tree) = strategy.new_tree(runner) else { return found };
        let text = tree.current();
        let Some(captures) = regex.captures(&text) else { continue };
        let secret = captures.iter().skip(1).flatten().next().or(captures.get(0));
        let secret = secret.map_or("", |found| found.as_str());
        if secret.len() >= LEFT_MIN && secret.is_ascii() && text.is_ascii() {
            found.push((text.clone(), secret.to_owned()));
        }
        if found.len() == SAMPLES {
            break;
        }
    }
    found
}

/// The pattern without an edge, where that is not escaped or in a class.
fn without(pattern: &str, edge: &str) -> String {
    let (mut out, mut rest, mut in_class) = (String::new(), pattern, false);
    while let Some(next) = rest.chars().next() {
        let len = if next == '\\' {
            1 + rest[1..].chars().next().map_or(0, char::len_utf8)
        } else {
            next.len_utf8()
        };
        let (piece, later) = rest.split_at(len);
        if in_class || piece != edge {
            out.push_str(piece);
        }
        in_class = if in_class { piece != "]" } else { piece == "[" };
        rest = later;
    }
    out
}

/// Whether so much of a secret can be read that it is none any more.
fn is_left(text: &str, secret: &str) -> bool {
    let least = LEFT_MIN.max(secret.len() * 2 / 5).min(24).min(secret.len());
    secret.as_bytes().windows(least).any(|window| {
        let window = std::str::from_utf8(window).unwrap_or_default();
        text.contains(window)
    })
}
