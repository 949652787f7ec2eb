//! `loghop providers`: which assistants are here.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::Result;
use crate::provider::{self, Home, Provider, SignIn};

/// Show which assistants are here
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop providers")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The same as without a verb
    List,
}
