//! Topics: threads of sessions, one of which is the project's active one.

use super::chain::Durability;
use super::format::{config, markdown, topic};
use super::records::{Draft, Listing};
use super::{Store, layout};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::model::{Session, Topic, TopicId, TopicState};

/// The title of a topic that nobody gave a goal.
const UNTITLED: &str = "Ad hoc session";

impl Store {
    /// All topics, newest first.
    pub fn topics(&self) -> Result<Listing<Topic>> {
        let mut listing = self.records(layout::TOPICS, TopicId::PREFIX, |number, document| {
            topic::read(TopicId(number), &document.fields)
        })?;
        listing.items.reverse();
        Ok(listing)
    }

    /// One topic; `None` when there is none of this id.
    pub fn topic(&self, id: TopicId) -> Result<Option<Topic>> {
        let record = self.record(&layout::topic(id))?;
        Ok(record.map(|record| topic::read(id, &record.document.fields)))
    }

    /// The topic that a run without a topic flag belongs to, if there is one and it is open.
    pub fn active_topic(&self) -> Result<Option<Topic>> {
        let Some(id) = self.config()?.active_topic else { return Ok(None) };
        Ok(self.topic(id)?.filter(|topic| topic.state == TopicState::Active))
    }

    /// The active topic, else a new one named after the goal. One that is damaged keeps nobody from
    /// working.
    pub fn ensure_topic(&self, goal: &str, now: Timestamp) -> Result<Topic> {
        match self.active_topic() {
            Ok(Some(topic)) => Ok(topic),
            Ok(None) | Err(_) => self.new_topic(goal, now),
        }
    }

    /// Makes a topic and makes it the active one.
    pub fn new_topic(&self, title: &str, now: Timestamp) -> Result<Topic> {
        let _lock = self.lock()?;
        let counter = self.config()?.topic_counter;
        let number = self.next_number(layout::TOPICS, TopicId::PREFIX, counter)?;
        let title = if title.trim().is_empty() { UNTITLED } else { title.trim() };
        let topic = Topic {
            id: TopicId(number),
            title: title.to_owned(),
            state: TopicState::Active,
            created: Some(now),
            updated: Some(now),
            summary: String::new(),
            sessions: Vec::new(),
            todos_pending: Vec::new(),
        };
        self.write_drafts(&[self.draft_of(&topic)?], Durability::Later)?;
        self.edit_config(|doc| {
            config::set(doc, "topic_counter", i64::from(number));
            config::set(doc, "active_topic_id", topic.id.to_string());
        })?;
        Ok(topic)
    }

    /// Makes an open topic the one that runs continue.
    pub fn switch_topic(&self, id: TopicId) -> Result<Topic> {
        let topic = self.require_topic(id)?;
        if topic.state == TopicState::Closed {
            return Err(Error::invalid(format!("topic {id} is closed"))
                .hint("`loghop run --new-topic` starts another one"));
        }
        self.set_active_topic(Some(id))?;
        Ok(topic)
    }

    /// Gives a topic another title.
    pub fn rename_topic(&self, id: TopicId, title: &str, now: Timestamp) -> Result<Topic> {
        self.change_topic(id, now, |topic| title.trim().clone_into(&mut topic.title))
    }

    /// Ends a topic. Where it was the active one there is none then.
    pub fn close_topic(&self, id: TopicId, now: Timestamp) -> Result<Topic> {
        let topic = self.change_topic(id, now, |topic| topic.state = TopicState::Closed)?;
        if self.config()?.active_topic == Some(id) {
            self.set_active_topic(None)?;
        }
        Ok(topic)
    }

    fn require_topic(&self, id: TopicId) -> Result<Topic> {
        self.topic(id)?.ok_or_else(|| {
            Error::invalid(format!("topic {id} not found"))
                .hint("run `loghop topics` to see what there is")
        })
    }

    /// Rewrites a topic, and returns it as it was stored: redacted.
    fn change_topic(
        &self,
        id: TopicId,
        now: Timestamp,
        change: impl FnOnce(&mut Topic),
    ) -> Result<Topic> {
        let _lock = self.lock()?;
        let mut topic = self.require_topic(id)?;
        change(&mut topic);
        topic.updated = Some(now);
        self.write_drafts(&[self.draft_of(&topic)?], Durability::Now)?;
        self.require_topic(id)
    }

    /// A session that ended stands in its topic, whose open todos are those of its last session.
    pub(super) fn topic_draft(&self, session: &Session, now: Timestamp) -> Result<Option<Draft>> {
        let Some(mut topic) = session.topic.map(|id| self.topic(id)).transpose()?.flatten() else {
            return Ok(None);
        };
        if !topic.sessions.contains(&session.id) {
            topic.sessions.push(session.id);
        }
        if session.is_useful() && topic.sessions.last() == Some(&session.id) {
            topic.todos_pending.clone_from(&session.notes.todos_pending);
        }
        topic.updated = Some(now);
        self.draft_of(&topic).map(Some)
    }

    pub(super) fn draft_of(&self, value: &Topic) -> Result<Draft> {
        self.draft(
            layout::topic(value.id),
            |over| topic::write(value, over),
            |redacted| markdown::topic(&topic::read(value.id, redacted)),
        )
    }
}
