//! A home with assistants' files in it, and processes that hold them open.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use loghop::clock::Timestamp;
use loghop::env::Env;
use loghop::model::{Captured, Live, SessionId};
use loghop::provider::{
    Capabilities, HostTraits, LaunchRequest, LaunchSpec, Mode, Provider, UserInstructions,
    encode_folder, plan,
};

pub(crate) const OTHER_ID: &str = "11111111-2222-4333-8444-555555555555";

/// A home with a repository in it.
pub(crate) struct Rig {
    temp: tempfile::TempDir,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let rig = Self { temp: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(rig.repo()).unwrap();
        rig
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.temp.path().canonicalize().unwrap()
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.temp.path().canonicalize().unwrap().join("a.b")
    }

    pub(crate) fn spec_in(&self, provider: Provider, cwd: &Path, args: &[&str]) -> LaunchSpec {
        std::fs::create_dir_all(cwd).unwrap();
        let args: Vec<OsString> = args.iter().map(Into::into).collect();
        let request = LaunchRequest {
            provider,
            program: Path::new("/bin/true"),
            capabilities: &Capabilities::default(),
            args: &args,
            cwd,
            env: &Env::from_pairs([("HOME", self.home())]),
            host: HostTraits::default(),
            session: SessionId(1),
            brief: None,
            prompt: None,
            resume: None,
            mode: Mode::Interactive,
        };
        plan(&request, &UserInstructions::default())
    }

    pub(crate) fn spec(&self, provider: Provider, args: &[&str]) -> LaunchSpec {
        self.spec_in(provider, &self.repo(), args)
    }

    pub(crate) fn claude_file(&self, cwd: &Path, id: &str) -> PathBuf {
        let folder = encode_folder(&cwd.to_string_lossy());
        self.home().join(".claude/projects").join(folder).join(format!("{id}.jsonl"))
    }

    pub(crate) fn pid_file(&self, pid: u32, id: &str, cwd: &Path, age: Duration) -> PathBuf {
        let started = Timestamp::now().as_second() * 1000 - age.as_millis() as i64;
        let path = self.home().join(format!(".claude/sessions/{pid}.json"));
        let text = serde_json::json!({
            "pid": pid, "sessionId": id, "cwd": cwd, "startedAt": started, "status": "idle",
        });
        put(&path, &text.to_string());
        path
    }

    pub(crate) fn rollout(&self, thread: &str) -> PathBuf {
        let day = Timestamp::now().date().replace('-', "/");
        let name = format!("rollout-{}T00-00-00-{thread}.jsonl", Timestamp::now().date());
        self.home().join(".codex/sessions").join(day).join(name)
    }
}

pub(crate) fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

pub(crate) fn append(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A recorded transcript, as one of the session `id`.
pub(crate) fn fixture(name: &str, id: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/transcripts").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let records =
        text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let told = |record: serde_json::Value| {
        let id = [&record["sessionId"], &record["payload"]["session_id"]];
        id.into_iter().find_map(|id| id.as_str().map(str::to_owned))
    };
    let recorded = records.into_iter().find_map(told).unwrap();
    text.replace(&recorded, id)
}

/// A prompt and its answer, as Claude Code writes them.
pub(crate) fn exchange(prompt: &str) -> String {
    exchange_at(prompt, Timestamp::now())
}

/// The same, at another time.
pub(crate) fn exchange_at(prompt: &str, at: Timestamp) -> String {
    let user = serde_json::json!({
        "type": "user", "message": {"role": "user", "content": prompt}, "timestamp": at.to_string(),
        "uuid": format!("u-{prompt}"), "cwd": "/r", "isSidechain": false,
        "promptSource": "typed", "userType": "external",
    });
    let reply = serde_json::json!({
        "type": "assistant", "timestamp": at.to_string(), "uuid": format!("a-{prompt}"),
        "isSidechain": false,
        "message": {
            "id": format!("msg-{prompt}"), "role": "assistant", "model": "m",
            "content": [{"type": "text", "text": format!("answer to {prompt}")}],
            "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1},
        },
    });
    format!("{user}\n{reply}\n")
}

/// The first line of a rollout, and an exchange in it.
pub(crate) fn rollout_text(thread: &str, cwd: &Path, prompt: &str) -> String {
    rollout_text_at(thread, cwd, prompt, Timestamp::now())
}

/// The same, at another time.
pub(crate) fn rollout_text_at(thread: &str, cwd: &Path, prompt: &str, at: Timestamp) -> String {
    let at = at.to_string();
    let line = |kind: &str, payload: serde_json::Value| {
        serde_json::json!({"timestamp": at, "type": kind, "payload": payload}).to_string() + "\n"
    };
    let message = |role: &str, kind: &str, text: &str| {
        let content = serde_json::json!([{"type": kind, "text": text}]);
        serde_json::json!({
            "type": "message", "role": role, "content": content,
            "internal_chat_message_metadata_passthrough": {"content_item_kinds": ["user.text"]},
        })
    };
    let meta = serde_json::json!({
        "id": thread, "session_id": thread, "timestamp": at, "cwd": cwd, "source": "cli",
        "originator": "codex-tui", "cli_version": "0.169.0",
    });
    let reply = format!("answer to {prompt}");
    [
        line("session_meta", meta),
        line("event_msg", serde_json::json!({"type": "task_started"})),
        line("response_item", message("user", "input_text", prompt)),
        line("response_item", message("assistant", "output_text", &reply)),
        line(
            "event_msg",
            serde_json::json!({"type": "task_complete", "last_agent_message": reply}),
        ),
    ]
    .concat()
}

pub(crate) fn first_prompt(live: &Live) -> Option<&str> {
    live.digest.first_prompt.as_ref().map(|said| said.text.as_str())
}

pub(crate) fn last_prompt(live: &Live) -> Option<&str> {
    live.digest.last_prompt.as_ref().map(|said| said.text.as_str())
}

pub(crate) fn lost(live: &Live) -> &str {
    match &live.captured {
        Captured::Lost { reason, .. } => reason,
        other => panic!("not lost: {other:?}"),
    }
}

/// A clock that a test moves.
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn after(&mut self, ms: u64) -> Instant {
        self.0 += Duration::from_millis(ms);
        self.0
    }
}

/// A process that holds files open to write and has the last one's lock, with a child of its own
/// that does it, as npm's shim has.
pub(crate) struct Holder(Child);

impl Holder {
    pub(crate) fn of(paths: &[&Path]) -> Self {
        for path in paths {
            append(path, "");
        }
        Self::run(r#"(exec 9>>"${2:-$1}"; flock 9; exec 8>>"$1"; exec sleep 60) & wait"#, paths)
    }

    /// One that only looks into files.
    pub(crate) fn looking(paths: &[&Path]) -> Self {
        Self::run(r#"(exec 9<"${2:-$1}"; exec 8<"$1"; exec sleep 60) & wait"#, paths)
    }

    fn run(script: &str, paths: &[&Path]) -> Self {
        let child = Command::new("sh").args(["-c", script, "sh"]).args(paths).spawn().unwrap();
        let holder = Self(child);
        let deadline = Instant::now() + Duration::from_mins(1);
        while !holder.holds(paths[0]) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        holder
    }

    pub(crate) fn children(&self) -> Vec<u32> {
        let path = format!("/proc/{0}/task/{0}/children", self.0.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
    }

    pub(crate) fn holds(&self, path: &Path) -> bool {
        self.children()
            .into_iter()
            .any(|pid| std::fs::read_link(format!("/proc/{pid}/fd/8")).is_ok_and(|to| to == path))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        for pid in self.children() {
            let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
