//! `loghop.md`, the project's memory that people and assistants read at a glance.

use std::fmt::Write;

use super::session::status_word;
use crate::model::{Repo, Session};

/// Sessions under "Recent Sessions": what fits on a screen.
pub(crate) const RECENT_MAX: usize = 5;
/// Changed files that are named.
const FILES_MAX: usize = 20;

/// The first line, by which the file is known as ours; 0.2.1 begins it so, too.
pub(crate) const HEADING: &str = "# Project Memory\n";

/// Renders the project's memory; `useful` are its newest sessions that can be gone on from, newest
/// first.
pub(crate) fn render(goal: &str, repo: &Repo, useful: &[Session]) -> String {
    let mut out = format!("{HEADING}\n## Goal\n");
    let _ = writeln!(out, "{}\n", if goal.is_empty() { "Not set yet." } else { goal });
    push_repository(&mut out, repo);
    if let Some(latest) = useful.first() {
        push_latest(&mut out, latest);
        out.push_str("\n## Recent Sessions\n");
        for session in useful.iter().take(RECENT_MAX).rev() {
            push_recent(&mut out, session);
        }
    }
    out
}

fn push_repository(out: &mut String, repo: &Repo) {
    let dirty = if repo.changed.is_empty() { "no" } else { "yes" };
    out.push_str("## Repository\n");
    for (name, value) in
        [("Branch", &repo.branch), ("Head", &repo.head), ("Default branch", &repo.default_branch)]
    {
        if !value.is_empty() {
            let _ = writeln!(out, "- {name}: {value}");
        }
    }
    let _ = writeln!(out, "- Dirty: {dirty}\n- Changed files: {}", repo.changed.len());
    for file in repo.changed.iter().take(FILES_MAX) {
        let _ = writeln!(out, "  - {}", file.path);
    }
}

fn push_latest(out: &mut String, session: &Session) {
    let _ = write!(
        out,
        "\n## Latest Session\n- ID: {}\n- Provider: {}\n- Status: {}\n",
        session.id,
        session.provider,
        status_word(session)
    );
    if !session.notes.summary.is_empty() {
        let _ = writeln!(out, "- Summary: {}", indented(&session.notes.summary));
    }
    if !session.notes.todos_pending.is_empty() {
        let _ = writeln!(out, "- TODOs pending: {}", session.notes.todos_pending.len());
        for todo in &session.notes.todos_pending {
            let _ = writeln!(out, "  - [ ] {}", indented(todo));
        }
    }
}

fn push_recent(out: &mut String, session: &Session) {
    let at = session.ended.or(session.started).map(|at| format!(" · {at}")).unwrap_or_default();
    let status = status_word(session);
    let _ = writeln!(out, "\n- `{}` [{}] {status}{at}", session.id, session.provider);
    if !session.notes.summary.is_empty() {
        let _ = writeln!(out, "  Summary: {}", indented(&session.notes.summary));
    }
    let lists = [
        ("Decisions", "- ", &session.notes.decisions),
        ("Pending", "- [ ] ", &session.notes.todos_pending),
        ("Completed", "- [x] ", &session.notes.todos_done),
    ];
    for (title, mark, items) in lists.iter().filter(|(_, _, items)| !items.is_empty()) {
        let _ = writeln!(out, "  {title}:");
        for item in *items {
            let _ = writeln!(out, "  {mark}{}", indented(item));
        }
    }
    if !session.files_changed.is_empty() {
        let _ = writeln!(out, "  Files: {}", session.files_changed.join(", "));
    }
}

/// Further lines stay inside their list item.
fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n  ")
}
