//! `loghop resume`: goes on from the last useful session, with its whole handoff.

use super::launch::Launch;
use super::run::start;
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::Result;

/// Go on from the last session, with everything it left
///
/// As `run`, but the assistant is told the whole handoff of the topic's last useful session.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop resume --provider codex")]
pub(crate) struct Args {
    /// A registered project or a path [default: this repository]
    #[arg(add = candidates::projects())]
    project: Option<String>,
    #[command(flatten)]
    launch: Launch,
}

impl Args {
    /// Starts the assistant.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        start(self.launch.request(self.project, true)?, context, out)
    }
}
