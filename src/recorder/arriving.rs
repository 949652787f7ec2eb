//! Whether a client that has taken the pane is there: it shows a prompt, is late, or has gone. Pure.

use std::time::{Duration, Instant};

/// A client that shows no prompt for so long may hang.
const WAIT: Duration = Duration::from_secs(10);
/// The same for one to which nobody seems to be signed in: it most likely asks for that.
const SIGN_IN_WAIT: Duration = Duration::from_secs(3);

/// A client that came by a switch.
#[derive(Debug, Clone, Copy)]
pub struct Arriving {
    since: Instant,
    /// As far as its files and the environment show, it has nobody's account.
    knows_nobody: bool,
    is_late: bool,
}

impl Arriving {
    /// A client that runs since `since`.
    pub fn new(since: Instant, knows_nobody: bool) -> Self {
        Self { since, knows_nobody, is_late: false }
    }

    /// Time passes without a prompt; whether that has been for too long.
    pub fn is_late(&mut self, now: Instant) -> bool {
        self.is_late = self.due() <= now;
        self.is_late
    }

    /// When it will be late, if it is not yet.
    pub fn deadline(&self) -> Option<Instant> {
        (!self.is_late).then(|| self.due())
    }

    /// What a person should know of `title`, once it is late; `key` is the one that hands over.
    pub fn says(&self, title: &str, key: &str) -> Option<String> {
        let hint = if self.knows_nobody { ": sign in there, or" } else { ";" };
        self.is_late.then(|| format!("{title} shows no prompt yet{hint} {key} leaves it"))
    }

    /// What a person should know when it went without a prompt.
    pub fn why_gone(&self) -> &'static str {
        if self.knows_nobody {
            "it ended before it showed a prompt; nobody seems to be signed in"
        } else {
            "it ended before it showed a prompt"
        }
    }

    fn due(&self) -> Instant {
        self.since + if self.knows_nobody { SIGN_IN_WAIT } else { WAIT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_shows_no_prompt_is_told_when_it_is_late() {
        let now = Instant::now();
        for (knows_nobody, said) in [
            (false, "Codex shows no prompt yet; F8 leaves it"),
            (true, "Codex shows no prompt yet: sign in there, or F8 leaves it"),
        ] {
            let mut arriving = Arriving::new(now, knows_nobody);
            assert!(!arriving.is_late(now) && arriving.says("Codex", "F8").is_none());
            let due = arriving.deadline().unwrap();
            assert!(arriving.is_late(due) && arriving.deadline().is_none());
            assert_eq!(arriving.says("Codex", "F8").as_deref(), Some(said));
        }
    }
}
