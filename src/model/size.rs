//! The size of a terminal or a part of one.

/// Columns and rows, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Width in cells.
    pub cols: u16,
    /// Height in cells.
    pub rows: u16,
}

impl Size {
    /// A size of `cols` by `rows`.
    pub const fn new(cols: u16, rows: u16) -> Self {
        Self { cols, rows }
    }
}
