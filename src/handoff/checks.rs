//! What a handoff says that can be checked, read back from the document itself: a file by its
//! hash, the branch and the commit, a command that failed, a todo that was open. A line that is no
//! longer true is marked in its place, before anybody reads it.
//!
//! The claims are ordinary lines of the document, so a person and an older loghop read them too.

use std::collections::{BTreeMap, BTreeSet};

use super::{quote, state};
use crate::model::Outcome;

/// How a marked line ends.
const MARK: &str = " **[";

/// Something that a line claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// This file has this hash; without one it is not there.
    File(String, Option<String>),
    /// This branch is checked out.
    Branch(String),
    /// The commit of HEAD begins so.
    Head(String),
    /// This command fails.
    Fails(Command),
    /// This is still to be done.
    Open(String),
    /// A decision names this file, which was there. Whether the decision holds nothing can tell;
    /// but not without the file as it was then.
    Rests(String),
}

/// A command, word for word, and where it ran.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Command {
    /// What a shell was told.
    pub line: String,
    /// The folder: as seen from the project's root where it lies in it (see [`within`]), else its
    /// whole path; `None` where it is not known.
    pub folder: Option<String>,
}

/// A claim and the line that makes it, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The line.
    pub line: usize,
    /// What it claims.
    pub claim: Claim,
}

/// What is known of the world now.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Hashes of files; `None` for one that is not there. A file that is missing here is not known.
    pub files: BTreeMap<String, Option<String>>,
    /// The branch; empty when detached.
    pub branch: String,
    /// The commit of HEAD; empty before the first one.
    pub head: String,
    /// How commands ended since.
    pub commands: BTreeMap<Command, Outcome>,
    /// Todos that were done since.
    pub done: BTreeSet<String>,
}

/// How a claim stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was checked and is true.
    Holds,
    /// What it rests on has changed; it may be true or not.
    Stale(String),
    /// It was checked and is not true.
    Contradicted(String),
    /// It cannot be checked here.
    Unknown,
}

impl Standing {
    /// One word for people and programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Stale(_) => "stale",
            Self::Contradicted(_) => "contradicted",
            Self::Unknown => "not checked",
        }
    }

    /// Why, where it does not simply hold.
    pub fn why(&self) -> &str {
        match self {
            Self::Stale(why) | Self::Contradicted(why) => why,
            Self::Holds | Self::Unknown => "",
        }
    }
}

/// The claims of a document. Quotes and fenced blocks claim nothing.
pub fn claims(document: &str) -> Vec<Check> {
    let (mut found, mut section, mut fence) = (Vec::new(), "", None::<&str>);
    let mut decided = Vec::new();
    for (line, text) in document.lines().enumerate() {
        let ticks = &text[..text.len() - text.trim_start_matches('`').len()];
        match fence {
            Some(open) if text == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                section = text.strip_prefix("## ").unwrap_or(section);
                let text = text.split(MARK).next().unwrap_or(text);
                found.extend(claim(section, text).map(|claim| Check { line, claim }));
                if section == "Decisions" && text.starts_with("- ") {
                    decided.push((line, text));
                }
            }
        }
    }
    let rests = rests(&decided, &found);
    found.extend(rests);
    found
}

/// The decisions that name one of the files which the same document says are there.
fn rests(decided: &[(usize, &str)], found: &[Check]) -> Vec<Check> {
    let files = found.iter().filter_map(|check| match &check.claim {
        Claim::File(path, Some(_)) => Some(path),
        _ => None,
    });
    let files: BTreeSet<&String> = files.collect();
    let is_edge = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '_' | '-' | '.');
    let names = |text: &str, path: &str| {
        text.split(is_edge).any(|word| word.trim_end_matches('.').trim_start_matches("./") == path)
    };
    let of = |&(line, text): &(usize, &str)| {
        let path = files.iter().find(|path| names(text, path))?;
        Some(Check { line, claim: Claim::Rests((*path).clone()) })
    };
    decided.iter().filter_map(of).collect()
}

fn claim(section: &str, line: &str) -> Option<Claim> {
    let item = line.strip_prefix("- ")?;
    match section {
        "Changed Files" => {
            let (path, rest) = whole_code(item)?;
            if rest.contains(" · deleted") {
                return Some(Claim::File(path, None));
            }
            let hash = rest.split_once("sha256 ")?.1.split_whitespace().next()?;
            Some(Claim::File(path, Some(hash.to_owned())))
        }
        "Failing Commands" => {
            let (line, rest) = whole_code(item.starts_with('`').then_some(item)?)?;
            let folder = rest.split_once(" · in ").and_then(|(_, rest)| whole_code(rest));
            Some(Claim::Fails(Command { line, folder: folder.map(|(folder, _)| folder) }))
        }
        "Open Todos" => {
            let todo = item.strip_prefix("[ ] ")?;
            let todo = todo.rsplit_once(" · S-").map_or(todo, |(todo, _)| todo);
            let text = todo.strip_prefix(quote::LABEL).unwrap_or(todo);
            (!quote::is_cut(text)).then(|| Claim::Open(text.to_owned()))
        }
        "Repository" => item
            .strip_prefix("Head: ")
            .map(|head| Claim::Head(head.to_owned()))
            .or_else(|| Some(Claim::Branch(item.strip_prefix("Branch: ")?.to_owned()))),
        _ => None,
    }
}

/// The first inline code of a line, and what follows it; `None` where it was cut.
fn whole_code(text: &str) -> Option<(String, &str)> {
    let text = &text[text.find('`')?..];
    let ticks = &text[..text.len() - text.trim_start_matches('`').len()];
    let (code, rest) = text[ticks.len()..].split_once(ticks)?;
    let code = code.trim();
    (!quote::is_cut(code)).then(|| (code.to_owned(), rest))
}

/// A folder or file of the project as seen from its root, which is `.`; any other as it is.
pub fn within<'a>(folder: &'a str, root: &str) -> &'a str {
    let folder = folder.trim_end_matches('/');
    let folder = folder.strip_prefix("./").unwrap_or(folder);
    match folder.strip_prefix(root.trim_end_matches('/')) {
        Some("") if !root.is_empty() => ".",
        Some(below) if !root.is_empty() && below.starts_with('/') => below.trim_matches('/'),
        _ => folder,
    }
}

/// How each claim stands in the world.
pub fn judge(checks: &[Check], world: &World) -> Vec<Standing> {
    let mut all: Vec<Standing> = checks.iter().map(|check| alone(&check.claim, world)).collect();
    let is_tree = |claim: &Claim| matches!(claim, Claim::File(..) | Claim::Head(_));
    let moved = checks.iter().zip(&all).any(|(check, standing)| {
        is_tree(&check.claim) && !matches!(standing, Standing::Holds | Standing::Unknown)
    });
    // Whoever changed the tree may have repaired the command: only a run can tell.
    for (check, standing) in checks.iter().zip(&mut all) {
        if moved && matches!(check.claim, Claim::Fails(_)) && *standing == Standing::Unknown {
            *standing = Standing::Stale("the working tree has changed since it ran".into());
        }
    }
    all
}

fn alone(claim: &Claim, world: &World) -> Standing {
    use Standing::{Contradicted, Holds, Stale, Unknown};
    match claim {
        Claim::File(path, hash) => match (hash, world.files.get(path)) {
            (_, None) => Unknown,
            (None, Some(None)) => Holds,
            (None, Some(Some(_))) => Contradicted("it is there again".into()),
            (Some(_), Some(None)) => Contradicted("it is gone".into()),
            (Some(old), Some(Some(new))) if old == new => Holds,
            _ => Stale("its content has changed".into()),
        },
        Claim::Branch(branch) if world.branch == *branch => Holds,
        Claim::Branch(_) => {
            let now = if world.branch.is_empty() { "none" } else { &world.branch };
            Contradicted(format!("the branch is {}", quote::line(now)))
        }
        Claim::Head(head) if !world.head.is_empty() && same_commit(head, &world.head) => Holds,
        Claim::Head(_) if world.head.is_empty() => Unknown,
        Claim::Head(_) => Stale(format!("HEAD is {}", quote::line(&world.head))),
        Claim::Fails(command) => match world.commands.get(command) {
            Some(Outcome::Ok) => Contradicted("it works now".into()),
            Some(Outcome::Failed(_)) => Holds,
            Some(Outcome::Unknown | Outcome::Refused) | None => Unknown,
        },
        Claim::Rests(path) => match world.files.get(path) {
            Some(None) => Stale(format!("{} is gone", quote::line(path))),
            _ => Unknown,
        },
        Claim::Open(todo) => {
            let key = state::todo_key(todo);
            let done = world.done.iter().any(|done| state::todo_key(&quote::line(done)) == key);
            if done { Contradicted("it was done since".into()) } else { Holds }
        }
    }
}

fn same_commit(a: &str, b: &str) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// The document with a mark at the end of each line that does not hold any more; marks of an
/// earlier look are replaced.
pub fn mark(document: &str, checks: &[Check], standings: &[Standing]) -> String {
    let mut lines: Vec<String> = document.lines().map(str::to_owned).collect();
    for (check, standing) in checks.iter().zip(standings) {
        let Some(line) = lines.get_mut(check.line) else { continue };
        let bare = line.split(MARK).next().unwrap_or(line).to_owned();
        *line = match standing {
            Standing::Holds | Standing::Unknown => bare,
            _ => format!("{bare}{MARK}{}: {}]**", standing.word(), standing.why()),
        };
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Project Handoff\n\n## Open Todos\n\n- [ ] fix login (in progress) · \
        S-002#t4\n- [ ] add docs\n- [ ] a long one that goes …\n\n## Failing Commands\n\n- `cargo test` fails, exit code 101 · \
        S-002#t9 · in `web`\n- shortened: `sh -c …` fails\n- `make …` fails\n\n```text\n- `ls` fails\n```\n\n## Changed Files\n\n- M `src/a.rs` · S-002#t8 · \
        sha256 aaaa1111\n- D `old.rs` · deleted\n- `elsewhere`\n\n## Repository\n\n- Branch: main\n\
        - Head: e31a2ffe0c\n";

    fn world() -> World {
        let file = |path: &str, hash: Option<&str>| (path.to_owned(), hash.map(str::to_owned));
        World {
            files: [file("src/a.rs", Some("aaaa1111")), file("old.rs", None)].into(),
            branch: "main".into(),
            head: "e31a2ffe0cde".into(),
            ..World::default()
        }
    }

    fn words(world: &World) -> Vec<&'static str> {
        judge(&claims(DOCUMENT), world).iter().map(Standing::word).collect()
    }

    #[test]
    fn every_claim_is_read_and_holds_in_the_same_world() {
        assert_eq!(claims(DOCUMENT).len(), 7);
        let all = words(&world());
        assert_eq!(all, ["holds", "holds", "not checked", "holds", "holds", "holds", "holds"]);
        let checks = claims(DOCUMENT);
        assert_eq!(mark(DOCUMENT, &checks, &judge(&checks, &world())), DOCUMENT);
    }

    #[test]
    fn a_decision_about_a_file_that_is_gone_is_stale() {
        let decisions = "## Decisions\n\n- locks live in src/a.rs. · S-002#t8\n- old.rs goes\n\
            - src/a.rs.bak stays\n";
        let document = DOCUMENT.to_owned() + decisions;
        let checks = claims(&document);
        assert_eq!(checks.len(), 8, "what is to go, or is another file, is none");
        let mut world = world();
        world.files.insert("src/a.rs".into(), Some("bbbb".into()));
        assert_eq!(judge(&checks, &world)[7], Standing::Unknown, "it may hold or not");
        world.files.insert("src/a.rs".into(), None);
        let marked = mark(&document, &checks, &judge(&checks, &world));
        assert!(marked.contains("S-002#t8 **[stale: src/a.rs is gone]**\n- old.rs goes\n"));
    }

    #[test]
    fn the_lines_that_changed_flip_and_no_others() {
        let mut changed = world();
        changed.files.insert("src/a.rs".into(), Some("bbbb".into()));
        changed.done.insert("Fix login.".into());
        let all = words(&changed);
        assert_eq!(all, ["contradicted", "holds", "stale", "stale", "holds", "holds", "holds"]);
        changed.files.insert("src/a.rs".into(), None);
        changed.files.insert("old.rs".into(), Some("x".into()));
        let command =
            |folder: &str| Command { line: "cargo test".into(), folder: Some(folder.into()) };
        changed.commands.insert(command("."), Outcome::Ok);
        assert_eq!(words(&changed)[2], "stale", "it ran in another folder");
        changed.commands.insert(command("web"), Outcome::Ok);
        (changed.branch, changed.head) = ("other".into(), "1234567890".into());
        let all = words(&changed);
        let gone = "contradicted";
        assert_eq!(all, [gone, "holds", gone, gone, gone, gone, "stale"]);
        let checks = claims(DOCUMENT);
        let marked = mark(DOCUMENT, &checks, &judge(&checks, &changed));
        assert!(
            marked
                .contains("exit code 101 · S-002#t9 · in `web` **[contradicted: it works now]**\n")
        );
        assert_eq!(claims(&marked), checks);
        let again = mark(&marked, &checks, &judge(&checks, &world()));
        assert_eq!(again, DOCUMENT);
    }
}
