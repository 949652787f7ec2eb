//! The transcripts of a run, read once more as one conversation. A person goes from one to another and
//! back, so what was said stands in the order in which it was said, whichever file has it.

use std::collections::VecDeque;
use std::ops::Range;
use std::vec::IntoIter;

use super::tail::Tail;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::Turn;
use crate::transcript::InOrder;

/// Bytes read before it is asked whether to go on: some 20 ms.
const STRIDE: u64 = 4 << 20;
/// Bytes read before what was said in another file may come: no more turns wait than stand in them.
const STEP: u64 = 64 << 10;

/// One transcript, as far as it was read.
#[derive(Debug)]
struct Reading<'a> {
    tail: &'a mut Tail,
    parts: IntoIter<Range<u64>>,
    part: Range<u64>,
    order: InOrder,
    ready: VecDeque<Turn>,
    is_at_end: bool,
    /// When the turn that comes next was said.
    at: Option<Timestamp>,
}

/// Hands all turns of `tails` to `each`, torn last lines included. Nothing is kept in memory but what
/// waits for another file. What a client wrote late stands where it belongs, and so does what somebody
/// moved. What cannot be read is told and left out. `None` once `goes_on` says no.
pub(super) fn read_all(
    tails: &mut [Tail],
    each: &mut dyn FnMut(Turn),
    goes_on: &mut dyn FnMut() -> bool,
) -> Option<Vec<String>> {
    let mut warnings = Vec::new();
    let mut readings = Vec::new();
    for tail in tails {
        match tail.begin_again(goes_on) {
            Ok(Some(parts)) => readings.push(Reading::of(tail, parts)),
            Ok(None) => return None,
            Err(error) => warnings.push(unread(&error)),
        }
    }
    let mut read = 0;
    loop {
        for reading in &mut readings {
            while reading.ready.is_empty() && !reading.is_at_end {
                if read % STRIDE < STEP && !goes_on() {
                    return None;
                }
                match reading.step() {
                    Ok(bytes) => read += bytes,
                    Err(error) => {
                        warnings.push(unread(&error));
                        reading.end();
                    }
                }
            }
        }
        let waiting = readings.iter_mut().filter(|reading| !reading.ready.is_empty());
        let Some(next) = waiting.min_by_key(|reading| reading.at) else { break };
        if let Some(turn) = next.take() {
            each(turn);
        }
    }
    Some(warnings)
}

fn unread(error: &crate::error::Error) -> String {
    format!("a transcript could not be read to its end: {error}")
}

impl<'a> Reading<'a> {
    fn of(tail: &'a mut Tail, parts: Vec<Range<u64>>) -> Self {
        Self {
            tail,
            parts: parts.into_iter(),
            part: 0..0,
            order: InOrder::default(),
            ready: VecDeque::new(),
            is_at_end: false,
            at: None,
        }
    }

    /// Reads on; how many bytes.
    fn step(&mut self) -> Result<u64> {
        if self.part.is_empty() {
            let Some(part) = self.parts.next() else {
                self.end();
                return Ok(0);
            };
            self.tail.seek(part.start);
            self.part = part;
        }
        let (order, ready) = (&mut self.order, &mut self.ready);
        let mut each = |turn| order.turn(turn, &mut |turn| ready.push_back(turn));
        let to = self.part.end.min(self.part.start + STEP);
        self.tail.read_to(to, &mut each)?;
        if to == self.part.end {
            self.tail.finish_part(&mut each);
        }
        let bytes = to - self.part.start;
        self.part.start = to;
        self.settle();
        Ok(bytes)
    }

    /// There is nothing more to read.
    fn end(&mut self) {
        let ready = &mut self.ready;
        self.order.finish(&mut |turn| ready.push_back(turn));
        (self.part, self.is_at_end) = (0..0, true);
        self.tail.end_again();
        self.settle();
    }

    /// The next turn.
    fn take(&mut self) -> Option<Turn> {
        let turn = self.ready.pop_front();
        self.settle();
        turn
    }

    /// Sees when the next turn was said. What has no time belongs to what stands before it, and so does
    /// what a clock that was set back makes older.
    fn settle(&mut self) {
        self.at = self.ready.front().and_then(|turn| turn.at).max(self.at);
    }
}
