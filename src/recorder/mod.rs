//! The run loop: one child in its pane, recorded, beside the panel.

pub mod input;
pub mod keys;
pub mod layout;
pub mod mouse;
pub mod pacer;
