//! The loop's surroundings: hears what happens, and does what the state says about it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Instant;

use super::child::Child;
use super::event::{Arrival, Cell, Effect, Event, Told, Unit};
use super::hub::Hub;
use super::link::Link;
use super::mouse::Routing;
use super::relay::{Leg, LegEnd, News, Order};
use super::state::Recorder;
use super::tape::Item;
use super::{Recording, input};
use crate::emulator::{Pane, Selection, Traits};
use crate::error::{Error, Kind, Result};
use crate::model::Ending;
use crate::pty;

/// What the loop acts on.
pub(super) struct Stage {
    hub: Arc<Hub>,
    /// The child in the pane; `None` between two.
    child: Option<Child>,
    /// Children so far.
    count: u32,
    /// The end of one that never started, until somebody takes it.
    failed: Option<Box<LegEnd>>,
    traits: Traits,
    orders: Sender<Order>,
    /// Where a selection began, and by what it grows.
    anchor: Option<(Selection, Unit)>,
}

impl Stage {
    /// The stage with the first child on it.
    pub(super) fn new(hub: Arc<Hub>, child: Child, traits: Traits, orders: Sender<Order>) -> Self {
        Self { hub, child: Some(child), count: 1, failed: None, traits, orders, anchor: None }
    }

    /// Runs until the last child has ended.
    pub(super) fn play(&mut self, mut recorder: Recorder, inbox: &Receiver<Told>) -> Recording {
        let mut effects = Vec::new();
        loop {
            if let Some(ending) = recorder.ending(Instant::now()) {
                let last = self.leave(ending.clone(), &recorder);
                return Recording { ending, last, place: recorder.chosen() };
            }
            let Some(event) = self.next(inbox, &recorder) else { continue };
            recorder.drawn(*self.hub.panel_rows.lock());
            if let Some(child) = &self.child {
                recorder.flowed(child.flow(), Instant::now());
            }
            let is_wish = matches!(event, Event::Command(input::Command::HandOver));
            recorder.on(event, Instant::now(), &mut effects);
            self.hub.holds_keys.store(recorder.takes_keys(), Ordering::SeqCst);
            if is_wish {
                // A wish from the prefix' letter is counted as one from the key is.
                let _ = self
                    .hub
                    .wishes
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            }
            for effect in effects.drain(..) {
                self.perform(effect, &recorder);
            }
            if let Some(child) = &self.child {
                child.seen(recorder.view().activity, recorder.turns_on_wire());
            }
        }
    }

    /// The next event, or a tick when the deadline comes first. What a child tells that has gone is
    /// dropped, and so is what was only for us.
    fn next(&mut self, inbox: &Receiver<Told>, recorder: &Recorder) -> Option<Event> {
        let received = match recorder.deadline(Instant::now()) {
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match received {
            Err(_) => Some(Event::Tick),
            Ok(Told::Run(event)) => Some(event),
            Ok(Told::Child(number, event)) => {
                let is_here = self.child.as_ref().is_some_and(|child| child.number() == number);
                is_here.then_some(event)
            }
            Ok(Told::News(News::Asked(asked))) => Some(Event::Asked(asked)),
            Ok(Told::News(News::Withdrawn)) => Some(Event::Withdrawn),
            Ok(Told::News(News::Prepared(result))) => {
                Some(Event::Prepared(result.map_err(|error| error.with_next_step())))
            }
            Ok(Told::News(News::Next(next))) => Some(match self.enter(next, recorder) {
                Ok(arrival) => Event::Arrived(arrival),
                Err(error) => Event::NotArrived(error.with_next_step()),
            }),
        }
    }

    /// Puts the next child into the pane.
    fn enter(&mut self, next: Result<Box<Leg>>, recorder: &Recorder) -> Result<Arrival> {
        let leg = *next?;
        let size = recorder.view().layout.pane_size();
        let Leg { prompted, knows_nobody, tab, .. } = leg;
        let notice = leg.notice.clone();
        let link = Arc::new(Link::new(self.count, Pane::new(size, self.traits.clone())));
        let hub = &self.hub;
        let title = leg.provider.title();
        match Child::start(hub, Arc::clone(&link), leg, size) {
            Ok((child, stationery)) => {
                hub.change_hands(link, stationery);
                *hub.routing.lock() =
                    Routing { layout: recorder.view().layout, ..Routing::default() };
                hub.look_away();
                self.anchor = None;
                hub.forward(format!("\x1b]0;{title}\x07").as_bytes());
                self.child = Some(child);
                self.count += 1;
                self.order(Order::Started);
                Ok(Arrival { size, prompted, knows_nobody, tab, notice })
            }
            Err((why, tape)) => {
                let error = Error::new(Kind::ProviderLaunchFailed, why.clone());
                self.failed = Some(Box::new(LegEnd::failed(why, tape)));
                Err(error)
            }
        }
    }

    /// The child has gone: what is known of its end.
    fn leave(&mut self, ending: Ending, recorder: &Recorder) -> Option<Box<LegEnd>> {
        match self.child.take() {
            Some(child) => {
                let broken = recorder.view().tape_broken.clone();
                let activity = recorder.view().activity;
                Some(Box::new(child.end(ending, activity, broken)))
            }
            None => self.failed.take(),
        }
    }

    fn order(&self, order: Order) {
        // A relay that broke has ended the run already.
        let _ = self.orders.send(order);
    }

    fn perform(&mut self, effect: Effect, recorder: &Recorder) {
        let hub = &self.hub;
        match effect {
            Effect::Show => {
                hub.routing.lock().layout = recorder.view().layout;
                *hub.view.lock() = Arc::new(recorder.view().clone());
            }
            Effect::ResizeChild(size) => {
                if let Some(child) = &self.child {
                    child.resize(size);
                    hub.look_away();
                }
            }
            Effect::SignalChild(signal) => {
                if let Some(child) = &self.child {
                    pty::signal(child.pid(), signal);
                }
            }
            Effect::Type(bytes) => drop(hub.child().to_child.input(bytes.to_vec())),
            Effect::Prepare(to) => self.order(Order::Prepare(to)),
            Effect::Hold(hold) => self.order(Order::Hold(hold)),
            Effect::Forget => self.order(Order::Forget),
            Effect::Refuse(why) => self.order(Order::Refuse(why)),
            Effect::Hand(to) => {
                let ended = self.leave(recorder.leg_ending(Instant::now()), recorder);
                self.order(Order::Hand { to, ended });
            }
            Effect::Mark(label) => hub.child().reel.note(Item::Mark(label), Instant::now()),
            Effect::Scroll(rows) => hub.scroll(Some(rows)),
            Effect::ScrollEnd => hub.scroll(None),
            Effect::Pick(cell, unit) => self.pick(cell, unit),
            Effect::Extend(cell) => self.extend(cell),
            Effect::Copy => self.copy(),
            Effect::Unselect => *hub.selection.lock() = None,
        }
        self.hub.wake.changed();
    }

    fn pick(&mut self, cell: Cell, unit: Unit) {
        let picked = around(&mut self.hub.child().pane.lock(), cell, unit);
        self.anchor = Some((picked, unit));
        *self.hub.selection.lock() = (unit != Unit::Cell).then_some(picked);
    }

    fn extend(&self, cell: Cell) {
        let Some((anchor, unit)) = self.anchor else { return };
        let head = around(&mut self.hub.child().pane.lock(), cell, unit);
        *self.hub.selection.lock() = Some(anchor.with(&head));
    }

    fn copy(&self) {
        let Some(selection) = *self.hub.selection.lock() else { return };
        let text = self.hub.child().pane.lock().text(&selection);
        if !text.is_empty() {
            self.hub.forward(&clipboard(&text));
        }
    }

    /// The run cannot be looked after: its first child goes.
    pub(super) fn abandon(&mut self, why: String) -> LegEnd {
        match self.child.take() {
            Some(child) => child.abandon(why),
            None => LegEnd::failed(why, None),
        }
    }

    /// Tells the drawing that the run is over.
    pub(super) fn shut(&self) {
        self.hub.wake.over();
    }
}

/// The cell, word or line at a cell of the pane.
fn around(pane: &mut Pane, cell: Cell, unit: Unit) -> Selection {
    let at = pane.position(cell.row, cell.col);
    match unit {
        Unit::Cell => Selection::between(at, at),
        Unit::Word => pane.word_at(at),
        Unit::Line => pane.line_at(at),
    }
}

/// OSC 52: the terminal's own way to the clipboard, which works over a network too.
fn clipboard(text: &str) -> Vec<u8> {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    format!("\x1b]52;c;{encoded}\x07").into_bytes()
}
