//! `loghop demo`: the main job with two scripted assistants, for a first look.

use std::path::Path;

use serde_json::{Value, json};

use super::{sessions, timeline};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::printer::Printer;
use crate::clock::Timestamp;
use crate::demo::{GOAL, Part, STORY_PARTS, Scene};
use crate::error::{AtPath, Result};
use crate::host::terminal;
use crate::model::ProviderName;
use crate::run::{self, RunRequest, TopicChoice};
use crate::store::Store;

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
        for part in STORY_PARTS {
            perform(&part, &scene, out)?;
        }
        let result = show_what_came(&scene, &store, out)?;
        let folder = scene.keep();
        out.hint(&format!("`{}` stays until you remove it", folder.display()));
        out.hint("in a repository of your own: `loghop init`, then `loghop run`");
        Ok(Answer::ok(result))
    }
}

/// One run of the story. How it ends is part of the story: the first assistant hits its limit.
fn perform(part: &Part, scene: &Scene, out: &mut Printer) -> Result<()> {
    out.heading(&format!("{}: {}", part.provider, part.prompt));
    // Whoever sits at a terminal types the prompt; the panel says which.
    let prompt = (!terminal::is_terminal()).then(|| part.prompt.to_owned());
    let request = RunRequest {
        provider: Some(ProviderName::new(part.provider)),
        goal: None,
        topic: TopicChoice::Default,
        timeout: None,
        interactive: false,
        headless: false,
        record: true,
        handoff: true,
        layout: None,
        prompt,
        provider_args: Vec::new(),
        project: None,
        resume: true,
    };
    let mut show = |text: &_| out.live(text);
    let outcome = run::run(&request, &scene.repo(), scene.env(), Timestamp::now(), &mut show)?;
    out.warnings(&outcome.warnings);
    if let Some(session) = outcome.session {
        out.success(&format!("recorded session {session}"));
    }
    out.line("");
    Ok(())
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
    Ok(json!({
        "folder": store.root().display().to_string(),
        "sessions": sessions["sessions"],
        "timeline": timeline["events"],
        "handoff": path.map(|path| path.display().to_string()),
    }))
}
