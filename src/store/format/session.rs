//! Sessions as frontmatter.

use serde_json::{Value, json};

use super::fields::{self, Fields};
use crate::model::{Notes, ProviderName, Session, SessionId, Status, Witnesses};

/// What the status carries when nothing was captured.
const EMPTY_SUFFIX: &str = "_empty";
/// Characters of a headless run's output that are kept, as in 0.2.1.
const OUTPUT_MAX: usize = 50_000;
/// What ends an output that was longer.
const TRUNCATED: &str = "\n…[truncated]";

/// Reads a session; its id is that of its file.
pub(crate) fn read(id: SessionId, from: &Fields) -> Session {
    let word = fields::text(from, "status");
    let stem = word.strip_suffix(EMPTY_SUFFIX);
    Session {
        id,
        provider: ProviderName::new(fields::text(from, "provider")),
        goal: fields::text(from, "goal"),
        handoff: fields::parsed(from, "handoff_id"),
        topic: fields::parsed(from, "topic_id"),
        status: Status::from_word(stem.unwrap_or(&word)),
        empty: stem.is_some(),
        notes: notes(from),
        files_changed: fields::list(from, "files_changed"),
        started: fields::time(from, "ts_start"),
        ended: fields::time(from, "ts_end"),
        returncode: fields::optional(from, "returncode"),
        output: fields::text(from, "output"),
        transcript_path: fields::optional(from, "transcript_path"),
        cast_path: fields::optional(from, "cast_path"),
        native_id: fields::optional(from, "claude_session_id"),
        turns_captured: fields::count(from, "turns_captured").unwrap_or(0),
        prompts: fields::count(from, "prompts"),
        stop_reason: fields::optional(from, "stop_reason"),
        ended_by: fields::optional(from, "ended_by"),
        witnesses: from.get("witnesses").and_then(witnesses),
        gaps: fields::list(from, "gaps"),
    }
}

/// The counts of both witnesses; `None` where there are none.
fn witnesses(value: &Value) -> Option<Witnesses> {
    let counts = value.as_object()?;
    let count = |key| counts.get(key).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    Some(Witnesses {
        native: count("native")?,
        screen: count("screen")?,
        matched: count("matched")?,
        recovered: count("recovered")?,
    })
}

/// The counts as they stand in a session and in answers.
pub(crate) fn witnesses_value(of: &Witnesses) -> Value {
    json!({
        "native": of.native,
        "screen": of.screen,
        "matched": of.matched,
        "recovered": of.recovered,
    })
}

/// Summary, decisions and todos, which events have too.
pub(super) fn notes(from: &Fields) -> Notes {
    Notes {
        summary: fields::text(from, "summary"),
        decisions: fields::list(from, "decisions"),
        todos_pending: fields::list(from, "todos_pending"),
        todos_done: fields::list(from, "todos_done"),
    }
}

/// Writes a session over the fields that its file has; those that we do not know stay.
pub(crate) fn write(session: &Session, over: &mut Fields) {
    fields::set_text(over, "id", session.id);
    fields::set_text(over, "provider", &session.provider);
    fields::set_text(over, "goal", &session.goal);
    fields::set_text(over, "handoff_id", or_empty(session.handoff));
    fields::set_text(over, "topic_id", or_empty(session.topic));
    fields::set_text(over, "status", status_word(session));
    fields::set_text(over, "summary", &session.notes.summary);
    fields::set_list(over, "decisions", &session.notes.decisions);
    fields::set_list(over, "todos_pending", &session.notes.todos_pending);
    fields::set_list(over, "todos_done", &session.notes.todos_done);
    fields::set_list(over, "files_changed", &session.files_changed);
    fields::set_optional(over, "ts_start", session.started);
    fields::set_optional(over, "ts_end", session.ended);
    fields::set_optional(over, "returncode", session.returncode.as_deref());
    fields::set_text(over, "output", bounded_output(&session.output));
    fields::set_optional(over, "transcript_path", session.transcript_path.as_deref());
    fields::set_optional(over, "cast_path", session.cast_path.as_deref());
    fields::set_optional(over, "claude_session_id", session.native_id.as_deref());
    over.insert("turns_captured".into(), Value::from(session.turns_captured));
    match session.prompts {
        Some(prompts) => over.insert("prompts".into(), Value::from(prompts)),
        None => over.remove("prompts"),
    };
    fields::set_optional(over, "stop_reason", session.stop_reason.as_deref());
    fields::set_optional(over, "ended_by", session.ended_by.as_deref());
    match &session.witnesses {
        Some(witnesses) => over.insert("witnesses".into(), witnesses_value(witnesses)),
        None => over.remove("witnesses"),
    };
    if session.gaps.is_empty() {
        over.remove("gaps");
    } else {
        fields::set_list(over, "gaps", &session.gaps);
    }
}

/// The status as on disk.
pub(crate) fn status_word(session: &Session) -> String {
    let suffix = if session.empty { EMPTY_SUFFIX } else { "" };
    format!("{}{suffix}", session.status.as_str())
}

/// 0.2.1 writes an empty string where there is no id.
pub(super) fn or_empty(id: Option<impl std::fmt::Display>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn bounded_output(output: &str) -> String {
    match output.char_indices().nth(OUTPUT_MAX) {
        Some((end, _)) if !output.ends_with(TRUNCATED) => format!("{}{TRUNCATED}", &output[..end]),
        _ => output.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn sessions_read_back_and_unknown_keys_stay() {
        let now = Timestamp::from_second(1_700_000_000);
        let mut session = Session::start(SessionId(7), ProviderName::codex(), "g: 1".into(), now);
        session.status = Status::TimedOut;
        session.empty = true;
        session.notes.decisions = vec!["yes".into()];
        session.prompts = Some(3);
        session.witnesses = Some(Witnesses { native: 3, screen: 4, matched: 3, recovered: 1 });
        session.gaps = vec!["1 tool call has no result".into()];
        let mut fields = Fields::from([("mood".into(), Value::from("good"))]);
        write(&session, &mut fields);
        assert_eq!(fields::text(&fields, "status"), "timed_out_empty");
        assert_eq!(fields::text(&fields, "mood"), "good");
        assert_eq!(read(SessionId(7), &fields), session);
        session.prompts = None;
        write(&session, &mut fields);
        assert!(!fields.contains_key("prompts"));
    }

    #[test]
    fn long_output_is_cut_once() {
        let once = bounded_output(&"ä".repeat(OUTPUT_MAX + 1));
        assert_eq!(once.chars().count(), OUTPUT_MAX + TRUNCATED.chars().count());
        assert_eq!(bounded_output(&once), once);
        assert_eq!(bounded_output("short"), "short");
    }
}
