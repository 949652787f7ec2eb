//! The parts of the document, most important first, and how they share its room.
//!
//! The patch is the elastic part: it gets what the others leave. If even then something does not
//! fit, whole sections go from the end, and the document says which.

use std::collections::HashSet;
use std::fmt::Write;

use super::{CLOSING, Input, Previous, QUOTED, quote, state};
use crate::model::{Digest, Repo, Said, TimelineEvent, ToolState, Topic, TopicState};

/// Characters of the goal: 0.2.1 allows 4,000, the session file has them all.
const GOAL_MAX: usize = 2_000;
/// Characters of the last request: it is what the successor has to do.
const REQUEST_MAX: usize = 3_000;
/// Characters of the last reply: its start says what was done, its end what comes next.
const REPLY_MAX: usize = 1_500;
/// Characters of the summary.
const SUMMARY_MAX: usize = 1_200;
/// Entries of a list of todos or decisions, and characters of each.
const ITEMS: (usize, usize) = (25, 240);
/// Changed files that are named.
const FILES_MAX: usize = 60;
/// Characters of a path.
const PATH_MAX: usize = 200;
/// Tool calls that are listed, and characters of each.
const TOOLS: (usize, usize) = (12, 160);
/// Things said that are excerpted, and characters of each.
const SAID: (usize, usize) = (6, 600);
/// Sessions of a timeline, and characters of each summary.
const EVENTS: (usize, usize) = (5, 300);
/// Todos of a session in a timeline.
const EVENT_TODOS: usize = 4;
/// Characters of a patch below which it tells nothing.
const PATCH_MIN: usize = 400;
/// Characters kept for the line that names what was left out.
const LEFT_OUT_ROOM: usize = 200;

/// A heading and what stands under it; nothing is shown of an empty one.
struct Section {
    title: &'static str,
    body: String,
}

pub(super) fn document(input: &Input) -> String {
    let (before, after) = (before_patch(input), after_patch(input));
    let opening = opening(input);
    let fixed = before.iter().chain(&after).map(Section::len).sum::<usize>();
    let used = fixed + opening.chars().count() + LEFT_OUT_ROOM;
    let room = input.limits.document.saturating_sub(used);
    let patch = input.repo.and_then(|repo| patch(repo, room));
    let mut sections: Vec<Section> = before.into_iter().chain(patch).chain(after).collect();
    let last = sections.pop().unwrap_or(Section { title: "", body: String::new() });
    assemble(opening, &sections, &last, input.limits.document)
}

/// Puts sections one after the other while there is room; `last` always has its place.
fn assemble(mut out: String, sections: &[Section], last: &Section, max: usize) -> String {
    let mut room = max.saturating_sub(out.chars().count() + last.len() + LEFT_OUT_ROOM);
    let mut left_out = Vec::new();
    for section in sections.iter().filter(|s| !s.body.is_empty()) {
        match room.checked_sub(section.len()) {
            Some(rest) if left_out.is_empty() => {
                room = rest;
                section.push(&mut out);
            }
            _ => left_out.push(section.title),
        }
    }
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        let _ = writeln!(out, "\nLeft out for want of room: {}.", quote::clip(&names, 150));
    }
    last.push(&mut out);
    quote::clip(&out, max).into_owned()
}

impl Section {
    fn new(title: &'static str, body: impl Into<String>) -> Self {
        Self { title, body: body.into() }
    }

    fn len(&self) -> usize {
        self.title.chars().count() + self.body.chars().count() + "\n## \n\n".len()
    }

    fn push(&self, out: &mut String) {
        let _ = write!(out, "\n## {}\n\n{}", self.title, self.body);
    }
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

fn before_patch(input: &Input) -> Vec<Section> {
    let goal = quote::line(input.goal);
    let goal = if goal.is_empty() { "No goal is set.".into() } else { goal };
    let mut all = vec![Section::new("Goal", format!("{}\n", quote::clip(&goal, GOAL_MAX)))];
    if let Some(previous) = &input.previous {
        let (todos, notes) = (state::todos(previous), state::notes(previous));
        all.push(Section::new("Where Things Stand", standing(previous)));
        all.push(Section::new("Open Todos", list("- [ ] ", &todos.open)));
        all.push(Section::new("Decisions", list("- ", &notes.decisions)));
        all.push(Section::new("Changed Files", changed_files(input, previous)));
        all.push(Section::new("Summary", quote::block(&notes.summary, SUMMARY_MAX)));
        all.push(Section::new("Completed", list("- [x] ", &todos.done)));
        all.push(Section::new("Last Tool Calls", tools(previous.digest)));
        all.push(Section::new("Previous Session", session(previous)));
    } else if let Some(repo) = input.repo {
        all.push(Section::new("Changed Files", git_files(repo)));
    }
    all.extend(input.repo.map(|repo| Section::new("Repository", repository(repo))));
    all
}

fn after_patch(input: &Input) -> Vec<Section> {
    let previous = input.previous.as_ref();
    let excerpt = previous.map(|p| excerpt(p.digest)).unwrap_or_default();
    let topic = input.topic.map(topic).unwrap_or_default();
    let known = previous.map(|p| p.session.id);
    let useful = input.recent.iter().filter(|e| e.useful && Some(e.session) != known);
    let told = previous.map(|p| state::todos(p).keys()).unwrap_or_default();
    let ours = input.topic.map(|t| t.id);
    let (same, other): (Vec<_>, Vec<_>) =
        useful.partition(|event| ours.is_some() && event.topic == ours);
    vec![
        Section::new("Previous Session Excerpt", excerpt),
        Section::new("Topic Context", topic),
        Section::new("Topic Timeline", timeline(&same, told.clone())),
        Section::new("Project Timeline", timeline(&other, told)),
        Section::new("Read More", read_more(previous)),
    ]
}

fn standing(previous: &Previous) -> String {
    let digest = previous.digest;
    let mut out = String::new();
    match &digest.last_prompt {
        Some(request) => {
            let when = request.at.map(|at| format!(", {at}")).unwrap_or_default();
            let _ = writeln!(out, "Last request ({}{when}):\n", state::answered(previous));
            out.push_str(&quote::block(&request.text, REQUEST_MAX));
        }
        None => out.push_str("Nothing was asked in it.\n"),
    }
    if let Some(reply) = &digest.last_reply {
        let cut = if reply.cut { " (cut while it was written)" } else { "" };
        let seen = if reply.seen { " (in no transcript; read off the screen)" } else { "" };
        let _ = writeln!(out, "\nLast reply{cut}{seen}:\n");
        out.push_str(&quote::block(&reply.text, REPLY_MAX));
    }
    let _ = writeln!(out, "\nWhy it stopped: {}.", state::stopped(previous));
    out
}

fn list(mark: &str, items: &[String]) -> String {
    let mut out = String::new();
    let lines = items.iter().map(|item| quote::line(item)).filter(|item| !item.is_empty());
    for item in lines.take(ITEMS.0) {
        let _ = writeln!(out, "{mark}{}", quote::clip(&item, ITEMS.1));
    }
    if items.len() > ITEMS.0 {
        let _ = writeln!(out, "- … and {} more", items.len() - ITEMS.0);
    }
    out
}

/// Git's word, and the files that tools wrote but Git does not see changed any more.
fn changed_files(input: &Input, previous: &Previous) -> String {
    let touched = &previous.digest.files;
    let Some(repo) = input.repo else {
        let paths: Vec<String> = touched.iter().map(|f| f.path.clone()).collect();
        return paths_list(paths.iter().map(|p| ("", p.as_str())), paths.len());
    };
    let mut out = git_files(repo);
    // Tools name files absolutely or from a folder below, Git from the repository's root.
    let same = |path: &str, of: &str| path == of || path.ends_with(&format!("/{of}"));
    let gone = touched.iter().filter(|t| !repo.changed.iter().any(|c| same(&t.path, &c.path)));
    let gone: Vec<&str> = gone.map(|t| t.path.as_str()).collect();
    if !gone.is_empty() {
        out.push_str("\nWritten in the session and not among them (committed, undone, ignored or elsewhere):\n\n");
        out.push_str(&paths_list(gone.iter().map(|p| ("", *p)), gone.len()));
    }
    out
}

fn git_files(repo: &Repo) -> String {
    let files = repo.changed.iter().map(|f| (f.status.as_str(), f.path.as_str()));
    paths_list(files, repo.changed.len())
}

fn paths_list<'a>(files: impl Iterator<Item = (&'a str, &'a str)>, count: usize) -> String {
    let mut out = String::new();
    for (status, path) in files.take(FILES_MAX) {
        let status = if status.is_empty() { String::new() } else { format!("{status} ") };
        let _ = writeln!(out, "- {status}{}", quote::code(&quote::clip(path, PATH_MAX)));
    }
    if count > FILES_MAX {
        let _ = writeln!(out, "- … and {} more", count - FILES_MAX);
    }
    out
}

fn tools(digest: &Digest) -> String {
    let skip = digest.tools.len().saturating_sub(TOOLS.0);
    let mut lines = String::new();
    for tool in digest.tools.iter().skip(skip) {
        let state = match tool.state {
            ToolState::Running => "no answer".to_owned(),
            ToolState::Ok => "ok".to_owned(),
            ToolState::Failed(Some(code)) => format!("failed with {code}"),
            ToolState::Failed(None) => "failed".to_owned(),
        };
        let call = quote::line(&format!("{} {}", tool.name, tool.summary));
        let _ = writeln!(lines, "{state}: {}", quote::clip(&call, TOOLS.1));
    }
    if lines.is_empty() { lines } else { quote::fence("text", &lines) }
}

fn session(previous: &Previous) -> String {
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

fn repository(repo: &Repo) -> String {
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
        for (hash, subject) in &repo.commits {
            let subject = quote::line(subject);
            let _ = writeln!(out, "  - {} {}", quote::line(hash), quote::clip(&subject, 100));
        }
    }
    out
}

fn patch(repo: &Repo, room: usize) -> Option<Section> {
    if repo.patch.is_empty() || room < PATCH_MIN {
        return None;
    }
    let cleaned = quote::clean(&repo.patch);
    // The fences and the sentence below take their part of the room.
    let mut left = room - PATCH_MIN / 2;
    let lines = cleaned.lines().take_while(|line| {
        let need = line.chars().count() + 1;
        let fits = need <= left;
        left = left.saturating_sub(need);
        fits
    });
    let lines: Vec<&str> = lines.collect();
    let cut = repo.patch_truncated || lines.len() < cleaned.lines().count();
    let mut body = quote::fence("diff", &lines.join("\n"));
    if cut {
        body.push_str("\nThe patch is cut here; `git diff` shows the rest.\n");
    }
    Some(Section::new("Patch", body))
}

/// What was said last, without the request and the reply that stand at the top.
fn excerpt(digest: &Digest) -> String {
    let shown = [&digest.last_prompt, &digest.last_reply];
    let shown = |said: &Said| shown.iter().any(|s| s.as_ref().is_some_and(|s| s.text == said.text));
    let rest: Vec<&Said> = digest.recent.iter().filter(|said| !shown(said)).collect();
    let mut out = String::new();
    for said in rest.iter().skip(rest.len().saturating_sub(SAID.0)) {
        let who = if said.by_user { "user" } else { "assistant" };
        let who = if said.seen { format!("{who}, read off the screen") } else { who.to_owned() };
        let _ = writeln!(out, "**{who}:**\n\n{}", quote::block(&said.text, SAID.1));
    }
    out.truncate(out.trim_end().len());
    if out.is_empty() { out } else { out + "\n" }
}

fn topic(topic: &Topic) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "- Topic: `{}` {}", topic.id, quote::line(&topic.title));
    let state = if topic.state == TopicState::Active { "active" } else { "closed" };
    let _ = writeln!(out, "- Status: {state}");
    let _ = writeln!(out, "- Sessions in topic: {}", topic.sessions.len());
    out
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
        let summary = quote::line(&event.notes.summary);
        if !summary.is_empty() {
            let _ = writeln!(out, "  Summary: {}", quote::clip(&summary, EVENTS.1));
        }
        told.extend(event.notes.todos_done.iter().map(|t| state::key(&quote::line(t))));
        let open = event.notes.todos_pending.iter().map(|t| quote::line(t));
        for todo in open.filter(|t| told.insert(state::key(t))).take(EVENT_TODOS) {
            let _ = writeln!(out, "  - [ ] {}", quote::clip(&todo, ITEMS.1));
        }
    }
    if events.len() > EVENTS.0 {
        let _ = writeln!(out, "- … and {} earlier", events.len() - EVENTS.0);
    }
    out
}

fn read_more(previous: Option<&Previous>) -> String {
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
