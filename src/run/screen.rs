//! A run on a person's terminal: the split screen around their own assistant.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::corridor::{Corridor, Task};
use super::settings::Settings;
use crate::capture::{Begun, Tracker};
use crate::clock::Timestamp;
use crate::disk::PrivateLog;
use crate::emulator::Traits;
use crate::error::Result;
use crate::git;
use crate::host::frame::{Abilities, FrameEncoder};
use crate::host::panic_hook::PanicHook;
use crate::host::terminal::{Answers, Terminal};
use crate::model::{Activity, Ending, Live, Session, SessionId};
use crate::provider::{HostTraits, LaunchSpec, Mode};
use crate::pty;
use crate::recorder::draw::Stationery;
use crate::recorder::layout::Place;
use crate::recorder::panel::{Document, Guide, Tab};
use crate::recorder::tape::{Item, SEGMENT_MAX, Segments, Tape};
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
pub fn run(corridor: &Corridor<'_>, task: &Task<'_>, screen: &Screen) -> Result<super::Run> {
    // Before the terminal is taken: a signal must find somebody who gives it back.
    let signals = threads::signals()?;
    let terminal = Terminal::take()?;
    let _hook = PanicHook::install(terminal.restore());
    let begun = corridor.begin(task)?;
    let host = HostTraits::new(corridor.env, terminal.answers.keyboard);
    let spec = corridor.launch(task, begun.session.id, host, Mode::Interactive)?;
    let mut tracker = corridor.track(&spec, begun.session.id);
    tracker.keep()?;
    let tracker = Arc::new(Mutex::new(Some(tracker)));
    let Begun { mut session, tape: log } = begun;
    let (id, mut kept) = (session.id, Some(log));
    if !screen.record {
        // The empty tape is there for its lock.
        session.cast_path = None;
    }
    let plan = Plan {
        command: command(&spec),
        traits: traits(&terminal.answers),
        encoder: encoder(&terminal.answers, &screen.settings),
        stationery: stationery(corridor, task, session.id, &terminal.answers, screen),
        place: screen.place.unwrap_or(screen.settings.place),
        tab: first_tab(task, screen),
        tape: kept.take_if(|_| screen.record).map(|log| tape(&corridor.store, &session, log)),
        prompted: task.prompt.is_some() || !task.args.is_empty(),
        notice: task.notice.clone(),
        timeout: task.timeout,
        watch: watcher(corridor, Arc::clone(&tracker)),
        signals,
    };
    let recorded = recorder::record(plan, &terminal);
    drop(terminal);
    let recording = recorded.unwrap_or_else(|error| Recording {
        ending: Ending::LaunchFailed(error.to_string()),
        turns_on_wire: 0,
        activity: Activity::Unknown,
        last_words: Vec::new(),
        place: None,
        tape_broken: None,
        tape: None,
    });
    let tracker = tracker.lock().take().unwrap_or_else(|| Tracker::new(&spec, corridor.now));
    let last_words = last_words(&corridor.store, &recording);
    let mut run = corridor.finish(task, session, tracker, recording.ending, String::new())?;
    run.last_words = last_words;
    run.warnings.extend(spec.warnings);
    if let Some(place) = recording.place {
        // The next run then asks again; that is all.
        let _ = corridor.store.set_layout(place.as_word());
    }
    if let Some(reason) = recording.tape_broken {
        run.warnings.push(format!("the recording is not complete: {reason}"));
    }
    if !screen.record {
        corridor.store.drop_tape(id, 1)?;
    }
    // Only now may another command find the run dead.
    drop((kept, recording.tape));
    Ok(run)
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
    let redacted = packet.map(|p| corridor.store.redactor().redact(&p.handoff.body));
    Stationery {
        session,
        provider: task.provider.name(),
        goal: task.goal.clone(),
        started: corridor.now,
        handoff: packet.map(|p| p.handoff.id),
        document: Document::new(redacted.map(|r| r.as_str().into_owned()).unwrap_or_default()),
        timeline: corridor.store.timeline().map(|t| t.items).unwrap_or_default(),
        guide: screen.guide,
        recording: screen.record,
        theme: screen.settings.theme(answers.is_dark()),
        keys: screen.settings.keys,
        ascii: screen.settings.ascii,
        keyboard: answers.keyboard,
    }
}

type MakeTape = Box<dyn FnOnce(crate::model::Size) -> Result<Tape>>;

/// Makes the tape once the size of the pane is known. Where the assistant was told something, a
/// marker at its beginning says so.
fn tape(store: &Arc<Store>, session: &Session, log: PrivateLog) -> MakeTape {
    let (id, is_told) = (session.id, session.handoff.is_some());
    let (stream, store) = (store.redactor().stream(), Arc::clone(store));
    Box::new(move |size| {
        let other = Arc::clone(&store);
        let segments = Segments {
            max: SEGMENT_MAX,
            open: Box::new(move |segment| store.next_tape(id, segment)),
            remove: Box::new(move |segment| other.drop_tape(id, segment)),
        };
        let now = Instant::now();
        let mut tape = Tape::start(log, segments, stream, size, (now, Timestamp::now()))?;
        if is_told {
            tape.item(Item::Mark("handoff"), now)?;
        }
        Ok(tape)
    })
}

/// Looks for the transcript and at the repository, while the child runs.
fn watcher(
    corridor: &Corridor<'_>,
    tracker: Arc<Mutex<Option<Tracker>>>,
) -> Box<dyn FnOnce(i32) -> Watch> {
    let (root, env) = (corridor.store.root().to_owned(), corridor.env.clone());
    Box::new(move |pid| {
        if let Some(tracker) = tracker.lock().as_mut() {
            tracker.spawned(pid.unsigned_abs());
        }
        let mut changes = Changes { root, env, seen: (Activity::Unknown, 0), paths: Vec::new() };
        Box::new(move |activity, turns| {
            let mut guard = tracker.lock();
            let Some(tracker) = guard.as_mut() else { return Live::default() };
            let mut live = tracker.poll(activity, turns, Instant::now());
            // A trail that cannot be kept costs recovery after a kill, not the run.
            let _ = tracker.keep();
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
