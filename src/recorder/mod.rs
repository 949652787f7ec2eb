//! The run loop: one child in its pane, recorded, beside the panel.
//!
//! [`record`] starts the threads (`threads`), feeds what happens (`event`) to the state (`state`)
//! and does what it says. The state is pure, and so are the pieces that decide: `input` (whose
//! key is it), `mouse`, `layout`, `pacer` (when to draw), `closing` (how it ends). Producers may
//! wait; the loop never does, and it never writes to the child itself.

pub mod closing;
mod crew;
pub mod draw;
pub mod event;
pub mod hub;
pub mod input;
pub mod keys;
pub mod layout;
pub mod mouse;
pub mod pacer;
pub mod panel;
pub mod pointer;
pub mod queue;
pub mod reel;
pub mod state;
pub mod tape;
pub mod threads;
pub mod view;
pub mod wake;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use signal_hook::iterator::Signals;

use crate::emulator::{Pane, Selection, Traits};
use crate::error::Result;
use crate::host::frame::FrameEncoder;
use crate::host::terminal::{self, Terminal};
use crate::model::{Activity, Ending, Size};
use crate::pty::{self, Pty, Signal};
use crew::Crew;
use draw::{Painter, Stationery};
use event::{Cell, Effect, Event, Unit};
use hub::Hub;
use layout::Place;
use panel::Tab;
use state::{Recorder, Start};
use tape::{Item, Tape};
use threads::{Seen, Watch};

/// Events that may wait for the loop. The loop is fast and the producers few; a full queue makes
/// them wait a moment.
const EVENTS_MAX: usize = 256;
/// Lines of the child's last words: an error message and what stands around it.
const LAST_WORDS_MAX: usize = 5;

/// What a run needs.
pub struct Plan {
    /// The child.
    pub command: pty::Command,
    /// What the emulator answers to the child's questions.
    pub traits: Traits,
    /// Encodes frames for the host.
    pub encoder: FrameEncoder,
    /// What the panel shows throughout.
    pub stationery: Stationery,
    /// Where the panel goes.
    pub place: Place,
    /// The first tab.
    pub tab: Tab,
    /// Makes the tape for a terminal of this size; `None` when nothing is to be recorded.
    pub tape: Option<Box<dyn FnOnce(Size) -> Tape>>,
    /// The child starts with a prompt of its own.
    pub prompted: bool,
    /// What a person should know from the beginning.
    pub notice: Option<String>,
    /// Ends the run after this time.
    pub timeout: Option<Duration>,
    /// Told the child's process id, makes the watcher, on the watcher's thread.
    pub watch: Box<dyn FnOnce(i32) -> Watch + Send>,
    /// Signals, heard since before the terminal was taken.
    pub signals: (Signals, signal_hook::iterator::Handle),
}

/// What is known after a run.
pub struct Recording {
    /// How it ended.
    pub ending: Ending,
    /// What the child did last, as it told on the wire; unknown when it never came to a prompt.
    pub activity: Activity,
    /// What stood last on the child's screen, not redacted.
    pub last_words: Vec<String>,
    /// Where the person put the panel, if they did.
    pub place: Option<Place>,
    /// Why the tape is not complete.
    pub tape_broken: Option<String>,
    /// The tape, written to its end but still locked: the run lives until its session is finished.
    pub tape: Option<Tape>,
}

/// Runs the child until it ends. One that does not start, or that nobody can be found to look
/// after, has ended as a launch that failed.
pub fn record(mut plan: Plan, host: &Terminal) -> Recording {
    let recorder = Recorder::new(&start_of(&plan), Instant::now());
    let size = recorder.view().layout.pane_size();
    let tape = Arc::new(Mutex::new(plan.tape.take().map(|make| make(size))));
    let is_taped = tape.lock().is_some();
    let mut recording = play(plan, host, recorder, &tape)
        .unwrap_or_else(|error| Recording::of(Ending::LaunchFailed(error.to_string())));
    let rewound = tape.try_lock().and_then(|mut tape| tape.take());
    let late = (is_taped && rewound.is_none()).then(|| "its end was not written".to_owned());
    recording.tape_broken = recording.tape_broken.or(late);
    recording.tape = rewound;
    recording
}

fn start_of(plan: &Plan) -> Start {
    Start {
        host: terminal::size(),
        place: plan.place,
        tab: plan.tab,
        keys: plan.stationery.keys,
        prompted: plan.prompted,
        notice: plan.notice.clone(),
        end_at: plan.timeout.map(|t| Instant::now() + t),
    }
}

type SharedTape = Arc<Mutex<Option<Tape>>>;

fn play(plan: Plan, host: &Terminal, recorder: Recorder, tape: &SharedTape) -> Result<Recording> {
    let size = recorder.view().layout.pane_size();
    let (stop_input, input_stop) = rustix::pipe::pipe().map_err(std::io::Error::from)?;
    let pty::Spawned { pty, output, input } = pty::spawn(&plan.command, size)?;
    let pid = pty.pid();
    let (events, inbox) = sync_channel(EVENTS_MAX);
    let hub = Arc::new(Hub::new(Pane::new(size, plan.traits), recorder.view(), events));
    if plan.stationery.handoff.is_some() {
        hub.reel.note(Item::Mark("handoff"), Instant::now());
    }
    let (seen, seen_inbox) = tokio::sync::watch::channel(Seen::default());
    let (signals, signals_handle) = plan.signals;
    let (keys, typed) = (plan.stationery.keys, host.typed.clone());
    let (restore, page) = (host.restore(), host.restore());
    let (watch, tape) = (plan.watch, Arc::clone(tape));
    let painter = Painter::new(plan.stationery, plan.encoder);

    let mut crew = Crew::new(&hub);
    crew.hire("draw", move |s| painter.run(s, &page));
    crew.hire("tape", move |s| threads::write_tape(s, &mut tape.lock()));
    crew.hire("input", move |s| threads::read_host(s, keys, &typed, &stop_input));
    crew.hire("signals", move |s| threads::hear_signals(s, signals, &restore));
    crew.hire("watch", move |s| threads::watch(s, watch(pid), seen_inbox));
    // These may be stuck in the child's terminal for ever; nobody waits for them.
    crew.lend("pty-reader", move |s| threads::read_child(s, output));
    crew.lend("pty-writer", move |s| threads::write_child(s, input));
    crew.lend("waiter", move |s| s.tell(Event::Exited(pty::wait(pid))));

    let mut stage = Stage { pty, anchor: None, hub, seen };
    let mut recording = match crew.missing() {
        None => stage.play(recorder, &inbox),
        Some(why) => {
            pty::signal(pid, Signal::Kill);
            // Nobody else waits for it: the waiter would have come last.
            pty::wait(pid);
            Recording::of(Ending::LaunchFailed(why))
        }
    };
    signals_handle.close();
    drop(input_stop);
    stage.shut();
    recording.tape_broken = recording.tape_broken.or(crew.join(&inbox));
    Ok(recording)
}

impl Recording {
    /// A recording of which only the end is known.
    fn of(ending: Ending) -> Self {
        Self {
            ending,
            activity: Activity::Unknown,
            last_words: Vec::new(),
            place: None,
            tape_broken: None,
            tape: None,
        }
    }
}

/// The loop's surroundings: does what the state says.
struct Stage {
    pty: Pty,
    /// Where a selection began, and by what it grows.
    anchor: Option<(Selection, Unit)>,
    hub: Arc<Hub>,
    seen: tokio::sync::watch::Sender<Seen>,
}

impl Stage {
    fn play(&mut self, mut recorder: Recorder, inbox: &Receiver<Event>) -> Recording {
        let mut effects = Vec::new();
        loop {
            if let Some(ending) = recorder.ending(Instant::now()) {
                return Recording {
                    activity: recorder.view().activity,
                    last_words: self.hub.pane.lock().last_lines(LAST_WORDS_MAX),
                    place: recorder.chosen(),
                    tape_broken: recorder.view().tape_broken.clone(),
                    ..Recording::of(ending)
                };
            }
            let event = next(inbox, recorder.deadline());
            recorder.drawn(*self.hub.panel_rows.lock());
            recorder.flowed(self.hub.reel.flow(), Instant::now());
            recorder.on(event, Instant::now(), &mut effects);
            for effect in effects.drain(..) {
                self.perform(effect, &recorder);
            }
            let turns = recorder.turns_on_wire();
            let activity = recorder.view().activity;
            self.seen.send_if_modified(|seen| {
                let is_new = (seen.activity, seen.turns) != (activity, turns);
                (seen.activity, seen.turns) = (activity, turns);
                is_new
            });
        }
    }

    fn perform(&mut self, effect: Effect, recorder: &Recorder) {
        let hub = &self.hub;
        match effect {
            Effect::Show => {
                hub.routing.lock().layout = recorder.view().layout;
                *hub.view.lock() = Arc::new(recorder.view().clone());
            }
            Effect::ResizeChild(size) => {
                // The emulator first: the child's answer must find the new size.
                hub.pane.lock().resize(size);
                hub.look_away();
                self.pty.resize(size);
                hub.reel.note(Item::Resize(size), Instant::now());
            }
            Effect::SignalChild(signal) => pty::signal(self.pty.pid(), signal),
            Effect::Mark(label) => hub.reel.note(Item::Mark(label), Instant::now()),
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
        let picked = around(&mut self.hub.pane.lock(), cell, unit);
        self.anchor = Some((picked, unit));
        *self.hub.selection.lock() = (unit != Unit::Cell).then_some(picked);
    }

    fn extend(&self, cell: Cell) {
        let Some((anchor, unit)) = self.anchor else { return };
        let head = around(&mut self.hub.pane.lock(), cell, unit);
        *self.hub.selection.lock() = Some(anchor.with(&head));
    }

    fn copy(&self) {
        let Some(selection) = *self.hub.selection.lock() else { return };
        let text = self.hub.pane.lock().text(&selection);
        if !text.is_empty() {
            self.hub.forward(&clipboard(&text));
        }
    }

    fn shut(&self) {
        self.seen.send_modify(|seen| seen.over = true);
        self.hub.reel.close();
        self.hub.to_child.close();
        self.hub.wake.over();
    }
}

/// The next event, or a tick when the deadline comes first.
fn next(inbox: &Receiver<Event>, deadline: Option<Instant>) -> Event {
    let received = match deadline {
        None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        Some(at) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
    };
    received.unwrap_or(Event::Tick)
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
