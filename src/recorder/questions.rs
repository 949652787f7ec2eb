//! What a person is asked when one assistant is to take over from another. Pure.

use super::menu::{Menu, Row};
use crate::provider::Provider;

/// What a switch does to a draft.
const DRAFT: &str = "what you typed and did not send is lost";

/// When a client is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When its turn has ended; at once, if it does nothing.
    TurnEnd,
    /// Its turn is stopped.
    AtOnce,
}

/// What a person can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// This one takes over.
    Other(Provider),
    /// This one takes over then.
    Hand(Provider, When),
    /// This one is started again.
    Start(Provider),
    /// Everything stays as it is.
    Keep,
    /// Nobody takes over.
    Never,
    /// The run is over.
    Leave,
}

/// Who takes over?
pub fn who(others: &[Provider]) -> Menu<Choice> {
    let rows = others.iter().zip('1'..).map(|(other, key)| Row {
        key,
        text: other.title().to_owned(),
        choice: Choice::Other(*other),
    });
    Menu::new("hand over to".into(), rows.collect(), Choice::Never)
}

/// When does `to` take over from `from`, which is busy? Esc leaves it at what `is_agreed` already.
pub fn when(to: Provider, from: Provider, is_agreed: bool) -> Menu<Choice> {
    let stay = if is_agreed { "cancel: stay" } else { "stay" };
    let rows = [
        ('e', "when this turn ends".to_owned(), Choice::Hand(to, When::TurnEnd)),
        ('s', "stop it now".to_owned(), Choice::Hand(to, When::AtOnce)),
        ('c', format!("{stay} with {}", from.title()), Choice::Never),
    ];
    let rows = rows.map(|(key, text, choice)| Row { key, text, choice });
    let escape = if is_agreed { Choice::Keep } else { Choice::Never };
    let mut menu = Menu::new(title(to), rows.into(), escape);
    menu.note = Some(DRAFT.into());
    menu
}

/// Does `to` take over, although a draft is lost?
pub fn whether(to: Provider) -> Menu<Choice> {
    let now = Choice::Hand(to, When::TurnEnd);
    let rows = vec![
        Row { key: 'y', text: "hand over now".into(), choice: now },
        Row { key: 'n', text: "keep typing".into(), choice: Choice::Never },
    ];
    let mut menu = Menu::new(title(to), rows, Choice::Never);
    menu.note = Some(DRAFT.into());
    menu
}

/// `failed` did not start, for this reason; who does now?
pub fn what_now(failed: Provider, before: Option<Provider>, why: &str) -> Menu<Choice> {
    let back = before.map(|before| Row {
        key: 'b',
        text: format!("go back to {}", before.title()),
        choice: Choice::Start(before),
    });
    let again = Row {
        key: 'a',
        text: format!("try {} again", failed.title()),
        choice: Choice::Start(failed),
    };
    let leave = Row { key: 'q', text: "end the run".into(), choice: Choice::Leave };
    let rows: Vec<_> = back.into_iter().chain([again, leave]).collect();
    // Whoever presses Esc wants to work on.
    let escape = rows[0].choice;
    let mut menu = Menu::new(format!("{} did not start", failed.title()), rows, escape);
    menu.note = Some(why.to_owned());
    menu
}

fn title(to: Provider) -> String {
    format!("hand over to {}", to.title())
}
