//! `loghop timeline`: what happened in this project, across assistants.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::launch::{provider_value, require_known};
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::cli::words::{self, count};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::model::{ProviderName, TimelineEvent};

/// Events shown unless `--limit` says otherwise: a few screens, and weeks of work.
const LIMIT_DEFAULT: usize = 50;
/// The largest number in `--since`: far more than any project is old, and it never overflows.
const SINCE_MAX: i64 = 10_000;
/// To-dos shown of one session; the rest is in `sessions show`.
const TODOS_SHOWN: usize = 4;
/// Changed files shown of one session, likewise.
const FILES_SHOWN: usize = 5;

/// Show what happened, newest first
///
/// Sessions in which nothing was said, or that nobody could sign in to, are hidden; --all-status
/// shows them too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loghop timeline --provider codex --since 7d")]
pub(crate) struct Args {
    /// Only this assistant's
    #[arg(long, value_parser = provider_value(), add = candidates::providers())]
    provider: Option<ProviderName>,
    /// Only what is newer than this: 12h, 7d, 2w
    #[arg(long, value_name = "AGE", value_parser = parse_age)]
    since: Option<Age>,
    /// Everything, also what cannot be continued from
    #[arg(long)]
    all_status: bool,
    /// At most this many events
    #[arg(long, value_name = "N", default_value_t = LIMIT_DEFAULT)]
    limit: usize,
}

/// How long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Age {
    seconds: i64,
}

impl Args {
    /// Shows the timeline.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let oldest = self.since.map(|age| context.now.as_second().saturating_sub(age.seconds));
        let is_wanted = |event: &TimelineEvent| {
            self.provider.as_ref().is_none_or(|name| *name == event.provider)
                && oldest.is_none_or(|s| event.at.is_some_and(|at| at.as_second() >= s))
        };
        let (mut shown, mut hidden) = (Vec::new(), 0);
        let warnings = store.each_recent_event(|event| {
            if shown.len() == self.limit {
                return ControlFlow::Break(());
            }
            if is_wanted(&event) {
                if self.all_status || event.useful { shown.push(event) } else { hidden += 1 }
            }
            ControlFlow::Continue(())
        })?;
        out.warnings(&warnings);
        if shown.is_empty() && hidden == 0 {
            require_known(self.provider.as_ref(), &context.env)?;
        }
        Ok(show(&shown, hidden, out))
    }
}

/// Shows everything that happened.
pub(super) fn show_all(context: &Context, out: &mut Printer) -> Result<Answer> {
    Args { provider: None, since: None, all_status: true, limit: LIMIT_DEFAULT }.run(context, out)
}

fn show(newest_first: &[TimelineEvent], hidden: usize, out: &mut Printer) -> Answer {
    let note = format!("{} hidden; use --all-status", count(hidden, "event"));
    // Scripts know the events oldest first, people read the newest first.
    let events: Vec<Value> = newest_first.iter().rev().map(json::timeline_event).collect();
    if newest_first.is_empty() {
        out.info("no timeline events match");
        if hidden > 0 {
            out.hint(&note);
        } else {
            out.hint("`--since` and `--provider` narrow it; it begins with the first `loghop run`");
        }
        return Answer::ok(json!({"events": events, "hidden": hidden}));
    }
    let mut text = render(newest_first);
    if hidden > 0 {
        let _ = write!(text, "\n{note}\n");
    }
    out.line(text.trim_end());
    Answer::ok(json!({"events": events, "hidden": hidden, "text": text}))
}

/// The timeline as Markdown, by day.
fn render(newest_first: &[TimelineEvent]) -> String {
    let mut text = String::from("# loghop timeline\n");
    let mut day = None;
    for event in newest_first {
        let date = event.at.map(Timestamp::date);
        if day.as_ref() != Some(&date) {
            let shown = date.as_deref().unwrap_or("unknown");
            let _ = write!(text, "\n## {shown}\n\n");
            day = Some(date);
        }
        render_event(event, &mut text);
    }
    text
}

fn render_event(event: &TimelineEvent, text: &mut String) {
    let at = event.at.map_or_else(|| "--:--".to_owned(), Timestamp::hour_minute);
    let (provider, session) = (event.provider.as_str(), event.session);
    let status = words::status(&event.status);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "- {at}  {provider:<6}  {session}  {status}");
    for line in event.notes.summary.trim().lines() {
        let _ = writeln!(text, "  {line}");
    }
    for todo in event.notes.todos_pending.iter().take(TODOS_SHOWN) {
        let _ = writeln!(text, "  TODO: {todo}");
    }
    if !event.files_changed.is_empty() {
        let files: Vec<&str> =
            event.files_changed.iter().take(FILES_SHOWN).map(String::as_str).collect();
        let _ = writeln!(text, "  Files: {}", files.join(", "));
    }
}

/// Reads `12h`, `7d` or `2w`.
fn parse_age(text: &str) -> Result<Age> {
    let wrong = || Error::invalid("ages look like `12h`, `7d` or `2w`");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return Err(wrong()),
    };
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    match digits.parse::<i64>() {
        Ok(n) if n <= SINCE_MAX => Ok(Age { seconds: n * seconds }),
        _ => Err(Error::invalid(format!("at most {SINCE_MAX}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_or_refused() {
        assert_eq!(parse_age("12h").unwrap(), Age { seconds: 43_200 });
        assert_eq!(parse_age("7d").unwrap(), Age { seconds: 604_800 });
        assert_eq!(parse_age("2w").unwrap(), Age { seconds: 1_209_600 });
        for bad in ["", "d", "7", "7m", "-1d", "7 d", "10001d", "99999999999999999999w", "7日"] {
            assert!(parse_age(bad).is_err(), "{bad}");
        }
    }
}
