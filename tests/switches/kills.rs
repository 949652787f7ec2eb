//! A kill of loghop in the middle of a switch: the next command finds nothing half done, every word
//! is there, no client was started twice, and none was given a word that the person did not say.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{CLAUDE_HERE, CODEX_HERE, F9, idle, leave, no_journal_is_left};
use crate::support::sandbox::{LOGHOP, Sandbox, records};
use crate::support::split::{document, project, run, script, sessions};
use crate::support::terminal::{PATIENCE, Terminal};

/// How long a switch between the scripted assistants takes, and what follows in it.
const SWITCH: Duration = Duration::from_millis(1700);
/// Switches that are killed at the same time: each is mostly asleep.
const LANES: usize = 3;
/// What is tried to meet a step of the journal that lasts a few milliseconds.
const TRIES: usize = 20;

/// Kills in a switch: 1,000 where the tests are to be thorough.
fn kills() -> usize {
    if std::env::var_os("LOGHOP_TEST_THOROUGH").is_some() { 1000 } else { 24 }
}

#[test]
fn a_kill_at_any_instant_is_undone_by_the_next_command() {
    let kills = kills();
    thread::scope(|scope| {
        for lane in 0..LANES {
            scope.spawn(move || {
                for n in (lane..kills).step_by(LANES) {
                    let sandbox = project();
                    let terminal = idle(&sandbox);
                    terminal.send(F9);
                    let after = SWITCH * n as u32 / kills as u32;
                    thread::sleep(after);
                    kill(terminal);
                    let status = sandbox.run(LOGHOP, &["status"]);
                    assert!(status.status.success(), "after {after:?}: {status:?}");
                    nothing_is_half_done(&sandbox, &["something plain"], &format!("{after:?}"));
                    let next = sandbox.run(LOGHOP, &["run", "--headless", "--provider", "codex"]);
                    assert!(next.status.success(), "after {after:?}: {next:?}");
                }
            });
        }
    });
}

/// What is going on when the person hands over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    /// Claude does nothing.
    There,
    /// Codex took over from Claude, was asked something, and does nothing: it goes back.
    Back,
    /// Claude works, and its turn is waited for.
    Waited,
    /// Claude works, and its turn is stopped.
    Stopped,
    /// Claude asks whether it may use a tool.
    Dialog,
}

impl Scene {
    /// The session that is handed over, its assistant, and the one that takes over.
    fn hands_over(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Back => ("S-002", "codex", "claude"),
            _ => ("S-001", "claude", "codex"),
        }
    }

    /// What the person says in it, in order.
    fn prompts(self) -> &'static [&'static str] {
        match self {
            Self::There => &["something plain"],
            Self::Back => &["something plain", "more, plain"],
            Self::Waited | Self::Stopped => &["something plain", "think slow"],
            Self::Dialog => &["something plain", "use a tool"],
        }
    }

    /// Plays it up to where the person has said that they hand over, and how.
    fn play(self, sandbox: &Sandbox) -> Terminal {
        let terminal = idle(sandbox);
        let key = match self {
            Self::There => None,
            Self::Back => {
                terminal.send(F9);
                terminal.wait_for(CODEX_HERE);
                terminal.prompt("more, plain");
                terminal.wait_for("captured 2/2");
                None
            }
            Self::Waited | Self::Stopped => {
                terminal.prompt("think slow");
                terminal.wait_for("tok002");
                Some(if self == Self::Waited { "e" } else { "s" })
            }
            Self::Dialog => {
                terminal.prompt("use a tool");
                terminal.wait_for("waiting for you");
                Some("s")
            }
        };
        terminal.send(F9);
        if let Some(key) = key {
            terminal.wait_for("stop it now");
            terminal.send(key);
        }
        terminal
    }

    /// Kills loghop at this step of the switch; `None` where the step was over too fast.
    fn killed_at(self, step: &str) -> Option<Sandbox> {
        let sandbox = project();
        noted(&sandbox);
        let terminal = self.play(&sandbox);
        let (from, ..) = self.hands_over();
        let journal = sandbox.repo().join(format!(".loghop/sessions/{from}.switch.json"));
        let word = format!("\"step\":\"{step}\"");
        let is_there = || std::fs::read_to_string(&journal).is_ok_and(|text| text.contains(&word));
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if is_there() {
                kill(terminal);
                // Between the look and the kill it may have gone on.
                return is_there().then_some(sandbox);
            }
            if step != "ending"
                && document(&sandbox, from).contains("ended_by: switch")
                && !journal.exists()
            {
                return None;
            }
        }
        None
    }
}

#[test]
fn a_kill_at_each_step_of_the_journal_is_undone_and_the_wish_fulfilled() {
    let every = ["ending", "finished", "told", "begun"];
    let of = |scene| every.map(|step| (scene, step));
    let mut all = [of(Scene::There), of(Scene::Back)].concat();
    all.push((Scene::Waited, "ending"));
    for scene in [Scene::Stopped, Scene::Dialog] {
        all.extend([(scene, "ending"), (scene, "begun")]);
    }
    let left = Mutex::new(all);
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let Some((scene, step)) = left.lock().unwrap().pop() else { return };
                    let sandbox = (0..TRIES).find_map(|_| scene.killed_at(step));
                    let sandbox =
                        sandbox.unwrap_or_else(|| panic!("{scene:?}: `{step}` was never met"));
                    the_wish_is_fulfilled_once(&sandbox, scene, step);
                }
            });
        }
    });
}

/// The next run starts the one that was to take over, and only that one, with everything that was
/// said.
fn the_wish_is_fulfilled_once(sandbox: &Sandbox, scene: Scene, step: &str) {
    let when = format!("{scene:?} at `{step}`");
    let (from, _, to) = scene.hands_over();
    sandbox.wait_until_nothing_runs();
    let before = started(sandbox);
    let first = if scene == Scene::Back { "claude new\ncodex new\n" } else { "claude new\n" };
    let again = if scene == Scene::Back { "claude again\n" } else { "codex new\n" };
    let at_the_end = format!("{first}{again}");
    let may_be_there = step == "begun" && before == at_the_end;
    assert!(before == first || may_be_there, "{when}: {before}");

    let terminal = run(sandbox, &[]);
    terminal.wait_for(if to == "claude" { CLAUDE_HERE } else { CODEX_HERE });
    if scene == Scene::Back {
        // It is told what happened, and says where the task stands.
        terminal.wait_for("captured 1/1");
    }
    let said = leave(terminal);
    let told = format!("the switch from {from} to {to} was cut short");
    assert!(said.contains(&told), "{when}: {said}");
    assert_eq!(started(sandbox), format!("{before}{again}"), "{when}");
    nothing_is_half_done(sandbox, scene.prompts(), &when);
    assert_eq!(sandbox.claude_transcripts().len(), 1, "{when}: its own session");
    assert!(!sandbox.repo().join("made_by_tool.txt").exists(), "{when}");
}

/// Makes each assistant note that it is started, and whether it goes on with a session.
fn noted(sandbox: &Sandbox) {
    for name in ["claude", "codex"] {
        let how = "case \" $* \" in *' --resume '*|*' resume '*) how=again;; *) how=new;; esac";
        let note = format!("echo \"{name} $how\" >> \"$HOME/started\"");
        script(sandbox, name, &format!("{how}; {note}; exec '{LOGHOP}' play {name} \"$@\""));
    }
}

/// The starts that were noted, oldest first.
fn started(sandbox: &Sandbox) -> String {
    std::fs::read_to_string(sandbox.home().join("started")).unwrap_or_default()
}

fn kill(mut terminal: Terminal) {
    terminal.signal(Signal::KILL);
    terminal.wait_exit();
    terminal.close_window();
}

/// What the clients were told, by the person or by loghop: the text of each prompt, as their
/// transcripts have it.
fn heard(sandbox: &Sandbox) -> Vec<String> {
    let files = [sandbox.claude_transcripts(), sandbox.codex_rollouts()].concat();
    let all = files.iter().flat_map(|path| records(path));
    let prompts = all.filter_map(|record| {
        let payload = &record["payload"];
        let said = if record["type"] == "user" {
            &record["message"]["content"]
        } else if payload["type"] == "message" && payload["role"] == "user" {
            &payload["content"][0]["text"]
        } else {
            return None;
        };
        said.as_str().map(str::to_owned)
    });
    prompts.collect()
}

fn nothing_is_half_done(sandbox: &Sandbox, prompts: &[&str], when: &str) {
    no_journal_is_left(sandbox);
    let all = sessions(sandbox);
    assert!(all.len() <= prompts.len() + 3, "{when}: {all:#?}");
    assert!(all.iter().all(|session| session["status"] != "running"), "{when}: {all:#?}");
    sandbox.wait_until_nothing_runs();
    let (heard, mut kept) = (heard(sandbox), String::new());
    for n in 1..=all.len() {
        let path = format!(".loghop/sessions/S-{n:03}.transcript.jsonl");
        let text = std::fs::read_to_string(sandbox.repo().join(path)).unwrap_or_default();
        kept.push_str(&text);
    }
    for prompt in prompts {
        let times = heard.iter().filter(|said| said == prompt).count();
        assert_eq!(times, 1, "{when}: `{prompt}` was said {times} times: {heard:#?}");
        let turn = format!("\"role\": \"user\", \"text\": \"{prompt}\"");
        assert_eq!(kept.matches(&turn).count(), 1, "{when}: `{prompt}` in {kept}");
    }
    for handoff in 1..=all.len() + 1 {
        let line = format!("H-{handoff:03} for ");
        let times = heard.iter().filter(|said| said.contains(&line)).count();
        assert!(times <= 1, "{when}: H-{handoff:03} was told {times} times");
    }
}
