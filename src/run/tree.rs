//! Files of the working tree as they are now, by their content.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};

use crate::handoff::FileState;
use crate::model::Repo;
use crate::store::Store;

/// Files whose content is looked at: as many as a handoff names.
const FILES_MAX: usize = 60;

/// Bytes of a file that is looked at: a larger one is data, and reading it would be felt.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Bytes of a hash that are told: enough for one project, short enough to read.
const HASH_BYTES: usize = 6;

/// The changed files of a repository.
pub(super) fn changed_files(store: &Store, repo: &Repo) -> Vec<FileState> {
    repo.changed.iter().take(FILES_MAX).filter_map(|file| state(store, &file.path)).collect()
}

/// A file; `None` where it is nothing that can be read (a folder, a link, too large).
pub(super) fn state(store: &Store, path: &str) -> Option<FileState> {
    let path = path.to_owned();
    let Some(reader) = store.files().reader(&path).ok()? else {
        return Some(FileState { path, hash: None, modified: None });
    };
    let modified = reader.modified();
    let content = reader.read_all(FILE_BYTES_MAX).ok()?;
    let digest = Sha256::digest(&content);
    let mut hash = String::new();
    for byte in &digest[..HASH_BYTES] {
        let _ = write!(hash, "{byte:02x}");
    }
    Some(FileState { path, hash: Some(hash), modified })
}
