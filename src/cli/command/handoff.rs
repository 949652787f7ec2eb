//! `loghop handoff`: what the next assistant is told.

use clap::Subcommand;
use serde_json::{Value, json};

use super::launch::{Launch, Task, provider_value};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::error::{Error, Result};
use crate::model::{Handoff, HandoffId, ProviderName};

/// Build the handoff for an assistant, and start it
///
/// Without a verb, the same as `loghop handoff run`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  loghop handoff build --provider codex\n  loghop handoff show --latest"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    launch: Launch,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write the handoff and start nothing
    Build(Task),
    /// Write the handoff and start the assistant with it
    Run(Launch),
    /// List handoffs, newest first
    List(List),
    /// Show a handoff
    Show(Show),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only those for this assistant
    #[arg(long, value_parser = provider_value())]
    provider: Option<ProviderName>,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// Which handoff, such as H-003
    #[arg(required_unless_present = "latest", conflicts_with = "latest")]
    id: Option<HandoffId>,
    /// The newest one
    #[arg(long)]
    latest: bool,
}

impl List {
    fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let listing = store.handoffs()?;
        out.warnings(&listing.warnings);
        let wanted = |handoff: &&Handoff| self.provider.as_ref().is_none_or(|p| *p == handoff.provider);
        let handoffs: Vec<&Handoff> = listing.items.iter().filter(wanted).collect();
        if handoffs.is_empty() {
            out.info("no handoffs yet");
        } else {
            let rows: Vec<Vec<String>> = handoffs.iter().map(|handoff| row(handoff)).collect();
            out.table("handoffs", &["id", "provider", "status", "code", "created", "goal"], &rows);
        }
        let handoffs: Vec<Value> = handoffs.into_iter().map(json::handoff).collect();
        Ok(Answer::ok(json!({"handoffs": handoffs})))
    }
}

fn row(handoff: &Handoff) -> Vec<String> {
    vec![
        handoff.id.to_string(),
        handoff.provider.to_string(),
        handoff.status.clone(),
        handoff.returncode.clone().unwrap_or_default(),
        handoff.at.map(|at| at.to_string()).unwrap_or_default(),
        handoff.goal.clone(),
    ]
}

impl Show {
    fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let id = match self.id {
            Some(id) => id,
            None => {
                let newest = store.handoffs()?.items.first().map(|handoff| handoff.id);
                newest.ok_or_else(|| Error::invalid("no handoffs found"))?
            }
        };
        let stored = store.handoff(id)?;
        out.warnings(&stored.warnings);
        out.line(stored.text.trim_end());
        let mut result = json::handoff(&stored.value);
        result["markdown"] = stored.text.into();
        Ok(Answer::ok(result))
    }
}
