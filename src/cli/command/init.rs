//! `loghop init`: makes a Git repository a loghop project.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{available, folder_name};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::Result;
use crate::git;
use crate::provider::Provider;
use crate::store::Store;

/// Make this Git repository a loghop project
///
/// Writes `.loghop/` (private to you) and `loghop.md`, and names both in `.gitignore`. Running it
/// again changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cd my-repo && loghop init")]
pub(crate) struct Args {
    /// Ask nothing
    #[arg(long)]
    no_prompt: bool,
    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    /// Makes the project, or says that it is there.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        context.require_home()?;
        let root = repository(context)?;
        let exists = Store::find(&root, &context.home()).is_some();
        let store = if self.dry_run { None } else { Some(make(&root, context)?) };
        out.section(
            "loghop init",
            &[
                ("root", context.shown(&root)),
                ("config", ".loghop/config.toml".to_owned()),
                ("memory", "loghop.md".to_owned()),
            ],
        );
        if let Some(store) = store {
            out.success(if exists { "the project was there already" } else { "made the project" });
            out.warnings(store.warnings());
            next_steps(context, out);
        } else {
            out.info(if exists {
                "the project is there already"
            } else {
                "would make the project"
            });
        }
        Ok(Answer::ok(json!({
            "root": root.display().to_string(),
            "config": ".loghop/config.toml",
            "memory": "loghop.md",
        })))
    }
}

/// Makes the project at the top of the repository.
pub(super) fn make(root: &Path, context: &Context) -> Result<Store> {
    Store::init(root, &context.home(), &folder_name(root), context.now)
}

/// The top folder of the repository that loghop was started in.
fn repository(context: &Context) -> Result<PathBuf> {
    git::root(&context.cwd, &context.env)
        .ok_or_else(|| git::NoRoot::ask(&context.cwd, &context.env).told())
}

fn next_steps(context: &Context, out: &mut Printer) {
    let installed: Vec<&str> = available(&context.env).map(Provider::as_str).collect();
    if installed.is_empty() {
        out.warning("neither `claude` nor `codex` is on PATH");
        out.hint("run `loghop demo` to see loghop work without one");
    } else {
        out.info(&format!("assistants on PATH: {}", installed.join(", ")));
        out.hint("run `loghop goal \"your goal\"`, then `loghop run`");
    }
}
