//! Codex' rollout files (0.125 to 0.169).
//!
//! The same thing stands there in several vocabularies. One source is read for each: prose from
//! `response_item/message`, commands and patches from [`calls`], ends of turns and failures from
//! `event_msg`, tokens from whichever of two records comes first with a new total.

mod calls;
mod record;
mod script;

use std::ops::Deref;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use self::calls::Calls;
use self::record::{Payload, Record, Tokens};
use super::failure::Told;
use super::loose::{self, Number, Text};
use super::{Meta, Out, clip, drift, tool};
use crate::clock::Timestamp;
use crate::model::{Entry, FailureKind, ToolResult, Turn};

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
    pub(super) fn line(&mut self, line: &[u8], out: &mut Out<'_>) -> bool {
        if !line.starts_with(b"{") || !line.ends_with(b"}") {
            return false;
        }
        if record::is_skippable(line) {
            return true;
        }
        match serde_json::from_slice::<Record>(line) {
            Ok(record) => self.record(&record, out),
            // An object that is not shaped like a record is drift; anything else is damage.
            Err(_) if serde_json::from_slice::<IgnoredAny>(line).is_ok() => {
                drift::unknown(out.drift, "(shape)");
            }
            Err(_) => return false,
        }
        true
    }

    fn record(&mut self, record: &Record, out: &mut Out<'_>) {
        let payload = &record.payload;
        let mut at = None;
        let turns = &mut *out.turns;
        let mut say = |entry| {
            let at = *at.get_or_insert_with(|| Timestamp::parse(&record.timestamp));
            turns.push(Turn { at, entry });
        };
        let known = match &*record.kind {
            "session_meta" => {
                session(payload, out.meta);
                true
            }
            // What the assistant says while it compacts is the summary, not a reply.
            "response_item" if record.metadata.compaction_output.0 => true,
            "response_item" => self.response(payload, &mut say),
            "event_msg" => self.event(payload, Timestamp::parse(&record.timestamp), &mut say),
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
                self.calls.output(id, payload.output, say);
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
            "assistant" => loose::prose(payload.content).into_owned(),
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
        let total = loose::read::<Tokens>(total).total_tokens.count();
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

/// What `session_meta` says about the file.
fn session(payload: &Payload, meta: &mut Meta) {
    Meta::note(&mut meta.session_id, &payload.id);
    Meta::note(&mut meta.cwd, &payload.cwd);
    Meta::note(&mut meta.version, &payload.cli_version);
    Meta::note(&mut meta.forked_from, &payload.forked_from_id);
}

/// The part of a message of role `user` that a person typed.
fn typed(payload: &Payload) -> String {
    #[derive(Default, Deserialize)]
    struct Passthrough<'a> {
        #[serde(borrow, default)]
        content_item_kinds: Vec<Text<'a>>,
    }
    #[derive(Default, Deserialize)]
    struct Part<'a> {
        #[serde(borrow, default)]
        text: Text<'a>,
    }
    let kinds = loose::read::<Passthrough>(payload.passthrough).content_item_kinds;
    let parts = loose::read::<Vec<Part>>(payload.content);
    let told = kinds.iter().any(|kind| !matches!(&**kind, "" | "unknown"));
    let is_typed = |(at, text): &(usize, &str)| {
        if told {
            kinds.get(*at).is_some_and(|kind| kind.starts_with("user."))
        } else {
            !INJECTED.iter().any(|start| text.trim_start().starts_with(start))
        }
    };
    let texts = parts.iter().map(|part| part.text.deref()).enumerate();
    let typed: Vec<&str> = texts.filter(is_typed).map(|(_, text)| text).collect();
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
