//! The document: its parts, most important first, and how they share its room.
//!
//! State comes first and is told whole; what was said gets a share of the budget; the patch and the
//! history get what is left. If even then something does not fit, whole sections go from the end,
//! and the receipt says which.

use std::fmt::Write;

use super::budget::{self, tokens};
use super::said::{self, Said};
use super::section::Section;
use super::work;
use super::{Detail, Input, Previous, QUOTED, context, quote, receipt, state};
use crate::model::Repo;

/// Characters of the goal: 0.2.1 allows 4,000, the session file has them all.
const GOAL_MAX: usize = 2_000;
/// Characters of the last request: it is what the successor has to do.
const REQUEST_MAX: usize = 3_000;
/// Characters of the first request, which says what the session was for.
const FIRST_MAX: usize = 700;
/// Characters of the last reply: its start says what was done, its end what comes next.
const REPLY_MAX: usize = 1_800;
/// Characters of the summary.
const SUMMARY_MAX: usize = 1_200;

/// One text takes at most the document's tokens by this: a request that is a pasted page, in a
/// script whose signs are a token each, would leave no room for anything else.
const QUOTE_SHARE: usize = 6;
/// Rules and open questions take at most the document's tokens by this: a dozen of them.
const MIND_SHARE: usize = 20;
/// What those are.
pub(super) const MIND: &str =
    "Rules of the person's as they were said, and questions that were left unanswered:";
/// Tokens that the patch leaves for what stands around it: the sessions, the repository.
const PATCH_SPARES: usize = 400;
/// Tokens of the heading of what was said, and of the words under it.
const SAID_HEAD: usize = 40;

pub(super) fn document(input: &Input) -> String {
    let closing = context::read_more(input.previous.as_ref());
    let mut out = opening(input);
    let fixed = tokens(&out) + tokens(&closing) + receipt::TOKENS_MAX;
    let mut room = input.limits.document.saturating_sub(fixed);
    let state = state_of(input);
    // What was said is never dropped for a state that is long: it takes what that leaves.
    let all_of = |sections: &[Section]| sections.iter().map(Section::tokens).sum::<usize>();
    let left = room.saturating_sub(all_of(&state) + SAID_HEAD);
    let said = conversation(input, left);
    let history = history(input, &said);
    let left = room.saturating_sub(all_of(&state) + all_of(&history));
    let all = state.into_iter().chain(history).chain(around(input, left));
    let all: Vec<Section> = all.filter(|s| !s.part.text.is_empty()).collect();
    let mut dropped: Vec<&'static str> = Vec::new();
    for section in &all {
        match room.checked_sub(section.tokens()) {
            Some(left) if dropped.is_empty() => {
                room = left;
                section.push(&mut out);
            }
            _ => dropped.push(section.title),
        }
    }
    let read_more = Section::new("Read More", closing);
    read_more.push(&mut out);
    if input.previous.is_some() {
        let text = receipt::receipt(&all, &said, input, &dropped, &out);
        Section::new("Receipt", text).push(&mut out);
    }
    budget::clip(&out, input.limits.document).into_owned()
}

fn opening(input: &Input) -> String {
    let mut out = String::from("# Project Handoff\n\n");
    match &input.previous {
        None => out.push_str("This is the first recorded session of this project.\n"),
        Some(previous) => {
            let who = quote::code(previous.session.provider.as_str());
            let _ = writeln!(
                out,
                "{} for {}, built {}. You take over from {who}. {QUOTED}",
                input.id,
                quote::code(input.target.as_str()),
                input.now
            );
        }
    }
    out
}

/// What was said, within its share.
fn conversation(input: &Input, left: usize) -> Said {
    let Some(previous) = &input.previous else { return Said::default() };
    let room = input.limits.said().min(left);
    said::said(&previous.story.remarks, &work::shown(previous), room)
}

/// How the work stands.
fn state_of(input: &Input) -> Vec<Section> {
    let mut all = vec![Section::new("Goal", goal(input))];
    let Some(previous) = &input.previous else {
        all.push(Section::of("Changed Files", work::changed_files(input)));
        return all;
    };
    all.push(Section::new("Where Things Stand", standing(input, previous)));
    all.push(Section::new("Keep in Mind", in_mind(input, previous)));
    all.push(Section::of("Not Allowed by the Person", work::refused(previous.story)));
    all.push(Section::of("Open Todos", work::open_todos(previous)));
    all.push(Section::of("Failing Commands", work::failing(input, previous)));
    all.push(Section::of("Changed Files", work::changed_files(input)));
    let notes = state::own_words(previous);
    let (standing, reopened) = work::decisions(&notes.decisions, previous.story);
    all.push(Section::of("Decisions", standing));
    all.push(Section::of("Later Words on Decisions", reopened));
    all.push(Section::new("Summary", summary(input, previous, &notes.summary)));
    all
}

/// The assistant's own summary; what was said after it is not in it.
fn summary(input: &Input, previous: &Previous, text: &str) -> String {
    let quoted = quoted_labelled(input, text, SUMMARY_MAX);
    match previous.story.block.filter(|block| previous.story.last_prompt > Some(*block)) {
        Some(block) if !quoted.is_empty() => {
            format!("As of {block}; what was said later overrules it.\n\n{quoted}")
        }
        _ => quoted,
    }
}

/// How it came to that.
fn history(input: &Input, said: &Said) -> Vec<Section> {
    let mut all = vec![Section::new("What Was Said", whole_said(said))];
    if let Some(previous) = &input.previous {
        all.push(Section::of("Completed", work::done_todos(previous)));
        all.push(Section::of("Last Runs", work::runs(previous.story)));
    }
    all
}

fn in_mind(input: &Input, previous: &Previous) -> String {
    let text = said::in_mind(previous.story, input.limits.document / MIND_SHARE);
    if text.is_empty() { text } else { format!("{MIND}\n\n{text}") }
}

fn whole_said(said: &Said) -> String {
    if said.text.is_empty() {
        return String::new();
    }
    format!(
        "In order; what was said later overrules what was said before. `t4` is line 4 of the \
             session's transcript.\n\n{}",
        said.text
    )
}

fn goal(input: &Input) -> String {
    let goal = quote::line(input.goal);
    let goal = if goal.is_empty() { "No goal is set.".into() } else { goal };
    let mut out = format!("{}\n", quote::clip(&goal, GOAL_MAX));
    let Some(previous) = &input.previous else { return out };
    let digest = previous.digest;
    if let Some(first) = &digest.first_prompt
        && digest.last_prompt.as_ref() != Some(first)
        && quote::line(&first.text) != goal
    {
        let _ = writeln!(out, "\nFirst request of {}:\n", previous.session.id);
        out.push_str(&quoted_labelled(input, &first.text, FIRST_MAX));
    }
    out
}

fn standing(input: &Input, previous: &Previous) -> String {
    let digest = previous.digest;
    let mut out = String::new();
    let at = |place: Option<_>| place.map(|p| format!(", {p}")).unwrap_or_default();
    match &digest.last_prompt {
        Some(request) => {
            let when = request.at.map(|at| format!(", {at}")).unwrap_or_default();
            let place = at(previous.story.last_prompt);
            let _ = writeln!(out, "Last request ({}{when}{place}):\n", state::answered(previous));
            out.push_str(&quoted(input, &request.text, REQUEST_MAX));
        }
        None => out.push_str("Nothing was asked in it.\n"),
    }
    let _ = writeln!(out, "\nWhy it stopped: {}.", state::stopped(previous));
    let reply = digest.last_reply.as_ref().map(|reply| (reply, quote::without_block(&reply.text)));
    if let Some((reply, text)) = reply.filter(|(_, text)| !text.trim().is_empty()) {
        let cut = if reply.cut { ", cut while it was written" } else { "" };
        let seen = if reply.seen { ", in no transcript, read off the screen" } else { "" };
        let place = at(previous.story.last_reply);
        let _ = writeln!(out, "\nLast reply ({}{cut}{seen}{place}):\n", state::whose(previous));
        out.push_str(&quoted_labelled(input, &text, REPLY_MAX));
    }
    out
}

/// At most `max` characters of a text, and no more tokens than its share of the document.
fn quoted(input: &Input, text: &str, max: usize) -> String {
    let share = input.limits.document / QUOTE_SHARE;
    let need = tokens(text).max(1);
    let fits = text.chars().count() * share / need;
    quote::block(text, if need > share { max.min(fits) } else { max })
}

/// The same of what is not the request to work on: lines that look like instructions are labelled.
fn quoted_labelled(input: &Input, text: &str, max: usize) -> String {
    quote::labelled_lines(&quoted(input, text, max))
}

/// What stands around the work, least important last.
fn around(input: &Input, left: usize) -> Vec<Section> {
    let mut all = Vec::new();
    if let Some(previous) = &input.previous {
        all.push(Section::new("Previous Session", context::session(previous)));
    }
    all.extend(input.repo.map(|repo| Section::new("Repository", context::repository(repo))));
    all.extend(input.repo.and_then(|repo| patch(input, repo, left)));
    let (topic, project) = context::timelines(input);
    all.push(Section::new("Topic Context", input.topic.map(context::topic).unwrap_or_default()));
    all.push(Section::new("Topic Timeline", topic));
    if input.limits.detail != Detail::Brief {
        all.push(Section::new("Project Timeline", project));
    }
    all
}

fn patch(input: &Input, repo: &Repo, left: usize) -> Option<Section> {
    let room = input.limits.patch().min(left.saturating_sub(PATCH_SPARES));
    context::patch(repo, room).map(|text| Section::new("Patch", text))
}
