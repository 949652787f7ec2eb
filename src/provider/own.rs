//! Assistants of the person's own: any terminal program that `[[provider]]` in
//! `~/.loghop/config.toml` names. loghop knows no transcript of theirs; what it keeps of a session
//! is what stood on the screen.
//!
//! Only the person's own file is read, never a project's: whoever clones a repository must not
//! find that it names the programs which loghop starts. An entry that cannot be used is left out
//! and told; the others work.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Provider;
use super::launch::{Brief, LaunchRequest, LaunchSpec, cut};
use crate::disk::outside;
use crate::env::Env;

/// Where they are defined, below the person's home.
const CONFIG: &str = ".loghop/config.toml";
/// Bytes of that file that are read; settings are a few dozen lines.
const CONFIG_MAX: u64 = 1 << 20;
/// Entries that are read: more is a file that something else writes.
const OWN_MAX: usize = 32;
/// Letters of a name: it stands in tables, file names and the panel.
const NAME_MAX: usize = 32;

/// Stands for the text of the handoff.
const TEXT: &str = "{handoff}";
/// Stands for the path of a file that holds it.
const FILE: &str = "{handoff_file}";
/// Stands for the first prompt.
const PROMPT: &str = "{prompt}";
/// The variable that holds the path of the handoff where an entry names none.
const VARIABLE: &str = "LOGHOP_HANDOFF";
/// The words of `inject`.
const INJECTS: &str = "`argument`, `file`, `environment` or `none`";

/// A program that a person made an assistant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Own {
    /// The name that people type.
    pub name: String,
    /// What it is called; its name where the entry says nothing.
    pub title: String,
    /// Its program: a name on PATH, or a path.
    pub command: String,
    /// Arguments that it always gets.
    pub args: Vec<String>,
    /// How it is told the handoff.
    pub inject: Inject,
    /// Arguments that give it the first prompt; none where nobody knows how.
    pub prompt_args: Vec<String>,
}

/// How the handoff reaches a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Inject {
    /// Not at all: the person is told where it lies.
    None,
    /// By these arguments, in which `{handoff}` is its text and `{handoff_file}` its path.
    Args(Vec<String>),
    /// By these variables, name and value, with the same placeholders.
    Env(Vec<(String, String)>),
}

/// What the configuration defines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defined {
    /// The assistants, in the order of the file.
    pub providers: Vec<Provider>,
    /// What is wrong with the other entries, one line each.
    pub problems: Vec<String>,
}

/// Reads what the person defined. A file that is no TOML defines nothing; that it is damaged is
/// told where the settings are read.
pub fn defined(env: &Env) -> Defined {
    let bytes = outside::read(&env.home().join(CONFIG), CONFIG_MAX).ok().flatten();
    read(&String::from_utf8_lossy(&bytes.unwrap_or_default()))
}

/// What is wrong, and in which file.
fn told(problem: &str) -> String {
    format!("`~/.loghop/config.toml`: {problem}")
}

fn read(text: &str) -> Defined {
    let mut defined = Defined::default();
    let Ok(mut config) = text.parse::<toml::Table>() else { return defined };
    let entries = match config.remove("provider") {
        None => return defined,
        Some(toml::Value::Array(entries)) => entries,
        Some(_) => {
            defined.problems.push(told("`provider` is no list: write `[[provider]]`"));
            return defined;
        }
    };
    if entries.len() > OWN_MAX {
        defined.problems.push(told(&format!("only the first {OWN_MAX} `[[provider]]` are read")));
    }
    for (n, entry) in entries.iter().take(OWN_MAX).enumerate() {
        match own(entry, &defined.providers) {
            // A handful of them live as long as the process, so that a provider stays a value
            // which is copied freely.
            Ok(own) => defined.providers.push(Provider::Own(Box::leak(Box::new(own)))),
            Err(why) => defined.problems.push(told(&format!("`[[provider]]` {}: {why}", n + 1))),
        }
    }
    defined
}

/// One entry. The error says what is wrong with it.
fn own(entry: &toml::Value, others: &[Provider]) -> Result<Own, String> {
    let entry = Entry(entry.as_table().ok_or("it is no table")?);
    let name = entry.text("name")?.ok_or("it has no `name`")?;
    check_name(&name, others)?;
    let of = |why: String| format!("{name}: {why}");
    let command = entry.text("command").map_err(of)?.filter(|command| !command.is_empty());
    let command = command.ok_or_else(|| of("it has no `command`".to_owned()))?;
    if command.contains('/') && !command.starts_with('/') && !command.starts_with("~/") {
        let what = "`command` is a name on PATH, or a path that begins with `/` or `~/`";
        return Err(of(what.to_owned()));
    }
    let prompt_args = entry.words("prompt_args").map_err(of)?.unwrap_or_default();
    if !prompt_args.is_empty() && !prompt_args.iter().any(|arg| arg.contains(PROMPT)) {
        return Err(of(format!("`prompt_args` do not hold `{PROMPT}`")));
    }
    Ok(Own {
        title: entry.text("title").map_err(of)?.unwrap_or_else(|| name.clone()),
        args: entry.words("args").map_err(of)?.unwrap_or_default(),
        inject: entry.inject().map_err(of)?,
        prompt_args,
        command,
        name,
    })
}

fn check_name(name: &str, others: &[Provider]) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !begins || name.len() > NAME_MAX || !name.chars().all(is_plain) {
        return Err(format!(
            "`{name}` is no name: use at most {NAME_MAX} of a to z, 0 to 9, `-` and `_`"
        ));
    }
    if Provider::ALL.iter().any(|known| known.as_str() == name) {
        return Err(format!("`{name}` is an assistant that loghop knows by itself"));
    }
    if others.iter().any(|other| other.as_str() == name) {
        return Err(format!("the name `{name}` is taken by an entry above"));
    }
    Ok(())
}

/// The keys of an entry. Those that nobody asks for are left alone.
struct Entry<'a>(&'a toml::Table);

impl Entry<'_> {
    fn text(&self, key: &str) -> Result<Option<String>, String> {
        match self.0.get(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text.trim().to_owned())),
            Some(_) => Err(format!("`{key}` is no text")),
        }
    }

    fn words(&self, key: &str) -> Result<Option<Vec<String>>, String> {
        let Some(value) = self.0.get(key) else { return Ok(None) };
        let word = |word: &toml::Value| word.as_str().map(String::from);
        let words = value.as_array().and_then(|words| words.iter().map(word).collect());
        words.map(Some).ok_or_else(|| format!("`{key}` is no list of texts"))
    }

    fn inject(&self) -> Result<Inject, String> {
        let inject = self.text("inject")?.unwrap_or_else(|| "none".to_owned());
        let args = |holder: &str| -> Result<Inject, String> {
            let args = self.words("inject_args")?.unwrap_or_else(|| vec![holder.to_owned()]);
            let is_held = args.iter().any(|arg| arg.contains(holder));
            is_held
                .then_some(Inject::Args(args))
                .ok_or_else(|| format!("`inject_args` do not hold `{holder}`"))
        };
        match inject.as_str() {
            "none" => Ok(Inject::None),
            "argument" => args(TEXT),
            "file" => args(FILE),
            "environment" => self.variables(),
            other => Err(format!("`inject = \"{other}\"` is not known; there are {INJECTS}")),
        }
    }

    fn variables(&self) -> Result<Inject, String> {
        let Some(table) = self.0.get("inject_env") else {
            return Ok(Inject::Env(vec![(VARIABLE.to_owned(), FILE.to_owned())]));
        };
        let pair = |(name, value): (&String, &toml::Value)| {
            let is_name = !name.is_empty() && !name.contains(['=', '\0']);
            is_name.then(|| Some((name.clone(), value.as_str()?.to_owned()))).flatten()
        };
        let pairs: Option<Vec<_>> = table.as_table().and_then(|t| t.iter().map(pair).collect());
        let pairs = pairs.ok_or("`inject_env` is no table of names and texts")?;
        let is_held = pairs.iter().any(|(_, value)| value.contains(TEXT) || value.contains(FILE));
        is_held
            .then_some(Inject::Env(pairs))
            .ok_or_else(|| format!("`inject_env` holds neither `{TEXT}` nor `{FILE}`"))
    }
}

impl Own {
    /// Its program as a path, where the entry names one.
    pub(super) fn path(&self, env: &Env) -> Option<PathBuf> {
        match self.command.strip_prefix("~/") {
            Some(rest) => Some(env.home().join(rest)),
            None => self.command.starts_with('/').then(|| PathBuf::from(&self.command)),
        }
    }

    /// Says how it is started: its own arguments, then the handoff, then what the user typed.
    pub(super) fn start(&self, request: &LaunchRequest<'_>, spec: &mut LaunchSpec) {
        spec.args.extend(self.args.iter().map(OsString::from));
        if let Some(brief) = request.brief {
            self.tell(brief, spec);
        }
        spec.args.extend_from_slice(request.args);
        let Some(prompt) = request.prompt else { return };
        if self.prompt_args.is_empty() {
            let what = "the prompt was not given: `prompt_args` of";
            spec.warnings.push(format!("{what} `{}` does not say how", self.name));
        }
        let prompt = prompt.replace('\0', "");
        spec.args.extend(self.prompt_args.iter().map(|arg| arg.replace(PROMPT, &prompt).into()));
    }

    fn tell(&self, brief: &Brief, spec: &mut LaunchSpec) {
        let filled = |word: &String| fill(word, &cut(&brief.text, brief), &brief.file);
        match &self.inject {
            Inject::None => {}
            Inject::Args(args) => spec.args.extend(args.iter().map(filled)),
            Inject::Env(pairs) => {
                spec.env.retain(|(name, _)| pairs.iter().all(|(own, _)| **own != **name));
                spec.env.extend(pairs.iter().map(|(name, v)| (name.into(), filled(v))));
            }
        }
    }
}

/// A word of an entry with the handoff in it. The text may itself hold the name of a placeholder.
fn fill(word: &str, text: &str, file: &Path) -> OsString {
    let mut filled = OsString::new();
    for (n, part) in word.split(FILE).enumerate() {
        if n > 0 {
            filled.push(file);
        }
        filled.push(part.replace(TEXT, text));
    }
    filled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(entry: &str) -> Own {
        let defined = read(&format!("[[provider]]\n{entry}"));
        assert_eq!(defined.problems, [""; 0]);
        let [Provider::Own(own)] = defined.providers[..] else { panic!("{defined:?}") };
        own.clone()
    }

    fn problem(entry: &str) -> String {
        let good = "[[provider]]\nname = 'good'\ncommand = 'good'\n";
        let mut defined = read(&format!("{good}[[provider]]\n{entry}"));
        assert_eq!(defined.providers.len(), 1, "{entry}");
        defined.problems.remove(0)
    }

    #[test]
    fn an_entry_says_what_is_started_and_how_it_is_told() {
        let own = one("name = 'aider'\ncommand = '~/bin/aider'\nargs = ['--dark-mode']\n\
            title = 'Aider'\ninject = 'file'\ninject_args = ['--read', '{handoff_file}']\n\
            prompt_args = ['-m', '{prompt}']\nmood = 'good'\n");
        assert_eq!((own.name.as_str(), own.title.as_str()), ("aider", "Aider"));
        assert_eq!(own.inject, Inject::Args(vec!["--read".into(), FILE.into()]));
        assert_eq!(own.prompt_args, ["-m", "{prompt}"]);
        let env = Env::from_pairs([("HOME", "/h")]);
        assert_eq!(own.path(&env), Some("/h/bin/aider".into()));
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let with = |inject: &str| one(&format!("name = 'x'\ncommand = 'x'\n{inject}"));
        let plain = with("");
        assert_eq!((plain.title.as_str(), &plain.inject), ("x", &Inject::None));
        assert!(plain.args.is_empty() && plain.path(&Env::default()).is_none());
        assert_eq!(with("inject = 'argument'").inject, Inject::Args(vec![TEXT.into()]));
        assert_eq!(with("inject = 'file'").inject, Inject::Args(vec![FILE.into()]));
        let variable = vec![(VARIABLE.to_owned(), FILE.to_owned())];
        assert_eq!(with("inject = 'environment'").inject, Inject::Env(variable));
    }

    #[test]
    fn a_damaged_entry_is_explained_and_the_others_work() {
        let table = [
            ("command = 'x'", "no `name`"),
            ("name = 'x'", "x: it has no `command`"),
            ("name = 7\ncommand = 'x'", "`name` is no text"),
            ("name = 'No Name'\ncommand = 'x'", "`No Name` is no name"),
            ("name = '-x'\ncommand = 'x'", "is no name"),
            ("name = 'claude'\ncommand = 'x'", "knows by itself"),
            ("name = 'good'\ncommand = 'x'", "taken by an entry above"),
            ("name = 'x'\ncommand = 'bin/x'", "begins with `/` or `~/`"),
            ("name = 'x'\ncommand = 'x'\nargs = 'a b'", "`args` is no list"),
            ("name = 'x'\ncommand = 'x'\ninject = 'stdin'", "`argument`, `file`, `environment`"),
            ("name = 'x'\ncommand = 'x'\ninject = 'file'\ninject_args = ['-r']", "do not hold"),
            ("name = 'x'\ncommand = 'x'\ninject = 'environment'\ninject_env = { A = 'b' }", "nor"),
            ("name = 'x'\ncommand = 'x'\nprompt_args = ['-m']", "do not hold `{prompt}`"),
        ];
        for (entry, told) in table {
            let problem = problem(entry);
            assert!(problem.contains("config.toml`: `[[provider]]` 2: "), "{problem}");
            assert!(problem.contains(told), "{entry}: {problem}");
        }
        assert!(read("provider = 3").problems[0].contains("[[provider]]"));
        assert_eq!(read("provider = [[").problems, [""; 0]);
    }

    #[test]
    fn a_text_that_names_a_placeholder_is_left_as_it_is() {
        let filled = fill("{handoff_file}: {handoff}", "see {handoff_file}", Path::new("/h.md"));
        assert_eq!(filled, "/h.md: see {handoff_file}");
    }

    proptest! {
        #[test]
        fn any_input_is_survived(
            text in any::<String>(),
            near in "(name|command|args|inject|inject_env)? ?= ?['\"\\[\\]{}a-z=,0-9 \n]{0,60}",
        ) {
            read(&text);
            read(&format!("[[provider]]\n{near}"));
        }
    }
}
