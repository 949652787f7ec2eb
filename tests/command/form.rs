//! What all commands share: errors, help, colour, streams.

use std::process::Stdio;

use loghop::clock::Timestamp;
use loghop::store::Store;
use serde_json::json;

use super::{assert_has_keys, command, envelope, project, reference, run, said, sandbox};
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::terminal::{Answers, Terminal};

#[test]
fn errors_have_the_form_and_the_codes_of_0_2_1() {
    let sandbox = sandbox();
    let fresh = envelope(&sandbox, &["status"]);
    assert_has_keys(&fresh, &reference("error_not_initialized.json"), "status");
    assert_eq!(fresh["code"], 20);
    assert_eq!(fresh["error_code"], "E_NOT_INITIALIZED");
    assert_eq!(fresh["initialized"], false);

    let usage = envelope(&sandbox, &["run", "--detail", "nope"]);
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
    for name in names.into_iter().filter(|name| *name != "help") {
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
fn help_is_the_same_however_it_is_asked_for() {
    let sandbox = sandbox();
    for command in ["run", "sessions show", "topics", "completion"] {
        let words: Vec<&str> = command.split(' ').collect();
        let (flag, verb) = ([&words[..], &["--help"]].concat(), [&["help"], &words[..]].concat());
        let (flag, verb) = (run(&sandbox, &flag), run(&sandbox, &verb));
        assert_eq!((flag.code, flag.err.as_str()), (0, ""), "{command}");
        assert_eq!((verb.code, &verb.out), (0, &flag.out), "{command}");
    }
    assert_eq!(run(&sandbox, &["help"]).out, run(&sandbox, &["--help"]).out);
    assert_eq!(run(&sandbox, &["help", "nosuch"]).code, 2);
}

/// What a shell is offered behind these words.
fn offered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut command = command(sandbox, &[&["--", "loghop"], words].concat());
    command.env("LOGHOP_COMPLETE", "bash").env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    let said = said(command);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{words:?}");
    said.out.lines().map(str::to_owned).collect()
}

#[test]
fn a_shell_is_offered_commands_and_what_there_is() {
    let sandbox = super::upkeep::project_with_session();
    super::upkeep::add_session(&sandbox);
    assert_eq!(offered(&sandbox, &["sess"]), ["sessions"]);
    assert_eq!(offered(&sandbox, &["run", "--detail", ""]), ["brief", "normal", "full"]);
    assert_eq!(offered(&sandbox, &["sessions", "show", "S"]), ["S-002", "S-001"]);
    assert_eq!(offered(&sandbox, &["run", "--provider", "c"]), ["claude", "codex"]);
    assert_eq!(offered(&sandbox, &["projects", "show", "re"]), ["repo"]);
    let store = Store::open(&sandbox.repo(), &sandbox.home()).unwrap();
    store.new_topic("ship it", Timestamp::from_second(1_800_000_000)).unwrap();
    assert_eq!(offered(&sandbox, &["topics", "switch", "T"]).len(), 1);
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&sandbox, &["completion", shell]);
        assert_eq!((script.code, script.err.as_str()), (0, ""));
        assert!(script.out.contains("LOGHOP_COMPLETE"), "{shell}: {}", script.out);
    }
}

#[test]
fn a_shell_that_cannot_be_answered_gets_nothing() {
    let sandbox = sandbox();
    assert!(!offered(&sandbox, &["sessions", "show", ""]).contains(&"S-001".to_owned()));
    let mut command = command(&sandbox, &["--", "loghop", ""]);
    command.env("LOGHOP_COMPLETE", "no such shell");
    let said = said(command);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""));
}
