//! One line of a tape: an event of an asciicast, as far as it matters for a replay.

use std::borrow::Cow;

use serde::Deserialize;

use crate::model::Size;

/// What a line of a tape says.
#[derive(Debug, PartialEq)]
pub(in crate::capture) enum Event<'a> {
    /// A tape begins, or a further segment of one: a terminal of this size.
    Head(Size),
    /// The child wrote this.
    Output(f64, Cow<'a, str>),
    /// The terminal has a new size.
    Resize(f64, Size),
    /// Something was marked.
    Mark(f64, Cow<'a, str>),
    /// Somebody typed; in recordings that other programs made.
    Input(f64, Cow<'a, str>),
}

#[derive(Deserialize)]
struct Head {
    width: u16,
    height: u16,
}

/// Reads one line. `None` for what is torn or strange.
pub(in crate::capture) fn event(line: &[u8]) -> Option<Event<'_>> {
    if line.starts_with(b"{") {
        let head: Head = serde_json::from_slice(line).ok()?;
        return Some(Event::Head(Size::new(head.width, head.height)));
    }
    let (at, code, text): (f64, Text, Text) = serde_json::from_slice(line).ok()?;
    Some(match &*code.0 {
        "o" => Event::Output(at, text.0),
        "m" => Event::Mark(at, text.0),
        "i" => Event::Input(at, text.0),
        "r" => {
            let (cols, rows) = text.0.split_once('x')?;
            Event::Resize(at, Size::new(cols.parse().ok()?, rows.parse().ok()?))
        }
        _ => return None,
    })
}

/// A string that is copied only where it holds escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Whether bytes for the child are a person's: text or a paste, and no answer of a terminal.
pub(in crate::capture) fn is_typed(input: &str) -> bool {
    input.starts_with(|c: char| !c.is_control()) || input.starts_with("\x1b[200~")
}
