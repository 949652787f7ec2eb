//! What Claude Code writes of a scene.

use serde_json::{Value, json};

use super::labels::{Event, SubTask};
use super::native::{AT, block, lines_of};

/// One of its files.
pub fn file(events: &[Event], has_tasks: bool) -> String {
    let mut file = File { lines: Vec::new(), step: 0, calls: 0, tasks: 0, has_tasks };
    for (step, event) in events.iter().enumerate() {
        file.step = step;
        file.event(event);
    }
    lines_of(&file.lines)
}

struct File {
    lines: Vec<Value>,
    step: usize,
    calls: usize,
    /// How many tasks were created.
    tasks: usize,
    has_tasks: bool,
}

impl File {
    fn event(&mut self, event: &Event) {
        match event {
            Event::User(text) => self.user(&json!(text)),
            Event::Say(text) => self.says("tool_use", text),
            Event::Block(summary, decisions) => {
                self.says("tool_use", &block(summary, decisions));
            }
            Event::Clear | Event::Switch => {}
            Event::TurnEnd => self.system("turn_duration"),
            Event::Compacted(text) => {
                self.system("compact_boundary");
                self.user(&json!(text));
                self.mark("isCompactSummary", json!(true));
            }
            Event::Interrupted => self.user(&json!("[Request interrupted by user]")),
            Event::Limit => {
                self.says("stop_sequence", "You've hit your limit");
                self.mark("isApiErrorMessage", json!(true));
                self.mark("error", json!("rate_limit"));
                self.mark("apiErrorStatus", json!(429));
            }
            Event::Plan(todos) if self.has_tasks => self.plan(todos),
            Event::Subs(tasks) => self.subs(tasks),
            Event::Asks(question, options, answer) => {
                self.asks(question, options, answer.as_deref());
            }
            Event::Denied(command) => self.call(
                "Bash",
                &json!({"command": command}),
                Some(("The user doesn't want to proceed with this tool use.", true)),
            ),
            Event::Delete(path) => self.run(&format!("rm {path}"), 0, ""),
            Event::Move(from, to) => self.run(&format!("git mv {from} {to}"), 0, ""),
            Event::Run { command, code, output } => self.run(command, *code, output),
            Event::Does(command, output) => self.run(command, 0, output),
            _ => {
                let (name, input, text) = tool(event);
                self.call(name, &input, Some((&text, false)));
            }
        }
    }

    fn run(&mut self, command: &str, code: i32, output: &str) {
        let text = match code {
            0 => output.to_owned(),
            _ => format!("Exit code {code}\n{output}"),
        };
        self.call("Bash", &json!({"command": command}), Some((&text, code != 0)));
    }

    fn call(&mut self, name: &str, input: &Value, answer: Option<(&str, bool)>) {
        self.calls += 1;
        let id = format!("toolu_{}", self.calls);
        self.assistant(
            "tool_use",
            &json!({"type": "tool_use", "id": id, "name": name, "input": input}),
        );
        if let Some((text, is_error)) = answer {
            self.user(&json!([{"type": "tool_result", "tool_use_id": id, "content": text, "is_error": is_error}]));
        }
    }

    fn user(&mut self, content: &Value) {
        self.lines.push(json!({"type": "user", "timestamp": AT, "message": {"role": "user", "content": content}}));
    }

    fn assistant(&mut self, stop: &str, block: &Value) {
        let usage = json!({"input_tokens": 3, "output_tokens": 2});
        let id = format!("m{}", self.step);
        self.lines.push(json!({"type": "assistant", "timestamp": AT, "message": {"id": id, "role": "assistant", "stop_reason": stop, "content": [block], "usage": usage}}));
    }

    fn says(&mut self, stop: &str, text: &str) {
        self.assistant(stop, &json!({"type": "text", "text": text}));
    }

    fn system(&mut self, subtype: &str) {
        self.lines.push(json!({"type": "system", "subtype": subtype, "timestamp": AT}));
    }

    /// A field of the last record.
    fn mark(&mut self, field: &str, value: Value) {
        self.lines.last_mut().unwrap()[field] = value;
    }

    /// The plan by the tools that change one item.
    fn plan(&mut self, todos: &[(String, &str)]) {
        for (n, (text, state)) in todos.iter().enumerate().map(|(n, todo)| (n + 1, todo)) {
            if n > self.tasks {
                self.tasks = n;
                let told = format!("Task #{n} created successfully: {text}");
                let input = json!({"subject": text, "description": text});
                self.call("TaskCreate", &input, Some((&told, false)));
            }
            let input = json!({"taskId": n.to_string(), "status": state});
            self.call("TaskUpdate", &input, Some((&format!("Updated task #{n} status"), false)));
        }
    }

    /// Work in side chains: prompts that the assistant wrote, edits, answers, of all in turn.
    fn subs(&mut self, tasks: &[SubTask]) {
        let step = self.step;
        let ids = || (0..tasks.len()).map(|n| format!("toolu_sub{step}_{n}"));
        for (id, task) in ids().zip(tasks) {
            let input = json!({
                "description": "Look", "prompt": task.prompt, "subagent_type": "general-purpose",
            });
            let call = json!({"type": "tool_use", "id": id, "name": "Task", "input": input});
            self.assistant("tool_use", &call);
        }
        let first = self.lines.len();
        for task in tasks {
            self.user(&json!(task.prompt));
        }
        for task in tasks {
            let (name, input, text) = edit(&task.path, "a", "b");
            self.call(name, &input, Some((&text, false)));
        }
        for task in tasks {
            self.says("end_turn", &task.result);
        }
        for line in &mut self.lines[first..] {
            line["isSidechain"] = json!(true);
        }
        for (id, task) in ids().zip(tasks) {
            self.user(&json!([{"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": task.result}]}]));
        }
    }

    fn asks(&mut self, question: &str, options: &[String], answer: Option<&str>) {
        let options: Vec<Value> =
            options.iter().map(|o| json!({"label": o, "description": o})).collect();
        let input = json!({"questions": [{"question": question, "header": "Choice", "options": options, "multiSelect": false}]});
        let answer = answer.map(|answer| {
            format!("User has answered your questions: \"{question}\"=\"{answer}\". You can now continue with the user's answers in mind.")
        });
        self.call("AskUserQuestion", &input, answer.as_deref().map(|text| (text, false)));
    }
}

fn at(path: &str) -> String {
    format!("/home/dev/app/{path}")
}

fn edit(path: &str, old: &str, new: &str) -> (&'static str, Value, String) {
    let input = json!({"file_path": at(path), "old_string": old, "new_string": new});
    ("Edit", input, "updated".to_owned())
}

/// The tool, its input and what it answers.
fn tool(event: &Event) -> (&'static str, Value, String) {
    match event {
        Event::Write(path) => edit(path, "a", "b"),
        Event::Edit(path, edits) => match &edits[..] {
            [(old, new)] => edit(path, old, new),
            edits => {
                let edit =
                    |(old, new): &(String, String)| json!({"old_string": old, "new_string": new});
                let edits: Vec<Value> = edits.iter().map(edit).collect();
                ("MultiEdit", json!({"file_path": at(path), "edits": edits}), "updated".to_owned())
            }
        },
        Event::Create(path, content) => {
            let input = json!({"file_path": at(path), "content": content});
            ("Write", input, "File created successfully".to_owned())
        }
        Event::Notebook(path, source) => {
            let input = json!({"notebook_path": at(path), "cell_id": "c4", "new_source": source, "edit_mode": "replace"});
            ("NotebookEdit", input, "Updated cell c4".to_owned())
        }
        Event::Plan(todos) => {
            let todo = |(text, state): &(String, &str)| json!({"content": text, "status": state, "activeForm": text});
            let todos: Vec<Value> = todos.iter().map(todo).collect();
            ("TodoWrite", json!({"todos": todos}), "ok".to_owned())
        }
        Event::Fetch(url, text) => {
            ("WebFetch", json!({"url": url, "prompt": "What does it say?"}), text.clone())
        }
        _ => unreachable!("an event that is no tool call"),
    }
}
