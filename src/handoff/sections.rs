//! The document: its sections, most important first, and how they share its room.
//!
//! State comes first; what was said gets a share of the budget, and at least half of that where the
//! state is long; the patch gets what is left. Where not all has room, the rows go that are worth
//! least for their length, wherever they stand, and the receipt says which.

use std::fmt::Write;

use super::budget::{self, tokens};
use super::said::{self, Said};
use super::section::{Section, fit};
use super::work;
use super::{Detail, Input, Previous, QUOTED, context, quote, receipt, state};
use crate::model::{Repo, SessionId};

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
/// Rules and open questions take at most the document's tokens by this: a score of them.
const MIND_SHARE: usize = 12;
/// What those are.
pub(super) const MIND: &str =
    "Rules of the person's as they were said, and questions that were left unanswered:";
/// What the rules are about something that the person named again.
pub(super) const AGAIN: &str =
    "Rules about what the person named again later; the later word counts:";
/// What texts of one piece are worth, against the rows of [`work`]: without the request and its
/// state nobody can go on, the timelines can be read in the store.
const STANDING: f32 = 100_000.0;
const IN_MIND: f32 = 10_000.0;
const GOAL: f32 = 1_000.0;
const SUMMARY: f32 = 80.0;
const REPOSITORY: f32 = 40.0;
const SESSION: f32 = 15.0;
const TOPIC: f32 = 12.0;
const TIMELINE: f32 = 20.0;
/// Tokens of the heading of what was said, and of the words under it.
const SAID_HEAD: usize = 40;

pub(super) fn document(input: &Input) -> String {
    let closing = context::read_more(input.previous.as_ref());
    let mut out = opening(input);
    let fixed = tokens(&out) + tokens(&closing) + receipt::TOKENS_MAX;
    let room = input.limits.document.saturating_sub(fixed);
    let (mut sections, in_mind) = state_of(input);
    let at = sections.len();
    sections.extend(history(input));
    sections.extend(around(input));
    // What was said is never dropped for a state that is long.
    let share = room.min(input.limits.said());
    let least = tokens(&conversation(input, &in_mind, share / 2).text) + SAID_HEAD;
    fit(&mut sections, room.saturating_sub(least));
    let all_of = |sections: &[Section]| sections.iter().map(Section::tokens).sum::<usize>();
    let left = room.saturating_sub(all_of(&sections) + SAID_HEAD);
    let said = conversation(input, &in_mind, share.min(left));
    if !said.text.is_empty() {
        sections.insert(at, Section::new("What Was Said", whole_said(&said), STANDING));
    }
    let left = room.saturating_sub(all_of(&sections));
    sections.extend(input.repo.and_then(|repo| patch(input, repo, left)));
    for section in &sections {
        section.push(&mut out);
    }
    Section::new("Read More", closing, STANDING).push(&mut out);
    if input.previous.is_some() {
        let text = receipt::receipt(&sections, &said, input, &out);
        Section::new("Receipt", text, STANDING).push(&mut out);
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
fn conversation(input: &Input, in_mind: &[bool], room: usize) -> Said {
    let Some(previous) = &input.previous else { return Said::default() };
    said::said(&previous.story.remarks, &work::shown(previous), in_mind, room)
}

/// How the work stands, and which remarks are to be kept in mind.
fn state_of(input: &Input) -> (Vec<Section>, Vec<bool>) {
    let mut all = vec![Section::new("Goal", goal(input), GOAL)];
    let changed = Section { title: "Changed Files", parts: work::changed_files(input) };
    let Some(previous) = &input.previous else {
        all.push(changed);
        return (told(all), Vec::new());
    };
    let story = previous.story;
    let mind = said::in_mind(story, input.limits.document / MIND_SHARE);
    let headed = |head: &str, text: &str| {
        if text.is_empty() { String::new() } else { format!("{head}\n\n{text}") }
    };
    let failing = Section { title: "Failing Commands", parts: work::failing(input, previous) };
    let notes = state::own_words(previous);
    let (standing_still, reopened) = work::decisions(&notes.decisions, story);
    let (open, perhaps_done) = work::open_todos(previous);
    all.extend([
        Section::new("Where Things Stand", standing(input, previous), STANDING),
        Section::new("Keep in Mind", headed(MIND, &mind.text), IN_MIND),
        Section::new("Later Words on Rules", headed(AGAIN, &mind.again), IN_MIND),
        Section::of("Not Allowed by the Person", work::refused(story)),
        Section::of("Open Todos", open),
        Section::of("Later Words on Todos", perhaps_done),
        failing,
        changed,
        Section::of("Decisions", standing_still),
        Section::of("Later Words on Decisions", reopened),
        Section::new("Summary", summary(input, previous, &notes.summary), SUMMARY),
    ]);
    (told(all), mind.told)
}

/// Those that say something: what is empty is not missing.
fn told(mut sections: Vec<Section>) -> Vec<Section> {
    for section in &mut sections {
        section.parts.retain(|part| !part.rows.is_empty());
    }
    sections.retain(|section| !section.parts.is_empty());
    sections
}

/// The assistant's own summary; what was said after it is not in it.
fn summary(input: &Input, previous: &Previous, text: &str) -> String {
    let quoted = quoted_labelled(input, text, SUMMARY_MAX);
    let Some(block) = previous.story.block.filter(|_| !quoted.is_empty()) else { return quoted };
    let is_old = previous.story.last_prompt > Some(block);
    let later = if is_old { "; what was said later overrules it" } else { "" };
    format!("As of {block}{later}.\n\n{quoted}")
}

/// How it came to that.
fn history(input: &Input) -> Vec<Section> {
    let Some(previous) = &input.previous else { return Vec::new() };
    let done = Section::of("Completed", work::done_todos(previous));
    told(vec![done, Section::of("Last Runs", work::runs(previous.story))])
}

fn whole_said(said: &Said) -> String {
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
    let mut say = |session: SessionId, text: &str| {
        if quote::line(text) != goal {
            let _ = writeln!(out, "\nFirst request of {session}:\n");
            out.push_str(&quoted_labelled(input, text, FIRST_MAX));
        }
    };
    // What an earlier session was for, this one still goes on with.
    let earlier = previous.story.first_prompt.as_ref();
    if let Some((place, text)) = earlier.filter(|(place, _)| place.session != previous.session.id) {
        say(place.session, text);
    }
    let digest = previous.digest;
    if let Some(first) = &digest.first_prompt
        && digest.last_prompt.as_ref() != Some(first)
    {
        say(previous.session.id, &first.text);
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
        None if digest.turns > 0 => {
            out.push_str("The person asked nothing in it: loghop told the assistant to go on.\n");
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

/// What stands around the work.
fn around(input: &Input) -> Vec<Section> {
    let mut all = Vec::new();
    if let Some(previous) = &input.previous {
        all.push(Section::new("Previous Session", context::session(previous), SESSION));
    }
    let repository = input.repo.map(context::repository);
    all.extend(repository.map(|text| Section::new("Repository", text, REPOSITORY)));
    let (ours, project) = context::timelines(input);
    let topic = input.topic.map(context::topic).unwrap_or_default();
    all.push(Section::new("Topic Context", topic, TOPIC));
    all.push(Section::new("Topic Timeline", ours, TIMELINE));
    if input.limits.detail != Detail::Brief {
        all.push(Section::new("Project Timeline", project, TIMELINE));
    }
    told(all)
}

fn patch(input: &Input, repo: &Repo, left: usize) -> Option<Section> {
    context::patch(repo, input.limits.patch().min(left))
        .map(|text| Section::new("Patch", text, TIMELINE))
}
