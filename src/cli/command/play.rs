//! `loghop play` (hidden): this process becomes a scripted assistant, for the demo and the tests.

use std::ffi::OsString;

use serde_json::Map;

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::demo;
use crate::error::Result;

/// Play an assistant
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// Who is played, and the client's own arguments, whatever they are
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

impl Args {
    /// Plays until the script or the person ends it. The exit code is the assistant's.
    pub(crate) fn run(self, context: &Context) -> Result<Answer> {
        let words: Vec<String> =
            self.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let (name, args) = words.split_first().map_or(("", &[][..]), |(n, a)| (n.as_str(), a));
        let code = demo::play(name, args, &context.env, &context.cwd)?;
        Ok(Answer { code, result: Map::new() })
    }
}
