//! Scrolling, selecting and copying in the pane, as a person does it in a bare terminal.

use std::time::Duration;

use alacritty_terminal::term::cell::Flags;
use base64::Engine;

use crate::support::sandbox::Sandbox;
use crate::support::split::{initialized, run_with, script};
use crate::support::terminal::{Answers, Screen, Terminal};

/// Rows of the pane: the terminal's without the status line.
const ROWS: u16 = 29;

/// Time in which nothing may happen.
const CALM: Duration = Duration::from_millis(150);

/// A child that writes a hundred lines and then shows, visibly, what it is sent. `modes` is what it
/// switches on before.
fn scene(modes: &str) -> (Sandbox, Terminal) {
    let sandbox = initialized(Sandbox::bare());
    let body = "stty raw -echo
printf 'MODES'
n=1
while [ $n -le 100 ]; do printf 'line %s of src/main.rs\\r\\n' $n; n=$((n+1)); done
printf 'prompt> '
exec cat -uv";
    script(&sandbox, "claude", &body.replace("MODES", modes));
    let args = ["--provider", "claude", "--layout", "hidden"];
    let terminal = run_with(&sandbox, &args, (100, ROWS + 1), Answers::Plain);
    terminal.wait_until("the whole answer", |s| s.text().contains("prompt>"));
    (sandbox, terminal)
}

/// A mouse report: code, column and row from 1, pressed or moved.
fn mouse(code: u16, col: u16, row: u16, down: bool) -> String {
    format!("\x1b[<{code};{col};{row}{}", if down { 'M' } else { 'm' })
}

fn click(col: u16, row: u16) -> String {
    mouse(0, col, row, true) + &mouse(0, col, row, false)
}

/// What loghop put into the clipboard, in order.
fn copied(terminal: &Terminal) -> Vec<String> {
    let output = terminal.output();
    let text = String::from_utf8_lossy(&output).into_owned();
    let writes = text.split("\x1b]52;c;").skip(1);
    let decode = |write: &str| {
        let encoded = write.split('\x07').next().unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    writes.map(decode).collect()
}

#[track_caller]
fn wait_for_copy(terminal: &Terminal, text: &str) {
    let is_there = |_: &Screen| copied(terminal).last().is_some_and(|last| last == text);
    terminal.wait_until(&format!("a copy of {text:?}"), is_there);
}

/// The text that is shown inverse.
fn selected(screen: &Screen) -> String {
    let cells = screen.cells.iter().take(ROWS.into()).flatten();
    cells.filter(|cell| cell.flags.contains(Flags::INVERSE)).map(|cell| cell.c).collect()
}

#[track_caller]
fn wait_for_top(terminal: &Terminal, line: u32) -> Screen {
    let text = format!("line {line} ");
    terminal.wait_until(&format!("`{text}` at the top"), |s| s.lines[0].starts_with(&text))
}

#[test]
fn the_wheel_scrolls_the_history_and_typing_returns() {
    let (_sandbox, terminal) = scene("");
    wait_for_top(&terminal, 73);
    terminal.send(mouse(64, 5, 5, true).repeat(2));
    let screen = wait_for_top(&terminal, 67);
    assert!(screen.lines[0].ends_with("↑ 6 rows · type to return"), "{}", screen.lines[0]);
    terminal.send(mouse(65, 5, 5, true));
    wait_for_top(&terminal, 70);
    terminal.send("x");
    let screen = terminal.wait_for("prompt> x");
    assert!(screen.lines[0].ends_with("src/main.rs"), "{}", screen.lines[0]);
    assert_eq!(screen.cursor, (9, 28));
}

#[test]
fn page_keys_scroll_the_history_in_every_encoding() {
    let (_sandbox, terminal) = scene("");
    terminal.send("\x1b[5;2~");
    wait_for_top(&terminal, 45);
    terminal.send("\x1b[5;2:3~\x1b[57441;2:3u\x1b[57421;2u");
    wait_for_top(&terminal, 17);
    terminal.send("\x1b[6;66:1~");
    wait_for_top(&terminal, 45);
    terminal.send("\x1b[6;2~\x1b[6;2~");
    let screen = wait_for_top(&terminal, 73);
    assert!(!screen.lines[0].contains('↑'), "{}", screen.lines[0]);
    // Only the release of a modifier is the child's.
    terminal.send("!");
    terminal.wait_for("prompt> ^[[57441;2:3u!");
}

#[test]
fn page_keys_are_the_childs_on_its_alternate_screen_and_in_a_mouse_mode() {
    for modes in ["\\033[?1049h", "\\033[?1002h\\033[?1006h"] {
        let (_sandbox, terminal) = scene(modes);
        terminal.send("\x1b[5;2~");
        terminal.wait_for("prompt> ^[[5;2~");
    }
    let (_sandbox, terminal) = scene("\\033[?1002h\\033[?1006h");
    terminal.send(mouse(64, 5, 5, true) + &click(3, 4));
    terminal.wait_for("prompt> ^[[<64;5;5M^[[<0;3;4M^[[<0;3;4m");
}

#[test]
fn a_drag_selects_and_copies() {
    let (_sandbox, terminal) = scene("");
    wait_for_top(&terminal, 73);
    terminal.send(mouse(0, 6, 1, true) + &mouse(32, 30, 1, true) + &mouse(32, 7, 2, true));
    let screen = terminal.wait_until("a selection", |s| !selected(s).is_empty());
    assert!(selected(&screen).starts_with("73 of src/main.rs"), "{}", selected(&screen));
    assert!(selected(&screen).ends_with("line 74"), "{}", selected(&screen));
    assert!(copied(&terminal).is_empty());
    terminal.send(mouse(0, 7, 2, false));
    wait_for_copy(&terminal, "73 of src/main.rs\nline 74");
    terminal.send("\x1b[I");
    std::thread::sleep(CALM);
    assert!(!selected(&terminal.screen()).is_empty(), "focus is no typing");
    terminal.send("y");
    terminal.wait_until("no selection", |s| selected(s).is_empty());
}

#[test]
fn two_clicks_take_a_word_and_three_a_line() {
    let (_sandbox, terminal) = scene("");
    wait_for_top(&terminal, 73);
    terminal.send(click(15, 3) + &click(15, 3));
    wait_for_copy(&terminal, "src/main.rs");
    terminal.send(click(15, 3));
    wait_for_copy(&terminal, "line 75 of src/main.rs");
    terminal.send(click(1, 9));
    terminal.wait_until("no selection", |s| selected(s).is_empty());
    // A drag after two clicks goes on by words.
    terminal.send(click(2, 5) + &mouse(0, 2, 5, true) + &mouse(32, 6, 5, true));
    terminal.send(mouse(0, 6, 5, false));
    wait_for_copy(&terminal, "line 77");
}

#[test]
fn a_drag_to_the_edge_selects_more_than_a_screen() {
    let (_sandbox, terminal) = scene("");
    wait_for_top(&terminal, 73);
    terminal.send(mouse(0, 10, ROWS, true) + &mouse(32, 1, 10, true) + &mouse(32, 1, 1, true));
    wait_for_top(&terminal, 40);
    terminal.send(mouse(32, 1, 5, true));
    std::thread::sleep(CALM);
    let before = terminal.screen().lines[0].clone();
    std::thread::sleep(CALM);
    assert_eq!(terminal.screen().lines[0], before, "away from the edge it rests");
    terminal.send(mouse(0, 1, 5, false));
    let screen = terminal.wait_until("a copy", |_| !copied(&terminal).is_empty());
    let copy = copied(&terminal).remove(0);
    assert!(copy.lines().count() > usize::from(ROWS), "{copy}");
    assert!(screen.lines[4].starts_with(copy.lines().next().unwrap()), "{copy}");
    assert!(copy.ends_with("prompt>"), "{copy}");
}

#[test]
fn another_size_ends_a_selection() {
    let (_sandbox, terminal) = scene("");
    wait_for_top(&terminal, 73);
    let select = click(3, 3) + &click(3, 3);
    terminal.send(&select);
    terminal.wait_until("a selection", |s| !selected(s).is_empty());
    terminal.resize(90, ROWS + 1);
    terminal.wait_until("no selection", |s| selected(s).is_empty());
}
