//! A session of which everything is known: what happens in it, what a successor needs, and what
//! would be false.

/// Something that happens in a session.
pub enum Event {
    User(String),
    Say(String),
    /// The assistant closes with a `loghop` block: its summary and its decisions.
    Block(String, Vec<String>),
    Run {
        command: String,
        code: i32,
        output: String,
    },
    /// A command that works and changes the tree, and what it prints.
    Does(String, String),
    Write(String),
    /// A file and what it holds.
    Create(String, String),
    /// A file, texts in it, and what takes the place of each.
    Edit(String, Vec<(String, String)>),
    Delete(String),
    Move(String, String),
    /// A page and what it says.
    Fetch(String, String),
    /// Other assistants work, all at the same time.
    Subs(Vec<SubTask>),
    /// A cell of a notebook gets this source.
    Notebook(String, String),
    /// A command that the person did not allow.
    Denied(String),
    /// A question asked by a tool, what may be answered, and what was.
    Asks(String, Vec<String>, Option<String>),
    /// Texts with `pending`, `in_progress` or `completed`.
    Plan(Vec<(String, &'static str)>),
    TurnEnd,
    Compacted(String),
    /// Work goes on in another file of the client's.
    Clear,
    /// Work goes on with the other client.
    Switch,
    Interrupted,
    Limit,
}

/// What was given to another assistant by the first one.
pub struct SubTask {
    pub prompt: String,
    /// The file that it changed.
    pub path: String,
    pub result: String,
}

/// Kinds of facts, as they are reported.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Request,
    Answered,
    Stop,
    Goal,
    Rule,
    Decision,
    Open,
    Done,
    Question,
    Failing,
    File,
    Result,
    Environment,
}

pub struct Fact {
    pub kind: Kind,
    pub weight: f64,
    /// All of these must stand in one line.
    pub needles: Vec<String>,
}

/// What must not be told.
pub enum Lie {
    /// This text in a line of this section.
    InSection(&'static str, String),
    /// A line with the first ones, and no later line with the last one.
    Superseded([String; 2], String),
    /// This word anywhere.
    Word(String),
    /// This text outside of quotes and fences.
    Unquoted(String),
    /// This text at all.
    Anywhere(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    Finished,
    Interrupted,
    Limit,
    Crash,
    /// The person closed the window.
    Left,
}

pub struct Scene {
    pub language: String,
    pub stop: Stop,
    /// Claude Code keeps its plan by `TaskCreate` and `TaskUpdate`.
    pub has_tasks: bool,
    /// The project before it: files and what they hold.
    pub tree: Vec<(String, String)>,
    pub events: Vec<Event>,
    pub facts: Vec<Fact>,
    pub lies: Vec<Lie>,
}

impl Scene {
    /// Lets it stop in its way, and notes what is then to be told.
    pub fn ending(&mut self) {
        let (answered, why) = match self.stop {
            Stop::Finished => ("answered", "was closed"),
            Stop::Interrupted => ("not answered", "the person"),
            Stop::Limit => ("sent, outcome unknown", "limit"),
            Stop::Crash => ("sent, outcome unknown", "exit code 137"),
            Stop::Left => ("sent, outcome unknown", "terminal closed"),
        };
        let false_words: &[&str] = match self.stop {
            Stop::Finished => &["not answered"],
            _ => &["succeeded", "(answered"],
        };
        self.lies.extend(false_words.iter().map(|word| Lie::Word((*word).to_owned())));
        match self.stop {
            Stop::Interrupted => self.events.push(Event::Interrupted),
            Stop::Limit => self.events.push(Event::Limit),
            Stop::Finished | Stop::Crash | Stop::Left => {}
        }
        for (kind, line, how) in
            [(Kind::Answered, "Last request", answered), (Kind::Stop, "Why it stopped", why)]
        {
            self.facts.push(Fact { kind, weight: 2.0, needles: vec![line.into(), how.into()] });
        }
    }
}
