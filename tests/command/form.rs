//! What all commands share: errors, help, colour, streams.

use std::io::Write;
use std::process::Stdio;

use serde_json::json;

use super::{Said, assert_has_keys, command, envelope, project, reference, run, sandbox};
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::terminal::{Answers, Terminal};

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
    let known = reference("error_session_missing.json");
    assert_has_keys(&missing, &known, "missing");
    assert_eq!(missing["result"], known["result"]);
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
    assert_eq!(bad.err, "error: session S-999 not found\n");
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
}

#[test]
fn a_check_tells_where_secrets_are_and_not_what() {
    let secret = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let sandbox = project();
    let write = |name: &str, text: &str| std::fs::write(sandbox.repo().join(name), text).unwrap();
    write("clean.txt", "nothing here\n");
    write("notes.md", &format!("ä\n  {secret}\npassword: \"Tr0ub4dor&3\"\n"));
    let clean = run(&sandbox, &["redact", "--check", "clean.txt"]);
    assert_eq!((clean.code, clean.out.as_str(), clean.err.as_str()), (0, "", ""));
    let found = run(&sandbox, &["redact", "--check", "clean.txt", "notes.md"]);
    let told = "notes.md:2:3: github-pat\nnotes.md:3:12: secret\n";
    assert_eq!((found.code, found.out.as_str()), (1, told));
    assert_eq!(found.err, "warning: 2 secret(s) found\n");
    let json = envelope(&sandbox, &["redact", "notes.md"]);
    assert_eq!((&json["ok"], &json["count"]), (&true.into(), &2.into()));
    let first = serde_json::json!(
        {"file": "notes.md", "line": 2, "column": 3, "kind": "github-pat"}
    );
    assert_eq!(json["findings"][0], first);
    assert!(!json.to_string().contains(&secret[4..]), "{json}");
    let stdin = filtered(&sandbox, &["redact", "--check"], format!("x\n{secret}").as_bytes());
    assert_eq!((stdin.code, stdin.out.as_str()), (1, "stdin:2:1: github-pat\n"));
    let both = run(&sandbox, &["redact", "clean.txt", "notes.md"]);
    assert!(both.out.starts_with("nothing here\nä\n  [REDACTED:github-pat:"), "{}", both.out);
    let missing = run(&sandbox, &["redact", "gone.txt"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.err.starts_with("error: no such file: `"), "{}", missing.err);
}
