//! `loghop completion`: what a shell needs to complete loghop's command line.

use clap::ValueEnum;
use clap_complete::env::Shells;
use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::candidates::VARIABLE;
use crate::cli::printer::Printer;
use crate::error::{Error, Kind, Result};

/// Print what your shell needs to complete loghop's commands
///
/// Then the Tab key completes commands and flags, and the ids of sessions, handoffs and topics, and
/// the names of projects and assistants, as they are at that moment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  echo 'source <(loghop completion bash)' >> ~/.bashrc
  echo 'source <(loghop completion zsh)' >> ~/.zshrc   # after compinit
  loghop completion fish > ~/.config/fish/completions/loghop.fish")]
pub(crate) struct Args {
    /// Which shell
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Args {
    /// Prints the script.
    pub(crate) fn run(self, out: &mut Printer) -> Result<Answer> {
        let name = match self.shell {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        };
        let unknown = || Error::new(Kind::Unexpected, format!("nothing is known of {name}"));
        let (shells, mut script) = (Shells::builtins(), Vec::new());
        let shell = shells.completer(name).ok_or_else(unknown)?;
        shell.write_registration(VARIABLE, "loghop", "loghop", "loghop", &mut script)?;
        let script = String::from_utf8_lossy(&script).into_owned();
        out.line(script.trim());
        Ok(Answer::ok(json!({"shell": name, "script": script})))
    }
}
