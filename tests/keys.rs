//! Keys, pastes and mouse reports on their way through the whole binary: the child gets the bytes
//! that the terminal sent, and loghop keeps its own few keys.

use std::path::PathBuf;
use std::time::Duration;

use crate::support::sandbox::Sandbox;
use crate::support::split::{WIDE, project, run_with, script, wait_until};
use crate::support::terminal::{Answers, Screen, Terminal};

/// Between two halves of a sequence: long enough for two reads, short enough for one key.
const SPLIT: Duration = Duration::from_millis(2);

/// What terminals send for keys, in the encodings that they have.
const KEYS: [&str; 48] = [
    // Characters, and what Ctrl and Alt make of them.
    "a",
    "é",
    "日",
    "🚀",
    "e\u{301}",
    " ",
    "\r",
    "\n",
    "\t",
    "\x7f",
    "\x08",
    "\x00",
    "\x01",
    "\x03",
    "\x04",
    "\x1a",
    "\x1d",
    "\x1f",
    "\x1ba",
    "\x1b\x7f",
    "\x1b\r",
    "\x1b[Z",
    // Cursor and function keys.
    "\x1b[A",
    "\x1bOA",
    "\x1b[1;5C",
    "\x1b[H",
    "\x1bOF",
    "\x1b[3~",
    "\x1b[5;5~",
    "\x1bOP",
    "\x1b[15~",
    "\x1b[17;2~",
    "\x1b[18;5~",
    "\x1b[24~",
    "\x1b[1;2R",
    // The kitty protocol and xterm's modifyOtherKeys.
    "\x1b[13;2u",
    "\x1b[97;5u",
    "\x1b[97;5:3u",
    "\x1b[97:65;2;65u",
    "\x1b[57441;2u",
    "\x1b[27u",
    "\x1b[92;1u",
    "\x1b[27;2;13~",
    "\x1b[27;5;9~",
    // Focus, pastes.
    "\x1b[I",
    "\x1b[O",
    "\x1b[200~a\x1b[17~\x1c?\x1b[201~",
    "\x1b[200~\x1b[201~",
];

/// A project whose Claude is this shell script, in a terminal without a panel.
fn start(body: &str) -> (Sandbox, Terminal) {
    let sandbox = project();
    script(&sandbox, "claude", body);
    let args = ["--provider", "claude", "--layout", "hidden"];
    let terminal = run_with(&sandbox, &args, WIDE, Answers::Kitty);
    terminal.wait_for("ready");
    (sandbox, terminal)
}

/// A child that keeps what it gets, asks for everything, and shows nothing.
fn listener() -> (PathBuf, Sandbox, Terminal) {
    let modes = "\\033[?2004h\\033[?1004h\\033[?1003h\\033[?1006h\\033[>15u";
    let body = format!("stty raw -echo; printf '{modes}ready'; exec cat > \"$HOME/typed\"");
    let (sandbox, terminal) = start(&body);
    (sandbox.home().join("typed"), sandbox, terminal)
}

/// Waits until the child has got this many bytes more, and returns them.
#[track_caller]
fn got(path: &PathBuf, from: usize, count: usize) -> Vec<u8> {
    let read = || std::fs::read(path).unwrap_or_default();
    wait_until("the child's input", || read().len() >= from + count);
    read()[from..].to_vec()
}

/// Sends a sequence cut in two at each place, and asserts that the child gets it whole each time.
#[track_caller]
fn assert_passes(terminal: &Terminal, path: &PathBuf, sequence: &[u8]) {
    let from = std::fs::read(path).unwrap_or_default().len();
    for cut in 0..sequence.len() {
        terminal.send(&sequence[..cut]);
        std::thread::sleep(SPLIT);
        terminal.send(&sequence[cut..]);
        std::thread::sleep(SPLIT);
    }
    let expected = sequence.repeat(sequence.len());
    let typed = got(path, from, expected.len());
    assert_eq!(typed, expected, "{:?}", String::from_utf8_lossy(sequence));
}

#[test]
fn keys_reach_the_child_as_they_were_sent_wherever_they_are_cut() {
    let (path, _sandbox, terminal) = listener();
    for key in KEYS {
        assert_passes(&terminal, &path, key.as_bytes());
    }
}

#[test]
fn mouse_reports_reach_a_child_that_asked_for_them() {
    let (path, _sandbox, terminal) = listener();
    for report in [
        "\x1b[<0;1;1M",
        "\x1b[<0;1;1m",
        "\x1b[<2;140;39M",
        "\x1b[<2;140;39m",
        "\x1b[<35;70;20M",
        "\x1b[<64;10;5M",
        "\x1b[<65;10;5M",
        "\x1b[<16;9;9M",
        "\x1b[<16;9;9m",
    ] {
        assert_passes(&terminal, &path, report.as_bytes());
    }
}

#[test]
fn a_lone_escape_is_a_key() {
    let (path, _sandbox, terminal) = listener();
    terminal.send("\x1b");
    assert_eq!(got(&path, 0, 1), b"\x1b");
}

#[test]
fn a_paste_of_a_megabyte_is_whole_also_when_the_child_echoes_it() {
    let body = "stty raw -echo; printf '\\033[?2004hready\\r\\n'; exec tee \"$HOME/typed\"";
    let (sandbox, terminal) = start(body);
    let line = "a pasted line with wide 日本語, \t tabs and F6 \x1b[17~ \x1c? in it\r";
    let mut paste = b"\x1b[200~".to_vec();
    paste.extend(line.bytes().cycle().take((1 << 20) / line.len() * line.len()));
    paste.extend_from_slice(b"\x1b[201~");
    // Cut so that no two cuts fall on the same place of a line.
    for part in paste.chunks(997) {
        terminal.send(part);
    }
    let typed = got(&sandbox.home().join("typed"), 0, paste.len());
    assert!(typed == paste, "{} of {} bytes", typed.len(), paste.len());
}

/// The column of the line between pane and panel; none without a panel at the right.
fn rule(screen: &Screen) -> Option<usize> {
    screen.cells[0].iter().position(|cell| cell.c == '│')
}

#[test]
fn loghops_own_keys_are_loghops() {
    let body = "trap 'stty size > \"$HOME/size\"' WINCH; stty raw -echo; stty size > \"$HOME/size\"
        printf ready; cat > \"$HOME/typed\" & while :; do wait; sleep 0.05; done";
    let sandbox = project();
    // In the background a shell gives its children no input unless they are told where it is.
    script(&sandbox, "claude", &body.replace("cat >", "cat < /dev/tty >"));
    std::fs::remove_file(sandbox.bin().join("codex")).unwrap();
    for (f6, f7, f9, prefix) in [
        ("\x1b[17~", "\x1b[18~", "\x1b[20~", "\x1c"),
        ("\x1b[17;1:1~\x1b[17;1:3~", "\x1b[18;129~\x1b[18;129:3~", "\x1b[20;1~", "\x1b[92;5u"),
    ] {
        let args = ["--provider", "claude", "--layout", "right"];
        let terminal = run_with(&sandbox, &args, WIDE, Answers::Kitty);
        let size = || std::fs::read_to_string(sandbox.home().join("size")).unwrap_or_default();
        let typed = || std::fs::read(sandbox.home().join("typed")).unwrap_or_default();
        let is_wide = |cols: usize| size().trim().ends_with(&format!(" {cols}"));
        let screen =
            terminal.wait_until("the panel", |s| s.text().contains("ready") && rule(s).is_some());
        let narrow = rule(&screen).unwrap();
        wait_until("the pane's size", || is_wide(narrow));

        terminal.send(f6);
        terminal.wait_until("no panel", |s| rule(s).is_none());
        wait_until("the child to have the full width", || is_wide(140));
        terminal.send(f6);
        terminal.wait_until("the panel again", |s| rule(s) == Some(narrow));
        wait_until("the child to have its width", || is_wide(narrow));

        // A run begins with what it started from; after the timeline that comes again.
        terminal.wait_for("Project Handoff");
        terminal.send(f7);
        terminal.wait_for("nothing was said yet");
        terminal.send(format!("{f7}{f7}"));
        terminal.wait_for("Project Handoff");
        terminal.send(f9);
        terminal.wait_for("no other assistant is installed");
        terminal.send(prefix);
        terminal.send("?");
        terminal.wait_for("this list");
        terminal.send(format!("{prefix}?"));
        terminal.wait_until("the list is gone", |s| !s.text().contains("this list"));
        assert_eq!(typed(), b"", "nothing of that was the child's");
        terminal.send(format!("{prefix}{prefix}x"));
        let sent = format!("{prefix}x");
        wait_until("the key that was sent on", || typed() == sent.as_bytes());
    }
}

#[test]
fn keys_are_what_the_person_made_them() {
    let sandbox = project();
    std::fs::create_dir_all(sandbox.home().join(".loghop")).unwrap();
    let config = "[keys]\npanel = 'f5'\nprefix = 'ctrl-]'\n";
    std::fs::write(sandbox.home().join(".loghop/config.toml"), config).unwrap();
    script(&sandbox, "claude", "stty raw -echo; printf ready; exec cat > \"$HOME/typed\"");
    let args = ["--provider", "claude", "--layout", "right"];
    let terminal = run_with(&sandbox, &args, WIDE, Answers::Plain);
    terminal.wait_until("the panel", |s| s.text().contains("ready") && rule(s).is_some());
    terminal.send("\x1b[15~");
    terminal.wait_until("no panel", |s| rule(s).is_none());
    terminal.send("\x1d?");
    terminal.wait_for("this list");
    terminal.send("\x1d?\x1b[17~\x1c");
    assert_eq!(got(&sandbox.home().join("typed"), 0, 6), b"\x1b[17~\x1c");
}
