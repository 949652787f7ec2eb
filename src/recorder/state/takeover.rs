//! What the run's state has to do with a switch: what it depends on, who may ask for one, and what
//! is over when another child has the pane.

use std::sync::Arc;
use std::time::Instant;

use super::super::closing::Closing;
use super::super::event::{Arrival, Effect};
use super::super::pointer::Pointer;
use super::super::questions::When;
use super::super::relay::Asked;
use super::super::scene::Scene;
use super::typing::Waking;
use super::{FIRST_NOTICE_STAYS, Recorder};
use crate::model::{Activity, Captured, FailureKind, Live};
use crate::provider::Provider;

impl Recorder {
    /// What a switch depends on.
    pub(super) fn scene(&self, now: Instant) -> Scene {
        let owed = match self.view.live.captured {
            Captured::Searching => self.prompted,
            Captured::Reading { read, known } => read < known,
            Captured::Nothing | Captured::Screen { .. } | Captured::Lost { .. } => false,
        };
        Scene {
            now,
            activity: self.view.activity,
            quiet_since: self.quiet_since,
            owed,
            draft: self.draft,
            gone: self.closing.ending(now).is_some(),
        }
    }

    pub(super) fn live(&mut self, live: Box<Live>, now: Instant, out: &mut Vec<Effect>) {
        if live.digest != self.view.live.digest {
            self.quiet_since = now;
        }
        self.view.live = Arc::from(live);
        out.push(Effect::Show);
        self.activity(now, out);
        let current = self.switch.current();
        if self.view.live.stopped_by == Some(FailureKind::UsageLimit)
            && !self.limited.contains(&current)
        {
            self.limited.push(current);
            self.limit(current, now, out);
        }
    }

    /// A usage limit stops the assistant: the other one is offered, or takes over by itself.
    fn limit(&mut self, current: Provider, now: Instant, out: &mut Vec<Effect>) {
        let mut others = self.switch.others().iter();
        let Some(to) = others.find(|other| !self.limited.contains(other)).copied() else { return };
        if self.on_limit && self.switch.is_idle() {
            let text = format!("{}: usage limit; {} takes over", current.title(), to.title());
            self.notice(text, now, out);
            self.switch.start(to, When::TurnEnd, out);
        }
    }

    /// Somebody at another terminal asks for a switch.
    pub(super) fn asked(&mut self, asked: Asked, out: &mut Vec<Effect>) {
        let others = self.switch.others();
        let to = match asked.to {
            Some(to) if others.contains(&to) => to,
            Some(to) if to == self.switch.current() => {
                return out.push(Effect::Refuse(format!("{} is running already", to.title())));
            }
            Some(to) => {
                return out.push(Effect::Refuse(format!("{} is not installed", to.title())));
            }
            None => match others.first() {
                Some(to) => *to,
                None => {
                    return out.push(Effect::Refuse("no other assistant is installed".into()));
                }
            },
        };
        if self.switch.is_switching() {
            return out.push(Effect::Refuse("a switch is under way already".into()));
        }
        let when = if asked.at_once { When::AtOnce } else { When::TurnEnd };
        self.switch.start(to, when, out);
    }

    /// Another child has the pane: what was of the one before is over.
    pub(super) fn arrived(&mut self, arrival: Arrival, now: Instant, out: &mut Vec<Effect>) {
        self.switch.arrived(now, arrival.knows_nobody);
        self.over = None;
        self.closing = Closing::default();
        self.pointer = Pointer::default();
        self.child = arrival.size;
        self.wire = Activity::Unknown;
        self.turns_on_wire = 0;
        self.sent = 0;
        self.prompted = arrival.prompted;
        self.draft = false;
        self.waking = Waking::default();
        self.quiet_since = now;
        self.spin_at = None;
        self.view.activity = Activity::Unknown;
        self.view.live = Arc::new(Live::default());
        self.view.tape_broken = None;
        self.view.current = self.switch.current();
        self.view.other = self.switch.others().first().copied();
        self.view.tab = arrival.tab;
        self.view.panel_scroll = 0;
        self.hush(out);
        // The terminal may have changed while there was no child to tell.
        self.divide(now, out);
        if let Some(text) = arrival.notice {
            self.notice(text, now, out);
            self.notice_until = Some(now + FIRST_NOTICE_STAYS);
        }
    }
}
