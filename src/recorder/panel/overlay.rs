//! What is drawn over or between the panes: the list of keys, and the line that separates them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::look::{Look, one_line};
use super::wrap;
use crate::theme::Theme;

/// Blanks between a key and what it does.
const KEY_GAP: usize = 2;

/// Draws a box in the middle of `area` with `title` and one row for each key and what it does.
pub fn menu(
    title: &str,
    rows: &[(&str, &str)],
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    ascii: bool,
) {
    let area = area.intersection(buffer.area);
    let look = Look { theme, ascii };
    let keys = rows.iter().map(|(key, _)| key.width()).max().unwrap_or(0);
    let texts = rows.iter().map(|(_, text)| text.width()).max().unwrap_or(0);
    let inner = (keys + KEY_GAP + texts).max(title.width() + 2);
    // Two cells of border and two of margin, two rows of border.
    let Some(frame) = boxed(title, (inner + 4, rows.len() + 2), area, look, buffer) else { return };
    let room = usize::from(frame.width) - 4;
    for ((key, text), y) in rows.iter().zip(frame.y + 1..frame.bottom() - 1) {
        let key = one_line(key);
        let gap = " ".repeat(keys + KEY_GAP - key.width().min(keys));
        let text = wrap::clip(&one_line(text), room.saturating_sub(keys + KEY_GAP), look.cut());
        let spans =
            [Span::styled(key, theme.accent), Span::raw(gap), Span::styled(text, theme.text)];
        buffer.set_line(frame.x + 2, y, &Line::from_iter(spans), room as u16);
    }
}

/// Draws an empty box of at most `size` columns and rows in the middle of `area`; none where it
/// would have no room inside.
pub(super) fn boxed(
    title: &str,
    (cols, rows): (usize, usize),
    area: Rect,
    look: Look,
    buffer: &mut Buffer,
) -> Option<Rect> {
    let width = cols.min(area.width.into()) as u16;
    let height = rows.min(area.height.into()) as u16;
    if width < 5 || height < 3 {
        return None;
    }
    let frame = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    super::clear(frame, buffer, look.theme);
    border(title, frame, look, buffer);
    Some(frame)
}

fn border(title: &str, frame: Rect, look: Look, buffer: &mut Buffer) {
    let (theme, inner) = (look.theme, usize::from(frame.width) - 2);
    let bar = look.pick("─", "-").repeat(inner);
    let (left, right) = (frame.x, frame.right() - 1);
    for (y, ends) in [
        (frame.y, [look.pick("╭", "+"), look.pick("╮", "+")]),
        (frame.bottom() - 1, [look.pick("╰", "+"), look.pick("╯", "+")]),
    ] {
        let text = format!("{}{bar}{}", ends[0], ends[1]);
        buffer.set_stringn(left, y, text, frame.width.into(), theme.border);
    }
    for y in frame.y + 1..frame.bottom() - 1 {
        for x in [left, right] {
            buffer.set_stringn(x, y, look.pick("│", "|"), 1, theme.border);
        }
    }
    let title = wrap::clip(&one_line(title), inner.saturating_sub(4), look.cut());
    if !title.is_empty() {
        let title = format!(" {title} ");
        buffer.set_stringn(left + 2, frame.y, &title, title.width(), theme.title);
    }
}

/// Says in the upper right corner of the pane that it shows what was `rows` rows ago, and how to
/// come back; in fewer words where there is no room.
pub fn scrolled(rows: usize, pane: Rect, buffer: &mut Buffer, theme: &Theme, ascii: bool) {
    let pane = pane.intersection(buffer.area);
    let look = Look { theme, ascii };
    let (up, dot) = (look.pick("↑", "^"), look.dot());
    let noun = if rows == 1 { "row" } else { "rows" };
    let whole = format!(" {up} {rows} {noun}{dot}type to return ");
    let short = format!(" {up} {rows} ");
    // At most half of the row: what it covers is what the person looks for.
    let fits = |text: &&String| text.width() <= usize::from(pane.width / 2);
    let Some(text) = [&whole, &short].into_iter().find(fits) else { return };
    let width = text.width() as u16;
    let place = Rect { x: pane.right() - width, width, height: 1, ..pane };
    super::clear(place, buffer, theme);
    buffer.set_stringn(place.x, place.y, text, width.into(), theme.selection);
}

/// Draws the line between pane and panel: `area` is one column wide or one row high.
pub fn separator(area: Rect, buffer: &mut Buffer, theme: &Theme, ascii: bool) {
    let area = area.intersection(buffer.area);
    let look = Look { theme, ascii };
    let upright = area.width <= 1;
    let glyph = if upright { look.pick("│", "|") } else { look.pick("─", "-") };
    super::clear(area, buffer, theme);
    for position in area.positions() {
        buffer.set_stringn(position.x, position.y, glyph, 1, theme.border);
    }
}
