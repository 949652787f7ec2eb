//! The user's own terminal: what it can do, how frames reach it, how it is taken and given back.

pub mod frame;
pub mod panic_hook;
pub mod reply;
pub mod terminal;
