//! JSON lines as Python's `json.dumps(…, sort_keys=True, ensure_ascii=False)` writes them.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

/// `", "` and `": "` between things, which is how 0.2.1's files look.
struct PythonSeparators;

impl Formatter for PythonSeparators {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        w.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        w.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        w.write_all(b": ")
    }
}

/// One line, without its newline. U+2028 and its like are escaped, so that it is one line for
/// Python's `splitlines` too.
pub(crate) fn line(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, PythonSeparators);
    // Writing a value into memory cannot fail: its keys are strings.
    if value.serialize(&mut serializer).is_err() {
        return String::new();
    }
    let text = String::from_utf8(bytes).unwrap_or_default();
    // The bytes that such characters begin with; most texts have none.
    if memchr::memchr2(0xc2, 0xe2, text.as_bytes()).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{85}' => out.push_str("\\u0085"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn lines_look_like_pythons() {
        let value = json!({"b": [1, "ä\n\u{2028}"], "a": {"c": null}, "e": []});
        let expected = "{\"a\": {\"c\": null}, \"b\": [1, \"ä\\n\\u2028\"], \"e\": []}";
        assert_eq!(line(&value), expected);
    }

    proptest! {
        #[test]
        fn any_text_reads_back_from_one_line(text in any::<String>()) {
            let line = line(&json!({ "t": text }));
            let breaks = ['\n', '\r', '\u{85}', '\u{2028}'];
            prop_assert!(!line.contains(breaks));
            let back: Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(&back["t"], &json!(text));
        }
    }
}
