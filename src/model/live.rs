//! What the panel shows about the run that is going on.

use std::path::PathBuf;

use super::digest::Digest;
use super::transcript::FailureKind;

/// What the child is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activity {
    /// Not known yet.
    #[default]
    Unknown,
    /// It waits for a prompt.
    Idle,
    /// It works.
    Working,
    /// It waits for the person's permission or answer.
    Waiting,
}

/// The proof that the transcript of this child is found and read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Captured {
    /// Nothing was said yet, so there is nothing to find.
    #[default]
    Nothing,
    /// It is looked for; not late yet.
    Searching,
    /// It is read: turns read, of turns known to have happened.
    Reading {
        /// Turns read.
        read: u32,
        /// Turns known, from the wire or the file.
        known: u32,
    },
    /// There is none: what is kept is what stands on the screen.
    Screen {
        /// How often something was sent to the child, or how many turns it has ended itself.
        sent: u32,
    },
    /// It should be there and is not, or stopped growing; why.
    Lost {
        /// What is wrong, one line.
        reason: String,
        /// Turns read before.
        read: u32,
        /// Turns known.
        known: u32,
    },
}

/// The live state of a run, handed to the panel as one finished value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Live {
    /// The transcript so far.
    pub digest: Digest,
    /// Whether it is found and read.
    pub captured: Captured,
    /// Turns that have ended on the screen, as the other witness.
    pub seen: u32,
    /// Native transcript files of this run, first one first.
    pub files: Vec<PathBuf>,
    /// Files that Git sees changed, relative to the repository.
    pub changed: Vec<String>,
    /// What the client itself tells about its activity, in a file that it keeps for that; `None`
    /// where it keeps none. It knows of dialogs that its screen's title does not tell.
    pub told: Option<Activity>,
    /// A limit or failure that stopped the assistant.
    pub stopped_by: Option<FailureKind>,
}
