//! The forms on disk: what loghop 0.2.1 writes and reads, and what we add to it.
//!
//! Pure text in, values out, and back. Readers never fail hard: what is damaged comes back as a
//! sentence that says what is wrong, and the rest is read as far as it goes. `docs/formats.md`
//! describes every file.

pub(crate) mod circuit;
pub(crate) mod config;
pub(crate) mod fields;
pub(crate) mod frontmatter;
pub(crate) mod global;
pub(crate) mod handoff;
pub(crate) mod ignore_lines;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod memory;
pub(crate) mod redaction;
pub(crate) mod registry;
pub(crate) mod session;
pub(crate) mod switch;
pub(crate) mod timeline;
pub(crate) mod topic;
pub(crate) mod yaml;
