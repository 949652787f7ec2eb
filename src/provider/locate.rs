//! Finds an assistant's real program, never loghop itself or one of its shims: starting those
//! would start loghop again, and again.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, FileType, access, stat};

use super::Provider;
use super::own::{Own, defined};
use crate::disk::outside;
use crate::env::{Env, var};
use crate::error::{Error, Kind, Result};

/// Bytes at the beginning of a script in which a shim of ours says so: it is a few lines long.
const SHIM_HEAD: usize = 4096;

/// An assistant that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Which.
    pub provider: Provider,
    /// Its program.
    pub program: PathBuf,
}

/// The program of `provider`: what `LOGHOP_REAL_CLAUDE` or `LOGHOP_REAL_CODEX` names, else the
/// first on PATH that is not ours.
pub fn locate(provider: Provider, env: &Env) -> Result<PathBuf> {
    let variable = match provider {
        Provider::Claude => var::LOGHOP_REAL_CLAUDE,
        Provider::Codex => var::LOGHOP_REAL_CODEX,
        Provider::Own(own) => return locate_own(own, env),
    };
    if let Some(named) = env.os(variable) {
        let path = PathBuf::from(named);
        return if is_program(&path) && !is_ours(&path) {
            Ok(path)
        } else {
            let message = format!("{variable} does not name {}'s program", provider.title());
            Err(Error::new(Kind::ProviderMissing, message)
                .at(path)
                .hint(format!("set it to the real `{}`, or unset it", provider.as_str())))
        };
    }
    on_path(provider.as_str(), env).ok_or_else(|| missing(provider, variable))
}

/// The first program of this name on PATH that is not ours.
fn on_path(name: &str, env: &Env) -> Option<PathBuf> {
    let folders = env.os(var::PATH).map(std::env::split_paths).into_iter().flatten();
    folders
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| is_program(path) && !is_ours(path))
}

fn locate_own(own: &Own, env: &Env) -> Result<PathBuf> {
    let named = own.path(env);
    let found = match &named {
        Some(path) => Some(path.clone()).filter(|path| is_program(path) && !is_ours(path)),
        None => on_path(&own.command, env),
    };
    found.ok_or_else(|| {
        let place = if named.is_some() { "there is no program" } else { "it is not on PATH" };
        let message = format!("{} cannot be started: `{}`: {place}", own.title, own.command);
        Error::new(Kind::ProviderMissing, message).hint(format!(
            "install it, or change `command` of `{}` in `~/.loghop/config.toml`",
            own.name
        ))
    })
}

/// All assistants that are there: those that loghop knows first, then the person's own.
pub fn installed(env: &Env) -> Vec<Installed> {
    let found = |provider| Some(Installed { provider, program: locate(provider, env).ok()? });
    Provider::ALL.into_iter().chain(defined(env).providers).filter_map(found).collect()
}

fn missing(provider: Provider, variable: &str) -> Error {
    let is_codex = provider == Provider::Codex;
    let package = if is_codex { "@openai/codex" } else { "@anthropic-ai/claude-code" };
    let message =
        format!("{} is not installed: no `{}` on PATH", provider.title(), provider.as_str());
    Error::new(Kind::ProviderMissing, message)
        .hint(format!("install it with `npm install -g {package}`"))
        .hint(format!("or set {variable} to its program"))
}

fn is_program(path: &Path) -> bool {
    stat(path).is_ok_and(|s| FileType::from_raw_mode(s.st_mode) == FileType::RegularFile)
        && access(path, Access::EXEC_OK).is_ok()
}

/// Whether it is this very program, or a shim: a script that starts `loghop wrap`. A script that
/// only lies in a folder of that name, or plays an assistant, is none.
fn is_ours(path: &Path) -> bool {
    let own = std::env::current_exe().ok().and_then(|exe| outside::identify(&exe));
    if own.is_some() && own == outside::identify(path) {
        return true;
    }
    let mut head = [0; SHIM_HEAD];
    let read = outside::open(path).ok().flatten().and_then(|mut f| f.read_from(0, &mut head).ok());
    let head = &head[..read.unwrap_or(0)];
    let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
    head.starts_with(b"#!") && has(b"loghop") && has(b" wrap ")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files of their own")]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn script(dir: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
        std::fs::create_dir_all(dir).unwrap();
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn env(dirs: &[&Path]) -> Env {
        Env::from_pairs([("PATH", std::env::join_paths(dirs).unwrap())])
    }

    #[test]
    fn shims_folders_and_files_without_permission_are_skipped() {
        let temp = tempfile::tempdir().unwrap();
        let dir = |name: &str| temp.path().join(name);
        script(&dir("shim"), "codex", "#!/bin/sh\nexec loghop wrap codex \"$@\"\n", 0o755);
        script(&dir("plain"), "codex", "#!/bin/sh\n", 0o644);
        std::fs::create_dir_all(dir("folder/codex")).unwrap();
        std::fs::create_dir_all(dir("self")).unwrap();
        symlink(std::env::current_exe().unwrap(), dir("self/codex")).unwrap();
        let real = script(&dir("real"), "codex", "#!/bin/sh\nexit 0\n", 0o755);
        let names = ["shim", "plain", "folder", "self", "none", "real"].map(dir);
        let dirs: Vec<&Path> = names.iter().map(PathBuf::as_path).collect();
        assert_eq!(locate(Provider::Codex, &env(&dirs)).unwrap(), real);
        let found = installed(&env(&dirs));
        assert_eq!(found, [Installed { provider: Provider::Codex, program: real }]);
        let error = locate(Provider::Codex, &env(&dirs[..5])).unwrap_err();
        assert_eq!(error.kind, Kind::ProviderMissing);
        assert!(error.hints[0].contains("npm install"));
    }

    #[test]
    fn the_variable_wins_and_is_checked() {
        let temp = tempfile::tempdir().unwrap();
        let real = script(temp.path(), "my-claude", "#!/bin/sh\n", 0o755);
        let set = |path: &Path| Env::from_pairs([("LOGHOP_REAL_CLAUDE", path.as_os_str())]);
        assert_eq!(locate(Provider::Claude, &set(&real)).unwrap(), real);
        let shim = script(temp.path(), "shim", "#!/bin/sh\nloghop wrap claude\n", 0o755);
        for bad in [shim, temp.path().join("missing")] {
            let error = locate(Provider::Claude, &set(&bad)).unwrap_err();
            assert!(error.to_string().contains("LOGHOP_REAL_CLAUDE"), "{error}");
        }
    }
}
