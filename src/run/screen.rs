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
use crate::host::terminal::{Answers, Restore, Terminal};
use crate::model::{Activity, Ending, Live, SessionId};
use crate::provider::{HostTraits, LaunchSpec, Mode};
use crate::pty;
use crate::recorder::draw::Stationery;
use crate::recorder::layout::Place;
use crate::recorder::panel::{Document, Tab};
use crate::recorder::tape::Tape;
use crate::recorder::threads::Watch;
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
}

/// Runs the assistant in the split screen until it ends.
pub fn run(corridor: &Corridor<'_>, task: &Task<'_>, screen: &Screen) -> Result<super::Run> {
    let terminal = Terminal::take()?;
    let _hook = PanicHook::install(terminal.restore());
    let begun = corridor.begin(task)?;
    let host = HostTraits::new(corridor.env, terminal.answers.keyboard);
    let spec = corridor.launch(task, begun.session.id, host, Mode::Interactive)?;
    let mut tracker = corridor.track(&spec, begun.session.id);
    tracker.keep()?;
    let tracker = Arc::new(Mutex::new(Some(tracker)));
    let Begun { session, tape: log } = begun;
    let mut kept = Some(log);
    let plan = Plan {
        command: command(&spec),
        traits: traits(&terminal.answers),
        encoder: encoder(&terminal.answers, &screen.settings),
        stationery: stationery(corridor, task, session.id, &terminal.answers, screen),
        place: screen.place.unwrap_or(screen.settings.place),
        tab: if task.packet.is_some() { Tab::Handoff } else { Tab::Live },
        tape: kept.take_if(|_| screen.record).map(|log| tape(&corridor.store, session.id, log)),
        prompted: task.prompt.is_some() || !task.args.is_empty(),
        notice: task.notice.clone(),
        timeout: task.timeout,
        watch: watcher(corridor, Arc::clone(&tracker)),
    };
    let recorded = recorder::record(plan, &terminal);
    drop(terminal);
    let recording = recorded.unwrap_or_else(|error| Recording {
        ending: Ending::LaunchFailed(error.to_string()),
        turns_on_wire: 0,
        place: None,
        tape_broken: None,
        tape: None,
    });
    let tracker = tracker.lock().take().unwrap_or_else(|| Tracker::new(&spec, corridor.now));
    let mut run = corridor.finish(task, session, tracker, recording.ending, String::new())?;
    run.warnings.extend(spec.warnings);
    if let Some(place) = recording.place {
        // The next run then asks again; that is all.
        let _ = corridor.store.set_layout(place.as_word());
    }
    if let Some(reason) = recording.tape_broken {
        run.warnings.push(format!("the recording is not complete: {reason}"));
    }
    // Only now may another command find the run dead.
    drop((kept, recording.tape));
    Ok(run)
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
        foreground: answers.foreground,
        background: answers.background,
        cell: answers.cell,
        dark: Some(answers.is_dark()),
        name: concat!("loghop(", env!("CARGO_PKG_VERSION"), ")").to_owned(),
        ..Traits::default()
    }
}

fn encoder(answers: &Answers, settings: &Settings) -> FrameEncoder {
    FrameEncoder::new(Abilities {
        sync: answers.synchronized,
        depth: settings.depth,
        ..Abilities::default()
    })
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
        recording: screen.record,
        theme: screen.settings.theme(answers.is_dark()),
        keys: screen.settings.keys,
        ascii: screen.settings.ascii,
        keyboard: answers.keyboard,
    }
}

type MakeTape = Box<dyn FnOnce(crate::model::Size) -> Result<Tape>>;

/// Makes the tape once the size of the pane is known.
fn tape(store: &Arc<Store>, id: SessionId, log: PrivateLog) -> MakeTape {
    let (stream, store) = (store.redactor().stream(), Arc::clone(store));
    Box::new(move |size| {
        let open = Box::new(move |segment| store.next_tape(id, segment));
        Tape::start(log, open, stream, size, (Instant::now(), Timestamp::now()))
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

type Hook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Sync + Send + 'static>;

/// Gives the terminal back before a panic is told, and puts the hook that was there back in the
/// end. Panics of the emulator's cells are caught by its guard and nobody's business.
struct PanicHook {
    previous: Arc<Hook>,
}

impl PanicHook {
    fn install(restore: Arc<Restore>) -> Self {
        let previous: Arc<Hook> = Arc::new(std::panic::take_hook());
        let inner = Arc::clone(&previous);
        std::panic::set_hook(Box::new(move |info| {
            if info.location().is_some_and(|at| at.file().contains("vt100")) {
                return;
            }
            restore.now();
            inner(info);
        }));
        Self { previous }
    }
}

impl Drop for PanicHook {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let previous = Arc::clone(&self.previous);
            std::panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}
