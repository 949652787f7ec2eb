//! The run loop: one child in its pane at a time, recorded, beside the panel.
//!
//! [`record`] starts the threads (`threads`), feeds what happens (`event`) to the state (`state`)
//! and does what it says (`stage`). The state is pure, and so are the pieces that decide: `input`
//! (whose key is it), `mouse`, `layout`, `pacer` (when to draw), `closing` (how it ends), `switch`
//! (how the pane goes from one child to the next). Producers may wait; the loop never does, and it
//! never writes to a child itself.

pub mod child;
pub mod closing;
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
mod stage;
pub mod state;
pub mod switch;
pub mod tape;
pub mod threads;
pub mod view;
pub mod wake;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use signal_hook::iterator::Signals;

use crate::emulator::{Pane, Traits};
use crate::error::Result;
use crate::host::frame::FrameEncoder;
use crate::host::terminal::{self, Terminal};
use crate::model::Ending;
use crate::provider::Provider;
use child::Child;
use draw::Painter;
use event::{Event, Told};
use hub::Hub;
use layout::Place;
use link::Link;
use mouse::Routing;
use panel::Tab;
use relay::{Leg, LegEnd, Relay};
use stage::Stage;
use state::{Recorder, Start};

/// Events that may wait for the loop. The loop is fast and the producers few; a full queue makes
/// them wait a moment.
const EVENTS_MAX: usize = 256;
/// How long to wait for the threads at the end: the tape's last write, the last frame.
const JOIN_WAIT: Duration = Duration::from_secs(2);
/// How often they are looked at: a person waits for the last of them.
const JOIN_LOOK: Duration = Duration::from_millis(1);

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

/// Runs the child, and those that take over from it, until the last one ends.
///
/// # Errors
/// `ProviderLaunchFailed` when the child does not start; `Io` when threads or the tape do not.
pub fn record(plan: Plan, host: &Terminal) -> Result<Recording> {
    let keys = plan.leg.stationery.keys;
    let start = Start {
        host: terminal::size(),
        place: plan.place,
        tab: plan.tab,
        keys,
        prompted: plan.leg.prompted,
        notice: plan.leg.notice.clone(),
        end_at: plan.timeout.map(|t| Instant::now() + t),
        provider: plan.leg.provider,
        others: plan.others,
        on_limit: plan.on_limit,
    };
    let recorder = Recorder::new(&start, Instant::now());
    let size = recorder.view().layout.pane_size();
    let (events, inbox) = sync_channel(EVENTS_MAX);
    let link = Arc::new(Link::new(0, Pane::new(size, plan.traits.clone())));
    let hub = Arc::new(Hub {
        child: Mutex::new(Arc::clone(&link)),
        stationery: Mutex::default(),
        holds_keys: false.into(),
        wishes: 0.into(),
        view: Mutex::new(Arc::new(recorder.view().clone())),
        routing: Mutex::new(Routing { layout: recorder.view().layout, ..Routing::default() }),
        forwards: Mutex::default(),
        selection: Mutex::default(),
        panel_rows: Mutex::default(),
        wake: wake::Wake::default(),
        events,
    });
    let (child, stationery) = Child::start(&hub, link, plan.leg, size)?;
    let (stop_input, input_stop) = rustix::pipe::pipe().map_err(std::io::Error::from)?;
    let (signals, signals_handle) = plan.signals;
    let (restore, page) = (host.restore(), host.restore());
    let typed = host.typed.clone();
    let painter = Painter::new(stationery, plan.encoder);
    let (orders, ordered) = channel();
    let relay = plan.relay;
    let crew = Crew {
        joined: vec![
            threads::start("draw", &hub, move |s| painter.run(s, &page))?,
            threads::start("input", &hub, move |s| {
                threads::read_host(s, keys, &typed, &stop_input);
            })?,
            threads::start("signals", &hub, move |s| {
                threads::hear_signals(s, signals, &restore);
            })?,
        ],
    };
    // What it is in the middle of may take long; whoever needs that done waits for it by itself.
    threads::start("relay", &hub, move |s| threads::relay(s, relay, &ordered))?;

    let mut stage = Stage::new(hub, child, plan.traits, orders);
    let mut recording = stage.play(recorder, &inbox);
    signals_handle.close();
    drop(input_stop);
    stage.shut();
    crew.join(&inbox, &mut recording);
    Ok(recording)
}

/// Threads that end when they are told to.
struct Crew {
    joined: Vec<JoinHandle<()>>,
}

impl Crew {
    /// Waits for them, but not for ever: a host that does not read must not keep us. What they
    /// still tell is heard, so that none of them waits for the loop; of it matters only why the
    /// tape could not be written to its end.
    fn join(self, inbox: &Receiver<Told>, recording: &mut Recording) {
        let end = Instant::now() + JOIN_WAIT;
        let mut tape = recording.last.as_mut();
        let mut hear = |told| {
            if let (Told::Child(_, Event::TapeBroken(reason)), Some(last)) = (told, &mut tape) {
                last.tape_broken = Some(reason);
            }
        };
        for thread in self.joined {
            while !thread.is_finished() && Instant::now() < end {
                inbox.recv_timeout(JOIN_LOOK).into_iter().for_each(&mut hear);
            }
        }
        inbox.try_iter().for_each(hear);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_the_tape_after_the_loop_has_ended_is_heard() {
        let (events, inbox) = sync_channel(1);
        let tape = std::thread::spawn(move || {
            // More than the queue takes: nobody may wait for a loop that is gone.
            for _ in 0..3 {
                events.send(Told::Child(0, Event::OutputEnded)).unwrap();
            }
            events.send(Told::Child(0, Event::TapeBroken("no space left".into()))).unwrap();
        });
        let last = Some(Box::new(LegEnd::not_started(Ending::Interrupted)));
        let mut recording = Recording { ending: Ending::Interrupted, last, place: None };
        Crew { joined: vec![tape] }.join(&inbox, &mut recording);
        assert_eq!(recording.last.unwrap().tape_broken.as_deref(), Some("no space left"));
    }
}
