//! `loghop handoff`: what the next assistant is told.

use clap::Subcommand;
use serde_json::{Value, json};

use super::launch::{Launch, Task, provider_value, require_known};
use super::run::start;
use super::{available, id_value};
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::cli::words;
use crate::error::{Error, Kind, Result};
use crate::handoff::checks::Standing;
use crate::model::{Handoff, HandoffId, ProviderName};
use crate::provider::{self, Provider};
use crate::run;
use crate::run::packet::{self, Wanted};
use crate::run::verify;
use crate::store::Store;

/// How to get a first one.
const FIRST: &str =
    "`loghop run` makes one and starts from it, `loghop handoff build` only makes it";

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
    #[command(after_help = "Example:\n  loghop handoff build --provider codex")]
    Build(Task),
    /// Write the handoff and start the assistant with it
    #[command(after_help = "Example:\n  loghop handoff run --provider codex")]
    Run(Launch),
    /// List handoffs, newest first
    #[command(after_help = "Example:\n  loghop handoff list --provider codex")]
    List(List),
    /// Show a handoff
    #[command(after_help = "Example:\n  loghop handoff show --latest")]
    Show(Show),
    /// Check whether a handoff still holds
    ///
    /// Files, branch, commit and todos are compared with what is there now. A command that failed is
    /// run again only with `--run`; else it is stale as soon as the tree has changed.
    #[command(
        after_help = "Examples:\n  loghop handoff verify\n  loghop handoff verify H-003 --run"
    )]
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only those for this assistant
    #[arg(long, value_parser = provider_value(), add = candidates::providers())]
    provider: Option<ProviderName>,
}

#[derive(Debug, clap::Args)]
#[command(override_usage = "loghop handoff show <ID>\n       loghop handoff show --latest")]
struct Show {
    /// Which handoff, such as H-003
    #[arg(required_unless_present = "latest", conflicts_with = "latest", value_parser = id_value::<HandoffId>, add = candidates::handoffs())]
    id: Option<HandoffId>,
    /// The newest one
    #[arg(long)]
    latest: bool,
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// Which handoff, such as H-003 [default: the newest one]
    #[arg(value_parser = id_value::<HandoffId>, add = candidates::handoffs())]
    id: Option<HandoffId>,
    /// Run the commands that failed again; they may change files
    #[arg(long)]
    run: bool,
}

impl Args {
    /// Lists, shows, builds or starts from a handoff.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        match self.verb {
            None => start(self.launch.request(None, false)?, context, out),
            Some(Verb::Run(launch)) => start(launch.request(None, false)?, context, out),
            Some(Verb::Build(task)) => build(&task, context, out),
            Some(Verb::List(list)) => list.run(context, out),
            Some(Verb::Show(show)) => show.run(context, out),
            Some(Verb::Verify(verify)) => verify.run(context, out),
        }
    }
}

/// Writes a handoff for an assistant and starts nothing.
fn build(task: &Task, context: &Context, out: &mut Printer) -> Result<Answer> {
    let store = context.project(out)?;
    let provider = match &task.provider {
        Some(name) => provider::find(name.as_str(), &context.env)?.name(),
        None => default_provider(&store, context)?,
    };
    // What was asked says what it is about; a run goes on without a goal too.
    let is_told = || store.lookup().is_ok_and(|all| all.newest_first().any(|s| s.is_useful()));
    let goal = packet::goal(&store, task.goal()?.as_deref(), task.topic());
    let goal = goal.or_else(|| is_told().then(|| run::NO_GOAL.to_owned())).ok_or_else(|| {
        Error::invalid("a handoff needs a goal").hint("run `loghop goal \"…\"`, or pass `--goal`")
    })?;
    let wanted = Wanted {
        provider: &provider,
        goal: &goal,
        topic: task.topic(),
        detail: task.detail,
        env: &context.env,
        now: context.now,
    };
    let packet = packet::build(&store, &wanted)?;
    out.warnings(&packet.warnings);
    let goal = store.redactor().redact(&goal).as_str().into_owned();
    let id = packet.handoff.id.to_string();
    out.section(
        "handoff",
        &[
            ("id", id.clone()),
            ("provider", provider.to_string()),
            ("goal", goal.clone()),
            ("path", packet.path.clone()),
        ],
    );
    out.success(&format!("built handoff {id}"));
    let provider = provider.as_str();
    Ok(Answer::ok(json!({"id": id, "provider": provider, "goal": goal, "path": packet.path})))
}

/// The assistant that a run without a name would start.
fn default_provider(store: &Store, context: &Context) -> Result<ProviderName> {
    let installed: Vec<Provider> = available(&context.env).collect();
    let last = store.last_useful_session()?;
    run::default_provider(last.as_ref(), &installed).map(Provider::name).ok_or_else(|| {
        Error::new(Kind::MissingProviderArg, "no assistant is installed, and none was named")
            .hint("pass `--provider claude` or `--provider codex`")
    })
}

impl List {
    fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let listing = store.handoffs()?;
        out.warnings(&listing.warnings);
        let wanted =
            |handoff: &&Handoff| self.provider.as_ref().is_none_or(|p| *p == handoff.provider);
        let handoffs: Vec<&Handoff> = listing.items.iter().filter(wanted).collect();
        if handoffs.is_empty() {
            require_known(self.provider.as_ref(), &context.env)?;
            out.info("no handoffs yet");
            out.hint(FIRST);
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
        words::status(&handoff.status),
        handoff.returncode.clone().unwrap_or_default(),
        handoff.at.map(|at| at.to_string()).unwrap_or_default(),
        handoff.goal.clone(),
    ]
}

impl Show {
    fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let id = self.id.map_or_else(|| newest(&store), Ok)?;
        let stored = store.handoff(id)?;
        out.warnings(&stored.warnings);
        out.line(stored.text.trim_end());
        let mut result = json::handoff(&stored.value);
        result["markdown"] = stored.text.into();
        Ok(Answer::ok(result))
    }
}

fn newest(store: &Store) -> Result<HandoffId> {
    let newest = store.handoffs()?.items.first().map(|handoff| handoff.id);
    newest.ok_or_else(|| Error::invalid("no handoffs found").hint(FIRST))
}

impl Verify {
    fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let id = self.id.map_or_else(|| newest(&store), Ok)?;
        let stored = store.handoff(id)?;
        out.warnings(&stored.warnings);
        let verified = verify::verify(&store, &stored.value, &context.env, self.run)?;
        let lines: Vec<&str> = stored.value.body.lines().collect();
        let found: Vec<(&str, &Standing)> = verified
            .checks
            .iter()
            .map(|check| lines.get(check.line).copied().unwrap_or_default())
            .zip(&verified.standings)
            .collect();
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|(line, s)| [s.word(), s.why(), line].map(str::to_owned).to_vec())
            .collect();
        let is_broken = |(_, s): &&(&str, &Standing)| {
            matches!(s, Standing::Stale(_) | Standing::Contradicted(_))
        };
        let broken = found.iter().filter(is_broken).count();
        if rows.is_empty() {
            out.info("this handoff says nothing that can be checked");
        } else {
            out.table(&format!("handoff {id}"), &["state", "why", "line"], &rows);
        }
        let checks: Vec<Value> = found
            .iter()
            .map(|(line, s)| json!({"line": line, "state": s.word(), "why": s.why()}))
            .collect();
        let result = json!({
            "id": id.to_string(), "checks": checks, "holds": broken == 0,
            "markdown": verified.document,
        });
        if broken == 0 {
            out.success(&format!("handoff {id} holds"));
            return Ok(Answer::ok(result));
        }
        out.hint("`loghop handoff build` makes one that is true now");
        Ok(Answer { code: 1, ..Answer::ok(result) })
    }
}
