//! A run on loghop's own streams: the assistant as it is, with neither screen nor print mode.
//!
//! What it shows goes where loghop's output goes and is not recorded; its transcript is captured
//! as in every run.

use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::corridor::{Corridor, Task};
use super::headless::{self, KILL_AFTER, LOOK_EVERY};
use super::stop::Stop;
use super::{Run, Say};
use crate::error::Result;
use crate::model::Ending;
use crate::provider::{HostTraits, Mode};
use crate::subprocess::Running;

/// Runs the assistant until it ends.
pub fn run(corridor: &Corridor<'_>, task: &Task, say: Say<'_>) -> Result<Run> {
    let start = (HostTraits::new(corridor.env, false), Mode::Interactive);
    corridor.pass(task, start, say, |spec, going, _| {
        // Nothing passes through us, so there is no recording; the empty tape is there for its
        // lock.
        going.session.cast_path = None;
        let mut child = Running::attached(&headless::request(&spec))?;
        going.spawned(child.pid());
        wait(&mut child, task.timeout)
    })
}

/// Waits for the child. Ctrl+C is the child's: it gets it from the terminal, as we do.
fn wait(child: &mut Running, timeout: Option<Duration>) -> Result<Ending> {
    let _ignored = Stop::on(&[SIGINT])?;
    let stop = Stop::on(&[SIGTERM, SIGHUP])?;
    let end_at = timeout.map(|t| Instant::now() + t);
    loop {
        if let Some(exit) = child.wait(LOOK_EVERY)? {
            return Ok(headless::ending(exit));
        }
        let is_late = end_at.is_some_and(|at| Instant::now() >= at);
        if is_late || stop.is_asked() {
            child.terminate();
            if child.wait(KILL_AFTER)?.is_none() {
                child.kill();
            }
            return Ok(if is_late { Ending::TimedOut } else { Ending::Interrupted });
        }
    }
}
