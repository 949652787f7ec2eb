//! Handoffs as frontmatter and Markdown.

use super::fields::{self, Fields};
use super::session::or_empty;
use crate::model::{Handoff, HandoffId, ProviderName};

/// Reads a handoff; its id is that of its file.
pub(crate) fn read(id: HandoffId, from: &Fields, body: &str) -> Handoff {
    Handoff {
        id,
        provider: ProviderName::new(fields::text(from, "provider")),
        goal: fields::text(from, "goal"),
        at: fields::time(from, "ts"),
        status: fields::text(from, "status"),
        updated: fields::time(from, "updated_at"),
        returncode: fields::optional(from, "returncode"),
        topic: fields::parsed(from, "topic_id"),
        body: body.to_owned(),
    }
}

/// Writes a handoff over the fields that its file has; those that we do not know stay.
pub(crate) fn write(handoff: &Handoff, over: &mut Fields) {
    fields::set_text(over, "id", handoff.id);
    fields::set_text(over, "provider", &handoff.provider);
    fields::set_text(over, "goal", &handoff.goal);
    fields::set_optional(over, "ts", handoff.at);
    fields::set_text(over, "status", &handoff.status);
    fields::set_optional(over, "updated_at", handoff.updated);
    fields::set_optional(over, "returncode", handoff.returncode.as_deref());
    fields::set_text(over, "topic_id", or_empty(handoff.topic));
}
