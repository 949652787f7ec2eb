//! The steps from a name to its value: over what closes the name, over blanks, to a quote.

use crate::redact::charset::Set;
use crate::redact::window::Window;

/// Blanks around a separator: aligned columns, not more.
pub(super) const BLANKS_MAX: usize = 24;

/// Backslashes before a quote: JSON inside of JSON has three.
const BACKSLASHES_MAX: usize = 3;

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
    /// It names a password or a token: `password hunter2` in a `.netrc`.
    pub(super) is_telling: bool,
    /// `<name`
    pub(super) is_tag: bool,
}

impl Style {
    /// Whether a blank is enough between such a name and its value.
    pub(super) fn may_be_spaced(self) -> bool {
        self.is_upper || self.is_telling
    }
}

/// Where a name ends, with what closes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closed {
    /// One past its quote and bracket.
    pub(super) at: usize,
    /// It stands in quotes.
    pub(super) is_quoted: bool,
    /// A bracket is closed behind it: `env["NAME"]`, `getenv("NAME")`.
    pub(super) is_argument: bool,
}

/// Steps over the quote, the bracket and the emphasis that close a name.
pub(super) fn closed(window: &Window, name_end: usize) -> Result<Closed, Stop> {
    let quote = open_quote(window, name_end)?;
    let mut at = name_end + quote.map_or(0, |(_, slashes)| slashes + 1);
    let is_argument = quote.is_some() && matches!(byte(window, at)?, b']' | b')');
    at += usize::from(is_argument);
    if byte(window, at)? == b'*' && byte(window, at + 1)? == b'*' {
        at += 2;
    }
    Ok(Closed { at, is_quoted: quote.is_some(), is_argument })
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
pub(super) fn open_quote(window: &Window, at: usize) -> Result<Option<(u8, usize)>, Stop> {
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
