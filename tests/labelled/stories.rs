//! Sessions told by hand in `fixtures/handoff/stories`, with what a successor needs and what would
//! be false written beside what happens. A line is `word: text`; what a command printed is indented.
//!
//! They are in languages and of trades that the generated scenes do not have. A `\n` in a text is
//! the end of a line.

use std::path::Path;

use super::labels::{Event, Fact, Kind, Lie, Scene, Stop, SubTask};

/// All stories of a folder, by the order of their files.
pub fn stories(folder: &str) -> Vec<Scene> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/handoff").join(folder);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            story(&name, &std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn story(name: &str, text: &str) -> Scene {
    let mut scene = Scene {
        language: name.to_owned(),
        stop: Stop::Finished,
        has_tasks: false,
        tree: Vec::new(),
        events: Vec::new(),
        facts: Vec::new(),
        lies: Vec::new(),
    };
    let secret = format!("gh{}_{}", "p", "4Kd8Zq2Xw6Vb0Nm3Lt7Rc1Hs5Jf9Pg8Ya2Ue");
    let text = text.replace("{secret}", &secret);
    scene.lies.push(Lie::Anywhere(secret));
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(more) = line.strip_prefix("  ") {
            let Some(Event::Run { output, .. } | Event::Does(_, output) | Event::Fetch(_, output)) =
                scene.events.last_mut()
            else {
                panic!("{name}: `{line}` is printed by no command")
            };
            output.push_str(more);
            output.push('\n');
            continue;
        }
        let (word, text) = line.split_once(": ").unwrap_or((line, ""));
        let (word, argument) = word.split_once(' ').unwrap_or((word, ""));
        take(&mut scene, (word, argument), text)
            .unwrap_or_else(|| panic!("{name}: `{line}` is not understood"));
    }
    scene.ending();
    scene
}

/// One line; `None` where it is of no known form.
fn take(scene: &mut Scene, (word, argument): (&str, &str), text: &str) -> Option<()> {
    let owned = text.replace("\\n", "\n");
    match word {
        "has" => {
            let [path, content] = parts(&owned)[..] else { return None };
            scene.tree.push((path.into(), content.to_owned() + "\n"));
        }
        "does" => scene.events.push(Event::Does(owned, String::new())),
        "stop" => scene.stop = stop(text)?,
        "tasks" => scene.has_tasks = true,
        "you" => scene.events.push(Event::User(owned)),
        "says" => scene.events.push(Event::Say(owned)),
        "block" => {
            let (summary, decisions) = parts(text).split_first().map(|(s, d)| (*s, d.to_vec()))?;
            let decisions = decisions.into_iter().map(str::to_owned).collect();
            scene.events.push(Event::Block(summary.into(), decisions));
        }
        "run" => {
            let code = argument.parse().ok()?;
            scene.events.push(Event::Run { command: owned, code, output: String::new() });
        }
        "write" => {
            let [path, content] = parts(&owned)[..] else { return None };
            scene.events.push(Event::Create(path.into(), content.into()));
        }
        "edit" | "patch" => {
            let (path, edits) = parts(&owned).split_first().map(|(p, e)| (*p, e.to_vec()))?;
            let edits =
                edits.chunks_exact(2).map(|edit| (edit[0].into(), edit[1].into())).collect();
            scene.events.push(Event::Edit(path.into(), edits));
        }
        "remove" => scene.events.push(Event::Delete(owned)),
        "move" => {
            let [from, to] = parts(text)[..] else { return None };
            scene.events.push(Event::Move(from.into(), to.into()));
        }
        "fetch" => scene.events.push(Event::Fetch(owned, String::new())),
        "sub" => {
            let parts = parts(text);
            let task = |task: &[&str]| SubTask {
                prompt: task[0].into(),
                path: task[1].into(),
                result: task[2].into(),
            };
            scene.events.push(Event::Subs(parts.chunks_exact(3).map(task).collect()));
        }
        "notebook" => {
            let [path, source] = parts(text)[..] else { return None };
            scene.events.push(Event::Notebook(path.into(), source.into()));
        }
        "denied" => scene.events.push(Event::Denied(owned)),
        "asks" => {
            let mut parts = parts(text).into_iter().map(str::to_owned);
            scene.events.push(Event::Asks(parts.next()?, parts.collect(), None));
        }
        "answer" => {
            let Some(Event::Asks(_, _, answer)) = scene.events.last_mut() else { return None };
            *answer = Some(owned);
        }
        "plan" => scene.events.push(Event::Plan(text.split(" | ").map(todo).collect())),
        "end" => scene.events.push(Event::TurnEnd),
        "switch" => scene.events.push(Event::Switch),
        "clear" => scene.events.push(Event::Clear),
        "compacted" => scene.events.push(Event::Compacted(owned)),
        "noise" => noise(&mut scene.events, argument.parse().ok()?, text),
        _ => return label(scene, (word, argument), text),
    }
    Some(())
}

/// What is known of the story, beside what happens in it.
fn label(scene: &mut Scene, (word, argument): (&str, &str), text: &str) -> Option<()> {
    let owned = text.to_owned();
    match word {
        "fact" => {
            let (kind, weight) = kind(argument)?;
            let needles = parts(text).into_iter().map(str::to_owned).collect();
            scene.facts.push(Fact { kind, weight, needles });
        }
        "not" => {
            let section = SECTIONS.into_iter().find(|section| *section == argument)?;
            scene.lies.push(Lie::InSection(section, owned));
        }
        "false" => scene.lies.push(Lie::Word(owned)),
        "unquoted" => scene.lies.push(Lie::Unquoted(owned)),
        "old" => {
            let (old, new) = text.split_once(" -> ")?;
            let [a, b] = parts(old)[..] else { return None };
            scene.lies.push(Lie::Superseded([a.into(), b.into()], new.to_owned()));
        }
        _ => return None,
    }
    Some(())
}

/// Sections in which something may be told that is over.
const SECTIONS: [&str; 5] =
    ["Changed Files", "Decisions", "Open Todos", "Failing Commands", "Keep in Mind"];

fn parts(text: &str) -> Vec<&str> {
    text.split(" | ").collect()
}

fn todo(item: &str) -> (String, &'static str) {
    let (state, text) = item.split_once(' ').unwrap_or((item, ""));
    let state = match state {
        "x" => "completed",
        ">" => "in_progress",
        _ => "pending",
    };
    (text.to_owned(), state)
}

/// Work of which nothing is worth telling: sentences in turn, some of them the person's.
fn noise(events: &mut Vec<Event>, steps: usize, text: &str) {
    for (n, text) in (1..=steps).zip(parts(text).into_iter().cycle()) {
        let text = filled(text, n);
        match text.strip_prefix("you: ") {
            Some(text) => events.push(Event::User(text.to_owned())),
            None if text.contains(|c: char| c.is_ascii_digit()) => {
                events.push(Event::Say(text));
            }
            None => events.push(Event::Say(format!("{text} ({n})"))),
        }
        let output = "fn main() {}\n// TODO: old remark\n".repeat(20);
        events.push(Event::Run { command: format!("cat old/part_{n}.txt"), code: 0, output });
        if n % 3 == 0 {
            events.push(Event::TurnEnd);
        }
    }
}

/// `{f}` becomes a file and `{n}` a number, others at each step.
fn filled(text: &str, n: usize) -> String {
    const PARTS: [&str; 11] = [
        "auth", "cart", "index", "queue", "render", "parse", "batch", "theme", "probe", "sync",
        "route",
    ];
    let (a, b) = (PARTS[n * 7 % 11], PARTS[(n * 3 + n / 11) % 11]);
    let number = n * 6_151 % 977;
    text.replace("{f}", &format!("src/{a}/{b}.rs")).replace("{n}", &number.to_string())
}

fn stop(text: &str) -> Option<Stop> {
    Some(match text {
        "finished" => Stop::Finished,
        "interrupted" => Stop::Interrupted,
        "limit" => Stop::Limit,
        "crash" => Stop::Crash,
        "left" => Stop::Left,
        _ => return None,
    })
}

/// Kinds that a story may label, and what each counts.
fn kind(name: &str) -> Option<(Kind, f64)> {
    Some(match name {
        "Request" => (Kind::Request, 3.0),
        "Goal" => (Kind::Goal, 2.0),
        "Rule" => (Kind::Rule, 3.0),
        "Decision" => (Kind::Decision, 3.0),
        "Open" => (Kind::Open, 2.0),
        "Done" => (Kind::Done, 1.0),
        "Question" => (Kind::Question, 2.0),
        "Failing" => (Kind::Failing, 3.0),
        "File" => (Kind::File, 1.0),
        "Result" => (Kind::Result, 2.0),
        "Environment" => (Kind::Environment, 1.0),
        _ => return None,
    })
}
