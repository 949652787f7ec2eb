//! loghop's own `S-001.transcript.jsonl`: every line has `role`, `text` and `ts`, which 0.2.1
//! reads, and keys of ours for what it does not know. What is written is read back the same.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::loose::{self, Flag, Number, Text};
use super::{Out, drift};
use crate::clock::Timestamp;
use crate::model::{
    Entry, Failure, FailureKind, Seen, Todo, TodoState, ToolCall, ToolResult, Turn, Usage, Witness,
};

/// One line, as it is written.
#[derive(Debug, Default, Serialize)]
struct Written<'a> {
    role: &'a str,
    text: &'a str,
    ts: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    kind: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    cut: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    writes: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    makes: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    removes: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    puts_back: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    todos: Option<Vec<WrittenTodo<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resets_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<&'a str>,
    /// Where on the tape it begins and ends, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    tape: Option<[f64; 2]>,
}

#[derive(Debug, Serialize)]
struct WrittenTodo<'a> {
    text: &'a str,
    state: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The line of a turn, without its newline and not redacted yet. `None` for token counts, which
/// the session does not keep turn by turn, and for what could not be read.
pub fn stored_line(turn: &Turn) -> Option<String> {
    line_of(turn, None)
}

/// The same, with who knows of the turn.
pub fn witnessed_line(turn: &Turn, witness: Witness) -> Option<String> {
    line_of(turn, Some(witness))
}

fn line_of(turn: &Turn, witness: Option<Witness>) -> Option<String> {
    let plan;
    let mut line = match &turn.entry {
        Entry::User { text } => Written { role: "user", text, ..Written::default() },
        Entry::Answer { text } => {
            Written { role: "user", kind: "answer", text, ..Written::default() }
        }
        Entry::Assistant { text, cut } => {
            Written { role: "assistant", text, cut: *cut, ..Written::default() }
        }
        Entry::Call(call) => written_call(call),
        Entry::Result(result) => written_result(result),
        Entry::Plan(todos) => {
            plan = todos.iter().map(checkbox).collect::<Vec<_>>().join("\n");
            written_plan(todos, &plan)
        }
        Entry::Failure(failure) => written_failure(failure),
        Entry::Compaction { summary } => event("compaction", summary),
        Entry::Interrupted => event("interrupted", ""),
        Entry::TurnEnd => event("turn_end", ""),
        Entry::Usage(Usage { .. }) | Entry::Unread | Entry::Local { .. } => return None,
        Entry::Seen(seen) => Written {
            role: if seen.by_user { "user" } else { "assistant" },
            text: &seen.text,
            cut: seen.cut,
            tape: Some([seen.from, seen.to]),
            ..Written::default()
        },
    };
    let is_seen = matches!(turn.entry, Entry::Seen(_));
    let witness = if is_seen { Some(Witness::Screen) } else { witness };
    line.witness = witness.map(Witness::as_str);
    line.ts = turn.at.map(|at| at.to_string()).unwrap_or_default();
    serde_json::to_string(&line).ok()
}

/// Something that nobody said.
fn event<'a>(kind: &'a str, text: &'a str) -> Written<'a> {
    Written { role: "system", kind, text, ..Written::default() }
}

fn written_call(call: &ToolCall) -> Written<'_> {
    Written {
        role: "tool",
        kind: "call",
        text: &call.summary,
        id: Some(&call.id),
        tool: Some(&call.name),
        command: call.command.as_deref(),
        folder: call.folder.as_deref(),
        writes: &call.writes,
        makes: &call.makes,
        removes: &call.removes,
        puts_back: &call.puts_back,
        ..Written::default()
    }
}

fn written_result(result: &ToolResult) -> Written<'_> {
    Written {
        role: "tool",
        kind: "result",
        text: &result.text,
        id: Some(&result.id),
        ok: Some(result.ok),
        exit: result.exit_code,
        ..Written::default()
    }
}

fn written_plan<'a>(todos: &'a [Todo], text: &'a str) -> Written<'a> {
    let todo = |t: &'a Todo| WrittenTodo { text: &t.text, state: state_word(t.state) };
    let todos = Some(todos.iter().map(todo).collect());
    Written { role: "system", kind: "plan", text, todos, ..Written::default() }
}

fn written_failure(failure: &Failure) -> Written<'_> {
    Written {
        failure: Some(failure_word(failure.kind)),
        resets_at: failure.resets_at.map(|at| at.to_string()),
        ..event("failure", &failure.message)
    }
}

fn checkbox(todo: &Todo) -> String {
    let mark = if todo.state == TodoState::Done { 'x' } else { ' ' };
    format!("- [{mark}] {}", todo.text)
}

fn state_word(state: TodoState) -> &'static str {
    match state {
        TodoState::Pending => "pending",
        TodoState::Active => "active",
        TodoState::Done => "done",
    }
}

fn failure_word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::UsageLimit => "usage_limit",
        FailureKind::Auth => "auth",
        FailureKind::Overloaded => "overloaded",
        FailureKind::Other => "other",
    }
}

/// One line, as it is read: by us, by 0.2.1, or by a later version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Read<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    ts: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    cut: Flag,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    tool: Text<'a>,
    #[serde(borrow)]
    command: Option<Text<'a>>,
    #[serde(borrow)]
    folder: Option<Text<'a>>,
    #[serde(borrow)]
    writes: Option<&'a RawValue>,
    #[serde(borrow)]
    makes: Option<&'a RawValue>,
    #[serde(borrow)]
    removes: Option<&'a RawValue>,
    #[serde(borrow)]
    puts_back: Option<&'a RawValue>,
    ok: Flag,
    exit: Number,
    #[serde(borrow)]
    todos: Option<&'a RawValue>,
    #[serde(borrow)]
    failure: Text<'a>,
    #[serde(borrow)]
    resets_at: Text<'a>,
    #[serde(borrow)]
    witness: Text<'a>,
    #[serde(borrow)]
    tape: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReadTodo<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    state: Text<'a>,
}

/// Reads one line; false when it is no JSON object.
pub(super) fn line(line: &str, out: &mut Out<'_>) -> bool {
    if !line.starts_with('{') {
        return false;
    }
    let Ok(read) = serde_json::from_str::<Read>(line) else { return false };
    let at = Timestamp::parse(&read.ts);
    match read.entry() {
        Ok(entry) => out.turns.push(Turn { at, entry }),
        Err(unknown) => drift::unknown(out.drift, &unknown),
    }
    true
}

impl Read<'_> {
    /// The entry, or what stands where one of ours has its kind. Texts are moved, not copied: they
    /// are most of a transcript.
    fn entry(self) -> Result<Entry, String> {
        let failure = self.failure_kind();
        let text = || self.text.0.into_owned();
        if &*self.witness == Witness::Screen.as_str() {
            let tape: Vec<f64> = loose::read(self.tape);
            let at = |index: usize| tape.get(index).copied().unwrap_or_default();
            return Ok(Entry::Seen(Seen {
                by_user: &*self.role == "user",
                from: at(0),
                to: at(1),
                cut: self.cut.0,
                text: text(),
            }));
        }
        Ok(match (&*self.kind, &*self.role) {
            ("", "user") => Entry::User { text: text() },
            ("", "assistant") => Entry::Assistant { text: text(), cut: self.cut.0 },
            ("answer", _) => Entry::Answer { text: text() },
            ("call", _) => Entry::Call(ToolCall {
                id: self.id.0.into_owned(),
                name: self.tool.0.into_owned(),
                summary: text(),
                command: self.command.map(|command| command.0.into_owned()),
                folder: self.folder.map(|folder| folder.0.into_owned()),
                writes: loose::read(self.writes),
                makes: loose::read(self.makes),
                removes: loose::read(self.removes),
                puts_back: loose::read(self.puts_back),
            }),
            ("result", _) => Entry::Result(ToolResult {
                id: self.id.0.into_owned(),
                ok: self.ok.0,
                exit_code: self.exit.0.and_then(|code| i32::try_from(code).ok()),
                text: text(),
            }),
            ("plan", _) => {
                let todos: Vec<ReadTodo> = loose::read(self.todos);
                Entry::Plan(todos.iter().map(ReadTodo::todo).collect())
            }
            ("failure", _) => Entry::Failure(Failure {
                kind: failure,
                message: text(),
                resets_at: Timestamp::parse(&self.resets_at),
            }),
            ("compaction", _) => Entry::Compaction { summary: text() },
            ("interrupted", _) => Entry::Interrupted,
            ("turn_end", _) => Entry::TurnEnd,
            (kind, role) => return Err(format!("{role}/{kind}")),
        })
    }

    fn failure_kind(&self) -> FailureKind {
        use FailureKind::{Auth, Other, Overloaded, UsageLimit};
        let kinds = [UsageLimit, Auth, Overloaded, Other];
        kinds.into_iter().find(|kind| failure_word(*kind) == &*self.failure).unwrap_or(Other)
    }
}

impl ReadTodo<'_> {
    fn todo(&self) -> Todo {
        use TodoState::{Active, Done, Pending};
        let states = [Pending, Active, Done];
        let state = states.into_iter().find(|state| state_word(*state) == &*self.state);
        Todo { text: self.text.to_string(), state: state.unwrap_or(Pending) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::transcript::{Format, Parser};

    fn read(line: &str) -> (Vec<Turn>, Parser) {
        let mut parser = Parser::new(Format::Stored);
        let mut turns = Vec::new();
        parser.line(line.as_bytes(), &mut turns);
        (turns, parser)
    }

    fn moment() -> impl Strategy<Value = Timestamp> {
        (0_i64..4_000_000_000).prop_map(Timestamp::from_second)
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let todo = ("\\PC*", 0..3).prop_map(|(text, state)| {
            let states = [TodoState::Pending, TodoState::Active, TodoState::Done];
            Todo { text, state: states[state as usize] }
        });
        let paths = || vec("\\PC*", 0..3);
        let command = option::of(any::<String>());
        let call =
            ("\\PC*", "\\PC*", any::<String>(), command, [paths(), paths(), paths(), paths()]);
        let result = ("\\PC*", any::<bool>(), option::of(any::<i32>()), any::<String>());
        let failure = (0..4, any::<String>(), option::of(moment()));
        prop_oneof![
            any::<String>().prop_map(|text| Entry::User { text }),
            (any::<String>(), any::<bool>()).prop_map(|(text, cut)| Entry::Assistant { text, cut }),
            call.prop_map(|(id, name, summary, command, [writes, makes, removes, puts_back])| {
                let folder = command.clone();
                let call = ToolCall { id, name, summary, command, folder, ..ToolCall::default() };
                Entry::Call(ToolCall { writes, makes, removes, puts_back, ..call })
            }),
            any::<String>().prop_map(|text| Entry::Answer { text }),
            result.prop_map(|(id, ok, exit_code, text)| {
                Entry::Result(ToolResult { id, ok, exit_code, text })
            }),
            vec(todo, 0..4).prop_map(Entry::Plan),
            failure.prop_map(|(kind, message, resets_at)| {
                use FailureKind::{Auth, Other, Overloaded, UsageLimit};
                let kind = [UsageLimit, Auth, Overloaded, Other][kind as usize];
                Entry::Failure(Failure { kind, message, resets_at })
            }),
            any::<String>().prop_map(|summary| Entry::Compaction { summary }),
            (any::<bool>(), any::<String>(), any::<bool>(), 0_u32..1_000_000).prop_map(
                |(by_user, text, cut, at)| {
                    let (from, to) = (f64::from(at) / 1e3, f64::from(at) / 1e2);
                    Entry::Seen(Seen { by_user, text, cut, from, to })
                }
            ),
            Just(Entry::Interrupted),
            Just(Entry::TurnEnd),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(at in option::of(moment()), entry in entry()) {
            let turn = Turn { at, entry };
            let line = stored_line(&turn).unwrap();
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(read(&line).0, vec![turn]);
        }
    }

    #[test]
    fn lines_of_0_2_1_are_read_and_ours_have_its_keys() {
        let (turns, _) = read(
            r#"{"role": "user", "text": "Gr\u00fc\u00dfe", "ts": "2026-11-20T22:51:36.000Z"}"#,
        );
        let at = Timestamp::parse("2026-11-20T22:51:36Z");
        let turn = Turn { at, entry: Entry::User { text: "Grüße".into() } };
        assert_eq!(turns, std::slice::from_ref(&turn));
        let line = r#"{"role":"user","text":"Grüße","ts":"2026-11-20T22:51:36Z"}"#;
        assert_eq!(stored_line(&turn).unwrap(), line);
        let usage = Turn { at, entry: Entry::Usage(Usage::default()) };
        assert_eq!(stored_line(&usage), None);
    }

    #[test]
    fn kinds_of_later_versions_are_drift() {
        let (turns, parser) = read(r#"{"role":"system","kind":"mood","text":"","ts":""}"#);
        assert!(turns.is_empty());
        assert_eq!(parser.drift().unknown.get("system/mood"), Some(&1));
    }
}
