//! A program of the person's own as an assistant: it has no transcript, so what its session holds
//! is what stood on its screen.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::left::{self, Left};
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split::{WIDE, initialized, run, run_with};
use crate::support::terminal::{Answers, Exit, Terminal};

/// Lines of the long reply: more than the screen has, so that its beginning scrolls away.
const LONG: usize = 70;

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
  log="$log❯ $line\r\n"; draw; sleep 0.3
  log="$log● You asked for: ${line#please }\r\n"; draw; sleep 0.3
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

fn toy(inject: &str, body: &str) -> Sandbox {
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
fn said(left: &Left) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    left.transcript.iter().map(|turn| (text(&turn["role"]), text(&turn["text"]))).collect()
}

#[test]
fn a_program_without_a_transcript_is_recorded_from_its_screen() {
    for body in [INLINE, FULL] {
        let sandbox = toy("", body);
        let terminal = run(&sandbox, &["--provider", "toy"]);
        terminal.wait_for("Toy");
        ask(&terminal, "please say hello", "You asked for: say hello");
        ask(&terminal, "please go on", "You asked for: go on");
        let left = leave(&sandbox, terminal);
        let turns = said(&left);
        println!("{turns:#?} {}", left.fields["witnesses"]);
    }
}
