//! A run on a person's terminal: the split screen around their own assistant.

use std::cell::LazyCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::Say;
use super::corridor::{Corridor, Task, keep};
use super::settings::Settings;
use crate::capture::Tracker;
use crate::clock::Timestamp;
use crate::disk::PrivateLog;
use crate::emulator::Traits;
use crate::error::Result;
use crate::git;
use crate::host::frame::{Abilities, FrameEncoder};
use crate::host::panic_hook::PanicHook;
use crate::host::terminal::{Answers, Terminal};
use crate::model::{Activity, Ending, Live, SessionId};
use crate::provider::{HostTraits, LaunchSpec, Mode};
use crate::pty;
use crate::recorder::draw::Stationery;
use crate::recorder::layout::Place;
use crate::recorder::panel::{Document, Guide, Tab};
use crate::recorder::tape::{SEGMENT_MAX, Segments, Tape};
use crate::recorder::threads::{self, Watch};
use crate::recorder::{self, Plan, Recording};
use crate::store::Store;

/// What a run on a terminal needs beside its task.
pub struct Screen {
    /// Where the panel stands, if the person said so.
    pub place: Option<Place>,
    /// Keys, theme, panel.
    pub settings: Settings,
    /// Whether a tape is written.
    pub record: bool,
    /// What there is to try, for a newcomer.
    pub guide: Option<Guide>,
}

/// Runs the assistant in the split screen until it ends.
pub fn run(
    corridor: &Corridor<'_>,
    task: &Task<'_>,
    screen: &Screen,
    say: Say<'_>,
) -> Result<super::Run> {
    // Before the terminal is taken: a signal must find somebody who gives it back.
    let signals = threads::signals()?;
    let terminal = Terminal::take()?;
    let _hook = PanicHook::install(terminal.restore());
    let start = (HostTraits::new(corridor.env, terminal.answers.keyboard), Mode::Interactive);
    corridor.pass(task, start, say, |spec, going, _| {
        if !screen.record {
            // The empty tape is there for its lock.
            going.session.cast_path = None;
        }
        let blank = going.tape.take_if(|_| screen.record);
        let plan = Plan {
            command: command(&spec),
            traits: traits(&terminal.answers),
            encoder: encoder(&terminal.answers, &screen.settings),
            stationery: stationery(corridor, task, going.session.id, &terminal.answers, screen),
            place: screen.place.unwrap_or(screen.settings.place),
            tab: first_tab(task, screen),
            tape: blank.map(|log| tape(&corridor.store, going.session.id, log)),
            prompted: task.prompt.is_some() || !task.args.is_empty(),
            notice: task.notice.clone(),
            timeout: task.timeout,
            watch: watcher(corridor, Arc::clone(&going.tracker)),
            signals,
        };
        let recording = recorder::record(plan, &terminal);
        drop(terminal);
        going.last_words = last_words(&corridor.store, &recording);
        if let Some(place) = recording.place {
            // The next run then asks again; that is all.
            let _ = corridor.store.set_layout(place.as_word());
        }
        if let Some(reason) = recording.tape_broken {
            going.warnings.push(format!("the recording is not complete: {reason}"));
        }
        going.tape = going.tape.take().or(recording.tape.map(Tape::into_log));
        Ok(recording.ending)
    })
}

/// The handoff is read first; a newcomer whose first run continues nothing watches instead.
fn first_tab(task: &Task<'_>, screen: &Screen) -> Tab {
    match &task.packet {
        Some(packet) if packet.continues.is_some() || screen.guide.is_none() => Tab::Handoff,
        _ => Tab::Live,
    }
}

/// What the child said last, where the person has not seen it: its screen goes with the split
/// screen, and with it the message of a child that failed or that only had something to print.
fn last_words(store: &Store, recording: &Recording) -> String {
    let is_told = match recording.ending {
        Ending::Exited(0) => recording.activity == Activity::Unknown,
        Ending::Exited(_) | Ending::Signalled(_) => true,
        _ => false,
    };
    let said = if is_told { recording.last_words.join("\n") } else { String::new() };
    store.redactor().redact(&said).as_str().into_owned()
}

fn command(spec: &LaunchSpec) -> pty::Command {
    pty::Command {
        program: spec.program.clone(),
        args: spec.args.clone(),
        env: spec.env.clone(),
        cwd: spec.cwd.clone(),
    }
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

fn stationery(
    corridor: &Corridor<'_>,
    task: &Task<'_>,
    session: SessionId,
    answers: &Answers,
    screen: &Screen,
) -> Stationery {
    let packet = task.packet.as_ref();
    let document = packet.map(|packet| packet.shown(task.provider)).unwrap_or_default();
    let store = Arc::clone(&corridor.store);
    Stationery {
        session,
        provider: task.provider.name(),
        goal: task.goal.clone(),
        started: corridor.now,
        handoff: packet.map(|packet| packet.handoff.id),
        document: Document::new(document),
        timeline: LazyCell::new(Box::new(move || {
            store.timeline().map(|listing| listing.items).unwrap_or_default()
        })),
        guide: screen.guide,
        recording: screen.record,
        theme: screen.settings.theme(answers.is_dark()),
        keys: screen.settings.keys,
        ascii: screen.settings.ascii,
        keyboard: answers.keyboard,
    }
}

type MakeTape = Box<dyn FnOnce(crate::model::Size) -> Tape>;

/// Makes the tape once the size of the pane is known.
fn tape(store: &Arc<Store>, id: SessionId, log: PrivateLog) -> MakeTape {
    let (redactor, store) = (store.redactor().clone(), Arc::clone(store));
    Box::new(move |size| {
        let other = Arc::clone(&store);
        let segments = Segments {
            max: SEGMENT_MAX,
            open: Box::new(move |segment| store.next_tape(id, segment)),
            remove: Box::new(move |segment| other.drop_tape(id, segment)),
        };
        let stream = redactor.terminal(size);
        Tape::start(log, segments, stream, size, (Instant::now(), Timestamp::now()))
    })
}

/// Looks for the transcript and at the repository, while the child runs.
fn watcher(
    corridor: &Corridor<'_>,
    tracker: Arc<Mutex<Option<Tracker>>>,
) -> Box<dyn FnOnce(i32) -> Watch + Send> {
    let (root, env) = (corridor.store.root().to_owned(), corridor.env.clone());
    Box::new(move |pid| {
        if let Some(tracker) = tracker.lock().as_mut() {
            tracker.spawned(pid.unsigned_abs());
            // After the start, which would wait for the disk: a child that has just started has
            // said nothing yet that a kill could lose.
            keep(tracker);
        }
        let mut changes = Changes { root, env, seen: (Activity::Unknown, 0), paths: Vec::new() };
        Box::new(move |activity, turns| {
            let mut guard = tracker.lock();
            let Some(tracker) = guard.as_mut() else { return Live::default() };
            let mut live = tracker.poll(activity, turns, Instant::now());
            keep(tracker);
            drop(guard);
            live.changed = changes.look(activity, live.digest.tool_calls);
            live
        })
    })
}

/// Which files Git sees changed. Git is asked only when something may have changed them: an idle
/// assistant must cost nothing.
struct Changes {
    root: PathBuf,
    env: crate::env::Env,
    seen: (Activity, u32),
    paths: Vec<String>,
}

impl Changes {
    fn look(&mut self, activity: Activity, calls: u32) -> Vec<String> {
        if std::mem::replace(&mut self.seen, (activity, calls)) != (activity, calls) {
            let changed = git::changed(&self.root, &self.env);
            self.paths = changed.into_iter().map(|file| file.path).collect();
        }
        self.paths.clone()
    }
}
