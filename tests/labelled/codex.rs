//! What Codex writes of a scene.

use serde_json::{Value, json};

use super::labels::{Event, SubTask};
use super::native::{AT, block, lines_of};

/// One of its files; with `script`, its tools are called in the JavaScript of `exec`.
pub fn file(events: &[Event], script: bool) -> String {
    let mut file = File { lines: Vec::new(), calls: 0, script };
    for event in events {
        file.event(event);
    }
    lines_of(&file.lines)
}

struct File {
    lines: Vec<Value>,
    calls: usize,
    script: bool,
}

impl File {
    fn event(&mut self, event: &Event) {
        match event {
            Event::User(text) => self.message("user", "input_text", text),
            Event::Say(text) => self.message("assistant", "output_text", text),
            Event::Block(summary, decisions) => {
                let text = block(summary, decisions);
                self.message("assistant", "output_text", &text);
            }
            Event::Run { command, code, output } => self.run(command, *code, output),
            Event::Does(command, output) => self.run(command, 0, output),
            Event::Fetch(url, text) => self.run(&format!("curl -s {url}"), 0, text),
            Event::Write(path) => self.patch(&format!("Update File: {path}\n@@\n-a\n+b")),
            Event::Create(path, text) => {
                let lines: Vec<String> = text.lines().map(|line| format!("+{line}")).collect();
                self.patch(&format!("Add File: {path}\n{}", lines.join("\n")));
            }
            Event::Edit(path, edits) => {
                let hunk = |(old, new): &(String, String)| format!("@@\n-{old}\n+{new}");
                let hunks: Vec<String> = edits.iter().map(hunk).collect();
                self.patch(&format!("Update File: {path}\n{}", hunks.join("\n")));
            }
            Event::Delete(path) => self.patch(&format!("Delete File: {path}")),
            Event::Move(from, to) => {
                self.patch(&format!("Update File: {from}\n*** Move to: {to}\n@@\n-a\n+b"));
            }
            Event::Notebook(path, source) => {
                self.patch(&format!("Update File: {path}\n@@\n-    \"source\": []\n+    \"source\": [{}]", json!(source)));
            }
            Event::Plan(todos) => self.plan(todos),
            Event::Subs(tasks) => self.subs(tasks),
            Event::Denied(command) => {
                let answer = "exec command rejected by user";
                self.call("exec_command", &json!({"cmd": command}), answer);
            }
            Event::Asks(question, options, answer) => self.asks(question, options, answer.as_deref()),
            Event::TurnEnd => self.happens(&json!({"type": "task_complete", "turn_id": "t"})),
            Event::Compacted(text) => self.line("compacted", &json!({"message": text})),
            Event::Clear | Event::Switch => {}
            Event::Interrupted => {
                self.happens(&json!({"type": "turn_aborted", "reason": "interrupted"}));
            }
            Event::Limit => self.happens(&json!({"type": "task_complete", "last_agent_message": null,
                "error": {"message": "You've hit your usage limit.", "codex_error_info": "usage_limit_exceeded"}})),
        }
    }

    fn line(&mut self, kind: &str, payload: &Value) {
        // No two records of a real file are the same.
        let at = format!("{}{:03}Z", &AT[..AT.len() - 4], self.lines.len() % 1000);
        self.lines.push(json!({"timestamp": at, "type": kind, "payload": payload}));
    }

    fn happens(&mut self, payload: &Value) {
        self.line("event_msg", payload);
    }

    fn item(&mut self, payload: &Value) {
        self.line("response_item", payload);
    }

    fn message(&mut self, role: &str, kind: &str, text: &str) {
        let content = json!([{"type": kind, "text": text}]);
        let mut message = json!({"type": "message", "role": role, "content": content});
        if role == "user" {
            message["internal_chat_message_metadata_passthrough"] =
                json!({"content_item_kinds": ["user.text"]});
        }
        self.item(&message);
    }

    fn call(&mut self, name: &str, arguments: &Value, output: &str) {
        self.ask(name, arguments);
        let id = format!("call_{}", self.calls);
        self.item(&json!({"type": "function_call_output", "call_id": id, "output": output}));
    }

    fn ask(&mut self, name: &str, arguments: &Value) {
        self.calls += 1;
        let (id, arguments) = (format!("call_{}", self.calls), arguments.to_string());
        self.item(
            &json!({"type": "function_call", "name": name, "arguments": arguments, "call_id": id}),
        );
    }

    /// A script, what happened while it ran, and what it printed.
    fn exec(&mut self, source: &str, happened: Option<Value>, output: &str) {
        self.calls += 1;
        let id = format!("call_{}", self.calls);
        self.item(
            &json!({"type": "custom_tool_call", "name": "exec", "input": source, "call_id": id}),
        );
        if let Some(item) = happened {
            self.happens(&json!({"type": "item_completed", "turn_id": "t", "item": item}));
        }
        let head = json!({"type": "input_text", "text": "Script completed\nWall time 0.4 seconds\nOutput:\n"});
        let output = json!([head, {"type": "input_text", "text": output}]);
        self.item(&json!({"type": "custom_tool_call_output", "call_id": id, "output": output}));
    }

    fn run(&mut self, command: &str, code: i32, output: &str) {
        let input = json!({"cmd": command});
        if self.script {
            let item = json!({"type": "CommandExecution", "id": format!("exec-{}", self.calls), "command": ["/bin/bash", "-lc", command],
                "cwd": "file:///home/dev/app", "status": "completed", "aggregated_output": output, "exit_code": code});
            let source = format!("const r = await tools.exec_command({input}); text(r.output);");
            return self.exec(&source, Some(item), output);
        }
        let text = format!(
            "Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code {code}\nOutput:\n{output}"
        );
        self.call("exec_command", &input, &text);
    }

    fn plan(&mut self, todos: &[(String, &str)]) {
        let plan: Vec<Value> =
            todos.iter().map(|(text, state)| json!({"step": text, "status": state})).collect();
        let plan = json!({"plan": plan});
        if self.script {
            let source = format!("const r = await tools.update_plan({plan});\ntext(r);");
            return self.exec(&source, None, "Plan updated");
        }
        self.call("update_plan", &plan, "Plan updated");
    }

    /// A call of `apply_patch` and what it answers.
    fn patch(&mut self, change: &str) {
        let patch = format!("*** Begin Patch\n*** {change}\n*** End Patch");
        if self.script {
            let source = format!("const r = await tools.apply_patch({});\ntext(r);", json!(patch));
            return self.exec(&source, None, "Success. Updated the following files:\n");
        }
        self.calls += 1;
        let id = format!("call_{}", self.calls);
        let output = "{\"output\":\"Success\",\"metadata\":{\"exit_code\":0}}";
        self.item(&json!({"type": "custom_tool_call", "name": "apply_patch", "input": patch, "call_id": id}));
        self.item(&json!({"type": "custom_tool_call_output", "call_id": id, "output": output}));
    }

    /// Other assistants; the one that waits for them makes their changes.
    fn subs(&mut self, tasks: &[SubTask]) {
        for (n, task) in tasks.iter().enumerate() {
            let told = json!({"agent_id": format!("a{n}")}).to_string();
            self.call("spawn_agent", &json!({"message": task.prompt}), &told);
        }
        let ids: Vec<String> = (0..tasks.len()).map(|n| format!("a{n}")).collect();
        let results: Vec<&str> = tasks.iter().map(|task| task.result.as_str()).collect();
        self.call("wait", &json!({"ids": ids}), &results.join("\n"));
        for task in tasks {
            self.patch(&format!("Update File: {}\n@@\n-a\n+b", task.path));
        }
    }

    fn asks(&mut self, question: &str, options: &[String], answer: Option<&str>) {
        let options: Vec<Value> =
            options.iter().map(|o| json!({"label": o, "description": o})).collect();
        let input = json!({"questions": [{"id": "q", "header": "Choice", "question": question, "options": options}]});
        match answer {
            Some(answer) => {
                let output = json!({"answers": {"q": {"answers": [answer]}}}).to_string();
                self.call("request_user_input", &input, &output);
            }
            None => self.ask("request_user_input", &input),
        }
    }
}
