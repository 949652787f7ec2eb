//! Handing over in the middle of a run: who takes over, when it is safe, how far it has come. Pure.
//!
//! A switch is asked for, prepared (nothing is ended before the next one is known to be there and
//! the journal can be written), waits for a safe point, ends the client, and waits until the next
//! one is ready. Whatever fails, a client is offered to the person.

use std::time::{Duration, Instant};

use super::arriving::Arriving;
use super::event::Effect;
use super::farewell::{ESCAPE, Farewell, Move};
use super::menu::{Menu, MenuKey};
use super::questions::{self, Choice, When};
use super::scene::Scene;
use crate::model::{Activity, Hold};
use crate::provider::Provider;

/// A transcript that has not grown for so long is complete: Claude Code writes the last record of a
/// turn up to 0.3 s after its reply is seen, and is ended after that.
const QUIET: Duration = Duration::from_millis(500);
/// How long to wait for a transcript to become quiet and complete.
const SETTLE_WAIT: Duration = Duration::from_secs(3);
/// How long a client may take to stop a turn.
const STOP_WAIT: Duration = Duration::from_secs(3);
/// A key that is held or hammered is one wish: it must not hand over, and back again.
const ONE_WISH: Duration = Duration::from_millis(700);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Idle,
    Asking(Menu<Choice>),
    Preparing(Provider, When),
    Waiting(Provider, Option<Menu<Choice>>),
    Stopping(Provider, Instant),
    /// With when the turn may be cut: a new one that begins now is waited for, or not.
    Settling(Provider, When, Instant),
    Ending(Provider, Farewell),
    Building(Provider),
    /// The next one is not there; what to do.
    Stranded(Menu<Choice>),
    Over,
}

/// The switch of a run, as far as it has come.
#[derive(Debug, Clone)]
pub struct Switch {
    phase: Phase,
    current: Provider,
    others: Vec<Provider>,
    /// The one that was there before a switch that failed.
    before: Option<Provider>,
    last_wish: Option<Instant>,
    /// The client in the pane came by a switch and has not shown its prompt.
    arriving: Option<Arriving>,
    /// The next one did not start, and another one is tried.
    is_rescue: bool,
    /// Whoever wants the switch knows that a draft is lost by it.
    loses_draft: bool,
    /// What it waits for, as far as whoever asked for it was told.
    told: Option<Hold>,
}

/// Something to tell the person once.
pub type Notice = Option<String>;

impl Switch {
    /// No switch yet. `others` are the assistants that could take over from `current`.
    pub fn new(current: Provider, others: Vec<Provider>) -> Self {
        Self {
            phase: Phase::Idle,
            current,
            others,
            before: None,
            last_wish: None,
            arriving: None,
            is_rescue: false,
            loses_draft: false,
            told: None,
        }
    }

    /// The client in the pane, or the last one that was.
    pub fn current(&self) -> Provider {
        self.current
    }

    /// The assistants that could take over.
    pub fn others(&self) -> &[Provider] {
        &self.others
    }

    /// The question that is open.
    pub fn menu(&self) -> Option<&Menu<Choice>> {
        match &self.phase {
            Phase::Asking(menu) | Phase::Waiting(_, Some(menu)) | Phase::Stranded(menu) => {
                Some(menu)
            }
            _ => None,
        }
    }

    /// Whether keys are ours: a question is open, or there is no client that they could mean.
    pub fn takes_keys(&self) -> bool {
        let is_between = matches!(
            self.phase,
            Phase::Stopping(..) | Phase::Settling(..) | Phase::Ending(..) | Phase::Building(_)
        );
        is_between || self.menu().is_some()
    }

    /// Whether a client that has gone does not end the run.
    pub fn holds_run(&self) -> bool {
        !matches!(self.phase, Phase::Idle | Phase::Over | Phase::Asking(_))
            || (self.arriving.is_some() && self.phase != Phase::Over)
    }

    /// Whether the client's end is a switch, and not its own.
    pub fn is_switching(&self) -> bool {
        !self.is_rescue
            && matches!(
                self.phase,
                Phase::Waiting(..)
                    | Phase::Stopping(..)
                    | Phase::Settling(..)
                    | Phase::Ending(..)
                    | Phase::Building(_)
            )
    }

    /// Whether no client is in the pane any more, and none is awaited.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Whether nothing is going on.
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    /// What is waited for; `key` is the one that hands over.
    pub fn says(&self, key: &str) -> Option<String> {
        let from = self.current.title();
        Some(match &self.phase {
            Phase::Waiting(to, _) => {
                format!("{} takes over when this turn ends; {key} changes that", to.title())
            }
            Phase::Stopping(..) => format!("stopping the turn of {from} …"),
            Phase::Settling(..) => format!("waiting until {from} has written everything down …"),
            Phase::Ending(..) => format!("ending {from} …"),
            Phase::Building(to) => format!("{} gets what {from} left …", to.title()),
            Phase::Idle => return self.arriving.and_then(|arriving| arriving.says(from, key)),
            _ => return None,
        })
    }

    /// The person wants to hand over.
    pub fn wish(&mut self, scene: &Scene, out: &mut Vec<Effect>) -> Notice {
        let last = self.last_wish.replace(scene.now);
        if last.is_some_and(|at| scene.now < at + ONE_WISH) {
            return None;
        }
        match self.phase {
            Phase::Idle => match *self.others.as_slice() {
                [] => return Some("no other assistant is installed: none can take over".into()),
                [one] => self.ask_when(one, scene, out),
                _ => self.phase = Phase::Asking(questions::who(&self.others)),
            },
            Phase::Waiting(to, ref mut menu) => {
                *menu = Some(questions::when(to, self.current, true));
            }
            _ => {}
        }
        None
    }

    /// Somebody asks from outside, or a limit does: only about a draft is the person asked.
    pub fn start(&mut self, to: Provider, when: When, out: &mut Vec<Effect>) {
        if matches!(self.phase, Phase::Idle | Phase::Asking(_) | Phase::Waiting(..)) {
            self.phase = Phase::Preparing(to, when);
            self.loses_draft = when == When::AtOnce;
            out.push(Effect::Prepare(to));
        }
    }

    /// A key for the open question.
    pub fn key(&mut self, key: MenuKey, scene: &Scene, out: &mut Vec<Effect>) {
        let picked = match &mut self.phase {
            Phase::Asking(menu) | Phase::Waiting(_, Some(menu)) | Phase::Stranded(menu) => {
                menu.on(key)
            }
            _ => None,
        };
        let Some(choice) = picked else { return };
        self.loses_draft |= matches!(choice, Choice::Hand(..));
        match (choice, &mut self.phase) {
            (Choice::Other(to), _) => self.ask_when(to, scene, out),
            (Choice::Hand(_, When::TurnEnd) | Choice::Keep, Phase::Waiting(_, menu)) => {
                *menu = None;
            }
            (Choice::Hand(to, When::AtOnce), Phase::Waiting(..)) => self.stop(to, scene, out),
            (Choice::Hand(to, when), _) => {
                self.phase = Phase::Preparing(to, when);
                out.push(Effect::Prepare(to));
            }
            (Choice::Start(to), _) => {
                self.phase = Phase::Building(to);
                out.push(Effect::Hand(to));
            }
            (Choice::Never, Phase::Waiting(..)) => self.withdraw(out),
            (Choice::Never | Choice::Keep, _) => self.phase = Phase::Idle,
            (Choice::Leave, _) => self.phase = Phase::Over,
        }
    }

    /// Nobody wants it any more. From the moment on in which the client is told to go, it is done.
    pub fn withdraw(&mut self, out: &mut Vec<Effect>) {
        if matches!(self.phase, Phase::Preparing(..) | Phase::Waiting(..) | Phase::Settling(..)) {
            self.phase = Phase::Idle;
            out.push(Effect::Forget);
        }
    }

    /// The next one is there, or why not.
    pub fn prepared(
        &mut self,
        possible: Result<(), String>,
        scene: &Scene,
        out: &mut Vec<Effect>,
    ) -> Notice {
        let Phase::Preparing(to, when) = self.phase else { return None };
        match (possible, when) {
            (Err(why), _) => {
                self.phase = Phase::Idle;
                return Some(why);
            }
            (Ok(()), When::AtOnce) if scene.is_busy() => self.stop(to, scene, out),
            (Ok(()), _) => self.phase = Phase::Waiting(to, None),
        }
        None
    }

    /// The next client's process runs; whether it seems to know nobody who is signed in.
    pub fn arrived(&mut self, now: Instant, knows_nobody: bool) {
        let Phase::Building(to) = self.phase else { return };
        self.phase = Phase::Idle;
        self.arriving = Some(Arriving::new(now, knows_nobody));
        self.is_rescue = false;
        self.change_hands(to);
    }

    /// The next client could not be made ready, or did not start; why.
    pub fn not_arrived(&mut self, why: &str) {
        let Phase::Building(to) = self.phase else { return };
        if to != self.current {
            self.change_hands(to);
        }
        self.strand(why);
    }

    /// Whoever ends the run ends the switch. Where the client has gone, nothing is waited for.
    pub fn give_up(&mut self, gone: bool) {
        self.phase = if gone { Phase::Over } else { Phase::Idle };
        self.arriving = None;
    }

    /// When something is due.
    pub fn deadline(&self, scene: &Scene) -> Option<Instant> {
        match &self.phase {
            Phase::Stopping(_, until) => Some(*until),
            Phase::Settling(_, _, until) => Some((scene.quiet_since + QUIET).min(*until)),
            Phase::Ending(_, farewell) => Some(farewell.deadline()),
            Phase::Idle => self.arriving.and_then(|arriving| arriving.deadline()),
            _ => None,
        }
    }

    /// Goes on as far as it can.
    pub fn advance(&mut self, scene: &Scene, out: &mut Vec<Effect>) {
        while self.step(scene, out) {}
        let hold = match &self.phase {
            Phase::Waiting(_, Some(_)) if !scene.is_busy() => Some(Hold::Answer),
            Phase::Waiting(..) => Some(Hold::TurnEnd),
            _ => None,
        };
        if std::mem::replace(&mut self.told, hold) != hold {
            out.push(Effect::Hold(hold));
        }
    }

    /// One step; whether there was one.
    fn step(&mut self, scene: &Scene, out: &mut Vec<Effect>) -> bool {
        let next = match &mut self.phase {
            Phase::Idle | Phase::Asking(_) => return self.watch_arrival(scene),
            Phase::Waiting(to, _)
            | Phase::Stopping(to, _)
            | Phase::Settling(to, _, _)
            | Phase::Ending(to, _)
                if scene.gone =>
            {
                out.push(Effect::Hand(*to));
                Phase::Building(*to)
            }
            Phase::Waiting(to, menu) if !scene.is_busy() => {
                if scene.draft && !self.loses_draft {
                    menu.get_or_insert_with(|| questions::whether(*to));
                    return false;
                }
                Phase::Settling(*to, When::TurnEnd, scene.now + SETTLE_WAIT)
            }
            Phase::Stopping(to, until) if !scene.is_busy() || *until <= scene.now => {
                Phase::Settling(*to, When::AtOnce, scene.now + SETTLE_WAIT)
            }
            // A prompt was sent, or a dialog came, just before the key.
            Phase::Settling(to, When::TurnEnd, _) if scene.is_busy() => Phase::Waiting(*to, None),
            Phase::Settling(to, _, until) => {
                let is_quiet = scene.quiet_since + QUIET <= scene.now && !scene.owed;
                if !is_quiet && scene.now < *until {
                    return false;
                }
                Phase::Ending(*to, Farewell::new(self.current, scene.now))
            }
            Phase::Ending(to, farewell) => {
                if let Some(due) = farewell.next(scene.now) {
                    out.push(match due {
                        Move::Key(bytes) => Effect::Type(bytes),
                        Move::Signal(signal) => Effect::SignalChild(signal),
                    });
                    return true;
                }
                if !farewell.is_in_vain(scene.now) {
                    return false;
                }
                out.push(Effect::Hand(*to));
                Phase::Building(*to)
            }
            _ => return false,
        };
        self.phase = next;
        true
    }

    /// A client that came by a switch: is it there, has it gone at once, does it hang?
    fn watch_arrival(&mut self, scene: &Scene) -> bool {
        let Some(arriving) = &mut self.arriving else { return false };
        if scene.activity != Activity::Unknown {
            self.arriving = None;
        } else if scene.gone {
            let why = arriving.why_gone();
            self.strand(why);
            return true;
        } else if arriving.is_late(scene.now) && matches!(self.current, Provider::Own(_)) {
            // A program of the person's own tells nothing: one that is still there has come.
            self.arriving = None;
        }
        false
    }

    fn strand(&mut self, why: &str) {
        self.arriving = None;
        self.is_rescue = true;
        let failed = self.current;
        let before = self.before.filter(|before| *before != failed);
        self.phase = Phase::Stranded(questions::what_now(failed, before, why));
    }

    fn ask_when(&mut self, to: Provider, scene: &Scene, out: &mut Vec<Effect>) {
        if scene.is_busy() {
            self.phase = Phase::Asking(questions::when(to, self.current, false));
        } else if scene.draft {
            self.phase = Phase::Asking(questions::whether(to));
        } else {
            self.start(to, When::TurnEnd, out);
        }
    }

    /// Stops the turn. At a dialog nothing has to be stopped: the client goes, and with it what it
    /// asks for.
    fn stop(&mut self, to: Provider, scene: &Scene, out: &mut Vec<Effect>) {
        if scene.activity == Activity::Working {
            out.push(Effect::Type(ESCAPE));
            self.phase = Phase::Stopping(to, scene.now + STOP_WAIT);
        } else {
            self.phase = Phase::Settling(to, When::AtOnce, scene.now + SETTLE_WAIT);
        }
    }

    fn change_hands(&mut self, to: Provider) {
        if to == self.current {
            return;
        }
        self.others.retain(|other| *other != to);
        self.others.push(self.current);
        self.others.sort_unstable();
        self.before = Some(std::mem::replace(&mut self.current, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Inject, Own};
    use crate::pty::Signal;
    use Activity::{Idle, Unknown, Waiting, Working};

    /// A switch, what it sees, and what it asked for.
    struct Play {
        switch: Switch,
        scene: Scene,
        out: Vec<Effect>,
    }

    fn play(from: Provider, activity: Activity) -> Play {
        let (quiet_since, now) = (Instant::now(), Instant::now() + QUIET);
        let other = Provider::ALL.into_iter().find(|other| *other != from).unwrap();
        let scene = Scene { now, activity, quiet_since, owed: false, draft: false, gone: false };
        Play { switch: Switch::new(from, vec![other]), scene, out: Vec::new() }
    }

    impl Play {
        fn wish(&mut self) -> &mut Self {
            self.scene.now += ONE_WISH;
            self.switch.wish(&self.scene, &mut self.out);
            self
        }

        fn key(&mut self, key: MenuKey) -> &mut Self {
            self.switch.key(key, &self.scene, &mut self.out);
            self.go()
        }

        fn prepared(&mut self) -> &mut Self {
            self.switch.prepared(Ok(()), &self.scene, &mut self.out);
            self.go()
        }

        /// Changes what it sees, and lets it go on.
        fn see(&mut self, change: impl FnOnce(&mut Scene)) -> &mut Self {
            change(&mut self.scene);
            self.go()
        }

        fn go(&mut self) -> &mut Self {
            self.switch.advance(&self.scene, &mut self.out);
            self
        }
    }

    const CLAUDE: Provider = Provider::Claude;
    const CODEX: Provider = Provider::Codex;
    const TERMINATE: Effect = Effect::SignalChild(Signal::Terminate);

    #[test]
    fn an_idle_client_goes_at_once_and_its_successor_can_go_back() {
        let mut play = play(CLAUDE, Idle);
        play.wish().prepared();
        assert_eq!(play.out, [Effect::Prepare(CODEX), TERMINATE]);
        assert!(play.switch.takes_keys() && play.switch.is_switching());
        play.see(|scene| scene.gone = true);
        assert_eq!(play.out.last(), Some(&Effect::Hand(CODEX)));
        play.switch.arrived(play.scene.now, false);
        play.see(|scene| (scene.gone, scene.activity) = (false, Idle));
        assert!(play.switch.is_idle() && !play.switch.holds_run());
        assert_eq!((play.switch.current(), play.switch.others()), (CODEX, &[CLAUDE][..]));
    }

    #[test]
    fn a_turn_is_waited_for_and_what_it_writes_down_too() {
        let mut play = play(CLAUDE, Working);
        play.wish().key(MenuKey::Enter).prepared();
        let waits = Effect::Hold(Some(Hold::TurnEnd));
        assert_eq!(play.out, [Effect::Prepare(CODEX), waits.clone()]);
        assert!(!play.switch.takes_keys(), "the client can still be answered");
        play.see(|scene| (scene.activity, scene.quiet_since) = (Idle, scene.now));
        assert_eq!(play.out.split_off(2), [Effect::Hold(None)]);
        // A prompt that was sent in the last moment is waited for as well.
        play.see(|scene| scene.activity = Working).see(|scene| scene.activity = Idle);
        assert_eq!(play.out.split_off(2), [waits, Effect::Hold(None)]);
        play.see(|scene| scene.now += QUIET / 2);
        assert_eq!(play.out.len(), 2);
        play.see(|scene| scene.now += QUIET / 2);
        assert_eq!(play.out.last(), Some(&TERMINATE));
    }

    #[test]
    fn a_turn_is_stopped_by_escape_and_a_dialog_by_nothing() {
        let play_at = |from, activity| {
            let mut play = play(from, activity);
            play.wish().key(MenuKey::Letter('s')).prepared();
            play.see(|scene| scene.now += STOP_WAIT);
            play.out.clone()
        };
        assert_eq!(play_at(CLAUDE, Working)[1..], [Effect::Type(ESCAPE), TERMINATE]);
        assert_eq!(play_at(CLAUDE, Waiting)[1..], [TERMINATE]);
        let interrupt = Effect::Type(b"\x03");
        assert_eq!(play_at(CODEX, Waiting)[1..], [interrupt.clone(), interrupt]);
    }

    #[test]
    fn a_held_key_is_one_wish_and_escape_takes_it_back() {
        let mut play = play(CLAUDE, Working);
        play.wish();
        for _ in 0..10 {
            play.switch.wish(&play.scene, &mut play.out);
        }
        assert!(play.switch.menu().is_some());
        play.key(MenuKey::Escape);
        assert!(play.switch.is_idle() && play.out.is_empty());
        play.wish().key(MenuKey::Enter).prepared();
        play.wish().key(MenuKey::Letter('c'));
        assert!(play.switch.is_idle());
        assert_eq!(play.out[2..], [Effect::Forget, Effect::Hold(None)]);
    }

    #[test]
    fn what_was_agreed_stays_when_its_question_is_left_and_can_be_cancelled() {
        let mut play = play(CLAUDE, Working);
        play.wish().key(MenuKey::Enter).prepared();
        play.wish().key(MenuKey::Escape);
        assert!(play.switch.menu().is_none() && !play.switch.is_idle());
        let said = play.switch.says("F8").unwrap();
        assert_eq!(said, "Codex takes over when this turn ends; F8 changes that");
        play.wish();
        let rows = &play.switch.menu().unwrap().rows;
        assert!(rows.iter().any(|row| row.text == "cancel: stay with Claude Code"), "{rows:?}");
        play.key(MenuKey::Letter('c'));
        assert!(play.switch.is_idle());
    }

    #[test]
    fn whoever_asked_can_take_it_back_until_the_client_is_told_to_go() {
        let mut play = play(CLAUDE, Idle);
        play.scene.draft = true;
        play.switch.start(CODEX, When::TurnEnd, &mut play.out);
        play.prepared();
        assert_eq!(play.out.last(), Some(&Effect::Hold(Some(Hold::Answer))));
        play.switch.withdraw(&mut play.out);
        play.go();
        assert!(play.switch.is_idle() && play.switch.menu().is_none());
        assert_eq!(play.out[2..], [Effect::Forget, Effect::Hold(None)]);
        play.scene.draft = false;
        play.switch.start(CODEX, When::TurnEnd, &mut play.out);
        play.prepared();
        assert_eq!(play.out.last(), Some(&TERMINATE));
        play.switch.withdraw(&mut play.out);
        assert!(play.switch.is_switching());
    }

    #[test]
    fn a_draft_is_asked_about() {
        let mut play = play(CLAUDE, Idle);
        play.scene.draft = true;
        play.wish().key(MenuKey::Escape);
        assert!(play.out.is_empty());
        play.wish().key(MenuKey::Enter);
        assert_eq!(play.out, [Effect::Prepare(CODEX)]);
    }

    #[test]
    fn a_draft_is_asked_about_also_when_nobody_here_asks() {
        let asked = |when| {
            let mut play = play(CLAUDE, Working);
            play.switch.start(CODEX, when, &mut play.out);
            play.prepared().see(|scene| (scene.activity, scene.draft) = (Idle, true));
            play
        };
        let mut kept = asked(When::TurnEnd);
        kept.see(|scene| scene.now += SETTLE_WAIT);
        assert!(kept.switch.menu().is_some());
        let held = [Hold::TurnEnd, Hold::Answer].map(|hold| Effect::Hold(Some(hold)));
        assert_eq!(kept.out, [&[Effect::Prepare(CODEX)][..], &held].concat());
        kept.key(MenuKey::Letter('n'));
        assert!(kept.switch.is_idle() && kept.out.contains(&Effect::Forget));
        let mut lost = asked(When::TurnEnd);
        lost.key(MenuKey::Letter('y'));
        assert_eq!(lost.out[3..], [TERMINATE, Effect::Hold(None)]);
        // Whoever says now means it.
        assert_eq!(asked(When::AtOnce).switch.menu(), None);
    }

    #[test]
    fn whoever_does_not_start_leaves_a_way_back() {
        let mut play = play(CLAUDE, Idle);
        play.wish().prepared().see(|scene| scene.gone = true);
        play.switch.arrived(play.scene.now, false);
        play.see(|scene| scene.activity = Unknown);
        assert!(play.switch.holds_run() && !play.switch.is_switching());
        play.key(MenuKey::Enter);
        assert_eq!(play.out.last(), Some(&Effect::Hand(CLAUDE)));
        assert!(!play.switch.is_switching(), "the one that failed was not handed over");
    }

    /// A program of the person's own, which tells nothing about itself.
    fn own() -> Provider {
        Provider::Own(Box::leak(Box::new(Own {
            name: "mine".into(),
            title: "Mine".into(),
            command: "mine".into(),
            args: Vec::new(),
            inject: Inject::None,
            prompt_args: Vec::new(),
        })))
    }

    #[test]
    fn with_more_than_one_other_the_person_says_who_and_when_in_one_go() {
        let (mut play, own) = (play(CLAUDE, Working), own());
        play.switch = Switch::new(CLAUDE, vec![CODEX, own]);
        play.wish().key(MenuKey::Down).key(MenuKey::Enter);
        assert!(play.out.is_empty(), "nothing is done while a question is open");
        play.key(MenuKey::Letter('e'));
        assert_eq!(play.out, [Effect::Prepare(own)]);
        play.prepared().see(|scene| scene.activity = Idle).see(|scene| scene.gone = true);
        assert_eq!(play.out.last(), Some(&Effect::Hand(own)));
        play.switch.arrived(play.scene.now, false);
        assert_eq!((play.switch.current(), play.switch.others()), (own, &[CLAUDE, CODEX][..]));
    }

    #[test]
    fn one_that_tells_nothing_has_come_when_it_is_still_there() {
        let late = Duration::from_mins(1);
        for (stays, is_there) in [(late, true), (QUIET, false)] {
            let mut play = play(CLAUDE, Idle);
            play.switch = Switch::new(CLAUDE, vec![own()]);
            play.wish().prepared().see(|scene| scene.gone = true);
            play.switch.arrived(play.scene.now, false);
            play.see(|scene| (scene.gone, scene.activity) = (false, Unknown));
            play.see(|scene| scene.now += stays).see(|scene| scene.gone = true);
            assert_eq!(play.switch.holds_run(), !is_there);
            assert_eq!(play.switch.menu().is_none(), is_there);
            assert_eq!(play.switch.says("F9"), None);
        }
    }

    #[test]
    fn a_refusal_ends_nothing() {
        let mut play = play(CLAUDE, Idle);
        play.wish();
        let why = play.switch.prepared(Err("gone".into()), &play.scene, &mut play.out);
        assert_eq!(why.as_deref(), Some("gone"));
        play.go();
        assert!(play.switch.is_idle());
        assert_eq!(play.out, [Effect::Prepare(CODEX)]);
    }
}
