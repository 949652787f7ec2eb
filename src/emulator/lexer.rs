//! Cuts a byte stream into text runs and whole control sequences, across any chunk boundaries.
//!
//! A token that lies within one chunk is handed on as a slice of it. Only a sequence that a chunk
//! boundary or a control character cuts is collected in a buffer.

use memchr::memchr3;

/// Longest CSI or escape sequence. Real ones stay under 100 bytes; longer ones are swallowed.
pub(super) const SEQUENCE_MAX: usize = 256;

/// Longest OSC payload that is kept: a clipboard write of 1 MiB in base64, with its head.
/// Longer ones are swallowed.
pub(super) const OSC_MAX: usize = 1_400_000;

/// Capacity that the OSC buffer keeps between sequences; one large copy must not cost memory for
/// the rest of the run.
const OSC_KEPT: usize = 4096;

const ESC: u8 = 0x1b;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const BEL: u8 = 0x07;

/// A piece of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Printable bytes, CR, LF and HT. Not necessarily valid UTF-8.
    Text(&'a [u8]),
    /// Any other C0 control.
    Control(u8),
    /// `ESC`, intermediates and final byte.
    Escape(&'a [u8]),
    /// `ESC [` to the final byte.
    Csi(&'a [u8]),
    /// The payload of an OSC, and whether BEL ended it (answers end as their question did).
    Osc(&'a [u8], bool),
    /// Something to swallow: DCS, APC, PM, SOS, or a sequence beyond its limit.
    Swallowed,
}

/// One step through a chunk.
pub(super) struct Step<'a> {
    /// Bytes of the chunk that it took.
    pub(super) used: usize,
    /// What they completed; `None` when they only began or went on with something.
    pub(super) token: Option<Token<'a>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// The first bytes of a UTF-8 character are in `held`.
    Character,
    Escape,
    Csi,
    Osc,
    /// In a DCS, APC, PM or SOS, whose content nobody here wants.
    Str,
}

/// The state between chunks.
#[derive(Debug, Default)]
pub(super) struct Lexer {
    state: State,
    held: Vec<u8>,
    overlong: bool,
}

impl Lexer {
    /// Takes the next step through `bytes`, which must not be empty. `used` is at least 1, or a
    /// token comes without progress and the state has left where it was.
    pub(super) fn next<'a>(&'a mut self, bytes: &'a [u8]) -> Step<'a> {
        match self.state {
            State::Ground => self.ground(bytes),
            State::Character => self.character(bytes),
            State::Escape | State::Csi => self.sequence(bytes),
            State::Osc => self.osc(bytes),
            State::Str => self.string(bytes),
        }
    }

    /// Nothing is begun: the next byte starts a token.
    pub(super) fn is_between_tokens(&self) -> bool {
        self.state == State::Ground
    }

    fn ground<'a>(&'a mut self, bytes: &'a [u8]) -> Step<'a> {
        if bytes[0] == ESC {
            if let Some(len) = whole_csi(bytes) {
                return Step::token(len, Token::Csi(&bytes[..len]));
            }
            self.begin(State::Escape);
            return Step::more(1);
        }
        let run = bytes.iter().position(|b| !is_text(*b)).unwrap_or(bytes.len());
        if run == 0 {
            return Step::token(1, Token::Control(bytes[0]));
        }
        let cut = if run == bytes.len() { unfinished_character(bytes) } else { 0 };
        if cut == run {
            self.held.clear();
            self.held.extend_from_slice(bytes);
            self.state = State::Character;
            return Step::more(run);
        }
        Step::token(run - cut, Token::Text(&bytes[..run - cut]))
    }

    fn character<'a>(&'a mut self, bytes: &'a [u8]) -> Step<'a> {
        let goes_on = bytes[0] & 0xc0 == 0x80;
        if goes_on {
            self.held.push(bytes[0]);
            let unfinished = std::str::from_utf8(&self.held).err();
            if unfinished.is_some_and(|e| e.error_len().is_none()) {
                return Step::more(1);
            }
        }
        self.state = State::Ground;
        Step::token(usize::from(goes_on), Token::Text(&self.held))
    }

    fn sequence<'a>(&'a mut self, bytes: &'a [u8]) -> Step<'a> {
        let byte = bytes[0];
        match byte {
            ESC => self.begin(State::Escape),
            CAN | SUB => self.state = State::Ground,
            0..0x20 => return Step::token(1, Token::Control(byte)),
            b'[' if self.opens() => self.hold(byte, State::Csi),
            b']' if self.opens() => self.begin(State::Osc),
            b'P' | b'X' | b'^' | b'_' if self.opens() => self.begin(State::Str),
            0x20..0x30 => self.hold(byte, self.state),
            0x30..0x40 if self.state == State::Csi => self.hold(byte, State::Csi),
            0x30..0x7f => return self.finish(byte),
            _ => {}
        }
        Step::more(1)
    }

    /// Only ESC has come so far.
    fn opens(&self) -> bool {
        self.state == State::Escape && self.held.len() == 1
    }

    fn begin(&mut self, state: State) {
        self.held.clear();
        self.held.shrink_to(OSC_KEPT);
        self.overlong = false;
        self.state = state;
        if state == State::Escape {
            self.held.push(ESC);
        }
    }

    fn hold(&mut self, byte: u8, state: State) {
        self.state = state;
        if self.held.len() + 1 < SEQUENCE_MAX {
            self.held.push(byte);
        } else {
            self.overlong = true;
        }
    }

    fn finish(&mut self, last: u8) -> Step<'_> {
        let csi = self.state == State::Csi;
        self.state = State::Ground;
        self.held.push(last);
        Step::token(
            1,
            match (self.overlong, csi) {
                (true, _) => Token::Swallowed,
                (false, true) => Token::Csi(&self.held),
                (false, false) => Token::Escape(&self.held),
            },
        )
    }

    fn osc<'a>(&'a mut self, bytes: &'a [u8]) -> Step<'a> {
        let run = bytes.iter().position(|b| *b < 0x20).unwrap_or(bytes.len());
        if self.held.len() + run <= OSC_MAX {
            self.held.extend_from_slice(&bytes[..run]);
        } else {
            self.overlong = true;
        }
        let Some(stop) = bytes.get(run) else { return Step::more(run) };
        match *stop {
            CAN | SUB => self.state = State::Ground,
            // The ESC stays: it opens the `ESC \` that ends the string, or the next sequence.
            BEL | ESC => {
                self.state = State::Ground;
                let bell = *stop == BEL;
                let osc = Token::Osc(&self.held, bell);
                let token = if self.overlong { Token::Swallowed } else { osc };
                return Step::token(run + usize::from(bell), token);
            }
            _ => {}
        }
        Step::more(run + 1)
    }

    fn string<'a>(&'a mut self, bytes: &'a [u8]) -> Step<'a> {
        let Some(stop) = memchr3(ESC, CAN, SUB, bytes) else { return Step::more(bytes.len()) };
        self.state = State::Ground;
        Step::token(stop + usize::from(bytes[stop] != ESC), Token::Swallowed)
    }
}

impl<'a> Step<'a> {
    fn token(used: usize, token: Token<'a>) -> Self {
        Self { used, token: Some(token) }
    }

    fn more(used: usize) -> Self {
        Self { used, token: None }
    }
}

fn is_text(byte: u8) -> bool {
    byte >= 0x20 || matches!(byte, b'\n' | b'\r' | b'\t')
}

/// The length of the CSI sequence that `bytes` starts with, when all of it is there and it is an
/// ordinary one; the slow path decides about the rest.
fn whole_csi(bytes: &[u8]) -> Option<usize> {
    if bytes.get(1) != Some(&b'[') {
        return None;
    }
    let stop = bytes.iter().take(SEQUENCE_MAX).skip(2).position(|b| !(0x20..0x40).contains(b))? + 2;
    (0x40..0x7f).contains(&bytes[stop]).then_some(stop + 1)
}

/// How many bytes at the end begin a UTF-8 character that is not finished.
fn unfinished_character(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    let Some(lead) = tail.iter().rposition(|b| *b >= 0xc0) else { return 0 };
    let begun = &tail[lead..];
    match std::str::from_utf8(begun) {
        Err(e) if e.error_len().is_none() => begun.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that `chunks` give, with neighbouring text joined.
    fn lex(chunks: &[&[u8]]) -> Vec<(char, Vec<u8>)> {
        let mut lexer = Lexer::default();
        let mut found: Vec<(char, Vec<u8>)> = Vec::new();
        for chunk in chunks {
            let mut at = 0;
            while at < chunk.len() {
                let step = lexer.next(&chunk[at..]);
                at += step.used;
                let (kind, bytes) = match step.token {
                    None => continue,
                    Some(Token::Text(t)) => ('t', t.to_vec()),
                    Some(Token::Control(b)) => ('c', vec![b]),
                    Some(Token::Escape(s)) => ('e', s.to_vec()),
                    Some(Token::Csi(s)) => ('[', s.to_vec()),
                    Some(Token::Osc(s, bell)) => (if bell { 'b' } else { ']' }, s.to_vec()),
                    Some(Token::Swallowed) => ('-', vec![]),
                };
                match found.last_mut() {
                    Some((k, b)) if *k == 't' && kind == 't' => b.extend(bytes),
                    _ => found.push((kind, bytes)),
                }
            }
        }
        found
    }

    const MIXED: &[u8] =
        "aé漢\x1b[1;38:2::1:2:3mX\x1b]0;t✳\x07\x1b]8;;u\x1b\\b\x07\x1b(0\x1bPq#\x1b\\\
        \x1b_Gx\x1b\\\x1b[3\n1m\x1b[\x1b[K\x1b]9;x\x18y\x1b7🙂"
            .as_bytes();

    #[test]
    fn tokens_are_what_a_terminal_reads() {
        let kinds: String = lex(&[MIXED]).iter().map(|(k, _)| *k).collect();
        assert_eq!(kinds, "t[tb]etce-e-ec[[tet");
    }

    #[test]
    fn every_cut_gives_the_same_tokens() {
        let whole = lex(&[MIXED]);
        for cut in 0..=MIXED.len() {
            assert_eq!(lex(&[&MIXED[..cut], &MIXED[cut..]]), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = MIXED.chunks(1).collect();
        assert_eq!(lex(&bytes), whole);
    }

    #[test]
    fn overlong_sequences_are_swallowed_however_they_are_cut() {
        let long = [b"\x1b[".to_vec(), vec![b'1'; 2 * SEQUENCE_MAX], b"mx".to_vec()].concat();
        let expected = vec![('-', vec![]), ('t', b"x".to_vec())];
        assert_eq!(lex(&[&long]), expected);
        assert_eq!(lex(&long.chunks(7).collect::<Vec<_>>()), expected);
        let osc = [b"\x1b]52;c;".to_vec(), vec![b'A'; OSC_MAX], b"\x07x".to_vec()].concat();
        assert_eq!(lex(&[&osc]), expected);
        assert_eq!(lex(&osc.chunks(4096).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn broken_characters_cut_anywhere_stay_the_same_bytes() {
        let broken = b"\xe2\x94A\xf0\x80\x80B\xff\xc3";
        for cut in 0..broken.len() {
            let found = lex(&[&broken[..cut], &broken[cut..], b"\x1b[m"]);
            assert_eq!(found[0], ('t', broken.to_vec()), "cut at {cut}");
        }
    }
}
