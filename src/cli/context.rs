//! What every command starts from: where it runs, for whom, and when.

use std::path::{Path, PathBuf};

use super::json;
use super::printer::Printer;
use super::words::count;
use crate::clock::Timestamp;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::git;
use crate::run;
use crate::store::{Level, Store};

/// The surroundings of a command, read once.
#[derive(Debug, Clone)]
pub struct Context {
    /// The folder that loghop was started in.
    pub cwd: PathBuf,
    /// The environment.
    pub env: Env,
    /// When it was started.
    pub now: Timestamp,
}

impl Context {
    /// The surroundings of this process.
    pub fn from_process() -> Result<Self> {
        let cwd = std::env::current_dir().map_err(|error| {
            Error::new(Kind::Io, format!("the current folder cannot be used: {error}"))
                .hint("it may have been removed: change to another folder")
        })?;
        Ok(Self { cwd, env: Env::from_process(), now: Timestamp::now() })
    }

    /// The user's home folder.
    pub fn home(&self) -> PathBuf {
        self.env.home()
    }

    /// A path as people and scripts see it: the home folder is `~`.
    pub(super) fn shown(&self, path: &Path) -> String {
        json::with_tilde(&path.display().to_string(), &self.home().display().to_string())
    }

    /// Whether this folder belongs to a project.
    pub(super) fn is_in_project(&self) -> Result<bool> {
        Ok(self.project_root()?.is_some())
    }

    /// Makes sure that there is a home folder: without one, projects cannot be told from it.
    pub(super) fn require_home(&self) -> Result<()> {
        if self.home().is_absolute() {
            return Ok(());
        }
        Err(Error::invalid("HOME does not name your home folder")
            .hint("set it: loghop keeps your settings and keys in `$HOME/.loghop`"))
    }

    fn project_root(&self) -> Result<Option<PathBuf>> {
        self.require_home()?;
        Ok(Store::find(&self.cwd, &self.home()))
    }

    /// The project that this folder belongs to, if there is one.
    pub fn store(&self) -> Result<Option<Store>> {
        let store = self.project_root()?.map(|root| Store::open(&root, &self.home()));
        Ok(store.transpose()?.map(|store| store.knowing(&self.env)))
    }

    /// The project that this folder belongs to.
    pub fn require_store(&self) -> Result<Store> {
        self.store()?.ok_or_else(|| self.not_initialized())
    }

    /// The project that this folder belongs to, in order: what is wrong with it is told, and
    /// sessions that their runs left unfinished are finished.
    pub(super) fn project(&self, out: &mut Printer) -> Result<Store> {
        let mut store = self.require_store()?;
        store.on_wait(out.waits());
        out.warnings(store.warnings());
        let mut progress = |done, of| out.progress("reading the sessions", done, of);
        // Where it cannot be written, the sessions are read from their own files.
        if let Ok(Some(mended)) = store.repair_index(&mut progress) {
            out.mended(&mended);
        }
        if let Ok(swept) = store.sweep(self.now)
            && swept > 0
        {
            out.mended(&format!("removed {} that a kill had left", count(swept, "temporary file")));
        }
        let mut watch = |id, doing| out.finishing(id, doing);
        match run::recover(&store, &self.env, self.now, &mut watch) {
            Ok(recovered) => {
                recovered.told().iter().for_each(|text| out.mended(text));
                out.warnings(&recovered.warnings);
            }
            // Whoever only wants to read need not be able to write.
            Err(error) => out.warning(&format!("sessions could not be finished: {error}")),
        }
        Ok(store)
    }

    /// Writes what a command told into the log of its project. Whether that worked is nobody's
    /// concern: the person has read it.
    pub(super) fn log(&self, lines: &[(Level, String)]) {
        if !lines.is_empty()
            && let Ok(Some(store)) = self.store()
        {
            let _ = store.log(lines, &self.env, self.now);
        }
    }

    fn not_initialized(&self) -> Error {
        let error = Error::new(Kind::NotInitialized, "loghop is not initialized in this directory");
        match git::root(&self.cwd, &self.env) {
            Some(root) if root == self.cwd => error.hint("run `loghop init`"),
            Some(root) => error.hint(format!("run `loghop init` in `{}`", self.shown(&root))),
            None => match git::NoRoot::ask(&self.cwd, &self.env) {
                git::NoRoot::NoRepository => error.hint("run `git init`, then `loghop init`"),
                git::NoRoot::Bare => error
                    .hint("a bare repository has no files to work on; use a clone or a worktree"),
                git::NoRoot::Refused(why) => {
                    why.hints.into_iter().fold(error.hint(why.message), Error::hint)
                }
            },
        }
    }
}
