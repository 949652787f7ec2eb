//! Secrets that are known by the name before them: `API_KEY=…`, `"password": "…"`, `--token …`,
//! `Authorization: Bearer …`.
//!
//! A name proves little, so the value must look like a secret, and only the value is touched:
//! quotes, blanks and everything around stay, or patches and JSON would break.

mod link;
mod names;
mod phrase;
mod place;
mod steps;

use super::cells::OPEN_END;
use super::charset::Set;
use super::prefixed;
use super::rules::RULES;
use super::value;
use super::vendors;
use super::verdict::{Mask, NAMED, Verdict};
use super::window::Window;

pub(super) use names::{NAMES, Name, is_harmless, is_suffix};
use place::Place;
use steps::{Stop, Style, blanks, byte};

/// Schemes of the `Authorization` header.
const SCHEMES: &[&str] = &["bearer", "basic", "token", "apikey", "negotiate"];

/// How far a name may reach to each side of its keyword. Longer ones are not names.
const NAME_SIDE_MAX: usize = 40;

/// What a line with cookies says before them.
const COOKIE: &[u8] = b"cookie:";

/// How far before a cookie's name its header is looked for: within the text that is kept.
const COOKIE_LINE_MAX: usize = 100;

/// Nothing shorter is a secret worth the damage of a wrong guess.
const VALUE_MIN: usize = 8;

/// What is still being painted is hidden from this length on.
const BEGUN_MIN: usize = 6;

/// The same where nothing but a name and a separator speak for it.
const BARE_TOKEN_MIN: usize = 12;

/// The same where the name says little, or nothing but a blank stands before the value.
const WEAK_MIN: usize = 16;

/// The same for a password after a blank.
const SPACED_PASSWORD_MIN: usize = 10;

/// A value after `Authorization` that is this long needs no digit.
const CREDENTIALS_SURE: usize = 20;

/// Checks the name whose keyword is at `start..end`.
pub(super) fn check(window: &mut Window, start: usize, end: usize, name: Name) -> Verdict {
    let verdict = match name {
        Name::Token | Name::Key | Name::Vendor | Name::Password | Name::Cookie => {
            assignment(window, start, end, name)
        }
        Name::Authorization => authorization(window, end),
        Name::Phrase => phrase::check(window, end),
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
    let (name_end, has_lower) = name_end(window, end, name)?;
    let name_start = window.run_back(start, Set::Word, NAME_SIDE_MAX);
    let before = window.slice(name_start, start);
    let is_telling = match name {
        Name::Key => is_word_start(window, start) && (start > name_start || end - start > 3),
        Name::Vendor => vendors::is_open(window.slice(name_start, name_end)),
        Name::Cookie => is_cookie(window, name_start),
        _ => true,
    };
    if is_harmless(before) || !is_telling {
        return Err(Stop::No);
    }
    let is_upper = !has_lower && !window.slice(name_start, end).iter().any(u8::is_ascii_lowercase);
    let style = Style {
        is_flag: before.starts_with(b"--"),
        is_upper,
        is_telling: matches!(name, Name::Password | Name::Token),
        is_tag: window.before(name_start) == Some(b'<'),
    };
    let place = place::after(window, name_end, style)?;
    judge(window, place, name)
}

/// Whether a word of a name begins at `start`: `my_key`, `my-key`, `myKey`, `MY_KEY`, not `monkey`.
fn is_word_start(window: &Window, start: usize) -> bool {
    let is_upper = window.get(start).is_some_and(|b| b.is_ascii_uppercase());
    match window.before(start) {
        Some(before) if before.is_ascii_lowercase() => is_upper,
        Some(before) => !before.is_ascii_alphanumeric(),
        None => true,
    }
}

/// Whether the name at `name_start` stands in a header that carries cookies.
fn is_cookie(window: &Window, name_start: usize) -> bool {
    let line = window.line_back(name_start, COOKIE_LINE_MAX);
    line.to_ascii_lowercase().windows(COOKIE.len()).any(|w| w == COOKIE)
}

/// Where the name ends, and whether what follows its keyword has lower-case letters.
fn name_end(window: &mut Window, end: usize, name: Name) -> Result<(usize, bool), Stop> {
    let run = window.run(end, Set::Word);
    if run.end - end > NAME_SIDE_MAX {
        return Err(Stop::No);
    }
    if run.open {
        return Err(Stop::Open);
    }
    let rest = window.slice(end, run.end);
    if name != Name::Vendor && !is_suffix(rest) {
        return Err(Stop::No);
    }
    Ok((run.end, rest.iter().any(u8::is_ascii_lowercase)))
}

/// What follows a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The end of the line, or of the text in quotes that holds name and value.
    Line,
    /// The end of a part of a connection string or query.
    Part,
    /// Something else.
    Other,
}

/// Finds the end of the value and decides.
fn judge(window: &mut Window, place: Place, name: Name) -> Result<Verdict, Stop> {
    let Place { from, set, quote, .. } = place;
    if quote.is_none() && window.is_user(from) {
        // The URI's own check has spoken, or a row of the table will.
        return Err(Stop::No);
    }
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
    let ends = match window.get(run.end) {
        None | Some(b'\n' | b'\r' | b'\\' | b'"' | b'\'' | OPEN_END) => End::Line,
        Some(b';' | b'&') => End::Part,
        Some(_) => End::Other,
    };
    let text = window.slice(from, to);
    let may_be_begun = name != Name::Vendor && window.may_grow(run.end);
    let is_secret = is_secret(text, place, name, ends) || may_be_begun && is_begun(text);
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

fn is_secret(text: &[u8], place: Place, name: Name, ends: End) -> bool {
    text.len() >= VALUE_MIN
        && looks_secret(text, place, name, ends)
        && !value::is_placeholder(text)
        && !value::is_reference(text)
}

fn looks_secret(text: &[u8], place: Place, name: Name, ends: End) -> bool {
    let in_config = place.quote.is_some() || place.is_env || place.is_flag;
    let is_far = place.is_spaced || place.is_loose;
    let random_from = |least| text.len() >= least && value::is_random(text);
    match name {
        Name::Authorization => {
            text.len() >= CREDENTIALS_SURE || text.iter().any(u8::is_ascii_digit)
        }
        Name::Bearer | Name::Cookie | Name::Phrase => random_from(CREDENTIALS_SURE),
        Name::Vendor => !is_far && random_from(WEAK_MIN) && vendors::may_be_key(text),
        Name::Password if is_far => {
            random_from(SPACED_PASSWORD_MIN) || place.quote.is_some() && has_digit_and_sign(text)
        }
        Name::Token if place.is_loose && place.quote.is_some() => random_from(BARE_TOKEN_MIN),
        _ if is_far => random_from(WEAK_MIN),
        Name::Key => random_from(WEAK_MIN),
        _ if place.is_env => !text.iter().all(|b| b.is_ascii_uppercase() || *b == b'_'),
        Name::Token => random_from(if in_config { VALUE_MIN } else { BARE_TOKEN_MIN }),
        Name::Password => {
            (in_config || place.is_tag || ends == End::Line)
                && is_password(text, place.quote.is_some())
                || ends == End::Part && random_from(VALUE_MIN)
        }
    }
}

/// Whether it may be the first letters of a secret that is still being painted.
fn is_begun(text: &[u8]) -> bool {
    text.len() >= BEGUN_MIN && value::is_mixed(text) && !value::is_reference(text)
}

/// Whether a person may have chosen it: a sign, or a digit in what is not a name in code.
pub(super) fn is_password(text: &[u8], quoted: bool) -> bool {
    let has_sign = text.iter().any(|b| b"!@#%^*+~&".contains(b));
    let has_digit = text.iter().any(u8::is_ascii_digit) || value::is_scrambled(text);
    let is_name = text.iter().any(|b| matches!(b, b'.' | b'_')) && value::is_words(text);
    let is_number = text.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    has_sign || has_digit && (quoted || !is_name) && !is_number
}

/// Whether it has a digit and a sign that neither words nor addresses have.
fn has_digit_and_sign(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit) && text.iter().any(|b| b"!#%^*~".contains(b))
}

/// Whether a row of the rule table knows the whole value: then it names it better.
pub(super) fn is_prefixed(window: &mut Window, from: usize, to: usize) -> bool {
    let first = window.get(from);
    RULES.iter().flat_map(|rule| rule.prefixes.iter().map(move |p| (rule, *p))).any(|(rule, p)| {
        first == p.bytes().next()
            && window.ahead(from, p.len()) == p.as_bytes()
            && matches!(prefixed::check(window, from, p, rule),
                        Verdict::Secret { to: end, .. } if end >= to)
    })
}

fn authorization(window: &mut Window, end: usize) -> Result<Verdict, Stop> {
    let at = place::after(window, end, Style::default())?.from;
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
    let place = Place { from, set: Set::Bearer, ..Place::default() };
    judge(window, place, name)
}
