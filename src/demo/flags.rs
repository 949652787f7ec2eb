//! The command lines of the real clients, as far as loghop and its tests use them.
//!
//! What a client refuses is refused in its words and with its code: a mistake in our own
//! arguments must not pass here and fail there.

use super::nouns::Who;

/// A command line, understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// The id that a new session gets.
    pub(super) session_id: Option<String>,
    /// The session to go on with.
    pub(super) resume: Option<String>,
    /// Text for the system prompt, given on the command line.
    pub(super) append: Option<String>,
    /// A file with such text.
    pub(super) append_file: Option<String>,
    /// Codex' developer instructions.
    pub(super) instructions: Option<String>,
    /// One answer without a terminal.
    pub(super) print: bool,
    /// That answer as a stream of events.
    pub(super) events: bool,
    /// Edits are not asked about.
    pub(super) accepts_edits: bool,
    /// The first prompt.
    pub(super) prompt: Option<String>,
    /// What is printed instead of everything else.
    pub(super) only: Option<Only>,
}

/// Something that a client prints about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    /// Its help.
    Help,
    /// Its version.
    Version,
}

/// A refusal: what is said, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) String, pub(super) u8);

/// Reads a command line.
pub(super) fn read(who: Who, args: &[String]) -> Result<Flags, Refusal> {
    match who {
        Who::Claude => claude(args),
        Who::Codex => codex(args),
    }
}

fn claude(args: &[String]) -> Result<Flags, Refusal> {
    let mut flags = Flags::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || {
            let missing = || Refusal(format!("error: option '{arg}' argument missing"), 1);
            args.next().cloned().ok_or_else(missing)
        };
        match arg.as_str() {
            "--session-id" => flags.session_id = Some(value()?),
            "--resume" | "-r" => flags.resume = Some(value()?),
            "--append-system-prompt" => flags.append = Some(value()?),
            "--append-system-prompt-file" => flags.append_file = Some(value()?),
            "--output-format" => flags.events = value()? == "stream-json",
            "--permission-mode" => flags.accepts_edits = value()? == "acceptEdits",
            "--model" | "--settings" => drop(value()?),
            "-p" | "--print" => flags.print = true,
            "--verbose" | "--include-partial-messages" => {}
            "-h" | "--help" => flags.only = Some(Only::Help),
            "-v" | "--version" => flags.only = Some(Only::Version),
            // No option comes after it.
            "--" => flags.prompt = args.next().cloned(),
            option if option.starts_with('-') => {
                return Err(Refusal(format!("error: unknown option '{option}'"), 1));
            }
            prompt => flags.prompt = Some(prompt.to_owned()),
        }
    }
    if flags.append.is_some() && flags.append_file.is_some() {
        let text = "Error: Cannot use both --append-system-prompt and \
                    --append-system-prompt-file. Please use only one.";
        return Err(Refusal(text.into(), 1));
    }
    if flags.session_id.is_some() && flags.resume.is_some() {
        let text = "Error: --session-id can only be used with --continue or --resume if \
                    --fork-session is also specified.";
        return Err(Refusal(text.into(), 1));
    }
    Ok(flags)
}

fn codex(args: &[String]) -> Result<Flags, Refusal> {
    let mut flags = Flags::default();
    let (mut resumes, mut words) = (false, 0);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || {
            let text = format!("error: a value is required for '{arg}' but none was supplied");
            args.next().cloned().ok_or(Refusal(text, 2))
        };
        match arg.as_str() {
            "--no-daemon" if flags.print => {
                return Err(Refusal("error: unexpected argument '--no-daemon' found".into(), 2));
            }
            "--no-daemon" | "--skip-git-repo-check" => {}
            "-c" | "--config" => {
                let setting = value()?;
                if let Some(text) = setting.strip_prefix("developer_instructions=") {
                    flags.instructions = Some(unquoted(text));
                }
            }
            "-m" | "--model" | "-s" | "--sandbox" | "-a" | "--ask-for-approval" => drop(value()?),
            "--json" if flags.print => flags.events = true,
            "-h" | "--help" => flags.only = Some(Only::Help),
            "-V" | "--version" => flags.only = Some(Only::Version),
            option if option.starts_with('-') && option.len() > 1 => {
                let text = format!("error: unexpected argument '{option}' found");
                return Err(Refusal(text, 2));
            }
            "exec" if words == 0 => flags.print = true,
            "resume" if words == u32::from(flags.print) => resumes = true,
            thread if resumes && flags.resume.is_none() => flags.resume = Some(thread.to_owned()),
            prompt => flags.prompt = Some(prompt.to_owned()),
        }
        words += u32::from(!arg.starts_with('-'));
    }
    Ok(flags)
}

/// A value of `-c`: TOML where it is TOML, else the text itself.
fn unquoted(text: &str) -> String {
    let parsed = format!("value = {text}").parse::<toml::Table>();
    let value = parsed.ok().and_then(|table| table["value"].as_str().map(str::to_owned));
    value.unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(who: Who, line: &[&str]) -> Result<Flags, Refusal> {
        read(who, &line.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_the_real_clients_refuse_is_refused() {
        let both = ["--append-system-prompt", "a", "--append-system-prompt-file", "b"];
        assert_eq!(flags(Who::Claude, &both).unwrap_err().1, 1);
        assert_eq!(flags(Who::Claude, &["--no-such-option"]).unwrap_err().1, 1);
        assert_eq!(flags(Who::Codex, &["exec", "--no-daemon", "x"]).unwrap_err().1, 2);
        assert!(flags(Who::Codex, &["--no-daemon", "exec", "x"]).unwrap().print);
    }

    #[test]
    fn developer_instructions_come_as_toml_or_plain() {
        let told = |setting: &str| flags(Who::Codex, &["-c", setting]).unwrap().instructions;
        let quoted = "developer_instructions=\"two\\nlines\"";
        assert_eq!(told(quoted).as_deref(), Some("two\nlines"));
        assert_eq!(told("developer_instructions=just words").as_deref(), Some("just words"));
        assert_eq!(told("model=x"), None);
    }

    #[test]
    fn resume_takes_a_thread_and_a_prompt() {
        let printed = flags(Who::Codex, &["exec", "--json", "resume", "abc", "-"]).unwrap();
        assert!(printed.print && printed.resume.as_deref() == Some("abc"));
        let flags = flags(Who::Codex, &["--no-daemon", "resume", "abc", "go on"]).unwrap();
        assert_eq!(
            (flags.resume.as_deref(), flags.prompt.as_deref()),
            (Some("abc"), Some("go on"))
        );
    }
}
