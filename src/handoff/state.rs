//! How the previous session stands: what was asked last, whether it was answered, why it stopped,
//! and what is left to do.
//!
//! An exit code says how a *program* ended. A client that hits a usage limit still exits with 0, so
//! nothing here is called a success because of a code.

use std::collections::HashSet;
use std::fmt::Write;

use super::Previous;
use super::quote;
use crate::model::{FailureKind, Notes, Session, Status, Story, TodoState};

/// Characters of a provider's failure message.
const FAILURE_MAX: usize = 300;

/// Whether the last request was answered, in words that go after "Last request". Where nobody
/// stopped it on purpose, it was sent and nobody saw what came of it: the words say that too.
pub(super) fn answered(previous: &Previous) -> &'static str {
    let digest = previous.digest;
    if digest.interrupted {
        "not answered, unfinished: the person interrupted the assistant"
    } else if cause(previous).is_some() {
        "not answered, unfinished; sent, outcome unknown: the assistant was stopped"
    } else if !digest.answered || broke_off(previous) {
        if ended_by_force(&previous.session.status) {
            "not answered, unfinished; sent, outcome unknown: the session broke off"
        } else {
            "not answered, unfinished: the turn did not come to its end"
        }
    } else if digest.last_reply.as_ref().is_some_and(|reply| reply.cut) {
        "answered in part: the reply was cut"
    } else {
        "answered"
    }
}

/// A crash, a kill, a closed window, a time limit, or no recorded end at all.
fn ended_by_force(status: &Status) -> bool {
    matches!(status, Status::Failed | Status::Interrupted | Status::TimedOut | Status::Running)
}

/// Whether the last turn was still going on. Both clients tell when a turn ends; prose that stands
/// last without that only announced what would come next. Where no end was ever told, the way in
/// which the session ended decides.
fn broke_off(previous: &Previous) -> bool {
    let ended_well = matches!(previous.session.status, Status::Succeeded | Status::Annotated);
    previous.story.turn_open && (previous.digest.turns_ended > 0 || !ended_well)
}

/// Why the session stopped, as one sentence without its full stop.
pub(super) fn stopped(previous: &Previous) -> String {
    let session = previous.session;
    let who = quote::line(session.provider.as_str());
    let mut parts = Vec::new();
    if let Some(cause) = cause(previous) {
        parts.push(format!("{who} {cause}"));
    } else if previous.digest.interrupted {
        parts.push(format!("the person stopped {who} in the middle of a turn"));
    }
    match (session.ended_by.as_deref(), &session.status) {
        (Some("switch"), _) => parts.push("the person handed over".into()),
        (_, Status::Succeeded) if parts.is_empty() => parts.push(format!("{who} was closed")),
        (_, Status::Failed) => parts.push(format!("{who} ended with {}", code(session))),
        (_, Status::Interrupted) if !previous.digest.interrupted => {
            parts.push("the session was interrupted from outside, or its terminal closed".into());
        }
        (_, Status::TimedOut) => parts.push("it ran out of the time it was given".into()),
        (_, Status::LaunchFailed) => parts.push(format!("{who} could not be started")),
        (_, Status::Running) if parts.is_empty() => {
            parts.push("not known: the session has no recorded end".into());
        }
        _ => {}
    }
    if parts.is_empty() { "not known".into() } else { parts.join("; ") }
}

/// The session's status in one word or two, never better than it was.
pub(super) fn outcome<'a>(previous: &Previous<'a>) -> &'a str {
    let session = previous.session;
    match &session.status {
        Status::Succeeded if cause(previous).is_some() => "stopped by its provider",
        Status::Succeeded if previous.digest.interrupted => "interrupted",
        Status::Succeeded if session.ended_by.as_deref() == Some("switch") => "handed over",
        status => word(status.as_str()),
    }
}

/// A status on disk, as a reader should take it: `succeeded` only says that a client exited with 0.
pub(super) fn word(status: &str) -> &str {
    match status {
        "succeeded" => "ended",
        "succeeded_empty" => "ended, nothing captured",
        other => other,
    }
}

/// What the provider did to the session: the failure that nothing followed, else the stored reason.
fn cause(previous: &Previous) -> Option<String> {
    if let Some(failure) = &previous.digest.failure {
        let mut text = kind(failure.kind).to_owned();
        let message = quote::line(&failure.message);
        if !message.is_empty() {
            let message = quote::clip(&message, FAILURE_MAX);
            let _ = write!(text, ": \"{}\"", quote::labelled(&message));
        }
        if let Some(at) = failure.resets_at {
            let _ = write!(text, " (until {at})");
        }
        return Some(text);
    }
    let stored = match previous.session.stop_reason.as_deref()? {
        "usage_limit" => FailureKind::UsageLimit,
        "auth" => FailureKind::Auth,
        "overloaded" => FailureKind::Overloaded,
        _ => FailureKind::Other,
    };
    Some(kind(stored).to_owned())
}

fn kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::UsageLimit => "reached a usage limit",
        FailureKind::Auth => "was refused: nobody is signed in",
        FailureKind::Overloaded => "was stopped because its service is overloaded",
        FailureKind::Other => "was stopped by an error of its service",
    }
}

fn code(session: &Session) -> String {
    let Some(code) = session.returncode.as_deref() else { return "an error".to_owned() };
    let signal = match code {
        "134" => " (it crashed: SIGABRT)",
        "137" => " (it was killed: SIGKILL)",
        "139" => " (it crashed: SIGSEGV)",
        "143" => " (it was told to end: SIGTERM)",
        _ => "",
    };
    format!("exit code {}{signal}", quote::clip(&quote::line(code), 8))
}

/// The notes that count: the session's own, which a person may have corrected, else the digest's.
pub(super) fn notes<'a>(previous: &Previous<'a>) -> &'a Notes {
    let own = &previous.session.notes;
    if *own == Notes::default() { &previous.digest.notes } else { own }
}

/// The notes that somebody wrote as such: the assistant's `loghop` block, or a person. What was
/// guessed from prose is told as prose, where what came later stands beside it.
pub(super) fn own_words<'a>(previous: &Previous<'a>) -> &'a Notes {
    const NONE: &Notes = &Notes {
        summary: String::new(),
        decisions: Vec::new(),
        todos_pending: Vec::new(),
        todos_done: Vec::new(),
    };
    let session = previous.session;
    let is_written = previous.story.block.is_some_and(|place| place.session == session.id)
        || session.status == Status::Annotated
        || previous.digest.turns == 0;
    if is_written { notes(previous) } else { NONE }
}

/// The assistant of the session, as inline code.
pub(super) fn whose(previous: &Previous) -> String {
    quote::code(previous.session.provider.as_str())
}

/// What is left to do and what is done, each once, one line each.
pub(super) struct Todos {
    /// Left to do, the one in progress first.
    pub(super) open: Vec<String>,
    /// Done.
    pub(super) done: Vec<String>,
}

impl Todos {
    /// What compares equal for the same todo in another session's words.
    pub(super) fn keys(&self) -> HashSet<String> {
        self.open.iter().chain(&self.done).map(|todo| key(strip_progress(todo))).collect()
    }
}

/// Joins the assistant's plan with the notes. What any of them calls done is not open.
pub(super) fn todos<'a>(previous: &Previous<'a>) -> Todos {
    let notes = notes(previous);
    let texts = |state: TodoState| plan_texts(previous.story, state);
    let mut seen = HashSet::new();
    let told = |list: &'a [String]| list.iter().map(String::as_str);
    let done = texts(TodoState::Done).chain(told(&notes.todos_done));
    let done = unique(done.map(quote::line), &mut seen);
    let active = texts(TodoState::Active).map(|t| format!("{} (in progress)", quote::line(t)));
    // The key of an active one must be that of its text alone, or the notes would repeat it.
    let active: Vec<String> = active.filter(|t| seen.insert(key(strip_progress(t)))).collect();
    let pending = texts(TodoState::Pending).chain(told(&notes.todos_pending));
    let pending = unique(pending.map(quote::line), &mut seen);
    Todos { open: active.into_iter().chain(pending).collect(), done }
}

/// Items of the plans that are in this state.
fn plan_texts(story: &Story, state: TodoState) -> impl Iterator<Item = &str> {
    story.plan.iter().filter(move |i| i.todo.state == state).map(|i| i.todo.text.as_str())
}

fn strip_progress(text: &str) -> &str {
    text.strip_suffix(" (in progress)").unwrap_or(text)
}

fn unique(texts: impl Iterator<Item = String>, seen: &mut HashSet<String>) -> Vec<String> {
    texts.filter(|text| !text.is_empty() && seen.insert(key(text))).collect()
}

/// As [`key`], also of one that is shown as in progress.
pub(super) fn todo_key(text: &str) -> String {
    key(strip_progress(text))
}

/// Two todos are the same when they differ only in case and in punctuation at their end.
pub(super) fn key(text: &str) -> String {
    text.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::{Digest, Failure, Place, Planned, ProviderName, SessionId, Todo};

    fn session(status: Status) -> Session {
        let now = Timestamp::from_second(0);
        let mut session =
            Session::start(SessionId(1), ProviderName::claude(), "ship it".into(), now);
        session.status = status;
        session
    }

    fn limit() -> Failure {
        Failure {
            kind: FailureKind::UsageLimit,
            message: "You've hit your limit\n\u{1b}[31mnow".into(),
            resets_at: Some(Timestamp::from_second(3600)),
        }
    }

    #[test]
    fn a_kill_is_told_as_one() {
        let mut session = session(Status::Failed);
        let mut told = |code: &str| {
            session.returncode = Some(code.into());
            let (digest, story) = (Digest::default(), Story::default());
            stopped(&Previous { session: &session, digest: &digest, story: &story })
        };
        assert_eq!(told("137"), "claude ended with exit code 137 (it was killed: SIGKILL)");
        assert_eq!(told("1"), "claude ended with exit code 1");
    }

    #[test]
    fn a_limit_is_told_even_after_exit_code_0() {
        let session = session(Status::Succeeded);
        let digest = Digest { answered: true, failure: Some(limit()), ..Digest::default() };
        let previous = Previous { session: &session, digest: &digest, story: &Story::default() };
        assert_eq!(
            stopped(&previous),
            "claude reached a usage limit: \"You've hit your limit now\" (until \
             1970-01-01T01:00:00Z)"
        );
        assert_eq!(
            answered(&previous),
            "not answered, unfinished; sent, outcome unknown: the assistant was stopped"
        );
        assert_eq!(outcome(&previous), "stopped by its provider");
    }

    #[test]
    fn every_ending_has_its_sentence() {
        let table = [
            (Status::Succeeded, "claude was closed", "ended"),
            (Status::Failed, "claude ended with exit code 7", "failed"),
            (
                Status::Interrupted,
                "the session was interrupted from outside, or its terminal closed",
                "interrupted",
            ),
            (Status::TimedOut, "it ran out of the time it was given", "timed_out"),
            (Status::LaunchFailed, "claude could not be started", "launch_failed"),
            (Status::Running, "not known: the session has no recorded end", "running"),
            (Status::Annotated, "not known", "annotated"),
        ];
        for (status, sentence, word) in table {
            let mut session = session(status);
            session.returncode = Some("7".into());
            let digest = Digest { answered: true, ..Digest::default() };
            let previous =
                Previous { session: &session, digest: &digest, story: &Story::default() };
            assert_eq!(stopped(&previous), sentence);
            assert_eq!(outcome(&previous), word);
            assert_eq!(answered(&previous), "answered");
        }
    }

    #[test]
    fn what_came_of_a_request_that_was_cut_off_is_unknown() {
        let answer = |status: Status, interrupted| {
            let digest = Digest { interrupted, ..Digest::default() };
            let (session, story) = (session(status), Story::default());
            answered(&Previous { session: &session, digest: &digest, story: &story })
        };
        let forced = [Status::Failed, Status::Interrupted, Status::TimedOut, Status::Running];
        for status in forced {
            let words = answer(status.clone(), false);
            assert!(words.contains("; sent, outcome unknown: the session"), "{status:?} {words}");
            assert!(!answer(status, true).contains("unknown"), "the person stopped it");
        }
        assert!(!answer(Status::Succeeded, false).contains("unknown"));
    }

    #[test]
    fn an_interruption_and_a_switch_are_no_success() {
        let mut session = session(Status::Succeeded);
        let digest = Digest { answered: false, interrupted: true, ..Digest::default() };
        let stop = |s: &Session| {
            stopped(&Previous { session: s, digest: &digest, story: &Story::default() })
        };
        assert_eq!(stop(&session), "the person stopped claude in the middle of a turn");
        assert_eq!(
            outcome(&Previous { session: &session, digest: &digest, story: &Story::default() }),
            "interrupted"
        );
        session.ended_by = Some("switch".into());
        assert!(stop(&session).ends_with("in the middle of a turn; the person handed over"));
        session.stop_reason = Some("overloaded".into());
        assert!(stop(&session).starts_with("claude was stopped because its service"));
    }

    #[test]
    fn what_is_done_anywhere_is_not_open() {
        let mut session = session(Status::Succeeded);
        session.notes.todos_pending =
            vec!["Write docs.".into(), "add TESTS".into(), "schema".into(), "schema".into()];
        session.notes.todos_done = vec!["Schema!".into()];
        let plan = [
            ("read", TodoState::Done),
            ("add tests", TodoState::Active),
            ("write docs", TodoState::Pending),
            ("öl prüfen", TodoState::Pending),
        ];
        let place = Place { session: session.id, turn: 3 };
        let plan = plan.map(|(text, state)| {
            let todo = Todo { text: text.into(), state };
            Planned { place, todo }
        });
        let story = Story { plan: plan.into(), block: Some(place), ..Story::default() };
        let digest = Digest::default();
        let todos = todos(&Previous { session: &session, digest: &digest, story: &story });
        assert_eq!(todos.open, ["add tests (in progress)", "write docs", "öl prüfen"]);
        assert_eq!(todos.done, ["read", "Schema!"]);
    }
}
