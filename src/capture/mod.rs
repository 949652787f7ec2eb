//! One run as a durable session: begun before the child starts, followed while it runs, finished
//! whatever ended it, and recovered when loghop itself was killed.
//!
//! The heart is the question *which transcript is ours*. It is never answered with "the newest in
//! the folder": Claude Code gets an id that we mint, and its pid file says where it went from
//! there; of Codex we see which files its process holds open. Where there is no such evidence and
//! more than one file could be ours, none is taken.

mod account;
mod begin;
mod claude;
mod cleared;
mod codex;
mod finish;
mod joined;
mod ours;
mod patience;
mod playback;
mod process;
mod reconcile;
mod recover;
mod retold;
mod search;
mod tail;
mod tracker;
mod trail;
mod watch;

pub use begin::{BeginPlan, Begun, begin};
pub use finish::{Ended, Finished, Settle, finish};
pub use patience::{Ask, Doing, Patience};
pub use recover::{Recovered, Watch, clear_away, recover};
pub use tracker::Tracker;
pub use trail::{Followed, Trail};
