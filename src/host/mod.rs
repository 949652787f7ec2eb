//! The user's own terminal: what it can do, and how it is taken and given back.

pub mod reply;
pub mod terminal;
