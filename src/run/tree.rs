//! Files of the working tree as they are now, by their content.

use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;
use crate::env::Env;
use crate::git;
use crate::handoff::{FileState, checks};
use crate::model::{Repo, Story};
use crate::store::Store;

/// Files of each source whose content is looked at: as many as a handoff names.
const FILES_MAX: usize = 60;

/// Bytes of a file that is looked at: a larger one is data, and reading it would be felt.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Bytes of a hash that are told: enough for one project, short enough to read.
const HASH_BYTES: usize = 6;

/// The changed files of the repository, and what the sessions wrote: without Git, or once it is
/// committed, nothing else tells whether that is still so.
///
/// `since` is when the story began: what Git holds as it did then, and shows no change of, is as before.
pub(super) fn files(
    store: &Store,
    repo: Option<&Repo>,
    story: &Story,
    (env, since): (&Env, Option<Timestamp>),
) -> Vec<FileState> {
    let root = store.root().to_str().unwrap_or_default();
    let changed = repo.into_iter().flat_map(|repo| &repo.changed).map(|file| file.path.as_str());
    let written = story.files.iter().map(|file| checks::within(&file.path, root));
    let is_inside = |path: &&str| !path.starts_with('/') && !path.split('/').any(|p| p == "..");
    let mut paths: Vec<&str> = changed.take(FILES_MAX).collect();
    for path in written.filter(is_inside).take(FILES_MAX) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let mut files: Vec<FileState> = paths.iter().filter_map(|path| state(store, path)).collect();
    let (Some(repo), Some(since)) = (repo, since) else { return files };
    let unchanged: Vec<&str> =
        paths.into_iter().filter(|path| !repo.changed.iter().any(|f| f.path == *path)).collect();
    for held in git::held_since(store.root(), env, &unchanged, since) {
        if let Some(file) = files.iter_mut().find(|file| file.path == held.path) {
            // What Git never tracked is as before only where nothing is there.
            file.as_before = held.is_tracked || file.hash.is_none();
        }
    }
    files
}

/// A file; `None` where it is nothing that can be read (a folder, a link, too large).
pub(super) fn state(store: &Store, path: &str) -> Option<FileState> {
    let path = path.to_owned();
    let Some(reader) = store.files().reader(&path).ok()? else {
        return Some(FileState { path, hash: None, modified: None, as_before: false });
    };
    let modified = reader.modified();
    let content = reader.read_all(FILE_BYTES_MAX).ok()?;
    let digest = Sha256::digest(&content);
    let hash = hex::encode(&digest[..HASH_BYTES]);
    Some(FileState { path, hash: Some(hash), modified, as_before: false })
}
