//! `loghop redact`: a filter that takes secrets out of a stream.

use std::io::{self, ErrorKind, IsTerminal, Read};

use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::error::{Error, Kind, Result};
use crate::redact::{CustomRule, Redactor};
use crate::store::GlobalConfig;

/// Bytes read at once: a pipe's whole buffer on Linux, so that a fast writer is not slowed down.
const CHUNK_BYTES: usize = 64 * 1024;

/// Copy stdin to stdout without the secrets in it
///
/// Each secret becomes a tag that names its kind; the same secret gets the same tag. Inside a
/// project its own rules apply too. Memory stays bounded whatever the length.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  kubectl logs web | loghop redact > logs.txt")]
pub(crate) struct Args {}

impl Args {
    /// Filters until stdin ends or nobody reads any more.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let Self {} = self;
        if out.look().json {
            return Err(Error::invalid("`loghop redact` is a filter and has no JSON form"));
        }
        let redactor = redactor(context, out)?;
        let stdin = io::stdin();
        if stdin.is_terminal() {
            out.info("reading from the terminal; Ctrl+D ends it");
        }
        match filter(&redactor, stdin.lock(), |bytes| out.bytes(bytes)) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            other => other?,
        }
        Ok(Answer::ok(json!({})))
    }
}

/// Feeds `source` through the redactor into `sink`, a chunk at a time.
fn filter(
    redactor: &Redactor,
    mut source: impl Read,
    mut sink: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut stream = redactor.stream();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match source.read(&mut chunk) {
            Ok(0) => return sink(stream.finish().as_bytes()),
            Ok(n) => sink(stream.feed(&chunk[..n]).as_bytes())?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The project's redactor. Outside of a project there is no key to tell the same secret again
/// tomorrow, so tags are stable within this run only.
fn redactor(context: &Context, out: &mut Printer) -> Result<Redactor> {
    // A filter works without a home, too: then no project can be told from it.
    let store = if context.require_home().is_ok() { context.store()? } else { None };
    if let Some(store) = store {
        out.warnings(store.warnings());
        return Ok(store.redactor().clone());
    }
    let (config, warnings) = GlobalConfig::load(&context.home());
    out.warnings(&warnings);
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| Error::new(Kind::Io, format!("no random key to be had: {error}")))?;
    let mut rules = Vec::new();
    for rule in &config.redaction {
        match CustomRule::compile(&rule.pattern, &rule.replacement) {
            Ok(rule) => rules.push(rule),
            Err(error) => out.warning(&error.to_string()),
        }
    }
    Ok(Redactor::new(&key, &rules))
}
