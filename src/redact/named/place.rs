//! From a name to its value: separators and quotes, in all the ways in which files, command lines
//! and markup put them.

use super::link;
use super::steps::{BLANKS_MAX, Stop, Style, blanks, byte, closed, open_quote};
use crate::redact::charset::Set;
use crate::redact::window::Window;

/// The longest type between a name and its value, with the blanks behind: `: Option<String> =`.
const TYPE_MAX: usize = 32;

/// What a field is called that holds the value of the name before it, in lower case.
const FIELD: &[u8] = b"value";

/// Where a value stands, and what that says about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) from: usize,
    pub(super) set: Set,
    /// The quote, with so many backslashes before it.
    pub(super) quote: Option<(u8, usize)>,
    /// After an upper-case name and `=` without blanks, as in `.env`.
    pub(super) is_env: bool,
    /// After `--name`.
    pub(super) is_flag: bool,
    /// After `<name>`.
    pub(super) is_tag: bool,
    /// Nothing but a blank stands between.
    pub(super) is_spaced: bool,
    /// Something stands between that says little: a comma, a word, the border of a table.
    pub(super) is_loose: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            from: 0,
            set: Set::Bare,
            quote: None,
            is_env: false,
            is_flag: false,
            is_tag: false,
            is_spaced: false,
            is_loose: false,
        }
    }
}

/// Where the value of the name that ends at `name_end` stands.
pub(super) fn after(window: &mut Window, name_end: usize, style: Style) -> Result<Place, Stop> {
    let name = closed(window, name_end)?;
    let next = blanks(window, name.at)?;
    let is_apart = next > name.at;
    let mut place = Place { is_flag: style.is_flag, ..Place::default() };
    let at = match byte(window, next)? {
        b'=' | b':' => assigned(window, next)?,
        b'>' if style.is_tag && !is_apart => {
            place.is_tag = true;
            next + 1
        }
        b'<' if style.is_flag && is_apart => here_string(window, next)?,
        _ => match field(window, next)? {
            Some(at) => at,
            None if is_apart && style.is_flag => next,
            None => match link::after(window, name, next, style)? {
                Some(at) => {
                    place.is_loose = !style.is_flag;
                    at
                }
                None if is_apart && name.at == name_end && style.may_be_spaced() => {
                    place.is_spaced = true;
                    next
                }
                None => return Err(Stop::No),
            },
        },
    };
    place.is_env = style.is_upper && at == name_end + 1 && window.before(at) == Some(b'=');
    place.quote = open_quote(window, at)?;
    place.from = at + place.quote.map_or(0, |(_, slashes)| slashes + 1);
    if place.quote.is_some() {
        place.set = Set::Quoted;
    }
    Ok(place)
}

/// Steps over `=`, `:=`, `==`, `=>`, `: Type =` and the blanks behind.
pub(super) fn assigned(window: &mut Window, sign: usize) -> Result<usize, Stop> {
    let (mut at, most) = (sign + 1, sign + 1 + BLANKS_MAX);
    if window.get(sign) == Some(b':') && byte(window, at)? == b':' {
        // A path in code.
        return Err(Stop::No);
    }
    while matches!(byte(window, at)?, b'=' | b'>') {
        at += 1;
        if at > most {
            return Err(Stop::No);
        }
    }
    at = blanks(window, at)?;
    let is_colon = window.get(sign) == Some(b':');
    match window.get(at) {
        Some(b'>' | b'|') if is_colon => folded(window, at),
        Some(b'*') if is_colon && window.ahead(at, 3) == b"** " => blanks(window, at + 2),
        Some(b'&' | b'a'..=b'z' | b'A'..=b'Z') if is_colon => {
            typed(window, at).map_or(Ok(at), |sign| blanks(window, sign + 1))
        }
        _ => Ok(at),
    }
}

/// Steps over the sign of a block of YAML (`>-`, `|`) and the indent of its first line.
fn folded(window: &mut Window, sign: usize) -> Result<usize, Stop> {
    let mut at = sign + 1;
    at += usize::from(matches!(byte(window, at)?, b'-' | b'+'));
    at += usize::from(byte(window, at)? == b'\r');
    if byte(window, at)? == b'\n' { blanks(window, at + 1) } else { Ok(sign) }
}

/// Where the `=` stands behind a type at `at`, if all of that is here: while it is not, this is
/// the value.
fn typed(window: &Window, at: usize) -> Option<usize> {
    let seen = window.ahead(at, TYPE_MAX);
    let is_type = |b: &u8| b.is_ascii_alphanumeric() || b"_<>[]&'.:?".contains(b);
    let len = seen.iter().take_while(|b| is_type(b)).count();
    let sign = len + seen[len..].iter().take_while(|b| **b == b' ').count();
    let is_sign = seen.get(sign) == Some(&b'=') && seen.get(sign + 1) == Some(&b' ');
    (is_sign && sign > len).then_some(at + sign)
}

/// Steps over `<<<` and the blanks behind.
fn here_string(window: &mut Window, at: usize) -> Result<usize, Stop> {
    for at in at..at + 3 {
        if byte(window, at)? != b'<' {
            return Err(Stop::No);
        }
    }
    blanks(window, at + 3)
}

/// Steps over `, "value": ` and its like: the name was the content of a field, and the next field
/// holds its value (`- name: PASSWORD`, then `value: …` on the next line).
fn field(window: &mut Window, mut at: usize) -> Result<Option<usize>, Stop> {
    let most = at + BLANKS_MAX;
    while matches!(byte(window, at)?, b' ' | b'\t' | b'\n' | b'\r' | b',') {
        at += 1;
        if at > most {
            return Ok(None);
        }
    }
    at += open_quote(window, at)?.map_or(0, |(_, slashes)| slashes + 1);
    for (n, wanted) in FIELD.iter().enumerate() {
        if byte(window, at + n)?.to_ascii_lowercase() != *wanted {
            return Ok(None);
        }
    }
    at = closed(window, at + FIELD.len())?.at;
    at = blanks(window, at)?;
    match byte(window, at)? {
        b'=' | b':' => blanks(window, at + 1).map(Some),
        _ => Ok(None),
    }
}
