//! Frames for the host terminal.
