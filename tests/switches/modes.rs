//! The terminal between two clients: it has the modes of the one that is in the pane, those of the
//! one before are gone, and no frame is left open.

use std::time::Duration;

use alacritty_terminal::term::TermMode;

use super::F9;
use crate::support::sandbox::Sandbox;
use crate::support::screen::{Grid, Screen, Size};
use crate::support::split::{WIDE, project, run_with, script};
use crate::support::terminal::{Answers, Terminal};

/// A client that asks for everything, and gives nothing back when it goes.
const GREEDY: &str = "printf '\\033[?1049h\\033[>5u\\033[>4;2m\\033[?1003h\\033[?1006h\\033[?2004h'
printf '\\033[?1004h\\033[?2031h\\033[?1h\\033=\\033[5 q\\033]0;✳ Claude Code\\007the greedy one'
exec sleep 600";

/// A client that asks for little.
const MODEST: &str = "printf '\\033[>1u\\033[?2004hthe modest one'
exec sleep 600";

/// What a client asks for and its successor must not find.
fn asked(modes: TermMode) -> TermMode {
    let of_clients = TermMode::MOUSE_MOTION
        | TermMode::FOCUS_IN_OUT
        | TermMode::BRACKETED_PASTE
        | TermMode::APP_CURSOR
        | TermMode::APP_KEYPAD
        | TermMode::KITTY_KEYBOARD_PROTOCOL;
    modes & of_clients
}

/// The modes that a client of this name asks for.
fn wanted(body: &str) -> TermMode {
    if body == MODEST {
        return TermMode::DISAMBIGUATE_ESC_CODES | TermMode::BRACKETED_PASTE;
    }
    TermMode::MOUSE_MOTION
        | TermMode::FOCUS_IN_OUT
        | TermMode::BRACKETED_PASTE
        | TermMode::APP_CURSOR
        | TermMode::APP_KEYPAD
        | TermMode::DISAMBIGUATE_ESC_CODES
        | TermMode::REPORT_ALTERNATE_KEYS
}

/// Starts the first one as Claude and hands over to the second one, as Codex; or the other way.
fn handed_over(
    bodies: [&str; 2],
    names: [&str; 2],
    meanwhile: impl Fn(&Terminal),
) -> (Sandbox, Terminal) {
    let sandbox = project();
    for (name, body) in names.into_iter().zip(bodies) {
        script(&sandbox, name, body);
    }
    let words = bodies.map(|body| if body == MODEST { "the modest one" } else { "the greedy one" });
    let terminal = run_with(&sandbox, &["--provider", names[0]], WIDE, Answers::Kitty);
    let has = |word: &'static str, modes| {
        move |s: &Screen| s.text().contains(word) && asked(s.modes) == modes
    };
    terminal.wait_until("the first one", has(words[0], wanted(bodies[0])));
    terminal.send(F9);
    meanwhile(&terminal);
    terminal.wait_until("the second one", has(words[1], wanted(bodies[1])));
    (sandbox, terminal)
}

/// The terminal before each frame and at the end, when nothing is half written.
fn moments(raw: &[u8]) -> Vec<Screen> {
    let (cols, rows) = WIDE;
    let mut grid = Grid::new(Size { cols, rows }, true);
    let mut seen = Vec::new();
    let (mut from, begin) = (0, b"\x1b[?2026h");
    for at in (1..raw.len()).filter(|at| raw[*at..].starts_with(begin)) {
        drop(grid.feed(&raw[from..at]));
        seen.push(grid.screen());
        from = at;
    }
    drop(grid.feed(&raw[from..]));
    seen.push(grid.screen());
    seen
}

/// Every frame that is begun is ended before the next one.
#[track_caller]
fn assert_frames_are_whole(raw: &[u8]) {
    let mut is_open = false;
    for at in 0..raw.len() {
        if raw[at..].starts_with(b"\x1b[?2026h") {
            assert!(!std::mem::replace(&mut is_open, true), "a frame begins in a frame");
        } else if raw[at..].starts_with(b"\x1b[?2026l") {
            is_open = false;
        }
    }
    assert!(!is_open, "the last frame was not ended");
}

/// The last cursor that was asked for.
fn cursor(raw: &[u8]) -> Option<&[u8]> {
    raw.windows(5).rfind(|five| five.starts_with(b"\x1b[") && five.ends_with(b" q"))
}

#[test]
fn the_next_client_finds_none_of_the_modes_of_the_one_before() {
    for names in [["claude", "codex"], ["codex", "claude"]] {
        let (_sandbox, terminal) = handed_over([GREEDY, MODEST], names, |_| ());
        let raw = terminal.output();
        assert_frames_are_whole(&raw);
        let (mut is_there, mut was_first) = (false, false);
        for screen in moments(&raw) {
            let (text, modes) = (screen.text(), asked(screen.modes));
            was_first |= text.contains("the greedy one");
            is_there |= screen.lines[0].trim_end().ends_with("S-002");
            let all = if is_there { wanted(MODEST) } else { wanted(GREEDY) };
            assert!(all.contains(modes), "{names:?}: {modes:?} in\n{text}");
            assert_eq!(
                text.contains("the greedy one"),
                was_first && !is_there,
                "{names:?}\n{text}"
            );
        }
        assert!(is_there, "{names:?}");
        assert_eq!(cursor(&raw), Some(&b"\x1b[0 q"[..]), "{names:?}");
        assert!(!terminal.screen().title.contains('✳'), "{}", terminal.screen().title);
    }
}

#[test]
fn a_window_that_changes_its_size_on_the_way_breaks_no_frame() {
    let (_sandbox, terminal) = handed_over([GREEDY, MODEST], ["claude", "codex"], |terminal| {
        for cols in [120, 80, 140, 60, 150, 131] {
            terminal.resize(cols, 30);
            std::thread::sleep(Duration::from_millis(60));
        }
    });
    assert_frames_are_whole(&terminal.output());
    let modes = asked(terminal.screen().modes);
    assert_eq!(modes, wanted(MODEST));
}
