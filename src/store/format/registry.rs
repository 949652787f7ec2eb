//! `~/.loghop/projects.toml`: the projects that this user has, one `[[project]]` each.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use crate::clock::Timestamp;

/// What stands above the rows, as in 0.2.1.
const HEADER: &str = "# loghop global project registry\n\n";

/// A project's row, as a projection of its store.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) now: Timestamp,
    pub(crate) goal: String,
    pub(crate) last_session: String,
    pub(crate) session_count: u32,
    pub(crate) handoff_count: u32,
}

/// The file with the row of this project written anew: the row is found by its path, and what
/// else it or the file holds stays. The error says what is wrong with the file.
pub(crate) fn with_row(text: &str, row: &Row) -> Result<String, String> {
    let mut doc: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let item = doc.entry("project").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let rows = item.as_array_of_tables_mut().ok_or("`project` is not a list of tables")?;
    let is_ours = |table: &Table| table.get("path").and_then(Item::as_str) == Some(&row.path);
    if !rows.iter().any(is_ours) {
        let mut table = Table::new();
        table["name"] = value(&row.name);
        table["path"] = value(&row.path);
        table["registered"] = value(row.now.to_string());
        rows.push(table);
    }
    if let Some(table) = rows.iter_mut().find(|table| is_ours(table)) {
        table["last_used"] = value(row.now.to_string());
        table["goal"] = value(&row.goal);
        table["last_session"] = value(&row.last_session);
        table["session_count"] = value(i64::from(row.session_count));
        table["handoff_count"] = value(i64::from(row.handoff_count));
    }
    let header = if text.trim().is_empty() { HEADER } else { "" };
    Ok(format!("{header}{}", doc.to_string().trim_start_matches('\n')))
}

/// A row as it stands in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The project's name.
    pub name: String,
    /// Its folder.
    pub path: String,
    /// When it was added.
    pub registered: String,
    /// When something was last done in it.
    pub last_used: String,
    /// Its goal.
    pub goal: String,
    /// Its newest session.
    pub last_session: String,
    /// How many sessions it has.
    pub session_count: u32,
    /// How many handoffs it has.
    pub handoff_count: u32,
}

/// Every project in the file; a damaged file has none.
pub(crate) fn rows(text: &str) -> Vec<Known> {
    let Ok(doc) = text.parse::<DocumentMut>() else { return Vec::new() };
    let tables = doc.get("project").and_then(Item::as_array_of_tables);
    let rows = tables.into_iter().flatten().map(known);
    rows.filter(|row| !row.name.is_empty() && !row.path.is_empty()).collect()
}

/// What is wrong with the file as a whole, if anything is.
pub(crate) fn problem(text: &str) -> Option<String> {
    text.parse::<DocumentMut>().err().map(|error| error.message().to_owned())
}

fn known(table: &Table) -> Known {
    let text = |key: &str| table.get(key).and_then(Item::as_str).unwrap_or_default().to_owned();
    let count = |key: &str| table.get(key).and_then(Item::as_integer).unwrap_or(0);
    let count = |key: &str| u32::try_from(count(key)).unwrap_or(0);
    Known {
        name: text("name"),
        path: text("path"),
        registered: text("registered"),
        last_used: text("last_used"),
        goal: text("goal"),
        last_session: text("last_session"),
        session_count: count("session_count"),
        handoff_count: count("handoff_count"),
    }
}

/// The file without the rows of these paths. The error says what is wrong with the file.
pub(crate) fn without(text: &str, paths: &[String]) -> Result<String, String> {
    let mut doc: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    if let Some(rows) = doc.get_mut("project").and_then(Item::as_array_of_tables_mut) {
        rows.retain(|table| !paths.contains(&known(table).path));
    }
    Ok(doc.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(path: &str, count: u32) -> Row {
        Row {
            name: "demo".into(),
            path: path.into(),
            now: Timestamp::from_second(1_700_000_000),
            goal: "g".into(),
            last_session: "S-001".into(),
            session_count: count,
            handoff_count: 1,
        }
    }

    #[test]
    fn rows_are_added_once_and_others_stay() {
        let first = with_row("", &row("/a", 1)).unwrap();
        assert!(first.starts_with("# loghop global project registry\n\n[[project]]\nname"));
        let kept = format!("{first}mood = 'good' # mine\n");
        let second = with_row(&kept, &row("/b", 1)).unwrap();
        let third = with_row(&second, &row("/a", 2)).unwrap();
        assert_eq!(third.matches("[[project]]").count(), 2);
        assert!(third.contains("mood = 'good' # mine"), "{third}");
        assert!(third.contains("session_count = 2"), "{third}");
        assert!(with_row("project = 3", &row("/a", 1)).is_err());
    }

    proptest! {
        #[test]
        fn any_input_is_survived(text in any::<String>()) {
            let _ = with_row(&text, &row("/a", 1));
        }
    }
}
