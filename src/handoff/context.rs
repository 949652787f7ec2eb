//! What stands around the work: the repository, the session, the topic's other sessions, where to
//! read more.

use std::collections::HashSet;
use std::fmt::Write;

use super::budget::tokens;
use super::{CLOSING, Input, Previous, quote, state};
use crate::model::{Repo, TimelineEvent, Topic, TopicState};

/// Sessions of a timeline, and characters of each summary.
const EVENTS: (usize, usize) = (5, 240);
/// Todos of a session in a timeline, and characters of each.
const EVENT_TODOS: (usize, usize) = (4, 200);
/// Tokens of a patch below which it tells nothing.
const PATCH_MIN: usize = 100;
/// Commits that are named.
const COMMITS_MAX: usize = 5;
/// Characters of a commit's subject: twice what Git's own advice allows.
const SUBJECT_MAX: usize = 100;
/// Characters of a topic's title, which is a goal's first line.
const TITLE_MAX: usize = 240;

pub(super) fn session(previous: &Previous) -> String {
    let (session, digest) = (previous.session, previous.digest);
    let mut out = String::new();
    let _ = writeln!(out, "- Session: {}", session.id);
    let _ = writeln!(out, "- Provider: {}", quote::line(session.provider.as_str()));
    let _ = writeln!(out, "- Status: {}", quote::line(state::outcome(previous)));
    for (name, at) in [("Started", session.started), ("Ended", session.ended)] {
        if let Some(at) = at {
            let _ = writeln!(out, "- {name}: {at}");
        }
    }
    let _ = writeln!(out, "- Requests: {}, turns: {}", digest.prompts, digest.turns);
    if digest.tool_calls > 0 {
        let (calls, failed) = (digest.tool_calls, digest.tool_failures);
        let _ = writeln!(out, "- Tool calls: {calls}, of which failed: {failed}");
    }
    if digest.compactions > 0 {
        let _ = writeln!(out, "- The assistant's memory was compacted {}×", digest.compactions);
    }
    out
}

pub(super) fn repository(repo: &Repo) -> String {
    let mut out = String::new();
    let branch =
        if repo.branch.is_empty() { "none (detached)".into() } else { repo.branch.clone() };
    let head = if repo.head.is_empty() { "no commits yet" } else { repo.head.as_str() };
    let dirty = if repo.changed.is_empty() { "no" } else { "yes" };
    let _ = writeln!(out, "- Branch: {}", quote::line(&branch));
    let _ = writeln!(out, "- Head: {}", quote::line(head));
    let _ = writeln!(out, "- Dirty: {dirty}");
    if !repo.default_branch.is_empty() {
        let _ = writeln!(out, "- Default branch: {}", quote::line(&repo.default_branch));
    }
    if repo.ignored > 0 {
        let _ = writeln!(out, "- Changed files ignored: {}", repo.ignored);
    }
    if !repo.commits.is_empty() {
        out.push_str("- Latest commits:\n");
        for (hash, subject) in repo.commits.iter().take(COMMITS_MAX) {
            let subject = quote::told(subject, SUBJECT_MAX);
            let _ = writeln!(out, "  - {} {subject}", quote::line(hash));
        }
    }
    out
}

/// As much of the patch as `room` tokens hold.
pub(super) fn patch(repo: &Repo, room: usize) -> Option<String> {
    if repo.patch.is_empty() || room < PATCH_MIN {
        return None;
    }
    let cleaned = quote::labelled_lines(&quote::clean(&repo.patch));
    let mut left = room;
    let lines = cleaned.lines().take_while(|line| {
        let need = tokens(line) + 1;
        let fits = need <= left;
        left = left.saturating_sub(need);
        fits
    });
    let lines: Vec<&str> = lines.collect();
    let cut = repo.patch_truncated || lines.len() < cleaned.lines().count();
    let mut text = quote::fence("diff", &lines.join("\n"));
    if cut {
        text.push_str("\nThe patch is cut here; `git diff` shows the rest.\n");
    }
    Some(text)
}

pub(super) fn topic(topic: &Topic) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "- Topic: `{}` {}", topic.id, quote::told(&topic.title, TITLE_MAX));
    let state = if topic.state == TopicState::Active { "active" } else { "closed" };
    let _ = writeln!(out, "- Status: {state}");
    let _ = writeln!(out, "- Sessions in topic: {}", topic.sessions.len());
    out
}

/// The other sessions of the topic, and those of the rest of the project.
pub(super) fn timelines(input: &Input) -> (String, String) {
    let previous = input.previous.as_ref();
    let known = previous.map(|p| p.session.id);
    let useful = input.recent.iter().filter(|e| e.useful && Some(e.session) != known);
    let told = previous.map(|p| state::todos(p).keys()).unwrap_or_default();
    let ours = input.topic.map(|t| t.id);
    let (same, other): (Vec<_>, Vec<_>) =
        useful.partition(|event| ours.is_some() && event.topic == ours);
    (timeline(&same, told.clone()), timeline(&other, told))
}

/// Sessions, newest first. A todo that is in `told` (it stands above, or was done since) is not
/// repeated as if it were open.
fn timeline(events: &[&TimelineEvent], mut told: HashSet<String>) -> String {
    let mut out = String::new();
    for event in events.iter().take(EVENTS.0) {
        let when = event.at.map(|at| format!(" · {at}")).unwrap_or_default();
        let status = quote::line(state::word(&event.status));
        let provider = quote::line(event.provider.as_str());
        let _ = writeln!(out, "- `{}` [{provider}] {status}{when}", event.session);
        let summary = quote::told(&event.notes.summary, EVENTS.1);
        if !summary.is_empty() {
            let _ = writeln!(out, "  Summary: {summary}");
        }
        told.extend(event.notes.todos_done.iter().map(|t| state::key(&quote::line(t))));
        let open = event.notes.todos_pending.iter().map(|t| quote::line(t));
        for todo in open.filter(|t| told.insert(state::key(t))).take(EVENT_TODOS.0) {
            let _ = writeln!(out, "  - [ ] {}", quote::told(&todo, EVENT_TODOS.1));
        }
    }
    if events.len() > EVENTS.0 {
        let _ = writeln!(out, "- … and {} earlier", events.len() - EVENTS.0);
    }
    out
}

pub(super) fn read_more(previous: Option<&Previous>) -> String {
    let mut out = String::new();
    if let Some(previous) = previous {
        let session = previous.session;
        if let Some(path) = &session.transcript_path {
            let _ = writeln!(out, "- Full transcript: {}", quote::code(path));
        }
        let _ = writeln!(out, "- Its record: `.loghop/sessions/{}.md`", session.id);
        out.push_str("- All sessions: `loghop.md` and `.loghop/sessions/`\n\n");
    }
    let _ = writeln!(out, "{CLOSING}");
    out
}
