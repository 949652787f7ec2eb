//! What the threads of a run share, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::SyncSender;

use parking_lot::Mutex;

use super::event::{Event, Told};
use super::link::Link;
use super::mouse::Routing;
use super::relay::News;
use super::stationery::Stationery;
use super::view::View;
use super::wake::Wake;
use crate::emulator::Selection;

/// Bytes for the host that wait for the next frame: notifications, clipboard, bell. A child that
/// sends more than this between two frames is not talking to a person.
const FORWARDS_MAX: usize = 1 << 20;

/// Shared by the threads of a run.
pub struct Hub {
    /// The child that is in the pane.
    pub child: Mutex<Arc<Link>>,
    /// What the panel shows of a child that has just come.
    stationery: Mutex<Option<Stationery>>,
    /// Keys are for a question of ours, or for nobody.
    pub holds_keys: AtomicBool,
    /// Wishes to hand over that the loop has not looked at yet: each may open a question.
    pub wishes: AtomicU32,
    /// What the next frame shows.
    pub view: Mutex<Arc<View>>,
    /// Where mouse reports go.
    pub routing: Mutex<Routing>,
    /// Bytes for the host that are no cells.
    pub forwards: Mutex<Vec<u8>>,
    /// What is selected in the pane.
    pub selection: Mutex<Option<Selection>>,
    /// Rows of the panel's content and of its window, as last drawn.
    pub panel_rows: Mutex<(u16, u16)>,
    /// Wakes the drawing thread.
    pub wake: Wake,
    /// Events for the run loop.
    pub events: SyncSender<Told>,
}

impl Hub {
    /// Nothing has happened yet; `child` is to be the first.
    pub fn new(child: Arc<Link>, view: &View, events: SyncSender<Told>) -> Self {
        Self {
            child: Mutex::new(child),
            stationery: Mutex::default(),
            holds_keys: false.into(),
            wishes: 0.into(),
            view: Mutex::new(Arc::new(view.clone())),
            routing: Mutex::new(Routing { layout: view.layout, ..Routing::default() }),
            forwards: Mutex::default(),
            selection: Mutex::default(),
            panel_rows: Mutex::default(),
            wake: Wake::default(),
            events,
        }
    }

    /// The child that is in the pane now.
    pub fn child(&self) -> Arc<Link> {
        Arc::clone(&self.child.lock())
    }

    /// Puts another child into the pane, and what the panel shows of it beside it: no frame shows
    /// one without the other.
    pub fn change_hands(&self, to: Arc<Link>, shown: Stationery) {
        let mut stationery = self.stationery.lock();
        *self.child.lock() = to;
        *stationery = Some(shown);
    }

    /// The child that is in the pane now and, where it has just come, what the panel shows of it.
    pub fn in_the_pane(&self) -> (Arc<Link>, Option<Stationery>) {
        let mut stationery = self.stationery.lock();
        (self.child(), stationery.take())
    }

    /// Whether it is this child that is in the pane.
    pub fn is_current(&self, child: &Link) -> bool {
        self.child.lock().number == child.number
    }

    /// Whether keys are not the child's now.
    pub fn takes_keys(&self) -> bool {
        self.holds_keys.load(Ordering::SeqCst) || self.wishes.load(Ordering::SeqCst) > 0
    }

    /// Queues bytes for the host; whole sequences only.
    pub fn forward(&self, bytes: &[u8]) {
        let mut forwards = self.forwards.lock();
        if forwards.len() + bytes.len() <= FORWARDS_MAX {
            forwards.extend_from_slice(bytes);
        }
    }

    /// Scrolls the pane's history by rows (positive is down), or back to the live screen.
    pub fn scroll(&self, rows: Option<i32>) {
        let child = self.child();
        let mut pane = child.pane.lock();
        let by = rows.map_or(usize::MAX, |rows| rows.unsigned_abs() as usize);
        let is_up = rows.is_some_and(|rows| rows < 0);
        let at = pane.scrolled();
        pane.scroll_to(if is_up { at.saturating_add(by) } else { at.saturating_sub(by) });
        let scrolled = pane.scrolled() > 0;
        drop(pane);
        self.routing.lock().scrolled = scrolled;
    }

    /// The cells have changed their places: nothing is selected, and the pane shows what is live.
    pub fn look_away(&self) {
        *self.selection.lock() = None;
        self.scroll(None);
    }

    /// Whether the pane shows something that goes away when the person types.
    pub fn is_looking(&self) -> bool {
        self.routing.lock().scrolled || self.selection.lock().is_some()
    }

    /// Tells the run loop. A loop that is gone does not need to know.
    pub fn tell(&self, event: Event) {
        let _ = self.events.send(Told::Run(event));
    }

    /// Brings the run loop the answer to an order.
    pub fn bring(&self, news: News) {
        let _ = self.events.send(Told::News(news));
    }

    /// Tells the run loop something about a child.
    pub fn tell_of(&self, child: &Link, event: Event) {
        let _ = self.events.send(Told::Child(child.number, event));
    }
}

/// The size of an idle hub's pane.
#[cfg(test)]
pub const SIZE: crate::model::Size = crate::model::Size { cols: 80, rows: 24 };

#[cfg(test)]
impl Hub {
    /// A hub for tests, of a run in which nothing has happened.
    pub fn idle(events: SyncSender<Told>) -> Self {
        use super::{keys::Keys, layout::Place, panel::Tab, state};
        let start = state::Start {
            host: SIZE,
            place: Place::Hidden,
            tab: Tab::Live,
            keys: Keys::default(),
            prompted: false,
            notice: None,
            end_at: None,
            provider: crate::provider::Provider::Claude,
            others: Vec::new(),
            on_limit: false,
        };
        let recorder = state::Recorder::new(&start, std::time::Instant::now());
        let pane = crate::emulator::Pane::new(SIZE, crate::emulator::Traits::default());
        Self::new(Arc::new(Link::new(0, pane)), recorder.view(), events)
    }
}
