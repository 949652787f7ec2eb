//! The tape: what the child wrote, redacted, as an asciicast that `asciinema play` plays.
//!
//! One event per synchronized frame; what is not in frames is gathered for a moment. Only redacted
//! bytes get this far towards the disk, and no keystrokes ever. A segment that is full is
//! continued in the next one, which starts with a picture of the screen.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::clock::Timestamp;
use crate::disk::PrivateLog;
use crate::error::Result;
use crate::model::Size;
use crate::redact::{RedactStream, Redacted};

/// A segment's size. Players read a whole file into memory; this is what they still can.
const SEGMENT_MAX: u64 = 256 << 20;
/// Output outside of frames is gathered this long: shorter makes 70,000 events in half an hour,
/// longer can be seen in a replay.
const GATHER: Duration = Duration::from_millis(50);
/// Output outside of frames is cut into events of this size.
const EVENT_MAX: usize = 64 << 10;
/// Lines are written together up to this size.
const WRITE_AT: usize = 64 << 10;
/// After this long without output, what the redactor holds back is written, masked where a
/// secret may have begun: the tape is never more than 250 ms behind the screen.
const QUIET: Duration = Duration::from_millis(150);
/// A power cut may cost this much.
const SYNC: Duration = Duration::from_secs(1);

const FRAME_END: &[u8] = b"\x1b[?2026l";

/// Something for the tape, in the order in which it happened.
#[derive(Debug)]
pub enum Item {
    /// The child wrote this.
    Output(Vec<u8>),
    /// The child's terminal has a new size.
    Resize(Size),
    /// Something to find again.
    Mark(&'static str),
    /// The bytes that draw the screen as it is now; what a new segment starts with.
    Picture(Vec<u8>),
}

/// Opens the segment with this number.
pub type OpenSegment = Box<dyn FnMut(u32) -> Result<PrivateLog> + Send>;

/// A tape that is being written.
pub struct Tape {
    log: PrivateLog,
    /// The first segment, kept open because its lock says that the run lives.
    first: Option<PrivateLog>,
    open: OpenSegment,
    segment: u32,
    segment_bytes: u64,
    stream: RedactStream,
    started: Instant,
    size: Size,
    /// Redacted output that is not in an event yet, and when it came.
    gathered: Redacted,
    gathered_at: Option<Instant>,
    last_output: Option<Instant>,
    /// Whole lines that are not written yet.
    lines: Redacted,
    written_at: Instant,
    synced_at: Option<Instant>,
}

impl Tape {
    /// Starts a tape on `log`, which must be empty.
    ///
    /// # Errors
    /// `Io` when the header cannot be written.
    pub fn start(
        log: PrivateLog,
        open: OpenSegment,
        stream: RedactStream,
        size: Size,
        now: (Instant, Timestamp),
    ) -> Result<Self> {
        let mut tape = Self {
            log,
            first: None,
            open,
            segment: 1,
            segment_bytes: 0,
            stream,
            started: now.0,
            size,
            gathered: Redacted::default(),
            gathered_at: None,
            last_output: None,
            lines: Redacted::default(),
            written_at: now.0,
            synced_at: None,
        };
        tape.header(now.1);
        tape.write(now.0)?;
        Ok(tape)
    }

    /// Bytes in the current segment.
    pub fn bytes(&self) -> u64 {
        self.segment_bytes
    }

    /// The current segment is full: the next item should be an [`Item::Picture`].
    pub fn is_full(&self) -> bool {
        self.segment_bytes >= SEGMENT_MAX
    }

    /// Takes the next item.
    ///
    /// # Errors
    /// `Io` when the disk says no; the tape is of no use any more then.
    pub fn item(&mut self, item: Item, now: Instant) -> Result<()> {
        match item {
            Item::Output(bytes) => self.output(&bytes, now),
            Item::Resize(size) => {
                self.size = size;
                self.cut(now);
                let mut text = Redacted::number(size.cols);
                text.push_plain("x");
                text.push_number(size.rows);
                self.event(now, "\"r\"", &text, 0..text.len());
            }
            Item::Mark(label) => {
                self.cut(now);
                self.mark(now, label);
            }
            Item::Picture(bytes) => self.next_segment(&bytes, now)?,
        }
        self.write_when_due(now)
    }

    /// Time passes.
    ///
    /// # Errors
    /// As [`Tape::item`].
    pub fn tick(&mut self, now: Instant) -> Result<()> {
        if self.last_output.take_if(|at| now >= *at + QUIET).is_some() {
            let held = self.stream.flush();
            self.gathered.push(&held);
            self.cut(now);
        }
        if self.gathered_at.is_some_and(|at| now >= at + GATHER) {
            self.cut(now);
        }
        self.write_when_due(now)
    }

    /// When to call [`Tape::tick`], if no item comes before.
    pub fn deadline(&self) -> Option<Instant> {
        let quiet = self.last_output.map(|at| at + QUIET);
        let gather = self.gathered_at.map(|at| at + GATHER);
        let write = (!self.lines.is_empty()).then(|| self.written_at + QUIET);
        let sync = self.synced_at.map(|at| at + SYNC);
        [quiet, gather, write, sync].into_iter().flatten().min()
    }

    /// Ends the tape: everything is written and on the disk.
    ///
    /// # Errors
    /// As [`Tape::item`].
    pub fn finish(&mut self, now: Instant) -> Result<()> {
        let rest = self.stream.flush();
        self.gathered.push(&rest);
        self.cut(now);
        self.mark(now, "end");
        self.write(now)?;
        self.log.sync()
    }

    fn output(&mut self, bytes: &[u8], now: Instant) {
        let seen = self.gathered.as_bytes().len();
        let redacted = self.stream.feed(bytes);
        self.gathered.push(&redacted);
        self.last_output = Some(now);
        // A frame's end may have begun in what was there before.
        let from = seen.saturating_sub(FRAME_END.len() - 1);
        self.cut_frames(from, now);
        if self.gathered.as_bytes().len() >= EVENT_MAX {
            self.cut(now);
        } else if self.gathered.is_empty() {
            self.gathered_at = None;
        } else {
            self.gathered_at.get_or_insert(now);
        }
    }

    /// Makes an event of each whole frame from `from` on.
    fn cut_frames(&mut self, from: usize, now: Instant) {
        let mut gathered = std::mem::take(&mut self.gathered);
        let bytes = gathered.as_bytes();
        let mut done = 0;
        for at in memchr::memmem::find_iter(&bytes[from..], FRAME_END) {
            let end = from + at + FRAME_END.len();
            self.event(now, "\"o\"", &gathered, done..end);
            done = end;
        }
        gathered.drop_front(done);
        self.gathered = gathered;
    }

    /// Makes an event of everything that is gathered.
    fn cut(&mut self, now: Instant) {
        self.gathered_at = None;
        let mut gathered = std::mem::take(&mut self.gathered);
        if !gathered.is_empty() {
            self.event(now, "\"o\"", &gathered, 0..gathered.len());
            gathered.clear();
        }
        self.gathered = gathered;
    }

    fn mark(&mut self, now: Instant, label: &'static str) {
        self.event(now, "\"m\"", &Redacted::plain(label), 0..label.len());
    }

    fn event(&mut self, now: Instant, code: &'static str, text: &Redacted, part: Range<usize>) {
        let micros = now.saturating_duration_since(self.started).as_micros() as f64;
        let lines = &mut self.lines;
        lines.push_plain("[");
        lines.push_number(micros / 1e6);
        lines.push_plain(", ");
        lines.push_plain(code);
        lines.push_plain(", ");
        lines.push_json(text, part);
        lines.push_plain("]\n");
    }

    fn header(&mut self, at: Timestamp) {
        let lines = &mut self.lines;
        lines.push_plain("{\"version\": 2, \"width\": ");
        lines.push_number(self.size.cols);
        lines.push_plain(", \"height\": ");
        lines.push_number(self.size.rows);
        lines.push_plain(", \"timestamp\": ");
        lines.push_number(at.as_second());
        lines.push_plain(", \"env\": {\"TERM\": \"xterm-256color\"}}\n");
    }

    fn next_segment(&mut self, picture: &[u8], now: Instant) -> Result<()> {
        self.cut(now);
        self.write(now)?;
        self.log.sync()?;
        let next = (self.open)(self.segment + 1)?;
        let full = std::mem::replace(&mut self.log, next);
        self.first.get_or_insert(full);
        self.segment += 1;
        self.segment_bytes = 0;
        self.header(Timestamp::now());
        self.output(picture, now);
        self.cut(now);
        Ok(())
    }

    fn write_when_due(&mut self, now: Instant) -> Result<()> {
        let late = !self.lines.is_empty() && now >= self.written_at + QUIET;
        if late || self.lines.as_bytes().len() >= WRITE_AT {
            self.write(now)?;
        }
        if self.synced_at.take_if(|at| now >= *at + SYNC).is_some() {
            self.log.sync()?;
        }
        Ok(())
    }

    fn write(&mut self, now: Instant) -> Result<()> {
        self.log.write(&self.lines)?;
        self.segment_bytes += self.lines.as_bytes().len() as u64;
        self.lines.clear();
        self.written_at = now;
        self.synced_at.get_or_insert(now);
        Ok(())
    }
}
