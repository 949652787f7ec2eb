//! What loghop itself keeps in a repository, or has added to it: no work of anybody's.

use std::ffi::OsStr;
use std::path::Path;

use super::{Change, Git, Limits};

/// The lines that `loghop init` adds to the person's own ignore file.
const LINES: [&str; 2] = [".loghop/", "loghop.md"];

/// Bytes of a change to an ignore file beyond which it is not only ours.
const DIFF_MAX: usize = 2 << 10;

/// Whether a path is a file of ours.
pub(super) fn is_ours(path: &OsStr) -> bool {
    let path = Path::new(path);
    path == Path::new("loghop.md") || path.starts_with(".loghop")
}

impl Git {
    /// Whether a change adds our lines to the person's ignore file, and does nothing beside.
    pub(super) fn adds_our_lines(&self, change: &Change) -> bool {
        if change.path != OsStr::new(".gitignore") || change.from.is_some() {
            return false;
        }
        let how = if change.is_new() {
            ["--no-index", "--", "/dev/null"].as_slice()
        } else {
            &["HEAD", "--"]
        };
        let how: Vec<&OsStr> = how.iter().map(OsStr::new).collect();
        let limits = Limits { patch_bytes: DIFF_MAX, ..Limits::default() };
        let answer = self.diff(&how, &[&change.path], &limits);
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        let body = text.lines().skip_while(|line| !line.starts_with("@@"));
        let of = |sign| body.clone().filter_map(move |line| line.strip_prefix(sign));
        // A last line that had no end gets one.
        let (gone, mut added) = (of('-').collect::<Vec<_>>(), of('+'));
        let are_ours = added.all(|line| LINES.contains(&line) || gone == [line]);
        let is_whole = !answer.truncated && text.contains("\n@@");
        is_whole && are_ours && (gone.is_empty() || of('+').any(|line| gone == [line]))
    }
}
