//! What a shell command does to files, as far as its text tells: which it writes, deletes or puts
//! back.

use super::shell::{Simple, program};

/// What a command does to files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Makes a file, as far as is known.
    Write(String),
    /// Changes a file that was there.
    Change(String),
    /// Deletes a file, which may be one of no importance.
    Delete(String),
    /// Deletes a file that Git knows.
    Remove(String),
    /// Puts a path back as it was committed; `.` is everything.
    Restore(String),
    /// Puts everything back and forgets the last so many commits.
    Reset(u32),
    /// Takes back the last so many commits and nothing else.
    Undo(u32),
    /// Takes back the last so many commits; what they hold stays changed.
    Reopen(u32),
    Commit,
    Stash,
    Unstash,
}

/// What a command line does to files, in its order.
pub(super) fn effects(commands: &[Simple]) -> Vec<Effect> {
    let mut all = Vec::new();
    for (at, command) in commands.iter().enumerate() {
        all.extend(command.writes.iter().map(|path| command.written(path)));
        let words = command.bare();
        let Some(name) = words.first().map(|w| program(w)) else { continue };
        let args: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let paths = || args.iter().filter(|a| !a.starts_with('-')).map(|a| (*a).to_owned());
        match name {
            "git" if command.piped && takes_back(&args) => {
                all.extend(at.checked_sub(1).into_iter().flat_map(|at| commands[at].compared()));
            }
            "git" => git(&args, &mut all),
            "rm" | "unlink" => all.extend(paths().map(Effect::Delete)),
            "touch" | "tee" => all.extend(paths().map(Effect::Write)),
            "mv" => moved(paths().collect(), Effect::Delete, &mut all),
            "cp" => all.extend(paths().next_back().map(Effect::Write)),
            "sed" | "perl" if args.iter().any(|a| a.starts_with("-i") || a.starts_with("-pi")) => {
                // The script is the first word that is no flag.
                all.extend(paths().skip(1).map(Effect::Change));
            }
            _ => {}
        }
    }
    all
}

/// `git apply -R`: a patch the other way round.
fn takes_back(args: &[&str]) -> bool {
    args.first() == Some(&"apply") && args.iter().any(|a| matches!(*a, "-R" | "--reverse"))
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
        "reset" if plain().all(|p| p.starts_with("HEAD")) => {
            all.extend(Some(steps_back(plain().next())).filter(|n| *n > 0).map(Effect::Reopen));
        }
        "revert" if !rest.contains(&"--abort") => all.push(Effect::Undo(1)),
        "stash" if matches!(rest.first(), Some(&("pop" | "apply"))) => all.push(Effect::Unstash),
        "stash" if !matches!(rest.first(), Some(&("list" | "show" | "drop" | "clear"))) => {
            all.push(Effect::Stash);
        }
        "commit" if !rest.contains(&"--dry-run") => all.push(Effect::Commit),
        "rm" if !rest.contains(&"--cached") => all.extend(plain().map(Effect::Remove)),
        "mv" => moved(plain().collect(), Effect::Remove, all),
        _ => {}
    }
}

/// Files that got other names, or went to the folder that is named last.
fn moved(mut paths: Vec<String>, gone: fn(String) -> Effect, all: &mut Vec<Effect>) {
    let Some(to) = paths.pop() else { return };
    let is_folder = paths.len() > 1 || to.ends_with('/');
    for from in paths {
        let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let to =
            if is_folder { format!("{}/{name}", to.trim_end_matches('/')) } else { to.clone() };
        all.extend([Effect::Write(to), gone(from)]);
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
    /// What becomes of a file that its output goes to; `git show HEAD:a > a` puts it back.
    fn written(&self, path: &str) -> Effect {
        let is_same = |word: &String| word.split_once(':').is_some_and(|(_, of)| of == path);
        match &self.words[..] {
            [git, show, of] if git == "git" && show == "show" && is_same(of) => {
                Effect::Restore(path.to_owned())
            }
            _ => Effect::Write(path.to_owned()),
        }
    }

    /// The files whose changes `git diff` prints, to be taken back.
    fn compared(&self) -> Vec<Effect> {
        let [git, diff, rest @ ..] = &self.words[..] else { return Vec::new() };
        if git != "git" || diff != "diff" {
            return Vec::new();
        }
        let paths = rest.iter().filter(|word| !word.starts_with('-'));
        let all: Vec<Effect> = paths.map(|path| Effect::Restore(path.clone())).collect();
        if all.is_empty() { vec![Effect::Restore(".".to_owned())] } else { all }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shell::split;
    use super::*;

    #[test]
    fn effects_on_files_are_read() {
        use Effect::{
            Change, Commit, Delete, Remove, Reopen, Reset, Restore, Stash, Undo, Unstash, Write,
        };
        let s = |text: &str| text.to_owned();
        let table = [
            ("git checkout -- src/a.rs 'b c'", vec![Restore(s("src/a.rs")), Restore(s("b c"))]),
            ("git checkout HEAD~1 -- x", vec![Restore(s("x"))]),
            ("git checkout main", vec![]),
            ("git checkout -b feature/a.b", vec![]),
            ("cd x; git restore .", vec![Restore(s("."))]),
            ("git restore --staged a.rs", vec![]),
            ("git show HEAD:src/a.rs > src/a.rs", vec![Restore(s("src/a.rs"))]),
            ("git show HEAD:a.rs > b.rs", vec![Write(s("b.rs"))]),
            ("git diff -- a.rs | git apply -R", vec![Restore(s("a.rs"))]),
            ("git diff | git apply --reverse", vec![Restore(s("."))]),
            ("git apply -R fix.patch", vec![]),
            ("git reset --hard && git clean -fd", vec![Reset(0), Restore(s("."))]),
            ("git reset --hard HEAD~2", vec![Reset(2)]),
            ("git add -A && git commit -m 'x; y'", vec![Commit]),
            ("git stash; git stash pop", vec![Stash, Unstash]),
            ("rm -rf a b", vec![Delete(s("a")), Delete(s("b"))]),
            ("echo hi > out.txt 2>&1", vec![Write(s("out.txt"))]),
            ("cat > a.py <<'EOF'\nrm -rf x > y\nEOF", vec![Write(s("a.py"))]),
            ("cat <<EOF >> a.py\nx\nEOF", vec![Write(s("a.py"))]),
            ("sed -i 's/a/b/' x.rs", vec![Change(s("x.rs"))]),
            ("git rm -f a", vec![Remove(s("a"))]),
            ("git mv a b", vec![Write(s("b")), Remove(s("a"))]),
            ("mv a/x y/", vec![Write(s("y/x")), Delete(s("a/x"))]),
            ("git revert --no-edit HEAD", vec![Undo(1)]),
            ("git reset --soft HEAD~1", vec![Reopen(1)]),
            ("git reset -q", vec![]),
            ("mv a b", vec![Write(s("b")), Delete(s("a"))]),
            ("make > /dev/null", vec![]),
        ];
        for (line, expected) in table {
            assert_eq!(effects(&split(line)), expected, "{line}");
        }
    }
}
