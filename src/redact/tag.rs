//! The tag that stands in for a secret: `[REDACTED:<kind>:<4 hex>]`.
//!
//! The digits come from a keyed hash of the secret, so that the same secret has the same tag
//! everywhere in a project, and nobody without the key can try passwords against it. A tag is
//! plain ASCII without quotes or backslashes: it fits into JSON, YAML, TOML and shell as it is.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::verdict::Verdict;
use super::window::Window;

/// How every tag begins; the scanner steps over what begins so.
pub(super) const OPENING: &str = "[REDACTED:";

/// The longest tag in bytes: the longest kind of the table fits twice.
pub(super) const LEN_MAX: usize = 80;

/// Makes tags with one project's key.
#[derive(Clone)]
pub(super) struct Tagger {
    keyed: Hmac<Sha256>,
}

/// The hash of one secret, as its bytes come.
pub(super) struct Tag {
    mac: Hmac<Sha256>,
}

impl Tagger {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let keyed = Hmac::new_from_slice(key).expect("HMAC takes keys of every length");
        Self { keyed }
    }

    /// Begins the tag of a secret that comes in pieces.
    pub(super) fn start(&self) -> Tag {
        Tag { mac: self.keyed.clone() }
    }
}

impl Tag {
    pub(super) fn update(&mut self, secret: &[u8]) {
        self.mac.update(secret);
    }

    /// The tag.
    pub(super) fn text(self, kind: &str) -> String {
        let hash = self.mac.finalize().into_bytes();
        format!("{OPENING}{kind}:{:02x}{:02x}]", hash[0], hash[1])
    }
}

/// Checks whether a whole tag begins at `start`.
pub(super) fn check(window: &Window, start: usize) -> Verdict {
    let seen = window.ahead(start, LEN_MAX);
    match len(seen) {
        Some(len) => Verdict::Harmless { to: start + len },
        None if seen.len() < LEN_MAX
            && seen[OPENING.len()..].iter().all(|b| is_inner(*b))
            && window.is_open_at(start + seen.len()) =>
        {
            Verdict::More { from: window.sight(), mask: None }
        }
        None => Verdict::No,
    }
}

/// The length of the tag that `text` begins with, if it begins with a whole one.
pub(super) fn len(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(OPENING.as_bytes())?;
    let len = inner.iter().position(|b| !is_inner(*b))?;
    (inner[len] == b']' && len > 0).then_some(OPENING.len() + len + 1)
}

fn is_inner(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_depends_on_key_and_secret_only() {
        let tag = |key: u8, secret: &[u8]| {
            let mut tag = Tagger::new(&[key; 32]).start();
            tag.update(secret);
            tag.text("jwt")
        };
        assert_eq!(tag(1, b"secret"), tag(1, b"secret"));
        assert_ne!(tag(1, b"secret"), tag(2, b"secret"));
        assert_ne!(tag(1, b"secret"), tag(1, b"Secret"));
        assert_eq!(len(tag(1, b"secret").as_bytes()), Some("[REDACTED:jwt:0000]".len()));
    }

    #[test]
    fn only_whole_tags_are_tags() {
        assert_eq!(len(b"[REDACTED:jwt:12"), None);
        assert_eq!(len(b"[REDACTED:a b]"), None);
        assert_eq!(len(b"[REDACTED:]"), None);
    }
}
