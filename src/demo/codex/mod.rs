//! Codex 0.169.0, played: full screen with mouse and kitty keyboard, rollouts held open.

mod look;
mod records;

pub(super) use look::CodexLook;
pub(super) use records::CodexFiles;

/// The version that is played; it is the recordings' own.
pub(super) const VERSION: &str = "0.169.0";
