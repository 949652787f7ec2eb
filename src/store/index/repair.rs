//! The index mended when a project is opened: after a kill, after damage, after 0.2.1 wrote it, and
//! in a project that was copied.

use super::rows::Rows;
use super::{Store, layout, push_line};
use crate::disk::Entry;
use crate::error::Result;
use crate::model::{SessionId, Status};

/// How far something long has got: how much is done, of how much.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// How the index stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    /// It was right once, and 0.2.1 or a copy made another one of it.
    Old,
    Damaged,
}

impl Store {
    /// Makes the index whole, where it is not, and says so where something was wrong with it. That
    /// it lacks sessions which run, or has some of 0.2.1's rows, is nothing wrong.
    pub fn repair_index(&self, progress: Progress<'_>) -> Result<Option<String>> {
        if self.index_state()? == State::Whole {
            return Ok(None);
        }
        let _lock = self.lock()?;
        // Another command may have been at it.
        let state = self.index_state()?;
        if state == State::Whole {
            return Ok(None);
        }
        let files = self.session_files()?;
        let read = self.rebuild(&files, progress)?;
        let told = format!(
            "the index of sessions was damaged and is whole again: {read} of {} read anew",
            files.len()
        );
        Ok((state == State::Damaged).then_some(told))
    }

    fn index_state(&self) -> Result<State> {
        let rows = self.rows();
        let numbers = self.numbers(layout::SESSIONS, SessionId::PREFIX)?;
        let mut unknown = numbers.iter().map(|n| SessionId(*n)).filter(|id| !rows.has_ended(*id));
        if rows.is_damaged || unknown.any(|id| self.should_be_known(id)) {
            return Ok(State::Damaged);
        }
        let is_surplus = rows.sessions().any(|id| numbers.binary_search(&id.0).is_err());
        let is_old = is_surplus || rows.has_foreign() || self.is_copied(&rows)?;
        Ok(if is_old { State::Old } else { State::Whole })
    }

    /// Writes every row anew, as far as the old one does not count, and returns how many sessions
    /// had to be read. The caller holds the lock.
    fn rebuild(&self, files: &[(SessionId, Entry)], progress: Progress<'_>) -> Result<usize> {
        let rows = self.rows();
        let (mut text, mut read) = (Vec::new(), 0);
        for (done, (id, file)) in files.iter().enumerate() {
            if let Some(row) = rows.fresh(*id, file) {
                push_line(&mut text, Some(row));
                continue;
            }
            progress(done, files.len());
            // One that is damaged has no row; whoever lists sessions is told.
            if let Ok(Some(row)) = self.row_of(*id, file) {
                read += 1;
                push_line(&mut text, Some(row.as_bytes()));
            }
        }
        if read > 0 {
            progress(files.len(), files.len());
        }
        self.write_index(&text)?;
        Ok(read)
    }

    /// Whether a session without a row has ended: only those that run have none.
    fn should_be_known(&self, id: SessionId) -> bool {
        let session = self.session(id).map(|stored| stored.value.status);
        session.is_ok_and(|status| status != Status::Running)
    }

    /// Whether the files are not those that the rows were made from: one tells for all.
    fn is_copied(&self, rows: &Rows) -> Result<bool> {
        let Some(first) = rows.sessions().next() else { return Ok(false) };
        let file = self.files.entry(&layout::session(first))?;
        Ok(file.is_none_or(|file| rows.fresh(first, &file).is_none()))
    }
}
