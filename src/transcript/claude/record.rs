//! The fields of Claude Code's records that are read, and the records that need no reading.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::Usage;
use crate::transcript::loose::{Content, Flag, Number, Prose, Text};

/// One line.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub subtype: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow)]
    pub session_id: Text<'a>,
    #[serde(borrow)]
    pub uuid: Text<'a>,
    #[serde(borrow)]
    pub content: Text<'a>,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub version: Text<'a>,
    pub is_meta: Flag,
    pub is_sidechain: Flag,
    pub is_compact_summary: Flag,
    pub is_api_error_message: Flag,
    pub is_aborted_mid_stream: Flag,
    #[serde(borrow)]
    pub error: Text<'a>,
    pub api_error_status: Number,
    #[serde(borrow)]
    pub message: Option<Message<'a>>,
    #[serde(borrow)]
    pub tool_use_result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub attachment: Option<&'a RawValue>,
    #[serde(borrow)]
    pub forked_from: Option<&'a RawValue>,
}

/// What was said, in the form of the API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
    #[serde(borrow)]
    pub stop_reason: Text<'a>,
    #[serde(borrow)]
    pub content: Content<'a, Block<'a>>,
    #[serde(borrow)]
    pub usage: Option<&'a RawValue>,
}

impl Message<'_> {
    /// The texts of the content, one after the other.
    pub(super) fn prose(&self) -> Cow<'_, str> {
        match &self.content {
            Content::Text(text) => Cow::Borrowed(text),
            Content::Parts(blocks) => {
                let texts = blocks.iter().map(|b| &*b.text).filter(|text| !text.is_empty());
                Cow::Owned(texts.collect::<Vec<_>>().join("\n"))
            }
        }
    }

    /// The blocks of the content; a plain text has none.
    pub(super) fn blocks(&self) -> &[Block<'_>] {
        match &self.content {
            Content::Text(_) => &[],
            Content::Parts(blocks) => blocks,
        }
    }
}

/// One block of a message's content.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Block<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub tool_use_id: Text<'a>,
    #[serde(borrow)]
    pub content: Prose<'a>,
    pub is_error: Flag,
}

/// Token counts as the API gives them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    #[serde(rename = "input_tokens")]
    input: Number,
    #[serde(rename = "output_tokens")]
    output: Number,
    #[serde(rename = "cache_read_input_tokens")]
    cache_read: Number,
    #[serde(rename = "cache_creation_input_tokens")]
    cache_write: Number,
}

impl Tokens {
    pub(super) fn usage(&self) -> Usage {
        Usage {
            input: self.input.count(),
            output: self.output.count(),
            cache_read: self.cache_read.count(),
            cache_write: self.cache_write.count(),
            window: None,
        }
    }
}

/// An attachment that may hold a prompt typed while the assistant worked.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Attachment<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub prompt: Prose<'a>,
    #[serde(borrow)]
    pub command_mode: Text<'a>,
}

/// The attachment that is a prompt.
pub(super) const QUEUED: &str = "queued_command";

/// Kinds of records that say nothing about the conversation: bookkeeping of the client, copies of
/// requests, titles.
const BOOKKEEPING: &[&str] = &[
    "agent-name",
    "agent-setting",
    "ai-title",
    "api-request",
    "api-request-blob",
    "api-request-shape",
    "atis-latch",
    "content-replacement",
    "cost-state",
    "custom-title",
    "file-history-snapshot",
    "last-prompt",
    "mode",
    "permission-mode",
    "pr-link",
    "progress",
    "queue-operation",
    "speculation-accept",
    "summary",
    "tag",
    "task-summary",
    "tools-used",
    "worktree-state",
];

/// Whether a kind is one of the client's own bookkeeping.
pub(super) fn is_bookkeeping(kind: &str) -> bool {
    BOOKKEEPING.contains(&kind)
}

/// Whether the beginning of a line proves that it holds nothing for us, so that its tens of
/// kilobytes need not be parsed. Quotes inside strings are escaped, so these bytes cannot be text.
pub(super) fn is_skippable(line: &[u8]) -> bool {
    /// The client writes a record's attachment within its first fields.
    const HEAD: usize = 200;
    const TYPE: &[u8] = br#"{"type":""#;
    const ATTACHMENT: &[u8] = br#""attachment":"#;
    if let Some(rest) = line.strip_prefix(TYPE) {
        return word(rest).is_some_and(is_bookkeeping);
    }
    let head = &line[1..line.len().min(HEAD)];
    let Some(brace) = memchr::memchr(b'{', head) else { return false };
    head[..brace].ends_with(ATTACHMENT)
        && line[1 + brace..].strip_prefix(TYPE).and_then(word).is_some_and(|kind| kind != QUEUED)
}

/// The string up to its closing quote, when it is short and plain.
fn word(bytes: &[u8]) -> Option<&str> {
    /// No kind has a longer name.
    const WORD: usize = 64;
    let end = memchr::memchr(b'"', &bytes[..bytes.len().min(WORD)])?;
    std::str::from_utf8(&bytes[..end]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certain_is_skipped() {
        let table = [
            (r#"{"type":"api-request-shape","shape":{}}"#, true),
            (r#"{"type":"brand-new"}"#, false),
            (r#"{"type":"user","message":{}}"#, false),
            (
                r#"{"parentUuid":null,"attachment":{"type":"prompt_snapshot"},"type":"attachment"}"#,
                true,
            ),
            (
                r#"{"parentUuid":null,"attachment":{"type":"queued_command"},"type":"attachment"}"#,
                false,
            ),
            (r#"{"a":"\"attachment\":{\"type\":\"x\"","type":"user"}"#, false),
            (r#"{"message":{"attachment":{"type":"x"}},"type":"user"}"#, false),
            ("{}", false),
        ];
        for (line, skippable) in table {
            assert_eq!(is_skippable(line.as_bytes()), skippable, "{line}");
        }
    }
}
