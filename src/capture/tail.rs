//! One transcript that grows: read from where it was left, a bounded number of bytes at a time.
//!
//! The file is kept open, so that it can still be read when somebody removes it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::codex;
use super::ours::Ours;
use super::trail::Followed;
use crate::clock::Timestamp;
use crate::disk::{Identity, Reader, outside};
use crate::error::{Error, Result};
use crate::model::{Drift, Turn};
use crate::transcript::{Format, InParts, Lines, Parser, Sequence};

/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// Bytes read before it is asked whether to go on: some 20 ms.
const STRIDE: u64 = 4 << 20;
/// Bytes of a first line that are read to know whose transcript it is.
const HEAD_MAX: usize = 1 << 20;

/// What a look at the file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Everything there is has been read.
    Current,
    /// There is more than was allowed.
    Behind,
    /// It was cut or replaced: what was read from it no longer holds.
    Rewritten,
    /// Its name is gone.
    Removed,
}

/// A transcript that is followed.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    format: Format,
    start: u64,
    ours: Ours,
    /// How the file is to be read when it has this length.
    order: Option<(u64, Option<InParts>)>,
    offset: u64,
    /// Where the line begins that is not read to its end.
    torn: u64,
    reader: Reader,
    identity: Identity,
    lines: Lines,
    parser: Parser,
}

impl Tail {
    /// Opens a transcript; `None` where there is no such file.
    pub(super) fn open(file: &Followed, format: Format, ours: Ours) -> Result<Option<Self>> {
        let Followed { path, start } = file;
        let Some(reader) = outside::open(path)? else { return Ok(None) };
        let identity = reader.identity()?;
        let mut tail = Self {
            path: path.to_owned(),
            format,
            start: *start,
            ours,
            order: None,
            offset: *start,
            torn: *start,
            reader,
            identity,
            lines: Lines::default(),
            parser: Parser::new(format),
        };
        tail.rewind()?;
        Ok(Some(tail))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn start(&self) -> u64 {
        self.start
    }

    pub(super) fn drift(&self) -> &Drift {
        self.parser.drift()
    }

    /// What a person reads where another session's records stand in it.
    pub(super) fn foreign(&self) -> Option<String> {
        let path = self.path.display();
        (self.drift().foreign > 0).then(|| format!("another session's records stand in {path}"))
    }

    /// Of a run that was killed: when something was last heard of it.
    pub(super) fn ended(&mut self, at: Timestamp) {
        self.ours.ended(at);
    }

    /// Which turns of it are ours.
    pub(super) fn ours(&self) -> &Ours {
        &self.ours
    }

    /// Bytes of the file that were read, in whole lines.
    pub(super) fn whole(&self) -> u64 {
        self.torn
    }

    /// Bytes of ours that were read.
    pub(super) fn read(&self) -> u64 {
        self.offset - self.start
    }

    /// Reads what was appended, at most about `budget` bytes, and hands each turn to `each`.
    pub(super) fn step(&mut self, budget: u64, each: &mut dyn FnMut(Turn)) -> Result<Step> {
        let named = outside::identify(&self.path);
        if named.is_some_and(|named| named != self.identity) {
            return Ok(Step::Rewritten);
        }
        let end = self.reader.len()?;
        if end < self.offset {
            return Ok(Step::Rewritten);
        }
        self.read_to(end.min(self.offset + budget), each)?;
        Ok(match named {
            None => Step::Removed,
            Some(_) if self.offset < end => Step::Behind,
            Some(_) => Step::Current,
        })
    }

    /// Reads up to `end`.
    pub(super) fn read_to(&mut self, end: u64, each: &mut dyn FnMut(Turn)) -> Result<()> {
        if end <= self.offset {
            return Ok(());
        }
        let mut buffer = vec![0; CHUNK.min((end - self.offset) as usize)];
        let mut turns = Vec::new();
        while self.offset < end {
            let want = buffer.len().min((end - self.offset) as usize);
            let got = self.reader.read_from(self.offset, &mut buffer[..want])?;
            if got == 0 {
                break;
            }
            if let Some(at) = buffer[..got].iter().rposition(|byte| *byte == b'\n') {
                self.torn = self.offset + at as u64 + 1;
            }
            self.offset += got as u64;
            let parser = &mut self.parser;
            self.lines.feed(&buffer[..got], |line| parser.take(line, &mut turns));
            turns.drain(..).filter(|turn| self.ours.takes(turn)).for_each(&mut *each);
        }
        Ok(())
    }

    /// Goes back to the beginning of what is ours, in the file that now has the name; in the one
    /// that is open where that cannot be read.
    pub(super) fn restart(&mut self) -> Result<()> {
        // Noted first, so that a file that cannot be opened is reported once and not for ever.
        self.identity = outside::identify(&self.path).unwrap_or(self.identity);
        let opened = match outside::open(&self.path) {
            Ok(Some(reader)) => {
                self.reader = reader;
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        self.rewind()?;
        opened
    }

    fn rewind(&mut self) -> Result<()> {
        if self.reader.len()? < self.start {
            self.start = 0;
            self.ours.mixed();
        }
        self.ours.restart();
        (self.offset, self.torn) = (self.start, self.start);
        self.lines = Lines::default();
        self.parser = match named(&self.path, self.format) {
            Some(session) => Parser::of_session(self.format, &session),
            None => Parser::new(self.format),
        };
        if self.start > 0 {
            let mut head = vec![0; HEAD_MAX.min(self.start as usize)];
            let read = self.reader.read_from(0, &mut head)?;
            let line = head[..read].split(|byte| *byte == b'\n').next();
            self.parser.first(line.unwrap_or_default());
        }
        Ok(())
    }

    /// Goes back to the beginning of what is ours, to read everything again: its parts, in the order
    /// in which they were written. `None` once `goes_on` says no.
    pub(super) fn begin_again(
        &mut self,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<Range<u64>>>> {
        let end = self.reader.len()?;
        if !self.look_at_order(end, goes_on)? {
            return Ok(None);
        }
        self.rewind()?;
        let known = self.order.as_ref().and_then(|(_, order)| order.clone());
        let all = self.start..end;
        let parts = known.map_or_else(|| vec![all], |known| known.parts);
        Ok(Some(parts.into_iter().map(|part| part.start.min(end)..part.end.min(end)).collect()))
    }

    /// The next part begins here.
    pub(super) fn seek(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// A part is at its end: a last line that has no newline may have got into the middle.
    pub(super) fn finish_part(&mut self, each: &mut dyn FnMut(Turn)) {
        let (parser, mut turns) = (&mut self.parser, Vec::new());
        self.lines.finish(|line| parser.take(line, &mut turns));
        turns.into_iter().filter(|turn| self.ours.takes(turn)).for_each(each);
    }

    /// All parts were read.
    pub(super) fn end_again(&mut self) {
        if let Some((end, Some(_))) = self.order {
            (self.offset, self.torn) = (end, end);
        }
    }

    /// Looks whether the records of the file stand in their order. `false` once `goes_on` says no.
    fn look_at_order(&mut self, end: u64, goes_on: &mut dyn FnMut() -> bool) -> Result<bool> {
        if self.order.as_ref().is_some_and(|(known, _)| *known == end) {
            return Ok(true);
        }
        let (mut lines, mut sequence) = (Lines::default(), Sequence::default());
        let (mut at, mut buffer) = (0, vec![0; CHUNK]);
        while at < end {
            if at % STRIDE < CHUNK as u64 && !goes_on() {
                return Ok(false);
            }
            let want = buffer.len().min((end - at) as usize);
            let got = self.reader.read_from(at, &mut buffer[..want])?;
            if got == 0 {
                break;
            }
            at += got as u64;
            lines.feed(&buffer[..got], |line| sequence.take(line));
        }
        lines.finish(|line| sequence.take(line));
        let order = sequence.order(self.start);
        if order.as_ref().is_some_and(|order| order.is_mixed) {
            self.start = 0;
            self.ours.mixed();
        }
        self.order = Some((end, order));
        Ok(true)
    }
}

/// The provider's id of the session whose transcript has this name.
fn named(path: &Path, format: Format) -> Option<String> {
    match format {
        Format::Claude => Some(path.file_stem()?.to_str()?.to_owned()),
        Format::Codex => codex::named(path),
        Format::Stored => None,
    }
}

/// How it is told, for whoever finds it again.
pub(super) fn followed(tail: &Tail) -> Followed {
    Followed { path: tail.path().to_owned(), start: tail.start() }
}

/// What a person reads where a transcript cannot be read.
pub(super) fn cannot_read(error: &Error) -> String {
    format!("the transcript cannot be read: {error}")
}
