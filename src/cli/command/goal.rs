//! `loghop goal`: what the project is about.

use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::{Error, Result};

/// Characters of a goal: it is one line that every handoff repeats, not a document.
pub(super) const GOAL_MAX: usize = 4000;

/// Show or set what you want to reach
///
/// The goal stands at the top of every handoff, so that each assistant knows what the work is for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop goal \"ship login with email links\"")]
pub(crate) struct Args {
    /// The new goal, one line
    #[arg(conflicts_with = "clear", allow_hyphen_values = true)]
    text: Option<String>,
    /// Forget the goal
    #[arg(long)]
    clear: bool,
}

impl Args {
    /// Shows, sets or clears the goal.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        if let Some(text) = &self.text {
            check(text)?;
        }
        let store = context.require_store()?;
        if self.clear {
            store.set_goal("")?;
            out.success("cleared the goal");
        } else if let Some(text) = &self.text {
            store.set_goal(text.trim())?;
        }
        let goal = store.redactor().redact(&store.config()?.goal).as_str().into_owned();
        if self.text.is_some() {
            out.success(&format!("set goal: {goal}"));
        } else if !self.clear {
            let shown = if goal.is_empty() { "(not set)".to_owned() } else { goal.clone() };
            out.section("goal", &[("current", shown)]);
        }
        Ok(Answer::ok(json!({"goal": goal})))
    }
}

/// Whether a goal can stand in one line of a file and of a screen.
pub(super) fn check(goal: &str) -> Result<()> {
    if goal.trim().is_empty() {
        Err(Error::invalid("the goal is empty").hint("`loghop goal --clear` forgets it"))
    } else if goal.contains('\0') {
        Err(Error::invalid("goal contains a NUL byte"))
    } else if goal.contains(['\n', '\r']) {
        Err(Error::invalid("goal must be a single line"))
    } else if goal.chars().count() > GOAL_MAX {
        Err(Error::invalid(format!("goal is longer than {GOAL_MAX} characters")))
    } else {
        Ok(())
    }
}
