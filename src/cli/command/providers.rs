//! `loghop providers`: which assistants are here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::Result;
use crate::provider::{self, Defined, Home, Provider, SignIn};
use crate::store::GlobalConfig;
use crate::subprocess::{self, Request};

/// How long a client may take to tell its version: a cold start of Node on a busy machine.
const VERSION_WAIT: Duration = Duration::from_secs(5);

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

impl Args {
    /// Shows every assistant that loghop knows.
    #[expect(clippy::unnecessary_wraps, reason = "every command answers alike")]
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        // There is one verb only, which may be left out.
        let (None | Some(Verb::List)) = self.verb;
        let Defined { providers: own, problems } = provider::defined(&context.env);
        // Of a file that is no TOML nothing could be read; that is told in its own words.
        out.warnings(&GlobalConfig::load(&context.home()).1);
        out.warnings(&problems);
        let all = Provider::ALL.into_iter().chain(own);
        let found: Vec<Found> = all.map(|name| Found::look(name, context)).collect();
        let rows: Vec<Vec<String>> = found.iter().map(|one| one.row(context)).collect();
        let headers = ["provider", "state", "path", "version", "signed in", "transcripts"];
        out.table("providers", &headers, &rows);
        let all: Map<String, Value> =
            found.iter().map(|one| (one.provider.as_str().to_owned(), one.json())).collect();
        Ok(Answer::ok(json!({"providers": all})))
    }
}

/// What is known of an assistant on this machine.
struct Found {
    provider: Provider,
    program: Option<PathBuf>,
    version: Option<String>,
    transcripts: Option<PathBuf>,
    signed_in: SignIn,
}

impl Found {
    fn look(provider: Provider, context: &Context) -> Self {
        let program = provider::locate(provider, &context.env).ok();
        Self {
            provider,
            version: match provider {
                // Nobody knows what a person's own program does with an argument.
                Provider::Own(_) => None,
                _ => program.as_deref().and_then(|program| version(program, &context.cwd)),
            },
            program,
            transcripts: Home::of(provider, &context.env, &context.cwd).map(|h| h.transcripts()),
            signed_in: provider::sign_in(provider, &context.env, &context.cwd),
        }
    }

    fn row(&self, context: &Context) -> Vec<String> {
        let state = if self.program.is_some() { "available" } else { "missing" };
        let path = self.program.as_deref();
        vec![
            self.provider.as_str().to_owned(),
            state.to_owned(),
            path.map_or_else(|| "not installed".to_owned(), |path| context.shown(path)),
            self.version.clone().unwrap_or_else(|| "-".to_owned()),
            match self.signed_in {
                _ if self.transcripts.is_none() => "-",
                SignIn::ByKey => "by key",
                SignIn::ByAccount => "yes",
                SignIn::NotSeen => "not seen",
            }
            .to_owned(),
            match &self.transcripts {
                Some(folder) => context.shown(folder),
                None => "its screen only".to_owned(),
            },
        ]
    }

    fn json(&self) -> Value {
        json!({
            "installed": self.program.is_some(),
            "path": self.program.as_deref().map(|path| path.display().to_string()),
            "version": self.version,
            "transcripts": self.transcripts.as_ref().map(|folder| folder.display().to_string()),
            "signed_in": self.transcripts.as_ref().map(|_| self.signed_in != SignIn::NotSeen),
        })
    }
}

/// The version that a client tells: the first word that starts with a digit.
fn version(program: &Path, cwd: &Path) -> Option<String> {
    let mut request = Request::new(program, &["--version"], cwd);
    request.timeout = VERSION_WAIT;
    let output = subprocess::run(&request).ok().filter(|output| output.exit.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    text.split_whitespace().find(is_version).map(str::to_owned)
}
