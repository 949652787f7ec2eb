//! What a shell command is about, as far as its text tells: which program and what of it. Nothing is expanded and nothing is run; what is computed
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

/// Programs that run the script, or with `-m` the module, in their arguments.
const INTERPRETERS: &str = "\
    R Rscript bash dash lua luajit node perl php python ruby sh tsx zsh";

/// Programs whose first word says what they do.
const WITH_VERBS: &str = "\
    bazel cargo composer dart deno docker dotnet flutter gh git go gradle helm \
    just kubectl lein make mix mvn nox npm php poetry rails rake rebar3 sbt stack \
    swift task terraform tox zig";

/// Whether `word` is one of `names`, which blanks separate.
fn is_one(names: &str, word: &str) -> bool {
    names.split(' ').any(|name| name == word)
}

/// One program with its arguments, and where its output goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Simple {
    pub(super) words: Vec<String>,
    pub(super) writes: Vec<String>,
    /// It reads what another one prints.
    pub(super) piped: bool,
    /// It runs only if the one before it worked.
    follows: bool,
}

/// What a command checks: runs of the same check are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    /// Program and verb.
    what: String,
    /// What of it; empty is all.
    targets: Vec<String>,
    /// The command without flags, to be found again inside another one.
    words: Vec<String>,
}

impl Check {
    /// Whether a good run of `self` says that `failed` works now: the same check of at least that,
    /// or of a part of it, which is how one looks whether a repair works.
    pub(super) fn repairs(&self, failed: &Self) -> bool {
        self.is_same(failed) || self.holds(failed)
    }

    fn is_same(&self, failed: &Self) -> bool {
        let covers = |target: &String| {
            self.targets
                .iter()
                .any(|own| own.starts_with(target.as_str()) || target.starts_with(own.as_str()))
        };
        is_same_file(&self.what, &failed.what)
            && (self.targets.is_empty()
                || failed.targets.is_empty()
                || failed.targets.iter().all(covers))
    }

    /// Whether `failed` stands inside of it: run by another program, in a container, by another
    /// version of its program, on the same files by other names.
    fn holds(&self, failed: &Self) -> bool {
        let mut own = self.words.iter();
        let Some((program, of)) = failed.words.split_first().filter(|(_, of)| !of.is_empty())
        else {
            return false;
        };
        own.any(|word| unversioned(word) == unversioned(program))
            && of.iter().all(|word| own.any(|own| is_same_file(own, word)))
    }
}

/// `python3.12` is `python`.
fn unversioned(word: &str) -> &str {
    let name = program(word);
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if bare.is_empty() { name } else { bare }
}

/// Whether two words name the same file, seen from elsewhere or as the module that it is.
fn is_same_file(a: &str, b: &str) -> bool {
    let is_module = |name: &str, file: &str| {
        let file = file.trim_start_matches("./");
        file.rsplit_once('.').is_some_and(|(file, _)| file.replace('/', ".") == name)
    };
    let is_elsewhere = |word: &str| word.starts_with('/') || !word.contains('/');
    let is_name = program(a) == program(b) && (is_elsewhere(a) || is_elsewhere(b));
    a == b || is_name || is_module(a, b) || is_module(b, a)
}

/// The check that a command line is: its last command that is more than preparation.
pub(super) fn check(commands: &[Simple]) -> Option<Check> {
    commands.iter().rev().find_map(Simple::check)
}

/// All checks of a command line that worked: those that its exit code speaks for.
pub(super) fn passed(commands: &[Simple]) -> Vec<Check> {
    let mut passed = Vec::new();
    for command in commands.iter().rev() {
        passed.extend(command.check());
        if !passed.is_empty() && !command.follows && !command.piped {
            break;
        }
    }
    passed
}

fn check_of(words: &[String]) -> Option<Check> {
    let said: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let (what, rest) = subject(&said, words.iter().any(|word| word == "-m"))?;
    // `test:unit` is a part of `test`.
    let (what, part) = what.split_once(':').map_or((&*what, None), |(all, part)| (all, Some(part)));
    let everything = |target: &&str| matches!(*target, "." | "./..." | "...");
    let targets = part.into_iter().chain(rest.iter().copied()).filter(|target| !everything(target));
    let (targets, words) = (
        targets.map(str::to_owned).collect(),
        said.iter().map(|word| (*word).to_owned()).collect(),
    );
    Some(Check { what: what.to_owned(), targets, words })
}

/// What a command is about, and the words after that.
fn subject<'a>(said: &'a [&'a str], runs_module: bool) -> Option<(String, &'a [&'a str])> {
    let (first, rest) = said.split_first()?;
    let name = named(program(first));
    Some(match rest {
        // What an interpreter runs is the program, whatever starts it.
        [script, rest @ ..]
            if is_one(INTERPRETERS, unversioned(name))
                && (runs_module || script.contains(['.', '/'])) =>
        {
            ((*script).to_owned(), rest)
        }
        ["run", verb, rest @ ..] if name == "npm" => (format!("npm {verb}"), rest),
        ["t", rest @ ..] if is_one(WITH_VERBS, name) => (format!("{name} test"), rest),
        [verb, rest @ ..] if is_one(WITH_VERBS, name) => (format!("{name} {verb}"), rest),
        rest => ((if first.contains('/') { first } else { name }).to_owned(), rest),
    })
}

/// Programs that do the same under another name: a wrapper that a project brings along, another
/// runner of the same scripts.
fn named(name: &str) -> &str {
    const SAME: &[(&str, &str)] = &[
        ("bun", "npm"),
        ("gradlew", "gradle"),
        ("mvnw", "mvn"),
        ("pip3", "pip"),
        ("pnpm", "npm"),
        ("yarn", "npm"),
    ];
    SAME.iter().find(|(other, _)| *other == name).map_or(name, |(_, same)| same)
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

impl Simple {
    fn check(&self) -> Option<Check> {
        let words = self.bare();
        let prepares = words.first().is_none_or(|first| is_one(SETTING_UP, program(first)));
        if self.piped || prepares { None } else { check_of(words) }
    }

    /// The words without assignments and programs that run others.
    pub(super) fn bare(&self) -> &[String] {
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
pub(super) fn program(word: &str) -> &str {
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
                '&' if chars.next_if_eq(&'&').is_some() => {
                    self.end_command(false);
                    self.now.follows = true;
                }
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
            ("python report.py", "python3 report.py --all"),
            ("psql -f sql/report.sql", "docker exec db psql -U app -f /q/report.sql"),
            ("python3 -m shop.rates", "PYTHONPATH=. python3 shop/rates.py"),
            ("mongodump --db x", "ssh db1 mongodump --db x"),
            ("sh check.sh", "./check.sh"),
            ("./scripts/check.sh", "cd scripts && bash check.sh"),
            ("python3 manage.py test", "./manage.py test"),
            ("python x.py", "uv run x.py"),
            ("npm run build", "pnpm build"),
            ("npm test", "npm run test:unit"),
            ("mvn test", "./mvnw -q test"),
        ];
        for (failed, good) in same {
            assert!(repaired(failed, good), "{failed} / {good}");
        }
        let other = [
            ("pytest tests/a.py", "pytest tests/b.py"),
            ("npm run lint", "npm test"),
            ("cargo test", "cargo build"),
            ("cargo test x", "ls"),
            ("eslint src/a.js", "node src/a.js"),
            ("go run a/main.go", "go vet b/main.go"),
            ("python a/run.py", "python3 b/run.py"),
            ("make", "docker run box make"),
            ("sh a.sh", "sh b.sh"),
            ("npm run test:unit", "npm run lint"),
        ];
        for (failed, good) in other {
            assert!(!repaired(failed, good), "{failed} / {good}");
        }
    }

    #[test]
    fn a_line_that_works_speaks_for_all_that_had_to() {
        let passed = |line: &str| {
            passed(&split(line)).into_iter().map(|check| check.what).collect::<Vec<_>>()
        };
        let both = ["go test", "go vet"];
        assert_eq!(passed("go vet ./a && go test ./a"), both);
        assert_eq!(passed("cd a && go vet ./a && go test ./a 2>&1 | tail -3"), both);
        assert_eq!(passed("go vet ./a; go test ./a"), ["go test"]);
        assert_eq!(passed("go vet ./a || go test ./a && echo ok"), ["go test"]);
        assert_eq!(passed("cd a"), Vec::<String>::new());
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
}
