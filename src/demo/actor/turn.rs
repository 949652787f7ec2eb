//! One turn of a scripted assistant: its steps, played in time.

use std::collections::VecDeque;
use std::time::Duration;

use super::Actor;
use crate::demo::keys::Key;
use crate::demo::nouns::{Act, Block, Look, Mood, Record, Step, Tool, ToolOutput};

/// Characters and pause of a stream at the pace of the recordings (a model that is near).
const FAST: (usize, Duration) = (24, Duration::from_millis(12));
/// The same at the pace of a model that thinks.
const SLOW: (usize, Duration) = (7, Duration::from_millis(200));
/// Pause between two steps.
const BREATH: Duration = Duration::from_millis(150);
/// Pause between two attempts after an error.
const RETRY: Duration = Duration::from_secs(1);

/// A turn that is being played.
#[derive(Debug)]
pub(super) struct Turn {
    steps: VecDeque<Step>,
    doing: Doing,
    began: Duration,
    due: Duration,
    spin_due: Duration,
    last_reply: String,
}

#[derive(Debug)]
enum Doing {
    /// The prompt is not in the transcript yet.
    Hearing(String),
    /// Between two steps.
    Nothing,
    /// A reply streams; how many characters are shown, and the pace.
    Saying(String, usize, (usize, Duration)),
    /// The person is asked.
    Asking(Tool),
    /// A tool runs.
    Running(Tool),
    /// An error is waited out.
    Retrying(u32),
}

impl Turn {
    /// A turn that begins now; the prompt reaches the transcript after `lag`.
    pub(super) fn new(steps: Vec<Step>, prompt: String, now: Duration, lag: Duration) -> Self {
        Self {
            steps: steps.into(),
            doing: Doing::Hearing(prompt),
            began: now,
            due: now + lag,
            spin_due: now,
            last_reply: String::new(),
        }
    }

    /// When something happens next.
    pub(super) fn due(&self) -> Duration {
        match self.doing {
            // Only the spinner of the client turns while others have the word.
            Doing::Asking(_) => Duration::MAX,
            Doing::Running(_) => self.spin_due,
            _ => self.due.min(self.spin_due),
        }
    }

    /// The part of a reply that is shown.
    pub(super) fn partial(&self) -> Option<&str> {
        let Doing::Saying(text, shown, _) = &self.doing else { return None };
        let end = text.char_indices().nth(*shown).map_or(text.len(), |(at, _)| at);
        Some(&text[..end])
    }
}

impl<L: Look> Actor<L> {
    /// Plays what is due.
    pub(super) fn advance(&mut self, now: Duration, acts: &mut Vec<Act>) {
        while let Some(turn) = &mut self.turn {
            if turn.spin_due <= now && !matches!(turn.doing, Doing::Asking(_)) {
                turn.spin_due = now + self.look.spin();
                self.turn_spinner(acts);
                continue;
            }
            let waits = matches!(turn.doing, Doing::Asking(_) | Doing::Running(_));
            if waits || turn.due > now {
                return;
            }
            self.play(now, acts);
        }
    }

    fn turn_spinner(&mut self, acts: &mut Vec<Act>) {
        if let Mood::Working(turns) = &mut self.mood {
            *turns += 1;
            acts.push(Act::Write(self.look.announce(&self.mood)));
            self.show(acts);
        }
    }

    fn play(&mut self, now: Duration, acts: &mut Vec<Act>) {
        let Some(turn) = &mut self.turn else { return };
        match std::mem::replace(&mut turn.doing, Doing::Nothing) {
            Doing::Hearing(prompt) => {
                turn.due = now + BREATH;
                acts.push(Act::Record(Record::Prompt(prompt)));
            }
            Doing::Saying(text, shown, (size, pause)) => {
                turn.due = now + pause;
                if shown < text.chars().count() {
                    turn.doing = Doing::Saying(text, shown + size, (size, pause));
                } else {
                    turn.last_reply.clone_from(&text);
                    let goes_on = turn.steps.iter().any(Step::is_call);
                    acts.push(Act::Record(Record::Reply { text: text.clone(), goes_on }));
                    self.blocks.push(Block::Reply(text));
                }
                self.show(acts);
            }
            Doing::Retrying(attempt) => {
                turn.due = now + RETRY;
                turn.doing = Doing::Retrying(attempt + 1);
                self.set_mood(Mood::Retrying(attempt), acts);
            }
            Doing::Nothing | Doing::Asking(_) | Doing::Running(_) => {
                turn.due = now + BREATH;
                match turn.steps.pop_front() {
                    Some(step) => self.begin(step, acts),
                    None => self.finish(now, acts),
                }
            }
        }
    }

    fn begin(&mut self, step: Step, acts: &mut Vec<Act>) {
        let Some(turn) = &mut self.turn else { return };
        match step {
            Step::Say(text) => turn.doing = Doing::Saying(text, 0, FAST),
            Step::SaySlowly(text) => turn.doing = Doing::Saying(text, 0, SLOW),
            Step::Plan(plan) => {
                acts.push(Act::Record(Record::Plan(plan.clone())));
                self.blocks.push(Block::Plan(plan));
                self.show(acts);
            }
            Step::Use(tool) if tool.asks => {
                turn.doing = Doing::Asking(tool.clone());
                acts.push(Act::Record(Record::Call(tool.clone())));
                self.blocks.push(Block::Call(tool.clone()));
                self.set_mood(Mood::Asking(tool), acts);
            }
            Step::Use(tool) => {
                acts.push(Act::Record(Record::Call(tool.clone())));
                self.blocks.push(Block::Call(tool.clone()));
                self.run(tool, acts);
            }
            Step::Retry => turn.doing = Doing::Retrying(1),
            Step::Flood(bytes) => acts.push(Act::Flood(bytes)),
            Step::UsageLimit => {
                acts.push(Act::Record(Record::UsageLimit));
                let text = "You've hit your usage limit; it resets in an hour.";
                self.blocks.push(Block::Failure(text.into()));
                self.turn = None;
                self.set_mood(Mood::Idle, acts);
            }
        }
    }

    fn run(&mut self, tool: Tool, acts: &mut Vec<Act>) {
        if let Some(turn) = &mut self.turn {
            turn.doing = Doing::Running(tool.clone());
        }
        acts.push(Act::Run(tool));
        self.set_mood(Mood::Working(0), acts);
    }

    /// A key while the person is asked. Enter takes the first choice, which is yes.
    pub(super) fn answer(&mut self, key: &Key, now: Duration, acts: &mut Vec<Act>) {
        let Some(Turn { doing: Doing::Asking(tool), .. }) = &self.turn else { return };
        let tool = tool.clone();
        let letter = |choices: &str| match key {
            Key::Text(text) => text.len() == 1 && choices.contains(text.as_str()),
            _ => false,
        };
        if *key == Key::Enter || letter("y1") {
            self.run(tool, acts);
        } else if *key == Key::Escape || letter("n3") {
            acts.push(Act::Record(Record::Denied(tool)));
            self.blocks.push(Block::Interrupted);
            self.turn = None;
            self.set_mood(Mood::Idle, acts);
        }
        self.advance(now, acts);
    }

    /// A tool has run: its output is shown and told.
    pub(super) fn tool_ran(&mut self, output: ToolOutput, now: Duration, acts: &mut Vec<Act>) {
        let Some(turn) = &mut self.turn else { return };
        let Doing::Running(tool) = std::mem::replace(&mut turn.doing, Doing::Nothing) else {
            return;
        };
        turn.due = now + BREATH;
        acts.push(Act::Record(Record::Result(tool, output.clone())));
        self.blocks.push(Block::Result(output));
        self.show(acts);
    }

    /// The person stops the turn.
    pub(super) fn stop_turn(&mut self, acts: &mut Vec<Act>) {
        let partial = self.turn.as_ref().and_then(Turn::partial).unwrap_or("").to_owned();
        if !partial.is_empty() {
            self.blocks.push(Block::Reply(partial.clone()));
        }
        acts.push(Act::Record(Record::Interrupted(partial)));
        self.blocks.push(Block::Interrupted);
        self.turn = None;
        self.set_mood(Mood::Idle, acts);
    }

    fn finish(&mut self, now: Duration, acts: &mut Vec<Act>) {
        let Some(turn) = self.turn.take() else { return };
        acts.push(Act::Record(Record::Ended(turn.last_reply)));
        self.blocks.push(Block::Worked(now.saturating_sub(turn.began)));
        self.set_mood(Mood::Idle, acts);
    }
}
