//! The commands as a person or a script meets them: the real binary, its whole output, its codes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::terminal::{Answers, Terminal};

/// What a command said.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

/// A home and a repository with Git and two silent assistants, and nothing else on PATH.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::bare();
    let path = std::env::var("PATH").unwrap();
    let git = std::env::split_paths(&path).map(|dir| dir.join("git")).find(|git| git.exists());
    sandbox.install("git", &git.unwrap());
    for (name, version) in [("claude", "2.1.197 (Claude Code)"), ("codex", "codex-cli 0.169.0")] {
        let program = sandbox.bin().join(name);
        std::fs::write(&program, format!("#!/bin/sh\necho '{version}'\n")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
    }
    sandbox.set("PATH", sandbox.bin().display().to_string());
    sandbox
}

/// The same with a project in it.
fn project() -> Sandbox {
    let sandbox = sandbox();
    assert_eq!(run(&sandbox, &["init", "--no-prompt"]).code, 0);
    sandbox
}

fn command(sandbox: &Sandbox, args: &[&str]) -> Command {
    let launch = sandbox.launch(LOGHOP, args);
    let mut command = Command::new(LOGHOP);
    command.args(args).current_dir(launch.cwd).env_clear().envs(launch.env);
    command.stdin(Stdio::null());
    command
}

fn said(mut command: Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(sandbox: &Sandbox, args: &[&str]) -> Said {
    said(command(sandbox, args))
}

fn run_in(sandbox: &Sandbox, dir: &Path, args: &[&str]) -> Said {
    let mut command = command(sandbox, args);
    command.current_dir(dir);
    said(command)
}

/// Runs a filter on `input`.
fn filtered(sandbox: &Sandbox, args: &[&str], input: &[u8]) -> Said {
    let mut command = command(sandbox, args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The envelope that a command prints, and nothing but that.
fn envelope(sandbox: &Sandbox, args: &[&str]) -> Value {
    let args = [args, &["--json"]].concat();
    let said = run(sandbox, &args);
    assert_eq!(said.err, "", "{args:?}");
    let all: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(all["code"], said.code, "{args:?}");
    assert_eq!(all["ok"], said.code == 0, "{args:?}");
    all
}

/// What 0.2.1 answered.
fn reference(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cli/0.2.1").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every key of `known` is in `ours`, at every level; new keys may stand beside them.
fn assert_has_keys(ours: &Value, known: &Value, at: &str) {
    if let (Value::Object(ours), Value::Object(known)) = (ours, known) {
        for (key, value) in known {
            let own = ours.get(key).unwrap_or_else(|| panic!("{at}.{key} is missing"));
            assert_has_keys(own, value, &format!("{at}.{key}"));
        }
    }
}

#[test]
fn errors_have_the_form_and_the_codes_of_0_2_1() {
    let sandbox = sandbox();
    let fresh = envelope(&sandbox, &["status"]);
    assert_has_keys(&fresh, &reference("error_not_initialized.json"), "status");
    assert_eq!(fresh["code"], 20);
    assert_eq!(fresh["error_code"], "E_NOT_INITIALIZED");
    assert_eq!(fresh["initialized"], false);

    let usage = envelope(&sandbox, &["run", "--provider", "nope"]);
    assert_has_keys(&usage, &reference("error_usage.json"), "usage");
    assert_eq!((&usage["code"], &usage["error_code"]), (&json!(2), &json!("E_INVALID_INPUT")));

    let sandbox = project();
    assert_eq!(envelope(&sandbox, &["goal", "a\nb"]), reference("error_goal.json"));
    let missing = envelope(&sandbox, &["sessions", "show", "S-999"]);
    assert_has_keys(&missing, &reference("error_session_missing.json"), "missing");
    assert_eq!((&missing["code"], &missing["error_code"]), (&json!(2), &json!("E_INVALID_INPUT")));
}

#[test]
fn mistakes_are_told_once_on_stderr_with_what_to_do() {
    let sandbox = sandbox();
    let table: &[(&[&str], i32, &str)] = &[
        (
            &["status"],
            20,
            "error: loghop is not initialized in this directory\nhint: run `loghop init`\n",
        ),
        (
            &["statsu"],
            2,
            "error: unrecognized subcommand 'statsu'\nhint: did you mean `status`?\n\
             hint: usage: `loghop [OPTIONS] [COMMAND]`\n",
        ),
        (
            &["timeline", "--since", "soon"],
            2,
            "error: invalid value 'soon' for '--since <AGE>': ages look like `12h`, `7d` or `2w`\n",
        ),
        (
            &["sessions", "show", "7"],
            2,
            "error: invalid value '7' for '[ID]': `7` is not a session id; \
             ids look like `S-001`\n",
        ),
    ];
    for (args, code, err) in table {
        let said = run(&sandbox, args);
        assert_eq!(
            (said.code, said.out.as_str(), said.err.as_str()),
            (*code, "", *err),
            "{args:?}"
        );
    }
}

#[test]
fn init_makes_a_private_project_once_at_the_top_of_the_repository() {
    let sandbox = sandbox();
    let deep = sandbox.repo().join("src/deep");
    std::fs::create_dir_all(&deep).unwrap();
    let first = run_in(&sandbox, &deep, &["init", "--plain"]);
    let root = sandbox.repo().display().to_string();
    assert_eq!(
        first.out,
        format!(
            "loghop init\n  root: {root}\n  config: .loghop/config.toml\n  memory: loghop.md\n"
        )
    );
    assert_eq!(
        (first.code, first.err.as_str()),
        (
            0,
            "✓ made the project\nassistants on PATH: claude, codex\n\
             hint: run `loghop goal \"your goal\"`, then `loghop run`\n"
        )
    );
    let mode = std::fs::metadata(sandbox.repo().join(".loghop")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&mode.permissions());
    assert_eq!(mode & 0o777, 0o700);
    let config = std::fs::read(sandbox.repo().join(".loghop/config.toml")).unwrap();
    let ignore = std::fs::read(sandbox.repo().join(".gitignore")).unwrap();
    assert_eq!(run(&sandbox, &["init"]).code, 0);
    assert_eq!(std::fs::read(sandbox.repo().join(".loghop/config.toml")).unwrap(), config);
    assert_eq!(std::fs::read(sandbox.repo().join(".gitignore")).unwrap(), ignore);
}

#[test]
fn init_needs_a_repository_and_a_dry_run_writes_nothing() {
    let sandbox = sandbox();
    let said = run(&sandbox, &["init", "--dry-run"]);
    assert_eq!((said.code, said.err.as_str()), (0, "would make the project\n"));
    assert!(!sandbox.repo().join(".loghop").exists());
    assert!(!sandbox.home().join(".loghop").exists());
    let outside = run_in(&sandbox, &sandbox.home(), &["init"]);
    assert_eq!(
        (outside.code, outside.err.as_str()),
        (
            2,
            "error: loghop needs a Git repository\nhint: run `git init` here, then `loghop init`\n"
        )
    );
}

#[test]
fn the_goal_is_set_shown_and_cleared() {
    let sandbox = project();
    let show = || run(&sandbox, &["goal", "--plain"]).out;
    assert_eq!(show(), "goal\n  current: (not set)\n");
    let set = run(&sandbox, &["goal", "Größe: \"prüfen\" # nicht"]);
    assert_eq!((set.code, set.out.as_str()), (0, ""));
    assert_eq!(set.err, "✓ set goal: Größe: \"prüfen\" # nicht\n");
    assert_eq!(show(), "goal\n  current: Größe: \"prüfen\" # nicht\n");
    assert_eq!(
        envelope(&sandbox, &["goal"])["result"],
        json!({"goal": "Größe: \"prüfen\" # nicht"})
    );
    assert_eq!(run(&sandbox, &["goal", "--clear"]).err, "✓ cleared the goal\n");
    assert_eq!(show(), "goal\n  current: (not set)\n");
    assert_eq!(run(&sandbox, &["goal", &"x".repeat(4000)]).code, 0);
    assert_eq!(run(&sandbox, &["goal", &"x".repeat(4001)]).code, 2);
}

#[test]
fn a_new_project_shows_how_it_stands() {
    let sandbox = project();
    let status = run(&sandbox, &["status", "--plain"]);
    let memory = std::fs::read_to_string(sandbox.repo().join("loghop.md")).unwrap();
    assert_eq!(
        status.out,
        format!(
            "loghop status\n  repo: repo\n  branch: main · dirty: yes\n  goal: (not set)\n  \
             providers: claude, codex\n  ready: yes\n  memory: {} lines\n  handoffs: 0\n",
            memory.lines().count()
        )
    );
    let dashboard = run(&sandbox, &[]);
    assert_eq!(
        (dashboard.code, dashboard.out.as_str(), dashboard.err.as_str()),
        (
            0,
            "loghop\n  repo              repo\n  goal              (not set)\n  \
             last session      none yet\n  default provider  claude\n",
            "hint: run `loghop run` (starts claude)\n"
        )
    );
    for (args, message) in [
        (["sessions", "list"], "no sessions yet\nhint: run `loghop run` to start one\n"),
        (["handoff", "list"], "no handoffs yet\n"),
        (["timeline", "--all-status"], "no timeline events match\n"),
        (["sessions", "reconcile"], "no running sessions to reconcile\n"),
    ] {
        let said = run(&sandbox, &args);
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", message), "{args:?}");
    }
}

#[test]
fn providers_are_found_with_their_versions_or_reported_missing() {
    let sandbox = sandbox();
    std::fs::remove_file(sandbox.bin().join("codex")).unwrap();
    let answer = envelope(&sandbox, &["providers"]);
    assert_has_keys(&answer, &reference("providers_list.json"), "providers");
    let claude = &answer["providers"]["claude"];
    assert_eq!((&claude["installed"], &claude["version"]), (&json!(true), &json!("2.1.197")));
    assert_eq!(claude["transcripts"], "~/.claude/projects");
    assert_eq!(answer["providers"]["codex"]["installed"], false);
    assert_eq!(answer["providers"]["codex"]["path"], Value::Null);
    assert_eq!(answer["result"], envelope(&sandbox, &["providers", "list"])["result"]);
}

#[test]
fn a_handoff_is_built_listed_and_shown() {
    let sandbox = project();
    let without = run(&sandbox, &["handoff", "build"]);
    assert_eq!(
        (without.code, without.err.as_str()),
        (2, "error: a handoff needs a goal\nhint: run `loghop goal \"…\"`, or pass `--goal`\n")
    );
    let args = ["handoff", "build", "--provider", "codex", "--goal", "look only", "--plain"];
    let built = run(&sandbox, &args);
    assert_eq!(
        (built.code, built.out.as_str(), built.err.as_str()),
        (
            0,
            "handoff\n  id: H-001\n  provider: codex\n  goal: look only\n  \
             path: .loghop/handoffs/H-001.md\n",
            "✓ built handoff H-001\n"
        )
    );
    let file = std::fs::read_to_string(sandbox.repo().join(".loghop/handoffs/H-001.md")).unwrap();
    let shown = run(&sandbox, &["handoff", "show", "--latest"]);
    assert_eq!(shown.out, format!("{}\n", file.trim_end()));
    let list = envelope(&sandbox, &["handoff", "list"]);
    assert_eq!(list["handoffs"][0]["id"], "H-001");
    assert_eq!(list["handoffs"][0]["status"], "built");
    let none = envelope(&sandbox, &["handoff", "list", "--provider", "claude"]);
    assert_eq!(none["handoffs"], json!([]));
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let sandbox = sandbox();
    let help = run(&sandbox, &["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    let commands = help.out.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = commands.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(names.contains(&"status") && names.contains(&"redact"), "{names:?}");
    for name in names {
        let help = run(&sandbox, &[name, "--help"]);
        assert_eq!(help.code, 0, "{name}");
        assert!(help.out.contains("Example"), "{name}: {}", help.out);
    }
    assert_eq!(run(&sandbox, &["--version"]).out, "loghop 0.3.0\n");
    assert_eq!(run(&sandbox, &["status", "--version"]).out, "loghop 0.3.0\n");
}

#[test]
fn colour_is_for_terminals_and_plain_has_none_even_there() {
    let sandbox = project();
    let in_terminal = |args: &[&str]| {
        let mut terminal =
            Terminal::start(&sandbox.launch(LOGHOP, args), (100, 30), Answers::Plain);
        terminal.wait_exit();
        terminal.output()
    };
    assert!(in_terminal(&["status"]).contains(&0x1b));
    assert!(!in_terminal(&["status", "--plain"]).contains(&0x1b));
    assert!(!in_terminal(&["goal", "x", "--plain"]).contains(&0x1b));
    assert!(!run(&sandbox, &["status"]).out.contains('\u{1b}'));
}

#[test]
fn quiet_says_nothing_unless_it_fails() {
    let sandbox = project();
    let good = run(&sandbox, &["status", "--quiet"]);
    assert_eq!((good.code, good.out.as_str(), good.err.as_str()), (0, "", ""));
    let bad = run(&sandbox, &["sessions", "show", "S-999", "--quiet"]);
    assert_eq!((bad.code, bad.out.as_str()), (2, ""));
    assert!(bad.err.starts_with("error: ") && bad.err.contains("S-999"), "{}", bad.err);
    assert_eq!(bad.err.lines().count(), 1, "{}", bad.err);
}

#[test]
fn a_reader_that_goes_away_is_not_a_failure() {
    let sandbox = project();
    for args in [&["status"][..], &["status", "--json"], &["--help"]] {
        let mut command = command(&sandbox, args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args:?}");
    }
}

#[test]
fn the_filter_takes_secrets_out_and_leaves_the_rest() {
    let secret = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let input = format!("before\ntoken: {secret}\nafter \u{1b}[1mbold\u{1b}[0m ä\nagain {secret}");
    for sandbox in [sandbox(), project()] {
        let said = filtered(&sandbox, &["redact"], input.as_bytes());
        assert_eq!((said.code, said.err.as_str()), (0, ""));
        assert!(!said.out.contains(&secret), "{}", said.out);
        assert!(said.out.starts_with("before\ntoken: "), "{}", said.out);
        assert!(said.out.contains("\nafter \u{1b}[1mbold\u{1b}[0m ä\nagain "), "{}", said.out);
    }
    let json = envelope(&sandbox(), &["redact"]);
    assert_eq!(json["error_code"], "E_INVALID_INPUT");
}

/// A project that 0.2.1 wrote, in a repository as it was.
fn project_of_0_2_1() -> Sandbox {
    let sandbox = sandbox();
    let repo = sandbox.repo();
    std::fs::create_dir(repo.join("src")).unwrap();
    std::fs::write(repo.join("src/main.rs"), "fn main() {}\n").unwrap();
    sandbox.git(&["add", "src"]);
    sandbox.git(&["commit", "--quiet", "--message=first"]);
    std::fs::write(repo.join("src/main.rs"), "fn main() {}\nfn login() {}\n").unwrap();
    std::fs::write(repo.join(".gitignore"), ".loghop/\n\nloghop.md\n").unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cli/0.2.1/project");
    copy_folder(&kept.join("dot-loghop"), &repo.join(".loghop"));
    std::fs::copy(kept.join("memory.md"), repo.join("loghop.md")).unwrap();
    sandbox
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_project_of_0_2_1_gives_the_answers_that_0_2_1_gave() {
    let sandbox = project_of_0_2_1();
    let table: &[(&[&str], &str, &[&str])] = &[
        // The folder of the repository has another name here.
        (&["status"], "status.json", &["repo"]),
        (&["goal"], "goal.json", &[]),
        (&["handoff", "show", "--latest"], "handoff_show_latest.json", &[]),
        (&["sessions", "show", "S-002"], "sessions_show_S002.json", &[]),
        (&["sessions", "reconcile"], "sessions_reconcile.json", &[]),
        (&["timeline", "--all-status"], "timeline_allstatus.json", &["text"]),
    ];
    for (args, file, differs) in table {
        let (ours, known) = (envelope(&sandbox, args), reference(file));
        assert_has_keys(&ours, &known, file);
        for (key, value) in known["result"].as_object().unwrap() {
            if !differs.contains(&key.as_str()) {
                assert_eq!(ours["result"][key], *value, "{args:?} {key}");
                assert_eq!(ours[key], *value, "{args:?} {key}");
            }
        }
    }
    assert_eq!(envelope(&sandbox, &["goal"]), reference("goal.json"));
}

#[test]
fn sessions_that_can_be_continued_are_in_the_default_timeline() {
    let sandbox = project_of_0_2_1();
    let ids = |args: &[&str]| -> Vec<String> {
        let answer = envelope(&sandbox, args);
        let events = answer["result"]["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["session_id"].as_str().unwrap().to_owned()).collect()
    };
    // 0.2.1 hides S-006, which timed out: exactly what a person wants to go on with.
    assert_eq!(ids(&["timeline"]), ["S-001", "S-002", "S-003", "S-005", "S-006", "S-007"]);
    assert_eq!(ids(&["timeline", "--limit", "2"]), ["S-006", "S-007"]);
    assert_eq!(ids(&["timeline", "--provider", "codex"]), ["S-003", "S-007"]);
    let text = run(&sandbox, &["timeline", "--limit", "2", "--plain"]).out;
    assert_eq!(
        text,
        "# loghop timeline\n\n## 2026-11-20\n\n\
         - 22:51  codex   S-007  succeeded\n  Migrations added.\n  Next: seed data\n  \
         TODO: seed data\n  Files: src/main.rs, .gitignore\n\
         - 22:51  claude  S-006  timed_out\n  Done. We decided to use SQLite.\n  \
         - [ ] add migrations\n  - [x] write schema\n  TODO: add migrations\n  \
         Files: src/main.rs, .gitignore\n"
    );
}

#[test]
fn sessions_are_listed_by_day_and_shown_as_they_lie() {
    let sandbox = project_of_0_2_1();
    let list = run(&sandbox, &["sessions"]);
    assert_eq!(
        list.out,
        "2026-11-20\n  \
         S-007  codex   succeeded      Ship auth: step 1\n  \
         S-006  claude  timed_out      Ship auth: step 1\n  \
         S-005  claude  succeeded      Umlaute: äöü \"quotes\" # not a comment\n  \
         S-003  codex   succeeded      Ship auth: step 1\n  \
         S-002  claude  annotated      Ship auth: step 1\n  \
         S-001  claude  succeeded      Ad hoc session\n"
    );
    assert_eq!(run(&sandbox, &["sessions", "list"]).out, list.out);
    let expanded = run(&sandbox, &["sessions", "--provider", "codex", "--expand"]).out;
    assert!(expanded.contains("\n    to do: seed data\n    files: src/main.rs"), "{expanded}");
    assert!(!expanded.contains("S-001"), "{expanded}");
    let file = std::fs::read_to_string(sandbox.repo().join(".loghop/sessions/S-007.md")).unwrap();
    let shown = run(&sandbox, &["sessions", "show", "--latest"]);
    assert_eq!((shown.code, shown.out), (0, format!("{}\n", file.trim_end())));
}

#[test]
fn a_stored_goal_cannot_drive_the_terminal() {
    let sandbox = project_of_0_2_1();
    let config = sandbox.repo().join(".loghop/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let bad = text.replace("Ship auth: step 1", "\\u001b[2Jwipe\\u202e");
    assert_ne!(bad, text);
    std::fs::write(&config, bad).unwrap();
    for args in [&["goal"][..], &["status"], &["goal", "--plain"], &[]] {
        let said = run(&sandbox, args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        assert!(!said.out.contains(['\u{1b}', '\u{202e}']), "{args:?}");
        assert!(said.out.contains("[2Jwipe"), "{args:?}: {}", said.out);
    }
}

#[test]
fn a_session_whose_run_was_killed_is_finished_by_the_next_command() {
    let sandbox = project_of_0_2_1();
    let file = sandbox.repo().join(".loghop/sessions/S-007.md");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\nstatus: succeeded\n", "\nstatus: running\n")).unwrap();
    std::fs::remove_file(sandbox.repo().join(".loghop/sessions.jsonl")).unwrap();
    let status = run(&sandbox, &["status"]);
    assert_eq!(status.code, 0);
    assert!(status.err.contains("finished session S-007, whose run was killed"), "{}", status.err);
    let again = run(&sandbox, &["status"]);
    assert!(!again.err.contains("killed"), "{}", again.err);
    let shown = envelope(&sandbox, &["sessions", "show", "S-007"]);
    assert!(shown["status"].as_str().unwrap().starts_with("interrupted"), "{}", shown["status"]);
    assert_eq!(envelope(&sandbox, &["sessions", "reconcile"])["reconciled"], json!([]));
}

/// The same with assistants that talk: the scripted ones.
fn with_players() -> Sandbox {
    let sandbox = project();
    sandbox.install("player", Path::new(LOGHOP));
    for name in ["claude", "codex"] {
        let script = format!("#!/bin/sh\nexec \"${{0%/*}}/player\" play {name} \"$@\"\n");
        std::fs::write(sandbox.bin().join(name), script).unwrap();
    }
    sandbox
}

#[test]
fn a_headless_run_prints_what_the_assistant_says_and_records_it() {
    let sandbox = with_players();
    let args =
        ["run", "--headless", "--provider", "claude", "--goal", "say hello", "--prompt", "hi"];
    let first = run(&sandbox, &args);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.out.starts_with("Hello from the script."), "{}", first.out);
    assert_eq!(first.err, "✓ recorded session S-001 (handoff H-001)\n");

    let second = envelope(&sandbox, &["run", "--provider", "codex"]);
    let keys = ["id", "provider", "returncode", "session_id", "stderr", "stdout"];
    let result: Vec<&String> = second["result"].as_object().unwrap().keys().collect();
    assert_eq!(result, keys);
    assert_eq!(second["result"]["session_id"], "S-002");
    assert!(second["stdout"].as_str().unwrap().starts_with("Hello from the script."));

    let sessions = envelope(&sandbox, &["sessions"]);
    assert_eq!(sessions["sessions"][1]["goal"], "say hello");
    assert_eq!(sessions["sessions"][1]["status"], "succeeded");
    assert_eq!(run(&sandbox, &[]).err, "hint: run `loghop run` (starts codex)\n");
}

#[test]
fn a_run_that_cannot_start_says_why() {
    let sandbox = project();
    std::fs::remove_file(sandbox.bin().join("codex")).unwrap();
    let missing = envelope(&sandbox, &["run", "--provider", "codex"]);
    assert_eq!(
        (&missing["code"], &missing["error_code"]),
        (&json!(2), &json!("E_PROVIDER_MISSING"))
    );
    let outside = envelope(&Sandbox::bare(), &["run", "--headless"]);
    assert_eq!(
        (&outside["code"], &outside["error_code"]),
        (&json!(20), &json!("E_NOT_INITIALIZED"))
    );
}
