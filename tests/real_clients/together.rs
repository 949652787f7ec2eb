//! Several runs of one real client in one folder at once.

use super::{Bench, leave_by_command, pane, through_loghop};
use crate::support::clients::{Client, wanted};
use crate::support::left;
use crate::support::terminal::Terminal;

/// Words that the runs say, one each.
const WORDS: [&str; 3] = ["amber", "birch", "cedar"];

#[test]
fn runs_of_one_client_at_once_do_not_mix() {
    for client in wanted() {
        let bench = Bench::with_project(&[*client]);
        let mut terminals = WORDS.map(|_| through_loghop(&bench, *client, &[]));
        say_all(*client, &terminals);
        for terminal in &mut terminals {
            leave_by_command(terminal);
        }
        let all = left::sessions(&bench.sandbox);
        assert_eq!(all.len(), WORDS.len());
        for session in &all {
            session.assert_whole(&bench.sandbox);
            assert_eq!(session.field("status"), "succeeded", "{client:?} {}", session.id);
        }
        let mut said: Vec<_> = all.iter().map(|session| session.said("user")).collect();
        said.sort();
        assert_eq!(said, WORDS.map(|word| format!("say {word} mock:plain")), "{client:?}");
        let mut ids: Vec<_> = all.iter().map(|s| s.field("claude_session_id")).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), WORDS.len(), "{client:?}: {ids:?}");
    }
}

fn say_all(client: Client, terminals: &[Terminal]) {
    for (terminal, word) in terminals.iter().zip(WORDS) {
        terminal.wait_until("a prompt", |s| pane(s).contains(client.ready()));
        terminal.prompt(&format!("say {word} mock:plain"));
    }
    for terminal in terminals {
        terminal.wait_until("the reply", |s| pane(s).contains("Hello from the mock."));
    }
}
