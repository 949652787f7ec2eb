//! Codex' rollout files (0.125 to 0.169).
//!
//! The same thing stands there in several vocabularies. One source is read for each: prose from
//! `response_item/message`, commands and patches from [`calls`], ends of turns and failures from
//! `event_msg`, tokens from whichever of two records comes first with a new total.

mod calls;
mod output;
mod record;
mod script;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use self::calls::Calls;
use self::record::{Payload, Record, Tokens};
use super::failure::Told;
use super::loose::{self, Content, Number, Text};
use super::whose::Whose;
use super::{Meta, Out, clip, drift, tool};
use crate::clock::Timestamp;
use crate::model::{Entry, FailureKind, ToolResult, Turn, own_words};

/// Beginnings of messages that Codex writes in the person's name. 0.169 says which message is
/// whose; 0.125 does not.
const INJECTED: &[&str] = &[
    "# AGENTS.md instructions",
    "<INSTRUCTIONS>",
    "<environment_context>",
    "<hook_prompt",
    "<permissions instructions>",
    "<skill>",
    "<subagent_notification>",
    "<turn_aborted>",
    "<user_instructions>",
    "<user_shell_command>",
];

/// The state of reading one rollout.
#[derive(Debug, Default)]
pub(super) struct Codex {
    calls: Calls,
    /// The model's context window.
    window: Option<u64>,
    /// Tokens of the thread when they were last counted.
    counted: u64,
    /// When the used-up allowance comes back.
    resets_at: Option<Timestamp>,
    /// Something was said or done since the last turn's end.
    turn_open: bool,
    /// The failure of this turn that has been told.
    failed: Option<String>,
}

/// Takes what happened, with the time of its line.
type Say<'a> = &'a mut dyn FnMut(Entry);

impl Codex {
    /// Reads one line; false when it is no JSON object.
    pub(super) fn line(&mut self, line: &str, out: &mut Out<'_>) -> bool {
        if !line.starts_with('{') || !line.ends_with('}') {
            return false;
        }
        if record::is_skippable(line.as_bytes()) {
            return true;
        }
        match serde_json::from_str::<Record>(line) {
            Ok(record) => self.record(line, &record, out),
            Err(_) if drift::is_json(line) => drift::unknown(out.drift, "(shape)"),
            Err(_) => return false,
        }
        true
    }

    fn record(&mut self, line: &str, record: &Record, out: &mut Out<'_>) {
        let payload = &record.payload;
        let at = Timestamp::parse_exact(&record.timestamp);
        let was_others = out.whose.is_others();
        if &*record.kind == "session_meta" {
            session(payload, out.meta, out.whose);
        }
        if out.whose.is_others() {
            return out.foreign(was_others, at);
        }
        // A line has its time and its number: the same one is the same record.
        if at.is_some() && !out.read.is_new(line) {
            out.drift.doubled += 1;
            return;
        }
        let before = out.turns.len();
        let turns = &mut *out.turns;
        let mut say = |entry| turns.push(Turn { at, entry });
        let known = match &*record.kind {
            "session_meta" => true,
            // What the assistant says while it compacts is the summary, not a reply.
            "response_item" if record.metadata.compaction_output.0 => true,
            "response_item" => self.response(payload, &mut say),
            "event_msg" => self.event(payload, at, &mut say),
            "compacted" => {
                say(Entry::Compaction { summary: payload.message.to_string() });
                true
            }
            "token_usage_record" => {
                self.tokens(payload.usage, payload.thread_token_usage, &mut say);
                true
            }
            _ => false,
        };
        tool::place(&mut out.turns[before..], out.meta.cwd.as_deref().unwrap_or_default());
        let item = payload.item.as_ref().map_or("", |item| &item.kind);
        if !known && !record::is_silent(&record.kind, &payload.kind, item) {
            let kinds = [&*record.kind, &*payload.kind, item];
            let names: Vec<&str> = kinds.into_iter().filter(|k| !k.is_empty()).collect();
            let name = if names.is_empty() { "(no type)".into() } else { names.join("/") };
            drift::unknown(out.drift, &name);
        }
    }

    fn response(&mut self, payload: &Payload, say: Say<'_>) -> bool {
        let id = if payload.call_id.is_empty() { &payload.id } else { &payload.call_id };
        match &*payload.kind {
            "message" => self.message(payload, say),
            "function_call" => {
                self.calls.function(id, &payload.name, &payload.arguments, say);
            }
            "custom_tool_call" => self.calls.custom(id, &payload.name, &payload.input, say),
            "local_shell_call" => self.calls.shell(id, payload.action, say),
            "function_call_output" | "custom_tool_call_output" => {
                self.calls.output(id, &payload.output.0, say);
            }
            "web_search_call" => web_search(id, payload.action, say),
            _ => return false,
        }
        self.turn_open |= &*payload.kind != "message";
        true
    }

    fn message(&mut self, payload: &Payload, say: Say<'_>) {
        let text = match &*payload.role {
            "user" => typed(payload),
            "assistant" => texts(payload).join("\n"),
            // Developer messages are instructions, not conversation.
            _ => return,
        };
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.turn_open = true;
        let text = text.to_owned();
        say(match &*payload.role {
            "user" => Entry::User { text },
            _ => Entry::Assistant { text, cut: false },
        });
    }

    fn event(&mut self, payload: &Payload, at: Option<Timestamp>, say: Say<'_>) -> bool {
        match &*payload.kind {
            "item_completed" => {
                let Some(item) = &payload.item else { return false };
                return self.calls.item(item, say);
            }
            "task_started" | "turn_started" => {
                self.failed = None;
                self.window(payload.model_context_window);
            }
            "task_complete" | "turn_complete" => {
                if let Some(error) = payload.error {
                    let error: Error = loose::read(Some(error));
                    self.failure(&error.message, error.codex_error_info, at, say);
                }
                self.end_turn(Entry::TurnEnd, say);
            }
            "error" | "stream_error" => {
                self.failure(&payload.message, payload.codex_error_info, at, say);
            }
            "turn_aborted" => self.end_turn(Entry::Interrupted, say),
            "token_count" => {
                self.limits(payload.rate_limits);
                let info: Info = loose::read(payload.info);
                self.window(info.model_context_window);
                self.tokens(info.last_token_usage, info.total_token_usage, say);
            }
            _ => return false,
        }
        true
    }

    /// Ends a turn in which something happened; a compaction is a turn of its own and is not told.
    fn end_turn(&mut self, end: Entry, say: Say<'_>) {
        if std::mem::take(&mut self.turn_open) {
            say(end);
        }
    }

    fn failure(
        &mut self,
        message: &str,
        info: Option<&RawValue>,
        at: Option<Timestamp>,
        say: Say<'_>,
    ) {
        if message.is_empty() || self.failed.as_deref() == Some(message) {
            return;
        }
        self.failed = Some(clip::head(message, super::SAID_MAX).into_owned());
        let (code, status) = error_code(info);
        let mut failure = Told { code: &code, status, message, at }.failure();
        if failure.kind == FailureKind::UsageLimit && failure.resets_at.is_none() {
            failure.resets_at = self.resets_at;
        }
        self.turn_open = true;
        say(Entry::Failure(failure));
    }

    fn window(&mut self, told: Number) {
        self.window = told.0.and_then(|n| u64::try_from(n).ok()).or(self.window);
    }

    /// Counts a response's tokens when the thread's total has moved. Both records that tell tokens
    /// tell the same total, and Codex repeats it when only the limits have changed.
    fn tokens(&mut self, last: Option<&RawValue>, total: Option<&RawValue>, say: Say<'_>) {
        let total = loose::read::<Tokens>(total).total.count();
        if total == 0 || total == self.counted {
            return;
        }
        self.counted = total;
        say(Entry::Usage(loose::read::<Tokens>(last).usage(self.window)));
    }

    fn limits(&mut self, limits: Option<&RawValue>) {
        /// Per cent of an allowance that is all of it.
        const ALL: i64 = 100;
        let limits: Limits = loose::read(limits);
        let used_up = [limits.primary, limits.secondary].into_iter().flatten();
        let used_up = used_up.filter(|limit| limit.used_percent.0 >= Some(ALL));
        let latest = used_up.filter_map(|limit| limit.resets_at.0).max();
        self.resets_at = latest.map(Timestamp::from_second).or(self.resets_at);
    }
}

/// What the first line says about the file.
pub(super) fn first(line: &str, meta: &mut Meta, whose: &mut Whose) {
    if let Ok(record) = serde_json::from_str::<Record>(line)
        && &*record.kind == "session_meta"
    {
        session(&record.payload, meta, whose);
    }
}

/// What `session_meta` says about the records after it. A fork copies its parent's, too.
fn session(payload: &Payload, meta: &mut Meta, whose: &mut Whose) {
    whose.told(&payload.id);
    whose.goes_back_to(&payload.forked_from_id);
    if whose.is_others() {
        return;
    }
    Meta::note(&mut meta.session_id, &payload.id);
    Meta::note(&mut meta.cwd, &payload.cwd);
    Meta::note(&mut meta.version, &payload.cli_version);
    Meta::note(&mut meta.forked_from, &payload.forked_from_id);
}

/// The texts of a message.
fn texts<'a>(payload: &'a Payload) -> Vec<&'a str> {
    match &payload.content {
        Content::Text(text) => vec![text],
        Content::Parts(parts) => parts.iter().map(|part| &*part.text).collect(),
    }
}

/// The part of a message of role `user` that a person typed.
fn typed(payload: &Payload) -> String {
    #[derive(Default, Deserialize)]
    struct Passthrough<'a> {
        #[serde(borrow, default)]
        content_item_kinds: Vec<Text<'a>>,
    }
    let kinds = loose::read::<Passthrough>(payload.passthrough).content_item_kinds;
    let told = kinds.iter().any(|kind| !matches!(&**kind, "" | "unknown"));
    let is_typed = |(at, text): &(usize, &str)| {
        if told {
            kinds.get(*at).is_some_and(|kind| kind.starts_with("user."))
        } else {
            !INJECTED.iter().any(|start| text.trim_start().starts_with(start))
        }
    };
    let texts = texts(payload).into_iter().enumerate();
    let typed: Vec<&str> = texts.filter(is_typed).map(|(_, text)| own_words(text)).collect();
    typed.join("\n")
}

fn web_search(id: &str, action: Option<&RawValue>, say: Say<'_>) {
    #[derive(Default, Deserialize)]
    struct Search<'a> {
        #[serde(borrow, default)]
        query: Text<'a>,
    }
    say(Entry::Call(tool::call(id, "web_search", &loose::read::<Search>(action).query)));
    say(Entry::Result(ToolResult { id: id.to_owned(), ok: true, ..ToolResult::default() }));
}

/// Why a turn failed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Error<'a> {
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    codex_error_info: Option<&'a RawValue>,
}

/// `"usage_limit_exceeded"`, or `{"kind": {"http_status_code": 429}}`.
fn error_code(info: Option<&RawValue>) -> (String, Option<i64>) {
    match info.and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok()) {
        Some(Value::String(code)) => (code, None),
        Some(Value::Object(kinds)) => {
            let Some((code, detail)) = kinds.iter().next() else { return Default::default() };
            (code.clone(), detail.get("http_status_code").and_then(Value::as_i64))
        }
        _ => Default::default(),
    }
}

/// The payload of `token_count`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Info<'a> {
    #[serde(borrow)]
    last_token_usage: Option<&'a RawValue>,
    #[serde(borrow)]
    total_token_usage: Option<&'a RawValue>,
    model_context_window: Number,
}

/// How much of the person's allowances is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Limits {
    primary: Option<Limit>,
    secondary: Option<Limit>,
}

/// One allowance.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Limit {
    used_percent: Number,
    resets_at: Number,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::model::{Digest, Entry, FailureKind, TodoState};
    use crate::transcript::{Digester, Format, Parser};

    fn entries(payloads: &[(&str, Value)]) -> Vec<Entry> {
        let mut parser = Parser::new(Format::Codex);
        let mut turns = Vec::new();
        for (kind, payload) in payloads {
            let time = "2026-11-20T22:00:00.123Z";
            let line = json!({"timestamp": time, "type": kind, "payload": payload});
            parser.line(line.to_string().as_bytes(), &mut turns);
        }
        assert!(parser.drift().unknown.is_empty(), "{:?}", parser.drift());
        turns.into_iter().map(|turn| turn.entry).collect()
    }

    fn digest(entries: &[Entry]) -> Digest {
        let mut digester = Digester::default();
        for entry in entries {
            digester.apply(&crate::model::Turn { at: None, entry: entry.clone() });
        }
        digester.digest().clone()
    }

    fn function(id: &str, name: &str, arguments: &Value) -> (&'static str, Value) {
        let arguments = arguments.to_string();
        let call = json!({"type": "function_call", "call_id": id, "name": name,
            "arguments": arguments});
        ("response_item", call)
    }

    fn exec(id: &str, script: &str) -> (&'static str, Value) {
        let call = json!({"type": "custom_tool_call", "call_id": id, "name": "exec",
            "input": script});
        ("response_item", call)
    }

    fn output(id: &str, text: &str) -> (&'static str, Value) {
        let kind = "custom_tool_call_output";
        ("response_item", json!({"type": kind, "call_id": id, "output": text}))
    }

    fn ran(id: &str, command: &str, exit_code: i32) -> (&'static str, Value) {
        let item = json!({"type": "CommandExecution", "id": id, "exit_code": exit_code,
            "command": ["/bin/bash", "-lc", command], "aggregated_output": "out"});
        ("event_msg", json!({"type": "item_completed", "item": item}))
    }

    fn tools(entries: &[Entry]) -> Vec<String> {
        let digest = digest(entries);
        assert_eq!(digest.tool_calls as usize, digest.tools.len());
        digest.tools.iter().map(|t| format!("{} {} {:?}", t.name, t.summary, t.state)).collect()
    }

    #[test]
    fn a_command_counts_once_wherever_it_stands() {
        let read = entries(&[
            function("c1", "exec_command", &json!({"cmd": "make"})),
            ran("c1", "make", 2),
            output("c1", "Chunk ID: 1\nProcess exited with code 2\nOutput:\nboom"),
            function("c2", "shell", &json!({"command": ["bash", "-lc", "ls"]})),
            output("c2", "Exit code: 0\nWall time: 0.1 seconds\nOutput:\na\nb"),
            function("c3", "exec_command", &json!({"cmd": "sleep 9"})),
            output("c3", "Chunk ID: 2\nProcess running with session ID 7\nOutput:\n"),
            ran("c3", "sleep 9", 0),
        ]);
        let expected =
            ["exec_command make Failed(Some(2))", "shell ls Ok", "exec_command sleep 9 Ok"];
        assert_eq!(tools(&read), expected);
        let Entry::Result(listed) = &read[3] else { panic!("{read:?}") };
        assert_eq!((listed.text.as_str(), listed.exit_code), ("a\nb", Some(0)));
    }

    #[test]
    fn a_script_is_told_by_its_calls() {
        let two = "await Promise.all([tools.exec_command({cmd: 'ls'}), tools.apply_patch(\
                   `*** Begin Patch\n*** Add File: new.rs\n*** End Patch`)]);";
        let change = json!({"type": "FileChange", "id": "exec-2", "status": "completed",
            "changes": {"/p/new.rs": {"type": "add"}}});
        let read = entries(&[
            exec("c1", two),
            ran("exec-1", "ls", 0),
            ("event_msg", json!({"type": "item_completed", "item": change})),
            output("c1", "Script completed\nWall time 0.1 seconds\nOutput:\n"),
        ]);
        assert_eq!(tools(&read), ["exec_command ls Ok", "apply_patch new.rs Ok"]);
        assert_eq!(digest(&read).files[0].path, "new.rs");
    }

    #[test]
    fn what_only_running_a_script_tells_is_told_by_its_items() {
        let computed = "const c = make(); await tools.exec_command({cmd: c});";
        let done = "Script failed\nWall time 0.1 seconds\nOutput:\n";
        let read = entries(&[exec("c1", computed), ran("exec-1", "ls -la", 1), output("c1", done)]);
        assert_eq!(tools(&read), ["exec_command ls -la Failed(Some(1))"]);
        let read = entries(&[exec("c2", computed), output("c2", done)]);
        assert_eq!(tools(&read), [format!("exec {computed} Failed(None)")]);
    }

    #[test]
    fn the_plan_is_read_from_both_places() {
        let plan = json!({"plan": [{"step": "one", "status": "completed"}, {"step": "two"}]});
        let script = "const plan = [{step: 'one', status: 'completed'}, {step: \"two\"}];\n\
                      await tools.update_plan({plan});";
        for call in [function("c", "update_plan", &plan), exec("c", script)] {
            let digest = digest(&entries(&[call]));
            let states: Vec<TodoState> = digest.todos.iter().map(|todo| todo.state).collect();
            assert_eq!(states, [TodoState::Done, TodoState::Pending]);
            assert_eq!(digest.notes.todos_pending, ["two"]);
        }
    }

    #[test]
    fn limits_tell_when_they_end() {
        let used = json!({"used_percent": 100.0, "resets_at": 1_795_212_543});
        let error = json!({"message": "You've hit your usage limit. Try again at 10:50 PM.",
            "codex_error_info": "usage_limit_exceeded"});
        let read = entries(&[
            ("event_msg", json!({"type": "token_count", "rate_limits": {"primary": used}})),
            ("event_msg", json!({"type": "error", "message": error["message"]})),
            ("event_msg", json!({"type": "task_complete", "error": error})),
        ]);
        let [Entry::Failure(failure), Entry::TurnEnd] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!(failure.kind, FailureKind::UsageLimit);
        assert_eq!(failure.resets_at.unwrap().to_string(), "2026-11-20T22:09:03Z");
    }

    #[test]
    fn only_what_a_person_typed_is_a_prompt() {
        let message = |texts: &[&str], kinds: &[&str]| {
            let parts: Vec<Value> = texts.iter().map(|text| json!({"text": text})).collect();
            let kinds = json!({"content_item_kinds": kinds});
            let told = "internal_chat_message_metadata_passthrough";
            (
                "response_item",
                json!({"type": "message", "role": "user", "content": parts, told: kinds}),
            )
        };
        let read = entries(&[
            message(&["<environment_context>…"], &[]),
            message(&["# AGENTS.md instructions for /p"], &["unknown"]),
            message(&["hidden"], &["hooks.additional_context"]),
            message(&["context", "typed"], &["environments.environment_context", "user.text"]),
            message(&["old"], &[]),
        ]);
        let prompt = |text: &str| Entry::User { text: text.into() };
        assert_eq!(read, [prompt("typed"), prompt("old")]);
    }

    #[test]
    fn a_fork_names_its_parent() {
        let mut parser = Parser::new(Format::Codex);
        let meta = json!({"id": "b", "forked_from_id": "a", "cwd": "/p", "cli_version": "0.169.0"});
        let line = json!({"type": "session_meta", "payload": meta}).to_string();
        parser.line(line.as_bytes(), &mut Vec::new());
        assert_eq!(parser.meta().forked_from.as_deref(), Some("a"));
        assert_eq!(parser.meta().session_id.as_deref(), Some("b"));
    }
}
