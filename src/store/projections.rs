//! What can be rebuilt from the records: index, project memory, the user's registry. A failure
//! here is a warning, never the end of a session.

use super::format::registry::{self, Row};
use super::format::{ignore_lines, memory};
use super::{Store, in_full, layout, seal};
use crate::clock::Timestamp;
use crate::disk::{Access, Root, Verbatim};
use crate::error::{Error, Kind, Result};
use crate::model::{Repo, Session, SessionId};

/// Sessions that are looked at for `loghop.md`: behind so many that say nothing, no earlier one is
/// recent.
const LOOKED_AT_MAX: usize = 100;

impl Store {
    /// Brings all of them up to date after `changed` was written or removed, and says what failed.
    /// What it reads does not grow with the project.
    pub(super) fn project(&self, changed: SessionId, repo: &Repo, now: Timestamp) -> Vec<String> {
        let numbers = match self.numbers(layout::SESSIONS, SessionId::PREFIX) {
            Ok(numbers) => numbers,
            Err(error) => return vec![format!("the sessions could not be listed: {error}")],
        };
        let steps = [
            ("the session index", self.index_changed(changed)),
            ("`loghop.md`", self.write_memory(&numbers, repo)),
            ("the project registry", self.register(&numbers, now)),
        ];
        let failed = steps.into_iter().filter_map(|(what, done)| Some((what, done.err()?)));
        failed
            .map(|(what, error)| format!("could not update {what}: {}", in_full(&error)))
            .collect()
    }

    /// Writes `loghop.md`. `numbers` are those of all sessions. What somebody else has written under
    /// this name, or keeps there as a link, stays.
    pub(super) fn write_memory(&self, numbers: &[u32], repo: &Repo) -> Result<()> {
        if !owns_memory(&self.files)? {
            return Err(Error::new(
                Kind::Io,
                "loghop did not write this file, and leaves it alone",
            )
            .at(self.files.absolute(layout::MEMORY))
            .hint("rename it, and loghop keeps the project's memory there"));
        }
        let newest = numbers.iter().rev().take(LOOKED_AT_MAX).map(|number| SessionId(*number));
        let sessions = newest.filter_map(|id| self.session(id).ok()).map(|stored| stored.value);
        let useful = sessions.filter(Session::is_useful);
        let useful: Vec<Session> = useful.take(memory::RECENT_MAX).collect();
        let text = memory::render(&self.config()?.goal, repo, &useful);
        self.files.write_lazily(layout::MEMORY, &self.redactor.redact(&text))
    }

    /// Lines of `loghop.md`; 0 when there is none.
    pub fn memory_lines(&self) -> usize {
        let text = self.files.read_text(layout::MEMORY, layout::RECORD_MAX).ok().flatten();
        text.map_or(0, |text| text.lines().count())
    }

    /// Adds our lines to the user's `.gitignore`, once.
    pub(super) fn ignore_our_files(&self) -> Result<()> {
        let lines = [".loghop/", layout::MEMORY];
        let add = || {
            let text = self.files.read_text(layout::GITIGNORE, layout::CONFIG_MAX)?;
            match ignore_lines::with_lines(&text.unwrap_or_default(), &lines) {
                Some(new) => {
                    let bytes = Verbatim(new.as_bytes());
                    self.files.write_verbatim(layout::GITIGNORE, bytes, Access::Shared)
                }
                None => Ok(()),
            }
        };
        add().map_err(|error| {
            let hints = vec![format!("keep `{}` out of Git yourself", lines.join("` and `"))];
            Error { hints, ..error }
        })
    }

    /// Writes this project's row of the registry. `numbers` are those of its sessions.
    pub(super) fn register(&self, numbers: &[u32], now: Timestamp) -> Result<()> {
        let home = Root::open(&self.home)?;
        home.create_dir(layout::DIR)?;
        let _lock = super::lock_of(&home, layout::REGISTRY_LOCK, "registry", &self.waits)?;
        let row = self.row(numbers, now)?;
        let text = home.read_text(layout::REGISTRY, layout::REGISTRY_MAX)?.unwrap_or_default();
        let text = if let Ok(text) = registry::with_row(&text, &row) {
            text
        } else {
            home.set_aside(layout::REGISTRY)?;
            registry::with_row("", &row).map_err(|e| Error::new(Kind::Unexpected, e))?
        };
        home.write_verbatim_lazily(layout::REGISTRY, Verbatim(text.as_bytes()))
    }

    fn row(&self, numbers: &[u32], now: Timestamp) -> Result<Row> {
        let config = self.config()?;
        let last = numbers.last().map(|number| SessionId(*number).to_string());
        Ok(Row {
            name: config.project_name,
            path: self.root().display().to_string(),
            now,
            goal: seal::redact_text(&self.redactor, &config.goal),
            last_session: last.unwrap_or_default(),
            session_count: numbers.len() as u32,
            handoff_count: self.handoff_count()? as u32,
        })
    }
}

/// Whether `loghop.md` is loghop's own, or there to be made.
pub(super) fn owns_memory(files: &Root) -> Result<bool> {
    let text = files.read_text(layout::MEMORY, layout::RECORD_MAX)?.unwrap_or_default();
    Ok(text.trim().is_empty() || text.starts_with(memory::HEADING))
}
