//! A run in the middle of its work, for the tests of the panel.

use super::{Document, Header, PanelView, Recording, Tab};
use crate::clock::Timestamp;
use crate::model::{
    Activity, Captured, Digest, Live, Notes, ProviderName, Said, SessionId, TimelineEvent, Todo,
    TodoState, ToolState, ToolUse, Usage,
};

/// Everything that a view borrows.
pub(super) struct Scene {
    pub(super) provider: ProviderName,
    pub(super) live: Live,
    pub(super) handoff: Document,
    pub(super) timeline: Vec<TimelineEvent>,
}

/// 2026-11-20T22:00:00Z.
const EVENING: i64 = 1_795_212_000;

impl Scene {
    pub(super) fn empty() -> Self {
        Self {
            provider: ProviderName::claude(),
            live: Live::default(),
            handoff: Document::default(),
            timeline: Vec::new(),
        }
    }

    pub(super) fn busy() -> Self {
        let handoff = "# Project Handoff\n\n## Goal\n\nShip auth\n\n## Open Todos\n\n- [ ] fix the \
            login test (in progress)\n- [ ] add migrations\n\n## Decisions\n\n- use SQLite, not \
            Postgres\n\n## Changed Files\n\n- M `src/schema.rs`\n\n## Patch\n\n```diff\n\
            --- a/src/schema.rs\n+++ b/src/schema.rs\n@@ -1 +1,2 @@\n+fn login() {}\n```\n";
        Self {
            provider: ProviderName::claude(),
            live: live(),
            handoff: Document::new(handoff),
            timeline: vec![
                event(2, "interrupted", "Set up the schema: users, sessions, tokens and roles."),
                event(1, "succeeded", "Read the code."),
            ],
        }
    }

    pub(super) fn view(&self, tab: Tab) -> PanelView<'_> {
        PanelView {
            tab,
            scroll: 0,
            header: Header {
                session: SessionId(3),
                provider: &self.provider,
                goal: "Ship auth",
                since: "14:02",
            },
            activity: Activity::Working,
            live: &self.live,
            handoff: &self.handoff,
            timeline: &self.timeline,
            notice: None,
            guide: None,
            hints: &["F9 hand over", "F6 hide", "F7 tab"],
            way_out: Some("F9 hands over to Codex"),
            recording: Recording { on: true, stopped_reason: None },
            ascii: false,
            frame: 2,
            when: |at| format!("{} {}", at.date(), at.hour_minute()),
        }
    }
}

fn live() -> Live {
    let said = |by_user, text: &str| {
        Some(Said { by_user, at: None, text: text.into(), cut: false, seen: false })
    };
    let todo = |text: &str, state| Todo { text: text.into(), state };
    let tool = |name: &str, summary: &str, state| ToolUse {
        id: String::new(),
        name: name.into(),
        summary: summary.into(),
        state,
    };
    let digest = Digest {
        turns: 12,
        last_prompt: said(true, "Now make the login test pass, please."),
        last_reply: said(
            false,
            "The test fails because the column\n`token` is missing. I add it to the schema and run the test again.",
        ),
        todos: vec![
            todo("write schema", TodoState::Done),
            todo("fix the login test", TodoState::Active),
            todo("add migrations", TodoState::Pending),
        ],
        tools: [
            tool("Edit", "src/schema.rs", ToolState::Ok),
            tool("Bash", "cargo test login", ToolState::Failed(Some(101))),
            tool("Bash", "cargo test", ToolState::Running),
        ]
        .into(),
        tool_calls: 14,
        tool_failures: 1,
        usage: Usage {
            input: 1_234,
            output: 4_567,
            cache_read: 123_456,
            cache_write: 0,
            window: Some(200_000),
        },
        context_tokens: Some(90_000),
        ..Digest::default()
    };
    Live {
        digest,
        captured: Captured::Reading { read: 12, known: 12 },
        changed: vec!["src/schema.rs".into(), "src/a/rather/long/path/login.rs".into()],
        ..Live::default()
    }
}

fn event(id: u32, status: &str, summary: &str) -> TimelineEvent {
    TimelineEvent {
        at: Some(Timestamp::from_second(EVENING + i64::from(id) * 3600)),
        session: SessionId(id),
        provider: ProviderName::codex(),
        status: status.into(),
        goal: "Ship auth".into(),
        notes: Notes {
            summary: summary.into(),
            todos_pending: vec!["add migrations".into()],
            ..Notes::default()
        },
        files_changed: Vec::new(),
        turns_captured: 3,
        handoff: None,
        topic: None,
        returncode: None,
        useful: true,
    }
}
