//! Timeline events, one JSON object a line.

use serde_json::Value;

use super::fields::{self, Fields};
use super::session::{notes, or_empty, status_word};
use crate::model::{ProviderName, Session, TimelineEvent};

/// The kind of event that this version knows.
const KIND: &str = "session";
/// The version of the event's schema.
const SCHEMA_VERSION: u32 = 1;
/// Characters of the summary in an event.
const SUMMARY_MAX: usize = 1200;
/// Changed files named in an event.
const FILES_MAX: usize = 12;

/// The event of a session, as it is written.
pub(crate) fn write(session: &Session, session_path: &str) -> Value {
    let mut event = Fields::new();
    let files = &session.files_changed[..session.files_changed.len().min(FILES_MAX)];
    let summary: String = session.notes.summary.chars().take(SUMMARY_MAX).collect();
    fields::set_text(&mut event, "kind", KIND);
    fields::set_optional(&mut event, "ts", session.ended.or(session.started));
    fields::set_text(&mut event, "session_id", session.id);
    fields::set_text(&mut event, "provider", &session.provider);
    fields::set_text(&mut event, "status", status_word(session));
    fields::set_text(&mut event, "goal", &session.goal);
    fields::set_text(&mut event, "summary", summary);
    fields::set_list(&mut event, "decisions", &session.notes.decisions);
    fields::set_list(&mut event, "todos_done", &session.notes.todos_done);
    fields::set_list(&mut event, "todos_pending", &session.notes.todos_pending);
    fields::set_list(&mut event, "files_changed", files);
    event.insert("turns_captured".into(), Value::from(session.turns_captured));
    let transcript = session.transcript_path.as_deref();
    fields::set_text(&mut event, "transcript_path", transcript.unwrap_or_default());
    fields::set_text(&mut event, "session_path", session_path);
    fields::set_text(&mut event, "handoff_id", or_empty(session.handoff));
    fields::set_text(&mut event, "topic_id", or_empty(session.topic));
    event.insert("returncode".into(), session.returncode.clone().map_or(Value::Null, Value::from));
    event.insert("useful".into(), Value::from(session.is_useful()));
    event.insert("schema_version".into(), Value::from(SCHEMA_VERSION));
    event.into_iter().collect()
}

/// The event of a session that has none in the log.
pub(crate) fn of_session(session: &Session) -> TimelineEvent {
    TimelineEvent {
        at: session.ended.or(session.started),
        session: session.id,
        provider: session.provider.clone(),
        status: status_word(session),
        goal: session.goal.clone(),
        notes: session.notes.clone(),
        files_changed: session.files_changed.iter().take(FILES_MAX).cloned().collect(),
        turns_captured: session.turns_captured,
        handoff: session.handoff,
        topic: session.topic,
        returncode: session.returncode.clone(),
        useful: session.is_useful(),
    }
}

/// Reads one line; `None` when it is not an event of a session.
pub(crate) fn read(line: &str) -> Option<TimelineEvent> {
    let from: Fields = serde_json::from_str(line).ok()?;
    if fields::text(&from, "kind") != KIND {
        return None;
    }
    let status = fields::text(&from, "status");
    let turns_captured = fields::count(&from, "turns_captured").unwrap_or(0);
    let useful = from.get("useful").and_then(Value::as_bool);
    Some(TimelineEvent {
        at: fields::time(&from, "ts"),
        session: fields::parsed(&from, "session_id")?,
        provider: ProviderName::new(fields::text(&from, "provider")),
        goal: fields::text(&from, "goal"),
        notes: notes(&from),
        files_changed: fields::list(&from, "files_changed"),
        turns_captured,
        handoff: fields::parsed(&from, "handoff_id"),
        topic: fields::parsed(&from, "topic_id"),
        returncode: fields::optional(&from, "returncode"),
        useful: useful.unwrap_or(turns_captured > 0 && !status.ends_with("_empty")),
        status,
    })
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::SessionId;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn events_read_back_within_their_limits() {
        let now = Timestamp::from_second(1_700_000_000);
        let mut session = Session::start(SessionId(3), ProviderName::claude(), "g".into(), now);
        session.notes.summary = "ä".repeat(SUMMARY_MAX + 5);
        session.files_changed = (0..FILES_MAX + 3).map(|n| format!("f{n}")).collect();
        let line = json::line(&write(&session, ".loghop/sessions/S-003.md"));
        let event = read(&line).unwrap();
        assert_eq!(event.notes.summary.chars().count(), SUMMARY_MAX);
        assert_eq!(event.files_changed.len(), FILES_MAX);
        assert_eq!((event.session, event.status.as_str()), (SessionId(3), "running"));
        assert!(line.contains("\"returncode\": null") && line.contains("\"schema_version\": 1"));
    }

    proptest! {
        #[test]
        fn any_line_is_survived(text in any::<String>(), id in any::<i64>()) {
            let _ = read(&text);
            let near = json!({"kind": "session", "session_id": id, "summary": [id], "ts": text});
            let _ = read(&near.to_string());
        }
    }
}
