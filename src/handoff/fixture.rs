//! A previous session for the tests of this room.

use crate::clock::Timestamp;
use crate::model::{
    ChangedFile, Digest, FileTouch, HandoffId, Notes, ProviderName, Repo, Said, Session, SessionId,
    Status, TimelineEvent, Todo, TodoState, ToolState, ToolUse, Topic, TopicId, TopicState,
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
    let tool = |name: &str, summary: &str, state| ToolUse {
        id: name.into(),
        name: name.into(),
        summary: summary.into(),
        state,
    };
    let tools = [
        tool("Edit", "src/schema.rs", ToolState::Ok),
        tool("Bash", "cargo test", ToolState::Failed(Some(101))),
    ];
    let touch = |path: &str| FileTouch { path: path.into(), times: 1 };
    Digest {
        turns: 4,
        prompts: 2,
        last_prompt: Some(said(true, "Now make the login test pass.")),
        last_reply: Some(said(false, "The test fails: the column is missing.")),
        answered: true,
        todos: vec![Todo { text: "fix the login test".into(), state: TodoState::Active }],
        files: vec![touch("/home/ada/app/src/schema.rs"), touch("/home/ada/app/notes.txt")],
        tools: tools.into(),
        tool_calls: 2,
        tool_failures: 1,
        recent: [
            said(true, "Write the schema."),
            said(false, "Schema is in."),
            said(true, "Now make the login test pass."),
            said(false, "The test fails: the column is missing."),
        ]
        .into(),
        ..Digest::default()
    }
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
