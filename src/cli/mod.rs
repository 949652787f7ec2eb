//! What a person starts: reads the command line, runs one command, prints, and exits.
//!
//! Commands decide nothing about streams or codes: they show things through the [`Printer`] and hand
//! back an answer or an [`Error`]; only this file turns those into an exit code.

mod answer;
mod args;
mod candidates;
mod command;
mod context;
mod global;
mod json;
mod paint;
mod printer;
mod stdin;
mod words;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

pub use context::Context;
pub use printer::{Look, Printer};

use answer::Answer;
use args::{Cli, Parsed};
use global::Global;

use crate::env::Env;
use crate::error::{Error, Kind, Result};

/// Runs the program.
pub fn main() -> ExitCode {
    let argv: Vec<OsString> = std::env::args_os().collect();
    if args::complete(&argv) {
        return ExitCode::SUCCESS;
    }
    let env = Env::from_process();
    let globals = Global::guess(&argv);
    let (look, work) = match args::parse(argv) {
        Ok(Parsed::Cli(cli)) => (Look::choose(&cli.global, &env), Ok(Work::Command(cli))),
        Ok(Parsed::Help(text)) => (Look::choose(&globals, &env), Ok(Work::Help(text))),
        Err(error) => (Look::choose(&globals, &env), Err(error)),
    };
    let mut out = Printer::new(look);
    let answer = work.and_then(|work| guarded(|| work.run(&mut out)));
    end(answer, &mut out, &env)
}

/// What there is to do.
enum Work {
    Command(Box<Cli>),
    Help(clap::builder::StyledStr),
}

impl Work {
    fn run(self, out: &mut Printer) -> Result<Answer> {
        match self {
            Self::Help(text) => Ok(command::help(&text, out)),
            Self::Command(cli) if cli.global.version => Ok(command::version(out)),
            Self::Command(cli) => {
                let context = Context::from_process()?;
                match cli.command {
                    Some(command) => command.run(&context, out),
                    None => command::dashboard::run(&context, out),
                }
            }
        }
    }
}

/// Turns a panic into an error, so that scripts get their code and their envelope even then. What
/// went wrong stands on stderr already.
fn guarded(work: impl FnOnce() -> Result<Answer>) -> Result<Answer> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::new(Kind::Unexpected, "loghop itself failed")
            .hint("please report what stands above"))
    })
}

/// The one place where an answer becomes an exit code.
fn end(answer: Result<Answer>, out: &mut Printer, env: &Env) -> ExitCode {
    let (code, result) = match answer {
        Ok(answer) => (answer.code, answer.result),
        Err(error) => {
            out.error(&error);
            (error.kind.exit_code(), json::failure(&error))
        }
    };
    if let Ok(context) = Context::from_process() {
        context.log(&out.take_log());
    }
    out.finish(code, result, &env.home().display().to_string());
    if let Some(error) = out.unwritten() {
        let why = Error::from(error).message;
        let error = Error::new(Kind::Io, format!("the output is not complete: {why}"));
        out.error(&error);
        return ExitCode::from(error.kind.exit_code());
    }
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_has_a_code_too() {
        let error = guarded(|| panic!("expected by this test")).unwrap_err();
        assert_eq!((error.kind, error.kind.exit_code()), (Kind::Unexpected, 1));
    }
}
