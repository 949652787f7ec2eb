//! The environment that an assistant starts with: the user's own, without what another program's
//! session left in it and without what names a terminal that the pane is not.
//!
//! Two things would break silently otherwise. A session variable of Claude Code makes an inner
//! `claude` write no transcript at all; and a terminal's own variables make a client speak a
//! protocol that only that terminal understands, while it really talks to our emulator.

use std::ffi::{OsStr, OsString};

use crate::env::{Env, var};
use crate::error::{Error, Result};
use crate::model::SessionId;

/// What the user's terminal can do, as far as a child's environment tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostTraits {
    /// It shows 24-bit colours.
    pub truecolor: bool,
    /// It answered our own `CSI ? u`, so it has the kitty keyboard protocol.
    pub kitty_keyboard: bool,
}

impl HostTraits {
    /// From the environment, and from whether the terminal answered `CSI ? u`.
    pub fn new(env: &Env, kitty_keyboard: bool) -> Self {
        let truecolor = matches!(env.get(var::COLORTERM), Some("truecolor" | "24bit"));
        Self { truecolor, kitty_keyboard }
    }
}

/// Variables that belong to another session of an assistant, or to another terminal.
const STRIPPED: &[&str] = &[
    // Claude Code sets these for its hooks and tools; they describe the outer session.
    "CLAUDECODE",
    "CLAUDE_CODE_CHILD_SESSION",
    "CLAUDE_CODE_CHILD_NOTES_DIR",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_CODE_SESSION_ATTENDED",
    "CLAUDE_CODE_SESSION_KIND",
    "CLAUDE_CODE_SESSION_NAME",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_EXECPATH",
    "CLAUDE_CODE_MESSAGING_SOCKET",
    "CLAUDE_CODE_MESSAGING_TOKEN",
    "CLAUDE_CODE_SKIP_PROMPT_HISTORY",
    "CLAUDE_ENV_FILE",
    "CLAUDE_PID",
    "CLAUDE_PROJECT_DIR",
    "AI_AGENT",
    "CODEX_THREAD_ID",
    // The size is the pane's, and the PTY tells it.
    "COLUMNS",
    "LINES",
    // The terminal and the multiplexer that loghop itself runs in.
    "STY",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "VTE_VERSION",
    "WINDOWID",
    // Set anew below.
    "TERM",
    "COLORTERM",
    "LOGHOP_SESSION",
    "LOGHOP_DEPTH",
];

/// Beginnings of names that only describe the terminal outside.
const STRIPPED_PREFIXES: &[&str] =
    &["KITTY_", "TMUX", "ZELLIJ", "WEZTERM_", "ITERM_", "GHOSTTY_", "ALACRITTY_", "LC_TERMINAL"];

/// Values of `TERM_PROGRAM` that make Claude Code push the kitty keyboard protocol.
const KITTY_PROGRAMS: &[&str] = &["ghostty", "kitty", "WezTerm", "iTerm.app"];

/// What `TERM_PROGRAM` becomes where the host has the protocol under a name that Claude Code does
/// not know: the one that it was measured with.
const KITTY_STAND_IN: &str = "ghostty";

/// How many runs may stand in one another. An assistant in loghop that tries loghop out needs two
/// or three; more is a program that starts itself.
const DEPTH_MAX: u32 = 4;

/// The child's whole environment.
pub(super) fn scrub(env: &Env, host: HostTraits, session: SessionId) -> Vec<(OsString, OsString)> {
    let mut vars: Vec<(OsString, OsString)> = env
        .iter()
        .filter(|(name, _)| !is_stripped(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut set = |name: &str, value: &OsStr| vars.push((name.into(), value.to_owned()));
    set(var::TERM, OsStr::new("xterm-256color"));
    if host.truecolor {
        set(var::COLORTERM, OsStr::new("truecolor"));
    }
    if host.kitty_keyboard {
        set_terminal_program(env, &mut set);
    }
    set(var::LOGHOP_SESSION, OsStr::new(&session.to_string()));
    set(var::LOGHOP_DEPTH, OsStr::new(&(depth(env) + 1).to_string()));
    vars
}

fn set_terminal_program(env: &Env, set: &mut impl FnMut(&str, &OsStr)) {
    match env.get(var::TERM_PROGRAM).filter(|name| KITTY_PROGRAMS.contains(name)) {
        Some(known) => {
            set(var::TERM_PROGRAM, OsStr::new(known));
            if let Some(version) = env.os("TERM_PROGRAM_VERSION") {
                set("TERM_PROGRAM_VERSION", version);
            }
        }
        None => set(var::TERM_PROGRAM, OsStr::new(KITTY_STAND_IN)),
    }
}

fn is_stripped(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    STRIPPED.contains(&name) || STRIPPED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// What loghop was started from, where that is worth a warning: inside an assistant or inside
/// another run of loghop.
pub fn nested_in(env: &Env) -> Option<&'static str> {
    if env.os(var::LOGHOP_SESSION).is_some() {
        Some("loghop")
    } else if env.os(var::CLAUDECODE).is_some() {
        Some("Claude Code")
    } else if env.os("CODEX_THREAD_ID").is_some() {
        Some("Codex")
    } else {
        None
    }
}

/// How many runs of loghop stand around this one. What cannot be read counts as none.
fn depth(env: &Env) -> u32 {
    env.get(var::LOGHOP_DEPTH)
        .and_then(|depth| depth.parse().ok())
        .map_or(0, |n: u32| n.min(DEPTH_MAX))
}

/// Refuses a run in too many others: without this, a shim on PATH that starts loghop, which starts
/// the shim, goes on until the machine has no processes left.
///
/// # Errors
/// `InvalidInput` where four runs stand around this one already.
pub fn check_depth(env: &Env) -> Result<()> {
    if depth(env) < DEPTH_MAX {
        return Ok(());
    }
    Err(Error::invalid(format!("loghop was started inside itself {DEPTH_MAX} times"))
        .hint("name the real program in `LOGHOP_REAL_CLAUDE` or `LOGHOP_REAL_CODEX`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(pairs: &[(&str, &str)], host: HostTraits) -> Env {
        Env::from_pairs(scrub(&Env::from_pairs(pairs.iter().copied()), host, SessionId(7)))
    }

    #[test]
    fn the_users_settings_stay_and_other_sessions_go() {
        let child = scrubbed(
            &[
                ("HOME", "/home/dev"),
                ("CLAUDE_CODE_USE_BEDROCK", "1"),
                ("CLAUDE_CONFIG_DIR", "/home/dev/c"),
                ("CLAUDE_CODE_CHILD_SESSION", "1"),
                ("CLAUDECODE", "1"),
                ("AI_AGENT", "claude-code"),
                ("CODEX_THREAD_ID", "x"),
                ("TMUX", "/tmp/tmux-0/default,1,0"),
                ("TMUX_PANE", "%1"),
                ("KITTY_WINDOW_ID", "1"),
                ("COLUMNS", "120"),
                ("STY", "1.pts"),
                ("TERM", "tmux-256color"),
                ("COLORTERM", "truecolor"),
                ("LOGHOP_SESSION", "S-001"),
            ],
            HostTraits::default(),
        );
        let left: Vec<_> = child.iter().map(|(n, v)| (n.to_str().unwrap(), v)).collect();
        let left: Vec<_> = left.iter().map(|(n, v)| (*n, v.to_str().unwrap())).collect();
        assert_eq!(
            left,
            [
                ("CLAUDE_CODE_USE_BEDROCK", "1"),
                ("CLAUDE_CONFIG_DIR", "/home/dev/c"),
                ("HOME", "/home/dev"),
                ("LOGHOP_DEPTH", "1"),
                ("LOGHOP_SESSION", "S-007"),
                ("TERM", "xterm-256color"),
            ]
        );
    }

    #[test]
    fn the_terminal_program_follows_the_keyboard_protocol() {
        let kitty = HostTraits { truecolor: true, kitty_keyboard: true };
        let vscode = [("TERM_PROGRAM", "vscode"), ("TERM_PROGRAM_VERSION", "1.9")];
        assert_eq!(scrubbed(&vscode, kitty).get(var::TERM_PROGRAM), Some("ghostty"));
        assert_eq!(scrubbed(&vscode, kitty).get("TERM_PROGRAM_VERSION"), None);
        assert_eq!(scrubbed(&vscode, HostTraits::default()).get(var::TERM_PROGRAM), None);
        let wez = [("TERM_PROGRAM", "WezTerm"), ("TERM_PROGRAM_VERSION", "2026")];
        assert_eq!(scrubbed(&wez, kitty).get(var::TERM_PROGRAM), Some("WezTerm"));
        assert_eq!(scrubbed(&wez, kitty).get("TERM_PROGRAM_VERSION"), Some("2026"));
        assert_eq!(scrubbed(&wez, kitty).get(var::COLORTERM), Some("truecolor"));
    }

    #[test]
    fn nesting_is_noticed() {
        assert_eq!(nested_in(&Env::from_pairs([("CLAUDECODE", "1")])), Some("Claude Code"));
        assert_eq!(nested_in(&Env::from_pairs([("LOGHOP_SESSION", "S-001")])), Some("loghop"));
        assert_eq!(nested_in(&Env::default()), None);
    }

    #[test]
    fn runs_in_one_another_are_counted_and_bounded() {
        let mut env = Env::default();
        for _ in 0..DEPTH_MAX {
            assert!(check_depth(&env).is_ok());
            env = Env::from_pairs(scrub(&env, HostTraits::default(), SessionId(1)));
        }
        assert!(check_depth(&env).is_err());
        for odd in ["", "x", "-1", "99999999999999"] {
            assert!(check_depth(&Env::from_pairs([("LOGHOP_DEPTH", odd)])).is_ok());
        }
        assert!(check_depth(&Env::from_pairs([("LOGHOP_DEPTH", "4294967295")])).is_err());
    }
}
