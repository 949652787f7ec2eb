//! What the threads of a run share, and nothing else.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use parking_lot::Mutex;

use super::event::Event;
use super::mouse::Routing;
use super::queue::ToChild;
use super::reel::Reel;
use super::view::View;
use super::wake::Wake;
use crate::emulator::Pane;

/// Bytes for the host that wait for the next frame: notifications, clipboard, bell. A child that
/// sends more than this between two frames is not talking to a person.
const FORWARDS_MAX: usize = 1 << 20;

/// Shared by the threads of a run.
pub struct Shared {
    /// The child's screen. Whoever holds it gives it back fairly: an unfair lock lets the reader
    /// starve the drawing.
    pub pane: Mutex<Pane>,
    /// What the next frame shows.
    pub view: Mutex<Arc<View>>,
    /// Where mouse reports go.
    pub routing: Mutex<Routing>,
    /// Bytes for the host that are no cells.
    pub forwards: Mutex<Vec<u8>>,
    /// What drawing found out.
    pub measured: Mutex<Measured>,
    /// Wakes the drawing thread.
    pub wake: Wake,
    /// Bytes for the child.
    pub to_child: ToChild,
    /// Output for the tape.
    pub reel: Reel,
    /// Events for the run loop.
    pub events: SyncSender<Event>,
}

/// Sizes that are known only after drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    /// Rows of the panel's content and of its window.
    pub panel: (u16, u16),
    /// Rows of history in the pane.
    pub history: usize,
}

impl Shared {
    /// Queues bytes for the host; whole sequences only.
    pub fn forward(&self, bytes: &[u8]) {
        let mut forwards = self.forwards.lock();
        if forwards.len() + bytes.len() <= FORWARDS_MAX {
            forwards.extend_from_slice(bytes);
        }
    }

    /// Tells the run loop. A loop that is gone does not need to know.
    pub fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}
