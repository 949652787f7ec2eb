//! `loghop migrate`: a project of an older version, brought up to date.

use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::cli::words::count;
use crate::error::Result;

/// The version of the layout that a migration ends with.
const TARGET: u32 = 1;

/// Bring a project of an older version up to date
///
/// Adds what older versions did not write, and takes what loghop 0.2.1 wrote meanwhile into the
/// chain that `loghop verify` checks. A backup of the project is made first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop migrate --dry-run")]
pub(crate) struct Args {
    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    /// Migrates the project, or says what there is to do.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let done =
            if self.dry_run { store.pending_migration()? } else { store.migrate(context.now)? };
        let changed = done.is_needed();
        match (changed, self.dry_run) {
            (false, _) => out.info("no migrations needed"),
            (true, true) => out.success("migrations pending"),
            (true, false) => out.success("migrations applied"),
        }
        if done.config {
            out.info("settings: the version, and how long a handoff's patch may be");
        }
        if done.events > 0 {
            out.info(&format!("timeline: the form's version, in {}", count(done.events, "event")));
        }
        if done.outside > 0 {
            out.info(&format!("chain: {} of 0.2.1", count(done.outside, "record")));
        }
        if let Some(backup) = &done.backup {
            out.info(&format!("what was there before is in {}", context.shown(backup)));
        }
        Ok(Answer::ok(json!({
            "changed": changed,
            "dry_run": self.dry_run,
            "config_changed": done.config,
            "timeline_changed": done.events > 0,
            "chain_changed": done.outside > 0,
            "target_version": TARGET,
            "backup": done.backup.map(|path| path.display().to_string()),
        })))
    }
}
