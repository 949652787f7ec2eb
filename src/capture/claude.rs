//! Which transcripts are ours, for Claude Code: the one whose id we gave, and from there on what
//! its pid file says, which follows `/clear` and `/resume`. It also says what the client does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::trail::Trail;
use crate::disk::{EntryKind, outside};
use crate::model::Activity;
use crate::provider::Home;

/// Bytes of a pid file: some hundred.
const PID_FILE_MAX: u64 = 64 << 10;

/// What a running client says about itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PidFile {
    pid: u32,
    session_id: String,
    cwd: PathBuf,
    #[serde(default)]
    started_at: u64,
    #[serde(default)]
    status: String,
}

/// The transcript of the session `id`: in the folder of `cwd`, else in any project's, since the
/// client may have been told to work elsewhere. The id is unique, so the folder decides nothing.
pub(super) fn by_id(home: &Home, cwd: &Path, id: &str) -> Option<PathBuf> {
    // An id comes from arguments and files; it must not lead out of the folder.
    if id.is_empty() || id.contains(['/', '\\', '\0']) || id.starts_with('.') {
        return None;
    }
    let file = format!("{id}.jsonl");
    let expected = home.project(cwd).join(&file);
    if outside::exists(&expected) {
        return Some(expected);
    }
    let projects = home.transcripts();
    let folders = outside::list(&projects).unwrap_or_default();
    let folders = folders.iter().filter(|entry| entry.kind != EntryKind::File);
    folders.map(|entry| projects.join(&entry.name).join(&file)).find(|path| outside::exists(path))
}

/// The pid file of the running client; its process is one of `family`, nearest first.
pub(super) fn pid_file(trail: &Trail, home: &Home, family: &[u32]) -> Option<PathBuf> {
    let folder = home.dir.join("sessions");
    let mut paths = family.iter().map(|pid| folder.join(format!("{pid}.json")));
    paths.find(|path| read(trail, path).is_some())
}

/// Whether the client of another run writes this transcript, by its own word.
pub(super) fn is_anothers(home: &Home, transcript: &Path) -> bool {
    let folder = home.dir.join("sessions");
    let entries = outside::list(&folder).unwrap_or_default();
    let told = |path: &Path| -> Option<PidFile> {
        serde_json::from_slice(&outside::read(path, PID_FILE_MAX).ok()??).ok()
    };
    let mut all = entries.iter().filter_map(|entry| told(&folder.join(&entry.name)));
    all.any(|file| transcript.file_stem().is_some_and(|stem| *stem == *file.session_id))
}

/// The transcript that the running client writes now, by its pid file. `None` before the first
/// prompt, when there is no file yet.
pub(super) fn by_pid_file(trail: &Trail, home: &Home, path: &Path) -> Option<PathBuf> {
    let file = read(trail, path)?;
    let cwd = outside::resolve(&file.cwd).unwrap_or(file.cwd);
    by_id(home, &cwd, &file.session_id)
}

/// The session that the running client is in and what it does there, by its pid file.
pub(super) fn told(trail: &Trail, path: &Path) -> Option<(String, Option<Activity>)> {
    let file = read(trail, path)?;
    let does = match file.status.as_str() {
        "idle" => Some(Activity::Idle),
        "busy" => Some(Activity::Working),
        "waiting" => Some(Activity::Waiting),
        _ => None,
    };
    Some((file.session_id, does))
}

fn read(trail: &Trail, path: &Path) -> Option<PidFile> {
    let file: PidFile = serde_json::from_slice(&outside::read(path, PID_FILE_MAX).ok()??).ok()?;
    // A killed client leaves its file behind, and its pid is given to another process some day.
    let is_of_this_run = file.started_at == 0
        || i64::try_from(file.started_at / 1000).is_ok_and(|start| start >= trail.spawned);
    let is_its_own = path.file_stem().is_some_and(|stem| *stem == *file.pid.to_string());
    (is_its_own && is_of_this_run).then_some(file)
}

/// The transcripts that lie in our folder before the start, with their lengths: a client that
/// goes on with one of them appends to it.
pub(super) fn present(trail: &Trail, home: &Home) -> BTreeMap<PathBuf, u64> {
    let folder = home.project(&trail.cwd);
    let entries = outside::list(&folder).unwrap_or_default();
    entries.iter().map(|entry| (folder.join(&entry.name), entry.len)).collect()
}

/// Where the transcript should be, for a message.
pub(super) fn expected(trail: &Trail, home: &Home) -> PathBuf {
    let folder = home.project(&trail.cwd);
    match &trail.native_id {
        Some(id) => folder.join(format!("{id}.jsonl")),
        None => folder,
    }
}
