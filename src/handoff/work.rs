//! What was done and what is left: todos, commands that fail, files, the last runs. Each line has
//! its place; those that can be checked later are written so that [`super::checks`] reads them.
//! What a line is worth decides what goes where not all has room.

use std::collections::{HashMap, HashSet};

use super::checks::within;
use super::section::Part;
use super::{Input, Previous, quote, state};
use crate::clock::Timestamp;
use crate::model::{Outcome, Place, Ran, Remark, Story, Written};

/// Entries of a list of todos or decisions, and characters of each.
pub(super) const ITEMS: (usize, usize) = (40, 240);
/// Changed files that are named, and characters of a path.
const FILES: (usize, usize) = (60, 200);
/// Commands that are named, and characters of each.
const COMMANDS: (usize, usize) = (12, 160);
/// Characters of a line of output.
const OUTPUT_MAX: usize = 160;
/// Done todos that are named: the latest.
const DONE_MAX: usize = 30;

/// What the first line of a list is worth, of each kind. Against each other: a command that fails
/// is looked for at once, a file can be asked of Git, what is done and what worked is history.
const DECISION: f32 = 10.0;
const FAILURE: f32 = 10.0;
const REFUSAL: f32 = 9.0;
const OPEN: f32 = 8.0;
const FILE: f32 = 6.0;
const FILE_AS_BEFORE: f32 = 3.0;
const PRINTED: f32 = 3.0;
const DONE: f32 = 2.5;
const RUN: f32 = 1.5;

/// A list of what others wrote, one line each.
fn list<'a>(mark: &str, items: impl Iterator<Item = (&'a str, Option<Place>)>, worth: f32) -> Part {
    let lines = items.map(|(text, place)| (quote::line(text), place));
    let lines = lines.filter(|(text, _)| !text.is_empty()).map(|(text, place)| {
        let text = quote::clip(&text, ITEMS.1).into_owned();
        format!("{mark}{}{}", quote::labelled(&text), at(place))
    });
    Part::list(lines, ITEMS.0, worth)
}

/// The evidence of a line, at its end.
fn at(place: Option<Place>) -> String {
    place.map(|place| format!(" · {place}")).unwrap_or_default()
}

/// The decisions that stand, and those of the last block that somebody spoke of again, each with
/// that later word.
pub(super) fn decisions(decisions: &[String], story: &Story) -> (Part, Part) {
    let (again, stands) =
        decisions.iter().partition::<Vec<_>, _>(|text| later(text, story).is_some());
    let stands = stands.into_iter().map(|text| (text.as_str(), story.block));
    (list("- ", stands, DECISION), spoken_of_again(&again, story, DECISION))
}

/// What somebody said later about an item of the last block.
fn later<'a>(text: &str, story: &'a Story) -> Option<&'a Remark> {
    let again = story.reopened.iter().find(|again| again.text == text)?;
    story.remarks.get(again.by)
}

fn spoken_of_again(texts: &[&String], story: &Story, worth: f32) -> Part {
    let lines = texts.iter().filter_map(|text| {
        let word = later(text, story)?;
        let who = if word.by_user { "the person" } else { "the assistant" };
        let [old, new] = [*text, &word.text].map(|text| quote::told(text, ITEMS.1));
        Some(format!("- {old}{} — later {who}: \"{new}\"{}", at(story.block), at(Some(word.place))))
    });
    Part::list(lines, ITEMS.0, worth)
}

/// What is left to do, with the place of the plan that says so, and what the last block left to do
/// and somebody spoke of later.
pub(super) fn open_todos(previous: &Previous) -> (Part, Part) {
    let story = previous.story;
    let todos = state::todos(previous);
    let places = places(previous);
    let place = |text: &str| places.get(&state::todo_key(text)).copied();
    let is_of_block = |text: &str| place(text).is_some() && place(text) == story.block;
    let (again, open) = todos
        .open
        .iter()
        .partition::<Vec<_>, _>(|text| is_of_block(text) && later(text, story).is_some());
    let open = open.into_iter().map(|text| (text.as_str(), place(text)));
    (list("- [ ] ", open, OPEN), spoken_of_again(&again, story, OPEN))
}

/// What is done, latest first.
pub(super) fn done_todos(previous: &Previous) -> Part {
    let done = state::todos(previous).done;
    let places = places(previous);
    let place = |text: &str| places.get(&state::todo_key(text)).copied();
    let shown = done.iter().rev().take(DONE_MAX).map(|t| (t.as_str(), place(t)));
    Part { known: done.len(), ..list("- [x] ", shown, DONE) }
}

/// Where each todo was planned last, or the block that names it, by its key.
fn places(previous: &Previous) -> HashMap<String, Place> {
    let (story, notes) = (previous.story, state::own_words(previous));
    let told = notes.todos_pending.iter().chain(&notes.todos_done);
    let told = told.filter_map(|todo| Some((todo, story.block?)));
    let planned = story.plan.iter().map(|item| (&item.todo.text, item.place));
    told.chain(planned).map(|(text, at)| (state::todo_key(&quote::line(text)), at)).collect()
}

/// Commands whose last run failed, and what they said.
pub(super) fn failing(input: &Input, previous: &Previous) -> Vec<Part> {
    let is_failing = |ran: &&Ran| matches!(ran.outcome, Outcome::Failed(_)) && !ran.is_probe;
    let all: Vec<&Ran> = previous.story.commands.iter().rev().filter(is_failing).collect();
    let edited = changed_after(input, previous.session.ended);
    let lines = all.iter().map(|ran| failure_line(ran, input.root, edited));
    let said = all.iter().take(COMMANDS.0).filter(|ran| !ran.line.is_empty());
    let said = said.map(|ran| output_line(ran, &ran.place.to_string()));
    let printed = Part {
        head: "What they printed:".into(),
        is_printed: true,
        known: 0,
        ..Part::list(said, COMMANDS.0, PRINTED)
    };
    vec![Part::list(lines, COMMANDS.0, FAILURE), printed]
}

/// Only a command that stands here word for word is a claim: what is shortened begins otherwise.
fn failure_line(ran: &Ran, root: &str, edited: bool) -> String {
    let code = match ran.outcome {
        Outcome::Failed(Some(code)) => format!("exit code {code}"),
        _ => "no exit code told".to_owned(),
    };
    let command = quote::exact_code(&ran.command, COMMANDS.1).unwrap_or_else(|| {
        format!("shortened: {}", quote::code(&quote::clip(&ran.command, COMMANDS.1)))
    });
    let folder = ran.folder.as_deref().map(|folder| within(folder, root));
    let folder = folder.and_then(|folder| quote::exact_code(folder, FILES.1));
    let folder = folder.map(|folder| format!(" · in {folder}")).unwrap_or_default();
    let stale = if edited { " (files were changed since: run it again)" } else { "" };
    format!("- {command} fails, {code}{}{folder}{stale}", at(Some(ran.place)))
}

fn output_line(ran: &Ran, head: &str) -> String {
    let line = quote::line(&ran.line);
    format!("{head}: {}\n", quote::clip(&quote::labelled(&line), OUTPUT_MAX))
}

/// Whether a file of the working tree was changed after the session had ended.
fn changed_after(input: &Input, ended: Option<Timestamp>) -> bool {
    let after = |at: &Timestamp| ended.is_some_and(|ended| *at > ended);
    input.tree.iter().filter_map(|file| file.modified).any(|at| after(&at))
}

/// Calls that the person did not allow, latest first.
pub(super) fn refused(story: &Story) -> Part {
    let all = story.commands.iter().rev().filter(|ran| ran.outcome == Outcome::Refused);
    let line = |ran: &Ran| {
        let command = quote::code(&quote::clip(&ran.command, COMMANDS.1));
        format!("- {command}{}", at(Some(ran.place)))
    };
    Part::list(all.map(line), COMMANDS.0, REFUSAL)
}

/// The last runs of what is no mere look and works, latest first.
pub(super) fn runs(story: &Story) -> Part {
    let works = |ran: &&Ran| matches!(ran.outcome, Outcome::Ok | Outcome::Unknown) && !ran.is_probe;
    let shown = story.commands.iter().rev().filter(works);
    let lines = shown.map(|ran| {
        let state = if ran.outcome == Outcome::Ok { "ok" } else { "no answer" };
        let command = quote::line(&ran.command);
        let command = quote::clip(&command, COMMANDS.1);
        output_line(ran, &format!("{} {state}: {command}", ran.place))
    });
    Part { is_printed: true, ..Part::list(lines, COMMANDS.0, RUN) }
}

/// Git's word, and the files that tools wrote but Git does not see changed any more.
pub(super) fn changed_files(input: &Input) -> Vec<Part> {
    let none = Story::default();
    let story = input.previous.map_or(&none, |previous| previous.story);
    let Some(repo) = input.repo else {
        return vec![Part::list(
            story.files.iter().map(|file| written_line(file, input)),
            FILES.0,
            FILE,
        )];
    };
    let ended = input.previous.and_then(|previous| previous.session.ended);
    let git = repo.changed.iter().map(|file| {
        let seen = input.tree.iter().find(|seen| seen.path == file.path);
        let written = story.files.iter().find(|w| is_same(&w.path, &file.path));
        let seen_as_it_is = seen.filter(|_| quote::exact_code(&file.path, FILES.1).is_some());
        let hash = seen_as_it_is.map_or(String::new(), |seen| match &seen.hash {
            Some(hash) => format!(" · sha256 {hash}"),
            None => " · deleted".to_owned(),
        });
        let later =
            seen.and_then(|seen| seen.modified).zip(ended).is_some_and(|(at, end)| at > end);
        let later = if later { " (changed after the session)" } else { "" };
        let path = path(&file.path);
        format!("- {} {path}{}{hash}{later}", file.status, at(written.map(|w| w.place)))
    });
    let is_undone = |w: &Written| {
        let name = within(&w.path, input.root);
        !w.committed && input.tree.iter().any(|seen| seen.as_before && seen.path == name)
    };
    let is_unseen = |w: &&Written| {
        !is_undone(w) && !repo.changed.iter().any(|file| is_same(&w.path, &file.path))
    };
    let unseen = story.files.iter().filter(is_unseen).map(|file| written_line(file, input));
    let head = "Written in the session; Git shows no change of them now (committed, ignored \
                or elsewhere):";
    let unseen = Part::list(unseen, FILES.0, FILE_AS_BEFORE);
    vec![Part::list(git, FILES.0, FILE), Part { head: head.into(), ..unseen }]
}

/// A file that Git does not see changed, as it is now; one that is not there any more is told so,
/// where its place is known.
fn written_line(file: &Written, input: &Input) -> String {
    let name = within(&file.path, input.root);
    let seen = input.tree.iter().find(|seen| seen.path == name);
    let hash = seen.and_then(|seen| seen.hash.as_deref());
    let is_gone = seen.is_some() && hash.is_none() && name != file.path;
    let what = match (file.deleted, file.committed) {
        (true, _) if hash.is_none() => " · deleted",
        _ if is_gone => " · deleted since",
        (false, true) => " · committed in the session",
        _ => "",
    };
    let is_whole = quote::exact_code(name, FILES.1).is_some();
    let hash = hash.filter(|_| is_whole).map(|hash| format!(" · sha256 {hash}"));
    format!("- {}{}{what}{}", path(name), at(Some(file.place)), hash.unwrap_or_default())
}

fn path(path: &str) -> String {
    quote::code(&quote::clip(path, FILES.1))
}

/// Tools name files absolutely or from a folder below, Git from the repository's root.
fn is_same(path: &str, of: &str) -> bool {
    let path = path.trim_start_matches("./");
    path == of || path.strip_suffix(of).is_some_and(|head| head.ends_with('/'))
}

/// Places whose text stands in the document as a whole.
pub(super) fn shown(previous: &Previous) -> Vec<Place> {
    let story = previous.story;
    let mut seen = HashSet::new();
    let all = [story.last_prompt, story.last_reply];
    all.into_iter().flatten().filter(|place| seen.insert(*place)).collect()
}
