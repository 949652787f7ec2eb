//! Secrets whose letters are written as numbers, or that a clipboard write carries in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::redaction::{assert_hidden, plain, redact, redactor, stream, tokens};

/// The token with each letter for which `is_written` holds written as a number.
fn written(token: &str, is_written: fn(char) -> bool, write: fn(char) -> String) -> String {
    token.chars().map(|c| if is_written(c) { write(c) } else { c.to_string() }).collect()
}

#[test]
fn letters_that_are_written_as_numbers_are_letters() {
    let json: fn(char) -> String = |c| format!("\\u{:04x}", u32::from(c));
    let nested: fn(char) -> String = |c| format!("\\\\u{:04X}", u32::from(c));
    let percent: fn(char) -> String = |c| format!("%{:02X}", u32::from(c));
    for (kind, token) in tokens() {
        for write in [json, nested, percent] {
            for which in [(|c| "-_.".contains(c)) as fn(char) -> bool, |c| c > 'a', |_| true] {
                let text = written(&token, which, write);
                let out = redact(&format!("https://h/?q={text}&v=%C3%A4"));
                let (bare, rest) = (redact(&token), "&v=%C3%A4");
                assert_eq!(out, format!("https://h/?q={}{rest}", plain(&bare)), "{kind} {text}");
                let size = loghop::model::Size::new(80, 24);
                let mut painted = redactor().terminal(size).feed(format!("{text}\n").as_bytes());
                painted.push_plain("");
                let painted = String::from_utf8_lossy(painted.as_bytes()).into_owned();
                assert!(
                    painted.trim_end().chars().all(|c| c == '*' || bare.contains(c)),
                    "{painted}"
                );
                assert_eq!(painted.len(), text.len() + 1, "{kind} {text}");
            }
        }
    }
}

#[test]
fn what_is_written_as_numbers_stays_so() {
    for text in
        ["100% of %7B %2D and %", "\\u0041\\u002d \\\\u003d \\u", "{\"a\":\"\\u003cb\\u003e\"}"]
    {
        assert_eq!(redact(text), text);
        assert_eq!(stream(&text.as_bytes().chunks(1).collect::<Vec<_>>()), text.as_bytes());
    }
}

#[test]
fn what_goes_to_the_clipboard_is_looked_through() {
    let write = |text: &str| format!("\x1b]52;c;{}\x07 and on", STANDARD.encode(text));
    for (kind, token) in tokens() {
        let out = stream(
            write(&format!("a {token} b")).as_bytes().chunks(3).collect::<Vec<_>>().as_slice(),
        );
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, write(&format!("a {} b", redact(&token))), "{kind}");
    }
    for clean in
        [write("nothing"), write("no"), "\x1b]52;p;?\x1b\\".into(), "\x1b]52;c;!\x07".into()]
    {
        assert_eq!(stream(&[clean.as_bytes()]), clean.as_bytes(), "{clean:?}");
    }
}

#[test]
fn tokens_with_their_mark_in_the_middle_are_hidden_however_they_come() {
    let hex = "9f86d081884c7d659a2feaa0c55ad015";
    let long = ["Zk3v9QpL1xW8sT2yBn6M", "h4Jf7Gd2Ks5RcV0eXq3U", "Wm8Tz1Ya6Nb4Ge9Lo2Ip"].concat()
        + &hex[..16];
    for token in [format!("{hex}-us12"), format!("{long}{}9aB1", "AZDO")] {
        for text in
            [format!("use {token} now"), format!("k={token}&v=2"), format!("x\\n{token}\"}}")]
        {
            let whole = stream(&[text.as_bytes()]);
            assert_eq!(stream(&text.as_bytes().chunks(1).collect::<Vec<_>>()), whole);
            assert_hidden(&String::from_utf8_lossy(&whole), &token[12..]);
        }
    }
}
