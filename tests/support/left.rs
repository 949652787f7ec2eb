//! What loghop left in a project, read from disk without any of its own code.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::sandbox::{Sandbox, records};
use super::screen::{Grid, Size};

/// A session as its files tell it.
pub struct Left {
    /// Its id.
    pub id: String,
    /// The front matter of its file.
    pub fields: Value,
    /// The lines of its stored transcript; none when there is no such file.
    pub transcript: Vec<Value>,
    /// The lines of its recording, the header first; none when there is no such file.
    pub tape: Vec<Value>,
}

/// All sessions, oldest first.
pub fn sessions(sandbox: &Sandbox) -> Vec<Left> {
    let folder = sandbox.repo().join(".loghop/sessions");
    let mut found: Vec<_> = list(&folder).iter().filter_map(|path| read(&folder, path)).collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

fn list(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect()
}

fn read(folder: &Path, path: &Path) -> Option<Left> {
    let id = path.file_name()?.to_str()?.strip_suffix(".md")?.to_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let front = text.strip_prefix("---\n")?.split("\n---\n").next()?;
    let fields = serde_saphyr::from_str(front).unwrap();
    let lines = |name: String| {
        let path = folder.join(name);
        if path.exists() { records(&path) } else { Vec::new() }
    };
    let (transcript, tape) = (lines(format!("{id}.transcript.jsonl")), lines(format!("{id}.cast")));
    Some(Left { id, fields, transcript, tape })
}

impl Left {
    /// A field of the front matter as text; empty where it is not there.
    pub fn field(&self, name: &str) -> String {
        match &self.fields[name] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    /// Everything of one role, or of one kind of tool record, joined.
    pub fn said(&self, role: &str) -> String {
        let of_role = self.transcript.iter().filter(|turn| turn["role"] == role);
        of_role.filter_map(|turn| turn["text"].as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Whether at some time a player of the recording shows the text.
    pub fn shows(&self, text: &str) -> bool {
        let of = |name: &str| u16::try_from(self.tape[0][name].as_u64().unwrap()).unwrap();
        let mut grid = Grid::new(Size { cols: of("width"), rows: of("height") }, false);
        self.tape.iter().skip(1).any(|event| {
            let data = event[2].as_str().unwrap();
            match event[1].as_str().unwrap() {
                "o" => drop(grid.feed(data.as_bytes())),
                "r" => {
                    let (cols, rows) = data.split_once('x').unwrap();
                    let size = Size { cols: cols.parse().unwrap(), rows: rows.parse().unwrap() };
                    grid.resize(size);
                }
                _ => {}
            }
            grid.screen().text().contains(text)
        })
    }

    /// Asserts what holds for every session that has ended, however it did.
    #[track_caller]
    pub fn assert_whole(&self, sandbox: &Sandbox) {
        self.assert_finished(sandbox);
        self.assert_tape_plays();
    }

    /// The same for one that may have ended before anything was recorded.
    #[track_caller]
    pub fn assert_finished(&self, sandbox: &Sandbox) {
        let id = &self.id;
        assert_ne!(self.field("status"), "running", "{id}");
        assert!(!self.field("ts_end").is_empty(), "{id}");
        let said = ["user", "assistant"]
            .map(|role| self.transcript.iter().filter(|turn| turn["role"] == role).count());
        let turns = self.field("turns_captured");
        assert_eq!(turns, said.iter().sum::<usize>().to_string(), "{id}: {said:?}");
        let folder = sandbox.repo().join(".loghop/sessions");
        for ending in [".trail.json", ".brief.md"] {
            assert!(!folder.join(format!("{id}{ending}")).exists(), "{id}{ending} was left");
        }
        for (list, key) in [("timeline.jsonl", "session_id"), ("sessions.jsonl", "id")] {
            let all = records(&sandbox.repo().join(".loghop").join(list));
            let own: Vec<_> = all.iter().filter(|line| line[key] == id.as_str()).collect();
            assert_eq!(own.len(), 1, "{id} in {list}: {own:#?}");
            assert_eq!(own[0]["status"], self.fields["status"], "{id} in {list}");
        }
    }

    /// Asserts that the recording has a header, frames, and times that do not go back.
    #[track_caller]
    fn assert_tape_plays(&self) {
        let (header, events) = self.tape.split_first().expect("a recording");
        assert_eq!(header["version"], 2, "{}", self.id);
        assert!(header["width"].as_u64() > Some(0) && header["height"].as_u64() > Some(0));
        let mut last = 0.0;
        for event in events {
            let (at, code) = (event[0].as_f64().unwrap(), event[1].as_str().unwrap());
            assert!(at >= last, "{}: {at} comes after {last}", self.id);
            assert!(["o", "r", "m"].contains(&code), "{event}");
            assert!(event[2].is_string() && event[3].is_null(), "{event}");
            last = at;
        }
        assert!(events.iter().any(|event| event[1] == "o"), "{}: no frames", self.id);
    }
}
