//! What the system tells about running processes: their descendants and the files they hold open.
//! Linux tells it in `/proc`; elsewhere nothing is told, and the callers do without.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use rustix::fs::readlink;

use crate::disk::outside;

/// Processes that are looked at: an assistant has a handful, a build that it runs may have many.
const PROCESSES_MAX: usize = 256;

/// Bytes of a list of children.
const CHILDREN_MAX: u64 = 64 << 10;

/// Bytes of what is told about an open file: some hundred.
const FD_INFO_MAX: u64 = 16 << 10;

/// The bits of an open file's flags that say that it can be written to (`O_WRONLY`, `O_RDWR`).
const WRITABLE: u32 = 3;

/// A file that a process holds open.
#[derive(Debug)]
pub(super) struct OpenFile {
    /// The file.
    pub(super) path: PathBuf,
    /// Where the system tells how it is open.
    info: PathBuf,
}

impl OpenFile {
    /// Whether the process can write to it. To look into a file of another's is no sign of
    /// owning it.
    pub(super) fn is_written(&self) -> bool {
        let flags = self.told("flags:");
        flags.is_some_and(|octal| u32::from_str_radix(&octal, 8).is_ok_and(|f| f & WRITABLE != 0))
    }

    /// Whether the process holds the file's lock: it may have opened it only to try.
    pub(super) fn is_locked(&self) -> bool {
        self.told("lock:").is_some()
    }

    /// What the system tells under this heading; `None` also when the file was closed meanwhile.
    fn told(&self, heading: &str) -> Option<String> {
        let bytes = outside::read(&self.info, FD_INFO_MAX).ok()??;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.lines().find_map(|line| line.strip_prefix(heading)).map(|rest| rest.trim().to_owned())
    }
}

/// A process and its descendants, nearest first; the process alone where the system tells nothing.
pub(super) fn family(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut open = VecDeque::from([pid]);
    while let Some(pid) = open.pop_front() {
        for child in children(pid) {
            if found.len() >= PROCESSES_MAX {
                return found;
            }
            if !found.contains(&child) {
                found.push(child);
                open.push_back(child);
            }
        }
    }
    found
}

fn children(pid: u32) -> Vec<u32> {
    let tasks = Path::new("/proc").join(pid.to_string()).join("task");
    let mut found = Vec::new();
    for task in outside::list(&tasks).unwrap_or_default() {
        let path = tasks.join(&task.name).join("children");
        let bytes = outside::read(&path, CHILDREN_MAX).ok().flatten().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        found.extend(text.split_ascii_whitespace().filter_map(|word| word.parse::<u32>().ok()));
    }
    found
}

/// The files that a process holds open; `None` where the system does not tell or it has ended.
pub(super) fn open_files(pid: u32) -> Option<Vec<OpenFile>> {
    let process = Path::new("/proc").join(pid.to_string());
    let folder = process.join("fd");
    if !outside::is_dir(&folder) {
        return None;
    }
    let mut found = Vec::new();
    for entry in outside::list(&folder).ok()? {
        let Ok(target) = readlink(folder.join(&entry.name), Vec::new()) else { continue };
        // Pipes and sockets have names such as `socket:[1]`.
        if let Some(path) = target.to_str().ok().filter(|t| t.starts_with('/')) {
            let info = process.join("fdinfo").join(&entry.name);
            found.push(OpenFile { path: PathBuf::from(path), info });
        }
    }
    Some(found)
}

/// Whether some process that we may look at holds `path` open and can write to it; `None` where
/// the system does not tell. It looks at every process, so it is not for polling.
pub(super) fn is_held(path: &Path) -> Option<bool> {
    open_files(std::process::id())?;
    let processes = outside::list(Path::new("/proc")).ok()?;
    let mut pids = processes.iter().filter_map(|e| e.name.parse::<u32>().ok());
    let own = std::process::id();
    let holds = |pid| {
        let files = open_files(pid).unwrap_or_default();
        files.iter().any(|file| file.path == path && file.is_written())
    };
    Some(pids.any(|pid| pid != own && holds(pid)))
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "a process to look at")]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn descendants_and_their_files_are_seen() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().canonicalize().unwrap().join("held");
        let script = "exec 9>>\"$1\"; exec 8<\"$1\"; sleep 60 & wait";
        let mut child = Command::new("sh").args(["-c", script, "sh"]).arg(&path).spawn().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while family(child.id()).len() < 2 && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let family = family(child.id());
        assert_eq!(family[0], child.id());
        assert_eq!(family.len(), 2);
        let files = open_files(family[1]).unwrap();
        let written: Vec<_> =
            files.iter().filter(|f| f.path == path).map(OpenFile::is_written).collect();
        assert_eq!(written, [false, true]);
        assert!(files.iter().all(|file| !file.is_locked()));
        assert_eq!(is_held(&path), Some(true));
        for pid in family.into_iter().rev() {
            let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        child.wait().unwrap();
        assert!(open_files(child.id()).is_none());
    }
}
