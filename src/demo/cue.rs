//! What one performance of a scripted assistant starts from, and what is played in it.

use std::path::PathBuf;

use super::actor::Script;
use super::flags::Flags;
use super::native::{Fault, Moment};
use super::nouns::Who;
use super::script::steps;
use super::task::{self, Act};
use crate::disk::outside;

/// Set by the demo: prompts without a known word play its story.
pub(super) const STORY: &str = "LOGHOP_PLAY_STORY";
/// Largest program of the story that is read: it has three lines.
const PROGRAM_MAX: u64 = 4096;

/// Everything about a performance that its parts need to know.
#[derive(Debug, Clone)]
pub(super) struct Cue {
    /// Who is played.
    pub(super) who: Who,
    /// The command line.
    pub(super) flags: Flags,
    /// The working folder, without links.
    pub(super) cwd: PathBuf,
    /// Whether the demo's story is played.
    pub(super) story: bool,
    /// The fault that is asked for.
    pub(super) fault: Fault,
    /// When it began.
    pub(super) now: Moment,
}

impl Cue {
    /// What the assistant does about a prompt. In the demo that depends on how far the program is.
    pub(super) fn script(&self) -> Script {
        let (who, story, program) = (self.who, self.story, self.cwd.join(task::PROGRAM));
        Box::new(move |prompt| {
            let act = story.then(|| {
                let text = outside::read(&program, PROGRAM_MAX).ok().flatten().unwrap_or_default();
                Act::of(&String::from_utf8_lossy(&text))
            });
            steps(who, prompt, act)
        })
    }
}
