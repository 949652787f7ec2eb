//! What holds for every client of a run, and what follows from it for one of them.

use std::cell::LazyCell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::Run;
use super::corridor::{Corridor, Task};
use super::settings::Settings;
use crate::clock::Timestamp;
use crate::env::Env;
use crate::handoff::Detail;
use crate::host::terminal::Answers;
use crate::model::SessionId;
use crate::provider::{self, Provider};
use crate::recorder::panel::{Document, Guide, Tab};
use crate::recorder::stationery::Stationery;
use crate::store::Store;

/// What holds for every client of a run.
pub struct Terms {
    /// The project.
    pub store: Arc<Store>,
    /// The user's environment.
    pub env: Env,
    /// The folder that the clients start in.
    pub cwd: PathBuf,
    /// Keys, theme, panel.
    pub settings: Settings,
    /// What the terminal can do.
    pub answers: Answers,
    /// Whether tapes are written.
    pub record: bool,
    /// Whether a client that was here before is started anew, instead of going on.
    pub fresh: bool,
    /// Whether clients are told where the last one stopped.
    pub handoff: bool,
    /// How much they are told.
    pub detail: Detail,
    /// The user's own arguments, and whose they are.
    pub args: (Provider, Vec<OsString>),
    /// What there is to try, for a newcomer.
    pub guides: Vec<(Provider, Guide)>,
}

impl Terms {
    pub(super) fn corridor(&self, now: Timestamp) -> Corridor<'_> {
        Corridor { store: Arc::clone(&self.store), env: &self.env, cwd: &self.cwd, now }
    }

    /// The user's own arguments for a client that takes over: those that were typed for it, unless
    /// they ask it something, which it was asked already.
    pub(super) fn args_of(&self, provider: Provider) -> Vec<OsString> {
        let (whose, args) = &self.args;
        let again = *whose == provider && provider::are_settings(provider, args);
        if again { args.clone() } else { Vec::new() }
    }

    fn guide(&self, provider: Provider) -> Option<Guide> {
        self.guides.iter().find(|(whose, _)| *whose == provider).map(|(_, guide)| *guide)
    }

    /// The handoff is read first; a newcomer whose first run continues nothing watches instead.
    pub(super) fn first_tab(&self, task: &Task) -> Tab {
        match &task.packet {
            Some(packet) if packet.continues.is_some() || self.guides.is_empty() => Tab::Handoff,
            _ => Tab::Live,
        }
    }

    /// What the panel shows of a client; `before` is the session that it took over from.
    pub(super) fn stationery(
        &self,
        task: &Task,
        before: Option<&Run>,
        session: SessionId,
        started: Timestamp,
    ) -> Stationery {
        let packet = task.packet.as_ref();
        let handoff = packet.map(|packet| packet.shown(task.provider)).unwrap_or_default();
        let document = before.and_then(why).unwrap_or_default() + &handoff;
        let store = Arc::clone(&self.store);
        Stationery {
            session,
            provider: task.provider.name(),
            goal: task.goal.clone(),
            started,
            handoff: packet.map(|packet| packet.handoff.id),
            document: Document::new(document),
            timeline: LazyCell::new(Box::new(move || {
                store.timeline().map(|listing| listing.items).unwrap_or_default()
            })),
            guide: self.guide(task.provider),
            recording: self.record,
            theme: self.settings.theme(self.answers.is_dark()),
            keys: self.settings.keys,
            ascii: self.settings.ascii,
            keyboard: self.answers.keyboard,
        }
    }
}

/// Why another assistant is in the pane, where it was not the person's wish alone: it stays to be
/// read at the head of the handoff.
fn why(before: &Run) -> Option<String> {
    let Run { provider, session, .. } = before;
    let title = provider.title();
    let said = || format!("> {title} reached its usage limit in {}.\n\n", session.id);
    session.hit_limit().then(said)
}
