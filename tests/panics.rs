//! A panic of loghop's own: the person gets their terminal back, and reads what went wrong there.

use std::sync::Arc;

use alacritty_terminal::term::TermMode;
use loghop::host::panic_hook::PanicHook;
use loghop::host::terminal::Terminal as Host;

use crate::support::sandbox::Sandbox;
use crate::support::split::assert_given_back;
use crate::support::terminal::{Answers, Terminal};

/// Set for the process of this test binary that is to panic.
const ROLE: &str = "LOGHOP_TEST_PANICS";

/// This test is its own subject: started again in a terminal, it takes that terminal, draws, and
/// panics in a thread, as the threads of a run would.
#[test]
fn a_panic_gives_the_terminal_back() {
    if std::env::var_os(ROLE).is_some() {
        return panics();
    }
    let mut sandbox = Sandbox::bare();
    sandbox.set(ROLE, "1");
    let this = std::env::current_exe().unwrap();
    let name = "panics::a_panic_gives_the_terminal_back";
    let launch = sandbox.launch(this.to_str().unwrap(), &["--exact", name, "--nocapture"]);
    let mut terminal = Terminal::start(&launch, (100, 30), Answers::Kitty);
    let screen = terminal.wait_until("the alternate screen", |screen| {
        screen.modes.contains(TermMode::ALT_SCREEN) && screen.text().contains("a frame")
    });
    assert!(screen.modes.contains(TermMode::MOUSE_DRAG), "{:?}", screen.modes);
    terminal.send("x");
    terminal.wait_exit();
    assert_given_back(&terminal);
    let left = terminal.screen().whole();
    assert!(left.contains("expected by this test"), "{left}");
    assert!(!left.contains("a frame"), "{left}");
}

fn panics() {
    let host = Host::take().unwrap();
    let restore = host.restore();
    let _hook = PanicHook::install(Arc::clone(&restore));
    restore.write(b"a frame\x1b[?25l\x1b[?2004h").unwrap();
    loghop::host::terminal::read(&mut [0; 8]).unwrap();
    let broken = std::thread::spawn(|| panic!("expected by this test"));
    assert!(broken.join().is_err());
    // What others still draw must not reach the shell's screen.
    restore.write(b"a frame too late").unwrap();
}
