//! Writing a stored transcript: one line at a time, whatever the transcript's length.

use blake3::Hasher;
use serde_json::Value;

use super::chain::{Durability, Entry};
use super::{Store, layout, seal};
use crate::disk::PrivateWriter;
use crate::error::Result;
use crate::model::SessionId;
use crate::redact::Redacted;

/// A stored transcript in the making; it replaces the old one on [`Self::commit`]. Dropped before
/// that, it leaves nothing.
pub struct TranscriptWriter<'a> {
    store: &'a Store,
    id: SessionId,
    file: PrivateWriter,
    hasher: Hasher,
}

impl<'a> TranscriptWriter<'a> {
    pub(super) fn new(store: &'a Store, id: SessionId, file: PrivateWriter) -> Self {
        Self { store, id, file, hasher: Hasher::new() }
    }

    /// Adds one turn, as its JSON object; it is redacted here.
    pub fn line(&mut self, json: &str) -> Result<()> {
        let redactor = self.store.redactor();
        let mut line = match serde_json::from_str::<Value>(json) {
            Ok(turn) => seal::json_line(redactor, &turn),
            Err(_) => redactor.redact(&json.replace(['\n', '\r'], " ")),
        };
        line.push(&Redacted::plain("\n"));
        self.hasher.update(line.as_bytes());
        self.file.write(&line)
    }

    /// Makes it the session's transcript.
    pub fn commit(self) -> Result<()> {
        let _lock = self.store.lock()?;
        let entry = Entry::put(layout::transcript(self.id), self.hasher.finalize());
        self.store.linked(vec![entry], Durability::Now, || self.file.commit())
    }
}
