//! Bare `loghop`: where things stand, in five lines.

use serde_json::json;

use super::{available, folder_name};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::error::Result;
use crate::provider::Provider;
use crate::run;
use crate::store::Store;

/// Characters of the last session's summary: it is a reminder, `sessions show` has all of it.
const SUMMARY_SHOWN: usize = 80;

/// Shows the dashboard of the project, or how to get one.
pub(crate) fn run(context: &Context, out: &mut Printer) -> Result<Answer> {
    if context.is_in_project()? {
        return project(&context.project(out)?, context, out);
    }
    out.info("no loghop project here");
    out.hint("run `loghop init` in a Git repository, or `loghop demo` to see it work");
    Ok(Answer::ok(json!({"initialized": false})))
}

fn project(store: &Store, context: &Context, out: &mut Printer) -> Result<Answer> {
    let goal = store.redactor().redact(&store.config()?.goal).as_str().into_owned();
    let last = store.newest_session()?.map(|id| store.session(id)).transpose();
    let last = last.unwrap_or_else(|error| {
        out.warning(&error.to_string());
        None
    });
    out.warnings(last.as_ref().map_or(&[][..], |stored| &stored.warnings));
    let last = last.map(|stored| stored.value);
    let useful = store.last_useful_session()?;
    let installed: Vec<Provider> = available(&context.env).collect();
    let default = run::default_provider(useful.as_ref(), &installed).map(Provider::as_str);
    let mut rows = vec![
        ("repo", folder_name(store.root())),
        ("goal", if goal.is_empty() { "(not set)".to_owned() } else { goal.clone() }),
    ];
    match &last {
        Some(last) => {
            rows.push(("last session", format!("{} ({})", last.id, last.provider)));
            let summary = last.notes.summary.lines().next().unwrap_or("");
            if !summary.is_empty() {
                rows.push(("summary", shortened(summary)));
            }
        }
        None => rows.push(("last session", "none yet".to_owned())),
    }
    if let Some(name) = default {
        rows.push(("default provider", name.to_owned()));
    }
    out.section("loghop", &rows);
    match default {
        Some(name) => out.hint(&format!("run `loghop run` (starts {name})")),
        None => out.hint("put `claude` or `codex` on PATH to run one"),
    }
    Ok(Answer::ok(json!({
        "initialized": true,
        "repo": folder_name(store.root()),
        "goal": goal,
        "last_session": last.as_ref().map(json::session),
        "default_provider": default,
    })))
}

fn shortened(text: &str) -> String {
    let cut: String = text.chars().take(SUMMARY_SHOWN).collect();
    if cut.len() < text.len() { cut + "…" } else { cut }
}
