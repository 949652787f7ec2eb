//! The fields of Codex' records that are read, and the records that need no reading.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::Usage;
use crate::transcript::loose::{self, Content, Flag, Number, Part, Prose, Text};
use crate::transcript::tool::{Change, Patched};

/// One line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub payload: Payload<'a>,
    pub metadata: Metadata,
}

/// What a line is about: the fields of all kinds of payload in one, so that a line is read once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Payload<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub call_id: Text<'a>,
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub arguments: Text<'a>,
    #[serde(borrow)]
    pub input: Text<'a>,
    #[serde(borrow)]
    pub message: Text<'a>,
    #[serde(borrow)]
    pub reason: Text<'a>,
    #[serde(borrow)]
    pub content: Content<'a, Part<'a>>,
    #[serde(borrow)]
    pub output: Prose<'a>,
    #[serde(borrow)]
    pub action: Option<&'a RawValue>,
    #[serde(borrow)]
    pub item: Option<Item<'a>>,
    #[serde(borrow)]
    pub error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub codex_error_info: Option<&'a RawValue>,
    #[serde(borrow)]
    pub info: Option<&'a RawValue>,
    #[serde(borrow)]
    pub rate_limits: Option<&'a RawValue>,
    #[serde(borrow)]
    pub usage: Option<&'a RawValue>,
    #[serde(borrow)]
    pub thread_token_usage: Option<&'a RawValue>,
    #[serde(borrow, rename = "internal_chat_message_metadata_passthrough")]
    pub passthrough: Option<&'a RawValue>,
    pub model_context_window: Number,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub cli_version: Text<'a>,
    #[serde(borrow)]
    pub forked_from_id: Text<'a>,
}

/// What Codex notes about a line beside its payload.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    pub compaction_output: Flag,
}

/// Something that was completed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub command: Option<&'a RawValue>,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub aggregated_output: Text<'a>,
    pub exit_code: Number,
    #[serde(borrow)]
    pub status: Text<'a>,
    #[serde(borrow)]
    pub changes: Option<&'a RawValue>,
    #[serde(borrow)]
    pub stdout: Text<'a>,
    #[serde(borrow)]
    pub stderr: Text<'a>,
    #[serde(borrow)]
    pub server: Text<'a>,
    #[serde(borrow)]
    pub tool: Text<'a>,
}

/// Tokens of one response, or of all of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    #[serde(rename = "input_tokens")]
    input: Number,
    #[serde(rename = "cached_input_tokens")]
    cache_read: Number,
    #[serde(rename = "cache_write_input_tokens")]
    cache_write: Number,
    #[serde(rename = "output_tokens")]
    output: Number,
    #[serde(rename = "total_tokens")]
    pub total: Number,
}

impl Tokens {
    /// Codex counts cached tokens as input; ours are apart.
    pub(super) fn usage(&self, window: Option<u64>) -> Usage {
        let cached = self.cache_read.count();
        Usage {
            input: self.input.count().saturating_sub(cached),
            output: self.output.count(),
            cache_read: cached,
            cache_write: self.cache_write.count(),
            window,
        }
    }
}

/// Kinds of lines that say nothing about the conversation.
const SILENT: &[&str] = &["inter_agent_communication_metadata", "turn_context", "world_state"];

/// Kinds of responses that say nothing: thoughts (encrypted), tool lists, and what is said again
/// elsewhere.
const SILENT_ITEMS: &[&str] = &[
    "additional_tools",
    "compaction",
    "compaction_summary",
    "context_compaction",
    "ghost_snapshot",
    "image_generation_call",
    "reasoning",
    "tool_search_call",
    "tool_search_output",
];

/// Kinds of events that say nothing, or what a response has said already (0.125 writes prose as
/// both).
const SILENT_EVENTS: &[&str] = &[
    "agent_message",
    "agent_reasoning",
    "agent_reasoning_raw_content",
    "context_compacted",
    "entered_review_mode",
    "exec_command_end",
    "exited_review_mode",
    "image_generation_end",
    "item_started",
    "mcp_tool_call_end",
    "patch_apply_end",
    "sub_agent_activity",
    "thread_goal_updated",
    "thread_name_updated",
    "thread_rolled_back",
    "thread_settings_applied",
    "undo_completed",
    "user_message",
    "view_image_tool_call",
    "warning",
    "web_search_end",
];

/// Kinds of completed things that are read elsewhere or say nothing.
const SILENT_COMPLETED: &[&str] = &[
    "AgentMessage",
    "ContextCompaction",
    "EnteredReviewMode",
    "ExitedReviewMode",
    "HookPrompt",
    "ImageGeneration",
    "ImageView",
    "Plan",
    "Reasoning",
    "Sleep",
    "UserMessage",
    "WebSearch",
];

/// Whether records of this kind are skipped. `kind` is the line's, `inner` its payload's and
/// `item` the completed thing's; what is not there is empty.
pub(super) fn is_silent(kind: &str, inner: &str, item: &str) -> bool {
    match (kind, inner) {
        ("response_item", _) => SILENT_ITEMS.contains(&inner),
        ("event_msg", "item_completed") => SILENT_COMPLETED.contains(&item),
        ("event_msg", _) => SILENT_EVENTS.contains(&inner),
        _ => SILENT.contains(&kind),
    }
}

/// Whether the beginning of a line proves that it is silent, so that it need not be parsed.
pub(super) fn is_skippable(line: &[u8]) -> bool {
    /// The kinds stand within the first bytes: a time, a number, two or three ids.
    const HEAD: usize = 360;
    const TYPE: &[u8] = br#""type":""#;
    let head = &line[1..line.len().min(HEAD)];
    let Some(payload) = memchr::memchr(b'{', head) else { return false };
    let (before, after) = (&head[..payload], &head[payload + 1..]);
    let Some(before) = before.strip_suffix(br#"","payload":"#) else { return false };
    let Some(at) = memchr::memmem::rfind(before, TYPE) else { return false };
    let Ok(kind) = std::str::from_utf8(&before[at + TYPE.len()..]) else { return false };
    let inner = after.strip_prefix(TYPE).and_then(word).unwrap_or_default();
    let item = match memchr::memchr(b'{', after) {
        Some(brace) if after[..brace].ends_with(br#""item":"#) => {
            after[brace + 1..].strip_prefix(TYPE).and_then(word).unwrap_or_default()
        }
        _ => "",
    };
    is_silent(kind, inner, item)
}

/// The string up to its closing quote.
fn word(bytes: &[u8]) -> Option<&str> {
    let end = memchr::memchr(b'"', bytes)?;
    std::str::from_utf8(&bytes[..end]).ok()
}

impl Item<'_> {
    /// The files of a completed change.
    pub(super) fn patched(&self) -> Patched {
        let mut patched = Patched::default();
        for (path, raw) in loose::read::<BTreeMap<String, &RawValue>>(self.changes) {
            let read: Changed = loose::read(Some(raw));
            let change = match &*read.kind {
                "add" => Change::Add,
                "delete" => Change::Delete,
                _ if !read.move_path.is_empty() => Change::Delete,
                _ => Change::Update,
            };
            patched.note(&path, change);
            if !read.move_path.is_empty() {
                patched.note(&read.move_path, Change::Add);
            }
        }
        patched
    }
}

/// What became of one file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Changed<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    move_path: Text<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certain_is_skipped() {
        let head = r#"{"timestamp":"2026-11-20T21:48:15.765Z","ordinal":12,"type":"#;
        let table = [
            (r#""world_state","payload":{"full":true}}"#, true),
            (r#""event_msg","payload":{"type":"user_message","message":"x"}}"#, true),
            (r#""event_msg","payload":{"type":"task_complete"}}"#, false),
            (
                r#""event_msg","payload":{"type":"item_completed","turn_id":"a","item":{"type":"AgentMessage"}}}"#,
                true,
            ),
            (
                r#""event_msg","payload":{"type":"item_completed","turn_id":"a","item":{"type":"FileChange"}}}"#,
                false,
            ),
            (r#""response_item","payload":{"type":"reasoning"}}"#, true),
            (r#""response_item","payload":{"type":"message"}}"#, false),
            (r#""brand_new","payload":{"type":"reasoning"}}"#, false),
        ];
        for (rest, skippable) in table {
            assert_eq!(is_skippable(format!("{head}{rest}").as_bytes()), skippable, "{rest}");
        }
    }
}
