//! The index of sessions: what their files say, in one file, so that commands need not open
//! thousands. A cache: a row counts only while its session's file is older than the index, and
//! whatever is missing or damaged is read from the session itself.

use std::collections::BTreeMap;
use std::time::SystemTime;

use memchr::memmem;
use serde_json::Value;

use super::format::fields::{self, Fields};
use super::format::session;
use super::records::Listing;
use super::{Store, layout, lines, seal};
use crate::disk::{EntryKind, Verbatim};
use crate::error::Result;
use crate::model::{Session, SessionId, Status};

/// Says that a row has everything that its session's file has; those of 0.2.1 do not.
const MARK: &str = "index_version";
/// The value of the mark.
const VERSION: u32 = 1;

/// The rows of all sessions, lowest number first.
pub(super) struct Index {
    rows: BTreeMap<u32, Vec<u8>>,
    /// What is wrong with the files that had to be read.
    warnings: Vec<String>,
}

impl Store {
    /// All sessions, newest first.
    pub fn sessions(&self) -> Result<Listing<Session>> {
        let index = self.index(None)?;
        Ok(Listing { items: index.newest_first(self).collect(), warnings: index.warnings })
    }

    /// Sessions that say that they run, whether their process is alive or not.
    pub fn running_sessions(&self) -> Result<Vec<Session>> {
        let index = self.index(None)?;
        let word = format!("\"status\": \"{}\"", Status::Running.as_str());
        let is_running = |row: &&Vec<u8>| memmem::find(row, word.as_bytes()).is_some();
        let rows = index.rows.iter().filter(|(_, row)| is_running(row));
        // The file has the last word: a row may be older by a moment.
        let found = rows.filter_map(|(number, _)| self.session(SessionId(*number)).ok());
        let found = found.map(|stored| stored.value);
        Ok(found.filter(|session| session.status == Status::Running).collect())
    }

    /// The rows as they are true now; that of `changed` is made anew in any case.
    pub(super) fn index(&self, changed: Option<SessionId>) -> Result<Index> {
        let (written, mut known) =
            self.known_rows().unwrap_or((SystemTime::UNIX_EPOCH, BTreeMap::new()));
        let mut index = Index { rows: BTreeMap::new(), warnings: Vec::new() };
        let files = self.files.list_where(layout::SESSIONS, |name| layout::is_kind(name, "md"))?;
        for file in files.iter().filter(|file| file.kind == EntryKind::File) {
            let Some(id) = file.name.strip_suffix(".md").and_then(|id| id.parse().ok()) else {
                continue;
            };
            let SessionId(number) = id;
            let is_known = Some(id) != changed && file.changed < written;
            match known.remove(&number).filter(|_| is_known) {
                Some(row) => drop(index.rows.insert(number, row)),
                None => self.index_session(id, &mut index),
            }
        }
        Ok(index)
    }

    /// Reads a session's file into its row.
    fn index_session(&self, id: SessionId, index: &mut Index) {
        let path = layout::session(id);
        match self.record(&path) {
            Ok(Some(record)) => {
                index.warnings.extend(record.warning);
                let row = row(&path, record.document.fields);
                let row = seal::json_line(&self.redactor, &row);
                index.rows.insert(id.0, row.as_bytes().to_vec());
            }
            // Another command removed it just now.
            Ok(None) => {}
            Err(error) => index.warnings.push(error.to_string()),
        }
    }

    /// The rows in the file, and when it was written. A damaged file has few or none.
    fn known_rows(&self) -> Option<(SystemTime, BTreeMap<u32, Vec<u8>>)> {
        let reader = self.files.reader(layout::INDEX).ok()??;
        let written = reader.changed().ok()?;
        let mut rows = BTreeMap::new();
        lines::for_each(reader, layout::LINE_MAX, |line| {
            if let Some(SessionId(number)) = id_of(line) {
                rows.insert(number, line.to_vec());
            }
        })
        .ok()?;
        Some((written, rows))
    }

    /// Writes the index, without waiting for the disk: it can be made again.
    pub(super) fn write_index(&self, index: &Index) -> Result<()> {
        // Each row was redacted when it was made, here or in an earlier index.
        let mut text: Vec<u8> = Vec::new();
        for row in index.rows.values() {
            text.extend_from_slice(row);
            text.push(b'\n');
        }
        self.files.write_verbatim_lazily(layout::INDEX, Verbatim(&text))
    }
}

impl Index {
    /// All sessions, read as they are asked for.
    pub(super) fn newest_first(&self, store: &Store) -> impl Iterator<Item = Session> {
        self.rows.iter().rev().filter_map(|(number, row)| {
            let id = SessionId(*number);
            match serde_json::from_slice::<Fields>(row) {
                Ok(fields) => Some(session::read(id, &fields)),
                // A row that was cut off or overwritten does not stand for its session.
                Err(_) => store.session(id).ok().map(|stored| stored.value),
            }
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The newest one.
    pub(super) fn newest(&self) -> Option<SessionId> {
        self.rows.keys().next_back().copied().map(SessionId)
    }
}

fn row(path: &str, mut fields: Fields) -> Value {
    fields::set_text(&mut fields, "path", path);
    fields.entry("claude_session_id".into()).or_insert_with(|| "".into());
    fields.entry("returncode".into()).or_insert(Value::Null);
    fields.insert(MARK.into(), VERSION.into());
    fields.into_iter().collect()
}

/// The session of a row of ours, without reading the rest of it.
fn id_of(line: &[u8]) -> Option<SessionId> {
    // A quote inside a text is escaped, so only a key can look like this.
    let mark = format!("\"{MARK}\": {VERSION}");
    memmem::find(line, mark.as_bytes())?;
    let key = br#""path": ".loghop/sessions/"#;
    let start = memmem::find(line, key)? + key.len();
    let end = memchr::memchr(b'.', &line[start..])? + start;
    std::str::from_utf8(&line[start..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::format::json;

    #[test]
    fn a_row_tells_its_session_and_texts_cannot_pretend_to_be_one() {
        let mut fields = Fields::new();
        fields.insert("goal".into(), r#""path": ".loghop/sessions/S-009.md""#.into());
        let line = json::line(&row(".loghop/sessions/S-001.md", fields.clone()));
        assert_eq!(id_of(line.as_bytes()), Some(SessionId(1)));
        fields.insert("path".into(), ".loghop/sessions/S-002.md".into());
        let of_0_2_1 = json::line(&fields);
        assert_eq!(id_of(of_0_2_1.as_bytes()), None);
        for other in ["", "{}", "\"index_version\": 1", "\u{0}"] {
            assert_eq!(id_of(other.as_bytes()), None);
        }
    }
}
