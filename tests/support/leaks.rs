//! The forms in which a secret could lie in a file, and everything that a file's bytes say.

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::screen::{Grid, Size};

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

    /// The name of the first form that is in the text, and what is there.
    pub fn found_in(&self, text: &str) -> Option<(&'static str, String)> {
        let form = self.forms.iter().find(|(_, form)| text.contains(form)).cloned();
        form.or_else(|| self.part_in(text).map(|part| ("a part", part.to_owned())))
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
pub fn views(bytes: &[u8]) -> Vec<String> {
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
