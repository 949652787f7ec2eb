//! Scenes in the formats of the two clients.

use serde_json::{Value, json};

use super::labels::{Event, Scene};

const AT: &str = "2026-11-20T21:47:41.611Z";

/// The files of Claude Code.
pub fn claude(scene: &Scene) -> Vec<String> {
    files(scene, |events| claude_file(events, scene.has_tasks))
}

/// The files of Codex; with `script`, plans and commands stand in the JavaScript of `exec`.
pub fn codex(scene: &Scene, script: bool) -> Vec<String> {
    files(scene, |events| codex_file(events, script))
}

fn files(scene: &Scene, file: impl Fn(&[Event]) -> String) -> Vec<String> {
    scene.events.split(|event| matches!(event, Event::Clear)).map(file).collect()
}

fn claude_file(events: &[Event], has_tasks: bool) -> String {
    let mut lines = Vec::new();
    let mut made = 0;
    for (n, event) in events.iter().enumerate() {
        let id = format!("toolu_{n}");
        let user = |content: Value| json!({"type": "user", "timestamp": AT, "message": {"role": "user", "content": content}});
        let assistant = |stop: &str, block: Value| {
            let usage = json!({"input_tokens": 3, "output_tokens": 2});
            json!({"type": "assistant", "timestamp": AT, "message": {"id": format!("m{n}"), "role": "assistant", "stop_reason": stop, "content": [block], "usage": usage}})
        };
        let call = |name: &str, input: Value| {
            assistant(
                "tool_use",
                json!({"type": "tool_use", "id": id, "name": name, "input": input}),
            )
        };
        let answer = |text: &str, is_error: bool| {
            user(
                json!([{"type": "tool_result", "tool_use_id": id, "content": text, "is_error": is_error}]),
            )
        };
        match event {
            Event::User(text) => lines.push(user(json!(text))),
            Event::Say(text) => {
                lines.push(assistant("tool_use", json!({"type": "text", "text": text})));
            }
            Event::Clear => {}
            Event::TurnEnd => {
                lines.push(json!({"type": "system", "subtype": "turn_duration", "timestamp": AT}));
            }
            Event::Compacted(text) => {
                lines.push(
                    json!({"type": "system", "subtype": "compact_boundary", "timestamp": AT}),
                );
                let mut summary = user(json!(text));
                summary["isCompactSummary"] = json!(true);
                lines.push(summary);
            }
            Event::Interrupted => lines.push(user(json!("[Request interrupted by user]"))),
            Event::Limit => {
                let mut failure = assistant(
                    "stop_sequence",
                    json!({"type": "text", "text": "You've hit your limit"}),
                );
                failure["isApiErrorMessage"] = json!(true);
                failure["error"] = json!("rate_limit");
                failure["apiErrorStatus"] = json!(429);
                lines.push(failure);
            }
            Event::Plan(todos) if has_tasks => {
                for (name, input, text) in tasks(todos, &mut made) {
                    lines.extend([call(name, input), answer(&text, false)]);
                }
            }
            _ => {
                let Some((name, input, text)) = claude_tool(event) else { continue };
                let is_error = text.starts_with("Exit code");
                lines.extend([call(name, input), answer(&text, is_error)]);
            }
        }
    }
    lines_of(&lines)
}

/// The tool, its input and what it answers.
fn claude_tool(event: &Event) -> Option<(&'static str, Value, String)> {
    let at = |path: &str| format!("/home/dev/app/{path}");
    let edit = |path: &str, old: &str, new: &str| {
        let input = json!({"file_path": at(path), "old_string": old, "new_string": new});
        ("Edit", input, "updated".to_owned())
    };
    Some(match event {
        Event::Run { command, code, output } => {
            let text =
                if *code == 0 { output.clone() } else { format!("Exit code {code}\n{output}") };
            ("Bash", json!({"command": command}), text)
        }
        Event::Write(path) => edit(path, "a", "b"),
        Event::Edit(path, old, new) => edit(path, old, new),
        Event::Create(path, content) => {
            let input = json!({"file_path": at(path), "content": content});
            ("Write", input, "File created successfully".to_owned())
        }
        Event::Plan(todos) => {
            let todo = |(text, state): &(String, &str)| json!({"content": text, "status": state, "activeForm": text});
            let todos: Vec<Value> = todos.iter().map(todo).collect();
            ("TodoWrite", json!({"todos": todos}), "ok".to_owned())
        }
        _ => return None,
    })
}

/// The plan by the tools that change one item; `made` is how many there are.
fn tasks(todos: &[(String, &str)], made: &mut usize) -> Vec<(&'static str, Value, String)> {
    let mut calls = Vec::new();
    for (n, (text, state)) in todos.iter().enumerate().map(|(n, todo)| (n + 1, todo)) {
        if n > *made {
            *made = n;
            let told = format!("Task #{n} created successfully: {text}");
            calls.push(("TaskCreate", json!({"subject": text, "description": text}), told));
        }
        let input = json!({"taskId": n.to_string(), "status": state});
        calls.push(("TaskUpdate", input, format!("Updated task #{n} status")));
    }
    calls
}

fn codex_file(events: &[Event], script: bool) -> String {
    let mut lines = Vec::new();
    for (n, event) in events.iter().enumerate() {
        let id = format!("call_{n}");
        let line =
            |kind: &str, payload: Value| json!({"timestamp": AT, "type": kind, "payload": payload});
        let call = |name: &str, arguments: Value| {
            line(
                "response_item",
                json!({"type": "function_call", "name": name, "arguments": arguments.to_string(), "call_id": id}),
            )
        };
        let exec = |source: String| {
            line(
                "response_item",
                json!({"type": "custom_tool_call", "name": "exec", "input": source, "call_id": id}),
            )
        };
        match event {
            Event::User(text) => lines.push(line("response_item", json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}],
                "internal_chat_message_metadata_passthrough": {"content_item_kinds": ["user.text"]}}))),
            Event::Say(text) => lines.push(line("response_item", json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}))),
            Event::Run { command, code, output } => {
                lines.push(call("exec_command", json!({"cmd": command})));
                let text = format!("Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code {code}\nOutput:\n{output}");
                lines.push(line("response_item", json!({"type": "function_call_output", "call_id": id, "output": text})));
            }
            Event::Write(path) => lines.extend(patched(&id, &format!("Update File: {path}\n@@\n-a\n+b"))),
            Event::Create(path, text) => lines.extend(patched(&id, &format!("Add File: {path}\n+{text}"))),
            Event::Edit(path, old, new) => {
                lines.extend(patched(&id, &format!("Update File: {path}\n@@\n-{old}\n+{new}")));
            }
            Event::Plan(todos) => {
                let plan: Vec<Value> = todos.iter().map(|(text, state)| json!({"step": text, "status": state})).collect();
                if script {
                    lines.push(exec(format!("const r = await tools.update_plan({});\ntext(r);", json!({"plan": plan}))));
                    lines.push(line("response_item", json!({"type": "custom_tool_call_output", "call_id": id, "output": "Plan updated"})));
                } else {
                    lines.push(call("update_plan", json!({"plan": plan})));
                    lines.push(line("response_item", json!({"type": "function_call_output", "call_id": id, "output": "Plan updated"})));
                }
            }
            Event::TurnEnd => lines.push(line("event_msg", json!({"type": "task_complete", "turn_id": "t"}))),
            Event::Compacted(text) => lines.push(line("compacted", json!({"message": text}))),
            Event::Clear => {}
            Event::Interrupted => lines.push(line("event_msg", json!({"type": "turn_aborted", "reason": "interrupted"}))),
            Event::Limit => lines.push(line("event_msg", json!({"type": "task_complete", "last_agent_message": null,
                "error": {"message": "You've hit your usage limit.", "codex_error_info": "usage_limit_exceeded"}}))),
        }
    }
    lines_of(&lines)
}

/// A call of `apply_patch` and what it answers.
fn patched(id: &str, change: &str) -> [Value; 2] {
    let patch = format!("*** Begin Patch\n*** {change}\n*** End Patch");
    let item =
        |payload: Value| json!({"timestamp": AT, "type": "response_item", "payload": payload});
    let output = "{\"output\":\"Success\",\"metadata\":{\"exit_code\":0}}";
    [
        item(
            json!({"type": "custom_tool_call", "name": "apply_patch", "input": patch, "call_id": id}),
        ),
        item(json!({"type": "custom_tool_call_output", "call_id": id, "output": output})),
    ]
}

fn lines_of(records: &[Value]) -> String {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}
