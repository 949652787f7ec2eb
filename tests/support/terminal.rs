//! A terminal for tests: any program in a real PTY, drawn by an emulator that is not ours.
//!
//! Invariants: what the program wrote is kept whole (`output`), queries are answered as
//! `Answers` says and otherwise not at all, and every process started here is gone when the
//! `Terminal` is dropped.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use alacritty_terminal::term::TermMode;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

pub use super::screen::Screen;
use super::screen::{Grid, Size};

/// Time for anything that a program should do soon. Generous: it is waited only where a test fails,
/// and real clients on a busy machine take a minute to start.
pub const PATIENCE: Duration = Duration::from_mins(3);

/// What is promised within a time is asserted within this many times it: a busy machine adds to
/// everything, and what hangs takes longer than that.
pub const BUSY: u32 = 8;

/// How often a condition is looked at again.
const TICK: Duration = Duration::from_millis(10);

/// What the terminal answers to queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// As a plain terminal: everything but the kitty keyboard protocol.
    Plain,
    /// The kitty keyboard protocol too.
    Kitty,
    /// Nothing at all.
    Mute,
}

/// What to start.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// Its folder.
    pub cwd: PathBuf,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(u32),
    /// By a signal, as the system names it.
    Signal(String),
}

/// A program in a terminal.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    tty: PathBuf,
    before: Termios,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
    exit: Option<Exit>,
}

struct Shared {
    grid: Mutex<Grid>,
    writer: Mutex<Option<Box<dyn Write + Send>>>,
    closing: AtomicBool,
    ended: AtomicBool,
}

impl Terminal {
    /// Starts a program in a terminal of this many columns and rows.
    pub fn start(launch: &Launch, (cols, rows): (u16, u16), answers: Answers) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let tty = pair.master.tty_name().unwrap();
        let before = tcgetattr(open_tty(&tty)).unwrap();
        let mut command = CommandBuilder::new(&launch.program);
        command.args(&launch.args);
        command.env_clear();
        for (name, value) in &launch.env {
            command.env(name, value);
        }
        command.cwd(&launch.cwd);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let shared = Arc::new(Shared {
            grid: Mutex::new(Grid::new(Size { cols, rows }, answers == Answers::Kitty)),
            writer: Mutex::new(Some(pair.master.take_writer().unwrap())),
            closing: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let reader = Some(read_in_background(&*pair.master, Arc::clone(&shared), answers));
        Self { master: pair.master, tty, before, child, shared, reader, exit: None }
    }

    /// Sends bytes as if they were typed.
    pub fn send(&self, bytes: impl AsRef<[u8]>) {
        self.shared.write(bytes.as_ref());
    }

    /// Types a prompt, waits until it is visible, and sends Enter as a write of its own: clients
    /// take `text\r` in one write for a paste.
    #[track_caller]
    pub fn prompt(&self, text: &str) {
        self.send(text);
        self.enter(text);
    }

    /// The same for a prompt that is typed: each key comes alone, and is drawn before the next.
    #[track_caller]
    pub fn type_prompt(&self, text: &str) {
        for key in text.chars() {
            self.send(key.to_string());
            std::thread::sleep(Duration::from_millis(25));
        }
        self.enter(text);
    }

    #[track_caller]
    fn enter(&self, text: &str) {
        self.wait_for(text);
        // The clients treat an Enter that comes with the text as part of a paste; they decide by
        // time, so this is a pause and not a condition.
        std::thread::sleep(Duration::from_millis(400));
        self.send("\r");
    }

    /// Waits until the text is on the screen or in the scrolled rows.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> Screen {
        self.wait_until(&format!("`{text}` on the screen"), |s| s.whole().contains(text))
    }

    /// Waits until the screen is as told.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is: impl Fn(&Screen) -> bool) -> Screen {
        let end = Instant::now() + PATIENCE;
        loop {
            let ended = self.shared.ended.load(Ordering::Acquire);
            let screen = self.screen();
            if is(&screen) {
                return screen;
            }
            let text = screen.text();
            assert!(!ended, "the program ended before: {what}\n{text}");
            assert!(Instant::now() < end, "waited too long for: {what}\n{text}");
            std::thread::sleep(TICK);
        }
    }

    /// The terminal as it is now.
    pub fn screen(&self) -> Screen {
        self.shared.grid().screen()
    }

    /// Everything that the program wrote.
    pub fn output(&self) -> Vec<u8> {
        self.shared.grid().raw().to_vec()
    }

    /// Changes the size; the program is told by the system.
    pub fn resize(&self, cols: u16, rows: u16) {
        self.shared.grid().resize(Size { cols, rows });
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).unwrap();
    }

    /// The line discipline of the terminal: what the shell would find.
    pub fn termios(&self) -> Termios {
        tcgetattr(open_tty(&self.tty)).unwrap()
    }

    /// What any program must have put back when it ends: modes, the cursor, input by lines.
    #[track_caller]
    pub fn assert_clean(&self) {
        let left_on = TermMode::ALT_SCREEN
            | TermMode::MOUSE_MODE
            | TermMode::BRACKETED_PASTE
            | TermMode::FOCUS_IN_OUT
            | TermMode::KITTY_KEYBOARD_PROTOCOL;
        let modes = self.screen().modes;
        assert!(!modes.intersects(left_on), "{modes:?}");
        assert!(modes.contains(TermMode::SHOW_CURSOR), "{modes:?}");
        let local = self.termios().local_modes;
        assert!(local.contains(LocalModes::ICANON), "{local:?}");
    }

    /// The line discipline as it was before the program started.
    pub fn termios_before(&self) -> &Termios {
        &self.before
    }

    /// The program's process id.
    pub fn pid(&self) -> Pid {
        let pid = self.child.process_id().and_then(|p| Pid::from_raw(p.cast_signed()));
        pid.unwrap()
    }

    /// The process that the program started, as the system tells it.
    pub fn child(&self) -> Option<Pid> {
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let parent = self.pid().as_raw_nonzero().get().to_string();
        let is_child = |pid: &i32| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // After the name, which may hold anything: the state, then the parent.
            stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)) == Some(&*parent)
        };
        pids.find(is_child).and_then(Pid::from_raw)
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Whether the program has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.look_for_exit();
        self.exit.is_none()
    }

    /// Whether it ends within this time.
    pub fn ends_within(&mut self, time: Duration) -> bool {
        let end = Instant::now() + time;
        while self.is_running() && Instant::now() < end {
            std::thread::sleep(TICK);
        }
        self.exit.is_some()
    }

    fn look_for_exit(&mut self) {
        if self.exit.is_none() {
            self.exit = self.child.try_wait().unwrap().map(|status| match status.signal() {
                Some(name) => Exit::Signal(name.to_owned()),
                None => Exit::Code(status.exit_code()),
            });
        }
    }

    /// Waits until the program has ended and all that it wrote was read.
    #[track_caller]
    pub fn wait_exit(&mut self) -> Exit {
        let end = Instant::now() + PATIENCE;
        while self.is_running() {
            let text = self.screen().text();
            assert!(Instant::now() < end, "the program did not end\n{text}");
            std::thread::sleep(TICK);
        }
        // What it started may hold the terminal open; then what came by now is all.
        let end = Instant::now() + Duration::from_secs(1);
        while !self.shared.ended.load(Ordering::Acquire) && Instant::now() < end {
            std::thread::sleep(TICK);
        }
        self.exit.clone().unwrap()
    }

    /// Closes the window: the kernel hangs up on everybody in it. Returns how the program ended.
    pub fn close_window(mut self) -> Exit {
        self.let_go();
        let size = PtySize { rows: 1, cols: 1, pixel_width: 0, pixel_height: 0 };
        let unused = native_pty_system().openpty(size).unwrap();
        drop(std::mem::replace(&mut self.master, unused.master));
        self.wait_exit()
    }

    /// Ends the reader and drops the writer, so that only `master` is left.
    fn let_go(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        if let Ok(mut tty) = OpenOptions::new().write(true).open(&self.tty) {
            // A writer that is dropped types Ctrl+D unless the terminal has no such key.
            if let Ok(mut modes) = tcgetattr(&tty) {
                modes.special_codes[SpecialCodeIndex::VEOF] = 0;
                let _ = tcsetattr(&tty, rustix::termios::OptionalActions::Now, &modes);
            }
            // Wakes the reader, which then sees that it should end.
            let _ = tty.write_all(b"\0");
        }
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.shared.writer.lock().unwrap().take();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.exit.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if self.reader.is_some() {
            self.let_go();
        }
    }
}

fn open_tty(path: &Path) -> std::fs::File {
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

fn read_in_background(
    master: &dyn MasterPty,
    shared: Arc<Shared>,
    answers: Answers,
) -> JoinHandle<()> {
    let mut reader = master.try_clone_reader().unwrap();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        loop {
            let count = reader.read(&mut buffer).unwrap_or(0);
            if count == 0 || shared.closing.load(Ordering::Acquire) {
                shared.ended.store(true, Ordering::Release);
                return;
            }
            let replies = shared.grid().feed(&buffer[..count]);
            if answers != Answers::Mute {
                shared.write(&replies);
            }
        }
    })
}

impl Shared {
    fn grid(&self) -> MutexGuard<'_, Grid> {
        self.grid.lock().unwrap()
    }

    /// Writes to the program; one that has ended gets nothing.
    fn write(&self, bytes: &[u8]) {
        if let Some(writer) = self.writer.lock().unwrap().as_mut() {
            let _ = writer.write_all(bytes).and_then(|()| writer.flush());
        }
    }
}
