//! The product's picture: recordings of the real clients, played by a child of `loghop run` in a
//! real terminal. What an independent emulator makes of loghop's bytes in the pane must be what it
//! makes of the recording itself, at the end of each synchronized frame and before the child exits.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use loghop::model::Size;
use loghop::recorder::layout::{Layout, Place};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::fidelity::{Event, Recording, frames, recordings};
use crate::judge::{Judge, Seen};
use crate::support::sandbox::Sandbox;
use crate::support::split::{initialized, run_with};
use crate::support::terminal::{Answers, Exit, PATIENCE, Terminal};

/// The end of a synchronized frame.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// Share of cells whose colours and attributes must be equal.
const LOOKS_MIN: f64 = 0.999;

/// Frames of a recording that are compared. Each costs a frame's time, and neighbours differ by a
/// glyph of the spinner; every recording's frames are all compared one floor below, in `fidelity`.
const FRAMES_MAX: usize = 24;

/// How long the screen may take to become what it should be: drawing waits for nothing but time.
const SETTLE: Duration = Duration::from_secs(5);

/// A child that writes what it is told to, byte for byte, when it is told to.
struct Player {
    dir: PathBuf,
    orders: File,
    count: usize,
}

/// Cells that were compared.
#[derive(Default)]
struct Tally {
    cells: usize,
    looks: usize,
}

/// `loghop run` around a player, beside what the player's bytes should look like.
struct Stage {
    sandbox: Sandbox,
    terminal: Terminal,
    player: Player,
    bare: Judge,
    place: Place,
    tally: Tally,
}

impl Player {
    /// Puts the program into the sandbox; it waits at its pipe for orders.
    fn install(sandbox: &mut Sandbox) -> PathBuf {
        let dir = sandbox.root().join("play");
        std::fs::create_dir(&dir).unwrap();
        mknodat(CWD, dir.join("orders"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        let program = sandbox.bin().join("player");
        let script = "#!/bin/sh
case $1 in --version) echo '2.1.197 (Claude Code)'; exit;; esac
cd 'DIR' && stty raw -echo && exec 3<orders
while read -r order cols rows <&3; do
  case $order in
    size) until [ \"$(stty size)\" = \"$rows $cols\" ]; do sleep 0.01; done ;;
    *) cat \"$order\" ;;
  esac
  echo \"$order\" >> done
done
";
        std::fs::write(&program, script.replace("DIR", dir.to_str().unwrap())).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
        sandbox.set("LOGHOP_REAL_CLAUDE", program.to_str().unwrap());
        dir
    }

    /// Waits until the child reads its orders.
    fn connect(dir: &Path) -> Self {
        // Opening a pipe for writing waits for its reader.
        let orders = File::options().write(true).open(dir.join("orders")).unwrap();
        Self { dir: dir.to_owned(), orders, count: 0 }
    }

    fn play(&mut self, bytes: &[u8]) {
        let name = format!("{}.raw", self.count);
        std::fs::write(self.dir.join(&name), bytes).unwrap();
        self.order(&name);
    }

    /// Waits until the child's terminal has this size.
    fn expect(&mut self, size: Size) {
        self.order(&format!("size {} {}", size.cols, size.rows));
    }

    #[track_caller]
    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        self.count += 1;
        let end = Instant::now() + PATIENCE;
        let done = || std::fs::read_to_string(self.dir.join("done")).unwrap_or_default();
        while done().lines().count() < self.count {
            assert!(Instant::now() < end, "the child does not get to `{order}`");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The terminal in which a child gets this size, with the panel in this place.
fn host(child: Size, place: Place) -> Size {
    let fits = |host: &Size| Layout::new(*host, place).pane_size() == child;
    let cols = (child.cols..child.cols + 120).map(|cols| Size::new(cols, child.rows));
    let rows = (child.rows..child.rows + 60).map(|rows| Size::new(child.cols, rows));
    cols.chain(rows).find(fits).unwrap()
}

impl Stage {
    /// Starts loghop so that its child gets a terminal of this size.
    fn start(child: Size, place: Place) -> Self {
        let mut sandbox = Sandbox::bare();
        let dir = Player::install(&mut sandbox);
        sandbox.set("COLORTERM", "truecolor");
        let sandbox = initialized(sandbox);
        let host = host(child, place);
        let args = ["--provider", "claude", "--layout", place.as_word()];
        let terminal = run_with(&sandbox, &args, (host.cols, host.rows), Answers::Plain);
        let mut player = Player::connect(&dir);
        player.expect(child);
        let (bare, tally) = (Judge::new(child), Tally::default());
        Self { sandbox, terminal, player, bare, place, tally }
    }

    fn play(&mut self, bytes: &[u8]) {
        self.player.play(bytes);
        self.bare.feed(bytes);
    }

    fn resize(&mut self, child: Size) {
        let host = host(child, self.place);
        self.terminal.resize(host.cols, host.rows);
        self.bare.resize(child);
        self.player.expect(child);
    }

    /// Waits until the pane shows what it should; then counts what looks alike.
    #[track_caller]
    fn compare(&mut self, place: &str) {
        let end = Instant::now() + SETTLE;
        let mut wrong = self.difference();
        while wrong.is_some() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
            wrong = self.difference();
        }
        assert_eq!(wrong, None, "{place}\n{}", self.terminal.screen().text());
        let (ours, theirs) = (self.pane(), self.bare.cells());
        let pairs = ours.iter().flatten().zip(theirs.iter().flatten());
        self.tally.cells += pairs.clone().count();
        self.tally.looks += pairs.filter(|(our, their)| our.look == their.look).count();
    }

    /// The cells of the pane, as the host's terminal shows them.
    fn pane(&self) -> Vec<Vec<Seen>> {
        let size = self.bare.size();
        let screen = self.terminal.screen();
        let row = |row: &Vec<_>| row.iter().take(size.cols.into()).map(Seen::of).collect();
        screen.cells.iter().take(size.rows.into()).map(row).collect()
    }

    fn difference(&self) -> Option<String> {
        let (ours, theirs) = (self.pane(), self.bare.cells());
        for (y, (our, their)) in ours.iter().zip(&theirs).enumerate() {
            if let Some(x) = (0..their.len()).find(|x| our[*x].text != their[*x].text) {
                let (our, their) = (&our[x].text, &their[x].text);
                return Some(format!("({x}, {y}) is {our:?}, should be {their:?}"));
            }
        }
        let screen = self.terminal.screen();
        let (x, y) = screen.cursor;
        let is_shown = screen.modes.contains(alacritty_terminal::term::TermMode::SHOW_CURSOR);
        let (ours, theirs) = ((x as u16, y as u16), self.bare.cursor());
        let is_wrong = is_shown != self.bare.shows_cursor() || (is_shown && ours != theirs);
        is_wrong.then(|| format!("the cursor is at {ours:?} ({is_shown}), should be at {theirs:?}"))
    }

    /// Ends the child; loghop ends with it, and the session is there.
    fn end(mut self) -> Tally {
        drop(self.player.orders);
        assert_eq!(self.terminal.wait_exit(), Exit::Code(0));
        let session = self.sandbox.repo().join(".loghop/sessions/S-001.md");
        assert!(session.exists());
        self.tally
    }
}

/// Plays a recording. Between a change of size and the client's answer to it emulators differ, so
/// what comes after the last one is compared, without its first frame.
fn play(recording: &Recording, place: Place) -> Tally {
    let mut stage = Stage::start(recording.size, place);
    let is_resize = |event: &Event| matches!(event, Event::Resize(_));
    let from = recording.events.iter().rposition(is_resize);
    let (before, after) = recording.events.split_at(from.map_or(0, |at| at + 1));
    for event in before {
        match event {
            Event::Output(bytes) => stage.play(bytes),
            Event::Resize(size) => stage.resize(*size),
        }
    }
    let output: Vec<u8> = after.iter().flat_map(Event::bytes).copied().collect();
    let pieces = frames(&output);
    let step = pieces.len().div_ceil(FRAMES_MAX);
    let first = usize::from(from.is_some());
    for (n, piece) in pieces.chunks(step).enumerate() {
        stage.play(&piece.concat());
        if n >= first && piece.last().is_some_and(|last| last.ends_with(FRAME_END)) {
            stage.compare(&format!("{}, part {n}", recording.name));
        }
    }
    stage.compare(&format!("{}, before its exit", recording.name));
    stage.end()
}

fn assert_alike(tallies: &[Tally]) {
    let cells: usize = tallies.iter().map(|tally| tally.cells).sum();
    let looks: usize = tallies.iter().map(|tally| tally.looks).sum();
    assert!(looks as f64 >= LOOKS_MIN * cells as f64, "{looks} of {cells} cells look right");
}

/// Recordings of one client at one size are played with the panel hidden and beside it in turn;
/// those with changes of size with the panel hidden.
fn play_all(is_wanted: impl Fn(&Recording) -> bool) {
    let wanted: Vec<Recording> = recordings().into_iter().filter(is_wanted).collect();
    assert!(wanted.len() > 2, "{} recordings", wanted.len());
    let tallies: Vec<Tally> = wanted
        .iter()
        .enumerate()
        .map(|(n, recording)| {
            let is_beside = n % 2 == 1 && !recording.is_resized();
            play(recording, if is_beside { Place::Right } else { Place::Hidden })
        })
        .collect();
    assert_alike(&tallies);
}

#[test]
fn the_pane_shows_what_claude_drew() {
    play_all(|r| r.name.starts_with("claude") && !r.is_resized());
}

#[test]
fn the_pane_shows_what_codex_drew() {
    play_all(|r| r.name.starts_with("codex") && !r.is_resized());
}

#[test]
fn the_pane_shows_what_a_client_drew_after_its_terminal_changed_its_size() {
    play_all(Recording::is_resized);
}

#[test]
fn the_pane_shows_what_unusual_children_draw() {
    let wide = "漢字".repeat(30);
    let history = "a line that scrolls away\r\n".repeat(100);
    let family = "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    let scenes = [
        format!("{history}$ "),
        "\x1b[2J\x1b[3;8r\x1b[8;1Hbottom\r\nscrolled\r\nagain\x1bM\x1bMup\x1b[r\x1b[12;5Hout"
            .into(),
        format!("\x1b[2J\x1b[H\x1b[1Cx{wide}"),
        format!("\x1b[2J\x1b[1;60H漢|\x1b[2;59H{wide}\x1b[3;59H\x1b[K"),
        "\x1b[2J\x1b[He\u{301}x a\u{308}\u{323}y \u{200d}z \u{5d0}\u{5d1}\u{5b8} end".into(),
        format!(
            "\x1b[2J\x1b[Hfamily {family}| heart \u{2764}\u{fe0f}| tag\r\nnext {family}{family}"
        ),
        "\x1b[2J\x1b[5;5H\x1b[7minverse \x1b[4munder\x1b[0;1;2;3;9mall\x1b[0m\x1b[44m\x1b[K".into(),
        "\x1b[?1049h\x1b[2J\x1b[HAlternate\x1b[10;10H\x1b(0lqqk\x1b(B\x1b[4 q".into(),
        "\x1b[?1049l back\x1b[3@\x1b[2P\x1b[5X\x1b[3b\tt\x1b[2Z\x1b[2L\x1b[M".into(),
    ];
    for place in [Place::Hidden, Place::Right] {
        let mut stage = Stage::start(Size::new(60, 16), place);
        for (n, scene) in scenes.iter().enumerate() {
            stage.play(scene.as_bytes());
            stage.compare(&format!("scene {n}, {}", place.as_word()));
        }
        assert_alike(&[stage.end()]);
    }
}

/// What only the terminal itself can do reaches it: bell, notifications, progress, clipboard.
#[test]
fn what_only_the_host_can_do_reaches_it() {
    let mut stage = Stage::start(Size::new(60, 16), Place::Right);
    let asked: [&[u8]; 4] =
        [b"\x1b]9;all tests pass", b"\x1b]9;4;1;50", b"\x1b]777;notify;a;b", b"\x1b]52;c;aGk="];
    let has = |stage: &Stage, bytes: &[u8]| memchr::memmem::find(&stage.terminal.output(), bytes);
    for sequence in asked {
        assert_eq!(has(&stage, sequence), None);
        stage.play(&[sequence, b"\x07"].concat());
    }
    // loghop ends its own sequences otherwise, so that this byte is only ever the bell.
    assert_eq!(has(&stage, b"\x07"), None);
    stage.play(b"rung\x07");
    stage.compare("after the requests");
    let end = Instant::now() + PATIENCE;
    for sequence in [&asked[..], &[b"\x07"]].concat() {
        while has(&stage, sequence).is_none() {
            assert!(Instant::now() < end, "{}", sequence.escape_ascii());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    // They are no part of the picture, and a question about the clipboard goes nowhere.
    stage.play(b"\x1b]52;c;?\x07 and back");
    stage.compare("after the question");
    assert_eq!(has(&stage, b"]52;c;?"), None);
    stage.end();
}
