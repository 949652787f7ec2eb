//! `loghop verify`: whether the project is what loghop wrote.

use serde_json::{Value, json};

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::cli::words::count;
use crate::error::Result;
use crate::store::{Finding, INTEGRITY_KEY, Store, Verdict, Verification};

/// Check that nothing was changed behind loghop's back
///
/// Every session, handoff, topic, transcript, recording and event is compared with the chain that
/// loghop keeps under a key in your home folder. The exit code is 1 when something is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop verify --json")]
pub(crate) struct Args {}

impl Args {
    /// Checks the project and names what is wrong with it.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let Self {} = self;
        let store = context.project(out)?;
        let found = store.verify()?;
        for finding in &found.findings {
            out.warning(&told(finding));
        }
        let verdict = found.verdict();
        let counts = format!("{} and {}", count(found.files, "file"), count(found.events, "event"));
        let older = match found.older {
            0 => String::new(),
            n => format!(", {n} of them older than the chain"),
        };
        if verdict.is_fine() {
            out.success(&format!("{counts}{older}: nothing was changed"));
        } else {
            let findings = count(found.findings.len(), "finding");
            out.info(&format!("{counts}{older}: {findings}"));
            let is_about = |path| found.findings.iter().any(|finding| finding.path == path);
            hint(verdict, is_about(INTEGRITY_KEY), &store, out);
        }
        Ok(Answer::with_code(u8::from(!verdict.is_fine()), json(&found)))
    }
}

fn told(finding: &Finding) -> String {
    let mut text = format!("`{}`", finding.path);
    if !finding.part.is_empty() {
        text = format!("{text}, {}", finding.part);
    }
    text = format!("{text}: {}", finding.verdict.told());
    if !finding.detail.is_empty() {
        text = format!("{text} ({})", finding.detail);
    }
    text
}

/// What to do about it.
fn hint(verdict: Verdict, is_unsigned: bool, store: &Store, out: &mut Printer) {
    match verdict {
        Verdict::ChangedOutside => {
            out.hint("if that was loghop 0.2.1, `loghop migrate` takes it in");
        }
        Verdict::NoKey if is_unsigned => {
            out.hint("put the old `integrity.key` back from a backup of the project");
        }
        Verdict::NoKey => {
            let id = store.project_id().unwrap_or_default();
            out.hint(&format!(
                "it was written on another machine, or with another home folder: there lies its \
                 key, `~/.loghop/keys/{id}`; copy it here to check what was written there"
            ));
            out.hint("or go on: the next run begins a chain of this machine's own");
        }
        _ => out.hint("`loghop backup restore` brings back what a backup holds"),
    }
}

fn json(found: &Verification) -> Value {
    let findings: Vec<Value> = found.findings.iter().map(one).collect();
    json!({
        "verdict": found.verdict().as_str(),
        "verdict_text": found.verdict().told(),
        "files": found.files,
        "events_checked": found.events,
        "older": found.older,
        "findings": findings,
    })
}

fn one(finding: &Finding) -> Value {
    json!({
        "verdict": finding.verdict.as_str(),
        "verdict_text": finding.verdict.told(),
        "path": finding.path,
        "part": finding.part,
        "detail": finding.detail,
    })
}
