//! The mouse in the pane, where the child leaves it to us: wheel, clicks, drags. Pure.
//!
//! A drag that rests at the pane's first or last row scrolls on until it is taken away, so that
//! more than a screen can be selected.

use std::time::{Duration, Instant};

use super::event::{Cell, Effect, Unit};
use super::mouse::{Report, WHEEL_ROWS};
use crate::model::Size;

/// Two presses within this time on one cell are a double click.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);
/// Time between two rows of a drag that rests at an edge: fast enough to get through a long
/// answer, slow enough to stop where one wants to.
const EDGE_STEP: Duration = Duration::from_millis(40);

/// A drag that rests at an edge of the pane.
#[derive(Debug, Clone, Copy)]
struct Edge {
    cell: Cell,
    rows: i32,
    at: Instant,
}

/// Remembers clicks and drags.
#[derive(Debug, Default)]
pub struct Pointer {
    click: Option<(Instant, Cell, Unit)>,
    /// The row where the button went down, while it is down.
    from: Option<u16>,
    edge: Option<Edge>,
}

impl Pointer {
    /// Takes a report for a pane of this size; effects are added to `out`.
    pub fn report(&mut self, report: Report, pane: Size, now: Instant, out: &mut Vec<Effect>) {
        let last = Cell { col: pane.cols.saturating_sub(1), row: pane.rows.saturating_sub(1) };
        let cell = Cell { col: report.col.min(last.col), row: report.row.min(last.row) };
        if report.wheel() != 0 {
            out.push(Effect::Scroll(i32::from(report.wheel()) * WHEEL_ROWS));
        } else if !report.is_left() {
            // The other buttons mean nothing here.
        } else if !report.down {
            (self.from, self.edge) = (None, None);
            out.push(Effect::Copy);
        } else if report.is_motion() {
            out.push(Effect::Extend(cell));
            self.edge = self.edge_at(cell, last.row).map(|rows| Edge { cell, rows, at: now });
        } else {
            self.from = Some(cell.row);
            self.press(cell, now, out);
        }
    }

    /// When to call [`Pointer::tick`].
    pub fn deadline(&self) -> Option<Instant> {
        self.edge.map(|edge| edge.at + EDGE_STEP)
    }

    /// Time passes: a drag that rests at an edge goes on.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if let Some(edge) = self.edge.as_mut().filter(|edge| edge.at + EDGE_STEP <= now) {
            edge.at = now;
            out.extend([Effect::Scroll(edge.rows), Effect::Extend(edge.cell)]);
        }
    }

    /// Which way a drag at this cell scrolls. One that began in the first or last row and stays
    /// there selects in that row only.
    fn edge_at(&self, cell: Cell, last: u16) -> Option<i32> {
        self.from.filter(|from| *from != cell.row)?;
        match cell.row {
            0 => Some(-1),
            row if row == last => Some(1),
            _ => None,
        }
    }

    /// The left button went down: once for cells, twice for words, three times for lines.
    fn press(&mut self, cell: Cell, now: Instant, out: &mut Vec<Effect>) {
        let unit = match self.click {
            Some((at, place, unit)) if place == cell && now < at + DOUBLE_CLICK => match unit {
                Unit::Cell => Unit::Word,
                Unit::Word => Unit::Line,
                Unit::Line => Unit::Cell,
            },
            _ => Unit::Cell,
        };
        self.click = Some((now, cell, unit));
        out.push(Effect::Pick(cell, unit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANE: Size = Size { cols: 80, rows: 24 };

    fn report(code: u16, col: u16, row: u16, down: bool) -> Report {
        Report { code, col, row, down }
    }

    fn effects(pointer: &mut Pointer, reports: &[Report], now: Instant) -> Vec<Effect> {
        let mut out = Vec::new();
        for one in reports {
            pointer.report(*one, PANE, now, &mut out);
        }
        out
    }

    #[test]
    fn clicks_count_up_on_one_cell_and_within_their_time() {
        let (mut pointer, now) = (Pointer::default(), Instant::now());
        let click = [report(0, 5, 5, true), report(0, 5, 5, false)];
        let cell = Cell { col: 5, row: 5 };
        for unit in [Unit::Cell, Unit::Word, Unit::Line, Unit::Cell] {
            let out = effects(&mut pointer, &click, now);
            assert_eq!(out, [Effect::Pick(cell, unit), Effect::Copy]);
        }
        let late = effects(&mut pointer, &click, now + DOUBLE_CLICK);
        assert_eq!(late[0], Effect::Pick(cell, Unit::Cell));
        let elsewhere = effects(&mut pointer, &[report(0, 6, 5, true)], now + DOUBLE_CLICK);
        assert_eq!(elsewhere, [Effect::Pick(Cell { col: 6, row: 5 }, Unit::Cell)]);
    }

    #[test]
    fn a_drag_that_rests_at_an_edge_scrolls_until_it_ends() {
        let (mut pointer, now) = (Pointer::default(), Instant::now());
        let out = effects(&mut pointer, &[report(0, 9, 5, true), report(32, 3, 0, true)], now);
        let top = Cell { col: 3, row: 0 };
        assert_eq!(out[1], Effect::Extend(top));
        let mut out = Vec::new();
        pointer.tick(now, &mut out);
        assert!(out.is_empty());
        for step in 1..3 {
            pointer.tick(now + EDGE_STEP * step, &mut out);
        }
        let step = [Effect::Scroll(-1), Effect::Extend(top)];
        assert_eq!(out, [step.clone(), step].concat());
        // Below the pane is at its edge too.
        effects(&mut pointer, &[report(32, 3, 30, true)], now);
        let mut out = Vec::new();
        pointer.tick(pointer.deadline().unwrap(), &mut out);
        assert_eq!(out, [Effect::Scroll(1), Effect::Extend(Cell { col: 3, row: 23 })]);
        effects(&mut pointer, &[report(0, 3, 30, false)], now);
        assert_eq!(pointer.deadline(), None);
    }

    #[test]
    fn the_first_row_can_be_selected_without_scrolling() {
        let (mut pointer, now) = (Pointer::default(), Instant::now());
        effects(&mut pointer, &[report(0, 9, 0, true), report(32, 3, 0, true)], now);
        assert_eq!(pointer.deadline(), None);
    }

    #[test]
    fn the_wheel_scrolls_and_other_buttons_do_nothing() {
        let mut pointer = Pointer::default();
        let reports = [report(64, 5, 5, true), report(65, 5, 5, true), report(2, 5, 5, true)];
        let out = effects(&mut pointer, &reports, Instant::now());
        assert_eq!(out, [Effect::Scroll(-WHEEL_ROWS), Effect::Scroll(WHEEL_ROWS)]);
    }
}
