//! `loghop scrub`: today's redaction applied to what is stored already.

use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::cli::words::count;
use crate::error::Result;
use crate::store::ScrubOptions;

/// Hide what today's rules know in everything that is stored
///
/// Sessions, transcripts, recordings, handoffs, topics, the timeline and the log are looked through
/// with the rules of this version and of your settings. Signatures and the chain stay valid. What
/// was hidden cannot be brought back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop scrub --dry-run")]
pub(crate) struct Args {
    /// Say which files would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Look into the backups in `.loghop/backups`, too
    #[arg(long)]
    backups: bool,
}

impl Args {
    /// Scrubs the project and names what changed.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let Self { dry_run, backups } = self;
        let store = context.project(out)?;
        let done = store.scrub(ScrubOptions { dry_run, backups }, context.now)?;
        out.warnings(&done.warnings);
        for path in &done.changed {
            out.line(path);
        }
        match (done.changed.len(), dry_run) {
            (0, _) => out.success(&format!("nothing to hide in {} files", done.files)),
            (n, true) => out.info(&format!("{n} of {} files would change", done.files)),
            (n, false) => out.success(&format!("scrubbed {n} of {} files", done.files)),
        }
        if done.backups_left > 0 {
            let text = format!("not looked into: {}", count(done.backups_left, "backup"));
            out.info(&text);
            out.hint("`--backups` looks into those in `.loghop/backups`");
        }
        Ok(Answer::ok(json!({
            "dry_run": dry_run,
            "changed": done.changed,
            "files": done.files,
            "backups_left": done.backups_left,
            "warnings": done.warnings,
        })))
    }
}
