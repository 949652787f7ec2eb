//! Claude Code's files: transcripts made from recorded records, and the pid file.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::demo::native::{Files, Ink, Moment, put, recorded};
use crate::demo::nouns::{Action, Record, Todo, Tool, ToolOutput};
use crate::disk::{Root, outside};
use crate::error::Result;
use crate::provider::Home;

const TOOL: &str = include_str!("../../../fixtures/transcripts/claude/tool.jsonl");
const LIMIT: &str = include_str!("../../../fixtures/transcripts/claude/usagelimit.jsonl");
const INTERRUPT: &str = include_str!("../../../fixtures/transcripts/claude/interrupt.jsonl");

const DENIED: &str = "The user doesn't want to proceed with this tool use. The tool use was \
                      rejected (eg. if it was a file edit, the new_string was NOT written to the \
                      file). STOP what you are doing and wait for the user to tell you how to proceed.";

/// Where the files of one process lie and what the next record refers to.
#[derive(Debug)]
pub(in crate::demo) struct ClaudeFiles {
    ink: Ink,
    home: Home,
    cwd: PathBuf,
    pid: u32,
    started: Moment,
    session: String,
    resumed: bool,
    begun: bool,
    parent: Value,
    prompt: String,
    prompt_id: String,
    call: String,
    caller: Value,
}

impl ClaudeFiles {
    /// The files of a process that works in `cwd`. A resumed session goes on in its old file.
    pub(in crate::demo) fn new(
        ink: Ink,
        home: Home,
        cwd: PathBuf,
        (session, resumed): (String, bool),
        started: Moment,
    ) -> Self {
        Self {
            ink,
            home,
            cwd,
            pid: std::process::id(),
            started,
            session,
            resumed,
            begun: false,
            parent: Value::Null,
            prompt: String::new(),
            prompt_id: id(),
            call: String::new(),
            caller: Value::Null,
        }
    }

    /// The transcript of the session.
    pub(in crate::demo) fn transcript(&self) -> PathBuf {
        self.home.project(&self.cwd).join(format!("{}.jsonl", self.session))
    }

    fn append(&mut self, records: &[Value]) -> Result<()> {
        let path = self.transcript();
        self.ink.append(&path, records)
    }

    /// Gives a recorded record this session's ids and this moment.
    fn stamped(&mut self, mut record: Value, now: Moment) -> Value {
        let uuid = id();
        let parent = std::mem::replace(&mut self.parent, json!(uuid));
        record["parentUuid"] = parent;
        record["uuid"] = uuid.into();
        record["timestamp"] = now.rfc3339().into();
        record["cwd"] = self.cwd.display().to_string().into();
        record["sessionId"] = self.session.clone().into();
        if record["type"] == "user" {
            record["promptId"] = self.prompt_id.clone().into();
        }
        record
    }

    /// A header line: no uuid, only the session.
    fn header(&self, mut record: Value) -> Value {
        record["sessionId"] = self.session.clone().into();
        record
    }

    fn last_prompt(&self) -> Value {
        self.header(json!({
            "type": "last-prompt", "lastPrompt": self.prompt, "leafUuid": self.parent,
        }))
    }

    fn prompt(&mut self, text: &str, now: Moment) -> Vec<Value> {
        let mut records = Vec::new();
        if !self.begun {
            self.begun = true;
            let mode = json!({ "type": "permission-mode", "permissionMode": "default" });
            records.push(self.header(json!({ "type": "mode", "mode": "normal" })));
            records.push(self.header(mode));
        }
        text.clone_into(&mut self.prompt);
        self.prompt_id = id();
        let mut user = recorded(TOOL, |r| r["message"]["content"].is_string());
        user["message"]["content"] = text.into();
        let user = self.stamped(user, now);
        let mut snapshot = recorded(TOOL, |r| r["type"] == "file-history-snapshot");
        snapshot["messageId"] = user["uuid"].clone();
        snapshot["snapshot"]["messageId"] = user["uuid"].clone();
        snapshot["snapshot"]["timestamp"] = user["timestamp"].clone();
        records.push(snapshot);
        records.push(user);
        records
    }

    fn assistant(&mut self, content: &Value, stop: &str, now: Moment) -> Value {
        let mut record = recorded(TOOL, |r| r["type"] == "assistant");
        record["message"]["id"] = format!("msg_{}", id()).into();
        record["message"]["content"] = json!([content]);
        record["message"]["stop_reason"] = stop.into();
        record["requestId"] = format!("req_{}", id()).into();
        self.stamped(record, now)
    }

    fn call(&mut self, name: &str, input: &Value, now: Moment) -> Value {
        self.call = format!("toolu_{}", id());
        let block = json!({ "type": "tool_use", "id": self.call, "name": name, "input": input });
        let record = self.assistant(&block, "tool_use", now);
        self.caller = record["uuid"].clone();
        record
    }

    fn result(&mut self, text: &str, error: bool, structured: Value, now: Moment) -> Value {
        let mut record = recorded(TOOL, |r| r["toolUseResult"].is_object());
        record["message"]["content"] = json!([{
            "tool_use_id": self.call, "type": "tool_result", "content": text, "is_error": error,
        }]);
        record["toolUseResult"] = structured;
        record["sourceToolAssistantUUID"] = self.caller.clone();
        self.stamped(record, now)
    }

    fn use_tool(&mut self, tool: &Tool, now: Moment) -> Value {
        match &tool.action {
            Action::Shell(command) => {
                let input = json!({ "command": command, "description": tool.about });
                self.call("Bash", &input, now)
            }
            Action::Write { path, content } => {
                let path = self.cwd.join(path).display().to_string();
                let input = json!({ "file_path": path, "content": content });
                self.call("Write", &input, now)
            }
        }
    }

    fn tool_result(&mut self, tool: &Tool, output: &ToolOutput, now: Moment) -> Value {
        let failed = output.code != 0;
        let text = output.text.trim_end();
        match &tool.action {
            Action::Shell(_) if failed => {
                let text = format!("Exit code {}\n{text}", output.code);
                self.result(&text, true, json!(format!("Error: {text}")), now)
            }
            Action::Shell(_) => {
                let structured = json!({
                    "stdout": text, "stderr": "", "interrupted": false, "isImage": false,
                });
                self.result(text, false, structured, now)
            }
            Action::Write { path, content } => {
                let path = self.cwd.join(path).display().to_string();
                let structured = json!({ "type": "create", "filePath": path, "content": content });
                let text = format!("File created successfully at: {path}");
                self.result(&text, failed, structured, now)
            }
        }
    }

    fn plan(&mut self, plan: &[Todo], now: Moment) -> Vec<Value> {
        let todo = |t: &Todo| json!({ "content": t.text, "status": t.state, "activeForm": t.text });
        let todos: Vec<_> = plan.iter().map(todo).collect();
        let call = self.call("TodoWrite", &json!({ "todos": todos }), now);
        let text = "Todos have been modified successfully.";
        let result = self.result(text, false, json!({ "oldTodos": [], "newTodos": todos }), now);
        vec![call, result]
    }

    fn interrupted(&mut self, partial: &str, now: Moment) -> Vec<Value> {
        let mut records = Vec::new();
        if !partial.is_empty() {
            let mut said = recorded(INTERRUPT, |r| r["type"] == "assistant");
            said["message"]["id"] = id().into();
            said["message"]["content"] = json!([{ "type": "text", "text": partial }]);
            records.push(self.stamped(said, now));
        }
        let mut stopped = recorded(INTERRUPT, |r| {
            r["message"]["content"][0]["text"].is_string() && r["type"] == "user"
        });
        stopped["message"]["content"][0]["text"] = "[Request interrupted by user]".into();
        records.push(self.stamped(stopped, now));
        records
    }

    fn pid_file(&self) -> (PathBuf, String) {
        (self.home.dir.join("sessions"), format!("{}.json", self.pid))
    }
}

impl Files for ClaudeFiles {
    fn opened(&mut self) -> Result<()> {
        self.status("idle", self.started)
    }

    fn record(&mut self, record: &Record, now: Moment) -> Result<()> {
        let records = match record {
            Record::Prompt(text) => self.prompt(text, now),
            Record::Reply { text, goes_on } => {
                let block = json!({ "type": "text", "text": text });
                let stop = if *goes_on { "tool_use" } else { "end_turn" };
                vec![self.assistant(&block, stop, now)]
            }
            Record::Plan(plan) => self.plan(plan, now),
            Record::Call(tool) => vec![self.use_tool(tool, now)],
            Record::Result(tool, output) => vec![self.tool_result(tool, output, now)],
            Record::Denied(_) => {
                let mut records =
                    vec![self.result(DENIED, true, json!("User rejected tool use"), now)];
                records.extend(self.interrupted("", now));
                records
            }
            Record::UsageLimit => {
                let failure = recorded(LIMIT, |r| r["isApiErrorMessage"] == true);
                vec![self.stamped(failure, now), self.last_prompt()]
            }
            Record::Interrupted(partial) => self.interrupted(partial, now),
            Record::Ended(_) => {
                let ended = recorded(TOOL, |r| r["subtype"] == "turn_duration");
                vec![self.stamped(ended, now), self.last_prompt()]
            }
        };
        self.append(&records)
    }

    fn status(&mut self, status: &'static str, now: Moment) -> Result<()> {
        let (folder, name) = self.pid_file();
        outside::create_dirs(&folder)?;
        let text = json!({
            "pid": self.pid, "sessionId": self.session, "cwd": self.cwd.display().to_string(),
            "startedAt": self.started.0, "procStart": proc_start(self.pid),
            "version": super::VERSION, "peerProtocol": 1, "kind": "interactive",
            "entrypoint": "cli", "status": status, "updatedAt": now.0, "statusUpdatedAt": now.0,
        });
        put(&folder.join(name), text.to_string().as_bytes())
    }

    fn new_session(&mut self, now: Moment) -> Result<()> {
        self.session = id();
        self.resumed = false;
        self.begun = false;
        self.parent = Value::Null;
        self.status("idle", now)
    }

    fn session(&self) -> &str {
        &self.session
    }

    fn closed(&mut self, _now: Moment) -> Result<()> {
        let (folder, name) = self.pid_file();
        if outside::exists(&folder) {
            Root::open(&folder)?.remove_file(&name)?;
        }
        let transcript = self.transcript();
        self.ink.dry(&transcript)
    }
}

fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// When a process began, in the kernel's ticks; what Claude tells its own process by.
fn proc_start(pid: u32) -> String {
    let stat = outside::read(Path::new(&format!("/proc/{pid}/stat")), 4096).ok().flatten();
    let stat = String::from_utf8_lossy(&stat.unwrap_or_default()).into_owned();
    // The name in parentheses may hold spaces; the 22nd field is the 20th behind it.
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after.split_whitespace().nth(19).unwrap_or("0").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_record_that_is_filled_in_is_there() {
        assert!(recorded(TOOL, |r| r["type"] == "assistant").is_object());
        assert!(recorded(TOOL, |r| r["toolUseResult"].is_object()).is_object());
        assert!(recorded(TOOL, |r| r["subtype"] == "turn_duration").is_object());
        assert!(recorded(LIMIT, |r| r["isApiErrorMessage"] == true).is_object());
        assert!(recorded(INTERRUPT, |r| r["type"] == "assistant").is_object());
    }
}
