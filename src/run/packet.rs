//! The handoff of a run: what the project knows about the task, gathered, built and stored.

use super::{TopicChoice, history, tree};
use crate::clock::Timestamp;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::git;
use crate::handoff::{self, Detail, Input, Limits, Previous};
use crate::model::{Handoff, HandoffId, ProviderName, Repo, Session, SessionId, Topic, TopicState};
use crate::provider::Provider;
use crate::store::Store;

/// Bytes of an ignore file: thousands of patterns.
const IGNORE_MAX: u64 = 256 * 1024;

/// Files that say what never enters a handoff.
const IGNORE_FILES: [&str; 2] = [".loghopignore", ".loghop/.loghopignore"];

/// Events that a handoff looks back on; it shows the latest of them.
const RECENT_MAX: usize = 20;

/// What a handoff is to be for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The assistant that gets it.
    pub provider: &'a ProviderName,
    /// The goal.
    pub goal: &'a str,
    /// The topic.
    pub topic: TopicChoice,
    /// How much is told.
    pub detail: Detail,
    /// The environment that Git is asked in.
    pub env: &'a Env,
    /// When.
    pub now: Timestamp,
}

/// A handoff that is stored, and what it was made from.
#[derive(Debug, Clone)]
pub struct Packet {
    /// The handoff.
    pub handoff: Handoff,
    /// Where it lies, relative to the repository.
    pub path: String,
    /// What a plain run tells the assistant; not redacted yet.
    pub brief: String,
    /// The session that it continues from.
    pub continues: Option<SessionId>,
    /// The state of the repository, where Git could be asked.
    pub repo: Option<Repo>,
    /// What is wrong with the project's files.
    pub warnings: Vec<String>,
}

impl Packet {
    /// The handoff as the panel shows it to the person: with what they have to do themselves where
    /// the assistant is not told.
    pub fn shown(&self, to: Provider) -> String {
        if to.is_told() {
            return self.handoff.body.clone();
        }
        let Self { path, handoff, .. } = self;
        let name = to.title();
        format!(
            "> {name} was not told this. Give it the file yourself:\n>\n> `{path}`\n\n{}",
            handoff.body
        )
    }
}

/// Gathers what the project knows, builds the handoff and stores it.
pub fn build(store: &Store, wanted: &Wanted) -> Result<Packet> {
    let topic = choose_topic(store, wanted)?;
    let sessions = store.sessions()?;
    let previous = previous(&sessions.items, topic.as_ref(), wanted.topic);
    let history = history::read(store, &sessions.items, previous, wanted.provider)?;
    let repo = read_repository(store, wanted.env)?;
    let tree = repo.as_ref().map(|repo| tree::changed_files(store, repo)).unwrap_or_default();
    let recent = store.useful_events(RECENT_MAX)?;
    let input = |id: HandoffId| Input {
        id,
        target: wanted.provider,
        goal: wanted.goal,
        topic: topic.as_ref(),
        now: wanted.now,
        previous: previous.map(|session| Previous {
            session,
            digest: &history.digest,
            story: &history.story,
        }),
        recent: &recent,
        repo: repo.as_ref(),
        tree: &tree,
        limits: Limits::of(history.window, wanted.detail),
    };
    let handoff = store.create_handoff(|id| Handoff {
        id,
        provider: wanted.provider.clone(),
        goal: wanted.goal.to_owned(),
        at: Some(wanted.now),
        status: "built".to_owned(),
        updated: Some(wanted.now),
        returncode: None,
        topic: topic.as_ref().map(|topic| topic.id),
        body: handoff::build(&input(id)),
    })?;
    let path = store.handoff_path(handoff.id);
    let brief = handoff::brief(&input(handoff.id), &path);
    let continues = previous.map(|session| session.id);
    Ok(Packet { handoff, path, brief, continues, repo, warnings: sessions.warnings })
}

/// The topic that was asked for. Without a choice it is the active one, else one made from the goal.
fn choose_topic(store: &Store, wanted: &Wanted) -> Result<Option<Topic>> {
    match wanted.topic {
        TopicChoice::None => Ok(None),
        TopicChoice::New => store.new_topic(wanted.goal, wanted.now).map(Some),
        TopicChoice::Default => store.ensure_topic(wanted.goal, wanted.now).map(Some),
        TopicChoice::Existing(id) => {
            let topic = store.topic(id)?.ok_or_else(|| {
                Error::invalid(format!("topic {id} not found"))
                    .hint("leave `--topic` out to continue the active one")
            })?;
            if topic.state == TopicState::Closed {
                return Err(Error::invalid(format!("topic {id} is closed"))
                    .hint("use `--new-topic` to start another one"));
            }
            Ok(Some(topic))
        }
    }
}

/// The latest useful session of the topic. Where nobody chose a topic, any useful one is better
/// than none: projects that had no topics yet continue too.
fn previous<'a>(
    newest_first: &'a [Session],
    topic: Option<&Topic>,
    choice: TopicChoice,
) -> Option<&'a Session> {
    let useful = || newest_first.iter().filter(|session| session.is_useful());
    let same = |session: &&Session| session.topic == topic.map(|topic| topic.id);
    match choice {
        TopicChoice::New => None,
        TopicChoice::Existing(_) => useful().find(same),
        TopicChoice::Default => useful().find(same).or_else(|| useful().next()),
        TopicChoice::None => useful().next(),
    }
}

/// The repository within the project's limits, without what the ignore files name.
pub(super) fn read_repository(store: &Store, env: &Env) -> Result<Option<Repo>> {
    let mut ignore = String::new();
    for file in IGNORE_FILES {
        ignore += &store.files().read_text(file, IGNORE_MAX)?.unwrap_or_default();
        ignore.push('\n');
    }
    let patch_lines = store.config()?.handoff_patch_lines as usize;
    let limits = git::Limits { patch_lines, ..git::Limits::default() };
    // A project can outlive its repository; the handoff then goes without.
    Ok(git::read(store.root(), env, &ignore, &limits).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Status, TopicId};

    fn session(id: u32, topic: Option<u32>, status: Status, prompts: u32) -> Session {
        let now = Timestamp::from_second(0);
        let mut session = Session::start(SessionId(id), ProviderName::claude(), String::new(), now);
        session.topic = topic.map(TopicId);
        session.status = status;
        session.prompts = Some(prompts);
        session
    }

    fn topic(id: u32) -> Topic {
        Topic {
            id: TopicId(id),
            title: String::new(),
            state: TopicState::Active,
            created: None,
            updated: None,
            summary: String::new(),
            sessions: Vec::new(),
            todos_pending: Vec::new(),
        }
    }

    #[test]
    fn a_handoff_continues_the_latest_useful_session_of_its_topic() {
        let sessions = [
            session(6, Some(1), Status::Running, 1),
            session(5, Some(1), Status::Failed, 0),
            session(4, Some(2), Status::Succeeded, 3),
            session(3, Some(1), Status::Interrupted, 2),
            session(2, None, Status::Succeeded, 1),
        ];
        let from = |topic: Option<&Topic>, choice| {
            previous(&sessions, topic, choice).map(|session| session.id.0)
        };
        let (one, nine) = (topic(1), topic(9));
        assert_eq!(from(Some(&one), TopicChoice::Default), Some(3));
        assert_eq!(from(Some(&one), TopicChoice::Existing(TopicId(1))), Some(3));
        assert_eq!(from(Some(&nine), TopicChoice::Default), Some(4));
        assert_eq!(from(Some(&nine), TopicChoice::Existing(TopicId(9))), None);
        assert_eq!(from(Some(&nine), TopicChoice::New), None);
        assert_eq!(from(None, TopicChoice::None), Some(4));
    }
}
