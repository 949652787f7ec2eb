//! Codex' files: rollouts made from recorded items, held open, and the lock of the thread.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::demo::native::{Files, Ink, Moment, recorded};
use crate::demo::nouns::{Action, Record, Todo, Tool, ToolOutput};
use crate::disk::outside::{self, Held};
use crate::error::Result;

/// Bytes of a rollout that is resumed: what a scripted assistant says in a day.
const ROLLOUT_MAX: u64 = 64 << 20;

const TOOL: &str = include_str!("../../../fixtures/transcripts/codex/tool.jsonl");
const LIMIT: &str = include_str!("../../../fixtures/transcripts/codex/usagelimit.jsonl");
const INTERRUPT: &str = include_str!("../../../fixtures/transcripts/codex/interrupt.jsonl");

/// Where the files of one process lie and what the next item refers to.
#[derive(Debug)]
pub(in crate::demo) struct CodexFiles {
    ink: Ink,
    home: PathBuf,
    cwd: PathBuf,
    originator: &'static str,
    instructions: Option<String>,
    thread: String,
    began: Moment,
    turn: String,
    call: String,
    ordinal: u64,
    rollout: PathBuf,
    /// Codex keeps the rollout open and the lock of its thread: others find them by that.
    held: Vec<Held>,
    last_message: Value,
}

impl CodexFiles {
    /// The files of a process that works in `cwd`. `old` is a rollout that is resumed.
    pub(in crate::demo) fn new(
        ink: Ink,
        (home, cwd): (PathBuf, PathBuf),
        originator: &'static str,
        instructions: Option<String>,
        old: Option<PathBuf>,
        now: Moment,
    ) -> Self {
        let thread = old.as_deref().and_then(thread_of).unwrap_or_else(|| id(now));
        let mut files = Self {
            ink,
            home,
            cwd,
            originator,
            instructions,
            thread,
            began: now,
            turn: String::new(),
            call: String::new(),
            ordinal: old.as_deref().map_or(0, lines_in),
            rollout: PathBuf::new(),
            held: Vec::new(),
            last_message: Value::Null,
        };
        files.rollout = old.unwrap_or_else(|| files.rollout_path(now));
        files
    }

    fn rollout_path(&self, now: Moment) -> PathBuf {
        let folder = self.home.join("sessions").join(now.local("%Y/%m/%d"));
        folder.join(format!("rollout-{}-{}.jsonl", now.local("%Y-%m-%dT%H-%M-%S"), self.thread))
    }

    fn line(&mut self, mut record: Value, now: Moment) -> Value {
        record["timestamp"] = now.rfc3339().into();
        record["ordinal"] = self.ordinal.into();
        self.ordinal += 1;
        for name in ["turn_id", "root_turn_id"] {
            if !record["payload"][name].is_null() {
                record["payload"][name] = self.turn.clone().into();
            }
        }
        record
    }

    fn event(&mut self, payload: &Value, now: Moment) -> Value {
        self.line(json!({ "type": "event_msg", "payload": payload }), now)
    }

    fn item(&mut self, payload: &Value, now: Moment) -> Value {
        self.line(json!({ "type": "response_item", "payload": payload }), now)
    }

    fn completed(&mut self, item: &Value, now: Moment) -> Value {
        let payload = json!({
            "type": "item_completed", "thread_id": self.thread, "turn_id": self.turn,
            "item": item, "started_at_ms": now.0, "completed_at_ms": now.0,
        });
        self.event(&payload, now)
    }

    /// A message with what tells the person's words from everything else.
    fn message(&mut self, role: &str, text: &str, kind: &str, now: Moment) -> Value {
        let content = if role == "assistant" { "output_text" } else { "input_text" };
        let payload = json!({
            "type": "message", "id": format!("msg_{}", id(now)), "role": role,
            "content": [{ "type": content, "text": text }],
            "internal_chat_message_metadata_passthrough": {
                "turn_id": self.turn, "content_item_kinds": [kind],
            },
        });
        self.item(&payload, now)
    }

    /// The first line of a rollout.
    fn meta(&mut self, now: Moment) -> Value {
        let mut meta = recorded(TOOL, |r| r["type"] == "session_meta");
        meta["payload"]["id"] = self.thread.clone().into();
        meta["payload"]["session_id"] = self.thread.clone().into();
        meta["payload"]["timestamp"] = self.began.rfc3339().into();
        meta["payload"]["cwd"] = self.cwd.display().to_string().into();
        meta["payload"]["runtime_workspace_roots"] = json!([self.cwd.display().to_string()]);
        meta["payload"]["originator"] = self.originator.into();
        self.line(meta, now)
    }

    fn prompt(&mut self, text: &str, now: Moment) -> Vec<Value> {
        let first = self.ordinal == 0;
        let mut records = Vec::new();
        if first {
            records.push(self.meta(now));
        }
        self.turn = id(now);
        let started = recorded(TOOL, |r| r["payload"]["type"] == "task_started");
        records.push(self.line(started, now));
        if first {
            if let Some(text) = self.instructions.clone() {
                records.push(self.message("developer", &text, "developer.instructions", now));
            }
            let cwd = self.cwd.display();
            let context =
                format!("<environment_context>\n  <cwd>{cwd}</cwd>\n</environment_context>");
            records.push(self.message("user", &context, "environment.context", now));
        }
        let mut context = recorded(TOOL, |r| r["type"] == "turn_context");
        context["payload"]["cwd"] = self.cwd.display().to_string().into();
        records.push(self.line(context, now));
        records.push(self.message("user", text, "user.text", now));
        let content = json!([{ "type": "text", "text": text, "text_elements": [] }]);
        let item = json!({ "type": "UserMessage", "id": id(now), "content": content });
        records.push(self.completed(&item, now));
        records
    }

    fn reply(&mut self, text: &str, now: Moment) -> Vec<Value> {
        self.last_message = text.into();
        let content = json!([{ "type": "Text", "text": text }]);
        let item = json!({ "type": "AgentMessage", "id": id(now), "content": content });
        vec![self.completed(&item, now), self.message("assistant", text, "unknown", now)]
    }

    fn call(&mut self, name: &str, arguments: &Value, now: Moment) -> Value {
        self.call = format!("call_{}", id(now));
        let payload = json!({
            "type": "function_call", "id": format!("fc_{}", id(now)), "name": name,
            "arguments": arguments.to_string(), "call_id": self.call,
        });
        self.item(&payload, now)
    }

    fn use_tool(&mut self, tool: &Tool, now: Moment) -> Value {
        match &tool.action {
            Action::Shell(command) => self.call("exec_command", &json!({ "cmd": command }), now),
            Action::Write { path, content } => {
                self.call = format!("call_{}", id(now));
                let payload = json!({
                    "type": "custom_tool_call", "id": format!("fc_{}", id(now)),
                    "call_id": self.call, "name": "apply_patch", "input": patch(path, content),
                });
                self.item(&payload, now)
            }
        }
    }

    fn output(&mut self, kind: &str, text: &str, now: Moment) -> Value {
        let payload = json!({ "type": kind, "call_id": self.call, "output": text });
        self.item(&payload, now)
    }

    fn tool_result(&mut self, tool: &Tool, output: &ToolOutput, now: Moment) -> Vec<Value> {
        let (text, code) = (&output.text, output.code);
        let status = if code == 0 { "completed" } else { "failed" };
        match &tool.action {
            Action::Shell(command) => {
                let item = json!({
                    "type": "CommandExecution", "id": self.call,
                    "command": ["/bin/sh", "-c", command],
                    "cwd": format!("file://{}", self.cwd.display()), "status": status,
                    "aggregated_output": text, "exit_code": code,
                });
                let said = format!("Process exited with code {code}\nOutput:\n{text}");
                vec![self.completed(&item, now), self.output("function_call_output", &said, now)]
            }
            Action::Write { path, content } => {
                let path = self.cwd.join(path).display().to_string();
                let item = json!({
                    "type": "FileChange", "id": self.call, "status": status,
                    "changes": { path: { "type": "add", "content": content } },
                });
                let said = format!("Exit code: {code}\nOutput:\nSuccess. Updated the files\n");
                vec![self.completed(&item, now), self.output("custom_tool_call_output", &said, now)]
            }
        }
    }

    fn plan(&mut self, plan: &[Todo], now: Moment) -> Vec<Value> {
        let step = |t: &Todo| json!({ "step": t.text, "status": t.state });
        let plan: Vec<_> = plan.iter().map(step).collect();
        let call = self.call("update_plan", &json!({ "plan": plan }), now);
        vec![call, self.output("function_call_output", "Plan updated", now)]
    }

    fn aborted(&mut self, now: Moment) -> Vec<Value> {
        let item = recorded(INTERRUPT, |r| {
            let text = r["payload"]["content"][0]["text"].as_str();
            text.is_some_and(|t| t.starts_with("<turn_aborted>"))
        });
        let event = recorded(INTERRUPT, |r| r["payload"]["type"] == "turn_aborted");
        vec![self.line(item, now), self.line(event, now)]
    }

    fn ended(&mut self, now: Moment) -> Vec<Value> {
        let usage = recorded(TOOL, |r| r["type"] == "token_usage_record");
        let count = recorded(TOOL, |r| r["payload"]["type"] == "token_count");
        let mut done = recorded(TOOL, |r| r["payload"]["type"] == "task_complete");
        done["payload"]["last_agent_message"] = self.last_message.clone();
        vec![self.line(usage, now), self.line(count, now), self.line(done, now)]
    }

    fn append(&mut self, records: &[Value]) -> Result<()> {
        let path = self.rollout.clone();
        let is_new = !outside::exists(&path);
        self.ink.append(&path, records)?;
        // A fault may have kept it off the disk.
        if is_new && outside::exists(&path) {
            self.held.push(outside::hold(&path, false)?);
        }
        Ok(())
    }

    fn hold_lock(&mut self) -> Result<()> {
        let folder = self.home.join("thread-writer-locks");
        outside::create_dirs(&folder)?;
        let lock = folder.join(format!("{}.lock", self.thread));
        self.held = vec![outside::hold(&lock, true)?];
        if outside::exists(&self.rollout) {
            self.held.push(outside::hold(&self.rollout, false)?);
        }
        Ok(())
    }
}

impl Files for CodexFiles {
    fn opened(&mut self) -> Result<()> {
        self.hold_lock()
    }

    fn record(&mut self, record: &Record, now: Moment) -> Result<()> {
        let records = match record {
            Record::Prompt(text) => self.prompt(text, now),
            Record::Reply { text, .. } => self.reply(text, now),
            Record::Plan(plan) => self.plan(plan, now),
            Record::Call(tool) => vec![self.use_tool(tool, now)],
            Record::Result(tool, output) => self.tool_result(tool, output, now),
            Record::Denied(_) => {
                let said = self.output("function_call_output", "aborted by user", now);
                std::iter::once(said).chain(self.aborted(now)).collect()
            }
            Record::UsageLimit => {
                let failed = recorded(LIMIT, |r| r["payload"]["type"] == "task_complete");
                vec![self.line(failed, now)]
            }
            // What had streamed is lost, as it is in the real client.
            Record::Interrupted(_) => self.aborted(now),
            Record::Ended(_) => self.ended(now),
        };
        self.append(&records)
    }

    /// Codex tells its state on the terminal only.
    fn status(&mut self, _status: &'static str, _now: Moment) -> Result<()> {
        Ok(())
    }

    fn new_session(&mut self, now: Moment) -> Result<()> {
        self.thread = id(now);
        self.began = now;
        self.ordinal = 0;
        self.rollout = self.rollout_path(now);
        self.hold_lock()
    }

    fn session(&self) -> &str {
        &self.thread
    }

    fn closed(&mut self, now: Moment) -> Result<()> {
        if self.ordinal == 0 {
            let meta = self.meta(now);
            self.append(&[meta])?;
        }
        let rollout = self.rollout.clone();
        self.ink.dry(&rollout)
    }
}

fn patch(path: &str, content: &str) -> String {
    let lines: String = content.lines().flat_map(|line| ["+", line, "\n"]).collect();
    format!("*** Begin Patch\n*** Add File: {path}\n{lines}*** End Patch\n")
}

/// Lines of a rollout that is resumed, of which the first one is known to be there: they are
/// numbered on.
fn lines_in(rollout: &std::path::Path) -> u64 {
    let bytes = outside::read(rollout, ROLLOUT_MAX).ok().flatten().unwrap_or_default();
    memchr::memchr_iter(b'\n', &bytes).count().max(1) as u64
}

/// The thread that a rollout's name ends in.
fn thread_of(rollout: &std::path::Path) -> Option<String> {
    let stem = rollout.file_stem()?.to_str()?;
    stem.get(stem.len().checked_sub(36)?..).map(str::to_owned)
}

/// An id as Codex makes them: sorted by time.
fn id(now: Moment) -> String {
    let mut random = [0; 10];
    random.copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..10]);
    let millis = now.0.unsigned_abs();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_item_that_is_filled_in_is_there() {
        let named = |text, name: &str| recorded(text, |r| r["payload"]["type"] == name);
        assert!(recorded(TOOL, |r| r["type"] == "session_meta").is_object());
        assert!(recorded(TOOL, |r| r["type"] == "turn_context").is_object());
        assert!(named(TOOL, "task_started").is_object());
        assert!(named(TOOL, "task_complete").is_object());
        assert!(named(LIMIT, "task_complete")["payload"]["error"].is_object());
        assert!(named(INTERRUPT, "turn_aborted").is_object());
    }

    #[test]
    fn a_rollout_names_its_thread() {
        let path = "rollout-2026-11-20T21-47-40-01a1faed-f0a5-7693-af1b-5e7117bd17b5.jsonl";
        let thread = thread_of(std::path::Path::new(path));
        assert_eq!(thread.as_deref(), Some("01a1faed-f0a5-7693-af1b-5e7117bd17b5"));
    }
}
