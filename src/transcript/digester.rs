//! Turns become a digest of bounded size that tells the current state, not the history: a todo
//! that was done later is done, a failure that something followed is over.

use std::collections::VecDeque;

use super::notes::{self, Cue};
use super::{SAID_MAX, clip, failure, tool};
use crate::model::{
    Digest, Entry, FileTouch, Said, Todo, TodoState, ToolCall, ToolResult, ToolState, ToolUse,
    Turn, Usage,
};

/// Tool calls that are kept: more than a tall panel shows.
const TOOLS_MAX: usize = 64;

/// Files that are kept. A session that writes more has run a generator; Git knows the rest.
const FILES_MAX: usize = 500;

/// Paths that wait for their tool's answer.
const WRITING_MAX: usize = 500;

/// Bytes of what was said last, for an excerpt of about six thousand tokens at most.
const RECENT_MAX: usize = 24 << 10;

/// Items of the assistant's own plan, and bytes of one.
const TODOS_MAX: usize = 200;
const TODO_MAX: usize = 500;

/// Items of a list of the notes, as of a block's.
const NOTES_MAX: usize = notes::ITEMS_MAX;

/// Bytes of text that a digest holds at most: the sum of the limits above.
pub const DIGEST_BYTES_MAX: usize = 3 * SAID_MAX
    + RECENT_MAX
    + FILES_MAX * tool::PATH_MAX
    + TOOLS_MAX * (2 * tool::NAME_MAX + tool::SUMMARY_MAX)
    + TODOS_MAX * TODO_MAX
    + failure::MESSAGE_MAX
    + 4 * (notes::SUMMARY_MAX + 3 * NOTES_MAX * notes::ITEM_MAX);

/// What a part of the notes was taken from; a higher source is not overruled by a lower one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    #[default]
    Lines,
    Plan,
    Block,
}

/// Builds a [`Digest`] turn by turn.
#[derive(Debug, Default)]
pub struct Digester {
    digest: Digest,
    /// Files of calls that have not been answered, by the call's id, oldest first.
    writing: VecDeque<(String, String)>,
    recent_bytes: usize,
    summary_from: Source,
    decisions_from: Source,
    todos_from: Source,
}

impl Digester {
    /// The digest so far. Its `drift` is the parser's to fill in.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Takes one turn in.
    pub fn apply(&mut self, turn: &Turn) {
        match &turn.entry {
            Entry::User { text } => self.user(said(turn, true, text, false)),
            Entry::Assistant { text, cut } => {
                self.assistant(said(turn, false, text, *cut));
                self.note(text);
            }
            Entry::Call(call) => self.call(call),
            Entry::Result(result) => self.result(result),
            Entry::Plan(todos) => self.plan(todos),
            Entry::Failure(failure) => {
                let mut failure = failure.clone();
                failure.message = clip::head(&failure.message, failure::MESSAGE_MAX).into_owned();
                self.digest.failure = Some(failure);
                self.digest.answered = false;
            }
            Entry::Compaction { .. } => self.digest.compactions += 1,
            Entry::Interrupted => {
                self.digest.interrupted = true;
                self.digest.answered = false;
            }
            Entry::TurnEnd => self.turn_end(),
            Entry::Usage(usage) => self.usage(usage),
        }
    }

    fn user(&mut self, said: Said) {
        let digest = &mut self.digest;
        digest.prompts += 1;
        digest.turns += 1;
        digest.answered = false;
        digest.interrupted = false;
        digest.failure = None;
        digest.first_prompt.get_or_insert_with(|| said.clone());
        digest.last_prompt = Some(said.clone());
        self.remember(said);
    }

    fn assistant(&mut self, said: Said) {
        let digest = &mut self.digest;
        digest.turns += 1;
        digest.answered = !said.cut;
        digest.interrupted = false;
        digest.failure = None;
        digest.last_reply = Some(said.clone());
        self.remember(said);
    }

    fn remember(&mut self, said: Said) {
        self.recent_bytes += said.text.len();
        self.digest.recent.push_back(said);
        while self.recent_bytes > RECENT_MAX
            && let Some(oldest) = self.digest.recent.pop_front()
        {
            self.recent_bytes -= oldest.text.len();
        }
    }

    /// Prose before a tool call announces work; only prose after it can be the answer.
    fn call(&mut self, call: &ToolCall) {
        let digest = &mut self.digest;
        digest.tool_calls += 1;
        digest.answered = false;
        digest.interrupted = false;
        digest.failure = None;
        if digest.tools.len() == TOOLS_MAX {
            digest.tools.pop_front();
        }
        digest.tools.push_back(ToolUse {
            id: clip::head(&call.id, tool::NAME_MAX).into_owned(),
            name: clip::head(&call.name, tool::NAME_MAX).into_owned(),
            summary: clip::head(&call.summary, tool::SUMMARY_MAX).into_owned(),
            state: ToolState::Running,
        });
        for path in call.writes.iter().take(tool::WRITES_MAX) {
            if self.writing.len() == WRITING_MAX {
                self.writing.pop_front();
            }
            let path = clip::head(path, tool::PATH_MAX).into_owned();
            self.writing.push_back((call.id.clone(), path));
        }
    }

    /// A file counts as written when its tool says so: a refused call has written nothing.
    fn result(&mut self, result: &ToolResult) {
        let state = if result.ok { ToolState::Ok } else { ToolState::Failed(result.exit_code) };
        let known = self.digest.tools.iter_mut().rfind(|tool| tool.id == result.id);
        let before = known.map(|tool| std::mem::replace(&mut tool.state, state));
        let failed_before = matches!(before, Some(ToolState::Failed(_)));
        if !result.ok && !failed_before {
            self.digest.tool_failures += 1;
        } else if result.ok && failed_before {
            self.digest.tool_failures -= 1;
        }
        if self.writing.is_empty() {
            return;
        }
        for (id, path) in std::mem::take(&mut self.writing) {
            if id != result.id {
                self.writing.push_back((id, path));
            } else if result.ok {
                self.touch(path);
            }
        }
    }

    fn touch(&mut self, path: String) {
        let files = &mut self.digest.files;
        if let Some(file) = files.iter_mut().find(|file| file.path == path) {
            file.times = file.times.saturating_add(1);
        } else if files.len() < FILES_MAX {
            files.push(FileTouch { path, times: 1 });
        }
    }

    fn plan(&mut self, todos: &[Todo]) {
        let kept = todos.iter().take(TODOS_MAX);
        let cut = |t: &Todo| Todo { text: clip::head(&t.text, TODO_MAX).into_owned(), ..*t };
        self.digest.todos = kept.map(|t| cut(t)).collect();
        if self.todos_from > Source::Plan {
            return;
        }
        self.todos_from = Source::Plan;
        let (done, pending): (Vec<&Todo>, Vec<&Todo>) =
            self.digest.todos.iter().partition(|todo| todo.state == TodoState::Done);
        let texts = |todos: Vec<&Todo>| {
            let texts = todos.into_iter().take(NOTES_MAX);
            texts.map(|t| clip::characters(&t.text, notes::ITEM_MAX)).collect()
        };
        self.digest.notes.todos_done = texts(done);
        self.digest.notes.todos_pending = texts(pending);
    }

    /// Whatever ended a turn that failed or was stopped, it was not an answer.
    fn turn_end(&mut self) {
        let digest = &mut self.digest;
        digest.turns_ended += 1;
        let cut = digest.last_reply.as_ref().is_some_and(|reply| reply.cut)
            && digest.recent.back().is_some_and(|last| !last.by_user);
        digest.answered = digest.failure.is_none() && !digest.interrupted && !cut;
    }

    fn usage(&mut self, usage: &Usage) {
        let sum = &mut self.digest.usage;
        sum.input = sum.input.saturating_add(usage.input);
        sum.output = sum.output.saturating_add(usage.output);
        sum.cache_read = sum.cache_read.saturating_add(usage.cache_read);
        sum.cache_write = sum.cache_write.saturating_add(usage.cache_write);
        sum.window = usage.window.or(sum.window);
        let context = [usage.input, usage.cache_read, usage.cache_write, usage.output];
        self.digest.context_tokens = Some(context.into_iter().fold(0, u64::saturating_add));
    }

    /// Takes the notes of what the assistant said.
    fn note(&mut self, text: &str) {
        if let Some(block) = notes::block(text) {
            self.take_block(block);
        }
        if self.summary_from < Source::Block {
            let summary = notes::summary(text);
            if !summary.is_empty() {
                self.digest.notes.summary = summary;
            }
        }
        if self.decisions_from.min(self.todos_from) == Source::Block {
            return;
        }
        for (cue, text) in notes::cues(text) {
            self.take_cue(cue, text);
        }
    }

    fn take_block(&mut self, block: notes::Block) {
        let notes = &mut self.digest.notes;
        if let Some(summary) = block.summary.filter(|summary| !summary.is_empty()) {
            notes.summary = summary;
            self.summary_from = Source::Block;
        }
        if let Some(decisions) = block.decisions {
            notes.decisions = decisions;
            self.decisions_from = Source::Block;
        }
        if block.todos_done.is_some() || block.todos_pending.is_some() {
            notes.todos_done = block.todos_done.unwrap_or_default();
            notes.todos_pending = block.todos_pending.unwrap_or_default();
            self.todos_from = Source::Block;
        }
    }

    fn take_cue(&mut self, cue: Cue, text: &str) {
        let notes = &mut self.digest.notes;
        match cue {
            Cue::Decision if self.decisions_from == Source::Lines => {
                keep(&mut notes.decisions, text);
            }
            Cue::Pending if self.todos_from == Source::Lines => {
                let text = keep(&mut notes.todos_pending, text);
                notes.todos_done.retain(|done| *done != text);
            }
            Cue::Done if self.todos_from == Source::Lines => {
                let text = keep(&mut notes.todos_done, text);
                notes.todos_pending.retain(|open| *open != text);
            }
            _ => {}
        }
    }
}

/// Something said, cut to what a digest keeps.
fn said(turn: &Turn, by_user: bool, text: &str, cut: bool) -> Said {
    Said { by_user, at: turn.at, text: clip::middle(text, SAID_MAX).into_owned(), cut }
}

/// Adds an item that is new; the oldest one makes room. Returns it as it is kept.
fn keep(list: &mut Vec<String>, text: &str) -> String {
    let text = clip::characters(text, notes::ITEM_MAX);
    if !list.contains(&text) {
        if list.len() == NOTES_MAX {
            list.remove(0);
        }
        list.push(text.clone());
    }
    text
}
