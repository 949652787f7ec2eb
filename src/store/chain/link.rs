//! One link of the chain: what was written where, sealed with a key that the project does not hold.

use blake3::{Hash, Hasher};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::layout;

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Op {
    /// It was written, or the line was appended.
    Put,
    /// It was there when the chain began.
    Old,
    /// It was removed, or the line was.
    Gone,
    /// All lines were removed, to be written anew.
    Reset,
}

/// Something that happened, before it is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) op: Op,
    /// The file, relative to the project's root; a line is `<file>#<session>`.
    pub(crate) path: String,
    /// Of the content; zeros where nothing is left.
    pub(crate) hash: Hash,
}

impl Entry {
    /// `path` holds what `hash` is of.
    pub(crate) fn put(path: impl Into<String>, hash: Hash) -> Self {
        Self { op: Op::Put, path: path.into(), hash }
    }

    /// A line of the timeline.
    pub(crate) fn event(op: Op, line: &[u8]) -> Self {
        let event = serde_json::from_slice::<Value>(line).ok();
        let session = event.as_ref().and_then(|event| event["session_id"].as_str());
        let path = layout::event(session.unwrap_or_default());
        Self { op, path, hash: blake3::hash(line) }
    }

    /// All events are linked anew.
    pub(crate) fn reset() -> Self {
        Self { op: Op::Reset, path: layout::TIMELINE.to_owned(), hash: NOTHING }
    }

    /// Nothing is left of `path`.
    pub(crate) fn gone(path: impl Into<String>) -> Self {
        Self { op: Op::Gone, path: path.into(), hash: NOTHING }
    }
}

/// Stands where there is no hash: before the first link, and for what is gone.
pub(crate) const NOTHING: Hash = Hash::from_bytes([0; 32]);

/// A link as it stands in the file, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// Counts from 1.
    pub(crate) number: u64,
    pub(crate) entry: Entry,
    /// The seal of the link before.
    pub(crate) prev: Hash,
    pub(crate) seal: Hash,
}

/// The JSON of a line, keys sorted.
#[derive(Serialize, Deserialize)]
struct Line {
    hash: String,
    n: u64,
    op: Op,
    path: String,
    prev: String,
    seal: String,
}

impl Link {
    /// Seals what happened after the link whose seal is `prev`.
    pub(crate) fn new(key: &[u8; 32], number: u64, prev: Hash, entry: Entry) -> Self {
        let seal = seal(key, number, prev, &entry);
        Self { number, entry, prev, seal }
    }

    /// Whether the key's holder made it, as it stands here.
    pub(crate) fn is_ours(&self, key: &[u8; 32]) -> bool {
        // Hashes compare in constant time.
        self.seal == seal(key, self.number, self.prev, &self.entry)
    }

    /// Reads a line; `None` when it is no link.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let line: Line = serde_json::from_slice(line).ok()?;
        let entry = Entry { op: line.op, path: line.path, hash: Hash::from_hex(line.hash).ok()? };
        let (prev, seal) = (Hash::from_hex(line.prev).ok()?, Hash::from_hex(line.seal).ok()?);
        Some(Self { number: line.n, entry, prev, seal })
    }

    /// The line, with its newline.
    pub(crate) fn line(&self) -> String {
        let line = Line {
            hash: self.entry.hash.to_string(),
            n: self.number,
            op: self.entry.op,
            path: self.entry.path.clone(),
            prev: self.prev.to_string(),
            seal: self.seal.to_string(),
        };
        // Text and numbers always are JSON.
        serde_json::to_string(&line).unwrap_or_default() + "\n"
    }
}

fn seal(key: &[u8; 32], number: u64, prev: Hash, entry: &Entry) -> Hash {
    let op: &[u8] = match entry.op {
        Op::Put => b"put",
        Op::Old => b"old",
        Op::Gone => b"gone",
        Op::Reset => b"reset",
    };
    // Everything but the path has a known length or set of values, and the path comes last.
    let mut hasher = Hasher::new_keyed(key);
    hasher.update(&number.to_be_bytes()).update(prev.as_bytes()).update(entry.hash.as_bytes());
    hasher.update(op).update(b"\n").update(entry.path.as_bytes()).finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_read_back_and_any_change_breaks_them() {
        let key = [7; 32];
        let entry = Entry::put(".loghop/sessions/S-001.md", blake3::hash(b"text"));
        let link = Link::new(&key, 3, blake3::hash(b"prev"), entry);
        let line = link.line();
        assert_eq!(Link::parse(line.as_bytes()), Some(link.clone()));
        assert!(link.is_ours(&key) && !link.is_ours(&[8; 32]));
        for at in 0..line.len() - 1 {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = Link::parse(&bytes);
            assert!(changed.is_none_or(|link| !link.is_ours(&key)), "byte {at}");
        }
    }
}
