//! What a handoff is told from: the work of one or more sessions as one story, in a bounded number
//! of bytes, each part with the place that it rests on.

use std::fmt;

use super::id::SessionId;
use super::transcript::Todo;

/// A line of a stored transcript: `S-012#t41`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The session.
    pub session: SessionId,
    /// The line of its transcript, from 1.
    pub turn: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#t{}", self.session, self.turn)
    }
}

/// The sessions of a topic, oldest first, as they stand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Story {
    /// What was said and is worth telling, in order.
    pub remarks: Vec<Remark>,
    /// Sentences that were said, told or not.
    pub sentences: u32,
    /// Shell commands, each with its last run, in the order of those.
    pub commands: Vec<Ran>,
    /// Files that were written and not put back, first touch first.
    pub files: Vec<Written>,
    /// The assistants' plans: the current one, before it what earlier sessions left open.
    pub plan: Vec<Planned>,
    /// What the person asked first of all, and where; its beginning.
    pub first_prompt: Option<(Place, String)>,
    /// Where the person asked last.
    pub last_prompt: Option<Place>,
    /// Where the assistant spoke last.
    pub last_reply: Option<Place>,
    /// Something happened after the last turn's end that the provider told.
    pub turn_open: bool,
    /// Where the assistant closed with a `loghop` block.
    pub block: Option<Place>,
    /// Its decisions that somebody spoke of again.
    pub reopened: Vec<Reopened>,
}

/// A decision that was spoken of again: perhaps taken back, perhaps not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reopened {
    /// The decision.
    pub text: String,
    /// The later word on it, as an index of the remarks.
    pub by: usize,
}

/// A sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// Where.
    pub place: Place,
    /// The person (true) or the assistant.
    pub by_user: bool,
    /// No transcript has it: it was read off the screen.
    pub seen: bool,
    /// The sentence, on one line.
    pub text: String,
    /// It forbids, limits or obliges, as far as its words tell.
    pub rule: bool,
    /// It ends with the mark of a question.
    pub asks: bool,
    /// How much a successor needs it: higher is more, about 0 to 10.
    pub worth: f32,
    /// The latest remark about the same thing, as an index: who tells this must tell that.
    pub later: Option<usize>,
    /// The person's latest one that names the same file or the like, if this one is the person's.
    pub again: Option<usize>,
}

/// The last run of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Where it was started.
    pub place: Place,
    /// The command, its first line.
    pub command: String,
    /// The folder that it ran in, where that is known.
    pub folder: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// The line of its output that tells most; may be empty.
    pub line: String,
    /// It only looked at something (`grep`, `ls`): its exit code is an answer, not a failure.
    pub is_probe: bool,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No answer was recorded.
    Unknown,
    /// It worked.
    Ok,
    /// It failed, with its exit code where that is told.
    Failed(Option<i32>),
    /// The person did not allow it.
    Refused,
}

/// A file that a tool wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it was last written.
    pub place: Place,
    /// Its path, as the tool got it.
    pub path: String,
    /// It was deleted.
    pub deleted: bool,
    /// A commit of the session holds it.
    pub committed: bool,
}

/// An item of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Where its plan was last written.
    pub place: Place,
    /// What and how far.
    pub todo: Todo,
}
