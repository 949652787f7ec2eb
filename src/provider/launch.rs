//! How an assistant is started: the program, its arguments, its environment.
//!
//! The user's own arguments always win. Ours go first; where the user's are a subcommand there are
//! none. The brief reaches the assistant without typing and without touching the user's files:
//! Claude Code reads it from a file of ours, Codex gets it as developer instructions, and a session
//! that goes on and keeps its old instructions gets it as the prompt.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::arguments::{Choice, Understood, understand};
use super::capabilities::Capabilities;
use super::environment::{HostTraits, scrub};
use super::{Home, Provider};
use crate::disk::outside;
use crate::env::Env;
use crate::model::{HANDED_OVER, SessionId};

/// Bytes of the longest argument that we make. Linux refuses 131,072.
const ARGUMENT_MAX: usize = 100_000;
/// A handoff that is a prompt is answered at once; the person has asked for nothing yet.
pub const WAIT: &str = "\nloghop hands this over; the person has asked for nothing yet. Say in one \
sentence where the task stands, change nothing, and wait.\n";

/// Bytes of a user's file that is read for instructions; more could not be passed on anyway.
const INSTRUCTIONS_MAX: u64 = 1 << 20;

/// What the assistant is told about the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// The text, already redacted.
    pub text: String,
    /// A file that holds the same text, for clients that read one.
    pub file: PathBuf,
}

/// How the assistant is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In a terminal, by a person.
    Interactive,
    /// It answers one prompt on its standard input and ends; its events come as JSON lines.
    Headless,
}

/// What is to be started.
#[derive(Debug, Clone)]
pub struct LaunchRequest<'a> {
    /// Which assistant.
    pub provider: Provider,
    /// Its program, as `locate` found it.
    pub program: &'a Path,
    /// What that program supports.
    pub capabilities: &'a Capabilities,
    /// The user's own arguments.
    pub args: &'a [OsString],
    /// The folder to start in.
    pub cwd: &'a Path,
    /// The user's environment.
    pub env: &'a Env,
    /// What the user's terminal can do.
    pub host: HostTraits,
    /// The session that this run is.
    pub session: SessionId,
    /// What the assistant is told.
    pub brief: Option<&'a Brief>,
    /// The first prompt.
    pub prompt: Option<&'a str>,
    /// The native session to go on with, unless the user's arguments choose one.
    pub resume: Option<&'a str>,
    /// How it is used.
    pub mode: Mode,
}

/// How to start it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchSpec {
    /// Which assistant it is.
    pub provider: Provider,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Its whole environment.
    pub env: Vec<(OsString, OsString)>,
    /// The folder to start it in.
    pub cwd: PathBuf,
    /// What it gets on its standard input when it has no terminal.
    pub stdin: Vec<u8>,
    /// The id of its session: minted by us or chosen by the user. `None`: not known beforehand.
    pub native_id: Option<String>,
    /// It goes on with an earlier session, whose turns are not ours.
    pub resumed: bool,
    /// It copies an earlier session into a new one.
    pub forked: bool,
    /// Its configuration folder, where its transcripts lie; `None` where nobody knows one.
    pub home: Option<Home>,
    /// The folder that its transcript will name.
    pub work_dir: PathBuf,
    /// Why it will write no transcript, if it will not.
    pub unrecorded: Option<String>,
    /// What a person should know, such as a brief that could not be given.
    pub warnings: Vec<String>,
}

/// Instructions of the user's own that ours must be joined with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserInstructions {
    /// Claude: what `--append-system-prompt-file` names.
    pub append_file: Option<String>,
    /// Codex: `developer_instructions` of the configuration, its profile included.
    pub developer: Option<String>,
}

/// Reads what must be read and says how to start the assistant.
pub fn launch(request: &LaunchRequest<'_>) -> LaunchSpec {
    let understood = understand(request.provider, request.args);
    let home = Home::of(request.provider, request.env, request.cwd);
    let codex = home.as_ref().filter(|_| request.provider == Provider::Codex);
    let own = UserInstructions {
        append_file: understood.append_file.as_ref().and_then(|f| read(&request.cwd.join(f))),
        developer: codex.and_then(|h| configured_instructions(h, understood.profile.as_deref())),
    };
    plan(request, &own)
}

fn configured_instructions(home: &Home, profile: Option<&str>) -> Option<String> {
    let from = |name: &str| {
        let config: toml::Table = read(&home.dir.join(name))?.parse().ok()?;
        Some(config.get("developer_instructions")?.as_str()?.to_owned())
    };
    profile.and_then(|p| from(&format!("{p}.config.toml"))).or_else(|| from("config.toml"))
}

fn read(path: &Path) -> Option<String> {
    let bytes = outside::read(path, INSTRUCTIONS_MAX).ok()??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Says how to start the assistant; touches nothing.
pub fn plan(request: &LaunchRequest<'_>, own: &UserInstructions) -> LaunchSpec {
    let understood = understand(request.provider, request.args);
    let mut spec = blank(request, &understood);
    if understood.command.is_some() {
        spec.args = request.args.to_vec();
        return spec;
    }
    choose_session(request, &understood, &mut spec);
    match request.provider {
        Provider::Claude => claude(request, &understood, own, &mut spec),
        Provider::Codex => codex(request, &understood, own, &mut spec),
        Provider::Own(program) => program.start(request, &mut spec),
    }
    spec
}

fn blank(request: &LaunchRequest<'_>, understood: &Understood) -> LaunchSpec {
    let folder = understood.folder.as_ref().map(|f| request.cwd.join(f));
    LaunchSpec {
        provider: request.provider,
        program: request.program.to_owned(),
        args: Vec::new(),
        env: scrub(request.env, request.host, request.session),
        cwd: request.cwd.to_owned(),
        stdin: Vec::new(),
        native_id: None,
        resumed: false,
        forked: false,
        home: Home::of(request.provider, request.env, request.cwd),
        work_dir: folder.unwrap_or_else(|| request.cwd.to_owned()),
        unrecorded: understood.why_unrecorded(request.provider),
        warnings: Vec::new(),
    }
}

fn choose_session(request: &LaunchRequest<'_>, understood: &Understood, spec: &mut LaunchSpec) {
    match (&understood.choice, request.resume) {
        (Choice::New, Some(id)) => {
            spec.native_id = Some(id.to_owned());
            spec.resumed = true;
        }
        (Choice::New, None) if request.provider == Provider::Claude => {
            spec.native_id = Some(uuid::Uuid::new_v4().to_string());
        }
        (Choice::New, None) => {}
        (Choice::Named(id), _) => spec.native_id = Some(id.clone()),
        (Choice::Resumed(id), _) => {
            spec.native_id.clone_from(id);
            spec.resumed = true;
        }
        (Choice::Forked, _) => spec.forked = true,
    }
}

/// Makes Claude Code print its events while they happen.
const CLAUDE_EVENTS: &[&str] =
    &["-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages"];

fn claude(
    request: &LaunchRequest<'_>,
    understood: &Understood,
    own: &UserInstructions,
    spec: &mut LaunchSpec,
) {
    if request.mode == Mode::Headless {
        spec.args.extend(CLAUDE_EVENTS.iter().map(OsString::from));
    }
    if let (Choice::New, Some(id)) = (&understood.choice, spec.native_id.clone()) {
        spec.push(if spec.resumed { "--resume" } else { "--session-id" });
        spec.push(id);
    }
    // From some version on a session keeps the instructions that it began with.
    let keeps_its_own = understood.choice == Choice::New && spec.resumed;
    let words = if keeps_its_own { handover(request, understood, spec) } else { None };
    let brief = request.brief.filter(|_| !keeps_its_own);
    claude_brief(brief, understood, own, spec);
    spec.args.extend_from_slice(&understood.rest);
    prompt(request, understood, words.or(request.prompt.map(str::to_owned)), spec);
}

/// Claude Code refuses the text and the file together, and of two files the last one wins, so a
/// user's own words are joined with ours in one text.
fn claude_brief(
    brief: Option<&Brief>,
    understood: &Understood,
    own: &UserInstructions,
    spec: &mut LaunchSpec,
) {
    let users = understood.append_text.as_ref().or(own.append_file.as_ref());
    match (users, brief) {
        (Some(users), Some(brief)) if users.len() < ARGUMENT_MAX / 2 => {
            spec.push("--append-system-prompt");
            spec.push(joined(users, brief));
        }
        (None, Some(brief)) if understood.append_file.is_none() => {
            spec.push("--append-system-prompt-file");
            spec.push(&brief.file);
        }
        (_, brief) => {
            if brief.is_some() {
                spec.warn_not_given("your own system prompt could not be joined with it");
            }
            if let Some(text) = &understood.append_text {
                spec.push("--append-system-prompt");
                spec.push(text);
            } else if let Some(file) = &understood.append_file {
                spec.push("--append-system-prompt-file");
                spec.push(file);
            }
        }
    }
}

fn codex(
    request: &LaunchRequest<'_>,
    understood: &Understood,
    own: &UserInstructions,
    spec: &mut LaunchSpec,
) {
    if request.capabilities.no_daemon {
        spec.push("--no-daemon");
    }
    let continues = spec.resumed || spec.forked;
    let users = understood.developer_instructions.as_deref().map(toml_text);
    if let (false, Some(brief)) = (continues, request.brief) {
        let text = match users.as_ref().or(own.developer.as_ref()) {
            Some(users) => joined(users, brief),
            None => cut(&brief.text, brief),
        };
        spec.push("-c");
        spec.push(format!("developer_instructions={}", toml_string(&text)));
    } else if let Some(raw) = &understood.developer_instructions {
        spec.push("-c");
        spec.push(format!("developer_instructions={raw}"));
    }
    if request.mode == Mode::Headless {
        spec.push("exec");
        spec.push("--json");
    }
    if let (Choice::New, Some(id)) = (&understood.choice, request.resume) {
        spec.push("resume");
        spec.push(id);
    }
    spec.args.extend_from_slice(&understood.rest);
    let words = if continues { handover(request, understood, spec) } else { None };
    prompt(request, understood, words.or(request.prompt.map(str::to_owned)), spec);
}

/// The brief and the prompt in one, for a session that keeps its old instructions.
fn handover(
    request: &LaunchRequest<'_>,
    understood: &Understood,
    spec: &mut LaunchSpec,
) -> Option<String> {
    let brief = request.brief?;
    let chosen_by_us = understood.choice == Choice::New;
    if understood.has_prompt || !(chosen_by_us || understood.takes_prompt) {
        spec.warn_not_given("this session keeps its own instructions");
        return None;
    }
    let (open, close) = HANDED_OVER;
    let (text, wait) = (cut(&brief.text, brief), if request.prompt.is_none() { WAIT } else { "" });
    let told = format!("{open}\n{text}\n{wait}{close}");
    Some(match request.prompt {
        Some(prompt) => cut(&format!("{told}\n\n{prompt}"), brief),
        None => told,
    })
}

/// Adds the first prompt: as the last argument, or as standard input of a headless run, where it
/// may be of any length and does not show in the list of processes.
fn prompt(
    request: &LaunchRequest<'_>,
    understood: &Understood,
    words: Option<String>,
    spec: &mut LaunchSpec,
) {
    let Some(words) = words.filter(|_| !understood.has_prompt) else { return };
    match (request.mode, request.provider) {
        (Mode::Interactive, _) => {
            spec.push("--");
            spec.push(words.replace('\0', ""));
        }
        (Mode::Headless, provider) => {
            if provider == Provider::Codex {
                spec.push("-");
            }
            spec.stdin = words.into_bytes();
        }
    }
}

impl LaunchSpec {
    fn push(&mut self, arg: impl Into<OsString>) {
        self.args.push(arg.into());
    }

    pub(super) fn warn_not_given(&mut self, why: &str) {
        self.warnings.push(format!("the handoff was not given to the assistant: {why}"));
    }
}

fn joined(users: &str, brief: &Brief) -> String {
    cut(&format!("{}\n\n{}", users.trim_end(), brief.text), brief)
}

/// Cuts `text` so that it fits into an argument, also once it is escaped, and says where the whole
/// brief lies.
pub(super) fn cut(text: &str, brief: &Brief) -> String {
    let text = text.replace('\0', "");
    let mut length = 0;
    let grown = |(at, c): (usize, char)| {
        length += toml_escape(c).map_or(c.len_utf8(), |escape| escape.len());
        (length > ARGUMENT_MAX).then_some(at)
    };
    match text.char_indices().find_map(grown) {
        Some(end) => format!("{}\n\n(cut; all of it is in {})", &text[..end], brief.file.display()),
        None => text,
    }
}

/// What a user's `-c key=VALUE` means: TOML, or the text itself where it is none.
fn toml_text(raw: &str) -> String {
    let parsed = format!("value = {raw}").parse::<toml::Table>().ok();
    let text = parsed.and_then(|t| Some(t.get("value")?.as_str()?.to_owned()));
    text.unwrap_or_else(|| raw.to_owned())
}

/// A basic TOML string on one line.
fn toml_string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match toml_escape(c) {
            Some(escape) => quoted.push_str(&escape),
            None => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn toml_escape(c: char) -> Option<String> {
    match c {
        '"' | '\\' => Some(format!("\\{c}")),
        '\n' => Some("\\n".into()),
        '\t' => Some("\\t".into()),
        c if c.is_ascii_control() => Some(format!("\\u{:04x}", u32::from(c))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01a1faf9-db35-7881-901e-45df12d61a14";

    struct Given {
        provider: Provider,
        args: Vec<OsString>,
        brief: Option<Brief>,
        prompt: Option<&'static str>,
        resume: Option<&'static str>,
        mode: Mode,
        no_daemon: bool,
        own: UserInstructions,
    }

    fn given(provider: Provider, args: &[&str]) -> Given {
        Given {
            provider,
            args: args.iter().map(Into::into).collect(),
            brief: Some(Brief { text: "BRIEF \"1\"".into(), file: "/r/brief.md".into() }),
            prompt: None,
            resume: None,
            mode: Mode::Interactive,
            no_daemon: true,
            own: UserInstructions::default(),
        }
    }

    impl Given {
        fn spec(&self) -> LaunchSpec {
            let request = LaunchRequest {
                provider: self.provider,
                program: Path::new("/bin/assistant"),
                capabilities: &Capabilities { version: None, no_daemon: self.no_daemon },
                args: &self.args,
                cwd: Path::new("/repo"),
                env: &Env::from_pairs([("HOME", "/home/dev")]),
                host: HostTraits::default(),
                session: SessionId(1),
                brief: self.brief.as_ref(),
                prompt: self.prompt,
                resume: self.resume,
                mode: self.mode,
            };
            plan(&request, &self.own)
        }

        fn args(&self) -> Vec<String> {
            self.spec().args.iter().map(|a| a.to_string_lossy().into_owned()).collect()
        }
    }

    fn claude_with(args: &[&str]) -> Given {
        given(Provider::Claude, args)
    }

    fn codex_with(args: &[&str]) -> Given {
        given(Provider::Codex, args)
    }

    #[test]
    fn claude_gets_an_id_and_the_brief_before_the_users_arguments() {
        let given = claude_with(&["--model", "x"]);
        let spec = given.spec();
        let id = spec.native_id.clone().unwrap();
        let args: Vec<_> = spec.args.iter().map(|a| a.to_str().unwrap()).collect();
        let file = ["--append-system-prompt-file", "/r/brief.md", "--model", "x"];
        assert_eq!(args[..2], ["--session-id", id.as_str()]);
        assert_eq!(args[2..], file);
        assert!(!spec.resumed);
        assert_ne!(given.spec().native_id.unwrap(), id);
    }

    #[test]
    fn a_session_that_the_user_chose_is_respected() {
        let spec = claude_with(&["--resume", ID]).spec();
        assert_eq!((spec.native_id.as_deref(), spec.resumed), (Some(ID), true));
        assert!(!spec.args.contains(&"--session-id".into()));
        assert!(spec.args.contains(&"--append-system-prompt-file".into()));
        let spec = claude_with(&["--continue"]).spec();
        assert_eq!((spec.native_id, spec.resumed), (None, true));
        let spec = codex_with(&["fork", ID]).spec();
        assert!(spec.forked && !spec.resumed);
    }

    #[test]
    fn subcommands_get_nothing() {
        for (provider, args) in [
            (Provider::Claude, &["mcp", "list"][..]),
            (Provider::Claude, &["--version"]),
            (Provider::Codex, &["login"]),
            (Provider::Codex, &["exec", "go"]),
        ] {
            let given = given(provider, args);
            assert_eq!(given.args(), args, "{provider:?}");
            assert_eq!(given.spec().native_id, None);
            assert_eq!(given.spec().unrecorded.is_none(), args[0] == "exec");
        }
    }

    #[test]
    fn the_users_system_prompt_is_joined() {
        let args = claude_with(&["--append-system-prompt", "be brief", "--verbose"]).args();
        assert_eq!(args[2..], ["--append-system-prompt", "be brief\n\nBRIEF \"1\"", "--verbose"]);
        let mut given = claude_with(&["--append-system-prompt-file", "p.md"]);
        given.own.append_file = Some("from the file\n".into());
        assert_eq!(given.args()[2..], ["--append-system-prompt", "from the file\n\nBRIEF \"1\""]);
        given.own.append_file = None;
        assert_eq!(given.args()[2..], ["--append-system-prompt-file", "p.md"]);
        assert_eq!(given.spec().warnings.len(), 1);
    }

    #[test]
    fn codex_gets_instructions_and_no_daemon() {
        let want = "developer_instructions=\"BRIEF \\\"1\\\"\"";
        assert_eq!(codex_with(&["-m", "x"]).args(), ["--no-daemon", "-c", want, "-m", "x"]);
        let mut old = codex_with(&[]);
        old.no_daemon = false;
        assert_eq!(old.args(), ["-c", want]);
        let mut given = codex_with(&[]);
        given.own.developer = Some("MINE".into());
        assert!(given.args()[2].ends_with("\"MINE\\n\\nBRIEF \\\"1\\\"\""));
        given.args = vec!["-c".into(), "developer_instructions='ARG'".into()];
        assert_eq!(given.args().len(), 3);
        assert!(given.args()[2].contains("ARG\\n\\nBRIEF"));
        given.brief = None;
        assert_eq!(given.args()[2], "developer_instructions='ARG'");
    }

    #[test]
    fn a_resumed_codex_is_told_by_prompt() {
        let mut given = codex_with(&["resume", ID]);
        let end = given.args()[1..].to_vec();
        assert_eq!(end[..3], ["resume", ID, "--"]);
        assert!(end[3].starts_with("<loghop-handoff>\nBRIEF \"1\"\n"), "{}", end[3]);
        assert!(end[3].ends_with("and wait.\n</loghop-handoff>"), "{}", end[3]);
        given.args.push("go on".into());
        assert_eq!(given.args()[1..], ["resume", ID, "go on"]);
        assert_eq!(given.spec().warnings.len(), 1);
        let mut ours = codex_with(&[]);
        ours.resume = Some(ID);
        ours.prompt = Some("next");
        let told = "<loghop-handoff>\nBRIEF \"1\"\n</loghop-handoff>\n\nnext";
        assert_eq!(ours.args()[1..], ["resume", ID, "--", told]);
        assert_eq!(codex_with(&["resume"]).args()[1..], ["resume"]);
    }

    #[test]
    fn a_claude_that_comes_back_is_told_by_prompt() {
        let mut ours = claude_with(&["--append-system-prompt", "mine"]);
        ours.resume = Some(ID);
        ours.prompt = Some("next");
        let told = "<loghop-handoff>\nBRIEF \"1\"\n</loghop-handoff>\n\nnext";
        let args = ours.args();
        assert_eq!(args, ["--resume", ID, "--append-system-prompt", "mine", "--", told]);
    }

    #[test]
    fn headless_streams_events_and_reads_the_prompt_from_stdin() {
        let mut claude = claude_with(&[]);
        claude.mode = Mode::Headless;
        claude.prompt = Some("-- do it");
        let spec = claude.spec();
        assert_eq!(spec.args[0], "-p");
        assert_eq!(spec.args[4], "--include-partial-messages");
        assert_eq!(spec.stdin, b"-- do it");
        let mut codex = codex_with(&["-m", "x"]);
        codex.mode = Mode::Headless;
        codex.prompt = Some("do it");
        assert_eq!(codex.args()[3..], ["exec", "--json", "-m", "x", "-"]);
        assert_eq!(codex.spec().stdin, b"do it");
        codex.args = vec!["resume".into(), "--last".into()];
        assert_eq!(codex.args()[1..], ["exec", "--json", "resume", "--last", "-"]);
    }

    #[test]
    fn arguments_never_get_too_long() {
        for provider in Provider::ALL {
            let mut given = given(provider, &["--append-system-prompt", "be brief"]);
            given.brief.as_mut().unwrap().text = "é\0\n\u{7f}".repeat(60_000);
            for arg in given.spec().args {
                assert!(arg.len() < 131_000 && !arg.as_encoded_bytes().contains(&0));
            }
        }
    }

    #[test]
    fn toml_strings_read_back() {
        let text = "a\"b\\c\nd\te\u{1}f\u{7f}é日\r";
        assert_eq!(toml_text(&toml_string(text)), text);
        assert_eq!(toml_text("no toml at all"), "no toml at all");
    }
}
