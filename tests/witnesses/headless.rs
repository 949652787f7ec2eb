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
