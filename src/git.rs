//! What Git says about the working tree, asked so that it cannot do anything else: no hooks, no
//! pager, no external diff, no prompt, no lock, bounded output and time.
//!
//! Only `git` itself is asked, never its files: worktrees, submodules and every future format of
//! the index then work by themselves.

mod before;
mod no_root;
mod own;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

pub use self::no_root::NoRoot;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::model::{ChangedFile, Repo};
use crate::subprocess::{self, Exit, Output, Request};

pub use before::{Held, held_since};

/// How much of a working tree is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Lines of the patch.
    pub patch_lines: usize,
    /// Bytes of the patch.
    pub patch_bytes: usize,
    /// Changed files that are named.
    pub files: usize,
    /// Time for all questions together.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // 0.2.1's default of `handoff_patch_lines`.
            patch_lines: 160,
            // About a third of a handoff of 24,000 characters.
            patch_bytes: 8 * 1024,
            // More names than anybody reads; it only bounds memory.
            files: 500,
            // A cold `status` of a very large repository takes seconds, not tens of them.
            timeout: Duration::from_secs(5),
        }
    }
}

/// Commits that are named: enough to see what was just finished.
const COMMITS: &str = "-n8";

/// Output of a question that is not the patch: 20,000 changed files with long names.
const ANSWER_MAX: usize = 4 * 1024 * 1024;

/// New files whose content is shown: each costs a process of about 3 ms.
const NEW_FILES_SHOWN_MAX: usize = 40;

/// Characters of one line of the patch: a longer one is generated (minified code, a lock file).
const PATCH_LINE_MAX: usize = 600;

/// Settings that keep Git from starting other programs and its output in one shape.
const SETTINGS: [&str; 9] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "color.ui=false",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "diff.renames=true",
    "log.showSignature=false",
    "diff.orderFile=/dev/null",
];

/// Variables of a surrounding `git` (a hook, an alias) that would point ours elsewhere.
const FOREIGN: [&str; 10] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_CONFIG_PARAMETERS",
];

/// Variables that every question gets: no lock, no prompt, no words in other languages.
const FIXED: [(&str, &str); 3] =
    [("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C")];

/// The top folder of the working tree that holds `cwd`; `None` outside of one or without Git.
pub fn root(cwd: &Path, env: &Env) -> Option<PathBuf> {
    let git = Git::new(cwd, env, Limits::default().timeout);
    let line = git.line(&["rev-parse", "--show-toplevel"])?;
    Some(PathBuf::from(line))
}

/// Reads the state of the working tree at `root`. `ignore` holds the lines of `.loghopignore`:
/// what they match is counted, never named or shown. What loghop added to the person's own ignore
/// file is no work of anybody's and left out.
///
/// Fails when Git cannot be asked at all; a question that takes too long only leaves its part out.
pub fn read(root: &Path, env: &Env, ignore: &str, limits: &Limits) -> Result<Repo> {
    let git = Git::new(root, env, limits.timeout);
    let mut changes = git.changes(limits.files)?;
    changes.retain(|change| !git.adds_our_lines(change));
    let matcher = matcher(ignore);
    let all = changes.len();
    let changes: Vec<Change> =
        changes.into_iter().filter(|c| !is_ignored(&matcher, &c.path)).collect();
    let head = git.line(&["rev-parse", "--short=10", "--verify", "-q", "HEAD"]);
    let mut repo = Repo {
        branch: git.text(&["symbolic-ref", "--short", "-q", "HEAD"]),
        default_branch: git.default_branch(),
        commits: if head.is_some() { git.commits() } else { Vec::new() },
        ignored: (all - changes.len()) as u32,
        changed: changes.iter().map(Change::shown).collect(),
        ..Repo::default()
    };
    // Last, because it is the one question that may use up the time.
    let patch = git.patch(&changes, head.is_some(), limits);
    (repo.patch, repo.patch_truncated) = (patch.text, patch.cut);
    repo.head = head.unwrap_or_default().to_string_lossy().into_owned();
    Ok(repo)
}

/// The current branch; empty when detached, and where Git cannot be asked.
pub fn branch(root: &Path, env: &Env) -> String {
    Git::new(root, env, Limits::default().timeout).text(&["symbolic-ref", "--short", "-q", "HEAD"])
}

/// The changed files alone, for a panel that asks often; empty when Git cannot be asked.
pub fn changed(root: &Path, env: &Env) -> Vec<ChangedFile> {
    let limits = Limits::default();
    let git = Git::new(root, env, limits.timeout);
    let changes = git.changes(limits.files).unwrap_or_default();
    changes.iter().map(Change::shown).collect()
}

/// A changed path as Git names it.
struct Change {
    path: OsString,
    /// Where it was before a rename.
    from: Option<OsString>,
    status: String,
}

impl Change {
    fn shown(&self) -> ChangedFile {
        ChangedFile {
            path: self.path.to_string_lossy().into_owned(),
            status: self.status.trim().to_owned(),
        }
    }

    fn is_new(&self) -> bool {
        self.status == "??"
    }

    /// A folder stands for a repository inside this one: its content is not ours.
    fn is_folder(&self) -> bool {
        self.path.as_encoded_bytes().ends_with(b"/")
    }
}

/// Git at one folder, with the time that is left for it.
struct Git {
    root: PathBuf,
    env: Vec<(OsString, OsString)>,
    deadline: Instant,
}

impl Git {
    fn new(root: &Path, env: &Env, timeout: Duration) -> Self {
        let ours =
            |name: &OsStr| FOREIGN.iter().chain(FIXED.map(|(n, _)| n).iter()).any(|n| name == *n);
        let kept = env.iter().filter(|(name, _)| !ours(name));
        let fixed = FIXED.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value)));
        let env = kept.chain(fixed).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Self { root: root.to_owned(), env, deadline: Instant::now() + timeout }
    }

    fn ask<S: AsRef<OsStr>>(&self, args: &[S], output_max: usize) -> Result<Output> {
        let timeout = self.deadline.saturating_duration_since(Instant::now());
        if timeout.is_zero() {
            let message = "Git was not asked: its time is used up";
            return Err(Error::new(Kind::Timeout, message).at(&self.root));
        }
        let settings = SETTINGS.iter().flat_map(|s| ["-c", s]);
        let fixed = ["--no-pager", "--literal-pathspecs"].into_iter().chain(settings);
        let args = fixed.map(OsString::from).chain(args.iter().map(|a| a.as_ref().to_owned()));
        subprocess::run(&Request {
            program: "git".into(),
            args: args.collect(),
            cwd: self.root.clone(),
            env: Some(self.env.clone()),
            timeout,
            output_max,
        })
        .map_err(|error| match error.kind {
            Kind::Timeout => error.at(&self.root),
            _ => Error::new(Kind::Io, format!("git was not started: {}", error.message))
                .hint("install Git, or put it on PATH"),
        })
    }

    /// The one line that Git answers, or nothing.
    fn line(&self, args: &[&str]) -> Option<OsString> {
        let answer = self.ask(args, ANSWER_MAX).ok().filter(|a| a.exit.success())?;
        let line = answer.stdout.strip_suffix(b"\n").unwrap_or(&answer.stdout);
        (!line.is_empty()).then(|| os_string(line))
    }

    fn text(&self, args: &[&str]) -> String {
        self.line(args).unwrap_or_default().to_string_lossy().into_owned()
    }

    fn changes(&self, max: usize) -> Result<Vec<Change>> {
        // Submodules are compared by commit only: looking inside would run with their settings.
        let args = ["status", "--porcelain=v1", "-z", "-uall", "--ignore-submodules=dirty"];
        let answer = self.ask(&args, ANSWER_MAX)?;
        if !answer.exit.success() && !answer.truncated {
            return Err(Error::new(Kind::NotGitRepo, "not a Git working tree").at(&self.root));
        }
        Ok(parse_status(&answer.stdout).filter(|c| !own::is_ours(&c.path)).take(max).collect())
    }

    /// What `main` is called here: the remote's word, else the usual names that exist.
    fn default_branch(&self) -> String {
        let refs = ["refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master"];
        let format = "--format=%(refname) %(symref)";
        let args: Vec<&str> = ["for-each-ref", format].into_iter().chain(refs).collect();
        let Ok(answer) = self.ask(&args, ANSWER_MAX) else { return String::new() };
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        let remote = text.lines().find_map(|l| l.split_once(" refs/remotes/origin/"));
        let local = || text.lines().find_map(|l| l.trim().strip_prefix("refs/heads/"));
        remote.map(|(_, name)| name).or_else(local).unwrap_or_default().to_owned()
    }

    fn commits(&self) -> Vec<(String, String)> {
        let args = ["log", COMMITS, "-z", "--no-show-signature", "--format=%h%x09%s"];
        let Ok(answer) = self.ask(&args, ANSWER_MAX) else { return Vec::new() };
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        let pairs = text.split('\0').filter_map(|line| line.split_once('\t'));
        pairs.map(|(hash, subject)| (hash.to_owned(), subject.to_owned())).collect()
    }

    /// Tracked files against HEAD (the empty tree before the first commit), then new files.
    fn patch(&self, changes: &[Change], has_head: bool, limits: &Limits) -> Patch {
        let mut patch = Patch::default();
        let tracked = changes.iter().filter(|c| !c.is_new() && !c.is_folder());
        let paths = tracked.flat_map(|c| c.from.iter().chain([&c.path]));
        let paths: Vec<&OsStr> = paths.map(OsString::as_os_str).collect();
        if !paths.is_empty() {
            let empty_tree = || self.line(&["hash-object", "-t", "tree", "/dev/null"]);
            let base = if has_head { Some("HEAD".into()) } else { empty_tree() };
            let base = base.unwrap_or_default();
            patch.add(&self.diff(&[&base, OsStr::new("--")], &paths, limits), limits);
        }
        let new = changes.iter().filter(|c| c.is_new() && !c.is_folder());
        for (n, change) in new.enumerate() {
            if n >= NEW_FILES_SHOWN_MAX || patch.is_full(limits) {
                patch.cut = true;
                break;
            }
            let args = ["--no-index", "--", "/dev/null"].map(OsStr::new);
            patch.add(&self.diff(&args, &[change.path.as_os_str()], limits), limits);
        }
        patch
    }

    fn diff(&self, how: &[&OsStr], paths: &[&OsStr], limits: &Limits) -> Output {
        let fixed = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=3"];
        let fixed = fixed.into_iter().chain(["--ignore-submodules=dirty"]).map(OsStr::new);
        let args: Vec<&OsStr> =
            fixed.chain(how.iter().copied()).chain(paths.iter().copied()).collect();
        // Lines are cut later, so that one long line does not use up the room of the others.
        let output_max = limits.patch_bytes.saturating_mul(8);
        let nothing = || Output {
            exit: Exit::Code(0),
            stdout: Vec::new(),
            stderr: Vec::new(),
            truncated: true,
        };
        self.ask(&args, output_max).unwrap_or_else(|_| nothing())
    }
}

/// A patch that grows up to its limits.
#[derive(Default)]
struct Patch {
    text: String,
    lines: usize,
    cut: bool,
}

impl Patch {
    fn is_full(&self, limits: &Limits) -> bool {
        self.lines >= limits.patch_lines || self.text.len() >= limits.patch_bytes
    }

    fn add(&mut self, answer: &Output, limits: &Limits) {
        self.cut |= answer.truncated;
        for line in String::from_utf8_lossy(&answer.stdout).lines() {
            let end = line.char_indices().nth(PATCH_LINE_MAX).map(|(at, _)| at);
            let shown = &line[..end.unwrap_or(line.len())];
            let bytes = self.text.len() + shown.len() + '…'.len_utf8() + 1;
            if self.lines >= limits.patch_lines || bytes > limits.patch_bytes {
                self.cut = true;
                return;
            }
            self.text.push_str(shown);
            if end.is_some() {
                self.text.push('…');
                self.cut = true;
            }
            self.text.push('\n');
            self.lines += 1;
        }
    }
}

/// Reads `status --porcelain=v1 -z`: `XY path`, and for renames and copies the old path after it.
fn parse_status(bytes: &[u8]) -> impl Iterator<Item = Change> + '_ {
    let mut parts = bytes.split(|b| *b == 0);
    std::iter::from_fn(move || {
        let entry = parts.next().filter(|e| e.len() > 3)?;
        let (status, path) = (&entry[..2], &entry[3..]);
        let moved = status.iter().any(|b| matches!(b, b'R' | b'C'));
        let from = if moved { parts.next().map(os_string) } else { None };
        let status = String::from_utf8_lossy(status).into_owned();
        Some(Change { path: os_string(path), from, status })
    })
}

/// A pattern that cannot be read is left out: the others still protect what they name.
fn matcher(lines: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for line in lines.lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

fn is_ignored(matcher: &Gitignore, path: &OsStr) -> bool {
    let is_folder = path.as_encoded_bytes().ends_with(b"/");
    matcher.matched_path_or_any_parents(Path::new(path), is_folder).is_ignore()
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make repositories of their own")]
mod tests {
    use std::fs;

    use super::*;
    use crate::clock::Timestamp;

    struct Scratch(tempfile::TempDir);

    impl Scratch {
        /// A repository without commits.
        fn new() -> Self {
            let scratch = Self(tempfile::tempdir().unwrap());
            scratch.git(&["init", "-q", "-b", "main"]);
            scratch.git(&["config", "user.name", "Ada"]);
            scratch.git(&["config", "user.email", "ada@example.org"]);
            scratch
        }

        fn with_commit() -> Self {
            let scratch = Self::new();
            scratch.put("a.txt", "one\ntwo\n");
            scratch.commit("first: a file");
            scratch
        }

        fn path(&self) -> &Path {
            self.0.path()
        }

        fn git(&self, args: &[&str]) {
            let mut command = std::process::Command::new("git");
            for name in FOREIGN {
                command.env_remove(name);
            }
            let done = command.args(args).current_dir(self.path()).output().unwrap();
            assert!(done.status.success(), "{args:?} {}", String::from_utf8_lossy(&done.stderr));
        }

        fn put(&self, path: &str, text: &str) {
            let path = self.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn commit(&self, subject: &str) {
            self.git(&["add", "-A"]);
            self.git(&["commit", "-q", "-m", subject]);
        }

        fn read(&self) -> Repo {
            read(self.path(), &env(), "", &Limits::default()).unwrap()
        }
    }

    fn env() -> Env {
        Env::from_process()
    }

    fn names(repo: &Repo) -> Vec<(&str, &str)> {
        repo.changed.iter().map(|c| (c.status.as_str(), c.path.as_str())).collect()
    }

    #[test]
    fn changed_new_deleted_and_renamed_files_are_told() {
        let repo = Scratch::with_commit();
        repo.put("gone.txt", "bye\n");
        repo.put("old name.txt", "a\nb\nc\nd\ne\n");
        repo.commit("second");
        repo.put("a.txt", "one\n2\n");
        repo.put("new/file.txt", "fresh\n");
        fs::remove_file(repo.path().join("gone.txt")).unwrap();
        repo.git(&["mv", "old name.txt", "new name.txt"]);
        let read = repo.read();
        let expected =
            [("M", "a.txt"), ("D", "gone.txt"), ("R", "new name.txt"), ("??", "new/file.txt")];
        let mut found = names(&read);
        found.sort_by_key(|(_, path)| *path);
        assert_eq!(found, expected);
        assert_eq!((read.branch.as_str(), read.default_branch.as_str()), ("main", "main"));
        assert_eq!(read.head.len(), 10);
        let subjects: Vec<&str> = read.commits.iter().map(|(_, s)| s.as_str()).collect();
        assert_eq!(subjects, ["second", "first: a file"]);
        for part in ["-two\n+2\n", "-bye\n", "rename from old name.txt", "+++ b/new/file.txt\n@@"] {
            assert!(read.patch.contains(part), "{part:?} in\n{}", read.patch);
        }
        assert!(!read.patch_truncated);
    }

    #[test]
    fn a_repository_without_commits_is_read() {
        let repo = Scratch::new();
        repo.put("staged.txt", "s\n");
        repo.git(&["add", "staged.txt"]);
        repo.put("loose.txt", "l\n");
        let read = repo.read();
        assert_eq!(names(&read), [("A", "staged.txt"), ("??", "loose.txt")]);
        assert_eq!((read.branch.as_str(), read.head.as_str()), ("main", ""));
        assert!(read.commits.is_empty());
        assert!(read.patch.contains("+s\n") && read.patch.contains("+l\n"), "{}", read.patch);
    }

    #[test]
    fn a_detached_head_has_no_branch() {
        let repo = Scratch::with_commit();
        repo.git(&["checkout", "-q", "--detach"]);
        let read = repo.read();
        assert_eq!(read.branch, "");
        assert_eq!(read.default_branch, "main");
        assert!(!read.head.is_empty());
    }

    #[test]
    fn odd_names_are_kept_as_they_are() {
        let repo = Scratch::with_commit();
        for name in ["with space.txt", "naïve 日本.txt", "two\nlines.txt", "-n", ":(top)x", "*"]
        {
            repo.put(name, "x\n");
        }
        let read = repo.read();
        let mut found: Vec<&str> = read.changed.iter().map(|c| c.path.as_str()).collect();
        found.sort_unstable();
        let mut expected =
            ["with space.txt", "naïve 日本.txt", "two\nlines.txt", "-n", ":(top)x", "*"];
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert!(read.patch.contains("naïve 日本.txt"), "{}", read.patch);
        assert_eq!(read.patch.matches("+x\n").count(), 6, "{}", read.patch);
        repo.commit("all of them");
        repo.put("*", "y\n");
        assert_eq!(repo.read().patch.matches("+y\n").count(), 1);
    }

    #[test]
    fn ignored_files_and_our_own_are_left_out() {
        let repo = Scratch::with_commit();
        repo.put(".gitignore", "target/\n");
        repo.commit("ignore");
        repo.put("target/x", "built\n");
        repo.put(".loghop/config.toml", "ours\n");
        repo.put("loghop.md", "ours\n");
        repo.put("docs/loghop.md", "theirs\n");
        repo.put("secret/key.pem", "hidden words\n");
        repo.put("a.txt", "hidden words\n");
        repo.put("keep.env", "kept words\n");
        let ignore = "secret/\n*.txt\n*.env\n!keep.env\n[bad\n";
        let read = read(repo.path(), &env(), ignore, &Limits::default()).unwrap();
        assert_eq!(names(&read), [("??", "docs/loghop.md"), ("??", "keep.env")]);
        assert_eq!(read.ignored, 2);
        assert!(!read.patch.contains("hidden") && !read.patch.contains("ours"), "{}", read.patch);
        assert!(read.patch.contains("kept words"));
    }

    #[test]
    fn what_was_written_and_undone_since_is_as_it_was() {
        let repo = Scratch::new();
        let held = |paths: &[&str], since: i64| {
            held_since(repo.path(), &env(), paths, Timestamp::from_second(since))
                .into_iter()
                .map(|held| (held.path, held.is_tracked))
                .collect::<Vec<_>>()
        };
        assert_eq!(held(&["a.txt"], 0), [], "there is no commit");
        let at = |second: i64, subject: &str| {
            repo.git(&["add", "-A"]);
            let date = format!("--date=@{second}");
            let mut command = std::process::Command::new("git");
            let command = command.args(["commit", "-q", "-m", subject, &date]);
            let command = command.env("GIT_COMMITTER_DATE", format!("@{second} +0000"));
            assert!(command.current_dir(repo.path()).status().unwrap().success());
        };
        repo.put("a.txt", "one\n");
        repo.put("b.txt", "one\n");
        at(1_700_000_000, "first");
        repo.put("a.txt", "two\n");
        repo.put("b.txt", "two\n");
        repo.put("new.txt", "new\n");
        at(1_700_000_100, "second");
        repo.put("a.txt", "one\n");
        at(1_700_000_200, "a is put back");
        let paths = ["a.txt", "b.txt", "new.txt", "never there"];
        let expected = [("a.txt".to_owned(), true), ("never there".to_owned(), false)];
        assert_eq!(held(&paths, 1_700_000_050), expected);
        assert_eq!(held(&paths, 1_700_000_100).len(), 3, "new.txt and b.txt are older");
        assert_eq!(held(&paths, 1_600_000_000), [("never there".to_owned(), false)]);
    }

    #[test]
    fn our_lines_in_an_ignore_file_are_no_change() {
        const OURS: &str = ".loghop/\nloghop.md\n";
        let repo = Scratch::with_commit();
        let told = |text: &str| {
            repo.put(".gitignore", text);
            !repo.read().changed.is_empty()
        };
        assert!(!told(OURS));
        assert!(told(&format!("{OURS}*.log\n")));
        assert!(told("*.log\n"));
        repo.put(".gitignore", "target/\nold");
        repo.commit("ignore");
        assert!(!told(&format!("target/\nold\n{OURS}")));
        assert!(told(&format!("target/\n{OURS}")), "a line was taken away");
        assert!(told("target/\nold\nloghop.md\nnew\n"));
        assert!(told(&format!("target/\nOLD\n{OURS}")), "a line was changed");
    }

    #[test]
    fn binary_files_are_named_only() {
        let repo = Scratch::with_commit();
        fs::write(repo.path().join("new.bin"), [0, 159, 146, 150, 0]).unwrap();
        let read = repo.read();
        assert_eq!(names(&read), [("??", "new.bin")]);
        assert!(read.patch.contains("Binary files"), "{}", read.patch);
        assert!(!read.patch.contains('\u{FFFD}'), "{}", read.patch);
    }

    #[test]
    fn the_patch_stays_within_its_limits() {
        let repo = Scratch::with_commit();
        repo.put("a.txt", &"line\n".repeat(5000));
        repo.put("min.js", &"x".repeat(3_000_000));
        let few = Limits { patch_lines: 20, ..Limits::default() };
        let cut = read(repo.path(), &env(), "", &few).unwrap();
        assert_eq!(cut.patch.lines().count(), 20);
        assert!(cut.patch_truncated);
        let small = Limits { patch_lines: 9999, patch_bytes: 500, ..Limits::default() };
        let cut = read(repo.path(), &env(), "", &small).unwrap();
        assert!(cut.patch.len() <= 500 && cut.patch_truncated);
        let one = Limits { files: 1, ..Limits::default() };
        assert_eq!(read(repo.path(), &env(), "", &one).unwrap().changed.len(), 1);
        repo.put("a.txt", "one\ntwo\n");
        let long_line = repo.read();
        assert!(long_line.patch.contains("xx…\n") && long_line.patch_truncated);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_that_the_repository_configures_is_started() {
        use std::os::unix::fs::PermissionsExt;
        let repo = Scratch::with_commit();
        let trap = repo.path().join("trap.sh");
        let sprung = repo.path().join("sprung");
        fs::write(&trap, format!("#!/bin/sh\ntouch '{}'\ncat\n", sprung.display())).unwrap();
        fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
        let trap = trap.to_str().unwrap();
        for key in ["core.fsmonitor", "diff.external", "core.pager", "diff.trap.textconv"] {
            repo.git(&["config", key, trap]);
        }
        repo.git(&["config", "log.showSignature", "true"]);
        repo.git(&["config", "gpg.program", trap]);
        fs::write(repo.path().join(".git/info/attributes"), "*.txt diff=trap\n").unwrap();
        repo.put("a.txt", "one\nthree\n");
        let read = repo.read();
        assert!(read.patch.contains("+three"), "{}", read.patch);
        assert!(!sprung.exists());
    }

    #[test]
    fn the_root_is_found_from_below_in_worktrees_and_submodules() {
        let repo = Scratch::with_commit();
        repo.put("deep/er/x", "x\n");
        let top = repo.path().canonicalize().unwrap();
        assert_eq!(root(&repo.path().join("deep/er"), &env()), Some(top.clone()));
        let side = tempfile::tempdir().unwrap();
        let tree = side.path().join("tree");
        repo.git(&["worktree", "add", "-q", "-b", "side", tree.to_str().unwrap()]);
        assert_eq!(root(&tree, &env()), Some(tree.canonicalize().unwrap()));
        assert_eq!(read(&tree, &env(), "", &Limits::default()).unwrap().branch, "side");
        let inner = Scratch::with_commit();
        let url = inner.path().to_str().unwrap();
        repo.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", url, "sub"]);
        assert_eq!(root(&repo.path().join("sub"), &env()), Some(top.join("sub")));
        assert!(names(&repo.read()).contains(&("A", "sub")));
        assert_eq!(root(side.path(), &env()), None);
        assert_eq!(root(Path::new("/nonexistent"), &env()), None);
    }

    #[test]
    fn a_surrounding_git_does_not_point_us_elsewhere() {
        let (repo, other) = (Scratch::with_commit(), Scratch::new());
        let foreign = other.path().join(".git").into_os_string();
        let inherited = env().iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect::<Vec<_>>();
        let env = Env::from_pairs(inherited.into_iter().chain([("GIT_DIR".into(), foreign)]));
        assert_eq!(root(repo.path(), &env), Some(repo.path().canonicalize().unwrap()));
    }

    #[test]
    fn a_folder_that_is_no_repository_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path(), &env(), "", &Limits::default()).unwrap_err();
        assert_eq!(error.kind, Kind::NotGitRepo);
        assert_eq!(error.path.as_deref(), Some(folder.path()));
        assert!(changed(folder.path(), &env()).is_empty());
    }

    #[test]
    fn no_time_or_no_git_is_an_error_and_not_a_wait() {
        let repo = Scratch::with_commit();
        let hurry = Limits { timeout: Duration::ZERO, ..Limits::default() };
        assert_eq!(read(repo.path(), &env(), "", &hurry).unwrap_err().kind, Kind::Timeout);
        let without_git = Env::from_pairs([("PATH", "/nonexistent")]);
        let error = read(repo.path(), &without_git, "", &Limits::default()).unwrap_err();
        assert!(error.message.contains("git") && !error.hints.is_empty(), "{error:?}");
        assert_eq!(root(repo.path(), &without_git), None);
        let told = NoRoot::ask(repo.path(), &without_git).told();
        assert!(told.message.starts_with("git was not started"), "{told:?}");
    }

    #[test]
    fn why_there_is_no_root_is_told_with_gits_own_remedy() {
        let (folder, repo) = (tempfile::tempdir().unwrap(), Scratch::with_commit());
        assert!(matches!(NoRoot::ask(folder.path(), &env()), NoRoot::NoRepository));
        // Git's own switch for its own tests.
        let foreign = ("GIT_TEST_ASSUME_DIFFERENT_OWNER".into(), "1".into());
        let inherited = env().iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect::<Vec<_>>();
        let env = Env::from_pairs(inherited.into_iter().chain([foreign]));
        assert_eq!(root(repo.path(), &env), None);
        let told = NoRoot::ask(repo.path(), &env).told();
        assert!(told.message.contains("dubious ownership"), "{told:?}");
        assert!(told.hints[0].contains("`git config --global --add safe.directory "), "{told:?}");
    }
}
