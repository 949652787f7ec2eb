//! A transcript checked against itself: what it begins and does not end, and what it says went
//! wrong.

use std::collections::HashSet;

use crate::model::{Drift, Entry, Turn};

/// Open tool calls that are remembered by their ids; a client runs a handful at a time.
const CALLS_MAX: usize = 10_000;

/// The account of one transcript.
#[derive(Debug, Default)]
pub(super) struct Account {
    calls: HashSet<String>,
    replies: u32,
    usages: u32,
    failures: u32,
    interrupted: u32,
}

impl Account {
    /// Takes the next turn.
    pub(super) fn turn(&mut self, turn: &Turn) {
        match &turn.entry {
            Entry::Assistant { .. } => self.replies += 1,
            Entry::Call(call) if self.calls.len() < CALLS_MAX => {
                self.calls.insert(call.id.clone());
            }
            Entry::Result(result) => {
                self.calls.remove(&result.id);
            }
            Entry::Failure(_) => self.failures += 1,
            Entry::Interrupted => self.interrupted += 1,
            Entry::Usage(_) => self.usages += 1,
            _ => {}
        }
    }

    /// What is to be told, one line each.
    pub(super) fn gaps(&self, drift: &Drift) -> Vec<String> {
        let count = |lines: u64| u32::try_from(lines).unwrap_or(u32::MAX);
        let unread = count(drift.bad_lines + drift.long_lines);
        let uncounted = u32::from(self.replies > 0 && self.usages == 0);
        let told = [
            (self.calls.len() as u32, "tool call has no result", "tool calls have no result"),
            (self.failures, "turn ended in an error", "turns ended in an error"),
            (self.interrupted, "turn was interrupted", "turns were interrupted"),
            (unread, "line could not be read", "lines could not be read"),
            (count(drift.foreign), "record is another session's", "records are another session's"),
            (count(drift.later), "turn was said after the run", "turns were said after the run"),
            (count(drift.doubled), "record stands there twice", "records stand there twice"),
        ];
        let lines = told
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }));
        let usage = (uncounted > 0).then(|| "no tokens were counted".to_owned());
        lines.chain(usage).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ToolCall, ToolResult, Usage};

    fn account(entries: Vec<Entry>) -> Vec<String> {
        let mut account = Account::default();
        for entry in entries {
            account.turn(&Turn { at: None, entry });
        }
        account.gaps(&Drift { bad_lines: 2, ..Drift::default() })
    }

    #[test]
    fn what_is_begun_and_not_ended_is_told() {
        let call = |id: &str| Entry::Call(ToolCall { id: id.into(), ..ToolCall::default() });
        let result = Entry::Result(ToolResult { id: "a".into(), ..ToolResult::default() });
        let reply = || Entry::Assistant { text: "done".into(), cut: false };
        let told = account(vec![call("a"), call("b"), result, reply(), Entry::Interrupted]);
        let want = [
            "1 tool call has no result",
            "1 turn was interrupted",
            "2 lines could not be read",
            "no tokens were counted",
        ];
        assert_eq!(told, want);
        assert_eq!(
            account(vec![reply(), Entry::Usage(Usage::default())]),
            ["2 lines could not be read"]
        );
    }
}
