//! The user's projects: the rows of the registry, and removing a project with its row.

use std::path::{Path, PathBuf};

use super::format::registry::{self, Known};
use super::projections::owns_memory;
use super::{ChainKey, Store, layout, lock_of};
use crate::disk::{Access, Root, Verbatim, outside};
use crate::error::{Error, Result};

/// A project that the registry knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// What its row says.
    pub row: Known,
    /// Whether it is still there.
    pub exists: bool,
}

impl Store {
    /// All registered projects, in the registry's order. A damaged registry has none.
    pub fn projects(home: &Path) -> Result<Vec<Project>> {
        let text = registry_text(&Root::open(home)?)?;
        let rows = registry::rows(&text).into_iter();
        Ok(rows
            .map(|row| {
                let folder = Path::new(&row.path).join(layout::DIR);
                Project { exists: outside::is_dir(&folder), row }
            })
            .collect())
    }

    /// What is wrong with the registry as a whole. What is left of it is moved aside when a session
    /// ends or a project is initialized.
    pub fn registry_problem(home: &Path) -> Result<Option<String>> {
        let problem = registry::problem(&registry_text(&Root::open(home)?)?);
        Ok(problem.map(|problem| {
            let path = home.join(layout::REGISTRY);
            format!("`{}` is damaged and counts as empty: {problem}", path.display())
        }))
    }

    /// The registered project named `name`: exactly, else the only one whose name holds it, else the
    /// one that lies at this path.
    pub fn project_named(home: &Path, name: &str) -> Result<Project> {
        let projects = Self::projects(home)?;
        let exact = projects.iter().find(|project| project.row.name == name);
        let mut like = projects.iter().filter(|project| project.row.name.contains(name));
        let only = like.next().filter(|_| like.next().is_none());
        let at_path = projects.iter().find(|project| project.row.path == name);
        exact.or(only).or(at_path).cloned().ok_or_else(|| {
            Error::invalid(format!("no registered project is named `{name}`"))
                .hint("`loghop projects list` shows them")
        })
    }

    /// Takes rows out of the registry; the projects themselves stay.
    pub fn unregister(home: &Path, paths: &[String]) -> Result<()> {
        let files = Root::open(home)?;
        let _lock = lock_of(&files, layout::REGISTRY_LOCK, "registry", &|_| {})?;
        let text = registry_text(&files)?;
        let text = registry::without(&text, paths).map_err(|problem| {
            Error::invalid(format!("the registry is damaged: {problem}"))
                .at(files.absolute(layout::REGISTRY))
        })?;
        files.write_verbatim(layout::REGISTRY, Verbatim(text.as_bytes()), Access::Private)
    }

    /// Deletes everything that loghop keeps of this project, here and in the home folder, and its
    /// row. The folder leaves its name in one step: a kill later leaves no half project, and
    /// [`Self::purge_rest`] goes on.
    pub fn purge(self) -> Result<()> {
        let Self { files, home, .. } = &self;
        let _lock = self.lock()?;
        self.refuse_while_running("a project cannot be purged")?;
        files.remove_tree(layout::PURGED)?;
        // Git must not see what a kill leaves. A full disk is a reason to purge, not to refuse it.
        let ignore = Verbatim(b"*\n");
        let _ = files.write_verbatim(layout::OWN_GITIGNORE, ignore, Access::Private);
        files.rename(layout::DIR, layout::PURGED)?;
        Self::purge_rest(self.root(), home).map_err(|error| {
            error.hint("the project is gone; purge it again to remove what is left of it")
        })
    }

    /// Deletes what a purge left that was cut short, and the row. The row goes last: by it the
    /// project is named.
    pub fn purge_rest(root: &Path, home: &Path) -> Result<()> {
        if outside::is_dir(root) {
            let files = Root::open(root)?;
            if files.exists(layout::PURGED)? {
                let id = layout::PROJECT_ID.replacen(layout::DIR, layout::PURGED, 1);
                if let Ok(Some(id)) = super::complete::project_id_at(&files, &id) {
                    Root::open(home)?.remove_file(&ChainKey::path(&id))?;
                }
                if let Ok(true) = owns_memory(&files) {
                    files.remove_file(layout::MEMORY)?;
                }
                files.remove_tree(layout::PURGED)?;
            }
        }
        Self::unregister(home, &[root.display().to_string()])
    }

    /// The folder of the registered project named `name`.
    pub fn registered(home: &Path, name: &str) -> Option<PathBuf> {
        Self::project_named(home, name).ok().map(|project| PathBuf::from(project.row.path))
    }
}

fn registry_text(home: &Root) -> Result<String> {
    Ok(home.read_text(layout::REGISTRY, layout::REGISTRY_MAX)?.unwrap_or_default())
}
