//! The words of the scripted assistants: who they are, what their script says, what happens to
//! them, what they do, what is seen.

use std::time::Duration;

use super::cast::Frame;
use crate::model::Size;

/// Which client is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Claude Code 2.1.197.
    Claude,
    /// Codex 0.169.0.
    Codex,
}

/// One thing that the assistant does in a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Says something, streamed.
    Say(String),
    /// Says something at the pace of a person who reads along.
    SaySlowly(String),
    /// Shows its plan: the steps and how far each is.
    Plan(Vec<Todo>),
    /// Uses a tool.
    Use(Tool),
    /// Hits the limit of the plan: the turn fails.
    UsageLimit,
    /// Is told to slow down, and tries again until it is interrupted.
    Retry,
    /// Writes this many bytes to the terminal.
    Flood(u64),
}

impl Step {
    /// Whether the client calls a tool for it.
    pub(super) fn is_call(&self) -> bool {
        matches!(self, Self::Plan(_) | Self::Use(_))
    }
}

/// A line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Todo {
    /// What is to be done.
    pub(super) text: String,
    /// `pending`, `in_progress` or `completed`, as both clients call them.
    pub(super) state: &'static str,
}

/// A tool call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tool {
    /// What it does.
    pub(super) action: Action,
    /// Why, for the person.
    pub(super) about: String,
    /// Whether the person is asked first.
    pub(super) asks: bool,
}

/// What a tool does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Runs a command line of `sh` in the working folder.
    Shell(String),
    /// Writes a whole file, named from the working folder.
    Write {
        /// Its path.
        path: String,
        /// Its text.
        content: String,
    },
}

/// Something that happens to the assistant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// Bytes from the terminal.
    Bytes(Vec<u8>),
    /// The terminal has another size.
    Resized(Size),
    /// A signal that the client handles; the number.
    Signal(i32),
    /// A tool has run.
    ToolRan(ToolOutput),
    /// Time has passed.
    Tick,
}

/// What a tool gave back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ToolOutput {
    /// What it printed.
    pub(super) text: String,
    /// Its exit code.
    pub(super) code: i32,
}

/// Something that the assistant does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Writes to the terminal.
    Write(Vec<u8>),
    /// Writes this many bytes of nothing in particular to the terminal.
    Flood(u64),
    /// Writes to its transcript.
    Record(Record),
    /// Tells others how it is: `idle`, `busy` or `waiting`.
    Status(&'static str),
    /// Runs a tool.
    Run(Tool),
    /// Starts another session (`/clear`).
    NewSession,
    /// Exits with this code, after the bytes of its way out.
    Leave(u8),
}

/// Something that belongs into the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    /// The person's prompt.
    Prompt(String),
    /// A reply that is complete.
    Reply {
        /// What it says.
        text: String,
        /// Tools follow in the same turn.
        goes_on: bool,
    },
    /// A plan.
    Plan(Vec<Todo>),
    /// A tool call; its result comes later.
    Call(Tool),
    /// What the last call gave back.
    Result(Tool, ToolOutput),
    /// The last call was not allowed.
    Denied(Tool),
    /// The turn failed at the usage limit.
    UsageLimit,
    /// The person stopped the turn while this much of a reply was shown.
    Interrupted(String),
    /// The turn ended by itself; its last reply.
    Ended(String),
}

/// One thing of the conversation, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// The person's words.
    Prompt(String),
    /// The assistant's words.
    Reply(String),
    /// A tool call.
    Call(Tool),
    /// What it gave back.
    Result(ToolOutput),
    /// A plan.
    Plan(Vec<Todo>),
    /// An error.
    Failure(String),
    /// The turn was stopped.
    Interrupted,
    /// The turn took this long.
    Worked(Duration),
}

/// What the assistant is busy with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mood {
    /// Waits for a prompt.
    Idle,
    /// Has heard one Ctrl+C.
    SureToLeave,
    /// Works; how often the spinner has turned.
    Working(u32),
    /// Tries again after an error; which attempt.
    Retrying(u32),
    /// Asks whether a tool may run.
    Asking(Tool),
}

/// Everything that a client paints from.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The conversation.
    pub(super) blocks: &'a [Block],
    /// The part of a reply that has streamed so far.
    pub(super) partial: Option<&'a str>,
    /// What stands in the composer.
    pub(super) draft: &'a str,
    /// What it is busy with.
    pub(super) mood: &'a Mood,
    /// The terminal.
    pub(super) size: Size,
}

/// How one client looks.
pub(super) trait Look {
    /// Which client it is.
    fn who(&self) -> Who;
    /// What it writes until it can be typed to.
    fn start(&mut self, size: Size) -> Vec<Frame>;
    /// Brings the screen to this view.
    fn paint(&mut self, view: &View<'_>) -> Vec<u8>;
    /// The same when nothing on the screen can be relied on.
    fn repaint(&mut self, view: &View<'_>) -> Vec<u8>;
    /// The window's title, and the state where the client tells it.
    fn announce(&self, mood: &Mood) -> Vec<u8>;
    /// The terminal said whether it has synchronized output.
    fn synchronized(&mut self, has: bool);
    /// What it writes on its way out; `session` can be resumed.
    fn end(&mut self, session: &str) -> Vec<u8>;
    /// How often the spinner turns.
    fn spin(&self) -> Duration;
    /// Time from Enter until the prompt is in the transcript.
    fn prompt_lag(&self) -> Duration;
}
