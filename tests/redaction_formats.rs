//! A document stays a document: what was redacted parses as before, with tags where secrets were.

use loghop::model::tag;
use proptest::prelude::*;
use proptest::string::string_regex;
use pulldown_cmark::{Options, Parser, TextMergeStream};
use regex::Regex;
use serde_json::Value;

use crate::redaction::{plain, redact};
use crate::redaction_properties::cases;

/// A format, and documents of it. `{}` is a secret; after it comes whether its tag has brackets.
struct Format {
    parse: fn(&str) -> Option<Value>,
    documents: &'static [(&'static str, bool)],
}

const FORMATS: &[Format] = &[
    Format {
        parse: |text| serde_json::from_str(text).ok(),
        documents: &[
            (r#"{"user":"joe","api_token":"{}","n":[1,null]}"#, true),
            (r#"{"log":"{\"api_token\":\"{}\"}\n","k":1}"#, true),
            (r#"{"cmd":"curl https://joe:{}@host/a"}"#, false),
        ],
    },
    Format {
        parse: |text| serde_saphyr::from_str(text).ok(),
        documents: &[
            ("user: joe\napi_token: {}\nlast: 1\n", false),
            ("api_token: \"{}\"\nlast: 1\n", true),
            ("api_token: '{}' # why\n", true),
            ("{user: joe, api_token: {}}\n", false),
            ("env:\n- api_token={}\n- b\n", true),
            ("run: tool --api-token {} -v\n", true),
            ("urls:\n- https://joe:{}@host/?a=1\n", false),
            ("script: |\n  export api_token={}\n  make\n", true),
        ],
    },
    Format {
        parse: |text| toml::from_str(text).ok(),
        documents: &[
            ("api_token = \"{}\"\n[a]\nb = 1\n", true),
            ("[[a]]\napi_token = '{}'\n", true),
            ("text = '''\napi_token={}\n'''\n", true),
            ("urls = [\"https://joe:{}@host/\"]\n", false),
        ],
    },
    Format {
        parse: url,
        documents: &[
            ("https://joe:{}@host.io:8080/a/b?x=1#top", false),
            ("postgres://joe:{}@db/main?sslmode=require", false),
            ("https://host/a?api_token={}&v=2", false),
            ("https://host/a#api_token={}", false),
        ],
    },
    Format {
        parse: |text| Some(markdown(text)),
        documents: &[
            ("see [the page](https://host/a?api_token={}&b=1) there\n", false),
            ("see <https://joe:{}@host/>\n", false),
            ("use `api_token={}` here\n", true),
            ("| a | b |\n|---|---|\n| api_token={} | x |\n", true),
            ("- api_token: {}\n- next\n", false),
        ],
    },
    Format {
        parse: diff,
        documents: &[
            ("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-api_token: old\n+api_token: {}\n", false),
            (
                "--- a/x\n+++ b/x\n@@ -1,1 +1,2 @@ f\n+  \"api_token\": \"{}\",\n api_token={}\n",
                true,
            ),
        ],
    },
];

/// The parts of a URL, by the grammar of RFC 3986: it has no brackets but around an address.
fn url(text: &str) -> Option<Value> {
    let grammar = concat!(
        r"^([a-z][a-z0-9+.-]*)://(?:([\w.~!$&'()*+,;=:%-]*)@)?([\w.~-]+|\[[0-9a-f:.]+\])(:\d+)?",
        r"((?:/[\w.~!$&'()*+,;=:@%-]*)*)",
        r"(?:\?([\w.~!$&'()*+,;=:@%/?-]*))?(?:#([\w.~!$&'()*+,;=:@%/?-]*))?$",
    );
    let parts = Regex::new(grammar).unwrap().captures(text)?;
    Some(parts.iter().skip(1).map(|part| part.map_or("", |part| part.as_str())).collect())
}

/// What a document says and how, as its events.
fn markdown(text: &str) -> Value {
    let events = TextMergeStream::new(Parser::new_ext(text, Options::ENABLE_TABLES));
    // Where a text lies says nothing about it.
    events.map(|event| format!("{event:?}").replace("Boxed(", "Borrowed(")).collect()
}

/// The lines of a unified diff's only hunk, if they are as many as its head says.
fn diff(text: &str) -> Option<Value> {
    let head = Regex::new(r"^--- .*\n\+\+\+ .*\n@@ -1,(\d+) \+1,(\d+) @@.*\n").unwrap();
    let head = head.captures(text)?;
    let lines: Vec<&str> = text[head[0].len()..].lines().collect();
    let count = |signs: [char; 2]| lines.iter().filter(|l| l.starts_with(signs)).count();
    let is_whole =
        head[1].parse() == Ok(count([' ', '-'])) && head[2].parse() == Ok(count([' ', '+']));
    is_whole.then(|| lines.into_iter().collect())
}

/// Secrets of all formats.
fn secret() -> impl Strategy<Value = String> {
    let rows = include_str!("../fixtures/redaction/formats.tsv").lines();
    let shapes: Vec<&str> = rows.map(|row| row.split('\t').nth(2).unwrap()).collect();
    proptest::sample::select(shapes).prop_flat_map(|shape| string_regex(shape).unwrap())
}

/// The tag of a secret that can stand in all documents as it is, and is hidden as a whole.
fn tag_of(secret: &str) -> Option<String> {
    let may_stand = Regex::new("^[A-Za-z0-9][A-Za-z0-9_.~=+-]{14,}[A-Za-z0-9=]$").unwrap();
    let out = redact(&format!("api_token=\"{secret}\""));
    let tag = out.strip_prefix("api_token=\"")?.strip_suffix('"')?;
    (may_stand.is_match(secret) && tag::len(tag.as_bytes()) == Some(tag.len()))
        .then(|| tag.to_owned())
}

/// The same with another text in all strings.
fn replaced(value: Value, from: &str, to: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace(from, to)),
        Value::Array(list) => list.into_iter().map(|item| replaced(item, from, to)).collect(),
        Value::Object(map) => {
            map.into_iter().map(|(key, value)| (key, replaced(value, from, to))).collect()
        }
        other => other,
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn documents_parse_as_before_with_tags_for_secrets(secret in secret()) {
        let tag = tag_of(&secret);
        prop_assume!(tag.is_some());
        let tag = tag.unwrap();
        for format in FORMATS {
            for (document, has_brackets) in format.documents {
                let tag = if *has_brackets { tag.clone() } else { plain(&tag) };
                let out = redact(&document.replace("{}", &secret));
                prop_assert_eq!(&out, &document.replace("{}", &tag), "{}", document);
                prop_assert_eq!(&redact(&out), &out);
                let before = (format.parse)(&document.replace("{}", "word"));
                prop_assert!(before.is_some(), "{}", document);
                let expected = replaced(before.unwrap(), "word", &tag);
                prop_assert_eq!((format.parse)(&out), Some(expected), "{}", out);
            }
        }
    }
}
