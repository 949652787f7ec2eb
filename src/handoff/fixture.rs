//! A previous session for the tests of this room.

use super::FileState;
use crate::clock::Timestamp;
use crate::model::{
    ChangedFile, Digest, HandoffId, Notes, Outcome, Place, Planned, ProviderName, Ran, Remark,
    Repo, Said, Session, SessionId, Status, Story, TimelineEvent, Todo, TodoState, Topic, TopicId,
    TopicState, Written,
};

/// 2026-11-20T22:00:00Z.
pub(super) const NOON: i64 = 1_795_212_000;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(NOON + minutes * 60)
}

pub(super) fn said(by_user: bool, text: &str) -> Said {
    Said { by_user, at: Some(at(7)), text: text.into(), cut: false, seen: false }
}

pub(super) fn session() -> Session {
    let goal = "Ship auth".to_owned();
    let now = Timestamp::from_second(NOON);
    let mut session = Session::start(SessionId(2), ProviderName::claude(), goal, now);
    session.status = Status::Succeeded;
    session.ended_by = Some("switch".into());
    session.ended = Some(at(9));
    session.transcript_path = Some(".loghop/sessions/S-002.transcript.jsonl".into());
    session.notes = Notes {
        summary: "Set up the schema: users, sessions.".into(),
        decisions: vec!["use SQLite, not Postgres".into()],
        todos_pending: vec!["add migrations".into()],
        todos_done: vec!["write schema".into()],
    };
    session
}

pub(super) fn digest() -> Digest {
    Digest {
        turns: 4,
        prompts: 2,
        first_prompt: Some(said(true, "Write the schema.")),
        last_prompt: Some(said(true, "Now make the login test pass.")),
        last_reply: Some(said(false, "The test fails: the column is missing.")),
        answered: true,
        tool_calls: 2,
        tool_failures: 1,
        ..Digest::default()
    }
}

pub(super) fn place(turn: u32) -> Place {
    Place { session: SessionId(2), turn }
}

pub(super) fn remark(turn: u32, by_user: bool, text: &str) -> Remark {
    let rule = text.starts_with("Never");
    let (place, text) = (place(turn), text.into());
    Remark {
        place,
        by_user,
        seen: false,
        text,
        rule,
        asks: false,
        worth: 5.0,
        later: None,
        again: None,
    }
}

pub(super) fn story() -> Story {
    let file = |turn, path: &str| Written {
        place: place(turn),
        path: path.into(),
        deleted: false,
        committed: false,
    };
    let ran = |turn, command: &str, outcome, line: &str| Ran {
        place: place(turn),
        command: command.into(),
        folder: Some("/home/ada/app".into()),
        outcome,
        line: line.into(),
        is_probe: false,
    };
    let todo = Todo { text: "fix the login test".into(), state: TodoState::Active };
    Story {
        remarks: vec![
            remark(1, true, "Write the schema."),
            remark(1, true, "Never touch migrations."),
            remark(5, false, "Schema is in."),
            remark(6, true, "Now make the login test pass."),
            remark(11, false, "The test fails: the column is missing."),
        ],
        sentences: 7,
        commands: vec![
            ran(4, "cargo build", Outcome::Ok, "Finished in 2.1s"),
            ran(9, "cargo test", Outcome::Failed(Some(101)), "error: no column `name`"),
        ],
        files: vec![file(3, "/home/ada/app/src/schema.rs"), file(8, "/home/ada/app/notes.txt")],
        plan: vec![Planned { place: place(7), todo }],
        last_prompt: Some(place(6)),
        last_reply: Some(place(11)),
        turn_open: false,
        block: Some(place(11)),
        reopened: Vec::new(),
        first_prompt: None,
    }
}

pub(super) fn tree() -> Vec<FileState> {
    vec![FileState {
        path: "src/schema.rs".into(),
        hash: Some("0123456789ab".into()),
        modified: Some(at(3)),
        as_before: false,
    }]
}

pub(super) fn repo() -> Repo {
    let file = |status: &str, path: &str| ChangedFile { path: path.into(), status: status.into() };
    Repo {
        branch: "auth".into(),
        head: "e31a2ffe0c".into(),
        default_branch: "main".into(),
        changed: vec![file("M", "src/schema.rs"), file("??", "src/login.rs")],
        ignored: 1,
        patch: "--- a/src/schema.rs\n+++ b/src/schema.rs\n@@ -1 +1,2 @@\n+fn login() {}\n".into(),
        patch_truncated: false,
        commits: vec![("e31a2ff".into(), "First step".into())],
    }
}

pub(super) fn topic() -> Topic {
    Topic {
        id: TopicId(1),
        title: "Auth".into(),
        state: TopicState::Active,
        created: Some(at(0)),
        updated: Some(at(1)),
        summary: String::new(),
        sessions: vec![SessionId(1), SessionId(2)],
        todos_pending: Vec::new(),
    }
}

pub(super) fn event(id: u32, topic: Option<u32>, summary: &str) -> TimelineEvent {
    TimelineEvent {
        at: Some(at(-60)),
        session: SessionId(id),
        provider: ProviderName::codex(),
        status: "succeeded".into(),
        goal: "Ship auth".into(),
        notes: Notes {
            summary: summary.into(),
            todos_pending: vec!["write schema".into(), "ask Ada".into()],
            ..Notes::default()
        },
        files_changed: Vec::new(),
        turns_captured: 3,
        handoff: Some(HandoffId(1)),
        topic: topic.map(TopicId),
        returncode: Some("0".into()),
        useful: true,
    }
}
