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
pub(super) fn open_files(pid: u32) -> Option<Vec<PathBuf>> {
    let folder = Path::new("/proc").join(pid.to_string()).join("fd");
    if !outside::is_dir(&folder) {
        return None;
    }
    let mut found = Vec::new();
    for entry in outside::list(&folder).ok()? {
        let Ok(target) = readlink(folder.join(&entry.name), Vec::new()) else { continue };
        // Pipes and sockets have names such as `socket:[1]`.
        if let Some(path) = target.to_str().ok().filter(|t| t.starts_with('/')) {
            found.push(PathBuf::from(path));
        }
    }
    Some(found)
}

/// Whether some process that we may look at holds `path` open; `None` where the system does not
/// tell. It looks at every process, so it is not for polling.
pub(super) fn is_held(path: &Path) -> Option<bool> {
    open_files(std::process::id())?;
    let processes = outside::list(Path::new("/proc")).ok()?;
    let mut pids = processes.iter().filter_map(|e| e.name.parse::<u32>().ok());
    let own = std::process::id();
    Some(pids.any(|pid| pid != own && open_files(pid).is_some_and(|f| f.iter().any(|p| p == path))))
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
        let script = "exec 9>>\"$1\"; sleep 60 & wait";
        let mut child = Command::new("sh").args(["-c", script, "sh"]).arg(&path).spawn().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while family(child.id()).len() < 2 && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let family = family(child.id());
        assert_eq!(family[0], child.id());
        assert_eq!(family.len(), 2);
        assert!(open_files(family[1]).unwrap().contains(&path));
        assert_eq!(is_held(&path), Some(true));
        for pid in family.into_iter().rev() {
            let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        child.wait().unwrap();
        assert_eq!(open_files(child.id()), None);
    }
}
