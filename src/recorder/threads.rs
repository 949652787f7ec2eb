//! The named threads of a run: each owns one end of something and hands on finished values.

use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use parking_lot::MutexGuard;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::{Handle, Signals};

use super::desk::Desk;
use super::event::{Event, Stop};
use super::hub::Hub;
use super::input::Scanner;
use super::keys::Keys;
use super::link::Link;
use super::mouse::Wish;
use super::reel::Next;
use super::relay::Watch;
use super::tape::{Item, Tape};
use crate::emulator::{Fed, Mouse, MouseEncoding, Pane};
use crate::error::Result;
use crate::host::terminal::{self, Restore};
use crate::model::Activity;
use crate::pty;

/// One read of the child's output. Linux gives at most 4 KiB at a time; other systems give more.
const READ_MAX: usize = 16 << 10;
/// How long a lone Esc is delayed, in which it may become the beginning of a sequence.
const ESC_WAIT: Duration = Duration::from_millis(12);
/// How long the rest of a sequence may take that is more than its Esc. A terminal sends it in one
/// write, but a network and a busy machine pull it apart, and no key stops there: only Alt+[ and
/// its like are delayed so long.
const SEQUENCE_WAIT: Duration = Duration::from_millis(150);
/// How often the transcript is looked at while the child works: what it does is shown live.
const WATCH_EVERY: Duration = Duration::from_millis(250);
/// The same while it waits for the person: that must cost nothing, but a transcript that is lost
/// must be red within 2 s.
const WATCH_EVERY_AT_REST: Duration = Duration::from_millis(500);
/// The same while what the child does has just changed: Claude's file says some 100 ms after its
/// title that it waits for the person, who should read so within half a second.
const WATCH_EVERY_AT_FIRST: Duration = Duration::from_millis(100);
/// How long a change counts as one that has just come.
const AT_FIRST: Duration = Duration::from_secs(1);
/// How long the child's changes are gathered before the transcript is looked at for them: in a
/// storm of output they come by the hundred, and each look asks the file system.
const WATCH_GATHER: Duration = Duration::from_millis(40);

/// Reads what the child writes: to the tape, to the emulator, answers back.
pub fn read_child(hub: &Hub, child: &Link, mut output: pty::Output) {
    let mut buffer = vec![0; READ_MAX];
    let mut fed = Fed::default();
    let (mut activity, mut modes) = (Activity::Unknown, None);
    while let Ok(n) = output.read(&mut buffer) {
        if n == 0 {
            break;
        }
        child.reel.output(buffer[..n].to_vec(), Instant::now());
        // What a child started and left behind may write on when another one has the pane.
        let is_current = hub.is_current(child);
        let mut pane = child.pane.lock();
        pane.feed(&buffer[..n], &mut fed);
        let now_active = pane.activity();
        let title = if now_active == activity { String::new() } else { pane.title().to_owned() };
        if is_current && modes.as_ref() != Some(pane.modes()) {
            modes = Some(pane.modes().clone());
            follow_modes(hub, &mut pane);
        }
        // In the middle of a sequence a picture would make text of the rest of it.
        let wanted = pane.is_between_tokens() && child.reel.take_wish();
        let picture = wanted.then(|| pane.picture());
        MutexGuard::unlock_fair(pane);
        if let Some(picture) = picture {
            child.reel.note(Item::Picture(picture.into_bytes()), Instant::now());
        }
        if !fed.replies.is_empty() {
            child.to_child.answer(&fed.replies);
        }
        if now_active != std::mem::replace(&mut activity, now_active) {
            hub.tell_of(child, Event::Activity(now_active));
            if is_current {
                // The title turns its spinner ten times a second; only its changes of state are
                // news.
                hub.forward(format!("\x1b]0;{title}\x07").as_bytes());
            }
        }
        if is_current {
            hub.forward(&fed.forwards);
            hub.forward(if fed.bell { b"\x07" } else { b"" });
        }
        if fed.rebuilt {
            hub.tell_of(child, Event::Rebuilt);
        }
        fed.clear();
        hub.wake.changed();
    }
    hub.tell_of(child, Event::OutputEnded);
}

/// Tells the input thread what the child asked of the mouse. When the screen or the mouse changes
/// hands, what the person looked at is over.
fn follow_modes(hub: &Hub, pane: &mut Pane) {
    let modes = pane.modes();
    let mut routing = hub.routing.lock();
    let before = *routing;
    routing.wish = match modes.mouse {
        Mouse::Off => Wish::None,
        Mouse::Press | Mouse::Click => Wish::Buttons,
        Mouse::Drag => Wish::Drag,
        Mouse::Motion => Wish::Motion,
    };
    routing.sgr = modes.mouse_encoding == MouseEncoding::Sgr;
    routing.alternate = modes.alternate_screen;
    routing.application_cursor = modes.application_cursor;
    if (before.wish, before.alternate) != (routing.wish, routing.alternate) {
        routing.scrolled = false;
        drop(routing);
        pane.scroll_to(0);
        *hub.selection.lock() = None;
    }
}

/// Writes to the child what is queued for it.
pub fn write_child(child: &Link, mut input: pty::Input) {
    while let Some(bytes) = child.to_child.next() {
        if input.write_all(&bytes).and_then(|()| input.flush()).is_err() {
            break;
        }
    }
}

/// Reads the host's input until `stop` becomes readable.
pub fn read_host(hub: &Hub, keys: Keys, typed: &[u8], stop: &OwnedFd) {
    let mut scanner = Scanner::new(keys);
    let mut desk = Desk::default();
    let mut pieces = Vec::new();
    let mut buffer = [0; 4096];
    scanner.feed(typed, &mut pieces);
    loop {
        for piece in pieces.drain(..) {
            desk.take(hub, piece);
        }
        match wait_for_input(stop, patience(&scanner)) {
            Input::Stopped => return,
            Input::Quiet => scanner.flush(&mut pieces),
            Input::Ready => match terminal::read(&mut buffer) {
                Ok(n) if n > 0 => scanner.feed(&buffer[..n], &mut pieces),
                // The terminal is gone, as when its window is closed.
                _ => return hub.tell(Event::Stop(Stop::Asked)),
            },
        }
    }
}

enum Input {
    Ready,
    Quiet,
    Stopped,
}

/// How long what is open waits for its end.
fn patience(scanner: &Scanner) -> Option<Duration> {
    match scanner.open() {
        [] => None,
        [_] => Some(ESC_WAIT),
        _ => Some(SEQUENCE_WAIT),
    }
}

fn wait_for_input(stop: &OwnedFd, patience: Option<Duration>) -> Input {
    let stdin = rustix::stdio::stdin();
    let wait = patience.map(|p| Timespec { tv_sec: 0, tv_nsec: i64::from(p.subsec_nanos()) });
    let mut fds =
        [PollFd::new(&stdin, PollFlags::IN), PollFd::from_borrowed_fd(stop.as_fd(), PollFlags::IN)];
    match poll(&mut fds, wait.as_ref()) {
        Ok(0) => Input::Quiet,
        Ok(_) if !fds[1].revents().is_empty() => Input::Stopped,
        Err(rustix::io::Errno::INTR) => wait_for_input(stop, patience),
        // What else went wrong, reading will tell.
        Ok(_) | Err(_) => Input::Ready,
    }
}

/// Writes the tape until the reel is closed. A tape that breaks is told once and the rest is
/// taken and dropped: the child must never wait for a full disk. Why it broke comes back, for
/// whoever finds the loop gone.
pub fn write_tape(hub: &Hub, child: &Link, tape: &mut Option<Tape>) -> Option<String> {
    let mut broken = None;
    loop {
        let writing = tape.as_mut().filter(|_| broken.is_none());
        let next = child.reel.next(writing.as_deref().and_then(Tape::deadline));
        let is_over = matches!(next, Next::Closed);
        let result = writing.map_or(Ok(()), |tape| turn(child, tape, next));
        if let Err(error) = result {
            broken = Some(error.to_string());
            hub.tell_of(child, Event::TapeBroken(error.to_string()));
        }
        if is_over {
            return broken;
        }
    }
}

fn turn(child: &Link, tape: &mut Tape, next: Next) -> Result<()> {
    let result = match next {
        Next::Item(item, at) => tape.item(item, at),
        Next::Late => tape.tick(Instant::now()),
        Next::Closed => tape.finish(Instant::now()),
    };
    if tape.is_full() {
        child.reel.ask_for_picture();
    }
    result
}

/// Hears signals until its handle is closed.
pub fn hear_signals(hub: &Hub, mut signals: Signals, restore: &Restore) {
    for signal in &mut signals {
        match signal {
            SIGWINCH => resized(hub),
            SIGTSTP => {
                restore.now();
                let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
            }
            SIGCONT => {
                restore.again();
                // Only who stands in the foreground is told of a new size.
                resized(hub);
                hub.wake.changed();
            }
            _ => hub.tell(Event::Stop(Stop::Asked)),
        }
    }
}

/// Tells the new size. A window that was closed has none: nothing is drawn anew, and cut, for it.
fn resized(hub: &Hub) {
    if let Some(size) = terminal::told_size() {
        hub.tell(Event::Resize(size));
    }
}

/// The signals that a run hears.
///
/// # Errors
/// `Io` when the system refuses to deliver them.
pub fn signals() -> Result<(Signals, Handle)> {
    let all = [SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT];
    let signals = Signals::new(all)?;
    let handle = signals.handle();
    Ok((signals, handle))
}

/// What the watcher is told about the child.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    /// What it does.
    pub activity: Activity,
    /// Turns that ended on the wire.
    pub turns: u32,
    /// The run is over.
    pub over: bool,
}

/// Watches on a small runtime of its own: at each change of the child, and from time to time.
pub fn watch(
    hub: &Hub,
    child: &Link,
    mut look: Watch,
    mut seen: tokio::sync::watch::Receiver<Seen>,
) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else {
        return;
    };
    runtime.block_on(async {
        let (mut last, mut changed) = (None, Instant::now());
        loop {
            let is_fresh = changed.elapsed() < AT_FIRST;
            let every = match seen.borrow().activity {
                _ if is_fresh => WATCH_EVERY_AT_FIRST,
                Activity::Working => WATCH_EVERY,
                _ => WATCH_EVERY_AT_REST,
            };
            match tokio::time::timeout(every, seen.changed()).await {
                // Whoever would say that the run is over is gone.
                Ok(Err(_)) => return,
                Ok(Ok(())) => {
                    changed = Instant::now();
                    let over = seen.wait_for(|seen| seen.over);
                    let _ = tokio::time::timeout(WATCH_GATHER, over).await;
                }
                Err(_) => {}
            }
            let now = *seen.borrow_and_update();
            if now.over {
                return;
            }
            let live = look(now.activity, now.turns);
            if last.as_ref() != Some(&live) {
                hub.tell_of(child, Event::Live(Box::new(live.clone())));
                last = Some(live);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::super::event::told;
    use super::super::hub::SIZE;
    use super::super::tape::Segments;
    use super::*;
    use crate::clock::Timestamp;
    use crate::disk::Root;
    use crate::error::Error;
    use crate::redact::Redactor;

    #[test]
    fn a_tape_that_breaks_is_told_once_and_its_lock_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        let segments = Segments {
            max: 1,
            open: Box::new(|_| Err(Error::from(std::io::Error::other("no space left")))),
            remove: Box::new(|_| Ok(())),
        };
        let now = Instant::now();
        let stream = Redactor::new(&[7; 32], &[]).terminal(SIZE);
        let at = (now, Timestamp::from_second(0));
        let log = root.create_log("tape").unwrap();
        let tape = Tape::start(log, segments, stream, SIZE, at);
        let (events, inbox) = sync_channel(8);
        let hub = Hub::idle(events);
        let child = hub.child();
        for _ in 0..3 {
            child.reel.note(Item::Picture(Vec::new()), now);
            // Enough to be written at once, which fills the segment.
            child.reel.output(vec![b'x'; 70 << 10], now);
        }
        child.reel.close();
        let mut tape = Some(tape);
        assert!(write_tape(&hub, &child, &mut tape).is_some());
        assert!(root.is_locked("tape").unwrap());
        drop(tape);
        assert!(!root.is_locked("tape").unwrap());
        let told = told(&inbox);
        assert!(
            matches!(told.as_slice(), [Event::TapeBroken(why)] if why == "no space left"),
            "{told:?}"
        );
    }
}
