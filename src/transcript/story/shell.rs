//! What a shell command is about, as far as its text tells: which program and what of it, which
//! files it writes, deletes or puts back. Nothing is expanded and nothing is run; what is computed
//! at run time stays unknown.

/// Simple commands of one line that are looked at: a longer script is a program of its own.
const COMMANDS_MAX: usize = 64;

/// Programs that only look: their exit code is an answer (`grep` found nothing), not a failure.
const PROBES: &str = "\
    [ awk cat cmp command cut date df diff du env fd file find grep head hostname jq less \
    ls lsof nl pgrep printenv ps pwd readlink rg sed sort stat tail test tree type uname wc \
    whereis which xxd";

/// Subcommands of `git` that only look.
const GIT_PROBES: &str = "\
    blame branch diff grep log ls-files remote rev-parse show status";

/// Commands that prepare others and say nothing by themselves.
const SETTING_UP: &str = "\
    cd echo export false mkdir printf pushd popd set sleep source true .";

/// Programs that run the command in their arguments.
const WRAPPERS: &str = "\
    bunx command doas env exec nice nohup npx pipx sudo time timeout uvx";

/// Two words that run the command after them.
const RUNNERS: &[(&str, &str)] = &[
    ("bundle", "exec"),
    ("docker", "exec"),
    ("hatch", "run"),
    ("pdm", "run"),
    ("pipenv", "run"),
    ("pnpm", "exec"),
    ("poetry", "run"),
    ("uv", "run"),
    ("yarn", "exec"),
];

/// Programs whose first word says what they do.
const WITH_VERBS: &str = "\
    bazel bun cargo composer dart deno docker dotnet flutter gh git go gradle gradlew helm \
    just kubectl lein make mix mvn mvnw nox npm php pnpm poetry rails rake rebar3 sbt stack \
    swift task terraform tox yarn zig";

/// Whether `word` is one of `names`, which blanks separate.
fn is_one(names: &str, word: &str) -> bool {
    names.split(' ').any(|name| name == word)
}

/// One program with its arguments, and where its output goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Simple {
    words: Vec<String>,
    writes: Vec<String>,
    /// It reads what another one prints.
    piped: bool,
}

/// What a command does to files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    Write(String),
    Delete(String),
    /// Puts a path back as it was committed; `.` is everything.
    Restore(String),
    /// Puts everything back and forgets the last so many commits.
    Reset(u32),
    Commit,
    Stash,
    Unstash,
}

/// What a command checks: runs of the same check are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    /// Program and verb.
    what: String,
    /// What of it; empty is all.
    targets: Vec<String>,
}

impl Check {
    /// Whether a good run of `self` says that `failed` works now: the same check of at least that,
    /// or of a part of it, which is how one looks whether a repair works.
    pub(super) fn repairs(&self, failed: &Self) -> bool {
        let covers = |target: &String| {
            self.targets
                .iter()
                .any(|own| own.starts_with(target.as_str()) || target.starts_with(own.as_str()))
        };
        self.what == failed.what
            && (self.targets.is_empty()
                || failed.targets.is_empty()
                || failed.targets.iter().all(covers))
    }
}

/// The check that a command line is: its last command that is more than preparation.
pub(super) fn check(commands: &[Simple]) -> Option<Check> {
    let mut told = commands.iter().filter(|c| !c.piped).map(Simple::bare);
    let words = told.rfind(|w| w.first().is_some_and(|p| !is_one(SETTING_UP, program(p))))?;
    let name = program(words.first()?);
    let mut rest = words[1..].iter().map(String::as_str).filter(|w| !w.starts_with('-'));
    let mut what = name.to_owned();
    let mut next = rest.next();
    if is_one(WITH_VERBS, name) {
        if next == Some("run") && matches!(name, "npm" | "pnpm" | "yarn" | "bun") {
            next = rest.next();
        }
        if let Some(verb) = next {
            what = format!("{name} {}", if verb == "t" { "test" } else { verb });
            next = rest.next();
        }
    } else if matches!(name, "python" | "python3") && words.iter().any(|w| w == "-m") {
        next.unwrap_or_default().clone_into(&mut what);
        next = rest.next();
    }
    let everything = |target: &&str| matches!(*target, "." | "./..." | "...");
    let targets = next.into_iter().chain(rest).filter(|t| !everything(t)).map(str::to_owned);
    Some(Check { what, targets: targets.collect() })
}

/// Whether a command line only looks at something.
pub(super) fn is_probe(commands: &[Simple]) -> bool {
    commands.iter().filter(|c| !c.piped).map(Simple::bare).all(|words| {
        let Some(name) = words.first().map(|w| program(w)) else { return true };
        let verb = words.get(1).map_or("", String::as_str);
        is_one(PROBES, name)
            || is_one(SETTING_UP, name)
            || (name == "git" && is_one(GIT_PROBES, verb))
    })
}

/// What a command line does to files, in its order.
pub(super) fn effects(commands: &[Simple]) -> Vec<Effect> {
    let mut all = Vec::new();
    for command in commands {
        all.extend(command.writes.iter().cloned().map(Effect::Write));
        let words = command.bare();
        let Some(name) = words.first().map(|w| program(w)) else { continue };
        let args: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let paths = || args.iter().filter(|a| !a.starts_with('-')).map(|a| (*a).to_owned());
        match name {
            "git" => git(&args, &mut all),
            "rm" | "unlink" => all.extend(paths().map(Effect::Delete)),
            "touch" | "tee" => all.extend(paths().map(Effect::Write)),
            "mv" => {
                let mut paths: Vec<String> = paths().collect();
                all.extend(paths.pop().map(Effect::Write));
                all.extend(paths.into_iter().map(Effect::Delete));
            }
            "cp" => all.extend(paths().next_back().map(Effect::Write)),
            "sed" | "perl" if args.iter().any(|a| a.starts_with("-i") || a.starts_with("-pi")) => {
                // The script is the first word that is no flag.
                all.extend(paths().skip(1).map(Effect::Write));
            }
            _ => {}
        }
    }
    all
}

fn git(args: &[&str], all: &mut Vec<Effect>) {
    let Some((verb, rest)) = args.split_first() else { return };
    let after_dashes = rest.iter().position(|a| *a == "--").map(|at| &rest[at + 1..]);
    let plain = || rest.iter().filter(|a| !a.starts_with('-')).map(|a| (*a).to_owned());
    match *verb {
        "checkout" if after_dashes.is_some() => {
            all.extend(
                after_dashes.into_iter().flatten().map(|p| Effect::Restore((*p).to_owned())),
            );
        }
        // Without dashes a name is a branch, unless it looks like a path.
        "checkout" if !rest.iter().any(|a| matches!(*a, "-b" | "-B")) => {
            all.extend(plain().filter(|p| p == "." || p.contains(['/', '.'])).map(Effect::Restore));
        }
        "restore" if rest.contains(&"--staged") && !rest.contains(&"--worktree") => {}
        "restore" => all.extend(plain().map(Effect::Restore)),
        "clean" if rest.iter().any(|a| a.starts_with('-') && a.contains('f')) => {
            all.push(Effect::Restore(plain().next().unwrap_or_else(|| ".".to_owned())));
        }
        "reset" if rest.contains(&"--hard") => all.push(Effect::Reset(steps_back(plain().next()))),
        "revert" => all.push(Effect::Reset(1)),
        "stash" if matches!(rest.first(), Some(&("pop" | "apply"))) => all.push(Effect::Unstash),
        "stash" if !matches!(rest.first(), Some(&("list" | "show" | "drop" | "clear"))) => {
            all.push(Effect::Stash);
        }
        "commit" if !rest.contains(&"--dry-run") => all.push(Effect::Commit),
        "rm" if !rest.contains(&"--cached") => all.extend(plain().map(Effect::Delete)),
        "mv" => all.extend(plain().next_back().map(Effect::Write)),
        _ => {}
    }
}

/// `HEAD~2`: how many commits a reset goes back.
fn steps_back(target: Option<String>) -> u32 {
    let Some(target) = target else { return 0 };
    match target.strip_prefix("HEAD") {
        None | Some("") => 0,
        Some(rest) if rest.chars().all(|c| c == '^') => rest.len() as u32,
        Some(rest) => rest.strip_prefix('~').and_then(|n| n.parse().ok()).unwrap_or(1),
    }
}

impl Simple {
    /// The words without assignments and programs that run others.
    fn bare(&self) -> &[String] {
        let mut words = &self.words[..];
        while let Some(first) = words.first() {
            let name = program(first);
            let is_assignment = first.split_once('=').is_some_and(|(name, _)| is_name(name));
            let runs = |(a, b): &(&str, &str)| *a == name && words.get(1).is_some_and(|w| w == b);
            if words.len() > 2 && RUNNERS.iter().any(runs) {
                words = &words[2..];
            } else if is_assignment {
                words = &words[1..];
            } else if is_one(WRAPPERS, name) && words.len() > 1 {
                words = &words[1..];
                while words.len() > 1
                    && words[0].starts_with(|c: char| c == '-' || c.is_ascii_digit())
                {
                    words = &words[1..];
                }
            } else {
                break;
            }
        }
        words
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The name of a program without its folder.
fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Splits a command line; `bash -lc '…'` is read as what it runs.
pub(super) fn split(line: &str) -> Vec<Simple> {
    let commands = Splitter::default().split(line);
    if let [only] = &commands[..]
        && let [shell, flag, script, ..] = &only.words[..]
        && matches!(program(shell), "bash" | "sh" | "zsh")
        && flag.starts_with('-')
        && flag.ends_with('c')
    {
        return Splitter::default().split(script);
    }
    commands
}

#[derive(Default)]
struct Splitter {
    done: Vec<Simple>,
    now: Simple,
    word: Option<String>,
    /// The next word is a file that output goes to (true) or one that does not matter.
    target: Option<bool>,
}

impl Splitter {
    fn split(mut self, line: &str) -> Vec<Simple> {
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\'' => self.word().extend(chars.by_ref().take_while(|c| *c != '\'')),
                '"' => {
                    while let Some(c) = chars.next().filter(|c| *c != '"') {
                        let c = if c == '\\' { chars.next().unwrap_or(c) } else { c };
                        self.word().push(c);
                    }
                }
                '\\' => {
                    if let Some(c) = chars.next().filter(|c| *c != '\n') {
                        self.word().push(c);
                    }
                }
                '#' if self.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
                ' ' | '\t' => self.end_word(),
                '<' if chars.peek() == Some(&'<') => {
                    // What follows on other lines is the text of a here-document.
                    let rest: String = chars.by_ref().take_while(|c| *c != '\n').collect();
                    self.redirects_of(&rest);
                    break;
                }
                '<' => self.redirect(false),
                '>' => {
                    while chars.next_if(|c| matches!(c, '>' | '|')).is_some() {}
                    let to_stream = chars.next_if_eq(&'&').is_some();
                    self.redirect(!to_stream);
                }
                '&' if chars.peek() == Some(&'>') => {}
                ';' | '\n' | '&' | '(' | ')' => self.end_command(false),
                '|' => {
                    let either = chars.next_if_eq(&'|').is_some();
                    self.end_command(!either);
                }
                c => self.word().push(c),
            }
            if self.done.len() == COMMANDS_MAX {
                break;
            }
        }
        self.end_command(false);
        self.done
    }

    /// `cat > file <<EOF` and `cat <<EOF > file` write the same.
    fn redirects_of(&mut self, rest: &str) {
        if let Some((_, target)) = rest.split_once('>') {
            let target = target.trim_start_matches(['>', ' ']);
            let target = target.split_whitespace().next().unwrap_or_default();
            if !target.is_empty() {
                self.now.writes.push(target.trim_matches(['"', '\'']).to_owned());
            }
        }
    }

    fn word(&mut self) -> &mut String {
        self.word.get_or_insert_default()
    }

    fn redirect(&mut self, is_file: bool) {
        // The number of a stream before it belongs to it.
        if self.word.as_ref().is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        self.target = Some(is_file);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match self.target.take() {
            None => self.now.words.push(word),
            Some(true) if !word.starts_with("/dev/") => self.now.writes.push(word),
            Some(_) => {}
        }
    }

    fn end_command(&mut self, pipes: bool) {
        self.end_word();
        self.target = None;
        let next = Simple { piped: pipes, ..Simple::default() };
        let done = std::mem::replace(&mut self.now, next);
        if !done.words.is_empty() || !done.writes.is_empty() {
            self.done.push(done);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(failed: &str, good: &str) -> bool {
        let [failed, good] = [failed, good].map(|line| check(&split(line)).unwrap());
        good.repairs(&failed)
    }

    #[test]
    fn a_check_is_the_same_however_it_is_spelled() {
        let same = [
            ("cargo test", "cargo test login"),
            ("cargo test login", "cd api && RUST_BACKTRACE=1 cargo test 2>&1 | tail -20"),
            ("npm run test", "npm test -- --run"),
            ("pytest tests/test_a.py::test_x", "python -m pytest tests/test_a.py -q"),
            ("go test ./...", "go test ./..."),
            ("bash -lc 'make check'", "timeout 60 make check"),
            ("poetry run pytest", "pytest -x"),
        ];
        for (failed, good) in same {
            assert!(repaired(failed, good), "{failed} / {good}");
        }
        let other = [
            ("pytest tests/a.py", "pytest tests/b.py"),
            ("npm run lint", "npm test"),
            ("cargo test", "cargo build"),
            ("cargo test x", "ls"),
        ];
        for (failed, good) in other {
            assert!(!repaired(failed, good), "{failed} / {good}");
        }
    }

    #[test]
    fn looking_is_no_check() {
        for line in ["grep -rn x src | head", "cd a && ls", "git status", "rg 'a|b' . ; cat x"] {
            assert!(is_probe(&split(line)), "{line}");
        }
        for line in ["npm test | tail", "cd a && cargo build", "git push"] {
            assert!(!is_probe(&split(line)), "{line}");
        }
    }

    #[test]
    fn effects_on_files_are_read() {
        use Effect::{Commit, Delete, Reset, Restore, Stash, Unstash, Write};
        let s = |text: &str| text.to_owned();
        let table = [
            ("git checkout -- src/a.rs 'b c'", vec![Restore(s("src/a.rs")), Restore(s("b c"))]),
            ("git checkout HEAD~1 -- x", vec![Restore(s("x"))]),
            ("git checkout main", vec![]),
            ("git checkout -b feature/a.b", vec![]),
            ("cd x; git restore .", vec![Restore(s("."))]),
            ("git restore --staged a.rs", vec![]),
            ("git reset --hard && git clean -fd", vec![Reset(0), Restore(s("."))]),
            ("git reset --hard HEAD~2", vec![Reset(2)]),
            ("git add -A && git commit -m 'x; y'", vec![Commit]),
            ("git stash; git stash pop", vec![Stash, Unstash]),
            ("rm -rf a b", vec![Delete(s("a")), Delete(s("b"))]),
            ("echo hi > out.txt 2>&1", vec![Write(s("out.txt"))]),
            ("cat > a.py <<'EOF'\nrm -rf x > y\nEOF", vec![Write(s("a.py"))]),
            ("cat <<EOF >> a.py\nx\nEOF", vec![Write(s("a.py"))]),
            ("sed -i 's/a/b/' x.rs", vec![Write(s("x.rs"))]),
            ("mv a b", vec![Write(s("b")), Delete(s("a"))]),
            ("make > /dev/null", vec![]),
        ];
        for (line, expected) in table {
            assert_eq!(effects(&split(line)), expected, "{line}");
        }
    }
}
