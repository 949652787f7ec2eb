//! What string sequences carry: titles and links are read as they are, what is put on the clipboard
//! (OSC 52) is decoded, looked through and encoded again.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::Scanner;
use crate::redact::finding::Finding;

/// How a write to the clipboard begins; what follows up to the next `;` says which clipboard.
const CLIPBOARD: &[u8] = b"52;";

/// A clipboard's name has a letter for each of its kinds, of which there are twelve.
const TARGET_MAX: usize = 12;

/// Signs of padding behind the letters. What hides a secret may need others than it needed.
const SIGNS_MAX: usize = 2;

/// What may follow besides: a `?` that asks for the clipboard, a line end. More means nothing, and
/// is dropped.
const REST_MAX: usize = 4;

/// Looks through one string sequence.
pub(super) struct Inner {
    scanner: Scanner,
    carried: Carried,
}

/// What the sequence carries.
enum Carried {
    /// Not known yet: its first bytes.
    Head(Vec<u8>),
    Text,
    Base64(Base64),
}

/// Base64 on its way through a scanner.
#[derive(Default)]
struct Base64 {
    /// Letters of a group that is not whole.
    letters: Vec<u8>,
    /// Bytes that are not encoded yet.
    bytes: Vec<u8>,
    padding: Vec<u8>,
    /// The last group was not whole, and not padded either.
    is_bare: bool,
}

impl Inner {
    pub(super) fn new(scanner: Scanner) -> Self {
        Self { scanner, carried: Carried::Head(Vec::new()) }
    }

    /// What was hidden since the last call.
    pub(super) fn found(&mut self) -> Vec<Finding> {
        self.scanner.found()
    }

    /// Bytes of the stream that are held back.
    pub(super) fn held(&self) -> usize {
        let base64 = match &self.carried {
            Carried::Head(head) => head.len(),
            Carried::Text => 0,
            Carried::Base64(b) => b.letters.len() + b.bytes.len() + b.padding.len(),
        };
        base64 + self.scanner.held()
    }

    /// Takes some of what is carried.
    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while let (Carried::Head(head), [first, later @ ..]) = (&mut self.carried, rest) {
            head.push(*first);
            rest = later;
            let is_base64 = *first == b';' && head.len() > CLIPBOARD.len();
            if is_base64 {
                out.append(head);
                self.carried = Carried::Base64(Base64::default());
            } else if !may_be_clipboard(head) {
                let head = std::mem::take(head);
                self.scanner.feed(&head, out);
                self.carried = Carried::Text;
            }
        }
        match &mut self.carried {
            Carried::Head(_) => {}
            Carried::Text => self.scanner.feed(rest, out),
            Carried::Base64(base64) => {
                let decoded = base64.decode(rest);
                self.scanner.feed(&decoded, &mut base64.bytes);
                base64.encode(out);
            }
        }
    }

    /// Takes the end of it.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        match &mut self.carried {
            Carried::Head(head) => {
                self.scanner.feed(head, out);
                self.scanner.finish(out);
            }
            Carried::Text => self.scanner.finish(out),
            Carried::Base64(base64) => {
                let (decoded, odd) = base64.decode_rest();
                self.scanner.feed(&decoded, &mut base64.bytes);
                self.scanner.finish(&mut base64.bytes);
                base64.encode(out);
                base64.encode_rest(&odd, out);
            }
        }
    }
}

fn may_be_clipboard(head: &[u8]) -> bool {
    match head.strip_prefix(CLIPBOARD) {
        Some(target) => target.len() <= TARGET_MAX && target.iter().all(u8::is_ascii_alphanumeric),
        None => CLIPBOARD.starts_with(head),
    }
}

impl Base64 {
    /// What whole groups of letters stand for. Anything else than letters ends them.
    fn decode(&mut self, letters: &[u8]) -> Vec<u8> {
        let is_letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        let len = match self.padding.as_slice() {
            [] => letters.iter().position(|b| !is_letter(b)).unwrap_or(letters.len()),
            _ => 0,
        };
        self.letters.extend_from_slice(&letters[..len]);
        for byte in &letters[len..] {
            if self.padding.len() == self.signs().min(SIGNS_MAX) + REST_MAX {
                break;
            }
            self.padding.push(*byte);
        }
        let odd = self.letters.split_off(self.letters.len() / 4 * 4);
        let whole = std::mem::replace(&mut self.letters, odd);
        STANDARD.decode(whole).unwrap_or_default()
    }

    /// Signs of padding that came.
    fn signs(&self) -> usize {
        self.padding.iter().take_while(|b| **b == b'=').count()
    }

    /// What the last letters stand for, and those that stand for nothing.
    fn decode_rest(&mut self) -> (Vec<u8>, Vec<u8>) {
        let letters = std::mem::take(&mut self.letters);
        self.is_bare = !letters.is_empty() && self.padding.first() != Some(&b'=');
        match STANDARD_NO_PAD.decode(&letters) {
            Ok(decoded) => (decoded, Vec::new()),
            Err(_) => (Vec::new(), letters),
        }
    }

    fn encode(&mut self, out: &mut Vec<u8>) {
        let odd = self.bytes.split_off(self.bytes.len() / 3 * 3);
        let whole = std::mem::replace(&mut self.bytes, odd);
        out.extend_from_slice(STANDARD.encode(whole).as_bytes());
    }

    /// The last bytes, padded as those were that came, and what came behind them as it came.
    fn encode_rest(&mut self, odd: &[u8], out: &mut Vec<u8>) {
        let signs = self.signs();
        let bytes = std::mem::take(&mut self.bytes);
        let engine = if self.is_bare { &STANDARD_NO_PAD } else { &STANDARD };
        out.extend_from_slice(engine.encode(bytes).as_bytes());
        out.extend_from_slice(odd);
        let shown = if odd.is_empty() { signs } else { 0 };
        out.extend_from_slice(&self.padding[shown..]);
    }
}
