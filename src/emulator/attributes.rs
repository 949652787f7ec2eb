//! Attributes of text that ratatui has no name for. They take bits of its `Modifier` that it leaves
//! free, so that they travel with a cell's other attributes; only `host::frame` writes them.

use ratatui::style::Modifier;

/// A line above the text.
pub const OVERLINED: Modifier = Modifier::from_bits_retain(1 << 11);
/// The underline is a double line. This and the next three come with `UNDERLINED`.
pub const UNDERLINE_DOUBLE: Modifier = Modifier::from_bits_retain(1 << 12);
/// The underline is a wave.
pub const UNDERLINE_CURLY: Modifier = Modifier::from_bits_retain(1 << 13);
/// The underline is dotted.
pub const UNDERLINE_DOTTED: Modifier = Modifier::from_bits_retain(1 << 14);
/// The underline is dashed.
pub const UNDERLINE_DASHED: Modifier = Modifier::from_bits_retain(1 << 15);

/// All forms of an underline but the plain one.
pub const UNDERLINE_FORMS: Modifier =
    UNDERLINE_DOUBLE.union(UNDERLINE_CURLY).union(UNDERLINE_DOTTED).union(UNDERLINE_DASHED);
