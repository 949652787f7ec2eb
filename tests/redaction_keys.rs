//! Private keys in every armour: their bodies are hidden, and nothing else.

use crate::redaction::{assert_hidden, redact, stream};

pub(crate) fn pem(newline: &str) -> String {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let body = [line; 30].join(newline);
    let (begin, end) = ("-----BEGIN PRIVATE", "-----END PRIVATE");
    format!("{begin} KEY-----{newline}{body}{newline}{end} KEY-----{newline}")
}

#[test]
fn private_keys_leave_their_marker_lines() {
    let out = redact(&format!("a\n{}b", pem("\n")));
    let tag = out.lines().nth(2).unwrap().to_owned();
    assert!(tag.starts_with("[REDACTED:private-key:"), "{out}");
    assert_eq!(out, format!("a\n-----BEGIN PRIVATE KEY-----\n{tag}\n-----END PRIVATE KEY-----\nb"));
    let json = redact(&format!("{{\"private_key\":\"{}\",\"k\":1}}", pem("\\n")));
    assert!(json.contains(&format!("KEY-----\\n{tag}\\n-----END")), "{json}");
    assert!(json.ends_with("KEY-----\\n\",\"k\":1}"), "{json}");
}

#[test]
fn every_armour_of_a_private_key_is_known() {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    for (label, headers) in [
        ("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,9F86D081\n\n"),
        ("ENCRYPTED PRIVATE KEY", ""),
        ("EC PRIVATE KEY", ""),
        ("OPENSSH PRIVATE KEY", ""),
        ("PGP PRIVATE KEY BLOCK", "Version: GnuPG v2.0.22 (GNU/Linux)\nComment: a.b@c\n\n"),
    ] {
        let (begin, end) = (["-----BEGIN ", label].concat(), ["-----END ", label].concat());
        let text = format!("{begin}-----\n{headers}{line}\n{line}\n=a1B2\n{end}-----\nrest");
        let out = redact(&text);
        let (before, tag) = out.split_once("[REDACTED:private-key:").expect(&out);
        assert_eq!(before, format!("{begin}-----\n"));
        assert_eq!(&tag[loghop::model::tag::DIGITS..], format!("]\n{end}-----\nrest"), "{out}");
        let escaped = redact(&text.replace('\n', "\\n"));
        assert_eq!(escaped.replace("\\n", "\n"), out);
    }
}

/// A key as PuTTY writes it.
fn ppk(newline: &str) -> String {
    let line = "PrIvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKja";
    let mac = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b";
    let public = "AAAAC3NzaC1lZDI1NTE5AAAAIJ8XyZ1a2b3c4d5e6f7g8h9i0jKlMnOpQrStUv";
    let lines = [
        &["PuTTY-User-Key-", "File-3: ssh-ed25519"].concat(),
        "Encryption: none",
        "Comment: me@host",
        "Public-Lines: 1",
        public,
        "Private-Lines: 3",
        line,
        line,
        "PrivAQC7VJTUt9Us8cKj",
        &format!("Private-MAC: {mac}"),
        "the rest",
    ];
    lines.join(newline)
}

#[test]
fn the_private_lines_of_putty_keys_are_hidden() {
    for newline in ["\n", "\r\n", "\\n", "\\r\\n"] {
        let text = ppk(newline);
        let lines: Vec<&str> = text.split(newline).collect();
        let whole = redact(&text);
        let out: Vec<&str> = whole.split(newline).collect();
        assert_eq!(out[..6], lines[..6], "{whole}");
        assert!(out[6].starts_with("[REDACTED:private-key:"), "{whole}");
        assert!(out[7].starts_with("Private-MAC: REDACTED-secret-"), "{whole}");
        assert_eq!(out[8..], ["the rest"], "{whole}");
        let whole = stream(&[text.as_bytes()]);
        assert_hidden(&String::from_utf8_lossy(&whole), lines[6]);
        for size in [1, 3, 64] {
            assert_eq!(stream(&text.as_bytes().chunks(size).collect::<Vec<_>>()), whole);
        }
    }
    for prose in ["Private-Lines: 14 of them", "`Private-Lines: 1`\nPrivate-MAC: none\n"] {
        assert_eq!(redact(prose), prose);
    }
}

#[test]
fn a_key_that_was_cut_off_does_not_swallow_the_rest() {
    let key = pem("\n");
    let cut = &key[..key.len() / 2];
    for rest in ["\n\nNow the next step.", "\n$ ls -l", "\",\"k\":1}"] {
        let out = redact(&format!("{cut}{rest}"));
        assert!(out.ends_with(&rest[1..]), "{out}");
        assert!(!out.contains("MIIEvQ"), "{out}");
    }
}
