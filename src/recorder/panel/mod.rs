//! The panel, drawn: values in, cells out.
//!
//! Nothing here knows threads, files or keys. Every text of others is cleaned of control and
//! unseen characters before it becomes a cell. Any size works: what has no room is left out,
//! least important first.

mod guide;
mod live;
mod look;
pub mod markdown;
mod overlay;
mod question;
mod status;
mod timeline;
mod wrap;

use std::cell::Ref;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

pub use self::guide::{Guide, Tip};
use self::look::Look;
pub use self::markdown::Document;
pub use self::overlay::{menu, scrolled, separator};
pub use self::question::question;
pub use self::status::status_line;
use crate::clock::Timestamp;
use crate::model::{Activity, Live, ProviderName, SessionId, TimelineEvent};
use crate::theme::Theme;

/// What the panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// The document that this run started from.
    Handoff,
    /// What is happening.
    #[default]
    Live,
    /// Earlier sessions.
    Timeline,
}

impl Tab {
    /// All tabs, from left to right.
    pub const ALL: [Self; 3] = [Self::Handoff, Self::Live, Self::Timeline];

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Handoff => "Handoff",
            Self::Live => "Live",
            Self::Timeline => "Timeline",
        }
    }

    /// The one after it, around the end.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Handoff => Self::Live,
            Self::Live => Self::Timeline,
            Self::Timeline => Self::Handoff,
        }
    }
}

/// Everything that the panel is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct PanelView<'a> {
    /// The tab that is shown.
    pub tab: Tab,
    /// Rows of its content that are scrolled away at the top; too many are as good as the most.
    pub scroll: u16,
    /// Which run this is.
    pub header: Header<'a>,
    /// What the assistant is doing.
    pub activity: Activity,
    /// Its transcript, live.
    pub live: &'a Live,
    /// The document that this run started from; empty where there is none.
    pub handoff: &'a Document,
    /// Earlier sessions, newest first.
    pub timeline: &'a [TimelineEvent],
    /// One line that is more important than the status just now.
    pub notice: Option<&'a str>,
    /// What there is to try, for a newcomer.
    pub guide: Option<&'a Guide>,
    /// The most useful keys, most important first, such as `F9 hand over`.
    pub hints: &'a [&'a str],
    /// How another assistant takes over, where there is one.
    pub way_out: Option<&'a str>,
    /// Whether the run is being recorded.
    pub recording: Recording<'a>,
    /// Only ASCII can be shown.
    pub ascii: bool,
    /// Counts up while the assistant works: turns the sign of it.
    pub frame: usize,
    /// Date and time for people, in their time zone.
    pub when: fn(Timestamp) -> String,
}

/// Which run this is.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// Its session.
    pub session: SessionId,
    /// Its assistant.
    pub provider: &'a ProviderName,
    /// Its goal; empty where none is set.
    pub goal: &'a str,
    /// Since when it runs, as people say it (`14:02`). Not how long: that would have to be drawn
    /// anew every second of an idle session.
    pub since: &'a str,
}

/// Whether the run is being recorded.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recording<'a> {
    /// It is.
    pub on: bool,
    /// Why it stopped before the run did.
    pub stopped_reason: Option<&'a str>,
}

/// How much was there to show, for scrolling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drawn {
    /// Rows of the whole content.
    pub content_rows: u16,
    /// Rows of it that could be seen.
    pub visible_rows: u16,
}

/// Rows from which on a line under the tabs and a row of keys have their place. A panel at the
/// bottom is lower than this: there each row is the content's, and the keys stand beside the status.
const ROOMY_ROWS: u16 = 16;
/// Columns from which on the content has a margin at both sides.
const MARGIN_COLS: u16 = 16;

/// Columns from which on the text does not touch the scrollbar.
const GAP_COLS: u16 = 24;

/// Blanks between the names of two tabs.
const TAB_GAP: u16 = 2;

/// Where the parts of the panel lie.
struct Parts {
    tabs: Rect,
    rule: Option<Rect>,
    content: Rect,
    /// The margin at the right of the content, so that a scrollbar never changes its width.
    bar: Option<Rect>,
    status: Option<Rect>,
    hints: Option<Rect>,
}

impl Parts {
    /// Moves the content, and the scrollbar with it.
    fn put_content(&mut self, content: Rect) {
        self.content = content;
        if let Some(bar) = &mut self.bar {
            (bar.y, bar.height) = (content.y, content.height);
        }
    }
}

/// Draws the panel into `area` of `buffer` (all of it is overwritten).
pub fn draw(view: &PanelView, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Drawn {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return Drawn::default();
    }
    clear(area, buffer, theme);
    if area.height == 1 {
        status_line(view, area, buffer, theme);
        return Drawn::default();
    }
    let look = Look { theme, ascii: view.ascii };
    let mut parts = split(area);
    tabs(view, look, &parts, buffer);
    status::rows(view, look, &parts, buffer);
    parts.put_content(guide::draw(view, look, parts.content, buffer));
    let width = parts.content.width;
    match view.tab {
        Tab::Handoff if view.handoff.is_empty() => {
            content(&no_handoff(view, look, width), view, look, &parts, buffer)
        }
        Tab::Handoff => {
            let lines: Ref<'_, [Line]> = view.handoff.lines(width, theme, view.ascii);
            content(&lines, view, look, &parts, buffer)
        }
        Tab::Live => content(&live::lines(view, look, width), view, look, &parts, buffer),
        Tab::Timeline => content(&timeline::lines(view, look, width), view, look, &parts, buffer),
    }
}

/// Blanks in the theme's background, which is usually the terminal's own. A wide character that
/// reaches into the area goes too.
fn clear(area: Rect, buffer: &mut Buffer, theme: &Theme) {
    for y in area.top()..area.bottom() {
        let before = area.x.checked_sub(1).and_then(|x| buffer.cell_mut((x, y)));
        if let Some(cell) = before.filter(|cell| cell.symbol().width() > 1) {
            cell.set_symbol(" ");
        }
    }
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
            cell.set_style(theme.bg);
        }
    }
}

fn split(area: Rect) -> Parts {
    let margin = u16::from(area.width >= MARGIN_COLS);
    let inner = Rect { x: area.x + margin, width: area.width - 2 * margin, ..area };
    let row = |y: u16| Rect { y, height: 1, ..inner };
    let roomy = area.height >= ROOMY_ROWS;
    let top = area.y + 1 + u16::from(roomy);
    let mut bottom = area.bottom();
    let mut take = |wanted: bool| {
        bottom -= u16::from(wanted);
        wanted.then_some(row(bottom))
    };
    let hints = take(roomy);
    let status = take(area.height >= 3);
    // An empty row keeps the content apart from what stands below it.
    take(roomy);
    let rows = Rect { y: top, height: bottom.saturating_sub(top), ..inner };
    // A blank between text and scrollbar, where there is room for one.
    let gap = u16::from(area.width >= GAP_COLS);
    Parts {
        tabs: row(area.y),
        rule: roomy.then(|| Rect { y: area.y + 1, height: 1, ..area }),
        content: Rect { width: rows.width - gap, ..rows },
        bar: (margin > 0).then(|| Rect { x: rows.right(), width: 1, ..rows }),
        status,
        hints,
    }
}

/// The names of the tabs, and at the right the session; the line below marks the one shown.
fn tabs(view: &PanelView, look: Look, parts: &Parts, buffer: &mut Buffer) {
    let (theme, row) = (look.theme, parts.tabs);
    if let Some(rule) = parts.rule {
        let line = look.pick("─", "-").repeat(usize::from(rule.width));
        buffer.set_stringn(rule.x, rule.y, line, rule.width.into(), theme.border);
    }
    let mut x = row.x;
    let names = Tab::ALL.map(|tab| (tab, tab.title()));
    let gaps = usize::from(TAB_GAP) * (names.len() - 1);
    let whole = names.iter().map(|(_, name)| name.len()).sum::<usize>() + gaps;
    let short = whole > usize::from(row.width);
    for (tab, name) in names {
        let active = tab == view.tab;
        let name = if short && !active { &name[..1] } else { name };
        let style = if active { theme.tab_active } else { theme.tab_inactive };
        let room = row.right().saturating_sub(x);
        let (end, _) = buffer.set_stringn(x, row.y, name, room.into(), style);
        if let Some(rule) = parts.rule.filter(|_| active) {
            let mark = look.pick("━", "=").repeat(usize::from(end - x));
            buffer.set_stringn(x, rule.y, mark, usize::from(end - x), theme.accent);
        }
        x = end.saturating_add(TAB_GAP).min(row.right());
    }
    let session = view.header.session.to_string();
    let at = row.right().saturating_sub(session.len() as u16);
    if at >= x {
        buffer.set_stringn(at, row.y, &session, session.len(), theme.dim);
    }
}

/// The tab whose name stands at this cell of the screen, when the panel lies in `area`.
pub fn tab_at(area: Rect, col: u16, row: u16) -> Option<Tab> {
    let parts = split(area);
    if row != parts.tabs.y || col < parts.tabs.x {
        return None;
    }
    let mut end = parts.tabs.x;
    Tab::ALL.into_iter().find(|tab| {
        end += tab.title().len() as u16 + TAB_GAP;
        col < end
    })
}

fn no_handoff(view: &PanelView, look: Look, width: u16) -> Vec<Line<'static>> {
    let text = "this run started without a handoff: the assistant was told nothing";
    let goal = look::one_line(view.header.goal);
    let width = usize::from(width);
    let mut lines = wrap::wrap_rows(text, look.theme.dim, width, usize::MAX, "");
    if !goal.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled("goal", look.theme.heading));
        lines.extend(wrap::wrap(&[Span::styled(goal, look.theme.text)], width));
    }
    lines
}

/// Draws the lines that are scrolled into view, and how far they are scrolled.
fn content(
    lines: &[Line],
    view: &PanelView,
    look: Look,
    parts: &Parts,
    buffer: &mut Buffer,
) -> Drawn {
    let area = parts.content;
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let scroll = view.scroll.min(rows.saturating_sub(area.height));
    let shown = lines.iter().skip(scroll.into()).take(area.height.into());
    for (line, y) in shown.zip(area.y..) {
        buffer.set_line(area.x, y, line, area.width);
    }
    if let Some(bar) = parts.bar.filter(|bar| rows > bar.height && bar.height >= 2) {
        scrollbar(rows, scroll, look, bar, buffer);
    }
    Drawn { content_rows: rows, visible_rows: area.height }
}

fn scrollbar(rows: u16, scroll: u16, look: Look, bar: Rect, buffer: &mut Buffer) {
    let (rows, height) = (u32::from(rows), u32::from(bar.height));
    let length = (height * height / rows).clamp(1, height);
    let travel = rows - height;
    let top = (u32::from(scroll) * (height - length) + travel / 2) / travel;
    for row in 0..height {
        let on = (top..top + length).contains(&row);
        let (glyph, style) = if on {
            (look.pick("┃", "#"), look.theme.accent)
        } else {
            (look.pick("│", "|"), look.theme.border)
        };
        buffer.set_stringn(bar.x, bar.y + row as u16, glyph, 1, style);
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
