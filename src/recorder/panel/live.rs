//! The Live tab: what the assistant does now, and the proof that it is being recorded.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::look::{self, Look, one_line};
use super::{PanelView, wrap};
use crate::model::{
    Activity, Captured, Digest, Drift, FailureKind, Live, Said, Todo, TodoState, ToolState, ToolUse,
};

/// Rows of the last prompt and of the last reply.
const SAID_ROWS: usize = 3;
/// Tool calls that are listed: what happened in the last minute or two.
const TOOLS_MAX: usize = 8;
/// Files that are listed.
const FILES_MAX: usize = 12;
/// Todos that are listed.
const TODOS_MAX: usize = 20;
/// Bytes of a text that are looked at: more than its rows can show at any width.
const TEXT_MAX: usize = 4096;

/// Lines that grow from top to bottom, in sections.
struct Page<'a> {
    look: Look<'a>,
    width: usize,
    lines: Vec<Line<'static>>,
}

pub(super) fn lines(view: &PanelView, look: Look, width: u16) -> Vec<Line<'static>> {
    let mut page = Page { look, width: usize::from(width), lines: Vec::new() };
    let digest = &view.live.digest;
    page.activity(view);
    page.captured(&view.live.captured);
    page.witnesses(view.live);
    page.stopped(view);
    if digest.last_prompt.is_none() && digest.last_reply.is_none() {
        page.section("");
        let hint = "nothing was said yet: type your request to the assistant";
        page.text(hint, look.theme.dim, usize::MAX);
        return page.lines;
    }
    page.said("you", digest.last_prompt.as_ref());
    page.said(&one_line(view.header.provider.as_str()), digest.last_reply.as_ref());
    page.todos(&digest.todos);
    page.tools(digest);
    page.files(view);
    page.tokens(digest);
    page.drift(&digest.drift);
    page.lines
}

/// The activity as sign, word and style.
pub(super) fn activity_sign(view: &PanelView, look: Look) -> (&'static str, &'static str, Style) {
    let theme = look.theme;
    match view.activity {
        Activity::Unknown if matches!(view.live.captured, Captured::Screen { .. }) => {
            (look.pick("●", "*"), "running", theme.ok)
        }
        Activity::Unknown => (look.pick("○", "o"), "starting", theme.dim),
        Activity::Idle => (look.pick("●", "*"), "idle", theme.ok),
        Activity::Working => (look.spinner(view.frame), "working", theme.accent),
        Activity::Waiting => (look.pick("◆", "!"), "waiting for you", theme.warn),
    }
}

/// The proof of capture in few words, with its style and, when it is lost, the reason.
pub(super) fn captured_sign(captured: &Captured, look: Look) -> (String, Style, Option<String>) {
    let theme = look.theme;
    let (full, half, empty) = (look.pick("●", "*"), look.pick("◐", "o"), look.pick("○", "o"));
    match captured {
        Captured::Nothing => (format!("{empty} nothing to capture yet"), theme.dim, None),
        Captured::Searching => (format!("{half} looking for the transcript"), theme.warn, None),
        Captured::Reading { read, known } => {
            let style = if read < known { theme.warn } else { theme.ok };
            let sign = if read < known { half } else { full };
            (format!("{sign} captured {read}/{known}"), style, None)
        }
        Captured::Screen { sent } => (format!("{full} screen only, {sent} sent"), theme.ok, None),
        Captured::Lost { reason, read, known } => {
            (format!("{full} captured {read}/{known}"), theme.error, Some(one_line(reason)))
        }
    }
}

impl Page<'_> {
    fn push(&mut self, spans: Vec<Span<'static>>) {
        self.lines.push(Line::from(spans));
    }

    /// An empty line and, unless empty, a heading.
    fn section(&mut self, title: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        if !title.is_empty() {
            let title = wrap::clip(title, self.width, self.look.cut());
            self.lines.push(Line::styled(title, self.look.theme.heading));
        }
    }

    fn text(&mut self, text: &str, style: Style, rows: usize) {
        let end = text.floor_char_boundary(TEXT_MAX);
        let text = one_line(&text[..end]);
        self.lines.extend(wrap::wrap_rows(&text, style, self.width, rows, self.look.cut()));
    }

    /// A sign and one line of text after it.
    fn entry(&mut self, sign: &'static str, sign_style: Style, text: &str, style: Style) {
        let room = self.width.saturating_sub(sign.width() + 1);
        let text = wrap::clip(text, room, self.look.cut());
        self.push(vec![Span::styled(sign, sign_style), Span::raw(" "), Span::styled(text, style)]);
    }

    fn more(&mut self, count: usize) {
        if count > 0 {
            let text = format!("  {} and {count} more", self.look.cut());
            self.lines.push(Line::styled(text, self.look.theme.dim));
        }
    }

    fn activity(&mut self, view: &PanelView) {
        let (sign, word, style) = activity_sign(view, self.look);
        let (sign, dim) = (Span::styled(format!("{sign} {word}"), style), self.look.theme.dim);
        let room = self.width.saturating_sub(sign.content.width());
        let provider = one_line(view.header.provider.as_str());
        let (dot, time) = (self.look.dot(), view.header.since);
        let rest = wrap::clip(&format!("{dot}{provider}{dot}{time}"), room, "");
        self.push(vec![sign, Span::styled(rest, dim)]);
    }

    fn captured(&mut self, captured: &Captured) {
        let (text, style, reason) = captured_sign(captured, self.look);
        self.text(&text, style, 2);
        if let Some(reason) = reason {
            self.text(&reason, style, 4);
        }
    }

    /// What each of the two witnesses has of the run so far: turns that have ended.
    fn witnesses(&mut self, live: &Live) {
        let (seen, ended) = (live.seen, live.digest.turns_ended);
        let text = match live.captured {
            Captured::Screen { .. } => {
                "no transcript: its turns are read off the screen".to_owned()
            }
            _ if seen == 0 && ended == 0 => return,
            _ => format!("turns ended: screen {seen}, transcript {ended}"),
        };
        self.text(&text, self.look.theme.dim, 2);
    }

    /// A limit or failure that stopped the assistant, and what to do about it.
    fn stopped(&mut self, view: &PanelView) {
        let failure = view.live.digest.failure.as_ref();
        let Some(kind) = view.live.stopped_by.or(failure.map(|f| f.kind)) else { return };
        let (title, advice) = match kind {
            FailureKind::UsageLimit => ("usage limit reached", None),
            FailureKind::Auth => ("nobody is signed in", Some("sign in there")),
            FailureKind::Overloaded => ("the service is overloaded", Some("wait")),
            FailureKind::Other => ("the service failed", Some("try again")),
        };
        let advice: Vec<&str> = advice.into_iter().chain(view.way_out).collect();
        let advice = if advice.is_empty() { "wait".to_owned() } else { advice.join(", or ") };
        let theme = self.look.theme;
        self.section("");
        self.text(&format!("{} {title}: {advice}", self.look.pick("▲", "!")), theme.error, 3);
        if let Some(failure) = failure {
            self.text(&failure.message, theme.dim, 3);
            if let Some(at) = failure.resets_at {
                self.text(&format!("until {}", (view.when)(at)), theme.dim, 1);
            }
        }
    }

    fn said(&mut self, who: &str, said: Option<&Said>) {
        let Some(said) = said else { return };
        let cut = if said.cut { " (cut short)" } else { "" };
        self.section(&format!("{who}{cut}"));
        self.text(&said.text, self.look.theme.text, SAID_ROWS);
    }

    fn todos(&mut self, todos: &[Todo]) {
        if todos.is_empty() {
            return;
        }
        let done = todos.iter().filter(|t| t.state == TodoState::Done).count();
        self.section(&format!("todos {done}/{}", todos.len()));
        let (look, theme) = (self.look, self.look.theme);
        for todo in todos.iter().take(TODOS_MAX) {
            let (sign, sign_style, style) = match todo.state {
                TodoState::Pending => (look.pick("☐", "o"), theme.dim, theme.text),
                TodoState::Active => (look.pick("◐", ">"), theme.accent, theme.title),
                TodoState::Done => (look.pick("☑", "x"), theme.ok, theme.dim),
            };
            self.entry(sign, sign_style, &one_line(&todo.text), style);
        }
        self.more(todos.len().saturating_sub(TODOS_MAX));
    }

    fn tools(&mut self, digest: &Digest) {
        if digest.tools.is_empty() {
            return;
        }
        let failed = match digest.tool_failures {
            0 => String::new(),
            n => format!("{}{n} failed", self.look.dot()),
        };
        self.section(&format!("tools {}{failed}", digest.tool_calls));
        let skip = digest.tools.len().saturating_sub(TOOLS_MAX);
        for tool in digest.tools.iter().skip(skip) {
            self.tool(tool);
        }
    }

    fn tool(&mut self, tool: &ToolUse) {
        let (look, theme) = (self.look, self.look.theme);
        let (sign, style) = match tool.state {
            ToolState::Running => (look.pick("…", "."), theme.accent),
            ToolState::Ok => (look.pick("✓", "+"), theme.ok),
            ToolState::Failed(_) => (look.pick("✗", "x"), theme.error),
        };
        let code = match tool.state {
            ToolState::Failed(Some(code)) => format!(" ({code})"),
            _ => String::new(),
        };
        let (name, summary) = (one_line(&tool.name), one_line(&tool.summary));
        // The code is kept when the command is cut: it is what tells failures apart.
        let room = self.width.saturating_sub(sign.width() + 1 + code.width());
        let text = if summary.starts_with('/') && !summary.contains(' ') {
            let rest = room.saturating_sub(name.width() + 1);
            format!("{name} {}", wrap::clip_start(&summary, rest, look.cut()))
        } else {
            format!("{name} {summary}")
        };
        let text = wrap::clip(text.trim_end(), room, look.cut());
        self.entry(sign, style, &format!("{text}{code}"), theme.text);
    }

    /// What Git sees changed; where it sees nothing (yet), what the tools wrote.
    fn files(&mut self, view: &PanelView) {
        let touched = view.live.digest.files.iter().map(|f| &f.path);
        let changed = view.live.changed.iter();
        let paths: Vec<&String> =
            if view.live.changed.is_empty() { touched.collect() } else { changed.collect() };
        if paths.is_empty() {
            return;
        }
        self.section(&format!("files changed {}", paths.len()));
        let room = self.width.saturating_sub(2);
        for path in paths.iter().take(FILES_MAX) {
            let path = wrap::clip_start(&one_line(path), room, self.look.cut());
            self.lines.push(Line::styled(format!("  {path}"), self.look.theme.code));
        }
        self.more(paths.len().saturating_sub(FILES_MAX));
    }

    fn tokens(&mut self, digest: &Digest) {
        let usage = digest.usage;
        let total = usage.input + usage.output + usage.cache_read + usage.cache_write;
        if total == 0 && digest.context_tokens.is_none() {
            return;
        }
        self.section("tokens");
        let (dim, dot) = (self.look.theme.dim, self.look.dot());
        let cached = usage.cache_read + usage.cache_write;
        let (input, output) = (look::count(usage.input), look::count(usage.output));
        let spent = format!("in {input}{dot}out {output}{dot}cached {}", look::count(cached));
        self.text(&spent, dim, 2);
        if let Some(context) = digest.context_tokens {
            self.context(context, usage.window);
        }
    }

    fn context(&mut self, context: u64, window: Option<u64>) {
        let theme = self.look.theme;
        let Some(window) = window.filter(|w| *w > 0) else {
            return self.text(&format!("context {}", look::count(context)), theme.dim, 1);
        };
        let percent = context.saturating_mul(100) / window;
        // Clients compact by themselves somewhere above 80 %.
        let style = if percent >= 80 { theme.warn } else { theme.dim };
        let window = look::count(window);
        self.text(&format!("context {percent} % of {window}"), style, 1);
    }

    fn drift(&mut self, drift: &Drift) {
        let unknown: u64 = drift.unknown.values().sum();
        let count = unknown + drift.bad_lines + drift.long_lines;
        if count > 0 {
            self.section("");
            let noun = if count == 1 { "record" } else { "records" };
            self.text(&format!("{count} {noun} not recognised"), self.look.theme.warn, 2);
        }
    }
}
