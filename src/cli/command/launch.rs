//! The flags that every way of starting an assistant shares, and what they ask for.

use std::ffi::OsString;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};

use super::{goal, id_value};
use crate::cli::candidates;
use crate::env::Env;
use crate::error::Result;
use crate::handoff::Detail;
use crate::model::{ProviderName, TopicId};
use crate::provider;
use crate::recorder::layout::Place;
use crate::run::{RunRequest, TopicChoice};

/// Reads the name of an assistant. Whether there is such a one is known only later: it may be one
/// of the person's own, or of an old session.
pub(super) fn provider_value() -> impl TypedValueParser<Value = ProviderName> {
    NonEmptyStringValueParser::new().map(|name| ProviderName::new(name.trim().to_ascii_lowercase()))
}

/// Whether there is such an assistant, asked where nothing was found of it.
pub(super) fn require_known(name: Option<&ProviderName>, env: &Env) -> Result<()> {
    name.map_or(Ok(()), |name| provider::find(name.as_str(), env).map(drop))
}

/// Reads a time limit.
fn seconds_value(text: &str) -> Result<u64, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| "a limit is a whole number of seconds, at least 1".to_owned())
}

/// Reads the word for where the panel stands.
fn layout_value() -> impl TypedValueParser<Value = Place> {
    let words = [Place::Auto, Place::Right, Place::Bottom, Place::Hidden].map(Place::as_word);
    PossibleValuesParser::new(words).map(|word| Place::from_word(&word).unwrap_or_default())
}

/// Reads how much of the earlier sessions is told.
fn detail_value() -> impl TypedValueParser<Value = Detail> {
    PossibleValuesParser::new(["brief", "normal", "full"]).map(|word| match word.as_str() {
        "brief" => Detail::Brief,
        "full" => Detail::Full,
        _ => Detail::Normal,
    })
}

/// Which assistant, what for, and in which topic.
#[derive(Debug, clap::Args)]
pub(super) struct Task {
    /// The assistant: claude, codex or your own [default: the last useful one, else the first]
    #[arg(long, value_name = "NAME", value_parser = provider_value(), add = candidates::providers())]
    pub(super) provider: Option<ProviderName>,
    /// What this run is for [default: the project's goal]
    #[arg(long, value_name = "TEXT")]
    pub(super) goal: Option<String>,
    /// Continue this topic, such as T-001
    #[arg(long, value_name = "ID", conflicts_with_all = ["new_topic", "no_topic"],
          value_parser = id_value::<TopicId>, add = candidates::topics())]
    topic: Option<TopicId>,
    /// Start a new topic from the goal
    #[arg(long, conflicts_with = "no_topic")]
    new_topic: bool,
    /// Belong to no topic
    #[arg(long)]
    no_topic: bool,
    /// How much the handoff tells of earlier sessions
    #[arg(long, value_parser = detail_value(), default_value = "normal", value_name = "HOW")]
    pub(super) detail: Detail,
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
    #[arg(long, value_name = "SECONDS", value_parser = seconds_value)]
    timeout: Option<u64>,
    /// Where loghop is not on a terminal: give the assistant our streams, not its print mode
    #[arg(long, conflicts_with = "headless")]
    interactive: bool,
    /// Use the assistant's print mode, even on a terminal
    #[arg(long)]
    headless: bool,
    /// What the assistant is asked first [default: nothing; headless: stdin, else to go on]
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// Where the panel stands [default: as last time in this project]
    #[arg(long, value_parser = layout_value())]
    layout: Option<Place>,
    /// Record no screen; the transcript is kept all the same
    #[arg(long)]
    no_record: bool,
    /// Tell the assistant nothing about earlier sessions
    #[arg(long)]
    no_handoff: bool,
    /// When an assistant takes over that was here before, start it anew
    #[arg(long)]
    fresh: bool,
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
            detail: self.task.detail,
            layout: self.layout,
            prompt: self.prompt,
            provider_args: self.provider_args,
            project,
            resume,
            fresh: self.fresh,
            guides: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        launch: Launch,
    }

    fn request(line: &str) -> Result<RunRequest, String> {
        let argv = ["loghop"].into_iter().chain(line.split_whitespace());
        let line = Line::try_parse_from(argv).map_err(|error| error.to_string())?;
        line.launch.request(None, false).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_said_leaves_everything_open() {
        let plain = request("").unwrap();
        assert_eq!((plain.provider, plain.goal, plain.topic), (None, None, TopicChoice::Default));
        assert_eq!((plain.timeout, plain.layout, plain.prompt), (None, None, None));
        assert!(plain.record && plain.handoff && !plain.headless && !plain.interactive);
        assert!(plain.provider_args.is_empty());
    }

    #[test]
    fn flags_say_what_they_mean() {
        let line = "--provider codex --goal g --topic T-002 --timeout 90 --headless --prompt p \
                    --layout bottom --no-record --no-handoff -- --model opus -p";
        let full = request(line).unwrap();
        assert_eq!(full.provider, Some(ProviderName::codex()));
        assert_eq!(full.topic, TopicChoice::Existing(TopicId(2)));
        assert_eq!(full.timeout, Some(Duration::from_secs(90)));
        assert_eq!(full.layout, Some(Place::Bottom));
        assert!(full.headless && !full.record && !full.handoff);
        assert_eq!(full.provider_args, ["--model", "opus", "-p"]);
        assert_eq!(request("--new-topic").unwrap().topic, TopicChoice::New);
        assert_eq!(request("--no-topic").unwrap().topic, TopicChoice::None);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for line in [
            "--new-topic --no-topic",
            "--topic T-001 --new-topic",
            "--headless --interactive",
            "--timeout 0",
            "--timeout -1",
            "--topic 7",
            "--layout top",
        ] {
            assert!(request(line).is_err(), "{line}");
        }
    }
}
