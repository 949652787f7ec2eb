//! Two scripted assistants, played by loghop itself, and the story that a newcomer sees.
//!
//! They behave like the real clients because they replay what was recorded of them: the bytes and
//! timing of their start and end, the look of their screens, their records. The tests use the
//! same assistants, so that everything works without an account and without a network.

mod actor;
mod cast;
mod claude;
mod codex;
mod cue;
mod flags;
mod keys;
mod native;
mod nouns;
mod paint;
mod play;
mod print;
mod scene;
mod script;
mod stage;
mod task;

pub use play::play;
pub use scene::{GOAL, Part, STORY_PARTS, Scene};
