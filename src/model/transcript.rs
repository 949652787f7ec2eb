//! What a provider's transcript says, in one vocabulary for all providers.

use crate::clock::Timestamp;

/// One thing that happened in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// When, as the provider recorded it.
    pub at: Option<Timestamp>,
    /// What.
    pub entry: Entry,
}

/// The kinds of things that happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// The person's own prompt (never injected context, never a slash command's echo).
    User {
        /// The prompt.
        text: String,
    },
    /// What the person chose or wrote where a tool of the assistant's asked: no request of its own.
    Answer {
        /// The answer.
        text: String,
    },
    /// The assistant's prose.
    Assistant {
        /// The prose.
        text: String,
        /// It was stopped while it streamed.
        cut: bool,
    },
    /// The assistant starts a tool.
    Call(ToolCall),
    /// A tool answered.
    Result(ToolResult),
    /// The whole to-do list, as it stands now.
    Plan(Vec<Todo>),
    /// The provider's service failed or refused.
    Failure(Failure),
    /// Earlier turns were replaced by this summary in the assistant's memory.
    Compaction {
        /// The summary; empty where it is not on disk.
        summary: String,
    },
    /// The person stopped the assistant.
    Interrupted,
    /// The provider reported that a turn came to its end.
    TurnEnd,
    /// Tokens of one API message (already counted once).
    Usage(Usage),
    /// A record of the transcript that could not be read: whatever it said is missing here.
    Unread,
    /// A command to the client itself, or what that answered: nothing of the conversation.
    Local {
        /// As the client keeps it.
        text: String,
    },
    /// Something that was said and stands in no transcript: the screen showed it.
    Seen(Seen),
}

/// Something that only the screen showed, recovered from the tape.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The person (true) or the assistant.
    pub by_user: bool,
    /// What was said, as it was drawn, without wraps and frames.
    pub text: String,
    /// Its end was not seen.
    pub cut: bool,
    /// Where on the tape it begins, in seconds from its start.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

/// Who knows of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// The provider's transcript, and the screen showed it.
    Both,
    /// The transcript alone.
    Transcript,
    /// The screen alone.
    Screen,
}

impl Witness {
    /// The word on disk.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Transcript => "transcript",
            Self::Screen => "screen",
        }
    }
}

/// A tool call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolCall {
    /// The provider's id of the call.
    pub id: String,
    /// The tool's name, as the provider calls it.
    pub name: String,
    /// One line for people: the command, the file, the question.
    pub summary: String,
    /// The shell command, if it is one.
    pub command: Option<String>,
    /// The folder that it runs in, where the provider tells it.
    pub folder: Option<String>,
    /// Files that it writes, as given.
    pub writes: Vec<String>,
    /// Of these, the files that were not there before.
    pub makes: Vec<String>,
    /// Of these, the files that are not there afterwards.
    pub removes: Vec<String>,
    /// Of these, the files that it leaves as the conversation found them.
    pub puts_back: Vec<String>,
}

/// A tool's answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolResult {
    /// The id of the call that it answers.
    pub id: String,
    /// Whether it worked.
    pub ok: bool,
    /// Exit code of a shell command, where the provider tells it.
    pub exit_code: Option<i32>,
    /// What it printed, cut in the middle over `transcript::TOOL_TEXT_MAX` bytes.
    pub text: String,
}

/// One item of the assistant's own plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// What is to be done.
    pub text: String,
    /// How far it is.
    pub state: TodoState,
}

/// How far a to-do is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TodoState {
    /// Not started.
    Pending,
    /// Being worked on.
    Active,
    /// Done.
    Done,
}

/// A failure of the provider's service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Of which kind.
    pub kind: FailureKind,
    /// The provider's words, one line.
    pub message: String,
    /// When a limit ends, where it is said.
    pub resets_at: Option<Timestamp>,
}

/// Kinds of service failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The person's allowance is used up, or requests come too fast.
    UsageLimit,
    /// Nobody is signed in, or the key is refused.
    Auth,
    /// The service is overloaded.
    Overloaded,
    /// Any other error.
    Other,
}

/// Token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Fresh input tokens.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Input tokens read from a cache.
    pub cache_read: u64,
    /// Input tokens written to a cache.
    pub cache_write: u64,
    /// Size of the model's context window, where it is told.
    pub window: Option<u64>,
}
