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
    /// The text below, without the blank line that separates it.
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
    if lines.first().map(|line| line.trim_end()) != Some(FENCE) {
        return Err("no frontmatter".into());
    }
    let end = lines.iter().skip(1).position(|line| line.trim_end() == FENCE);
    let end = end.ok_or("its frontmatter has no end")? + 1;
    let (front, body) = (&lines[1..end], &lines[end + 1..]);
    let signed = signed_text(front, body);
    let fields = yaml::parse(&signed.front)?;
    let signature = front.iter().find_map(|line| line.strip_prefix(SIGNATURE));
    let body = signed.body.strip_prefix('\n').unwrap_or(&signed.body).to_owned();
    Ok(Document {
        fields,
        body,
        signed,
        signature: signature.map(|digits| digits.trim().trim_matches(['\'', '"']).to_owned()),
    })
}

/// The signed text of a file that is about to be written: `front` is its YAML, `body` what stands
/// below the blank line.
pub(crate) fn to_be_signed(front: &str, body: &str) -> Signed {
    let mut below = vec![""];
    below.extend(python_lines(body));
    signed_text(&python_lines(front), &below)
}

fn signed_text(front: &[&str], body: &[&str]) -> Signed {
    let front: Vec<&str> =
        front.iter().filter(|line| !line.starts_with(SIGNATURE)).copied().collect();
    Signed { front: front.join("\n"), body: body.join("\n") }
}

/// The lines of a text as Python's `str.splitlines` sees them: more characters end a line than
/// in most languages, and signatures depend on it.
fn python_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !ends_line(c) {
            continue;
        }
        lines.push(&text[start..at]);
        start = at + c.len_utf8();
        if c == '\r' && chars.next_if(|(_, next)| *next == '\n').is_some() {
            start += 1;
        }
    }
    if start < text.len() {
        lines.push(&text[start..]);
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
        assert_eq!(python_lines(text), expected);
        assert!(python_lines("").is_empty());
        assert_eq!(python_lines("\n"), [""]);
    }

    #[test]
    fn a_file_comes_apart() {
        let text = "---\nid: S-001\n_signature: 00ff\n---\n\n# Title\ntext\n";
        let document = parse(text).unwrap();
        assert_eq!(document.fields["id"], "S-001");
        assert_eq!(document.fields.len(), 1);
        assert_eq!(document.body, "# Title\ntext");
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
