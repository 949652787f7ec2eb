//! The user's real terminal.

pub mod frame;
