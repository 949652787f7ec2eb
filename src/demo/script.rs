//! What a scripted assistant does about a prompt: a word in it picks the behaviour.
//!
//! Pure: the same prompt gives the same steps, so that tests can foretell them.

use super::nouns::{Action, Step, Todo, Tool, Who};
use super::task;

/// Bytes that `flood` writes: a child that never stops talking.
pub(super) const FLOOD: u64 = 100 << 20;

/// The steps for a prompt. `act` says whether the demo's story is played, and how far it is.
pub(super) fn steps(who: Who, prompt: &str, act: Option<task::Act>) -> Vec<Step> {
    let lower = prompt.trim().to_lowercase();
    let mut words = lower.rsplit(|c: char| !c.is_alphanumeric());
    let known = words.find_map(|word| behaviour(who, word));
    match act {
        // A person who tries the demo says what they want; only a word alone is a command.
        Some(act) if lower.contains(' ') => task::steps(act),
        Some(act) => known.unwrap_or_else(|| task::steps(act)),
        None => known.unwrap_or_else(|| vec![Step::Say(plain())]),
    }
}

fn behaviour(who: Who, word: &str) -> Option<Vec<Step>> {
    let say = |text: &str| vec![Step::Say(text.to_owned())];
    Some(match word {
        "plain" | "hello" => vec![Step::Say(plain())],
        "tool" => with_tool(Action::Shell(TOOL_COMMAND.into()), "Create a file", true),
        "fail" => with_tool(Action::Shell("echo broken >&2; exit 3".into()), "Fail", false),
        "write" => {
            let content = "line one\nété 日本\n".to_owned();
            let write = Action::Write { path: "made_by_write.txt".into(), content };
            with_tool(write, "Create a file", who == Who::Claude)
        }
        "todo" => vec![
            Step::Plan(plan(&["completed", "in_progress", "pending"])),
            Step::Say("Two of three are left.".into()),
        ],
        "long" => say(&long()),
        "slow" => vec![Step::SaySlowly(slow())],
        "secret" => vec![Step::Say(secrets())],
        "loghop" => say(LOGHOP),
        "limit" | "usagelimit" => vec![Step::UsageLimit],
        "ratelimit" => vec![Step::Retry],
        "flood" => vec![Step::Flood(FLOOD), Step::Say("That was all.".into())],
        _ => return None,
    })
}

/// The command of `tool`.
const TOOL_COMMAND: &str = "echo hello-from-tool > made_by_tool.txt && ls";

/// The reply of `loghop`: notes for the next assistant.
const LOGHOP: &str = "I finished the first half of the task.

```loghop
summary: |
  Added a parser for the config file; the writer is still missing.
decisions:
  - Use serde for the config, not a hand-written parser
  - Keep the file format versioned (version: 1)
todos:
  - [ ] write the config writer
  - [ ] add a test with non-ASCII paths (été, 日本)
```

Tell me when to go on.";

fn plain() -> String {
    "Hello from the script. Accents: éàü, CJK: 日本語, emoji: 🚀👩‍💻, arrows → ✓.".into()
}

fn with_tool(action: Action, about: &str, asks: bool) -> Vec<Step> {
    vec![
        Step::Say("I will use a tool.".into()),
        Step::Use(Tool { action, about: about.into(), asks }),
        Step::Say("Done: the tool ran, and I looked at its output.".into()),
    ]
}

fn plan(states: &[&'static str]) -> Vec<Todo> {
    let texts = ["Read the code", "Write the parser", "Write the tests"];
    let todo = |(text, state): (&&str, &&'static str)| Todo { text: (*text).into(), state };
    texts.iter().zip(states).map(todo).collect()
}

fn long() -> String {
    let line = |n: u32| match n % 20 {
        1 => format!("## Part {n}\n"),
        10 => format!("```rust\nfn part_{n}() {{}}\n```\n"),
        _ => format!("- item **{n}**: `code_{n}` with wide 日本語 and emoji 🚀 text\n"),
    };
    std::iter::once("# Long report\n\n".to_owned()).chain((1..=198).map(line)).collect()
}

fn slow() -> String {
    let words: Vec<_> = (1..=100).map(|n| format!("tok{n:03}")).collect();
    words.join(" ")
}

/// Tokens that are valid in shape only, put together here so that no scanner takes the source or
/// the binary for a leak.
fn secrets() -> String {
    let parts = [
        ("AKIA", "IOSFODNN7EXAMPLE"),
        ("ghp_", "0123456789abcdefABCDEF0123456789abcd"),
        ("sk-ant-", "api03-FAKEfakeFAKEfakeFAKEfakeFAKEfakeFAKE-FAKEAA"),
    ];
    let list: String = parts.iter().flat_map(|(a, b)| ["- `", a, b, "`\n"]).collect();
    format!("Your keys are:\n{list}\nDo not commit them.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_known_word_picks_the_behaviour() {
        let steps = |prompt| super::steps(Who::Claude, prompt, None);
        assert_eq!(steps("please do it mock:usagelimit"), [Step::UsageLimit]);
        assert_eq!(steps("a limit, then a plain one"), [Step::Say(plain())]);
        assert_eq!(steps("nothing that is known"), [Step::Say(plain())]);
        assert!(matches!(&steps("use a tool")[1], Step::Use(tool) if tool.asks));
    }

    #[test]
    fn in_the_story_only_a_word_alone_is_a_command() {
        let steps = |prompt| super::steps(Who::Codex, prompt, Some(task::Act::First));
        assert_eq!(steps("write lower case, please"), task::steps(task::Act::First));
        assert_eq!(steps("limit"), [Step::UsageLimit]);
    }
}
