//! A run without a terminal: the assistant's print mode, shown as it comes, captured all the same.

use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::corridor::{Corridor, Task};
use super::stop::Stop;
use super::tape::{Printout, incomplete};
use super::{Run, Said, Say};
use crate::env::Env;
use crate::error::Result;
use crate::model::{Ending, HANDED_OVER};
use crate::provider::{EventStream, HostTraits, LaunchSpec, Mode, Provider};
use crate::redact::{RedactStream, Redacted};
use crate::subprocess::{Exit, Lines, Next, Request, Running, Stream};

/// How often a quiet child is looked at: for its end, the time-out, a signal to us.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a child may take to end after SIGTERM.
pub(super) const KILL_AFTER: Duration = Duration::from_secs(2);
/// How long output is read after the child's end, from what it left running.
const DRAIN_MAX: Duration = Duration::from_secs(1);
/// The longest line that is kept of an event stream: one that holds a whole file.
const LINE_MAX: usize = 8 << 20;
/// What is kept of the output, in bytes; the store cuts it to the characters that it keeps.
const OUTPUT_MAX: usize = 1 << 20;

/// What an assistant is asked when nobody said anything.
const GO_ON: &str = "Continue the task from where the previous session left off.";

/// What an assistant is asked when nobody said anything, marked as no word of the person's.
pub(super) fn go_on() -> String {
    let (open, close) = HANDED_OVER;
    format!("{open}\n{GO_ON}\n{close}")
}

/// What a headless run printed.
#[derive(Debug, Default)]
pub struct Printed {
    /// On its standard output, as text for people.
    pub stdout: String,
    /// On its standard error.
    pub stderr: String,
}

/// Runs the assistant in its print mode. `say` gets what it says, redacted, while it says it; where
/// it is to `record`, the tape gets it, too.
pub fn run(
    corridor: &Corridor<'_>,
    task: &Task,
    record: bool,
    say: Say<'_>,
) -> Result<(Run, Printed)> {
    let mut printed = Printed::default();
    let start = (HostTraits::new(&Env::default(), false), Mode::Headless);
    let run = corridor.pass(task, start, say, |spec, going, say| {
        // Where nothing is recorded, the empty tape is there for its lock.
        let path = going.session.cast_path.take();
        let (mut child, lines) = Running::streaming(&request(&spec), spec.stdin.clone())?;
        going.spawned(child.pid());
        let id = going.session.id;
        let blank = going.tape.take_if(|_| record);
        let mut voice = Voice::new(corridor, task.provider, say);
        voice.printout = blank.map(|log| {
            Printout::start(&corridor.store, id, log, task.prompt.as_deref().unwrap_or_default())
        });
        let ending = listen(&mut child, &lines, task.timeout, &mut voice);
        let (said, native_id, printout) = voice.end();
        if let Some(printout) = printout {
            let is_whole = matches!(ending, Ok(Ending::Exited(_)));
            let (log, broken) = printout.end(is_whole);
            (going.tape, going.session.cast_path) = (Some(log), path);
            going.warnings.extend(broken.map(|why| incomplete(id, &why)));
        }
        printed = said;
        going.output.clone_from(&printed.stdout);
        if let (Some(id), Some(tracker)) = (native_id, going.tracker.lock().as_mut()) {
            tracker.told(&id);
        }
        ending
    })?;
    Ok((run, printed))
}

/// How the client is started.
pub(super) fn request(spec: &LaunchSpec) -> Request {
    Request {
        program: spec.program.clone(),
        args: spec.args.clone(),
        cwd: spec.cwd.clone(),
        env: Some(spec.env.clone()),
        // The run has its own clock, which also ends the session.
        timeout: Duration::MAX,
        output_max: LINE_MAX,
    }
}

/// Listens to the child until it ends, or is ended. It is listened to all the way: a child that
/// nobody reads cannot say its last words, and waits in its write instead of ending. What it left
/// running may hold its outputs open: they are read until they are silent, and no longer.
fn listen(
    child: &mut Running,
    lines: &Lines,
    timeout: Option<Duration>,
    voice: &mut Voice<'_>,
) -> Result<Ending> {
    let stop = Stop::on(&[SIGTERM, SIGINT, SIGHUP])?;
    let end_at = timeout.map(|t| Instant::now() + t);
    let (mut early, mut kill_at) = (None, None);
    let exit = loop {
        let exit = match lines.next(LOOK_EVERY) {
            Next::Line(line) => {
                voice.line(line.from, &line.bytes);
                // What a child leaves behind may print for ever; its end counts once it was asked.
                if early.is_some() { child.wait(Duration::ZERO)? } else { None }
            }
            Next::Waiting => {
                voice.wait();
                child.wait(Duration::ZERO)?
            }
            Next::Closed => child.wait(LOOK_EVERY)?,
        };
        if let Some(exit) = exit {
            break exit;
        }
        let now = Instant::now();
        let is_late = end_at.is_some_and(|at| now >= at);
        if early.is_none() && (is_late || stop.is_asked()) {
            early = Some(if is_late { Ending::TimedOut } else { Ending::Interrupted });
            kill_at = Some(now + KILL_AFTER);
            child.terminate();
        }
        if kill_at.take_if(|at| now >= *at).is_some() {
            child.kill();
        }
    };
    let drained = Instant::now() + DRAIN_MAX;
    while Instant::now() < drained
        && let Next::Line(line) = lines.next(LOOK_EVERY)
    {
        voice.line(line.from, &line.bytes);
    }
    Ok(early.unwrap_or(ending(exit)))
}

/// How a run ended whose child ended by itself.
pub(super) fn ending(exit: Exit) -> Ending {
    match exit {
        Exit::Code(code) => Ending::Exited(code),
        Exit::Signal(signal) => Ending::Signalled(signal),
    }
}

/// Turns the child's lines into redacted text.
struct Voice<'a> {
    events: EventStream,
    stdout: RedactStream,
    stderr: RedactStream,
    printed: Printed,
    printout: Option<Printout>,
    say: Say<'a>,
}

impl<'a> Voice<'a> {
    fn new(corridor: &Corridor<'_>, provider: Provider, say: Say<'a>) -> Self {
        let redactor = corridor.store.redactor();
        Self {
            events: EventStream::new(provider),
            stdout: redactor.stream(),
            stderr: redactor.stream(),
            printed: Printed::default(),
            printout: None,
            say,
        }
    }

    fn line(&mut self, from: Stream, bytes: &[u8]) {
        match from {
            Stream::Out => {
                let text = self.events.line(bytes);
                let text = self.stdout.feed(text.as_bytes());
                self.say(&text);
            }
            Stream::Err => {
                let text = self.stderr.feed(&[bytes, b"\n"].concat());
                keep(&mut self.printed.stderr, &text);
            }
        }
    }

    fn say(&mut self, text: &Redacted) {
        if !text.is_empty() {
            (self.say)(Said::Assistant(text));
            keep(&mut self.printed.stdout, text);
            if let Some(printout) = &mut self.printout {
                printout.print(text);
            }
        }
    }

    /// Nothing is said for a while.
    fn wait(&mut self) {
        if let Some(printout) = &mut self.printout {
            printout.tick();
        }
    }

    /// What was printed, the assistant's own name for its session, and the tape.
    fn end(mut self) -> (Printed, Option<String>, Option<Printout>) {
        let last = self.events.finish();
        let mut rest = self.stdout.feed(last.as_bytes());
        rest.push(&self.stdout.flush());
        self.say(&rest);
        let rest = self.stderr.flush();
        keep(&mut self.printed.stderr, &rest);
        (self.printed, self.events.session_id().map(str::to_owned), self.printout)
    }
}

fn keep(all: &mut String, text: &Redacted) {
    if all.len() + text.len() <= OUTPUT_MAX {
        all.push_str(&text.as_str());
    }
}
