//! The lines of the index: one session each, with the state of its file that it was made from.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::UNIX_EPOCH;

use memchr::memmem;
use serde::Deserialize;
use serde_json::Value;

use crate::disk::Entry;
use crate::model::{SessionId, Status};
use crate::store::format::fields::{self, Fields};
use crate::store::layout;

/// Says that a row has everything that its session's file has; those of 0.2.1 do not.
const MARK: &str = "\"index_version\": 1";
/// The value of the mark.
const VERSION: u32 = 1;
/// What stands before the stamp of the session's file.
const STAMP: &str = "\"index_stamp\": \"";
/// What stands before the session's number.
const PATH: &str = "\"path\": \".loghop/sessions/";

/// The rows of an index file, where they stand in it.
#[derive(Debug, Default)]
pub(super) struct Rows {
    text: Vec<u8>,
    places: BTreeMap<u32, Range<usize>>,
    /// Sessions of which 0.2.1 has written a row, and whether it says that they run.
    foreign: BTreeMap<u32, bool>,
    /// There are lines that are no row, or two of one session.
    pub(super) is_damaged: bool,
}

/// What a row of 0.2.1 tells that we use.
#[derive(Deserialize)]
struct Foreign {
    id: String,
    status: String,
}

impl Rows {
    /// Takes the content of an index apart; whatever it is, the rows in it are found.
    pub(super) fn of(text: Vec<u8>) -> Self {
        let mut rows = Self { text, ..Self::default() };
        let mut start = 0;
        while start < rows.text.len() {
            let rest = &rows.text[start..];
            let end = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            rows.add(start..end);
            start = end + 1;
        }
        rows
    }

    fn add(&mut self, place: Range<usize>) {
        let line = &self.text[place.clone()];
        if let Some(SessionId(number)) = id_of(line) {
            let is_second = self.places.insert(number, place).is_some();
            self.is_damaged |= is_second || self.foreign.remove(&number).is_some();
        } else if let Some((SessionId(number), runs)) = foreign(line) {
            let is_second = self.places.contains_key(&number);
            self.is_damaged |= is_second || self.foreign.insert(number, runs).is_some();
        } else {
            self.is_damaged |= !line.trim_ascii().is_empty();
        }
    }

    /// A session's row, as far as it is one of ours.
    pub(super) fn get(&self, id: SessionId) -> Option<&[u8]> {
        self.places.get(&id.0).map(|place| &self.text[place.clone()])
    }

    /// A session's row, if its file is still the one that it was made from.
    pub(super) fn fresh(&self, id: SessionId, file: &Entry) -> Option<&[u8]> {
        self.get(id).filter(|row| stamp_of(row) == Some(stamp(file).as_bytes()))
    }

    /// Whether a session has a row, ours or one of 0.2.1, that says it has ended.
    pub(super) fn has_ended(&self, id: SessionId) -> bool {
        let runs = self.get(id).map(is_running).or_else(|| self.foreign.get(&id.0).copied());
        runs == Some(false)
    }

    /// The sessions that have a row of ours, lowest number first.
    pub(super) fn sessions(&self) -> impl Iterator<Item = SessionId> {
        self.places.keys().copied().map(SessionId)
    }

    /// Whether 0.2.1 has written some of them.
    pub(super) fn has_foreign(&self) -> bool {
        !self.foreign.is_empty()
    }
}

/// The fields of a session's row.
pub(super) fn row(path: &str, file: &Entry, mut fields: Fields) -> Value {
    fields::set_text(&mut fields, "path", path);
    fields.entry("claude_session_id".into()).or_insert_with(|| "".into());
    fields.entry("returncode".into()).or_insert(Value::Null);
    fields.insert("index_version".into(), VERSION.into());
    fields.insert("index_stamp".into(), stamp(file).into());
    fields.into_iter().collect()
}

/// Whether the index has a row of this session, by whoever.
pub(super) fn is_in(index: &[u8], id: SessionId) -> bool {
    let path = format!("\"path\": \"{}\"", layout::session(id));
    memmem::find(index, path.as_bytes()).is_some()
}

/// What tells one state of a file from every other: a file that takes its place has another inode,
/// and one that is changed another time, which programs cannot set.
pub(super) fn stamp(file: &Entry) -> String {
    let since = file.changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:09}-{}-{}", since.as_secs(), since.subsec_nanos(), file.inode, file.len)
}

/// The session of a row of ours, without reading the rest of it. A quote inside a text is escaped,
/// so only keys can look like these.
fn id_of(line: &[u8]) -> Option<SessionId> {
    memmem::find(line, MARK.as_bytes())?;
    let number = after(line, PATH)?;
    let end = memchr::memchr(b'.', number)?;
    std::str::from_utf8(&number[..end]).ok()?.parse().ok()
}

fn stamp_of(line: &[u8]) -> Option<&[u8]> {
    let stamp = after(line, STAMP)?;
    memchr::memchr(b'"', stamp).map(|end| &stamp[..end])
}

fn after<'a>(line: &'a [u8], key: &str) -> Option<&'a [u8]> {
    memmem::find(line, key.as_bytes()).map(|at| &line[at + key.len()..])
}

fn is_running(row: &[u8]) -> bool {
    let word = format!("\"status\": \"{}\"", Status::Running.as_str());
    memmem::find(row, word.as_bytes()).is_some()
}

fn foreign(line: &[u8]) -> Option<(SessionId, bool)> {
    let row: Foreign = serde_json::from_slice(line).ok()?;
    Some((row.id.parse().ok()?, row.status == Status::Running.as_str()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::disk::EntryKind;
    use crate::store::format::json;

    fn file(nanos: u32, inode: u64) -> Entry {
        let changed = SystemTime::UNIX_EPOCH + Duration::new(1_800_000_000, nanos);
        Entry { name: "S-001.md".into(), kind: EntryKind::File, len: 7, changed, inode }
    }

    fn line(path: &str, fields: &Fields) -> String {
        json::line(&row(path, &file(5, 1), fields.clone())) + "\n"
    }

    #[test]
    fn a_row_tells_its_session_and_texts_cannot_pretend_to_be_one() {
        let mut fields = Fields::new();
        fields.insert("goal".into(), r#""path": ".loghop/sessions/S-009.md""#.into());
        let ours = line(".loghop/sessions/S-001.md", &fields);
        assert_eq!(id_of(ours.as_bytes()), Some(SessionId(1)));
        fields.insert("path".into(), ".loghop/sessions/S-002.md".into());
        let of_0_2_1 = json::line(&fields);
        assert_eq!(id_of(of_0_2_1.as_bytes()), None);
        for other in ["", "{}", "\"index_version\": 1", "\u{0}"] {
            assert_eq!(id_of(other.as_bytes()), None);
        }
    }

    #[test]
    fn a_row_counts_for_one_state_of_its_file_only() {
        let text = line(".loghop/sessions/S-001.md", &Fields::new());
        assert!(is_in(text.as_bytes(), SessionId(1)) && !is_in(text.as_bytes(), SessionId(2)));
        let rows = Rows::of(text.into_bytes());
        assert!(rows.fresh(SessionId(1), &file(5, 1)).is_some());
        for other in [file(6, 1), file(5, 2)] {
            assert_eq!(rows.fresh(SessionId(1), &other), None);
        }
    }

    #[test]
    fn damage_and_rows_of_others_are_told_apart() {
        let ours = line(".loghop/sessions/S-001.md", &Fields::new());
        let theirs = "{\"id\": \"S-002\", \"status\": \"succeeded\"}\n";
        let runs = "{\"id\": \"S-003\", \"status\": \"running\"}\n";
        let rows = Rows::of(format!("{ours}\n{theirs}{runs}").into_bytes());
        assert!(!rows.is_damaged && rows.has_foreign());
        assert!(rows.has_ended(SessionId(1)) && rows.has_ended(SessionId(2)));
        assert!(!rows.has_ended(SessionId(3)) && !rows.has_ended(SessionId(4)));
        for damaged in [ours.repeat(2), theirs.repeat(2), "nonsense".into(), ours[..40].into()] {
            assert!(Rows::of(damaged.into_bytes()).is_damaged);
        }
    }
}
