//! Tab stops, which vt100 has only at every eighth column.

use std::collections::BTreeSet;

/// Columns between the stops that every terminal starts with.
const STEP: u16 = 8;

/// The tab stops of a terminal; `None` while they are the ones that it started with.
#[derive(Debug, Default)]
pub(super) struct Tabs {
    stops: Option<BTreeSet<u16>>,
}

impl Tabs {
    /// The stops are the ones that vt100 has by itself.
    pub(super) fn are_default(&self) -> bool {
        self.stops.is_none()
    }

    /// Sets a stop at `col`, in a terminal of `cols` columns.
    pub(super) fn set(&mut self, col: u16, cols: u16) {
        self.own(cols).insert(col);
    }

    /// Clears the stop at `col`.
    pub(super) fn clear(&mut self, col: u16, cols: u16) {
        self.own(cols).remove(&col);
    }

    /// Clears all stops.
    pub(super) fn clear_all(&mut self) {
        self.stops = Some(BTreeSet::new());
    }

    /// The column `count` stops to the right of `col`, at most the last one.
    pub(super) fn after(&self, col: u16, count: u16, cols: u16) -> u16 {
        let last = cols - 1;
        let next = |col: u16| match &self.stops {
            None => (col / STEP + 1).saturating_mul(STEP).min(last),
            Some(stops) => stops.range(col + 1..).next().map_or(last, |c| *c).min(last),
        };
        (0..count.min(cols)).fold(col.min(last), |col, _| next(col))
    }

    /// The column `count` stops to the left of `col`.
    pub(super) fn before(&self, col: u16, count: u16, cols: u16) -> u16 {
        let previous = |col: u16| match &self.stops {
            None => col.saturating_sub(1) / STEP * STEP,
            Some(stops) => stops.range(..col).next_back().map_or(0, |c| *c),
        };
        (0..count.min(cols)).fold(col.min(cols - 1), |col, _| previous(col))
    }

    fn own(&mut self, cols: u16) -> &mut BTreeSet<u16> {
        self.stops.get_or_insert_with(|| (0..cols).step_by(usize::from(STEP)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_and_own_stops() {
        let mut tabs = Tabs::default();
        assert_eq!(
            (tabs.after(0, 1, 80), tabs.after(7, 2, 80), tabs.after(78, 1, 80)),
            (8, 16, 79)
        );
        assert_eq!(
            (tabs.before(9, 1, 80), tabs.before(8, 1, 80), tabs.before(3, 9, 80)),
            (8, 0, 0)
        );
        tabs.set(3, 80);
        tabs.clear(8, 80);
        assert!(!tabs.are_default());
        assert_eq!(
            (tabs.after(0, 1, 80), tabs.after(3, 1, 80), tabs.before(16, 1, 80)),
            (3, 16, 3)
        );
        tabs.clear_all();
        assert_eq!((tabs.after(0, 5, 80), tabs.before(50, 1, 80)), (79, 0));
    }
}
