//! `loghop run` in a sandbox: how it is started, what is on disk afterwards, and whether the
//! terminal is as it was.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use alacritty_terminal::term::TermMode;
use serde_json::Value;

use super::sandbox::{LOGHOP, Sandbox};
use super::terminal::{Answers, PATIENCE, Terminal};

/// Columns and rows with room for the panel at the right.
pub const WIDE: (u16, u16) = (140, 40);

/// What Claude's screen says when it can be typed to.
pub const CLAUDE_READY: &str = "? for shortcuts";

/// A sandbox with the scripted assistants, in which `loghop init` was run.
pub fn project() -> Sandbox {
    initialized(Sandbox::new())
}

/// `loghop init` in a sandbox.
pub fn initialized(sandbox: Sandbox) -> Sandbox {
    let output = sandbox.run(LOGHOP, &["init", "--no-prompt"]);
    assert!(output.status.success(), "{output:?}");
    sandbox
}

/// Makes `name` on PATH a shell script that knows what loghop asks a client about itself.
pub fn script(sandbox: &Sandbox, name: &str, body: &str) {
    let about =
        "case \"$1\" in --version) echo '2.1.197 (Claude Code)'; exit;; --help) exit;; esac";
    let program = sandbox.bin().join(name);
    std::fs::write(&program, format!("#!/bin/sh\n{about}\n{body}\n")).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
}

/// Starts `loghop run` with these arguments.
pub fn run(sandbox: &Sandbox, args: &[&str]) -> Terminal {
    run_with(sandbox, args, WIDE, Answers::Plain)
}

/// The same in a terminal of any size and kind.
pub fn run_with(sandbox: &Sandbox, args: &[&str], size: (u16, u16), answers: Answers) -> Terminal {
    let args = [&["run"], args].concat();
    Terminal::start(&sandbox.launch(LOGHOP, &args), size, answers)
}

/// Starts `loghop run` with a scripted Claude and waits until it can be typed to.
pub fn claude(sandbox: &Sandbox, args: &[&str]) -> Terminal {
    let args = [&["--provider", "claude"], args].concat();
    let terminal = run(sandbox, &args);
    terminal.wait_for(CLAUDE_READY);
    terminal
}

/// The sessions of the project as `--json` tells them, newest first.
pub fn sessions(sandbox: &Sandbox) -> Vec<Value> {
    let output = sandbox.run(LOGHOP, &["sessions", "--json"]);
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    all["sessions"].as_array().unwrap().clone()
}

/// The only session: how it ended.
pub fn only_session(sandbox: &Sandbox) -> Value {
    let mut all = sessions(sandbox);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The front matter of a session's document, as it stands on disk: no command is asked.
pub fn document(sandbox: &Sandbox, id: &str) -> String {
    let path = sandbox.repo().join(format!(".loghop/sessions/{id}.md"));
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Waits until something is so.
#[track_caller]
pub fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < end, "waited too long for: {what}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// The terminal is what the shell had before: line settings, modes, screen, cursor.
#[track_caller]
pub fn assert_given_back(terminal: &Terminal) {
    let left_on = TermMode::ALT_SCREEN
        | TermMode::MOUSE_MODE
        | TermMode::SGR_MOUSE
        | TermMode::BRACKETED_PASTE
        | TermMode::FOCUS_IN_OUT
        | TermMode::APP_CURSOR
        | TermMode::APP_KEYPAD
        | TermMode::KITTY_KEYBOARD_PROTOCOL;
    let modes = terminal.screen().modes;
    assert!(!modes.intersects(left_on), "{modes:?}");
    assert!(modes.contains(TermMode::SHOW_CURSOR), "{modes:?}");
    assert_eq!(format!("{:?}", terminal.termios()), format!("{:?}", terminal.termios_before()));
}
