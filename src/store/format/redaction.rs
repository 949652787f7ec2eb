//! `[[redaction]]` and `[[redaction.allow]]` in either file of settings: what a user wants hidden
//! besides, and what not.

use toml_edit::{Array, Item, TableLike};

/// What stands in the place of a match where a rule does not say.
const MASK: &str = "[redacted]";

/// A redaction rule as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A regular expression.
    pub pattern: String,
    /// What stands there instead.
    pub replacement: String,
}

/// The user's rules of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction {
    /// `[[redaction]]`, in the order in which they run.
    pub rules: Vec<Rule>,
    /// `[[redaction.allow]]`: patterns of what is no secret, each with a reason in the file.
    pub allowed: Vec<String>,
    /// What is wrong with entries that do not count.
    pub problems: Vec<String>,
}

impl Redaction {
    /// Reads the entries. `[[redaction.allow]]` belongs to the `[[redaction]]` before it in TOML's
    /// eyes, and stands alone where there is none; it means the same.
    pub(super) fn read(item: Option<&Item>) -> Self {
        let mut read = Self::default();
        let Some(item) = item else { return read };
        if let Some(table) = item.as_table_like() {
            if table.contains_key("pattern") {
                read.problems.push("`[redaction]` has no effect: write `[[redaction]]`".into());
            }
            read.allow(table);
        } else if let Some(tables) = item.as_array_of_tables() {
            tables.iter().for_each(|table| read.entry(table));
        } else {
            let values = item.as_array().into_iter().flat_map(Array::iter);
            let tables = values.filter_map(toml_edit::Value::as_inline_table);
            tables.for_each(|table| read.entry(table));
        }
        read
    }

    fn entry(&mut self, table: &dyn TableLike) {
        match text(table, "pattern") {
            Some(pattern) => {
                let replacement = table.get("replacement").and_then(Item::as_str).unwrap_or(MASK);
                self.rules.push(Rule { pattern, replacement: replacement.to_owned() });
            }
            None if !table.contains_key("allow") => {
                self.problems.push("a `[[redaction]]` has no `pattern` and no effect".into());
            }
            None => {}
        }
        self.allow(table);
    }

    fn allow(&mut self, table: &dyn TableLike) {
        let allow = table.get("allow");
        let tables = allow.and_then(Item::as_array_of_tables).into_iter().flatten();
        let inline = allow.and_then(Item::as_array).into_iter().flat_map(Array::iter);
        let inline = inline.filter_map(toml_edit::Value::as_inline_table);
        for entry in tables.map(|t| t as &dyn TableLike).chain(inline.map(|t| t as &dyn TableLike))
        {
            match (text(entry, "pattern"), text(entry, "reason")) {
                (Some(pattern), Some(_)) => self.allowed.push(pattern),
                (Some(pattern), None) => self.problems.push(format!(
                    "`[[redaction.allow]]` of `{pattern}` has no effect: it needs a `reason`"
                )),
                (None, _) => self
                    .problems
                    .push("a `[[redaction.allow]]` has no `pattern` and no effect".into()),
            }
        }
    }
}

/// A text that is there and not empty.
fn text(table: &dyn TableLike, key: &str) -> Option<String> {
    let text = table.get(key).and_then(Item::as_str);
    text.filter(|text| !text.is_empty()).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Redaction {
        let doc: toml_edit::DocumentMut = text.parse().unwrap();
        Redaction::read(doc.get("redaction"))
    }

    #[test]
    fn rules_and_exceptions_stand_in_any_form() {
        let rule =
            |replacement: &str| Rule { pattern: "A".into(), replacement: replacement.into() };
        let tables = read(
            "[[redaction]]\npattern = 'A'\nreplacement = 'B'\n[[redaction.allow]]\n\
             pattern = 'x'\nreason = 'public'\n[[redaction]]\npattern = 'A'\n",
        );
        assert_eq!(tables.rules, [rule("B"), rule(MASK)]);
        assert_eq!((tables.allowed, tables.problems), (vec!["x".to_owned()], vec![]));
        assert_eq!(read("redaction = [{ pattern = 'A' }, 3]").rules, [rule(MASK)]);
        let alone = "[[redaction.allow]]\npattern = 'x'\nreason = 'public'\n";
        assert_eq!(read(alone).allowed, ["x"]);
        assert_eq!(read("redaction.allow = [{ pattern = 'x', reason = 'r' }]").allowed, ["x"]);
    }

    #[test]
    fn entries_that_mean_nothing_are_told() {
        for text in [
            "[redaction]\npattern = 'A'",
            "[[redaction]]\nreplacement = 'A'",
            "[[redaction.allow]]\npattern = 'A'",
            "[[redaction.allow]]\nreason = 'A'",
        ] {
            let read = read(text);
            assert_eq!(
                (read.rules.len(), read.allowed.len(), read.problems.len()),
                (0, 0, 1),
                "{text}"
            );
        }
    }
}
