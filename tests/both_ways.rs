//! Both ways with loghop 0.2.1 itself: a project that it writes opens here, and it reads what we
//! wrote. `scripts/both-ways` installs it; without it these tests say so and do nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use loghop::clock::Timestamp;
use loghop::model::{Handoff, ProviderName, Repo, Session, Status};
use loghop::store::{Store, Verdict};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::sandbox::LOGHOP;

/// Where `scripts/both-ways` installs 0.2.1.
const INSTALLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/loghop-0.2.1/bin/loghop");

/// An assistant that is signed in and says one sentence.
const ASSISTANT: &str = "#!/bin/sh
case \"$1 $2\" in
  'auth status') echo '{\"loggedIn\": true}' ;;
  'login status') echo 'Logged in using ChatGPT' ;;
  *) [ -t 0 ] || cat >/dev/null; echo 'working on it' ;;
esac
";

/// Texts that a careless writer of YAML, TOML or JSON would lose.
const HOSTILE: &[&str] =
    &["yes", "2026-01-01", "1:30", "null", "~", "- a: b # c", "ä\u{2028}\"'\\", "a\nb\ttail "];

struct Machine {
    dir: TempDir,
    theirs: PathBuf,
}

impl Machine {
    #[expect(clippy::print_stderr, reason = "whoever runs the tests is told what was left out")]
    /// A home, a repository and assistants; `None`, with the reason, where 0.2.1 is not installed.
    fn new() -> Option<Self> {
        let theirs = PathBuf::from(INSTALLED);
        if !theirs.exists() {
            eprintln!("skipped: loghop 0.2.1 is not here; `scripts/both-ways` installs it");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        for name in ["home", "repo", "bin"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        for name in ["claude", "codex"] {
            let path = dir.path().join("bin").join(name);
            std::fs::write(&path, ASSISTANT).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(path, mode).unwrap();
        }
        let machine = Self { dir, theirs };
        let git = |args: &[&str]| {
            assert!(machine.command(Path::new("git"), args).status().unwrap().success());
        };
        git(&["init", "--quiet"]);
        git(&["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm1", "--allow-empty"]);
        Some(machine)
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    fn command(&self, program: &Path, args: &[&str]) -> Command {
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root()).env_clear().stdin(Stdio::null());
        command.env("HOME", self.home()).env("LANG", "C.UTF-8");
        command.env("PATH", format!("{}:{path}", self.dir.path().join("bin").display()));
        command
    }

    /// Runs a command of theirs or ours; it must go well and warn of nothing.
    fn run(&self, program: &Path, args: &[&str]) -> Value {
        // With --json these of 0.2.1 end in a traceback, in a project of its own too.
        let is_broken = program == self.theirs
            && (args.last() == Some(&"list") || args.first() == Some(&"topics"));
        let form = if is_broken { "--plain" } else { "--json" };
        let output = self.command(program, &[args, &[form]].concat()).output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {out}\n{err}");
        assert_eq!(err.to_lowercase().matches("warn").count(), 0, "{args:?}: {err}");
        if is_broken {
            return Value::String(out);
        }
        let all: Value =
            serde_json::from_str(&out).unwrap_or_else(|e| panic!("{args:?} {e}: {out}"));
        let loud =
            |event: &&Value| ["warning", "warn", "error"].iter().any(|t| event["type"] == *t);
        let events = all["events"].as_array().unwrap();
        assert!(!events.iter().any(|event| loud(&event)), "{args:?}: {events:?}");
        all
    }

    fn theirs(&self, args: &[&str]) -> Value {
        let all = self.run(&self.theirs, args);
        let log = std::fs::read_to_string(self.root().join(".loghop/loghop.log"));
        let log = log.unwrap_or_default();
        assert!(!log.contains("signature"), "{args:?}: {log}");
        all
    }

    fn ours(&self, args: &[&str]) -> Value {
        self.run(Path::new(LOGHOP), args)
    }

    fn store(&self) -> Store {
        Store::open(&self.root(), &self.home()).unwrap()
    }

    /// A project as 0.2.1 leaves it after a few runs.
    fn project_of_theirs(&self) {
        self.theirs(&["init", "--no-prompt"]);
        self.theirs(&["goal", "Ship auth: step 1"]);
        self.theirs(&["run", "--provider", "claude"]);
        self.theirs(&[
            "run",
            "--provider",
            "codex",
            "--goal",
            "Umlaute: äöü # none",
            "--new-topic",
        ]);
        self.theirs(&["sessions", "annotate", "S-001", "--summary", "null", "--todo", "1.0"]);
        self.theirs(&["handoff", "build", "--provider", "codex"]);
    }

    /// A session of ours, with texts that are easily lost.
    fn session_of_ours(&self) -> Session {
        let store = self.store();
        let now = Timestamp::now();
        let topic = store.ensure_topic("Ship auth", now).unwrap();
        let handoff = store
            .create_handoff(|id| Handoff {
                id,
                provider: ProviderName::claude(),
                goal: HOSTILE[5].into(),
                at: Some(now),
                status: "built".into(),
                updated: Some(now),
                returncode: None,
                topic: Some(topic.id),
                body: format!("# Handoff\n\n{}\n", HOSTILE.join("\n")),
            })
            .unwrap();
        let make = |id| Session::start(id, ProviderName::codex(), HOSTILE[5].into(), now);
        let (mut session, mut tape) = store.create_session(make).unwrap();
        tape.write(&store.redactor().redact("{\"version\": 2}\n")).unwrap();
        let mut transcript = store.transcript_writer(session.id).unwrap();
        transcript
            .line("{\"role\":\"user\",\"text\":\"hi\",\"ts\":\"2026-11-20T22:51:50Z\"}")
            .unwrap();
        transcript.commit().unwrap();
        session.handoff = Some(handoff.id);
        session.topic = Some(topic.id);
        session.status = Status::Succeeded;
        session.ended = Some(now);
        session.returncode = Some("0".into());
        session.turns_captured = 1;
        session.prompts = Some(1);
        session.transcript_path = Some(store.transcript_path(session.id));
        session.ended_by = Some("switch".into());
        session.notes.summary = HOSTILE[6].into();
        session.notes.decisions = HOSTILE.iter().map(ToString::to_string).collect();
        session.notes.todos_pending.clone_from(&session.notes.decisions);
        assert_eq!(store.finish_session(&session, &Repo::default(), now).unwrap(), [""; 0]);
        session
    }
}

/// Commands that read, in both versions.
const READ: &[&[&str]] = &[
    &["status"],
    &["sessions", "list"],
    &["sessions", "show", "S-001"],
    &["sessions", "show", "--latest"],
    &["handoff", "list"],
    &["handoff", "show", "--latest"],
    &["timeline", "--all-status"],
    &["projects", "list"],
    &["migrate", "--dry-run"],
    &["backup", "create"],
    &["goal"],
];

#[test]
fn a_project_that_0_2_1_writes_opens_here() {
    let Some(machine) = Machine::new() else { return };
    machine.project_of_theirs();
    for args in READ {
        machine.ours(args);
    }
    assert_eq!(machine.ours(&["verify"])["verdict"], "older_than_chain");
    for id in ["S-001", "S-002"] {
        let ours = machine.ours(&["sessions", "show", id]);
        let theirs = machine.theirs(&["sessions", "show", id]);
        for key in ["id", "goal", "summary", "status", "todos_pending", "returncode", "topic_id"] {
            assert_eq!(ours[key], theirs[key], "{id} {key}");
        }
    }
}

#[test]
fn what_we_change_in_a_project_of_0_2_1_it_reads_and_goes_on_with() {
    let Some(machine) = Machine::new() else { return };
    machine.project_of_theirs();
    let archive = machine.theirs(&["backup", "create", "--output", "../before.tar.gz"]);
    let goal = format!("--goal={}", HOSTILE[5]);
    machine.ours(&["handoff", "build", "--provider", "claude", &goal]);
    let annotated = ["sessions", "annotate", "S-002", "--summary", HOSTILE[6], "--todo", "yes"];
    machine.ours(&annotated);
    let exported = machine.ours(&["sessions", "export", "S-002"]);
    assert!(exported.to_string().contains("S-002"), "{exported}");
    let topics = machine.ours(&["topics", "list"]);
    assert!(topics.to_string().contains("Umlaute: äöü # none"), "{topics}");
    let dry = machine.ours(&["scrub", "--dry-run"]);
    assert_eq!(dry["changed"], serde_json::json!([]), "{dry}");

    for args in READ {
        machine.theirs(args);
    }
    let told = machine.theirs(&["sessions", "show", "S-002"]);
    assert_eq!(told["summary"], HOSTILE[6]);
    assert_eq!(told["todos_pending"], serde_json::json!(["yes"]));
    let shown = machine.theirs(&["handoff", "show", "--latest"]);
    assert_eq!(shown["goal"], HOSTILE[5], "{shown}");
    machine.theirs(&["run", "--provider", "codex"]);

    machine.ours(&["backup", "restore", archive["archive"].as_str().unwrap(), "-y"]);
    for args in READ {
        machine.theirs(args);
    }
    let told = machine.theirs(&["sessions", "show", "S-002"]);
    assert_ne!(told["summary"], HOSTILE[6], "as it was before");
    assert_eq!(machine.ours(&["sessions"])["sessions"].as_array().unwrap().len(), 2);
}

#[test]
fn a_project_that_we_continued_is_read_by_0_2_1_and_taken_back() {
    let Some(machine) = Machine::new() else { return };
    machine.project_of_theirs();
    let session = machine.session_of_ours();
    for args in READ {
        machine.theirs(args);
    }
    for args in [
        &["topics", "list"][..],
        &["topics", "show", "T-002"],
        &["journal"],
        &["health"],
        &["metrics"],
    ] {
        machine.theirs(args);
    }
    let shown = machine.theirs(&["sessions", "show", &session.id.to_string()]);
    assert_eq!(shown["summary"], session.notes.summary);
    assert_eq!(shown["goal"], session.goal);
    assert_eq!(shown["decisions"], serde_json::json!(session.notes.decisions));
    assert_eq!(machine.store().verify().unwrap().verdict(), Verdict::OlderThanChain);

    machine.theirs(&["run", "--provider", "claude"]);
    machine.theirs(&["sessions", "annotate", &session.id.to_string(), "--summary", "told later"]);
    let store = machine.store();
    let verification = store.verify().unwrap();
    let outside = |f: &loghop::store::Finding| f.verdict == Verdict::ChangedOutside;
    assert!(!verification.findings.is_empty());
    assert!(verification.findings.iter().all(outside), "{:#?}", verification.findings);
    let read = store.session(session.id).unwrap();
    assert_eq!((read.value.notes.summary.as_str(), read.warnings.len()), ("told later", 0));
    assert_eq!(store.sessions().unwrap().items.len(), 4);
    machine.ours(&["migrate"]);
    assert_eq!(machine.ours(&["verify"])["verdict"], "older_than_chain");
    assert_eq!(machine.ours(&["migrate", "--dry-run"])["changed"], false);
}

#[test]
fn a_project_of_ours_alone_is_read_by_0_2_1_and_backups_go_both_ways() {
    let Some(machine) = Machine::new() else { return };
    machine.ours(&["init", "--no-prompt"]);
    machine.ours(&["goal", "from here"]);
    machine.session_of_ours();
    for args in READ {
        machine.theirs(args);
    }
    let archive =
        machine.ours(&["backup", "create", "--output", "../ours.tar.gz"])["archive"].clone();
    machine.theirs(&["backup", "restore", archive.as_str().unwrap(), "-y"]);
    let theirs = machine.theirs(&["backup", "create", "--output", "../theirs.tar.gz"]);
    assert!(theirs["archive"].is_string());
    machine.ours(&["backup", "restore", "../theirs.tar.gz", "-y"]);
    assert_eq!(machine.ours(&["verify"])["verdict"], "clean");
    machine.ours(&["sessions", "delete", "S-001", "-y"]);
    let listed = machine.theirs(&["sessions", "list"]);
    assert!(!listed.as_str().unwrap().contains("S-001"), "{listed}");
    assert_eq!(machine.theirs(&["timeline", "--all-status"])["code"], 0);
}
