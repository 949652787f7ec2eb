//! The rules of the house, checked: imports go down the floors, files say what they are for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The floors, lowest first. A room may import rooms of lower floors only.
const FLOORS: &[&[&str]] = &[
    &["error", "clock", "env"],
    &["model"],
    &["redact", "transcript", "handoff", "emulator", "theme"],
    &["disk", "subprocess"],
    &["store", "git", "provider", "pty", "host"],
    &["recorder", "capture"],
    &["run"],
    &["demo"],
    &["cli"],
];

/// Lines of a file before its tests; more means that it holds a second concept.
const FILE_LINES_MAX: usize = 400;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc", "shared"];

fn sources(dir: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(dir)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The room of a file: the first folder or file name under `src/`.
fn room(path: &Path) -> Option<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = path.strip_prefix(src).ok()?.components().next()?;
    let name = first.as_os_str().to_str()?.trim_end_matches(".rs").to_owned();
    (name != "lib" && name != "main").then_some(name)
}

fn before_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]").next().unwrap_or(text)
}

/// Rooms that a file names after `crate::`, also inside braces.
fn imported_rooms(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap_or("");
            rooms.extend(group.split(',').map(|p| first_word(p.trim()).to_owned()));
        } else {
            rooms.push(first_word(rest).to_owned());
        }
    }
    rooms
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[test]
fn imports_go_down_the_floors_only() {
    let floor: BTreeMap<&str, usize> =
        FLOORS.iter().enumerate().flat_map(|(n, r)| r.iter().map(move |r| (*r, n))).collect();
    let mut wrong = Vec::new();
    for path in sources("src") {
        let Some(own) = room(&path) else { continue };
        let Some(own_floor) = floor.get(own.as_str()) else {
            wrong.push(format!("{}: room `{own}` stands on no floor", path.display()));
            continue;
        };
        let text = std::fs::read_to_string(&path).unwrap();
        for other in imported_rooms(&text).into_iter().filter(|o| *o != own) {
            match floor.get(other.as_str()) {
                Some(f) if f < own_floor => {}
                Some(_) => wrong.push(format!("{}: `{own}` imports `{other}`", path.display())),
                None => wrong.push(format!("{}: unknown room `{other}`", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_named_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for path in sources("src").into_iter().chain(sources("tests")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = before_tests(&text).lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{}: {lines} lines before its tests", path.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}: does not open with what it is for", path.display()));
        }
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("");
        if EMPTY_NAMES.contains(&stem) {
            wrong.push(format!("{}: `{stem}` says nothing", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_touch_nothing() {
    let pure = ["redact", "transcript", "handoff", "emulator", "theme", "model"];
    let banned = ["std::fs", "std::env", "std::thread", "std::net", "tokio::", "Timestamp::now"];
    let mut wrong = Vec::new();
    for path in sources("src") {
        if !room(&path).is_some_and(|r| pure.contains(&r.as_str())) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for word in banned.iter().filter(|w| before_tests(&text).contains(**w)) {
            wrong.push(format!("{}: {word}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Who may write bytes that redaction has not seen, and what they write.
const VERBATIM: &[&str] = &[
    "src/capture/trail.rs", // paths of transcripts, which must be found again
    "src/demo/native.rs",   // what a scripted assistant writes in place of a real one
    "src/provider/capabilities.rs", // what programs support, by their paths
    "src/store/backup.rs",  // archives, and what comes out of them
    "src/store/chain/key.rs", // the key of the chain, and its head
    "src/store/chain/mod.rs", // hashes, and names of our own files
    "src/store/circuit.rs", // names of providers, and times
    "src/store/index/mod.rs", // rows that were redacted when they were made
    "src/store/migrate.rs", // the lines of the timeline, with one number more
    "src/store/mod.rs",     // keys, ids, the default ignore file
    "src/store/projections.rs", // the user's .gitignore, the registry
    "src/store/projects.rs", // the registry
    "src/store/settings.rs", // configuration, with the user's comments and patterns
    "src/store/timeline.rs", // the lines that stay in the timeline
];

#[test]
fn writing_without_redaction_is_for_the_listed_few() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in sources("src").into_iter().filter(|p| room(p).as_deref() != Some("disk")) {
        let text = std::fs::read_to_string(&path).unwrap();
        if before_tests(&text).contains("Verbatim(") {
            let name = path.strip_prefix(root).unwrap();
            found.push(name.display().to_string());
        }
    }
    assert_eq!(found, VERBATIM);
}

#[test]
fn no_test_file_is_forgotten() {
    let main = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/main.rs"));
    let main = main.unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in std::fs::read_dir(tests).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let name = name.trim_end_matches(".rs");
        if name != "main" {
            assert!(main.contains(&format!("mod {name};")), "`mod {name};` is not in main.rs");
        }
    }
}
