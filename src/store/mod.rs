//! The project on disk: records (sessions, handoffs, topics, timeline, settings), which are
//! signed and written under a lock, and projections, which can be rebuilt from them.
//!
//! Everything that is written passes the store's [`Redactor`] on its way. The forms are in
//! [`format`], the promise to loghop 0.2.1 in `docs/formats.md`.

mod format;
mod handoffs;
mod layout;
mod projections;
mod records;
mod seal;
mod sessions;
mod settings;
mod signature;
mod switches;
mod timeline;
mod topics;
mod transcript;

use std::path::{Path, PathBuf};

pub use self::format::config::Config;
pub use self::format::global::{GlobalConfig, Rule};
pub use self::records::{Listing, Stored};
use self::signature::{SigningKey, hex_text, random};
pub use self::transcript::TranscriptWriter;
use crate::clock::Timestamp;
use crate::disk::{Access, Lock, Root, Verbatim, outside};
use crate::error::{Error, Kind, Result};
use crate::model::Repo;
use crate::redact::Redactor;

/// Bytes of a project's id: enough that no two projects share one.
const PROJECT_ID_LEN: usize = 16;
/// Bytes of the key that is kept outside the project.
const PROJECT_KEY_LEN: usize = 32;

/// An open project.
pub struct Store {
    files: Root,
    home: PathBuf,
    key: Option<SigningKey>,
    project_id: Option<String>,
    redactor: Redactor,
    warnings: Vec<String>,
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
        if !files.is_dir(layout::DIR).map_err(unwritten)? {
            return Err(Error::new(Kind::NotInitialized, "this project is not initialized")
                .at(root)
                .hint("run `loghop init` at the root of the repository"));
        }
        let mut warnings = Vec::new();
        if let Err(error) = complete(&files, home) {
            warnings.push(format!("could not complete the project: {error}"));
        }
        let key = read_line(&files, layout::INTEGRITY_KEY)?;
        let key = key.and_then(|text| SigningKey::parse(&text));
        if key.is_none() {
            let path = layout::INTEGRITY_KEY;
            warnings.push(format!("`{path}` is damaged or missing: nothing is signed or verified"));
        }
        let (config, problem) = settings::read_config(&files)?;
        warnings.extend(problem);
        let (global, problems) = GlobalConfig::load(home);
        warnings.extend(problems);
        let tag_key = key.as_ref().map_or_else(random, |key| Ok(key.tag_key()))?;
        let rules = [config.redaction.as_slice(), global.redaction.as_slice()];
        let (redactor, problems) = settings::redactor(&tag_key, &rules);
        warnings.extend(problems);
        Ok(Self {
            redactor,
            project_id: read_line(&files, layout::PROJECT_ID)?,
            home: home.to_owned(),
            files,
            key,
            warnings,
        })
    }

    /// Makes `root` a project named `name`, or completes one; what is there stays as it is.
    pub fn init(root: &Path, home: &Path, name: &str, now: Timestamp) -> Result<Self> {
        if outside::resolve(root).is_some() && outside::resolve(root) == outside::resolve(home) {
            return Err(Error::invalid("the home folder cannot be a project")
                .hint("`~/.loghop` holds your own settings; run it in a repository below"));
        }
        let files = Root::open(root)?;
        files.create_dir(layout::DIR)?;
        {
            let _lock = take_lock(&files)?;
            if !files.exists(layout::CONFIG)? {
                settings::write_config(&files, &format::config::new(name))?;
            }
            if !files.exists(layout::IGNORE)? {
                let ignore = Verbatim(layout::DEFAULT_IGNORE.as_bytes());
                files.write_verbatim(layout::IGNORE, ignore, Access::Private)?;
            }
        }
        let mut store = Self::open(root, home)?;
        let mut steps = vec![store.ignore_our_files(), store.register(now)];
        if !store.files.exists(layout::MEMORY)? {
            steps.push(store.write_memory(&Repo::default()));
        }
        let failed = steps.into_iter().filter_map(Result::err);
        store.warnings.extend(failed.map(|error| error.to_string()));
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

    fn lock(&self) -> Result<Lock> {
        take_lock(&self.files)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("root", &self.root()).finish_non_exhaustive()
    }
}

/// What to do when the system refuses a write.
fn unwritten(error: Error) -> Error {
    error.hint("loghop writes to `.loghop/`; check its owner, permissions and free space")
}

fn take_lock(files: &Root) -> Result<Lock> {
    let lock = files.lock(layout::LOCK, layout::LOCK_WAIT).map_err(unwritten)?;
    lock.ok_or_else(|| Error::new(Kind::Io, "project is busy; try again in a moment"))
}

/// Adds what a project of an older version lacks. Nothing is written when nothing is missing, so
/// that a project on a read-only disk can be read.
fn complete(files: &Root, home: &Path) -> Result<()> {
    let folders = [layout::SESSIONS, layout::HANDOFFS, layout::TOPICS];
    let names = [layout::INTEGRITY_KEY, layout::PROJECT_ID].into_iter().chain(folders);
    let present = names.map(|name| files.exists(name)).collect::<Result<Vec<bool>>>()?;
    if present.iter().all(|there| *there) {
        return Ok(());
    }
    let _lock = take_lock(files)?;
    for folder in folders {
        files.create_dir(folder)?;
    }
    if !files.exists(layout::INTEGRITY_KEY)? {
        let key = SigningKey::generate()?.to_text();
        files.write_verbatim(layout::INTEGRITY_KEY, Verbatim(key.as_bytes()), Access::Private)?;
    }
    if !files.exists(layout::PROJECT_ID)? {
        // The key first: an id without its key would look like a project whose key was lost.
        let id = hex_text(&random::<PROJECT_ID_LEN>()?);
        write_project_key(home, &id)?;
        let line = format!("{id}\n");
        files.write_verbatim(layout::PROJECT_ID, Verbatim(line.as_bytes()), Access::Private)?;
    }
    Ok(())
}

/// Makes the key that lies outside the project, under the project's id.
fn write_project_key(home: &Path, id: &str) -> Result<()> {
    let home = Root::open(home)?;
    home.create_dir(layout::DIR)?;
    home.create_dir(layout::HOME_KEYS)?;
    let key = format!("{}\n", hex_text(&random::<PROJECT_KEY_LEN>()?));
    let rel = format!("{}/{id}", layout::HOME_KEYS);
    home.write_verbatim(&rel, Verbatim(key.as_bytes()), Access::Private)
}

/// The text of a file that holds one line.
fn read_line(files: &Root, rel: &str) -> Result<Option<String>> {
    let text = files.read_text(rel, layout::LINE_FILE_MAX)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}
