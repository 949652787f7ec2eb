//! `loghop redact`: a filter that takes secrets out of a stream, or tells where they are.

use std::io::{self, ErrorKind, IsTerminal, Read};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::cli::words::count;
use crate::disk::outside;
use crate::error::{Error, Result};
use crate::redact::{Finding, Redactor};
use crate::store::redactor_without_project;

/// Bytes read at once: a pipe's whole buffer on Linux, so that a fast writer is not slowed down.
const CHUNK_BYTES: usize = 64 * 1024;

/// The name of standard input among files.
const STDIN: &str = "-";

/// The most findings that `--json` lists; the rest is counted. So many are a mistake or an attack,
/// and the answer has to fit into memory.
const FINDINGS_MAX: usize = 10_000;

/// Take the secrets out of files or of standard input
///
/// Each secret becomes a tag that names its kind; the same secret gets the same tag. Inside a
/// project its own rules apply too. Memory stays bounded whatever the length. `--check` and `--json`
/// tell where secrets are instead, never what they are.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  kubectl logs web | loghop redact > logs.txt\n  loghop redact --check .env notes.md"
)]
pub(crate) struct Args {
    /// Files to read, one after the other, instead of standard input (`-`)
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Tell where secrets are; the exit code is 1 when there are any
    #[arg(long)]
    check: bool,
}

impl Args {
    /// Filters, or reports, until the input ends or nobody reads any more.
    pub(crate) fn run(mut self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let redactor = redactor(context, out)?;
        if self.files.is_empty() {
            self.files.push(STDIN.into());
        }
        if self.check || out.look().json {
            return self.report(&redactor, context, out);
        }
        for file in &self.files {
            let mut stream = redactor.stream();
            read(file, context, out, |bytes, out| out.bytes(stream.feed(bytes).as_bytes()))?;
            until_unread(out.bytes(stream.finish().as_bytes()))?;
        }
        Ok(Answer::ok(json!({})))
    }

    fn report(&self, redactor: &Redactor, context: &Context, out: &mut Printer) -> Result<Answer> {
        let mut told = Told::default();
        for file in &self.files {
            let mut report = redactor.report();
            let name = (!is_stdin(file)).then(|| file.display().to_string());
            read(file, context, out, |bytes, out| {
                told.tell(name.as_deref(), report.feed(bytes), out);
                Ok(())
            })?;
            told.tell(name.as_deref(), report.finish(), out);
        }
        if self.check && told.count > 0 {
            out.warning(&format!("{} found", count(told.count, "secret")));
        }
        let code = u8::from(self.check && told.count > 0);
        Ok(Answer::with_code(code, json!({"findings": told.listed, "count": told.count})))
    }
}

/// What was found so far.
#[derive(Default)]
struct Told {
    count: usize,
    listed: Vec<Value>,
}

impl Told {
    /// Tells of findings: a line for people at once, an object for `--json`.
    fn tell(&mut self, file: Option<&str>, mut found: Vec<Finding>, out: &mut Printer) {
        self.count += found.len();
        found.sort_unstable();
        for Finding { line, column, kind, is_checked } in found {
            if !out.look().json {
                out.line(&format!("{}:{line}:{column}: {kind}", file.unwrap_or("stdin")));
            } else if self.listed.len() < FINDINGS_MAX {
                let mut finding =
                    json!({"file": file, "line": line, "column": column, "kind": kind});
                if is_checked {
                    finding["checksum"] = "valid".into();
                }
                self.listed.push(finding);
            }
        }
    }
}

/// Whether somebody still reads what was written. A reader that went away has seen what it wanted.
fn until_unread(written: io::Result<()>) -> Result<bool> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new(STDIN)
}

/// Reads a file or standard input and hands it on, a chunk at a time.
fn read(
    file: &Path,
    context: &Context,
    out: &mut Printer,
    mut sink: impl FnMut(&[u8], &mut Printer) -> io::Result<()>,
) -> Result<()> {
    let mut source: Box<dyn Read> = if is_stdin(file) {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            out.info("reading from the terminal; Ctrl+D ends it");
        }
        Box::new(stdin.lock())
    } else {
        let path = context.cwd.join(file);
        let missing = Error::invalid("no such file").at(&path);
        let hint = "name a file, or none to read standard input";
        let reader = outside::open(&path).and_then(|file| file.ok_or(missing));
        let reader = reader.map_err(|error| error.hint(hint))?;
        Box::new(reader)
    };
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match source.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(n) if until_unread(sink(&chunk[..n], out))? => {}
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The project's redactor, or one for whoever is in no project.
fn redactor(context: &Context, out: &mut Printer) -> Result<Redactor> {
    // A filter works without a home, too: then no project can be told from it.
    let store = if context.require_home().is_ok() { context.store()? } else { None };
    if let Some(store) = store {
        out.warnings(store.warnings());
        return Ok(store.redactor().clone());
    }
    let (redactor, warnings) = redactor_without_project(&context.home(), &context.env)?;
    out.warnings(&warnings);
    Ok(redactor)
}
