//! The project's and the user's settings: read leniently, edited in place.

use std::path::Path;

use toml_edit::DocumentMut;

use super::format::config::{self, Config};
use super::format::global::{self, GLOBAL_CONFIG, GlobalConfig};
use super::format::redaction::Redaction;
use super::signature::random;
use super::{Store, layout, seal};
use crate::disk::{Access, Root, Verbatim, outside};
use crate::env::Env;
use crate::error::Result;
use crate::model::TopicId;
use crate::redact::{Allowed, CustomRule, Known, Redactor};

/// The largest `.env` file that is read. Real ones have some lines.
const ENV_FILE_MAX: u64 = 256 << 10;

/// Endings of `.env` files that are in repositories to show what goes there.
const SAMPLES: &[&str] = &[".example", ".sample", ".template", ".dist", ".defaults"];

impl Store {
    /// The project's settings; a damaged file counts as empty (opening it has warned).
    pub fn config(&self) -> Result<Config> {
        Ok(read_config(&self.files)?.0)
    }

    /// Sets the goal; an empty one clears it.
    pub fn set_goal(&self, goal: &str) -> Result<()> {
        let goal = seal::redact_text(&self.redactor, goal);
        let _lock = self.lock()?;
        self.edit_config(|doc| config::set(doc, "goal", goal))
    }

    /// Remembers where the panel stands in this project.
    pub fn set_layout(&self, layout: &str) -> Result<()> {
        let _lock = self.lock()?;
        self.edit_config(|doc| config::set_run(doc, "layout", layout))
    }

    /// Remembers that a person was told something once, such as `claude>codex`.
    pub fn mark_told(&self, what: &str) -> Result<()> {
        let _lock = self.lock()?;
        let mut told = self.config()?.told;
        if told.iter().any(|known| known == what) {
            return Ok(());
        }
        told.push(what.to_owned());
        let told: toml_edit::Array = told.into_iter().collect();
        self.edit_config(|doc| config::set_run(doc, "told", told))
    }

    /// Makes a topic the active one, or none.
    pub fn set_active_topic(&self, topic: Option<TopicId>) -> Result<()> {
        let id = topic.map(|id| id.to_string()).unwrap_or_default();
        let _lock = self.lock()?;
        self.edit_config(|doc| config::set(doc, "active_topic_id", id))
    }

    /// Edits the file; the caller holds the lock. A damaged file is set aside, not overwritten.
    pub(super) fn edit_config(&self, edit: impl FnOnce(&mut DocumentMut)) -> Result<()> {
        let text = self.files.read_text(layout::CONFIG, layout::CONFIG_MAX)?;
        let mut doc = match text.as_deref().map(config::parse) {
            Some(Ok(doc)) => doc,
            Some(Err(_)) => {
                self.files.set_aside(layout::CONFIG)?;
                config::new(&folder_name(self.root()))
            }
            None => config::new(&folder_name(self.root())),
        };
        edit(&mut doc);
        write_config(&self.files, &doc)
    }
}

impl GlobalConfig {
    /// Reads `~/.loghop/config.toml`. It never fails: what cannot be read has its default, and a
    /// sentence says so.
    pub fn load(home: &Path) -> (Self, Vec<String>) {
        let path = home.join(layout::CONFIG);
        let read = match outside::read(&path, layout::CONFIG_MAX) {
            Ok(None) => return (Self::default(), Vec::new()),
            Ok(Some(bytes)) => global::parse(&String::from_utf8_lossy(&bytes)),
            Err(error) => Err(error.message),
        };
        match read {
            Ok(config) => (config, Vec::new()),
            Err(problem) => (Self::default(), vec![damaged(&path.display().to_string(), &problem)]),
        }
    }
}

/// The name of a project that has none: its folder's.
pub(super) fn folder_name(root: &Path) -> String {
    root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The project's settings, and what is wrong with their file.
pub(super) fn read_config(files: &Root) -> Result<(Config, Option<String>)> {
    let Some(text) = files.read_text(layout::CONFIG, layout::CONFIG_MAX)? else {
        return Ok((Config::default(), None));
    };
    Ok(match config::parse(&text) {
        Ok(doc) => (Config::read(&doc), None),
        Err(problem) => (Config::default(), Some(damaged(layout::CONFIG, &problem))),
    })
}

/// Writes the project's settings. They hold the user's comments and patterns, byte for byte; what
/// loghop puts in was redacted before.
pub(super) fn write_config(files: &Root, doc: &DocumentMut) -> Result<()> {
    files.write_verbatim(layout::CONFIG, Verbatim(doc.to_string().as_bytes()), Access::Private)
}

/// The redactor with the user's own rules, each with its file, the project's first. A pattern that
/// does not compile becomes a warning; the others still work.
pub(super) fn redactor(
    tag_key: &[u8; 32],
    settings: &[(&str, &Redaction)],
) -> (Redactor, Vec<String>) {
    let mut warnings: Vec<String> = Vec::new();
    let (mut rules, mut allowed) = (Vec::new(), Vec::new());
    for (file, redaction) in settings {
        let mut warn = |problem: &str| warnings.push(format!("`{file}`: {problem}"));
        redaction.problems.iter().for_each(|problem| warn(problem));
        for rule in &redaction.rules {
            match CustomRule::compile(&rule.pattern, &rule.replacement) {
                Ok(rule) => rules.push(rule),
                Err(error) => warn(&error.to_string()),
            }
        }
        for pattern in &redaction.allowed {
            match Allowed::compile(pattern) {
                Ok(pattern) => allowed.push(pattern),
                Err(error) => warn(&error.to_string()),
            }
        }
    }
    (Redactor::new(tag_key, &rules).allowing(allowed), warnings)
}

/// The redactor of whoever is in no project, and what is wrong with their settings. There is no
/// key to tell the same secret again tomorrow: tags are stable within one run only.
pub fn redactor_without_project(home: &Path, env: &Env) -> Result<(Redactor, Vec<String>)> {
    let (config, mut warnings) = GlobalConfig::load(home);
    let (redactor, problems) = redactor(&random()?, &[(GLOBAL_CONFIG, &config.redaction)]);
    warnings.extend(problems);
    let mut known = Known::default();
    know_env(&mut known, env);
    Ok((redactor.knowing(&known), warnings))
}

/// What the environment and the `.env` files of the project at `root` keep secret.
pub(super) fn known(root: &Path, env: &Env) -> Known {
    let mut known = Known::default();
    know_env(&mut known, env);
    let is_env_file = |name: &str| {
        let is_sample = SAMPLES.iter().any(|sample| name.ends_with(sample));
        (name == ".env" || name.starts_with(".env.")) && !is_sample
    };
    // A file that cannot be read keeps its secrets by itself.
    for entry in outside::list(root).unwrap_or_default() {
        if is_env_file(&entry.name)
            && let Ok(Some(bytes)) = outside::read(&root.join(&entry.name), ENV_FILE_MAX)
        {
            known.add_env_file(&String::from_utf8_lossy(&bytes));
        }
    }
    known
}

fn know_env(known: &mut Known, env: &Env) {
    for (name, value) in env.iter() {
        if let (Some(name), Some(value)) = (name.to_str(), value.to_str()) {
            known.add(name, value);
        }
    }
}

fn damaged(path: &str, problem: &str) -> String {
    let problem = problem.lines().next().unwrap_or_default();
    format!("`{path}` is damaged and counts as empty: {problem}")
}
