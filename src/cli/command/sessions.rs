//! `loghop sessions`: what was done, session by session.

mod annotate;
mod delete;
mod export;

use clap::Subcommand;
use serde_json::{Value, json};

use super::id_value;
use super::launch::{provider_value, require_known};
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::cli::words::{self, STATUS_WIDTH};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::model::{ProviderName, Session, SessionId};
use crate::run;
use crate::store::Store;

/// How to get a first one.
const FIRST: &str = "run `loghop run` to start one";

/// Decisions, to-dos and files shown of one session with `--expand`; `show` has all of them.
const ITEMS_SHOWN: usize = 5;

/// List sessions, show or annotate one, or finish those that were killed
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  loghop sessions\n  loghop sessions show S-003\n  loghop sessions show --latest"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List sessions by day, newest first
    #[command(after_help = "Example:\n  loghop sessions list --provider codex --expand")]
    List(List),
    /// Show a session's document
    #[command(after_help = "Example:\n  loghop sessions show S-003")]
    Show(Show),
    /// Print what was said in a session, and who witnessed it
    #[command(after_help = "Example:\n  loghop sessions export S-003 --format md > S-003.md")]
    Export(export::Args),
    /// Write down what a session was about
    #[command(
        after_help = "Example:\n  loghop sessions annotate S-003 --summary \"login works\" --todo \"test it\""
    )]
    Annotate(annotate::Annotate),
    /// Finish sessions that their runs left unfinished, from what is on disk
    #[command(after_help = "Example:\n  loghop sessions reconcile")]
    Reconcile(Reconcile),
    /// Delete a session with its transcript, recording and events
    #[command(after_help = "Example:\n  loghop sessions delete S-003")]
    Delete(delete::Delete),
}

#[derive(Debug, clap::Args)]
struct Reconcile {
    /// Only this one, such as S-003
    #[arg(value_parser = id_value::<SessionId>, add = candidates::sessions())]
    id: Option<SessionId>,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only this assistant's
    #[arg(long, value_parser = provider_value(), add = candidates::providers())]
    provider: Option<ProviderName>,
    /// With summary, decisions, to-dos and files
    #[arg(long)]
    expand: bool,
}

#[derive(Debug, clap::Args)]
#[command(override_usage = "loghop sessions show <ID>\n       loghop sessions show --latest")]
struct Show {
    /// Which session, such as S-003
    #[arg(required_unless_present = "latest", conflicts_with = "latest", value_parser = id_value::<SessionId>, add = candidates::sessions())]
    id: Option<SessionId>,
    /// The newest one
    #[arg(long)]
    latest: bool,
    /// With everything that was said, and who witnessed it
    #[arg(long)]
    transcript: bool,
}

impl Args {
    /// Lists, shows or finishes sessions.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        match self.verb {
            None => self.list.run(context, out),
            Some(Verb::List(list)) => list.run(context, out),
            Some(Verb::Show(show)) => show.run(context, out),
            Some(Verb::Annotate(annotate)) => annotate.run(context, out),
            Some(Verb::Delete(delete)) => delete.run(context, out),
            Some(Verb::Export(export)) => export.run(context, out),
            Some(Verb::Reconcile(reconcile)) => reconcile.run(context, out),
        }
    }
}

impl List {
    fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        // In a large project one session after the other is shown, and none is kept.
        let (mut day, mut count, mut told) = (String::new(), 0, Vec::new());
        let warnings = store.each_session(|session| {
            if self.provider.as_ref().is_some_and(|name| *name != session.provider) {
                return;
            }
            count += 1;
            self.show(&session, &mut day, out);
            if out.look().json {
                told.push(json::session(&session));
            }
        })?;
        out.warnings(&warnings);
        if count == 0 {
            require_known(self.provider.as_ref(), &context.env)?;
            out.info("no sessions yet");
            out.hint(FIRST);
        }
        Ok(Answer::ok(json!({"sessions": told})))
    }

    /// One session, below its day.
    fn show(&self, session: &Session, day: &mut String, out: &mut Printer) {
        let date = session.started.map_or_else(|| "unknown".to_owned(), Timestamp::date);
        if *day != date {
            out.heading(&date);
            *day = date;
        }
        out.line(&one_line(session));
        if self.expand {
            for line in details(session) {
                out.line(&line);
            }
        }
    }
}

/// Lists all sessions with what they left.
pub(super) fn list_all(context: &Context, out: &mut Printer) -> Result<Answer> {
    List { provider: None, expand: true }.run(context, out)
}

fn one_line(session: &Session) -> String {
    let goal = if session.goal.is_empty() { "-" } else { &session.goal };
    let (id, provider) = (session.id, session.provider.as_str());
    let status = words::status(&json::status(session));
    format!("  {id}  {provider:<6}  {status:<STATUS_WIDTH$}  {goal}")
}

fn details(session: &Session) -> Vec<String> {
    let notes = &session.notes;
    let mut lines = Vec::new();
    if let Some(first) = notes.summary.trim().lines().next() {
        lines.push(format!("    {first}"));
    }
    for (word, items) in [("decided", &notes.decisions), ("to do", &notes.todos_pending)] {
        lines.extend(items.iter().take(ITEMS_SHOWN).map(|item| format!("    {word}: {item}")));
        if let Some(more) = items.len().checked_sub(ITEMS_SHOWN).filter(|more| *more > 0) {
            lines.push(format!("    {word}: and {more} more"));
        }
    }
    if !session.files_changed.is_empty() {
        let files: Vec<&str> =
            session.files_changed.iter().take(ITEMS_SHOWN).map(String::as_str).collect();
        lines.push(format!("    files: {}", files.join(", ")));
    }
    lines
}

impl Show {
    fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let id = self.id.map_or_else(|| newest(&store), Ok)?;
        let stored = store.session(id)?;
        out.warnings(&stored.warnings);
        out.line(stored.text.trim_end());
        let mut result = json::session(&stored.value);
        result["markdown"] = stored.text.into();
        if self.transcript {
            let turns = export::turns(&store, id)?;
            out.line("\n## Transcript\n");
            out.line(export::markdown(&turns).trim_end());
            result["transcript"] = turns.into();
        }
        Ok(Answer::ok(result))
    }
}

/// The session that was started last.
pub(super) fn newest(store: &Store) -> Result<SessionId> {
    let newest = store.newest_session()?;
    newest.ok_or_else(|| Error::invalid("no sessions found").hint(FIRST))
}

impl Reconcile {
    /// Finishes sessions that their runs left unfinished, and says which.
    fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.require_store()?;
        out.warnings(store.warnings());
        let mut watch = |id, doing| out.finishing(id, doing);
        let mut recovered = run::recover(&store, &context.env, context.now, &mut watch)?;
        recovered.sessions.retain(|session| self.id.is_none_or(|id| id == session.id));
        out.warnings(&recovered.warnings);
        if let (Some(id), true) = (self.id, recovered.sessions.is_empty()) {
            let status = words::status(&json::status(&store.session(id)?.value));
            out.info(&format!("{id} is {status}; nothing to reconcile"));
        } else if recovered.sessions.is_empty() {
            out.info("no running sessions to reconcile");
        }
        for session in &recovered.sessions {
            match session.turns_captured {
                0 => out.warning(&format!("{}: nothing was found; marked interrupted", session.id)),
                turns => out.success(&format!("{}: recovered {turns} turns", session.id)),
            }
            if let Some(witnesses) = &session.witnesses {
                out.info(&format!("{}: {witnesses}", session.id));
            }
        }
        let reports: Vec<Value> = recovered.sessions.iter().map(report).collect();
        Ok(Answer::ok(json!({"reconciled": reports})))
    }
}

fn report(session: &Session) -> Value {
    json!({
        "id": session.id.to_string(),
        "provider": session.provider.as_str(),
        "status": json::status(session),
        "turns_captured": session.turns_captured,
    })
}
