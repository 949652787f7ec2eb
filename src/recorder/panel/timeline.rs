//! The Timeline tab: earlier sessions, newest first.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use unicode_width::UnicodeWidthStr;

use super::look::{Look, one_line};
use super::{PanelView, wrap};
use crate::model::TimelineEvent;

/// Sessions that are listed: more than anybody scrolls through beside their work.
const EVENTS_MAX: usize = 200;
/// Rows of a summary.
const SUMMARY_ROWS: usize = 2;
/// Open todos of a session.
const TODOS_MAX: usize = 3;
/// Cells that what belongs to a session is indented by.
const INDENT: usize = 2;

pub(super) fn lines(view: &PanelView, look: Look, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width);
    if view.timeline.is_empty() {
        let text = "no earlier session: this is the first one of this project";
        return wrap::wrap_rows(text, look.theme.dim, width, usize::MAX, "");
    }
    let mut lines = Vec::new();
    for event in view.timeline.iter().take(EVENTS_MAX) {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        event_lines(event, view, look, width, &mut lines);
    }
    let more = view.timeline.len().saturating_sub(EVENTS_MAX);
    if more > 0 {
        lines.push(Line::default());
        let text = format!("{} and {more} earlier: `loghop timeline`", look.cut());
        lines.push(Line::styled(wrap::clip(&text, width, look.cut()), look.theme.dim));
    }
    lines
}

fn event_lines(
    event: &TimelineEvent,
    view: &PanelView,
    look: Look,
    width: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let theme = look.theme;
    let (sign, style) = status(&event.status, look);
    let name = format!(" {} ", one_line(event.provider.as_str()));
    let mut head = Line::from(vec![
        Span::styled(sign, style),
        Span::styled(name, theme.title),
        Span::styled(event.session.to_string(), theme.text),
    ]);
    let room = width.saturating_sub(INDENT);
    let when = event.at.map(view.when).unwrap_or_default();
    if !when.is_empty() && head.width() + look.dot().width() + when.width() <= width {
        head.push_span(Span::styled(format!("{}{when}", look.dot()), theme.dim));
        lines.push(head);
    } else {
        lines.push(head);
        let when = wrap::clip(&when, room, look.cut());
        lines.extend((!when.is_empty()).then(|| indented(Line::styled(when, theme.dim))));
    }
    let summary = one_line(&event.notes.summary);
    let (text, style) =
        if summary.is_empty() { (one_line(&event.goal), theme.dim) } else { (summary, theme.text) };
    let summary = wrap::wrap_rows(&text, style, room, SUMMARY_ROWS, look.cut());
    lines.extend(summary.into_iter().map(indented));
    let todos = &event.notes.todos_pending;
    for todo in todos.iter().take(TODOS_MAX) {
        let text = wrap::clip(&one_line(todo), room.saturating_sub(2), look.cut());
        let sign = Span::styled(format!("{} ", look.pick("☐", "o")), theme.warn);
        lines.push(indented(Line::from(vec![sign, Span::styled(text, theme.dim)])));
    }
    if todos.len() > TODOS_MAX {
        let text = format!("{} {} more", look.cut(), todos.len() - TODOS_MAX);
        lines.push(indented(Line::styled(text, theme.dim)));
    }
}

fn indented(line: Line<'static>) -> Line<'static> {
    let style = line.style;
    let spans = line.spans.into_iter().map(|s| Span::styled(s.content, style.patch(s.style)));
    [Span::raw(" ".repeat(INDENT))].into_iter().chain(spans).collect()
}

/// The sign of a status as it is on disk (`_empty` behind it says that nothing was captured).
fn status(status: &str, look: Look) -> (&'static str, Style) {
    let theme = look.theme;
    match status.strip_suffix("_empty").unwrap_or(status) {
        _ if status.ends_with("_empty") => (look.pick("○", "o"), theme.dim),
        "succeeded" | "annotated" => (look.pick("✓", "+"), theme.ok),
        "failed" | "launch_failed" => (look.pick("✗", "x"), theme.error),
        "interrupted" | "timed_out" => (look.pick("■", "!"), theme.warn),
        "running" => (look.pick("…", "."), theme.accent),
        _ => (look.pick("·", "."), theme.dim),
    }
}
