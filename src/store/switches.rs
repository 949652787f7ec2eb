//! Journals of switches: beside the session that is handed over, one small file that is replaced
//! whole at each step. It holds no word of a conversation.

use super::format::switch;
use super::{Store, layout, unwritten};
use crate::disk::Lock;
use crate::error::Result;
use crate::model::{SessionId, Switch};

impl Store {
    /// Notes how far a switch is.
    pub fn note_switch(&self, value: &Switch) -> Result<()> {
        let text = self.redactor.redact(&switch::write(value));
        self.files.write(&layout::switch(value.from), &text).map_err(unwritten)
    }

    /// The switch from a session that is under way.
    pub fn switch(&self, from: SessionId) -> Result<Option<Switch>> {
        let text = self.files.read_text(&layout::switch(from), layout::LINE_FILE_MAX)?;
        Ok(text.map(|text| switch::read(from, &text)))
    }

    /// All switches that are under way, whether their runs live or not.
    pub fn switches(&self) -> Result<Vec<Switch>> {
        let mut from = Vec::new();
        let of = |name: &str| name.strip_suffix(layout::SWITCH_SUFFIX)?.parse::<SessionId>().ok();
        self.files.each_name(layout::SESSIONS, |name| from.extend(of(name)))?;
        from.into_iter().filter_map(|from| self.switch(from).transpose()).collect()
    }

    /// The switch is done, or will not be.
    pub fn forget_switch(&self, from: SessionId) -> Result<()> {
        self.files.remove_file(&layout::switch(from))?;
        self.files.remove_file(&layout::asker(from)).map(drop)
    }

    /// Asks for the switch from a session, for as long as the lock is held; `None` when somebody
    /// else does.
    pub fn ask_for_switch(&self, from: SessionId) -> Result<Option<Lock>> {
        self.files.lock(&layout::asker(from), layout::LOCK_QUIET).map_err(unwritten)
    }

    /// Whether whoever asked for the switch from a session has died over it.
    pub fn is_asker_gone(&self, from: SessionId) -> Result<bool> {
        let asker = layout::asker(from);
        Ok(self.files.exists(&asker)? && !self.files.is_locked(&asker)?)
    }
}
