//! The integration tests, in one binary. A test file that is not named here fails `tidy`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests may fail loudly")]
#![allow(unreachable_pub, missing_docs, reason = "nobody imports a test binary")]

mod answers;
mod assistants;
mod both_ways;
mod capture;
mod command;
mod corpus;
mod demo;
mod disk;
mod endings;
mod faults;
mod fidelity;
mod held;
mod judge;
mod keys;
mod labelled;
mod layouts;
mod leaks;
mod looking_back;
mod mutations;
mod own_providers;
mod painted;
mod panics;
mod picture;
mod real_clients;
mod redaction;
mod redaction_encoded;
mod redaction_formats;
mod redaction_keys;
mod redaction_links;
mod redaction_own;
mod redaction_properties;
mod rewrites;
mod soup;
mod store;
mod support;
mod switches;
mod tape;
mod terminals;
mod tidy;
mod together;
mod torrents;
mod transcripts;
mod ways;
mod witnesses;
