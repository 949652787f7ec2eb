//! A program that was started, until its end is known: whom signals reach, and who reaps it.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::{Exit, REAP_EVERY, Request};
use crate::error::Result;

/// Whom a signal to a program reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Only itself: its group is ours too.
    Alone,
    /// Its whole group, which it leads.
    Group,
}

impl Reach {
    /// Signals a program of ours; one that is gone already needs no signal.
    pub(super) fn signal(self, pid: u32, signal: Signal) {
        let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
        let _ = match self {
            Self::Alone => kill_process(pid, signal),
            Self::Group => kill_process_group(pid, signal),
        };
    }
}

/// A running program. Dropped while it runs, it is killed.
#[derive(Debug)]
pub struct Running {
    child: Child,
    reach: Reach,
    ended: Option<Exit>,
}

impl Running {
    /// Starts a program on our own streams and in our own process group: keys, Ctrl+C and pipes
    /// reach it as they would reach us. `request.timeout` and `request.output_max` mean nothing.
    pub fn attached(request: &Request) -> Result<Self> {
        let mut command = request.command();
        command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        Ok(Self::new(request.start(&mut command)?, Reach::Alone))
    }

    pub(super) fn new(child: Child, reach: Reach) -> Self {
        Self { child, reach, ended: None }
    }

    /// The program's process id, which is its group's too where it has its own.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        // Once the program is reaped, its number may belong to somebody else.
        if self.ended.is_none() {
            self.reach.signal(self.child.id(), signal);
        }
    }

    /// How it ended, waiting up to `wait` for that; `None` while it runs.
    pub fn wait(&mut self, wait: Duration) -> Result<Option<Exit>> {
        let deadline = Instant::now() + wait;
        while self.ended.is_none() {
            self.ended = self.child.try_wait()?.map(Exit::from);
            if self.ended.is_none() {
                if Instant::now() >= deadline {
                    break;
                }
                std::thread::sleep(REAP_EVERY);
            }
        }
        Ok(self.ended)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const LONG: Duration = Duration::from_secs(10);

    #[test]
    fn it_is_waited_for_and_can_be_asked_to_end() {
        let sh = |script: &str| Request::new("/bin/sh", &["-c", script], Path::new("/"));
        let mut short = Running::attached(&sh("exit 3")).unwrap();
        assert_eq!(short.wait(LONG).unwrap(), Some(Exit::Code(3)));
        let mut long = Running::attached(&sh("exec sleep 60")).unwrap();
        assert_eq!(long.wait(Duration::ZERO).unwrap(), None);
        long.terminate();
        assert_eq!(long.wait(LONG).unwrap(), Some(Exit::Signal(15)));
        assert!(Running::attached(&Request::new("/no/such/program", &[], Path::new("/"))).is_err());
    }
}
