//! What one frame shows: plain values, made by the owner of the state, read by the drawing thread.

use std::sync::Arc;

use super::layout::Layout;
use super::panel::Tab;
use crate::model::{Activity, Live};

/// A place in the pane: row counted from the live screen's top (negative: history), column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Row; 0 is the first one of the live screen.
    pub row: i32,
    /// Column.
    pub col: u16,
}

/// What a person has selected in the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// Where it began.
    pub anchor: Spot,
    /// Where it ends, inclusive.
    pub head: Spot,
    /// How much one step takes.
    pub unit: Unit,
}

/// What a click, a double click and a triple click select.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Cells.
    Cell,
    /// Words.
    Word,
    /// Lines.
    Line,
}

impl Selection {
    /// Both ends in reading order.
    pub fn ordered(&self) -> (Spot, Spot) {
        if self.anchor <= self.head { (self.anchor, self.head) } else { (self.head, self.anchor) }
    }
}

/// Everything that a frame depends on, beside the child's screen.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Where things stand.
    pub layout: Layout,
    /// The panel's tab.
    pub tab: Tab,
    /// First row of the panel's content that is shown.
    pub panel_scroll: u16,
    /// Rows of history that the pane is scrolled back.
    pub pane_scroll: usize,
    /// What is selected.
    pub selection: Option<Selection>,
    /// The list of keys is shown.
    pub help: bool,
    /// One line that matters now.
    pub notice: Option<String>,
    /// What the child does.
    pub activity: Activity,
    /// Transcript and repository.
    pub live: Arc<Live>,
    /// Counts up while the child works.
    pub spinner: usize,
    /// Why nothing more is recorded.
    pub tape_broken: Option<String>,
    /// Counts repaints: a new number means that nothing on the host's screen can be trusted.
    pub repaints: u32,
}
