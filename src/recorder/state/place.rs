//! The panel during a run: where it stands, which tab it shows, how far it is scrolled.

use std::time::Instant;

use super::super::event::Effect;
use super::super::layout::{Layout, Place};
use super::super::mouse::{Report, WHEEL_ROWS};
use super::super::panel;
use super::Recorder;

impl Recorder {
    pub(super) fn toggle_panel(&mut self, now: Instant, out: &mut Vec<Effect>) {
        let is_shown = self.view.layout.panel.width > 0;
        let place = match (is_shown, self.shown) {
            (true, _) => Place::Hidden,
            // `auto` hides it on a small terminal, and now the person asks for it.
            (false, Place::Auto) if Layout::new(self.host, Place::Auto).panel.width == 0 => {
                Place::Bottom
            }
            (false, shown) => shown,
        };
        self.put_panel(place, now, out);
    }

    pub(super) fn put_panel(&mut self, place: Place, now: Instant, out: &mut Vec<Effect>) {
        self.place = place;
        self.chosen = Some(place);
        if place != Place::Hidden {
            self.shown = place;
        }
        self.divide(now, out);
        if place != Place::Hidden && self.view.layout.panel.width == 0 {
            self.notice("this terminal is too small for the panel".into(), now, out);
        } else {
            self.hush(out);
        }
    }

    pub(super) fn next_tab(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if self.view.layout.panel.width == 0 {
            return self.toggle_panel(now, out);
        }
        self.view.tab = self.view.tab.next();
        self.view.panel_scroll = 0;
        self.hush(out);
    }

    pub(super) fn panel_mouse(&mut self, report: Report, out: &mut Vec<Effect>) {
        let area = self.view.layout.panel;
        if report.wheel() != 0 {
            self.scroll_panel(i32::from(report.wheel()) * WHEEL_ROWS);
            out.push(Effect::Show);
        } else if report.down && report.is_left() && !report.is_motion() {
            let tab = panel::tab_at(area, report.col, report.row);
            if let Some(tab) = tab.filter(|tab| *tab != self.view.tab) {
                self.view.tab = tab;
                self.view.panel_scroll = 0;
                out.push(Effect::Show);
            }
        }
    }

    pub(super) fn scroll_panel(&mut self, rows: i32) {
        let (content, window) = self.panel_rows;
        let last = i32::from(content.saturating_sub(window));
        self.view.panel_scroll = (i32::from(self.view.panel_scroll) + rows).clamp(0, last) as u16;
    }
}
