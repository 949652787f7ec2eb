//! What comes in: the answer to a question, and the prompt of a run without a terminal.
//!
//! Only what may hold a prompt is read, never a terminal, and nobody waits in silence: who started
//! loghop with an input that stays open is told what it waits for, and not for ever.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

use crate::error::{Error, Kind, Result};
use crate::host::terminal;

/// Bytes of an answer that are read: yes or no is shorter.
const ANSWER_MAX: usize = 64;
/// How soon a signal is noticed that comes just before the waiting.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The longest prompt: more than any model takes.
const PROMPT_MAX: usize = 8 << 20;
/// How long an input may be silent before a person is told that it is read.
const SILENCE: Duration = Duration::from_secs(1);
/// Bytes read at once.
const CHUNK: usize = 64 << 10;

/// The line that a person types; `None` when their terminal is gone.
///
/// # Errors
/// `Interrupted` when they press Ctrl+C or loghop is asked to end.
pub(super) fn line() -> Result<Option<String>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let register = |signal| flag::register(signal, Arc::clone(&interrupted));
    let handlers = [SIGINT, SIGTERM, SIGHUP].into_iter().map(register);
    let handlers: Vec<SigId> = handlers.collect::<io::Result<_>>()?;
    let answer = loop {
        if interrupted.load(Ordering::Relaxed) {
            break Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        if is_readable(LOOK_EVERY) {
            let mut buffer = [0; ANSWER_MAX];
            break Ok(match terminal::read(&mut buffer)? {
                0 => None,
                n => Some(String::from_utf8_lossy(&buffer[..n]).into_owned()),
            });
        }
    };
    for handler in handlers {
        low_level::unregister(handler);
    }
    answer
}

/// The prompt on standard input; `None` on a terminal and where there is nothing but space.
/// `silent` is called once, when the input has been silent for a while.
///
/// # Errors
/// `InvalidInput` for one that is too long, `Timeout` when it does not end within `limit`.
pub(super) fn prompt(limit: Duration, silent: &mut dyn FnMut()) -> Result<Option<String>> {
    if io::stdin().is_terminal() {
        return Ok(None);
    }
    let bytes = read(limit, silent)?;
    // A byte that is no text must not cost the person their whole prompt.
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok((!text.trim().is_empty()).then_some(text))
}

fn read(limit: Duration, silent: &mut dyn FnMut()) -> Result<Vec<u8>> {
    let (start, mut bytes, mut is_told) = (Instant::now(), Vec::new(), false);
    let mut buffer = vec![0; CHUNK];
    loop {
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err(Error::new(Kind::Timeout, "standard input did not end in time")
                .hint("give `--prompt`, or `< /dev/null` for a run without one"));
        }
        let wait = if is_told { left } else { left.min(SILENCE) };
        if !is_readable(wait) {
            if !std::mem::replace(&mut is_told, true) {
                silent();
            }
            continue;
        }
        match terminal::read(&mut buffer)? {
            0 => return Ok(bytes),
            n => bytes.extend_from_slice(&buffer[..n]),
        }
        if bytes.len() > PROMPT_MAX {
            let most = PROMPT_MAX >> 20;
            return Err(Error::invalid(format!("the prompt is longer than {most} MiB"))
                .hint("put it into a file of the project and ask the assistant to read that"));
        }
    }
}

fn is_readable(wait: Duration) -> bool {
    let stdin = rustix::stdio::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let wait = Timespec {
        tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(wait.subsec_nanos()),
    };
    // What cannot be polled is found out by reading it.
    !matches!(poll(&mut fds, Some(&wait)), Ok(0) | Err(rustix::io::Errno::INTR))
}
