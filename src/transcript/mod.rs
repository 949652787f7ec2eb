//! Reads what an assistant wrote down about a conversation: bytes in, [`Turn`]s out, and from
//! those the bounded [`Digest`](crate::model::Digest) that the panel and a handoff are made of.
//!
//! Nothing here fails. What a parser does not recognise is counted in [`Drift`] and skipped, so
//! that a new version of a provider costs details and never the session. Memory is bounded and
//! time is linear in the bytes read, whatever they are.
//!
//! A reader strings three machines together: [`Lines`] cuts what a file grew by into lines,
//! [`Parser::take`] turns each into turns, [`Digester::apply`] takes the turns in.

mod asked;
mod claude;
mod clip;
mod codex;
mod digester;
mod drift;
mod edits;
mod failure;
mod lines;
mod loose;
mod notes;
mod order;
mod sequence;
mod stored;
mod story;
mod tool;
mod whose;

pub use digester::{DIGEST_BYTES_MAX, Digester};
pub use lines::{LINE_MAX, Line, Lines};
pub use order::InOrder;
pub use sequence::{InParts, Sequence};
pub use stored::{stored_line, witnessed_line};
pub use story::{STORY_BYTES_MAX, Teller};

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use self::whose::Whose;
use crate::clock::Timestamp;
use crate::model::{Drift, Entry, Turn};

/// Bytes of a tool's output that a turn keeps. A failing test or compiler says what matters at the
/// beginning and at the end, and 8 KB holds some hundred lines of it.
pub const TOOL_TEXT_MAX: usize = 8 << 10;

/// Bytes of one text in the digest: a long prompt or reply, and about a thousand tokens of a
/// handoff.
pub const SAID_MAX: usize = 4 << 10;

/// Whose way of writing a transcript has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Claude Code's session files (2.1).
    Claude,
    /// Codex' rollout files (0.125 to 0.169).
    Codex,
    /// loghop's own `S-001.transcript.jsonl`, also as 0.2.1 wrote it.
    Stored,
}

/// What a transcript says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// The provider's id of the session.
    pub session_id: Option<String>,
    /// The folder that it ran in, the last one told.
    pub cwd: Option<String>,
    /// The provider's version, the last one told.
    pub version: Option<String>,
    /// The id of the session that this one continues in a file of its own.
    pub forked_from: Option<String>,
}

impl Meta {
    /// Takes over what is told and new. Called for every record, so it allocates only on change.
    fn note(slot: &mut Option<String>, told: &str) {
        if !told.is_empty() && slot.as_deref() != Some(told) {
            *slot = Some(clip::head(told, META_MAX).into_owned());
        }
    }
}

/// Bytes of an id, a path or a version: the longest path that a system takes.
const META_MAX: usize = 4 << 10;

/// Reads the lines of one transcript, in order.
#[derive(Debug)]
pub struct Parser {
    dialect: Dialect,
    meta: Meta,
    drift: Drift,
    whose: Whose,
    read: Read,
}

#[derive(Debug)]
enum Dialect {
    Claude(Box<claude::Claude>),
    Codex(Box<codex::Codex>),
    Stored,
}

/// Records that are remembered, to know one that stands there twice: those of a session of months.
const READ_MAX: usize = 1 << 20;

/// The records that were read.
#[derive(Debug, Default)]
struct Read(HashSet<u64>);

impl Read {
    /// Whether a record is new, by what no other one has.
    fn is_new(&mut self, record: impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        record.hash(&mut hasher);
        let record = hasher.finish();
        if self.0.len() < READ_MAX { self.0.insert(record) } else { !self.0.contains(&record) }
    }
}

/// What one line is read into.
struct Out<'a> {
    turns: &'a mut Vec<Turn>,
    meta: &'a mut Meta,
    drift: &'a mut Drift,
    whose: &'a mut Whose,
    read: &'a mut Read,
}

impl Out<'_> {
    /// A record of another session, the first one of several unless there `was` one before it.
    /// Where it stands may have stood one of ours.
    fn foreign(&mut self, was: bool, at: Option<Timestamp>) {
        self.drift.foreign += 1;
        if !was {
            self.turns.push(Turn { at, entry: Entry::Unread });
        }
    }
}

impl Parser {
    /// A parser at the beginning of a transcript.
    pub fn new(format: Format) -> Self {
        let dialect = match format {
            Format::Claude => Dialect::Claude(Box::default()),
            Format::Codex => Dialect::Codex(Box::default()),
            Format::Stored => Dialect::Stored,
        };
        Self {
            dialect,
            meta: Meta::default(),
            drift: Drift::default(),
            whose: Whose::default(),
            read: Read::default(),
        }
    }

    /// One at the beginning of the transcript of a session, by the provider's id. Records of others
    /// that stand in it are no word of it.
    pub fn of_session(format: Format, session: &str) -> Self {
        Self { whose: Whose::of(session), ..Self::new(format) }
    }

    /// Reads the first line of a transcript whose beginning is left out: it may say whose it is.
    pub fn first(&mut self, line: &[u8]) {
        if let (Dialect::Codex(_), Ok(text)) = (&self.dialect, std::str::from_utf8(line)) {
            codex::first(text, &mut self.meta, &mut self.whose);
        }
    }

    /// Reads one line, without its newline, and appends what it says to `turns`.
    pub fn line(&mut self, line: &[u8], turns: &mut Vec<Turn>) {
        let line = line.trim_ascii();
        if line.is_empty() {
            return;
        }
        self.drift.records += 1;
        // A provider that copies a program's output may write bytes that are not UTF-8. The rest
        // of such a line is worth having.
        let text =
            std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::from);
        if !self.read(&text, turns) {
            self.drift.bad_lines += 1;
            turns.push(Turn { at: None, entry: Entry::Unread });
        }
    }

    /// Reads what [`Lines`] hands over, and counts what it had to leave out.
    pub fn take(&mut self, line: Line<'_>, turns: &mut Vec<Turn>) {
        match line {
            Line::Whole(bytes) => self.line(bytes, turns),
            Line::TooLong => {
                self.drift.long_lines += 1;
                turns.push(Turn { at: None, entry: Entry::Unread });
            }
        }
    }

    /// Whether the line is a JSON object. Nothing has been changed when it is not.
    fn read(&mut self, line: &str, turns: &mut Vec<Turn>) -> bool {
        let Self { meta, drift, whose, read, .. } = self;
        let mut out = Out { turns, meta, drift, whose, read };
        match &mut self.dialect {
            Dialect::Claude(claude) => claude.line(line, &mut out),
            Dialect::Codex(codex) => codex.line(line, &mut out),
            Dialect::Stored => stored::line(line, &mut out),
        }
    }

    /// What the transcript says about itself so far.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// What was not recognised so far.
    pub fn drift(&self) -> &Drift {
        &self.drift
    }
}
