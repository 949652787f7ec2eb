//! Topics as frontmatter and Markdown.

use super::fields::{self, Fields};
use crate::model::{Topic, TopicId, TopicState};

/// The word for a topic that is done; every other one counts as active.
const CLOSED: &str = "closed";

/// Reads a topic; its id is that of its file.
pub(crate) fn read(id: TopicId, from: &Fields) -> Topic {
    let closed = fields::text(from, "status") == CLOSED;
    Topic {
        id,
        title: fields::text(from, "title"),
        state: if closed { TopicState::Closed } else { TopicState::Active },
        created: fields::time(from, "created_at"),
        updated: fields::time(from, "updated_at"),
        summary: fields::text(from, "summary"),
        sessions: fields::parsed_list(from, "session_ids"),
        todos_pending: fields::list(from, "todos_pending"),
    }
}

/// Writes a topic over the fields that its file has; those that we do not know stay.
pub(crate) fn write(topic: &Topic, over: &mut Fields) {
    fields::set_text(over, "id", topic.id);
    fields::set_text(over, "title", &topic.title);
    fields::set_text(over, "status", state_word(topic.state));
    fields::set_optional(over, "created_at", topic.created);
    fields::set_optional(over, "updated_at", topic.updated);
    fields::set_text(over, "summary", &topic.summary);
    fields::set_list(over, "session_ids", &topic.sessions);
    fields::set_list(over, "todos_pending", &topic.todos_pending);
}

/// The state as on disk.
pub(super) fn state_word(state: TopicState) -> &'static str {
    match state {
        TopicState::Active => "active",
        TopicState::Closed => CLOSED,
    }
}
