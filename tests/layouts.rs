//! Where pane and panel stand, in a real terminal of any size, while it is resized, and next time.

use std::time::Duration;

use loghop::model::Size;
use loghop::recorder::layout::{Layout, Place};
use rustix::process::Signal;

use crate::support::sandbox::Sandbox;
use crate::support::split::{initialized, run_with, script};
use crate::support::terminal::{Answers, Exit, Screen, Terminal};

/// Sizes from the smallest to the largest that must work, and those at which something changes.
const SIZES: [(u16, u16); 12] = [
    (80, 24),
    (20, 10),
    (400, 120),
    (40, 12),
    (100, 32),
    (100, 33),
    (120, 40),
    (129, 33),
    (130, 24),
    (200, 60),
    (20, 120),
    (400, 10),
];

/// A project whose assistant shows the size of its terminal, all over.
fn project() -> Sandbox {
    let sandbox = initialized(Sandbox::bare());
    let body = "while :; do
  now=$(stty size)
  [ \"$now\" = \"$old\" ] || printf '\\033[2J\\033[Hsize %s ' \"$now\"
  old=$now
  sleep 0.02
done";
    script(&sandbox, "claude", body);
    sandbox
}

fn start(sandbox: &Sandbox, size: (u16, u16), args: &[&str]) -> Terminal {
    let args = [&["--provider", "claude"], args].concat();
    run_with(sandbox, &args, size, Answers::Plain)
}

/// Ends the run as a person's system does.
fn end(mut terminal: Terminal) {
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(), Exit::Code(130));
}

/// Whether everything is where it belongs: child, rule, panel or status line.
fn stands(screen: &Screen, layout: &Layout) -> bool {
    let glyph = |x: u16, y: u16| screen.cells[usize::from(y)][usize::from(x)].c;
    let Size { cols, rows } = layout.pane_size();
    let told = screen.lines[0].starts_with(&format!("size {rows} {cols}"));
    let line = if layout.rule.height > 1 { '│' } else { '─' };
    let ruled = layout.rule.positions().all(|at| glyph(at.x, at.y) == line);
    let row = |y: u16| screen.lines[usize::from(y)].as_str();
    let panel = layout.panel.is_empty() || row(layout.panel.y).contains("Live");
    let status = layout.status.is_empty() || row(layout.status.y).contains("starting");
    // What is not drawn upon is blank, not what stood there before.
    let clean = (1..rows).all(|y| (0..cols).all(|x| glyph(x, y) == ' '));
    told && ruled && panel && status && clean
}

#[track_caller]
fn wait_for(terminal: &Terminal, (cols, rows): (u16, u16), place: Place) {
    let layout = Layout::new(Size::new(cols, rows), place);
    let what = format!("{cols}x{rows} {}", place.as_word());
    terminal.wait_until(&what, |screen| stands(screen, &layout));
}

#[test]
fn every_size_is_filled_and_the_child_knows_its_own() {
    let sandbox = project();
    let terminal = start(&sandbox, SIZES[0], &[]);
    for size in SIZES {
        terminal.resize(size.0, size.1);
        wait_for(&terminal, size, Place::Auto);
    }
    // A window that is dragged.
    for step in 0..100 {
        terminal.resize(20 + step * 3, 10 + step);
        std::thread::sleep(Duration::from_millis(4));
    }
    wait_for(&terminal, (317, 109), Place::Auto);
}

#[test]
fn keys_move_the_panel_and_the_project_remembers() {
    let sandbox = project();
    let size = (140, 40);
    let terminal = start(&sandbox, size, &[]);
    wait_for(&terminal, size, Place::Auto);
    terminal.send("\x1b[17~");
    wait_for(&terminal, size, Place::Hidden);
    terminal.send("\x1b[17~");
    wait_for(&terminal, size, Place::Auto);
    for place in [Place::Right, Place::Bottom, Place::Hidden, Place::Right, Place::Bottom] {
        terminal.send("\x1cl");
        wait_for(&terminal, size, place);
    }
    end(terminal);
    let next = start(&sandbox, size, &[]);
    wait_for(&next, size, Place::Bottom);
    end(next);
    let told = start(&sandbox, size, &["--layout", "hidden"]);
    wait_for(&told, size, Place::Hidden);
    end(told);
    // What is said for one run is for that run.
    let last = start(&sandbox, size, &[]);
    wait_for(&last, size, Place::Bottom);
}

#[test]
fn the_list_of_keys_comes_and_goes_at_any_size() {
    let sandbox = project();
    let terminal = start(&sandbox, (80, 24), &[]);
    wait_for(&terminal, (80, 24), Place::Auto);
    terminal.send("\x1c?");
    terminal.wait_for("Ctrl-\\ and then");
    terminal.wait_for("hand over to the other assistant");
    terminal.send("\x1c\x1b");
    wait_for(&terminal, (80, 24), Place::Auto);
    terminal.send("\x1c?");
    terminal.wait_for("Ctrl-\\ and then");
    terminal.resize(20, 10);
    terminal.wait_until("a smaller list", |s| s.text().contains("Ctrl-\\"));
    terminal.send("\x1c\x1b");
    wait_for(&terminal, (20, 10), Place::Auto);
}
