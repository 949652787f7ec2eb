//! `loghop play claude|codex …`: this process becomes a scripted assistant.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::actor::Actor;
use super::claude::{ClaudeFiles, ClaudeLook};
use super::codex::{CodexFiles, CodexLook};
use super::cue::{Cue, STORY};
use super::flags::{self, Only, Refusal};
use super::native::{Fault, Files, Ink, Moment};
use super::nouns::{Look, Who};
use super::{print, stage};
use crate::disk::{self, outside};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::host::terminal;
use crate::provider::Home;

const CLAUDE_HELP: &str = include_str!("../../fixtures/recordings/claude-help.txt");
const CODEX_HELP: &str = include_str!("../../fixtures/recordings/codex-help.txt");

/// Plays the assistant `name` with the real client's arguments on this process' terminal and
/// returns the exit code. Everything is written where the real client would write it
/// (`CLAUDE_CONFIG_DIR`, `CODEX_HOME` and the home folder are honoured).
pub fn play(name: &str, args: &[String], env: &Env, cwd: &Path) -> Result<u8> {
    let who = match name {
        "claude" => Who::Claude,
        "codex" => Who::Codex,
        _ => return Err(Error::invalid(format!("`{name}` is not a scripted assistant"))),
    };
    let flags = match flags::read(who, args) {
        Ok(flags) => flags,
        Err(refusal) => return Ok(refuse(&refusal)),
    };
    if let Some(only) = flags.only {
        stage::write(about(who, only).as_bytes());
        return Ok(0);
    }
    let cue = Cue {
        who,
        flags,
        cwd: outside::resolve(cwd).unwrap_or_else(|| cwd.to_owned()),
        story: env.get(STORY).is_some(),
        fault: Fault::of(env),
        now: Moment::now(),
    };
    if cue.fault == Fault::ExitAtOnce {
        return Ok(refuse(&Refusal(format!("{name}: cannot start"), 1)));
    }
    match who {
        Who::Claude => as_claude(&cue, env),
        Who::Codex => as_codex(&cue, env),
    }
}

fn as_claude(cue: &Cue, env: &Env) -> Result<u8> {
    if let Some(file) = &cue.flags.append_file
        && !outside::exists(&cue.cwd.join(file))
    {
        let text = format!("Error: Append system prompt file not found: {file}");
        return Ok(refuse(&Refusal(text, 1)));
    }
    let resumed = cue.flags.resume.clone();
    let own = cue.flags.session_id.clone();
    let session = resumed.clone().or(own).unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let which = (session, resumed.is_some());
    let (ink, home) = (Ink::new(cue.fault), Home::claude(env, &cue.cwd));
    let files = ClaudeFiles::new(ink, home, cue.cwd.clone(), which, cue.now);
    if resumed.is_none() && outside::exists(&files.transcript()) {
        let text = format!("Error: Session ID {} is already in use.", files.session());
        return Ok(refuse(&Refusal(text, 1)));
    }
    begin(cue, ClaudeLook::new(cue.cwd.display().to_string()), files)
}

fn as_codex(cue: &Cue, env: &Env) -> Result<u8> {
    let home = Home::codex(env, &cue.cwd);
    let old = match &cue.flags.resume {
        None => None,
        Some(thread) => match rollout_of(&home.transcripts(), thread) {
            None => {
                let text = format!("Error: No saved session found with ID {thread}");
                return Ok(refuse(&Refusal(text, 1)));
            }
            found => found,
        },
    };
    let originator = if cue.flags.print { "codex_exec" } else { "codex-tui" };
    let files = CodexFiles::new(
        Ink::new(cue.fault),
        (home.dir, cue.cwd.clone()),
        originator,
        cue.flags.instructions.clone(),
        old,
        cue.now,
    );
    begin(cue, CodexLook::new(cue.cwd.display().to_string()), files)
}

fn begin<L: Look>(cue: &Cue, look: L, files: impl Files) -> Result<u8> {
    if cue.flags.print {
        return print::answer(cue, files);
    }
    let actor = Actor::new(look, terminal::size(), cue.script(), cue.flags.prompt.clone());
    stage::perform(actor, files, cue.now, cue.fault, &cue.cwd)
}

fn about(who: Who, only: Only) -> String {
    match (who, only) {
        (Who::Claude, Only::Help) => CLAUDE_HELP.into(),
        (Who::Codex, Only::Help) => CODEX_HELP.into(),
        (Who::Claude, Only::Version) => format!("{} (Claude Code)\n", super::claude::VERSION),
        (Who::Codex, Only::Version) => format!("codex-cli {}\n", super::codex::VERSION),
    }
}

fn refuse(refusal: &Refusal) -> u8 {
    let _ = writeln!(std::io::stderr(), "{}", refusal.0);
    refusal.1
}

/// The rollout of a thread, under folders named after years, months and days.
fn rollout_of(folder: &Path, thread: &str) -> Option<PathBuf> {
    let ending = format!("-{thread}.jsonl");
    outside::list(folder).ok()?.iter().find_map(|entry| {
        let path = folder.join(&entry.name);
        match entry.kind {
            disk::EntryKind::Dir => rollout_of(&path, thread),
            _ => entry.name.ends_with(&ending).then_some(path),
        }
    })
}
