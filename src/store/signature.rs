//! Signatures of records: they show that a file was changed by something else than loghop.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::format::frontmatter::{Document, Signed};
use crate::error::{Error, Kind, Result};
use crate::redact::Redacted;

/// Bytes of the key.
const KEY_LEN: usize = 32;
/// Bytes of a block of SHA-256.
const BLOCK_LEN: usize = 64;
/// Hex digits of a signature that we write.
const DIGITS: usize = 32;
/// Hex digits of a signature of 0.1.0.
const OLD_DIGITS: usize = 16;
/// What the key of redaction tags is derived under.
const TAG_PURPOSE: &[u8] = b"redaction tag";

/// Each digit as text of ours, so that a signature is `Redacted` without a way around redaction.
const HEX: [&str; 16] =
    ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];

/// The key in `integrity.key`.
#[derive(Clone)]
pub(super) struct SigningKey([u8; KEY_LEN]);

/// What a file's signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has none: fine, older or hand-made.
    Unsigned,
    /// It is right.
    Valid,
    /// The file is not what was signed.
    Mismatch,
}

impl SigningKey {
    /// A new key from the system's generator.
    pub(super) fn generate() -> Result<Self> {
        random().map(Self)
    }

    /// Reads the file: 64 hex digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = unhex(text.trim())?;
        bytes.try_into().ok().map(Self)
    }

    /// The file's content.
    pub(super) fn to_text(&self) -> String {
        format!("{}\n", hex::encode(self.0))
    }

    /// The key that gives each secret its tag.
    pub(super) fn tag_key(&self) -> [u8; KEY_LEN] {
        let mut mac = self.mac();
        mac.update(TAG_PURPOSE);
        mac.finalize().into_bytes().into()
    }

    /// The digits of the signature over a file.
    pub(super) fn sign(&self, signed: &Signed) -> Redacted {
        let digest = self.mac_over(&signed.front, &signed.body).finalize().into_bytes();
        hex(&digest[..DIGITS / 2])
    }

    /// Whether a file is what was signed. Older files have half the digits, or a signature over
    /// the frontmatter alone.
    pub(super) fn verify(&self, document: &Document) -> Verdict {
        let Some(digits) = &document.signature else { return Verdict::Unsigned };
        let Some(tag) = unhex(digits).filter(|_| [DIGITS, OLD_DIGITS].contains(&digits.len()))
        else {
            return Verdict::Mismatch;
        };
        let matches = |body: &str| {
            // Compares in constant time.
            self.mac_over(&document.signed.front, body).verify_truncated_left(&tag).is_ok()
        };
        if matches(&document.signed.body) || matches("") {
            Verdict::Valid
        } else {
            Verdict::Mismatch
        }
    }

    fn mac_over(&self, front: &str, body: &str) -> Hmac<Sha256> {
        let mut mac = self.mac();
        mac.update(front.as_bytes());
        if !body.is_empty() {
            mac.update(b"\n---\n");
            mac.update(body.as_bytes());
        }
        mac
    }

    fn mac(&self) -> Hmac<Sha256> {
        // A key shorter than a block is padded with zeros, by definition of HMAC.
        let mut block = [0; BLOCK_LEN];
        block[..KEY_LEN].copy_from_slice(&self.0);
        <Hmac<Sha256> as KeyInit>::new(&block.into())
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Random bytes from the system's generator.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(Kind::Io, format!("no random numbers: {error}")))?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> Redacted {
    let digits: Vec<Redacted> =
        bytes.iter().flat_map(|byte| digits_of(*byte)).map(Redacted::plain).collect();
    Redacted::join(&digits.iter().collect::<Vec<_>>())
}

fn digits_of(byte: u8) -> [&'static str; 2] {
    [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::format::frontmatter;
    use super::*;

    #[test]
    fn keys_read_back_and_damaged_ones_are_none() {
        let key = SigningKey::generate().unwrap();
        assert_eq!(SigningKey::parse(&key.to_text()).unwrap().0, key.0);
        for bad in ["", "00", "zz", &"0".repeat(63), &"g".repeat(64), &"ä".repeat(32)] {
            assert!(SigningKey::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn any_change_is_seen() {
        let key = SigningKey([7; KEY_LEN]);
        let signed = frontmatter::to_be_signed("id: S-001\n", "text\n");
        let digits = key.sign(&signed).as_str().into_owned();
        let file = format!("---\nid: S-001\n_signature: {digits}\n---\n\ntext\n");
        let verdict = |file: &str| key.verify(&frontmatter::parse(file).unwrap());
        assert_eq!(verdict(&file), Verdict::Valid);
        assert_eq!(verdict(&file.replace(&digits, &digits[..16])), Verdict::Valid);
        assert_eq!(verdict(&file.replace("text", "texT")), Verdict::Mismatch);
        assert_eq!(verdict(&file.replace("S-001", "S-002")), Verdict::Mismatch);
        assert_eq!(verdict(&file.replace(&digits, "")), Verdict::Mismatch);
        assert_eq!(verdict(&file.replace(&digits, &digits[..2])), Verdict::Mismatch);
        assert_eq!(verdict(&file.replace(&digits, "zz")), Verdict::Mismatch);
        let front_only = key.sign(&Signed { front: "id: S-001".into(), body: String::new() });
        let old = file.replace(&digits, &front_only.as_str());
        assert_eq!(verdict(&old), Verdict::Valid);
        assert_eq!(verdict("---\nid: S-001\n---\n"), Verdict::Unsigned);
    }
}
