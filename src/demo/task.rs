//! The small task of the demo: a program with two bugs, its checks, and who repairs which.

use super::nouns::{Action, Step, Todo, Tool};

/// What the demo's person asks for.
pub(super) const PROMPT: &str = "make sh check.sh pass: slug.sh should print a clean slug";

/// The goal of the demo's project.
pub(super) const GOAL: &str = "slug.sh prints a clean slug for any title";

/// The program.
pub(super) const PROGRAM: &str = "slug.sh";

/// The files of the project, before anything is repaired.
pub(super) const FILES: [(&str, &str); 4] = [
    // What loghop would add, so that the demo shows the assistants' changes only.
    (".gitignore", ".loghop/\nloghop.md\n"),
    (PROGRAM, "#!/bin/sh\n# Prints the slug of a title.\nprintf '%s\\n' \"$1\" | tr ' ' '-'\n"),
    (
        "check.sh",
        r#"#!/bin/sh
# Checks slug.sh; fails when a slug is not as expected.
failed=0
expect() {
    slug=$(sh slug.sh "$1")
    if [ "$slug" = "$2" ]; then echo "ok    $1 -> $slug"; else
        echo "FAIL  $1 -> $slug, expected $2"
        failed=1
    fi
}
expect "Hello World" hello-world
expect "Tea & Cake" tea-cake
exit $failed
"#,
    ),
    ("README.md", "# slug\n\n`sh slug.sh TITLE` prints a title as it stands in a web address.\n"),
];

const LOWER: &str = "#!/bin/sh
# Prints the slug of a title.
printf '%s\\n' \"$1\" | tr 'A-Z' 'a-z' | tr ' ' '-'
";

const CLEAN: &str = "#!/bin/sh
# Prints the slug of a title.
printf '%s\\n' \"$1\" | tr 'A-Z' 'a-z' | sed 's/[^a-z0-9][^a-z0-9]*/-/g'
";

const NOTES: &str = "Lower case works now. `&` still comes through.

```loghop
summary: |
  slug.sh writes lower case; one of the two checks passes.
decisions:
  - POSIX tools only, so that it runs everywhere
todos:
  - [x] Lower case
  - [ ] One dash for all other characters
  - [ ] sh check.sh passes
```

I go on with the other characters.";

/// How far the story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Nothing is repaired: repair one thing, then hit the limit.
    First,
    /// The other assistant repaired one thing: finish.
    Second,
    /// Everything is repaired.
    Over,
}

impl Act {
    /// Reads the act from the program as it lies there.
    pub(super) fn of(program: &str) -> Self {
        match program {
            LOWER => Self::Second,
            CLEAN => Self::Over,
            _ => Self::First,
        }
    }
}

/// What the assistant does in this act.
pub(super) fn steps(act: Act) -> Vec<Step> {
    let say = |text: &str| Step::Say(text.to_owned());
    match act {
        Act::First => vec![
            say("I run the checks first."),
            check(),
            plan(["in_progress", "pending", "pending"]),
            write(LOWER, "Write lower case"),
            check(),
            plan(["completed", "in_progress", "pending"]),
            say(NOTES),
            Step::UsageLimit,
        ],
        Act::Second => vec![
            say("I have read the handoff: lower case works, POSIX tools only, and two todos are \
                 open. I go on with the other characters."),
            plan(["completed", "in_progress", "pending"]),
            write(CLEAN, "One dash for everything else"),
            check(),
            plan(["completed", "completed", "completed"]),
            say("Both checks pass: `sh slug.sh \"Tea & Cake\"` prints tea-cake."),
        ],
        Act::Over => vec![check(), say("Everything passes; nothing is left to do.")],
    }
}

fn check() -> Step {
    let action = Action::Shell("sh check.sh".into());
    Step::Use(Tool { action, about: "Run the checks".into(), asks: false })
}

fn write(content: &str, about: &str) -> Step {
    let action = Action::Write { path: PROGRAM.into(), content: content.into() };
    Step::Use(Tool { action, about: about.into(), asks: true })
}

fn plan(states: [&'static str; 3]) -> Step {
    let texts = ["Lower case", "One dash for all other characters", "sh check.sh passes"];
    let todo = |(text, state): (&str, &'static str)| Todo { text: text.into(), state };
    Step::Plan(texts.into_iter().zip(states).map(todo).collect())
}
