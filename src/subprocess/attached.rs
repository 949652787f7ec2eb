//! A program on our own streams and in our own process group: keys, Ctrl+C and pipes reach it as
//! they would reach us.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Exit, REAP_EVERY, Request};
use crate::error::Result;

/// A running program. Dropped while it runs, it is killed.
#[derive(Debug)]
pub struct Attached {
    child: Child,
    ended: Option<Exit>,
}

impl Attached {
    /// Starts the program. `request.timeout` and `request.output_max` mean nothing here.
    pub fn spawn(request: &Request) -> Result<Self> {
        let mut command = request.command();
        command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        Ok(Self { child: request.start(&mut command)?, ended: None })
    }

    /// The program's process id.
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
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // Once the program is reaped, its number may belong to somebody else.
        if let (Some(pid), None) = (pid, self.ended) {
            let _ = kill_process(pid, signal);
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

impl Drop for Attached {
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
        let mut short = Attached::spawn(&sh("exit 3")).unwrap();
        assert_eq!(short.wait(LONG).unwrap(), Some(Exit::Code(3)));
        let mut long = Attached::spawn(&sh("exec sleep 60")).unwrap();
        assert_eq!(long.wait(Duration::ZERO).unwrap(), None);
        long.terminate();
        assert_eq!(long.wait(LONG).unwrap(), Some(Exit::Signal(15)));
        assert!(Attached::spawn(&Request::new("/no/such/program", &[], Path::new("/"))).is_err());
    }
}
