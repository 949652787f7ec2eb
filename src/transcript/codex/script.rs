//! Finds the tool calls in the JavaScript of Codex' `exec` tool, with arguments as far as they are
//! literals. It runs nothing: loops, conditions and computed values are beyond it.

use serde_json::{Map, Value};

/// Calls of one script that are told apart.
const CALLS_MAX: usize = 64;

/// Nesting of a literal, so that a script cannot exhaust the stack.
const DEPTH_MAX: usize = 24;

/// Names that are looked up in one script: each costs a pass over it.
const LOOKUPS_MAX: usize = 16;

/// A call of `tools.NAME(…)`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScriptCall {
    /// The tool's name.
    pub name: String,
    /// Its first argument, where it is a literal.
    pub argument: Option<Value>,
}

/// The calls in `source`, in the order of the text.
pub(super) fn calls(source: &str) -> Vec<ScriptCall> {
    let mut reader = Reader { source, at: 0, lookups: 0 };
    let mut found = Vec::new();
    while found.len() < CALLS_MAX && reader.skip_to_tools() {
        let Some(name) = reader.word() else { continue };
        let name = name.to_owned();
        reader.blank();
        if !reader.eat("(") {
            continue;
        }
        let start = reader.at;
        let argument = reader.value(0);
        if argument.is_none() {
            reader.at = start;
        }
        found.push(ScriptCall { name, argument });
    }
    found
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    lookups: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, token: &str) -> bool {
        let hit = self.rest().starts_with(token);
        self.at += if hit { token.len() } else { 0 };
        hit
    }

    /// Skips white space and comments.
    fn blank(&mut self) {
        loop {
            self.at = self.source.len() - self.rest().trim_start().len();
            let end = if self.eat("//") {
                "\n"
            } else if self.eat("/*") {
                "*/"
            } else {
                return;
            };
            self.at += self.rest().find(end).map_or(self.rest().len(), |n| n + end.len());
        }
    }

    /// A name, which may be empty.
    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }

    /// Moves behind the next `tools.` that is not inside a string or comment.
    fn skip_to_tools(&mut self) -> bool {
        loop {
            self.blank();
            let Some(next) = self.peek() else { return false };
            if is_word(next) {
                if self.word() == Some("tools") && self.eat(".") {
                    return true;
                }
            } else if !(is_quote(next) && self.string().is_some()) {
                self.at += next.len_utf8();
            }
        }
    }

    /// A literal, with `+` between strings and `.join("…")` after lists.
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        let mut value = self.term(depth)?;
        loop {
            self.blank();
            if !self.rest().starts_with('+') {
                break;
            }
            self.at += 1;
            let (Value::String(left), Value::String(right)) = (&mut value, self.term(depth + 1)?)
            else {
                return None;
            };
            left.push_str(&right);
        }
        // Anything else that follows a literal makes it a computed value.
        matches!(self.peek(), None | Some(',' | ')' | ']' | '}' | ';' | '\n')).then_some(value)
    }

    fn term(&mut self, depth: usize) -> Option<Value> {
        self.blank();
        match self.peek()? {
            '{' => self.object(depth),
            '[' => self.list(depth),
            c if is_quote(c) => self.string().map(Value::String),
            c if c.is_ascii_digit() || c == '-' => self.number(),
            _ => self.named(depth),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        let mut map = Map::new();
        self.at += 1;
        loop {
            self.blank();
            if self.eat("}") {
                return Some(Value::Object(map));
            }
            let key = match self.peek()? {
                c if is_quote(c) => self.string()?,
                _ => self.word()?.to_owned(),
            };
            self.blank();
            let value =
                if self.eat(":") { self.value(depth + 1) } else { self.constant(&key, depth) };
            map.insert(key, value?);
            self.blank();
            if !self.eat(",") && self.peek() != Some('}') {
                return None;
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            self.blank();
            if self.eat("]") {
                break;
            }
            items.push(self.value(depth + 1)?);
            self.blank();
            if !self.eat(",") && self.peek() != Some(']') {
                return None;
            }
        }
        self.blank();
        if !self.eat(".join(") {
            return Some(Value::Array(items));
        }
        self.blank();
        let between = self.string()?;
        self.blank();
        let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
        self.eat(")").then_some(Value::String(texts?.join(&between)))
    }

    /// A string in any of the three quotes; none when it is open or holds a computed part.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let text = self.quoted();
        if text.is_none() {
            self.at = start;
        }
        text
    }

    fn quoted(&mut self) -> Option<String> {
        let quote = self.peek()?;
        let mut text = String::new();
        let mut chars = self.source[self.at + 1..].char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => escape(&mut chars, &mut text)?,
                '$' if quote == '`' && chars.peek().is_some_and(|(_, c)| *c == '{') => return None,
                '\n' if quote != '`' => return None,
                c if c == quote => {
                    self.at += 1 + at + 1;
                    return Some(text);
                }
                c => text.push(c),
            }
        }
        None
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-._".contains(c)));
        let text = &rest[..end.unwrap_or(rest.len())];
        self.at += text.len();
        serde_json::from_str(&text.replace('_', "")).ok()
    }

    fn named(&mut self, depth: usize) -> Option<Value> {
        match self.word()? {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" | "undefined" => Some(Value::Null),
            "String" if self.eat(".raw") => self.string().map(Value::String),
            name => self.constant(name, depth),
        }
    }

    /// The literal that a name was declared as, earlier in the script.
    fn constant(&mut self, name: &str, depth: usize) -> Option<Value> {
        self.lookups += 1;
        if self.lookups > LOOKUPS_MAX || depth > DEPTH_MAX {
            return None;
        }
        let declared = ["const ", "let ", "var "]
            .iter()
            .filter_map(|word| self.source.find(&format!("{word}{name} =")).map(|at| (word, at)))
            .map(|(word, at)| at + word.len() + name.len() + " =".len())
            .find(|at| *at <= self.at)?;
        let back = std::mem::replace(&mut self.at, declared);
        let value = self.value(depth + 1);
        self.at = back;
        value
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

/// Reads what follows a backslash.
fn escape(
    chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
    text: &mut String,
) -> Option<()> {
    let (_, c) = chars.next()?;
    let digits = match c {
        'x' => 2,
        'u' => 4,
        '\n' => return Some(()),
        c => {
            text.push(match c {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                c => c,
            });
            return Some(());
        }
    };
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + chars.next()?.1.to_digit(16)?;
    }
    text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn first(source: &str) -> (String, Option<Value>) {
        let mut calls = calls(source);
        assert_eq!(calls.len(), 1, "{source}");
        let call = calls.remove(0);
        (call.name, call.argument)
    }

    #[test]
    fn literals_are_read_as_far_as_they_are_literals() {
        let table = [
            (
                r#"await tools.exec_command({cmd: "ls -la", yield_time_ms: 1_000});"#,
                Some(json!({"cmd": "ls -la", "yield_time_ms": 1000})),
            ),
            ("tools.exec_command({ 'cmd': `a\nb`, /* why */ })", Some(json!({"cmd": "a\nb"}))),
            (
                "tools.exec_command({cmd: 'it\\'s \\u00e9' + \" here\"})",
                Some(json!({"cmd": "it's é here"})),
            ),
            (
                "const p = [\"a\", 'b'].join(\"\\n\");\nawait tools.apply_patch(p);",
                Some(json!("a\nb")),
            ),
            (
                "const plan = [{step: 'x', done: true}]; tools.update_plan({plan})",
                Some(json!({"plan": [{"step": "x", "done": true}]})),
            ),
            ("tools.exec_command({cmd: `ls ${dir}`})", None),
            ("tools.exec_command({cmd: make(1)})", None),
            ("tools.exec_command({cmd: \"a\".repeat(9)})", None),
            ("tools.x({cmd: cmd})", None),
        ];
        for (source, argument) in table {
            assert_eq!(first(source).1, argument, "{source}");
        }
    }

    #[test]
    fn calls_are_found_in_order_and_not_in_strings() {
        let source = "// tools.no()\nconst s = \"tools.no()\"; notools.no();\n\
                      await Promise.all([tools.a({n: 1}), tools.b(f(tools.c('x')))]); tools.d";
        let names: Vec<String> = calls(source).into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn depth_and_self_reference_end() {
        assert_eq!(first(&format!("tools.a({}", "[".repeat(100_000))).1, None);
        assert_eq!(first("const a = a; tools.x(a)").1, None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(tools\\.[ab]\\(|[\\[\\]{}(),:'\"`\\\\$+a1é\n /*=]|const a =){0,60}") {
            let _ = calls(&text);
        }
    }
}
