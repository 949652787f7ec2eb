//! The nouns: one type per concept, without files, formats or decisions.

pub mod digest;
pub mod ending;
pub mod handoff;
pub mod id;
pub mod live;
pub mod notes;
pub mod repo;
pub mod session;
pub mod size;
pub mod story;
pub mod switch;
pub mod tag;
pub mod timeline;
pub mod topic;
pub mod transcript;

pub use digest::{Digest, Drift, FileTouch, Said, ToolState, ToolUse};
pub use ending::Ending;
pub use handoff::{HANDED_OVER, Handoff, own_words};
pub use id::{HandoffId, ProviderName, SessionId, TopicId};
pub use live::{Activity, Captured, Live};
pub use notes::Notes;
pub use repo::{ChangedFile, Repo};
pub use session::{Session, Status, Witnesses};
pub use size::Size;
pub use story::{Outcome, Place, Planned, Ran, Remark, Reopened, Story, Written};
pub use switch::{Hold, Switch, SwitchStep};
pub use timeline::TimelineEvent;
pub use topic::{Topic, TopicState};
pub use transcript::{
    Entry, Failure, FailureKind, Seen, Todo, TodoState, ToolCall, ToolResult, Turn, Usage, Witness,
};
