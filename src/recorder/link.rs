//! One child's ends, as the threads share them. Another child has others, so that nothing that
//! comes late from the one reaches the other.

use parking_lot::Mutex;

use super::queue::ToChild;
use super::reel::Reel;
use crate::emulator::Pane;

/// What belongs to one child.
pub struct Link {
    /// Counts the children of a run, from 0.
    pub number: u32,
    /// The child's screen. The reader and the drawing give it back fairly: with an unfair lock a
    /// flooding child starves the drawing.
    pub pane: Mutex<Pane>,
    /// Bytes for the child.
    pub to_child: ToChild,
    /// Output for the tape.
    pub reel: Reel,
}

impl Link {
    /// The ends of the child with this number.
    pub fn new(number: u32, pane: Pane) -> Self {
        Self { number, pane: Mutex::new(pane), to_child: ToChild::default(), reel: Reel::default() }
    }
}
