//! The tape: what the child wrote, redacted, as an asciicast that `asciinema play` plays.
//!
//! One event per synchronized frame; what is not in frames is gathered for a moment. Only redacted
//! bytes get this far towards the disk, and no keystrokes ever. A segment that is full is
//! continued in the next one, which starts with a picture of the screen.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::cover::Cover;
use crate::clock::Timestamp;
use crate::disk::PrivateLog;
use crate::error::Result;
use crate::model::Size;
use crate::redact::{RedactStream, Redacted};

/// A segment's size. Players read a whole file into memory; this is what they still can.
pub const SEGMENT_MAX: u64 = 256 << 20;
/// The last segments are kept, beside the first: at least one of them is full, and between them
/// and the beginning lies what is missed least.
const LAST_KEPT: u32 = 2;
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

/// Where segments after the first one go.
pub struct Segments {
    /// From this many bytes on a segment is full.
    pub max: u64,
    /// Opens the segment with this number.
    pub open: Box<dyn FnMut(u32) -> Result<PrivateLog> + Send>,
    /// Removes the segment with this number.
    pub remove: Box<dyn FnMut(u32) -> Result<()> + Send>,
}

/// A tape that is being written.
pub struct Tape {
    log: PrivateLog,
    /// The first segment, kept open because its lock says that the run lives.
    first: Option<PrivateLog>,
    segments: Segments,
    segment: u32,
    segment_bytes: u64,
    stream: RedactStream,
    started: Instant,
    /// The last event's time. Times never go back: when output was waiting to be taken, a tick is
    /// ahead of it.
    last_event: Instant,
    size: Size,
    /// Bytes of output in events so far.
    shown: u64,
    /// What should not have been there.
    cover: Cover,
    is_covered: bool,
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
    /// Starts a tape on `log`, which must be empty. The header is written with what comes first, so
    /// a disk that says no breaks the tape while the child runs, and never keeps it from running.
    pub fn start(
        log: PrivateLog,
        segments: Segments,
        stream: RedactStream,
        size: Size,
        now: (Instant, Timestamp),
    ) -> Self {
        let mut tape = Self {
            log,
            first: None,
            segments,
            segment: 1,
            segment_bytes: 0,
            stream,
            started: now.0,
            last_event: now.0,
            size,
            shown: 0,
            cover: Cover::new(0),
            is_covered: false,
            gathered: Redacted::default(),
            gathered_at: None,
            last_output: None,
            lines: Redacted::default(),
            written_at: now.0,
            synced_at: None,
        };
        tape.header(now.1);
        tape
    }

    /// The tape's beginning, whose lock says that the run lives.
    pub fn into_log(self) -> PrivateLog {
        self.first.unwrap_or(self.log)
    }

    /// Something that was written has been covered since: whoever read it before should read it again.
    pub fn is_covered(&self) -> bool {
        self.is_covered
    }

    /// The current segment is full: the next item should be an [`Item::Picture`].
    pub fn is_full(&self) -> bool {
        self.segment_bytes >= self.segments.max
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
                self.stream.resize(size);
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
            // While a picture is on its way it may be asked for again; one is enough.
            Item::Picture(bytes) if self.is_full() => self.next_segment(&bytes, now)?,
            Item::Picture(_) => {}
        }
        self.write_when_due(now)
    }

    /// Time passes.
    ///
    /// # Errors
    /// As [`Tape::item`].
    pub fn tick(&mut self, now: Instant) -> Result<()> {
        if self.last_output.take_if(|at| now >= *at + QUIET).is_some() {
            self.release(now);
            self.write(now)?;
            return self.cover_late();
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
        self.release(now);
        self.mark(now, "end");
        self.write(now)?;
        self.cover_late()?;
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
            self.shown += (end - done) as u64;
            self.event(now, "\"o\"", &gathered, done..end);
            done = end;
        }
        gathered.drop_front(done);
        self.gathered = gathered;
    }

    /// Makes an event of everything that has come, masking an open token.
    fn release(&mut self, now: Instant) {
        let held = self.stream.flush();
        self.gathered.push(&held);
        self.cover.add(self.stream.late());
        self.cut(now);
    }

    /// Makes an event of everything that is gathered.
    fn cut(&mut self, now: Instant) {
        self.gathered_at = None;
        let mut gathered = std::mem::take(&mut self.gathered);
        if !gathered.is_empty() {
            self.shown += gathered.len() as u64;
            self.event(now, "\"o\"", &gathered, 0..gathered.len());
            gathered.clear();
        }
        self.gathered = gathered;
    }

    fn mark(&mut self, now: Instant, label: &'static str) {
        self.event(now, "\"m\"", &Redacted::plain(label), 0..label.len());
    }

    fn event(&mut self, now: Instant, code: &'static str, text: &Redacted, part: Range<usize>) {
        self.last_event = self.last_event.max(now);
        let micros = self.last_event.saturating_duration_since(self.started).as_micros() as f64;
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
        // What is held back was on the screen before the picture: it belongs to what is full.
        self.release(now);
        self.write(now)?;
        self.cover_late()?;
        self.log.sync()?;
        self.cover = Cover::new(self.shown);
        let next = (self.segments.open)(self.segment + 1)?;
        let full = std::mem::replace(&mut self.log, next);
        self.first.get_or_insert(full);
        self.segment += 1;
        self.segment_bytes = 0;
        if self.segment > LAST_KEPT + 1 {
            (self.segments.remove)(self.segment - LAST_KEPT)?;
        }
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
            self.look_back(now)?;
            self.log.sync()?;
        }
        Ok(())
    }

    /// Covers what should not have been shown; all of it is written.
    fn cover_late(&mut self) -> Result<()> {
        self.is_covered |= self.cover.is_any();
        self.cover.apply(&mut self.log)
    }

    /// The same while the child never pauses.
    fn look_back(&mut self, now: Instant) -> Result<()> {
        self.stream.look_back();
        let late = self.stream.late();
        if late.is_empty() {
            return Ok(());
        }
        self.cover.add(late);
        self.cut(now);
        self.write(now)?;
        self.cover_late()
    }

    fn write(&mut self, now: Instant) -> Result<()> {
        self.log.write(&self.lines)?;
        self.segment_bytes += self.lines.as_bytes().len() as u64;
        self.cover.goes_on(self.shown, self.log.len());
        self.lines.clear();
        self.written_at = now;
        self.synced_at.get_or_insert(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;
    use crate::disk::Root;
    use crate::error::Error;
    use crate::redact::Redactor;

    const MS: Duration = Duration::from_millis(1);
    const SIZE: Size = Size { cols: 80, rows: 24 };

    /// A tape in a folder of its own.
    struct Rig {
        _dir: tempfile::TempDir,
        root: Root,
        redactor: Redactor,
        tape: Tape,
        start: Instant,
    }

    fn name(segment: u32) -> String {
        format!("tape.{segment}.cast")
    }

    fn rig(max: u64) -> Rig {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        let redactor = Redactor::new(&[7; 32], &[]);
        let (other, third) = (root.clone(), root.clone());
        let segments = Segments {
            max,
            open: Box::new(move |segment| other.create_log(&name(segment))),
            remove: Box::new(move |segment| third.remove_file(&name(segment)).map(drop)),
        };
        let start = Instant::now();
        let log = root.create_log(&name(1)).unwrap();
        let at = (start, Timestamp::from_second(1_700_000_000));
        let tape = Tape::start(log, segments, redactor.terminal(SIZE), SIZE, at);
        Rig { _dir: dir, root, redactor, tape, start }
    }

    impl Rig {
        fn output(&mut self, bytes: &[u8], at: Duration) {
            self.tape.item(Item::Output(bytes.to_vec()), self.start + at).unwrap();
        }

        /// Lets time pass as the tape's thread does: at each deadline.
        fn wait(&mut self, until: Duration) {
            while let Some(at) = self.tape.deadline().filter(|at| *at <= self.start + until) {
                self.tape.tick(at).unwrap();
            }
        }

        fn lines(&self, segment: u32) -> Vec<Value> {
            let text = self.root.read_text(&name(segment), 1 << 30).unwrap().unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }

        fn finished(&mut self, at: Duration) -> Vec<Value> {
            self.tape.finish(self.start + at).unwrap();
            self.lines(1)
        }
    }

    /// Code and text of each event.
    fn events(lines: &[Value]) -> Vec<(&str, &str)> {
        lines[1..].iter().map(|e| (e[1].as_str().unwrap(), e[2].as_str().unwrap())).collect()
    }

    fn joined(lines: &[Value]) -> String {
        events(lines).into_iter().filter(|(code, _)| *code == "o").map(|(_, text)| text).collect()
    }

    /// A token that the redactor knows, made here so that none stands in the source.
    fn secret() -> String {
        ["sk-ant-", "api03-", &"Ab3dEf6hIj".repeat(9), "-x1Y2z3AA"].concat()
    }

    #[test]
    fn what_was_painted_back_to_front_is_covered_after_a_pause() {
        let mut rig = rig(u64::MAX);
        let token = secret();
        let (head, tail) = token.split_at(45);
        // More than what is read at once, so that what comes is found from a later place on.
        for n in 0..40 {
            rig.output(format!("{n} {}\r\n", "words ".repeat(10_000)).as_bytes(), MS);
        }
        rig.output(b"\x1bc", 2 * MS);
        rig.output(format!("é \"quoted\"\t\x1b[3;46H{tail}\x1b[9;1H⠋ spin").as_bytes(), MS);
        rig.output(format!("\x1b[3;1H{head}\x1b[9;9H.\r\n").as_bytes(), 300 * MS);
        let want = format!("é \"quoted\"\t\x1b[3;46H{}\x1b[9;1H⠋ spin", "*".repeat(tail.len()));
        rig.wait(900 * MS);
        let shown = joined(&rig.lines(1));
        let shown = &shown[shown.find("\x1bc").unwrap() + 2..];
        assert!(shown.starts_with(&want) && shown.ends_with("\x1b[9;9H.\r\n"), "{shown:?}");
        assert!(!shown.contains(&head[20..]), "{shown:?}");
    }

    #[test]
    fn it_is_covered_soon_where_the_child_never_pauses() {
        let mut rig = rig(u64::MAX);
        let token = secret();
        let (head, tail) = token.split_at(45);
        rig.output(format!("\x1b[3;46H{tail}\x1b[9;1H⠋ spin").as_bytes(), MS);
        let mut shown = String::new();
        for n in 1..30_u32 {
            if n == 10 {
                rig.output(format!("\x1b[3;1H{head}").as_bytes(), n * 100 * MS);
                assert!(!rig.tape.is_covered());
            }
            rig.output(b"\x1b[9;1H.", n * 100 * MS);
            rig.wait((n * 100 + 99) * MS);
            shown = joined(&rig.lines(1));
        }
        assert!(rig.tape.is_covered() && !shown.contains(tail), "{shown:?}");
        assert!(shown.starts_with(&format!("\x1b[3;46H{}", "*".repeat(tail.len()))), "{shown:?}");
    }

    #[test]
    fn times_never_go_back() {
        let mut rig = rig(u64::MAX);
        rig.output(b"one", MS);
        rig.tape.tick(rig.start + 200 * MS).unwrap();
        rig.output(b"two", 100 * MS);
        let lines = rig.finished(150 * MS);
        let times: Vec<_> = lines[1..].iter().map(|event| event[0].as_f64().unwrap()).collect();
        assert!(times.is_sorted(), "{times:?}");
        assert_eq!(times.len(), 3);
    }

    #[test]
    fn a_tape_is_a_head_and_events_in_their_order() {
        let mut rig = rig(u64::MAX);
        rig.output(b"one\r\n", MS);
        rig.tape.item(Item::Resize(Size::new(60, 20)), rig.start + 2 * MS).unwrap();
        rig.tape.item(Item::Mark("busy"), rig.start + 3 * MS).unwrap();
        rig.output(b"two", 4 * MS);
        let lines = rig.finished(5 * MS);
        let head = &lines[0];
        assert_eq!(
            (&head["version"], &head["width"], &head["height"]),
            (&2.into(), &80.into(), &24.into())
        );
        assert_eq!(head["timestamp"], 1_700_000_000);
        let want = [("o", "one\r\n"), ("r", "60x20"), ("m", "busy"), ("o", "two"), ("m", "end")];
        assert_eq!(events(&lines), want);
        let times: Vec<f64> = lines[1..].iter().map(|e| e[0].as_f64().unwrap()).collect();
        assert!(times.is_sorted(), "{times:?}");
        assert_eq!(lines[2][0], 0.002);
    }

    #[test]
    fn each_synchronized_frame_is_one_event_however_it_is_cut() {
        let frame = |n: usize| format!("\x1b[?2026h{n} \x1b[1mgrün 漢字\x1b[?2026l");
        let all: String = (0..3).map(frame).collect();
        for chunk in 1..all.len() {
            let mut rig = rig(u64::MAX);
            for piece in all.as_bytes().chunks(chunk) {
                rig.output(piece, MS);
            }
            let lines = rig.finished(2 * MS);
            let want: Vec<String> = (0..3).map(frame).collect();
            let want: Vec<_> =
                want.iter().map(|f| ("o", f.as_str())).chain([("m", "end")]).collect();
            assert_eq!(events(&lines), want, "chunks of {chunk}");
        }
    }

    #[test]
    fn a_quiet_child_is_on_the_disk_within_250_ms_masked_where_a_secret_may_have_begun() {
        let mut rig = rig(u64::MAX);
        // The last write was just before, so nothing is due by itself.
        rig.output(b"x", 10 * MS);
        rig.wait(160 * MS);
        let begun = &secret()[..40];
        rig.output(format!("key {begun}").as_bytes(), 165 * MS);
        rig.wait((165 + 250) * MS);
        let text = joined(&rig.lines(1));
        assert!(text.starts_with("xkey ") && text.len() > 5, "{text}");
        assert!(!text.contains(begun), "{text}");
        assert_eq!(rig.tape.deadline(), Some(rig.tape.synced_at.unwrap() + SYNC));
        rig.wait(Duration::from_secs(5));
        assert_eq!(rig.tape.deadline(), None, "an idle tape does nothing");
    }

    #[test]
    fn a_full_segment_is_continued_with_a_picture_and_the_middle_is_dropped() {
        let mut rig = rig(2_000);
        for n in 0..5_u32 {
            rig.output(format!("{n}{}", ".".repeat(70_000)).as_bytes(), MS * n);
            assert!(rig.tape.is_full());
            let picture = |text: &str| Item::Picture(text.as_bytes().to_vec());
            rig.tape.item(picture("\x1b[Hpicture"), rig.start + MS * n).unwrap();
            // Asked for twice: the second one finds a new segment and is not needed.
            rig.tape.item(picture("\x1b[Hagain"), rig.start + MS * n).unwrap();
        }
        rig.tape.finish(rig.start + 9 * MS).unwrap();
        let left: Vec<String> = rig.root.list("").unwrap().into_iter().map(|e| e.name).collect();
        assert_eq!(left, [name(1), name(5), name(6)]);
        assert!(joined(&rig.lines(1)).starts_with("0..."));
        for (segment, what) in [(5, "\x1b[Hpicture4..."), (6, "\x1b[Hpicture")] {
            let lines = rig.lines(segment);
            assert_eq!(lines[0]["width"], 80);
            assert!(joined(&lines).starts_with(what), "{segment}");
        }
        assert!(rig.root.is_locked(&name(1)).unwrap(), "its lock says that the run lives");
    }

    #[test]
    fn a_disk_that_is_full_is_told_and_the_lock_stays() {
        let mut rig = rig(10);
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        rig.tape.segments.open = Box::new(move |_| {
            *count.lock().unwrap() += 1;
            Err(Error::from(std::io::Error::other("no space left on device")))
        });
        // Enough to be written at once, which fills the segment.
        rig.tape.item(Item::Output(b"a word ".repeat(WRITE_AT / 7 + 1)), rig.start).unwrap();
        let error = rig.tape.item(Item::Picture(Vec::new()), rig.start).unwrap_err();
        assert!(error.to_string().contains("no space left"), "{error}");
        assert_eq!(*asked.lock().unwrap(), 1);
        assert!(rig.root.is_locked(&name(1)).unwrap());
    }

    proptest::proptest! {
        #[test]
        fn what_is_on_the_tape_is_the_redacted_stream(
            parts in proptest::collection::vec((0_usize..5, "[a-zé漢 ]{0,12}"), 1..30),
            cuts in proptest::collection::vec(1_usize..40, 1..20),
        ) {
            let token = secret();
            let pieces = ["\x1b[?2026l", "\x1b[38;5;9m", "\r\n", token.as_str(), "👩‍👧"];
            let text: Vec<&str> =
                parts.iter().flat_map(|(n, word)| [word.as_str(), pieces[*n]]).collect();
            let text = text.concat();
            let mut rig = rig(u64::MAX);
            let mut stream = rig.redactor.terminal(SIZE);
            let put_out = Redacted::join(&[&stream.feed(text.as_bytes()), &stream.flush()]);
            let mut want = put_out.as_bytes().to_vec();
            for late in stream.late() {
                want[usize::try_from(late.at).unwrap()] = b'*';
            }
            let (mut rest, mut cuts) = (text.as_bytes(), cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                rig.output(piece, MS);
                rest = after;
            }
            let lines = rig.finished(2 * MS);
            proptest::prop_assert_eq!(joined(&lines), String::from_utf8(want).unwrap());
        }
    }
}
