//! What the redactor promises, case by case, and held against real clients' output.

use std::sync::LazyLock;

use loghop::redact::{CustomRule, Redactor};

use crate::redaction_keys::pem;

/// Tokens are put together here, so that no source file holds one.
pub(crate) fn tokens() -> Vec<(&'static str, String)> {
    tokens_of("Zk3v9QpL1xW8sT2yBn6M", "9f86d081884c7d659a2feaa0c55ad015")
}

pub(crate) fn tokens_of(body: &str, hex: &str) -> Vec<(&'static str, String)> {
    vec![
        ("anthropic-api-key", format!("sk-ant-{}{body}-{body}AA", "api03-")),
        ("anthropic-oauth-access", format!("sk-ant-{}{body}_{body}AA", "oat01-")),
        ("openai-project-key", format!("sk-{}{body}T3Blbk{body}", "proj-")),
        ("secret-key", format!("sk-{hex}")),
        ("github-pat", format!("ghp_{body}{}", &hex[..16])),
        ("aws-access-key-id", format!("AKIA{}", &body.to_uppercase()[..16])),
        ("jwt", format!("eyJ{body}.eyJ{body}{body}.{body}")),
        ("slack-token", format!("xoxb-{}-{body}", "12345")),
    ]
}

pub(crate) fn redactor() -> &'static Redactor {
    static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(&[42; 32], &[]));
    &REDACTOR
}

pub(crate) fn redact(text: &str) -> String {
    redactor().redact(text).to_string()
}

pub(crate) fn stream(pieces: &[&[u8]]) -> Vec<u8> {
    let mut stream = redactor().stream();
    let mut out = Vec::new();
    for piece in pieces {
        out.extend_from_slice(stream.feed(piece).as_bytes());
    }
    out.extend_from_slice(stream.finish().as_bytes());
    out
}

/// What is left of a stream when its control sequences are taken out, cursor movements too.
pub(crate) fn stripped(bytes: &[u8]) -> String {
    let ansi = regex::bytes::Regex::new(
        r"(?s-u)\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[ -/]*[0-~])",
    );
    String::from_utf8_lossy(&ansi.unwrap().replace_all(bytes, &b""[..])).into_owned()
}

/// A tag as it is written where no bracket may stand.
pub(crate) fn plain(tag: &str) -> String {
    tag.trim_matches(['[', ']']).replace(':', "-")
}

pub(crate) fn assert_hidden(out: &str, secret: &str) {
    for window in secret.as_bytes().windows(12) {
        let window = std::str::from_utf8(window).unwrap();
        assert!(!out.contains(window), "{window} of {secret} is left in {out}");
    }
}

#[test]
fn assignments_keep_everything_but_the_value() {
    let v = ["Zk3v9QpL1x", "W8sT2yBn6M"].concat();
    for (before, after) in [
        ("export API_KEY=", "\nNODE_ENV=production"),
        ("{\"content\":\"GITHUB_TOKEN=", "\\nNODE_ENV=production\",\"k\":1}"),
        ("{\"password\": \"", "\", \"user\": \"joe\"}"),
        ("{\\\"client_secret\\\":\\\"", "\\\"}"),
        ("  'db_password' => '", "',"),
        ("<td>API_KEY=", "</td>"),
        ("mytool --token ", " --verbose"),
        ("GET /?access_token=", "&page=2 HTTP/1.1"),
        ("Authorization: Bearer ", "\r\nAccept: */*"),
        ("-H 'Authorization: token ", "' https://host/"),
        ("AWS_SECRET_ACCESS_KEY = \"", "\""),
        ("os.environ[\"OPENAI_API_KEY\"] = \"", "\""),
    ] {
        let tag = secret_tag(&v);
        assert_eq!(redact(&format!("{before}{v}{after}")), format!("{before}{tag}{after}"));
    }
}

/// The tag of a secret that its name tells.
fn secret_tag(secret: &str) -> String {
    let out = redact(&format!("API_KEY={secret}"));
    let tag = out.strip_prefix("API_KEY=").unwrap().to_owned();
    assert!(tag.starts_with("[REDACTED:secret:") && tag.ends_with(']'), "{out}");
    tag
}

#[test]
fn where_a_bracket_means_something_tags_have_none() {
    let v = ["Zk3v9QpL1x", "W8sT2yBn6M"].concat();
    let long = "/a-long-path".repeat(1000);
    for (before, after) in [
        ("token: ", ""),
        ("x-api-key: ", "\nAccept: */*"),
        ("- PASSWORD: ", "\n- next"),
        ("{name: joe, token: ", "}"),
        ("postgres://joe:", "@db.host:5432/main?ssl=1"),
        ("redis://:", "@cache:6379"),
        ("[the page](https://host/a?access_token=", "&page=2#top)"),
        (&format!("https://host{long}?access_token="), " there"),
        ("\x1b]8;;https://joe:", "@host/\x1b\\link\x1b]8;;\x1b\\"),
    ] {
        let (text, tag) = (format!("{before}{v}{after}"), plain(&secret_tag(&v)));
        for size in [1, 4096, text.len()] {
            let out = stream(&text.as_bytes().chunks(size).collect::<Vec<_>>());
            assert_eq!(String::from_utf8(out).unwrap(), format!("{before}{tag}{after}"));
        }
    }
    let two = redact(&format!("https://a:{v}@h/?token={v} and token={v}"));
    let tag = secret_tag(&v);
    assert_eq!(two, format!("https://a:{0}@h/?token={0} and token={tag}", plain(&tag)));
}

#[test]
fn a_token_in_the_place_of_a_user_is_hidden_too() {
    for (_, token) in tokens() {
        for text in [
            format!("https://{token}:x-oauth-basic@host/a.git"),
            format!("https://app={token}:x-oauth-basic@host/a.git"),
            format!("curl -u {token}:x-oauth-basic https://host/"),
        ] {
            assert_hidden(&redact(&text), &token);
            let mut stream = redactor().stream();
            let at = text.find("x-oauth").unwrap();
            let mut out = stream.feed(&text.as_bytes()[..at + 4]);
            out.push(&stream.flush());
            out.push(&stream.feed(&text.as_bytes()[at + 4..]));
            out.push(&stream.finish());
            assert_hidden(&out.as_str(), &token);
        }
    }
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    for text in [
        "Token parser and Basic usage of Bearer tokens",
        "let token = lexer.next_token();",
        "let token2 = parse_v2_token(input);",
        "raw_private_key: HpkePrivateKey25519a<'_>, private_key: x25519_generate_private_key,",
        "pub struct Login { password: String, token: Option<Token2> }",
        "password: ${DB_PASSWORD}\nsecret: ${{ secrets.X }}\napi_key = $API_KEY",
        "token = os.environ[\"GITHUB_TOKEN\"]; const key = process.env.API_KEY;",
        "npm_lifecycle_event tok_identifier_x disk-usage-of-2024 task-0123456789",
        "{\"max_tokens\":4096,\"input_tokens\":123456789012,\"next_token\":\"a1b2c3d4e5f6g7h8\"}",
        "{\"id\":\"toolu_01A09q90qw90lq917835lq9\",\"msg\":\"msg_013Zva2CMHLNnXjNJJKqJ2EF\"}",
        "call_abc123DEF456ghi789JKL012 chatcmpl-123abc456def789ghi req_011CSHoEeqs5C35K2UUqR7Fy",
        "{\"sessionId\":\"6f1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d\",\"token_type\":\"Bearer\"}",
        "commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b\nindex 83db48f..bf2a1c3 100644",
        "checksum = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8XyZ1a2b3c4d5e6f7g8h9i0jKlMnOpQrStUv joe@host",
        "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOC\n-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY----- is how such files begin, see \"-----BEGIN PRIVATE KEY-----\"",
        "http://localhost:8080/@scope/name https://user@host/ https://{user}:{pass}@host",
        "password: <your password here>, token: your-token-here-123, api_key: \"xxxxxxxxxxxx\"",
        "DB_PASSWORD_FILE=/run/secrets/db_password2 TOKEN=$(cat file)",
        "[REDACTED:github-pat:1a2b] password=[REDACTED:secret:1a2b]",
        "password: REDACTED-secret-0123456789 postgres://joe:REDACTED-secret-0123456789@host",
        "https://REDACTED-github-pat-0123456789@host/?token=REDACTED-secret-0123456789&b=1",
        "-----BEGIN PRIVATE KEY-----\n- REDACTED-anthropic-api-key-0123456789\n",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn one_secret_has_one_tag_everywhere() {
    let secret = ["Zk3v9QpL1xW8s", "T2yBn6M"].concat();
    let out = redact(&format!("TOKEN={secret} http://u:{secret}@h/ {{\"password\":\"{secret}\"}}"));
    let tag = secret_tag(&secret);
    let expected = format!("TOKEN={tag} http://u:{}@h/ {{\"password\":\"{tag}\"}}", plain(&tag));
    assert_eq!(out, expected);
    for (kind, token) in tokens() {
        let bare = redact(&token);
        assert_eq!(
            redact(&format!("API_KEY=\"{token}\"")),
            format!("API_KEY=\"{bare}\""),
            "{kind}"
        );
    }
}

#[test]
fn colours_and_links_inside_a_token_hide_nothing() {
    for (kind, token) in tokens() {
        for escape in
            ["\x1b[31m", "\x1b[0;1;38;5;141m", "\x1b]8;;http://host/\x1b\\", "\0", "\x1b(B"]
        {
            let (a, b) = token.split_at(token.len() / 2);
            let out = stream(&[format!("see {a}{escape}{b} there").as_bytes()]);
            let out = String::from_utf8(out).unwrap();
            let tag = redact(&token);
            assert!(tag.starts_with(&format!("[REDACTED:{kind}:")), "{tag}");
            assert_eq!(out, format!("see {tag}{escape} there"));
        }
    }
}

#[test]
fn titles_are_looked_through() {
    let (_, token) = &tokens()[0];
    let out = stream(&[format!("\x1b]0;{token}\x07text").as_bytes()]);
    assert_eq!(String::from_utf8(out).unwrap(), format!("\x1b]0;{}\x07text", redact(token)));
}

#[test]
fn a_flushed_token_is_masked_and_its_rest_swallowed() {
    for (kind, token) in tokens() {
        for cut in token.len() - 8..token.len() {
            let mut stream = redactor().stream();
            let mut out = stream.feed(format!("x {}", &token[..cut]).as_bytes());
            out.push(&stream.flush());
            assert!(out.as_str().starts_with(&format!("x [REDACTED:{kind}:")), "{out}");
            out.push(&stream.feed(format!("{} y", &token[cut..]).as_bytes()));
            out.push(&stream.finish());
            assert!(out.as_str().ends_with("] y"), "{out}");
        }
    }
}

#[test]
fn a_value_that_comes_after_a_flush_is_still_its_names() {
    let mut stream = redactor().stream();
    let mut out = stream.feed(b"API_KEY=");
    out.push(&stream.flush());
    assert_eq!(out.as_bytes(), b"API_KEY=");
    out.push(&stream.feed(b"a1b2c3d4e5f6g7h8\n"));
    out.push(&stream.finish());
    assert!(out.as_str().starts_with("API_KEY=[REDACTED:secret:"), "{out}");
}

#[test]
fn endless_tokens_are_masked_within_bounds() {
    let mut stream = redactor().stream();
    let mut out = stream.feed(format!("sk-ant-{}", "api03-").as_bytes());
    let mut fed = 0;
    for _ in 0..1000 {
        out.push(&stream.feed(&b"a1B2c3D4".repeat(16)));
        fed += 128;
        assert!(fed < 8192 || out.as_str().contains("[REDACTED:anthropic"), "held {fed} bytes");
    }
    out.push(&stream.feed(b" end"));
    out.push(&stream.finish());
    assert!(out.len() < 100 && out.as_str().ends_with("] end"), "{out}");
}

#[test]
fn clean_text_is_held_back_by_a_few_bytes_at_most() {
    let mut stream = redactor().stream();
    let text = include_bytes!("redaction.rs");
    let (mut fed, mut got) = (0, 0);
    for piece in text[..4000].chunks(7) {
        fed += piece.len();
        got += stream.feed(piece).len();
        assert!(fed <= got + 64, "{} bytes are held", fed - got);
    }
}

#[test]
fn pieces_end_between_characters() {
    let text = "naïve 日本語 🚀 ".repeat(20);
    for size in 1..9 {
        let mut stream = redactor().stream();
        for piece in text.as_bytes().chunks(size) {
            assert!(std::str::from_utf8(stream.feed(piece).as_bytes()).is_ok());
        }
    }
}

#[test]
fn users_rules_run_first_in_documents_and_lines() {
    let rule = CustomRule::compile(r"CUST-(\d{4})", "[customer]").unwrap();
    let redactor = Redactor::new(&[1; 32], &[rule]);
    assert_eq!(redactor.redact("a CUST-1234 b").to_string(), "a [customer] b");
    let mut stream = redactor.stream();
    let mut out = stream.feed(b"a CUST-");
    out.push(&stream.feed(b"1234 b\nc"));
    out.push(&stream.finish());
    assert_eq!(out.to_string(), "a [customer] b\nc");
}

#[test]
fn findings_say_where_however_the_text_is_cut() {
    let (kind, token) = &tokens()[4];
    let rule = CustomRule::compile("CUST-[0-9]+", "[customer]").unwrap();
    let redactor = Redactor::new(&[42; 32], &[rule]);
    let key = pem("\n");
    let text = format!(
        "one\nzwölf \x1b[1m{token} and {token}\nPASSWORD=\"Tr0ub4dor&3\"\n{key}CUST-12 {token}\n\x1b]0;{token}\x07"
    );
    let key_end = 4 + key.lines().count();
    for size in [1, 7, text.len()] {
        let mut report = redactor.report();
        let mut found: Vec<_> =
            text.as_bytes().chunks(size).flat_map(|chunk| report.feed(chunk)).collect();
        found.extend(report.finish());
        found.sort_unstable();
        let found: Vec<_> = found.iter().map(|f| (f.line, f.column, f.kind)).collect();
        let expected = [
            (2, 7, *kind),
            (2, 12 + token.len(), *kind),
            (3, 11, "secret"),
            (5, 1, "private-key"),
            (key_end, 1, "custom"),
            (key_end, 9, *kind),
            (key_end + 1, 1, *kind),
        ];
        assert_eq!(found, expected);
    }
}

#[test]
fn recorded_screens_hold_no_secret_afterwards() {
    let aws = ["AKIA", "IOSFODNN7EXAMPLE"].concat();
    let github = ["ghp_", "0123456789abcdefABCDEF0123456789abcd"].concat();
    let anthropic = ["sk-ant-", "api03-FAKEfakeFAKEfakeFAKEfakeFAKEfakeFAKE-FAKEAA"].concat();
    for recording in [
        &include_bytes!("../fixtures/recordings/claude-secret.raw")[..],
        include_bytes!("../fixtures/recordings/claude-new-secret.raw"),
        include_bytes!("../fixtures/recordings/codex-secret.raw"),
        include_bytes!("../fixtures/redaction/claude-secret.jsonl"),
        include_bytes!("../fixtures/redaction/claude-new-secret.jsonl"),
        include_bytes!("../fixtures/redaction/codex-secret.jsonl"),
    ] {
        let whole = stream(&[recording]);
        for secret in [&aws, &github, &anthropic] {
            assert!(stripped(recording).contains(secret.as_str()), "the control is missing");
            assert_hidden(&stripped(&whole), secret);
            assert_hidden(&String::from_utf8_lossy(&whole), secret);
        }
        for size in [1, 7, 4096] {
            assert_eq!(stream(&recording.chunks(size).collect::<Vec<_>>()), whole);
        }
    }
}

#[test]
fn transcripts_stay_json_and_keep_their_ids() {
    for transcript in [
        include_str!("../fixtures/redaction/claude-secret.jsonl"),
        include_str!("../fixtures/redaction/claude-new-secret.jsonl"),
        include_str!("../fixtures/redaction/codex-secret.jsonl"),
    ] {
        let out = redact(transcript);
        let changed = transcript.lines().zip(out.lines()).filter(|(a, b)| a != b);
        for (line, redacted) in changed {
            assert!(line.contains("Your keys are"), "changed: {line}\nto: {redacted}");
            serde_json::from_str::<serde_json::Value>(redacted).unwrap();
        }
    }
}

#[test]
fn our_own_sources_stay_as_they_are() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("src"), root.join("Cargo.lock"), root.join("tests/tidy.rs")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(redact(&text), text, "{}", path.display());
        }
    }
}

#[test]
fn a_token_under_a_row_that_looks_wrapped_is_a_token_of_its_own() {
    let (_, token) = &tokens()[5];
    let above = "\x1b[5;1HAuthorization: Bearer \n-----END\x1b[5;1H";
    let text = format!("{above}\x18\x1b\\ \n\n {token})");
    for size in [1, text.len()] {
        let out = stream(&text.as_bytes().chunks(size).collect::<Vec<_>>());
        assert_hidden(&String::from_utf8_lossy(&out), token);
    }
}

#[test]
fn a_title_that_a_stray_escape_ends_still_ends() {
    let (kind, token) = &tokens()[0];
    let out = stream(&[format!("{token}\x1b]0;title\x1bname here").as_bytes()]);
    let out = String::from_utf8(out).unwrap();
    assert!(out.starts_with(&format!("[REDACTED:{kind}:")), "{out}");
    assert!(out.ends_with("\x1b]0;title\x18 here"), "{out:?}");
}
