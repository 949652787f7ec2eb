//! One run from plan to end: which assistant, what it is told, where it runs, how it went.

pub mod bare;
pub mod corridor;
mod finishing;
pub mod headless;
mod history;
pub mod legs;
pub mod packet;
pub mod screen;
pub mod settings;
mod stop;
pub mod switch;
mod tape;
pub mod terms;
mod tree;
pub mod verify;
mod watching;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::capture::{self, Doing, Followed, Recovered, Watch};
use crate::clock::Timestamp;
use crate::disk::outside;
use crate::env::{Env, var};
use crate::error::{Error, Kind, Result};
use crate::handoff::Detail;
use crate::host::terminal::{self, Answers};
use crate::model::{Ending, ProviderName, Session, SessionId, Switch, TopicId};
use crate::provider::{self, Provider};
use crate::recorder::layout::Place;
use crate::recorder::panel::Guide;
use crate::redact::Redacted;
use crate::store::Store;
use corridor::{Corridor, Task};
use packet::{Packet, Wanted};
use screen::Screen;
use settings::Settings;
use terms::Terms;

/// The longest that a headless run may take when nobody said otherwise (0.2.1's number).
pub const HEADLESS_TIMEOUT: Duration = Duration::from_mins(5);
/// The goal of a run that has none (0.2.1's words).
pub const NO_GOAL: &str = "Ad hoc session";

/// What a person asked for when they started a run. Nothing in it is decided yet: defaults come
/// from the project, and `None` means that nobody chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRequest {
    /// The assistant; else the last useful session's, else the first one installed.
    pub provider: Option<ProviderName>,
    /// The goal of this run; else the project's.
    pub goal: Option<String>,
    /// The topic of this run.
    pub topic: TopicChoice,
    /// The longest that the child may run; `None` is the default of the mode.
    pub timeout: Option<Duration>,
    /// Not on a terminal: give the child our own streams instead of its print mode.
    pub interactive: bool,
    /// The provider's print mode, even on a terminal.
    pub headless: bool,
    /// Whether the screen is recorded; the transcript is captured in any case.
    pub record: bool,
    /// Whether the assistant is told where the last one stopped.
    pub handoff: bool,
    /// How much it is told.
    pub detail: Detail,
    /// Where the panel stands; else as it was last time in this project.
    pub layout: Option<Place>,
    /// The first prompt; a headless run without one is told to go on.
    pub prompt: Option<String>,
    /// Arguments for the provider, as they were typed.
    pub provider_args: Vec<OsString>,
    /// Another project than the one of the current folder: a registered name or a path.
    pub project: Option<String>,
    /// Give the full handoff of the last useful session, not the short one.
    pub resume: bool,
    /// When an assistant takes over that was here before: start it anew, instead of going on.
    pub fresh: bool,
    /// What the panel says there is to try, with each assistant.
    pub guides: Vec<(Provider, Guide)>,
}

/// Which topic a run belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TopicChoice {
    /// The active one, else one made from the goal.
    #[default]
    Default,
    /// This one.
    Existing(TopicId),
    /// A new one, made from the goal.
    New,
    /// None.
    None,
}

/// How a run went.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// The assistants before the last one, which handed over or did not start, oldest first.
    pub earlier: Vec<Run>,
    /// The assistant that ran last.
    pub last: Run,
    /// What a headless child printed, redacted.
    pub stdout: String,
    /// What it printed on its error stream, redacted.
    pub stderr: String,
    /// What went wrong before the first assistant was there.
    pub warnings: Vec<String>,
}

/// One assistant's part of a run, which is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The assistant.
    pub provider: Provider,
    /// Its session, as it is on disk.
    pub session: Session,
    /// Its native transcripts, and how far each is kept.
    pub read: Vec<Followed>,
    /// How it ended.
    pub ending: Ending,
    /// What stood last on the screen of a child that failed or had only something to print,
    /// redacted; a few lines.
    pub last_words: String,
    /// What went wrong on the way without ending it.
    pub warnings: Vec<String>,
}

/// Something for a person, while the run goes on.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    /// What a headless assistant says.
    Assistant(&'a Redacted),
    /// What loghop has to say itself.
    Notice(&'a str),
    /// A session whose run was killed is being finished, again and again until it is.
    Finishing(SessionId, Doing),
}

/// Hands a person what is said.
pub type Say<'a> = &'a mut dyn FnMut(Said<'_>);

/// What stands between a person and the assistant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The split screen.
    Screen,
    /// Nothing: the assistant has loghop's own streams.
    Bare,
    /// The assistant's print mode.
    Headless,
}

impl RunRequest {
    /// The way that this is to go in `env`, where loghop stands on its terminal or on none.
    pub fn way(&self, env: &Env) -> Way {
        match terminal::is_terminal() {
            _ if self.headless => Way::Headless,
            true if is_dumb(env) => Way::Bare,
            true => Way::Screen,
            false if self.interactive => Way::Bare,
            false => Way::Headless,
        }
    }
}

/// Whether the terminal says that it can do nothing but print lines.
fn is_dumb(env: &Env) -> bool {
    env.get(var::TERM) == Some("dumb")
}

/// Runs an assistant as `request` says, for a person in the folder `cwd`. `say` gets what is to be
/// read while it runs.
///
/// # Errors
/// Everything that keeps the assistant from being started. How it then ended is no error.
pub fn run(
    request: &RunRequest,
    cwd: &Path,
    env: &Env,
    now: Timestamp,
    say: Say<'_>,
) -> Result<RunOutcome> {
    let store = Arc::new(open(request, cwd, env)?);
    provider::check_depth(env)?;
    let mut warnings = store.warnings().to_vec();
    let folder = if cwd.starts_with(store.root()) { cwd } else { store.root() };
    let corridor = Corridor { store: Arc::clone(&store), env, cwd: folder, now };
    let recovered = recover(&store, env, now, &mut |id, doing| say(Said::Finishing(id, doing)))?;
    warnings.extend([recovered.told(), recovered.warnings].concat());
    let (settings, damaged) = Settings::read(&store, env);
    warnings.extend(damaged);
    warnings.extend(provider::defined(env).problems);
    let mut task = plan(request, recovered.switch.as_ref(), &corridor, &mut warnings)?;

    let mut printed = headless::Printed::default();
    let mut runs = match request.way(env) {
        Way::Screen => {
            let screen = screen(request, &corridor, task.provider, settings);
            screen::run(task, screen, say)?
        }
        Way::Bare => {
            if is_dumb(env) {
                say(Said::Notice("no split screen and no recording on a terminal of TERM=dumb"));
            }
            vec![bare::run(&corridor, &task, say)?]
        }
        Way::Headless => {
            task.prompt.get_or_insert_with(headless::go_on);
            task.timeout = task.timeout.or(Some(HEADLESS_TIMEOUT));
            let (run, said) = headless::run(&corridor, &task, request.record, say)?;
            printed = said;
            vec![run]
        }
    };
    let last = runs.pop().ok_or_else(|| Error::new(Kind::Unexpected, "nothing ran"))?;
    let headless::Printed { stdout, stderr } = printed;
    Ok(RunOutcome { earlier: runs, last, stdout, stderr, warnings })
}

/// What a run on a terminal needs beside its task.
fn screen(
    request: &RunRequest,
    corridor: &Corridor<'_>,
    provider: Provider,
    settings: Settings,
) -> Screen {
    let installed = provider::installed(corridor.env).into_iter().map(|found| found.provider);
    Screen {
        place: request.layout,
        others: installed.filter(|other| *other != provider).collect(),
        terms: Terms {
            store: Arc::clone(&corridor.store),
            env: corridor.env.clone(),
            cwd: corridor.cwd.to_owned(),
            settings,
            answers: Answers::default(),
            record: request.record,
            fresh: request.fresh,
            handoff: request.handoff,
            detail: request.detail,
            args: (provider, request.provider_args.clone()),
            guides: request.guides.clone(),
        },
    }
}

/// The project that was asked for, else the one of the current folder.
fn open(request: &RunRequest, cwd: &Path, env: &Env) -> Result<Store> {
    let home = env.home();
    let from = match &request.project {
        None => cwd.to_owned(),
        Some(project) => Store::registered(&home, project).unwrap_or_else(|| cwd.join(project)),
    };
    let root = Store::find(&from, &home).ok_or_else(|| {
        if let Some(name) = request.project.as_ref().filter(|_| !outside::is_dir(&from)) {
            let error = Error::new(Kind::NotInitialized, format!("no project is called `{name}`"));
            return match provider::find(name, env) {
                Ok(own) => error.hint(format!("the assistant is `--provider {}`", own.as_str())),
                Err(_) => error.hint(
                    "give the name of a project or its path; without it, the current folder's runs",
                ),
            };
        }
        Error::new(Kind::NotInitialized, "loghop is not initialized in this directory")
            .at(&from)
            .hint("run `loghop init` at the root of a Git repository")
    })?;
    Ok(Store::open(&root, &home)?.knowing(env))
}

/// Finishes what an earlier loghop was killed in the middle of. Git is asked only when there is
/// such a session. `watch` is told how far it is.
pub fn recover(store: &Store, env: &Env, now: Timestamp, watch: Watch<'_>) -> Result<Recovered> {
    let is_alive = |session: &Session| store.is_alive(session.id);
    let mut recovered = if store.running_sessions()?.iter().all(is_alive) {
        Recovered::default()
    } else {
        capture::recover(store, &corridor::repository(store, env), now, watch)?
    };
    if let Err(error) = capture::clear_away(store) {
        recovered.warnings.push(format!("what a killed run left was not removed: {error}"));
    }
    switch::recover(store, &mut recovered)?;
    Ok(recovered)
}

/// Decides everything that the person left open.
fn plan(
    request: &RunRequest,
    cut_short: Option<&Switch>,
    corridor: &Corridor<'_>,
    warnings: &mut Vec<String>,
) -> Result<Task> {
    let Corridor { store, env, now, .. } = corridor;
    // A switch that a kill cut short goes on where nobody says otherwise.
    let wished = cut_short.and_then(|switch| switch.to.as_ref());
    let provider = match request.provider.as_ref().or(wished) {
        Some(name) => provider::find(name.as_str(), env)?,
        None => choose(store, env)?,
    };
    let fulfilled = cut_short.filter(|switch| switch.to.as_ref() == Some(&provider.name()));
    let goes_on = !request.fresh && request.topic != TopicChoice::New;
    let program = provider::locate(provider, env)?;
    if matches!(provider, Provider::Own(_)) && request.way(env) == Way::Headless {
        return Err(no_print_mode(provider));
    }
    store.admit(&provider.name(), *now)?;
    let goal = packet::goal(store, request.goal.as_deref(), request.topic);
    let goal = goal.unwrap_or_else(|| NO_GOAL.to_owned());
    let wanted = Wanted {
        provider: &provider.name(),
        goal: &goal,
        topic: request.topic,
        detail: request.detail,
        env,
        now: *now,
    };
    let packet = request.handoff.then(|| packet::build(store, &wanted)).transpose()?;
    warnings.extend(packet.iter().flat_map(|packet| packet.warnings.clone()));
    if let Some(outer) = provider::nested_in(env) {
        warnings
            .push(format!("loghop was started inside {outer}; its variables are not passed on"));
    }
    let notice = told_once(store, env, provider, packet.as_ref())?;
    warnings.extend(notice.clone());
    Ok(Task {
        provider,
        capabilities: provider::capabilities(provider, &program, env),
        program,
        goal,
        packet,
        full: request.resume || fulfilled.is_some(),
        resume: fulfilled.filter(|_| goes_on).and_then(|s| switch::own_session(store, s)),
        read: Vec::new(),
        prompt: request.prompt.clone(),
        args: request.provider_args.clone(),
        timeout: request.timeout,
        notice,
    })
}

fn no_print_mode(provider: Provider) -> Error {
    Error::invalid(format!("loghop knows no print mode of {}", provider.title()))
        .hint("start it on a terminal; elsewhere `--interactive` gives it loghop's own streams")
}

fn choose(store: &Store, env: &Env) -> Result<Provider> {
    let installed: Vec<Provider> =
        provider::installed(env).into_iter().map(|found| found.provider).collect();
    default_provider(store.last_useful_session()?.as_ref(), &installed).ok_or_else(|| {
        Error::new(Kind::ProviderMissing, "no assistant is installed")
            .hint("install Claude Code (`claude`) or Codex (`codex`), or try `loghop demo`")
    })
}

/// What a person should know about the handoff: that the assistant does not get it; else, the
/// first time that what one vendor's assistant said goes to another vendor, that it does.
fn told_once(
    store: &Store,
    env: &Env,
    to: Provider,
    packet: Option<&Packet>,
) -> Result<Option<String>> {
    let Some(packet) = packet else { return Ok(None) };
    if !to.is_told() {
        return Ok(Some(format!("{} is told nothing; its handoff: {}", to.title(), packet.path)));
    }
    let from = packet.continues.and_then(|id| store.session(id).ok()).map(|stored| stored.value);
    let Some(from) = from.and_then(|s| provider::find(s.provider.as_str(), env).ok()) else {
        return Ok(None);
    };
    let flow = format!("{}>{}", from.as_str(), to.as_str());
    if from.vendor() == to.vendor() || store.config()?.told.contains(&flow) {
        return Ok(None);
    }
    store.mark_told(&flow)?;
    let vendor = if to.vendor() == to.title() { "" } else { &format!(" ({})", to.vendor()) };
    Ok(Some(format!(
        "what {} said here goes to {}{vendor}; `--no-handoff` keeps it",
        from.title(),
        to.title(),
    )))
}

/// The assistant of a run that names none: the last useful session's, while its program is still
/// there, else the first one installed.
pub fn default_provider(last: Option<&Session>, installed: &[Provider]) -> Option<Provider> {
    let same = |name: &&Provider| last.is_some_and(|l| l.provider.as_str() == name.as_str());
    installed.iter().find(same).or(installed.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::SessionId;

    #[test]
    fn the_default_is_the_last_useful_sessions_assistant_while_it_is_installed() {
        use Provider::{Claude, Codex};
        let now = Timestamp::from_second(0);
        let last = Session::start(SessionId(1), Codex.name(), String::new(), now);
        assert_eq!(default_provider(Some(&last), &[Claude, Codex]), Some(Codex));
        assert_eq!(default_provider(Some(&last), &[Claude]), Some(Claude));
        assert_eq!(default_provider(None, &[Claude, Codex]), Some(Claude));
        assert_eq!(default_provider(Some(&last), &[]), None);
    }
}
