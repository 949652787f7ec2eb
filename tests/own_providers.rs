//! A program of the person's own as an assistant: it has no transcript, so what its session holds
//! is what stood on its screen.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::left::{self, Left};
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::{WIDE, initialized, run, run_with};
use crate::support::terminal::{Answers, Exit, Terminal};

/// Lines of the long reply: more than the screen has, so that its beginning scrolls away.
const LONG: usize = 70;

/// How long something stands on the screen until it must be in the record.
const BEHIND: Duration = Duration::from_millis(250);

/// A program that asks and answers line by line, as a shell does.
const INLINE: &str = r#"
echo "Toy 1.0, told: $*"
while printf 'toy> ' && IFS= read -r line; do
  [ "$line" = /exit ] && exit 0
  echo "You asked for: ${line#please }"
  n=0
  while [ "$line" = 'please count' ] && [ $n -lt 70 ]; do
    n=$((n + 1)); echo "  - item$n follows its predecessor in column$n"
  done
done
"#;

/// A program that owns the whole screen and draws all of it after every line.
const FULL: &str = r#"
printf '\033[?1049h'
log=
draw() {
  printf '\033[?2026h\033[H\033[2J\033[7m Toy 2.0 \033[0m\r\n%b' "$log"
  printf '\033[38;1H\033[2m────────────────────────\033[0m\r\n\033[39;1H❯ \033[?2026l'
}
draw
while IFS= read -r line; do
  [ "$line" = /exit ] && break
  log="${log}❯ $line\r\n"; draw; sleep 0.3
  log="${log}● You asked for: ${line#please }\r\n"; draw; sleep 0.3
done
printf '\033[?1049l'
"#;

/// A sandbox in which the programs are defined by `config`.
fn with(config: &str, programs: &[(&str, &str)]) -> Sandbox {
    let sandbox = initialized(Sandbox::new());
    std::fs::create_dir_all(sandbox.home().join(".loghop")).unwrap();
    std::fs::write(sandbox.home().join(".loghop/config.toml"), config).unwrap();
    for (name, body) in programs {
        let program = sandbox.bin().join(name);
        std::fs::write(&program, format!("#!/bin/bash\n{body}")).unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    }
    sandbox
}

pub(crate) fn toy(inject: &str, body: &str) -> Sandbox {
    with(&format!("[[provider]]\nname = 'toy'\ncommand = 'toy'\n{inject}\n"), &[("toy", body)])
}

fn ask(terminal: &Terminal, prompt: &str, answer: &str) {
    terminal.prompt(prompt);
    terminal.wait_for(answer);
}

/// Ends it and reads what is left.
fn leave(sandbox: &Sandbox, mut terminal: Terminal) -> Left {
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    let left = left::sessions(sandbox).pop().unwrap();
    left.assert_whole(sandbox);
    left
}

/// Who said what, in order.
fn said(left: &Left) -> Vec<(&str, &str)> {
    let all = left.transcript.iter();
    all.map(|turn| (turn["role"].as_str().unwrap(), turn["text"].as_str().unwrap())).collect()
}

#[test]
fn what_is_said_is_read_off_the_screen() {
    for body in [INLINE, FULL] {
        let sandbox = toy("", body);
        let terminal = run(&sandbox, &["--provider", "toy"]);
        terminal.wait_for("Toy");
        ask(&terminal, "please say hello", "You asked for: say hello");
        ask(&terminal, "please go on", "You asked for: go on");
        let left = leave(&sandbox, terminal);
        let want = [
            ("user", "please say hello"),
            ("assistant", "You asked for: say hello"),
            ("user", "please go on"),
            ("assistant", "You asked for: go on"),
        ];
        assert_eq!(said(&left), want, "{body}");
        let counts = &left.fields["witnesses"];
        let want = json!({ "native": 0, "screen": 4, "matched": 0, "recovered": 4 });
        assert_eq!(*counts, want, "{body}");
        for turn in &left.transcript {
            assert_eq!(turn["witness"], "screen", "{body}");
            assert!(turn["tape"].is_array() && turn["cut"].is_null(), "{turn}");
        }
        assert_eq!((left.field("provider"), left.field("prompts")), ("toy".into(), "2".into()));
    }
}

/// A program that says once more what it was asked.
const ECHO: &str = r#"
printf 'Toy 3.0\ntoy> '
while IFS= read -r line; do
  [ "$line" = /exit ] && exit 0
  printf '%s\nYou said: %s\nThat is all.\ntoy> ' "$line" "$line"
done
"#;

/// The same with the whole screen, and its own way to show what was asked.
fn full_echo() -> String {
    let asked = FULL.replace("❯ $line", "you, 10:42: $line");
    asked.replace("● You asked for: ${line#please }", r"You said: $line\r\nThat is all.")
}

#[test]
fn what_a_program_says_once_more_is_its_reply() {
    let ways = [
        (ECHO.to_owned(), "please say hello\nYou said: please say hello\nThat is all."),
        (full_echo(), "You said: please say hello\nThat is all."),
    ];
    for (body, reply) in ways {
        let sandbox = toy("", &body);
        let terminal = run(&sandbox, &["--provider", "toy"]);
        terminal.wait_for("Toy");
        ask(&terminal, "please say hello", "That is all.");
        std::thread::sleep(BEHIND);
        let left = leave(&sandbox, terminal);
        assert_eq!(said(&left), [("user", "please say hello"), ("assistant", reply)], "{body}");
    }
}

/// A program that asks who one is before it begins.
const LOGIN: &str = r#"
printf 'Toy 5.0\nName: '; IFS= read -r name
printf 'Password: '; IFS= read -rs word; printf '\n'
printf 'Good morning, %s, there is nothing new.\n' "$name"
while printf 'toy> ' && IFS= read -r line; do
  [ "$line" = /exit ] && exit 0
  printf 'It was done: %s.\n' "${line#please }"
done
"#;

#[test]
fn what_is_typed_and_not_shown_is_no_prompt() {
    let sandbox = toy("", LOGIN);
    let terminal = run(&sandbox, &["--provider", "toy"]);
    terminal.wait_for("Name:");
    ask(&terminal, "alice", "Password:");
    terminal.send("open sesame");
    std::thread::sleep(BEHIND);
    terminal.send("\r");
    terminal.wait_for("Good morning");
    ask(&terminal, "please say hello", "It was done: say hello");
    std::thread::sleep(BEHIND);
    let left = leave(&sandbox, terminal);
    let want = [
        ("user", "alice"),
        ("assistant", "Good morning, alice, there is nothing new."),
        ("user", "please say hello"),
        ("assistant", "It was done: say hello."),
    ];
    assert_eq!(said(&left), want);
}

/// The words of a text, without signs.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

#[test]
fn a_reply_that_scrolls_away_is_kept_whole_and_once() {
    let sandbox = toy("", INLINE);
    let terminal = run(&sandbox, &["--provider", "toy"]);
    terminal.wait_for("Toy");
    ask(&terminal, "please count", &format!("column{LONG}"));
    ask(&terminal, "please stop", "You asked for: stop");
    let left = leave(&sandbox, terminal);
    let turns = said(&left);
    assert_eq!(turns.len(), 4, "{turns:#?}");
    let mut want = "You asked for count".to_owned();
    for n in 1..=LONG {
        write!(want, " item{n} follows its predecessor in column{n}").unwrap();
    }
    assert_eq!(words(turns[1].1), words(&want));
    assert_eq!(turns[3], ("assistant", "You asked for: stop"));
}

#[test]
fn a_run_that_was_killed_is_finished_from_its_tape() {
    let sandbox = toy("", INLINE);
    let mut terminal = run(&sandbox, &["--provider", "toy"]);
    terminal.wait_for("Toy");
    ask(&terminal, "please say hello", "You asked for: say hello");
    std::thread::sleep(BEHIND);
    terminal.signal(Signal::KILL);
    terminal.wait_exit();
    let output = sandbox.run(LOGHOP, &["sessions", "reconcile"]);
    assert!(output.status.success(), "{output:?}");
    let left = left::sessions(&sandbox).pop().unwrap();
    left.assert_whole(&sandbox);
    let want = [("user", "please say hello"), ("assistant", "You asked for: say hello")];
    assert_eq!(said(&left), want);
}

#[test]
fn the_handoff_reaches_it_as_the_configuration_says() {
    const SHOW: &str = "echo \"args: $#\"; for a in \"$@\"; do echo \"<$a>\" | head -c 60; echo; done\n\
        [ -n \"$TOLD\" ] && echo \"told: $(head -c 20 \"$TOLD\")\"; echo Toy; read -r line\n";
    let shown = |inject: &str, args: &[&str]| {
        let sandbox = toy(inject, SHOW);
        let all = [&["--provider", "toy", "--goal", "ship it"][..], args].concat();
        let mut terminal = run(&sandbox, &all);
        let screen = terminal.wait_for("Toy").text();
        terminal.send("\r");
        assert_eq!(terminal.wait_exit(), Exit::Code(0));
        screen
    };
    let screen = shown(
        "args = ['-a']\ninject = 'argument'\ninject_args = ['-m', '{handoff}']",
        &["--", "-b"],
    );
    for part in ["args: 4", "<-a>", "<-m>", "ship it", "<-b>"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    let screen = shown("inject = 'file'", &[]);
    assert!(screen.contains("args: 1") && screen.contains("sessions/S-001.brief."), "{screen}");
    let screen = shown("inject = 'environment'\ninject_env = { TOLD = '{handoff_file}' }", &[]);
    assert!(screen.contains("args: 0") && screen.contains("told: "), "{screen}");
    let screen = shown("inject = 'file'", &["--no-handoff"]);
    assert!(screen.contains("args: 0"), "{screen}");
    let screen = shown("", &[]);
    assert!(screen.contains("toy was not told this"), "{screen}");
    assert!(screen.contains(".loghop/handoffs/H-001.md"), "{screen}");
}

#[test]
fn the_panel_says_that_there_is_only_the_screen() {
    let sandbox = toy("", INLINE);
    let terminal = run_with(&sandbox, &["--provider", "toy"], WIDE, Answers::Plain);
    terminal.wait_for("Toy");
    terminal.wait_for("screen only, 0 sent");
    ask(&terminal, "please say hello", "You asked for: say hello");
    terminal.wait_for("screen only, 1 sent");
    leave(&sandbox, terminal);
}

#[test]
fn a_damaged_entry_is_told_and_the_others_work() {
    let config = "[[provider]]\nname = 'bad'\n[[provider]]\nname = 'toy'\ncommand = 'toy'\n\
        [[provider]]\nname = 'claude'\ncommand = 'toy'\n[[provider]]\nname = 'gone'\n\
        command = 'not-there'\nmood = 'good'\n";
    let sandbox = with(config, &[("toy", INLINE)]);
    let output = sandbox.run(LOGHOP, &["providers", "--json"]);
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&String> = all["providers"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["claude", "codex", "gone", "toy"]);
    assert_eq!(all["providers"]["toy"]["installed"], true);
    assert_eq!(all["providers"]["gone"]["installed"], false);
    assert_eq!(all["providers"]["toy"]["transcripts"], Value::Null);
    let output = sandbox.run(LOGHOP, &["providers"]);
    let (out, told) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("toy") && out.contains("its screen only"), "{out}");
    assert!(told.contains("`[[provider]]` 1: bad: it has no `command`"), "{told}");
    assert!(told.contains("`[[provider]]` 3: `claude` is an assistant"), "{told}");
    for (name, why) in [
        ("bad", "it has no `command`"),
        ("gone", "`not-there`: it is not on PATH"),
        ("toy", "loghop knows no print mode of toy"),
        ("nope", "`nope` is not an assistant that loghop knows"),
    ] {
        let output = sandbox.run(LOGHOP, &["run", "--provider", name]);
        assert!(!output.status.success(), "{name}");
        assert!(text(&output.stderr).contains(why), "{name}: {}", text(&output.stderr));
    }
    let output = sandbox.run(LOGHOP, &["run", "toy"]);
    assert!(text(&output.stderr).contains("`--provider toy`"), "{}", text(&output.stderr));
    // What nobody asked for is where it was.
    let kept = std::fs::read_to_string(sandbox.home().join(".loghop/config.toml")).unwrap();
    assert_eq!(kept, config);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
