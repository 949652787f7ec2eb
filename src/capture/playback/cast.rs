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

/// Seconds that a tape may last; no clock says more, and a damaged line may say anything.
const TIME_MAX: f64 = 1e9;
/// Bytes of the longest escape in a string, a pair of two.
const ESCAPE_MAX: usize = 12;

/// Reads what there is of a line whose writing was cut short: what of an output was written was
/// written by the child.
pub(in crate::capture) fn torn(line: &[u8]) -> Option<Event<'static>> {
    // What a power cut leaves behind a text is no text.
    let end = line.iter().position(u8::is_ascii_control).unwrap_or(line.len());
    let line = &line[..end];
    (0..=ESCAPE_MAX.min(end)).find_map(|cut| {
        let whole = [&line[..end - cut], br#""]"#].concat();
        match event(&whole)? {
            Event::Output(at, text) => Some(Event::Output(at, Cow::Owned(text.into_owned()))),
            _ => None,
        }
    })
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
    let at = if (0.0..TIME_MAX).contains(&at) { at } else { return None };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_of_an_output_is_read_however_it_was_cut() {
        let whole = r#"[1.5,"o","a \u001b[1mé\ud83d\ude80\n\"z"]"#;
        let Some(Event::Output(_, text)) = event(whole.as_bytes()) else { panic!("{whole}") };
        let begin = whole.find("a ").unwrap();
        let mut last = 0;
        for cut in 0..whole.len() {
            match torn(&whole.as_bytes()[..cut]) {
                Some(Event::Output(at, part)) => {
                    assert!(text.starts_with(&*part) && at > 1.0, "{cut}: {part:?}");
                    assert!(part.len() >= last, "{cut}: {part:?}");
                    last = part.len();
                }
                other => assert!(other.is_none() && cut < begin, "{cut}: {other:?}"),
            }
        }
        assert_eq!(last, text.len());
        assert!(torn(b"[1.5,\"o\",\"ab\0\0\0\0").is_some(), "the rest of the page is empty");
        for other in [&br#"[1.5,"m","sen"#[..], br#"[1.5,"r","80x2"#, br#"{"version":2,"wid"#] {
            assert_eq!(torn(other), None);
        }
    }
}
