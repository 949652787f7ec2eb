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

/// Name and path of every project in the file; a damaged file has none.
pub(crate) fn rows(text: &str) -> Vec<(String, String)> {
    let Ok(doc) = text.parse::<DocumentMut>() else { return Vec::new() };
    let tables = doc.get("project").and_then(Item::as_array_of_tables);
    let text = |table: &Table, key: &str| Some(table.get(key)?.as_str()?.to_owned());
    let row = |table: &Table| Some((text(table, "name")?, text(table, "path")?));
    tables.into_iter().flatten().filter_map(row).collect()
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
