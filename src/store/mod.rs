//! The project on disk: records (sessions, handoffs, topics, timeline, settings), which are
//! signed and written under a lock, and projections, which can be rebuilt from them.
//!
//! Everything that is written passes the store's [`Redactor`] on its way. The forms are in
//! `format`, the promise to loghop 0.2.1 in `docs/formats.md`.

mod archive;
mod backup;
mod chain;
mod circuit;
mod complete;
mod delete;
mod format;
mod handoffs;
mod index;
mod layout;
mod lines;
mod log;
mod migrate;
mod projections;
mod projects;
mod records;
mod scrub;
mod seal;
mod sequence;
mod sessions;
mod settings;
mod signature;
mod sweep;
mod switches;
mod timeline;
mod topics;
mod transcript;
mod verify;

use std::path::{Path, PathBuf};

pub use self::backup::{Backup, Restored};
use self::chain::ChainKey;
use self::complete::{Added, complete, project_id};
pub use self::format::config::Config;
pub use self::format::global::{GLOBAL_CONFIG, GlobalConfig, RUN};
pub use self::index::{Lookup, Progress};
pub use self::layout::INTEGRITY_KEY;
pub use self::log::Level;
pub use self::migrate::Migration;
use self::projections::owns_memory;
pub use self::projects::Project;
pub use self::records::{Listing, Stored};
pub use self::scrub::{ScrubOptions, Scrubbed};
pub use self::settings::redactor_without_project;
use self::signature::{SigningKey, random};
pub use self::transcript::TranscriptWriter;
pub use self::verify::{Finding, Verdict, Verification};
use crate::clock::Timestamp;
use crate::disk::{Access, Lock, Root, Verbatim, outside};
use crate::env::{self, Env};
use crate::error::{Error, Kind, Result};
use crate::model::{Repo, SessionId};
use crate::redact::Redactor;

/// An open project.
pub struct Store {
    files: Root,
    home: PathBuf,
    key: Option<SigningKey>,
    project_id: Option<String>,
    redactor: Redactor,
    warnings: Vec<String>,
    waits: Box<dyn Fn(&str) + Send + Sync>,
    rows: index::Known,
}

impl Store {
    /// The project that `cwd` lies in: the nearest folder with a `.loghop`, up to the root of the
    /// Git repository. The home folder is none: its `.loghop` holds the user's own settings.
    pub fn find(cwd: &Path, home: &Path) -> Option<PathBuf> {
        let cwd = outside::resolve(cwd)?;
        let home = outside::resolve(home);
        for folder in cwd.ancestors() {
            if home.as_deref() != Some(folder) && outside::exists(&folder.join(layout::DIR)) {
                return Some(folder.to_owned());
            }
            if outside::exists(&folder.join(".git")) {
                return None;
            }
        }
        None
    }

    /// Opens the project at `root`. What an older version did not make (key, id, folders) is
    /// added; where that fails, and where settings are damaged, a warning says so.
    pub fn open(root: &Path, home: &Path) -> Result<Self> {
        let root = outside::resolve(root).unwrap_or_else(|| root.to_owned());
        let files = Root::open(&root)?;
        // The home folder's `.loghop` holds the user's own settings.
        let is_home = outside::resolve(home).as_ref() == Some(&root);
        if is_home || !files.is_dir(layout::DIR).map_err(unwritten)? {
            return Err(Error::new(Kind::NotInitialized, "this project is not initialized")
                .at(root)
                .hint("run `loghop init` at the root of the repository"));
        }
        let mut warnings = Vec::new();
        let added = complete(&files, home).unwrap_or_else(|error| {
            warnings.push(in_full(&error));
            Added::Nothing
        });
        warnings.extend(added.told());
        let key = told(signing_key(&files), &mut warnings);
        let project_id = told(project_id(&files), &mut warnings);
        let chain_key = project_id.as_deref().map(|id| ChainKey::load(home, id));
        let chain_key = told(chain_key.transpose().map(Option::flatten), &mut warnings);
        let (config, problem) = settings::read_config(&files)?;
        warnings.extend(problem);
        let (global, problems) = GlobalConfig::load(home);
        warnings.extend(problems);
        let tag_key = match (&chain_key, &key) {
            // The better one: whoever has the project's folder only cannot test guesses.
            (Some(key), _) => key.tag_key(),
            (None, Some(key)) => key.tag_key(),
            (None, None) => random()?,
        };
        let rules = [(layout::CONFIG, &config.redaction), (GLOBAL_CONFIG, &global.redaction)];
        let (redactor, problems) = settings::redactor(&tag_key, &rules);
        warnings.extend(problems);
        let waits = Box::new(|_: &str| {});
        let (home, rows) = (home.to_owned(), index::Known::default());
        let mut store = Self { files, home, key, project_id, redactor, warnings, waits, rows };
        if let Added::Identity(_) = added {
            let begun = store.lock().and_then(|_lock| store.begin());
            store.warnings.extend(begun.err().as_ref().map(in_full));
        }
        Ok(store)
    }

    /// From now on the values of the environment's and the project's `.env` files' variables whose
    /// names say that they are secret are hidden, too. They are kept in memory only.
    #[must_use]
    pub fn knowing(mut self, env: &Env) -> Self {
        let known = settings::known(self.root(), env);
        if !known.is_empty() {
            self.redactor = self.redactor.knowing(&known);
        }
        self
    }

    /// Makes `root` a project named `name`, or completes one; what is there stays as it is.
    pub fn init(root: &Path, home: &Path, name: &str, now: Timestamp) -> Result<Self> {
        if outside::resolve(root).is_some() && outside::resolve(root) == outside::resolve(home) {
            return Err(Error::invalid("the home folder cannot be a project")
                .hint("`~/.loghop` holds your own settings; run it in a repository below"));
        }
        let files = Root::open(root)?;
        set_up(&files, name).map_err(unwritten)?;
        let mut store = Self::open(root, home)?;
        let numbers = store.numbers(layout::SESSIONS, SessionId::PREFIX)?;
        let mut steps = vec![
            store.ignore_our_files(),
            store.register(&numbers, now).map_err(unwritten_at_home),
            store.lock().and_then(|_lock| store.begin()),
        ];
        let is_made = matches!(owns_memory(&store.files), Ok(true)) && store.memory_lines() > 0;
        if !is_made {
            steps.push(store.write_memory(&numbers, &Repo::default()));
        }
        let failed = steps.into_iter().filter_map(Result::err);
        for told in failed.map(|error| in_full(&error)) {
            if !store.warnings.contains(&told) {
                store.warnings.push(told);
            }
        }
        Ok(store)
    }

    /// The project's folder, without symlinks.
    pub fn root(&self) -> &Path {
        self.files.path()
    }

    /// The user's home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The project's files, for readers; paths are relative to its root.
    pub fn files(&self) -> &Root {
        &self.files
    }

    /// What everything of this project passes before it is written.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// What was wrong when it was opened.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The random id of the project, by which keys outside of it go.
    pub fn project_id(&self) -> Option<&str> {
        self.project_id.as_deref()
    }

    /// Tells `waits` from now on for whom a lock is waited, in a sentence.
    pub fn on_wait(&mut self, waits: impl Fn(&str) + Send + Sync + 'static) {
        self.waits = Box::new(waits);
    }

    /// Takes the lock of the project, if it is still the one that was opened: one that was made
    /// anew meanwhile has other keys, and its numbers stand for other sessions.
    fn lock(&self) -> Result<Lock> {
        let lock = lock_of(&self.files, layout::LOCK, "project", &self.waits)?;
        self.require_in_place()?;
        Ok(lock)
    }

    /// Makes sure that this is the project that was opened.
    ///
    /// # Errors
    /// `Io` where it was removed, or made anew.
    pub fn require_in_place(&self) -> Result<()> {
        match project_id(&self.files) {
            Ok(id) if id != self.project_id => {
                Err(Error::new(Kind::Io, "the project was removed or made anew meanwhile")
                    .at(self.files.absolute(layout::DIR)))
            }
            // What is damaged was so before, and opening has said so.
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("root", &self.root()).finish_non_exhaustive()
    }
}

/// Makes the folder of a project, and what is in it before anything else.
fn set_up(files: &Root, name: &str) -> Result<()> {
    files.create_dir(layout::DIR)?;
    let _lock = take_lock(files)?;
    if !files.exists(layout::CONFIG)? {
        settings::write_config(files, &format::config::new(name))?;
    }
    if !files.exists(layout::IGNORE)? {
        let ignore = Verbatim(layout::DEFAULT_IGNORE.as_bytes());
        files.write_verbatim(layout::IGNORE, ignore, Access::Private)?;
    }
    Ok(())
}

/// What to do when the system refuses a write.
fn unwritten(error: Error) -> Error {
    hinted(error, "loghop writes to `.loghop/`; check its owner, permissions and free space")
}

/// The same for the home folder.
fn unwritten_at_home(error: Error) -> Error {
    let home = "loghop keeps its keys and the list of projects in `~/.loghop`; check its owner, \
                permissions and free space";
    hinted(error, home)
}

/// Where nobody has said yet what to do, this is it.
fn hinted(error: Error, hint: &str) -> Error {
    if error.hints.is_empty() { error.hint(hint) } else { error }
}

/// An error as a warning of one line: what, where, and what next.
fn in_full(error: &Error) -> String {
    let hints = error.hints.iter().map(|hint| format!("; {hint}"));
    format!("{error}{}", hints.collect::<String>())
}

fn take_lock(files: &Root) -> Result<Lock> {
    lock_of(files, layout::LOCK, "project", &|_| {})
}

/// Takes a lock of ours. Who has to wait is told for whom, at once and when it was in vain.
fn lock_of(files: &Root, rel: &str, what: &str, waits: &dyn Fn(&str)) -> Result<Lock> {
    let me = format!("{} {}", std::process::id(), env::command());
    let first = files.lock_as(rel, &me, layout::LOCK_QUIET).map_err(unwritten)?;
    let other = match first {
        Ok(lock) => return Ok(lock),
        Err(other) => other,
    };
    let holder = other.split_once(' ');
    waits(&match holder {
        Some((pid, command)) => {
            format!("waiting for process {pid} (`{command}`), which holds the lock of the {what}")
        }
        None => format!("waiting for another process, which holds the lock of the {what}"),
    });
    let rest = layout::LOCK_WAIT.saturating_sub(layout::LOCK_QUIET);
    let taken = files.lock_as(rel, &me, rest).map_err(unwritten)?;
    taken.map_err(|other| {
        let busy = Error::new(Kind::Io, format!("{what} is busy; try again in a moment"));
        match other.split_once(' ') {
            Some((pid, command)) => busy.hint(format!("process {pid} holds it: `{command}`")),
            None => busy,
        }
    })
}

/// What was read, or nothing, with the reason among the warnings.
fn told<T>(read: Result<Option<T>>, warnings: &mut Vec<String>) -> Option<T> {
    read.unwrap_or_else(|error| {
        warnings.push(in_full(&error));
        None
    })
}

/// The key of the signatures. Without it nothing is signed or verified, and that is said.
fn signing_key(files: &Root) -> Result<Option<SigningKey>> {
    let path = layout::INTEGRITY_KEY;
    let text = match files.reader(path)? {
        Some(reader) => {
            reader
                .require_private()
                .map_err(|error| error.hint("until then nothing is signed or verified"))?;
            reader.read_all(layout::LINE_FILE_MAX)?
        }
        None => Vec::new(),
    };
    let key = SigningKey::parse(&String::from_utf8_lossy(&text));
    key.map(Some).ok_or_else(|| {
        let problem = format!("`{path}` is damaged or missing: nothing is signed or verified");
        Error::new(Kind::Io, problem)
    })
}

#[cfg(test)]
mod crash;
#[cfg(test)]
mod mutated;
