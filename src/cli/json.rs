//! The envelope that `--json` prints, and the on-the-wire form of the nouns.
//!
//! Both are a contract with scripts (schema `loghop.cli.result`, version 1): keys are never renamed
//! or dropped, only added. Keys are sorted, and the home folder is shown as `~`.

use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::error::{Error, Kind};
use crate::model::{Handoff, Session, TimelineEvent, Topic, TopicState};

/// Name of the envelope's form.
const SCHEMA: &str = "loghop.cli.result";
/// Its version; it grows only when a key changes its meaning.
const SCHEMA_VERSION: u32 = 1;

/// The envelope around a command's result. The result's keys are repeated at the top level and win
/// over the envelope's own `events`, as scripts know it from `timeline`.
pub(super) fn envelope(code: u8, events: Vec<Value>, result: Map<String, Value>) -> Value {
    let mut all = Map::new();
    all.insert("events".into(), Value::Array(events));
    all.extend(result.clone());
    all.insert("schema".into(), SCHEMA.into());
    all.insert("schema_version".into(), SCHEMA_VERSION.into());
    all.insert("ok".into(), (code == 0).into());
    all.insert("code".into(), code.into());
    all.insert("result".into(), Value::Object(result));
    Value::Object(all)
}

/// The result of a command that failed.
pub(super) fn failure(error: &Error) -> Map<String, Value> {
    let mut result = Map::new();
    result.insert("error".into(), error.to_string().into());
    result.insert("error_code".into(), error.kind.code().into());
    if error.kind == Kind::NotInitialized {
        result.insert("initialized".into(), false.into());
    }
    result
}

/// The members of a JSON object; anything else has none.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A session as `sessions` shows it, without its document.
pub(super) fn session(session: &Session) -> Value {
    json!({
        "id": session.id.to_string(),
        "provider": session.provider.as_str(),
        "goal": session.goal,
        "handoff_id": text(session.handoff),
        "topic_id": text(session.topic),
        "status": status(session),
        "summary": session.notes.summary,
        "decisions": session.notes.decisions,
        "todos_pending": session.notes.todos_pending,
        "todos_done": session.notes.todos_done,
        "files_changed": session.files_changed,
        "ts_start": moment(session.started),
        "ts_end": moment(session.ended),
        "returncode": session.returncode,
        "output": session.output,
        "transcript_path": session.transcript_path,
        "cast_path": session.cast_path,
        "claude_session_id": session.native_id.clone().unwrap_or_default(),
        "turns_captured": session.turns_captured,
        "stop_reason": session.stop_reason,
        "ended_by": session.ended_by,
        "witnesses": session.witnesses.map(|of| json!({
            "native": of.native,
            "screen": of.screen,
            "matched": of.matched,
            "recovered": of.recovered,
        })),
        "gaps": session.gaps,
        "path": session_path(session.id),
        "md_path": null,
    })
}

/// A handoff as `handoff` and `status` show it, without its document.
pub(super) fn handoff(handoff: &Handoff) -> Value {
    json!({
        "id": handoff.id.to_string(),
        "provider": handoff.provider.as_str(),
        "goal": handoff.goal,
        "ts": moment(handoff.at),
        "status": handoff.status,
        "updated_at": moment(handoff.updated),
        "returncode": handoff.returncode,
        "topic_id": text(handoff.topic),
        "path": format!(".loghop/handoffs/{}.md", handoff.id),
        "md_path": null,
        "markdown": "",
        "packet": {},
    })
}

/// A topic as `topics` shows it, without its document.
pub(super) fn topic(topic: &Topic) -> Value {
    let state = match topic.state {
        TopicState::Active => "active",
        TopicState::Closed => "closed",
    };
    let sessions: Vec<String> = topic.sessions.iter().map(ToString::to_string).collect();
    json!({
        "id": topic.id.to_string(),
        "title": topic.title,
        "status": state,
        "created_at": moment(topic.created),
        "updated_at": moment(topic.updated),
        "summary": topic.summary,
        "session_ids": sessions,
        "todos_pending": topic.todos_pending,
        "path": format!(".loghop/topics/{}.md", topic.id),
        "md_path": null,
        "markdown": "",
    })
}

/// A timeline event, as it stands in the event log.
pub(super) fn timeline_event(event: &TimelineEvent) -> Value {
    json!({
        "kind": "session",
        "ts": moment(event.at),
        "session_id": event.session.to_string(),
        "session_path": session_path(event.session),
        "transcript_path": format!(".loghop/sessions/{}.transcript.jsonl", event.session),
        "provider": event.provider.as_str(),
        "status": event.status,
        "goal": event.goal,
        "summary": event.notes.summary,
        "decisions": event.notes.decisions,
        "todos_done": event.notes.todos_done,
        "todos_pending": event.notes.todos_pending,
        "files_changed": event.files_changed,
        "turns_captured": event.turns_captured,
        "handoff_id": text(event.handoff),
        "topic_id": text(event.topic),
        "returncode": event.returncode,
    })
}

/// The word for a session's status, with `_empty` where nothing was captured.
pub(super) fn status(session: &Session) -> String {
    let empty = if session.empty { "_empty" } else { "" };
    format!("{}{empty}", session.status.as_str())
}

/// Where a session's document lies, relative to the repository.
fn session_path(id: crate::model::SessionId) -> String {
    format!(".loghop/sessions/{id}.md")
}

/// An id that may be missing; scripts know the empty string for it.
fn text(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// A time that may be missing; scripts know the empty string for it.
fn moment(at: Option<Timestamp>) -> String {
    text(at)
}

/// Shows the home folder as `~` in every string of `value`.
pub(super) fn shorten_home(value: &mut Value, home: &str) {
    match value {
        Value::String(text) => *text = with_tilde(text, home),
        Value::Array(items) => items.iter_mut().for_each(|item| shorten_home(item, home)),
        Value::Object(members) => members.values_mut().for_each(|item| shorten_home(item, home)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `text` with the home folder as `~`, wherever it stands as a whole folder and not as a part of
/// another name. A home of `/` or `.` would match everywhere and is left alone.
pub(super) fn with_tilde(text: &str, home: &str) -> String {
    let home = home.trim_end_matches('/');
    if home.len() < 2 {
        return text.to_owned();
    }
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(home) {
        let (before, after) = (&rest[..at], &rest[at + home.len()..]);
        let starts = !before.ends_with(is_path_char);
        let ends = !after.starts_with(|c| c != '/' && is_path_char(c));
        short.push_str(before);
        short.push_str(if starts && ends { "~" } else { home });
        rest = after;
    }
    short + rest
}

/// Whether `c` would continue a path rather than stand beside it.
fn is_path_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_folder_is_shown_as_a_tilde_where_it_is_a_whole_folder() {
        let table = [
            ("/home/ann/x", "~/x"),
            ("`/home/ann`", "`~`"),
            ("a /home/ann/x and /home/ann/y", "a ~/x and ~/y"),
            ("/home/anna/x", "/home/anna/x"),
            ("/srv/home/ann/x", "/srv/home/ann/x"),
            ("/home/ann.old", "/home/ann.old"),
            ("", ""),
        ];
        for (long, short) in table {
            assert_eq!(with_tilde(long, "/home/ann"), short, "{long}");
        }
        assert_eq!(with_tilde("/a/b", "/"), "/a/b");
        assert_eq!(with_tilde("a.b", "."), "a.b");
    }

    #[test]
    fn result_keys_are_repeated_and_win_over_events() {
        let result = object(json!({"events": [1], "goal": "g"}));
        let all = envelope(0, vec![json!({"type": "line"})], result);
        assert_eq!(all["events"], json!([1]));
        assert_eq!(all["goal"], all["result"]["goal"]);
        let keys: Vec<&String> = all.as_object().unwrap().keys().collect();
        assert!(keys.is_sorted(), "{keys:?}");
    }
}
