//! What the shell offers behind a command: the ids and names that there are, asked for while somebody
//! types. Nothing is told and nothing is finished here; where something fails, nothing is offered.

use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use super::context::Context;
use crate::error::Result;
use crate::provider;
use crate::store::Store;

/// The variable by which a shell asks; its value is the shell's name.
pub(super) const VARIABLE: &str = "LOGHOP_COMPLETE";
/// Letters of what stands beside a candidate: what a shell shows in one row.
const HELP_MAX: usize = 60;

/// The sessions of the project, newest first.
pub(super) fn sessions() -> ArgValueCandidates {
    of_project(|store| {
        let sessions = store.sessions()?.items;
        Ok(sessions.iter().map(|s| candidate(s.id.to_string(), &s.goal)).collect())
    })
}

/// Its handoffs, newest first.
pub(super) fn handoffs() -> ArgValueCandidates {
    of_project(|store| {
        let handoffs = store.handoffs()?.items;
        Ok(handoffs.iter().map(|h| candidate(h.id.to_string(), &h.goal)).collect())
    })
}

/// Its topics, newest first.
pub(super) fn topics() -> ArgValueCandidates {
    of_project(|store| {
        let topics = store.topics()?.items;
        Ok(topics.iter().map(|t| candidate(t.id.to_string(), &t.title)).collect())
    })
}

/// The projects of the user.
pub(super) fn projects() -> ArgValueCandidates {
    of_user(|context| {
        let projects = Store::projects(&context.home())?;
        Ok(projects.iter().map(|p| candidate(p.row.name.clone(), &p.row.path)).collect())
    })
}

/// The assistants that are here.
pub(super) fn providers() -> ArgValueCandidates {
    of_user(|context| {
        let installed = provider::installed(&context.env).into_iter().map(|found| found.provider);
        Ok(installed.map(|p| candidate(p.as_str().to_owned(), p.title())).collect())
    })
}

fn of_project(list: fn(&Store) -> Result<Vec<CompletionCandidate>>) -> ArgValueCandidates {
    of_user(move |context| context.require_store().and_then(|store| list(&store)))
}

fn of_user(
    list: impl Fn(&Context) -> Result<Vec<CompletionCandidate>> + Send + Sync + 'static,
) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        Context::from_process().and_then(|context| list(&context)).unwrap_or_default()
    })
}

/// One of them, in the order in which they come.
fn candidate(value: String, about: &str) -> CompletionCandidate {
    let about: String = about.chars().filter(|c| !c.is_control()).take(HELP_MAX).collect();
    let help = (!about.is_empty()).then(|| about.into());
    CompletionCandidate::new(value).help(help)
}
