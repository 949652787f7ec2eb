//! What the user's own arguments already say: a subcommand, a session that they chose, words for
//! the system prompt, another folder. Knows the clients' options so far as it must to tell an
//! option's value from a prompt; what it does not know it leaves where it is.

use std::ffi::{OsStr, OsString};

use super::Provider;

/// Which session the arguments choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Choice {
    /// None: a new one, which may get an id of ours.
    #[default]
    New,
    /// A new one with this id.
    Named(String),
    /// An earlier one goes on; its id, where the arguments tell it.
    Resumed(Option<String>),
    /// A copy of an earlier one goes on under a new id.
    Forked,
}

/// The arguments, understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Understood {
    /// They name a subcommand or only ask for information: nothing is added to them.
    pub(super) command: Option<String>,
    /// Which session they choose.
    pub(super) choice: Choice,
    /// A prompt is among them.
    pub(super) has_prompt: bool,
    /// The client prints and ends.
    pub(super) print: bool,
    /// A reason why the client will write no transcript.
    pub(super) unrecorded: Option<&'static str>,
    /// The client works in this folder instead.
    pub(super) folder: Option<OsString>,
    /// Claude: the words of `--append-system-prompt`, taken out of `rest`.
    pub(super) append_text: Option<String>,
    /// Claude: the file of `--append-system-prompt-file`, taken out of `rest`.
    pub(super) append_file: Option<OsString>,
    /// Codex: the raw TOML of `-c developer_instructions=`, taken out of `rest`.
    pub(super) developer_instructions: Option<String>,
    /// Codex: the profile that is layered on top of the user's configuration.
    pub(super) profile: Option<String>,
    /// Codex `resume`: a session is named or `--last` is given, so that a prompt may follow.
    pub(super) takes_prompt: bool,
    /// All the others, in their order.
    pub(super) rest: Vec<OsString>,
}

/// Subcommands of Codex that work on a task, and so write a transcript.
const RECORDED_COMMANDS: &[&str] = &["exec", "e", "review"];

impl Understood {
    /// Why `provider` will write no transcript, if so.
    pub(super) fn why_unrecorded(&self, provider: Provider) -> Option<String> {
        let recorded = |command: &&String| {
            provider == Provider::Codex && RECORDED_COMMANDS.contains(&command.as_str())
        };
        match &self.command {
            Some(command) if !recorded(&command) => {
                Some(format!("`{} {command}` keeps no transcript", provider.as_str()))
            }
            _ => self.unrecorded.map(str::to_owned),
        }
    }
}

/// How many values an option takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    None,
    One,
    /// One if the next argument does not look like an option.
    Optional,
    /// All up to the next option.
    Many,
}

/// Reads `args` as `provider` would.
pub(super) fn understand(provider: Provider, args: &[OsString]) -> Understood {
    let mut reader = Reader { provider, args, at: 0, found: Understood::default() };
    while reader.at < args.len() {
        reader.step();
    }
    reader.found
}

/// Whether the user's arguments only say how the client works, so that it can be started with them
/// a second time: they name no subcommand, choose no session and ask nothing.
pub fn are_settings(provider: Provider, args: &[OsString]) -> bool {
    let understood = understand(provider, args);
    let asks = understood.has_prompt || understood.print || understood.command.is_some();
    understood.choice == Choice::New && !asks
}

struct Reader<'a> {
    provider: Provider,
    args: &'a [OsString],
    at: usize,
    found: Understood,
}

impl Reader<'_> {
    /// Reads one option with its values, or one word.
    fn step(&mut self) {
        let start = self.at;
        let word = self.args[start].to_string_lossy().into_owned();
        self.at += 1;
        if word == "--" {
            self.found.has_prompt |= self.at < self.args.len();
            self.found.rest.extend_from_slice(&self.args[start..]);
            self.at = self.args.len();
        } else if word.len() > 1 && word.starts_with('-') {
            self.option(start, &word);
        } else {
            self.word(&word);
            self.found.rest.push(self.args[start].clone());
        }
    }

    fn option(&mut self, start: usize, word: &str) {
        let (name, glued) = split_option(self.provider, word);
        let values = values_of(self.provider, name);
        if glued.is_none() {
            self.skip(values);
        }
        let next = self.args[start + 1..self.at].first().cloned();
        let value = glued.map(OsString::from).or(next);
        let taken = match self.provider {
            Provider::Claude => self.claude(name, value.as_deref()),
            Provider::Codex => self.codex(name, value.as_deref()),
            // Nobody knows the options of a person's own program.
            Provider::Own(_) => false,
        };
        if !taken {
            self.found.rest.extend_from_slice(&self.args[start..self.at]);
        }
    }

    fn skip(&mut self, values: Values) {
        let rest = &self.args[self.at..];
        let words = rest.iter().take_while(|arg| !arg.as_encoded_bytes().starts_with(b"-"));
        self.at += match values {
            Values::None => 0,
            Values::One => rest.len().min(1),
            Values::Optional => words.count().min(1),
            Values::Many => words.count(),
        };
    }

    /// Notes an option of Claude Code; true if it is taken out.
    fn claude(&mut self, name: &str, value: Option<&OsStr>) -> bool {
        let found = &mut self.found;
        let text = || value.map(|v| v.to_string_lossy().into_owned());
        match name {
            "-h" | "--help" | "-v" | "--version" => found.command = Some(name.to_owned()),
            "-p" | "--print" => found.print = true,
            "-c" | "--continue" | "--from-pr" => found.choose(Choice::Resumed(None)),
            "-r" | "--resume" => found.choose(Choice::Resumed(text().filter(|t| is_uuid(t)))),
            "--session-id" => found.choose(text().map_or(Choice::Resumed(None), Choice::Named)),
            "--fork-session" => found.choice = Choice::Forked,
            "--no-session-persistence" => {
                found.unrecorded = Some("`--no-session-persistence` was given");
            }
            "--bg" | "--background" => {
                found.unrecorded = Some("the assistant runs in the background");
            }
            "--append-system-prompt" => {
                found.append_text = text();
                return true;
            }
            "--append-system-prompt-file" => {
                found.append_file = value.map(OsStr::to_owned);
                return true;
            }
            _ => {}
        }
        false
    }

    /// Notes an option of Codex; true if it is taken out.
    fn codex(&mut self, name: &str, value: Option<&OsStr>) -> bool {
        let found = &mut self.found;
        let text = || value.map(|v| v.to_string_lossy().into_owned());
        match name {
            "-h" | "--help" | "-V" | "--version" => found.command = Some(name.to_owned()),
            "-C" | "--cd" => found.folder = value.map(OsStr::to_owned),
            "-p" | "--profile" => found.profile = text(),
            "--last" => found.takes_prompt = true,
            "--ephemeral" => found.unrecorded = Some("`--ephemeral` was given"),
            "-c" | "--config" => {
                let own = text().and_then(|t| {
                    let (key, value) = t.split_once('=')?;
                    (key.trim() == "developer_instructions").then(|| value.trim().to_owned())
                });
                if own.is_some() {
                    found.developer_instructions = own;
                    return true;
                }
            }
            _ => {}
        }
        false
    }

    /// Notes a word that is not an option: a subcommand, a session or a prompt.
    fn word(&mut self, word: &str) {
        let found = &mut self.found;
        let codex_session = self.provider == Provider::Codex
            && matches!(found.choice, Choice::Resumed(_) | Choice::Forked);
        if codex_session && !found.takes_prompt {
            found.takes_prompt = true;
            if let Choice::Resumed(id) = &mut found.choice {
                *id = Some(word.to_owned()).filter(|w| is_uuid(w));
            }
        } else if codex_session || found.has_prompt || found.command.is_some() {
            found.has_prompt = true;
        } else if self.provider == Provider::Codex && word == "resume" {
            found.choice = Choice::Resumed(None);
        } else if self.provider == Provider::Codex && word == "fork" {
            found.choice = Choice::Forked;
        } else if holds(words(self.provider).commands, word) {
            found.command = Some(word.to_owned());
        } else {
            found.has_prompt = true;
        }
    }
}

impl Understood {
    /// A fork stays one, whatever names the session that it starts from.
    fn choose(&mut self, choice: Choice) {
        if self.choice != Choice::Forked {
            self.choice = choice;
        }
    }
}

/// `--name=value`, and for Codex also `-cvalue`.
fn split_option(provider: Provider, word: &str) -> (&str, Option<&str>) {
    if word.starts_with("--") {
        return word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    }
    let glued = provider == Provider::Codex
        && word.len() > 2
        && word.is_char_boundary(2)
        && values_of(provider, &word[..2]) != Values::None;
    if glued { (&word[..2], Some(word[2..].trim_start_matches('='))) } else { (word, None) }
}

/// Words of a client's command line that we must know, with blanks between.
struct Words {
    /// Options that take one value.
    one: &'static str,
    /// Options that may take one.
    optional: &'static str,
    /// Options that take several.
    many: &'static str,
    /// Subcommands, which our options would break (`resume` and `fork` of Codex apart).
    commands: &'static str,
}

const CLAUDE: Words = Words {
    one: "\
        --agent --agents --append-system-prompt --append-system-prompt-file --debug-file \
        --effort --fallback-model --input-format --json-schema --max-budget-usd --max-turns \
        --model -n --name --output-format --permission-mode --permission-prompt-tool \
        --plugin-dir --plugin-url --remote-control-session-name-prefix --session-id \
        --setting-sources --settings --system-prompt --system-prompt-file",
    optional: "\
        -d --debug --from-pr --prompt-suggestions --remote-control -r --resume -w --worktree",
    many: "\
        --add-dir --allowedTools --allowed-tools --betas --disallowedTools \
        --disallowed-tools --file --mcp-config --tools",
    commands: "\
        agents auth auto-mode doctor gateway install mcp plugin plugins project setup-token \
        ultrareview update upgrade",
};

const CODEX: Words = Words {
    one: "\
        -c --config --enable --disable --remote --remote-auth-token-env -m --model \
        --local-provider -p --profile -s --sandbox -C --cd --add-dir -a --ask-for-approval",
    optional: "",
    many: "-i --image",
    commands: "\
        agents exec e review login logout mcp mcp-server plugin app-server remote-control \
        completion update doctor sandbox debug apply a queue archive delete migrate-rollouts \
        migrate-nfs-db unarchive cloud exec-server features help",
};

const NONE: Words = Words { one: "", optional: "", many: "", commands: "" };

fn words(provider: Provider) -> &'static Words {
    match provider {
        Provider::Claude => &CLAUDE,
        Provider::Codex => &CODEX,
        Provider::Own(_) => &NONE,
    }
}

fn values_of(provider: Provider, name: &str) -> Values {
    let words = words(provider);
    if holds(words.one, name) {
        Values::One
    } else if holds(words.optional, name) {
        Values::Optional
    } else if holds(words.many, name) {
        Values::Many
    } else {
        Values::None
    }
}

fn holds(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}

/// Whether it has the form of a session id: 8-4-4-4-12 hex digits.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01a1faf9-db35-7881-901e-45df12d61a14";

    fn read(provider: Provider, args: &[&str]) -> Understood {
        let args: Vec<OsString> = args.iter().map(Into::into).collect();
        understand(provider, &args)
    }

    fn claude(args: &[&str]) -> Understood {
        read(Provider::Claude, args)
    }

    fn codex(args: &[&str]) -> Understood {
        read(Provider::Codex, args)
    }

    #[test]
    fn claude_sessions_are_recognised() {
        assert_eq!(claude(&[]).choice, Choice::New);
        assert_eq!(claude(&["-c"]).choice, Choice::Resumed(None));
        assert_eq!(claude(&["--resume", ID]).choice, Choice::Resumed(Some(ID.into())));
        assert_eq!(claude(&["--resume=some name"]).choice, Choice::Resumed(None));
        assert_eq!(claude(&["-r"]).choice, Choice::Resumed(None));
        assert_eq!(claude(&["--session-id", ID]).choice, Choice::Named(ID.into()));
        assert_eq!(claude(&["--fork-session", "-r", ID]).choice, Choice::Forked);
        assert_eq!(claude(&["-r", ID, "--fork-session"]).choice, Choice::Forked);
    }

    #[test]
    fn claude_values_are_not_taken_for_commands_or_prompts() {
        assert_eq!(claude(&["--model", "mcp"]).command, None);
        assert_eq!(claude(&["mcp", "list"]).command.as_deref(), Some("mcp"));
        assert_eq!(claude(&["--version"]).command.as_deref(), Some("--version"));
        assert!(!claude(&["--add-dir", "a", "b", "--verbose"]).has_prompt);
        assert!(claude(&["--verbose", "do it"]).has_prompt);
        assert_eq!(claude(&["do it", "mcp"]).command, None);
        assert_eq!(claude(&["--", "mcp"]).command, None);
        assert!(claude(&["--", "mcp"]).has_prompt);
        assert!(claude(&["-p", "do it"]).print);
        assert!(claude(&["--no-session-persistence"]).unrecorded.is_some());
    }

    #[test]
    fn claude_system_prompts_are_taken_out() {
        let found = claude(&["--verbose", "--append-system-prompt", "be brief", "go"]);
        assert_eq!(found.append_text.as_deref(), Some("be brief"));
        assert_eq!(found.rest, ["--verbose", "go"].map(OsString::from));
        let found = claude(&["--append-system-prompt-file=/tmp/p.md"]);
        assert_eq!(found.append_file, Some("/tmp/p.md".into()));
        assert!(found.rest.is_empty());
    }

    #[test]
    fn codex_sessions_and_commands_are_recognised() {
        assert_eq!(codex(&["resume", ID]).choice, Choice::Resumed(Some(ID.into())));
        assert!(codex(&["resume", ID]).takes_prompt);
        assert!(!codex(&["resume", ID]).has_prompt);
        assert!(codex(&["resume", "--last", "go on"]).has_prompt);
        assert!(!codex(&["resume"]).takes_prompt);
        assert_eq!(codex(&["-m", "resume", "fork", ID]).choice, Choice::Forked);
        assert_eq!(codex(&["exec", "go"]).command.as_deref(), Some("exec"));
        assert_eq!(codex(&["login"]).command.as_deref(), Some("login"));
        assert_eq!(codex(&["fix login"]).command, None);
        assert_eq!(codex(&["-C", "/tmp/x"]).folder, Some("/tmp/x".into()));
        assert_eq!(codex(&["-C/tmp/x"]).folder, Some("/tmp/x".into()));
    }

    #[test]
    fn codex_instructions_are_taken_out() {
        for args in [
            &["-c", "developer_instructions=\"short\""][..],
            &["-cdeveloper_instructions=\"short\""],
            &["--config=developer_instructions = \"short\""],
        ] {
            let found = codex(args);
            assert_eq!(found.developer_instructions.as_deref(), Some("\"short\""), "{args:?}");
            assert!(found.rest.is_empty());
        }
        let found = codex(&["-c", "model=\"x\"", "-p", "work"]);
        assert_eq!(found.rest.len(), 4);
        assert_eq!(found.profile.as_deref(), Some("work"));
    }
}
