//! Capture on real folders and real processes: which transcript is ours, and how a session ends.

mod end;
mod moved;
mod played;
mod rewritten;
mod rig;
mod torn;
mod tracker;
