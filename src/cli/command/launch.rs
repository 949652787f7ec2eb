//! The flags that every way of starting an assistant shares, and what they ask for.

use std::ffi::OsString;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::{goal, id_value};
use crate::error::Result;
use crate::model::{ProviderName, TopicId};
use crate::provider::Provider;
use crate::recorder::layout::Place;
use crate::run::{RunRequest, TopicChoice};

/// Reads the name of an assistant.
pub(super) fn provider_value() -> impl TypedValueParser<Value = ProviderName> {
    PossibleValuesParser::new(Provider::ALL.map(Provider::as_str)).map(ProviderName::new)
}

/// Reads the word for where the panel stands.
fn layout_value() -> impl TypedValueParser<Value = Place> {
    let words = [Place::Auto, Place::Right, Place::Bottom, Place::Hidden].map(Place::as_word);
    PossibleValuesParser::new(words).map(|word| Place::from_word(&word).unwrap_or_default())
}

/// Which assistant, what for, and in which topic.
#[derive(Debug, clap::Args)]
pub(super) struct Task {
    /// The assistant [default: the last useful session's, else the first installed]
    #[arg(long, value_parser = provider_value())]
    pub(super) provider: Option<ProviderName>,
    /// What this run is for [default: the project's goal]
    #[arg(long, value_name = "TEXT")]
    pub(super) goal: Option<String>,
    /// Continue this topic, such as T-001
    #[arg(long, value_name = "ID", conflicts_with_all = ["new_topic", "no_topic"],
          value_parser = id_value::<TopicId>)]
    topic: Option<TopicId>,
    /// Start a new topic from the goal
    #[arg(long, conflicts_with = "no_topic")]
    new_topic: bool,
    /// Belong to no topic
    #[arg(long)]
    no_topic: bool,
}

impl Task {
    /// Which topic was asked for.
    pub(super) fn topic(&self) -> TopicChoice {
        match self.topic {
            Some(id) => TopicChoice::Existing(id),
            None if self.new_topic => TopicChoice::New,
            None if self.no_topic => TopicChoice::None,
            None => TopicChoice::Default,
        }
    }

    /// The goal, when one was given and it fits in a line.
    pub(super) fn goal(&self) -> Result<Option<String>> {
        self.goal
            .as_deref()
            .map(|text| goal::check(text).map(|()| text.trim().to_owned()))
            .transpose()
    }
}

/// How an assistant is started.
#[derive(Debug, clap::Args)]
pub(super) struct Launch {
    #[command(flatten)]
    task: Task,
    /// Stop the assistant after this long [default: never on a terminal, else 300]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    /// Keep the assistant's own screen, even where loghop is not on a terminal
    #[arg(long, conflicts_with = "headless")]
    interactive: bool,
    /// Use the assistant's print mode, even on a terminal
    #[arg(long)]
    headless: bool,
    /// What a headless run is asked [default: what is piped in, else to go on]
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// Where the panel stands [default: as last time in this project]
    #[arg(long, value_parser = layout_value())]
    layout: Option<Place>,
    /// Write nothing to disk
    #[arg(long)]
    no_record: bool,
    /// Tell the assistant nothing about earlier sessions
    #[arg(long)]
    no_handoff: bool,
    /// Arguments for the assistant itself
    #[arg(last = true, value_name = "ARGS")]
    provider_args: Vec<OsString>,
}

impl Launch {
    /// What was asked for, in the words of a run.
    pub(super) fn request(self, project: Option<String>, resume: bool) -> Result<RunRequest> {
        Ok(RunRequest {
            goal: self.task.goal()?,
            topic: self.task.topic(),
            provider: self.task.provider,
            timeout: self.timeout.map(Duration::from_secs),
            interactive: self.interactive,
            headless: self.headless,
            record: !self.no_record,
            handoff: !self.no_handoff,
            layout: self.layout,
            prompt: self.prompt,
            provider_args: self.provider_args,
            project,
            resume,
        })
    }
}
