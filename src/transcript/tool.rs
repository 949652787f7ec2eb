//! One line about a tool call, and which files it writes: what both providers have in common.

use super::clip;
use crate::model::{Entry, ToolCall, ToolResult, Turn};

/// Bytes of a call's line: as much as a wide panel shows.
pub(super) const SUMMARY_MAX: usize = 240;

/// Bytes of a shell command: scripts in here-documents are cut, their beginning tells enough.
const COMMAND_MAX: usize = 4 << 10;

/// Files that one call may name; a patch of more is a generated one.
pub(super) const WRITES_MAX: usize = 200;

/// Bytes of an id or a tool's name.
pub(super) const NAME_MAX: usize = 200;

/// Bytes of a path. Systems take longer ones, people do not make them.
pub(super) const PATH_MAX: usize = 1 << 10;

/// A call whose line is the first one of `about`.
pub(super) fn call(id: &str, name: &str, about: &str) -> ToolCall {
    ToolCall {
        id: clip::head(id, NAME_MAX).into_owned(),
        name: clip::head(name, NAME_MAX).into_owned(),
        summary: clip::one_line(about, SUMMARY_MAX),
        ..ToolCall::default()
    }
}

/// A call of a shell, with the files of a patch that it carries.
pub(super) fn command(id: &str, name: &str, command: &str) -> ToolCall {
    let mut call = call(id, name, command);
    call.command = Some(clip::head(command, COMMAND_MAX).into_owned());
    if command.contains("*** Begin Patch") {
        Patched::of(command).tell(&mut call);
    }
    call
}

/// Notes in which folder the commands of `turns` run: the one that the call names, else `cwd`.
pub(super) fn place(turns: &mut [Turn], cwd: &str) {
    for turn in turns {
        let Entry::Call(call) = &mut turn.entry else { continue };
        if call.command.is_none() {
            continue;
        }
        let folder = match call.folder.take() {
            Some(named) if named.starts_with('/') || cwd.is_empty() => named,
            Some(named) => format!("{cwd}/{named}"),
            None => cwd.to_owned(),
        };
        // One that is not known as a whole is not known.
        call.folder = Some(folder).filter(|f| f.starts_with('/') && f.len() <= PATH_MAX);
    }
}

/// A call that writes one file.
pub(super) fn write(id: &str, name: &str, path: &str) -> ToolCall {
    let mut call = call(id, name, path);
    call.writes.push(clip::head(path, PATH_MAX).into_owned());
    call
}

/// A call that applies a patch.
pub(super) fn patch(id: &str, name: &str, patched: Patched) -> ToolCall {
    let mut call = call(id, name, &patched.writes.join(", "));
    patched.tell(&mut call);
    call
}

/// An answer, with its text cut.
pub(super) fn result(id: &str, ok: bool, exit_code: Option<i32>, text: &str) -> ToolResult {
    ToolResult {
        id: clip::head(id, NAME_MAX).into_owned(),
        ok,
        exit_code,
        text: clip::middle(text, super::TOOL_TEXT_MAX).into_owned(),
    }
}

/// The files of a patch: all, those that it makes, those that it takes away.
#[derive(Debug, Default)]
pub(super) struct Patched {
    writes: Vec<String>,
    makes: Vec<String>,
    removes: Vec<String>,
}

/// What a patch does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Add,
    Update,
    Delete,
}

impl Patched {
    /// Reads a patch in Codex' own format.
    pub(super) fn of(patch: &str) -> Self {
        const HEADERS: &[(&str, Change)] = &[
            ("*** Add File: ", Change::Add),
            ("*** Update File: ", Change::Update),
            ("*** Delete File: ", Change::Delete),
            ("*** Move to: ", Change::Add),
        ];
        let (mut patched, mut before) = (Self::default(), "");
        for line in patch.lines().map(str::trim_start) {
            let header =
                HEADERS.iter().find_map(|(h, change)| Some((line.strip_prefix(h)?, change)));
            let Some((path, change)) = header else { continue };
            if line.starts_with("*** Move") {
                patched.note(before, Change::Delete);
            }
            before = path.trim();
            patched.note(before, *change);
        }
        patched
    }

    /// Takes note of what happens to a file.
    pub(super) fn note(&mut self, path: &str, change: Change) {
        let path = clip::head(path, PATH_MAX);
        let lists = match change {
            Change::Add => [Some(&mut self.writes), Some(&mut self.makes)],
            Change::Update => [Some(&mut self.writes), None],
            Change::Delete => [Some(&mut self.writes), Some(&mut self.removes)],
        };
        for list in lists.into_iter().flatten() {
            if list.len() < WRITES_MAX && !list.iter().any(|f| *f == path) {
                list.push(path.clone().into_owned());
            }
        }
    }

    fn tell(self, call: &mut ToolCall) {
        (call.writes, call.makes, call.removes) = (self.writes, self.makes, self.removes);
    }
}

/// The number that follows `words` in the first lines of `text`.
pub(super) fn exit_code(text: &str, words: &str) -> Option<i32> {
    /// The code stands in a header of at most this many lines.
    const HEADER_LINES: usize = 6;
    let line = text.lines().take(HEADER_LINES).find_map(|line| line.strip_prefix(words))?;
    let number = line.trim_start_matches([':', ' ']);
    let end = number.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_names_its_files_once() {
        let patch = "*** Begin Patch\n*** Add File: a b.txt\n+x\n*** Update File: old\n\
                     *** Move to: new\n*** Delete File: gone\n*** Update File: old\n*** End Patch";
        let patched = Patched::of(patch);
        assert_eq!(patched.writes, ["a b.txt", "old", "new", "gone"]);
        assert_eq!(
            (patched.makes, patched.removes),
            (vec!["a b.txt".into(), "new".into()], vec!["old".into(), "gone".into()])
        );
        let call = command("c1", "shell", &format!("apply_patch <<'EOF'\n{patch}\nEOF"));
        assert_eq!(call.summary, "apply_patch <<'EOF' …");
        assert_eq!(call.writes.len(), 4);
    }

    #[test]
    fn a_command_runs_in_the_folder_that_it_names_else_in_the_sessions() {
        let told = |named: Option<&str>, cwd: &str| {
            let call = ToolCall { folder: named.map(Into::into), ..command("c", "shell", "make") };
            let mut turns = [Turn { at: None, entry: Entry::Call(call) }];
            place(&mut turns, cwd);
            let [Turn { entry: Entry::Call(call), .. }] = turns else { unreachable!() };
            call.folder
        };
        assert_eq!(told(None, "/app").as_deref(), Some("/app"));
        assert_eq!(told(Some("web"), "/app").as_deref(), Some("/app/web"));
        assert_eq!(told(Some("/web"), "/app").as_deref(), Some("/web"));
        assert_eq!(told(Some("web"), ""), None);
        assert_eq!(told(None, &format!("/{}", "x".repeat(PATH_MAX))), None);
    }

    #[test]
    fn exit_codes_are_read_from_the_header() {
        assert_eq!(exit_code("Exit code 2\nboom", "Exit code"), Some(2));
        assert_eq!(exit_code("Exit code: -1\nWall time", "Exit code"), Some(-1));
        assert_eq!(
            exit_code("Chunk ID: 1\nProcess exited with code 7\n", "Process exited with code"),
            Some(7)
        );
        assert_eq!(exit_code("all is well", "Exit code"), None);
    }
}
