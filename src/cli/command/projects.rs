//! `loghop projects`: the projects of this user.

use std::path::Path;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::cli::words::{self, count};
use crate::error::Result;
use crate::model::Session;
use crate::store::{Project, Store};

/// Sessions that `show` lists: a screen.
const SESSIONS_SHOWN: usize = 20;

/// Show, forget or purge your projects
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  loghop projects\n  loghop projects show demo-app")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List all projects, the last used first
    List,
    /// Show a project and its newest sessions
    #[command(after_help = "Example:\n  loghop projects show demo-app")]
    Show {
        /// Its name, a part of it, or its path
        #[arg(add = candidates::projects())]
        project: String,
    },
    /// Forget a project; its files stay
    #[command(after_help = "Example:\n  loghop projects remove demo-app")]
    Remove(Target),
    /// Delete a project's `.loghop/` and `loghop.md`, and forget it
    #[command(after_help = "Example:\n  loghop projects purge demo-app")]
    Purge(Target),
    /// Forget projects that are gone
    #[command(alias = "prune", after_help = "Example:\n  loghop projects cleanup")]
    Cleanup,
}

#[derive(Debug, clap::Args)]
struct Target {
    /// Its name, a part of it, or its path
    #[arg(add = candidates::projects())]
    project: String,
    /// Ask nothing
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Args {
    /// Lists, shows, forgets or purges projects.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        context.require_home()?;
        if let Some(problem) = Store::registry_problem(&context.home())? {
            out.warning(&problem);
            out.hint("repair it, or remove it: projects register themselves again");
        }
        match self.verb {
            None | Some(Verb::List) => list(context, out),
            Some(Verb::Show { project }) => show(&project, context, out),
            Some(Verb::Remove(target)) => remove(&target, context, out),
            Some(Verb::Purge(target)) => purge(&target, context, out),
            Some(Verb::Cleanup) => cleanup(context, out),
        }
    }
}

fn list(context: &Context, out: &mut Printer) -> Result<Answer> {
    let mut projects = Store::projects(&context.home())?;
    projects.sort_by(|a, b| b.row.last_used.cmp(&a.row.last_used));
    if projects.is_empty() {
        out.info("no projects yet");
        out.hint("run `loghop init` in a Git repository");
    } else {
        let rows: Vec<Vec<String>> = projects.iter().map(|project| row(project, context)).collect();
        let headers = ["project", "path", "goal", "last used", "sessions", "handoffs"];
        out.table("loghop projects", &headers, &rows);
    }
    let count = projects.len();
    let projects: Vec<Value> = projects.iter().map(to_json).collect();
    Ok(Answer::ok(json!({"projects": projects, "count": count})))
}

fn row(project: &Project, context: &Context) -> Vec<String> {
    let Project { row, exists } = project;
    let missing = if *exists { "" } else { " (missing)" };
    vec![
        format!("{}{missing}", row.name),
        context.shown(Path::new(&row.path)),
        or_dash(&row.goal),
        or_dash(&row.last_used),
        row.session_count.to_string(),
        row.handoff_count.to_string(),
    ]
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

fn show(name: &str, context: &Context, out: &mut Printer) -> Result<Answer> {
    let project = Store::project_named(&context.home(), name)?;
    let row = &project.row;
    if !project.exists {
        out.warning(&format!("`{}` is registered and not there any more", row.path));
        out.hint("`loghop projects cleanup` forgets projects that are gone");
        return Ok(Answer::ok(json!({"project": to_json(&project), "missing": true})));
    }
    let store = Store::open(Path::new(&row.path), &context.home())?;
    out.warnings(store.warnings());
    let found = store.lookup()?;
    let sessions: Vec<Session> = found.newest_first().take(SESSIONS_SHOWN).collect();
    let handoffs = store.handoff_count()?;
    let rows = [
        ("name", row.name.clone()),
        ("path", context.shown(Path::new(&row.path))),
        ("goal", or_dash(&row.goal)),
        ("last used", or_dash(&row.last_used)),
        ("sessions", found.ids().count().to_string()),
        ("handoffs", handoffs.to_string()),
        ("last session", or_dash(&row.last_session)),
    ];
    out.section(&format!("project: {}", row.name), &rows);
    let table: Vec<Vec<String>> = sessions
        .iter()
        .map(|session| {
            let started = session.started.map(crate::clock::Timestamp::date);
            vec![
                session.id.to_string(),
                session.provider.as_str().to_owned(),
                words::status(&json::status(session)),
                started.unwrap_or_default(),
                session.notes.summary.clone(),
            ]
        })
        .collect();
    if !table.is_empty() {
        let headers = ["id", "provider", "status", "started", "summary"];
        out.table("recent sessions", &headers, &table);
    }
    let sessions: Vec<Value> = sessions.iter().map(json::session).collect();
    out.warnings(&found.into_warnings());
    Ok(Answer::ok(json!({
        "project": to_json(&project), "sessions": sessions, "handoffs": handoffs,
    })))
}

fn remove(target: &Target, context: &Context, out: &mut Printer) -> Result<Answer> {
    let project = Store::project_named(&context.home(), &target.project)?;
    let name = &project.row.name;
    let question = format!("forget the project {name}? its files stay");
    if !target.yes && !out.confirm_loss(&question)? {
        out.info("nothing was changed");
        out.hint("`-y` does it without asking");
        return Ok(Answer::ok(json!({"removed": null, "aborted": true})));
    }
    Store::unregister(&context.home(), std::slice::from_ref(&project.row.path))?;
    out.success(&format!("forgot the project {name}; its files stay"));
    Ok(Answer::ok(json!({"removed": to_json(&project), "purged": false})))
}

fn purge(target: &Target, context: &Context, out: &mut Printer) -> Result<Answer> {
    let project = Store::project_named(&context.home(), &target.project)?;
    let name = &project.row.name;
    let question = format!("delete everything that loghop keeps of {name}?");
    if !target.yes && !out.confirm_loss(&question)? {
        out.info("nothing was deleted");
        out.hint("`-y` does it without asking");
        return Ok(Answer::ok(json!({"purged": null, "aborted": true})));
    }
    let root = Path::new(&project.row.path);
    if project.exists {
        Store::open(root, &context.home())?.purge()?;
    }
    // The row may name the project by another path than the one that it was opened by.
    Store::purge_rest(root, &context.home())?;
    out.success(&format!("purged the project {name}"));
    Ok(Answer::ok(json!({"removed": to_json(&project), "purged": project.exists})))
}

fn cleanup(context: &Context, out: &mut Printer) -> Result<Answer> {
    let projects = Store::projects(&context.home())?.into_iter();
    let gone: Vec<String> = projects.filter(|p| !p.exists).map(|p| p.row.path).collect();
    if gone.is_empty() {
        out.info("all registered projects are there");
    } else {
        Store::unregister(&context.home(), &gone)?;
        out.success(&format!("forgot what is gone: {}", count(gone.len(), "project")));
    }
    Ok(Answer::ok(json!({"removed": gone.len()})))
}

fn to_json(project: &Project) -> Value {
    let row = &project.row;
    json!({
        "name": row.name,
        "path": row.path,
        "registered": row.registered,
        "last_used": row.last_used,
        "goal": row.goal,
        "last_session": row.last_session,
        "session_count": row.session_count,
        "handoff_count": row.handoff_count,
        "exists": project.exists,
    })
}
