//! Somebody who sees everything that is ever written below some folders.
//!
//! A file is opened as soon as it appears and stays open, so that what is written to it is read
//! whatever its name is by then, also when it has none any more. Nothing is judged before the end:
//! whoever is busy judging misses what is written meanwhile.
//!
//! On Linux the kernel tells of each change. Besides, and elsewhere, the folders are looked through
//! every few milliseconds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Metadata};
use std::io::{Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use super::bell::Bell;
use super::leaks::{Secret, views};
use super::terminal::PATIENCE;

/// Time between two looks.
const TICK: Duration = Duration::from_millis(2);

/// What loghop calls a file until it is whole: some lie beside the places that are watched.
const TEMPORARY: &str = ".loghop-tmp-";

/// A file, and what was in it.
type Written = Vec<(PathBuf, Vec<u8>)>;

/// Somebody who reads all files below some folders after each write.
pub struct Watchman {
    secrets: Vec<Secret>,
    written: Arc<Mutex<Written>>,
    /// What was planted, and must have been seen.
    planted: BTreeSet<PathBuf>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watchman {
    /// Begins to look for the secrets in the files at and below `places`.
    pub fn start(places: Vec<PathBuf>, secrets: &[String]) -> Self {
        let secrets = secrets.iter().map(|text| Secret::new(text)).collect();
        let (written, over) = (Arc::<Mutex<Written>>::default(), Arc::new(AtomicBool::new(false)));
        let mut patrol = Patrol::new(places, Arc::clone(&written));
        let is_over = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            loop {
                // Asked before the look, so that the last look comes after the last write.
                let is_last = is_over.load(Ordering::Acquire);
                patrol.look();
                if is_last {
                    return;
                }
            }
        });
        Self { secrets, written, planted: BTreeSet::new(), over, thread: Some(thread) }
    }

    /// Plants files with the secret in `folder`, one for each form, and waits until each was read.
    /// Whoever finds these would have found others.
    #[track_caller]
    pub fn test_with(&mut self, folder: &Path, secret: &str) {
        for (n, form) in Secret::new(secret).forms().enumerate() {
            let text = format!("{{\"text\": \"a {form} b\"}}\n");
            self.plant(folder.join(format!("planted-{n}")), &text);
        }
        let (one, two) = secret.split_at(secret.len() / 2);
        let events = [serde_json::json!([1, "o", one]), serde_json::json!([2, "o", two])];
        let torn = [serde_json::json!([1, "o", format!("{one}\x1b[1m")]), events[1].clone()];
        let size = serde_json::json!({"width": 80, "height": 24});
        let move_to = format!("\x1b[5;10H{two}\x1b[5;{}H{one}", 10 - one.len().min(9));
        let painted = [serde_json::json!([1, "o", move_to]), serde_json::json!([2, "m", "end"])];
        for (n, [one, two]) in [events, torn, painted].iter().enumerate() {
            let path = folder.join(format!("planted-{n}.cast"));
            self.plant(path, &format!("{size}\n{one}\n{two}\n"));
        }
    }

    #[track_caller]
    fn plant(&mut self, path: PathBuf, text: &str) {
        std::fs::write(&path, text).unwrap();
        let end = Instant::now() + PATIENCE;
        let is_it = |(seen, bytes): &(PathBuf, Vec<u8>)| *seen == path && bytes == text.as_bytes();
        while !self.written.lock().unwrap().iter().any(is_it) {
            assert!(Instant::now() < end, "{} was not read", path.display());
            std::thread::sleep(TICK);
        }
        std::fs::remove_file(&path).unwrap();
        self.planted.insert(path);
    }

    /// Looks once more and judges all of it: what was planted must be found, and nothing else.
    #[track_caller]
    pub fn assert_nothing_found(mut self) {
        self.over.store(true, Ordering::Release);
        self.thread.take().unwrap().join().unwrap();
        let written = std::mem::take(&mut *self.written.lock().unwrap());
        assert!(written.len() > self.planted.len(), "no file was read");
        let (mut leaks, mut unseen) = (BTreeSet::new(), self.planted.clone());
        for (path, bytes) in &written {
            let mut views = views(bytes);
            views.push(path.display().to_string());
            for view in &views {
                for secret in self.secrets.iter().filter_map(|s| s.found_in(view)) {
                    unseen.remove(path);
                    if !self.planted.contains(path) {
                        leaks.insert((path, secret));
                    }
                }
            }
        }
        assert!(leaks.is_empty(), "{leaks:#?}");
        assert!(unseen.is_empty(), "planted and not found: {unseen:?}");
    }
}

impl Drop for Watchman {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
    }
}

/// What the watchman's thread carries with it.
struct Patrol {
    places: Vec<PathBuf>,
    bell: Bell,
    /// Open files by what they are on the disk, whatever they are called.
    held: BTreeMap<(u64, u64), Held>,
    written: Arc<Mutex<Written>>,
}

/// A file that is kept open, and where what it held lies.
struct Held {
    path: PathBuf,
    file: File,
    /// Its state when it was read; none: somebody wrote to it since.
    state: Option<(u64, SystemTime)>,
    last: Option<usize>,
}

impl Patrol {
    fn new(places: Vec<PathBuf>, written: Arc<Mutex<Written>>) -> Self {
        let mut patrol = Self { places, bell: Bell::new(), held: BTreeMap::new(), written };
        patrol.walk();
        patrol
    }

    /// Waits for a change, at most for a tick, and reads what changed.
    fn look(&mut self) {
        for path in self.bell.wait(TICK) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(TEMPORARY) || self.places.iter().any(|p| path.starts_with(p)) {
                self.hold(&path, true);
            }
        }
        self.walk();
        self.held.retain(|_, held| held.read(&self.written));
    }

    /// Opens whatever is new.
    fn walk(&mut self) {
        for place in &self.places {
            self.bell.watch(place.parent().unwrap());
        }
        let mut open = self.places.clone();
        while let Some(path) = open.pop() {
            if path.is_dir() {
                // First, so that what appears while the folder is read is told of.
                self.bell.watch(&path);
                let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
                open.extend(entries.map(|entry| entry.path()));
            } else {
                self.hold(&path, false);
            }
        }
    }

    fn hold(&mut self, path: &Path, is_changed: bool) {
        // Opening anything but a file could wait for somebody.
        let is_file = path.symlink_metadata().is_ok_and(|meta| meta.is_file());
        let Some(file) = is_file.then(|| File::open(path).ok()).flatten() else { return };
        let Ok(meta) = file.metadata() else { return };
        let new = Held { path: path.to_owned(), file, state: None, last: None };
        let held = self.held.entry((meta.dev(), meta.ino())).or_insert(new);
        if is_changed || held.path != path {
            held.state = None;
            path.clone_into(&mut held.path);
        }
    }
}

impl Held {
    /// Reads it if it changed; returns whether it can change again.
    fn read(&mut self, written: &Mutex<Written>) -> bool {
        let Ok(meta) = self.file.metadata() else { return false };
        let state = |meta: &Metadata| meta.modified().ok().map(|at| (meta.len(), at));
        if self.state.is_none() || self.state != state(&meta) {
            self.state = state(&meta);
            let mut bytes = Vec::new();
            if self.file.rewind().and_then(|()| self.file.read_to_end(&mut bytes)).is_ok() {
                self.keep(bytes, &mut written.lock().unwrap());
            }
        }
        meta.nlink() > 0
    }

    /// Keeps what it holds. What only grew holds all that it held before, so one of them is enough.
    fn keep(&mut self, bytes: Vec<u8>, written: &mut Written) {
        let last = self.last.filter(|at| {
            let (path, before) = &written[*at];
            *path == self.path && bytes.starts_with(before)
        });
        if let Some(at) = last {
            written[at].1 = bytes;
        } else {
            self.last = Some(written.len());
            written.push((self.path.clone(), bytes));
        }
    }
}
