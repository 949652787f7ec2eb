//! What people do besides asking one thing after the other: they send while a reply comes, open a
//! menu, answer a question. Tapes of the real clients.

use super::screen;

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
    let told = turns_of("claude-new-queued");
    assert_eq!(told[1], turns(&[("second mock:n1", "end1n.")])[0]);
    assert_eq!((told.len(), &*told[0].0), (2, "first mock:slow2"));
    let cut = screen("claude-queued-cut");
    let prompts: Vec<&str> = cut.iter().map(|turn| &*turn.prompt).collect();
    assert_eq!(prompts, ["first mock:n1", "second mock:slow2", "third mock:slowlong"]);
    assert!(cut[2].reply.starts_with("Kuvide ragito with muvefa") && !cut[2].ended);
    assert!(!cut[1].reply.contains("Kuvide ragito"), "{}", cut[1].reply);
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
