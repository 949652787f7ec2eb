//! What an installed program supports, asked once per program: starting it to ask costs 45 ms and
//! more, which a person would wait for at every run.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rustix::fs::stat;
use serde::{Deserialize, Serialize};

use super::Provider;
use crate::disk::{Access, Root, Verbatim, outside};
use crate::env::Env;
use crate::subprocess::{self, Request};

/// What a program supports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Its version, such as `2.1.197`; `None` where it did not say.
    pub version: Option<String>,
    /// Codex: it has `--no-daemon`, which keeps the work in the child itself.
    pub no_daemon: bool,
}

/// Where the answers are kept, below the user's home.
const CACHE: &str = ".loghop/cache/programs.json";
/// Folders of that, outermost first.
const CACHE_FOLDERS: &[&str] = &[".loghop", ".loghop/cache"];
/// Bytes of the cache that are read; a program takes about 200.
const CACHE_MAX: u64 = 64 << 10;
/// Programs that are remembered; more means that paths change all the time (test runs).
const PROGRAMS_MAX: usize = 32;
/// How long a program may take to answer: a cold disk must load hundreds of megabytes.
const ANSWER_WAIT: Duration = Duration::from_secs(10);

/// A program that was asked, and the state of its file then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    modified: (i64, u64),
    size: u64,
    capabilities: Capabilities,
}

/// What `program` supports: from the cache below `home`, else from the program itself. A program
/// that does not answer supports nothing, and is asked again next time. One of the person's own is
/// not asked: who knows what it would do.
pub fn capabilities(provider: Provider, program: &Path, env: &Env) -> Capabilities {
    if matches!(provider, Provider::Own(_)) {
        return Capabilities::default();
    }
    let real = outside::resolve(program).unwrap_or_else(|| program.to_owned());
    let key = real.to_string_lossy().into_owned();
    let Some((modified, size)) = state_of(&real) else { return Capabilities::default() };
    let root = Root::open(&env.home()).ok();
    let mut known = root.as_ref().map(read_cache).unwrap_or_default();
    if let Some(entry) = known.get(&key).filter(|k| k.modified == modified && k.size == size) {
        return entry.capabilities.clone();
    }
    let capabilities = ask(provider, program, env);
    if capabilities.version.is_some() {
        if known.len() >= PROGRAMS_MAX {
            known.clear();
        }
        known.insert(key, Known { modified, size, capabilities: capabilities.clone() });
        if let Some(root) = root {
            write_cache(&root, &known);
        }
    }
    capabilities
}

#[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "types differ on macOS")]
fn state_of(program: &Path) -> Option<((i64, u64), u64)> {
    let found = stat(program).ok()?;
    Some(((found.st_mtime as i64, found.st_mtime_nsec as u64), found.st_size as u64))
}

fn read_cache(home: &Root) -> BTreeMap<String, Known> {
    let bytes = home.read(CACHE, CACHE_MAX).ok().flatten().unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Keeps the answers. A home that cannot be written to costs time at the next run, nothing else.
fn write_cache(home: &Root, known: &BTreeMap<String, Known>) {
    let Ok(text) = serde_json::to_vec(known) else { return };
    if CACHE_FOLDERS.iter().all(|folder| home.create_dir(folder).is_ok()) {
        let _ = home.write_verbatim(CACHE, Verbatim(&text), Access::Private);
    }
}

fn ask(provider: Provider, program: &Path, env: &Env) -> Capabilities {
    let version = answer(program, "--version", env).and_then(|text| version_in(&text));
    let no_daemon = provider == Provider::Codex
        && version.is_some()
        && answer(program, "--help", env).is_some_and(|help| help.contains("--no-daemon"));
    Capabilities { version, no_daemon }
}

fn answer(program: &Path, flag: &str, env: &Env) -> Option<String> {
    let mut request = Request::new(program, &[flag], &env.home());
    request.env = Some(env.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect());
    request.timeout = ANSWER_WAIT;
    let output = subprocess::run(&request).ok().filter(|o| o.exit.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first word that begins with a digit: `2.1.197 (Claude Code)`, `codex-cli 0.169.0`.
fn version_in(text: &str) -> Option<String> {
    let is_version = |w: &&str| w.starts_with(|c: char| c.is_ascii_digit()) && w.contains('.');
    text.split_whitespace().find(is_version).map(str::to_owned)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files of their own")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(dir: &Path, body: &str) -> std::path::PathBuf {
        let path = dir.join("codex");
        std::fs::write(&path, format!("#!/bin/sh\necho x >> \"$HOME/asked\"\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn asked(home: &Path) -> usize {
        std::fs::read_to_string(home.join("asked")).map_or(0, |t| t.lines().count())
    }

    #[test]
    fn a_program_is_asked_once_until_it_changes() {
        let temp = tempfile::tempdir().unwrap();
        let env = Env::from_pairs([("HOME", temp.path().as_os_str())]);
        let path = program(
            temp.path(),
            "[ $1 = --help ] && echo '  --no-daemon  Run' || echo codex-cli 0.169.0",
        );
        let want = Capabilities { version: Some("0.169.0".into()), no_daemon: true };
        assert_eq!(capabilities(Provider::Codex, &path, &env), want);
        assert_eq!(capabilities(Provider::Codex, &path, &env), want);
        assert_eq!(asked(temp.path()), 2);
        let path = program(temp.path(), "echo codex-cli 0.125.0");
        let old = Capabilities { version: Some("0.125.0".into()), no_daemon: false };
        assert_eq!(capabilities(Provider::Codex, &path, &env), old);
        assert_eq!(asked(temp.path()), 4);
    }

    #[test]
    fn a_program_that_fails_supports_nothing_and_is_asked_again() {
        let temp = tempfile::tempdir().unwrap();
        let env = Env::from_pairs([("HOME", temp.path().as_os_str())]);
        let path = program(temp.path(), "exit 3");
        for _ in 0..2 {
            let found = capabilities(Provider::Codex, &path, &env);
            assert_eq!(found, Capabilities::default());
        }
        assert_eq!(asked(temp.path()), 2);
        std::fs::create_dir_all(temp.path().join(".loghop/cache")).unwrap();
        std::fs::write(temp.path().join(CACHE), "{garbage").unwrap();
        let path = program(temp.path(), "echo 2.1.197 '(Claude Code)'");
        let found = capabilities(Provider::Claude, &path, &env);
        assert_eq!(found.version.as_deref(), Some("2.1.197"));
    }
}
