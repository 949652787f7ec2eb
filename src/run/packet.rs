//! The handoff of a run: what the project knows about the task, gathered, built and stored.

use super::{NO_GOAL, TopicChoice, history, tree};
use crate::clock::Timestamp;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::git;
use crate::handoff::{self, Detail, Input, Limits, Previous};
use crate::model::{Handoff, HandoffId, ProviderName, Repo, Session, SessionId, Topic, TopicState};
use crate::provider::Provider;
use crate::store::{Lookup, Store};

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
    let damaged = store.active_topic().err().filter(|_| wanted.topic == TopicChoice::Default);
    let topic = choose_topic(store, wanted)?;
    let sessions = store.lookup()?;
    let previous = previous(&sessions, topic.as_ref(), wanted.topic);
    let history = history::read(store, &sessions, previous.as_ref(), wanted.provider)?;
    let repo = read_repository(store, wanted.env)?;
    let tree = tree::files(store, repo.as_ref(), &history.story, (wanted.env, history.since));
    let recent = store.useful_events(RECENT_MAX)?;
    let input = |id: HandoffId| Input {
        id,
        target: wanted.provider,
        goal: wanted.goal,
        root: store.root().to_str().unwrap_or_default(),
        topic: topic.as_ref(),
        now: wanted.now,
        previous: previous.as_ref().map(|session| Previous {
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
    let mut warnings = sessions.into_warnings();
    warnings.extend(damaged.map(|problem| format!("{problem}; a new topic takes its place")));
    Ok(Packet { handoff, path, brief, continues, warnings })
}

/// What a run is for: what was said, else the project's goal, else what its topic was made for.
pub fn goal(store: &Store, said: Option<&str>, topic: TopicChoice) -> Option<String> {
    let projects = || store.config().ok().map(|config| config.goal);
    let topics = || {
        let topic = match topic {
            TopicChoice::Default => store.active_topic().ok()?,
            TopicChoice::Existing(id) => store.topic(id).ok()?,
            TopicChoice::New | TopicChoice::None => None,
        };
        topic.map(|topic| topic.title).filter(|title| title != NO_GOAL)
    };
    let is_one = |goal: &String| !goal.trim().is_empty();
    said.map(str::to_owned)
        .filter(is_one)
        .or_else(|| projects().filter(is_one))
        .or_else(|| topics().filter(is_one))
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
fn previous(sessions: &Lookup, topic: Option<&Topic>, choice: TopicChoice) -> Option<Session> {
    let of_topic = || sessions.of_topic(topic?).find(Session::is_useful);
    let any = || sessions.newest_first().find(Session::is_useful);
    match choice {
        TopicChoice::New => None,
        TopicChoice::Existing(_) => of_topic(),
        TopicChoice::Default => of_topic().or_else(any),
        TopicChoice::None => any(),
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

    /// Puts a session into the project, as a run would leave it.
    fn add(store: &Store, topic: Option<TopicId>, status: Status, prompts: u32) {
        let now = Timestamp::from_second(0);
        let make = |id| Session::start(id, ProviderName::claude(), String::new(), now);
        let (mut session, _tape) = store.create_session(make).unwrap();
        session.topic = topic;
        session.prompts = Some(prompts);
        session.status = status;
        store.finish_session(&session, &Repo::default(), now).unwrap();
    }

    #[test]
    fn a_handoff_continues_the_latest_useful_session_of_its_topic() {
        let dir = tempfile::tempdir().unwrap();
        let now = Timestamp::from_second(0);
        let store = Store::init(dir.path(), &dir.path().join("home"), "demo", now).unwrap();
        let [one, two, empty] = ["one", "two", "empty"].map(|t| store.new_topic(t, now).unwrap());
        add(&store, None, Status::Succeeded, 1);
        add(&store, Some(one.id), Status::Interrupted, 2);
        add(&store, Some(two.id), Status::Succeeded, 3);
        add(&store, Some(one.id), Status::Failed, 0);
        add(&store, Some(one.id), Status::Running, 1);
        let sessions = store.lookup().unwrap();
        let from = |topic: &Topic, choice| {
            let topic = store.topic(topic.id).unwrap();
            previous(&sessions, topic.as_ref(), choice).map(|session| session.id.0)
        };
        assert_eq!(from(&one, TopicChoice::Default), Some(2));
        assert_eq!(from(&one, TopicChoice::Existing(one.id)), Some(2));
        assert_eq!(from(&empty, TopicChoice::Default), Some(3));
        assert_eq!(from(&empty, TopicChoice::Existing(empty.id)), None);
        assert_eq!(from(&empty, TopicChoice::New), None);
        let without = previous(&sessions, None, TopicChoice::None);
        assert_eq!(without.map(|session| session.id.0), Some(3));
    }
}
