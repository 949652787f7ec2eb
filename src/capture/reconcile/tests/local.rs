//! What a client does itself is no turn: its own commands, and what is chosen from its lists.

use super::{Native, joined, parsed};
use crate::capture::playback::ScreenTurn;
use crate::model::{Entry, ToolResult, Turn};
use crate::transcript::Format;

fn exchange(prompt: &str, reply: &str) -> Vec<Turn> {
    let user = Entry::User { text: prompt.to_owned() };
    let reply = Entry::Assistant { text: reply.to_owned(), cut: false };
    [user, reply, Entry::TurnEnd].map(|entry| Turn { at: None, entry }).into()
}

fn shown(prompt: &str, reply: &str) -> ScreenTurn {
    let (prompt, reply) = (prompt.to_owned(), reply.to_owned());
    ScreenTurn { prompt, reply, typed: true, ended: true, ..ScreenTurn::default() }
}

#[test]
fn what_a_client_answers_to_its_own_command_is_no_reply() {
    let told =
        "Branched session. You're now in the new one (0c36). Back to the original: /resume 4307";
    let record = |content: String| serde_json::json!({"type": "system", "subtype": "local_command", "content": content});
    let command = record("<command-name>/branch</command-name>".to_owned());
    let answer = record(format!("<local-command-stdout>{told}</local-command-stdout>"));
    let turns = parsed(format!("{command}\n{answer}\n").as_bytes(), Format::Claude);
    let mut native = Native::default();
    exchange("say one", "alpha beta gamma").iter().chain(&turns).for_each(|turn| native.turn(turn));
    let branch = shown("current branch", &format!("/branch\n  {told}"));
    assert!(native.is_local(&branch));
    assert!(!native.is_local(&shown("say one", "alpha beta gamma")));
}

#[test]
fn what_was_answered_before_a_turn_of_the_transcript_and_is_not_in_it_was_the_clients_own() {
    let turns =
        [exchange("say one", "alpha beta gamma"), exchange("say two", "delta epsilon zeta")];
    let [one, two] = [shown("say one", "alpha beta gamma"), shown("say two", "delta epsilon zeta")];
    let list = || shown("2 / 2 · 100%", "an old session that somebody may go on with now");
    let untold = |untold| ScreenTurn { untold, ..list() };
    let recovered = |screen: &[ScreenTurn]| joined(&turns.concat(), screen).recovered.len();
    assert_eq!(recovered(&[one.clone(), untold(true), two.clone()]), 0);
    assert_eq!(recovered(&[one.clone(), untold(false), two.clone()]), 2, "the client worked at it");
    assert_eq!(recovered(&[one, two, untold(true)]), 2, "it may have been lost");
}

#[test]
fn of_what_tools_print_in_a_day_no_more_is_kept_than_fits() {
    let (mut native, mut words) = (Native::default(), 0..);
    let mut printed = |results: usize| {
        for _ in 0..results {
            let text: Vec<_> = words.by_ref().take(400).map(|n| n.to_string()).collect();
            let result = ToolResult { text: text.join(" "), ..ToolResult::default() };
            native.turn(&Turn { at: None, entry: Entry::Result(result) });
        }
        native.exchanges.iter().map(|exchange| exchange.known.len()).sum::<usize>()
    };
    assert!(printed(10) >= 3900);
    let much = printed(2690);
    assert!(printed(100) - much <= 100 * 42);
}
