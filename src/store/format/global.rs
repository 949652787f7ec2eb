//! `~/.loghop/config.toml`, the user's own settings: read, never written here.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item};

use super::redaction::Redaction;

/// What the user has set for all projects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GlobalConfig {
    /// `[keys]`: which key does what, action to key.
    pub keys: BTreeMap<String, String>,
    /// `[run] layout`: where the panel stands where a project says nothing.
    pub layout: Option<String>,
    /// `[run] on_limit`: what happens when a usage limit stops an assistant.
    pub on_limit: Option<String>,
    /// Keys of `[run]` that mean nothing. The other tables are 0.2.1's, too, whose keys stay unread.
    pub unknown: Vec<String>,
    /// `[tui] theme`: name of the theme.
    pub theme: Option<String>,
    /// `[[redaction]]`.
    pub redaction: Redaction,
}

/// The name of the user's own settings, as people are told it.
pub const GLOBAL_CONFIG: &str = "~/.loghop/config.toml";

/// What `[run]` may say.
pub const RUN: [&str; 2] = ["layout", "on_limit"];

/// Reads the file. The error says what is wrong with it; then everything has its default.
pub(crate) fn parse(text: &str) -> Result<GlobalConfig, String> {
    let doc: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let setting = |table: &str, key: &str| {
        let item = doc.get(table).and_then(|table| table.get(key));
        item.map(word).filter(|text| !text.is_empty())
    };
    let items = |table: &str| {
        let table = doc.get(table).and_then(Item::as_table_like);
        table.into_iter().flat_map(toml_edit::TableLike::iter)
    };
    let unknown = items("run").map(|(key, _)| key).filter(|key| !RUN.contains(key));
    Ok(GlobalConfig {
        keys: items("keys").map(|(k, v)| (k.to_owned(), word(v))).collect(),
        unknown: unknown.map(str::to_owned).collect(),
        layout: setting("run", "layout"),
        on_limit: setting("run", "on_limit"),
        theme: setting("tui", "theme"),
        redaction: Redaction::read(doc.get("redaction")),
    })
}

/// A value that should be text. Another one is kept as it was written, so that whoever uses it says
/// that it means nothing.
fn word(item: &Item) -> String {
    item.as_str().map_or_else(|| item.to_string().trim().to_owned(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn settings_are_read_and_the_rest_is_left_alone() {
        let text = "[keys]\npanel = 'f5'\nbad = 3\n[run]\nlayout = 'bottom'\non_limt = 'ask'\n[tui]\ntheme = ''\n\
            [install]\nx = 1\n[[redaction]]\npattern = 'A'\nreplacement = 'B'\n[[redaction]]\n";
        let config = parse(text).unwrap();
        let keys = [("bad", "3"), ("panel", "f5")].map(|(k, v)| (k.into(), v.into()));
        assert_eq!(config.keys, BTreeMap::from(keys));
        assert_eq!((config.layout.as_deref(), config.theme), (Some("bottom"), None));
        assert_eq!(config.unknown, ["on_limt"]);
        assert_eq!(config.redaction.rules.len(), 1);
    }

    proptest! {
        #[test]
        fn any_input_is_survived(
            text in any::<String>(),
            near in "[a-z=\"'\\[\\]0-9.{},\n# ]{0,80}",
        ) {
            let _ = parse(&text);
            let _ = parse(&near);
        }
    }
}
