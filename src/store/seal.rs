//! From values to bytes that may be written: redaction, then the form, then the signature.
//!
//! Each string is redacted where it stands, unescaped, because quoting could hide a secret; then
//! the finished text once more, because that is what goes to disk.

use serde_json::Value;

use super::format::fields::Fields;
use super::format::{frontmatter, json, yaml};
use super::signature::SigningKey;
use crate::redact::{Redacted, Redactor};

/// A frontmatter file, signed where there is a key.
pub(super) fn document(
    redactor: &Redactor,
    key: Option<&SigningKey>,
    fields: &Fields,
    body: &str,
) -> Redacted {
    let front = redactor.redact(&yaml::emit(&redact_fields(redactor, fields)));
    let body = redactor.redact(body);
    let mut file = Redacted::plain("---\n");
    file.push(&front);
    if let Some(key) = key {
        let signed = frontmatter::to_be_signed(&front.as_str(), &body.as_str());
        file.push(&Redacted::plain("_signature: "));
        file.push(&key.sign(&signed));
        file.push(&Redacted::plain("\n"));
    }
    file.push(&Redacted::plain("---\n\n"));
    file.push(&body);
    file
}

/// One JSON line, without its newline.
pub(super) fn json_line(redactor: &Redactor, value: &Value) -> Redacted {
    redactor.redact(&json::line(&redact_value(redactor, value)))
}

/// Fields whose strings are redacted.
pub(super) fn redact_fields(redactor: &Redactor, fields: &Fields) -> Fields {
    fields.iter().map(|(k, v)| (redact_text(redactor, k), redact_value(redactor, v))).collect()
}

/// A text that goes into a file of the user's (a goal in a configuration).
pub(super) fn redact_text(redactor: &Redactor, text: &str) -> String {
    redactor.redact(text).as_str().into_owned()
}

fn redact_value(redactor: &Redactor, value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact_text(redactor, text)),
        Value::Array(items) => items.iter().map(|item| redact_value(redactor, item)).collect(),
        Value::Object(map) => {
            map.iter().map(|(k, v)| (redact_text(redactor, k), redact_value(redactor, v))).collect()
        }
        other => other.clone(),
    }
}
