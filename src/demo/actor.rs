//! A scripted assistant as a machine: what happens goes in, what it does comes out.
//!
//! It knows no file, clock or terminal: time is a parameter, so every test can foretell it. While
//! an answer to `CSI 6n` is owed the whole assistant stands still, as Codex does.

mod turn;

use std::collections::VecDeque;
use std::time::Duration;

use super::cast::Frame;
use super::keys::{Key, Keys};
use super::nouns::{Act, Block, Event, Look, Mood, Step, View, Who};
use crate::model::Size;
use turn::Turn;

/// How long an answer to `CSI 6n` is waited for, as measured on Codex.
const CURSOR_PATIENCE: Duration = Duration::from_secs(2);
/// How long an Escape may be the start of a sequence.
const ESCAPE_PATIENCE: Duration = Duration::from_millis(50);
/// How long Claude remembers a first Ctrl+C.
const TWICE_WITHIN: Duration = Duration::from_millis(800);

/// The view of an actor: a macro, because it borrows some of its fields while others change.
macro_rules! view {
    ($actor:expr) => {
        View {
            blocks: &$actor.blocks,
            partial: $actor.turn.as_ref().and_then(Turn::partial),
            draft: &$actor.draft,
            mood: &$actor.mood,
            size: $actor.size,
        }
    };
}

/// Picks the steps of a turn for a prompt.
pub(super) type Script = Box<dyn Fn(&str) -> Vec<Step>>;

/// The machine.
pub(super) struct Actor<L> {
    /// How its client looks.
    pub(super) look: L,
    blocks: Vec<Block>,
    mood: Mood,
    turn: Option<Turn>,
    script: Script,
    keys: Keys,
    escape_since: Option<Duration>,
    draft: String,
    size: Size,
    starting: VecDeque<Frame>,
    owed: u32,
    owed_until: Option<Duration>,
    stash: Vec<Event>,
    interrupted_at: Option<Duration>,
    leaving: bool,
}

impl<L: Look> Actor<L> {
    /// An assistant that was just started. `first` is a prompt from the command line.
    pub(super) fn new(look: L, size: Size, script: Script, first: Option<String>) -> Self {
        let mut actor = Self {
            look,
            blocks: Vec::new(),
            mood: Mood::Idle,
            turn: None,
            script,
            keys: Keys::default(),
            escape_since: None,
            draft: String::new(),
            size,
            starting: VecDeque::new(),
            owed: 0,
            owed_until: None,
            stash: Vec::new(),
            interrupted_at: None,
            leaving: false,
        };
        actor.starting = actor.look.start(size).into();
        if let Some(prompt) = first {
            actor.stash.push(Event::Bytes(prompt.into_bytes()));
            actor.stash.push(Event::Bytes(b"\r".to_vec()));
        }
        actor
    }

    /// When it wants to be woken, if nothing happens before.
    pub(super) fn wake(&self) -> Option<Duration> {
        if self.owed > 0 {
            return self.owed_until;
        }
        let turn = self.turn.as_ref().map(Turn::due);
        let start = self.starting.front().map(|f| f.at);
        let escape = self.escape_since.map(|at| at + ESCAPE_PATIENCE);
        turn.into_iter().chain(start).chain(escape).min()
    }

    /// Takes an event; returns what is done about it.
    pub(super) fn on(&mut self, event: Event, now: Duration) -> Vec<Act> {
        let mut acts = Vec::new();
        self.stop_waiting_for_cursor(now);
        let answered = self.owed > 0 && answers_cursor(&event);
        if answered {
            self.owed -= 1;
            self.owed_until = (self.owed > 0).then_some(now + CURSOR_PATIENCE);
        }
        if self.owed > 0 || !self.starting.is_empty() {
            self.while_busy(event, now, &mut acts);
        } else {
            self.take(event, now, &mut acts);
        }
        if self.owed == 0 && self.starting.is_empty() {
            if answered {
                acts.push(Act::Write(self.look.repaint(&view!(self))));
            }
            for event in std::mem::take(&mut self.stash) {
                self.take(event, now, &mut acts);
            }
            self.advance(now, &mut acts);
        }
        acts
    }

    /// Gives up on an answer that did not come in time.
    fn stop_waiting_for_cursor(&mut self, now: Duration) {
        while self.owed > 0 && self.owed_until.is_some_and(|end| end <= now) {
            self.owed -= 1;
            self.owed_until = (self.owed > 0).then_some(now + CURSOR_PATIENCE);
            if self.owed == 0 {
                self.stash.insert(0, Event::Resized(self.size));
            }
        }
    }

    /// Starting, or waiting for the terminal: everything but signals has to wait.
    fn while_busy(&mut self, event: Event, now: Duration, acts: &mut Vec<Act>) {
        match event {
            Event::Signal(_) => self.take(event, now, acts),
            Event::Resized(size) if self.owed > 0 => self.ask_cursor(size, now, acts),
            Event::Tick => {}
            event => self.stash.push(event),
        }
        while self.starting.front().is_some_and(|frame| frame.at <= now) {
            acts.extend(self.starting.pop_front().map(|frame| Act::Write(frame.bytes)));
        }
    }

    fn take(&mut self, event: Event, now: Duration, acts: &mut Vec<Act>) {
        match event {
            Event::Bytes(bytes) => self.typed(&bytes, now, acts),
            Event::Resized(size) if self.look.who() == Who::Codex && size != self.size => {
                self.ask_cursor(size, now, acts);
            }
            Event::Resized(size) => {
                self.size = size;
                acts.push(Act::Write(self.look.repaint(&view!(self))));
            }
            Event::Signal(number) => self.leave(exit_code_of(number), acts),
            Event::ToolRan(output) => self.tool_ran(output, now, acts),
            Event::Tick => {
                if self.escape_since.is_some_and(|at| at + ESCAPE_PATIENCE <= now) {
                    self.escape_since = None;
                    if let Some(key) = self.keys.give_up_waiting() {
                        self.key(&key, now, acts);
                    }
                }
            }
        }
    }

    /// Codex asks where the cursor is before it paints at a new size.
    fn ask_cursor(&mut self, size: Size, now: Duration, acts: &mut Vec<Act>) {
        self.size = size;
        self.owed += 1;
        self.owed_until.get_or_insert(now + CURSOR_PATIENCE);
        acts.push(Act::Write(b"\x1b[6n".to_vec()));
    }

    fn typed(&mut self, bytes: &[u8], now: Duration, acts: &mut Vec<Act>) {
        let keys = self.keys.feed(bytes);
        self.escape_since = self.keys.holds_escape().then_some(now);
        for (n, key) in keys.iter().enumerate() {
            let before = n.checked_sub(1).and_then(|n| keys.get(n));
            // An Enter in one read with text is taken for a part of a paste.
            let pasted = match self.look.who() {
                Who::Codex => matches!(before, Some(Key::Text(_))),
                Who::Claude => matches!(before, Some(Key::Paste(_))),
            };
            if !(pasted && *key == Key::Enter && self.mood == Mood::Idle) {
                self.key(key, now, acts);
            }
        }
    }

    fn key(&mut self, key: &Key, now: Duration, acts: &mut Vec<Act>) {
        match (key, &self.mood) {
            (Key::Synchronized(has), _) => return self.look.synchronized(*has),
            (Key::CursorIsAt, _) => return,
            (Key::Ctrl('c' | 'd'), _) => return self.interrupt(now, acts),
            (_, Mood::Asking(_)) => return self.answer(key, now, acts),
            (Key::Text(text) | Key::Paste(text), _) => {
                self.draft.push_str(text);
                if self.mood == Mood::SureToLeave {
                    self.mood = Mood::Idle;
                }
            }
            (Key::Backspace, _) => drop(self.draft.pop()),
            (Key::Ctrl('u'), _) => self.draft.clear(),
            (Key::Enter, Mood::Idle | Mood::SureToLeave) => return self.enter(now, acts),
            // The one command that is heard while a reply comes.
            (Key::Enter, Mood::Working(_)) if is_farewell(&self.draft) => self.leave(0, acts),
            (Key::Escape, Mood::Working(_) | Mood::Retrying(_)) => {
                return self.stop_turn(acts);
            }
            _ => return,
        }
        self.show(acts);
    }

    fn enter(&mut self, now: Duration, acts: &mut Vec<Act>) {
        let prompt = std::mem::take(&mut self.draft);
        match prompt.trim() {
            "" => {}
            draft if is_farewell(draft) => self.leave(0, acts),
            "/clear" | "/new" => {
                self.blocks.clear();
                acts.push(Act::NewSession);
                acts.push(Act::Write(self.look.repaint(&view!(self))));
            }
            _ => {
                let steps = (self.script)(&prompt);
                self.turn = Some(Turn::new(steps, prompt.clone(), now, self.look.prompt_lag()));
                self.blocks.push(Block::Prompt(prompt));
                self.set_mood(Mood::Working(0), acts);
            }
        }
    }

    /// Ctrl+C or Ctrl+D: what it means depends on the client and on what it is doing.
    fn interrupt(&mut self, now: Duration, acts: &mut Vec<Act>) {
        match (&self.mood, self.look.who()) {
            (Mood::Asking(_), Who::Claude) => {}
            (Mood::Asking(_), Who::Codex) => self.answer(&Key::Escape, now, acts),
            (Mood::Working(_) | Mood::Retrying(_), _) => self.stop_turn(acts),
            _ if !self.draft.is_empty() => {
                self.draft.clear();
                self.show(acts);
            }
            (_, Who::Codex) => self.leave(0, acts),
            (_, Who::Claude) => {
                if self.interrupted_at.is_some_and(|at| now < at + TWICE_WITHIN) {
                    return self.leave(0, acts);
                }
                self.interrupted_at = Some(now);
                self.mood = Mood::SureToLeave;
                self.show(acts);
            }
        }
    }

    /// Changes what it is busy with, and tells everybody.
    fn set_mood(&mut self, mood: Mood, acts: &mut Vec<Act>) {
        let status = match mood {
            Mood::Idle | Mood::SureToLeave => "idle",
            Mood::Working(_) | Mood::Retrying(_) => "busy",
            Mood::Asking(_) => "waiting",
        };
        self.mood = mood;
        acts.push(Act::Status(status));
        acts.push(Act::Write(self.look.announce(&self.mood)));
        self.show(acts);
    }

    /// Paints what changed.
    fn show(&mut self, acts: &mut Vec<Act>) {
        if self.owed == 0 && !self.leaving {
            acts.push(Act::Write(self.look.paint(&view!(self))));
        }
    }

    fn leave(&mut self, code: u8, acts: &mut Vec<Act>) {
        self.leaving = true;
        self.turn = None;
        acts.push(Act::Leave(code));
    }
}

fn answers_cursor(event: &Event) -> bool {
    match event {
        Event::Bytes(bytes) => Keys::default().feed(bytes).contains(&Key::CursorIsAt),
        _ => false,
    }
}

/// Whether a draft asks to leave.
fn is_farewell(draft: &str) -> bool {
    matches!(draft.trim(), "/exit" | "/quit")
}

/// The exit code that Claude gives for a signal.
fn exit_code_of(signal: i32) -> u8 {
    if signal == signal_hook::consts::SIGINT { 0 } else { 128 + signal as u8 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::claude::ClaudeLook;
    use crate::demo::codex::CodexLook;
    use crate::demo::nouns::Record;
    use crate::demo::script::steps;

    const SIZE: Size = Size::new(80, 24);

    /// An assistant, the time, and all that it did.
    struct Scene<L> {
        actor: Actor<L>,
        now: Duration,
        acts: Vec<Act>,
    }

    fn claude() -> Scene<ClaudeLook> {
        Scene::new(ClaudeLook::new("/tmp".into()))
    }

    fn codex() -> Scene<CodexLook> {
        Scene::new(CodexLook::new("/tmp".into()))
    }

    impl<L: Look> Scene<L> {
        fn new(look: L) -> Self {
            let who = look.who();
            let script: Script = Box::new(move |prompt| steps(who, prompt, None));
            let actor = Actor::new(look, SIZE, script, None);
            let mut scene = Self { actor, now: Duration::ZERO, acts: Vec::new() };
            scene.pass(Duration::from_secs(5));
            scene
        }

        fn on(&mut self, event: Event) {
            self.acts.extend(self.actor.on(event, self.now));
        }

        /// Lets time pass, waking the assistant whenever it wants to be.
        fn pass(&mut self, time: Duration) {
            let end = self.now + time;
            while let Some(wake) = self.actor.wake().filter(|wake| *wake <= end) {
                self.now = self.now.max(wake);
                self.on(Event::Tick);
            }
            self.now = end;
        }

        fn types(&mut self, text: &str) {
            self.on(Event::Bytes(text.as_bytes().to_vec()));
        }

        fn asks(&mut self, prompt: &str) {
            self.types(prompt);
            self.types("\r");
        }

        fn records(&self) -> Vec<&Record> {
            let mut records = Vec::new();
            for act in &self.acts {
                if let Act::Record(record) = act {
                    records.push(record);
                }
            }
            records
        }

        fn leaves(&self) -> Option<u8> {
            self.acts.iter().find_map(|act| if let Act::Leave(n) = act { Some(*n) } else { None })
        }
    }

    #[test]
    fn idle_it_sleeps() {
        assert_eq!(claude().actor.wake(), None);
        assert_eq!(codex().actor.wake(), None);
    }

    #[test]
    fn a_prompt_is_heard_answered_and_ended() {
        let mut scene = codex();
        scene.asks("something plain");
        scene.pass(Duration::from_secs(10));
        let records = scene.records();
        assert_eq!(records[0], &Record::Prompt("something plain".into()));
        assert!(matches!(records[1], Record::Reply { goes_on: false, .. }));
        assert!(matches!(records[2], Record::Ended(_)));
    }

    #[test]
    fn a_reply_before_a_tool_does_not_end_the_turn() {
        let mut scene = claude();
        scene.asks("use a tool");
        scene.pass(Duration::from_secs(10));
        assert!(matches!(scene.records()[1], Record::Reply { goes_on: true, .. }));
        assert!(matches!(scene.records()[2], Record::Call(_)));
    }

    #[test]
    fn enter_at_a_dialog_approves_whatever_was_typed_before() {
        let mut scene = claude();
        scene.asks("use a tool");
        scene.pass(Duration::from_secs(10));
        assert!(matches!(scene.actor.mood, Mood::Asking(_)));
        scene.asks("/exit");
        assert!(scene.acts.iter().any(|act| matches!(act, Act::Run(_))));
        assert_eq!(scene.leaves(), None);
    }

    #[test]
    fn the_exit_command_is_heard_in_mid_reply() {
        let mut scene = claude();
        scene.asks("a slow one");
        scene.pass(Duration::from_secs(2));
        assert!(matches!(scene.actor.mood, Mood::Working(_)));
        scene.asks("something else");
        assert_eq!(scene.leaves(), None);
        scene.types(&"\x7f".repeat("something else".len()));
        scene.asks("/exit");
        assert_eq!(scene.leaves(), Some(0));
    }

    #[test]
    fn ctrl_c_leaves_codex_at_once_and_claude_at_the_second() {
        let mut scene = codex();
        scene.types("a draft");
        scene.types("\x03");
        assert_eq!(scene.leaves(), None, "the first one clears the draft");
        scene.types("\x03");
        assert_eq!(scene.leaves(), Some(0));
        let mut scene = claude();
        scene.types("\x03");
        scene.pass(Duration::from_secs(2));
        scene.types("\x03");
        assert_eq!(scene.leaves(), None, "that was too late");
        scene.types("\x03");
        assert_eq!(scene.leaves(), Some(0));
    }

    #[test]
    fn codex_takes_an_enter_in_one_write_for_a_paste() {
        let mut scene = codex();
        scene.types("something plain\r");
        assert!(scene.actor.turn.is_none());
        scene.types("\r");
        assert!(scene.actor.turn.is_some());
    }

    #[test]
    fn three_sizes_without_an_answer_are_six_seconds_of_silence() {
        let mut scene = codex();
        for cols in [70, 60, 50] {
            scene.on(Event::Resized(Size::new(cols, 20)));
        }
        scene.acts.clear();
        scene.types("x");
        scene.pass(Duration::from_millis(5900));
        assert_eq!(scene.acts, [], "nothing is drawn while an answer is owed");
        scene.pass(Duration::from_millis(200));
        assert!(!scene.acts.is_empty());
    }

    #[test]
    fn an_answer_ends_the_silence_at_once() {
        let mut scene = codex();
        scene.on(Event::Resized(Size::new(70, 20)));
        scene.acts.clear();
        scene.types("\x1b[1;1R");
        assert!(!scene.acts.is_empty());
    }
}
