//! What assistants print, are told and read never lies on disk unredacted: read after every write.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::own_providers::toy;
use crate::support::left;
use crate::support::reply;
use crate::support::sandbox::{LOGHOP, Sandbox};
use crate::support::split;
use crate::support::terminal::{Answers, Exit, Terminal};
use crate::support::watchman::Watchman;

/// The scripted assistants, and what each asks before it uses a tool.
const PLAYERS: [(&str, &str); 2] =
    [("claude", "Do you want to proceed?"), ("codex", "Would you like to")];

/// Words that the assistants know, and what they answer.
const ANSWERS: [(&str, &str); 3] = [
    ("plain", "Hello from the script"),
    ("loghop", "Tell me when to go on"),
    ("todo", "Two of three are left"),
];

/// Values that nothing tells but the name of the variable that has them.
fn values() -> [String; 3] {
    [
        ["correct-horse", "-battery-staple-and-a-dog"].concat(),
        ["Tr0ub4dor", "&3/\"x is the 2nd", "*key"].concat(),
        ["blue otters", " count to 91 at night, then sleep"].concat(),
    ]
}

/// Puts the values where loghop learns them: the environment, `.env` and `.env.local`.
fn told(mut sandbox: Sandbox) -> Sandbox {
    let [one, two, three] = values();
    sandbox.set("ACME_DB_PASSWORD", one);
    std::fs::write(sandbox.repo().join(".env"), format!("MAIL_SECRET='{two}'\n")).unwrap();
    let local = format!("PORT=80\nexport SHOP_TOKEN=\"{three}\" # its\n");
    std::fs::write(sandbox.repo().join(".env.local"), local).unwrap();
    sandbox
}

/// A project in which a tool that lists files reads secrets, and the secrets of the story.
fn project() -> (Sandbox, Vec<String>) {
    let sandbox = told(split::project());
    let listed = [reply::listed_secret(), values()[2].clone()];
    for name in &listed {
        std::fs::write(sandbox.repo().join(name), "").unwrap();
    }
    let mut secrets = reply::secrets();
    secrets.extend(values());
    secrets.extend([reply::typed_secret(), reply::listed_secret()]);
    (sandbox, secrets)
}

fn watch(sandbox: &Sandbox, secrets: &[String]) -> Watchman {
    let repo = sandbox.repo();
    let places = [repo.join(".loghop"), repo.join("loghop.md"), sandbox.home().join(".loghop")];
    Watchman::start(places.to_vec(), secrets)
}

/// A run in which the person types secrets, the assistant prints three, and a tool reads two.
fn tell_and_read(sandbox: &Sandbox, (name, question): (&str, &str)) {
    let args = ["run", "--provider", name];
    let launch = sandbox.launch(LOGHOP, &args);
    let mut terminal = Terminal::start(&launch, (170, 40), Answers::Plain);
    terminal.wait_for(if name == "claude" { "? for shortcuts" } else { "Ask Codex" });
    terminal.type_prompt(&format!("my key is {} and give me a secret", reply::typed_secret()));
    for secret in reply::secrets() {
        terminal.wait_for(&secret);
    }
    for (value, (word, answer)) in values().iter().zip(ANSWERS) {
        terminal.type_prompt(&format!("{word}: it is {value}, yes"));
        terminal.wait_for(answer);
    }
    terminal.prompt("use a tool");
    terminal.wait_for(question);
    terminal.send("\r");
    terminal.wait_for("Done: the tool ran");
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
}

#[test]
fn no_secret_reaches_the_disk_in_any_form() {
    let (sandbox, secrets) = project();
    let mut watchman = watch(&sandbox, &secrets);
    // The second one is told what the first one was.
    for player in PLAYERS {
        tell_and_read(&sandbox, player);
    }
    let typed = format!("the key {} and a secret", reply::typed_secret());
    let headless = ["run", "--headless", "--provider", "claude", "--prompt", &typed];
    let said = sandbox.run(LOGHOP, &headless);
    assert!(said.status.success(), "{said:?}");
    for session in left::sessions(&sandbox) {
        assert!(session.said("user").contains("[REDACTED:"), "{}", session.id);
        assert!(session.said("assistant").contains("[REDACTED:"), "{}", session.id);
    }
    watchman.test_with(&sandbox.repo().join(".loghop/sessions"), &secrets[0]);
    watchman.assert_nothing_found();
}

/// A program that shows what is in the file `steps` of its home, with pauses, and echoes.
const SHOWMAN: &str = r#"
printf 'show> '
while IFS= read -r line; do
  [ "$line" = /exit ] && exit 0
  while IFS= read -r -d $'\x1e' step; do printf '%s' "$step"; sleep 0.002; done < "$HOME/steps"
  printf '\nthat was all\nshow> '
done
"#;

/// How a letter is written.
type Write = fn(char) -> String;

/// All the ways in which a program shows a secret, in the pieces between which time passes.
fn ways(secret: &str) -> Vec<String> {
    let letters = |write: Write| secret.chars().map(write).collect::<String>();
    let signs = |write: Write| {
        let write = |c: char| if c.is_alphanumeric() { c.to_string() } else { write(c) };
        secret.chars().map(write).collect::<String>()
    };
    let json: Write = |c| format!("\\u{:04x}", u32::from(c));
    let percent: Write = |c| format!("%{:02X}", u32::from(c));
    let mut ways = vec![
        format!("printed {secret}.\n"),
        format!("coloured {}\x1b[m\n", letters(|c| format!("\x1b[3{}m{c}", u32::from(c) % 8))),
        format!("escaped {} {}\n", letters(json), signs(json)),
        format!("percent ?a={}&b={}\n", letters(percent), signs(percent)),
        format!("hex {}\n", letters(|c| format!("{:02x}", u32::from(c)))),
        format!("{{\"nested\": \"{{\\\"key\\\": \\\"{secret}\\\"}}\"}}\n"),
        format!("titled \x1b]0;{secret}\x07\x1b]8;;https://h/{secret}\x1b\\link\x1b]8;;\x1b\\\n"),
        format!("copied \x1b]52;c;{}\x07\n", STANDARD.encode(format!("a {secret}\nb"))),
    ];
    for before in ["", "u:", "xyz "] {
        ways.push(format!("base64 {}\n", STANDARD.encode(format!("{before}{secret} b"))));
    }
    // Wrapped by the terminal, wherever its edge is.
    ways.extend((0..30).map(|n| format!("{}{secret} end\n", "y ".repeat(2 * n))));
    // Painted again and again while it grows, and a letter at a time.
    ways.extend((1..=secret.len()).map(|n| format!("\r\x1b[K> {}", &secret[..n])));
    ways.push("\n".into());
    ways.extend(secret.chars().map(String::from));
    ways.push("\n".into());
    let row = secret.chars().enumerate();
    ways.extend(row.map(|(n, c)| format!("\x1b[5;{}H{c}\x1b[9;1H*", n + 3)));
    ways.push("\x1b[30;1H\n".into());
    ways
}

#[test]
fn however_a_program_shows_a_secret_it_does_not_reach_the_disk() {
    let sandbox = told(toy("", SHOWMAN));
    let secrets = [reply::secrets(), values().to_vec()].concat();
    let steps: Vec<String> = secrets.iter().flat_map(|secret| ways(secret)).collect();
    std::fs::write(sandbox.home().join("steps"), steps.join("\x1e") + "\x1e").unwrap();
    let mut watched = secrets.clone();
    watched.push(reply::typed_secret());
    let mut watchman = watch(&sandbox, &watched);
    let launch = sandbox.launch(LOGHOP, &["run", "--provider", "toy"]);
    let mut terminal = Terminal::start(&launch, (170, 40), Answers::Plain);
    terminal.wait_for("show>");
    terminal.prompt(&format!("my key is {}", reply::typed_secret()));
    terminal.wait_for("that was all");
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    let session = left::sessions(&sandbox).pop().unwrap();
    for way in ["printed", "coloured", "escaped", "percent", "hex", "base64"] {
        assert!(session.said("assistant").contains(way), "{way}");
    }
    assert!(session.said("assistant").contains("[REDACTED:"));
    watchman.test_with(&sandbox.repo().join(".loghop/sessions"), &secrets[1]);
    watchman.assert_nothing_found();
}
