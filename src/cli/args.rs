//! The command line as it is typed: the list of commands, and how mistakes are told.

use std::ffi::OsString;

use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::CompleteEnv;

use super::answer::Answer;
use super::candidates;
use super::command::{
    backup, completion, demo, goal, handoff, init, migrate, play, projects, providers, redact,
    resume, run, scrub, sessions, status, switch, timeline, topics, verify,
};
use super::context::Context;
use super::global::{self, Global};
use super::printer::Printer;
use crate::error::{Error, Kind, Result};

/// Headings have no colour of their own, so that they show on light and dark grounds.
const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default().dimmed());

const START: &str = "\
Get started:
  loghop demo               see it work, without an account
  loghop init               set up in a Git repository
  loghop run                work with an assistant, from where the last one stopped
  loghop goal \"ship auth\"   say what it is about

`loghop <command> --help` explains each command with an example.";

/// Hand a task from one AI coding assistant to the other.
#[derive(Debug, Parser)]
#[command(
    name = "loghop",
    styles = STYLES,
    after_help = START,
    subcommand_value_name = "COMMAND",
    max_term_width = 100
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// The commands, in the order of a first day with loghop.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Demo(demo::Args),
    Init(init::Args),
    Goal(goal::Args),
    Run(run::Args),
    Resume(resume::Args),
    Switch(switch::Args),
    Handoff(handoff::Args),
    Status(status::Args),
    Sessions(sessions::Args),
    Topics(topics::Args),
    Timeline(timeline::Args),
    Projects(projects::Args),
    Verify(verify::Args),
    Backup(backup::Args),
    Migrate(migrate::Args),
    Providers(providers::Args),
    Redact(redact::Args),
    Scrub(scrub::Args),
    Completion(completion::Args),
    #[command(hide = true)]
    Play(play::Args),
}

impl Command {
    /// Does what was asked.
    pub(super) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        match self {
            Self::Demo(args) => args.run(context, out),
            Self::Init(args) => args.run(context, out),
            Self::Goal(args) => args.run(context, out),
            Self::Run(args) => args.run(context, out),
            Self::Resume(args) => args.run(context, out),
            Self::Switch(args) => args.run(context, out),
            Self::Handoff(args) => args.run(context, out),
            Self::Status(args) => args.run(context, out),
            Self::Sessions(args) => args.run(context, out),
            Self::Topics(args) => args.run(context, out),
            Self::Timeline(args) => args.run(context, out),
            Self::Projects(args) => args.run(context, out),
            Self::Verify(args) => args.run(context, out),
            Self::Backup(args) => args.run(context, out),
            Self::Migrate(args) => args.run(context, out),
            Self::Providers(args) => args.run(context, out),
            Self::Redact(args) => args.run(context, out),
            Self::Scrub(args) => args.run(context, out),
            Self::Completion(args) => args.run(out),
            Self::Play(args) => args.run(context),
        }
    }
}

/// What came of reading the command line.
pub(super) enum Parsed {
    /// A command to run, or none.
    Cli(Box<Cli>),
    /// Help that was asked for, with colour or without.
    Help(clap::builder::StyledStr),
}

/// Reads the command line (`argv[0]` first).
pub(super) fn parse(argv: Vec<OsString>) -> Result<Parsed> {
    match Cli::try_parse_from(global::hoist(argv)) {
        Ok(cli) => Ok(Parsed::Cli(Box::new(cli))),
        Err(error) if error.kind() == ErrorKind::DisplayHelp => Ok(Parsed::Help(error.render())),
        Err(error) => Err(usage_error(&error)),
    }
}

/// Answers a shell that completes a command line; `false` when none has asked.
pub(super) fn complete(argv: &[OsString]) -> bool {
    let cwd = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(Cli::command).var(candidates::VARIABLE);
    // A shell that cannot be answered completes nothing; a message would land in the command line.
    asked.try_complete(argv.to_vec(), cwd.as_deref()).unwrap_or(true)
}

/// A mistake on the command line in loghop's own voice.
fn usage_error(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    let first = lines.next().unwrap_or("the command line is not understood");
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let listed: Vec<&str> = lines.filter(|line| !line.starts_with('[')).collect();
    let message = match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "no command provided".to_owned()
        }
        _ if listed.is_empty() => first.to_owned(),
        _ => format!("{first} {}", listed.join(", ")),
    };
    let mut told = Error::new(Kind::InvalidInput, message);
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let usage = text.lines().find_map(|line| line.strip_prefix("Usage: ")).unwrap_or("loghop");
        let command = usage.split(['<', '[']).next().unwrap_or(usage).trim();
        told = told.hint(format!("`{command} --help` lists its commands"));
    }
    for (kind, value) in error.context() {
        if let Some(hint) = usage_hint(kind, value) {
            told = told.hint(hint);
        }
    }
    if error.kind() == ErrorKind::InvalidSubcommand
        && error.get(ContextKind::SuggestedSubcommand).is_none()
    {
        told = told.hint("`loghop --help` lists the commands");
    }
    told
}

/// What clap knows about the mistake, as something to do.
fn usage_hint(kind: ContextKind, value: &ContextValue) -> Option<String> {
    let words = match value {
        ContextValue::String(word) => word.clone(),
        ContextValue::Strings(words) if !words.is_empty() => words.join("`, `"),
        ContextValue::StyledStr(text) => text.to_string(),
        _ => return None,
    };
    match kind {
        ContextKind::SuggestedSubcommand
        | ContextKind::SuggestedArg
        | ContextKind::SuggestedValue => Some(format!("did you mean `{words}`?")),
        ContextKind::ValidValue => Some(format!("it can be `{words}`")),
        ContextKind::Usage => {
            let usage = words.trim().trim_start_matches("Usage:");
            let forms: Vec<&str> = usage.lines().map(str::trim).collect();
            Some(format!("usage: `{}`", forms.join("` or `")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_mean_the_same_everywhere() {
        for line in [
            "loghop --json sessions list",
            "loghop sessions --json list",
            "loghop sessions list --json",
        ] {
            let Ok(Parsed::Cli(cli)) = parse(argv(line)) else { panic!("{line}") };
            assert!(cli.global.json, "{line}");
            assert!(matches!(cli.command, Some(Command::Sessions(_))), "{line}");
        }
    }

    #[test]
    fn flags_of_the_assistant_are_left_alone() {
        for line in ["loghop play codex --version", "loghop play codex --help -- --json -p x"] {
            let Ok(Parsed::Cli(cli)) = parse(argv(line)) else { panic!("{line}") };
            assert!(!cli.global.version && !cli.global.json, "{line}");
        }
    }

    #[test]
    fn every_command_has_help_with_an_example() {
        for command in Cli::command().get_subcommands().filter(|c| !c.is_hide_set()) {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} says what it does");
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Example"), "{name} has an example: {after}");
        }
    }

    #[test]
    fn mistakes_are_told_in_one_sentence_with_what_to_do() {
        let Err(error) = parse(argv("loghop statsu")) else { panic!() };
        assert_eq!(error.message, "unrecognized subcommand 'statsu'");
        assert_eq!(error.hints[0], "did you mean `status`?");
        let Err(error) = parse(argv("loghop run --detail nope")) else { panic!() };
        assert_eq!(error.message, "invalid value 'nope' for '--detail <HOW>'");
        assert_eq!(error.hints[0], "it can be `brief`, `normal`, `full`");
    }
}
