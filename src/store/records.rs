//! Numbered files with a frontmatter: what sessions, handoffs and topics have in common.

use blake3::Hash;

use super::chain::{Durability, Entry, Op};
use super::format::fields::Fields;
use super::format::frontmatter::{self, Document};
use super::signature::Verdict;
use super::{Store, layout, seal, unwritten};
use crate::disk::Root;
use crate::error::{Error, Kind, Result};
use crate::redact::Redacted;

/// What a folder of records gave: those that could be read, and what is wrong with the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<T> {
    /// What was found.
    pub items: Vec<T>,
    /// One sentence for each file that is damaged or was changed by somebody else.
    pub warnings: Vec<String>,
}

/// A record with the file that it came from.
#[derive(Debug, Clone)]
pub struct Stored<T> {
    /// The record.
    pub value: T,
    /// The whole file.
    pub text: String,
    /// The Markdown below the frontmatter.
    pub body: String,
    /// The file, relative to the project's root.
    pub path: String,
    /// What is wrong with the file.
    pub warnings: Vec<String>,
}

/// A record's file, taken apart.
pub(super) struct Record {
    pub(super) document: Document,
    pub(super) text: String,
    pub(super) warning: Option<String>,
}

impl Record {
    /// The record as callers see it.
    pub(super) fn stored<T>(self, value: T, path: String) -> Stored<T> {
        Stored {
            value,
            body: self.document.body,
            text: self.text,
            path,
            warnings: self.warning.into_iter().collect(),
        }
    }
}

impl Store {
    /// Reads a record; `None` when there is none. A damaged one is an error that names it.
    pub(super) fn record(&self, rel: &str) -> Result<Option<Record>> {
        let record = self.read_record(rel)?.transpose();
        record.map_err(|problem| {
            Error::new(Kind::Io, format!("damaged file ({problem})"))
                .at(rel)
                .hint("repair or remove it; everything else can still be read")
        })
    }

    /// The same, with damage told apart from a file that could not be read at all.
    fn read_record(&self, rel: &str) -> Result<Option<Result<Record, String>>> {
        let Some(text) = self.files.read_text(rel, layout::RECORD_MAX)? else { return Ok(None) };
        let document = match frontmatter::parse(&text) {
            Ok(document) => document,
            Err(problem) => return Ok(Some(Err(problem))),
        };
        let mismatch = self.key.as_ref().is_some_and(|k| k.verify(&document) == Verdict::Mismatch);
        let warning = mismatch.then(|| {
            format!("signature of `{rel}` does not match: something else than loghop changed it")
        });
        Ok(Some(Ok(Record { document, text, warning })))
    }

    /// All records of a folder, lowest number first, read by `read`. Damage becomes a warning.
    pub(super) fn records<T>(
        &self,
        folder: &str,
        prefix: &str,
        read: impl Fn(u32, Document) -> T,
    ) -> Result<Listing<T>> {
        let mut listing = Listing { items: Vec::new(), warnings: Vec::new() };
        for number in self.numbers(folder, prefix)? {
            match self.record(&format!("{folder}/{prefix}-{number:03}.md")) {
                Ok(Some(record)) => {
                    listing.warnings.extend(record.warning);
                    listing.items.push(read(number, record.document));
                }
                Ok(None) => {}
                Err(error) => listing.warnings.push(error.to_string()),
            }
        }
        Ok(listing)
    }

    /// The numbers of a folder's records, in order.
    pub(super) fn numbers(&self, folder: &str, prefix: &str) -> Result<Vec<u32>> {
        let mut numbers = Vec::new();
        self.files.each_name(folder, |name| {
            let found = numbered(name, prefix).filter(|(_, rest)| *rest == ".md");
            numbers.extend(found.map(|(number, _)| number));
        })?;
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// The next free number: above the counter and above every file that has one, whatever is
    /// left of it.
    pub(super) fn next_number(&self, folder: &str, prefix: &str, counter: u32) -> Result<u32> {
        let mut highest = counter;
        self.files.each_name(folder, |name| {
            highest = highest.max(numbered(name, prefix).map_or(0, |(number, _)| number));
        })?;
        Ok(highest + 1)
    }

    /// A record as it is going to be written: what its file has, what `overlay` makes of it, and
    /// signed. A damaged file is set aside first.
    pub(super) fn draft(
        &self,
        rel: String,
        overlay: impl FnOnce(&mut Fields),
        body: impl FnOnce(&Fields) -> String,
    ) -> Result<Draft> {
        let mut fields = match self.read_record(&rel)? {
            Some(Ok(record)) => record.document.fields,
            Some(Err(_)) => {
                self.files.set_aside(&rel)?;
                Fields::new()
            }
            None => Fields::new(),
        };
        overlay(&mut fields);
        let fields = seal::redact_fields(&self.redactor, &fields);
        let body = body(&fields);
        let text = seal::document(&self.redactor, self.key.as_ref(), &fields, &body);
        Ok(Draft::Record { rel, text })
    }

    /// Writes drafts, linked, in their order. It stops at the first that fails, so that the last
    /// one is there only when all are.
    pub(super) fn write_drafts(&self, drafts: &[Draft], durability: Durability) -> Result<()> {
        let entries = drafts.iter().map(Draft::entry).collect();
        self.linked(entries, durability, || {
            drafts.iter().try_for_each(|draft| draft.write(&self.files)).map_err(unwritten)
        })
    }
}

/// Something that is ready to be written.
pub(super) enum Draft {
    /// A file of its own.
    Record { rel: String, text: Redacted },
    /// A line of the timeline.
    Event(Redacted),
    /// A file that is complete already, and so far not linked.
    Done { rel: String, hash: Hash },
}

impl Draft {
    pub(super) fn entry(&self) -> Entry {
        match self {
            Self::Record { rel, text } => Entry::put(rel, blake3::hash(text.as_bytes())),
            Self::Event(line) => Entry::event(Op::Put, line.as_bytes()),
            Self::Done { rel, hash } => Entry::put(rel, *hash),
        }
    }

    pub(super) fn write(&self, files: &Root) -> Result<()> {
        match self {
            Self::Record { rel, text } => files.write(rel, text),
            Self::Event(line) => files.append_line(layout::TIMELINE, line),
            Self::Done { .. } => Ok(()),
        }
    }
}

/// The number in a name like `S-001.md`, and what follows it.
fn numbered<'a>(name: &'a str, prefix: &str) -> Option<(u32, &'a str)> {
    let rest = name.strip_prefix(prefix)?.strip_prefix('-')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    // Numbers beyond this are not ours, and adding one to them must not overflow.
    let number = rest[..digits].parse().ok().filter(|n| (3..=9).contains(&digits) && *n > 0)?;
    Some((number, &rest[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_their_numbers() {
        assert_eq!(numbered("S-001.md", "S"), Some((1, ".md")));
        assert_eq!(numbered("S-1000.2.cast", "S"), Some((1000, ".2.cast")));
        for none in ["S-01.md", "T-001.md", "S001.md", "S-x.md", "S-9999999999.md", "S-000.md"] {
            assert_eq!(numbered(none, "S"), None, "{none}");
        }
    }
}
