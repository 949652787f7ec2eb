//! The commands: one file per verb, each with its arguments, its help and what it does.

pub(super) mod backup;
pub(super) mod completion;
pub(super) mod dashboard;
pub(super) mod demo;
pub(super) mod goal;
pub(super) mod handoff;
pub(super) mod init;
mod launch;
pub(super) mod migrate;
pub(super) mod play;
pub(super) mod projects;
pub(super) mod providers;
pub(super) mod redact;
pub(super) mod resume;
pub(super) mod run;
pub(super) mod scrub;
pub(super) mod sessions;
pub(super) mod status;
pub(super) mod switch;
pub(super) mod timeline;
pub(super) mod topics;
pub(super) mod verify;

use std::path::Path;
use std::str::FromStr;

use clap::builder::StyledStr;
use serde_json::json;

use super::answer::Answer;
use super::printer::Printer;
use crate::env::Env;
use crate::error::Error;
use crate::provider::{self, Provider};

/// Shows help that was asked for.
pub(super) fn help(text: &StyledStr, out: &mut Printer) -> Answer {
    let plain = text.to_string();
    if out.look().colour_out {
        out.styled(&text.ansi().to_string());
    } else {
        out.line(plain.trim_end());
    }
    Answer::ok(json!({"help": plain}))
}

/// Shows the version.
pub(super) fn version(out: &mut Printer) -> Answer {
    let version = env!("CARGO_PKG_VERSION");
    out.line(&format!("loghop {version}"));
    Answer::ok(json!({"version": version}))
}

/// Reads an id, and says what ids look like when it is none.
fn id_value<T: FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: Error| match error.hints.first() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}

/// The assistants whose programs are there, in the order in which a default is chosen.
pub(super) fn available(env: &Env) -> impl Iterator<Item = Provider> {
    provider::installed(env).into_iter().map(|found| found.provider)
}

/// The name of a project's folder.
fn folder_name(root: &Path) -> String {
    root.file_name().map_or_else(|| "/".to_owned(), |name| name.to_string_lossy().into_owned())
}
