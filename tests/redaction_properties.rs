//! The redactor against any bytes in any pieces: same result, twice as good as once, valid JSON.

use std::borrow::Cow;
use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

use crate::redaction::{assert_hidden, redact, redactor, stream, tokens, tokens_of};
use crate::redaction_keys::pem;

/// What stands around secrets, and in the middle of them.
const PIECES: &[&str] = &[
    "password=",
    "\"token\": \"",
    "\\\"secret\\\":\\\"",
    "\"",
    "\\\"",
    "\\",
    "Authorization: Bearer ",
    "postgres://joe:",
    "@host",
    "Zk3v9QpL1xW8",
    "hunter2!x",
    "sk-",
    "sk-ant-",
    "ghp_",
    "eyJ",
    "\x1b[31m",
    "\x1b[2C",
    "\x1b[5;1H",
    "\x1b]0;",
    "\x07",
    "\x1b\\",
    "\x1b",
    "\x1b[",
    "\n",
    " ",
    "=",
    ":",
    "日本",
    "[REDACTED:",
    "[REDACTED:jwt:12ab]",
    "REDACTED-",
    "REDACTED-jwt-0123456789",
    "https://",
    "?token=",
    "- ",
    "-----BEGIN PRIVATE KEY-----",
    "\n-----END",
    "Private-Lines: 3\n",
    "\nPrivate-MAC: ",
    "\nVersion: 1\n",
    "--token ",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7",
    "\\n",
    "\\u001b[1m",
    "'",
    ".",
    "(",
    "token",
    "ACME_KEY ",
    "psk",
    "<password>",
    "</password>",
    "- name: PASSWORD\n  value: ",
    "Set-Cookie: sid=",
    "curl -u joe:",
    "redis-cli -a ",
    "\\u002d",
    "%2D",
    "%5",
    "\\u00",
    " -p",
    "123:AA",
    "0123456789abcdef0123456789abcdef",
    "-us12",
    "AZDO",
    "\x1b]52;c;",
    "c2stYW50LWFwaTAzLVprM3Y5UXBMMXhXOHNUMnlCbjZN",
    "Z2hwX",
];

/// Pieces of text in which the interesting things happen.
pub(crate) fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let mut known: Vec<Vec<u8>> = tokens().into_iter().map(|(_, t)| t.into_bytes()).collect();
    known.push(pem("\n").into_bytes());
    known.extend(PIECES.iter().map(|piece| piece.as_bytes().to_vec()));
    prop_oneof![
        8 => proptest::sample::select(known),
        1 => proptest::collection::vec(any::<u8>(), 0..12),
        1 => "[a-zA-Z0-9_.-]{0,24}".prop_map(String::into_bytes),
    ]
}

/// So many cases, unless `PROPTEST_CASES` asks for another number.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(usual))
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(fragment(), 0..24).prop_map(|parts| parts.concat())
}

pub(crate) fn cut(bytes: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let (mut rest, mut pieces) = (bytes, Vec::new());
    for size in sizes.iter().cycle() {
        if rest.is_empty() || sizes.is_empty() {
            break;
        }
        let (now, later) = rest.split_at((*size).min(rest.len()));
        pieces.push(now.to_vec());
        rest = later;
    }
    pieces.push(rest.to_vec());
    pieces
}

/// Everything that moves the cursor, also what is cut off.
static MOVES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\x1b\[[0-?]*[ -/]*([@-ln-~]|$)|\x1b[78DEMc]|[\r\x08]").unwrap());

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn any_pieces_give_the_same_bytes(
        bytes in text(),
        sizes in proptest::collection::vec(1..40_usize, 1..20),
    ) {
        let whole = stream(&[&bytes]);
        let pieces = cut(&bytes, &sizes);
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(stream(&pieces), whole.clone());
        prop_assert_eq!(stream(&bytes.chunks(1).collect::<Vec<_>>()), whole);
    }

    #[test]
    fn pieces_do_not_matter_between_flushes_either(
        parts in proptest::collection::vec(text(), 1..4),
        sizes in proptest::collection::vec(1..40_usize, 1..20),
    ) {
        let run = |sizes: &[usize]| {
            let mut stream = redactor().stream();
            let mut out = Vec::new();
            for part in &parts {
                for piece in cut(part, sizes) {
                    out.extend_from_slice(stream.feed(&piece).as_bytes());
                }
                out.extend_from_slice(stream.flush().as_bytes());
            }
            out.extend_from_slice(stream.finish().as_bytes());
            out
        };
        prop_assert_eq!(run(&sizes), run(&[usize::MAX]));
    }

    #[test]
    fn redacting_twice_changes_nothing_more(bytes in text()) {
        // What is painted on a screen has another layout with tags in it.
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        while let Cow::Owned(less) = MOVES.replace_all(&text, "") {
            text = less;
        }
        let once = stream(&[text.as_bytes()]);
        let twice = stream(&[&once]);
        prop_assert_eq!(
            String::from_utf8_lossy(&twice).into_owned(),
            String::from_utf8_lossy(&once).into_owned()
        );
    }

    #[test]
    fn json_stays_json(key in "(password|token|note|api_key)", bytes in text(), after in ".{0,9}") {
        let value = String::from_utf8_lossy(&bytes);
        let json = serde_json::json!({ key.as_str(): value, "after": after }).to_string();
        let nested = serde_json::json!({ "text": json }).to_string();
        for json in [json, nested] {
            let out = redact(&json);
            let value: Result<serde_json::Value, _> = serde_json::from_str(&out);
            prop_assert!(value.is_ok(), "{} became {}", json, out);
        }
    }

    #[test]
    fn planted_tokens_never_survive(
        before in text(), n in 0..8_usize, after in "[ \n\"',;<)]", size in 1..50_usize,
    ) {
        let (body, hex) = ("h4Jf7Gd2Ks5RcV0eXq3U", "0ad5315c9e77b24f6018dd2b7fa4c3e9");
        let (_, token) = &tokens_of(body, hex)[n];
        let mut bytes = before;
        // A break, so that what is before can neither join nor hide the token.
        bytes.extend_from_slice(b"\x18\x1b\\ \n\n ");
        bytes.extend_from_slice(token.as_bytes());
        bytes.extend_from_slice(after.as_bytes());
        let out = stream(&bytes.chunks(size).collect::<Vec<_>>());
        for secret in [body, hex, &body.to_uppercase()] {
            assert_hidden(&String::from_utf8_lossy(&out), secret);
        }
    }
}
