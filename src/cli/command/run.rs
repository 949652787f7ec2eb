//! `loghop run`: works with an assistant, beside what is known about the task.

use serde_json::json;

use super::launch::Launch;
use super::{available, init};
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::cli::stdin;
use crate::error::{Error, Kind, Result};
use crate::git;
use crate::host::terminal;
use crate::model::{Ending, Session};
use crate::provider::Provider;
use crate::run::{self, Run, RunOutcome, RunRequest, Said, Way};

/// Lines of an assistant's errors that are told: a reason, not a log.
const LAST_LINES: usize = 5;

/// Work with an assistant, from where the last one stopped
///
/// On a terminal: your own Claude Code or Codex in a split screen. Elsewhere, or with --headless:
/// its print mode. Either way the session is recorded, without the secrets in it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  loghop run
  loghop run --provider codex --goal \"fix the login test\"
  loghop run --headless --prompt \"say what is left to do\"
  loghop run --provider claude -- --model opus")]
pub(crate) struct Args {
    /// A registered project or a path [default: this repository]
    #[arg(add = candidates::projects())]
    project: Option<String>,
    #[command(flatten)]
    launch: Launch,
}

impl Args {
    /// Starts the assistant.
    pub(crate) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        start(self.launch.request(self.project, false)?, context, out)
    }
}

/// Offers to make a project where there is none. Whoever says no, and whoever cannot be asked, is
/// told by the run itself what is missing.
fn offer_project(request: &RunRequest, context: &Context, out: &mut Printer) -> Result<()> {
    if context.is_in_project()? || request.project.is_some() {
        return Ok(());
    }
    let Some(root) = git::root(&context.cwd, &context.env) else { return Ok(()) };
    if out.confirm(&format!("make `{}` a loghop project?", context.shown(&root)))? {
        init::make(&root, context)?;
    }
    Ok(())
}

/// Tells how a run went: what is kept, what to do next, and an exit code. A child that failed is
/// an answer of ours, not an error: the session is recorded all the same.
fn tell(
    request: &RunRequest,
    outcome: &RunOutcome,
    context: &Context,
    out: &mut Printer,
) -> Answer {
    let RunOutcome { earlier, last, .. } = outcome;
    out.warnings(&outcome.warnings);
    for run in earlier {
        // The run went on: what ended one assistant is no error of the whole.
        let failed = failure(run).map(|error| format!("{}: {}", run.session.id, error.message));
        tell_of(run, failed.as_slice(), &run.last_words, out);
    }
    let failed = failure(last);
    if let Some(error) = &failed {
        out.error(error);
    }
    let words = match last.last_words.as_str() {
        "" if failed.is_some() => last_lines(&outcome.stderr),
        words => words.to_owned(),
    };
    tell_of(last, &[], &words, out);
    let others: Vec<Provider> =
        available(&context.env).filter(|other| *other != last.provider).collect();
    out.hint(&next_step(request, &last.session, &others));
    answer(outcome)
}

/// Tells what is kept of one assistant's part, and what it said last where that is worth it.
fn tell_of(run: &Run, failed: &[String], words: &str, out: &mut Printer) {
    let Run { provider, session, ending, .. } = run;
    out.warnings(failed);
    out.warnings(&run.warnings);
    if !words.is_empty() {
        let words = words.replace('\n', "\n  ");
        out.info(&format!("{} said last:\n  {words}", provider.as_str()));
    }
    let handed = match ending {
        Ending::Switched if session.hit_limit() => {
            format!(" of {}, handed over at its usage limit", provider.as_str())
        }
        Ending::Switched => format!(" of {}, handed over", provider.as_str()),
        _ => String::new(),
    };
    let captured = session.captured();
    out.success(&format!("recorded session {}{handed}: {captured}", session.id));
    if let Some(witnesses) = &session.witnesses {
        match witnesses.recovered {
            0 => out.detail(&format!("witnesses: {witnesses}")),
            _ => out.info(&format!("witnesses: {witnesses}")),
        }
    }
    if let Some(id) = session.handoff {
        out.detail(&format!("it started from handoff {id}"));
    }
}

/// The end of what an assistant printed on its error stream.
fn last_lines(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

/// What a person can do after this session; `others` are the other assistants that are here.
fn next_step(request: &RunRequest, session: &Session, others: &[Provider]) -> String {
    let project = request.project.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let again = format!("loghop run{project}");
    if !session.is_useful() {
        let why = if request.prompt.is_some() {
            "nothing of it was captured"
        } else {
            "nothing was asked in it"
        };
        return format!("{why}: `{again}` starts from where it started");
    }
    let other = others.first().map(|other| {
        (format!("`{again} --provider {}`", other.as_str()), format!("with {}", other.title()))
    });
    match other {
        None => format!("`{again}` goes on from here"),
        Some((other, with)) if session.stop_reason.is_some() => {
            format!("{other} goes on from here {with}, `{again}` once {} can", session.provider)
        }
        Some((other, with)) => format!("`{again}` goes on from here, {other} {with}"),
    }
}

fn answer(outcome: &RunOutcome) -> Answer {
    let Run { provider, session, ending, .. } = &outcome.last;
    let mut result = failure(&outcome.last).as_ref().map(json::failure).unwrap_or_default();
    result.extend(json::object(json!({
        "id": session.handoff.map(|id| id.to_string()),
        "session_id": session.id.to_string(),
        "provider": provider.as_str(),
        "returncode": ending.returncode().and_then(|code| code.parse::<i64>().ok()),
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "stop_reason": session.stop_reason,
    })));
    Answer { code: ending.exit_code(), result }
}

/// What there is to say about an ending that is not a good one.
fn failure(run: &Run) -> Option<Error> {
    let name = run.provider.as_str();
    match &run.ending {
        Ending::Exited(0) | Ending::Switched => None,
        Ending::Exited(_) if run.session.needs_sign_in() => Some(
            Error::new(Kind::ProviderAuthMissing, format!("nobody is signed in to {name}"))
                .hint(format!("start `{name}` by itself once and sign in")),
        ),
        Ending::Exited(code) => {
            let why = match run.session.stop_reason.as_deref() {
                Some("usage_limit") => format!("{name} stopped at its usage limit (code {code})"),
                Some("overloaded") => format!("the service of {name} is overloaded (code {code})"),
                _ => format!("{name} exited with code {code}"),
            };
            Some(Error::new(Kind::ProviderNonzero, why))
        }
        Ending::Signalled(2) | Ending::Interrupted | Ending::FoundDead => {
            Some(Error::new(Kind::Interrupted, "interrupted"))
        }
        Ending::Signalled(signal) => {
            Some(Error::new(Kind::ProviderNonzero, format!("{name} was ended by signal {signal}")))
        }
        Ending::TimedOut => Some(Error::new(Kind::Timeout, format!("{name} timed out"))),
        Ending::LaunchFailed(why) => Some(Error::new(
            Kind::ProviderLaunchFailed,
            format!("{name} could not be started: {why}"),
        )),
    }
}

/// Runs what was asked for and tells how it went.
pub(super) fn start(
    mut request: RunRequest,
    context: &Context,
    out: &mut Printer,
) -> Result<Answer> {
    if request.interactive && out.look().json && !terminal::is_terminal() {
        return Err(Error::invalid(
            "`--interactive` gives stdout to the assistant, not to `--json`",
        )
        .hint("leave one of them out"));
    }
    offer_project(&request, context, out)?;
    if request.prompt.is_none() && request.way(&context.env) == Way::Headless {
        let limit = request.timeout.unwrap_or(run::HEADLESS_TIMEOUT);
        request.prompt = stdin::prompt(limit, &mut || {
            out.info("reading the prompt from standard input (`--prompt` gives it directly)");
        })?;
    }
    let mut say = |said: Said<'_>| out.say(said);
    let outcome = run::run(&request, &context.cwd, &context.env, context.now, &mut say)?;
    Ok(tell(&request, &outcome, context, out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::{HandoffId, SessionId};

    fn outcome(ending: Ending) -> RunOutcome {
        let now = Timestamp::from_second(0);
        let provider = Provider::Codex;
        let mut session = Session::start(SessionId(4), provider.name(), String::new(), now);
        session.handoff = Some(HandoffId(4));
        let last = Run {
            provider,
            session,
            read: Vec::new(),
            ending,
            last_words: String::new(),
            warnings: Vec::new(),
        };
        RunOutcome {
            earlier: Vec::new(),
            last,
            stdout: "boom\n".into(),
            stderr: String::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn what_is_said_about_an_ending_fits_its_exit_code() {
        let table = [
            (Ending::Exited(0), None),
            (Ending::Switched, None),
            (Ending::Exited(3), Some("codex exited with code 3")),
            (Ending::Signalled(9), Some("codex was ended by signal 9")),
            (Ending::Signalled(2), Some("interrupted")),
            (Ending::Interrupted, Some("interrupted")),
            (Ending::TimedOut, Some("codex timed out")),
            (Ending::LaunchFailed("gone".into()), Some("codex could not be started: gone")),
        ];
        for (ending, message) in table {
            let outcome = outcome(ending);
            let failure = failure(&outcome.last);
            assert_eq!(failure.as_ref().map(|error| error.message.as_str()), message);
            let code = failure.map_or(0, |error| error.kind.exit_code());
            assert_eq!(code, outcome.last.ending.exit_code(), "{:?}", outcome.last.ending);
        }
    }

    #[test]
    fn why_an_assistant_gave_up_is_said() {
        let table = [
            ("usage_limit", "codex stopped at its usage limit (code 1)"),
            ("overloaded", "the service of codex is overloaded (code 1)"),
            ("error", "codex exited with code 1"),
        ];
        for (reason, message) in table {
            let mut outcome = outcome(Ending::Exited(1));
            outcome.last.session.stop_reason = Some(reason.to_owned());
            assert_eq!(failure(&outcome.last).unwrap().message, message);
            assert_eq!(answer(&outcome).result["stop_reason"], reason);
        }
    }

    #[test]
    fn the_answer_has_the_keys_that_scripts_know() {
        let good = answer(&outcome(Ending::Exited(0)));
        let keys: Vec<&str> = good.result.keys().map(String::as_str).collect();
        let known = ["id", "provider", "returncode", "session_id", "stderr", "stdout"];
        assert_eq!(keys, [&known[..], &["stop_reason"]].concat());
        assert_eq!((good.code, &good.result["returncode"]), (0, &json!(0)));
        let bad = answer(&outcome(Ending::Exited(3)));
        assert_eq!((bad.code, &bad.result["returncode"]), (10, &json!(3)));
        assert_eq!(bad.result["error_code"], "E_PROVIDER_NONZERO");
    }
}
