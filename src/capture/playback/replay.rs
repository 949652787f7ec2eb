//! The tape played again: events in, the turns that were seen on the screen out.
//!
//! Where a turn begins and ends is what the child told its terminal (its title, its program
//! status) or what the recorder marked; never what a client draws.

mod sending;

use super::cast::{Event, is_typed};
use super::drawn::{Drawn, Span};
use super::given::Given;
use super::glance::{self, Glance};
use super::page::Page;
use super::queued::Queued;
use super::screen::{Moment, Screen};
use super::turns::{Open, ScreenTurn, Turns};
use super::typed::Typed;
use super::words::{self, CLOSING_MAX};
use crate::model::{Activity, Size};

/// Seconds after the end of a turn in which a client draws what belongs to it.
const SETTLE: f64 = 0.3;
/// Seconds of silence after which a child that tells nothing has ended its turn.
const REST: f64 = 2.0;
/// Bytes that are fed between two looks: a flood scrolls further than a screen remembers.
const FEED_MAX: usize = 8 << 10;
/// How a frame ends.
const FRAME_END: &[u8] = b"\x1b[?2026l";
/// Marks that wait for the end of a frame: somebody types and sends while it is drawn, at most.
const OWED_MAX: usize = 4;

/// The player.
#[derive(Default)]
pub(in crate::capture) struct Replay {
    screen: Screen,
    page: Page,
    open: Option<Open>,
    /// When the last turn ended.
    idle: f64,
    /// What happened while a frame was drawn, of which the tape has the rest only now.
    owed: Vec<fn(&mut Self)>,
    /// When somebody began to type since then.
    typed: Option<f64>,
    /// The screen when they did.
    begun: Option<Moment>,
    /// The screen at the last look since then.
    composer: Moment,
    /// What they had typed when they sent it.
    draft: Typed,
    /// When they did, and the looks until then, while nothing tells that the child works at it.
    sent: Option<(f64, u64)>,
    /// What was sent while a turn went on.
    queued: Queued,
    /// When something was, the last time.
    queued_at: f64,
    /// What stood before the cursor when the turn began.
    draft_began: String,
    /// What the child writes before it.
    sign: String,
    /// When the child wrote last, and when it did before it rested the last time.
    wrote: f64,
    rest: Option<f64>,
    /// The child tells what it does; then nobody else does.
    tells: bool,
    /// It has no screen, and nobody asks it more than once.
    printed: bool,
    activity: Activity,
    /// It waits for an answer, after which the turn goes on.
    waits: bool,
    /// The looks before it asked a question, and when it no longer did.
    question: Option<u64>,
    answered: f64,
    now: f64,
    glance: Glance,
    turns: Turns,
}

impl Replay {
    /// Of a client that was given a text by loghop itself.
    pub(in crate::capture) fn of(given: &str) -> Self {
        let mut replay = Self::default();
        replay.page.give(Given::of(given));
        replay
    }

    /// Takes the next event.
    pub(in crate::capture) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Head(size) => self.resize(*size),
            Event::Resize(at, size) => {
                self.pass(*at);
                self.resize(*size);
            }
            Event::Output(at, text) => {
                self.pass(*at);
                self.wrote(*at);
                let text = text.as_bytes();
                let (rest, next) = text.split_at(self.rest_of_frame(text));
                self.output(rest);
                if !self.screen.pane().in_sync() {
                    self.do_owed();
                }
                self.output(next);
            }
            Event::Input(at, text) if is_typed(text) => {
                self.pass(*at);
                self.when_drawn(Self::typed);
            }
            Event::Input(at, text) if *text == "\r" => {
                self.pass(*at);
                self.when_drawn(Self::sent);
            }
            Event::Mark(at, label) => {
                self.pass(*at);
                match &**label {
                    // What a client is given stands on a screen; who only prints shows nothing of it.
                    "printed" => {
                        self.printed = true;
                        self.page.give(Given::default());
                    }
                    "typed" => self.when_drawn(Self::typed),
                    "waiting" => self.waits = true,
                    "idle" if self.waits => self.answered(Activity::Idle),
                    "sent" => self.when_drawn(Self::sent),
                    _ => {}
                }
            }
            Event::Input(..) => {}
        }
    }

    fn resize(&mut self, size: Size) {
        // What is cut off now was there.
        self.look();
        self.screen.resize(size);
        self.page.resized(self.now, usize::from(size.cols));
    }

    /// Does something as soon as a frame of which a half is there has been drawn to its end: the
    /// person saw all of it.
    fn when_drawn(&mut self, act: fn(&mut Self)) {
        if self.screen.pane().in_sync() && self.owed.len() < OWED_MAX {
            self.owed.push(act);
        } else {
            self.do_owed();
            act(self);
        }
    }

    fn do_owed(&mut self) {
        for act in std::mem::take(&mut self.owed) {
            act(self);
        }
    }

    /// How much of an output belongs to the frame whose end is waited for.
    fn rest_of_frame(&self, text: &[u8]) -> usize {
        let end = || memchr::memmem::find(text, FRAME_END).map(|at| at + FRAME_END.len());
        if self.owed.is_empty() { 0 } else { end().unwrap_or(text.len()) }
    }

    /// Whether the child only prints.
    pub(in crate::capture) fn is_printed(&self) -> bool {
        self.printed
    }

    /// Whether the child told what it does.
    pub(in crate::capture) fn tells(&self) -> bool {
        self.tells
    }

    /// The tape is at its end.
    pub(in crate::capture) fn finish(mut self) -> Vec<ScreenTurn> {
        self.do_owed();
        // A tape that was cut in the middle of a frame has the ones before it, and this much of it.
        self.look_anyhow();
        self.close_untold();
        self.close();
        self.turns.into_vec()
    }

    /// Time passes.
    fn pass(&mut self, at: f64) {
        self.now = self.now.max(at);
        let ended = self.open.and_then(|open| open.span.ended);
        // What is queued goes on with it.
        let settle = if self.queued.is_empty() { SETTLE } else { REST };
        if ended.is_some_and(|ended| self.now > ended + settle) {
            self.look();
            self.close();
        }
    }

    fn wrote(&mut self, at: f64) {
        if at >= self.wrote + REST {
            self.rest = Some(self.wrote);
        }
        self.wrote = at;
    }

    /// When the child had said what it had to say, as far as its silence tells: it rested, and
    /// after that said little more than good-bye.
    fn rested(&self, began: f64) -> Option<f64> {
        if self.now >= self.wrote + REST {
            return Some(self.wrote);
        }
        let rest = self.rest.filter(|rest| *rest >= began)?;
        let late = self.page.rows().filter(|row| row.born > rest);
        (late.map(|row| words::count(&row.line.text)).sum::<usize>() <= CLOSING_MAX).then_some(rest)
    }

    fn output(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(FEED_MAX) {
            // Where something was just sent in mid-turn, it is as at the beginning of one.
            let began = self.open.map(|open| self.queued_at.max(open.span.began));
            let is_small = self.glance.can_wait(chunk, self.now, began);
            if !is_small {
                self.look();
            }
            for piece in glance::between_states(chunk) {
                self.feed(piece, is_small);
            }
        }
    }

    fn feed(&mut self, piece: &[u8], is_small: bool) {
        self.screen.feed(piece);
        self.glance.fed(piece.len());
        if self.screen.pane().in_sync() {
            return;
        }
        let activity = self.screen.pane().activity();
        if !self.tells && activity != Activity::Unknown {
            self.tells = true;
            self.take_back();
        }
        let before = std::mem::replace(&mut self.activity, activity);
        if before != Activity::Waiting && activity == Activity::Waiting {
            self.look();
            self.question = Some(self.page.looks());
        }
        if before == Activity::Waiting && activity != Activity::Waiting {
            self.answered(activity);
        }
        if before != Activity::Working && activity == Activity::Working {
            self.begin();
        }
        let is_leaving = self.screen.pane().title().is_empty();
        if activity == Activity::Idle && self.tells && is_leaving {
            // A client that ends takes its title away and writes a last word.
            self.close_untold();
            self.close();
        }
        if !is_small || before != activity {
            self.look();
        }
        if activity == Activity::Idle {
            self.end();
        }
    }

    /// Lays what the screen shows over the page.
    fn look(&mut self) {
        if !self.screen.pane().in_sync() {
            self.look_anyhow();
        }
    }

    /// The same, also in the middle of a frame.
    fn look_anyhow(&mut self) {
        let alternate = self.screen.pane().screen().alternate_screen();
        let is_other = self.open.is_some_and(|open| open.alternate != alternate);
        if is_other || !self.glance.take(self.now) {
            return;
        }
        let mut look = self.screen.look();
        let composer = self.composer_rows();
        if !self.queued.is_empty() {
            let shown = &look.lines[look.left..look.left + self.screen.row()];
            let shown: Vec<&str> = shown.iter().map(|line| &*line.text).collect();
            if let Some(moved) = self.queued.moved(&self.page.said(), &shown) {
                self.page.set_moved(moved.to_vec());
            }
        }
        self.page.look(&look.lines, look.left, self.now);
        let bottom = usize::from(self.screen.pane().size().rows) - self.screen.row();
        self.page.set_composer(composer, bottom);
        if self.begun.is_some() {
            let lines = look.lines.split_off(look.left);
            let now = Moment { lines, row: self.screen.row(), sign: self.screen.sign() };
            let before = std::mem::replace(&mut self.composer, now);
            self.taken(before);
            self.list();
        }
        if !self.queued.is_empty() {
            self.page.set_aside(&mut self.queued);
        }
    }

    fn begin(&mut self) {
        self.sent = None;
        if let Some(open) = &mut self.open {
            if self.typed.is_none() {
                // It had only paused, for an answer perhaps, or it goes on with what was queued.
                if let Some(at) = open.span.ended.take() {
                    self.queued.paused(at);
                    self.queued_at = self.now;
                }
                return;
            }
            self.close();
        }
        let is_sent_blind = self.begun.is_none() && self.draft.text.is_empty();
        if self.tells && self.turns.is_empty() && is_sent_blind {
            // It was typed and sent before the client had drawn itself.
            self.page.settle_above("");
        }
        match self.typed {
            // Menus that opened while somebody typed are no part of the turn.
            Some(_) => self.page.forget(),
            None => self.page.begin(),
        }
        // Nobody has sent anything yet, so it answers what it was given.
        let is_unsent = self.begun.is_some() || self.typed.is_none();
        let is_given = is_unsent && self.turns.is_empty() && self.page.shows_given();
        let since = match self.typed {
            _ if is_given => self.now,
            Some(typed) => typed,
            None => self.idle + SETTLE,
        };
        let span = Span {
            began: self.now,
            since: since.min(self.now),
            look: self.page.looks() + 1,
            question: None,
            ended: None,
            goes_on: std::mem::take(&mut self.waits),
        };
        let alternate = self.screen.pane().screen().alternate_screen();
        let unsent = self.begun.is_some() && self.turns.is_empty() && !is_given;
        let typed = self.typed.take().is_some() && !is_given;
        self.open = Some(Open { span, alternate, typed, unsent, untaken: false, untold: false });
        self.draft_began = self.screen.sign();
    }

    fn end(&mut self) {
        let Some(open) = self.open.as_mut().filter(|open| open.span.ended.is_none()) else {
            return;
        };
        open.span.ended = Some(self.now);
        let is_first = open.typed && self.turns.is_empty();
        open.untaken =
            is_first && words::any(&self.draft_began) && self.screen.sign() == self.draft_began;
    }

    /// Closes a turn that is at its end: what follows belongs to another one.
    fn close_ended(&mut self) {
        if self.open.is_some_and(|open| open.span.ended.is_some()) {
            self.close();
        }
    }

    fn close(&mut self) {
        self.close_before(&Typed::default());
    }

    /// Closes the turn; what was typed of the `next` one is no part of it.
    fn close_before(&mut self, next: &Typed) {
        self.idle = self.now;
        let Some(mut open) = self.open.take() else { return };
        if !self.tells && open.span.ended.is_none() {
            open.span.ended = self.rested(open.span.began);
        }
        if open.span.ended.is_none() {
            self.page.bring_back(open.span.began, self.now);
        }
        if open.is_start(self.now) {
            self.typed = open.typed.then_some(open.span.since);
            self.sent = open.untaken.then_some((open.span.began, open.span.look));
            return;
        }
        let end = open.span.ended.unwrap_or(self.now);
        let is_asking = self.activity == Activity::Waiting || end <= self.answered + SETTLE;
        open.span.question = self.question.take().filter(|_| is_asking);
        let width = usize::from(self.screen.pane().size().cols);
        let (typed, queued) = (std::mem::take(&mut self.draft), std::mem::take(&mut self.queued));
        let seen = self.turns.seen();
        let drawn = if self.tells || typed.text.is_empty() {
            Drawn::of(&self.page, open.span, width, seen, (&typed, &queued))
        } else {
            Drawn::between(&self.page, open.span, width, seen, (&typed, next, &self.sign))
        };
        let start = self.tells.then_some(&self.page);
        self.turns.add(&open, self.now, (drawn, width), queued, start);
    }
}
