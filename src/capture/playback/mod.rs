//! A tape played again: what stood on the screen of a run, turn by turn, as text.
//!
//! The tape is played once, as a stream, most of it while the run goes on. What is kept is bounded:
//! a page of the turn that goes on, and the texts of those that are over.

mod anew;
mod cast;
mod drawn;
mod given;
mod glance;
mod page;
mod pair;
mod player;
mod prose;
mod queued;
mod replay;
mod row;
mod screen;
mod turns;
mod typed;
#[cfg(test)]
mod wild;
pub(super) mod words;

pub(super) use player::Player;
pub(super) use turns::ScreenTurn;

#[cfg(test)]
pub(super) use {cast::event, replay::Replay};
