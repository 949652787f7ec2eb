//! `loghop topics`: threads of sessions, one of which runs continue.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{goal, id_value};
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::error::{Error, Result};
use crate::model::{Topic, TopicId, TopicState};

/// List topics, show, rename or close one, or continue another one
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  loghop topics\n  loghop topics switch T-002")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List all topics, open ones first
    List,
    /// Show a topic and its sessions
    #[command(after_help = "Example:\n  loghop topics show T-001")]
    Show(Which),
    /// Make a topic the one that runs continue
    #[command(after_help = "Example:\n  loghop topics switch T-002")]
    Switch(Which),
    /// Give a topic another title
    #[command(after_help = "Example:\n  loghop topics rename T-001 \"ship login\"")]
    Rename {
        /// Which topic, such as T-001
        #[arg(value_parser = id_value::<TopicId>, add = candidates::topics())]
        id: TopicId,
        /// Its new title, one line
        title: String,
    },
    /// End a topic: no run continues it
    #[command(after_help = "Example:\n  loghop topics close T-001")]
    Close(Which),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// Which topic, such as T-001
    #[arg(value_parser = id_value::<TopicId>, add = candidates::topics())]
    id: TopicId,
}

impl Args {
    /// Lists or shows topics, or changes one.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let topic = match self.verb {
            None | Some(Verb::List) => {
                let topics = store.topics()?;
                out.warnings(&topics.warnings);
                return Ok(list(topics.items, store.config()?.active_topic, out));
            }
            Some(Verb::Show(Which { id })) => {
                let topic = store.topic(id)?.ok_or_else(|| {
                    Error::invalid(format!("topic {id} not found"))
                        .hint("run `loghop topics` to see what there is")
                })?;
                show(&topic, out);
                topic
            }
            Some(Verb::Switch(Which { id })) => {
                let topic = store.switch_topic(id)?;
                out.success(&format!("runs continue topic {id}: {}", topic.title));
                topic
            }
            Some(Verb::Rename { id, title }) => {
                check(&title)?;
                let topic = store.rename_topic(id, &title, context.now)?;
                out.success(&format!("renamed topic {id}: {}", topic.title));
                topic
            }
            Some(Verb::Close(Which { id })) => {
                let topic = store.close_topic(id, context.now)?;
                out.success(&format!("closed topic {id}: {}", topic.title));
                topic
            }
        };
        Ok(Answer::ok(json::topic(&topic)))
    }
}

/// Open topics first, those that changed last before others.
fn list(mut topics: Vec<Topic>, active: Option<TopicId>, out: &mut Printer) -> Answer {
    topics.sort_by_key(|topic| {
        let is_open = topic.state == TopicState::Active;
        std::cmp::Reverse((is_open, topic.updated.or(topic.created), topic.id))
    });
    let values: Vec<Value> = topics.iter().map(json::topic).collect();
    if topics.is_empty() {
        out.info("no topics yet");
        out.hint("`loghop run` makes one from the goal");
        return Answer::ok(json!({"topics": values}));
    }
    let rows: Vec<Vec<String>> =
        topics.iter().map(|topic| row(topic, active == Some(topic.id))).collect();
    let headers = ["id", "active", "status", "sessions", "updated", "title"];
    out.table("topics", &headers, &rows);
    Answer::ok(json!({"topics": values}))
}

fn row(topic: &Topic, is_active: bool) -> Vec<String> {
    let mark = if is_active { "*" } else { "" };
    vec![
        topic.id.to_string(),
        mark.to_owned(),
        state(topic).to_owned(),
        topic.sessions.len().to_string(),
        updated(topic),
        topic.title.clone(),
    ]
}

fn show(topic: &Topic, out: &mut Printer) {
    let rows = [
        ("id", topic.id.to_string()),
        ("title", topic.title.clone()),
        ("status", state(topic).to_owned()),
        ("sessions", topic.sessions.len().to_string()),
        ("updated", updated(topic)),
    ];
    out.section("topic", &rows);
    if !topic.sessions.is_empty() {
        out.line("sessions:");
    }
    for session in &topic.sessions {
        out.line(&format!("  - {session}"));
    }
    for todo in &topic.todos_pending {
        out.line(&format!("  to do: {todo}"));
    }
}

fn state(topic: &Topic) -> &'static str {
    match topic.state {
        TopicState::Active => "active",
        TopicState::Closed => "closed",
    }
}

fn updated(topic: &Topic) -> String {
    topic.updated.or(topic.created).map(|at| at.to_string()).unwrap_or_default()
}

/// Whether a text can be a title: what can be a goal.
fn check(title: &str) -> Result<()> {
    goal::check(title).map_err(|error| Error::invalid(error.message.replace("goal", "title")))
}
