//! What a command hands back: the exit code and the value for `--json`.

use serde_json::{Map, Value};

use super::json;

/// The answer of a command that did its work.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    /// The exit code; a child that failed is not an error of ours.
    pub(super) code: u8,
    /// The members of the JSON result.
    pub(super) result: Map<String, Value>,
}

impl Answer {
    /// All is well; `result` is a JSON object.
    pub(super) fn ok(result: Value) -> Self {
        Self::with_code(0, result)
    }

    /// It did its work, and what it found has an exit code of its own.
    pub(super) fn with_code(code: u8, result: Value) -> Self {
        Self { code, result: json::object(result) }
    }
}
