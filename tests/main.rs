//! The integration tests, in one binary. A test file that is not named here fails `tidy`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests may fail loudly")]

mod answers;
mod fidelity;
mod judge;
mod rewrites;
mod soup;
mod tidy;
