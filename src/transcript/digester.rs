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

/// Commands that fail and are kept: who leaves more of them broken needs no list.
const FAILING_MAX: usize = 20;

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
    + (TOOLS_MAX + FAILING_MAX) * (2 * tool::NAME_MAX + tool::SUMMARY_MAX)
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
    /// Ids of the latest shell commands.
    commands: VecDeque<String>,
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
            Entry::Answer { text } => self.remember(said(turn, true, text, false)),
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
            Entry::Unread | Entry::Local { .. } => {}
            Entry::Seen(seen) => {
                let said = Said { seen: true, ..said(turn, seen.by_user, &seen.text, seen.cut) };
                if seen.by_user {
                    return self.user(said);
                }
                self.assistant(said);
                // What was read off a screen tells what it was about; nobody is bound by it.
                self.summarize(&seen.text);
            }
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
        if call.command.is_some() {
            if self.commands.len() == TOOLS_MAX {
                self.commands.pop_front();
            }
            self.commands.push_back(call.id.clone());
        }
        for path in call.writes.iter().take(tool::WRITES_MAX) {
            if self.writing.len() == WRITING_MAX {
                self.writing.pop_front();
            }
            let path = clip::head(path, tool::PATH_MAX).into_owned();
            self.writing.push_back((call.id.clone(), path));
        }
    }

    fn result(&mut self, result: &ToolResult) {
        let state = if result.ok { ToolState::Ok } else { ToolState::Failed(result.exit_code) };
        let known = self.digest.tools.iter_mut().rfind(|tool| tool.id == result.id);
        let failed_before = known.as_ref().is_some_and(|t| matches!(t.state, ToolState::Failed(_)));
        if !result.ok && !failed_before {
            self.digest.tool_failures += 1;
        } else if result.ok && failed_before {
            self.digest.tool_failures -= 1;
        }
        if let Some(tool) = known {
            tool.state = state;
            if self.commands.contains(&result.id) {
                // What a command did last is its state: an older failure of it is over.
                self.digest.failing.retain(|failing| failing.summary != tool.summary);
                if !result.ok {
                    self.digest.failing.push(tool.clone());
                }
            }
        }
        if self.digest.failing.len() > FAILING_MAX {
            self.digest.failing.remove(0);
        }
        self.settle_files(result);
    }

    /// A file counts as written when its tool says so: a refused call has written nothing.
    fn settle_files(&mut self, result: &ToolResult) {
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
        self.digest.todos = kept.map(cut).collect();
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
        self.summarize(text);
        if self.decisions_from.min(self.todos_from) == Source::Block {
            return;
        }
        for (cue, text) in notes::cues(text) {
            self.take_cue(cue, text);
        }
    }

    /// What was said last is the summary, where the assistant wrote none.
    fn summarize(&mut self, text: &str) {
        let summary = notes::summary(text);
        if self.summary_from < Source::Block && !summary.is_empty() {
            self.digest.notes.summary = summary;
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
    let (text, seen) = (clip::middle(text, SAID_MAX).into_owned(), false);
    Said { by_user, at: turn.at, text, cut, seen }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, FailureKind, Seen};

    fn digest(entries: &[Entry]) -> Digest {
        let mut digester = Digester::default();
        for entry in entries {
            digester.apply(&Turn { at: None, entry: entry.clone() });
        }
        digester.digest().clone()
    }

    fn asked(text: &str) -> Entry {
        Entry::User { text: text.into() }
    }

    fn said(text: &str) -> Entry {
        Entry::Assistant { text: text.into(), cut: false }
    }

    fn ran(id: &str, command: &str, ok: bool) -> [Entry; 2] {
        let call = ToolCall { command: Some(command.into()), ..tool::call(id, "Bash", command) };
        [Entry::Call(call), Entry::Result(tool::result(id, ok, None, ""))]
    }

    fn limit() -> Entry {
        let message = "limit".into();
        Entry::Failure(Failure { kind: FailureKind::UsageLimit, message, resets_at: None })
    }

    #[test]
    fn what_only_the_screen_has_is_a_summary_and_no_decision() {
        let text = "It is half done.\nDecision: use SQLite".to_owned();
        let seen = Seen { by_user: false, text, cut: true, from: 1.0, to: 2.0 };
        let notes = digest(&[asked("go"), Entry::Seen(seen)]).notes;
        assert!(notes.summary.starts_with("It is half done."), "{notes:?}");
        assert_eq!(notes.decisions, [""; 0]);
    }

    #[test]
    fn a_prompt_is_answered_by_what_nothing_followed_or_cut() {
        let cut = Entry::Assistant { text: "half".into(), cut: true };
        let [call, result] = ran("c", "ls", true);
        let table = [
            (vec![asked("a"), said("b")], true),
            (vec![asked("a"), Entry::TurnEnd], true),
            (vec![asked("a"), said("b"), call.clone()], false),
            (vec![asked("a"), call, result, said("b"), Entry::TurnEnd], true),
            (vec![asked("a"), said("b"), Entry::TurnEnd, asked("c")], false),
            (vec![asked("a"), cut.clone()], false),
            (vec![asked("a"), cut.clone(), Entry::TurnEnd], false),
            (vec![asked("a"), cut, Entry::Interrupted], false),
            (vec![asked("a"), said("b"), Entry::Interrupted, Entry::TurnEnd], false),
            (vec![asked("a"), limit(), Entry::TurnEnd], false),
            (vec![asked("a"), limit(), said("b")], true),
        ];
        for (entries, answered) in table {
            assert_eq!(digest(&entries).answered, answered, "{entries:?}");
        }
    }

    #[test]
    fn failures_and_interruptions_are_over_when_work_goes_on() {
        let stopped = digest(&[asked("a"), limit(), Entry::TurnEnd]);
        assert_eq!(stopped.failure.unwrap().kind, FailureKind::UsageLimit);
        assert_eq!(digest(&[asked("a"), limit(), asked("b")]).failure, None);
        assert!(digest(&[asked("a"), Entry::Interrupted]).interrupted);
        assert!(!digest(&[asked("a"), Entry::Interrupted, asked("b")]).interrupted);
    }

    #[test]
    fn a_repaired_command_does_not_fail_any_more() {
        let mut entries = Vec::new();
        for (id, command, ok) in
            [("1", "test", false), ("2", "lint", false), ("3", "test", true), ("4", "lint", false)]
        {
            entries.extend(ran(id, command, ok));
        }
        let digest = digest(&entries);
        let failing: Vec<&str> = digest.failing.iter().map(|tool| tool.id.as_str()).collect();
        assert_eq!((failing, digest.tool_failures), (vec!["4"], 3));
    }

    #[test]
    fn the_plan_counts_before_lines_and_the_block_before_the_plan() {
        let todo = |text: &str, state| Todo { text: text.into(), state };
        let lines = said("Decision: use it\n- [ ] one\n- [x] two\nTODO: three");
        let plan = Entry::Plan(vec![todo("p", TodoState::Done), todo("q", TodoState::Active)]);
        let block = said("Ok.\n```loghop\nsummary: S\ntodos_pending:\n- z\n```");
        let notes = digest(&[lines.clone(), said("- [x] one")]).notes;
        assert_eq!(
            (notes.todos_pending, notes.todos_done),
            (vec!["three".into()], vec!["two".into(), "one".into()])
        );
        let notes = digest(&[plan.clone(), lines.clone()]).notes;
        assert_eq!((notes.todos_pending, notes.todos_done), (vec!["q".into()], vec!["p".into()]));
        let all = digest(&[lines, block, plan, said("Bye.")]);
        assert_eq!(all.notes.summary, "S");
        assert_eq!(all.notes.todos_pending, ["z"]);
        assert_eq!(all.notes.decisions, ["use it"]);
        assert_eq!(all.todos.len(), 2);
    }

    #[test]
    fn tokens_add_up_and_the_context_is_the_last_one() {
        let usage = Usage { input: 1, output: 2, cache_read: 30, cache_write: 4, window: Some(9) };
        let digest = digest(&[Entry::Usage(usage), Entry::Usage(usage)]);
        assert_eq!((digest.usage.cache_read, digest.usage.window), (60, Some(9)));
        assert_eq!(digest.context_tokens, Some(37));
    }

    #[test]
    fn the_excerpt_is_a_ring_of_bytes() {
        let entries: Vec<Entry> =
            (0..50).map(|n| said(&format!("{n} {}", "x".repeat(1_000)))).collect();
        let digest = digest(&entries);
        let bytes: usize = digest.recent.iter().map(|said| said.text.len()).sum();
        assert!(bytes <= RECENT_MAX && bytes > RECENT_MAX - 1_010, "{bytes}");
        assert!(digest.recent.back().unwrap().text.starts_with("49 "));
    }
}
