//! A headless run that is cut short: what it had printed by then is in its record.

use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::{project, wait_until};
use crate::support::witnessed::{finished, last_token, slow_reply};

/// The tape of the only session.
const TAPE: &str = ".loghop/sessions/S-001.cast";

/// Starts a run that is told to speak slowly.
fn start(sandbox: &Sandbox, args: &[&str]) -> Child {
    let asked = ["run", "--headless", "--provider", "claude", "--prompt", "speak up: slow"];
    let launch = sandbox.launch(LOGHOP, &[&asked[..], args].concat());
    let mut command = Command::new(launch.program);
    command.args(launch.args).current_dir(launch.cwd).env_clear().envs(launch.env);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The reply is recorded up to its last word that was printed, as one that was cut.
fn assert_recovered(sandbox: &Sandbox, printed: &str, how: &str) {
    let left = finished(sandbox);
    let [asked, reply] = &left.transcript[..] else { panic!("{how}: {:?}", left.transcript) };
    assert_eq!((&asked["role"], &asked["witness"]), (&json!("user"), &json!("both")), "{how}");
    for (key, value) in [("role", json!("assistant")), ("witness", json!("screen"))] {
        assert_eq!(reply[key], value, "{how}");
    }
    assert_eq!(reply["cut"], true, "{how}");
    let said = slow_reply(last_token(printed).unwrap());
    assert!(reply["text"].as_str().unwrap().starts_with(&said), "{how}: {said}: {reply}");
    let counts = json!({"native": 1, "screen": 2, "matched": 1, "recovered": 1});
    assert_eq!(left.fields["witnesses"], counts, "{how}");
}

#[test]
fn a_reply_that_is_cut_by_the_time_limit_is_recovered() {
    let sandbox = project();
    // The whole reply takes longer.
    let output = start(&sandbox, &["--timeout", "5"]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("recovered 1"), "{told}");
    assert_recovered(&sandbox, &String::from_utf8(output.stdout).unwrap(), "time limit");
}

#[test]
fn a_reply_that_says_what_the_assistant_was_given_is_recovered_too() {
    let sandbox = project();
    let goal = slow_reply("tok100");
    let output = start(&sandbox, &["--timeout", "5", "--goal", &goal]).wait_with_output().unwrap();
    assert_recovered(&sandbox, &String::from_utf8(output.stdout).unwrap(), "said again");
}

#[test]
fn a_reply_that_is_cut_by_a_signal_is_recovered_by_this_command_or_the_next() {
    for signal in [Signal::TERM, Signal::KILL] {
        let sandbox = project();
        let child = start(&sandbox, &[]);
        let tape = || std::fs::read_to_string(sandbox.repo().join(TAPE)).unwrap_or_default();
        wait_until("a part of the reply", || tape().contains("tok008"));
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait_with_output().unwrap();
        assert_recovered(&sandbox, "tok008", &format!("{signal:?}"));
        sandbox.wait_until_nothing_runs();
    }
}

#[test]
fn what_is_not_recorded_is_not_recovered_and_leaves_no_tape() {
    let sandbox = project();
    let output = start(&sandbox, &["--no-record", "--timeout", "5"]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let left = finished(&sandbox);
    assert_eq!(left.transcript.len(), 1, "{:?}", left.transcript);
    assert!(!sandbox.repo().join(TAPE).exists());
}

/// Starts a run, lets `meanwhile` happen in its middle, and ends it.
fn ended_after(sandbox: &Sandbox, meanwhile: impl FnOnce()) -> (Option<i32>, String) {
    let child = start(sandbox, &[]);
    let tape = || std::fs::read_to_string(sandbox.repo().join(TAPE)).unwrap_or_default();
    wait_until("a part of the reply", || tape().contains("tok002"));
    meanwhile();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    sandbox.wait_until_nothing_runs();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_project_that_is_gone_at_the_end_is_told_and_one_made_anew_is_left_alone() {
    for is_made_anew in [false, true] {
        let sandbox = project();
        let folder = sandbox.repo().join(".loghop");
        let other = || std::fs::read(folder.join("sessions/S-001.md")).ok();
        let mut before = None;
        let (code, told) = ended_after(&sandbox, || {
            std::fs::remove_dir_all(&folder).unwrap();
            if is_made_anew {
                let run = ["run", "--headless", "--provider", "codex", "--prompt", "plain"];
                for args in [&["init"][..], &run] {
                    assert!(sandbox.run(LOGHOP, args).status.success());
                }
                before = other();
            }
        });
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("error: session S-001 is not recorded: "), "{told}");
        let native = sandbox.claude_transcripts().remove(0);
        assert!(
            told.contains(&format!("what its assistant wrote: `{}`", native.display())),
            "{told}"
        );
        assert_eq!(folder.exists(), is_made_anew);
        assert_eq!(other(), before, "the other project's session stays");
        assert_eq!(before.is_some(), is_made_anew);
    }
}

#[test]
fn a_session_whose_files_are_gone_at_the_end_is_written_anew_without_them() {
    let sandbox = project();
    let (code, told) = ended_after(&sandbox, || {
        std::fs::remove_dir_all(sandbox.repo().join(".loghop/sessions")).unwrap();
    });
    assert_eq!(code, Some(130), "{told}");
    let left = finished(&sandbox);
    assert_eq!(left.transcript.len(), 1, "{:?}", left.transcript);
    assert_eq!(left.fields["cast_path"], json!(null));
    let verified = sandbox.run(LOGHOP, &["verify"]);
    assert!(verified.status.success(), "{verified:?}");
}
