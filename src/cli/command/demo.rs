//! `loghop demo`: the main job with two scripted assistants, for a first look.

use std::path::Path;

use serde_json::{Value, json};

use super::{sessions, timeline};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::{Look, Printer};
use crate::clock::Timestamp;
use crate::demo::{GOAL, Part, STORY_PARTS, Scene};
use crate::error::{AtPath, Result};
use crate::handoff::Detail;
use crate::host::terminal;
use crate::model::{Ending, Size};
use crate::recorder::layout::{Layout, Place};
use crate::run::{self, RunOutcome, RunRequest, Said, TopicChoice};
use crate::store::Store;

/// The one way that the story's words go.
const FLOW: &str = "claude>codex";

/// See it work: no account, no key, no network
///
/// Two scripted assistants do a small task in the split screen, one after the other. Everything
/// happens in a temporary folder, which stays for you to look at. Without a terminal the story
/// plays by itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop demo")]
pub(crate) struct Args {}

impl Args {
    /// Plays the story and shows what came of it.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let Self {} = self;
        let program = std::env::current_exe().at(Path::new("loghop"))?;
        let scene = Scene::build(&program, &context.env)?;
        let store = Store::init(&scene.repo(), &scene.home(), "slug", context.now)?;
        store.set_goal(GOAL)?;
        // Nobody's words leave this machine, so there is nothing to be warned of.
        store.mark_told(FLOW)?;
        let code = play(&scene, out)?;
        let result = show_what_came(&scene, &store, out)?;
        let folder = scene.keep();
        out.hint(&format!("all of it lies in `{}`, until you remove it", folder.display()));
        out.hint("your turn: `loghop init` in a repository of your own, then `loghop run`");
        Ok(Answer { code, ..Answer::ok(result) })
    }
}

/// Plays the parts one after the other, as long as somebody wants to see them; the exit code.
fn play(scene: &Scene, out: &mut Printer) -> Result<u8> {
    let mut parts = STORY_PARTS.iter().peekable();
    while let Some(part) = parts.next() {
        let outcome = perform(part, scene, out)?;
        if outcome.last.ending == Ending::Interrupted {
            return Ok(outcome.last.ending.exit_code());
        }
        // F9 has told the rest of the story.
        if !outcome.earlier.is_empty() {
            return Ok(0);
        }
        match parts.peek() {
            Some(next) if !wants_to_see(next, &outcome, out)? => return Ok(0),
            _ => {}
        }
    }
    Ok(0)
}

/// One run of the story. How it ends is part of the story: the first assistant hits its limit.
fn perform(part: &Part, scene: &Scene, out: &mut Printer) -> Result<RunOutcome> {
    let is_watched = terminal::is_terminal();
    if !is_watched {
        out.heading(&format!("{}: {}", part.provider.title(), part.prompt));
    }
    let request = RunRequest {
        provider: Some(part.provider.name()),
        goal: None,
        topic: TopicChoice::Default,
        timeout: None,
        interactive: false,
        headless: false,
        record: true,
        handoff: true,
        detail: Detail::Normal,
        layout: is_watched.then(|| place(terminal::size())),
        // Whoever sits at a terminal types the prompt; the panel says which.
        prompt: (!is_watched).then(|| part.prompt.to_owned()),
        provider_args: Vec::new(),
        project: None,
        resume: true,
        fresh: false,
        guides: STORY_PARTS.iter().map(|part| (part.provider, part.guide)).collect(),
    };
    let mut say = |said: Said<'_>| out.say(said);
    let outcome = run::run(&request, &scene.repo(), scene.env(), Timestamp::now(), &mut say)?;
    out.warnings(&outcome.warnings);
    for run in outcome.earlier.iter().chain([&outcome.last]) {
        out.warnings(&run.warnings);
        let (id, captured) = (run.session.id, run.session.captured());
        out.success(&format!("recorded session {id} of {}: {captured}", run.provider.title()));
    }
    out.line("");
    Ok(outcome)
}

/// The panel is what there is to see, so it is shown where a run of one's own would hide it.
fn place(host: Size) -> Place {
    let is_hidden = Layout::new(host, Place::Auto).panel.is_empty();
    if is_hidden { Place::Bottom } else { Place::Auto }
}

/// Tells what comes next and waits for the person. Where nobody can be asked the story goes on.
fn wants_to_see(next: &Part, before: &RunOutcome, out: &mut Printer) -> Result<bool> {
    let (last, name) = (before.last.provider.title(), next.provider.title());
    if before.last.session.is_useful() {
        out.line(&format!(
            "{last} stopped half-way. Now {name} goes on: it is told the goal, what was\n\
             decided, what is left to do and where the repository stands."
        ));
    } else {
        out.line(&format!(
            "Nothing was asked of {last}, so {name} starts with the goal alone. Ask it:\n\
             make the checks pass"
        ));
    }
    let Look { json, quiet, .. } = out.look();
    if !terminal::is_terminal() || json || quiet {
        out.line("");
        return Ok(true);
    }
    out.confirm(&format!("start {name}? Enter says yes, n ends the demo"))
}

/// Shows the sessions, the timeline and where the handoff lies, and returns them as JSON.
fn show_what_came(scene: &Scene, store: &Store, out: &mut Printer) -> Result<Value> {
    let there = Context { cwd: scene.repo(), env: scene.env().clone(), now: Timestamp::now() };
    let sessions = sessions::list_all(&there, out)?.result;
    out.line("");
    let timeline = timeline::show_all(&there, out)?.result;
    let handoff = store.handoffs()?.items.into_iter().next();
    let path = handoff.as_ref().map(|last| store.root().join(store.handoff_path(last.id)));
    if let (Some(handoff), Some(path)) = (&handoff, &path) {
        out.line("");
        let rows = [("for", handoff.provider.to_string()), ("path", path.display().to_string())];
        out.section("handoff", &rows);
    }
    if let Some(tape) = store.sessions()?.items.last().and_then(|first| first.cast_path.clone()) {
        let path = store.root().join(tape);
        out.hint(&format!("`asciinema play {}` plays the first session", path.display()));
    }
    Ok(json!({
        "folder": store.root().display().to_string(),
        "sessions": sessions["sessions"],
        "timeline": timeline["events"],
        "handoff": path.map(|path| path.display().to_string()),
    }))
}
