//! What somebody at another terminal wants of a run: they write it into the journal of a switch, are
//! told there what it waits for or why not, and take it back by removing it.

use super::Legs;
use crate::model::{Hold, SessionId, Switch, SwitchStep};
use crate::provider;
use crate::recorder::relay::{Asked, News};

impl Legs {
    /// Whether somebody asks for a switch, or takes back that they did: by a word, or because they
    /// were killed.
    pub(super) fn look(&mut self) -> Option<News> {
        let id = self.current.as_ref()?.going.session.id;
        let waits = |step: &SwitchStep| matches!(step, SwitchStep::Waiting(_));
        let mut switch = self.terms.store.switch(id).ok()?;
        let is_wish = |step: &SwitchStep| waits(step) || matches!(step, SwitchStep::Asked { .. });
        if switch.as_ref().is_some_and(|switch| is_wish(&switch.step))
            && self.terms.store.is_asker_gone(id).ok()?
        {
            self.terms.store.forget_switch(id).ok()?;
            switch = None;
        }
        let Some(switch) = switch else {
            let is_gone = self.journal.as_ref().is_some_and(|j| j.from == id && waits(&j.step));
            return is_gone.then_some(News::Withdrawn);
        };
        let SwitchStep::Asked { at_once } = switch.step else { return None };
        let to = switch.to.map(|to| provider::find(to.as_str(), &self.terms.env)).transpose();
        match to {
            Ok(to) => Some(News::Asked(Asked { to, at_once })),
            Err(error) => {
                self.refuse_of(id, error.with_next_step());
                None
            }
        }
    }

    /// Tells whoever asked what is waited for; whether they still want it, the next look shows.
    pub(super) fn hold(&mut self, hold: Option<Hold>) {
        let Some(switch) = self.journal.clone() else { return };
        if matches!(self.terms.store.switch(switch.from), Ok(Some(_))) {
            let step = hold.map_or(SwitchStep::Ending, SwitchStep::Waiting);
            // A disk that is full now is told of at the next step, which has to be written.
            let _ = self.note(Switch { step, ..switch });
        }
    }

    pub(super) fn refuse(&mut self, why: String) {
        if let Some(from) = self.current.as_ref().map(|current| current.going.session.id) {
            self.refuse_of(from, why);
        }
    }

    /// Tells whoever asked at another terminal; nobody else needs to know.
    pub(super) fn refuse_of(&mut self, from: SessionId, why: String) {
        if matches!(self.terms.store.switch(from), Ok(Some(_))) {
            let step = SwitchStep::Refused(why);
            let (to, handoff, session, resumes) = (None, None, None, None);
            let told = Switch { from, to, step, handoff, session, resumes };
            // Then the one who asked waits in vain, and is told so.
            let _ = self.terms.store.note_switch(&told);
            self.journal = None;
        }
    }
}
