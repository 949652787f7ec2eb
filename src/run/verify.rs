//! Whether a handoff still holds: its claims against the working tree, the repository and what
//! later sessions did.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{history, packet, tree};
use crate::env::Env;
use crate::error::Result;
use crate::handoff::checks::{self, Check, Claim, Command, Standing, World};
use crate::model::{Handoff, Outcome, Session, TodoState};
use crate::store::Store;
use crate::subprocess::{self, Request};
use crate::transcript::Teller;

/// How long a command may run that is tried again: a test suite of some size.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(5);

/// Bytes of its output that are kept; nobody reads them.
const OUTPUT_MAX: usize = 4 << 10;

/// Later sessions that are asked what they did.
const LATER_MAX: usize = 8;

/// A handoff that was checked.
#[derive(Debug)]
pub struct Verified {
    /// Its claims.
    pub checks: Vec<Check>,
    /// How each stands.
    pub standings: Vec<Standing>,
    /// The document with what does not hold marked.
    pub document: String,
}

/// Checks a handoff. Commands are run only where `run` says so: by default what a later session
/// saw counts, and a changed tree makes them stale.
pub fn verify(store: &Store, handoff: &Handoff, env: &Env, run: bool) -> Result<Verified> {
    let checks = checks::claims(&handoff.body);
    let mut world = World::default();
    if let Some(repo) = packet::read_repository(store, env)? {
        (world.branch, world.head) = (repo.branch, repo.head);
    }
    for check in &checks {
        match &check.claim {
            Claim::File(path, _) => {
                let state = tree::state(store, path);
                world.files.extend(state.map(|state| (state.path, state.hash)));
            }
            Claim::Fails(command) if run => {
                if let Some(outcome) = try_again(store.root(), command) {
                    world.commands.insert(command.clone(), outcome);
                }
            }
            _ => {}
        }
    }
    later_sessions(store, handoff, &mut world)?;
    let standings = checks::judge(&checks, &world);
    let document = checks::mark(&handoff.body, &checks, &standings);
    Ok(Verified { checks, standings, document })
}

/// What sessions that started since saw: commands that ran again, todos that were done.
fn later_sessions(store: &Store, handoff: &Handoff, world: &mut World) -> Result<()> {
    let Some(built) = handoff.at else { return Ok(()) };
    let sessions = store.sessions()?.items;
    let root = store.root().to_str().unwrap_or_default();
    let is_later =
        |s: &&Session| s.topic == handoff.topic && s.started.is_some_and(|at| at >= built);
    for session in sessions.iter().filter(is_later).take(LATER_MAX) {
        let mut teller = Teller::new(session.id);
        history::digest(store, session.id, |turn| teller.apply(turn))?;
        let story = teller.story();
        for ran in story.commands {
            // Sessions come newest first: the last run counts.
            let folder =
                ran.folder.as_deref().map(|folder| checks::within(folder, root).to_owned());
            let command = Command { line: ran.command, folder };
            world.commands.entry(command).or_insert(ran.outcome);
        }
        let done = story.plan.into_iter().filter(|item| item.todo.state == TodoState::Done);
        world.done.extend(done.map(|item| item.todo.text));
        world.done.extend(session.notes.todos_done.iter().cloned());
    }
    Ok(())
}

/// Runs a command where it ran before. Where that is not known or lies outside of the project, it
/// is not run: elsewhere it is another command.
fn try_again(root: &Path, command: &Command) -> Option<Outcome> {
    let folder = place(root, command.folder.as_deref()?)?;
    let request = Request {
        program: "sh".into(),
        args: ["-c", &command.line].map(OsString::from).to_vec(),
        cwd: folder,
        env: None,
        timeout: COMMAND_TIMEOUT,
        output_max: OUTPUT_MAX,
    };
    match subprocess::run(&request) {
        Ok(output) if output.exit.success() => Some(Outcome::Ok),
        Ok(_) => Some(Outcome::Failed(None)),
        Err(_) => None,
    }
}

/// The folder, if it is there and lies in the project, links resolved.
fn place(root: &Path, folder: &str) -> Option<PathBuf> {
    let found = root.join(folder).canonicalize().ok()?;
    (found.is_dir() && found.starts_with(root.canonicalize().ok()?)).then_some(found)
}
