//! Placeholder.

pub mod panel;
