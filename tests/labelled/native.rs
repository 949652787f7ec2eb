//! Scenes in the formats of the two clients.

use serde_json::{Value, json};

use super::scene::{Event, Scene};

const AT: &str = "2026-11-20T21:47:41.611Z";

/// As Claude Code writes it.
pub fn claude(scene: &Scene) -> String {
    let mut lines = Vec::new();
    for (n, event) in scene.events.iter().enumerate() {
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
            Event::Run { command, code, output } => {
                lines.push(call("Bash", json!({"command": command})));
                let text =
                    if *code == 0 { output.clone() } else { format!("Exit code {code}\n{output}") };
                lines.push(answer(&text, *code != 0));
            }
            Event::Write(path) => {
                lines.push(call("Edit", json!({"file_path": format!("/home/dev/app/{path}"), "old_string": "a", "new_string": "b"})));
                lines.push(answer("updated", false));
            }
            Event::Plan(todos) => {
                let todos: Vec<Value> = todos.iter().map(|(text, state)| json!({"content": text, "status": state, "activeForm": text})).collect();
                lines.push(call("TodoWrite", json!({"todos": todos})));
                lines.push(answer("ok", false));
            }
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
        }
    }
    lines_of(&lines)
}

/// As Codex writes it; with `script`, plans and commands stand in the JavaScript of `exec`.
pub fn codex(scene: &Scene, script: bool) -> String {
    let mut lines = Vec::new();
    for (n, event) in scene.events.iter().enumerate() {
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
            Event::Write(path) => {
                let patch = format!("*** Begin Patch\n*** Update File: {path}\n@@\n-a\n+b\n*** End Patch");
                lines.push(line("response_item", json!({"type": "custom_tool_call", "name": "apply_patch", "input": patch, "call_id": id})));
                lines.push(line("response_item", json!({"type": "custom_tool_call_output", "call_id": id, "output": "{\"output\":\"Success\",\"metadata\":{\"exit_code\":0}}"})));
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
            Event::Interrupted => lines.push(line("event_msg", json!({"type": "turn_aborted", "reason": "interrupted"}))),
            Event::Limit => lines.push(line("event_msg", json!({"type": "task_complete", "last_agent_message": null,
                "error": {"message": "You've hit your usage limit.", "codex_error_info": "usage_limit_exceeded"}}))),
        }
    }
    lines_of(&lines)
}

fn lines_of(records: &[Value]) -> String {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}
