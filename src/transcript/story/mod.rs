//! Turns become the story that a handoff tells: what was said and matters, what was done and still
//! stands. Several transcripts one after the other are one story.
//!
//! Nothing here depends on the words of one language: what a sentence is worth follows from who
//! said it, where it stands, how much of it is said nowhere else, and what was said later.

mod prose;
mod shell;
mod words;
mod work;
mod worth;

use self::prose::Prose;
use self::work::Work;
use super::{clip, notes};
use crate::model::{Entry, Place, Planned, SessionId, Story, Todo, TodoState, Turn};

/// Items of all plans, and bytes of one.
const PLAN_MAX: usize = 200;
const TODO_MAX: usize = 500;

/// Bytes of text that a story holds at most while it is made.
pub const STORY_BYTES_MAX: usize = prose::BYTES_MAX + work::BYTES_MAX + 2 * PLAN_MAX * TODO_MAX;

/// Builds a [`Story`] turn by turn.
#[derive(Debug)]
pub struct Teller {
    now: Place,
    prose: Prose,
    work: Work,
    /// What earlier sessions left open.
    earlier: Vec<Planned>,
    plan: Vec<Planned>,
    story: Story,
}

impl Teller {
    /// Begins with the transcript of a session.
    pub fn new(session: SessionId) -> Self {
        Self {
            now: Place { session, turn: 0 },
            prose: Prose::default(),
            work: Work::default(),
            earlier: Vec::new(),
            plan: Vec::new(),
            story: Story::default(),
        }
    }

    /// Goes on with the transcript of a later session.
    pub fn session(&mut self, session: SessionId) {
        self.now = Place { session, turn: 0 };
        self.prose.message_ends();
        let open = self.plan.drain(..).filter(|item| item.todo.state != TodoState::Done);
        self.earlier.extend(open);
        let surplus = self.earlier.len().saturating_sub(PLAN_MAX);
        self.earlier.drain(..surplus);
    }

    /// Takes one turn in.
    pub fn apply(&mut self, turn: &Turn) {
        if matches!(turn.entry, Entry::Usage(_)) {
            // It has no line in a stored transcript.
            return;
        }
        self.now.turn = self.now.turn.saturating_add(1);
        self.story.turn_open = match &turn.entry {
            Entry::User { .. } | Entry::Assistant { .. } | Entry::Call(_) => true,
            Entry::TurnEnd => false,
            _ => self.story.turn_open,
        };
        match &turn.entry {
            Entry::User { text } => {
                self.prose.user(self.now, text);
                self.story.last_prompt = Some(self.now);
            }
            Entry::Assistant { text, .. } => {
                self.prose.assistant(self.now, text);
                self.story.last_reply = Some(self.now);
                if notes::block(text).is_some() {
                    self.story.block = Some(self.now);
                }
            }
            Entry::Call(call) => {
                self.prose.work_goes_on();
                self.work.call(self.now, call);
            }
            Entry::Result(result) => self.work.result(result),
            Entry::Plan(todos) => self.plan(todos),
            Entry::TurnEnd | Entry::Interrupted => self.prose.message_ends(),
            Entry::Failure(_) | Entry::Compaction { .. } | Entry::Usage(_) => {}
        }
    }

    fn plan(&mut self, todos: &[Todo]) {
        let kept = todos.iter().take(PLAN_MAX).map(|todo| Planned {
            place: self.now,
            todo: Todo { text: clip::head(&todo.text, TODO_MAX).into_owned(), ..*todo },
        });
        self.plan = kept.collect();
        // A later plan that has an item of an earlier session says how far it is.
        let plan = &self.plan;
        self.earlier.retain(|old| !plan.iter().any(|new| new.todo.text == old.todo.text));
    }

    /// The story so far.
    pub fn story(&self) -> Story {
        Story {
            remarks: worth::remarks(self.prose.sentences()),
            sentences: self.prose.count(),
            commands: self.work.commands(),
            files: self.work.files(),
            plan: self.earlier.iter().chain(&self.plan).cloned().collect(),
            ..self.story.clone()
        }
    }
}
