//! Writing a stored transcript: one line at a time, whatever the transcript's length.

use serde_json::Value;

use super::seal;
use crate::disk::PrivateWriter;
use crate::error::Result;
use crate::redact::{Redacted, Redactor};

/// A stored transcript in the making; it replaces the old one on [`Self::commit`]. Dropped before
/// that, it leaves nothing.
pub struct TranscriptWriter {
    file: PrivateWriter,
    redactor: Redactor,
}

impl TranscriptWriter {
    pub(super) fn new(file: PrivateWriter, redactor: Redactor) -> Self {
        Self { file, redactor }
    }

    /// Adds one turn, as its JSON object; it is redacted here.
    pub fn line(&mut self, json: &str) -> Result<()> {
        let line = match serde_json::from_str::<Value>(json) {
            Ok(turn) => seal::json_line(&self.redactor, &turn),
            Err(_) => self.redactor.redact(&json.replace(['\n', '\r'], " ")),
        };
        self.file.write(&line)?;
        self.file.write(&Redacted::plain("\n"))
    }

    /// Makes it the session's transcript.
    pub fn commit(self) -> Result<()> {
        self.file.commit()
    }
}
