//! One line about a tool call, and which files it writes: what both providers have in common.

use super::clip;
use crate::model::{ToolCall, ToolResult};

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
        call.writes = patched_files(command);
    }
    call
}

/// A call that writes one file.
pub(super) fn write(id: &str, name: &str, path: &str) -> ToolCall {
    let mut call = call(id, name, path);
    call.writes.push(clip::head(path, PATH_MAX).into_owned());
    call
}

/// A call that applies a patch to these files.
pub(super) fn patch(id: &str, name: &str, files: Vec<String>) -> ToolCall {
    let mut call = call(id, name, &files.join(", "));
    call.writes = files;
    call.writes.truncate(WRITES_MAX);
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

/// Files that a patch in Codex' own format names.
pub(super) fn patched_files(patch: &str) -> Vec<String> {
    const HEADERS: &[&str] =
        &["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];
    let mut files: Vec<String> = Vec::new();
    for line in patch.lines() {
        let Some(path) = HEADERS.iter().find_map(|h| line.trim_start().strip_prefix(h)) else {
            continue;
        };
        let path = clip::head(path.trim(), PATH_MAX);
        if files.len() < WRITES_MAX && !files.iter().any(|f| *f == path) {
            files.push(path.into_owned());
        }
    }
    files
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
        assert_eq!(patched_files(patch), ["a b.txt", "old", "new", "gone"]);
        let call = command("c1", "shell", &format!("apply_patch <<'EOF'\n{patch}\nEOF"));
        assert_eq!(call.summary, "apply_patch <<'EOF' …");
        assert_eq!(call.writes.len(), 4);
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
