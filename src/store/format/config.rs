//! `.loghop/config.toml`, edited in place: comments, order and keys of others survive.

use toml_edit::{DocumentMut, Item, Value};

use super::redaction::Redaction;
use crate::model::TopicId;

/// Version of the layout that this release writes.
const VERSION: i64 = 1;
/// Lines of a patch in a handoff, when nothing is said; the bounds are 0.2.1's.
const PATCH_LINES_DEFAULT: i64 = 160;
const PATCH_LINES_MIN: i64 = 10;
const PATCH_LINES_MAX: i64 = 50_000;
/// Counters beyond this are damage.
const COUNTER_MAX: i64 = 999_999;

/// The settings of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The project's name.
    pub project_name: String,
    /// What is being worked on; empty when nothing is set.
    pub goal: String,
    /// The topic that a run without a topic flag continues.
    pub active_topic: Option<TopicId>,
    /// Lines of the patch in a handoff, 10 to 50,000.
    pub handoff_patch_lines: u32,
    /// Where the panel stands: `right`, `bottom` or `hidden`.
    pub layout: Option<String>,
    /// What a person was told once in this project, such as `claude>codex`.
    pub told: Vec<String>,
    /// The project's own redaction rules.
    pub redaction: Redaction,
    pub(crate) handoff_counter: u32,
    pub(crate) session_counter: u32,
    pub(crate) topic_counter: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self::read(&DocumentMut::new())
    }
}

impl Config {
    /// Reads the settings; what is missing or out of bounds gets its default.
    pub(crate) fn read(doc: &DocumentMut) -> Self {
        let text = |key: &str| doc.get(key).and_then(Item::as_str).unwrap_or_default().to_owned();
        let counter = |key: &str| {
            let n = doc.get(key).and_then(Item::as_integer).unwrap_or(0);
            n.clamp(0, COUNTER_MAX) as u32
        };
        let run = |key: &str| doc.get("run").and_then(|run| run.get(key));
        let patch = doc.get("handoff_patch_lines").and_then(Item::as_integer);
        let patch = patch.unwrap_or(PATCH_LINES_DEFAULT).clamp(PATCH_LINES_MIN, PATCH_LINES_MAX);
        let told = run("told").and_then(Item::as_array);
        let told =
            told.map(|told| told.iter().filter_map(Value::as_str).map(String::from).collect());
        Self {
            project_name: text("project_name"),
            goal: text("goal"),
            active_topic: text("active_topic_id").parse().ok(),
            handoff_patch_lines: patch as u32,
            layout: run("layout").and_then(Item::as_str).map(String::from),
            told: told.unwrap_or_default(),
            redaction: Redaction::read(doc.get("redaction")),
            handoff_counter: counter("handoff_counter"),
            session_counter: counter("session_counter"),
            topic_counter: counter("topic_counter"),
        }
    }
}

/// The file as it can be edited. The error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())
}

/// The file of a new project.
pub(crate) fn new(project_name: &str) -> DocumentMut {
    let mut doc = DocumentMut::new();
    set(&mut doc, "version", VERSION);
    set(&mut doc, "project_name", project_name);
    set(&mut doc, "goal", "");
    set(&mut doc, "handoff_counter", 0);
    set(&mut doc, "session_counter", 0);
    set(&mut doc, "topic_counter", 0);
    set(&mut doc, "active_topic_id", "");
    set(&mut doc, "handoff_patch_lines", PATCH_LINES_DEFAULT);
    doc
}

/// Whether the file lacks what an older version did not write.
pub(crate) fn is_outdated(doc: &DocumentMut) -> bool {
    let version = doc.get("version").and_then(Item::as_integer);
    version != Some(VERSION) || doc.get("handoff_patch_lines").is_none()
}

/// Adds what it lacks.
pub(crate) fn update(doc: &mut DocumentMut) {
    set(doc, "version", VERSION);
    if doc.get("handoff_patch_lines").is_none() {
        set(doc, "handoff_patch_lines", PATCH_LINES_DEFAULT);
    }
}

/// Sets a key of the first level.
pub(crate) fn set(doc: &mut DocumentMut, key: &str, value: impl Into<Value>) {
    put(doc.as_item_mut(), key, value.into());
}

/// Sets a key of `[run]`, which holds what is remembered per project.
pub(crate) fn set_run(doc: &mut DocumentMut, key: &str, value: impl Into<Value>) {
    let run = doc.entry("run").or_insert_with(toml_edit::table);
    if !run.is_table_like() {
        *run = toml_edit::table();
    }
    put(run, key, value.into());
}

/// Replaces a value where it stands, with the comment behind it, or adds it.
fn put(table: &mut Item, key: &str, mut value: Value) {
    let Some(table) = table.as_table_like_mut() else { return };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_new_file_is_that_of_0_2_1() {
        let expected = "version = 1\nproject_name = \"demo-app\"\ngoal = \"\"\n\
            handoff_counter = 0\nsession_counter = 0\ntopic_counter = 0\nactive_topic_id = \"\"\n\
            handoff_patch_lines = 160\n";
        assert_eq!(new("demo-app").to_string(), expected);
    }

    #[test]
    fn comments_and_unknown_keys_survive() {
        let text = "# mine\ngoal = \"old\" # why\nmood = 'good'\n\n[[redaction]]\n\
            pattern = 'ACME-\\d+'\n";
        let mut doc = parse(text).unwrap();
        set(&mut doc, "goal", "new");
        set(&mut doc, "session_counter", 4);
        set_run(&mut doc, "layout", "right");
        let written = doc.to_string();
        for kept in ["# mine\n", "goal = \"new\" # why\n", "mood = 'good'\n", "'ACME-\\d+'"] {
            assert!(written.contains(kept), "{written}");
        }
        let config = Config::read(&parse(&written).unwrap());
        assert_eq!((config.goal.as_str(), config.session_counter), ("new", 4));
        assert_eq!(config.layout.as_deref(), Some("right"));
        assert_eq!(config.redaction.rules[0].pattern, "ACME-\\d+");
    }

    #[test]
    fn numbers_are_clamped_and_wrong_types_ignored() {
        let text = "handoff_patch_lines = 1\nsession_counter = 99999999\ntopic_counter = -4\n\
            goal = 7\nrun = 3\nredaction = 'x'\nactive_topic_id = 'nonsense'\n";
        let mut doc = parse(text).unwrap();
        let config = Config::read(&doc);
        assert_eq!(config.handoff_patch_lines, 10);
        assert_eq!((config.session_counter, config.topic_counter), (999_999, 0));
        assert_eq!((config.goal.as_str(), config.active_topic), ("", None));
        set_run(&mut doc, "layout", "bottom");
        assert_eq!(Config::read(&doc).layout.as_deref(), Some("bottom"));
    }

    proptest! {
        #[test]
        fn any_input_is_survived(
            text in any::<String>(),
            near in "[a-z_=\"'\\[\\]0-9.{},\n# ]{0,80}",
        ) {
            for text in [text, near] {
                if let Ok(doc) = parse(&text) {
                    let _ = Config::read(&doc);
                }
            }
        }
    }
}
