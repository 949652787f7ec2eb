//! `loghop sessions delete`: a session and everything that belongs to it.

use serde_json::json;

use super::newest;
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::command::id_value;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::Result;
use crate::git;
use crate::model::{Repo, SessionId};

#[derive(Debug, clap::Args)]
#[command(
    override_usage = "loghop sessions delete <ID> [-y]\n       loghop sessions delete --latest [-y]"
)]
pub(super) struct Delete {
    /// Which session, such as S-003
    #[arg(required_unless_present = "latest", conflicts_with = "latest", value_parser = id_value::<SessionId>, add = candidates::sessions())]
    id: Option<SessionId>,
    /// The newest one
    #[arg(long)]
    latest: bool,
    /// Ask nothing
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Delete {
    /// Deletes the session once the person agrees.
    pub(super) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let id = self.id.map_or_else(|| newest(&store), Ok)?;
        store.require_session(id)?;
        // One that is damaged is deleted like any other.
        let goal = store.session(id).map(|stored| stored.value.goal).unwrap_or_default();
        let named = if goal.is_empty() { String::new() } else { format!(" ({goal})") };
        if !self.yes && !out.confirm_loss(&format!("delete session {id}{named}?"))? {
            out.info("nothing was deleted");
            out.hint("`-y` deletes without asking");
            return Ok(Answer::ok(json!({"deleted": null, "aborted": true})));
        }
        let repo = Repo {
            branch: git::branch(store.root(), &context.env),
            changed: git::changed(store.root(), &context.env),
            ..Repo::default()
        };
        out.warnings(&store.delete_session(id, &repo, context.now)?);
        out.success(&format!("deleted session {id}"));
        Ok(Answer::ok(json!({"deleted": id.to_string()})))
    }
}
