//! `loghop backup`: the project as one archive, and back.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::{Error, Kind, Result};
use crate::git;
use crate::store::Store;

/// Exit code of a restore that the person did not agree to, as in 0.2.1.
const CANCELLED: u8 = 2;

/// Pack the project into an archive, or put one back
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  loghop backup create\n  loghop backup restore .loghop/backups/loghop-backup-20261120T213958Z.tar.gz"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Pack `.loghop/` and `loghop.md` into an archive that only you can read
    #[command(after_help = "Example:\n  loghop backup create --output ~/demo.tar.gz")]
    Create {
        /// Where to, instead of `.loghop/backups/`
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Put the project back as an archive has it; what is there now is packed first
    #[command(after_help = "Example:\n  loghop backup restore ~/demo.tar.gz")]
    Restore {
        /// The archive
        archive: PathBuf,
        /// Ask nothing
        #[arg(short = 'y', long)]
        yes: bool,
    },
}

impl Args {
    /// Makes a backup or puts one back.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        match self.verb {
            Verb::Create { output } => create(output, context, out),
            Verb::Restore { archive, yes } => restore(&archive, yes, context, out),
        }
    }
}

fn create(output: Option<PathBuf>, context: &Context, out: &mut Printer) -> Result<Answer> {
    let store = context.project(out)?;
    let output = output.map(|path| context.cwd.join(path));
    let backup = store.back_up(output.as_deref(), context.now)?;
    out.success(&format!("wrote {} ({} files)", context.shown(&backup.path), backup.files));
    let archive = backup.path.display().to_string();
    Ok(Answer::ok(json!({"archive": archive, "files": backup.files})))
}

fn restore(
    archive: &std::path::Path,
    yes: bool,
    context: &Context,
    out: &mut Printer,
) -> Result<Answer> {
    context.require_home()?;
    let root = Store::find(&context.cwd, &context.home())
        .or_else(|| git::root(&context.cwd, &context.env))
        .ok_or_else(|| match git::NoRoot::ask(&context.cwd, &context.env) {
            git::NoRoot::Refused(why) => why,
            _ => Error::new(Kind::NotGitRepo, "loghop needs a Git repository")
                .hint("change to the repository that the backup is of"),
        })?;
    let archive = context.cwd.join(archive);
    Store::require_archive(&archive)?;
    let shown = context.shown(&archive);
    let question = format!("put the project back as {shown} has it?");
    if !yes && !out.confirm_loss(&question)? {
        out.info("nothing was restored");
        out.hint("`-y` restores without asking");
        let result = json!({"restored": false, "cancelled": true});
        return Ok(Answer::with_code(CANCELLED, result));
    }
    let restored = Store::restore(&root, &context.home(), &archive, context.now)?;
    out.warnings(restored.store.warnings());
    out.success(&format!("restored {} files from {shown}", restored.files));
    if let Some(before) = &restored.before {
        out.info(&format!("what was there before is in {}", context.shown(before)));
    }
    Ok(Answer::ok(json!({
        "restored": true,
        "archive": archive.display().to_string(),
        "files": restored.files,
        "before": restored.before.map(|path| path.display().to_string()),
    })))
}
