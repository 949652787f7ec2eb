//! The tag that stands in for a secret, and the tags that stand in a text already.
//!
//! Its digits come from a keyed hash of the secret, so that the same secret has the same tag
//! everywhere in a project, and nobody without the key can try passwords against it. How a tag is
//! written is in `model::tag`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::verdict::Verdict;
use super::window::Window;
use crate::model::tag::{self, Form};

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
    pub(super) fn text(self, kind: &str, form: Form) -> String {
        tag::write(kind, &self.mac.finalize().into_bytes().into(), form)
    }
}

/// Checks whether a whole tag begins at `start`.
pub(super) fn check(window: &Window, start: usize) -> Verdict {
    let seen = window.ahead(start, LEN_MAX);
    match tag::len(seen) {
        Some(len) => Verdict::Harmless { to: start + len },
        None if seen.len() < LEN_MAX
            && tag::is_begun(seen)
            && window.is_open_at(start + seen.len()) =>
        {
            Verdict::More { from: window.sight(), mask: None }
        }
        None => Verdict::No,
    }
}

/// What becomes of a verdict on a text in which a tag stands: it was looked through before, and
/// what is in the place of a secret is none.
pub(super) fn spared(window: &Window, verdict: Verdict) -> Verdict {
    let has_tag = |from, to| tag::is_in(window.slice(from, to));
    match verdict {
        Verdict::Secret { from, to, .. } if has_tag(from, to) => Verdict::No,
        Verdict::More { from, mask: Some(mask) } if has_tag(from, mask.to) => {
            Verdict::More { from, mask: None }
        }
        verdict => verdict,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn tag(key: u8, secret: &[u8]) -> String {
        let mut tag = Tagger::new(&[key; 32]).start();
        tag.update(secret);
        tag.text("jwt", Form::Brackets)
    }

    #[test]
    fn a_tag_depends_on_key_and_secret_only() {
        assert_eq!(tag(1, b"secret"), tag(1, b"secret"));
        assert_ne!(tag(1, b"secret"), tag(2, b"secret"));
        assert_ne!(tag(1, b"secret"), tag(1, b"Secret"));
    }

    #[test]
    fn ten_thousand_secrets_are_told_apart() {
        let tags: HashSet<String> = (0..10_000_u32).map(|n| tag(1, &n.to_le_bytes())).collect();
        assert_eq!(tags.len(), 10_000);
    }
}
