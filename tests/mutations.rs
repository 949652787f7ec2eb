//! A handoff against a working tree that goes on living: each line that is no longer true flips in
//! `loghop handoff verify`, and no other.

use std::collections::BTreeMap;
use std::path::Path;

use loghop::clock::Timestamp;
use loghop::model::{
    Entry, ProviderName, Session, SessionId, Status, Todo, TodoState, ToolCall, ToolResult, Turn,
};
use loghop::store::Store;
use loghop::transcript::stored_line;
use serde_json::Value;

use crate::support::sandbox::{LOGHOP, Sandbox};

/// The command that fails in the session: it works as soon as `src/a.txt` says so.
const CHECK: &str = "grep -q fixed src/a.txt || sh -c 'exit 3'";

fn now() -> Timestamp {
    Timestamp::from_second(1_795_212_000)
}

fn store(sandbox: &Sandbox) -> Store {
    Store::open(&sandbox.repo(), &sandbox.home()).unwrap()
}

/// A session of these turns that ended well.
fn record(sandbox: &Sandbox, at: Timestamp, entries: Vec<Entry>) -> SessionId {
    let store = store(sandbox);
    let make = |id| Session::start(id, ProviderName::claude(), "ship it".into(), at);
    let (mut session, tape) = store.create_session(make).unwrap();
    let mut writer = store.transcript_writer(session.id).unwrap();
    for entry in entries {
        let line = stored_line(&Turn { at: Some(at), entry });
        writer.line(&line.unwrap()).unwrap();
    }
    writer.commit().unwrap();
    session.status = Status::Succeeded;
    session.ended = Some(at);
    (session.prompts, session.turns_captured) = (Some(1), 1);
    store.update_session(&session).unwrap();
    drop(tape);
    session.id
}

fn ran(at: &Path, id: &str, command: &str, code: i32) -> [Entry; 2] {
    let call = ToolCall {
        id: id.into(),
        name: "Bash".into(),
        summary: command.into(),
        command: Some(command.into()),
        folder: Some(at.to_str().unwrap().into()),
        ..ToolCall::default()
    };
    let text = "it said no".to_owned();
    let result = ToolResult { id: id.into(), ok: code == 0, exit_code: Some(code), text };
    [Entry::Call(call), Entry::Result(result)]
}

fn plan(state: TodoState) -> Entry {
    let todo = |text: &str, state| Todo { text: text.into(), state };
    Entry::Plan(vec![todo("make the check pass", state), todo("write docs", TodoState::Pending)])
}

/// A repository with a changed, a new and a deleted file, a session about it, and its handoff.
fn handed_over() -> Sandbox {
    let sandbox = Sandbox::bare();
    let repo = sandbox.repo();
    std::fs::create_dir(repo.join("src")).unwrap();
    std::fs::write(repo.join("src/a.txt"), "one\n").unwrap();
    std::fs::write(repo.join("old.txt"), "old\n").unwrap();
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "--quiet", "--message=second"]);
    std::fs::write(repo.join("src/a.txt"), "two\n").unwrap();
    std::fs::write(repo.join("src/new.txt"), "new\n").unwrap();
    std::fs::remove_file(repo.join("old.txt")).unwrap();
    Store::init(&repo, &sandbox.home(), "demo", now()).unwrap();
    let mut entries = vec![Entry::User { text: "make the check pass".into() }];
    entries.push(plan(TodoState::Active));
    entries.extend(ran(&repo, "c1", CHECK, 3));
    entries.push(Entry::TurnEnd);
    record(&sandbox, now(), entries);
    build(&sandbox);
    sandbox
}

/// The state of each checked line, by a word that only it holds.
fn verify(sandbox: &Sandbox, args: &[&str]) -> BTreeMap<&'static str, String> {
    let words =
        ["a.txt`", "new.txt", "old.txt", "grep -q", "Branch", "Head", "[ ] make", "[ ] write"];
    let args = [&["handoff", "verify", "--json"], args].concat();
    let output = sandbox.run(LOGHOP, &args);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.success(), answer["holds"].as_bool().unwrap());
    let checks = answer["checks"].as_array().unwrap().clone();
    let of = |word: &&'static str| {
        let check = checks.iter().find(|c| c["line"].as_str().unwrap().contains(*word));
        let check = check.unwrap_or_else(|| panic!("no line with {word}: {checks:?}"));
        (*word, check["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(checks.len(), words.len());
    words.iter().map(of).collect()
}

/// Asserts that the lines with these words flipped so, and that no other did.
fn assert_flipped(states: &BTreeMap<&'static str, String>, expected: &[(&str, &str)]) {
    for (word, state) in states {
        let still = if *word == "grep -q" { "not checked" } else { "holds" };
        let wanted = expected.iter().find(|(w, _)| w == word).map_or(still, |(_, state)| state);
        assert_eq!(state, wanted, "{word}: {states:?}");
    }
}

#[test]
fn an_untouched_tree_holds() {
    let sandbox = handed_over();
    assert_flipped(&verify(&sandbox, &[]), &[]);
    assert_flipped(&verify(&sandbox, &["H-001", "--run"]), &[("grep -q", "holds")]);
}

#[test]
fn edits_and_reverts_flip_their_files_and_make_the_command_stale() {
    let sandbox = handed_over();
    std::fs::write(sandbox.repo().join("src/a.txt"), "three\n").unwrap();
    let states = verify(&sandbox, &[]);
    assert_flipped(&states, &[("a.txt`", "stale"), ("grep -q", "stale")]);
    sandbox.git(&["checkout", "--", "src/a.txt", "old.txt"]);
    std::fs::remove_file(sandbox.repo().join("src/new.txt")).unwrap();
    let gone = "contradicted";
    assert_flipped(
        &verify(&sandbox, &[]),
        &[("a.txt`", "stale"), ("old.txt", gone), ("new.txt", gone), ("grep -q", "stale")],
    );
}

#[test]
fn a_repaired_command_and_another_branch_are_seen() {
    let sandbox = handed_over();
    sandbox.git(&["checkout", "--quiet", "-b", "other"]);
    sandbox.git(&["reset", "--quiet", "--soft", "HEAD~1"]);
    std::fs::write(sandbox.repo().join("src/a.txt"), "fixed\n").unwrap();
    let states = verify(&sandbox, &["--run"]);
    let expected = [
        ("a.txt`", "stale"),
        ("grep -q", "contradicted"),
        ("Branch", "contradicted"),
        ("Head", "stale"),
    ];
    assert_flipped(&states, &expected);
}

#[test]
fn commits_renames_and_resets_flip_what_they_touch() {
    let sandbox = handed_over();
    let stale = "stale";
    sandbox.git(&["add", "--all", "src", "old.txt"]);
    sandbox.git(&["commit", "--quiet", "--message=all of it"]);
    // The files are as they were, only that HEAD moved.
    assert_flipped(&verify(&sandbox, &[]), &[("Head", stale), ("grep -q", stale)]);
    sandbox.git(&["mv", "src/new.txt", "src/newer.txt"]);
    let gone = "contradicted";
    let moved = [("Head", stale), ("grep -q", stale), ("new.txt", gone)];
    assert_flipped(&verify(&sandbox, &[]), &moved);
    sandbox.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let states = verify(&sandbox, &[]);
    let back = [("a.txt`", stale), ("old.txt", gone), ("new.txt", gone), ("grep -q", stale)];
    assert_flipped(&states, &back);
}

fn wrote(path: &Path, id: &str) -> [Entry; 2] {
    let path = path.to_str().unwrap().to_owned();
    let call = ToolCall {
        id: id.into(),
        name: "Write".into(),
        summary: path.clone(),
        writes: vec![path],
        ..ToolCall::default()
    };
    let result = ToolResult { id: id.into(), ok: true, ..ToolResult::default() };
    [Entry::Call(call), Entry::Result(result)]
}

/// The lines of the handoff's changed files.
fn changed(sandbox: &Sandbox) -> String {
    let store = store(sandbox);
    let body = store.handoffs().unwrap().items.remove(0).body;
    let section = body.split("## Changed Files\n").nth(1).unwrap();
    section.split("\n## ").next().unwrap().to_owned()
}

fn build(sandbox: &Sandbox) {
    let built = sandbox.run(LOGHOP, &["handoff", "build", "--provider=codex", "--goal=ship it"]);
    assert!(built.status.success(), "{built:?}");
}

/// What stands and what does not, by file.
fn states(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let output = sandbox.run(LOGHOP, &["handoff", "verify", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let name = |check: &Value| text(&check["line"]).split('`').nth(1).map(str::to_owned);
    let checks = answer["checks"].as_array().unwrap().iter();
    checks.filter_map(|check| Some((name(check)?, text(&check["state"])))).collect()
}

#[test]
fn a_folder_without_git_is_checked_by_what_was_written() {
    let sandbox = Sandbox::bare();
    let repo = sandbox.repo();
    std::fs::remove_dir_all(repo.join(".git")).unwrap();
    Store::init(&repo, &sandbox.home(), "demo", now()).unwrap();
    let mut entries = vec![Entry::User { text: "write the letters".into() }];
    for name in ["kept.md", "edited.md", "removed.md", "never.md"] {
        entries.extend(wrote(&repo.join(name), name));
        if name != "never.md" {
            std::fs::write(repo.join(name), name).unwrap();
        }
    }
    record(&sandbox, now(), entries);
    build(&sandbox);
    let lines = changed(&sandbox);
    assert!(lines.contains("`never.md` · S-001#t8 · deleted since"), "{lines}");
    assert_eq!(lines.matches("sha256").count(), 3, "{lines}");
    std::fs::write(repo.join("edited.md"), "else").unwrap();
    std::fs::remove_file(repo.join("removed.md")).unwrap();
    let states = states(&sandbox);
    let of = |name: &str| states[name].as_str();
    let found = ["kept.md", "edited.md", "removed.md", "never.md"].map(of);
    assert_eq!(found, ["holds", "stale", "contradicted", "holds"]);
}

#[test]
fn what_the_assistant_committed_and_the_person_took_back_is_told_as_it_is() {
    let sandbox = Sandbox::bare();
    let repo = sandbox.repo();
    for name in ["api.txt", "web.txt", "README.md"] {
        std::fs::write(repo.join(name), "new\n").unwrap();
    }
    sandbox.git(&["add", "api.txt", "web.txt"]);
    sandbox.git(&["commit", "--quiet", "--message=by the assistant"]);
    Store::init(&repo, &sandbox.home(), "demo", now()).unwrap();
    let mut entries = vec![Entry::User { text: "split the api".into() }];
    for name in ["api.txt", "web.txt"] {
        entries.extend(wrote(&repo.join(name), name));
    }
    entries.extend(ran(&repo, "c", "git add -A && git commit -qm split", 0));
    entries.extend(wrote(&repo.join("README.md"), "r"));
    record(&sandbox, now(), entries);
    // The person undoes one file and renames another, uncommitted.
    sandbox.git(&["checkout", "--quiet", "README.md"]);
    sandbox.git(&["mv", "web.txt", "site.txt"]);
    build(&sandbox);
    let lines = changed(&sandbox);
    let (git, unseen) = lines.split_once("Git shows no change").unwrap();
    assert!(git.contains("`site.txt`") && !git.contains("README.md"), "{lines}");
    assert!(unseen.contains("`api.txt` · S-001#t2 · committed in the session · sha256"), "{lines}");
    std::fs::write(repo.join("api.txt"), "newer\n").unwrap();
    sandbox.git(&["commit", "--quiet", "--all", "--message=by the person"]);
    let states = states(&sandbox);
    assert_eq!(states["api.txt"], "stale", "{states:?}");
    assert_eq!(states["site.txt"], "holds", "{states:?}");
}

#[test]
fn what_a_later_session_did_counts() {
    let sandbox = handed_over();
    let later = Timestamp::from_second(Timestamp::now().as_second() + 5);
    let mut entries = vec![Entry::User { text: "go on".into() }, plan(TodoState::Done)];
    entries.extend(ran(&sandbox.repo(), "c2", CHECK, 0));
    let topic = store(&sandbox).active_topic().unwrap().map(|topic| topic.id);
    let id = record(&sandbox, later, entries);
    let mut session = store(&sandbox).session(id).unwrap().value;
    session.topic = topic;
    store(&sandbox).update_session(&session).unwrap();
    let gone = "contradicted";
    assert_flipped(&verify(&sandbox, &[]), &[("grep -q", gone), ("[ ] make", gone)]);
}

#[test]
fn only_a_whole_command_is_tried_again_and_only_where_it_ran() {
    let sandbox = Sandbox::bare();
    let repo = sandbox.repo();
    let web = repo.join("web");
    std::fs::create_dir(&web).unwrap();
    Store::init(&repo, &sandbox.home(), "demo", now()).unwrap();
    let trap = format!("touch {}/trap", repo.display());
    let long = format!("{trap} # {}", "x".repeat(170));
    let outside = repo.parent().unwrap();
    let mut entries = vec![Entry::User { text: "make the check pass".into() }];
    entries.extend(ran(&web, "c1", "touch here && false", 1));
    entries.extend(ran(&repo, "c2", &long, 1));
    entries.extend(ran(&repo, "c3", &format!("{trap}\nfalse"), 1));
    entries.extend(ran(&repo, "c4", &format!("{trap}  two"), 1));
    entries.extend(ran(outside, "c5", &format!("{trap} outside"), 1));
    entries.extend(ran(Path::new(""), "c6", &format!("{trap} nowhere"), 1));
    record(&sandbox, now(), entries);
    build(&sandbox);
    let output = sandbox.run(LOGHOP, &["handoff", "verify", "--json", "--run"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = answer["checks"].as_array().unwrap().iter();
    let lines = lines.filter(|c| c["line"].as_str().unwrap().contains("touch"));
    let states: Vec<&str> = lines.map(|c| c["state"].as_str().unwrap()).collect();
    assert!(web.join("here").exists(), "{answer}");
    assert!(!repo.join("trap").exists(), "{answer}");
    // Latest first: two whose place is no place of the project's, and the one that ran again. Where
    // it left its file, the tree is another one now.
    assert_eq!(states.len(), 3, "{answer}");
    assert_eq!(states[2], "holds", "{answer}");
    assert!(states[..2].iter().all(|state| *state == "not checked"), "{answer}");
}
