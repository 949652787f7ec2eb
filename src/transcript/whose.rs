//! Whose records stand in a transcript. Sync tools, backups and people copy one file over another:
//! what another session's client wrote is no word of this one, whatever the file is called.

use super::clip;

/// Bytes of an id that are compared: those of the clients have 36.
const ID_MAX: usize = 256;
/// Sessions that one goes back to, fork upon fork.
const OWN_MAX: usize = 64;

/// Whose the records are that come now. What a record does not tell, the one before it told.
#[derive(Debug, Default)]
pub(super) struct Whose {
    /// The sessions whose records are read; those of any session where none is named.
    own: Vec<String>,
    is_others: bool,
}

impl Whose {
    /// Only records of this session are read.
    pub(super) fn of(session: &str) -> Self {
        let mut whose = Self::default();
        whose.add(session);
        whose
    }

    /// A record says of which session it is.
    pub(super) fn told(&mut self, session: &str) {
        if !session.is_empty() && !self.own.is_empty() {
            let session = clip::head(session, ID_MAX);
            self.is_others = !self.own.iter().any(|own| own.eq_ignore_ascii_case(&session));
        }
    }

    /// The session whose records come now begins with a copy of this one's.
    pub(super) fn goes_back_to(&mut self, session: &str) {
        if !self.is_others && !self.own.is_empty() {
            self.add(session);
        }
    }

    fn add(&mut self, session: &str) {
        if !session.is_empty() && self.own.len() < OWN_MAX {
            self.own.push(clip::head(session, ID_MAX).into_owned());
        }
    }

    /// Whether it is another session's.
    pub(super) fn is_others(&self) -> bool {
        self.is_others
    }
}
