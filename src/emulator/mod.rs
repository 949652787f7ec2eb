//! The emulator: what a child writes becomes a grid of cells, answers, and modes of the terminal.
//!
//! `vt100` keeps the cells. In front of it stands a guard (`lexer`, `grid`) that rewrites what vt100
//! lacks into what it has, keeps away what makes it panic, and catches the panics that are left.
//! Nothing here reads a clock or a file: bytes in; cells, replies and forwards out.
//!
//! Invariants: the state after any input is the same however that input was cut into chunks; every
//! buffer has a named limit; no input makes it panic.

mod activity;
pub mod attributes;
mod grid;
mod keyboard;
mod lexer;
mod marks;
mod modes;
mod osc;
mod paint;
mod pane;
mod params;
mod query;
mod traits;
mod view;

pub use modes::{CursorShape, Modes, Mouse, MouseEncoding};
pub use pane::{Fed, Pane};
pub use traits::{Rgb, Traits};
pub use view::{Position, Selection};
