//! Whole screens, as text.

use ratatui::style::Style;

use super::fixture::Scene;
use super::*;
use crate::model::Captured;
use crate::theme::Depth;

fn screen(view: &PanelView, width: u16, height: u16) -> (String, Drawn) {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let drawn = draw(view, area, &mut buffer, &Theme::plain());
    (text(&buffer), drawn)
}

/// The buffer's rows as a terminal would show them, without blanks at their ends.
fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut out = String::new();
    for y in area.top()..area.bottom() {
        let mut row = String::new();
        let mut x = area.left();
        while x < area.right() {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += (unicode_width::UnicodeWidthStr::width(symbol) as u16).max(1);
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

fn busy(tab: Tab, width: u16, height: u16) -> String {
    screen(&Scene::busy().view(tab), width, height).0
}

#[test]
fn dump() {
    let mut out = String::new();
    for (tab, w, h) in [
        (Tab::Live, 30, 20),
        (Tab::Handoff, 30, 20),
        (Tab::Timeline, 30, 20),
        (Tab::Live, 50, 40),
        (Tab::Live, 20, 5),
        (Tab::Timeline, 20, 5),
    ] {
        out.push_str(&format!("=== {tab:?} {w}x{h}\n{}", busy(tab, w, h)));
    }
    std::fs::write("/tmp/panel-dump.txt", out).unwrap();
}
