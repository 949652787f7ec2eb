//! Claude Code 2.1.197, played: main screen, its own scrollback, transcripts appended in batches.

mod look;
mod records;

pub(super) use look::ClaudeLook;
pub(super) use records::ClaudeFiles;

/// The version that is played; it is the recordings' own.
pub(super) const VERSION: &str = "2.1.197";
