//! The recordings that the scripted assistants replay: what the real clients wrote, and when.

use std::time::Duration;

use serde_json::Value;

/// What a client wrote at one moment, counted from its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// When.
    pub(super) at: Duration,
    /// What.
    pub(super) bytes: Vec<u8>,
}

/// A recording, cut into the parts that are replayed.
#[derive(Debug)]
pub(super) struct Cast {
    /// Columns and rows that it was made with.
    pub(super) size: (u16, u16),
    /// Everything before the person's first key.
    pub(super) start: Vec<Frame>,
    /// Everything after the person's last key: the way out.
    pub(super) end: Vec<Frame>,
}

impl Cast {
    /// Reads an asciicast (version 2). Lines that are no events are skipped.
    pub(super) fn read(text: &str) -> Self {
        let mut lines = text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
        let header = lines.next().unwrap_or_default();
        let size = |name: &str, default| header[name].as_u64().map_or(default, |n| n as u16);
        let mut cast = Self {
            size: (size("width", 80), size("height", 24)),
            start: Vec::new(),
            end: Vec::new(),
        };
        let mut typed = false;
        for event in lines {
            match (event[1].as_str(), event[2].as_str()) {
                (Some("o"), Some(text)) => {
                    let at = Duration::from_secs_f64(event[0].as_f64().unwrap_or(0.0).max(0.0));
                    let frame = Frame { at, bytes: text.as_bytes().to_vec() };
                    if typed { &mut cast.end } else { &mut cast.start }.push(frame);
                }
                (Some("i"), _) => {
                    typed = true;
                    cast.end.clear();
                }
                _ => {}
            }
        }
        cast
    }

    /// The screen at the end of the start, as an emulator of the recording's size shows it.
    pub(super) fn start_screen(&self) -> vt100::Parser {
        let size = |n: u16| std::num::NonZeroU16::new(n).unwrap_or(std::num::NonZeroU16::MIN);
        let mut parser = vt100::Parser::new(size(self.size.1), size(self.size.0), 0);
        for frame in &self.start {
            parser.process(&frame.bytes);
        }
        parser
    }
}
