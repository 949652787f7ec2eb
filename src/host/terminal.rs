//! Taking the user's terminal, and giving it back as it was, whatever happens.
//!
//! [`Terminal::take`] remembers the line settings, asks what the terminal can do and shows the
//! alternate screen. [`Restore::now`] undoes all of it; it may be called from anywhere and any
//! number of times: at the normal end, from a signal, from a panic.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

use super::reply::{self, Cut, Reply};
use crate::error::{Error, Kind, Result};
use crate::model::Size;

/// How long the terminal may take to answer. Local ones take about 1 ms and a slow network
/// 100 ms; who is later is treated as one that cannot, and late answers are swallowed.
const ANSWERS_WAIT: Duration = Duration::from_millis(150);

/// How long a frame that is being written may keep the terminal from being given back.
const FRAME_WAIT: Duration = Duration::from_millis(100);

/// Asked at the start: keyboard protocol, synchronized output, cell size, colours, where two emoji
/// leave the cursor, and at last the attributes, which every terminal answers.
const QUESTIONS: &str = concat!(
    "\x1b[?u\x1b[?2026$p\x1b[16t\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[>0q",
    "\x1b[2H\u{2764}\u{fe0f}\x1b[6n\x1b[3H\u{1f469}\u{200d}\u{1f4bb}\x1b[6n\x1b[2J\x1b[H",
    "\x1b[c",
);

/// Where the cursor is after the emoji that U+FE0F makes, and after one that is joined from two,
/// when both take two columns.
const AFTER_SELECTED: Reply = Reply::Cursor(2, 3);
const AFTER_JOINED: Reply = Reply::Cursor(3, 3);

/// The title is kept for later; alternate screen, then the mouse: loghop needs clicks, drags and
/// the wheel for the panel.
const ENTER: &[u8] = b"\x1b[22;0t\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l\x1b[?1002h\x1b[?1006h";

/// A stack entry of our own for the keyboard protocol, so that leaving brings back the user's.
const KEYBOARD_PUSH: &[u8] = b"\x1b[>0u";

/// Everything that a child or loghop may have turned on, off; alternate screen last.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[>4;0m\x1b[?2004l\x1b[?1004l\x1b[?2031l\
\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1016l\x1b[?1l\x1b>\x1b[0 q\x1b[0m\x1b[?25h\x1b[?1049l\x1b[23;0t";

/// Takes back our entry of the keyboard stack; the alternate screen has a stack of its own.
const KEYBOARD_POP: &[u8] = b"\x1b[<u";

/// What the terminal told about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// It speaks the kitty keyboard protocol.
    pub keyboard: bool,
    /// It holds back drawing between `?2026h` and `?2026l`.
    pub synchronized: bool,
    /// Its text colour.
    pub foreground: Option<(u8, u8, u8)>,
    /// Its background colour.
    pub background: Option<(u8, u8, u8)>,
    /// Size of a cell in pixels: width, height.
    pub cell: Option<(u16, u16)>,
    /// An emoji that U+FE0F makes takes two columns in it.
    pub emoji_wide: bool,
    /// Emoji that U+200D joins take two columns together.
    pub emoji_joined: bool,
    /// Its name and version.
    pub version: Option<String>,
}

impl Answers {
    /// Whether its background is dark; most are, so that is what silence means.
    pub fn is_dark(&self) -> bool {
        self.background.is_none_or(|(r, g, b)| {
            // Rec. 709 luma in thousandths, against the middle of the range.
            u32::from(r) * 213 + u32::from(g) * 715 + u32::from(b) * 72 < 128_000
        })
    }

    fn note(&mut self, reply: Reply) {
        match reply {
            Reply::Keyboard => self.keyboard = true,
            Reply::Mode(2026, known) => self.synchronized = known,
            Reply::Color(10, rgb) => self.foreground = Some(rgb),
            Reply::Color(11, rgb) => self.background = Some(rgb),
            Reply::CellSize(width, height) => self.cell = Some((width, height)),
            Reply::Version(version) => self.version = Some(version),
            AFTER_SELECTED => self.emoji_wide = true,
            AFTER_JOINED => self.emoji_joined = true,
            Reply::Attributes | Reply::Mode(..) | Reply::Color(..) | Reply::Cursor(..) => {}
        }
    }
}

/// The user's terminal while loghop has it.
pub struct Terminal {
    /// What it can do.
    pub answers: Answers,
    /// What the person typed while it was asked.
    pub typed: Vec<u8>,
    restore: Arc<Restore>,
}

/// How to give the terminal back.
pub struct Restore {
    termios: Termios,
    keyboard: AtomicBool,
    taken: AtomicBool,
    /// How often it was taken: what was drawn before the last time is gone.
    times: AtomicU32,
    /// Held while a frame is written, so that nothing is written into the middle of it.
    pen: Mutex<()>,
}

/// Whether both ends of the terminal are there.
pub fn is_terminal() -> bool {
    rustix::termios::isatty(rustix::stdio::stdin())
        && rustix::termios::isatty(rustix::stdio::stdout())
}

/// The terminal's size; 80x24 where it does not say.
pub fn size() -> Size {
    told_size().unwrap_or(Size::new(80, 24))
}

/// The terminal's size; `None` where it does not say, as one whose window was closed.
pub fn told_size() -> Option<Size> {
    let size = tcgetwinsize(rustix::stdio::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then(|| Size::new(size.ws_col, size.ws_row))
}

impl Terminal {
    /// Takes the terminal: raw mode, alternate screen, questions (two of which draw).
    ///
    /// # Errors
    /// `Io` when standard input or output is no terminal.
    pub fn take() -> Result<Self> {
        let termios = tcgetattr(rustix::stdio::stdin())
            .map_err(|e| Error::new(Kind::Io, format!("standard input is no terminal: {e}")))?;
        let restore = Arc::new(Restore {
            termios,
            keyboard: AtomicBool::new(false),
            taken: AtomicBool::new(true),
            times: AtomicU32::new(1),
            pen: Mutex::new(()),
        });
        restore.raw();
        write_all(ENTER);
        let (answers, typed) = ask();
        restore.keyboard.store(answers.keyboard, Ordering::SeqCst);
        restore.push_keyboard();
        Ok(Self { answers, typed, restore })
    }

    /// A handle that gives the terminal back, for the panic hook and the signal thread.
    pub fn restore(&self) -> Arc<Restore> {
        Arc::clone(&self.restore)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore.now();
    }
}

impl Restore {
    /// Gives the terminal back. Does nothing when it is not taken.
    pub fn now(&self) {
        if !self.taken.swap(false, Ordering::SeqCst) {
            return;
        }
        // A terminal that does not read must not keep anybody here.
        let _pen = self.pen.try_lock_for(FRAME_WAIT);
        let mut bytes = Vec::with_capacity(LEAVE.len() + KEYBOARD_POP.len());
        if self.keyboard.load(Ordering::SeqCst) {
            bytes.extend_from_slice(KEYBOARD_POP);
        }
        bytes.extend_from_slice(LEAVE);
        write_all(&bytes);
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &self.termios);
    }

    /// Writes a frame, unless the terminal has been given back: what is drawn after that would
    /// stand in the shell's screen.
    ///
    /// # Errors
    /// As `write(2)`.
    pub fn write(&self, frame: &[u8]) -> io::Result<()> {
        let _pen = self.pen.lock();
        if self.taken.load(Ordering::SeqCst) { write(frame) } else { Ok(()) }
    }

    /// Takes the terminal again after [`Restore::now`] (SIGCONT). In the background the system
    /// stops us here until we are in front.
    pub fn again(&self) {
        // A shell sets the line as it likes it while a program is stopped, however it was stopped.
        self.raw();
        let _pen = self.pen.lock();
        if !self.taken.swap(true, Ordering::SeqCst) {
            write_all(ENTER);
            self.push_keyboard();
        }
        self.times.fetch_add(1, Ordering::SeqCst);
    }

    /// How often the terminal was taken. Whoever draws starts anew when this has changed.
    pub fn times(&self) -> u32 {
        self.times.load(Ordering::SeqCst)
    }

    fn raw(&self) {
        let mut raw = self.termios.clone();
        raw.make_raw();
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &raw);
    }

    fn push_keyboard(&self) {
        if self.keyboard.load(Ordering::SeqCst) {
            write_all(KEYBOARD_PUSH);
        }
    }
}

/// Asks the terminal; gives its answers, and what was typed meanwhile.
fn ask() -> (Answers, Vec<u8>) {
    let (mut answers, mut typed, mut open) = (Answers::default(), Vec::new(), Vec::new());
    write_all(QUESTIONS.as_bytes());
    let end = Instant::now() + ANSWERS_WAIT;
    let mut buffer = [0; 1024];
    'asking: while let Some(left) = end.checked_duration_since(Instant::now()) {
        if !readable(left) {
            break;
        }
        match read(&mut buffer) {
            Ok(n) if n > 0 => open.extend_from_slice(&buffer[..n]),
            _ => break,
        }
        while !open.is_empty() {
            let Cut::Whole(len) = reply::cut(&open) else { break };
            let sequence: Vec<u8> = open.drain(..len).collect();
            match reply::parse(&sequence) {
                Some(Reply::Attributes) => break 'asking,
                Some(reply) => answers.note(reply),
                None => typed.extend_from_slice(&sequence),
            }
        }
    }
    typed.append(&mut open);
    (answers, typed)
}

/// Whether standard input has bytes within `wait`.
fn readable(wait: Duration) -> bool {
    let stdin = rustix::stdio::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
    matches!(poll(&mut fds, Some(&wait)), Ok(n) if n > 0)
}

/// Writes to the terminal; a terminal that is gone is not worth an error here.
fn write_all(bytes: &[u8]) {
    let _ = write(bytes);
}

/// Reads what the person typed, straight from the terminal: a buffer in between would hide bytes
/// from those who wait for them.
///
/// # Errors
/// As `read(2)`; `Ok(0)` means that the terminal is gone.
pub fn read(buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match rustix::io::read(rustix::stdio::stdin(), &mut *buffer) {
            Err(rustix::io::Errno::INTR) => {}
            read => return Ok(read?),
        }
    }
}

/// Writes all of `bytes` to the terminal, without a lock that a panic could leave behind.
///
/// # Errors
/// As `write(2)`.
pub fn write(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
