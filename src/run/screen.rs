//! A run on a person's terminal: the split screen around their own assistants.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use parking_lot::Mutex;

use super::corridor::Task;
use super::legs::Legs;
use super::settings::Settings;
use super::terms::Terms;
use super::{Run, Say};
use crate::emulator::Traits;
use crate::error::{Error, Kind, Result};
use crate::host::frame::{Abilities, FrameEncoder};
use crate::host::panic_hook::PanicHook;
use crate::host::terminal::{Answers, Terminal};
use crate::provider::Provider;
use crate::recorder::layout::Place;
use crate::recorder::{self, Plan, threads};

/// What a run on a terminal needs beside its task.
pub struct Screen {
    /// Where the panel stands, if the person said so.
    pub place: Option<Place>,
    /// The assistants that could take over.
    pub others: Vec<Provider>,
    /// What holds for every client of the run.
    pub terms: Terms,
}

/// Runs the assistant, and those that take over from it, in the split screen until the last one
/// ends. The sessions come back oldest first; there is at least one.
pub fn run(task: Task, screen: Screen, say: Say<'_>) -> Result<Vec<Run>> {
    let Screen { place, others, mut terms } = screen;
    // Before the terminal is taken: a signal must find somebody who gives it back.
    let signals = threads::signals()?;
    let terminal = Terminal::take()?;
    let _hook = PanicHook::install(terminal.restore());
    terms.answers = terminal.answers.clone();
    let store = Arc::clone(&terms.store);
    let (settings, timeout) = (terms.settings.clone(), task.timeout);
    let over = Arc::new(AtomicBool::new(false));
    let mut legs = Legs::new(terms, Arc::clone(&over));
    let leg = match legs.begin(task) {
        Ok(leg) => leg,
        // One that cannot be started has a session all the same; it says why.
        Err(error) => {
            drop(terminal);
            legs.close(None, say)?;
            let runs = legs.take_done();
            return if runs.is_empty() { Err(error) } else { Ok(runs) };
        }
    };
    let legs = Arc::new(Mutex::new(legs));
    let relay = Arc::clone(&legs);
    // The relay's end: it is dropped when the last order has been carried out.
    let (works, has_ended) = channel::<()>();
    let plan = Plan {
        tab: leg.tab,
        leg,
        others,
        on_limit: settings.on_limit,
        relay: Box::new(move |order| {
            let _held = &works;
            relay.lock().on(order)
        }),
        traits: traits(&terminal.answers),
        encoder: encoder(&terminal.answers, &settings),
        place: place.unwrap_or(settings.place),
        timeout,
        signals,
    };
    let recording = recorder::record(plan, &terminal);
    drop(terminal);
    if let Some(place) = recording.place {
        // The next run then asks again; that is all.
        let _ = store.set_layout(place.as_word());
    }
    // What the relay was told is done first: a session's end may be on the way to it.
    over.store(true, Ordering::SeqCst);
    let _ = has_ended.recv();
    let mut legs = legs.lock();
    legs.close(recording.last.map(|last| *last), say)?;
    let mut runs = legs.take_done();
    let last = runs.last_mut().ok_or_else(|| Error::new(Kind::Unexpected, "nothing ran"))?;
    last.ending = recording.ending;
    Ok(runs)
}

/// What the emulator answers for the host.
fn traits(answers: &Answers) -> Traits {
    Traits {
        kitty: answers.keyboard,
        emoji_wide: answers.emoji_wide,
        emoji_joined: answers.emoji_joined,
        foreground: answers.foreground,
        background: answers.background,
        cell: answers.cell,
        dark: Some(answers.is_dark()),
        name: concat!("loghop(", env!("CARGO_PKG_VERSION"), ")").to_owned(),
        ..Traits::default()
    }
}

fn encoder(answers: &Answers, settings: &Settings) -> FrameEncoder {
    FrameEncoder::new(Abilities { sync: answers.synchronized, depth: settings.depth })
}
