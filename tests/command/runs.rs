//! Commands that start an assistant, without a terminal.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{Said, command, envelope, project, run, run_in, said, sandbox};
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::script;
use crate::support::terminal::BUSY;

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
    let told = "✓ recorded session S-001: 2 turns captured\n\
                hint: `loghop run` goes on from here, `loghop run --provider codex` with Codex\n";
    assert_eq!(first.err, told);

    let second = envelope(&sandbox, &["run", "--provider", "codex"]);
    let keys = ["id", "provider", "returncode", "session_id", "stderr", "stdout", "stop_reason"];
    let result: Vec<&String> = second["result"].as_object().unwrap().keys().collect();
    assert_eq!(result, keys);
    assert_eq!(second["result"]["session_id"], "S-002");
    assert!(second["stdout"].as_str().unwrap().starts_with("I finished the first half"));

    let sessions = envelope(&sandbox, &["sessions"]);
    assert_eq!(sessions["sessions"][1]["goal"], "say hello");
    assert_eq!(sessions["sessions"][1]["status"], "succeeded");
    assert_eq!(run(&sandbox, &[]).err, "hint: run `loghop run` (starts codex)\n");
}

#[test]
fn whatever_the_umask_all_that_is_written_is_for_its_owner_only() {
    for umask in ["000", "077"] {
        let sandbox = sandbox();
        // While it runs there is more than afterwards: the assistant looks itself.
        let loose = "\\( -type f ! -perm 600 -o -type d ! -perm 700 \\)";
        let body = format!(
            "/usr/bin/find \"$PWD/.loghop\" \"$HOME/.loghop\" -type f > \"$HOME/seen\"
             /usr/bin/find \"$PWD/.loghop\" \"$HOME/.loghop\" {loose} > \"$HOME/loose\"; echo done"
        );
        script(&sandbox, "claude", &body);
        let home = |name: &str| std::fs::read_to_string(sandbox.home().join(name)).unwrap();
        let commands: [&[&str]; 4] = [
            &["init", "--no-prompt"],
            &["run", "--headless", "--provider", "claude", "--prompt", "hi"],
            &["run", "--headless", "--provider", "claude", "--prompt", "go on"],
            &["backup", "create"],
        ];
        for args in commands {
            let said = run_under(umask, &sandbox, args);
            assert_eq!(said.code, 0, "{umask} {args:?}: {said:?}");
        }
        assert_eq!(home("loose"), "", "{umask}");
        for part in ["S-002.md", "S-002.cast", "S-002.trail.json", "keys/", "H-001.md"] {
            assert!(home("seen").contains(part), "{umask} {part}: {}", home("seen"));
        }
        let count = [sandbox.repo(), sandbox.home()].map(|dir| private(&dir.join(".loghop")));
        assert!(count[0] > 10 && count[1] > 1, "{umask}: {count:?}");
    }
}

fn run_under(umask: &str, sandbox: &Sandbox, args: &[&str]) -> Said {
    let plain = command(sandbox, args);
    let mut under = Command::new("/bin/sh");
    under.args(["-c", "umask $0; exec \"$@\"", umask, LOGHOP]).args(args);
    under.current_dir(plain.get_current_dir().unwrap()).env_clear().stdin(Stdio::null());
    under.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    said(under)
}

/// Asserts that a folder and all that is in it is its owner's alone, and counts the files.
fn private(path: &Path) -> usize {
    let metadata = path.symlink_metadata().unwrap();
    let mode = metadata.permissions().mode() & 0o777;
    let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
    assert_eq!(mode, expected, "{} has {mode:o}", path.display());
    if !metadata.is_dir() {
        return 1;
    }
    std::fs::read_dir(path).unwrap().map(|entry| private(&entry.unwrap().path())).sum()
}

#[test]
fn an_assistant_with_a_home_of_its_own_is_captured_from_a_folder_below() {
    for (name, variable) in [("claude", "CLAUDE_CONFIG_DIR"), ("codex", "CODEX_HOME")] {
        let mut sandbox = with_players();
        let (moved, below) = (sandbox.home().join("moved"), sandbox.repo().join("a/part"));
        sandbox.set(variable, moved.to_str().unwrap());
        std::fs::create_dir_all(&below).unwrap();
        let told =
            run_in(&sandbox, &below, &["run", "--headless", "--provider", name, "--prompt", "hi"]);
        assert!(told.err.contains("recorded session S-001: 2 turns captured"), "{}", told.err);
        assert!(!sandbox.files("moved", ".jsonl").is_empty(), "{name} writes there");
    }
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

#[test]
fn a_headless_run_does_not_wait_for_what_its_assistant_left_running() {
    let sandbox = project();
    // A server in the background, with the assistant's own outputs.
    let body = "/bin/sleep 60 &\necho $! > \"$HOME/left\"; echo last words >&2; exit 3";
    script(&sandbox, "claude", body);
    let start = Instant::now();
    let told = envelope(&sandbox, &["run", "--headless", "--provider", "claude", "--prompt", "x"]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(told["result"]["returncode"], json!(3));
    assert_eq!(told["result"]["stderr"], json!("last words\n"));
    let left = std::fs::read_to_string(sandbox.home().join("left")).unwrap();
    let left = Pid::from_raw(left.trim().parse().unwrap()).unwrap();
    kill_process(left, Signal::KILL).unwrap();
}

/// Starts a headless run with an input that stays open.
fn with_open_input(sandbox: &Sandbox, args: &[&str]) -> std::process::Child {
    let args = [&["run", "--headless", "--provider", "claude"], args].concat();
    let mut command = command(sandbox, &args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn a_silent_input_is_waited_for_and_the_person_is_told() {
    let sandbox = with_players();
    let mut child = with_open_input(&sandbox, &[]);
    let mut told = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut told).unwrap();
    assert!(told.contains("reading the prompt from standard input"), "{told}");
    child.stdin.take().unwrap().write_all(b"a piped one").unwrap();
    assert!(child.wait().unwrap().success());
    let stored = sandbox.repo().join(".loghop/sessions/S-001.transcript.jsonl");
    let stored = std::fs::read_to_string(stored).unwrap();
    assert!(stored.contains("a piped one"), "{stored}");
    // A prompt that was given makes the input nobody's business.
    let mut child = with_open_input(&sandbox, &["--prompt", "hi"]);
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_input_that_never_ends_is_waited_for_as_long_as_the_run_may_take() {
    let sandbox = with_players();
    let mut child = with_open_input(&sandbox, &["--timeout", "2"]);
    let _open = child.stdin.take();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(envelope(&sandbox, &["sessions"])["sessions"].as_array().unwrap().is_empty());
}

#[test]
fn a_prompt_that_is_too_long_is_refused_and_not_cut() {
    let sandbox = with_players();
    let long = sandbox.home().join("long");
    std::fs::write(&long, vec![b'x'; (8 << 20) + 1]).unwrap();
    let mut command = command(&sandbox, &["run", "--headless", "--provider", "claude"]);
    command.stdin(std::fs::File::open(long).unwrap());
    let told = said(command);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("error: the prompt is longer than 8 MiB"), "{}", told.err);
    assert!(envelope(&sandbox, &["sessions"])["sessions"].as_array().unwrap().is_empty());
}

#[test]
fn a_run_whose_prompt_was_not_captured_does_not_say_that_nothing_was_asked() {
    let sandbox = project();
    script(&sandbox, "claude", "exit 0");
    let prompt = sandbox.home().join("prompt");
    std::fs::write(&prompt, "make it so").unwrap();
    let mut command =
        command(&sandbox, &["run", "--headless", "--no-record", "--provider", "claude"]);
    command.stdin(std::fs::File::open(prompt).unwrap());
    let told = said(command).err;
    assert!(told.contains("hint: nothing of it was captured: `loghop run`"), "{told}");
}

#[test]
fn a_child_that_prints_on_when_it_is_asked_to_end_is_heard_to_its_end() {
    let sandbox = project();
    // More than fits into every pipe and queue between it and loghop, and then what matters.
    let body = "last() { n=0; while [ $n -lt 20000 ]; do echo $n >&2; n=$((n + 1)); done
        echo the last word >&2; exit 0; }
        trap last TERM; echo up > \"$HOME/up\"; while :; do /bin/sleep 0.1; done";
    script(&sandbox, "claude", body);
    let child = with_open_input(&sandbox, &["--prompt", "x", "--json"]);
    crate::support::split::wait_until("the child", || sandbox.home().join("up").exists());
    std::thread::sleep(Duration::from_millis(200));
    let since = Instant::now();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(since.elapsed() < Duration::from_secs(5) * BUSY, "{:?}", since.elapsed());
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let stderr = told["result"]["stderr"].as_str().unwrap();
    assert!(stderr.ends_with("19999\nthe last word\n"), "{} bytes", stderr.len());
}

#[test]
fn what_loghop_asks_by_itself_is_no_request_of_the_person() {
    for provider in ["claude", "codex"] {
        let sandbox = with_players();
        let asked = ["run", "--headless", "--provider", provider, "--prompt", "paint it blue"];
        assert_eq!(run(&sandbox, &asked).code, 0);
        let went_on = run(&sandbox, &["run", "--headless", "--provider", provider]);
        assert_eq!(went_on.code, 0, "{went_on:?}");
        let exported = run(&sandbox, &["sessions", "export", "S-002", "--format", "md"]).out;
        assert!(!exported.contains("Continue the task"), "{exported}");
        assert!(exported.contains("I finished the first half"), "{exported}");
        assert_eq!(run(&sandbox, &["handoff", "build", "--goal", "g"]).code, 0);
        let handoff = run(&sandbox, &["handoff", "show", "--latest"]).out;
        assert!(!handoff.contains("Continue the task"), "{handoff}");
        assert!(handoff.contains("loghop told the assistant to go on"), "{handoff}");
        assert!(handoff.contains("S-002"), "{handoff}");
    }
}

#[test]
fn a_run_goes_on_with_the_goal_of_its_topic() {
    let sandbox = with_players();
    let go = |args: &[&str]| {
        let said = run(&sandbox, &[&["run", "--headless", "--prompt", "hi"], args].concat());
        assert_eq!(said.code, 0, "{said:?}");
    };
    go(&["--goal", "ship it"]);
    go(&[]);
    let build = ["handoff", "build"];
    assert_eq!(run(&sandbox, &build).code, 0);
    let goal = |id: &str| super::envelope(&sandbox, &["sessions", "show", id])["goal"].clone();
    assert_eq!((goal("S-001"), goal("S-002")), ("ship it".into(), "ship it".into()));
    assert_eq!(run(&sandbox, &["goal", "the whole"]).code, 0);
    go(&[]);
    assert_eq!(goal("S-003"), "the whole");
    go(&["--no-topic", "--goal", "aside"]);
    assert_eq!(run(&sandbox, &["goal", "--clear"]).code, 0);
    go(&["--no-topic"]);
    assert_eq!(goal("S-005"), "Ad hoc session");
}
