//! Passwords in URIs: `postgres://user:password@host`. Scheme, user and host stay readable.

use super::cells::OPEN_END;
use super::charset::Set;
use super::named;
use super::value;
use super::verdict::{Mask, NAMED, Verdict};
use super::window::Window;

/// Shorter passwords only show where one goes (`https://u:p@host`).
const PASSWORD_MIN: usize = 3;

/// What is still being painted is hidden from this length on.
const BEGUN_MIN: usize = 4;

/// What precedes the authority of a URI.
pub(super) const ANCHOR: &str = "://";

/// The longest port number; digits up to this length may turn out to be one.
const PORT_DIGITS: usize = 5;

/// Checks the authority that begins at `from`.
pub(super) fn check(window: &mut Window, from: usize) -> Verdict {
    window.set_uri(from);
    let run = window.run(from, Set::UserInfo);
    let colon = window.slice(from, run.end).iter().position(|b| *b == b':');
    let Some(password) = colon.map(|colon| from + colon + 1) else {
        return if run.open { Verdict::More { from: run.end, mask: None } } else { Verdict::No };
    };
    let text = window.slice(password, run.end);
    let may_be_port = text.len() <= PORT_DIGITS && text.iter().all(u8::is_ascii_digit);
    let is_whole = window.get(run.end) == Some(b'@') && is_password(text);
    let is_begun = window.may_grow(run.end) && is_begun(window, run.end, text);
    if !run.open && !is_whole && !is_begun {
        return Verdict::No;
    }
    // A token that stands for the user is hidden with what follows it.
    let is_token = named::is_prefixed(window, from, password - 1);
    let from = if is_token { from } else { password };
    if run.open {
        let mask = (!may_be_port).then_some(Mask { kind: NAMED, to: run.end, rest: Set::UserInfo });
        return Verdict::More { from, mask };
    }
    // What a row of the table knows, it names better.
    if named::is_prefixed(window, from, run.end) {
        Verdict::No
    } else {
        Verdict::Secret { from, to: run.end, kind: NAMED }
    }
}

/// Whether it may be the first letters of a password that is still being painted: nothing follows,
/// or what ends a row.
fn is_begun(window: &Window, end: usize, text: &[u8]) -> bool {
    let ends = matches!(window.get(end), None | Some(b' ' | b'\r' | b'\n' | OPEN_END | 0x80..));
    ends && text.len() >= BEGUN_MIN && is_password(text) && !text.iter().all(u8::is_ascii_digit)
}

fn is_password(text: &[u8]) -> bool {
    let is_template = matches!(text, [] | [b'$' | b'{' | b'<' | b'*' | b'(', ..]);
    let is_placeholder =
        value::is_its_own_name(text) || text.iter().all(|b| matches!(b, b'x' | b'X' | b'.'));
    text.len() >= PASSWORD_MIN && !is_template && !is_placeholder
}
