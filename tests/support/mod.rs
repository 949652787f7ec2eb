//! The test rig: a terminal that any program runs in, a sandbox to run it from, the real clients.

pub mod bell;
pub mod clients;
pub mod lanes;
pub mod leaks;
pub mod left;
pub mod mock_api;
pub mod reply;
pub mod sandbox;
pub mod screen;
pub mod split;
pub mod terminal;
pub mod watchman;
pub mod witnessed;
