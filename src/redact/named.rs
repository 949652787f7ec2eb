//! Secrets that are known by the name before them: `API_KEY=…`, `"password": "…"`, `--token …`,
//! `Authorization: Bearer …`.
//!
//! A name proves little, so the value must look like a secret, and only the value is touched:
//! quotes, blanks and everything around stay, or patches and JSON would break.

use super::cells::OPEN_END;
use super::charset::Set;
use super::prefixed;
use super::rules::RULES;
use super::tag;
use super::value;
use super::verdict::{Mask, NAMED, Verdict};
use super::window::Window;

/// What a name promises about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// Made by a generator: must look random.
    Token,
    /// Made by a person: may be a word with a digit or a sign.
    Password,
    /// `Authorization`, in front of a scheme.
    Authorization,
    /// The scheme itself, without its header.
    Bearer,
}

/// Names, in lower case; they are looked for in any case.
pub(super) const NAMES: &[(&str, Name)] = &[
    ("token", Name::Token),
    ("secret", Name::Token),
    ("api_key", Name::Token),
    ("api-key", Name::Token),
    ("apikey", Name::Token),
    ("access_key", Name::Token),
    ("accesskey", Name::Token),
    ("auth_key", Name::Token),
    ("authkey", Name::Token),
    ("account_key", Name::Token),
    ("accountkey", Name::Token),
    ("private_key", Name::Token),
    ("privatekey", Name::Token),
    ("signing_key", Name::Token),
    ("encryption_key", Name::Token),
    ("master_key", Name::Token),
    ("credential", Name::Token),
    ("credentials", Name::Token),
    ("password", Name::Password),
    ("passwd", Name::Password),
    ("passphrase", Name::Password),
    ("pwd", Name::Password),
    ("authorization", Name::Authorization),
    ("bearer", Name::Bearer),
];

/// Words that may follow in a name without changing what it names (`SECRET_KEY_BASE`).
const SUFFIXES: &[&str] = &[
    "access",
    "key",
    "base",
    "value",
    "string",
    "production",
    "prod",
    "staging",
    "dev",
    "test",
    "live",
    "default",
    "new",
    "old",
];

/// Words that make a name harmless when they end what stands before (`next_token`).
const HARMLESS: &[&str] = &["next", "page", "cursor", "continuation", "public", "csrf", "xsrf"];

/// Schemes of the `Authorization` header.
const SCHEMES: &[&str] = &["bearer", "basic", "token", "apikey", "negotiate"];

/// How far a name may reach to each side of its keyword. Longer ones are not names.
const NAME_SIDE_MAX: usize = 40;

/// Blanks around a separator: aligned columns, not more.
const BLANKS_MAX: usize = 24;

/// Backslashes before a quote: JSON inside of JSON has three.
const BACKSLASHES_MAX: usize = 3;

/// Nothing shorter is a secret worth the damage of a wrong guess.
const VALUE_MIN: usize = 8;

/// What is still being painted is hidden from this length on.
const BEGUN_MIN: usize = 6;

/// The same where nothing but a name and a separator speak for it.
const BARE_TOKEN_MIN: usize = 12;

/// A value after `Authorization` that is this long needs no digit.
const CREDENTIALS_SURE: usize = 20;

/// Why a check cannot go on.
enum Stop {
    No,
    Open,
}

/// Where a value stands, and what that says about it.
#[derive(Clone, Copy)]
struct Place {
    from: usize,
    set: Set,
    /// The quote, with so many backslashes before it.
    quote: Option<(u8, usize)>,
    /// After an upper-case name and `=` without blanks, as in `.env`.
    is_env: bool,
    /// After `--name`.
    is_flag: bool,
}

/// Checks the name whose keyword is at `start..end`.
pub(super) fn check(window: &mut Window, start: usize, end: usize, name: Name) -> Verdict {
    let verdict = match name {
        Name::Token | Name::Password => assignment(window, start, end, name),
        Name::Authorization => authorization(window, end),
        Name::Bearer if prefixed::is_edge(window, start) => credentials(window, end, name),
        Name::Bearer => Ok(Verdict::No),
    };
    match verdict {
        Ok(verdict) => verdict,
        Err(Stop::No) => Verdict::No,
        Err(Stop::Open) => Verdict::More { from: window.sight(), mask: None },
    }
}

fn assignment(window: &mut Window, start: usize, end: usize, name: Name) -> Result<Verdict, Stop> {
    let (name_end, has_lower) = name_end(window, end)?;
    let name_start = window.run_back(start, Set::Word, NAME_SIDE_MAX);
    let before = window.slice(name_start, start);
    if is_harmless(before) {
        return Err(Stop::No);
    }
    let is_flag = before.starts_with(b"--");
    let is_upper = !has_lower && !window.slice(name_start, end).iter().any(u8::is_ascii_lowercase);
    let (at, tight) = separator(window, name_end, is_flag)?;
    let quote = open_quote(window, at)?;
    let place = Place {
        from: at + quote.map_or(0, |(_, slashes)| slashes + 1),
        set: if quote.is_some() { Set::Quoted } else { Set::Bare },
        quote,
        is_env: is_upper && tight,
        is_flag,
    };
    judge(window, place, name)
}

/// Where the name ends, and whether what follows its keyword has lower-case letters.
fn name_end(window: &mut Window, end: usize) -> Result<(usize, bool), Stop> {
    let run = window.run(end, Set::Word);
    if run.end - end > NAME_SIDE_MAX {
        return Err(Stop::No);
    }
    if run.open {
        return Err(Stop::Open);
    }
    let rest = window.slice(end, run.end);
    if !is_suffix(rest) {
        return Err(Stop::No);
    }
    Ok((run.end, rest.iter().any(u8::is_ascii_lowercase)))
}

fn is_suffix(rest: &[u8]) -> bool {
    if rest.is_empty() {
        return true;
    }
    let rest: String = rest
        .iter()
        .filter(|b| b.is_ascii_alphabetic())
        .map(|b| char::from(b.to_ascii_lowercase()))
        .collect();
    let mut rest = rest.as_str();
    while let Some(next) = SUFFIXES.iter().find_map(|s| rest.strip_prefix(s)) {
        rest = next;
    }
    rest.is_empty()
}

fn is_harmless(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"_").or(before.strip_suffix(b"-")).unwrap_or(before);
    HARMLESS.iter().any(|word| {
        let at = before.len().checked_sub(word.len());
        at.is_some_and(|at| before[at..].eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// Steps over what stands between name and value. Tells whether it was a bare `=`.
fn separator(window: &mut Window, name_end: usize, is_flag: bool) -> Result<(usize, bool), Stop> {
    let mut at = name_end;
    if let Some((_, slashes)) = open_quote(window, at)? {
        at += slashes + 1;
        if byte(window, at)? == b']' {
            at += 1;
        }
    }
    let unspaced = at;
    at = blanks(window, at)?;
    match byte(window, at)? {
        b'=' | b':' => at += 1,
        _ if is_flag && at > unspaced => return Ok((at, false)),
        _ => return Err(Stop::No),
    }
    while matches!(byte(window, at)?, b'=' | b'>') {
        at += 1;
        if at - unspaced > BLANKS_MAX {
            return Err(Stop::No);
        }
    }
    let value = blanks(window, at)?;
    let tight = value == name_end + 1 && window.before(value) == Some(b'=');
    Ok((value, tight))
}

fn blanks(window: &mut Window, at: usize) -> Result<usize, Stop> {
    let run = window.run(at, Set::Blank);
    match run.end - at {
        len if len > BLANKS_MAX => Err(Stop::No),
        _ if run.open => Err(Stop::Open),
        _ => Ok(run.end),
    }
}

/// A quote at `at`, and how many backslashes escape it.
fn open_quote(window: &Window, at: usize) -> Result<Option<(u8, usize)>, Stop> {
    for slashes in 0..=BACKSLASHES_MAX {
        match byte(window, at + slashes)? {
            b'\\' => {}
            quote @ (b'"' | b'\'' | b'`') => return Ok(Some((quote, slashes))),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

fn byte(window: &Window, at: usize) -> Result<u8, Stop> {
    window.get(at).ok_or(if window.is_open_at(at) { Stop::Open } else { Stop::No })
}

/// Finds the end of the value and decides.
fn judge(window: &mut Window, place: Place, name: Name) -> Result<Verdict, Stop> {
    let Place { from, set, quote, .. } = place;
    let run = window.run(from, set);
    let mask = Mask { kind: NAMED, to: run.end, rest: set };
    let open = Verdict::More { from, mask: (run.end > from).then_some(mask) };
    if run.open {
        return Ok(open);
    }
    let to = match quote {
        Some(quote) => match close_quote(window, run.end, quote) {
            Ok(()) => run.end,
            Err(Stop::Open) => return Ok(open),
            Err(Stop::No) => return Err(Stop::No),
        },
        None => match goes_on(window, run.end) {
            Ok(false) => trimmed(window, from, run.end),
            Err(Stop::Open) => return Ok(open),
            Ok(true) | Err(Stop::No) => return Err(Stop::No),
        },
    };
    let ends_line = matches!(window.get(run.end), None | Some(b'\n' | b'\r' | b'\\' | OPEN_END));
    let text = window.slice(from, to);
    let is_secret =
        is_secret(text, place, name, ends_line) || window.may_grow(run.end) && is_begun(text);
    if is_secret && !is_prefixed(window, from, to) {
        Ok(Verdict::Secret { from, to, kind: NAMED })
    } else {
        Err(Stop::No)
    }
}

/// Whether a bare value is the beginning of code: a call, an index, a generic type.
fn goes_on(window: &Window, at: usize) -> Result<bool, Stop> {
    Ok(match window.get(at) {
        Some(b'(' | b'[' | b'{') => true,
        Some(b'<') => byte(window, at + 1)? != b'/',
        _ => false,
    })
}

/// Checks that the quote that opened a value closes it at `at`, escaped as often.
fn close_quote(window: &Window, at: usize, (quote, slashes): (u8, usize)) -> Result<(), Stop> {
    for at in at..at + slashes {
        if byte(window, at)? != b'\\' {
            return Err(Stop::No);
        }
    }
    if byte(window, at + slashes)? == quote { Ok(()) } else { Err(Stop::No) }
}

/// A full stop or colon after a value belongs to the sentence.
fn trimmed(window: &Window, from: usize, to: usize) -> usize {
    let text = window.slice(from, to);
    from + text.len() - text.iter().rev().take_while(|b| matches!(b, b'.' | b':')).count()
}

fn is_secret(text: &[u8], place: Place, name: Name, ends_line: bool) -> bool {
    let opening = tag::OPENING.as_bytes();
    if text.len() < VALUE_MIN
        || value::is_placeholder(text)
        || value::is_reference(text)
        || text.windows(opening.len()).any(|w| w == opening)
    {
        return false;
    }
    let in_config = place.quote.is_some() || place.is_env || place.is_flag;
    let random = value::is_random(text);
    match name {
        Name::Authorization => {
            text.len() >= CREDENTIALS_SURE || text.iter().any(u8::is_ascii_digit)
        }
        Name::Bearer => random && text.len() >= CREDENTIALS_SURE,
        _ if place.is_env => !text.iter().all(|b| b.is_ascii_uppercase() || *b == b'_'),
        Name::Token => random && (in_config || text.len() >= BARE_TOKEN_MIN),
        Name::Password => (in_config || ends_line) && is_password(text, place.quote.is_some()),
    }
}

/// Whether it may be the first letters of a secret that is still being painted.
fn is_begun(text: &[u8]) -> bool {
    text.len() >= BEGUN_MIN && value::is_mixed(text) && !value::is_reference(text)
}

/// Whether a person may have chosen it: a sign, or a digit in what is not a name in code.
fn is_password(text: &[u8], quoted: bool) -> bool {
    let has_sign = text.iter().any(|b| b"!@#%^*+~&".contains(b));
    let has_digit = text.iter().any(u8::is_ascii_digit);
    let is_name = text.iter().any(|b| matches!(b, b'.' | b'_')) && value::is_words(text);
    let is_number = text.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    has_sign || has_digit && (quoted || !is_name) && !is_number
}

/// Whether a row of the rule table knows the whole value: then it names it better.
fn is_prefixed(window: &mut Window, from: usize, to: usize) -> bool {
    RULES.iter().flat_map(|rule| rule.prefixes.iter().map(move |p| (rule, *p))).any(|(rule, p)| {
        window.ahead(from, p.len()) == p.as_bytes()
            && matches!(prefixed::check(window, from, p, rule),
                        Verdict::Secret { to: end, .. } if end >= to)
    })
}

fn authorization(window: &mut Window, end: usize) -> Result<Verdict, Stop> {
    let (at, _) = separator(window, end, false)?;
    let at = at + open_quote(window, at)?.map_or(0, |(_, slashes)| slashes + 1);
    let run = window.run(at, Set::Alnum);
    let scheme_max = SCHEMES.iter().map(|s| s.len()).max().unwrap_or(0);
    if run.open && run.end - at <= scheme_max {
        return Ok(Verdict::More { from: at, mask: None });
    }
    let scheme = window.slice(at, run.end);
    let is_scheme = SCHEMES.iter().any(|s| scheme.eq_ignore_ascii_case(s.as_bytes()));
    credentials(window, if is_scheme { run.end } else { at }, Name::Authorization)
}

/// What follows a scheme: blanks, then the credentials.
fn credentials(window: &mut Window, at: usize, name: Name) -> Result<Verdict, Stop> {
    let from = blanks(window, at)?;
    if from == at && name == Name::Bearer {
        return Err(Stop::No);
    }
    let place = Place { from, set: Set::Bearer, quote: None, is_env: false, is_flag: false };
    judge(window, place, name)
}
