//! Looks for secrets in files, in every form in which they could lie there, after every write.
//!
//! Invariant: what is found once stays found, also when the file is gone a moment later.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::screen::{Grid, Size};
use super::terminal::PATIENCE;

/// Time between two looks: shorter than any file of loghop's lives.
const TICK: Duration = Duration::from_millis(2);

/// What is looked for: a secret and the forms that it may have.
#[derive(Debug, Clone)]
pub struct Secret {
    forms: Vec<(&'static str, String)>,
}

impl Secret {
    /// A secret with its forms.
    pub fn new(text: &str) -> Self {
        let escaped: Vec<_> = text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
        let json = serde_json::to_string(text).unwrap().trim_matches('"').to_owned();
        let mut forms =
            vec![("plain", text.to_owned()), ("JSON", json), ("escaped", escaped.concat())];
        let percent: Vec<_> = text.bytes().map(|b| format!("%{b:02X}")).collect();
        let hex: Vec<_> = text.bytes().map(|b| format!("{b:02x}")).collect();
        forms.extend([("percent", percent.concat()), ("hex", hex.concat())]);
        for shift in 0..3 {
            forms.push(("base64", shifted(text, shift, &STANDARD_NO_PAD)));
            forms.push(("base64url", shifted(text, shift, &URL_SAFE_NO_PAD)));
        }
        Self { forms }
    }

    /// The forms, as somebody would write them.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(|(_, form)| form.as_str())
    }

    /// The name of the first form that is in the text.
    fn form_in(&self, text: &str) -> Option<&'static str> {
        let form = self.forms.iter().find(|(_, form)| text.contains(form)).map(|(name, _)| *name);
        form.or_else(|| self.part_in(text).map(|_| "a part"))
    }

    /// A part of the secret that is in the text and from which the rest could be found.
    pub fn part_in(&self, text: &str) -> Option<&str> {
        let (_, secret) = &self.forms[0];
        let len = (secret.len() * 2 / 5).clamp(8, 24);
        let mut parts = (0..=secret.len() - len).map(|at| &secret[at..at + len]);
        parts.find(|part| text.contains(part))
    }
}

/// The base64 of a text that begins at any place of a larger one: without the letters at both
/// ends that depend on what stands beside it.
fn shifted(text: &str, shift: usize, engine: &impl base64::Engine) -> String {
    let bytes = [&vec![0; shift][..], text.as_bytes()].concat();
    let begin = (shift * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    engine.encode(&bytes)[begin..end].to_owned()
}

/// Everything that a file's bytes say: as they are, without escape sequences, its JSON strings,
/// and the events of a recording joined.
fn views(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (mut strings, mut events) = (String::new(), String::new());
    for value in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if value[1] == "o" {
            events.push_str(value[2].as_str().unwrap_or_default());
        }
        collect(&value, &mut strings);
    }
    let bare = without_escapes(&events);
    let mut views = vec![bare.replace('\n', ""), bare, without_escapes(&text)];
    views.extend(screens(&text));
    views.extend([text, strings, events]);
    views
}

/// What a player of a recording shows after each event, its rows joined where a word may wrap.
fn screens(text: &str) -> Vec<String> {
    let mut events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let head = events.next().unwrap_or_default();
    let side = |name: &str| head[name].as_u64().and_then(|side| u16::try_from(side).ok());
    let (Some(cols), Some(rows)) = (side("width"), side("height")) else { return Vec::new() };
    let mut grid = Grid::new(Size { cols, rows }, false);
    let mut shown = Vec::new();
    for event in events {
        let text = event[2].as_str().unwrap_or_default();
        match (event[1].as_str(), text.split_once('x')) {
            (Some("o"), _) => drop(grid.feed(text.as_bytes())),
            (Some("r"), Some((cols, rows))) => {
                grid.resize(Size { cols: cols.parse().unwrap(), rows: rows.parse().unwrap() });
            }
            _ => {}
        }
        let lines = grid.screen().lines;
        let bare = lines.iter().map(|l| l.trim_matches(|c: char| c.is_whitespace() || c == '│'));
        shown.push(bare.collect());
    }
    shown
}

fn collect(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            out.push_str(key);
            out.push('\n');
            collect(value, out);
        }),
        _ => {}
    }
}

/// The text without escape sequences and control characters.
fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => match rest.next() {
                Some('[') => {
                    rest.find(|c| ('@'..='~').contains(c));
                }
                Some(']' | 'P' | '_' | '^') => {
                    let end = rest.find(|c| matches!(c, '\x07' | '\x1b'));
                    if end == Some('\x1b') {
                        rest.next();
                    }
                }
                Some(' '..='/') => {
                    rest.next();
                }
                _ => {}
            },
            '\n' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// What was found: the file, and the form of the secret.
type Findings = Arc<Mutex<BTreeSet<(PathBuf, &'static str)>>>;

/// Somebody who reads all files below some folders again and again.
pub struct Watchman {
    findings: Findings,
    /// What was planted, and must have been found.
    planted: BTreeSet<PathBuf>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<usize>>,
}

impl Watchman {
    /// Begins to look for the secrets in the files at and below `paths`.
    pub fn start(paths: Vec<PathBuf>, secrets: &[String]) -> Self {
        let secrets: Vec<_> = secrets.iter().map(|text| Secret::new(text)).collect();
        let (findings, over) = (Findings::default(), Arc::new(AtomicBool::new(false)));
        let (found, is_over) = (Arc::clone(&findings), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            let mut seen = BTreeMap::new();
            let mut reads = 0;
            loop {
                // Asked before the look, so that the last look comes after the last write.
                let last = is_over.load(Ordering::Acquire);
                reads += look(&paths, &secrets, &mut seen, &found);
                if last {
                    return reads;
                }
                std::thread::sleep(TICK);
            }
        });
        Self { findings, planted: BTreeSet::new(), over, thread: Some(thread) }
    }

    /// Plants files with the secret in `folder`, one for each form, and waits until each was found.
    /// Whoever finds these would have found others.
    #[track_caller]
    pub fn test_with(&mut self, folder: &Path, secret: &str) {
        let planted = Secret::new(secret);
        for (n, form) in planted.forms().enumerate() {
            let path = folder.join(format!("planted-{n}"));
            std::fs::write(&path, format!("{{\"text\": \"a {form} b\"}}\n")).unwrap();
            self.wait_for(path);
        }
        let (one, two) = secret.split_at(secret.len() / 2);
        let events = [serde_json::json!([1, "o", one]), serde_json::json!([2, "o", two])];
        let torn = [serde_json::json!([1, "o", format!("{one}\x1b[1m")]), events[1].clone()];
        for (n, [one, two]) in [events, torn].iter().enumerate() {
            let path = folder.join(format!("planted-{n}.cast"));
            std::fs::write(&path, format!("{{}}\n{one}\n{two}\n")).unwrap();
            self.wait_for(path);
        }
    }

    #[track_caller]
    fn wait_for(&mut self, path: PathBuf) {
        let end = Instant::now() + PATIENCE;
        while !self.findings.lock().unwrap().iter().any(|(found, _)| *found == path) {
            assert!(Instant::now() < end, "{} was not found", path.display());
            std::thread::sleep(TICK);
        }
        std::fs::remove_file(&path).unwrap();
        self.planted.insert(path);
    }

    /// Looks once more; nothing but what was planted may ever have been found.
    #[track_caller]
    pub fn assert_nothing_found(mut self) {
        self.over.store(true, Ordering::Release);
        let reads = self.thread.take().unwrap().join().unwrap();
        let found = self.findings.lock().unwrap();
        let leaks: Vec<_> = found.iter().filter(|(path, _)| !self.planted.contains(path)).collect();
        assert!(leaks.is_empty(), "{leaks:?}");
        assert!(reads > 0, "no file was read");
    }
}

/// Reads what has changed since the last look; returns how many files that were.
fn look(
    paths: &[PathBuf],
    secrets: &[Secret],
    seen: &mut BTreeMap<PathBuf, (u64, Option<SystemTime>)>,
    findings: &Findings,
) -> usize {
    let mut reads = 0;
    let mut open = paths.to_vec();
    while let Some(path) = open.pop() {
        let Ok(meta) = path.symlink_metadata() else { continue };
        if meta.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            open.extend(entries.map(|entry| entry.path()));
            continue;
        }
        let state = (meta.len(), meta.modified().ok());
        if seen.insert(path.clone(), state) == Some(state) {
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else { continue };
        reads += 1;
        let mut views = views(&bytes);
        views.push(path.display().to_string());
        let found = secrets.iter().flat_map(|s| views.iter().filter_map(|view| s.form_in(view)));
        let found: Vec<_> = found.map(|form| (path.clone(), form)).collect();
        findings.lock().unwrap().extend(found);
    }
    reads
}

impl Drop for Watchman {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
    }
}
