//! A transcript in a bounded number of bytes: what the panel shows and a handoff is made from.

use std::collections::{BTreeMap, VecDeque};

use super::notes::Notes;
use super::transcript::{Failure, Todo, Usage};
use crate::clock::Timestamp;

/// What a transcript says so far. `transcript::digest` fills it turn by turn; its size is bounded
/// whatever the transcript's length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Digest {
    /// Turns of person and assistant (prose), each counted once.
    pub turns: u32,
    /// The person's prompts.
    pub prompts: u32,
    /// Turns that the provider says have ended.
    pub turns_ended: u32,
    /// The first prompt.
    pub first_prompt: Option<Said>,
    /// The last prompt.
    pub last_prompt: Option<Said>,
    /// The assistant's last prose.
    pub last_reply: Option<Said>,
    /// Prose or a turn's end came after the last prompt, and nothing cut it.
    pub answered: bool,
    /// The last turn was stopped by the person.
    pub interrupted: bool,
    /// The last failure that nothing has followed.
    pub failure: Option<Failure>,
    /// Summary, decisions and todos: the last `loghop` block, else heuristics.
    pub notes: Notes,
    /// The assistant's own plan, as it stands.
    pub todos: Vec<Todo>,
    /// Files that tools wrote, first touch first.
    pub files: Vec<FileTouch>,
    /// The latest tool calls, oldest first.
    pub tools: VecDeque<ToolUse>,
    /// All tool calls.
    pub tool_calls: u32,
    /// Tool calls that failed.
    pub tool_failures: u32,
    /// Shell commands whose last run failed, oldest first.
    pub failing: Vec<ToolUse>,
    /// The latest things that were said, oldest first, for an excerpt.
    pub recent: VecDeque<Said>,
    /// Times that the assistant's memory was compacted.
    pub compactions: u32,
    /// Tokens, added up (`window` is the last one told).
    pub usage: Usage,
    /// Tokens in the context after the last message, where told.
    pub context_tokens: Option<u64>,
    /// What was not recognised.
    pub drift: Drift,
}

/// Something that somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The person (true) or the assistant.
    pub by_user: bool,
    /// When.
    pub at: Option<Timestamp>,
    /// The text, cut at `transcript::SAID_MAX` bytes.
    pub text: String,
    /// It was stopped while it streamed.
    pub cut: bool,
    /// No transcript has it: it was read off the screen.
    pub seen: bool,
}

/// A file that a tool wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTouch {
    /// Its path as the tool got it.
    pub path: String,
    /// How often it was written.
    pub times: u32,
}

/// A tool call and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolUse {
    /// The provider's id of the call.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// How it went.
    pub state: ToolState,
}

/// How a tool call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolState {
    /// No answer yet.
    Running,
    /// It worked.
    Ok,
    /// It failed, with an exit code where there is one.
    Failed(Option<i32>),
}

/// What a parser did not recognise: counted, never fatal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Records read, of any kind.
    pub records: u64,
    /// Lines that are not JSON objects.
    pub bad_lines: u64,
    /// Lines longer than `transcript::LINE_MAX`, skipped.
    pub long_lines: u64,
    /// Records of other sessions, skipped.
    pub foreign: u64,
    /// Records that stand there once more, skipped.
    pub doubled: u64,
    /// Turns that were said when the run was over, without loghop, skipped.
    pub later: u64,
    /// Kinds of records that we do not know, with counts; at most 64 names.
    pub unknown: BTreeMap<String, u64>,
}

/// Names of unknown records that are kept of several transcripts together, as in each of them.
const UNKNOWN_MAX: usize = 64;

impl Drift {
    /// Adds what was not recognised elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.bad_lines += other.bad_lines;
        self.long_lines += other.long_lines;
        self.foreign += other.foreign;
        self.doubled += other.doubled;
        self.later += other.later;
        for (name, count) in &other.unknown {
            if self.unknown.len() < UNKNOWN_MAX || self.unknown.contains_key(name) {
                *self.unknown.entry(name.clone()).or_default() += count;
            }
        }
    }
}
