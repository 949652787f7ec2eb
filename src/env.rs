//! The environment, read once: every variable that loghop itself looks at is named here.
//!
//! `Env` is a snapshot, so that tests pass their own and no code asks the process later.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Names of the variables that loghop reads.
pub mod var {
    /// The user's home folder.
    pub const HOME: &str = "HOME";
    /// Where programs are looked up.
    pub const PATH: &str = "PATH";
    /// No colour when set and not empty (<https://no-color.org>).
    pub const NO_COLOR: &str = "NO_COLOR";
    /// The same for loghop alone.
    pub const LOGHOP_NO_COLOR: &str = "LOGHOP_NO_COLOR";
    /// Only ASCII in what loghop prints.
    pub const LOGHOP_ASCII: &str = "LOGHOP_ASCII";
    /// What is logged at least: `debug`, `info`, `warning` or `error`.
    pub const LOGHOP_LOG_LEVEL: &str = "LOGHOP_LOG_LEVEL";
    /// Bytes at which the log is put aside; 0 for never.
    pub const LOGHOP_LOG_MAX_BYTES: &str = "LOGHOP_LOG_MAX_BYTES";
    /// Logs that are kept beside it.
    pub const LOGHOP_LOG_BACKUP_COUNT: &str = "LOGHOP_LOG_BACKUP_COUNT";
    /// The real `claude`, when a shim stands first on PATH.
    pub const LOGHOP_REAL_CLAUDE: &str = "LOGHOP_REAL_CLAUDE";
    /// The real `codex`, likewise.
    pub const LOGHOP_REAL_CODEX: &str = "LOGHOP_REAL_CODEX";
    /// Set for the child: the session that it runs in, such as `S-001`.
    pub const LOGHOP_SESSION: &str = "LOGHOP_SESSION";
    /// Set for the child: how many runs of loghop it stands in, from 1.
    pub const LOGHOP_DEPTH: &str = "LOGHOP_DEPTH";
    /// Claude Code's configuration folder, when it is not `~/.claude`.
    pub const CLAUDE_CONFIG_DIR: &str = "CLAUDE_CONFIG_DIR";
    /// Codex' home, when it is not `~/.codex`.
    pub const CODEX_HOME: &str = "CODEX_HOME";
    /// Colour depth of the terminal (`truecolor`).
    pub const COLORTERM: &str = "COLORTERM";
    /// Where the system keeps what is temporary, when it is not `/tmp`.
    pub const TMPDIR: &str = "TMPDIR";
    /// Terminal type.
    pub const TERM: &str = "TERM";
    /// The terminal program's own name.
    pub const TERM_PROGRAM: &str = "TERM_PROGRAM";
    /// Set inside Claude Code.
    pub const CLAUDECODE: &str = "CLAUDECODE";
}

/// What this process was started as, for other processes: `loghop` and its command. Arguments are
/// left out, a prompt or a goal among them is nobody else's business.
pub fn command() -> String {
    let is_command = |arg: &String| arg.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let args = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let command = args.take(1).find(is_command).map(|command| format!(" {command}"));
    format!("loghop{}", command.unwrap_or_default())
}

/// A snapshot of the process environment.
#[derive(Debug, Clone, Default)]
pub struct Env {
    vars: BTreeMap<OsString, OsString>,
}

impl Env {
    /// Reads the environment of this process.
    pub fn from_process() -> Self {
        Self { vars: std::env::vars_os().collect() }
    }

    /// An environment made of these pairs (tests, children).
    pub fn from_pairs<K: Into<OsString>, V: Into<OsString>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self { vars: pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect() }
    }

    /// The value, if it is set and not empty.
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.vars.get(OsStr::new(name)).map(OsString::as_os_str).filter(|v| !v.is_empty())
    }

    /// The value as text, if it is set, not empty and valid UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.os(name).and_then(OsStr::to_str)
    }

    /// The user's home folder; `.` where there is none.
    pub fn home(&self) -> PathBuf {
        self.os(var::HOME).map_or_else(|| PathBuf::from("."), PathBuf::from)
    }

    /// All pairs, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.vars.iter().map(|(k, v)| (k.as_os_str(), v.as_os_str()))
    }
}
