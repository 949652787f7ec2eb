//! The Markdown below the frontmatter of sessions and topics, for people who open the file.

use std::fmt::{Display, Write};

use super::session::status_word;
use super::topic::state_word;
use crate::model::{Session, Topic};

/// A session's text, in the form of 0.2.1.
pub(crate) fn session(session: &Session) -> String {
    let mut out = format!("# Session {}\n\n", session.id);
    push_fact(&mut out, "Provider", Some(&session.provider));
    push_fact(&mut out, "Goal", Some(&session.goal));
    push_fact(&mut out, "Status", Some(status_word(session)));
    push_fact(&mut out, "Started", session.started);
    push_fact(&mut out, "Finished", session.ended);
    push_fact(&mut out, "Return code", session.returncode.as_ref());
    push_fact(&mut out, "Handoff", session.handoff);
    push_fact(&mut out, "Recording", session.cast_path.as_ref());
    push_fact(&mut out, "Stopped by", session.stop_reason.as_ref());
    push_fact(&mut out, "Witnesses", session.witnesses);
    let gaps = Some(session.gaps.join("; ")).filter(|gaps| !gaps.is_empty());
    push_fact(&mut out, "In its transcript", gaps);
    if !session.notes.summary.is_empty() {
        let _ = write!(out, "\n## Summary\n\n{}\n", session.notes.summary);
    }
    push_list(&mut out, "Decisions", "- ", "", &session.notes.decisions);
    push_list(&mut out, "Completed", "- [x] ", "", &session.notes.todos_done);
    push_list(&mut out, "TODOs Pending", "- [ ] ", "", &session.notes.todos_pending);
    push_list(&mut out, "Files Changed", "- `", "`", &session.files_changed);
    if !session.output.is_empty() {
        let fence = fence_for(&session.output);
        let _ = write!(out, "\n## Provider Output\n\n{fence}\n{}\n{fence}\n", session.output);
    }
    out
}

/// A topic's text, in the form of 0.2.1.
pub(crate) fn topic(topic: &Topic) -> String {
    let mut out = format!("# Topic {}: {}\n\n", topic.id, topic.title);
    push_fact(&mut out, "Status", Some(state_word(topic.state)));
    push_fact(&mut out, "Created", topic.created);
    push_fact(&mut out, "Updated", topic.updated);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// The two blanks at the end keep Markdown from joining the lines.
fn push_fact(out: &mut String, name: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        let _ = writeln!(out, "**{name}:** {value}  ");
    }
}

fn push_list(out: &mut String, title: &str, before: &str, after: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = write!(out, "\n## {title}\n\n");
    for item in items {
        let _ = writeln!(out, "{before}{item}{after}");
    }
}

/// A fence that is longer than any run of backticks in the text.
fn fence_for(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(3.max(longest + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence_for("plain"), "```");
        assert_eq!(fence_for("a ```` b"), "`````");
    }
}
