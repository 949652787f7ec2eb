//! Where an assistant keeps its configuration and its transcripts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Provider;
use crate::env::{Env, var};

/// The folder of an assistant: `~/.claude`, `~/.codex`, or what the user's environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Whose it is.
    pub provider: Provider,
    /// The folder; absolute.
    pub dir: PathBuf,
}

impl Home {
    /// The folder that a client finds which is started with `env` in `cwd`; `None` for a program
    /// of the person's own, of whose files loghop knows nothing.
    pub fn of(provider: Provider, env: &Env, cwd: &Path) -> Option<Self> {
        match provider {
            Provider::Claude => Some(Self::claude(env, cwd)),
            Provider::Codex => Some(Self::codex(env, cwd)),
            Provider::Own(_) => None,
        }
    }

    /// That of Claude Code.
    pub fn claude(env: &Env, cwd: &Path) -> Self {
        Self {
            provider: Provider::Claude,
            dir: folder(var::CLAUDE_CONFIG_DIR, ".claude", env, cwd),
        }
    }

    /// That of Codex.
    pub fn codex(env: &Env, cwd: &Path) -> Self {
        Self { provider: Provider::Codex, dir: folder(var::CODEX_HOME, ".codex", env, cwd) }
    }

    /// The folder under which its transcripts lie, each project or day in its own.
    pub fn transcripts(&self) -> PathBuf {
        self.dir.join(if self.provider == Provider::Codex { "sessions" } else { "projects" })
    }

    /// Claude: the folder of the transcripts of sessions that were started in `cwd`, which must be
    /// free of symbolic links.
    pub fn project(&self, cwd: &Path) -> PathBuf {
        self.transcripts().join(encode_folder(&cwd.to_string_lossy()))
    }
}

/// What a variable says, else the default below the home folder; absolute.
fn folder(variable: &str, default: &str, env: &Env, cwd: &Path) -> PathBuf {
    cwd.join(env.os(variable).map_or_else(|| env.home().join(default), PathBuf::from))
}

/// UTF-16 units of a folder name before Claude Code shortens it.
const FOLDER_MAX: usize = 200;

/// The folder name that Claude Code makes of a working folder: every UTF-16 unit that is not an
/// ASCII letter or digit becomes a dash; a long one is cut and gets a hash of the whole path.
/// Different folders can get the same name.
pub fn encode_folder(cwd: &str) -> String {
    let mut name: String = cwd
        .encode_utf16()
        .map(|unit| char::from_u32(u32::from(unit)).filter(char::is_ascii_alphanumeric))
        .map(|kept| kept.unwrap_or('-'))
        .collect();
    if name.len() > FOLDER_MAX {
        name.truncate(FOLDER_MAX);
        let _ = write!(name, "-{}", base36(java_hash(cwd).unsigned_abs()));
    }
    name
}

/// Java's `String.hashCode`, which the client uses.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

fn base36(mut number: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit(number % 36, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            break digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_as_the_client_names_them() {
        assert_eq!(encode_folder("/home/dev/a.b"), "-home-dev-a-b");
        assert_eq!(encode_folder("/home/dev/a_b"), "-home-dev-a-b");
        assert_eq!(encode_folder("/p/été @1 日🚀"), "-p--t---1----");
        assert_eq!(encode_folder("/home/Dev"), "-home-Dev");
        assert_eq!(encode_folder("/a/é日🚀"), "-a-----");
    }

    #[test]
    fn long_folders_are_cut_and_hashed() {
        let path = format!("/{}", "x".repeat(300));
        let name = encode_folder(&path);
        assert!(name.starts_with(&format!("-{}", "x".repeat(199))));
        assert!(name.len() > 201 && name.len() <= 208, "{name}");
        assert_ne!(name, encode_folder(&format!("{path}y")));
        assert_eq!(java_hash("hello"), 99_162_322);
        assert_eq!(base36(99_162_322), "1n1e4y");
    }

    #[test]
    fn the_users_variables_move_it() {
        let env = Env::from_pairs([("HOME", "/h"), ("CODEX_HOME", "rel")]);
        let cwd = Path::new("/repo");
        assert_eq!(Home::claude(&env, cwd).dir, Path::new("/h/.claude"));
        assert_eq!(Home::codex(&env, cwd).dir, Path::new("/repo/rel"));
    }
}
