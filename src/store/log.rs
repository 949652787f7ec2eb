//! `loghop.log`: what went wrong, for whoever looks into it later. It is no record: nothing waits
//! for the disk, and a line that cannot be written is lost.

use std::time::Duration;

use serde_json::json;

use super::{Store, layout, seal};
use crate::clock::Timestamp;
use crate::env::{self, Env, var};
use crate::error::Result;

/// Bytes at which a log is put aside, as in 0.2.1: thousands of lines.
const BYTES_MAX: u64 = 256 << 10;
/// Logs that are kept beside it, likewise.
const KEPT: u32 = 3;
/// The most that can be asked for.
const KEPT_MAX: u32 = 100;

/// How much a line matters; the greater one matters more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For those who look for a fault in loghop itself.
    Debug,
    /// Something was mended or finished.
    Info,
    /// Something is wrong, and loghop went on.
    Warning,
    /// A command failed.
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What is logged, and how much of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limits {
    least: Level,
    bytes: u64,
    kept: u32,
}

impl Limits {
    /// What the environment asks for; what makes no sense there counts as not set.
    fn of(env: &Env) -> Self {
        let number = |name| env.get(name).and_then(|text| text.parse::<u32>().ok());
        let least = match env.get(var::LOGHOP_LOG_LEVEL).map(str::to_ascii_lowercase).as_deref() {
            Some("debug") => Level::Debug,
            Some("warning" | "warn") => Level::Warning,
            Some("error" | "critical") => Level::Error,
            _ => Level::Info,
        };
        Self {
            least,
            bytes: number(var::LOGHOP_LOG_MAX_BYTES).map_or(BYTES_MAX, u64::from),
            kept: number(var::LOGHOP_LOG_BACKUP_COUNT).unwrap_or(KEPT).min(KEPT_MAX),
        }
    }
}

impl Store {
    /// Adds lines to the project's log.
    pub fn log(&self, lines: &[(Level, String)], env: &Env, now: Timestamp) -> Result<()> {
        let limits = Limits::of(env);
        let mut text = Vec::new();
        for (level, message) in lines.iter().filter(|(level, _)| *level >= limits.least) {
            let line = json!({
                "ts": now.to_string(),
                "level": level.as_str(),
                "logger": "loghop",
                "message": message,
                "command": env::command(),
            });
            text.push(seal::json_line(&self.redactor, &line));
        }
        if text.is_empty() {
            return Ok(());
        }
        // Only one process puts it aside, and nobody waits for that.
        if let Some(_lock) = self.files.lock(layout::LOCK, Duration::ZERO)? {
            self.rotate(limits)?;
        }
        text.iter().try_for_each(|line| self.files.append_line_lazily(layout::LOG, line))
    }

    /// Puts a log aside that is full; the oldest one goes.
    fn rotate(&self, limits: Limits) -> Result<()> {
        let len = self.files.entry(layout::LOG)?.map_or(0, |log| log.len);
        if limits.bytes == 0 || len < limits.bytes {
            return Ok(());
        }
        let name = |number: u32| match number {
            0 => layout::LOG.to_owned(),
            number => format!("{}.{number}", layout::LOG),
        };
        self.files.remove_file(&name(limits.kept))?;
        for number in (0..limits.kept).rev() {
            if self.files.exists(&name(number))? {
                self.files.rename(&name(number), &name(number + 1))?;
            }
        }
        Ok(())
    }
}
