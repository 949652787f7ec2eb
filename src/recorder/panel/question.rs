//! A question to the person, drawn in a box over everything else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::look::{Look, one_line};
use super::{overlay, wrap};
use crate::recorder::menu::Menu;
use crate::theme::Theme;

/// What can be done with every question.
const KEYS: &str = "up/down, Enter, Esc";

/// Columns of a note at most: it is wrapped, and a wider box would hide more than it explains.
const NOTE_COLS: usize = 44;

/// Draws `menu` in the middle of `area`: its answers, the selected one marked, then its note.
pub fn question<T>(menu: &Menu<T>, area: Rect, buffer: &mut Buffer, theme: &Theme, ascii: bool) {
    let area = area.intersection(buffer.area);
    let look = Look { theme, ascii };
    let texts = menu.rows.iter().map(|row| row.text.width() + "> x  ".len());
    let note = menu.note.as_deref().map(one_line).unwrap_or_default();
    let wanted = texts.chain([menu.title.width() + 4, KEYS.len()]).max().unwrap_or(0);
    let inner = wanted.max(note.width().min(NOTE_COLS)).min(usize::from(area.width).max(5) - 4);
    let mut lines: Vec<Line> = Vec::new();
    for (n, row) in menu.rows.iter().enumerate() {
        let is_selected = n == menu.selected;
        let sign = if is_selected { look.pick("▸ ", "> ") } else { "  " };
        let style = if is_selected { theme.selection } else { theme.text };
        let text = wrap::clip(&one_line(&row.text), inner.saturating_sub(5), look.cut());
        lines.push(Line::from_iter([
            Span::styled(sign, theme.accent),
            Span::styled(format!("{}  ", row.key), theme.accent),
            Span::styled(text, style),
        ]));
    }
    if !note.is_empty() {
        lines.push(Line::default());
        lines.extend(wrap::wrap_rows(&note, theme.warn, inner, usize::MAX, ""));
    }
    lines.push(Line::styled(KEYS, theme.dim));
    let size = (inner + 4, lines.len() + 2);
    let Some(frame) = overlay::boxed(&menu.title, size, area, look, buffer) else { return };
    for (line, y) in lines.iter().zip(frame.y + 1..frame.bottom() - 1) {
        buffer.set_line(frame.x + 2, y, line, frame.width - 4);
    }
}
