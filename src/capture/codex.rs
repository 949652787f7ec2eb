//! Which transcripts are ours, for Codex: the rollouts that its process holds open to write, or
//! whose lock it holds. That it opens others, and tries their locks, means nothing: it does so
//! when it starts, with those of every Codex that runs. Where the system does not tell, a rollout
//! of our folder and time that nobody else can have written, and otherwise none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::process;
use super::trail::Trail;
use crate::clock::Timestamp;
use crate::disk::{EntryKind, outside};
use crate::provider::Home;

/// Bytes of a rollout's first line that are read. It holds the base instructions, about 22 KB.
const HEAD_MAX: usize = 1 << 20;

/// Seconds of a day: rollouts lie in a folder per day of *local* time, at most a day off ours.
const DAY: i64 = 86_400;

/// What a rollout's first line says.
#[derive(Debug, Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
    payload: Session,
}

#[derive(Debug, Deserialize)]
struct Session {
    id: String,
    #[serde(default)]
    cwd: PathBuf,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    source: serde_json::Value,
}

/// What the processes of a run show.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Rollouts that they write.
    pub(super) rollouts: Vec<PathBuf>,
    /// Threads whose lock they hold.
    pub(super) threads: Vec<String>,
}

/// Looks at the open files of the child's processes; `None` where none of them shows any.
pub(super) fn evidence(home: &Home, family: &[u32]) -> Option<Evidence> {
    let (rollouts, locks) = (home.transcripts(), home.dir.join("thread-writer-locks"));
    let mut found = Evidence::default();
    let mut told = false;
    for files in family.iter().filter_map(|pid| process::open_files(*pid)) {
        told = true;
        for file in files {
            let path = &file.path;
            let is_rollout = path.extension().is_some_and(|e| e == "jsonl");
            if is_rollout && path.starts_with(&rollouts) && file.is_written() {
                found.rollouts.push(file.path);
            } else if path.starts_with(&locks) && file.is_locked() {
                let stem = path.file_stem().and_then(|s| s.to_str());
                // One lock is not a thread's: it has a dot in front.
                found.threads.extend(stem.filter(|s| !s.starts_with('.')).map(str::to_owned));
            }
        }
    }
    told.then_some(found)
}

/// The rollout that the thread `id` goes on in: the one that it began last.
pub(super) fn by_id(home: &Home, id: &str) -> Option<PathBuf> {
    let all = days(home, None).into_iter().flat_map(|day| files(&day));
    all.filter(|path| is_of(path, id)).max()
}

/// The rollouts of the thread `id` that were begun at `since` or later, oldest first; the one that it
/// goes on in also where it is older.
pub(super) fn begun(home: &Home, id: &str, since: Timestamp) -> Vec<PathBuf> {
    let all = days(home, Some(since)).into_iter().flat_map(|day| files(&day));
    let mut own: Vec<_> = all.filter(|path| is_of(path, id)).collect();
    own.sort();
    let last = own.last().cloned();
    own.retain(|path| {
        let begun = head(path).and_then(|session| Timestamp::parse(&session.timestamp));
        last.as_ref() == Some(path) || begun.is_some_and(|begun| begun >= since)
    });
    own
}

/// Whether a rollout is the thread's, by its name.
pub(super) fn is_of(path: &Path, thread: &str) -> bool {
    stem(path)
        .is_some_and(|stem| stem.strip_suffix(thread).is_some_and(|before| before.ends_with('-')))
}

/// The name of a rollout, up to its thread. Where a person went back in a thread, Codex goes on in a
/// file of its own, with the number of that one behind the thread.
fn stem(path: &Path) -> Option<&str> {
    let stem = path.file_stem()?.to_str()?;
    Some(stem.split_once('_').map_or(stem, |(thread, _)| thread))
}

/// Rollouts that began at `since` or later and could be ours by their folder, of which nothing
/// better is known.
pub(super) fn candidates(trail: &Trail, home: &Home, since: Timestamp) -> Vec<PathBuf> {
    let all = days(home, Some(since)).into_iter().flat_map(|day| files(&day));
    all.filter(|path| {
        head(path).is_some_and(|session| {
            session.source.as_object().is_none()
                && Timestamp::parse(&session.timestamp).is_some_and(|t| t >= since)
                && same_folder(&session.cwd, &trail.cwd)
        })
    })
    .collect()
}

/// The rollouts of the last days that lie there before the start, with their lengths: a run that
/// goes on with one of them appends to it.
pub(super) fn present(trail: &Trail, home: &Home) -> BTreeMap<PathBuf, u64> {
    let days = days(home, Some(Timestamp::from_second(trail.spawned)));
    let entries = days.iter().flat_map(|day| {
        let entries = outside::list(day).unwrap_or_default();
        entries.into_iter().map(|entry| (day.join(entry.name), entry.len))
    });
    entries.collect()
}

/// Whether a rollout lies in the folder of a day before the run, so that the run appends to it.
pub(super) fn is_of_earlier_day(path: &Path, trail: &Trail, home: &Home) -> bool {
    let days = days(home, Some(Timestamp::from_second(trail.spawned)));
    !days.iter().any(|day| path.parent() == Some(day))
}

/// Whether a rollout is a conversation of the person's, and not of a subagent.
pub(super) fn is_the_persons(path: &Path) -> bool {
    head(path).is_none_or(|session| session.source.as_object().is_none())
}

/// The thread of a rollout: the one that it is named after, whatever was copied over it, else the
/// one that it says it holds.
pub(super) fn thread(path: &Path) -> Option<String> {
    named(path).or_else(|| head(path).map(|session| session.id))
}

/// The thread that a rollout is named after.
pub(super) fn named(path: &Path) -> Option<String> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let stem = stem(path)?;
    let thread = stem.get(stem.len().checked_sub(GROUPS.iter().sum::<usize>() + 4)?..)?;
    let is_hex = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_one = thread.split('-').map(str::len).eq(GROUPS) && thread.split('-').all(is_hex);
    is_one.then(|| thread.to_owned())
}

fn same_folder(told: &Path, ours: &Path) -> bool {
    told == ours || outside::resolve(told).is_some_and(|told| told == ours)
}

fn head(path: &Path) -> Option<Session> {
    let mut reader = outside::open(path).ok()??;
    let length = usize::try_from(reader.len().ok()?).unwrap_or(usize::MAX);
    let mut bytes = vec![0; length.min(HEAD_MAX)];
    let read = reader.read_from(0, &mut bytes).ok()?;
    let line = bytes[..read].split(|b| *b == b'\n').next()?;
    let head: Head = serde_json::from_slice(line).ok()?;
    (head.kind == "session_meta").then_some(head.payload)
}

/// The folders of days, oldest first.
fn days(home: &Home, since: Option<Timestamp>) -> Vec<PathBuf> {
    let first = since.map(|t| Timestamp::from_second(t.as_second() - DAY).date());
    let first: Vec<&str> = first.as_deref().map(|d| d.split('-').collect()).unwrap_or_default();
    let mut found = vec![(home.transcripts(), true)];
    for level in 0..3 {
        let from = first.get(level).copied().unwrap_or("");
        let open = std::mem::take(&mut found);
        for (folder, on_edge) in open {
            let names = outside::list(&folder).unwrap_or_default();
            let names = names.into_iter().filter(|e| e.kind != EntryKind::File).map(|e| e.name);
            for name in names.filter(|n| !on_edge || n.as_str() >= from) {
                let edge = on_edge && name == from;
                found.push((folder.join(name), edge));
            }
        }
    }
    found.into_iter().map(|(folder, _)| folder).collect()
}

fn files(day: &Path) -> Vec<PathBuf> {
    let paths =
        outside::list(day).unwrap_or_default().into_iter().map(|entry| day.join(entry.name));
    paths.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect()
}
