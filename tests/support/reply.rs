//! What the mock answers: the words, tool calls and errors of each behaviour.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

/// The command that `mock:tool` runs.
pub const TOOL_COMMAND: &str = "echo hello-from-tool > made_by_tool.txt && ls";

/// The reply to `mock:plain`.
pub const PLAIN: &str = "Hello from the mock. Accents: éàü, CJK: 日本語, emoji: 🚀👩‍💻, arrows → ✓.";

/// The reply after a tool has run.
pub const AFTER_TOOL: &str = "Done: the tool ran, and I looked at its output.";

/// The last words of the reply to `mock:loghop`.
pub const LOGHOP: &str = "I finished the first half of the task.

```loghop
summary: |
  Added a parser for the config file; the writer is still missing.
decisions:
  - Use serde for the config, not a hand-written parser
todos:
  - [ ] write the config writer
```

Tell me when to go on.";

/// A behaviour, picked with `mock:NAME` in the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One short reply.
    Plain,
    /// A shell command, then a reply.
    Tool,
    /// A file written by a tool, then a reply.
    Write,
    /// A shell command outside the sandbox, which Codex asks about, then a reply.
    Escalate,
    /// The reply after a tool.
    AfterTool,
    /// A reply of 200 lines.
    Long,
    /// A reply of 100 words, five characters at a time.
    Slow,
    /// A reply with tokens in it.
    Secret,
    /// A reply with notes for loghop.
    Loghop,
    /// 429, to be tried again.
    RateLimit,
    /// 429, for hours.
    UsageLimit,
    /// 500.
    Error500,
    /// A session title, for requests without tools.
    Title,
}

/// An error answer.
pub struct Failure {
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: Value,
}

/// What a request asks for.
pub struct Asked {
    /// The behaviour.
    pub kind: Kind,
    /// Names of the tools that the client offers.
    tools: Vec<String>,
}

impl Kind {
    fn named(text: &str) -> Self {
        // A handoff quotes what was asked before; that is not asked again.
        let own = text.rsplit("</loghop-handoff>").next().unwrap_or(text);
        let name = own.rsplit_once("mock:").map_or("", |(_, rest)| rest);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        match &name[..end] {
            "tool" => Self::Tool,
            "write" => Self::Write,
            "escalate" => Self::Escalate,
            "long" => Self::Long,
            "slow" => Self::Slow,
            "secret" => Self::Secret,
            "loghop" => Self::Loghop,
            "ratelimit" => Self::RateLimit,
            "usagelimit" => Self::UsageLimit,
            "error500" => Self::Error500,
            _ => Self::Plain,
        }
    }

    fn uses_tool(self) -> bool {
        matches!(self, Self::Tool | Self::Write | Self::Escalate)
    }

    /// Letters per event, and the pause after each.
    pub fn pace(self) -> (usize, Duration) {
        match self {
            // Letters at a time, so that clients paint the tokens in pieces, each in a frame.
            Self::Secret => (3, Duration::from_millis(60)),
            Self::Slow => (7, Duration::from_millis(200)),
            _ => (24, Duration::from_millis(2)),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Loghop => LOGHOP.into(),
            Self::Secret => secrets()
                .iter()
                .fold("Your keys are:".into(), |text, secret| format!("{text}\n- `{secret}`")),
            Self::Long => (1..=200).fold("# Long report".into(), |text, n| {
                format!("{text}\n- item **{n}**: `code_{n}` with wide 日本語 text")
            }),
            Self::Slow => {
                let words: Vec<_> = (1..=100).map(|n| format!("tok{n:03}")).collect();
                words.join(" ")
            }
            Self::AfterTool => AFTER_TOOL.into(),
            Self::Title => r#"{"isNewTopic": true, "title": "Mock session title"}"#.into(),
            _ => PLAIN.into(),
        }
    }

    /// The error that Anthropic's API would answer with.
    pub fn claude_error(self) -> Option<Failure> {
        let (status, kind, message) = match self {
            Self::RateLimit => (429, "rate_limit_error", "too many requests per minute"),
            Self::UsageLimit => {
                (429, "rate_limit_error", "This request would exceed your account's rate limit.")
            }
            Self::Error500 => (500, "api_error", "Internal server error"),
            _ => return None,
        };
        let body = json!({ "type": "error", "error": { "type": kind, "message": message } });
        Some(Failure { status, body })
    }

    /// The error that OpenAI's API would answer with.
    pub fn codex_error(self) -> Option<Failure> {
        let (status, error) = match self {
            Self::RateLimit => {
                (429, json!({ "type": "tokens", "code": "rate_limit_exceeded", "message": "slow" }))
            }
            Self::UsageLimit => (
                429,
                json!({
                    "type": "usage_limit_reached", "plan_type": "plus",
                    "message": "The usage limit has been reached", "resets_in_seconds": 3600,
                }),
            ),
            Self::Error500 => (500, json!({ "type": "server_error", "message": "an error" })),
            _ => return None,
        };
        Some(Failure { status, body: json!({ "error": error }) })
    }
}

/// Tokens, valid in shape only, put together here so that no scanner takes this file for a leak.
pub fn secrets() -> Vec<String> {
    vec![
        format!("AKIA{}", "IOSFODNN7EXAMPLE"),
        format!("ghp_{}", "0123456789abcdefABCDEF0123456789abcd"),
        format!("sk-ant-{}", "api03-FAKEfakeFAKEfakeFAKEfakeFAKEfakeFAKE-FAKEAA"),
    ]
}

/// A token that a person types, made in the same way.
pub fn typed_secret() -> String {
    format!("ghp_{}", "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210")
}

/// A token that a tool reads.
pub fn listed_secret() -> String {
    format!("sk-ant-{}", "api03-listLISTlistLISTlistLISTlistLIST-listAA")
}

/// An id that no other answer has.
pub fn id(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{prefix}{:024}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            blocks.iter().filter_map(|b| b["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

fn tool_names(body: &Value) -> Vec<String> {
    let tools = body["tools"].as_array().map_or(&[][..], Vec::as_slice);
    let name = |t: &Value| t["name"].as_str().or(t["type"].as_str()).map(str::to_owned);
    tools.iter().filter_map(name).collect()
}

fn is_result(message: &Value) -> bool {
    let blocks = message["content"].as_array().map_or(&[][..], Vec::as_slice);
    blocks.iter().any(|b| b["type"] == "tool_result")
}

/// What a request to Anthropic's API asks for.
pub fn claude_asked(body: &Value) -> Asked {
    let tools = tool_names(body);
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let users: Vec<_> = messages.iter().filter(|m| m["role"] == "user").collect();
    let prompt = users.iter().rev().find(|m| !is_result(m));
    let mut kind = Kind::named(&prompt.map_or(String::new(), |m| text_of(&m["content"])));
    if users.last().is_some_and(|m| is_result(m)) && kind.uses_tool() {
        kind = Kind::AfterTool;
    }
    let fails = kind.claude_error().is_some();
    Asked { kind: if tools.is_empty() && !fails { Kind::Title } else { kind }, tools }
}

/// The blocks of Anthropic's answer and the reason that it stops.
pub fn claude_content(asked: &Asked) -> (Vec<Value>, &'static str) {
    let text = |text: &str| json!({ "type": "text", "text": text });
    if !asked.kind.uses_tool() {
        return (vec![text(&asked.kind.text())], "end_turn");
    }
    let (name, input) = if asked.kind == Kind::Write {
        ("Write", json!({ "file_path": "made_by_write.txt", "content": "line one\n" }))
    } else {
        ("Bash", json!({ "command": TOOL_COMMAND, "description": "Create a file" }))
    };
    let call = json!({ "type": "tool_use", "id": id("toolu_"), "name": name, "input": input });
    (vec![text("I will use a tool."), call], "tool_use")
}

/// What a request to OpenAI's API asks for.
pub fn codex_asked(body: &Value) -> Asked {
    let items = body["input"].as_array().map_or(&[][..], Vec::as_slice);
    let prompt = items.iter().rev().find(|i| i["role"] == "user");
    let mut kind = Kind::named(&prompt.map_or(String::new(), |i| text_of(&i["content"])));
    let last = items.last().and_then(|i| i["type"].as_str()).unwrap_or("");
    if last.ends_with("_output") && kind.uses_tool() {
        kind = Kind::AfterTool;
    }
    Asked { kind, tools: tool_names(body) }
}

/// The items of OpenAI's answer.
pub fn codex_items(asked: &Asked) -> Vec<Value> {
    let message = |text: &str| {
        let content = json!([{ "type": "output_text", "text": text, "annotations": [] }]);
        json!({
            "type": "message", "id": id("msg_"), "role": "assistant", "status": "completed",
            "content": content,
        })
    };
    if !asked.kind.uses_tool() {
        return vec![message(&asked.kind.text())];
    }
    vec![message("I will use a tool."), codex_call(asked)]
}

fn codex_call(asked: &Asked) -> Value {
    let has = |name: &str| asked.tools.iter().any(|t| t == name);
    let patch = "*** Begin Patch\n*** Add File: made_by_patch.txt\n+line one\n*** End Patch\n";
    let (item, call) = (id("fc_"), id("call_"));
    if asked.kind == Kind::Write && has("apply_patch") {
        return json!({
            "type": "custom_tool_call", "id": item, "call_id": call, "name": "apply_patch",
            "input": patch,
        });
    }
    let command = if asked.kind == Kind::Write {
        format!("apply_patch <<'EOF'\n{patch}EOF\n")
    } else {
        TOOL_COMMAND.to_owned()
    };
    let (name, mut arguments) = if has("shell_command") {
        ("shell_command", json!({ "command": command }))
    } else {
        ("exec_command", json!({ "cmd": command }))
    };
    if asked.kind == Kind::Escalate {
        arguments["sandbox_permissions"] = "require_escalated".into();
        arguments["justification"] = "May I write a file?".into();
    }
    json!({
        "type": "function_call", "id": item, "call_id": call, "name": name,
        "arguments": arguments.to_string(),
    })
}

/// What is answered to the last prompt of a request to Gemini's API.
pub fn gemini(body: &Value) -> (Kind, String) {
    let last = body["contents"].as_array().and_then(|contents| contents.last());
    let parts = last.and_then(|content| content["parts"].as_array());
    let text = |part: &Value| part["text"].as_str().map(str::to_owned);
    let prompt: Vec<String> = parts.into_iter().flatten().filter_map(text).collect();
    let kind = Kind::named(&prompt.join("\n"));
    (kind, kind.text())
}
