//! Covers in a tape what turned out to be a secret's after it was written.
//!
//! The redactor names bytes of the output; here they are found in the file again, whose events hold
//! the output as JSON. Each is one letter in the file too, so it is written over in place: a crash
//! on the way leaves a tape that is whole, with less of it covered.

use crate::disk::PrivateLog;
use crate::error::Result;
use crate::redact::{Late, Redacted};

/// Read at once. Most events are shorter.
const READ_BYTES: usize = 64 << 10;

/// How an event with output goes on behind its time.
const OUTPUT: &[u8] = b", \"o\", \"";

/// The longest time of an event: microseconds of years.
const TIME_MAX: usize = 24;

/// So far from each other are the places in the file that are known: what is read to find a byte.
const STEP: u64 = 1 << 20;

/// What is to be covered in a segment, and where its output stands in the file.
pub(super) struct Cover {
    /// In order; the first is the beginning.
    places: Vec<Place>,
    late: Vec<Late>,
}

/// The beginning of a line.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Bytes of output before it.
    shown: u64,
    /// Its place in the file.
    at: u64,
}

impl Cover {
    /// A segment that begins with byte `shown` of the output.
    pub(super) fn new(shown: u64) -> Self {
        Self { places: vec![Place { shown, at: 0 }], late: Vec::new() }
    }

    /// Says that the next line is written at byte `at` of the file, and has the output from byte
    /// `shown` on.
    pub(super) fn goes_on(&mut self, shown: u64, at: u64) {
        if self.places.last().is_none_or(|last| at >= last.at + STEP) {
            self.places.push(Place { shown, at });
        }
    }

    /// Says what should not have been shown.
    pub(super) fn add(&mut self, late: Vec<Late>) {
        self.late.extend(late);
    }

    /// Whether there is anything to cover.
    pub(super) fn is_any(&self) -> bool {
        !self.late.is_empty()
    }

    /// Covers it in `log`, where all of it must be written.
    ///
    /// # Errors
    /// `Io` when the disk says no.
    pub(super) fn apply(&mut self, log: &mut PrivateLog) -> Result<()> {
        let mut late = std::mem::take(&mut self.late);
        late.sort_unstable();
        late.dedup();
        let nth = |late: &Late| self.places.partition_point(|place| place.shown <= late.at);
        for near in late.chunk_by(|a, b| nth(a) == nth(b)) {
            // What is before the beginning stands in another segment.
            if let Some(last) = nth(&near[0]).checked_sub(1) {
                cover(log, self.places[last], near)?;
            }
        }
        Ok(())
    }
}

/// Covers what is behind `from`.
fn cover(log: &mut PrivateLog, from: Place, late: &[Late]) -> Result<()> {
    let mut places = Vec::new();
    let mut output = Output { shown: from.shown, late, line: Vec::new(), state: State::Head };
    let (mut at, mut piece) = (from.at, vec![0; READ_BYTES]);
    while at < log.len() && !output.late.is_empty() {
        let len = log.read(at, &mut piece)?;
        if len == 0 {
            break;
        }
        for byte in &piece[..len] {
            if output.step(*byte) {
                places.push(at);
            }
            at += 1;
        }
    }
    for run in places.chunk_by(|a, b| a + 1 == *b) {
        let mut stars = Redacted::default();
        for _ in run {
            stars.push_plain("*");
        }
        log.cover(run[0], &stars)?;
    }
    Ok(())
}

/// Where in a tape's file the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In the beginning of a line, which tells what its event is.
    Head,
    /// In output.
    Text,
    /// Behind a backslash in it.
    Escape,
    /// So many digits of a number follow in it.
    Number(u8),
    /// In what is no output.
    Other,
}

/// Goes over a tape's file.
struct Output<'a> {
    /// Bytes of output before the next one.
    shown: u64,
    /// What is still to be found, in order.
    late: &'a [Late],
    /// The line, while it is not known what it is.
    line: Vec<u8>,
    state: State,
}

impl Output<'_> {
    /// Takes the next byte of the file; tells whether it is to be covered.
    fn step(&mut self, byte: u8) -> bool {
        let is_end = byte == b'\n';
        let (state, shows) = match (self.state, byte) {
            (_, b'\n') => (State::Head, false),
            (State::Head, _) => (self.head(byte), false),
            (State::Text, b'\\') => (State::Escape, false),
            (State::Text, b'"') | (State::Other, _) => (State::Other, false),
            (State::Escape, b'u') => (State::Number(4), false),
            (State::Number(digits @ 2..), _) => (State::Number(digits - 1), false),
            (State::Text | State::Escape | State::Number(_), _) => (State::Text, true),
        };
        let is_plain = shows && self.state == State::Text;
        self.state = state;
        if is_end {
            self.line.clear();
        }
        let is_late = shows && self.is_late(byte);
        self.shown += u64::from(shows);
        is_late && is_plain
    }

    fn head(&mut self, byte: u8) -> State {
        self.line.push(byte);
        if self.line.ends_with(OUTPUT) {
            State::Text
        } else if self.line.len() > TIME_MAX + OUTPUT.len() {
            State::Other
        } else {
            State::Head
        }
    }

    fn is_late(&mut self, byte: u8) -> bool {
        let done = self.late.partition_point(|late| late.at < self.shown);
        self.late = &self.late[done..];
        self.late.first().is_some_and(|late| *late == Late { at: self.shown, byte })
    }
}
