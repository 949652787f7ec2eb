//! YAML of frontmatters. The reader is a library; the emitter is ours, because it must satisfy a
//! YAML 1.1 reader that also resolves timestamps: whatever that could take for something else
//! than a string is quoted, and every string stays on one line.

use std::fmt::Write;

use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

use super::fields::Fields;

/// Nesting that is read; frontmatter is flat, and deeper input is an attack on the stack.
const DEPTH_MAX: usize = 64;

/// Words that YAML 1.1 reads as booleans or null, in lower case.
const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Reads a mapping, in YAML or as a JSON object; nothing at all is an empty one. The error says
/// what is wrong in the parser's words.
pub(crate) fn parse(text: &str) -> Result<Fields, String> {
    if text.trim_start().starts_with('{')
        && let Ok(fields) = serde_json::from_str(text)
    {
        return Ok(fields);
    }
    let options = serde_saphyr::options! {
        // As PyYAML does.
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        // `yes` is what somebody wrote, not a boolean.
        strict_booleans: true,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::AsString,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_depth: DEPTH_MAX },
    };
    let fields: Result<Option<Fields>, _> = serde_saphyr::from_str_with_options(text, options);
    match fields {
        Ok(fields) => Ok(fields.unwrap_or_default()),
        Err(error) => Err(error.to_string().lines().next().unwrap_or("not YAML").to_owned()),
    }
}

/// Writes a mapping in block style, sorted by key, each line ended.
pub(crate) fn emit(fields: &Fields) -> String {
    let mut out = String::new();
    for (key, value) in fields {
        push_entry(&mut out, key, value, 0);
    }
    out
}

fn push_entry(out: &mut String, key: &str, value: &Value, indent: usize) {
    push_indent(out, indent);
    push_scalar(out, key);
    out.push(':');
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            for (key, value) in map {
                push_entry(out, key, value, indent + 2);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            push_items(out, items, indent);
        }
        other => {
            out.push(' ');
            push_leaf(out, other);
            out.push('\n');
        }
    }
}

/// List items stand at the indentation of their key, as PyYAML writes them.
fn push_items(out: &mut String, items: &[Value], indent: usize) {
    for item in items {
        push_indent(out, indent);
        out.push('-');
        match item {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                for (key, value) in map {
                    push_entry(out, key, value, indent + 2);
                }
            }
            Value::Array(inner) if !inner.is_empty() => {
                out.push('\n');
                push_items(out, inner, indent + 2);
            }
            other => {
                out.push(' ');
                push_leaf(out, other);
                out.push('\n');
            }
        }
    }
}

fn push_indent(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn push_leaf(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => push_number(out, number),
        Value::String(text) => push_scalar(out, text),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

/// YAML 1.1 takes `1e5` for a string: a float needs its point and the exponent its sign.
fn push_number(out: &mut String, number: &serde_json::Number) {
    let text = number.to_string();
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        out.push_str(&text);
        return;
    };
    out.push_str(mantissa);
    if !mantissa.contains('.') {
        out.push_str(".0");
    }
    out.push('e');
    if !exponent.starts_with(['+', '-']) {
        out.push('+');
    }
    out.push_str(exponent);
}

/// Writes a string in the plainest style that reads back as the same string.
fn push_scalar(out: &mut String, text: &str) {
    if text.chars().any(needs_escape) {
        push_double_quoted(out, text);
    } else if is_plain(text) {
        out.push_str(text);
    } else {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    }
}

/// Line breaks of YAML 1.1 and what its reader refuses or could swallow.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
        // Invisible direction marks hide what a line says from the person who reads it.
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether a string without anything to escape may stand without quotes. It starts with a letter
/// (or `.`, `/`, `_` before one), so no number, date or indicator can be meant.
fn is_plain(text: &str) -> bool {
    let start = text.trim_start_matches(['.', '/', '_']);
    let prefix = text.len() - start.len();
    let letter_first = start.starts_with(char::is_alphabetic);
    let float_word = prefix > 0 && {
        let lower = start.to_ascii_lowercase();
        lower.starts_with("inf") || lower.starts_with("nan")
    };
    prefix <= 1
        && letter_first
        && !float_word
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !text.ends_with(char::is_whitespace)
}

fn push_double_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => {
                let code = u32::from(c);
                let width = if code < 0x100 { ('x', 2) } else { ('u', 4) };
                let _ = write!(out, "\\{}{:0pad$x}", width.0, code, pad = width.1);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn one(text: &str) -> String {
        let mut out = String::new();
        push_scalar(&mut out, text);
        out
    }

    #[test]
    fn what_yaml_1_1_would_read_as_something_else_is_quoted() {
        let hostile = [
            "",
            " a",
            "a ",
            "2026-01-01",
            "2026-11-20T21:39:58Z",
            "1",
            "1_000",
            "0o7",
            "010",
            "1:30",
            "0x1F",
            "1e5",
            ".5",
            ".inf",
            "-.INF",
            ".NaN",
            "+1",
            "-1",
            "yes",
            "No",
            "ON",
            "off",
            "y",
            "N",
            "true",
            "False",
            "null",
            "Null",
            "~",
            "=",
            "<<",
            "- a",
            "-",
            "? a",
            ": a",
            "a: b",
            "a:",
            "a #b",
            "#a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "@a",
            "`a",
            "%a",
            "[a",
            "{a",
            "]",
            "}",
            ",",
            "'a",
            "---",
            "...",
            "'",
            "a\u{a0}",
        ];
        for text in hostile {
            assert!(one(text).starts_with('\''), "{text:?} came out as {}", one(text));
        }
        for text in ["a\nb", "a\tb", "\u{1b}[0m", "a\u{85}b", "a\u{2028}b", "\u{feff}", "\u{7f}"] {
            assert!(one(text).starts_with('"'), "{text:?} came out as {}", one(text));
        }
        for text in ["claude", "S-001", ".loghop/sessions/S-001.md", "Größe – ✓", "a:b", "don't"]
        {
            assert_eq!(one(text), text);
        }
    }

    #[test]
    fn the_style_is_that_of_the_contract() {
        let value = json!({"b": [], "a": ["x", "1"], "n": 2, "f": 1e100, "m": {"k": [["v"]]}});
        let fields: Fields = serde_json::from_value(value).unwrap();
        assert_eq!(
            emit(&fields),
            "a:\n- x\n- '1'\nb: []\nf: 1.0e+100\nm:\n  k:\n  -\n    - v\n\
             'n': 2\n"
        );
        assert_eq!(parse(&emit(&fields)).unwrap(), fields);
    }

    #[test]
    fn json_objects_and_nothing_are_read_too() {
        assert_eq!(parse("{\"id\": \"S-001\"}").unwrap()["id"], json!("S-001"));
        assert!(parse("").unwrap().is_empty());
        assert!(parse("- a\n- b").is_err());
        for deep in ["[", "{", "- ", "? ", "a: "] {
            assert!(parse(&deep.repeat(100_000)).is_err(), "{deep}");
        }
    }

    #[test]
    fn what_pyyaml_folds_is_read_unfolded() {
        let written = "a: 'first line

  it''s the second'
b: \"tab\\t \\e[0m and a line that is long enough to be folded by the emitter \\
  \\ here\"
c: plain text that is long enough to be folded by the emitter goes on
  here
d: |-
  block
  text
";
        let fields = parse(written).unwrap();
        assert_eq!(fields["a"], "first line\nit's the second");
        let folded = "and a line that is long enough to be folded by the emitter  here";
        assert_eq!(fields["b"], format!("tab\t \u{1b}[0m {folded}"));
        let folded = "plain text that is long enough to be folded by the emitter goes on here";
        assert_eq!(fields["c"], folded);
        assert_eq!(fields["d"], "block\ntext");
    }

    proptest! {
        #[test]
        fn any_string_reads_back(text in any::<String>(), key in any::<String>()) {
            let fields = Fields::from([(key, json!([text]))]);
            prop_assert_eq!(parse(&emit(&fields)).unwrap(), fields);
        }

        #[test]
        fn near_yaml_strings_read_back(text in "[-a-z0-9:#'\"\\\\ .,~?!&*{}\\[\\]|>%@`_=<\n\t]{0,12}") {
            let fields = Fields::from([(text.clone(), json!(text))]);
            prop_assert_eq!(parse(&emit(&fields)).unwrap(), fields);
        }

        #[test]
        fn any_input_is_survived(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn yaml_like_input_is_survived(text in "[-a-z0-9:#'\" {}\\[\\]|>&*!\n]{0,80}") {
            let _ = parse(&text);
        }
    }
}
