//! What else may stand between a name and its value, and says less than a sign: the comma of a call
//! or list, the border of a table, the default of a variable that may be unset, a word.

use super::steps::{Closed, Stop, Style, blanks, byte, open_quote};
use crate::redact::cells::OPEN_END;
use crate::redact::charset::Set;
use crate::redact::window::Window;

/// The longest tag between a name and its value, as in a property list.
const TAG_MAX: usize = 16;

/// The longest option between a name and its value: `secret set NAME --body …`.
const OPTION_MAX: usize = 20;

/// The longest beginning of a block that says its value at its end: a type, a description.
const BLOCK_MAX: usize = 160;

/// What the field with the value is called in such a block.
const DEFAULT: &[u8] = b"default";

/// A colon as Chinese and Japanese have it.
const WIDE_COLON: &[u8] = "：".as_bytes();

/// Words between a name and its value in a sentence, and in front of a default.
const COPULAS: [&[u8]; 9] = [b"is", b"was", b"set", b"to", b"or", b"ist", b"lautet", b"est", b"es"];

/// So many of them follow one another: `is set to`.
const COPULAS_MAX: usize = 3;

/// Where the value of a name stands behind what begins at `next`, if that is one of these.
pub(super) fn after(
    window: &mut Window,
    name: Closed,
    next: usize,
    style: Style,
) -> Result<Option<usize>, Stop> {
    let is_apart = next > name.at;
    match byte(window, next)? {
        b',' if name.is_quoted && !name.is_argument => argument(window, next + 1),
        b',' if style.is_upper && !name.is_quoted => Ok(Some(next + 1)),
        b'(' if !is_apart && !name.is_quoted => argument(window, next + 1),
        b'|' if byte(window, next + 1)? != b'|' => blanks(window, next + 1).map(Some),
        b'|' | b'?' => default(window, next),
        b'<' if byte(window, next + 1)? == b'-' => blanks(window, next + 2).map(Some),
        b'<' if byte(window, next + 1)? == b'/' => element(window, next + 2),
        b'{' if is_apart => block(window, name, next + 1),
        b'-' if is_apart => option(window, next),
        b'\r' | b'\n' | OPEN_END if name.is_quoted => part(window, next),
        b'a'..=b'z' if is_apart => sentence(window, next),
        first if first == WIDE_COLON[0] && window.ahead(next, 3) == WIDE_COLON => {
            blanks(window, next + WIDE_COLON.len()).map(Some)
        }
        _ => Ok(None),
    }
}

/// The next argument, which must be in quotes.
fn argument(window: &mut Window, at: usize) -> Result<Option<usize>, Stop> {
    let at = blanks(window, at)?;
    Ok(open_quote(window, at)?.map(|_| at))
}

/// `|| value`, `||= value`, `?? value`, `?= value`.
fn default(window: &mut Window, sign: usize) -> Result<Option<usize>, Stop> {
    let mut at = sign + 1;
    match (window.get(sign), byte(window, at)?) {
        (Some(first), second) if first == second => at += 1,
        (_, b'=') => {}
        _ => return Ok(None),
    }
    at += usize::from(byte(window, at)? == b'=');
    blanks(window, at).map(Some)
}

/// The next element, behind the end of the one with the name: `</key> <string>value`.
fn element(window: &mut Window, at: usize) -> Result<Option<usize>, Stop> {
    let Some(end) = tag_end(window, at)? else { return Ok(None) };
    let mut at = end;
    while matches!(byte(window, at)?, b' ' | b'\t' | b'\r' | b'\n') && at < end + TAG_MAX {
        at += 1;
    }
    if byte(window, at)? == b'<' { tag_end(window, at + 1) } else { Ok(None) }
}

/// One past the `>` of the tag whose name begins at `at`.
fn tag_end(window: &mut Window, at: usize) -> Result<Option<usize>, Stop> {
    let run = window.run(at, Set::Word);
    let is_tag = (1..=TAG_MAX).contains(&(run.end - at)) && byte(window, run.end)? == b'>';
    Ok(is_tag.then_some(run.end + 1))
}

/// The value that a block ends with: `"name" { type = string, default = value`, `name { get; } =`.
fn block(window: &mut Window, name: Closed, from: usize) -> Result<Option<usize>, Stop> {
    let seen = window.ahead(from, BLOCK_MAX);
    let field = seen.windows(DEFAULT.len()).position(|w| w == DEFAULT && name.is_quoted);
    let end = seen.iter().position(|b| *b == b'}').unwrap_or(seen.len());
    let at = match field {
        Some(field) if field < end => from + field + DEFAULT.len(),
        _ if end < seen.len() => from + end + 1,
        _ if seen.len() < BLOCK_MAX && window.is_open_at(from + seen.len()) => {
            return Err(Stop::Open);
        }
        _ => return Ok(None),
    };
    let at = blanks(window, at)?;
    if byte(window, at)? == b'=' { blanks(window, at + 1).map(Some) } else { Ok(None) }
}

/// The value of the next option.
fn option(window: &mut Window, at: usize) -> Result<Option<usize>, Stop> {
    if byte(window, at + 1)? != b'-' {
        return Ok(None);
    }
    let run = window.run(at, Set::Word);
    if run.end - at > OPTION_MAX {
        return Ok(None);
    }
    match byte(window, run.end)? {
        b' ' | b'=' => Ok(Some(run.end + 1)),
        _ => Ok(None),
    }
}

/// The body of a part of a form, behind the blank line that ends its head.
fn part(window: &mut Window, at: usize) -> Result<Option<usize>, Stop> {
    let mut at = at;
    for _ in 0..2 {
        at += usize::from(byte(window, at)? == OPEN_END);
        at += usize::from(byte(window, at)? == b'\r');
        if byte(window, at)? != b'\n' {
            return Ok(None);
        }
        at += 1;
    }
    Ok(Some(at))
}

/// What a sentence says that the name is.
fn sentence(window: &mut Window, from: usize) -> Result<Option<usize>, Stop> {
    let mut at = from;
    for nth in 0..COPULAS_MAX {
        let run = window.run(at, Set::Alnum);
        let word = window.slice(at, run.end);
        if run.open && COPULAS.iter().any(|copula| copula.starts_with(word)) {
            return Err(Stop::Open);
        }
        let is_copula = COPULAS.contains(&word) && (nth > 0 || word != b"to");
        if !is_copula {
            break;
        }
        at = run.end;
        at += usize::from(byte(window, at)? == b':');
        at = blanks(window, at)?;
    }
    Ok((at > from).then_some(at))
}
