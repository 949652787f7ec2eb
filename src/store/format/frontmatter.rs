//! Markdown files with a frontmatter between two `---` lines.

use super::fields::Fields;
use super::yaml;

/// The line before and after the frontmatter.
const FENCE: &str = "---";
/// What the line of the signature starts with.
const SIGNATURE: &str = "_signature:";

/// A file, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    /// The fields, without the signature.
    pub(crate) fields: Fields,
    /// The text below, byte for byte, without the blank line that separates it and without its
    /// last newline.
    pub(crate) body: String,
    /// What the signature is over.
    pub(crate) signed: Signed,
    /// The signature's digits, where there is one.
    pub(crate) signature: Option<String>,
}

/// The signed text of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The frontmatter's lines but the signature's, joined by `\n`.
    pub(crate) front: String,
    /// The lines after the frontmatter, joined by `\n`.
    pub(crate) body: String,
}

/// Takes a file apart. The error says what is wrong with it, in a few words.
pub(crate) fn parse(text: &str) -> Result<Document, String> {
    let lines = python_lines(text);
    if lines.first().map(|line| line.text.trim_end()) != Some(FENCE) {
        return Err("no frontmatter".into());
    }
    let end = lines.iter().skip(1).position(|line| line.text.trim_end() == FENCE);
    let end = end.ok_or("its frontmatter has no end")? + 1;
    let (front, below) = (&lines[1..end], &lines[end + 1..]);
    let signed = signed_text(front, below);
    let fields = yaml::parse(&signed.front)?;
    let signature = front.iter().find_map(|line| line.text.strip_prefix(SIGNATURE));
    let body = &text[lines[end].next..];
    let body = body.strip_prefix('\n').unwrap_or(body);
    Ok(Document {
        fields,
        body: body.strip_suffix('\n').unwrap_or(body).to_owned(),
        signed,
        signature: signature.map(|digits| digits.trim().trim_matches(['\'', '"']).to_owned()),
    })
}

/// The signed text of a file that is about to be written: `front` is its YAML, `body` what stands
/// below the blank line.
pub(crate) fn to_be_signed(front: &str, body: &str) -> Signed {
    let mut below = vec![Line { text: "", next: 0 }];
    below.extend(python_lines(body));
    signed_text(&python_lines(front), &below)
}

fn signed_text(front: &[Line<'_>], body: &[Line<'_>]) -> Signed {
    let front = front.iter().map(|line| line.text).filter(|line| !line.starts_with(SIGNATURE));
    let body = body.iter().map(|line| line.text);
    Signed {
        front: front.collect::<Vec<_>>().join("\n"),
        body: body.collect::<Vec<_>>().join("\n"),
    }
}

/// A line, and where the next one starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line<'a> {
    text: &'a str,
    next: usize,
}

/// The lines of a text as Python's `str.splitlines` sees them: more characters end a line than
/// in most languages, and signatures depend on it.
fn python_lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !ends_line(c) {
            continue;
        }
        let mut next = at + c.len_utf8();
        if c == '\r' && chars.next_if(|(_, c)| *c == '\n').is_some() {
            next += 1;
        }
        lines.push(Line { text: &text[start..at], next });
        start = next;
    }
    if start < text.len() {
        lines.push(Line { text: &text[start..], next: text.len() });
    }
    lines
}

fn ends_line(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_end_where_python_ends_them() {
        let text = "a\r\nb\rc\x0bd\x0ce\x1cf\x1dg\x1eh\u{85}i\u{2028}j\u{2029}k\n\nl\n";
        let expected =
            ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "", "l"].map(String::from);
        let lines = |text| python_lines(text).into_iter().map(|l| l.text).collect::<Vec<_>>();
        assert_eq!(lines(text), expected);
        assert!(lines("").is_empty());
        assert_eq!(lines("\n"), [""]);
    }

    #[test]
    fn a_file_comes_apart() {
        let text = "---\nid: S-001\n_signature: 00ff\n---\n\n# Title\r\ntext\n";
        let document = parse(text).unwrap();
        assert_eq!(document.fields["id"], "S-001");
        assert_eq!(document.fields.len(), 1);
        assert_eq!(document.body, "# Title\r\ntext");
        assert_eq!(document.signature.as_deref(), Some("00ff"));
        assert_eq!(document.signed, to_be_signed("id: S-001\n", "# Title\ntext\n"));
    }

    #[test]
    fn damage_is_named() {
        for (text, problem) in [
            ("", "no frontmatter"),
            ("# Title", "no frontmatter"),
            ("---\nid: S-001", "its frontmatter has no end"),
        ] {
            assert_eq!(parse(text).unwrap_err(), problem);
        }
        assert!(parse("---\na: [\n---\n").is_err());
    }

    proptest! {
        #[test]
        fn any_input_is_survived(text in any::<String>()) {
            let _ = parse(&text);
            let _ = parse(&format!("---\n{text}\n---\n{text}"));
        }
    }
}
