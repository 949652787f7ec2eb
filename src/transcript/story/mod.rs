//! Turns become the story that a handoff tells: what was said and matters, what was done and still
//! stands. Several transcripts one after the other are one story.
//!
//! Nothing here depends on the words of one language: what a sentence is worth follows from who
//! said it, where it stands, how much of it is said nowhere else, and what was said later.

mod effects;
mod prose;
mod reopened;
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

/// Bytes of the first request: more than of it is told.
const FIRST_MAX: usize = 4 << 10;

/// Bytes of text that a story holds at most while it is made.
pub const STORY_BYTES_MAX: usize =
    prose::BYTES_MAX + work::BYTES_MAX + 2 * PLAN_MAX * TODO_MAX + FIRST_MAX;

/// Builds a [`Story`] turn by turn.
#[derive(Debug)]
pub struct Teller {
    now: Place,
    prose: Prose,
    work: Work,
    /// What earlier sessions left open.
    earlier: Vec<Planned>,
    plan: Vec<Planned>,
    /// What the latest block decided, and what it left to do.
    decided: Vec<String>,
    pending: Vec<String>,
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
            decided: Vec::new(),
            pending: Vec::new(),
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
        if matches!(turn.entry, Entry::Usage(_) | Entry::Unread | Entry::Local { .. }) {
            // They have no line in a stored transcript.
            return;
        }
        self.now.turn = self.now.turn.saturating_add(1);
        self.story.turn_open = match &turn.entry {
            Entry::User { .. }
            | Entry::Answer { .. }
            | Entry::Assistant { .. }
            | Entry::Call(_)
            | Entry::Seen(_) => true,
            Entry::TurnEnd => false,
            _ => self.story.turn_open,
        };
        match &turn.entry {
            Entry::User { text } => self.user(text),
            Entry::Answer { text } => self.prose.answer(self.now, text),
            Entry::Assistant { text, .. } => self.assistant(text),
            Entry::Seen(seen) => {
                if seen.by_user {
                    self.user(&seen.text);
                } else {
                    self.assistant(&seen.text);
                }
                self.prose.was_seen(self.now);
            }
            Entry::Call(call) => {
                self.prose.work_goes_on();
                self.work.call(self.now, call);
            }
            Entry::Result(result) => self.work.result(result),
            Entry::Plan(todos) => self.plan(todos),
            Entry::TurnEnd | Entry::Interrupted => self.prose.message_ends(),
            Entry::Failure(_)
            | Entry::Compaction { .. }
            | Entry::Usage(_)
            | Entry::Unread
            | Entry::Local { .. } => {}
        }
    }

    fn user(&mut self, text: &str) {
        let first = || (self.now, clip::head(text, FIRST_MAX).into_owned());
        self.story.first_prompt.get_or_insert_with(first);
        self.prose.user(self.now, text);
        self.story.last_prompt = Some(self.now);
    }

    fn assistant(&mut self, text: &str) {
        self.prose.assistant(self.now, text);
        self.story.last_reply = Some(self.now);
        if let Some(block) = notes::block(text) {
            self.story.block = Some(self.now);
            self.decided = block.decisions.unwrap_or_default();
            self.pending = block.todos_pending.unwrap_or_default();
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
        let remarks = worth::remarks(self.prose.sentences());
        let reopened = |place| {
            let mut all = reopened::decisions(place, &self.decided, &remarks);
            all.extend(reopened::todos(place, &self.pending, &remarks));
            all
        };
        Story {
            reopened: self.story.block.map(reopened).unwrap_or_default(),
            remarks,
            sentences: self.prose.count(),
            commands: self.work.commands(),
            files: self.work.files(),
            plan: self.earlier.iter().chain(&self.plan).cloned().collect(),
            ..self.story.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Outcome, ToolCall, Usage};
    use crate::transcript::tool;

    fn tell(sessions: &[&[Entry]]) -> Story {
        let mut teller = Teller::new(SessionId(1));
        for (n, entries) in sessions.iter().enumerate() {
            if n > 0 {
                teller.session(SessionId(n as u32 + 1));
            }
            entries.iter().for_each(|e| teller.apply(&Turn { at: None, entry: e.clone() }));
        }
        teller.story()
    }

    fn user(text: &str) -> Entry {
        Entry::User { text: text.into() }
    }

    fn ran(id: &str, command: &str, code: i32) -> [Entry; 2] {
        let call = ToolCall { command: Some(command.into()), ..tool::call(id, "Bash", command) };
        [Entry::Call(call), Entry::Result(tool::result(id, code == 0, Some(code), "error: no"))]
    }

    fn wrote(path: &str) -> [Entry; 2] {
        let call = tool::write(path, "Edit", path);
        [Entry::Call(call), Entry::Result(tool::result(path, true, None, ""))]
    }

    fn files(steps: &[[Entry; 2]]) -> Vec<String> {
        tell(&[&steps.concat()]).files.into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn places_are_lines_of_the_stored_transcript() {
        let usage = Entry::Usage(Usage::default());
        let story = tell(&[&[usage, user("a"), Entry::TurnEnd], &[user("b")]]);
        assert_eq!(story.remarks[0].place.to_string(), "S-001#t1");
        assert_eq!(story.last_prompt.unwrap().to_string(), "S-002#t1");
        assert!(story.turn_open);
    }

    #[test]
    fn what_was_put_back_is_not_changed() {
        let (a, b) = (|| wrote("/home/dev/app/src/a.rs"), || wrote("src/b.rs"));
        let git = |command: &str| ran(command, command, 0);
        assert_eq!(files(&[a(), b(), git("git checkout -- src/a.rs")]), ["src/b.rs"]);
        assert_eq!(files(&[a(), b(), git("git stash")]), Vec::<String>::new());
        assert_eq!(files(&[b(), git("git stash"), git("git stash pop")]), ["src/b.rs"]);
        let kept = files(&[a(), git("git commit -qam x"), a(), b(), git("git restore .")]);
        assert_eq!(kept, ["/home/dev/app/src/a.rs"]);
        let undone = files(&[a(), git("git commit -qam x"), git("git reset --hard HEAD~1"), b()]);
        assert_eq!(undone, ["src/b.rs"]);
        let failed = ran("f", "git checkout -- src/b.rs", 1);
        assert_eq!(files(&[b(), failed]), ["src/b.rs"]);
        let scratch = [ran("c", "echo x > t.py", 0), ran("d", "rm t.py", 0)];
        assert_eq!(files(&scratch), Vec::<String>::new());
    }

    #[test]
    fn what_a_session_made_and_took_away_is_no_change() {
        let patch = |text: &str| {
            let text = format!("*** Begin Patch\n{text}\n*** End Patch");
            let call = tool::patch("p", "apply_patch", tool::Patched::of(&text));
            [Entry::Call(call), Entry::Result(tool::result("p", true, None, "Success"))]
        };
        let add = || patch("*** Add File: a.rs\n+x");
        let sh = |command: &str| ran(command, command, 0);
        let none = Vec::<String>::new();
        assert_eq!(files(&[add(), sh("git rm -f a.rs")]), none);
        assert_eq!(files(&[add(), patch("*** Delete File: a.rs")]), none);
        assert_eq!(files(&[add(), sh("git mv a.rs b.rs")]), ["b.rs"]);
        let moved = patch("*** Update File: a.rs\n*** Move to: b.rs\n@@\n-x\n+y");
        assert_eq!(files(&[add(), moved.clone()]), ["b.rs"]);
        assert_eq!(files(&[moved.clone(), sh("rm b.rs")]), ["a.rs"], "it was there before");
        let deleted = tell(&[&moved]).files.iter().map(|f| f.deleted).collect::<Vec<_>>();
        assert_eq!(deleted, [true, false]);
        let commit = || sh("git add -A && git commit -qm x");
        assert_eq!(files(&[add(), commit(), wrote("b.rs"), sh("git revert HEAD")]), ["b.rs"]);
        let reopened = [add(), commit(), sh("git reset --soft HEAD~1"), sh("git checkout -- a.rs")];
        assert_eq!(files(&reopened), none);
    }

    #[test]
    fn what_was_not_allowed_is_told_until_it_is_done() {
        let answer = "The user doesn't want to proceed with this tool use.";
        let [call, _] = ran("1", "make deploy", 1);
        let refused = [call, Entry::Result(tool::result("1", false, None, answer))];
        let outcomes = |steps: &[[Entry; 2]]| {
            let story = tell(&[&steps.concat()]);
            story.commands.into_iter().map(|ran| ran.outcome).collect::<Vec<_>>()
        };
        assert_eq!(outcomes(std::slice::from_ref(&refused)), [Outcome::Refused]);
        assert_eq!(outcomes(&[refused, ran("2", "make deploy", 0)]), [Outcome::Ok]);
    }

    #[test]
    fn a_check_that_works_again_is_not_failing() {
        let steps =
            [ran("1", "cargo test", 101), ran("2", "npm test", 1), ran("3", "cargo test x", 0)];
        let failing: Vec<String> = tell(&[&steps.concat()])
            .commands
            .into_iter()
            .filter(|ran| matches!(ran.outcome, Outcome::Failed(_)))
            .map(|ran| ran.command)
            .collect();
        assert_eq!(failing, ["npm test"]);
    }

    #[test]
    fn what_earlier_sessions_left_open_stays_until_it_is_done() {
        let todo = |text: &str, state| Todo { text: text.into(), state };
        let first = [Entry::Plan(vec![
            todo("one", TodoState::Done),
            todo("two", TodoState::Pending),
            todo("three", TodoState::Active),
        ])];
        let second = [Entry::Plan(vec![todo("two", TodoState::Done)])];
        let plan = tell(&[&first, &second]).plan;
        let told: Vec<(&str, TodoState)> =
            plan.iter().map(|item| (item.todo.text.as_str(), item.todo.state)).collect();
        assert_eq!(told, [("three", TodoState::Active), ("two", TodoState::Done)]);
    }

    #[test]
    fn the_last_word_on_a_subject_is_known() {
        let story = tell(&[&[
            user("Use Redis for the queue."),
            user("The header stays blue."),
            user("The queue moves to Postgres after all."),
        ]]);
        assert_eq!(story.remarks[0].later, Some(2));
    }
}
