//! What a hostile newcomer tries: every mistake is one message that says what to do next.

use std::fs::OpenOptions;
use std::os::unix::ffi::OsStringExt;
use std::process::Stdio;

use super::{Said, command, project, run, run_in, said, sandbox};

/// One error, then only hints.
fn assert_told(said: &Said, code: i32, message: &str, next: &str) {
    assert_eq!(said.code, code, "{said:?}");
    let mut lines = said.err.lines();
    assert_eq!(lines.next(), Some(format!("error: {message}").as_str()), "{said:?}");
    assert!(lines.all(|line| line.starts_with("hint: ")), "{said:?}");
    assert!(said.err.contains(next), "{said:?}");
    assert_eq!(said.out, "");
}

#[test]
fn mistakes_on_the_command_line_say_what_to_do() {
    let sandbox = project();
    let seconds = "a limit is a whole number of seconds, at least 1";
    let table: [(&[&str], &str, &str); 8] = [
        (&["frobnicate"], "unrecognized subcommand 'frobnicate'", "`loghop --help` lists"),
        (&["goal", " "], "the goal is empty", "goal --clear"),
        (&["sessions", "show", "--latest"], "no sessions found", "`loghop run`"),
        (&["handoff", "show", "--latest"], "no handoffs found", "`loghop handoff build`"),
        (&["sessions", "show", "S-009"], "session S-009 not found", "sessions list"),
        (&["sessions", "delete", "S-777"], "session S-777 not found", "sessions list"),
        (&["run", "--topic", "T-404"], "topic T-404 not found", "leave `--topic` out"),
        (
            &["run", "--interactive", "--json", "--plain"],
            "`--interactive` gives stdout to the assistant, not to `--json`",
            "leave one of them out",
        ),
    ];
    for (args, message, next) in table {
        if args.contains(&"--json") {
            let said = run(&sandbox, args);
            assert!(said.code == 2 && said.out.contains(message) && said.out.contains(next));
        } else {
            assert_told(&run(&sandbox, args), 2, message, next);
        }
    }
    let archive = run(&sandbox, &["backup", "restore", "nosuch"]);
    assert!(archive.code == 2 && archive.err.contains("no such archive"), "{archive:?}");
    for command in ["timeline", "sessions", "handoff"] {
        let args = [&[command][..], if command == "timeline" { &[] } else { &["list"] }].concat();
        let said = run(&sandbox, &[&args[..], &["--provider", "foo"]].concat());
        let unknown = "`foo` is not an assistant that loghop knows";
        assert_told(&said, 2, unknown, "use `claude` or `codex`");
        let known = run(&sandbox, &[&args[..], &["--provider", "codex"]].concat());
        assert_eq!(known.code, 0, "{known:?}");
    }
    let limit = run(&sandbox, &["run", "--timeout", "0"]);
    assert!(limit.code == 2 && limit.err.contains(seconds), "{limit:?}");
    let other = run(&sandbox, &["run", "nosuch"]);
    assert_told(&other, 20, "no project is called `nosuch`", "its path");
}

#[test]
fn an_environment_that_cannot_work_is_named() {
    let mut sandbox = project();
    for home in ["", "relative"] {
        sandbox.set("HOME", home);
        for args in [&["status"][..], &["init"], &["run"], &[]] {
            let said = run(&sandbox, args);
            assert_told(&said, 2, "HOME does not name your home folder", "$HOME/.loghop");
        }
        assert_eq!(run(&sandbox, &["redact"]).code, 0, "a filter needs no home");
    }
}

#[test]
fn why_git_knows_no_repository_is_told() {
    let mut sandbox = sandbox();
    // Git's own switch for its own tests.
    sandbox.set("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    for args in [&["init"][..], &["status"]] {
        let said = run(&sandbox, args);
        assert!(said.err.contains("dubious ownership"), "{said:?}");
        assert!(said.err.contains("`git config --global --add safe.directory "), "{said:?}");
        assert!(!said.err.contains("git init"), "{said:?}");
    }
    sandbox.set("PATH", "/nonexistent");
    for args in [&["init"][..], &["status"]] {
        let said = run(&sandbox, args);
        assert!(said.err.contains("install Git, or put it on PATH"), "{said:?}");
        assert!(!said.err.contains("git init"), "{said:?}");
    }
}

#[test]
fn what_is_wrong_with_settings_names_the_file() {
    let sandbox = project();
    let home = sandbox.home().join(".loghop");
    std::fs::create_dir_all(&home).unwrap();
    let wrong = "[run]\non_limit = 'x'\n[[redaction]]\npattern = '('\n[[provider]]\nname = 'y'\n";
    std::fs::write(home.join("config.toml"), wrong).unwrap();
    let project = sandbox.repo().join(".loghop/config.toml");
    let text = std::fs::read_to_string(&project).unwrap();
    std::fs::write(&project, text + "\n[run]\nlayout = 'top'\n").unwrap();
    let said = run(&sandbox, &["run", "--headless", "--prompt", "hi"]);
    for wanted in [
        "`~/.loghop/config.toml`: `[run] on_limit`",
        "`~/.loghop/config.toml`: `[[provider]]` 1",
        "`.loghop/config.toml`: `[run] layout`",
    ] {
        assert!(said.err.contains(wanted), "{wanted}: {said:?}");
    }
    let is_rule =
        |line: &&str| line.contains("pattern") && line.contains("`~/.loghop/config.toml`: ");
    assert!(said.err.lines().any(|line| is_rule(&line)), "{said:?}");
}

#[test]
fn a_folder_that_is_gone_is_named() {
    let sandbox = sandbox();
    let gone = sandbox.root().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let mut shell = command(&sandbox, &[]);
    let program = shell.get_program().to_owned();
    shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", "rmdir \"$PWD\" && exec \"$0\" status"]).arg(program).current_dir(&gone);
    shell.stdin(Stdio::null());
    let said = said(shell);
    assert!(said.code == 1 && said.err.contains("the current folder cannot be used"), "{said:?}");
    assert!(said.err.contains("hint: it may have been removed"), "{said:?}");
}

#[test]
fn folders_and_arguments_may_hold_any_bytes() {
    let sandbox = project();
    for name in [&b"with space"[..], "日本 é".as_bytes(), b"new\nline", b"bad\xff", b"\x1b[31mred"]
    {
        let dir = sandbox.root().join(std::ffi::OsString::from_vec(name.to_vec()));
        std::fs::create_dir(&dir).unwrap();
        let git = std::process::Command::new("git").args(["init", "--quiet"]).arg(&dir).status();
        assert!(git.unwrap().success());
        assert_eq!(run_in(&sandbox, &dir, &["init"]).code, 0, "{dir:?}");
        let ran = run_in(&sandbox, &dir, &["run", "--headless", "--prompt", "hi"]);
        assert_eq!(ran.code, 0, "{dir:?}: {ran:?}");
        let status = run_in(&sandbox, &dir, &["status"]);
        assert_eq!(status.code, 0, "{status:?}");
        assert!(!status.out.contains('\x1b'), "{status:?}");
        let rows = status.out.lines().skip(1).filter(|line| !line.starts_with("  ")).count();
        assert_eq!(rows, 0, "each value stays on its line: {status:?}");
    }
    let mut bytes = command(&sandbox, &["goal"]);
    bytes.arg(std::ffi::OsString::from_vec(b"\xff".to_vec()));
    let said = said(bytes);
    assert_told(&said, 2, "invalid UTF-8 was detected in one or more arguments", "usage:");
}

#[test]
fn output_that_cannot_be_written_is_a_failure_and_a_closed_pipe_is_none() {
    let sandbox = project();
    let into = |args: &[&str], stdout: Stdio| {
        let mut command = command(&sandbox, args);
        command.stdout(stdout).stderr(Stdio::piped());
        command.spawn().unwrap().wait_with_output().unwrap()
    };
    if let Ok(full) = OpenOptions::new().write(true).open("/dev/full") {
        for args in [&["status"][..], &["--json", "status"]] {
            let output = into(args, full.try_clone().unwrap().into());
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let why = "the output is not complete: no space left on device";
            assert!(args.contains(&"--json") || said.contains(why), "{said}");
            assert!(!said.contains("os error"), "{said}");
        }
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(into(&["status"], writer.into()).status.code(), Some(0));
}

#[test]
fn a_home_that_cannot_be_written_costs_a_warning_only() {
    let sandbox = sandbox();
    // A file where the folder should be refuses even those who may write everywhere.
    std::fs::write(sandbox.home().join(".loghop"), "").unwrap();
    let said = run(&sandbox, &["init"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("warning: ") && said.err.contains("made the project"), "{said:?}");
    let ran = run(&sandbox, &["run", "--headless", "--prompt", "hi"]);
    assert!(ran.code == 0 && ran.err.contains("recorded session S-001"), "{ran:?}");
}

#[test]
fn own_streams_are_given_to_an_interactive_assistant_and_it_is_captured_all_the_same() {
    let sandbox = project();
    let script = "#!/bin/sh\n[ \"$1\" = --version ] && echo '2.1.197 (Claude Code)' && exit\n\
                  read -r line\necho \"heard $line\"\necho 'said aloud' >&2\nexit 3\n";
    std::fs::write(sandbox.bin().join("claude"), script).unwrap();
    let mut shell = std::process::Command::new("/bin/sh");
    let ours = command(&sandbox, &[]);
    shell.args(["-c", "echo words | \"$0\" run --interactive --provider claude"]);
    shell.arg(ours.get_program()).current_dir(sandbox.repo()).env_clear();
    shell.envs(ours.get_envs().filter_map(|(k, v)| Some((k, v?))));
    let said = said(shell);
    assert_eq!(said.code, 10, "{said:?}");
    assert!(said.out.contains("heard words"), "{said:?}");
    assert!(said.err.contains("said aloud\nerror: claude exited with code 3"), "{said:?}");
    let sessions = run(&sandbox, &["sessions"]);
    assert!(sessions.out.contains("S-001  claude  failed"), "{sessions:?}");
    assert!(!sandbox.repo().join(".loghop/sessions/S-001.cast").exists());
}
