//! Values that are known to be secret because a variable with a telling name has them: the
//! environment's and those of `.env` files. They are hidden exactly, wherever they turn up and
//! however they are written there.
//!
//! They live in memory only. A value that could be anything else (a word, a path, a number) is not
//! known: it would be torn out of texts that have nothing to do with it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::charset::Set;
use super::named::{self, Name};
use super::value;
use super::verdict::{Mask, NAMED, Verdict};
use super::window::Window;

/// So many values are taken. Each has up to twelve forms to look for; nobody has more by purpose.
const VALUES_MAX: usize = 100;

/// Shorter values turn up by chance.
const VALUE_MIN: usize = 8;

/// Longer ones are files; private keys among them are found by their armour.
const VALUE_MAX: usize = 4096;

/// A key needs so many random bytes, as its name says so little.
const KEY_MIN: usize = 16;

/// Letters of one case are a word up to this length.
const WORD_MAX: usize = 15;

/// Words with something between them are a name up to this length.
const NAME_MAX: usize = 11;

/// Base64 of fewer letters is not looked for.
const BASE64_MIN: usize = 12;

/// Bytes of a value that are looked for; the rest is compared then. What is still being
/// typed is hidden from there on.
pub(super) const ANCHOR_LEN: usize = VALUE_MIN;

/// The same for values that may be the beginning of something else.
const WORD_BEGUN_MIN: usize = 12;

/// Words that passwords of test databases are made of.
const COMMON: &[&str] = &[
    "admin",
    "default",
    "demo",
    "dev",
    "development",
    "example",
    "guest",
    "local",
    "localhost",
    "mysql",
    "pass",
    "passwd",
    "password",
    "postgres",
    "production",
    "qwerty",
    "redis",
    "root",
    "secret",
    "staging",
    "test",
    "testing",
    "token",
    "user",
    "username",
    "welcome",
];

/// Names that only look telling: the shell's folders.
const NOT_TELLING: &[&str] = &["pwd", "oldpwd"];

/// Known values, in every form in which they are looked for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Known {
    forms: Vec<Form>,
    count: usize,
}

/// One way of writing a value.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// As it stands in texts.
    pub(super) text: Vec<u8>,
    /// It is only meant where no letter or digit is beside it.
    is_word: bool,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").field("count", &self.count).finish_non_exhaustive()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").finish_non_exhaustive()
    }
}

impl Known {
    /// Takes the value of a variable, if its name says that it is secret and it can be nothing
    /// else. Of a URI the password is taken, whatever the name.
    pub fn add(&mut self, name: &str, value: &str) {
        let value = value.trim();
        let secret = match uri_password(value) {
            Some(password) => Some((Name::Password, password)),
            None => telling(name).map(|name| (name, value)),
        };
        if let Some((_, value)) = secret.filter(|(name, value)| is_worth(*name, value)) {
            self.learn(value);
        }
    }

    /// Takes the values of a `.env` file.
    pub fn add_env_file(&mut self, text: &str) {
        for line in text.lines() {
            let line = line.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line);
            if let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
                self.add(name.trim(), unquoted(value.trim()));
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    pub(super) fn forms(&self) -> &[Form] {
        &self.forms
    }

    fn learn(&mut self, value: &str) {
        let bytes = value.as_bytes();
        if self.count == VALUES_MAX || self.forms.iter().any(|form| form.text == bytes) {
            return;
        }
        self.count += 1;
        let is_word = !value::is_random(bytes);
        self.forms.push(Form { text: bytes.to_vec(), is_word });
        let encoded = [
            percent_encoded(bytes),
            json_escaped(value),
            json_numbered(value),
            hex::encode(bytes).into_bytes(),
            hex::encode_upper(bytes).into_bytes(),
        ];
        for text in encoded.into_iter().chain(base64(bytes)) {
            if !self.forms.iter().any(|form| form.text == text) {
                self.forms.push(Form { text, is_word: false });
            }
        }
    }
}

/// What a variable's name promises about its value, if it is one for secrets.
fn telling(name: &str) -> Option<Name> {
    let name = name.to_ascii_lowercase();
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    if NOT_TELLING.contains(&name) {
        return None;
    }
    let promises = |(word, promise): &(&str, Name)| {
        let at = name.rfind(word)?;
        let (before, rest) = (&name[..at], &name[at + word.len()..]);
        let begins =
            before.ends_with(|c: char| !c.is_ascii_alphanumeric()) || word.starts_with('_');
        let is_whole = match promise {
            Name::Key => begins,
            Name::Token | Name::Password => true,
            Name::Vendor | Name::Cookie | Name::Authorization | Name::Bearer | Name::Phrase => {
                false
            }
        };
        let is_telling =
            is_whole && named::is_suffix(rest.as_bytes()) && !named::is_harmless(before.as_bytes());
        is_telling.then_some(*promise)
    };
    named::NAMES.iter().find_map(promises)
}

/// Whether a value can be nothing but a secret.
fn is_worth(name: Name, value: &str) -> bool {
    let bytes = value.as_bytes();
    let has_digit = bytes.iter().any(u8::is_ascii_digit);
    (VALUE_MIN..=VALUE_MAX).contains(&bytes.len())
        && bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | 0x80..))
        && !is_common(value)
        && !is_path(value)
        && !value::is_placeholder(bytes)
        && !value::is_reference(bytes)
        && match name {
            Name::Key => bytes.len() >= KEY_MIN && value::is_random(bytes),
            Name::Password if has_digit => true,
            _ => bytes.len() > NAME_MAX || !value::is_words(bytes),
        }
}

/// Whether a value is a number or a word that anybody may write.
fn is_common(value: &str) -> bool {
    let bytes = value.as_bytes();
    let is_number = bytes.iter().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b':'));
    let is_lower = bytes.iter().all(u8::is_ascii_lowercase);
    let is_upper = bytes.iter().all(u8::is_ascii_uppercase);
    let stem = value.trim_end_matches(|c: char| !c.is_ascii_alphabetic()).to_ascii_lowercase();
    is_number || (is_lower || is_upper) && bytes.len() <= WORD_MAX || COMMON.contains(&&*stem)
}

fn is_path(value: &str) -> bool {
    ["/", "~/", "./", "../"].iter().any(|root| value.starts_with(root)) && value[1..].contains('/')
}

/// The password of a URI such as `postgres://joe:password@host/db`.
fn uri_password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

/// The value of a line in a `.env` file, without its quotes or the comment behind it.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\'', '`'] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|v| v.split_once(quote)) {
            return inner;
        }
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

fn percent_encoded(value: &[u8]) -> Vec<u8> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode =
        |byte: &u8| if is_plain(*byte) { vec![*byte] } else { format!("%{byte:02X}").into() };
    value.iter().flat_map(encode).collect()
}

fn json_escaped(value: &str) -> Vec<u8> {
    let json = serde_json::Value::from(value).to_string();
    json.as_bytes()[1..json.len() - 1].to_vec()
}

/// JSON in which letters are numbers, as far as they are not read as letters anyway.
fn json_numbered(value: &str) -> Vec<u8> {
    let number = |c: char| match c {
        ' ' | '"' | '\\' => format!("\\u{:04x}", u32::from(c)),
        c => c.into(),
    };
    value.chars().map(number).collect::<String>().into_bytes()
}

/// The letters of base64 that are the value's alone, wherever in a longer text it stands.
fn base64(value: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for lead in 0..3 {
        let bytes = [&vec![0; lead][..], value].concat();
        // The first letters hold bits of what is before, the last one of what comes after.
        let from = (lead * 8).div_ceil(6);
        let to = bytes.len() * 8 / 6;
        for encoded in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            if to >= from + BASE64_MIN {
                forms.push(encoded.as_bytes()[from..to].to_vec());
            }
        }
    }
    forms
}

/// Checks whether the known value of `form` begins at `start`.
pub(super) fn check(window: &Window, start: usize, form: &Form) -> Verdict {
    let text = form.text.as_slice();
    let seen = window.ahead(start, text.len());
    let end = start + seen.len();
    let is_glued =
        |byte: Option<u8>| form.is_word && byte.is_some_and(|b| b.is_ascii_alphanumeric());
    if !text.starts_with(seen) {
        let same = text.iter().zip(seen).take_while(|(a, b)| a == b).count();
        // It is still being typed.
        let least = if form.is_word { WORD_BEGUN_MIN } else { ANCHOR_LEN };
        let is_begun = same >= least && window.may_grow(start + same);
        return if is_begun { secret(start, start + same) } else { Verdict::No };
    }
    if is_glued(window.before(start)) {
        return Verdict::No;
    }
    if window.is_open_at(end) && (seen.len() < text.len() || form.is_word) {
        let mask = Mask { kind: NAMED, to: end, rest: Set::Bare };
        return Verdict::More { from: start, mask: Some(mask) };
    }
    if seen.len() < text.len() || is_glued(window.get(end)) {
        return Verdict::No;
    }
    secret(start, end)
}

fn secret(from: usize, to: usize) -> Verdict {
    Verdict::Secret { from, to, kind: NAMED }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str, value: &str) -> usize {
        let mut known = Known::default();
        known.add(name, value);
        known.count
    }

    #[test]
    fn names_and_values_must_both_speak_for_it() {
        let token = ["Zk3v9QpL1x", "W8sT2yBn6M"].concat();
        for name in
            ["API_KEY", "GITHUB_TOKEN", "dbPassword", "SECRET_KEY_BASE", "ACME_KEY", "X_PAT"]
        {
            assert_eq!(known(name, &token), 1, "{name}");
        }
        for name in ["PATH", "PWD", "TOKEN_URL", "PUBLIC_KEY", "KEY_ID", "NEXT_TOKEN", "HOSTNAME"] {
            assert_eq!(known(name, &token), 0, "{name}");
        }
        for value in [
            "true",
            "12345678901",
            "password",
            "postgres1",
            "/run/secrets/db",
            "${OTHER}",
            "development",
            "your-token-here",
            "http://localhost:3000",
            "next-auth",
            "joe",
        ] {
            assert_eq!(known("DB_PASSWORD", value), 0, "{value}");
        }
        for value in ["hunter22", "correct-horse-battery", "Tr0ub4dor&3", "swordfish!7"] {
            assert_eq!(known("DB_PASSWORD", value), 1, "{value}");
        }
        let uri = ["postgres://joe:", "Tr0ub4dor3", "@host/db"].concat();
        assert_eq!(known("DATABASE_URL", &uri), 1);
        assert_eq!(known("DATABASE_URL", "postgres://host/db"), 0);
    }

    #[test]
    fn files_are_read_as_shells_and_libraries_do() {
        let mut known = Known::default();
        let lines = [
            ("# TOKEN=", "a1b2c3d4e5f6"),
            ("export API_TOKEN=", "'q9w8e7r6t5y4' # why"),
            ("PORT=", "3000"),
            ("DB_PASSWORD=", "Tr0ub4dor&3 # mine\r"),
            ("AUTH_SECRET=", "\"two more words 7\""),
            ("TOKEN", ""),
        ];
        known.add_env_file(&lines.map(|(name, value)| format!("{name}{value}")).join("\n"));
        let has = |text: &str| known.forms.iter().any(|form| form.text == text.as_bytes());
        assert!(has("q9w8e7r6t5y4") && has("Tr0ub4dor&3") && has("two more words 7"));
        assert_eq!(known.count, 3);
        assert!(has("Tr0ub4dor%263"), "percent-encoded too");
    }

    #[test]
    fn base64_is_found_at_every_offset() {
        let value = b"Tr0ub4dor&3-and-more";
        let forms = base64(value);
        for before in ["", "a", "ab", "abc"] {
            let text = STANDARD_NO_PAD.encode([before.as_bytes(), value, b"x:y"].concat());
            let is_in = |form: &Vec<u8>| text.as_bytes().windows(form.len()).any(|w| w == form);
            assert!(forms.iter().any(is_in), "{text}");
        }
    }
}
