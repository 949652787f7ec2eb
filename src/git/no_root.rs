//! Why Git knows no working tree: there is none, or Git is not there or refuses, which is mended in
//! another way.

use std::path::Path;

use super::{ANSWER_MAX, Git, Limits};
use crate::env::Env;
use crate::error::{Error, Kind};

/// Why [`super::root`] knows none.
#[derive(Debug)]
pub enum NoRoot {
    /// `cwd` is in no repository.
    NoRepository,
    /// It is in a bare one: one without files to work on.
    Bare,
    /// Git does not say: it is not there, or refuses. The error says why, and Git's own remedy.
    Refused(Error),
}

impl NoRoot {
    /// Asks Git at `cwd`, where it knows no root.
    pub fn ask(cwd: &Path, env: &Env) -> Self {
        let git = Git::new(cwd, env, Limits::default().timeout);
        let answer = match git.ask(&["rev-parse", "--is-bare-repository"], ANSWER_MAX) {
            Ok(answer) => answer,
            Err(error) => return Self::Refused(error),
        };
        if answer.stdout.starts_with(b"true") {
            return Self::Bare;
        }
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        let fatal = said.lines().find_map(|line| line.strip_prefix("fatal: "));
        match fatal.filter(|fatal| !fatal.starts_with("not a git repository")) {
            None => Self::NoRepository,
            Some(fatal) => {
                let error = Error::new(Kind::NotGitRepo, format!("Git refuses: {fatal}"));
                let remedy = said.lines().map(str::trim).find(|line| line.starts_with("git "));
                let hint = remedy.map(|remedy| format!("if you trust it, run `{remedy}`"));
                Self::Refused(hint.into_iter().fold(error, Error::hint))
            }
        }
    }

    /// What a person is told who needs a repository.
    pub fn told(self) -> Error {
        match self {
            Self::NoRepository => Error::new(Kind::NotGitRepo, "loghop needs a Git repository")
                .hint("run `git init` here, then `loghop init`"),
            Self::Bare => {
                Error::new(Kind::NotGitRepo, "a bare Git repository has no files to work on").hint(
                    "run `git clone` or `git worktree add`, then `loghop init` in what that makes",
                )
            }
            Self::Refused(error) => error,
        }
    }
}
