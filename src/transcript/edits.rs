//! Edits that later ones take back. Only here are the texts known that an edit replaces: what is
//! stored of it is that a file is again as the conversation found it.
//!
//! What is not certain counts as changed: an edit that failed, or one that overlaps another.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Edits that are remembered: more than people let stand in one conversation. After that nothing
/// is told to be put back.
const EDITS_MAX: usize = 8192;

/// What a file that is not there holds, and what one holds of which only that is known.
const ABSENT: u64 = 0;
const UNKNOWN: u64 = 1;

/// The edits that stand, by file, oldest first: what each found, and what it left.
#[derive(Debug, Default)]
pub(super) struct Edits {
    files: HashMap<String, Vec<(u64, u64)>>,
    count: usize,
}

impl Edits {
    /// Takes note that `old` became `new`; true when the file is now as it was found.
    pub(super) fn replace(&mut self, path: &str, old: &str, new: &str) -> bool {
        self.note(path, (hash(old), hash(new)))
    }

    /// Takes note that a file was written as a whole: nothing says what it was before.
    pub(super) fn write(&mut self, path: &str) {
        self.note(path, (UNKNOWN, UNKNOWN));
    }

    /// The same as `replace` for a patch in Codex' own format: the files that are now as they were found.
    pub(super) fn patch(&mut self, patch: &str) -> Vec<String> {
        let mut back = Vec::new();
        let mut now: Option<Section> = None;
        for line in patch.lines() {
            if let Some(header) = line.trim_start().strip_prefix("*** ") {
                if let Some(next) = Section::begin(header) {
                    back.extend(now.replace(next).and_then(|section| self.section(&section)));
                }
            } else if let Some(section) = &mut now {
                section.take(line);
            }
        }
        back.extend(now.and_then(|section| self.section(&section)));
        back
    }

    fn section(&mut self, section: &Section) -> Option<String> {
        let edit = match section.verb {
            Verb::Add => (ABSENT, UNKNOWN),
            Verb::Delete => (UNKNOWN, ABSENT),
            Verb::Update => (hash(&section.old), hash(&section.new)),
        };
        self.note(section.path, edit).then(|| section.path.to_owned())
    }

    fn note(&mut self, path: &str, edit: (u64, u64)) -> bool {
        self.count += 1;
        if self.count > EDITS_MAX {
            self.files.clear();
            return false;
        }
        let standing = self.files.entry(path.to_owned()).or_default();
        if edit.1 == ABSENT && standing.first().is_some_and(|first| first.0 == ABSENT) {
            standing.clear();
        } else if edit.0 > UNKNOWN && standing.last() == Some(&(edit.1, edit.0)) {
            standing.pop();
        } else {
            standing.push(edit);
        }
        standing.is_empty()
    }
}

enum Verb {
    Add,
    Delete,
    Update,
}

/// What a patch does to one file.
struct Section<'a> {
    verb: Verb,
    path: &'a str,
    old: String,
    new: String,
}

impl<'a> Section<'a> {
    fn begin(header: &'a str) -> Option<Self> {
        let (words, path) = header.split_once(": ")?;
        let verb = match words {
            "Add File" => Verb::Add,
            "Delete File" => Verb::Delete,
            "Update File" => Verb::Update,
            _ => return None,
        };
        Some(Self { verb, path: path.trim(), old: String::new(), new: String::new() })
    }

    /// Lines around a change stand on both sides of it and are left out.
    fn take(&mut self, line: &str) {
        let (side, text) = match line.split_at_checked(1) {
            Some(("-", text)) => (&mut self.old, text),
            Some(("+", text)) => (&mut self.new, text),
            _ => return,
        };
        side.push_str(text);
        side.push('\n');
    }
}

/// Never one of the two numbers that mean something.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish().max(UNKNOWN + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_and_its_reverse_leave_nothing() {
        let mut edits = Edits::default();
        assert!(!edits.replace("a", "x", "y"));
        assert!(!edits.replace("a", "1", "2"));
        assert!(!edits.replace("b", "y", "x"), "another file");
        assert!(!edits.replace("a", "2", "1"));
        assert!(edits.replace("a", "y", "x"));
        assert!(!edits.replace("a", "x", "z"), "and it may be changed again");
        edits.write("c");
        edits.write("c");
        assert!(!edits.replace("c", "x", "y"));
        assert!(!edits.replace("c", "y", "x"), "who knows what it was");
    }

    #[test]
    fn a_patch_is_an_edit_of_each_of_its_files() {
        let mut edits = Edits::default();
        let patch = |body: &str| format!("*** Begin Patch\n{body}\n*** End Patch");
        let there = patch("*** Update File: a\n@@ f\n same\n-x\n+y\n*** Add File: n\n+new");
        assert_eq!(edits.patch(&there), Vec::<String>::new());
        let more = patch("*** Update File: n\n@@\n-new\n+newer");
        assert_eq!(edits.patch(&more), Vec::<String>::new());
        let back = patch("*** Update File: a\n@@\n-y\n+x\n*** Delete File: n\n*** Delete File: o");
        assert_eq!(edits.patch(&back), ["a", "n"]);
    }

    #[test]
    fn too_many_edits_are_not_compared() {
        let mut edits = Edits::default();
        for n in 0..EDITS_MAX {
            edits.replace("a", &n.to_string(), "y");
        }
        assert!(!edits.replace("b", "x", "y"));
        assert!(!edits.replace("b", "y", "x"));
    }
}
