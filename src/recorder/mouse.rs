//! Whom a mouse report is for: the child, or loghop. Pure.
//!
//! The pane stands at column 0, row 0, so the child gets the very bytes that the terminal sent,
//! clipped to its size. A button that was pressed in one place belongs to it until it is released.

use ratatui::layout::Rect;

use super::layout::Layout;

/// What of the mouse a child asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Wish {
    /// Nothing.
    #[default]
    None,
    /// Buttons and the wheel.
    Buttons,
    /// Also motion while a button is down.
    Drag,
    /// All motion.
    Motion,
}

/// A mouse report in SGR form, the only one that loghop asks the host for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Button and modifier bits, as sent.
    pub code: u16,
    /// Column, from 0.
    pub col: u16,
    /// Row, from 0.
    pub row: u16,
    /// Pressed or moved (`M`), not released (`m`).
    pub down: bool,
}

const MODIFIERS: u16 = 0b1_1100;
const MOTION: u16 = 32;
const WHEEL: u16 = 64;

impl Report {
    /// Reads `CSI < code ; col ; row M` (or `m`).
    pub fn parse(sequence: &[u8]) -> Option<Self> {
        let (end, body) = sequence.strip_prefix(b"\x1b[<")?.split_last()?;
        let mut numbers = std::str::from_utf8(body).ok()?.split(';').map(str::parse::<u16>);
        let (code, col, row) =
            (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
        let whole = numbers.next().is_none() && (*end == b'M' || *end == b'm');
        whole.then(|| Self {
            code,
            col: col.saturating_sub(1),
            row: row.saturating_sub(1),
            down: *end == b'M',
        })
    }

    /// The bytes for a child that understands SGR reports.
    pub fn sgr(self) -> Vec<u8> {
        let end = if self.down { 'M' } else { 'm' };
        format!("\x1b[<{};{};{}{end}", self.code, self.col + 1, self.row + 1).into_bytes()
    }

    /// The bytes in the oldest form, for a child that did not ask for SGR; `None` where that
    /// form cannot say it.
    pub fn legacy(self) -> Option<Vec<u8>> {
        let code = if self.down || self.code & WHEEL != 0 {
            self.code
        } else {
            3 | (self.code & MODIFIERS)
        };
        let byte = |n: u16, above: u16| u8::try_from(n.checked_add(above)?).ok();
        Some(vec![0x1b, b'[', b'M', byte(code, 32)?, byte(self.col, 33)?, byte(self.row, 33)?])
    }

    /// Wheel steps: -1 up, 1 down, 0 for anything else.
    pub fn wheel(self) -> i16 {
        match self.code & !MODIFIERS {
            WHEEL => -1,
            n if n == WHEEL + 1 => 1,
            _ => 0,
        }
    }

    /// The pointer moved; a button may be down.
    pub fn is_motion(self) -> bool {
        self.code & MOTION != 0
    }

    /// The left button, with or without motion.
    pub fn is_left(self) -> bool {
        self.code & !(MODIFIERS | MOTION) == 0
    }

    fn has_button(self) -> bool {
        self.code & 3 != 3
    }
}

/// The state of the world that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Routing {
    /// Where things stand.
    pub layout: Layout,
    /// What the child asked for.
    pub wish: Wish,
    /// The child asked for SGR reports.
    pub sgr: bool,
    /// The child shows its alternate screen, which has no history.
    pub alternate: bool,
    /// The child wants `ESC O` arrows.
    pub application_cursor: bool,
    /// The pane shows history.
    pub scrolled: bool,
}

impl Routing {
    /// Whether the pane has a history that is ours to scroll.
    pub fn scrolls(&self) -> bool {
        self.wish == Wish::None && !self.alternate
    }
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// To the child, as these bytes.
    Child(Vec<u8>),
    /// The pane's own: scrolling and selecting.
    Pane(Report),
    /// The panel's or the status line's.
    Panel(Report),
    /// To nobody.
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Pane,
    Panel,
}

/// Remembers where a button went down.
#[derive(Debug, Default)]
pub struct Router {
    held: Option<Place>,
}

/// Rows that a turn of the wheel moves, as most terminals have it.
pub const WHEEL_ROWS: i32 = 3;

impl Router {
    /// Decides where `report` goes.
    pub fn route(&mut self, report: Report, routing: &Routing) -> Route {
        let under = if inside(routing.layout.pane, report) { Place::Pane } else { Place::Panel };
        let place = self.held.filter(|_| report.wheel() == 0).unwrap_or(under);
        if report.wheel() == 0 && !report.is_motion() {
            self.held = report.down.then_some(place);
        }
        match place {
            Place::Panel => Route::Panel(report),
            Place::Pane if routing.wish == Wish::None => pane(report, routing),
            Place::Pane => child(report, routing),
        }
    }
}

/// The child has no mouse mode: its history scrolls, or, on an alternate screen, which has none,
/// the wheel becomes arrow keys, as terminals do it.
fn pane(report: Report, routing: &Routing) -> Route {
    if !routing.alternate || report.wheel() == 0 {
        return Route::Pane(report);
    }
    let arrow: &[u8] = match (report.wheel() < 0, routing.application_cursor) {
        (true, true) => b"\x1bOA",
        (true, false) => b"\x1b[A",
        (false, true) => b"\x1bOB",
        (false, false) => b"\x1b[B",
    };
    Route::Child(arrow.repeat(WHEEL_ROWS as usize))
}

fn child(mut report: Report, routing: &Routing) -> Route {
    let needed = match (report.is_motion(), report.has_button()) {
        (false, _) => Wish::Buttons,
        (true, true) => Wish::Drag,
        (true, false) => Wish::Motion,
    };
    if routing.wish < needed {
        return Route::Nobody;
    }
    let pane = routing.layout.pane;
    report.col = report.col.min(pane.width.saturating_sub(1));
    report.row = report.row.min(pane.height.saturating_sub(1));
    if routing.sgr {
        return Route::Child(report.sgr());
    }
    report.legacy().map_or(Route::Nobody, Route::Child)
}

fn inside(area: Rect, report: Report) -> bool {
    report.col < area.right() && report.row < area.bottom()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Size;
    use crate::recorder::layout::Place;

    fn routing(wish: Wish) -> Routing {
        let layout = Layout::new(Size::new(140, 40), Place::Auto);
        Routing { layout, wish, sgr: true, ..Routing::default() }
    }

    fn report(code: u16, col: u16, row: u16, down: bool) -> Report {
        Report { code, col, row, down }
    }

    #[test]
    fn reports_are_read_and_written_alike() {
        for text in ["\u{1b}[<0;1;1M", "\u{1b}[<0;80;24m", "\u{1b}[<65;3;4M", "\u{1b}[<35;9;9M"] {
            let report = Report::parse(text.as_bytes()).unwrap();
            assert_eq!(report.sgr(), text.as_bytes());
        }
        assert_eq!(Report::parse(b"\x1b[<0;1M"), None);
        assert_eq!(Report::parse(b"\x1b[0;1;1M"), None);
    }

    #[test]
    fn the_child_gets_what_it_asked_for_clipped_to_its_pane() {
        let routing = routing(Wish::Drag);
        let mut router = Router::default();
        let pressed = report(0, 5, 5, true);
        assert_eq!(router.route(pressed, &routing), Route::Child(pressed.sgr()));
        let dragged_out = report(32, 139, 5, true);
        let clipped = report(32, routing.layout.pane.width - 1, 5, true);
        assert_eq!(router.route(dragged_out, &routing), Route::Child(clipped.sgr()));
        let released = report(0, 139, 5, false);
        assert!(matches!(router.route(released, &routing), Route::Child(_)));
        assert_eq!(router.route(report(35, 5, 5, true), &routing), Route::Nobody);
    }

    #[test]
    fn without_a_mouse_mode_the_pane_is_ours() {
        let mut router = Router::default();
        let wheel = report(64, 5, 5, true);
        let mut routing = routing(Wish::None);
        assert_eq!(router.route(wheel, &routing), Route::Pane(wheel));
        routing.alternate = true;
        assert_eq!(router.route(wheel, &routing), Route::Child(b"\x1b[A\x1b[A\x1b[A".to_vec()));
    }

    #[test]
    fn a_drag_that_began_in_the_panel_stays_there() {
        let routing = routing(Wish::Motion);
        let mut router = Router::default();
        assert!(matches!(router.route(report(0, 130, 1, true), &routing), Route::Panel(_)));
        assert!(matches!(router.route(report(32, 5, 1, true), &routing), Route::Panel(_)));
        assert!(matches!(router.route(report(0, 5, 1, false), &routing), Route::Panel(_)));
        assert!(matches!(router.route(report(0, 5, 1, true), &routing), Route::Child(_)));
    }

    #[test]
    fn old_children_get_old_reports() {
        assert_eq!(report(0, 0, 0, true).legacy().unwrap(), b"\x1b[M !!");
        assert_eq!(report(0, 0, 0, false).legacy().unwrap(), b"\x1b[M#!!");
        assert_eq!(report(0, 300, 0, true).legacy(), None);
        assert_eq!(report(u16::MAX, u16::MAX, u16::MAX, true).legacy(), None);
    }
}
