//! Ten runs at once in one folder: ten sessions, each with its own transcript.

use std::collections::BTreeSet;

use crate::support::left;
use crate::support::sandbox::Sandbox;
use crate::support::split::{project, run};
use crate::support::terminal::{Exit, Terminal};

/// What the runs say, one word each.
const WORDS: [&str; 10] =
    ["amber", "birch", "cedar", "dunes", "ember", "fjord", "grove", "heath", "inlet", "jetty"];

fn name(n: usize) -> &'static str {
    if n.is_multiple_of(2) { "claude" } else { "codex" }
}

fn start(sandbox: &Sandbox, n: usize) -> Terminal {
    run(sandbox, &["--provider", name(n)])
}

#[test]
fn ten_runs_in_one_folder_do_not_mix() {
    let sandbox = project();
    let mut runs: Vec<_> = (0..WORDS.len()).map(|n| start(&sandbox, n)).collect();
    for (n, (run, word)) in runs.iter().zip(WORDS).enumerate() {
        run.wait_for(if name(n) == "claude" { "? for shortcuts" } else { "Ask Codex" });
        run.prompt(&format!("say {word} plain"));
    }
    for run in &runs {
        run.wait_for("Hello from the script.");
        run.prompt("/exit");
    }
    for run in &mut runs {
        assert_eq!(run.wait_exit(), Exit::Code(0));
    }
    let all = left::sessions(&sandbox);
    let ids: Vec<_> = all.iter().map(|session| session.id.clone()).collect();
    assert_eq!(ids, (1..=WORDS.len()).map(|n| format!("S-{n:03}")).collect::<Vec<_>>());
    let (mut said, mut natives) = (BTreeSet::new(), BTreeSet::new());
    for session in &all {
        session.assert_whole(&sandbox);
        assert_eq!(session.field("status"), "succeeded", "{}", session.id);
        let word = WORDS.iter().position(|w| session.said("user") == format!("say {w} plain"));
        let word = word.unwrap_or_else(|| panic!("{}: {}", session.id, session.said("user")));
        assert_eq!(session.field("provider"), name(word), "{}", session.id);
        assert!(session.shows(WORDS[word]), "{}: another one's recording", session.id);
        said.insert(word);
        natives.insert(session.field("claude_session_id"));
    }
    assert_eq!((said.len(), natives.len()), (WORDS.len(), WORDS.len()));
}
