//! Where a scripted assistant performs: a real terminal, real files, real time.
//!
//! The actor decides; this loop only carries events in and acts out. Codex' death by a signal is
//! dirty because its signals are left to the system, as in the real client.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;

use super::actor::Actor;
use super::native::{Fault, Files, Moment, put};
use super::nouns::{Act, Action, Event, Look, Tool, ToolOutput, Who};
use super::script::FLOOD;
use crate::error::{Error, Result};
use crate::host::terminal;
use crate::subprocess;

/// Longest run of a tool: the scripts' commands are short, a person's own might hang.
const TOOL_TIME_MAX: Duration = Duration::from_mins(1);
/// Bytes of a flood that are written at once.
const FLOOD_PIECE: usize = 64 << 10;

/// Plays an assistant on the terminal of this process until it exits.
pub(super) fn perform<L: Look, F: Files>(
    mut actor: Actor<L>,
    mut files: F,
    began: Moment,
    fault: Fault,
    cwd: &Path,
) -> Result<u8> {
    let raw = RawMode::enter()?;
    let (events, inbox) = channel();
    listen(&events, actor.look.who(), fault)?;
    files.opened()?;
    let clock = Clock { began, since: Instant::now() };
    let mut stage = Stage { events, cwd: cwd.to_owned(), clock };
    if fault == Fault::Print100Mb {
        flood(FLOOD);
    }
    let mut event = Event::Tick;
    let code = loop {
        let acts = actor.on(event, stage.clock.now());
        if let Some(code) = stage.perform(acts, &mut files)? {
            break code;
        }
        event = stage.next(&inbox, actor.wake());
    };
    let farewell = actor.look.end(files.session());
    drop(raw);
    write(&farewell);
    files.closed(stage.clock.moment())?;
    Ok(code)
}

struct Stage {
    events: Sender<Event>,
    cwd: PathBuf,
    clock: Clock,
}

/// Time since the start, and the wall clock that goes with it.
#[derive(Debug, Clone, Copy)]
struct Clock {
    began: Moment,
    since: Instant,
}

impl Clock {
    fn now(self) -> Duration {
        self.since.elapsed()
    }

    fn moment(self) -> Moment {
        Moment(self.began.0.saturating_add(self.now().as_millis() as i64))
    }
}

impl Stage {
    /// Does what the actor decided; the exit code when that was to leave.
    fn perform(&mut self, acts: Vec<Act>, files: &mut impl Files) -> Result<Option<u8>> {
        let now = self.clock.moment();
        for act in acts {
            match act {
                Act::Write(bytes) => write(&bytes),
                Act::Flood(bytes) => flood(bytes),
                Act::Record(record) => files.record(&record, now)?,
                Act::Status(status) => files.status(status, now)?,
                Act::NewSession => files.new_session(now)?,
                Act::Leave(code) => return Ok(Some(code)),
                Act::Run(tool) => {
                    let (events, cwd) = (self.events.clone(), self.cwd.clone());
                    std::thread::spawn(move || {
                        let output = run_tool(&tool, &cwd);
                        // Nobody listens any more when the assistant has left.
                        let _ = events.send(Event::ToolRan(output));
                    });
                }
            }
        }
        Ok(None)
    }

    /// The next event, or a tick when it is time.
    fn next(&self, inbox: &Receiver<Event>, wake: Option<Duration>) -> Event {
        let Some(wake) = wake else {
            return inbox.recv().unwrap_or(Event::Signal(SIGHUP));
        };
        match inbox.recv_timeout(wake.saturating_sub(self.clock.now())) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => Event::Tick,
            Err(RecvTimeoutError::Disconnected) => Event::Signal(SIGHUP),
        }
    }
}

/// Input and signals, each from a thread of its own.
fn listen(events: &Sender<Event>, who: Who, fault: Fault) -> Result<()> {
    let typed = events.clone();
    std::thread::spawn(move || {
        let mut buffer = vec![0; FLOOD_PIECE];
        while let Ok(count @ 1..) = std::io::stdin().lock().read(&mut buffer) {
            if typed.send(Event::Bytes(buffer[..count].to_vec())).is_err() {
                return;
            }
        }
        if fault != Fault::IgnoreTerm {
            let _ = typed.send(Event::Signal(SIGHUP));
        }
    });
    let handled: &[i32] = match who {
        _ if fault == Fault::IgnoreTerm => &[SIGWINCH, SIGTERM, SIGHUP],
        Who::Claude => &[SIGWINCH, SIGTERM, SIGHUP, SIGINT],
        Who::Codex => &[SIGWINCH],
    };
    let mut signals = Signals::new(handled)?;
    let told = events.clone();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let event = match signal {
                SIGWINCH => Event::Resized(terminal::size()),
                _ if fault == Fault::IgnoreTerm => continue,
                signal => Event::Signal(signal),
            };
            if told.send(event).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Runs a tool, with its real effect.
pub(super) fn run_tool(tool: &Tool, cwd: &Path) -> ToolOutput {
    match &tool.action {
        Action::Shell(command) => {
            let mut ask = subprocess::Request::new("/bin/sh", &["-c", command], cwd);
            ask.timeout = TOOL_TIME_MAX;
            match subprocess::run(&ask) {
                Ok(output) => {
                    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
                    text += &String::from_utf8_lossy(&output.stderr);
                    let code = match output.exit {
                        subprocess::Exit::Code(code) => code,
                        subprocess::Exit::Signal(signal) => 128 + signal,
                    };
                    ToolOutput { text, code }
                }
                Err(error) => ToolOutput { text: error.to_string(), code: 1 },
            }
        }
        Action::Write { path, content } => match put(&cwd.join(path), content.as_bytes()) {
            Ok(()) => {
                let text = format!("Wrote {} lines to {path}", content.lines().count());
                ToolOutput { text, code: 0 }
            }
            Err(error) => ToolOutput { text: error.to_string(), code: 1 },
        },
    }
}

/// Writes to the terminal. One that is gone will be told by the signal that follows.
pub(super) fn write(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// Coloured lines without an end in sight.
fn flood(bytes: u64) {
    let line =
        b"\x1b[32mflood\x1b[0m 0123456789 abcdefghijklmnopqrstuvwxyz \xe6\x97\xa5\xe6\x9c\xac\r\n";
    let piece: Vec<u8> =
        line.iter().copied().cycle().take(line.len() * (FLOOD_PIECE / line.len())).collect();
    for _ in 0..bytes / piece.len() as u64 {
        write(&piece);
    }
}

/// The terminal in raw mode, until it is dropped.
struct RawMode(Termios);

impl RawMode {
    fn enter() -> Result<Self> {
        let not_one = |_| Error::invalid("stdin is not a terminal");
        let before = tcgetattr(std::io::stdin()).map_err(not_one)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(std::io::stdin(), OptionalActions::Now, &raw).map_err(not_one)?;
        Ok(Self(before))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
    }
}
