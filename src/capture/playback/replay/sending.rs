//! What the person does, as the replay sees it: they type, and send. Of a child that still starts,
//! or is done before it tells that it works, that says more than what the child tells.

use super::super::drawn::{Drawn, Span};
use super::super::queued::Queued;
use super::super::screen::{Line, Moment};
use super::super::turns::Open;
use super::super::typed::Typed;
use super::super::words::{self, CLOSING_MAX};
use super::Replay;
use crate::model::Activity;

/// Seconds in which a child that tells what it does tells that it works at what it was sent. What
/// came after a longer silence of it, and is longer than a word to a command, was a reply.
const UNTOLD_MIN: f64 = 1.0;
/// What the client's own commands begin with.
const COMMANDS: [char; 2] = ['/', '!'];

impl Replay {
    /// The person begins to type. What is on the screen now is no part of what comes.
    pub(super) fn typed(&mut self) {
        if self.begun.is_some() && self.typed.is_some() {
            return;
        }
        self.look();
        self.close_untold();
        self.close_ended();
        if self.begun.is_none() {
            self.composer = self.screen.now();
            self.begun = Some(self.composer.clone());
        }
        if self.open.is_none() && self.typed.is_none() {
            self.typed = Some(self.now);
            self.page.settle(self.screen.now().lines);
            self.page.begin();
        }
    }

    /// The person sends what they typed. Of a child that does not tell when a turn begins or ends,
    /// the one before has gone on until now.
    pub(super) fn sent(&mut self) {
        self.look();
        self.close_ended();
        let width = usize::from(self.screen.pane().size().cols);
        let Some(begun) = self.begun.take() else { return };
        // Only now a turn begins: the client looked busy because it started.
        let start = self.open.take_if(|open| open.unsent);
        self.typed = start.map_or(self.typed, |start| Some(start.span.since));
        let next = Typed::of(&begun, &self.composer, &self.sign, width);
        if self.tells && self.typed.is_none() {
            // It is queued; the turn that goes on has its own prompt.
            if self.activity == Activity::Working {
                self.queued.push(next);
                self.queued_at = self.now;
                return;
            }
            if self.open.is_some() || self.activity == Activity::Waiting {
                return;
            }
            // They began to type while a turn went on that is over now; what was said there is old,
            // whenever that was.
            self.page.settle_around(self.screen.now().lines, &begun.lines, next.first());
            self.typed = Some(0.0);
        }
        let is_behind = !self.sign.is_empty() && next.sign.ends_with(&self.sign);
        if !next.sign.is_empty() && !is_behind {
            self.sign.clone_from(&next.sign);
        }
        if self.turns.is_empty() && self.open.is_none() && !next.text.is_empty() {
            // Somebody may have typed before the client had drawn itself.
            self.page.settle_above(next.first());
        }
        if self.tells {
            self.draft = next;
            if start.is_some() && self.activity == Activity::Working {
                self.begin();
            } else {
                self.sent = Some((self.now, self.page.looks()));
            }
            return;
        }
        if self.open.is_some() {
            self.end();
            self.close_before(&next);
            self.page.begin();
            self.typed = Some(self.now);
        }
        self.begin();
        self.draft = next;
    }

    /// Whether what stood in the composer at the look `before` was taken from there without Enter,
    /// and stands elsewhere: clients have keys of their own to send. Then it was sent.
    pub(super) fn taken(&mut self, before: Moment) {
        let is_written = |moment: &Moment| words::any(&moment.sign);
        let Some(begun) = self.begun.as_ref().filter(|_| self.tells && is_written(&before)) else {
            return;
        };
        if is_written(&self.composer) {
            return;
        }
        let width = usize::from(self.screen.pane().size().cols);
        let typed = Typed::of(begun, &before, &self.sign, width);
        let is_new = |line: &&Line| !before.lines.contains(line);
        let new: Vec<&str> =
            self.composer.lines.iter().filter(is_new).map(|line| &*line.text).collect();
        if !typed.text.is_empty() && typed.found(&new).is_some() {
            self.composer = before;
            self.sent();
        }
    }

    /// While one of the client's own commands is typed in the middle of a turn, the client lists above
    /// that what it has.
    pub(super) fn list(&mut self) {
        let Some(begun) = self.begun.as_ref().filter(|_| self.open.is_some()) else { return };
        let sign = &*self.composer.sign;
        let draft = sign.strip_prefix(&*begun.sign).or_else(|| sign.strip_prefix(&*self.sign));
        if draft.is_some_and(|draft| draft.starts_with(COMMANDS)) {
            self.page.set_list();
        }
    }

    /// How many rows at the bottom are no reply: where a sign such as `› ` stands before the cursor,
    /// somebody can write.
    pub(super) fn composer_rows(&self) -> usize {
        let sign = self.screen.sign();
        let is_sign = !sign.trim().is_empty() && !words::any(&sign);
        let rows = usize::from(self.screen.pane().size().rows);
        if is_sign { rows - self.screen.row() } else { 0 }
    }

    /// A question of the child's is over. What was typed until then answered it.
    pub(super) fn answered(&mut self, activity: Activity) {
        self.answered = self.now;
        self.begun = None;
        if let Some(question) = self.question.filter(|_| activity == Activity::Working) {
            self.page.answered(question);
        }
        if activity == Activity::Idle {
            // Nothing goes on after it: it was a menu, or the turn was ended there.
            self.waits = false;
            self.typed = None;
        }
    }

    /// The child begins to tell what it does. What was sent before that, while it started, is no
    /// turn until it says so, and what it has drawn until now is its frame.
    pub(super) fn take_back(&mut self) {
        if self.turns.is_empty()
            && let Some(open) = self.open.take()
        {
            self.typed = Some(open.span.since);
            self.sent = Some((open.span.began, open.span.look));
        }
    }

    /// What was sent and never told of came to nothing, or to a turn that was over before the child
    /// told that it worked: then it stands on the screen once more, with a text below it.
    pub(super) fn close_untold(&mut self) {
        let is_late = |(sent, _): &mut (f64, u64)| self.now > *sent + UNTOLD_MIN;
        let Some((sent, looks)) = self.sent.take_if(is_late) else { return };
        let Some(since) = self.typed.take() else { return };
        let ended = Some(self.now);
        let span =
            Span { began: sent, since, look: looks + 1, question: None, ended, goes_on: false };
        let width = usize::from(self.screen.pane().size().cols);
        let typed = (&self.draft, &Queued::default());
        let drawn = Drawn::of(&self.page, span, width, self.turns.seen(), typed);
        let is_command = self.draft.text.starts_with(COMMANDS);
        if is_command || !drawn.is_asked || words::count(&drawn.reply) <= CLOSING_MAX {
            return;
        }
        let alternate = self.screen.pane().screen().alternate_screen();
        let (unsent, untaken, untold) = (false, false, true);
        let open = Open { span, alternate, typed: true, unsent, untaken, untold };
        self.turns.add(&open, self.now, (drawn, width), Queued::default(), None);
        self.idle = self.now;
        self.draft = Typed::default();
    }
}
