//! What a tool of Codex answered: the text itself, and what stands around it about how it ended. Versions
//! differ in form: a header of lines, or JSON.

use std::borrow::Cow;

use serde::Deserialize;

use crate::model::Entry;
use crate::transcript::tool;

/// A tool's output with what its header says.
pub(super) struct Output<'a> {
    pub(super) body: Cow<'a, str>,
    pub(super) code: Option<i32>,
    pub(super) ok: bool,
    /// The command goes on; its end comes as an item.
    pub(super) running: bool,
}

/// How an answer begins of what still runs, and of what failed without a code.
const RUNNING: &[&str] = &["Process running with session ID", "Script running with cell"];
const FAILED: &[&str] = &[
    "Script failed",
    "Script error",
    "Error",
    "error",
    "failed",
    "execution error",
    "apply_patch verification failed",
    "aborted",
    "exec command rejected",
    "patch rejected",
    "unsupported call",
];

/// How the `shell` tool of older versions answers.
#[derive(Deserialize)]
struct Structured<'a> {
    #[serde(borrow)]
    output: Cow<'a, str>,
    metadata: Ended,
}

#[derive(Deserialize)]
struct Ended {
    exit_code: i32,
}

impl<'a> Output<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        if let Some(Structured { output, metadata: Ended { exit_code } }) =
            text.starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
        {
            return Self {
                body: output,
                code: Some(exit_code),
                ok: exit_code == 0,
                running: false,
            };
        }
        let (header, body) = match text.split_once("\nOutput:\n") {
            Some((header, body)) if header.lines().count() <= 6 => (header, body),
            _ => (text, text),
        };
        let code = tool::exit_code(header, "Process exited with code")
            .or_else(|| tool::exit_code(header, "Exit code"));
        // What was never allowed has a time too: that of the question.
        let told = text.lines().find(|line| !line.starts_with("Wall time")).unwrap_or_default();
        let ok = code.map_or_else(|| !FAILED.iter().any(|f| told.starts_with(f)), |code| code == 0);
        let running = header.lines().take(6).any(|l| RUNNING.iter().any(|r| l.starts_with(r)));
        Self { body: body.into(), code, ok, running: running && code.is_none() }
    }

    pub(super) fn result(&self, id: &str) -> Entry {
        Entry::Result(tool::result(id, self.ok, self.code, &self.body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_it_ended_is_read_in_every_form() {
        let read = |text: &str| {
            let Output { body, code, ok, running } = Output::read(text);
            (body.into_owned(), code, ok, running)
        };
        let json =
            r#"{"output":"a\nb \u00e9\n","metadata":{"exit_code":1,"duration_seconds":0.2}}"#;
        assert_eq!(read(json), ("a\nb \u{e9}\n".into(), Some(1), false, false));
        assert_eq!(read("Exit code: 2\nOutput:\nno"), ("no".into(), Some(2), false, false));
        let refused = "Wall time: 6.6 seconds\naborted by user";
        assert_eq!(read(refused), (refused.into(), None, false, false));
        let printed = r#"{"output":"a command printed this"}"#;
        assert_eq!(read(printed), (printed.into(), None, true, false));
    }
}
