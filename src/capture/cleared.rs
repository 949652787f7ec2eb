//! Transcripts that a `/clear` of Claude Code began. While the client runs, its pid file names the
//! one that it writes; once it has gone, or where it keeps no such file, the transcripts themselves
//! still tell that they were begun so, where and when.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::trail::Trail;
use crate::clock::Timestamp;
use crate::disk::outside;
use crate::provider::Home;

/// Bytes at the beginning of a transcript in which its `/clear` stands. Only what hooks printed
/// stands before it.
const HEAD_MAX: usize = 256 << 10;

/// How the client records that the person typed it.
const COMMAND: &str = "<command-name>/clear</command-name>";

/// What the first record that a person caused says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    is_meta: bool,
    #[serde(default)]
    cwd: PathBuf,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    message: serde_json::Value,
}

/// The transcripts in our folder that were begun by a `/clear` in it since the start, oldest first,
/// without those that were `present` before.
pub(super) fn transcripts(
    trail: &Trail,
    home: &Home,
    present: &BTreeMap<PathBuf, u64>,
) -> Vec<PathBuf> {
    let folder = home.project(&trail.cwd);
    let entries = outside::list(&folder).unwrap_or_default();
    let paths = entries.iter().map(|entry| folder.join(&entry.name));
    let new = paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    let new = new.filter(|path| !present.contains_key(path));
    let mut found: Vec<_> = new.filter_map(|path| Some((begun(&path, trail)?, path))).collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// When a `/clear` of this run may have begun it; `None` where none did.
fn begun(path: &Path, trail: &Trail) -> Option<Timestamp> {
    let mut reader = outside::open(path).ok()??;
    let started = Timestamp::from_second(trail.spawned);
    if reader.modified().is_some_and(|at| at < started) {
        return None;
    }
    let length = usize::try_from(reader.len().ok()?).unwrap_or(usize::MAX);
    let mut bytes = vec![0; length.min(HEAD_MAX)];
    let read = reader.read_from(0, &mut bytes).ok()?;
    let lines = bytes[..read].split(|byte| *byte == b'\n');
    let mut records = lines.filter_map(|line| serde_json::from_slice::<Begun>(line).ok());
    let first = records.find(|record| record.kind == "user" && !record.is_meta)?;
    let is_clear = first.message["content"].as_str().is_some_and(|text| text.starts_with(COMMAND));
    let at = Timestamp::parse(&first.timestamp).filter(|at| *at >= started)?;
    let is_here =
        first.cwd == trail.cwd || outside::resolve(&first.cwd).is_some_and(|cwd| cwd == trail.cwd);
    (is_clear && is_here).then_some(at)
}
