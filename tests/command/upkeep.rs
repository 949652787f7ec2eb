//! `backup`, `migrate`, `projects` and `sessions delete`, as scripts meet them.

use std::fs;

use loghop::clock::Timestamp;
use loghop::model::{ProviderName, Repo, Session, Status};
use loghop::store::Store;
use serde_json::json;

use super::{envelope, project, run};
use crate::support::sandbox::Sandbox;

/// A project with one session that ended.
pub(super) fn project_with_session() -> Sandbox {
    let sandbox = project();
    add_session(&sandbox);
    sandbox
}

/// One more session that ended.
pub(super) fn add_session(sandbox: &Sandbox) {
    let store = Store::open(&sandbox.repo(), &sandbox.home()).unwrap();
    let now = Timestamp::now();
    let make = |id| Session::start(id, ProviderName::claude(), "ship it".into(), now);
    let (mut session, _tape) = store.create_session(make).unwrap();
    session.status = Status::Succeeded;
    session.ended = Some(now);
    session.turns_captured = 1;
    store.finish_session(&session, &Repo::default(), now).unwrap();
}

#[test]
fn what_loghop_does_itself_is_no_finding() {
    let sandbox = project_with_session();
    let commands: [&[&str]; 10] = [
        &["handoff", "build", "--provider", "claude", "--goal", "go on"],
        &["sessions", "annotate", "S-001", "--summary", "told later"],
        &["topics", "rename", "T-001", "another title"],
        &["backup", "create", "--output", "out.tar.gz"],
        &["goal", "another goal"],
        &["scrub"],
        &["migrate"],
        &["sessions", "delete", "S-001", "-y"],
        &["backup", "restore", "out.tar.gz", "-y"],
        &["topics", "close", "T-001"],
    ];
    for args in commands {
        let said = run(&sandbox, args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        let verified = envelope(&sandbox, &["verify"]);
        assert_eq!(verified["verdict"], "clean", "{args:?}: {verified}");
    }
}

#[test]
fn a_damaged_topic_or_registry_is_told_and_keeps_nobody_from_working() {
    let sandbox = project_with_session();
    let build = ["handoff", "build", "--provider", "claude", "--goal", "go on"];
    assert_eq!(run(&sandbox, &build).code, 0);
    fs::write(sandbox.repo().join(".loghop/topics/T-001.md"), "nonsense").unwrap();
    let said = run(&sandbox, &build);
    assert!(said.code == 0 && said.err.contains("a new topic takes its place"), "{said:?}");
    let topics = envelope(&sandbox, &["handoff", "show", "--latest"]);
    assert!(topics.to_string().contains("T-002"), "{topics}");
    fs::write(sandbox.home().join(".loghop/projects.toml"), "= nonsense").unwrap();
    let said = run(&sandbox, &["projects"]);
    assert!(said.err.contains("is damaged and counts as empty"), "{said:?}");
    assert!(said.err.contains("hint: repair it"), "{said:?}");
}

#[test]
fn archives_that_cannot_be_are_refused_with_what_to_do() {
    let sandbox = project_with_session();
    let told = |args: &[&str], message: &str, next: &str| {
        let said = run(&sandbox, args);
        assert!(said.code != 0 && said.err.contains(message), "{said:?}");
        assert!(said.err.contains(&format!("hint: {next}")), "{said:?}");
    };
    told(&["backup"], "no command provided", "`loghop backup --help` lists");
    told(&["backup", "create", "--output", "."], "not a name for an archive", "such as");
    told(&["backup", "create", "--output", "no/x.tar.gz"], "no such file", "make the folder");
    told(&["backup", "restore", "x.tar.gz", "-y"], "no such archive", "name an archive that");
    told(&["backup", "restore", ".", "-y"], "not a regular file", "name an archive that");
}

#[test]
fn a_backup_is_made_and_put_back_once_that_is_agreed() {
    let sandbox = project_with_session();
    let made = envelope(&sandbox, &["backup", "create", "--output", "out.tar.gz"]);
    assert!(made["archive"].as_str().unwrap().ends_with("out.tar.gz"));
    let deleted = envelope(&sandbox, &["sessions", "delete", "S-001"]);
    assert_eq!((&deleted["deleted"], &deleted["aborted"]), (&json!(null), &json!(true)));
    assert_eq!(envelope(&sandbox, &["sessions", "delete", "--latest", "-y"])["deleted"], "S-001");
    assert_eq!(run(&sandbox, &["sessions", "delete", "S-001", "-y"]).code, 2);
    assert_eq!(envelope(&sandbox, &["sessions"])["sessions"], json!([]));
    let asked = envelope(&sandbox, &["backup", "restore", "out.tar.gz"]);
    assert_eq!((&asked["code"], &asked["cancelled"]), (&json!(2), &json!(true)));
    let restored = envelope(&sandbox, &["backup", "restore", "out.tar.gz", "-y"]);
    assert_eq!(restored["restored"], true);
    assert_eq!(envelope(&sandbox, &["sessions"])["sessions"][0]["id"], "S-001");
    assert_eq!(envelope(&sandbox, &["verify"])["verdict"], "clean");
    fs::write(sandbox.repo().join("out.tar.gz"), "no archive").unwrap();
    assert_eq!(run(&sandbox, &["backup", "restore", "out.tar.gz", "-y"]).code, 2);
    assert_eq!(run(&sandbox, &["backup", "restore", "none.tar.gz", "-y"]).code, 2);
}

#[test]
fn projects_are_listed_shown_forgotten_and_purged() {
    let sandbox = project_with_session();
    let listed = envelope(&sandbox, &["projects"]);
    assert_eq!((&listed["count"], &listed["projects"][0]["session_count"]), (&json!(1), &json!(1)));
    let name = listed["projects"][0]["name"].as_str().unwrap().to_owned();
    let shown = envelope(&sandbox, &["projects", "show", &name]);
    assert_eq!(shown["sessions"][0]["id"], "S-001");
    assert_eq!(run(&sandbox, &["projects", "show", "nobody"]).code, 2);
    assert_eq!(envelope(&sandbox, &["projects", "remove", &name])["aborted"], true);
    assert_eq!(envelope(&sandbox, &["projects", "remove", &name, "-y"])["purged"], false);
    assert_eq!(envelope(&sandbox, &["projects", "list"])["projects"], json!([]));
    assert_eq!(run(&sandbox, &["init", "--no-prompt"]).code, 0);
    assert_eq!(envelope(&sandbox, &["projects", "prune"])["removed"], 0);
    assert_eq!(envelope(&sandbox, &["projects", "purge", &name, "-y"])["purged"], true);
    assert!(!sandbox.repo().join(".loghop").exists());
    assert_eq!(run(&sandbox, &["status"]).code, 20);
}

#[test]
fn a_project_of_today_needs_no_migration() {
    let sandbox = project_with_session();
    let pending = envelope(&sandbox, &["migrate", "--dry-run"]);
    assert_eq!((&pending["changed"], &pending["target_version"]), (&json!(false), &json!(1)));
    assert_eq!(envelope(&sandbox, &["migrate"])["changed"], false);
}

#[test]
fn topics_are_listed_renamed_switched_and_closed() {
    let sandbox = project();
    assert_eq!(envelope(&sandbox, &["topics"])["topics"], json!([]));
    let store = Store::open(&sandbox.repo(), &sandbox.home()).unwrap();
    for title in ["first", "second"] {
        store.new_topic(title, Timestamp::now()).unwrap();
    }
    let listed = envelope(&sandbox, &["topics", "list"]);
    let ids: Vec<&str> =
        listed["topics"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["T-002", "T-001"]);
    let renamed = envelope(&sandbox, &["topics", "rename", "T-001", " ship: it "]);
    assert_eq!((&renamed["title"], &renamed["id"]), (&json!("ship: it"), &json!("T-001")));
    assert_eq!(envelope(&sandbox, &["topics", "switch", "T-001"])["code"], 0);
    assert_eq!(store.active_topic().unwrap().unwrap().id.to_string(), "T-001");
    assert_eq!(envelope(&sandbox, &["topics", "close", "T-001"])["status"], "closed");
    assert_eq!(store.active_topic().unwrap(), None);
    let said = run(&sandbox, &["topics", "switch", "T-001"]);
    assert!(said.code == 2 && said.err.contains("topic T-001 is closed"), "{said:?}");
    let shown = run(&sandbox, &["topics", "--plain"]);
    assert!(shown.out.contains("T-001:  · closed · 0"), "{shown:?}");
    for wrong in [
        &["topics", "show", "T-009"][..],
        &["topics", "rename", "T-001", " "],
        &["topics", "rename", "T-001", "a\nb"],
        &["topics", "close", "1"],
    ] {
        assert_eq!(run(&sandbox, wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(envelope(&sandbox, &["verify"])["verdict"], "clean");
}

#[test]
fn a_session_that_ended_is_annotated_and_everybody_knows() {
    let sandbox = project_with_session();
    let args = ["sessions", "annotate", "--summary", "it: works", "--todo", "a", "--todo", "yes"];
    let told = envelope(&sandbox, &args);
    assert_eq!(told["session_id"], "S-001");
    assert_eq!(told["updates"]["todos_pending"], json!(["a", "yes"]));
    assert_eq!(envelope(&sandbox, &["sessions", "annotate", "S-001", "--done", "b"])["code"], 0);
    let session = &envelope(&sandbox, &["sessions"])["sessions"][0];
    assert_eq!(
        (&session["status"], &session["summary"]),
        (&json!("annotated"), &json!("it: works"))
    );
    assert_eq!(session["todos_pending"], json!(["a", "yes"]), "what is not given stays");
    let events = &envelope(&sandbox, &["timeline"])["events"];
    assert_eq!((events.as_array().unwrap().len(), &events[0]["summary"]), (1, &json!("it: works")));
    assert!(fs::read_to_string(sandbox.repo().join("loghop.md")).unwrap().contains("it: works"));
    assert_eq!(envelope(&sandbox, &["verify"])["verdict"], "clean");
    let nothing = run(&sandbox, &["sessions", "annotate", "S-001"]);
    assert!(nothing.code == 2 && nothing.err.contains("--summary"), "{nothing:?}");
    let store = Store::open(&sandbox.repo(), &sandbox.home()).unwrap();
    let make = |id| Session::start(id, ProviderName::claude(), "more".into(), Timestamp::now());
    let (_session, _tape) = store.create_session(make).unwrap();
    let runs = run(&sandbox, &["sessions", "annotate", "--summary", "x"]);
    assert!(runs.code == 2 && runs.err.contains("session S-002 runs"), "{runs:?}");
}

#[test]
fn commands_that_show_a_few_sessions_do_not_read_all_of_them() {
    let sandbox = project_with_session();
    for _ in 0..7 {
        add_session(&sandbox);
    }
    fs::write(sandbox.repo().join(".loghop/sessions/S-003.md"), "damaged").unwrap();
    let few: [&[&str]; 7] = [
        &[],
        &["status"],
        &["goal"],
        &["timeline", "--limit", "2"],
        &["sessions", "show", "--latest"],
        &["handoff", "build", "--provider", "claude", "--goal", "go on"],
        &["topics"],
    ];
    for args in few {
        let said = run(&sandbox, args);
        assert!(said.code == 0 && !said.err.contains("S-003"), "{args:?}: {said:?}");
    }
    assert!(run(&sandbox, &["sessions"]).err.contains("S-003"), "who wants all of them is told");
}
