//! The real clients, from the npm registry: installed once into `target/clients`, run with homes
//! of their own against the mock.
//!
//! They are tested wherever npm is, and wherever `LOGHOP_TEST_REAL_CLIENTS` is set; there, not
//! being able to is a failure. Elsewhere a test says why it does nothing.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::mock_api::MockApi;
use super::sandbox::Sandbox;

/// A client and its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Claude Code 2.1.197: main screen, asks before it runs a command.
    Claude,
    /// Claude Code 2.1.330: full screen, mouse.
    ClaudeNew,
    /// Codex 0.169.0.
    Codex,
}

/// Every client that is tested; none, and the reason is printed, where they are not wanted.
#[expect(clippy::print_stdout, reason = "whoever reads the test's output should know")]
pub fn wanted() -> &'static [Client] {
    let asked = std::env::var_os("LOGHOP_TEST_REAL_CLIENTS").is_some();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if asked || std::env::split_paths(&path).any(|folder| folder.join("npm").exists()) {
        return &[Client::Claude, Client::ClaudeNew, Client::Codex];
    }
    println!("not tested: npm is not on PATH, and LOGHOP_TEST_REAL_CLIENTS is not set");
    &[]
}

/// The key that the clients are given; the mock takes any.
const KEY: &str = "invented-key-for-the-mock-of-the-api-0123456789";

impl Client {
    /// The name of its program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claude | Self::ClaudeNew => "claude",
            Self::Codex => "codex",
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Claude => "@anthropic-ai/claude-code@2.1.197",
            Self::ClaudeNew => "@anthropic-ai/claude-code@2.1.330",
            Self::Codex => "@openai/codex@0.169.0",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Claude => "claude-2.1.197",
            Self::ClaudeNew => "claude-2.1.330",
            Self::Codex => "codex-0.169.0",
        }
    }

    /// What a prompt looks like when the client waits for one.
    pub fn ready(self) -> &'static str {
        match self {
            Self::Claude | Self::ClaudeNew => "❯",
            Self::Codex => "Ask Codex to do anything",
        }
    }

    /// Where its transcripts lie.
    pub fn transcripts(self, sandbox: &Sandbox) -> Vec<PathBuf> {
        match self {
            Self::Claude | Self::ClaudeNew => sandbox.claude_transcripts(),
            Self::Codex => sandbox.codex_rollouts(),
        }
    }

    /// The transcript that was written to last.
    pub fn last_transcript(self, sandbox: &Sandbox) -> PathBuf {
        let all = self.transcripts(sandbox).into_iter();
        all.max_by_key(|path| path.metadata().unwrap().modified().unwrap()).unwrap()
    }

    /// Puts the client on PATH in a sandbox, with a home that skips its first questions.
    pub fn set_up(self, sandbox: &mut Sandbox, api: &MockApi) {
        let program = self.installed();
        sandbox.install(self.name(), &program);
        match self {
            Self::Claude | Self::ClaudeNew => set_up_claude(sandbox, api),
            Self::Codex => set_up_codex(sandbox, api),
        }
    }

    /// The installed program; installs it where it is missing.
    pub fn installed(self) -> PathBuf {
        let folder = install(self.folder(), self.package());
        native_program(&folder)
            .unwrap_or_else(|| folder.join("node_modules/.bin").join(self.name()))
    }
}

/// Puts Gemini CLI on PATH, which loghop does not know by itself, with a home that skips its first
/// questions. It talks to the mock.
pub fn set_up_gemini(sandbox: &mut Sandbox, api: &MockApi) {
    let folder = install("gemini-0.61.0", "@google/gemini-cli@0.61.0");
    sandbox.install("gemini", &folder.join("node_modules/.bin/gemini"));
    let home = sandbox.home().join(".gemini");
    std::fs::create_dir_all(&home).unwrap();
    let settings = serde_json::json!({
        "security": { "auth": { "selectedType": "gemini-api-key" } },
        "general": { "enableAutoUpdate": false, "enableAutoUpdateNotification": false },
        "privacy": { "usageStatisticsEnabled": false },
    });
    std::fs::write(home.join("settings.json"), settings.to_string()).unwrap();
    sandbox.set("GOOGLE_GEMINI_BASE_URL", api.url());
    sandbox.set("GEMINI_API_KEY", KEY);
    sandbox.set("GEMINI_CLI_TRUST_WORKSPACE", "true");
}

/// Installs a package below `target/clients`, unless it is there; its folder.
fn install(name: &str, package: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_loghop")).ancestors().nth(2).unwrap();
    let folder = target.join("clients").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    // Two test processes must not install the same client at once.
    let lock = File::create(folder.join("lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let done = folder.join("installed");
    if !done.exists() {
        // `--force`: 2.1.330 asks for a newer Node than it needs. Its binary runs without any.
        let prefix = ["install", "--prefix", folder.to_str().unwrap()];
        let output = npm(&[&prefix[..], &["--force", "--no-audit", "--no-fund", package]].concat());
        assert!(output.status.success(), "npm cannot install {package}: {output:?}");
        std::fs::write(&done, package).unwrap();
    }
    folder
}

fn npm(args: &[&str]) -> Output {
    Command::new("npm").args(args).output().unwrap_or_else(|error| {
        panic!("npm is missing ({error}): `.ci/run` installs Node, or put it on PATH")
    })
}

/// Claude's native binary, which runs without the script that npm did or did not run.
fn native_program(folder: &Path) -> Option<PathBuf> {
    let packages = std::fs::read_dir(folder.join("node_modules/@anthropic-ai")).ok()?;
    packages.flatten().map(|p| p.path().join("claude")).find(|p| p.is_file())
}

fn set_up_claude(sandbox: &mut Sandbox, api: &MockApi) {
    let approved = &KEY[KEY.len() - 20..];
    let repo = sandbox.repo().display().to_string();
    let config = serde_json::json!({
        "hasCompletedOnboarding": true,
        "theme": "dark",
        "customApiKeyResponses": { "approved": [approved], "rejected": [] },
        "projects": { repo: { "hasTrustDialogAccepted": true } },
    });
    std::fs::write(sandbox.home().join(".claude.json"), config.to_string()).unwrap();
    sandbox.set("ANTHROPIC_BASE_URL", api.url());
    sandbox.set("ANTHROPIC_API_KEY", KEY);
    for name in
        ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY"]
    {
        sandbox.set(name, "1");
    }
}

fn set_up_codex(sandbox: &mut Sandbox, api: &MockApi) {
    let home = sandbox.home().join(".codex");
    std::fs::create_dir_all(&home).unwrap();
    let config = format!(
        r#"model = "gpt-5.5"
model_provider = "mock"
approval_policy = "on-request"
sandbox_mode = "workspace-write"
check_for_update_on_startup = false

[model_providers.mock]
name = "mock"
base_url = "{}/v1"
wire_api = "responses"
env_key = "MOCK_API_KEY"

[analytics]
enabled = false

[notice.model_migrations]
"gpt-5.5" = "gpt-6-sol"

[tui]
screen_reader_detection_done = true

[tui.model_availability_nux]
"gpt-6.1-sol" = 4

[projects."{}"]
trust_level = "trusted"
"#,
        api.url(),
        sandbox.repo().display(),
    );
    std::fs::write(home.join("config.toml"), config).unwrap();
    sandbox.set("MOCK_API_KEY", KEY);
}
