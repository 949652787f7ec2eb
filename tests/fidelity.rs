//! What real clients drew, through the pane and the frame encoder, against what an independent
//! emulator makes of the recording itself.

use std::path::{Path, PathBuf};

use loghop::emulator::{Fed, Pane, Traits};
use loghop::host::frame::{Abilities, Cursor, FrameEncoder};
use loghop::model::Size;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::judge::Judge;

/// The end of a synchronized frame.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// Share of cells whose colours and attributes must be equal.
const LOOKS_MIN: f64 = 0.999;

/// A recording: the size at first, then output and changes of size in order.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) size: Size,
    pub(crate) events: Vec<Event>,
}

pub(crate) enum Event {
    Output(Vec<u8>),
    Resize(Size),
}

impl Recording {
    /// Whether its terminal changed its size.
    pub(crate) fn is_resized(&self) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Resize(_)))
    }
}

impl Event {
    /// What the client wrote.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Output(bytes) => bytes,
            Self::Resize(_) => &[],
        }
    }
}

/// Cells that were compared.
#[derive(Default)]
struct Tally {
    frames: usize,
    cells: usize,
    looks: usize,
    wrong: Vec<String>,
}

pub(crate) fn recordings() -> Vec<Recording> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recordings");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let casts = paths.iter().filter(|p| p.extension().is_some_and(|e| e == "cast"));
    casts.map(|path| read(path)).collect()
}

fn read(path: &Path) -> Recording {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let head: serde_json::Value = lines.next().unwrap();
    let side = |key: &str| u16::try_from(head[key].as_u64().unwrap()).unwrap();
    let events = lines.filter_map(|event: serde_json::Value| {
        let data = event[2].as_str().unwrap();
        match event[1].as_str().unwrap() {
            "o" => Some(Event::Output(data.as_bytes().to_vec())),
            "r" => {
                let (cols, rows) = data.split_once('x').unwrap();
                Some(Event::Resize(Size::new(cols.parse().unwrap(), rows.parse().unwrap())))
            }
            _ => None,
        }
    });
    Recording {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        size: Size::new(side("width"), side("height")),
        events: events.collect(),
    }
}

/// The pane with everything behind it, as far as the judge that plays the host.
pub(crate) struct Through {
    pane: Pane,
    fed: Fed,
    encoder: FrameEncoder,
    pub(crate) host: Judge,
}

impl Through {
    pub(crate) fn new(size: Size) -> Self {
        Self {
            pane: Pane::new(size, Traits::default()),
            fed: Fed::default(),
            encoder: FrameEncoder::new(Abilities { sync: true, ..Abilities::default() }),
            host: Judge::new(size),
        }
    }

    fn resize(&mut self, size: Size) {
        self.pane.resize(size);
        self.host.resize(size);
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.pane.feed(bytes, &mut self.fed);
    }

    pub(crate) fn draw(&mut self) {
        let size = self.pane.size();
        let mut buffer = Buffer::empty(Rect::new(0, 0, size.cols, size.rows));
        self.pane.paint(buffer.area, &mut buffer, None);
        let shape = self.pane.modes().cursor_shape;
        let cursor = self.pane.cursor().map(|(x, y)| Cursor { x, y, shape });
        let bytes = self.encoder.encode(&buffer, cursor);
        self.host.feed(&bytes);
        assert!(self.encoder.encode(&buffer, cursor).is_empty(), "drawn, and yet not");
    }
}

impl Tally {
    fn compare(&mut self, through: &Through, bare: &Judge, place: &str) {
        self.frames += 1;
        let (ours, theirs) = (through.host.cells(), bare.cells());
        for (y, (our_row, their_row)) in ours.iter().zip(&theirs).enumerate() {
            for (x, (our, their)) in our_row.iter().zip(their_row).enumerate() {
                self.cells += 1;
                self.looks += usize::from(our.look == their.look);
                if our.text != their.text {
                    let (a, b) = (&our.text, &their.text);
                    self.wrong.push(format!("{place}: ({x}, {y}) is {a:?}, should be {b:?}"));
                }
            }
        }
        if through.pane.cursor().is_some() && through.host.cursor() != bare.cursor() {
            let (a, b) = (through.host.cursor(), bare.cursor());
            self.wrong.push(format!("{place}: the cursor is at {a:?}, should be at {b:?}"));
        }
    }
}

/// The pieces of output up to and with each end of a frame.
pub(crate) fn frames(output: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for at in memchr::memmem::find_iter(output, FRAME_END) {
        pieces.push(&output[start..at + FRAME_END.len()]);
        start = at + FRAME_END.len();
    }
    pieces.push(&output[start..]);
    pieces
}

fn play(recording: &Recording) -> Tally {
    let mut through = Through::new(recording.size);
    let mut bare = Judge::new(recording.size);
    let mut tally = Tally::default();
    let resizes = recording.events.iter().filter(|e| matches!(e, Event::Resize(_))).count();
    let mut resized = 0;
    let mut bytes = 0;
    // Between a change of size and the client's answer to it emulators differ, some wrap anew and
    // some do not. So only what comes after the last change is compared, without the first frame,
    // which may still be on its way from the size before. (The head of a recording names the last
    // size, so what comes before the first change was drawn for another one.)
    let mut settled = resizes == 0;
    for event in &recording.events {
        match event {
            Event::Resize(size) => {
                through.resize(*size);
                bare.resize(*size);
                resized += 1;
                settled = false;
            }
            Event::Output(output) => {
                for piece in frames(output) {
                    through.feed(piece);
                    bare.feed(piece);
                    bytes += piece.len();
                    if piece.ends_with(FRAME_END) {
                        through.draw();
                        if settled {
                            tally.compare(&through, &bare, &format!("at byte {bytes}"));
                        }
                        settled = resized == resizes;
                    }
                }
            }
        }
    }
    through.draw();
    tally.compare(&through, &bare, "at the end");
    assert_eq!(through.pane.rebuilds(), 0, "{}: the grid has panicked", recording.name);
    tally
}

#[test]
fn the_host_shows_what_real_clients_drew() {
    let mut cells = 0;
    let mut looks = 0;
    let mut wrong = Vec::new();
    for recording in recordings() {
        let tally = play(&recording);
        (cells, looks) = (cells + tally.cells, looks + tally.looks);
        if let Some(first) = tally.wrong.first() {
            wrong.push(format!("{}: {} wrong, first {first}", recording.name, tally.wrong.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(looks as f64 >= LOOKS_MIN * cells as f64, "{looks} of {cells} cells look right");
}
