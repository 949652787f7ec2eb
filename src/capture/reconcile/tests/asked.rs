//! What people do besides asking one thing after the other: they send while a reply comes, open a
//! menu, answer a question. Tapes of the real clients.

use super::{joined, screen, transcript};
use crate::model::Entry;
use crate::transcript::Format;

/// Each prompt that a recording shows, and the last word of the reply.
fn turns_of(recording: &str) -> Vec<(String, String)> {
    let last = |text: &str| text.split_whitespace().last().unwrap_or_default().to_owned();
    screen(recording).into_iter().map(|turn| (turn.prompt, last(&turn.reply))).collect()
}

fn turns(told: &[(&str, &str)]) -> Vec<(String, String)> {
    told.iter().map(|(prompt, end)| ((*prompt).to_owned(), (*end).to_owned())).collect()
}

/// What is sent while a reply comes is shown below it, and answered when that is at its end.
#[test]
fn a_prompt_that_was_queued_is_one() {
    // How long the first reply took is no part of it.
    let said = [("first mock:slow2", "slow2end."), ("second mock:n1", "end1n.")];
    assert_eq!(turns_of("claude-new-queued"), turns(&said));
    let cut = screen("claude-queued-cut");
    let prompts: Vec<&str> = cut.iter().map(|turn| &*turn.prompt).collect();
    assert_eq!(prompts, ["first mock:n1", "second mock:slow2", "third mock:slowlong"]);
    assert!(cut[2].reply.starts_with("Kuvide ragito with muvefa") && !cut[2].ended);
    assert!(!cut[1].reply.contains("Kuvide ragito"), "{}", cut[1].reply);
}

/// What is typed in the middle of a reply may be sent when that is over: it is the next prompt.
#[test]
fn a_prompt_that_was_typed_too_soon_is_one() {
    let said = [("first mock:w30p40s301", "end301."), ("second mock:w20p20s302", "end302.")];
    assert_eq!(turns_of("claude-new-late"), turns(&said));
    let recovered = joined(&[], &screen("claude-new-late")).recovered;
    let asked = recovered.iter().map(|(_, seen)| seen).filter(|seen| seen.by_user);
    assert_eq!(asked.map(|seen| &*seen.text).collect::<Vec<_>>(), said.map(|(prompt, _)| prompt));
}

/// Claude Code clears the screen and draws everything again: with a status and its hints gone, lines
/// come back at the top as if somebody looked back.
#[test]
fn what_is_drawn_again_with_less_below_is_no_looking_back() {
    let [first, second, third] = &screen("claude-queued-two")[..] else { panic!("three turns") };
    let asked = ["first mock:w90p60s41", "second mock:w30p30s42", "hird mock:w40p20s43"];
    assert_eq!([&*first.prompt, &second.prompt, &third.prompt], asked);
    assert!(first.reply.ends_with("hatozoto to hatiro revuto rofebedo end41."), "{}", first.reply);
    assert_eq!(second.reply, "", "the client answered both at once");
    assert!(third.reply.starts_with("Vuhafe ha kalutife rolaremi"), "{}", third.reply);
    assert!(third.reply.ends_with("Nevuha vunekami end43."), "{}", third.reply);
}

/// Below the line that says that a reply is still to come a client writes what one could try.
#[test]
fn a_hint_below_a_reply_that_was_cut_is_no_part_of_it() {
    let [_, second] = &screen("claude-queued-tip")[..] else { panic!("two turns") };
    let said =
        "To fe pasi rela rolufezo lusireka haguro lulazola neka gula lulu. Luzola tilufefe halaro";
    assert_eq!((&*second.reply, second.ended), (said, false));
}

/// `/exit` in the middle of a reply: the client lists its commands while it is typed.
#[test]
fn what_a_client_lists_while_a_command_is_typed_is_no_reply() {
    assert_eq!(turns_of("claude-new-quit"), turns(&[("first mock:w90p60s81", "miha")]));
}

/// Codex gives a reply up for what is sent meanwhile, shows that above what it had not finished, and
/// goes on with the next reply in the same line.
#[test]
fn what_was_given_up_stands_below_its_own_prompt() {
    let asked = ["first mock:w90p60s41", "second mock:w30p30s42", "third mock:w40p20s43"];
    let [first, second, third] = &screen("codex-steered")[..] else { panic!("three were shown") };
    assert_eq!([&*first.prompt, &second.prompt, &third.prompt], asked);
    assert!(first.reply.starts_with("Nelaro zosiro") && first.reply.ends_with("vusiro misi p"));
    assert_eq!(second.reply, "Ka nenevu zo ti ka do luka zoti hasi la gusivudo. Mitoro");
    assert!(third.reply.starts_with("Vuhafe ha") && third.reply.ends_with("vunekami end43."));
    let turns = transcript("transcripts/codex/steered", Format::Codex);
    let joined = joined(&turns, &screen("codex-steered"));
    let told: Vec<&str> = joined.recovered.iter().map(|(_, seen)| &*seen.text).collect();
    assert_eq!(told, [&first.reply, &second.reply]);
    for (place, prompt) in joined.recovered.iter().map(|(place, _)| place).zip(asked) {
        let before = turns[..*place].iter().rev().find_map(|turn| match &turn.entry {
            Entry::User { text } => Some(&**text),
            _ => None,
        });
        assert_eq!(before, Some(prompt), "the reply stands below its prompt");
    }
}

/// The same, with a kill in the reply to the second prompt: the line that both share is divided.
#[test]
fn a_line_that_two_replies_share_is_divided() {
    let [first, second] = &screen("codex-steered-cut")[..] else { panic!("two were shown") };
    assert!(first.reply.ends_with("ka hatorola sigu ne vupapalu mizorelu lupapa togu."));
    assert!(second.reply.starts_with("Neka lamifeto\n\nsire lazoti"), "{}", second.reply);
    assert!(!second.ended && !second.reply.contains("Zoguro"), "{}", second.reply);
}

/// Tab sends to a client that works, and Enter is never pressed.
#[test]
fn a_prompt_that_was_queued_without_enter_is_one() {
    let told = screen("codex-tabbed");
    let prompts: Vec<&str> = told.iter().map(|turn| &*turn.prompt).collect();
    assert_eq!(prompts, ["first mock:w60p50s61", "second mock:w60p50s62", "third mock:w30p30s63"]);
    for (turn, (start, end)) in
        told.iter().zip([("Zodo", "end61"), ("Tone", "end62"), ("Pasi", "end63")])
    {
        assert!(turn.reply.starts_with(start) && turn.reply.contains(end), "{}", turn.reply);
        assert!(!turn.reply.contains("Queued follow-up"), "{}", turn.reply);
    }
}

/// `/help`, Esc, and a prompt: the greeting that comes into view again is no reply.
#[test]
fn a_menu_that_was_left_is_no_part_of_what_comes() {
    let [first, second] = &screen("claude-new-menu")[..] else { panic!("two turns were shown") };
    assert_eq!((&*first.prompt, &*second.prompt), ("first mock:n1", "second mock:n2"));
    assert!(second.reply.starts_with("Pila tuvi the redapu"), "{}", second.reply);
}

/// A command was asked about, allowed, and answered: one turn, without what the client asked.
#[test]
fn what_was_allowed_is_no_prompt_and_the_question_no_reply() {
    let told = turns_of("codex-allowed");
    assert_eq!(told, turns(&[("do it mock:dlg", "dlgpost."), ("then mock:n1", "end1n.")]));
    let said: String = screen("codex-allowed").into_iter().map(|turn| turn.reply).collect();
    assert!(!said.contains("Would you like") && !said.contains("Press enter"), "{said}");
    let prompts: Vec<String> =
        screen("claude-new-allowed").into_iter().map(|turn| turn.prompt).collect();
    assert_eq!(prompts, ["first mock:n1", "do it mock:dlg", "", "last mock:slowlong"]);
    let said: String = screen("claude-new-allowed").into_iter().map(|turn| turn.reply).collect();
    assert!(!said.contains("Claude Code v2"), "{said}");
}
