//! The packet that a run starts from.

use super::id::{HandoffId, ProviderName, TopicId};
use crate::clock::Timestamp;

/// What stands before and after a handoff that an assistant gets as a prompt, because it takes
/// nothing else. Between them is no word of the person's.
pub const HANDED_OVER: (&str, &str) = ("<loghop-handoff>", "</loghop-handoff>");

/// What the person said behind a handoff of ours; all of it where there is none.
pub fn own_words(text: &str) -> &str {
    let (open, close) = HANDED_OVER;
    if !text.starts_with(open) {
        return text;
    }
    text.rsplit_once(close).map_or("", |(_, after)| after.trim_start())
}

/// A handoff: what the next assistant is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Handoff {
    /// Its id.
    pub id: HandoffId,
    /// The assistant that it is for.
    pub provider: ProviderName,
    /// The goal.
    pub goal: String,
    /// When it was built.
    pub at: Option<Timestamp>,
    /// `built`, then the status of the session that started from it.
    pub status: String,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// Exit code of that session.
    pub returncode: Option<String>,
    /// Its topic.
    pub topic: Option<TopicId>,
    /// The whole document, in Markdown.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use super::own_words;

    #[test]
    fn a_handoff_of_ours_is_not_the_persons_word() {
        assert_eq!(own_words("<loghop-handoff>\ngo and do\n</loghop-handoff>\n\nnext"), "next");
        assert_eq!(own_words("<loghop-handoff>\ngo and do\n</loghop-handoff>"), "");
        assert_eq!(own_words("<loghop-handoff> cut"), "");
        assert_eq!(own_words("what is <loghop-handoff>?"), "what is <loghop-handoff>?");
    }
}
