//! `loghop switch`: F9 from another terminal.

use serde_json::json;

use super::id_value;
use super::launch::provider_value;
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::Result;
use crate::model::{ProviderName, SessionId};
use crate::run::switch::{self, Wish};

/// Hand the running task over to the other assistant
///
/// As F9 in the split screen, for the loghop that runs in this project: at the end of the turn, or
/// at once where nothing runs. Waits until the other one has taken over.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop switch codex")]
pub(crate) struct Args {
    /// Who takes over [default: the other one]
    #[arg(value_parser = provider_value(), add = candidates::providers())]
    provider: Option<ProviderName>,
    /// Stop the turn that runs, instead of waiting for its end
    #[arg(long)]
    now: bool,
    /// The session to hand over, such as S-003 [default: the newest that runs]
    #[arg(long, value_name = "ID", value_parser = id_value::<SessionId>, add = candidates::sessions())]
    session: Option<SessionId>,
}

impl Args {
    /// Asks, waits and tells.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let mut told = |text: &str| out.info(text);
        let wish = Wish { from: self.session, to: self.provider, at_once: self.now };
        let done = switch::ask(&store, &wish, &context.env, &mut told)?;
        let (from, to) = (done.from, done.to);
        out.success(&format!("{} took over: session {} goes on from {from}", to.provider, to.id));
        Ok(Answer::ok(json!({
            "from": from.to_string(),
            "session_id": to.id.to_string(),
            "provider": to.provider.as_str(),
            "handoff": to.handoff.map(|id| id.to_string()),
        })))
    }
}
