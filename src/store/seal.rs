//! From values to bytes that may be written: redaction, then the form, then the signature.
//!
//! Each string is redacted where it stands, unescaped, because quoting could hide a secret; then
//! the finished text once more, because that is what goes to disk.

use serde::{Serialize, Serializer};
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
    redactor.redact(&json::line(&Hiding { redactor, value }))
}

/// A value that is written with its strings redacted.
struct Hiding<'a> {
    redactor: &'a Redactor,
    value: &'a Value,
}

impl Serialize for Hiding<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { redactor, value } = *self;
        let hiding = |value| Hiding { redactor, value };
        match value {
            Value::String(text) => redactor.redact(text).as_str().serialize(to),
            Value::Array(items) => to.collect_seq(items.iter().map(hiding)),
            Value::Object(map) => to.collect_map(
                map.iter().map(|(key, value)| (redact_text(redactor, key), hiding(value))),
            ),
            other => other.serialize(to),
        }
    }
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
