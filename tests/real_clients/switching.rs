//! `F9` between the real clients: what each of them was sent says what the other one left, once,
//! and nothing that the person did not send.

use std::time::Duration;

use super::{Bench, leave_by_command, pane, question, said, through_loghop};
use crate::support::clients::{Client, wanted};
use crate::support::left::{self, Left};
use crate::support::mock_api::holds;
use crate::support::reply;
use crate::support::sandbox::records;
use crate::support::terminal::{Screen, Terminal};
use crate::support::witnessed::is_thorough;
use crate::switches::limits::hand_over_on_limit;

/// F9, as terminals send it.
const F9: &str = "\x1b[20~";

/// F7: the panel's next tab.
const F7: &str = "\x1b[18~";

/// Time after which a second F9 is a wish of its own.
const ANOTHER_WISH: Duration = Duration::from_millis(800);

/// The line of the handoff with this number that stands in no other one.
fn own_line(bench: &Bench, number: usize) -> String {
    let path = bench.sandbox.repo().join(format!(".loghop/handoffs/H-{number:03}.md"));
    let text = std::fs::read_to_string(path).unwrap();
    let start = format!("H-{number:03} for ");
    text.lines().find(|line| line.starts_with(&start)).unwrap().to_owned()
}

/// Whether the client of this session has the pane and can be typed to. What it says first may have
/// scrolled away: it is told the handoff.
fn is_here(client: Client, session: usize, screen: &Screen) -> bool {
    let label = format!("S-{session:03}");
    screen.lines[0].trim_end().ends_with(&label) && pane(screen).contains(client.ready())
}

/// The two that hand over to each other, in both directions.
fn pairs() -> Vec<[Client; 2]> {
    if wanted().is_empty() {
        return Vec::new();
    }
    let pair = |claude| [[claude, Client::Codex], [Client::Codex, claude]];
    [Client::Claude, Client::ClaudeNew].into_iter().flat_map(pair).collect()
}

/// Runs the first of two and says something to it.
fn begun(bench: &Bench, first: Client) -> Terminal {
    let terminal = through_loghop(bench, first, &[]);
    terminal.wait_until("the first client", |s| is_here(first, 1, s));
    terminal.wait_for("● idle");
    says(bench, &terminal, "the first word mock:plain");
    terminal
}

/// Says something to the client that is there, and waits for its answer.
fn says(bench: &Bench, terminal: &Terminal, prompt: &str) {
    terminal.prompt(prompt);
    bench.api.wait_for(&[prompt]);
    // An earlier reply may stand on the screen still, and the turn may not have begun there.
    terminal.wait_until("the reply", |s| {
        pane(s).contains("Hello from the mock.") && is_answered(bench, prompt)
    });
    terminal.wait_until("the end of the turn", |s| s.text().contains("● idle"));
}

/// Whether a transcript holds the reply to this prompt.
fn is_answered(bench: &Bench, prompt: &str) -> bool {
    let all = [bench.sandbox.claude_transcripts(), bench.sandbox.codex_rollouts()].concat();
    all.iter().map(|path| records(path)).any(|records| {
        let asked = records.iter().position(|record| holds(record, prompt));
        asked.is_some_and(|at| said(&records[at + 1..], reply::PLAIN))
    })
}

fn over_to(terminal: &Terminal, next: Client, session: usize) {
    terminal.wait_until("the next client", |s| is_here(next, session, s));
}

/// Sessions, which must be whole, oldest first.
fn sessions(bench: &Bench) -> Vec<Left> {
    let all = left::sessions(&bench.sandbox);
    for session in &all {
        session.assert_whole(&bench.sandbox);
    }
    bench.sandbox.wait_until_nothing_runs();
    all
}

#[test]
fn there_and_back_twice_in_two_sessions() {
    for [first, second] in pairs() {
        let bench = Bench::with_project(&[first, second]);
        let mut terminal = begun(&bench, first);
        let words = ["one", "two", "three", "four"];
        for (n, word) in words.into_iter().enumerate() {
            let (from, to) = if n % 2 == 0 { (first, second) } else { (second, first) };
            std::thread::sleep(ANOTHER_WISH);
            terminal.send(F9);
            over_to(&terminal, to, n + 2);
            let prompt = format!("word {word} mock:plain");
            says(&bench, &terminal, &prompt);
            let line = own_line(&bench, n + 2);
            let told = bench.api.wait_for(&[&prompt, &line, "the first word mock:plain"]);
            let times = told.to_string().matches(&line).count();
            assert_eq!(times, 1, "{from:?} to {to:?}: told once");
        }
        leave_by_command(&mut terminal);
        let all = sessions(&bench);
        assert_eq!(all.len(), 5);
        for session in &all[..4] {
            assert_eq!(session.field("ended_by"), "switch", "{:#}", session.fields);
            assert_eq!(session.field("prompts"), "1", "{:#}", session.fields);
        }
        for client in [first, second] {
            assert_eq!(client.transcripts(&bench.sandbox).len(), 1, "{client:?}: its own session");
        }
    }
}

#[test]
fn a_turn_is_waited_for_or_stopped() {
    for [first, second] in pairs() {
        for (key, is_cut) in [("e", false), ("s", true)] {
            let bench = Bench::with_project(&[first, second]);
            let mut terminal = begun(&bench, first);
            terminal.prompt("take your time mock:slow");
            terminal.wait_until("a part of the reply", |s| pane(s).contains("tok003"));
            terminal.send(F9);
            terminal.wait_for("when this turn ends");
            terminal.send("c");
            terminal.wait_until("no question", |s| !s.text().contains("stop it now"));
            std::thread::sleep(ANOTHER_WISH);
            terminal.send(F9);
            terminal.wait_for("stop it now");
            terminal.send(key);
            over_to(&terminal, second, 2);
            says(&bench, &terminal, "and now mock:plain");
            bench.api.wait_for(&["and now mock:plain", "take your time mock:slow"]);
            leave_by_command(&mut terminal);
            let left = &sessions(&bench)[0];
            assert_eq!(left.field("ended_by"), "switch");
            assert_eq!(left.said("user").matches("take your time").count(), 1);
            assert_ne!(left.said("assistant").contains("tok059"), is_cut, "{first:?} {key}");
        }
    }
}

#[test]
fn at_a_dialog_the_tool_never_runs_and_a_draft_is_never_sent() {
    for [first, second] in pairs() {
        let bench = Bench::with_project(&[first, second]);
        let mut terminal = begun(&bench, first);
        terminal.prompt("please do it mock:escalate");
        terminal.wait_for(question(first));
        terminal.wait_for("waiting for you");
        terminal.send(F9);
        terminal.wait_for("stop it now");
        terminal.send("s");
        over_to(&terminal, second, 2);
        says(&bench, &terminal, "what now mock:plain");
        terminal.send("a draft of mine");
        terminal.wait_until("the draft", |s| pane(s).contains("a draft of mine"));
        terminal.send(F9);
        terminal.wait_for("what you typed and did not send is lost");
        terminal.send("\r");
        over_to(&terminal, first, 3);
        leave_by_command(&mut terminal);
        assert!(!bench.sandbox.repo().join("made_by_tool.txt").exists(), "{first:?}");
        assert!(!bench.api.heard("a draft of mine"), "{second:?}");
        let all = sessions(&bench);
        assert_eq!(all.len(), 3);
        assert_eq!(all[1].field("ended_by"), "switch");
    }
}

#[test]
fn a_usage_limit_offers_the_other_one_or_hands_over_by_itself() {
    for (n, [first, second]) in pairs().into_iter().enumerate() {
        // Each client in both ways, if not each pair.
        let ways = if is_thorough() { vec![false, true] } else { vec![n == 1 || n == 2] };
        for by_itself in ways {
            let bench = Bench::with_project(&[first, second]);
            if by_itself {
                hand_over_on_limit(&bench.sandbox);
            }
            let mut terminal = begun(&bench, first);
            terminal.prompt("as much as there is mock:usagelimit");
            if !by_itself {
                terminal.send(F7);
                terminal.wait_for("usage limit reached: F9 hands over to");
                std::thread::sleep(ANOTHER_WISH);
                terminal.send(F9);
            }
            over_to(&terminal, second, 2);
            says(&bench, &terminal, "and now mock:plain");
            let asked = ["and now mock:plain", "as much as there is", "sent, outcome unknown"];
            bench.api.wait_for(&asked);
            leave_by_command(&mut terminal);
            let left = &sessions(&bench)[0];
            let how = (left.field("ended_by"), left.field("stop_reason"));
            assert_eq!(how, ("switch".into(), "usage_limit".into()), "{:#}", left.fields);
        }
    }
}

/// Takes a client's account away, as on a machine where it was never used.
fn sign_out(bench: &mut Bench, client: Client) {
    let (file, key) = match client {
        Client::Claude | Client::ClaudeNew => (".claude.json", "ANTHROPIC_API_KEY"),
        Client::Codex => (".codex/config.toml", "MOCK_API_KEY"),
    };
    std::fs::remove_file(bench.sandbox.home().join(file)).unwrap();
    bench.sandbox.set(key, "");
    // Whom it asks about signing in is not there, wherever this runs.
    bench.sandbox.set("HTTPS_PROXY", "http://127.0.0.1:9");
    bench.sandbox.set("NO_PROXY", "127.0.0.1");
}

#[test]
fn one_that_nobody_is_signed_in_to_says_so_and_leaves_the_way_back() {
    for [first, second] in pairs() {
        let mut bench = Bench::with_project(&[first, second]);
        sign_out(&mut bench, second);
        let mut terminal = begun(&bench, first);
        terminal.send(F9);
        // Codex waits at its sign-in; Claude ends where it cannot ask about it.
        if second == Client::Codex {
            terminal.wait_for("Codex shows no prompt yet: sign in there, or F9 leaves it");
            terminal.send(F9);
        } else {
            terminal.wait_for("Claude Code did not start");
            terminal.wait_for("seems to be signed in");
            terminal.send("\r");
        }
        over_to(&terminal, first, 3);
        says(&bench, &terminal, "still here mock:plain");
        leave_by_command(&mut terminal);
        let all = sessions(&bench);
        assert_eq!(all.len(), 3, "{first:?}");
        assert_eq!(all[0].field("claude_session_id"), all[2].field("claude_session_id"));
        assert_eq!(all[1].said("user"), "", "{second:?} was asked nothing");
    }
}
