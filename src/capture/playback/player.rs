//! Plays the tape of a session: while it is written, so that little is left to do at the end, or
//! from its beginning. What comes out is the same.

use std::fmt;

use super::cast;
use super::replay::Replay;
use super::turns::ScreenTurn;
use crate::clock::Timestamp;
use crate::disk::{Reader, Root};
use crate::error::Result;
use crate::model::SessionId;
use crate::provider::WAIT;
use crate::store::Store;
use crate::transcript::{Line, Lines};

/// Bytes of a tape that are read at once.
const CHUNK: usize = 256 << 10;
/// Bytes of the longest line of a tape that is read. Events hold about 64 KiB, and escapes make
/// six bytes of one.
const EVENT_MAX: usize = 4 << 20;
/// Bytes that are played at once while the tape is written: some 30 ms of work. A client writes as
/// much in minutes; what a flood leaves is played at the end.
const FOLLOW: u64 = 512 << 10;
/// Bytes of a brief that are read: its writer keeps to a tenth.
const BRIEF_MAX: u64 = 1 << 20;

/// The player, somewhere on the tape.
pub(in crate::capture) struct Player {
    files: Root,
    session: SessionId,
    replay: Replay,
    /// The segment that is played; none before the first.
    segment: Option<Segment>,
}

struct Segment {
    number: u32,
    reader: Reader,
    offset: u64,
    lines: Lines,
}

impl Player {
    /// One at the beginning of a session's tape.
    pub(in crate::capture) fn of(files: &Root, session: SessionId) -> Self {
        let replay = Replay::of(&given(files, session));
        Self { files: files.clone(), session, replay, segment: None }
    }

    /// Plays some of what was written meanwhile. What cannot be read now is told at the end.
    pub(in crate::capture) fn follow(&mut self) {
        let _ = self.play(FOLLOW, &mut |_| true);
    }

    /// Plays what is there, at most about `budget` bytes of it. `false` when `goes_on`, which is
    /// told how many were played, said no.
    pub(in crate::capture) fn play(
        &mut self,
        budget: u64,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<bool> {
        let (mut played, mut buffer) = (0, Vec::new());
        while played < budget {
            if self.segment.is_none() && !self.open(self.next()?)? {
                break;
            }
            buffer.resize(CHUNK, 0);
            let mut read = self.read(&mut buffer)?;
            if read == 0 {
                let Some(next) = self.next()? else { break };
                // It is whole once there is another one, and it may have grown since it was read.
                read = self.read(&mut buffer)?;
                if read == 0 {
                    if self.open(Some(next))? {
                        continue;
                    }
                    break;
                }
            }
            let Some(segment) = &mut self.segment else { break };
            segment.offset += read as u64;
            played += read as u64;
            let replay = &mut self.replay;
            segment.lines.feed(&buffer[..read], |line| event(replay, line));
            if !goes_on(played) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Some(segment) = &mut self.segment else { return Ok(0) };
        segment.reader.read_from(segment.offset, buffer)
    }

    /// The segment that comes after this one, of those that are kept: of a long tape the middle is
    /// dropped.
    fn next(&self) -> Result<Option<u32>> {
        let at = self.segment.as_ref().map_or(0, |segment| segment.number);
        let segments = Store::segments(&self.files, self.session)?;
        Ok(segments.into_iter().find(|number| *number > at))
    }

    /// Goes on with another segment, if it is there.
    fn open(&mut self, number: Option<u32>) -> Result<bool> {
        let Some(number) = number else { return Ok(false) };
        let path = Store::cast_path(self.session, number);
        let Some(reader) = self.files.reader(&path)? else { return Ok(false) };
        self.end_segment();
        let lines = Lines::with_max(EVENT_MAX);
        self.segment = Some(Segment { number, reader, offset: 0, lines });
        Ok(true)
    }

    fn end_segment(&mut self) {
        if let Some(mut segment) = self.segment.take() {
            segment.lines.finish(|line| last(&mut self.replay, line));
        }
    }

    /// Bytes of the tape that are still to be played.
    pub(in crate::capture) fn left(&self) -> Result<u64> {
        let (at, played) =
            self.segment.as_ref().map_or((0, 0), |segment| (segment.number, segment.offset));
        let mut left = 0;
        for number in Store::segments(&self.files, self.session)? {
            let path = Store::cast_path(self.session, number);
            if number >= at
                && let Some(reader) = self.files.reader(&path)?
            {
                left += reader.len()?;
            }
        }
        Ok(left.saturating_sub(played))
    }

    /// When the tape of a run with a screen was last written to; `None` where there is nothing on it.
    pub(in crate::capture) fn last_written(&self) -> Option<Timestamp> {
        self.segment.as_ref().filter(|segment| segment.offset > 0 && !self.replay.is_printed())?;
        let last = Store::segments(&self.files, self.session).ok()?.pop()?;
        self.files.reader(&Store::cast_path(self.session, last)).ok()??.modified()
    }

    /// Whether the child told what it does.
    pub(in crate::capture) fn tells(&self) -> bool {
        self.replay.tells()
    }

    /// The tape is at its end.
    pub(in crate::capture) fn finish(mut self) -> Vec<ScreenTurn> {
        self.end_segment();
        self.replay.finish()
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.segment.as_ref().map(|segment| (segment.number, segment.offset));
        f.debug_struct("Player")
            .field("session", &self.session)
            .field("at", &at)
            .finish_non_exhaustive()
    }
}

fn event(replay: &mut Replay, line: Line<'_>) {
    if let Line::Whole(line) = line
        && let Some(event) = cast::event(line)
    {
        replay.event(&event);
    }
}

/// The last line of a segment has no newline where its writing was cut short.
fn last(replay: &mut Replay, line: Line<'_>) {
    if let Line::Whole(line) = line
        && let Some(event) = cast::event(line).or_else(|| cast::torn(line))
    {
        replay.event(&event);
    }
}

/// What loghop itself told the assistant of a session: clients show what they get as a prompt.
fn given(files: &Root, session: SessionId) -> String {
    let brief = files.read_text(&Store::brief_path(session), BRIEF_MAX);
    brief.ok().flatten().map_or_else(String::new, |brief| format!("{brief}{WAIT}"))
}
