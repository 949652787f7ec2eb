//! The run loop: one child in its pane at a time, recorded, beside the panel.
//!
//! [`record`] starts the threads (`threads`), feeds what happens (`event`) to the state (`state`)
//! and does what it says (`stage`). The state is pure, and so are the pieces that decide: `input`
//! (whose key is it), `mouse`, `layout`, `pacer` (when to draw), `closing` (how it ends), `switch`
//! (how the pane goes from one child to the next). Producers may wait; the loop never does, and it
//! never writes to a child itself.

pub mod arriving;
pub mod child;
pub mod closing;
mod cover;
mod crew;
pub mod desk;
pub mod draft;
pub mod draw;
pub mod event;
pub mod farewell;
pub mod hub;
pub mod input;
pub mod keys;
pub mod layout;
pub mod link;
pub mod menu;
pub mod mouse;
pub mod pacer;
pub mod panel;
pub mod pointer;
pub mod questions;
pub mod queue;
pub mod reel;
pub mod relay;
pub mod scene;
mod stage;
pub mod state;
pub mod stationery;
pub mod switch;
pub mod tape;
pub mod threads;
pub mod view;
pub mod wake;

use std::sync::Arc;
use std::sync::mpsc::{channel, sync_channel};
use std::time::{Duration, Instant};

use signal_hook::iterator::Signals;

use crate::emulator::{Pane, Traits};
use crate::host::frame::FrameEncoder;
use crate::host::terminal::{self, Terminal};
use crate::model::Ending;
use crate::provider::Provider;
use child::Child;
use crew::Crew;
use draw::Painter;
use hub::Hub;
use layout::Place;
use link::Link;
use panel::Tab;
use relay::{Leg, LegEnd, Relay};
use stage::Stage;
use state::{Recorder, Start};

/// Events that may wait for the loop. The loop is fast and the producers few; a full queue makes
/// them wait a moment.
const EVENTS_MAX: usize = 256;

/// What a run needs.
pub struct Plan {
    /// The first child.
    pub leg: Leg,
    /// The assistants that could take over from it.
    pub others: Vec<Provider>,
    /// Hand over by itself when a usage limit stops the assistant.
    pub on_limit: bool,
    /// Makes the next one ready.
    pub relay: Relay,
    /// What the emulator answers to a child's questions.
    pub traits: Traits,
    /// Encodes frames for the host.
    pub encoder: FrameEncoder,
    /// Where the panel goes.
    pub place: Place,
    /// The first tab.
    pub tab: Tab,
    /// Ends the run after this time.
    pub timeout: Option<Duration>,
    /// Signals, heard since before the terminal was taken.
    pub signals: (Signals, signal_hook::iterator::Handle),
}

/// What is known after a run.
pub struct Recording {
    /// How it ended.
    pub ending: Ending,
    /// The last child's end; `None` when one had gone and the next had not come.
    pub last: Option<Box<LegEnd>>,
    /// Where the person put the panel, if they did.
    pub place: Option<Place>,
}

/// Runs the child, and those that take over from it, until the last one ends. One that does not
/// start, or that nobody can be found to look after, has ended as a launch that failed.
pub fn record(plan: Plan, host: &Terminal) -> Recording {
    let keys = plan.leg.stationery.keys;
    let recorder = Recorder::new(&start_of(&plan), Instant::now());
    let size = recorder.view().layout.pane_size();
    let (events, inbox) = sync_channel(EVENTS_MAX);
    let link = Arc::new(Link::new(0, Pane::new(size, plan.traits.clone())));
    let hub = Arc::new(Hub::new(Arc::clone(&link), recorder.view(), events));
    let (child, stationery) = match Child::start(&hub, link, plan.leg, size) {
        Ok(started) => started,
        Err((why, tape)) => return Recording::failed(LegEnd::failed(why, tape)),
    };
    let (stop_input, input_stop) = match rustix::pipe::pipe() {
        Ok(ends) => ends,
        Err(error) => return Recording::failed(child.abandon(error.to_string())),
    };
    let (signals, signals_handle) = plan.signals;
    let (restore, page) = (host.restore(), host.restore());
    let typed = host.typed.clone();
    let painter = Painter::new(stationery, plan.encoder);
    let (orders, ordered) = channel();
    let relay = plan.relay;

    let mut crew = Crew::new(&hub);
    crew.hire("draw", move |s| painter.run(s, &page));
    crew.hire("input", move |s| threads::read_host(s, keys, &typed, &stop_input));
    crew.hire("signals", move |s| threads::hear_signals(s, signals, &restore));
    // What it is in the middle of may take long; whoever needs that done waits for it by itself.
    crew.lend("relay", move |s| relay::run(relay, &ordered, |news| s.bring(news)));

    let mut stage = Stage::new(hub, child, plan.traits, orders);
    let recording = match crew.missing() {
        None => stage.play(recorder, &inbox),
        Some(why) => Recording::failed(stage.abandon(why)),
    };
    signals_handle.close();
    drop(input_stop);
    stage.shut();
    crew.join(&inbox);
    recording
}

fn start_of(plan: &Plan) -> Start {
    Start {
        host: terminal::size(),
        place: plan.place,
        tab: plan.tab,
        keys: plan.leg.stationery.keys,
        prompted: plan.leg.prompted,
        notice: plan.leg.notice.clone(),
        end_at: plan.timeout.map(|t| Instant::now() + t),
        provider: plan.leg.provider,
        others: plan.others.clone(),
        on_limit: plan.on_limit,
    }
}

impl Recording {
    /// Nothing was there to be recorded.
    fn failed(end: LegEnd) -> Self {
        Self { ending: end.ending.clone(), last: Some(Box::new(end)), place: None }
    }
}
