//! The events of a headless run, for people to read while they come: prose as it is written, one
//! line per tool, failures in the assistant's own words. A line that is no event is shown as it is.

use serde::Deserialize;
use serde_json::Value;

use super::Provider;

/// Characters of a tool's line: one row of a usual terminal.
const TOOL_LINE_MAX: usize = 110;

/// Reads a client's event stream line by line.
#[derive(Debug)]
pub struct EventStream {
    provider: Provider,
    /// The client's id of its session, once it said so.
    session_id: Option<String>,
    /// Prose of the current message came in pieces, so that its record repeats it.
    streamed: bool,
    /// The last output did not end its line.
    open_line: bool,
}

/// The parts of an event that we look at; both clients' in one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    subtype: String,
    session_id: Option<String>,
    thread_id: Option<String>,
    parent_tool_use_id: Option<String>,
    #[serde(rename = "event")]
    piece: Value,
    message: Value,
    item: Value,
    error: Value,
    attempt: u64,
    max_retries: u64,
}

impl EventStream {
    /// A reader of what `provider` prints.
    pub fn new(provider: Provider) -> Self {
        Self { provider, session_id: None, streamed: false, open_line: false }
    }

    /// The client's id of its session, once it said so.
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    /// The text to show for one line of output (without its newline); often empty. It is not
    /// redacted.
    pub fn line(&mut self, line: &[u8]) -> String {
        let Ok(event) = serde_json::from_slice::<Event>(line) else {
            let text = String::from_utf8_lossy(line);
            return if text.trim().is_empty() { String::new() } else { self.row("", &text) };
        };
        let id = event.session_id.as_ref().or(event.thread_id.as_ref());
        if let (None, Some(id)) = (&self.session_id, id) {
            self.session_id = Some(id.clone());
        }
        match self.provider {
            Provider::Claude => self.claude(&event),
            Provider::Codex => self.codex(&event),
            Provider::Own(_) => self.row("", &String::from_utf8_lossy(line)),
        }
    }

    /// What must still be shown at the end: the newline that a last piece of prose lacks.
    pub fn finish(&mut self) -> &'static str {
        if std::mem::take(&mut self.open_line) { "\n" } else { "" }
    }

    fn claude(&mut self, event: &Event) -> String {
        // What a subagent says is its tool's business.
        if event.parent_tool_use_id.is_some() {
            return String::new();
        }
        match event.kind.as_str() {
            "stream_event" => self.claude_piece(&event.piece),
            "assistant" => self.claude_message(&event.message),
            "user" => self.claude_results(&event.message),
            "system" if event.subtype == "api_retry" => {
                let what = event.error.as_str().unwrap_or("the service failed");
                let tries = format!("{what}; retry {} of {}", event.attempt, event.max_retries);
                self.row("! ", &tries)
            }
            _ => String::new(),
        }
    }

    fn claude_piece(&mut self, piece: &Value) -> String {
        match piece["type"].as_str() {
            Some("message_start") => self.streamed = false,
            Some("content_block_delta") => {
                if let Some(text) = piece["delta"]["text"].as_str() {
                    self.streamed = true;
                    return self.prose(text);
                }
            }
            Some("content_block_stop") => return self.finish().to_owned(),
            _ => {}
        }
        String::new()
    }

    fn claude_message(&mut self, message: &Value) -> String {
        let mut shown = String::new();
        for block in message["content"].as_array().into_iter().flatten() {
            match block["type"].as_str() {
                Some("text") if !self.streamed => {
                    shown += &self.row("", block["text"].as_str().unwrap_or(""));
                }
                Some("tool_use") => {
                    let name = block["name"].as_str().unwrap_or("tool");
                    shown += &self.row("> ", &format!("{name} {}", subject(&block["input"])));
                }
                _ => {}
            }
        }
        shown
    }

    fn claude_results(&mut self, message: &Value) -> String {
        let mut shown = String::new();
        for block in message["content"].as_array().into_iter().flatten() {
            if block["is_error"].as_bool() == Some(true) {
                let told = match &block["content"] {
                    Value::String(text) => text.clone(),
                    parts => parts[0]["text"].as_str().unwrap_or("").to_owned(),
                };
                shown += &self.row("! ", &first_line(&told));
            }
        }
        shown
    }

    fn codex(&mut self, event: &Event) -> String {
        let item = &event.item;
        match (event.kind.as_str(), item["type"].as_str().unwrap_or("")) {
            ("item.completed", "agent_message") => {
                self.row("", item["text"].as_str().unwrap_or(""))
            }
            ("item.started", "command_execution") => {
                self.row("> ", &first_line(item["command"].as_str().unwrap_or("")))
            }
            ("item.completed", "command_execution") => match item["exit_code"].as_i64() {
                None | Some(0) => String::new(),
                Some(code) => self.row("! ", &format!("exit code {code}")),
            },
            ("item.completed", "file_change") => self.codex_files(&item["changes"]),
            ("item.completed", "mcp_tool_call" | "web_search") => {
                let named = item["tool"].as_str().or(item["query"].as_str()).unwrap_or("tool");
                self.row("> ", &first_line(named))
            }
            ("item.completed", "error") => {
                self.row("! ", &first_line(item["message"].as_str().unwrap_or("")))
            }
            ("error", _) => self.row("! ", &first_line(event.message.as_str().unwrap_or(""))),
            _ => String::new(),
        }
    }

    fn codex_files(&mut self, changes: &Value) -> String {
        let paths = changes.as_array().into_iter().flatten().filter_map(|c| c["path"].as_str());
        let shown: Vec<String> = paths.map(|p| self.row("> ", &format!("edit {p}"))).collect();
        shown.concat()
    }

    fn prose(&mut self, text: &str) -> String {
        if !text.is_empty() {
            self.open_line = !text.ends_with('\n');
        }
        text.to_owned()
    }

    /// Text on a row of its own.
    fn row(&mut self, mark: &str, text: &str) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        format!("{}{mark}{}\n", self.finish(), text.trim_end())
    }
}

/// What a tool is used on, in one line: its command, file, pattern or address.
fn subject(input: &Value) -> String {
    let keys = ["command", "file_path", "path", "pattern", "query", "url", "description"];
    let found = keys.iter().find_map(|key| input[*key].as_str());
    found.map(first_line).unwrap_or_default()
}

fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or("");
    match line.char_indices().nth(TOOL_LINE_MAX) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(provider: Provider, lines: &[&str]) -> (String, EventStream) {
        let mut stream = EventStream::new(provider);
        let mut text: String = lines.iter().map(|l| stream.line(l.as_bytes())).collect();
        text += stream.finish();
        (text, stream)
    }

    #[test]
    fn claude_is_shown_as_it_writes() {
        let delta = |text: &str| {
            format!(
                r#"{{"type":"stream_event","event":{{"type":"content_block_delta","delta":{{"type":"text_delta","text":"{text}"}}}}}}"#
            )
        };
        let (text, stream) = shown(
            Provider::Claude,
            &[
                r#"{"type":"system","subtype":"init","session_id":"abc"}"#,
                r#"{"type":"stream_event","event":{"type":"message_start"}}"#,
                &delta("I will "),
                &delta("use a tool."),
                r#"{"type":"assistant","message":{"content":[{"type":"text","text":"I will use a tool."}]}}"#,
                r#"{"type":"stream_event","event":{"type":"content_block_stop"}}"#,
                r#"{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Bash","input":{"command":"echo hi\nls"}}]}}"#,
                r#"{"type":"user","message":{"content":[{"type":"tool_result","content":"blocked\nmore","is_error":true}]}}"#,
                r#"{"type":"assistant","parent_tool_use_id":"t","message":{"content":[{"type":"text","text":"hidden"}]}}"#,
                r#"{"type":"stream_event","event":{"type":"message_start"}}"#,
                &delta("Done."),
                r#"{"type":"result","subtype":"success","is_error":false,"result":"Done."}"#,
            ],
        );
        assert_eq!(text, "I will use a tool.\n> Bash echo hi\n! blocked\nDone.\n");
        assert_eq!(stream.session_id(), Some("abc"));
    }

    #[test]
    fn claude_without_pieces_and_failing() {
        let (text, _) = shown(
            Provider::Claude,
            &[
                r#"{"type":"system","subtype":"api_retry","attempt":1,"max_retries":10,"error":"rate_limit"}"#,
                r#"{"type":"assistant","message":{"content":[{"type":"text","text":"API Error: 429"}]}}"#,
                r#"{"type":"result","subtype":"success","is_error":true,"result":"API Error: 429"}"#,
            ],
        );
        assert_eq!(text, "! rate_limit; retry 1 of 10\nAPI Error: 429\n");
    }

    #[test]
    fn codex_is_shown_item_by_item() {
        let (text, stream) = shown(
            Provider::Codex,
            &[
                r#"{"type":"thread.started","thread_id":"01a1"}"#,
                r#"{"type":"item.completed","item":{"type":"agent_message","text":"I will use a tool."}}"#,
                r#"{"type":"item.started","item":{"type":"command_execution","command":"ls"}}"#,
                r#"{"type":"item.completed","item":{"type":"command_execution","command":"ls","exit_code":2}}"#,
                r#"{"type":"item.completed","item":{"type":"file_change","changes":[{"path":"a.rs","kind":"add"}]}}"#,
                r#"{"type":"error","message":"Reconnecting... 1/5"}"#,
                r#"{"type":"turn.failed","error":{"message":"usage limit"}}"#,
            ],
        );
        let want = "I will use a tool.\n> ls\n! exit code 2\n> edit a.rs\n! Reconnecting... 1/5\n";
        assert_eq!(text, want);
        assert_eq!(stream.session_id(), Some("01a1"));
    }

    #[test]
    fn what_is_no_event_is_shown_or_ignored_but_never_fatal() {
        for provider in Provider::ALL {
            let odd = ["", "plain words", "[1]", "{}", r#"{"type":5}"#, "\u{1b}[0m", "nul\0"];
            let (text, _) = shown(provider, &odd);
            assert!(text.starts_with("plain words\n"), "{text:?}");
        }
    }
}
