//! What the child is doing, from what it tells its terminal: program status (OSC 7501) and titles.

use crate::model::Activity;

/// Follows the signs. Once the program status was seen it alone counts: titles are for people.
#[derive(Debug, Default)]
pub(super) struct Signs {
    now: Activity,
    by_status: bool,
}

impl Signs {
    /// What they say so far.
    pub(super) fn activity(&self) -> Activity {
        self.now
    }

    /// A program status, such as `state=blocked:kind=permission:app=codex`.
    pub(super) fn status(&mut self, payload: &str) {
        let state = payload.split([':', ';']).find_map(|part| part.strip_prefix("state="));
        let activity = match state {
            Some("working") => Activity::Working,
            Some("blocked") => Activity::Waiting,
            Some("idle" | "done" | "error" | "clear") => Activity::Idle,
            _ => return,
        };
        (self.now, self.by_status) = (activity, true);
    }

    /// A new title.
    pub(super) fn title(&mut self, title: &str) {
        if self.by_status {
            return;
        }
        self.now = match title.chars().next() {
            _ if title.contains("Action Required") => Activity::Waiting,
            Some('✳') => Activity::Idle,
            Some('\u{2800}'..='\u{28ff}' | '◐'..='◓') => Activity::Working,
            // A title without a sign ends what a sign began.
            _ if self.now == Activity::Unknown => Activity::Unknown,
            _ => Activity::Idle,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_tell_until_the_status_does() {
        let mut signs = Signs::default();
        let steps = [
            ("project", Activity::Unknown),
            ("✳ Claude Code", Activity::Idle),
            ("⠂ Claude Code", Activity::Working),
            ("◑ Claude Code", Activity::Working),
            ("[ ! ] Action Required | project", Activity::Waiting),
            ("⠋ project", Activity::Working),
            ("project", Activity::Idle),
        ];
        for (title, expected) in steps {
            signs.title(title);
            assert_eq!(signs.activity(), expected, "{title}");
        }
        let steps = [
            ("state=working:app=codex", Activity::Working),
            ("state=blocked:kind=permission:app=codex", Activity::Waiting),
            ("?", Activity::Waiting),
            ("state=done:app=codex", Activity::Idle),
        ];
        for (status, expected) in steps {
            signs.status(status);
            assert_eq!(signs.activity(), expected, "{status}");
        }
        signs.title("⠋ project");
        assert_eq!(signs.activity(), Activity::Idle);
    }
}
