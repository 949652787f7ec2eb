//! `loghop sessions annotate`: what a person says about a session afterwards.

use serde_json::json;

use super::newest;
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::command::id_value;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::{Error, Result};
use crate::git;
use crate::model::{Notes, Repo, SessionId, Status};

#[derive(Debug, clap::Args)]
pub(super) struct Annotate {
    /// Which session, such as S-003; the newest one without it
    #[arg(value_parser = id_value::<SessionId>, add = candidates::sessions())]
    id: Option<SessionId>,
    /// What was done, in place of what was captured
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
    /// A decision; several in place of those that were captured
    #[arg(long, value_name = "TEXT")]
    decision: Vec<String>,
    /// Something left to do, likewise
    #[arg(long, value_name = "TEXT")]
    todo: Vec<String>,
    /// Something that is done, likewise
    #[arg(long, value_name = "TEXT")]
    done: Vec<String>,
}

impl Annotate {
    /// Writes the notes; what was not given stays as it is.
    pub(super) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        self.check()?;
        let store = context.project(out)?;
        let id = self.id.map_or_else(|| newest(&store), Ok)?;
        let stored = store.session(id)?;
        out.warnings(&stored.warnings);
        let mut session = stored.value;
        if session.status == Status::Running {
            return Err(
                Error::invalid(format!("session {id} runs")).hint("annotate it once it has ended")
            );
        }
        self.write_over(&mut session.notes);
        session.status = Status::Annotated;
        let repo = Repo {
            branch: git::branch(store.root(), &context.env),
            changed: git::changed(store.root(), &context.env),
            ..Repo::default()
        };
        out.warnings(&store.annotate_session(&session, &repo, context.now)?);
        let Notes { summary, decisions, todos_pending, todos_done } =
            store.session(id)?.value.notes;
        out.success(&format!("annotated session {id}"));
        Ok(Answer::ok(json!({
            "session_id": id.to_string(),
            "updates": {
                "summary": summary,
                "decisions": decisions,
                "todos_pending": todos_pending,
                "todos_done": todos_done,
            },
        })))
    }

    fn check(&self) -> Result<()> {
        let summary = self.summary.as_deref().unwrap_or_default();
        let lists = [&self.decision, &self.todo, &self.done];
        if summary.trim().is_empty() && lists.iter().all(|list| list.is_empty()) {
            return Err(Error::invalid("there is nothing to write")
                .hint("give at least one of `--summary`, `--decision`, `--todo`, `--done`"));
        }
        let mut texts = lists.into_iter().flatten().map(String::as_str).chain([summary]);
        if texts.any(|text| text.contains('\0')) {
            return Err(Error::invalid("the text contains a NUL byte"));
        }
        Ok(())
    }

    fn write_over(self, notes: &mut Notes) {
        notes.summary = self.summary.unwrap_or_else(|| std::mem::take(&mut notes.summary));
        let lists = [
            (self.decision, &mut notes.decisions),
            (self.todo, &mut notes.todos_pending),
            (self.done, &mut notes.todos_done),
        ];
        for (given, list) in lists {
            if !given.is_empty() {
                *list = given;
            }
        }
    }
}
