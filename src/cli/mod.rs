//! The entry to the scripted assistants; the other commands stand beside it.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use crate::env::Env;
use crate::error::{AtPath, Result};

/// Runs the program.
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    match play(&args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // With stderr gone there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// `play NAME ARGS…`: this process becomes a scripted assistant.
fn play(args: &[OsString]) -> Result<u8> {
    let words: Vec<String> = args.iter().map(|a| a.to_string_lossy().into_owned()).collect();
    let [command, name, rest @ ..] = words.as_slice() else { return Ok(2) };
    if command != "play" {
        return Ok(2);
    }
    let cwd = std::env::current_dir().at(std::path::Path::new("."))?;
    crate::demo::play(name, rest, &Env::from_process(), &cwd)
}
