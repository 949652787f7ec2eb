//! What a child asks its terminal, and the answers. Each is given at once, from the state after
//! everything that came before the question.

use std::io::Write;

use super::pane::Pane;
use super::params::Csi;
use super::traits::Rgb;

/// Device attributes: a VT220 with ANSI colours. Clients send this one last and wait for it.
const PRIMARY: &[u8] = b"\x1b[?62;22c";

/// Type, firmware and hardware, in the form of a VT220.
const SECONDARY: &[u8] = b"\x1b[>1;10;0c";

/// DECRQM's verdicts.
const UNKNOWN: u8 = 0;
const SET: u8 = 1;
const RESET: u8 = 2;

impl Pane {
    /// Answers a CSI query. Returns false when it is none that is known.
    pub(super) fn query(&mut self, csi: &Csi, replies: &mut Vec<u8>) -> bool {
        match (csi.kind(), csi.get(0)) {
            ((0, 0, b'c'), 0) => replies.extend_from_slice(PRIMARY),
            ((b'>', 0, b'c'), 0) => replies.extend_from_slice(SECONDARY),
            ((b'>', 0, b'q'), 0) => put(replies, format_args!("\x1bP>|{}\x1b\\", self.traits.name)),
            ((0, 0, b'n'), 5) => replies.extend_from_slice(b"\x1b[0n"),
            ((0, 0, b'n'), 6) => self.report_cursor("", replies),
            ((b'?', 0, b'n'), 6) => self.report_cursor("?", replies),
            ((b'?', 0, b'n'), 996) => self.report_theme(replies),
            ((private @ (0 | b'?'), b'$', b'p'), mode) => {
                let state = self.mode_verdict(private == b'?', mode);
                let mark = if private == b'?' { "?" } else { "" };
                put(replies, format_args!("\x1b[{mark}{mode};{state}$y"));
            }
            // Without the protocol in the host the answer would make clients use it.
            ((b'?', 0, b'u'), _) => {
                if self.traits.kitty {
                    put(replies, format_args!("\x1b[?{}u", self.modes().keyboard));
                }
            }
            ((0, 0, b't'), operation) => return self.report_size(operation, replies),
            _ => return false,
        }
        true
    }

    fn report_cursor(&self, mark: &str, replies: &mut Vec<u8>) {
        let (row, col) = self.grid.cursor();
        let row = row.saturating_sub(self.grid.origin_row()) + 1;
        let col = col.min(self.grid.size().cols - 1) + 1;
        put(replies, format_args!("\x1b[{mark}{row};{col}R"));
    }

    fn report_theme(&self, replies: &mut Vec<u8>) {
        if let Some(dark) = self.traits.dark {
            put(replies, format_args!("\x1b[?997;{}n", if dark { 1 } else { 2 }));
        }
    }

    fn mode_verdict(&self, private: bool, mode: u16) -> u8 {
        let kept = || self.modes().get(mode).filter(|_| private);
        let sync = (private && mode == 2026).then_some(self.in_sync());
        match sync.or_else(|| self.grid.mode_state(private, mode)).or_else(kept) {
            Some(true) => SET,
            Some(false) => RESET,
            None => UNKNOWN,
        }
    }

    /// Size of the text area in pixels or cells, and of a cell; and what has to do with windows,
    /// which a pane has none of.
    fn report_size(&self, operation: u16, replies: &mut Vec<u8>) -> bool {
        let size = self.grid.size();
        match (operation, self.traits.cell) {
            (14, Some((w, h))) => {
                let (w, h) =
                    (u32::from(w) * u32::from(size.cols), u32::from(h) * u32::from(size.rows));
                put(replies, format_args!("\x1b[4;{h};{w}t"));
            }
            (16, Some((w, h))) => put(replies, format_args!("\x1b[6;{h};{w}t")),
            (18, _) => put(replies, format_args!("\x1b[8;{};{}t", size.rows, size.cols)),
            // Pushing and popping titles: the pane's title is shown, not stacked.
            (14 | 16 | 22 | 23, _) => {}
            _ => return false,
        }
        true
    }

    /// OSC 4, 10, 11 and 12 with `?`. Returns false when nothing was asked.
    pub(super) fn colour_query(&self, payload: &str, bell: bool, replies: &mut Vec<u8>) -> bool {
        let mut parts = payload.split(';');
        let number: Option<u16> = parts.next().and_then(|n| n.parse().ok());
        let end = if bell { "\x07" } else { "\x1b\\" };
        let mut asked = false;
        match number {
            Some(4) => {
                while let (Some(index), Some(what)) = (parts.next(), parts.next()) {
                    asked |= what == "?";
                    let colour = index.parse().ok().and_then(|i: usize| self.traits.palette.get(i));
                    if let (Some(colour), "?") = (colour, what) {
                        report_colour(&format!("4;{index}"), *colour, end, replies);
                    }
                }
            }
            Some(first @ 10..=12) => {
                for (which, what) in (first..=12).zip(parts) {
                    asked |= what == "?";
                    let colour = match which {
                        11 => self.traits.background,
                        // The cursor has the colour of the text, unless somebody changed it.
                        _ => self.traits.foreground,
                    };
                    if let (Some(colour), "?") = (colour, what) {
                        report_colour(&which.to_string(), colour, end, replies);
                    }
                }
            }
            _ => {}
        }
        asked
    }
}

fn report_colour(which: &str, (r, g, b): Rgb, end: &str, replies: &mut Vec<u8>) {
    // 16 bits per colour, as xterm says it: the byte twice.
    put(
        replies,
        format_args!("\x1b]{which};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}{end}"),
    );
}

fn put(out: &mut Vec<u8>, reply: std::fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail.
    let _ = out.write_fmt(reply);
}
