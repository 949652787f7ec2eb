//! What a real client prints, is told, or reads never lies on disk unredacted.
//!
//! One secret is typed letter by letter, one comes a few letters at a time, and one is read whole.

use super::{Bench, READING, leave_by_command, pane, question, ready, through_loghop};
use crate::support::clients::{Client, wanted};
use crate::support::left;
use crate::support::reply;
use crate::support::watchman::Watchman;

#[test]
fn no_secret_of_a_real_client_reaches_the_disk() {
    for client in wanted() {
        let bench = Bench::with_project(&[*client]);
        tell_and_read(&bench, *client);
    }
}

fn tell_and_read(bench: &Bench, client: Client) {
    let repo = bench.sandbox.repo();
    let (typed, listed) = (reply::typed_secret(), reply::listed_secret());
    // The tool lists the folder, and so reads this name.
    std::fs::write(repo.join(&listed), "").unwrap();
    let mut secrets = reply::secrets();
    secrets.extend([typed.clone(), listed.clone()]);
    let places =
        [repo.join(".loghop"), repo.join("loghop.md"), bench.sandbox.home().join(".loghop")];
    let mut watchman = Watchman::start(places.to_vec(), &secrets);
    let mut terminal = ready(bench, client, through_loghop);
    terminal.type_prompt(&format!("my key is {typed} mock:secret"));
    for secret in reply::secrets() {
        terminal.wait_until("the secret", |s| pane(s).contains(&secret));
    }
    terminal.prompt("now list them mock:escalate");
    terminal.wait_for(question(client));
    std::thread::sleep(READING);
    terminal.send("\r");
    terminal.wait_until("the end", |s| pane(s).contains("Done: the tool ran"));
    leave_by_command(&mut terminal);
    let session = left::sessions(&bench.sandbox).remove(0);
    session.assert_whole(&bench.sandbox);
    for role in ["user", "assistant", "tool"] {
        assert!(session.said(role).contains("[REDACTED:"), "{client:?}: {role}");
    }
    assert!(session.shows("[REDACTED:"), "{client:?}: the recording");
    watchman.test_with(&repo.join(".loghop"), &typed);
    watchman.assert_nothing_found();
}
