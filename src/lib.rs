//! loghop: hand a task from one AI coding assistant to the other with one key.
//!
//! The rooms, from the ground up. Imports go down only; `tests/tidy.rs` checks it.

// Ground.
pub mod clock;
pub mod env;
pub mod error;

// Nouns.
pub mod model;

// Pure: no files, clock, environment or threads.
pub mod emulator;
pub mod handoff;
pub mod redact;
pub mod theme;
pub mod transcript;

// Hands: the only file access, the only process start.
pub mod disk;
pub mod subprocess;

// Edges: each wraps one outside thing.
pub mod git;
pub mod host;
pub mod provider;
pub mod pty;
pub mod store;

// Flows: they decide the order of things.
pub mod capture;
pub mod recorder;
pub mod run;

// What a person starts.
pub mod cli;
pub mod demo;
