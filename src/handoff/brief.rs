//! The short form: what fits into an assistant's instructions without crowding them.

use std::fmt::Write;

use super::{CLOSING, Input, Previous, QUOTED, quote, said, sections, state};

/// Characters of the goal.
const GOAL_MAX: usize = 600;
/// Characters of the last request: enough for a paragraph, the document has the rest.
const REQUEST_MAX: usize = 800;
/// Characters of the summary.
const SUMMARY_MAX: usize = 500;
/// Open todos, and characters of each.
const TODOS: (usize, usize) = (12, 100);
/// Tokens of rules and open questions.
const MIND_TOKENS: usize = 160;
/// Changed files, and characters of each.
const FILES: (usize, usize) = (10, 60);

pub(super) fn brief(input: &Input, path: &str) -> String {
    let tail = tail(input, path);
    let room = input.limits.brief.saturating_sub(tail.chars().count() + 1);
    let head = head(input);
    format!("{}\n{tail}", quote::clip(head.trim_end(), room))
}

fn tail(input: &Input, path: &str) -> String {
    let path = quote::code(path);
    let read = match input.previous {
        Some(_) => format!("The full handoff is in {path}: read it before you act. {QUOTED}"),
        None => format!("What loghop knows about this project is in {path}."),
    };
    format!("\n{read}\n\n{CLOSING}\n")
}

fn head(input: &Input) -> String {
    let mut out = String::new();
    let goal = quote::line(input.goal);
    let Some(previous) = &input.previous else {
        out.push_str("This is the first recorded session of this project.\n");
        if !goal.is_empty() {
            let _ = writeln!(out, "\nGoal: {}", quote::clip(&goal, GOAL_MAX));
        }
        return out;
    };
    let session = previous.session;
    let who = quote::code(session.provider.as_str());
    let _ = writeln!(out, "You take over work from {who} (session {}).", session.id);
    if !goal.is_empty() {
        let _ = writeln!(out, "\nGoal: {}", quote::clip(&goal, GOAL_MAX));
    }
    push_state(&mut out, previous);
    push_in_mind(&mut out, previous);
    push_todos(&mut out, previous);
    push_files(&mut out, input);
    out
}

fn push_state(out: &mut String, previous: &Previous) {
    if let Some(request) = &previous.digest.last_prompt {
        let _ = writeln!(out, "\nLast request ({}):", state::answered(previous));
        out.push_str(&quote::block(&request.text, REQUEST_MAX));
    }
    let _ = writeln!(out, "\nWhy it stopped: {}.", state::stopped(previous));
    let summary = quote::line(&state::notes(previous).summary);
    if !summary.is_empty() {
        let _ = writeln!(out, "\nSummary of that session:");
        out.push_str(&quote::labelled_lines(&quote::block(&summary, SUMMARY_MAX)));
    }
}

fn push_in_mind(out: &mut String, previous: &Previous) {
    let mind = said::in_mind(previous.story, MIND_TOKENS);
    for (head, text) in [(sections::MIND, mind.text), (sections::AGAIN, mind.again)] {
        if !text.is_empty() {
            let _ = write!(out, "\n{head}\n\n{text}");
        }
    }
}

fn push_todos(out: &mut String, previous: &Previous) {
    let open = state::todos(previous).open;
    if open.is_empty() {
        return;
    }
    out.push_str("\nOpen todos:\n");
    for todo in open.iter().take(TODOS.0) {
        let _ = writeln!(out, "- [ ] {}", quote::labelled(&quote::clip(todo, TODOS.1)));
    }
    if open.len() > TODOS.0 {
        let _ = writeln!(out, "- {} more in the full handoff", open.len() - TODOS.0);
    }
}

fn push_files(out: &mut String, input: &Input) {
    let Some(repo) = input.repo.filter(|repo| !repo.changed.is_empty()) else { return };
    let shown = repo.changed.iter().take(FILES.0);
    let names = shown.map(|f| quote::code(&quote::clip(&f.path, FILES.1))).collect::<Vec<_>>();
    let more = repo.changed.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let _ = writeln!(out, "\nUncommitted changes: {}{more}", names.join(", "));
}
