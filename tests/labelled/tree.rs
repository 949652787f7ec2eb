//! A story with a real project around it: a Git repository in which everything that the story does
//! to files is done, and the sessions as loghop stores them.

use std::path::PathBuf;

use loghop::clock::Timestamp;
use loghop::model::{Entry, ProviderName, Repo, Session, SessionId, Status};
use loghop::store::Store;
use loghop::transcript::{Format, stored_line};
use serde_json::Value;

use super::labels::{Event, Scene, Stop};
use super::{native, turns};
use crate::support::sandbox::{LOGHOP, Sandbox};

/// The project after the story.
pub struct Project {
    sandbox: Sandbox,
    /// The assistant that has not the last session.
    next: &'static str,
}

impl Project {
    /// Plays the story, its first session by the client of `format`.
    pub fn of(scene: &Scene, format: Format) -> Self {
        let sandbox = Sandbox::bare();
        let mut project = Self { sandbox, next: "claude" };
        for (path, content) in &scene.tree {
            project.put(path, content);
        }
        project.sandbox.git(&["add", "--all"]);
        project.sandbox.git(&["commit", "--quiet", "--message=before"]);
        let (repo, home) = (project.sandbox.repo(), project.sandbox.home());
        Store::init(&repo, &home, "demo", Timestamp::now()).unwrap();
        let store = Store::open(&repo, &home).unwrap();
        let topic = store.new_topic("Ad hoc session", Timestamp::now()).unwrap();
        let legs = scene.events.split(|event| matches!(event, Event::Switch));
        for (events, (format, files)) in legs.zip(native::sessions(scene, format, false)) {
            let provider = if format == Format::Codex { "codex" } else { "claude" };
            project.next = if format == Format::Codex { "claude" } else { "codex" };
            let name = ProviderName::new(provider);
            let make = |id| Session::start(id, name, String::new(), Timestamp::now());
            let (mut session, tape) = store.create_session(make).unwrap();
            for event in events {
                project.happens(event);
            }
            let prompts = project.store_turns(&store, session.id, format, &files);
            (session.status, session.returncode) = match scene.stop {
                Stop::Crash => (Status::Failed, Some("137".into())),
                Stop::Left => (Status::Interrupted, Some("130".into())),
                _ => (Status::Succeeded, Some("0".into())),
            };
            (session.topic, session.ended) = (Some(topic.id), Some(Timestamp::now()));
            (session.prompts, session.turns_captured) = (Some(prompts), prompts);
            store.finish_session(&session, &Repo::default(), Timestamp::now()).unwrap();
            drop(tape);
        }
        project
    }

    /// Stores what the client wrote, as a run does, and counts what was asked.
    fn store_turns(&self, store: &Store, id: SessionId, of: Format, files: &[String]) -> u32 {
        let mut writer = store.transcript_writer(id).unwrap();
        let mut prompts = 0;
        for file in files {
            let file = file.replace("/home/dev/app", self.sandbox.repo().to_str().unwrap());
            turns(&file, of, &mut |turn| {
                prompts += u32::from(matches!(turn.entry, Entry::User { .. }));
                if let Some(line) = stored_line(&turn) {
                    writer.line(&line).unwrap();
                }
            });
        }
        writer.commit().unwrap();
        prompts
    }

    /// The handoff that the other assistant gets.
    pub fn handoff(&self, detail: &str) -> String {
        let args = ["handoff", "build", "--provider", self.next, "--detail", detail, "--json"];
        let output = self.sandbox.run(LOGHOP, &args);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        std::fs::read_to_string(self.path(answer["path"].as_str().unwrap())).unwrap()
    }

    /// Does to the tree what the event says.
    fn happens(&self, event: &Event) {
        match event {
            Event::Create(path, content) => self.put(path, &format!("{content}\n")),
            Event::Edit(path, edits) => {
                let mut text = std::fs::read_to_string(self.path(path)).unwrap();
                for (old, new) in edits {
                    assert!(text.contains(old.as_str()), "{path} has no `{old}`");
                    text = text.replacen(old.as_str(), new, 1);
                }
                self.put(path, &text);
            }
            Event::Does(command, _) => {
                let done = self.sandbox.run("sh", &["-c", command]);
                assert!(done.status.success(), "{command}");
            }
            _ => {}
        }
    }

    fn put(&self, path: &str, content: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.sandbox.repo().join(path)
    }
}
