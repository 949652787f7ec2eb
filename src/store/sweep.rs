//! What a kill left of files that were being written: removed when a project is opened.

use std::time::{Duration, UNIX_EPOCH};

use super::{Store, layout};
use crate::clock::Timestamp;
use crate::disk::{EntryKind, Root, is_temporary};
use crate::error::Result;

/// How long a file may be written: the transcript of a day takes seconds. A younger one may belong
/// to a process that is at it.
const WRITTEN_FOR: Duration = Duration::from_hours(1);

/// Folders of a project in which files are replaced; the empty one is its root.
const FOLDERS: [&str; 7] = [
    "",
    layout::DIR,
    layout::SESSIONS,
    layout::HANDOFFS,
    layout::TOPICS,
    layout::CHAINS,
    layout::BACKUPS,
];

impl Store {
    /// Removes temporary files of ours that nobody writes any more, in the project and in the home
    /// folder, and returns how many there were.
    pub fn sweep(&self, now: Timestamp) -> Result<usize> {
        let home = Root::open(&self.home)?;
        let in_home = [layout::DIR, layout::HOME_KEYS].map(|folder| (&home, folder));
        let mut left = Vec::new();
        for (files, folder) in
            FOLDERS.map(|folder| (&self.files, folder)).into_iter().chain(in_home)
        {
            let mut names = Vec::new();
            files.each_name(folder, |name| {
                names.extend(is_temporary(name).then(|| name.to_owned()));
            })?;
            left.extend(names.into_iter().map(|name| (files, format!("{folder}/{name}"))));
        }
        if left.is_empty() {
            return Ok(0);
        }
        let _lock = self.lock()?;
        let mut swept = 0;
        for (files, path) in left {
            let path = path.trim_start_matches('/');
            if is_abandoned(files, path, now)? {
                swept += usize::from(files.remove_file(path)?);
            }
        }
        Ok(swept)
    }
}

fn is_abandoned(files: &Root, path: &str, now: Timestamp) -> Result<bool> {
    let Some(file) = files.entry(path)? else { return Ok(false) };
    let now = Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0));
    let age = now.saturating_sub(file.changed.duration_since(UNIX_EPOCH).unwrap_or_default());
    Ok(file.kind == EntryKind::File && age > WRITTEN_FOR)
}
