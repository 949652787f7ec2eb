//! A session's end, stopped at every step by which it changes the disk, and with the disk full at
//! each: what is there afterwards is the old state or the new one, and the next command completes it.

#![expect(clippy::disallowed_methods, reason = "tests look at what is really there")]

mod whole;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Store, Verdict};
use crate::clock::Timestamp;
use crate::disk::steps::{Fault, Step, at};
use crate::error::Result;
use crate::model::{Handoff, ProviderName, Repo, Session, SessionId, Status, TopicId};

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A project in which one session ended and a second one runs.
struct Template(TempDir);

impl Template {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("repo")).unwrap();
        fs::create_dir(dir.path().join("home")).unwrap();
        let store =
            Store::init(&dir.path().join("repo"), &dir.path().join("home"), "demo", now()).unwrap();
        let topic = store.ensure_topic("the goal", now()).unwrap();
        for is_first in [true, false] {
            let handoff = store.create_handoff(|id| packet(id, topic.id)).unwrap();
            let make = |id| Session {
                handoff: Some(handoff.id),
                topic: Some(topic.id),
                ..Session::start(id, ProviderName::claude(), "the goal".into(), now())
            };
            let (session, mut tape) = store.create_session(make).unwrap();
            tape.write(&crate::redact::Redacted::plain("{}\n")).unwrap();
            if is_first {
                end(&store, session.id).unwrap();
            }
        }
        Self(dir)
    }

    fn copy(&self) -> Project {
        let dir = tempfile::tempdir().unwrap();
        copy(self.0.path(), dir.path());
        // Home and all: it is the same project in another world, not a copy beside it.
        for key in fs::read_dir(dir.path().join("home/.loghop/keys")).unwrap() {
            let path = key.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let [was, is] = [&self.0, &dir].map(|dir| dir.path().to_str().unwrap());
            fs::write(path, text.replace(was, is)).unwrap();
        }
        Project(dir)
    }
}

struct Project(TempDir);

impl Project {
    fn open(&self) -> Store {
        Store::open(&self.root(), &self.home()).unwrap()
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("repo")
    }

    fn home(&self) -> PathBuf {
        self.0.path().join("home")
    }

    fn events(&self) -> Vec<String> {
        let text = fs::read_to_string(self.root().join(".loghop/timeline.jsonl")).unwrap();
        let whole = text.lines().filter(|l| serde_json::from_str::<serde_json::Value>(l).is_ok());
        whole.map(str::to_owned).collect()
    }
}

fn packet(id: crate::model::HandoffId, topic: TopicId) -> Handoff {
    Handoff {
        id,
        provider: ProviderName::codex(),
        goal: "the goal".into(),
        at: Some(now()),
        status: "built".into(),
        updated: None,
        returncode: None,
        topic: Some(topic),
        body: "# Handoff\n".into(),
    }
}

const SECOND: SessionId = SessionId(2);

/// Ends a session as `capture` does: transcript first, then everything else.
fn end(store: &Store, id: SessionId) -> Result<()> {
    let mut transcript = store.transcript_writer(id)?;
    transcript.line("{\"role\":\"user\",\"text\":\"hello\"}")?;
    transcript.commit()?;
    let path = store.transcript_path(id);
    end_as(store, id, |session| Session {
        status: Status::Succeeded,
        transcript_path: Some(path),
        ..session
    })
}

/// The same by the next command, which cannot tell how it ended, and of which the transcript is
/// gone meanwhile.
fn end_found_dead(store: &Store, id: SessionId) -> Result<()> {
    end_as(store, id, |session| Session { status: Status::Interrupted, ..session })
}

fn end_as(store: &Store, id: SessionId, how: impl FnOnce(Session) -> Session) -> Result<()> {
    let mut session = how(store.session(id)?.value);
    session.ended = Some(now());
    session.turns_captured = 1;
    session.notes.summary = "It is done".into();
    store.finish_session(&session, &Repo::default(), now()).map(drop)
}

/// Whatever happened, the project opens, everything in it is whole, and ending the session again
/// makes it as if nothing had happened.
fn assert_recovers(project: &Project, what: &str) {
    let store = project.open();
    assert_eq!(store.warnings(), [""; 0], "{what}");
    let session = store.session(SECOND).unwrap();
    assert_eq!(session.warnings, [""; 0], "{what}");
    let (status, summary) = (&session.value.status, session.value.notes.summary.as_str());
    let whole = [(&Status::Running, ""), (&Status::Succeeded, "It is done")];
    assert!(whole.contains(&(status, summary)), "{what}: {status:?} {summary}");
    assert_eq!(store.sessions().unwrap().items.len(), 2, "{what}");
    assert_eq!(store.timeline().unwrap().items.len(), 2, "{what}");
    let status = status.clone();
    if status == Status::Running {
        end_found_dead(&store, SECOND).unwrap();
    }
    let found = if status == Status::Running { "interrupted" } else { "succeeded" };
    assert_eq!(project.events().len(), 2, "{what}");
    assert_eq!(store.handoffs().unwrap().items[0].status, found, "{what}");
    assert_eq!(store.topics().unwrap().items[0].sessions.len(), 2, "{what}");
    let verification = store.verify().unwrap();
    assert_eq!(verification.verdict(), Verdict::Clean, "{what}: {:?}", verification.findings);
}

#[test]
fn a_process_may_end_at_every_step_of_a_sessions_end() {
    let template = Template::new();
    let counted = template.copy();
    let store = counted.open();
    let (done, steps) = at(Fault::None, || end(&store, SECOND));
    done.unwrap();
    for kind in [Step::Create, Step::Write, Step::Sync, Step::Rename] {
        assert!(steps.contains(&kind), "{kind:?}");
    }
    for (number, step) in steps.iter().enumerate() {
        let project = template.copy();
        let store = project.open();
        // What it returns is of no interest: nobody is left to hear it.
        let _ = at(Fault::Death(number), || end(&store, SECOND));
        drop(store);
        assert_recovers(&project, &format!("step {number}, {step:?}"));
    }
}

/// The template after an end that was cut short just before the session itself was written.
fn told_and_running(template: &Template) -> Template {
    let (_, steps) = at(Fault::None, || end(&template.copy().open(), SECOND));
    let cut = (0..steps.len()).rev().find_map(|step| {
        let project = template.copy();
        let _ = at(Fault::Death(step), || end(&project.open(), SECOND));
        let status = project.open().session(SECOND).unwrap().value.status;
        (status == Status::Running).then_some(Template(project.0))
    });
    cut.unwrap()
}

#[test]
fn of_one_end_there_is_one_event_however_often_it_is_cut_short() {
    let cut = told_and_running(&Template::new());
    assert_eq!(cut.copy().events().len(), 2, "it is told already");
    let (_, steps) = at(Fault::None, || end_found_dead(&cut.copy().open(), SECOND));
    for (number, step) in steps.iter().enumerate() {
        let what = format!("step {number}, {step:?}");
        let project = cut.copy();
        let _ = at(Fault::Death(number), || end_found_dead(&project.open(), SECOND));
        let store = project.open();
        assert!(project.events().len() <= 2, "{what}");
        assert_eq!(store.timeline().unwrap().items.len(), 2, "{what}");
        assert_eq!(store.verify().unwrap().findings, [], "{what}");
        if store.session(SECOND).unwrap().value.status == Status::Running {
            end_found_dead(&store, SECOND).unwrap();
        }
        let told = project.events();
        assert_eq!(told.len(), 2, "{what}");
        assert!(told[1].contains("\"interrupted\""), "{what}: {}", told[1]);
        assert_eq!(store.verify().unwrap().findings, [], "{what}");
    }
}

#[test]
fn the_disk_may_be_full_at_every_step_of_a_sessions_end() {
    let template = Template::new();
    let counted = template.copy();
    let store = counted.open();
    let (_, steps) = at(Fault::None, || end(&store, SECOND));
    let full = |number| [Fault::Full(number), Fault::FullFrom(number)];
    for (fault, step) in steps.iter().enumerate().flat_map(|(n, s)| full(n).map(|f| (f, s))) {
        let project = template.copy();
        let store = project.open();
        let (done, _) = at(fault, || end(&store, SECOND));
        if done.is_ok() && matches!(step, Step::Create | Step::Write) {
            let session = store.session(SECOND).unwrap().value;
            assert_eq!(session.status, Status::Succeeded, "what is acknowledged is there");
        }
        drop(store);
        assert_recovers(&project, &format!("{fault:?}, {step:?}"));
    }
}

/// Nobody makes room meanwhile: the commands that follow can change nothing either, and say all the
/// same what there is.
#[test]
fn a_disk_that_stays_full_keeps_nobody_from_reading_the_project() {
    let template = Template::new();
    let (_, steps) = at(Fault::None, || end(&template.copy().open(), SECOND));
    for (number, step) in steps.iter().enumerate() {
        let what = format!("step {number}, {step:?}");
        let project = template.copy();
        let store = project.open();
        let _ = at(Fault::FullFrom(number), || end(&store, SECOND));
        drop(store);
        let _ = at(Fault::FullFrom(0), || {
            let store = project.open();
            assert_eq!(store.warnings(), [""; 0], "{what}");
            assert_eq!(store.sessions().unwrap().warnings, [""; 0], "{what}");
            assert_eq!(store.timeline().unwrap().items.len(), 2, "{what}");
            assert_eq!(store.verify().unwrap().findings, [], "{what}");
            if store.session(SECOND).unwrap().value.status == Status::Running {
                assert!(end_found_dead(&store, SECOND).is_err(), "{what}");
            }
        });
        assert_recovers(&project, &what);
    }
}

#[test]
fn a_process_may_end_at_every_step_of_a_sessions_beginning() {
    let template = Template::new();
    let begin = |store: &Store| {
        let make = |id| Session::start(id, ProviderName::codex(), "third".into(), now());
        let handoff = store.create_handoff(|id| packet(id, TopicId(1)));
        handoff.and_then(|_| store.create_session(make)).map(drop)
    };
    let store = template.copy().open();
    let (_, steps) = at(Fault::None, || begin(&store));
    let both = |number| [Fault::Death(number), Fault::Full(number)];
    for (number, fault) in (0..steps.len()).flat_map(|n| both(n).map(|fault| (n, fault))) {
        let project = template.copy();
        let store = project.open();
        let _ = at(fault, || begin(&store));
        drop(store);
        let store = project.open();
        let (third, _tape) = store
            .create_session(|id| Session::start(id, ProviderName::codex(), "third".into(), now()))
            .unwrap();
        assert!(third.id > SECOND);
        end(&store, third.id).unwrap();
        assert_recovers_with(&store, &project, number);
    }
}

fn assert_recovers_with(store: &Store, project: &Project, number: usize) {
    for session in store.running_sessions().unwrap() {
        end(store, session.id).unwrap();
    }
    let verification = store.verify().unwrap();
    assert_eq!(verification.findings, [], "step {number}");
    let ids: Vec<SessionId> = store.sessions().unwrap().items.iter().map(|s| s.id).collect();
    assert_eq!(project.events().len(), ids.len(), "step {number}: {ids:?}");
}

type Change = fn(&Store) -> Result<()>;

/// What else changes the record, each of it twice if the first time was cut short.
const CHANGES: [(&str, Change); 5] = [
    ("annotate", |store| {
        let mut session = store.session(SessionId(1))?.value;
        session.status = Status::Annotated;
        session.notes.summary = "told later".into();
        store.annotate_session(&session, &Repo::default(), now()).map(drop)
    }),
    ("delete", |store| store.delete_session(SessionId(1), &Repo::default(), now()).map(drop)),
    ("rename", |store| store.rename_topic(TopicId(1), "other", now()).map(drop)),
    ("close", |store| store.close_topic(TopicId(1), now()).map(drop)),
    ("repair", |store| {
        let _ = store.files.remove_file(super::layout::INDEX)?;
        store.repair_index(&mut |_, _| {}).map(drop)
    }),
];

#[test]
fn every_other_change_may_be_cut_short_at_every_step() {
    let template = Template::new();
    for (name, change) in CHANGES {
        let (_, steps) = at(Fault::None, || change(&template.copy().open()));
        for (number, step) in steps.iter().enumerate() {
            for fault in [Fault::Death(number), Fault::Full(number)] {
                let what = format!("{name}, {fault:?}, {step:?}");
                let project = template.copy();
                let store = project.open();
                let _ = at(fault, || change(&store));
                drop(store);
                let store = project.open();
                assert_eq!(store.warnings(), [""; 0], "{what}");
                assert_eq!(store.session(SECOND).unwrap().warnings, [""; 0], "{what}");
                // What is done already is not there any more to be deleted.
                let _ = change(&store);
                end(&store, SECOND).unwrap();
                let index = store.repair_index(&mut |_, _| {});
                assert!(index.is_ok() && store.repair_index(&mut |_, _| {}).unwrap().is_none());
                let verification = store.verify().unwrap();
                assert_eq!(verification.findings, [], "{what}");
                let left = if name == "delete" { 1 } else { 2 };
                assert_eq!(store.sessions().unwrap().items.len(), left, "{what}");
                assert_eq!(store.timeline().unwrap().items.len(), left, "{what}");
            }
        }
    }
}

#[test]
fn a_clock_that_goes_back_loses_nothing() {
    let template = Template::new();
    let project = template.copy();
    let store = project.open();
    let mut session = store.session(SECOND).unwrap().value;
    session.status = Status::Succeeded;
    session.turns_captured = 1;
    session.ended = Some(Timestamp::from_second(1));
    let long_ago = Timestamp::from_second(0);
    assert_eq!(store.finish_session(&session, &Repo::default(), long_ago).unwrap(), [""; 0]);
    assert_eq!(store.session(SECOND).unwrap().value, session);
    assert_eq!(store.timeline().unwrap().items.len(), 2);
    let (third, _tape) = store
        .create_session(|id| Session::start(id, ProviderName::codex(), String::new(), long_ago))
        .unwrap();
    assert_eq!(third.id, SessionId(3));
    assert_eq!(store.verify().unwrap().verdict(), Verdict::Clean);
}
