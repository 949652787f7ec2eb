//! Takes a terminal's escape sequences out of a byte stream, and keeps them for later.
//!
//! What is left is the logical text, where a secret is in one piece even if the screen shows it in
//! two colours. Where sequences move the cursor, text that is not in the stream is put between: a
//! blank or a line break, so that words of two places do not grow together, or what the screen
//! shows beside them (`cells`).

use std::collections::VecDeque;
use std::ops::Range;

use super::window::Window;

/// Sequences that may stand inside of a word. More of them, and it is no word any more: a line
/// break is put between, which bounds what has to be held back.
const PILE_MAX: usize = 4096;

/// The longest control sequence. Real ones have less than 64 bytes; longer ones are garbage, and
/// what follows is text again.
const SEQUENCE_MAX: usize = 256;

/// Released bytes that are kept before they are let go, so that letting go is rare.
const USED_MAX: usize = 16 * 1024;

/// Bytes that are asked at once whether they are text.
const BLOCK: usize = 32;

pub(super) const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
/// Cancels the sequence that it stands in.
pub(super) const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;

/// A sequence, and where in the logical text it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// The logical byte that it stands before.
    pub(super) at: usize,
    /// So many logical bytes at `at` were put there for it, and are not in the stream.
    pub(super) stands_for: usize,
    /// It is no sequence, but a letter of the text that is written in so many bytes.
    pub(super) written: usize,
    /// The bytes of all sequences of the stream up to the end of this one.
    sum: usize,
}

/// The sequences that have not been released yet, in order.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    list: VecDeque<Gap>,
    bytes: Vec<u8>,
    /// Bytes of `bytes` that were released already.
    used: usize,
    /// The bytes of all sequences of the stream that were released.
    released: usize,
    /// Where sequences follow each other without text in between, and the sum where that began.
    pile: (usize, usize),
}

impl Gaps {
    /// Adds a sequence at the end of the text, and `stand_in`, which the stream does not have.
    pub(super) fn push(&mut self, window: &mut Window, bytes: &[u8], stand_in: &[u8]) {
        let at = window.end();
        let before = self.released + self.bytes.len() - self.used;
        if !bytes.is_empty() {
            self.bytes.extend_from_slice(bytes);
            let sum = before + bytes.len();
            self.list.push_back(Gap { at, stands_for: 0, written: 0, sum });
        }
        self.pile_at(at, before);
        let sum = before + bytes.len();
        let severed = sum.saturating_sub(self.pile.1) > PILE_MAX;
        let stand_in = if severed && stand_in.is_empty() { b"\n" } else { stand_in };
        if !stand_in.is_empty() {
            window.extend(stand_in);
            self.list.push_back(Gap { at, stands_for: stand_in.len(), written: 0, sum });
            if severed {
                // Once per pile: what follows without text in between still belongs to it.
                self.pile = (window.end(), usize::MAX);
            }
        }
    }

    /// Releases the first bytes of a sequence at the end of the text, where none is waiting.
    pub(super) fn show(&mut self, at: usize, bytes: &[u8], out: &mut Vec<u8>) {
        self.pile_at(at, self.released);
        out.extend_from_slice(bytes);
        self.released += bytes.len();
    }

    fn pile_at(&mut self, at: usize, before: usize) {
        if self.pile.0 != at {
            self.pile = (at, before);
        }
    }

    /// Adds a letter at the end of the text that the stream has as `bytes`.
    pub(super) fn push_letter(&mut self, window: &mut Window, bytes: &[u8], letter: u8) {
        let (at, written) = (window.end(), bytes.len());
        let sum = self.released + self.bytes.len() - self.used + written;
        self.bytes.extend_from_slice(bytes);
        self.list.push_back(Gap { at, stands_for: 1, written, sum });
        window.extend(&[letter]);
    }

    /// Bytes of the stream that wait in them, and bytes of the logical text that stand for some.
    pub(super) fn held(&self) -> (usize, usize) {
        (self.bytes.len() - self.used, self.list.iter().map(|gap| gap.stands_for).sum())
    }

    /// The first one.
    pub(super) fn first(&self) -> Option<Gap> {
        self.list.front().copied()
    }

    /// Releases the first one into `out`.
    pub(super) fn pop(&mut self, out: &mut Vec<u8>) {
        let Some(gap) = self.list.pop_front() else { return };
        let to = self.used + gap.sum - self.released;
        out.extend_from_slice(&self.bytes[self.used..to]);
        self.used = to;
        self.released = gap.sum;
        if self.list.is_empty() {
            self.bytes.clear();
            self.used = 0;
        } else if self.used > USED_MAX {
            self.bytes.drain(..self.used);
            self.used = 0;
        }
    }

    /// Where between two logical bytes text stands that is not in the stream.
    pub(super) fn stand_ins(&self, from: usize, to: usize) -> impl Iterator<Item = Range<usize>> {
        let first = self.list.partition_point(|gap| gap.at + gap.stands_for <= from);
        let gaps = self.list.iter().skip(first).take_while(move |gap| gap.at < to);
        let gaps = gaps.filter(|gap| gap.stands_for > 0 && gap.written == 0);
        gaps.map(|gap| gap.at..gap.at + gap.stands_for)
    }

    /// Whether the stream has all letters between two logical bytes as they are.
    pub(super) fn is_plain(&self, from: usize, to: usize) -> bool {
        let first = self.list.partition_point(|gap| gap.at + gap.stands_for <= from);
        !self.list.iter().skip(first).take_while(|gap| gap.at < to).any(|gap| gap.stands_for > 0)
    }

    /// The bytes of all sequences of the stream that stand before the logical byte `at`.
    pub(super) fn sum_before(&self, at: usize) -> usize {
        if let Some(last) = self.list.back().filter(|gap| gap.at < at) {
            return last.sum;
        }
        self.sum_of(self.list.partition_point(|gap| gap.at < at))
    }

    /// Where text and sequences become more than `most` bytes, counted from the stream's beginning.
    pub(super) fn overflow(&self, most: usize) -> usize {
        let count = self.list.partition_point(|gap| gap.at + gap.sum <= most);
        let by_text = most - self.sum_of(count).min(most);
        self.list.get(count).map_or(by_text, |gap| by_text.min(gap.at))
    }

    /// The bytes of all sequences of the stream so far.
    pub(super) fn sum(&self) -> usize {
        self.sum_of(self.list.len())
    }

    /// The first logical byte from which on at most `most` bytes of the stream come up to `to`,
    /// before which its sequences have `sum` bytes.
    pub(super) fn nearest(&self, to: usize, sum: usize, most: usize) -> usize {
        let Some(least) = (to + sum).checked_sub(most) else { return 0 };
        let count = self.list.partition_point(|gap| gap.at + gap.sum < least);
        let by_text = least.saturating_sub(self.sum_of(count));
        self.list.get(count).map_or(by_text, |gap| by_text.min(gap.at))
    }

    /// The bytes of the stream's sequences up to the end of the `count`th that waits.
    fn sum_of(&self, count: usize) -> usize {
        if count == 0 { self.released } else { self.list[count - 1].sum }
    }
}

/// Where in a sequence the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Text,
    Escape,
    Control,
    /// Inside of OSC, DCS, APC, PM or SOS.
    String,
    /// After an ESC inside of a string.
    StringEscape,
}

/// What a string sequence carries, for whoever looks through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload<'a> {
    /// Some of it.
    Some(&'a [u8]),
    /// That was all.
    End,
}

/// Takes what a stream is split into.
pub(super) trait Sink {
    /// Text: no control bytes but tab, backspace and line ends.
    fn text(&mut self, text: &[u8]);

    /// A control byte, or a control or escape sequence, whole or cut off.
    fn sequence(&mut self, bytes: &[u8]);

    /// What a string sequence carries.
    fn payload(&mut self, payload: Payload);
}

/// Splits a stream into text and sequences.
#[derive(Debug, Default)]
pub(super) struct Escapes {
    state: State,
    partial: Vec<u8>,
}

impl Escapes {
    /// Splits `bytes`.
    pub(super) fn split(&mut self, bytes: &[u8], sink: &mut impl Sink) {
        let mut at = 0;
        while at < bytes.len() {
            match self.state {
                State::Text => {
                    let to = at + text_len(&bytes[at..]);
                    if to > at {
                        sink.text(&bytes[at..to]);
                    }
                    at = to;
                    if let Some(len) = whole_control(&bytes[at..]) {
                        sink.sequence(&bytes[at..at + len]);
                        at += len;
                    } else if let Some(control) = bytes.get(at) {
                        self.control(*control, sink);
                        at += 1;
                    }
                }
                State::String => {
                    let len = bytes[at..].iter().position(|b| ends_string(*b));
                    let to = len.map_or(bytes.len(), |len| at + len);
                    sink.payload(Payload::Some(&bytes[at..to]));
                    at = to;
                    if let Some(end) = bytes.get(at) {
                        self.end_string(*end, sink);
                        at += 1;
                    }
                }
                State::Escape | State::Control | State::StringEscape => {
                    at += usize::from(self.step(bytes[at], sink));
                }
            }
        }
    }

    /// What is here of a sequence that is not whole yet.
    pub(super) fn begun(&self) -> &[u8] {
        &self.partial
    }

    /// Releases an unfinished sequence as it is.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        if matches!(self.state, State::String) {
            sink.payload(Payload::End);
        }
        self.close(sink);
    }

    fn control(&mut self, byte: u8, sink: &mut impl Sink) {
        if byte == ESC {
            self.state = State::Escape;
            self.partial.push(byte);
        } else {
            sink.sequence(&[byte]);
        }
    }

    /// One byte of an escape or control sequence; tells whether it was used up.
    fn step(&mut self, byte: u8, sink: &mut impl Sink) -> bool {
        match (self.state, byte) {
            (State::StringEscape, b'\\') => {
                self.partial.push(byte);
                self.close(sink);
            }
            (State::StringEscape, _) => {
                // Not the end of a string, but the start of the next sequence.
                self.state = State::Escape;
                return false;
            }
            (_, ESC) => {
                self.close(sink);
                return false;
            }
            (State::Escape, b'[') => {
                self.partial.push(byte);
                self.state = State::Control;
            }
            (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => {
                self.partial.push(byte);
                sink.sequence(&self.partial);
                self.partial.clear();
                self.state = State::String;
            }
            (State::Escape, byte) if self.partial.len() == 1 && !is_escape(byte) => {
                // Nothing that a terminal knows: the byte is text, it may begin a token.
                self.close(sink);
                return false;
            }
            (_, 0x80.. | CAN | SUB) => {
                self.close(sink);
                return false;
            }
            _ => self.inner(byte, sink),
        }
        true
    }

    fn inner(&mut self, byte: u8, sink: &mut impl Sink) {
        self.partial.push(byte);
        let is_final = match self.state {
            State::Control => matches!(byte, 0x40..=0x7e),
            _ => matches!(byte, 0x30..=0x7e),
        };
        if is_final || self.partial.len() >= SEQUENCE_MAX {
            self.close(sink);
        }
    }

    fn end_string(&mut self, byte: u8, sink: &mut impl Sink) {
        sink.payload(Payload::End);
        self.partial.push(byte);
        if byte == ESC {
            self.state = State::StringEscape;
        } else {
            self.close(sink);
        }
    }

    fn close(&mut self, sink: &mut impl Sink) {
        if !self.partial.is_empty() {
            sink.sequence(&self.partial);
            self.partial.clear();
        }
        self.state = State::Text;
    }
}

/// The length of the control sequence that `bytes` begin with, if it is whole and plain: nearly
/// all are, and need not go through the states byte by byte.
fn whole_control(bytes: &[u8]) -> Option<usize> {
    let inner = bytes.strip_prefix(b"\x1b[")?;
    let inner = &inner[..inner.len().min(SEQUENCE_MAX - 2)];
    let len = inner.iter().position(|b| !matches!(b, 0x20..=0x3f))?;
    matches!(inner[len], 0x40..=0x7e).then_some(len + 3)
}

/// What a whole sequence that moves the cursor leaves behind in the logical text of a stream
/// whose screen is not known.
pub(super) fn moved(sequence: &[u8]) -> &'static [u8] {
    match sequence {
        [ESC, b'[', .., last] => match last {
            b'C' | b'G' | b'`' | b'a' | b'I' => b" ",
            b'A' | b'B' | b'D' | b'E' | b'F' | b'H' | b'f' | b'd' | b'e' | b'J' | b'S' | b'T'
            | b'L' | b'M' | b'Z' => b"\n",
            _ => b"",
        },
        [ESC, b'8' | b'D' | b'E' | b'M' | b'c'] => b"\n",
        _ => b"",
    }
}

/// Whether `byte` after ESC makes or begins a sequence that terminals know.
fn is_escape(byte: u8) -> bool {
    byte < 0x30 || b"6789=>DEHMNOZ\\c".contains(&byte)
}

/// How many bytes from the first on are text. Whole blocks are asked without a branch per byte,
/// which the compiler makes vector instructions of.
pub(super) fn text_len(bytes: &[u8]) -> usize {
    let is_text = |block: &&[u8]| !block.iter().fold(false, |any, byte| any | is_control(*byte));
    let sure = bytes.chunks_exact(BLOCK).take_while(is_text).count() * BLOCK;
    let control = bytes[sure..].iter().position(|byte| is_control(*byte));
    control.map_or(bytes.len(), |at| sure + at)
}

/// Control bytes that are no text. Tab, backspace and line ends are.
#[expect(clippy::needless_bitwise_bool, reason = "a branch would keep vectors out of `text_len`")]
fn is_control(byte: u8) -> bool {
    let is_kept = (0x08..=b'\n').contains(&byte) | (byte == b'\r');
    (byte == 0x7f) | (byte < 0x20) & !is_kept
}

fn ends_string(byte: u8) -> bool {
    matches!(byte, ESC | BEL | CAN | SUB)
}
