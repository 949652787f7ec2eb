//! Rings when something changes in a folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Waits for changes in some folders.
pub struct Bell(inner::Bell);

impl Bell {
    /// One that does not ring for anything yet.
    pub fn new() -> Self {
        Self(inner::Bell::new())
    }

    /// Rings for what changes in this folder from now on; once is enough.
    pub fn watch(&mut self, folder: &Path) {
        self.0.watch(folder);
    }

    /// Waits until it rings, at most for `time`, and returns what changed.
    pub fn wait(&mut self, time: Duration) -> Vec<PathBuf> {
        self.0.wait(time)
    }
}

#[cfg(target_os = "linux")]
mod inner {
    use std::collections::BTreeMap;
    use std::ffi::OsStr;
    use std::mem::MaybeUninit;
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fd::OwnedFd;
    use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

    /// Room for some hundred changes at once.
    const EVENTS: usize = 64 << 10;

    pub struct Bell {
        fd: OwnedFd,
        folders: BTreeMap<i32, PathBuf>,
    }

    impl Bell {
        pub fn new() -> Self {
            let fd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
            Self { fd, folders: BTreeMap::new() }
        }

        pub fn watch(&mut self, folder: &Path) {
            let changes = WatchFlags::CREATE
                | WatchFlags::MODIFY
                | WatchFlags::CLOSE_WRITE
                | WatchFlags::MOVED_TO
                | WatchFlags::ONLYDIR;
            // It may be gone by now.
            if let Ok(number) = inotify::add_watch(&self.fd, folder, changes) {
                self.folders.insert(number, folder.to_owned());
            }
        }

        pub fn wait(&mut self, time: Duration) -> Vec<PathBuf> {
            let time = Timespec::try_from(time).unwrap();
            let _ = poll(&mut [PollFd::new(&self.fd, PollFlags::IN)], Some(&time));
            let mut room = vec![MaybeUninit::uninit(); EVENTS];
            let mut events = inotify::Reader::new(&self.fd, &mut room);
            let mut changed = Vec::new();
            while let Ok(event) = events.next() {
                let folder = self.folders.get(&event.wd());
                if let (Some(folder), Some(name)) = (folder, event.file_name()) {
                    changed.push(folder.join(OsStr::from_bytes(name.to_bytes())));
                }
            }
            changed
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod inner {
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    /// Elsewhere whoever waits looks for himself.
    pub struct Bell;

    impl Bell {
        pub fn new() -> Self {
            Self
        }

        pub fn watch(&mut self, _: &Path) {}

        pub fn wait(&mut self, time: Duration) -> Vec<PathBuf> {
            std::thread::sleep(time);
            Vec::new()
        }
    }
}
