//! The fields of a frontmatter, an index row or an event, read leniently: a field of the wrong
//! type is read as far as it makes sense, a missing one is empty.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use serde_json::Value;

use crate::clock::Timestamp;

/// Keys and values, sorted by key. Values are JSON's, which is what YAML and JSON have in common.
pub(crate) type Fields = BTreeMap<String, Value>;

/// A field as text; empty when it is missing or null.
pub(crate) fn text(fields: &Fields, key: &str) -> String {
    fields.get(key).map(as_text).unwrap_or_default()
}

/// A field as text, if there is some.
pub(crate) fn optional(fields: &Fields, key: &str) -> Option<String> {
    Some(text(fields, key)).filter(|text| !text.is_empty())
}

/// A list of texts; a single text counts as a list of one.
pub(crate) fn list(fields: &Fields, key: &str) -> Vec<String> {
    match fields.get(key) {
        Some(Value::Array(items)) => items.iter().map(as_text).collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(value) => Some(as_text(value)).filter(|text| !text.is_empty()).into_iter().collect(),
    }
}

/// A number that counts something; `None` when it is not one.
pub(crate) fn count(fields: &Fields, key: &str) -> Option<u32> {
    let text = text(fields, key);
    text.parse().ok()
}

/// A moment.
pub(crate) fn time(fields: &Fields, key: &str) -> Option<Timestamp> {
    Timestamp::parse(&text(fields, key))
}

/// An id, or anything else that reads itself from text.
pub(crate) fn parsed<T: FromStr>(fields: &Fields, key: &str) -> Option<T> {
    text(fields, key).parse().ok()
}

/// A list of ids; what is none is left out.
pub(crate) fn parsed_list<T: FromStr>(fields: &Fields, key: &str) -> Vec<T> {
    list(fields, key).iter().filter_map(|text| text.parse().ok()).collect()
}

/// Sets a field, or removes it when there is no value.
pub(crate) fn set_optional(fields: &mut Fields, key: &str, value: Option<impl Display>) {
    match value {
        Some(value) => {
            fields.insert(key.to_owned(), Value::String(value.to_string()));
        }
        None => {
            fields.remove(key);
        }
    }
}

/// Sets a text field.
pub(crate) fn set_text(fields: &mut Fields, key: &str, value: impl Display) {
    fields.insert(key.to_owned(), Value::String(value.to_string()));
}

/// Sets a list of texts.
pub(crate) fn set_list<T: Display>(fields: &mut Fields, key: &str, items: &[T]) {
    let items = items.iter().map(|item| Value::String(item.to_string())).collect();
    fields.insert(key.to_owned(), Value::Array(items));
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
