//! What is looked at while an assistant runs: its transcript, and the repository.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::corridor::{Corridor, keep};
use crate::capture::Tracker;
use crate::env::Env;
use crate::git;
use crate::model::{Activity, Live};
use crate::recorder::relay::Watch;

/// The tracker of a run, until its session is finished.
pub(super) type Tracked = Arc<Mutex<Option<Tracker>>>;

/// Looks for the transcript and at the repository, while the child runs.
pub(super) fn watcher(
    corridor: &Corridor<'_>,
    tracker: Tracked,
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
    env: Env,
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
