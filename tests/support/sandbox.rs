//! A place of its own for a test: a home, a Git repository, an environment with nothing else.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::split::wait_until;
use super::terminal::{Answers, Launch, Terminal};

/// The binary under test.
pub const LOGHOP: &str = env!("CARGO_BIN_EXE_loghop");

/// Set: what a failed test leaves is kept, to be looked at.
const KEEP: &str = "LOGHOP_TEST_KEEP";

/// A temporary home and repository. Everything is removed when it is dropped.
pub struct Sandbox {
    dir: tempfile::TempDir,
    env: Vec<(String, String)>,
}

impl Drop for Sandbox {
    #[expect(clippy::print_stderr, reason = "whoever looks for a failure is told where")]
    fn drop(&mut self) {
        if std::thread::panicking() && std::env::var_os(KEEP).is_some() {
            self.dir.disable_cleanup(true);
            eprintln!("kept: {}", self.dir.path().display());
        }
    }
}

impl Sandbox {
    /// A home, a repository with one commit, and `claude` and `codex` played by loghop on PATH.
    pub fn new() -> Self {
        let sandbox = Self::bare();
        for name in ["claude", "codex"] {
            let program = sandbox.bin().join(name);
            let script = format!("#!/bin/sh\nexec '{LOGHOP}' play {name} \"$@\"\n");
            std::fs::write(&program, script).unwrap();
            std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        }
        sandbox
    }

    /// The same without any assistant on PATH.
    pub fn bare() -> Self {
        let dir = tempfile::Builder::new().prefix("loghop-test-").tempdir().unwrap();
        // The clients resolve links; on macOS the temporary folder is one.
        let root = dir.path().canonicalize().unwrap();
        for part in ["home", "bin", "repo"] {
            std::fs::create_dir(root.join(part)).unwrap();
        }
        let system = std::env::var("PATH").unwrap_or_default();
        let env = [
            ("HOME", root.join("home").display().to_string()),
            ("PATH", format!("{}:{system}", root.join("bin").display())),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("TMPDIR", root.join("home").display().to_string()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ];
        let env = env.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let sandbox = Self { dir, env };
        sandbox.make_repository();
        sandbox
    }

    fn make_repository(&self) {
        std::fs::write(self.repo().join("README.md"), "# A project\n").unwrap();
        for args in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["config", "user.name", "Dev"],
            &["config", "user.email", "dev@example.com"],
            &["add", "."],
            &["commit", "--quiet", "--message=init"],
        ] {
            self.git(args);
        }
    }

    /// Runs git in the repository and returns what it prints.
    pub fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(args).current_dir(self.repo()).env_clear().envs(self.env.iter().cloned());
        let output = git.output().unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Everything of this sandbox lies under here.
    pub fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// The home folder.
    pub fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// The repository.
    pub fn repo(&self) -> PathBuf {
        self.root().join("repo")
    }

    /// The folder that stands first on PATH.
    pub fn bin(&self) -> PathBuf {
        self.root().join("bin")
    }

    /// Puts a program on PATH under this name.
    pub fn install(&self, name: &str, program: &Path) {
        symlink(program, self.bin().join(name)).unwrap();
    }

    /// Sets a variable for everything that is started from now on.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.env.retain(|(n, _)| n != name);
        self.env.push((name.to_owned(), value.into()));
    }

    /// How to start a program (a path, or a name on PATH) in the repository.
    pub fn launch(&self, program: &str, args: &[&str]) -> Launch {
        Launch {
            program: program.into(),
            args: args.iter().map(|a| (*a).to_owned()).collect(),
            env: self.env.clone(),
            cwd: self.repo(),
        }
    }

    /// Starts an assistant of this sandbox's PATH in a terminal of 120x40.
    pub fn start(&self, name: &str, args: &[&str], answers: Answers) -> Terminal {
        let program = self.bin().join(name);
        Terminal::start(&self.launch(program.to_str().unwrap(), args), (120, 40), answers)
    }

    /// Runs a program without a terminal, to its end.
    pub fn run(&self, program: &str, args: &[&str]) -> std::process::Output {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.repo()).env_clear().envs(self.env.iter().cloned());
        command.stdin(std::process::Stdio::null()).output().unwrap()
    }

    /// Processes that were started with this sandbox's environment, as far as the system tells.
    pub fn processes(&self) -> Vec<u32> {
        let home = format!("HOME={}", self.home().display());
        let is_ours = |pid: &u32| {
            let env = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            env.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes())
        };
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|e| e.file_name().to_str()?.parse().ok()).filter(is_ours).collect()
    }

    /// Waits until none of them runs: who was killed could not wait for those that it had started,
    /// and a client that is told to go needs its time.
    #[track_caller]
    pub fn wait_until_nothing_runs(&self) {
        wait_until("the end of all processes", || self.processes().is_empty());
    }

    /// All files under a folder of the home whose names end so, sorted.
    pub fn files(&self, under: &str, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut open = vec![self.home().join(under)];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else if path.to_string_lossy().ends_with(ending) {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// Native transcripts of Claude Code in this home.
    pub fn claude_transcripts(&self) -> Vec<PathBuf> {
        self.files(".claude/projects", ".jsonl")
    }

    /// Native transcripts of Codex in this home.
    pub fn codex_rollouts(&self) -> Vec<PathBuf> {
        self.files(".codex/sessions", ".jsonl")
    }
}

/// The records of a JSONL file; a line that is none fails the test.
pub fn records(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    // What follows the last line end is still being written.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
