//! Counts kinds of records that nobody told us about, without growing with what is in the file.

use serde::de::IgnoredAny;

use super::clip;
use crate::model::Drift;

/// Names of unknown kinds that are told apart: a provider's new version brings a handful, a file of
/// another format as many as it has lines.
const NAMES_MAX: usize = 64;

/// Bytes of a kind's name: longer ones are not names.
const NAME_MAX: usize = 80;

/// Counts one record of an unknown kind.
pub(super) fn unknown(drift: &mut Drift, kind: &str) {
    let name = clip::head(kind, NAME_MAX);
    if let Some(count) = drift.unknown.get_mut(name.as_ref()) {
        *count += 1;
    } else if drift.unknown.len() < NAMES_MAX {
        drift.unknown.insert(name.into_owned(), 1);
    }
}

/// Whether a line that is no record is whole: then it has a shape that we do not know, and is not
/// damaged.
pub(super) fn is_json(line: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(line).is_ok()
}
