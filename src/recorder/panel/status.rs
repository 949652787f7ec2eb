//! The status rows: activity, proof of capture and recording, in as much room as there is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::look::{Look, one_line};
use super::{PanelView, Parts, Tab, live, wrap};
use crate::model::Captured;
use crate::theme::Theme;

/// Parts of a status row, most important first.
type Segments = Vec<(String, Style)>;

/// Draws the one row that stands for a hidden panel.
pub fn status_line(view: &PanelView, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let area = Rect { height: area.height.min(1), ..area }.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    super::clear(area, buffer, theme);
    let look = Look { theme, ascii: view.ascii };
    let margin = u16::from(area.width >= super::MARGIN_COLS);
    let row = Rect { x: area.x + margin, width: area.width - 2 * margin, ..area };
    let segments = match notice(view, look) {
        Some(notice) => vec![notice],
        None => tip(view, look).into_iter().chain(hidden_segments(view, look)).collect(),
    };
    let used = put(&segments, look, row, buffer);
    keys_at_the_end(view, look, row, used, buffer);
}

/// Draws the keys at the end of a row that is used up to the column `used`.
fn keys_at_the_end(view: &PanelView, look: Look, row: Rect, used: u16, buffer: &mut Buffer) {
    // Two blanks apart, or the keys would read as a part of the status.
    let room = row.right().saturating_sub(used.saturating_add(2));
    let hints = keys(view, look, room);
    let at = row.right().saturating_sub(hints.width() as u16);
    buffer.set_stringn(at, row.y, &hints, hints.width(), look.theme.dim);
}

/// Draws the rows below the content of the open panel: the status, or a notice, and the keys.
pub(super) fn rows(view: &PanelView, look: Look, parts: &Parts, buffer: &mut Buffer) {
    let Some(row) = parts.status else { return };
    let Some(hints) = parts.hints else { return keyed(view, look, row, buffer) };
    let text = keys(view, look, hints.width);
    buffer.set_stringn(hints.x, hints.y, text, hints.width.into(), look.theme.dim);
    match notice(view, look) {
        None => drop(put(&open_segments(view, look), look, row, buffer)),
        // The blank row above is there for a notice that is too long for one.
        Some((text, style)) => {
            let lines = wrap::wrap_rows(&text, style, row.width.into(), 2, look.cut());
            let top = (row.y + 1).saturating_sub(lines.len() as u16);
            for (line, y) in lines.iter().zip(top..) {
                buffer.set_line(row.x, y, line, row.width);
            }
        }
    }
}

/// Draws status and keys into one row.
fn keyed(view: &PanelView, look: Look, row: Rect, buffer: &mut Buffer) {
    let segments = notice(view, look).map_or_else(|| open_segments(view, look), |n| vec![n]);
    let used = put(&segments, look, row, buffer);
    keys_at_the_end(view, look, row, used, buffer);
}

/// As many keys as fit whole: half a hint helps nobody.
fn keys(view: &PanelView, look: Look, room: u16) -> String {
    let mut out = String::new();
    for hint in view.hints.iter().map(|hint| one_line(hint)) {
        let dot = if out.is_empty() { "" } else { look.dot() };
        if out.width() + dot.width() + hint.width() > usize::from(room) {
            break;
        }
        out.push_str(dot);
        out.push_str(&hint);
    }
    out
}

/// What there is to try next, in one line.
fn tip(view: &PanelView, look: Look) -> Option<(String, Style)> {
    let line = view.guide?.tip(view).first()?;
    Some((format!("{} {line}", look.pick("▸", ">")), look.theme.accent))
}

fn notice(view: &PanelView, look: Look) -> Option<(String, Style)> {
    let text = view.notice.map(one_line).filter(|text| !text.is_empty())?;
    Some((text, look.theme.warn))
}

/// The Live tab tells activity and capture itself, so there the row tells the rest.
fn open_segments(view: &PanelView, look: Look) -> Segments {
    let lost = matches!(view.live.captured, Captured::Lost { .. });
    let run = vec![recording(view, look), name(view, look)];
    match view.tab {
        Tab::Live if lost => [vec![captured(view, look)], run].concat(),
        Tab::Live => run,
        _ => vec![activity(view, look), captured(view, look), recording(view, look)],
    }
}

fn hidden_segments(view: &PanelView, look: Look) -> Segments {
    vec![
        activity(view, look),
        captured(view, look),
        recording(view, look),
        name(view, look),
        (since(view), look.theme.dim),
    ]
}

fn name(view: &PanelView, look: Look) -> (String, Style) {
    let name = format!("{} {}", one_line(view.header.provider.as_str()), view.header.session);
    (name, look.theme.dim)
}

fn since(view: &PanelView) -> String {
    format!("since {}", view.header.since)
}

fn activity(view: &PanelView, look: Look) -> (String, Style) {
    let (sign, word, style) = live::activity_sign(view, look);
    (format!("{sign} {word}"), style)
}

fn captured(view: &PanelView, look: Look) -> (String, Style) {
    let (text, style, reason) = live::captured_sign(&view.live.captured, look);
    (reason.map_or(text.clone(), |reason| format!("{text}: {reason}")), style)
}

fn recording(view: &PanelView, look: Look) -> (String, Style) {
    let theme = look.theme;
    let recording = view.recording;
    if let Some(reason) = recording.stopped_reason {
        return (format!("recording stopped: {}", one_line(reason)), theme.error);
    }
    if recording.on {
        ("rec".to_owned(), theme.dim)
    } else {
        ("not recorded".to_owned(), theme.warn)
    }
}

/// Puts as many segments into the row as fit; the first one is cut rather than left out. Returns
/// the column after them.
fn put(segments: &[(String, Style)], look: Look, row: Rect, buffer: &mut Buffer) -> u16 {
    let mut spans: Vec<Span> = Vec::new();
    let mut room = usize::from(row.width);
    for (n, (text, style)) in segments.iter().enumerate() {
        let dot = if n == 0 { "" } else { look.dot() };
        let alarm = *style == look.theme.error;
        let fits = dot.width() + text.width() <= room;
        // Something that is wrong is shown as far as it goes, the rest only whole.
        if !fits && n > 0 && !(alarm && room > dot.width() + 4) {
            continue;
        }
        let text = wrap::clip(text, room - dot.width(), look.cut());
        room -= dot.width() + text.width();
        spans.push(Span::styled(dot, look.theme.dim));
        spans.push(Span::styled(text, *style));
    }
    buffer.set_line(row.x, row.y, &Line::from(spans), row.width).0
}
