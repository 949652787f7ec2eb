//! What the assistants did and what is left of it: files that were written and not put back,
//! commands with their last run.

use std::collections::VecDeque;

use super::effects::{Effect, effects};
use super::shell::{self, Check, Simple};
use crate::model::{Outcome, Place, Ran, ToolCall, ToolResult, Written};
use crate::transcript::{clip, tool};

/// Calls that wait for their answers; a client runs a few at once.
const OPEN_MAX: usize = 256;

/// Commands that are kept with their last run: more than a handoff ever names.
const COMMANDS_MAX: usize = 120;

/// Files that are kept, as in a digest.
const FILES_MAX: usize = 500;

/// Bytes of a command as it is told.
const COMMAND_MAX: usize = 300;

/// Bytes of the telling line of an output.
const LINE_MAX: usize = 200;

/// Bytes that the story's work holds at most.
pub(super) const BYTES_MAX: usize = FILES_MAX * tool::PATH_MAX
    + (COMMANDS_MAX + OPEN_MAX) * (COMMAND_MAX + LINE_MAX + tool::PATH_MAX);

/// How the clients answer for a person who did not allow a call: it has not run.
const REFUSED: &[&str] =
    &["The user doesn't want to", "exec command rejected by user", "patch rejected by user"];

/// What Claude's `Write` answers when the file was there before.
const OVERWRITTEN: &str = "has been updated";

/// Replays calls and their answers.
#[derive(Debug, Default)]
pub(super) struct Work {
    open: VecDeque<Open>,
    runs: VecDeque<Run>,
    files: Vec<File>,
    stashed: Vec<File>,
    commits: u32,
}

#[derive(Debug)]
struct Open {
    place: Place,
    call: ToolCall,
}

#[derive(Debug)]
struct Run {
    id: String,
    told: Ran,
    check: Option<Check>,
}

#[derive(Debug, Clone)]
struct File {
    written: Written,
    /// The session made it: when it goes, nothing is left.
    made: bool,
    /// The first and the last commit that hold it; 0 where none does.
    commits: (u32, u32),
    /// Written since the last commit.
    dirty: bool,
    /// A command wrote it, of which nothing else is known.
    by_command: bool,
}

impl Work {
    pub(super) fn call(&mut self, place: Place, call: &ToolCall) {
        if self.open.len() == OPEN_MAX {
            self.open.pop_front();
        }
        self.open.push_back(Open { place, call: call.clone() });
    }

    pub(super) fn result(&mut self, result: &ToolResult) {
        let Some(at) = self.open.iter().rposition(|open| open.call.id == result.id) else {
            return self.correct(result);
        };
        let Some(open) = self.open.remove(at) else { return };
        if !result.ok && REFUSED.iter().any(|words| result.text.starts_with(words)) {
            return self.refused(&open);
        }
        let commands = open.call.command.as_deref().map(shell::split);
        if result.ok {
            self.wrote(&open, result);
            for effect in commands.iter().flat_map(|commands| effects(commands)) {
                self.take(effect, open.place);
            }
        }
        if let (Some(line), Some(commands)) = (&open.call.command, &commands) {
            self.ran(&open, line, commands, result);
        }
    }

    /// What the person did not allow counts until it is done after all.
    fn refused(&mut self, open: &Open) {
        let ToolCall { name, summary, command, .. } = &open.call;
        let told = Ran {
            place: open.place,
            command: command.as_deref().map_or_else(
                || format!("{name} {summary}"),
                |command| clip::one_line(command, COMMAND_MAX),
            ),
            folder: open.call.folder.clone(),
            outcome: Outcome::Refused,
            line: String::new(),
            is_probe: false,
        };
        self.remember(Run { id: open.call.id.clone(), told, check: None });
    }

    /// What a tool did to its files.
    fn wrote(&mut self, open: &Open, result: &ToolResult) {
        let ToolCall { name, writes, makes, removes, puts_back, .. } = &open.call;
        let is_new = name == "Write" && !result.text.contains(OVERWRITTEN);
        for path in writes.iter().take(tool::WRITES_MAX) {
            if removes.contains(path) && !makes.contains(path) {
                self.delete(path, open.place, true);
            } else {
                self.touch(path, open.place, is_new || makes.contains(path));
            }
        }
        for path in puts_back {
            self.put_back(path);
        }
    }

    /// A second answer to the same call knows better: the first said that it was still running.
    fn correct(&mut self, result: &ToolResult) {
        if let Some(run) = self.runs.iter_mut().rfind(|run| run.id == result.id) {
            run.told.outcome = outcome(result);
        }
    }

    fn ran(&mut self, open: &Open, line: &str, commands: &[Simple], result: &ToolResult) {
        let check = shell::check(commands);
        let told = Ran {
            place: open.place,
            command: clip::one_line(line, COMMAND_MAX),
            folder: open.call.folder.clone(),
            outcome: outcome(result),
            line: telling_line(result),
            is_probe: shell::is_probe(commands),
        };
        if told.outcome == Outcome::Ok {
            let passed = shell::passed(commands);
            let is_repaired = |run: &Run| {
                run.check.as_ref().is_some_and(|failed| passed.iter().any(|p| p.repairs(failed)))
            };
            self.runs
                .retain(|run| !matches!(run.told.outcome, Outcome::Failed(_)) || !is_repaired(run));
        }
        self.remember(Run { id: open.call.id.clone(), told, check });
    }

    /// The last run of a command is the one that counts.
    fn remember(&mut self, run: Run) {
        self.runs.retain(|old| old.told.command != run.told.command);
        if self.runs.len() == COMMANDS_MAX {
            // What works is the first to be forgotten.
            let at = self
                .runs
                .iter()
                .position(|run| run.told.outcome == Outcome::Ok || run.told.is_probe);
            self.runs.remove(at.unwrap_or(0));
        }
        self.runs.push_back(run);
    }

    fn touch(&mut self, path: &str, place: Place, made: bool) {
        let path = clip::head(path, tool::PATH_MAX);
        let known = self.files.iter_mut().find(|file| same(&file.written.path, &path));
        if let Some(file) = known {
            file.written =
                Written { place, path: path.into_owned(), deleted: false, ..file.written.clone() };
            file.dirty = true;
        } else if self.files.len() < FILES_MAX {
            let written =
                Written { place, path: path.into_owned(), deleted: false, committed: false };
            self.files.push(File {
                written,
                made,
                commits: (0, 0),
                dirty: true,
                by_command: false,
            });
        }
    }

    /// Its edits have taken each other back. What a command did to it beside them still stands,
    /// and so does what is committed.
    fn put_back(&mut self, path: &str) {
        let stands = |f: &File| f.commits.0 > 0 || f.by_command;
        self.files.retain(|f| stands(f) || !same(&f.written.path, path));
    }

    fn take(&mut self, effect: Effect, place: Place) {
        match effect {
            Effect::Write(path) => {
                self.touch(&path, place, true);
                let written = self.files.iter_mut().filter(|f| same(&f.written.path, &path));
                written.for_each(|file| file.by_command = true);
            }
            Effect::Change(path) => self.touch(&path, place, false),
            Effect::Delete(path) => self.delete(&path, place, false),
            Effect::Remove(path) => self.delete(&path, place, true),
            Effect::Restore(path) => self.restore(&path),
            Effect::Reset(back) => {
                self.restore(".");
                self.undo(back);
            }
            Effect::Undo(back) => self.undo(back),
            Effect::Reopen(back) => self.reopen(back),
            Effect::Commit => self.commit(),
            Effect::Stash => {
                let (dirty, kept) =
                    std::mem::take(&mut self.files).into_iter().partition(|f| f.dirty);
                (self.stashed, self.files) = (dirty, kept);
            }
            Effect::Unstash => self.files.append(&mut self.stashed),
        }
    }

    /// `was_there` says that it is no scratch file, even if nothing is known of it.
    fn delete(&mut self, path: &str, place: Place, was_there: bool) {
        // What the session made and nobody committed is gone without a trace.
        let before = self.files.len();
        self.files.retain(|f| !(f.made && f.commits.0 == 0 && lies_in(&f.written.path, path)));
        let mut known = before > self.files.len();
        for file in self.files.iter_mut().filter(|f| lies_in(&f.written.path, path)) {
            (file.written.deleted, file.written.place, file.dirty) = (true, place, true);
            known = true;
        }
        if was_there && !known && !path.contains('*') {
            self.touch(path, place, false);
            self.files.iter_mut().rev().take(1).for_each(|file| file.written.deleted = true);
        }
    }

    /// What was written since the last commit is put back; what a commit holds stays changed.
    fn restore(&mut self, path: &str) {
        self.files.retain(|f| f.commits.0 > 0 || !f.dirty || !lies_in(&f.written.path, path));
        for file in self.files.iter_mut().filter(|f| lies_in(&f.written.path, path)) {
            (file.dirty, file.written.deleted) = (false, false);
        }
    }

    /// Takes the last commits back.
    fn undo(&mut self, back: u32) {
        self.commits = self.commits.saturating_sub(back);
        let left = self.commits;
        self.files.retain(|f| f.commits.0 == 0 || f.commits.0 <= left);
    }

    fn reopen(&mut self, back: u32) {
        self.commits = self.commits.saturating_sub(back);
        let left = self.commits;
        for file in self.files.iter_mut().filter(|f| f.commits.1 > left) {
            let first = if file.commits.0 > left { 0 } else { file.commits.0 };
            (file.commits, file.dirty) = ((first, left), true);
            file.written.committed = first > 0;
        }
    }

    fn commit(&mut self) {
        self.commits += 1;
        let now = self.commits;
        for file in self.files.iter_mut().filter(|f| f.dirty) {
            let first = if file.commits.0 == 0 { now } else { file.commits.0 };
            (file.commits, file.dirty, file.written.committed) = ((first, now), false, true);
        }
    }

    pub(super) fn commands(&self) -> Vec<Ran> {
        let mut all: Vec<Ran> = self.runs.iter().map(|run| run.told.clone()).collect();
        let unanswered = self.open.iter().filter_map(|open| {
            let command = open.call.command.as_deref()?;
            Some(Ran {
                place: open.place,
                command: clip::one_line(command, COMMAND_MAX),
                folder: open.call.folder.clone(),
                outcome: Outcome::Unknown,
                line: String::new(),
                is_probe: shell::is_probe(&shell::split(command)),
            })
        });
        all.extend(unanswered);
        all
    }

    pub(super) fn files(&self) -> Vec<Written> {
        self.files.iter().map(|file| file.written.clone()).collect()
    }
}

fn outcome(result: &ToolResult) -> Outcome {
    if result.ok { Outcome::Ok } else { Outcome::Failed(result.exit_code) }
}

/// Whether two names of a file mean the same: tools name it absolutely or from a folder below.
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim_start_matches("./"), b.trim_start_matches("./"));
    let ends =
        |long: &str, short: &str| long.strip_suffix(short).is_some_and(|head| head.ends_with('/'));
    a == b || (b.starts_with('/') && ends(b, a)) || (a.starts_with('/') && ends(a, b))
}

/// Whether `path` is `of` or lies in it; `.` and `*` are everything.
fn lies_in(path: &str, of: &str) -> bool {
    let of = of.trim_start_matches("./").trim_end_matches('/');
    let below = || {
        let path = format!("/{}", path.trim_start_matches('/'));
        path.contains(&format!("/{}/", of.trim_start_matches('/')))
    };
    matches!(of, "" | "." | "*" | ":/") || same(path, of) || below()
}

/// The line of an output that says most: of a failure the first one that names it, else the last.
fn telling_line(result: &ToolResult) -> String {
    const NAMES: &[&str] = &["error", "fail", "panic", "exception", "fatal", "✗", "✘"];
    let lines = || {
        result.text.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric))
    };
    let named = |line: &&str| {
        let lower = line.to_lowercase();
        NAMES.iter().any(|name| lower.contains(name)) && !lower.starts_with("exit code")
    };
    let header = |line: &&str| {
        ![
            "Exit code",
            "Chunk ID",
            "Wall time",
            "Process exited",
            "Original token",
            "Output:",
            "Script ",
        ]
        .iter()
        .any(|start| line.starts_with(start))
    };
    let first = if result.ok { None } else { lines().find(named) };
    let told = first.or_else(|| lines().rev().find(header)).unwrap_or_default();
    clip::one_line(told, LINE_MAX)
}
