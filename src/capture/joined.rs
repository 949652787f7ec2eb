//! Where our part of a transcript begins that the person went over to in the middle of a run: what
//! stood in it belongs to others, and what was said since may stand there before anybody looks.

use std::path::Path;

use serde::Deserialize;

use super::trail::length;
use crate::clock::Timestamp;
use crate::disk::outside;

/// Bytes at the end of a file among which ours are looked for: a prompt and its reply with all the
/// bookkeeping that a client writes within seconds.
const END_MAX: u64 = 4 << 20;
/// Bytes at the beginning of a file in which a record has its time.
const HEAD_MAX: u64 = 1 << 20;

/// What a record says about its time.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Dated {
    timestamp: String,
}

/// Where what was written at `since` or later begins.
pub(super) fn start(path: &Path, since: Timestamp) -> u64 {
    let end = length(path);
    let from = end.saturating_sub(END_MAX);
    let Some(bytes) = read(path, from, end) else { return end };
    let (mut at, mut start) = (from, from);
    let mut is_whole = from == 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len() as u64;
        let is_older = time(line).is_some_and(|time| time < since);
        if is_older || !std::mem::replace(&mut is_whole, true) {
            start = at;
        }
    }
    start
}

/// Whether a transcript was begun at `since` or later.
pub(super) fn is_begun(path: &Path, since: Timestamp) -> bool {
    let bytes = read(path, 0, HEAD_MAX.min(length(path))).unwrap_or_default();
    let first = bytes.split(|byte| *byte == b'\n').find_map(time);
    first.is_none_or(|first| first >= since)
}

fn read(path: &Path, from: u64, to: u64) -> Option<Vec<u8>> {
    let mut reader = outside::open(path).ok()??;
    let mut bytes = vec![0; usize::try_from(to - from).ok()?];
    let read = reader.read_from(from, &mut bytes).ok()?;
    bytes.truncate(read);
    Some(bytes)
}

/// When a record was written, in whole seconds.
fn time(line: &[u8]) -> Option<Timestamp> {
    let told: Dated = serde_json::from_slice(line).ok()?;
    Timestamp::parse(&told.timestamp)
}
