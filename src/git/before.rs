//! Which files are as they were: what was written to them since is undone, by whatever means.

use std::ffi::OsString;
use std::path::Path;

use super::{ANSWER_MAX, Git, Limits, os_string};
use crate::clock::Timestamp;
use crate::env::Env;

/// Those of `paths` that Git holds as it held them at `since`, seen from its root. What is changed
/// in the working tree beside that, only [`super::read`] tells. Nothing is known, and so nothing is
/// named, where Git cannot be asked or has no commit.
pub fn held_since(root: &Path, env: &Env, paths: &[&str], since: Timestamp) -> Vec<Held> {
    let git = Git::new(root, env, Limits::default().timeout);
    git.held_since(paths, since).unwrap_or_default()
}

/// A file whose committed content has not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its path.
    pub path: String,
    /// Git tracks it; where it does not, it never did.
    pub is_tracked: bool,
}

impl Git {
    fn held_since(&self, paths: &[&str], since: Timestamp) -> Option<Vec<Held>> {
        if paths.is_empty() {
            return None;
        }
        self.line(&["rev-parse", "--verify", "-q", "HEAD"])?;
        let before = format!("--before={since}");
        let base = self.line(&["rev-list", "-n1", &before, "HEAD"]);
        let base = base.or_else(|| self.line(&["hash-object", "-t", "tree", "/dev/null"]))?;
        let base = base.to_string_lossy();
        let moved =
            self.named(&["diff", "--name-only", "--no-renames", "-z", &base, "HEAD"], paths)?;
        let tracked = self.named(&["ls-files", "-z"], paths)?;
        let held = paths.iter().filter(|path| !moved.iter().any(|name| name == *path));
        let held = held.map(|path| Held {
            path: (*path).to_owned(),
            is_tracked: tracked.iter().any(|name| name == *path),
        });
        Some(held.collect())
    }

    /// The names that a question about `paths` is answered with.
    fn named(&self, question: &[&str], paths: &[&str]) -> Option<Vec<OsString>> {
        let args: Vec<&str> = question.iter().chain(&["--"]).chain(paths).copied().collect();
        let answer = self.ask(&args, ANSWER_MAX).ok()?;
        let names = answer.stdout.split(|byte| *byte == 0).map(os_string);
        (answer.exit.success() && !answer.truncated).then(|| names.collect())
    }
}
