//! Tokens inside of base64 and hexadecimal digits, as in `kubectl get secret -o yaml`, basic
//! credentials and dumps: what their prefix becomes there is an anchor like any other.
//!
//! Base64 of a prefix has three forms, one for each place in a group of three bytes. Only the
//! letters that the prefix alone decides make the anchor; the letters behind it are decoded as far
//! as they are a token's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::charset::Set;
use super::prefixed;
use super::rules::{Left, RULES};
use super::value;
use super::verdict::{Mask, Verdict};
use super::window::Window;

/// The prefixes that are looked for in both: of tokens that are met every day, and so long that
/// four letters of base64 are left of them. In base64, those of the rule table besides that are
/// longer.
const PREFIXES: &[(&str, &str)] = &[
    ("sk-ant-", "anthropic-key"),
    ("sk-proj-", "openai-project-key"),
    ("sk-svcacct-", "openai-svcacct-key"),
    ("sk-or-v1-", "openrouter-api-key"),
    ("ghp_", "github-pat"),
    ("gho_", "github-oauth"),
    ("ghu_", "github-user-to-server"),
    ("ghs_", "github-server-to-server"),
    ("ghr_", "github-refresh"),
    ("github_pat_", "github-fine-grained-pat"),
    ("glpat-", "gitlab-pat"),
    ("AKIA", "aws-access-key-id"),
    ("AIza", "google-api-key"),
    ("xoxb-", "slack-token"),
    ("xoxp-", "slack-token"),
    ("sk_live_", "stripe-secret"),
    ("npm_", "npm-access-token"),
    ("pypi-AgE", "pypi-token"),
    ("dop_v1_", "digitalocean-token"),
    ("eyJhbGciOi", "jwt"),
];

/// Bytes of a token that must follow its prefix. So many letters, digits and `-_` do not follow by
/// chance on four letters that do.
const BODY_MIN: usize = 14;

/// A prefix of the rule table that is so long is looked for in base64, if it is rare: each makes
/// three anchors.
const PREFIX_MIN: usize = 6;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// How a token stands in a blob.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// In base64; so many bits after the anchor are still the prefix's.
    Base64(u8),
    /// In hexadecimal digits.
    Hex,
}

/// The beginning of a token as it stands in a blob.
#[derive(Debug)]
pub(super) struct Blob {
    pub(super) literal: String,
    kind: &'static str,
    form: Form,
}

/// All of them.
pub(super) fn blobs() -> impl Iterator<Item = Blob> {
    let rare = RULES.iter().filter(|rule| rule.left == Left::Any);
    let rare = rare.flat_map(|rule| rule.prefixes.iter().map(|prefix| (*prefix, rule.kind)));
    let is_usual = |text: &str| PREFIXES.iter().any(|(prefix, _)| text.starts_with(prefix));
    let others = rare.filter(move |(prefix, _)| prefix.len() >= PREFIX_MIN && !is_usual(prefix));
    usual().chain(others.flat_map(|(prefix, kind)| in_base64(prefix, kind)))
}

fn usual() -> impl Iterator<Item = Blob> {
    PREFIXES.iter().flat_map(|(prefix, kind)| {
        let digit = |byte: u8| char::from(HEX[usize::from(byte)]);
        let digits = prefix.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        let lower: String = digits.collect();
        let upper = lower.to_ascii_uppercase();
        let is_same = lower == upper;
        let hex = [Some(lower), (!is_same).then_some(upper)].into_iter().flatten();
        in_base64(prefix, kind).chain(hex.map(|literal| Blob { literal, kind, form: Form::Hex }))
    })
}

/// The three ways in which base64 has a prefix.
fn in_base64(prefix: &'static str, kind: &'static str) -> impl Iterator<Item = Blob> {
    (0..3).map(move |lead| {
        let bytes = [&vec![0; lead][..], prefix.as_bytes()].concat();
        let (from, bits) = ((lead * 8).div_ceil(6), bytes.len() * 8);
        let literal = STANDARD_NO_PAD.encode(&bytes)[from..bits / 6].to_owned();
        Blob { literal, kind, form: Form::Base64((bits % 6) as u8) }
    })
}

/// Checks whether a token's form begins at `start`.
pub(super) fn check(window: &Window, start: usize, blob: &Blob) -> Verdict {
    let body = start + blob.literal.len();
    let from = prefixed::shown_from(window, start, body);
    let read = read(window, body, blob.form);
    if read.is_open {
        let mask = Mask { kind: blob.kind, to: read.end, rest: Set::Base64 };
        let is_sure = read.token.len() >= BODY_MIN;
        return Verdict::More { from, mask: is_sure.then_some(mask) };
    }
    if read.token.len() < BODY_MIN || value::is_placeholder(&read.token) {
        return Verdict::No;
    }
    Verdict::Secret { from, to: read.end, kind: blob.kind }
}

/// What a blob says behind a token's prefix.
struct Read {
    token: Vec<u8>,
    /// One past the last letter that is the token's.
    end: usize,
    /// More may follow.
    is_open: bool,
}

fn read(window: &Window, body: usize, form: Form) -> Read {
    let (width, mut has) = match form {
        Form::Base64(bits) => (6, -i32::from(bits)),
        Form::Hex => (4, 0),
    };
    let (mut bits, mut token, mut at) = (0_u32, Vec::new(), body);
    while let Some(letter) = window.get(at) {
        let Some(value) = digit(letter, form) else {
            return Read { token, end: at, is_open: false };
        };
        bits = bits << width | value;
        has += width;
        at += 1;
        if has >= 8 {
            has -= 8;
            let byte = (bits >> has) as u8;
            if !Set::Word.has(byte) && byte != b'.' {
                // The token ended within this letter, or with the one before.
                return Read { token, end: at - usize::from(has == 0), is_open: false };
            }
            token.push(byte);
        }
    }
    Read { token, end: at, is_open: window.is_open_at(at) }
}

fn digit(letter: u8, form: Form) -> Option<u32> {
    if let Form::Hex = form {
        return char::from(letter).to_digit(16);
    }
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Redactor;

    #[test]
    fn tokens_are_found_in_blobs_at_any_place() {
        let redactor = Redactor::new(&[7; 32], &[]);
        let body = ["Zk3v9QpL1x", "W8sT2yBn6M"].concat();
        for (prefix, kind) in PREFIXES {
            for before in ["", "a", "u:", "id "] {
                for after in ["", "\n", ": x, and more"] {
                    let text = format!("{before}{prefix}{body}{after}");
                    let base64 = STANDARD_NO_PAD.encode(&text);
                    let digit = |b: u8| char::from(HEX[usize::from(b)]).to_ascii_uppercase();
                    let hex = text.bytes().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect();
                    for blob in [base64, hex] {
                        let out = redactor.redact(&format!("data={blob}\n")).to_string();
                        assert!(out.contains(&format!("[REDACTED:{kind}:")), "{text}: {out}");
                        let left = blob
                            .as_bytes()
                            .windows(8)
                            .filter(|w| out.contains(std::str::from_utf8(w).unwrap_or_default()));
                        // The prefix's own letters stay where others are glued to them.
                        let glued = if before.is_empty() { 0 } else { prefix.len() };
                        let most = (before.len() + glued + after.len()) * 2;
                        assert!(left.count() <= most, "{text}: {out}");
                    }
                }
            }
        }
    }
}
