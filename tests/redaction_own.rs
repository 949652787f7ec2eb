//! What users themselves say about secrets: values that their variables hold, patterns of theirs,
//! and what is none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use loghop::model;
use loghop::redact::{Allowed, Known, Redacted, Redactor};

use crate::redaction::{assert_hidden, tokens};

fn knowing(pairs: &[(&str, &str)]) -> Redactor {
    let mut known = Known::default();
    for (name, value) in pairs {
        known.add(name, value);
    }
    Redactor::new(&[42; 32], &[]).knowing(&known)
}

fn in_pieces(redactor: &Redactor, text: &str, size: usize) -> String {
    let mut stream = redactor.stream();
    let mut out = Redacted::default();
    text.as_bytes().chunks(size).for_each(|chunk| out.push(&stream.feed(chunk)));
    out.push(&stream.finish());
    out.to_string()
}

/// Nothing in them speaks for a secret but that a variable holds them.
pub(crate) fn values() -> [String; 3] {
    [
        ["correct-horse", "-battery"].concat(),
        ["Tr0ub4dor", "&3/\"x"].concat(),
        ["swordfish ", "of the 7 seas"].concat(),
    ]
}

#[test]
fn known_values_are_hidden_wherever_they_turn_up() {
    for value in values() {
        let redactor = knowing(&[("DB_PASSWORD", &value)]);
        let json = serde_json::json!({"note": value, "k": 1}).to_string();
        let percent = value.replace('&', "%26").replace('/', "%2F").replace('"', "%22");
        let coloured = format!("a {}\x1b[31m{} b", &value[..5], &value[5..]);
        let encoded = STANDARD.encode(format!("joe:{value}@host and more"));
        let each = |write: fn(u8) -> String| value.bytes().map(write).collect::<String>();
        let hex = each(|b| format!("{b:02x}"));
        let numbered = each(|b| format!("\\u{b:04x}"));
        let plain = format!("it is {value}, really");
        let upper = hex.to_uppercase();
        for text in [plain, json, coloured, format!("?p={percent}&q=1"), hex, upper, numbered] {
            let out = redactor.redact(&text).to_string();
            assert!(out.contains("[REDACTED:secret:"), "{text} became {out}");
            assert!(!out.contains(&value[8..]), "{text} became {out}");
            for size in [1, 7] {
                assert_eq!(in_pieces(&redactor, &text, size), out, "{text}");
            }
        }
        let out = redactor.redact(&encoded).to_string();
        let plain = STANDARD.encode(&value);
        assert!(out.contains("[REDACTED:secret:"), "{encoded} became {out}");
        assert!(!out.contains(&plain[..12]) && out.len() < encoded.len() + 30, "{out}");
        let json = serde_json::json!({"note": value, "k": 1}).to_string();
        assert!(
            serde_json::from_str::<serde_json::Value>(&redactor.redact(&json).as_str()).is_ok()
        );
    }
}

#[test]
fn known_values_are_hidden_on_a_screen_as_they_are_painted() {
    let value = &values()[1];
    let redactor = knowing(&[("DB_PASSWORD", value)]);
    let wrapped = format!("{}{}\r\n{} end", "x ".repeat(35), &value[..8], &value[8..]);
    let placed = value.chars().enumerate().map(|(n, c)| format!("\x1b[3;{}H{c}", n + 5));
    let placed = placed.collect::<Vec<_>>().concat();
    for text in [format!("typed {value}\r\n"), wrapped, placed] {
        let mut stream = redactor.terminal(model::Size::new(80, 24));
        let mut out = Redacted::default();
        text.as_bytes().chunks(5).for_each(|chunk| out.push(&stream.feed(chunk)));
        out.push(&stream.finish());
        assert!(!out.as_str().contains(&value[..9]) && out.as_str().contains('*'), "{out}");
    }
}

#[test]
fn words_that_a_variable_holds_stay_words_elsewhere() {
    let redactor = knowing(&[
        ("APP_PASSWORD", "hunter22"),
        ("TOKEN", "true"),
        ("AUTH_TOKEN", "development"),
        ("PWD", "/home/joe/src/project-7"),
        ("USER", "joe-the-builder-42"),
    ]);
    for text in [
        "hunter221 and ahunter22",
        "true",
        "development",
        "/home/joe/src/project-7",
        "joe-the-builder-42",
    ] {
        assert_eq!(redactor.redact(text).as_str(), text);
    }
    assert_hidden(&redactor.redact("so hunter22, then").as_str(), "hunter22");
}

#[test]
fn what_is_allowed_stays_and_nothing_else() {
    let (_, token) = &tokens()[4];
    let allowed = Allowed::compile(&format!("{token}|fixture-[a-z0-9-]+")).unwrap();
    let redactor = Redactor::new(&[42; 32], &[]).allowing(vec![allowed]);
    let text = format!("see {token} and PASSWORD=\"fixture-a1-b2\" here");
    assert_eq!(redactor.redact(&text).as_str(), text);
    assert_eq!(in_pieces(&redactor, &text, 1), text);
    let (_, other) = &tokens()[5];
    assert_hidden(&redactor.redact(&format!("{other} {token}")).as_str(), other);
    assert!(!redactor.redact("PASSWORD=\"not-fixture-a1-b2\"").as_str().contains("fixture"));
    assert!(Allowed::compile(".*").is_err() && Allowed::compile("(").is_err());
}
