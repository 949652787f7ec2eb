//! The scripted assistants without a terminal: one prompt, one answer, as text or as the stream
//! of events that the real clients print.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::cue::Cue;
use super::native::{Files, Moment};
use super::nouns::{Action, Record, Step, Tool, ToolOutput, Who};
use super::stage;
use crate::error::Result;

/// Characters of a streamed reply that come at once.
const PIECE: usize = 24;
/// Pause after each piece of a slow reply; a fast one has none.
const SLOW_PAUSE: Duration = Duration::from_millis(200);

/// Answers the prompt of the command line (or of stdin) and returns the exit code.
pub(super) fn answer(cue: &Cue, files: impl Files) -> Result<u8> {
    let prompt = match cue.flags.prompt.as_deref() {
        None | Some("-") => {
            std::io::read_to_string(std::io::stdin()).unwrap_or_default().trim().to_owned()
        }
        Some(prompt) => prompt.to_owned(),
    };
    let mut printer = Printer { cue, files, items: 0, last: String::new() };
    printer.begin();
    printer.record(&Record::Prompt(prompt.clone()))?;
    let mut steps = VecDeque::from(cue.script()(&prompt));
    while let Some(step) = steps.pop_front() {
        if let Some(code) = printer.step(step, steps.iter().any(Step::is_call))? {
            printer.files.closed(Moment::now())?;
            return Ok(code);
        }
    }
    let last = printer.last.clone();
    printer.record(&Record::Ended(last))?;
    printer.end(false);
    printer.files.closed(Moment::now())?;
    Ok(0)
}

struct Printer<'a, F> {
    cue: &'a Cue,
    files: F,
    items: u32,
    last: String,
}

impl<F: Files> Printer<'_, F> {
    fn record(&mut self, record: &Record) -> Result<()> {
        self.files.record(record, Moment::now())
    }

    fn event(&self, event: &Value) {
        if self.cue.flags.events {
            stage::write(format!("{event}\n").as_bytes());
        }
    }

    fn begin(&self) {
        let session = self.files.session();
        match self.cue.who {
            Who::Claude => self.event(&json!({
                "type": "system", "subtype": "init", "session_id": session,
                "cwd": self.cue.cwd.display().to_string(), "tools": ["Bash", "Write"],
                "model": "claude-opus-4-8", "permissionMode": "default",
                "claude_code_version": super::claude::VERSION,
            })),
            Who::Codex => {
                self.event(&json!({ "type": "thread.started", "thread_id": session }));
                self.event(&json!({ "type": "turn.started" }));
            }
        }
    }

    /// Does a step, `goes_on` where calls follow it; the exit code when that ends everything.
    fn step(&mut self, step: Step, goes_on: bool) -> Result<Option<u8>> {
        match step {
            Step::Say(text) => self.say(text, Duration::ZERO, goes_on)?,
            Step::SaySlowly(text) => self.say(text, SLOW_PAUSE, goes_on)?,
            Step::Plan(plan) => self.record(&Record::Plan(plan))?,
            Step::Use(tool) => self.use_tool(&tool)?,
            Step::Flood(bytes) => {
                self.say("flood ".repeat((bytes / 6) as usize), Duration::ZERO, goes_on)?;
            }
            Step::UsageLimit | Step::Retry => {
                self.record(&Record::UsageLimit)?;
                self.last = "You've hit your usage limit".into();
                self.end(true);
                return Ok(Some(1));
            }
        }
        Ok(None)
    }

    fn say(&mut self, text: String, pause: Duration, goes_on: bool) -> Result<()> {
        if self.cue.who == Who::Claude {
            let letters: Vec<char> = text.chars().collect();
            for piece in letters.chunks(PIECE) {
                let delta = json!({ "type": "text_delta", "text": String::from_iter(piece) });
                let event = json!({ "type": "content_block_delta", "index": 0, "delta": delta });
                self.event(&json!({
                    "type": "stream_event", "event": event, "session_id": self.files.session(),
                    "parent_tool_use_id": null,
                }));
                std::thread::sleep(pause);
            }
        }
        self.record(&Record::Reply { text: text.clone(), goes_on })?;
        match self.cue.who {
            Who::Claude => self.message("assistant", &json!({ "type": "text", "text": text })),
            Who::Codex => {
                self.item("item.completed", json!({ "type": "agent_message", "text": text }));
            }
        }
        self.last = text;
        Ok(())
    }

    fn message(&self, role: &str, block: &Value) {
        self.event(&json!({
            "type": role, "message": { "role": role, "content": [block] },
            "session_id": self.files.session(), "parent_tool_use_id": null,
        }));
    }

    fn item(&mut self, kind: &str, mut item: Value) {
        item["id"] = format!("item_{}", self.items).into();
        self.event(&json!({ "type": kind, "item": item }));
        if kind == "item.completed" {
            self.items += 1;
        }
    }

    /// Nobody can be asked here: Claude denies what it would ask about, unless edits are allowed.
    fn use_tool(&mut self, tool: &Tool) -> Result<()> {
        let edits = matches!(tool.action, Action::Write { .. });
        let allowed = !tool.asks
            || self.cue.who == Who::Codex
            || (edits && (self.cue.flags.accepts_edits || self.cue.story));
        self.record(&Record::Call(tool.clone()))?;
        if !allowed {
            return self.record(&Record::Denied(tool.clone()));
        }
        self.tool_begins(tool);
        let output = stage::run_tool(tool, &self.cue.cwd);
        self.tool_ends(tool, &output);
        self.record(&Record::Result(tool.clone(), output))
    }

    fn tool_begins(&mut self, tool: &Tool) {
        let Action::Shell(command) = &tool.action else { return };
        match self.cue.who {
            Who::Claude => {
                let input = json!({ "command": command, "description": tool.about });
                let block =
                    json!({ "type": "tool_use", "id": "toolu_1", "name": "Bash", "input": input });
                self.message("assistant", &block);
            }
            Who::Codex => self.item(
                "item.started",
                json!({
                    "type": "command_execution", "command": command, "aggregated_output": "",
                    "exit_code": null, "status": "in_progress",
                }),
            ),
        }
    }

    fn tool_ends(&mut self, tool: &Tool, output: &ToolOutput) {
        let (text, code) = (&output.text, output.code);
        match (&tool.action, self.cue.who) {
            (_, Who::Claude) => self.message(
                "user",
                &json!({
                    "type": "tool_result", "tool_use_id": "toolu_1", "content": text,
                    "is_error": code != 0,
                }),
            ),
            (Action::Shell(command), Who::Codex) => self.item(
                "item.completed",
                json!({
                    "type": "command_execution", "command": command, "aggregated_output": text,
                    "exit_code": code, "status": if code == 0 { "completed" } else { "failed" },
                }),
            ),
            (Action::Write { path, .. }, Who::Codex) => {
                let changes = json!([{ "path": self.cue.cwd.join(path), "kind": "add" }]);
                self.item(
                    "item.completed",
                    json!({
                        "type": "file_change", "changes": changes, "status": "completed",
                    }),
                );
            }
        }
    }

    fn end(&mut self, failed: bool) {
        let session = self.files.session().to_owned();
        if !self.cue.flags.events {
            stage::write(format!("{}\n", self.last).as_bytes());
        }
        let usage =
            json!({ "input_tokens": 1200, "cached_input_tokens": 900, "output_tokens": 42 });
        match self.cue.who {
            Who::Claude => self.event(&json!({
                "type": "result", "subtype": "success", "is_error": failed, "num_turns": 1,
                "result": self.last, "session_id": session, "usage": usage,
            })),
            Who::Codex if failed => {
                self.event(&json!({ "type": "error", "message": self.last }));
                self.event(&json!({ "type": "turn.failed", "error": { "message": self.last } }));
            }
            Who::Codex => self.event(&json!({ "type": "turn.completed", "usage": usage })),
        }
    }
}
