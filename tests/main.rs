//! The integration tests, in one binary. A test file that is not named here fails `tidy`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests may fail loudly")]

mod capture;
mod disk;
mod redaction;
mod store;
mod tidy;
mod transcripts;
