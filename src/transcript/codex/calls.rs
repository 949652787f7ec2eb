//! Codex' tool calls, each counted once, though a call can stand in up to three places: the
//! response that asks for it (or the JavaScript of `exec`), the completed item, the output.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::output::Output;
use super::record::Item;
use super::script::{self, ScriptCall};
use crate::model::{Entry, Todo, ToolCall};
use crate::transcript::asked::Asked;
use crate::transcript::claude::tasks::state;
use crate::transcript::edits::Edits;
use crate::transcript::loose::{self, Text};
use crate::transcript::tool::Patched;
use crate::transcript::{clip, tool};

/// Calls that are remembered; an answer comes while at most a few are open.
const RECENT_MAX: usize = 256;

/// Bytes of a script that are searched for calls: the largest carry a patch.
const SCRIPT_MAX: usize = 256 << 10;

/// Items of a plan, and bytes of one.
const PLAN_MAX: usize = 200;
const STEP_MAX: usize = 500;

/// The calls of one rollout.
#[derive(Debug, Default)]
pub(super) struct Calls {
    recent: VecDeque<Recent>,
    edits: Edits,
    asked: Asked,
}

#[derive(Debug)]
struct Recent {
    id: String,
    command: Option<String>,
    writes: bool,
    /// The `exec` script that it stands in.
    script: Option<String>,
    answered: bool,
    /// A script in which nothing was recognised: told when its output comes, unless items tell it.
    untold: Option<String>,
}

impl Calls {
    /// A `function_call`.
    pub(super) fn function(
        &mut self,
        id: &str,
        name: &str,
        arguments: &str,
        say: &mut dyn FnMut(Entry),
    ) {
        let call = described(id, name, arguments, &mut self.edits);
        let input = serde_json::from_str(arguments).ok();
        if let Some(text) = self.asked.call(id, name, input) {
            say(Entry::Assistant { text, cut: false });
        }
        self.tell(call, None, say);
        if name == "update_plan" {
            say_plan(arguments, say);
        }
    }

    /// A `custom_tool_call`.
    pub(super) fn custom(&mut self, id: &str, name: &str, input: &str, say: &mut dyn FnMut(Entry)) {
        match name {
            "apply_patch" => {
                let call = patched(id, name, input, &mut self.edits);
                self.tell(call, None, say);
            }
            "exec" => self.script(id, input, say),
            _ => self.tell(tool::call(id, name, input), None, say),
        }
    }

    /// A `local_shell_call`, or any command given as a list of arguments.
    pub(super) fn shell(
        &mut self,
        id: &str,
        action: Option<&RawValue>,
        say: &mut dyn FnMut(Entry),
    ) {
        let arguments = action.map_or("", |raw| raw.get());
        let call = described(id, "shell", arguments, &mut self.edits);
        self.tell(call, None, say);
    }

    /// An output.
    pub(super) fn output(&mut self, id: &str, text: &str, say: &mut dyn FnMut(Entry)) {
        let output = Output::read(text);
        if output.running {
            return;
        }
        if self.recent.iter().any(|r| r.script.as_deref() == Some(id) || r.untold_id() == Some(id))
        {
            self.script_output(id, &output, say);
            return;
        }
        let known = self.recent.iter_mut().rfind(|r| r.id == id);
        if known.is_some_and(|known| std::mem::replace(&mut known.answered, true)) {
            return;
        }
        say(output.result(id));
        if let Some(text) = self.asked.answer(id, &output.body, None) {
            say(Entry::Answer { text });
        }
    }

    /// A completed item; false when its kind is unknown.
    pub(super) fn item(&mut self, item: &Item, say: &mut dyn FnMut(Entry)) -> bool {
        let code = item.exit_code.0.and_then(|n| i32::try_from(n).ok());
        let ok = code.map_or(&*item.status == "completed", |code| code == 0);
        match &*item.kind {
            "CommandExecution" => {
                let command = shell_words(item.command);
                let mut call = tool::command(&item.id, "exec_command", &command);
                let folder = item.cwd.strip_prefix("file://").unwrap_or(&item.cwd);
                call.folder = Some(folder.to_owned()).filter(|folder| !folder.is_empty());
                let same = |r: &Recent| r.command.is_some() && r.command == call.command;
                let id = self.settle(&item.id, same, call.clone(), say);
                say(Entry::Result(tool::result(&id, ok, code, &item.aggregated_output)));
            }
            "FileChange" => {
                let call = tool::patch(&item.id, "apply_patch", item.patched());
                let id = self.settle(&item.id, |r| r.writes, call, say);
                let text = if ok { &item.stdout } else { &item.stderr };
                say(Entry::Result(tool::result(&id, ok, None, text)));
            }
            "McpToolCall" | "DynamicToolCall" => {
                let call = tool::call(&item.id, &item.tool, &item.server);
                let id = self.settle(&item.id, |_| false, call, say);
                say(Entry::Result(tool::result(&id, ok, None, "")));
            }
            _ => return false,
        }
        true
    }

    fn tell(&mut self, call: ToolCall, script: Option<&str>, say: &mut dyn FnMut(Entry)) {
        self.remember(Recent {
            id: call.id.clone(),
            command: call.command.clone(),
            writes: !call.writes.is_empty(),
            script: script.map(str::to_owned),
            answered: false,
            untold: None,
        });
        say(Entry::Call(call));
    }

    fn remember(&mut self, recent: Recent) {
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(recent);
    }

    fn script(&mut self, id: &str, source: &str, say: &mut dyn FnMut(Entry)) {
        let mut told = 0;
        for call in script::calls(&clip::head(source, SCRIPT_MAX)) {
            let own = if told == 0 { id.to_owned() } else { format!("{id}/{}", told + 1) };
            if let Some(described) = scripted(&own, &call, &mut self.edits) {
                told += 1;
                self.tell(described, Some(id), say);
            }
            if let ("update_plan", Some(plan)) = (call.name.as_str(), &call.argument) {
                say_plan(&plan.to_string(), say);
            }
        }
        if told == 0 {
            self.remember(Recent {
                id: id.to_owned(),
                command: None,
                writes: false,
                script: None,
                answered: false,
                untold: Some(clip::head(source.trim(), STEP_MAX).into_owned()),
            });
        }
    }

    fn script_output(&mut self, id: &str, output: &Output<'_>, say: &mut dyn FnMut(Entry)) {
        let mut text = Some(output);
        for recent in &mut self.recent {
            if recent.untold_id() == Some(id) {
                let source = recent.untold.take().unwrap_or_default();
                say(Entry::Call(tool::call(id, "exec", &source)));
            } else if recent.script.as_deref() != Some(id) {
                continue;
            }
            if !std::mem::replace(&mut recent.answered, true) {
                // One output for all calls of a script: it is kept once.
                let words = text.take().map_or("", |output| &*output.body);
                say(Entry::Result(tool::result(&recent.id, output.ok, output.code, words)));
            }
        }
    }

    /// The id under which a completed item was called; tells the call when nothing did so yet.
    fn settle(
        &mut self,
        id: &str,
        same: impl Fn(&Recent) -> bool,
        call: ToolCall,
        say: &mut dyn FnMut(Entry),
    ) -> String {
        let by_id = self.recent.iter().rposition(|r| r.id == id);
        let in_script = |r: &Recent| r.script.is_some() && !r.answered && same(r);
        if let Some(at) = by_id.or_else(|| self.recent.iter().position(in_script)) {
            self.recent[at].answered = true;
            return self.recent[at].id.clone();
        }
        // A script whose calls could not be read is told by its items.
        if let Some(script) = self.recent.iter_mut().rfind(|r| r.untold.is_some()) {
            script.untold = None;
            script.answered = true;
        }
        self.tell(call, None, say);
        if let Some(last) = self.recent.back_mut() {
            last.answered = true;
        }
        id.to_owned()
    }
}

impl Recent {
    fn untold_id(&self) -> Option<&str> {
        self.untold.as_ref().map(|_| self.id.as_str())
    }
}

/// What the arguments of Codex' tools have in common.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arguments<'a> {
    #[serde(borrow)]
    cmd: Text<'a>,
    #[serde(borrow)]
    workdir: Text<'a>,
    #[serde(borrow)]
    command: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Text<'a>,
    #[serde(borrow)]
    chars: Text<'a>,
    #[serde(borrow)]
    path: Text<'a>,
    #[serde(borrow)]
    query: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    explanation: Text<'a>,
}

/// A call with the line that tells people what it does.
fn described(id: &str, name: &str, arguments: &str, edits: &mut Edits) -> ToolCall {
    let read: Arguments = serde_json::from_str(arguments).unwrap_or_default();
    let command = match (&*read.cmd, read.command) {
        ("", None) => None,
        ("", raw) => Some(shell_words(raw)),
        (cmd, _) => Some(cmd.to_owned()),
    };
    match command {
        Some(command) if !command.is_empty() => {
            let mut call = tool::command(id, name, &command);
            call.folder = Some(read.workdir.0.into_owned()).filter(|folder| !folder.is_empty());
            if !call.writes.is_empty() {
                call.puts_back = edits.patch(&command);
            }
            call
        }
        _ if name == "apply_patch" => patched(id, name, &read.input, edits),
        _ => {
            let telling = [&read.path, &read.query, &read.message, &read.explanation, &read.chars];
            let about = telling.into_iter().find(|text| !text.is_empty());
            tool::call(id, name, about.map_or(arguments, |text| text))
        }
    }
}

/// A call that applies a patch.
fn patched(id: &str, name: &str, patch: &str, edits: &mut Edits) -> ToolCall {
    let puts_back = edits.patch(patch);
    ToolCall { puts_back, ..tool::patch(id, name, Patched::of(patch)) }
}

/// A call found in a script; none when it is a command that only running it would tell.
fn scripted(id: &str, call: &ScriptCall, edits: &mut Edits) -> Option<ToolCall> {
    let text = match &call.argument {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    match (call.name.as_str(), &call.argument) {
        ("exec_command" | "shell_command" | "shell", None) => None,
        ("apply_patch", Some(Value::String(patch))) => Some(patched(id, &call.name, patch, edits)),
        _ => Some(described(id, &call.name, &text, edits)),
    }
}

/// A command given as text, or as a list whose last item is the script of a shell.
fn shell_words(raw: Option<&RawValue>) -> String {
    if raw.is_some_and(|raw| raw.get().starts_with('"')) {
        return loose::read::<Text>(raw).0.into_owned();
    }
    let words = loose::read::<Vec<Text>>(raw);
    match words.as_slice() {
        [_, flag, script] if matches!(&**flag, "-lc" | "-c" | "-Command") => script.to_string(),
        words => words.iter().map(|w| &**w).collect::<Vec<_>>().join(" "),
    }
}

/// The whole plan, from the arguments of `update_plan`.
fn say_plan(arguments: &str, say: &mut dyn FnMut(Entry)) {
    #[derive(Default, Deserialize)]
    struct Plan<'a> {
        #[serde(borrow, default)]
        plan: Vec<Step<'a>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Step<'a> {
        #[serde(borrow)]
        step: Text<'a>,
        #[serde(borrow)]
        status: Text<'a>,
    }
    let Ok(plan) = serde_json::from_str::<Plan>(arguments) else { return };
    let steps = plan.plan.iter().take(PLAN_MAX);
    let todo = |s: &Step| Todo { text: clip::one_line(&s.step, STEP_MAX), state: state(&s.status) };
    say(Entry::Plan(steps.map(todo).collect()));
}
