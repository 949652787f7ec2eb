//! Where pane and panel stand in the host's terminal. Pure.
//!
//! The pane is always at column 0, row 0, so that the child's mouse reports need no rewriting.

use ratatui::layout::Rect;

use crate::model::Size;

/// From this width on the panel stands at the right: 80 columns for the child, a rule, and a
/// panel that can be read.
pub const RIGHT_COLS_MIN: u16 = 130;
/// The child is never narrower than this beside the panel: what programs expect of a terminal.
const CHILD_COLS_MIN: u16 = 80;
/// From this height on the panel stands at the bottom: 24 rows for the child and 9 for us.
const BOTTOM_ROWS_MIN: u16 = 33;
/// The narrowest panel that is worth its columns.
const PANEL_COLS_MIN: u16 = 30;
/// Wider than this, lines of prose get hard to read.
const PANEL_COLS_MAX: u16 = 64;
/// The lowest panel: tabs, three lines, status.
const PANEL_ROWS_MIN: u16 = 5;
/// A higher one takes from the child what the panel does not need.
const PANEL_ROWS_MAX: u16 = 14;
/// Below this height the status line goes too: every row is the child's.
const STATUS_ROWS_MIN: u16 = 8;

/// Where a person wants the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// Where there is room.
    #[default]
    Auto,
    /// At the right, also when the child gets narrow.
    Right,
    /// At the bottom.
    Bottom,
    /// Away; one status line stays.
    Hidden,
}

impl Place {
    /// Reads the word of `--layout` and the config.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "right" => Some(Self::Right),
            "bottom" => Some(Self::Bottom),
            "hidden" => Some(Self::Hidden),
            _ => None,
        }
    }

    /// The word for the config.
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Right => "right",
            Self::Bottom => "bottom",
            Self::Hidden => "hidden",
        }
    }

    /// The next place, for the key that goes round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Auto | Self::Hidden => Self::Right,
            Self::Right => Self::Bottom,
            Self::Bottom => Self::Hidden,
        }
    }
}

/// Rectangles of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// The whole terminal.
    pub host: Rect,
    /// The child's cells.
    pub pane: Rect,
    /// The panel's cells; empty when it is away.
    pub panel: Rect,
    /// The rule between them; empty when there is none.
    pub rule: Rect,
    /// The one-line status that stands in for a hidden panel; empty when there is none.
    pub status: Rect,
}

impl Layout {
    /// Divides a terminal of `host` cells.
    pub fn new(host: Size, place: Place) -> Self {
        let Size { cols, rows } = host;
        let right = cols > CHILD_COLS_MIN / 2 + PANEL_COLS_MIN;
        let bottom = rows > PANEL_ROWS_MIN * 2;
        match place {
            Place::Auto if cols >= RIGHT_COLS_MIN => Self::right(host),
            Place::Auto if rows >= BOTTOM_ROWS_MIN && cols >= PANEL_COLS_MIN => Self::bottom(host),
            Place::Right if right => Self::right(host),
            Place::Bottom if bottom => Self::bottom(host),
            _ => Self::hidden(host),
        }
    }

    /// The child's size.
    pub fn pane_size(&self) -> Size {
        Size::new(self.pane.width, self.pane.height)
    }

    fn right(host: Size) -> Self {
        let spare = host.cols.saturating_sub(CHILD_COLS_MIN + 1).max(PANEL_COLS_MIN);
        let wish = (u32::from(host.cols) * 36 / 100) as u16;
        let panel = wish.clamp(PANEL_COLS_MIN, PANEL_COLS_MAX).min(spare);
        let pane = host.cols - panel - 1;
        Self {
            host: whole(host),
            pane: Rect::new(0, 0, pane, host.rows),
            rule: Rect::new(pane, 0, 1, host.rows),
            panel: Rect::new(pane + 1, 0, panel, host.rows),
            status: Rect::default(),
        }
    }

    fn bottom(host: Size) -> Self {
        let panel = (host.rows / 4).clamp(PANEL_ROWS_MIN, PANEL_ROWS_MAX);
        let pane = host.rows - panel - 1;
        Self {
            host: whole(host),
            pane: Rect::new(0, 0, host.cols, pane),
            rule: Rect::new(0, pane, host.cols, 1),
            panel: Rect::new(0, pane + 1, host.cols, panel),
            status: Rect::default(),
        }
    }

    fn hidden(host: Size) -> Self {
        let status = u16::from(host.rows >= STATUS_ROWS_MIN);
        let pane = host.rows - status;
        Self {
            host: whole(host),
            pane: Rect::new(0, 0, host.cols, pane),
            panel: Rect::default(),
            rule: Rect::default(),
            status: Rect::new(0, pane, host.cols, status),
        }
    }
}

fn whole(size: Size) -> Rect {
    Rect::new(0, 0, size.cols, size.rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_goes_where_there_is_room() {
        let at = |cols, rows| Layout::new(Size::new(cols, rows), Place::Auto);
        assert_eq!(at(130, 40).pane.width, 83);
        assert_eq!(at(130, 40).panel.width, 46);
        assert_eq!(at(120, 40).pane.height, 29);
        assert_eq!(at(120, 40).panel.height, 10);
        assert_eq!(at(80, 24).pane, Rect::new(0, 0, 80, 23));
        assert_eq!(at(80, 24).status, Rect::new(0, 23, 80, 1));
        assert_eq!(at(20, 5).pane, Rect::new(0, 0, 20, 5));
        assert_eq!(at(400, 120).panel.width, 64);
    }

    #[test]
    fn a_person_may_say_otherwise() {
        let at = |cols, rows, place| Layout::new(Size::new(cols, rows), place);
        assert_eq!(at(200, 60, Place::Hidden).pane.width, 200);
        assert_eq!(at(100, 30, Place::Right).pane.width, 69);
        assert_eq!(at(60, 30, Place::Right).panel, Rect::default());
        assert!(at(80, 24, Place::Bottom).panel.height >= PANEL_ROWS_MIN);
    }

    #[test]
    fn every_size_is_divided_without_overlap() {
        for place in [Place::Auto, Place::Right, Place::Bottom, Place::Hidden] {
            for cols in (1..420).step_by(7) {
                for rows in 1..130 {
                    let layout = Layout::new(Size::new(cols, rows), place);
                    let parts = [layout.pane, layout.panel, layout.rule, layout.status];
                    let cells: u32 =
                        parts.iter().map(|r| u32::from(r.width) * u32::from(r.height)).sum();
                    assert_eq!(cells, u32::from(cols) * u32::from(rows), "{cols}x{rows} {place:?}");
                    assert!(layout.pane.width > 0 && layout.pane.height > 0);
                    assert_eq!((layout.pane.x, layout.pane.y), (0, 0));
                }
            }
        }
    }
}
