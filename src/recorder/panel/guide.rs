//! What there is to try next, for a person who sees the split screen for the first time.
//!
//! One thing at a time, chosen by what the assistant does: whatever a person typed, there is
//! always a next step on the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::look::Look;
use super::{PanelView, wrap};
use crate::model::Activity;

/// Rows that a tip leaves to the panel's own content.
const CONTENT_ROWS_MIN: u16 = 2;

/// A thing to try. The first line says it alone where only one row is free.
pub type Tip = &'static [&'static str];

/// What to say in which situation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guide {
    /// Nothing was asked yet.
    pub ask: Tip,
    /// The assistant works.
    pub working: Tip,
    /// It waits for the person's permission.
    pub waiting: Tip,
    /// A limit or failure stopped it.
    pub stopped: Tip,
    /// It has answered, or was interrupted.
    pub answered: Tip,
}

impl Guide {
    /// The tip for what is shown.
    pub(super) fn tip(&self, view: &PanelView) -> Tip {
        let digest = &view.live.digest;
        let is_asked = digest.last_prompt.is_some();
        let is_stopped = view.live.stopped_by.is_some() || digest.failure.is_some();
        match view.activity {
            Activity::Waiting => self.waiting,
            Activity::Working if is_asked => self.working,
            _ if is_stopped => self.stopped,
            _ if is_asked => self.answered,
            _ => self.ask,
        }
    }
}

/// Draws the tip at the top of `area` and returns what is left below it.
pub(super) fn draw(view: &PanelView, look: Look, area: Rect, buffer: &mut Buffer) -> Rect {
    let Some(guide) = view.guide else { return area };
    let room = area.height.saturating_sub(CONTENT_ROWS_MIN);
    let lines = lines(guide.tip(view), look, area.width, room.into());
    for (line, row) in lines.iter().zip(area.rows()) {
        buffer.set_line(row.x, row.y, line, row.width);
    }
    // A blank row sets it apart where there is one to spare.
    let used = (lines.len() as u16 + 1).min(room);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

/// The tip as at most `room` rows: what to do stands out, the rest explains and is left out where
/// it has no room.
fn lines(tip: Tip, look: Look, width: u16, room: usize) -> Vec<Line<'static>> {
    let Some((what, why)) = tip.split_first() else { return Vec::new() };
    let what = format!("{} {what}", look.pick("▸", ">"));
    let mut lines = wrap::wrap_rows(&what, look.theme.accent, width.into(), room, look.cut());
    for text in why {
        let more = wrap::wrap_rows(text, look.theme.dim, width.into(), usize::MAX, "");
        if lines.len() + more.len() <= room {
            lines.extend(more);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Scene;
    use super::super::{Tab, draw as draw_panel, status_line};
    use super::*;
    use crate::model::FailureKind;
    use crate::theme::Theme;

    const GUIDE: Guide = Guide {
        ask: &["ask for something", "and see what comes"],
        working: &["watch it"],
        waiting: &["say yes"],
        stopped: &["leave"],
        answered: &["ask again, or leave"],
    };

    fn text(buffer: &Buffer) -> String {
        let width = usize::from(buffer.area.width);
        let rows: Vec<String> = buffer
            .content
            .chunks(width)
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>())
            .collect();
        rows.join("\n")
    }

    #[test]
    fn there_is_a_next_step_in_every_situation() {
        let (fresh, mut busy) = (Scene::empty(), Scene::busy());
        let tip = |scene: &Scene, activity| {
            GUIDE.tip(&PanelView { activity, ..scene.view(Tab::Live) })[0]
        };
        assert_eq!(tip(&fresh, Activity::Unknown), "ask for something");
        // A client that starts is busy too.
        assert_eq!(tip(&fresh, Activity::Working), "ask for something");
        assert_eq!(tip(&busy, Activity::Working), "watch it");
        assert_eq!(tip(&busy, Activity::Waiting), "say yes");
        assert_eq!(tip(&busy, Activity::Idle), "ask again, or leave");
        busy.live.stopped_by = Some(FailureKind::UsageLimit);
        assert_eq!(tip(&busy, Activity::Idle), "leave");
    }

    #[test]
    fn it_stands_over_every_tab_and_on_the_status_line() {
        let (scene, theme) = (Scene::empty(), Theme::plain());
        for tab in Tab::ALL {
            for (width, height) in [(30, 20), (78, 6)] {
                let area = Rect::new(0, 0, width, height);
                let mut buffer = Buffer::empty(area);
                let view = PanelView { guide: Some(&GUIDE), ..scene.view(tab) };
                let drawn = draw_panel(&view, area, &mut buffer, &theme);
                let text = text(&buffer);
                assert!(text.contains("▸ ask for something"), "{tab:?} {width}: {text}");
                assert!(drawn.visible_rows >= CONTENT_ROWS_MIN, "{tab:?} {width}: {text}");
            }
        }
        let area = Rect::new(0, 0, 40, 1);
        let mut buffer = Buffer::empty(area);
        let view = PanelView { guide: Some(&GUIDE), ..scene.view(Tab::Live) };
        status_line(&view, area, &mut buffer, &theme);
        assert!(text(&buffer).contains("▸ ask for something"), "{}", text(&buffer));
    }
}
