//! The rules of the house, checked: imports go down the floors and never in circles, files say what
//! they are for.

use std::collections::{BTreeMap, BTreeSet};
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

/// The module of a file: `src/capture/reconcile/mod.rs` is `capture`, `reconcile`.
fn module(path: &Path) -> Vec<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let path = path.strip_prefix(src).unwrap().with_extension("");
    let names = path.iter().map(|name| name.to_str().unwrap().to_owned());
    names.filter(|name| name != "mod" && name != "lib").collect()
}

/// The room of a file: the first folder or file name under `src/`.
fn room(path: &Path) -> Option<String> {
    module(path).into_iter().next().filter(|name| name != "main")
}

fn before_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]").next().unwrap_or(text)
}

/// The paths in a file that begin with this word, name by name; of braces the first names only.
fn paths<'a>(text: &'a str, word: &str) -> Vec<Vec<&'a str>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(&format!("{word}::")) {
        if text[..at].ends_with(is_of_name) || text[..at].ends_with("::") {
            continue;
        }
        let end = text[at..].find(|c| !is_of_name(c) && c != ':').map_or(text.len(), |n| at + n);
        let names: Vec<&str> = text[at..end].split("::").filter(|name| !name.is_empty()).collect();
        let group = text[end..].strip_prefix('{').and_then(|group| group.split('}').next());
        let firsts = group.unwrap_or("").split(',').map(|path| first_name(path.trim()));
        let firsts = firsts.filter(|name| !name.is_empty());
        found.extend(firsts.map(|name| names.iter().copied().chain([name]).collect()));
        found.extend(group.is_none().then_some(names));
    }
    found
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn first_name(text: &str) -> &str {
    &text[..text.find(|c| !is_of_name(c)).unwrap_or(text.len())]
}

/// The modules that the file of module `own` names.
fn imports(text: &str, own: &[String]) -> Vec<Vec<String>> {
    let text = text.split("\nmod tests {").next().unwrap_or(text);
    let all = paths(text, "crate").into_iter().chain(paths(text, "super"));
    let absolute = all.map(|path| {
        let up = path.iter().take_while(|name| **name == "super").count();
        let base = if up == 0 { &[] } else { &own[..own.len().saturating_sub(up)] };
        let rest = path[up.max(1)..].iter().map(|name| (*name).to_owned());
        base.iter().cloned().chain(rest).collect()
    });
    absolute.collect()
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
        let named = paths(&text, "crate");
        for other in named.iter().filter_map(|path| path.get(1)).filter(|other| **other != own) {
            match floor.get(other) {
                Some(f) if f < own_floor => {}
                Some(_) => wrong.push(format!("{}: `{own}` imports `{other}`", path.display())),
                None => wrong.push(format!("{}: unknown room `{other}`", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Within a folder too: files and folders beside each other never import each other in a circle.
/// What two of them share has a file of its own.
#[test]
fn imports_between_neighbours_go_one_way() {
    let files = sources("src");
    let modules: BTreeSet<Vec<String>> = files.iter().map(|path| module(path)).collect();
    let mut folders: BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for path in &files {
        let own = module(path);
        let text = std::fs::read_to_string(path).unwrap();
        for other in imports(&text, &own) {
            let common = own.iter().zip(&other).take_while(|(a, b)| a == b).count();
            // What is above or below is no neighbour, and not everything that is named is a module.
            let is_module = other.get(..=common).is_some_and(|path| modules.contains(path));
            if common == own.len() || !is_module {
                continue;
            }
            let folder = folders.entry(own[..common].to_vec()).or_default();
            folder.entry(own[common].clone()).or_default().insert(other[common].clone());
        }
    }
    let mut wrong = Vec::new();
    for (folder, mut open) in folders {
        // Who imports nobody that is left, or is imported by nobody, is in no circle.
        while let Some(apart) = open.iter().find_map(|(name, others)| {
            let is_end = others.iter().all(|other| !open.contains_key(other));
            let is_start = !open.values().any(|others| others.contains(name));
            (is_end || is_start).then(|| name.clone())
        }) {
            open.remove(&apart);
        }
        if !open.is_empty() {
            wrong.push(format!("{}: {:?}", folder.join("/"), open.keys()));
        }
    }
    assert!(wrong.is_empty(), "in a circle:\n{}", wrong.join("\n"));
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
    "src/store/complete.rs", // keys and ids
    "src/store/index/mod.rs", // rows that were redacted when they were made
    "src/store/migrate.rs", // the lines of the timeline, with one number more
    "src/store/mod.rs",     // the default ignore file
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
