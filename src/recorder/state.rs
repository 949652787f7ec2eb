//! The run loop's state: `on(event, now)` changes it and says what to do. Pure.

mod place;
mod takeover;
mod typing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::typing::Waking;
use super::closing::Closing;
use super::event::{Effect, Event, Stop};
use super::input::Command;
use super::keys::Keys;
use super::layout::{Layout, Place};
use super::panel::Tab;
use super::pointer::Pointer;
use super::reel::Flow;
use super::switch::Switch;
use super::view::View;
use crate::model::{Activity, Ending, Live, Size};
use crate::provider::Provider;

/// The child is told of a new size when none has come for this long: a window that is being
/// dragged sends dozens, and each costs the child a whole repaint.
const RESIZE_QUIET: Duration = Duration::from_millis(40);
/// How long a notice stays.
const NOTICE_STAYS: Duration = Duration::from_secs(4);
/// The first one is read while the client starts.
const FIRST_NOTICE_STAYS: Duration = Duration::from_secs(12);
/// Time between two pictures of the spinner.
const SPINNER: Duration = Duration::from_millis(250);

/// What a run starts with.
#[derive(Debug, Clone)]
pub struct Start {
    /// The host's size.
    pub host: Size,
    /// Where the person wants the panel.
    pub place: Place,
    /// The tab that is shown first.
    pub tab: Tab,
    /// loghop's keys, for what notices say.
    pub keys: Keys,
    /// The child starts with a prompt of its own.
    pub prompted: bool,
    /// What a person should know from the beginning.
    pub notice: Option<String>,
    /// When the run is over in any case.
    pub end_at: Option<Instant>,
    /// The first child's assistant.
    pub provider: Provider,
    /// Those that could take over.
    pub others: Vec<Provider>,
    /// Hand over by itself when a usage limit stops the assistant.
    pub on_limit: bool,
}

/// The state of a run.
pub struct Recorder {
    view: View,
    /// What the child's title or status sequence says that it does.
    wire: Activity,
    host: Size,
    place: Place,
    /// What the person chose for it during the run.
    chosen: Option<Place>,
    /// Where the panel goes when it comes back.
    shown: Place,
    keys: Keys,
    child: Size,
    resize_at: Option<Instant>,
    notice_until: Option<Instant>,
    spin_at: Option<Instant>,
    end_at: Option<Instant>,
    closing: Closing,
    pointer: Pointer,
    turns_on_wire: u32,
    /// How often the person pressed Enter while the child told nothing about itself.
    sent: u32,
    /// A client that starts is busy too; only what follows a prompt is a turn.
    prompted: bool,
    /// Rows of the panel's content and of its window, as last drawn.
    panel_rows: (u16, u16),
    switch: Switch,
    on_limit: bool,
    /// Assistants that hit a usage limit in this run: nothing is handed to them by itself.
    limited: Vec<Provider>,
    /// Since when neither the child's state nor its transcript have changed.
    quiet_since: Instant,
    /// How the run ends when it ends without a child in the pane.
    over: Option<Ending>,
    /// The person has typed something that was not sent.
    draft: bool,
    waking: Waking,
}

impl Recorder {
    /// The state at the start.
    pub fn new(start: &Start, now: Instant) -> Self {
        let layout = Layout::new(start.host, start.place);
        let hidden = start.place == Place::Hidden;
        Self {
            view: View {
                layout,
                tab: start.tab,
                panel_scroll: 0,
                help: false,
                notice: start.notice.clone(),
                pending: None,
                current: start.provider,
                other: start.others.first().copied(),
                menu: None,
                activity: Activity::Unknown,
                live: Arc::new(Live::default()),
                spinner: 0,
                tape_broken: None,
                repaints: 0,
            },
            wire: Activity::Unknown,
            host: start.host,
            place: start.place,
            chosen: None,
            shown: if hidden { Place::Auto } else { start.place },
            keys: start.keys,
            child: layout.pane_size(),
            resize_at: None,
            notice_until: start.notice.is_some().then(|| now + FIRST_NOTICE_STAYS),
            spin_at: None,
            end_at: start.end_at,
            closing: Closing::default(),
            pointer: Pointer::default(),
            turns_on_wire: 0,
            sent: 0,
            prompted: start.prompted,
            panel_rows: (0, 0),
            switch: Switch::new(start.provider, start.others.clone()),
            on_limit: start.on_limit,
            limited: Vec::new(),
            quiet_since: now,
            over: None,
            draft: false,
            waking: Waking::default(),
        }
    }

    /// What to show.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Turns that ended, as the child told on the wire; what was sent to one that tells nothing.
    pub fn turns_on_wire(&self) -> u32 {
        if self.wire == Activity::Unknown { self.sent } else { self.turns_on_wire }
    }

    /// Where the person put the panel during the run, if they did.
    pub fn chosen(&self) -> Option<Place> {
        self.chosen
    }

    /// What was measured while drawing: rows of the panel's content and of its window.
    pub fn drawn(&mut self, panel_rows: (u16, u16)) {
        self.panel_rows = panel_rows;
    }

    /// How far the child's output has come.
    pub fn flowed(&mut self, flow: Flow, now: Instant) {
        self.closing.flowed(flow, now);
    }

    /// How the run ended, once it has. A child that goes to make room for the next one does not
    /// end it.
    pub fn ending(&self, now: Instant) -> Option<Ending> {
        if self.switch.is_over() {
            return self.over.clone().or_else(|| self.closing.ending(now));
        }
        if self.switch.holds_run() { None } else { self.closing.ending(now) }
    }

    /// How the child that has just gone ended.
    pub fn leg_ending(&self, now: Instant) -> Ending {
        if self.switch.is_switching() {
            return Ending::Switched;
        }
        self.closing.ending(now).unwrap_or(Ending::Interrupted)
    }

    /// Whether keys are not the child's now.
    pub fn takes_keys(&self) -> bool {
        self.switch.takes_keys()
    }

    /// When to send [`Event::Tick`], if nothing else happens.
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        let own = [self.resize_at, self.notice_until, self.spin_at, self.end_at, self.waking.at];
        let switch = self.switch.deadline(&self.scene(now));
        let others = [self.closing.deadline(), self.pointer.deadline(), switch];
        own.into_iter().chain(others).flatten().min()
    }

    /// Takes an event; effects are added to `out` in the order in which they are to be done.
    pub fn on(&mut self, event: Event, now: Instant, out: &mut Vec<Effect>) {
        self.take(event, now, out);
        self.switch.advance(&self.scene(now), out);
        let pending = self.switch.says(&self.keys.hand_over.name());
        let menu = self.switch.menu().cloned();
        if (&menu, &pending) != (&self.view.menu, &self.view.pending) {
            (self.view.menu, self.view.pending) = (menu, pending);
            out.push(Effect::Show);
        }
    }

    fn take(&mut self, event: Event, now: Instant, out: &mut Vec<Effect>) {
        match event {
            Event::Resize(size) => self.resize(size, now, out),
            Event::Command(command) => self.command(command, now, out),
            Event::Pane(report) => self.pointer.report(report, self.child, now, out),
            Event::Panel(report) => self.panel_mouse(report, out),
            Event::Typed(typed) => self.typed(typed, now),
            Event::MenuKey(key) => self.switch.key(key, &self.scene(now), out),
            Event::Activity(activity) => {
                self.wire = activity;
                self.activity(now, out);
            }
            Event::Live(live) => self.live(live, now, out),
            Event::OutputEnded => self.closing.output_ended(),
            Event::Exited(exit) => self.closing.exited(exit, now),
            Event::Stop(stop) => self.stop(stop, now, out),
            Event::TapeBroken(reason) => {
                self.view.tape_broken = Some(reason);
                self.notice("recording stopped; the session goes on".into(), now, out);
            }
            Event::Asked(asked) => self.asked(asked, out),
            Event::Withdrawn => self.switch.withdraw(out),
            Event::Prepared(possible) => {
                let notice = self.switch.prepared(possible, &self.scene(now), out);
                self.say(notice, now, out);
            }
            Event::Arrived(arrival) => self.arrived(arrival, now, out),
            Event::NotArrived(why) => {
                self.switch.not_arrived(&why);
                self.over = Some(Ending::LaunchFailed(why));
            }
            Event::Rebuilt => {
                // A changed size is what makes every child draw its whole screen.
                let Size { cols, rows } = self.child;
                out.push(Effect::ResizeChild(Size::new(cols, rows.saturating_sub(1).max(1))));
                out.push(Effect::ResizeChild(self.child));
            }
            Event::Tick => self.tick(now, out),
        }
    }

    fn resize(&mut self, size: Size, now: Instant, out: &mut Vec<Effect>) {
        if size == self.host {
            return;
        }
        self.host = size;
        self.divide(now, out);
    }

    /// Divides the terminal anew; the child hears of it when it stays so.
    fn divide(&mut self, now: Instant, out: &mut Vec<Effect>) {
        self.view.layout = Layout::new(self.host, self.place);
        self.resize_at = Some(now + RESIZE_QUIET);
        out.push(Effect::Show);
    }

    fn command(&mut self, command: Command, now: Instant, out: &mut Vec<Effect>) {
        match command {
            Command::Panel => self.toggle_panel(now, out),
            Command::Tab => self.next_tab(now, out),
            Command::Layout => self.put_panel(self.place.next(), now, out),
            Command::HandOver => {
                let notice = self.switch.wish(&self.scene(now), out);
                self.say(notice, now, out);
            }
            Command::Help => {
                self.view.help = !self.view.help;
                self.hush(out);
            }
            Command::Prefix => {
                let prefix = self.keys.prefix.name();
                let text = format!("{prefix} … a letter: ? lists them, {prefix} sends it on");
                self.notice(text, now, out);
            }
            Command::Unknown(c) => {
                self.notice(format!("`{c}` means nothing here; ? lists the letters"), now, out);
            }
            Command::Cancel => {
                self.view.help = false;
                self.hush(out);
            }
            Command::PanelPage(pages) => {
                let page = i32::from(self.panel_rows.1.saturating_sub(1).max(1));
                self.scroll_panel(i32::from(pages) * page);
                self.hush(out);
            }
            Command::PanePage(pages) => {
                let page = i32::from(self.child.rows.saturating_sub(1).max(1));
                out.push(Effect::Scroll(i32::from(pages) * page));
                self.hush(out);
            }
            Command::PaneEnd => out.extend([Effect::Unselect, Effect::ScrollEnd]),
            Command::Redraw => self.repaint(out),
        }
    }

    /// Puts together what the wire and the client's own file say. The wire is faster, but Claude's
    /// title says "idle" at a dialog; only its file says that it waits.
    fn activity(&mut self, now: Instant, out: &mut Vec<Effect>) {
        let asks = self.view.live.told == Some(Activity::Waiting);
        let activity = if asks { Activity::Waiting } else { self.wire };
        let before = std::mem::replace(&mut self.view.activity, activity);
        if before == activity {
            return;
        }
        self.quiet_since = now;
        match (before, activity) {
            (_, Activity::Working) => out.push(Effect::Mark("busy")),
            (Activity::Working | Activity::Waiting, Activity::Idle) => {
                self.turns_on_wire += u32::from(self.prompted);
                out.push(Effect::Mark("idle"));
            }
            (before, Activity::Waiting) => {
                // The title was faster than the file: no turn had ended, a dialog had come.
                let no_end = before == Activity::Idle
                    && self.turns_on_wire > self.view.live.digest.turns_ended;
                self.turns_on_wire -= u32::from(no_end);
                out.push(Effect::Mark("waiting"));
            }
            _ => {}
        }
        self.spin_at = (activity == Activity::Working).then_some(now + SPINNER);
        out.push(Effect::Show);
    }

    fn stop(&mut self, stop: Stop, now: Instant, out: &mut Vec<Effect>) {
        let is_empty = self.closing.ending(now).is_some();
        self.switch.give_up(is_empty);
        if is_empty {
            self.over =
                Some(if stop == Stop::Timeout { Ending::TimedOut } else { Ending::Interrupted });
        }
        if let Some(signal) = self.closing.stop(stop, now) {
            out.push(Effect::SignalChild(signal));
            self.notice("ending the session …".into(), now, out);
        }
    }

    fn tick(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if self.resize_at.take_if(|at| *at <= now).is_some() {
            let size = self.view.layout.pane_size();
            if size != self.child {
                self.child = size;
                out.push(Effect::ResizeChild(size));
            }
            out.push(Effect::Show);
        }
        if self.notice_until.is_some_and(|at| at <= now) {
            self.hush(out);
        }
        if self.spin_at.is_some_and(|at| at <= now) {
            self.view.spinner += 1;
            self.spin_at = Some(now + SPINNER);
            out.push(Effect::Show);
        }
        if self.end_at.take_if(|at| *at <= now).is_some() {
            self.stop(Stop::Timeout, now, out);
        }
        self.wake(now, out);
        self.pointer.tick(now, out);
        out.extend(self.closing.tick(now).map(Effect::SignalChild));
    }

    fn repaint(&mut self, out: &mut Vec<Effect>) {
        self.view.repaints += 1;
        self.hush(out);
    }

    fn notice(&mut self, text: String, now: Instant, out: &mut Vec<Effect>) {
        self.view.notice = Some(text);
        self.notice_until = Some(now + NOTICE_STAYS);
        out.push(Effect::Show);
    }

    fn say(&mut self, notice: Option<String>, now: Instant, out: &mut Vec<Effect>) {
        if let Some(text) = notice {
            self.notice(text, now, out);
        }
    }

    fn hush(&mut self, out: &mut Vec<Effect>) {
        self.view.notice = None;
        self.notice_until = None;
        out.push(Effect::Show);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;
    use crate::pty::{Exit, Signal};
    use crate::recorder::input::Typed;

    const MS: Duration = Duration::from_millis(1);

    /// A recorder, its clock, and what it asked for.
    struct Run {
        recorder: Recorder,
        now: Instant,
        effects: Vec<Effect>,
    }

    fn run(cols: u16, rows: u16) -> Run {
        let now = Instant::now();
        let start = Start {
            host: Size::new(cols, rows),
            place: Place::Auto,
            tab: Tab::Handoff,
            keys: Keys::default(),
            prompted: false,
            notice: None,
            end_at: None,
            provider: Provider::Claude,
            others: vec![Provider::Codex],
            on_limit: false,
        };
        Run { recorder: Recorder::new(&start, now), now, effects: Vec::new() }
    }

    impl Run {
        fn on(&mut self, event: Event) -> &mut Self {
            self.recorder.on(event, self.now, &mut self.effects);
            self
        }

        /// Lets the clock reach the next deadline.
        fn wait(&mut self) -> &mut Self {
            if let Some(at) = self.recorder.deadline(self.now) {
                self.now = self.now.max(at);
            }
            self.on(Event::Tick)
        }

        fn count(&self, is: impl Fn(&Effect) -> bool) -> usize {
            self.effects.iter().filter(|e| is(e)).count()
        }
    }

    #[test]
    fn many_resizes_reach_the_child_as_one() {
        let mut run = run(140, 40);
        for cols in 100..200 {
            run.now += MS;
            run.on(Event::Resize(Size::new(cols, 50)));
        }
        assert_eq!(run.count(|e| matches!(e, Effect::ResizeChild(_))), 0);
        run.wait();
        let size = run.recorder.view().layout.pane_size();
        assert_eq!(run.count(|e| *e == Effect::ResizeChild(size)), 1);
        assert_eq!(run.recorder.deadline(run.now), None);
    }

    #[test]
    fn the_panel_goes_and_comes_back_and_is_remembered() {
        let mut run = run(140, 40);
        run.on(Event::Command(Command::Panel)).wait();
        assert_eq!(run.recorder.view().layout.pane.width, 140);
        run.on(Event::Command(Command::Panel)).wait();
        assert_eq!(run.recorder.view().layout.pane.width, 89);
        assert_eq!(run.recorder.chosen(), Some(Place::Auto));
    }

    #[test]
    fn on_a_small_terminal_the_panel_comes_when_it_is_asked_for() {
        let mut run = run(80, 24);
        assert_eq!(run.recorder.view().layout.panel.width, 0);
        run.on(Event::Command(Command::Tab));
        assert!(run.recorder.view().layout.panel.height > 0);
    }

    #[test]
    fn a_notice_goes_by_itself() {
        let mut run = run(140, 40);
        run.on(Event::Command(Command::Prefix));
        assert!(run.recorder.view().notice.is_some());
        run.wait();
        assert_eq!(run.recorder.view().notice, None);
    }

    #[test]
    fn turns_count_from_the_first_prompt_on() {
        let mut run = run(140, 40);
        let turn = [Activity::Working, Activity::Idle];
        // The first one answers a dialog, after which the client starts.
        run.on(Event::Typed(Typed::Enter));
        for activity in turn {
            run.on(Event::Activity(activity));
        }
        assert_eq!(run.recorder.turns_on_wire(), 0);
        run.on(Event::Typed(Typed::Enter));
        for activity in turn {
            run.on(Event::Activity(activity));
        }
        assert_eq!(run.recorder.turns_on_wire(), 1);
        assert_eq!(run.count(|e| *e == Effect::Mark("busy")), 2);
        assert_eq!(run.recorder.deadline(run.now), None, "an idle child leaves us asleep");
    }

    #[test]
    fn a_signal_to_us_ends_the_child_and_kills_one_that_does_not_listen() {
        let mut run = run(140, 40);
        run.on(Event::Stop(Stop::Asked));
        assert!(run.effects.contains(&Effect::SignalChild(Signal::Terminate)));
        for _ in 0..3 {
            run.wait();
        }
        assert!(run.effects.contains(&Effect::SignalChild(Signal::Kill)));
        run.on(Event::Exited(Exit::Signal(9))).on(Event::OutputEnded);
        assert_eq!(run.recorder.ending(run.now), Some(Ending::Interrupted));
    }

    #[test]
    fn a_child_that_was_told_to_stop_is_told_to_go_on_whenever_it_stops() {
        let mut run = run(140, 40);
        let (since, deadline) = (run.now, |run: &Run| run.recorder.deadline(run.now));
        run.on(Event::Typed(Typed::Suspend));
        let wakes = |run: &Run| run.count(|e| *e == Effect::SignalChild(Signal::Continue));
        assert_eq!(wakes(&run), 0, "first it stops");
        run.wait();
        assert_eq!(wakes(&run), 1, "soon");
        // On a busy machine it may not have stopped yet, and would not hear that.
        while deadline(&run).is_some() {
            run.wait();
        }
        assert!(wakes(&run) > 3 && run.now > since + Duration::from_secs(9));
    }

    #[test]
    fn a_dialog_that_only_the_clients_file_tells_of_counts() {
        use Activity::{Idle, Waiting, Working};
        let mut run = run(140, 40);
        run.on(Event::Activity(Idle)).on(Event::Typed(Typed::Enter));
        let mut shown = |event: Event| {
            let recorder = &run.on(event).recorder;
            (recorder.view().activity, recorder.turns_on_wire())
        };
        let told = |told| Event::Live(Box::new(Live { told: Some(told), ..Live::default() }));
        assert_eq!(shown(Event::Activity(Working)), (Working, 0));
        assert_eq!(shown(told(Working)), (Working, 0));
        assert_eq!(shown(told(Waiting)), (Waiting, 0));
        // The title says idle while the dialog stands, and is ahead of the file afterwards.
        assert_eq!(shown(Event::Activity(Idle)), (Waiting, 0));
        assert_eq!(shown(Event::Activity(Working)), (Waiting, 0));
        assert_eq!(shown(told(Working)), (Working, 0));
        assert_eq!(shown(Event::Activity(Idle)), (Idle, 1));
        assert_eq!(shown(told(Working)), (Idle, 1));
    }

    #[test]
    fn a_dialog_that_the_title_takes_for_the_end_of_a_turn_is_none() {
        use Activity::{Idle, Waiting, Working};
        let mut run = run(140, 40);
        run.on(Event::Activity(Idle)).on(Event::Typed(Typed::Enter));
        run.on(Event::Activity(Working)).on(Event::Activity(Idle));
        assert_eq!(run.recorder.turns_on_wire(), 1);
        let told = |told, turns_ended| {
            let digest = Digest { turns_ended, ..Digest::default() };
            Event::Live(Box::new(Live { told: Some(told), digest, ..Live::default() }))
        };
        run.on(told(Waiting, 0));
        assert_eq!(run.recorder.turns_on_wire(), 0);
        // One that comes after a turn has ended takes nothing back.
        run.on(told(Working, 0)).on(Event::Activity(Working)).on(Event::Activity(Idle));
        run.on(told(Idle, 1)).on(told(Waiting, 1));
        assert_eq!(run.recorder.turns_on_wire(), 1);
    }
}
