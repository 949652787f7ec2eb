//! The state of a Git repository, within limits.

/// What Git says about the working tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repo {
    /// Current branch; empty when detached.
    pub branch: String,
    /// Short hash of HEAD; empty before the first commit.
    pub head: String,
    /// The branch that others start from (`main`), where known.
    pub default_branch: String,
    /// Changed files, without ignored ones and without loghop's own.
    pub changed: Vec<ChangedFile>,
    /// Changed files that were left out because an ignore file says so.
    pub ignored: u32,
    /// Unified diff of the working tree against HEAD, within limits.
    pub patch: String,
    /// The diff was longer than the limits.
    pub patch_truncated: bool,
    /// Subjects of the latest commits, newest first: short hash and subject.
    pub commits: Vec<(String, String)>,
}

/// A changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Path relative to the repository.
    pub path: String,
    /// Git's two letters (`M`, `A`, `??`), trimmed.
    pub status: String,
}
