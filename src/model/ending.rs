//! How a run ended, and what that means for its status and codes.

use super::session::Status;

/// How the child of a run came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It exited by itself with this code.
    Exited(i32),
    /// A signal that was not ours ended it.
    Signalled(i32),
    /// loghop was asked to end (SIGTERM, SIGHUP, SIGINT, closed window) and ended the child.
    Interrupted,
    /// It ran longer than `--timeout`.
    TimedOut,
    /// It could not be started; why.
    LaunchFailed(String),
    /// The person handed over to the other assistant.
    Switched,
    /// loghop itself died; a later command finished the session.
    FoundDead,
}

/// SIGINT's number on every Unix.
const SIGINT: i32 = 2;

impl Ending {
    /// The session's status.
    pub fn status(&self) -> Status {
        match self {
            Self::Exited(0) | Self::Switched => Status::Succeeded,
            Self::Signalled(SIGINT) | Self::Interrupted | Self::FoundDead => Status::Interrupted,
            Self::Exited(_) | Self::Signalled(_) => Status::Failed,
            Self::TimedOut => Status::TimedOut,
            Self::LaunchFailed(_) => Status::LaunchFailed,
        }
    }

    /// The session's `returncode`, as text; `None` where there is none.
    pub fn returncode(&self) -> Option<String> {
        match self {
            Self::Exited(code) => Some(code.to_string()),
            Self::Signalled(signal) => Some((128 + signal).to_string()),
            Self::Interrupted | Self::FoundDead => Some("130".into()),
            Self::Switched => Some("0".into()),
            Self::TimedOut | Self::LaunchFailed(_) => None,
        }
    }

    /// The exit code of `loghop run`.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Exited(0) | Self::Switched => 0,
            Self::Signalled(SIGINT) | Self::Interrupted | Self::FoundDead => 130,
            Self::Exited(_) | Self::Signalled(_) | Self::LaunchFailed(_) => 10,
            Self::TimedOut => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_have_the_codes_of_the_contract() {
        let table = [
            (Ending::Exited(0), "succeeded", Some("0"), 0),
            (Ending::Exited(7), "failed", Some("7"), 10),
            (Ending::Signalled(2), "interrupted", Some("130"), 130),
            (Ending::Signalled(9), "failed", Some("137"), 10),
            (Ending::Switched, "succeeded", Some("0"), 0),
            (Ending::Interrupted, "interrupted", Some("130"), 130),
            (Ending::TimedOut, "timed_out", None, 3),
            (Ending::LaunchFailed(String::new()), "launch_failed", None, 10),
        ];
        for (ending, status, returncode, exit) in table {
            assert_eq!(ending.status().as_str(), status, "{ending:?}");
            assert_eq!(ending.returncode().as_deref(), returncode, "{ending:?}");
            assert_eq!(ending.exit_code(), exit, "{ending:?}");
        }
    }
}
