//! `verify`, `backup`, `migrate`, `projects` and `sessions delete`, as scripts meet them.

use std::fs;

use loghop::clock::Timestamp;
use loghop::model::{ProviderName, Repo, Session, Status};
use loghop::store::Store;
use serde_json::json;

use super::{envelope, project, run};
use crate::support::sandbox::Sandbox;

/// A project with one session that ended.
fn project_with_session() -> Sandbox {
    let sandbox = project();
    let store = Store::open(&sandbox.repo(), &sandbox.home()).unwrap();
    let now = Timestamp::now();
    let make = |id| Session::start(id, ProviderName::claude(), "ship it".into(), now);
    let (mut session, _tape) = store.create_session(make).unwrap();
    session.status = Status::Succeeded;
    session.ended = Some(now);
    session.turns_captured = 1;
    store.finish_session(&session, &Repo::default(), now).unwrap();
    sandbox
}

#[test]
fn verify_names_what_was_changed_and_says_so_with_its_code() {
    let sandbox = project_with_session();
    let clean = envelope(&sandbox, &["verify"]);
    assert_eq!((&clean["verdict"], &clean["findings"]), (&json!("clean"), &json!([])));
    let path = sandbox.repo().join(".loghop/sessions/S-001.md");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("ship it", "sink it")).unwrap();
    let found = envelope(&sandbox, &["verify"]);
    assert_eq!((&found["code"], &found["verdict"]), (&json!(1), &json!("changed")));
    assert_eq!(found["findings"][0]["path"], ".loghop/sessions/S-001.md");
    let said = run(&sandbox, &["verify"]);
    assert!(said.err.contains("`.loghop/sessions/S-001.md`: changed, signature bad"), "{said:?}");
    assert_eq!(run(&sandbox, &["sessions", "show", "S-001"]).code, 0, "work goes on");
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
