//! The commands as a person or a script meets them: the real binary, its whole output, its codes.

mod bad_input;
mod form;
mod new_project;
mod older_project;
mod redact;
mod runs;
mod scrub;
mod upkeep;
mod verify;

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::sandbox::{LOGHOP, Sandbox};

/// What a command said.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

/// A home and a repository with Git and two silent assistants, and nothing else on PATH.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::bare();
    let path = std::env::var("PATH").unwrap();
    let git = std::env::split_paths(&path).map(|dir| dir.join("git")).find(|git| git.exists());
    sandbox.install("git", &git.unwrap());
    for (name, version) in [("claude", "2.1.197 (Claude Code)"), ("codex", "codex-cli 0.169.0")] {
        let program = sandbox.bin().join(name);
        std::fs::write(&program, format!("#!/bin/sh\necho '{version}'\n")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
    }
    sandbox.set("PATH", sandbox.bin().display().to_string());
    sandbox
}

/// The same with a project in it.
fn project() -> Sandbox {
    let sandbox = sandbox();
    assert_eq!(run(&sandbox, &["init", "--no-prompt"]).code, 0);
    sandbox
}

fn command(sandbox: &Sandbox, args: &[&str]) -> Command {
    let launch = sandbox.launch(LOGHOP, args);
    let mut command = Command::new(LOGHOP);
    command.args(args).current_dir(launch.cwd).env_clear().envs(launch.env);
    command.stdin(Stdio::null());
    command
}

fn said(mut command: Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(sandbox: &Sandbox, args: &[&str]) -> Said {
    said(command(sandbox, args))
}

fn run_in(sandbox: &Sandbox, dir: &Path, args: &[&str]) -> Said {
    let mut command = command(sandbox, args);
    command.current_dir(dir);
    said(command)
}

/// The envelope that a command prints, and nothing but that.
fn envelope(sandbox: &Sandbox, args: &[&str]) -> Value {
    let args = [args, &["--json"]].concat();
    let said = run(sandbox, &args);
    assert_eq!(said.err, "", "{args:?}");
    let all: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(all["code"], said.code, "{args:?}");
    assert_eq!(all["ok"], said.code == 0, "{args:?}");
    all
}

/// What 0.2.1 answered.
fn reference(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cli/0.2.1").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every key of `known` is in `ours`, at every level; new keys may stand beside them.
fn assert_has_keys(ours: &Value, known: &Value, at: &str) {
    if let (Value::Object(ours), Value::Object(known)) = (ours, known) {
        for (key, value) in known {
            let own = ours.get(key).unwrap_or_else(|| panic!("{at}.{key} is missing"));
            assert_has_keys(own, value, &format!("{at}.{key}"));
        }
    }
}
