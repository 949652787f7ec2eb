//! Redaction: what a session's output may hold that must never reach the disk.
//!
//! [`Redactor`] hides secrets in documents and streams alike: one engine (`scan`), fed by a rule
//! table (`rules`) and by checks for what has no shape of its own: values with a telling name
//! (`named`), passwords after options (`flags`) and in URIs (`uri`), private keys (`key`), and
//! values that are known to be secret (`known`). Only this room can make a
//! [`Redacted`], which is what everything that writes asks for. `docs/security.md` says what is
//! promised, and what is not.

mod allowed;
mod anchors;
mod blob;
mod cells;
mod charset;
mod checksum;
mod custom;
mod encoded;
mod escapes;
mod finding;
mod flags;
mod key;
mod known;
mod named;
mod prefixed;
mod redacted;
mod report;
mod rules;
mod scan;
mod sieve;
mod stream;
mod tag;
mod uri;
mod value;
mod vendors;
mod verdict;
mod window;

use std::fmt;
use std::sync::Arc;

pub use allowed::Allowed;
pub use custom::CustomRule;
pub use finding::Finding;
pub use known::Known;
pub use redacted::{Number, Redacted};
pub use report::Report;
pub use scan::Late;
pub use stream::RedactStream;

use crate::model::Size;
use anchors::Anchors;
use scan::{Scanner, Source, Tables};
use tag::Tagger;

/// Hides secrets. Cheap to clone; the tables are built once, when the first text comes.
#[derive(Clone)]
pub struct Redactor {
    tables: Arc<Tables>,
    custom: Arc<[CustomRule]>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("custom", &self.custom).finish_non_exhaustive()
    }
}

impl Redactor {
    /// A redactor whose tags are made with `tag_key`, with the user's own rules.
    pub fn new(tag_key: &[u8; 32], custom: &[CustomRule]) -> Self {
        let (anchors, tagger) = (Anchors::on_demand(Known::default()), Tagger::new(tag_key));
        let tables = Tables { anchors, tagger, allowed: Vec::new() };
        Self { tables: Arc::new(tables), custom: custom.into() }
    }

    /// The same, which leaves what matches one of these.
    #[must_use]
    pub fn allowing(&self, allowed: Vec<Allowed>) -> Self {
        let tables = Tables { allowed, ..(*self.tables).clone() };
        Self { tables: Arc::new(tables), custom: Arc::clone(&self.custom) }
    }

    /// The same, which hides these values besides.
    #[must_use]
    pub fn knowing(&self, known: &Known) -> Self {
        let anchors = Anchors::on_demand(known.clone());
        let tables = Tables { anchors, ..(*self.tables).clone() };
        Self { tables: Arc::new(tables), custom: Arc::clone(&self.custom) }
    }

    /// Redacts a whole document.
    pub fn redact(&self, text: &str) -> Redacted {
        let text = custom::apply(&self.custom, text.as_bytes());
        if self.tables.is_harmless(&text) {
            return Redacted::seal(text.into_owned());
        }
        let mut out = Vec::with_capacity(text.len() + text.len() / 8);
        let mut scanner = Scanner::new(Arc::clone(&self.tables), Source::Document);
        scanner.feed(&text, &mut out);
        scanner.finish(&mut out);
        Redacted::seal(out)
    }

    /// A filter for bytes that come bit by bit: a long document, or what was painted on a terminal
    /// of any size.
    pub fn stream(&self) -> RedactStream {
        self.filter(Source::Stream)
    }

    /// A filter for what is painted on a terminal of `size`. What hides a secret fills its cells,
    /// no more and no less, so that everything else stays where it was.
    pub fn terminal(&self, size: Size) -> RedactStream {
        self.filter(Source::Terminal(size))
    }

    fn filter(&self, source: Source) -> RedactStream {
        let scanner = Scanner::new(Arc::clone(&self.tables), source);
        RedactStream::new(scanner, Arc::clone(&self.custom))
    }

    /// Tells of a stream what [`Redactor::stream`] would hide, and where.
    pub fn report(&self) -> Report {
        Report::new(
            Scanner::new(Arc::clone(&self.tables), Source::Stream),
            Arc::clone(&self.custom),
        )
    }
}
