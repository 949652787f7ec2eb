//! One stored file with today's rules applied: its form stays what it was.
//!
//! What today's rules leave alone stays byte for byte, and so does its signature.

use serde_json::Value;

use crate::model::Size;
use crate::redact::{Late, Redacted, Redactor};
use crate::store::format::frontmatter;
use crate::store::signature::Verdict;
use crate::store::{Store, layout, seal};

/// Seconds without output after which a frame is complete and the screen is read as a whole.
const PAUSE: f64 = 0.05;

/// What the file at `path` should hold; `None` where that is what it holds.
pub(super) fn scrubbed(store: &Store, path: &str, bytes: &[u8]) -> Option<Redacted> {
    let text = String::from_utf8_lossy(bytes);
    let name = path.rsplit('/').next().unwrap_or(path);
    if layout::is_kind(path, "cast") {
        return tape(&store.redactor, &text);
    }
    let new = if layout::is_kind(path, "md") && layout::is_record(name) {
        record(store, &text)
    } else if layout::is_kind(path, "md") {
        store.redactor.redact(&text)
    } else {
        lines(&store.redactor, &text)
    };
    // Bytes that are no text are no reason to write a file anew.
    (new.as_bytes() != text.as_bytes()).then_some(new)
}

/// A file with a frontmatter. Its signature is renewed if it was right, and stays what it was if
/// not: what somebody else changed is not vouched for.
fn record(store: &Store, text: &str) -> Redacted {
    let redactor = &store.redactor;
    let whole = redactor.redact(text);
    let Ok(document) = frontmatter::parse(text) else { return whole };
    let fields = seal::redact_fields(redactor, &document.fields);
    let body = redactor.redact(&document.body);
    let is_same = fields == document.fields && body.as_bytes() == document.body.as_bytes();
    let state = store.key.as_ref().map_or(Verdict::Unsigned, |key| key.verify(&document));
    if is_same && whole.as_bytes() == text.as_bytes() || state == Verdict::Mismatch {
        return whole;
    }
    let key = store.key.as_ref().filter(|_| state == Verdict::Valid);
    let end = if text.ends_with('\n') && !document.body.is_empty() { "\n" } else { "" };
    seal::document(redactor, key, &fields, &(document.body + end))
}

/// JSON lines, or any others.
fn lines(redactor: &Redactor, text: &str) -> Redacted {
    let mut out = Redacted::default();
    for line in text.split_inclusive('\n') {
        out.push(&self::line(redactor, line.trim_end_matches('\n')));
        if line.ends_with('\n') {
            out.push_plain("\n");
        }
    }
    out
}

/// One line. Its strings are looked at unescaped, because quoting could hide a secret.
fn line(redactor: &Redactor, line: &str) -> Redacted {
    let value: Option<Value> = serde_json::from_str(line).ok();
    let hidden = value.as_ref().map(|value| seal::json_line(redactor, value));
    let is_changed = |hidden: &Redacted| serde_json::from_slice(hidden.as_bytes()).ok() != value;
    hidden.filter(is_changed).unwrap_or_else(|| redactor.redact(line))
}

/// A row of a recording.
enum Row {
    /// Output, and when it came.
    Output(f64, Redacted),
    Other(Redacted),
}

/// A recording, if anything in it is hidden. Its output is one stream, whatever its events are;
/// what is held back moves into the next one.
fn tape(redactor: &Redactor, text: &str) -> Option<Redacted> {
    let (header, rest) = text.split_once('\n').unwrap_or((text, ""));
    let mut stream = redactor.terminal(size(header));
    let head = line(redactor, header);
    let mut is_changed = head.as_bytes() != header.as_bytes();
    let mut rows = vec![Row::Other(head)];
    let (mut shown, mut late, mut last) = (Vec::new(), Vec::new(), 0.0);
    for row in rest.lines() {
        let event = serde_json::from_str::<(f64, String, String)>(row);
        if let Ok((at, "o", data)) = event.as_ref().map(|(at, code, data)| (*at, &**code, data)) {
            if at - last >= PAUSE {
                stream.look_back();
                late.extend(stream.late());
            }
            shown.extend_from_slice(data.as_bytes());
            rows.push(Row::Output(at, stream.feed(data.as_bytes())));
            last = at;
            continue;
        }
        if let Some(size) = event.ok().filter(|e| e.1 == "r").and_then(|e| resized(&e.2)) {
            stream.resize(size);
        }
        let new = line(redactor, row);
        is_changed |= new.as_bytes() != row.as_bytes();
        rows.push(Row::Other(new));
    }
    // A token that the recording's end cuts is hidden, as where it was recorded: the next segment
    // begins with a picture, which shows all of it that was on the screen.
    let open = stream.flush();
    late.extend(stream.late());
    rows.push(Row::Output(last, Redacted::join(&[&open, &stream.finish()])));
    cover(&mut rows, late);
    is_changed |= !rows.iter().filter_map(Row::output).flatten().eq(&shown);
    is_changed.then(|| written(&rows))
}

impl Row {
    fn output(&self) -> Option<&[u8]> {
        match self {
            Self::Output(_, text) => Some(text.as_bytes()),
            Self::Other(_) => None,
        }
    }
}

/// Covers what turned out to be a secret's behind where it stands.
fn cover(rows: &mut [Row], mut late: Vec<Late>) {
    late.sort_unstable();
    let mut late = late.into_iter().peekable();
    let mut begin = 0;
    for row in rows {
        let Row::Output(_, text) = row else { continue };
        let end = begin + text.len() as u64;
        while let Some(byte) = late.next_if(|byte| byte.at < end) {
            text.cover((byte.at - begin) as usize);
        }
        begin = end;
    }
}

/// The terminal that a recording begins on.
fn size(header: &str) -> Size {
    let header: Value = serde_json::from_str(header).unwrap_or_default();
    let side = |name: &str| header[name].as_u64().and_then(|side| u16::try_from(side).ok());
    Size::new(side("width").unwrap_or(80), side("height").unwrap_or(24))
}

/// The size that an `r` event tells, such as `80x24`.
fn resized(text: &str) -> Option<Size> {
    let (cols, rows) = text.split_once('x')?;
    Some(Size::new(cols.parse().ok()?, rows.parse().ok()?))
}

/// The file of these rows.
fn written(rows: &[Row]) -> Redacted {
    let mut out = Redacted::default();
    for row in rows {
        match row {
            Row::Output(_, text) if text.is_empty() => continue,
            Row::Output(at, text) => {
                out.push_plain("[");
                out.push_number(*at);
                out.push_plain(", \"o\", ");
                out.push_json(text, 0..text.len());
                out.push_plain("]");
            }
            Row::Other(line) => out.push(line),
        }
        out.push_plain("\n");
    }
    out
}
