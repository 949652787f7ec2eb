//! `loghop status`: how the project stands.

use serde_json::{Value, json};

use super::{available, folder_name};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::cli::words;
use crate::error::Result;
use crate::git;
use crate::model::{Handoff, Session};
use crate::provider::Provider;

/// Show how the project stands
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop status --json")]
pub(crate) struct Args {}

impl Args {
    /// Shows the repository, the goal, the assistants and what happened last.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let Self {} = self;
        let store = context.project(out)?;
        let config = store.config()?;
        let handoff = store.newest_handoff()?;
        let session = store.newest_session()?.map(|id| store.session(id)).transpose();
        let session = session.unwrap_or_else(|error| {
            out.warning(&error.to_string());
            None
        });
        out.warnings(&handoff.warnings);
        out.warnings(session.as_ref().map_or(&[][..], |stored| &stored.warnings));
        let view = View {
            repo: folder_name(store.root()),
            branch: git::branch(store.root(), &context.env),
            dirty: !git::changed(store.root(), &context.env).is_empty(),
            goal: store.redactor().redact(&config.goal).as_str().into_owned(),
            providers: available(&context.env).map(Provider::as_str).collect(),
            memory_lines: store.memory_lines(),
            handoffs: store.handoff_count()?,
            last_handoff: handoff.items.first(),
            last_session: session.as_ref().map(|stored| &stored.value),
        };
        out.section("loghop status", &view.rows());
        Ok(Answer::ok(view.json()))
    }
}

/// What there is to say.
struct View<'a> {
    repo: String,
    branch: String,
    dirty: bool,
    goal: String,
    providers: Vec<&'static str>,
    memory_lines: usize,
    handoffs: usize,
    last_handoff: Option<&'a Handoff>,
    last_session: Option<&'a Session>,
}

impl View<'_> {
    fn rows(&self) -> Vec<(&'static str, String)> {
        let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
        let ready = if self.providers.is_empty() { "no · install claude or codex" } else { "yes" };
        let dirty = if self.dirty { "yes" } else { "no" };
        let mut rows = vec![
            ("repo", self.repo.clone()),
            ("branch", format!("{} · dirty: {dirty}", or(&self.branch, "n/a"))),
            ("goal", or(&self.goal, "(not set)")),
            ("providers", or(&self.providers.join(", "), "none")),
            ("ready", ready.to_owned()),
            ("memory", format!("{} lines", self.memory_lines)),
            ("handoffs", self.handoffs.to_string()),
        ];
        if let Some(last) = self.last_handoff {
            rows.push(("last handoff", format!("{} → {}", last.id, last.provider)));
        }
        if let Some(last) = self.last_session {
            let status = words::status(&json::status(last));
            rows.push(("last session", format!("{} · {} · {status}", last.id, last.provider)));
        }
        rows
    }

    fn json(&self) -> Value {
        json!({
            "initialized": true,
            "repo": self.repo,
            "branch": self.branch,
            "dirty": self.dirty,
            "goal": self.goal,
            "providers_enabled": self.providers,
            "ready": !self.providers.is_empty(),
            "memory_lines": self.memory_lines,
            "handoffs": self.handoffs,
            "last_handoff": self.last_handoff.map(json::handoff),
            "last_session": self.last_session.map(json::session),
        })
    }
}
