//! From a name to its value: separators and quotes, in all the ways in which files, command lines
//! and markup put them.

use crate::redact::charset::Set;
use crate::redact::window::Window;

/// Blanks around a separator: aligned columns, not more.
const BLANKS_MAX: usize = 24;

/// Backslashes before a quote: JSON inside of JSON has three.
const BACKSLASHES_MAX: usize = 3;

/// What a field is called that holds the value of the name before it, in lower case.
const FIELD: &[u8] = b"value";

/// Why a check cannot go on.
pub(super) enum Stop {
    No,
    Open,
}

/// How a name is written, which says how its value may follow.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    /// `--name`
    pub(super) is_flag: bool,
    /// `NAME`
    pub(super) is_upper: bool,
    /// It names a password: `password hunter2` in a `.netrc`.
    pub(super) is_password: bool,
    /// `<name`
    pub(super) is_tag: bool,
}

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
        }
    }
}

/// Where the value of the name that ends at `name_end` stands.
pub(super) fn after(window: &mut Window, name_end: usize, style: Style) -> Result<Place, Stop> {
    let closed = closed(window, name_end)?;
    let next = blanks(window, closed)?;
    let is_apart = next > closed;
    let mut place = Place { is_flag: style.is_flag, ..Place::default() };
    let at = match byte(window, next)? {
        b'=' | b':' => assigned(window, next + 1)?,
        b'>' if style.is_tag && !is_apart => {
            place.is_tag = true;
            next + 1
        }
        b'<' if style.is_flag && is_apart => here_string(window, next)?,
        _ => match field(window, next)? {
            Some(at) => at,
            None if is_apart && style.is_flag => next,
            None if is_apart && closed == name_end && (style.is_upper || style.is_password) => {
                place.is_spaced = true;
                next
            }
            None => return Err(Stop::No),
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

/// Steps over the quote and bracket that close a quoted name.
fn closed(window: &Window, name_end: usize) -> Result<usize, Stop> {
    let Some((_, slashes)) = open_quote(window, name_end)? else { return Ok(name_end) };
    let at = name_end + slashes + 1;
    Ok(if byte(window, at)? == b']' { at + 1 } else { at })
}

/// Steps over the rest of `=`, `:=`, `==`, `=>` and the blanks behind.
fn assigned(window: &mut Window, mut at: usize) -> Result<usize, Stop> {
    let most = at + BLANKS_MAX;
    while matches!(byte(window, at)?, b'=' | b'>') {
        at += 1;
        if at > most {
            return Err(Stop::No);
        }
    }
    blanks(window, at)
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
    at = closed(window, at + FIELD.len())?;
    at = blanks(window, at)?;
    match byte(window, at)? {
        b'=' | b':' => blanks(window, at + 1).map(Some),
        _ => Ok(None),
    }
}

/// Steps over blanks, few enough for a separator.
pub(super) fn blanks(window: &mut Window, at: usize) -> Result<usize, Stop> {
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

pub(super) fn byte(window: &Window, at: usize) -> Result<u8, Stop> {
    window.get(at).ok_or(if window.is_open_at(at) { Stop::Open } else { Stop::No })
}
