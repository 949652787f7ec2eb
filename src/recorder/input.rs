//! The host's input bytes: ours, or the child's, verbatim. Pure.
//!
//! Everything that is not one of loghop's few keys, a mouse report or an answer to our own
//! questions goes to the child as the bytes that the terminal sent: no decoding that could lose
//! Shift+Enter, an input method's text or a paste. Inside a bracketed paste nothing is ours.

use super::keys::{self, Keys, Stroke};
use super::mouse::Report;
use crate::host::reply::{self, Cut};

/// What a bracketed paste begins with.
pub const PASTE_START: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// What a person asks of loghop with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Panel away or back.
    Panel,
    /// Next tab.
    Tab,
    /// Hand over to the other assistant.
    HandOver,
    /// The next place for the panel.
    Layout,
    /// List the keys, or take the list away.
    Help,
    /// The prefix was pressed: a letter follows.
    Prefix,
    /// The letter after the prefix means nothing.
    Unknown(char),
    /// The letter after the prefix was given up.
    Cancel,
    /// Scroll the panel by pages; positive is down.
    PanelPage(i16),
    /// Scroll the pane's history by pages; positive is down.
    PanePage(i16),
    /// Back to the live screen of the pane.
    PaneEnd,
    /// Draw everything anew.
    Redraw,
}

/// A piece of input, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// For the child, verbatim.
    Child(Vec<u8>),
    /// The same, pasted: from its start to its end, in one piece or several.
    Paste(Vec<u8>),
    /// For loghop.
    Command(Command),
    /// Shift and a page key, as sent, and which way; ours where the pane has a history to scroll.
    Page(Vec<u8>, i16, Stroke),
    /// A mouse report; who it is for depends on where it points.
    Mouse(Report),
}

/// Divides input bytes into pieces, whatever chunks they come in.
#[derive(Debug)]
pub struct Scanner {
    keys: Keys,
    /// The start of a sequence whose end has not come.
    open: Vec<u8>,
    pasting: bool,
    prefixed: bool,
    /// The letter that followed the prefix, whose release is ours as well.
    letter: Option<char>,
}

impl Scanner {
    /// A scanner for these keys.
    pub fn new(keys: Keys) -> Self {
        Self { keys, open: Vec::new(), pasting: false, prefixed: false, letter: None }
    }

    /// A sequence that was begun and not ended: call [`Scanner::flush`] when nothing follows.
    pub fn open(&self) -> &[u8] {
        &self.open
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Piece>) {
        let joined;
        let mut rest = if self.open.is_empty() {
            bytes
        } else {
            self.open.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.open);
            joined.as_slice()
        };
        while !rest.is_empty() {
            let taken = if self.pasting { self.paste(rest, out) } else { self.typed(rest, out) };
            let Some(taken) = taken else {
                self.open = rest.to_vec();
                return;
            };
            rest = &rest[taken..];
        }
    }

    /// Nothing followed an open sequence: it was a key of its own, such as Esc.
    pub fn flush(&mut self, out: &mut Vec<Piece>) {
        let open = std::mem::take(&mut self.open);
        if self.prefixed && !open.is_empty() {
            self.prefixed = false;
            out.push(Piece::Command(Command::Cancel));
        } else {
            push(&open, out);
        }
    }

    /// Bytes of a paste, up to its end; `None` when the end may have begun.
    fn paste(&mut self, rest: &[u8], out: &mut Vec<Piece>) -> Option<usize> {
        if let Some(at) = memchr::memmem::find(rest, PASTE_END) {
            self.pasting = false;
            push_pasted(&rest[..at + PASTE_END.len()], out);
            return Some(at + PASTE_END.len());
        }
        let kept = (1..PASTE_END.len()).rev().find(|n| rest.ends_with(&PASTE_END[..*n]));
        let sent = rest.len() - kept.unwrap_or(0);
        push_pasted(&rest[..sent], out);
        (sent > 0).then_some(sent)
    }

    /// One key, or a run of plain ones.
    fn typed(&mut self, rest: &[u8], out: &mut Vec<Piece>) -> Option<usize> {
        let plain = rest.iter().position(|b| *b < 0x20).unwrap_or(rest.len());
        if plain > 0 && !self.prefixed {
            push(&rest[..plain], out);
            return Some(plain);
        }
        let cut = if rest[0] >= 0x80 { character(rest) } else { reply::cut(rest) };
        let Cut::Whole(len) = cut else { return None };
        self.sequence(&rest[..len], out);
        Some(len)
    }

    fn sequence(&mut self, sequence: &[u8], out: &mut Vec<Piece>) {
        if let Some(report) = Report::parse(sequence) {
            out.push(Piece::Mouse(report));
        } else if reply::parse(sequence).is_some() {
            // A late answer to a question of ours: the child has not asked for it.
        } else if self.prefixed {
            self.after_prefix(sequence, out);
        } else if self.own(sequence, out) {
            // Done.
        } else if let Some((pages, stroke)) = keys::page(sequence) {
            out.push(Piece::Page(sequence.to_vec(), pages, stroke));
        } else if sequence == PASTE_START {
            self.pasting = true;
            out.push(Piece::Paste(sequence.to_vec()));
        } else {
            push(sequence, out);
        }
    }

    /// Whether `sequence` is a key of ours; its release is ours too, and does nothing.
    fn own(&mut self, sequence: &[u8], out: &mut Vec<Piece>) -> bool {
        let keys = self.keys;
        let table = [
            (keys.panel, Command::Panel),
            (keys.tab, Command::Tab),
            (keys.hand_over, Command::HandOver),
            (keys.prefix, Command::Prefix),
        ];
        for (key, command) in table {
            if let Some(stroke) = key.matches(sequence) {
                if stroke == Stroke::Press {
                    self.prefixed = command == Command::Prefix;
                    out.push(Piece::Command(command));
                }
                return true;
            }
        }
        let released = keys::character(sequence).filter(|(_, stroke)| *stroke == Stroke::Release);
        released.is_some_and(|(c, _)| self.letter.take_if(|l| *l == c).is_some())
    }

    fn after_prefix(&mut self, sequence: &[u8], out: &mut Vec<Piece>) {
        match self.keys.prefix.matches(sequence) {
            Some(Stroke::Release) => return,
            // Twice: the child gets the key.
            Some(Stroke::Press) => {
                self.prefixed = false;
                push(sequence, out);
                return out.push(Piece::Command(Command::Cancel));
            }
            None => {}
        }
        let command = match keys::character(sequence) {
            Some((_, Stroke::Release)) => return,
            Some((c, Stroke::Press)) => {
                self.letter = Some(c);
                letter(c)
            }
            None => special(sequence),
        };
        self.prefixed = false;
        out.push(Piece::Command(command));
    }
}

/// The commands behind the prefix, for the list that `?` shows.
pub const LETTERS: &[(&str, &str)] = &[
    ("?", "this list"),
    ("p", "panel away or back"),
    ("t", "next tab of the panel"),
    ("l", "panel right, bottom, hidden"),
    ("h", "hand over to the other assistant"),
    ("j k", "panel down, up (also: wheel)"),
    ("u d", "pane up, down (also: Shift+PgUp)"),
    ("r", "draw everything anew"),
    ("Esc", "never mind"),
];

fn letter(c: char) -> Command {
    match c {
        '?' => Command::Help,
        'p' => Command::Panel,
        't' => Command::Tab,
        'l' => Command::Layout,
        'h' => Command::HandOver,
        'j' => Command::PanelPage(1),
        'k' => Command::PanelPage(-1),
        'd' => Command::PanePage(1),
        'u' => Command::PanePage(-1),
        'r' => Command::Redraw,
        other => Command::Unknown(other),
    }
}

/// Keys behind the prefix that are no characters.
fn special(sequence: &[u8]) -> Command {
    match sequence {
        b"\x1b[5~" => Command::PanelPage(-1),
        b"\x1b[6~" => Command::PanelPage(1),
        _ => Command::Cancel,
    }
}

/// Whether bytes for the child hold something that a person typed or pasted.
pub fn is_typing(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let Cut::Whole(len) = reply::cut(bytes) else { return true };
        if keys::is_typing(&bytes[..len]) {
            return true;
        }
        bytes = &bytes[len..];
    }
    false
}

/// What a person did to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// Put text into its composer that is not sent yet.
    Text,
    /// Took away all that stood there.
    Cleared,
    /// Sent what is in it.
    Enter,
    /// Told it to stop, as one does to get back to the shell.
    Suspend,
}

/// The UTF-8 character at the start, or the one byte where there is none.
fn character(bytes: &[u8]) -> Cut {
    let wanted = match bytes[0] {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    };
    let there = 1 + bytes[1..].iter().take(wanted - 1).take_while(|b| **b & 0xc0 == 0x80).count();
    if there < wanted && there == bytes.len() { Cut::Open } else { Cut::Whole(there) }
}

/// Adds bytes for the child, to the piece before when that is the child's too.
fn push(bytes: &[u8], out: &mut Vec<Piece>) {
    match out.last_mut() {
        _ if bytes.is_empty() => {}
        Some(Piece::Child(last)) => last.extend_from_slice(bytes),
        _ => out.push(Piece::Child(bytes.to_vec())),
    }
}

/// Adds a part of a paste to the part before.
fn push_pasted(bytes: &[u8], out: &mut Vec<Piece>) {
    match out.last_mut() {
        _ if bytes.is_empty() => {}
        Some(Piece::Paste(last)) => last.extend_from_slice(bytes),
        _ => out.push(Piece::Paste(bytes.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(chunks: &[&[u8]]) -> (Vec<u8>, Vec<Command>, usize) {
        let mut scanner = Scanner::new(Keys::default());
        let mut pieces = Vec::new();
        for chunk in chunks {
            scanner.feed(chunk, &mut pieces);
        }
        scanner.flush(&mut pieces);
        let (mut child, mut commands, mut mice) = (Vec::new(), Vec::new(), 0);
        for piece in pieces {
            match piece {
                Piece::Child(bytes) | Piece::Paste(bytes) | Piece::Page(bytes, ..) => {
                    child.extend(bytes);
                }
                Piece::Command(command) => commands.push(command),
                Piece::Mouse(_) => mice += 1,
            }
        }
        (child, commands, mice)
    }

    /// Keys as terminals encode them: legacy, application mode, modifyOtherKeys, kitty.
    const KEYS: [&str; 34] = [
        "a",
        "\r",
        "\u{1b}\r",
        "\u{1b}[13;2u",
        "\u{1b}[27;2;13~",
        "\t",
        "\u{1b}[Z",
        "\u{7f}",
        "\u{8}",
        "\u{1b}",
        "\u{1b}[27u",
        "\u{3}",
        "\u{1b}[99;5u",
        "\u{4}",
        "\u{1a}",
        "\u{0}",
        "\u{1b}[A",
        "\u{1b}OA",
        "\u{1b}[1;5C",
        "\u{1b}[1;2:1D",
        "\u{1b}[3~",
        "\u{1b}[5;2~",
        "\u{1b}[H",
        "\u{1b}OP",
        "\u{1b}[12~",
        "\u{1b}[15;3~",
        "\u{1b}b",
        "\u{1b}[98;3u",
        "ä",
        "日本",
        "👩‍👩‍👧",
        "\u{1b}[200~x\u{1b}[201~",
        "\u{1b}[I",
        "\u{1b}[57441;2:3u",
    ];

    #[test]
    fn keys_reach_the_child_as_they_were_sent_wherever_they_are_split() {
        for key in KEYS {
            let bytes = key.as_bytes();
            for at in 0..=bytes.len() {
                let (child, commands, mice) = scan(&[&bytes[..at], &bytes[at..]]);
                assert_eq!(child, bytes, "{key:?} split at {at}");
                assert!(commands.is_empty() && mice == 0, "{key:?}");
            }
        }
    }

    #[test]
    fn our_keys_are_ours_with_their_releases_wherever_they_are_split() {
        let bytes = b"x\x1b[17;1:1~\x1b[17;1:3~y\x1b[18~z\x1b[20~";
        for at in 0..=bytes.len() {
            let (child, commands, _) = scan(&[&bytes[..at], &bytes[at..]]);
            assert_eq!(child, b"xyz", "split at {at}");
            assert_eq!(commands, [Command::Panel, Command::Tab, Command::HandOver]);
        }
    }

    #[test]
    fn the_prefix_takes_one_letter_and_twice_sends_it_on() {
        assert_eq!(scan(&[b"\x1c?x"]), (b"x".to_vec(), vec![Command::Prefix, Command::Help], 0));
        let (child, commands, _) = scan(&[b"\x1c\x1cx"]);
        assert_eq!((child.as_slice(), commands[1]), (b"\x1cx".as_slice(), Command::Cancel));
        let kitty = b"\x1b[92;5u\x1b[92;5:3u\x1b[108u\x1b[108;1:3ux";
        let (child, commands, _) = scan(&[kitty]);
        assert_eq!(child, b"x");
        assert_eq!(commands, [Command::Prefix, Command::Layout]);
        assert_eq!(scan(&[b"\x1c", b"\x1b"]).1, [Command::Prefix, Command::Cancel]);
    }

    #[test]
    fn nothing_in_a_paste_is_ours() {
        let mut bytes = b"\x1b[200~".to_vec();
        bytes.extend_from_slice(b"\x1b[17~ \x1c? \x1b[<0;1;1M \x1b[?62c".repeat(36_000).as_slice());
        bytes.extend_from_slice(b"\x1b[201~");
        assert!(bytes.len() > 800_000);
        for chunk in [1, 7, 4096, bytes.len()] {
            let chunks: Vec<&[u8]> = bytes.chunks(chunk).collect();
            let (child, commands, mice) = scan(&chunks);
            assert_eq!(child.len(), bytes.len(), "chunks of {chunk}");
            assert_eq!(child, bytes);
            assert!(commands.is_empty() && mice == 0);
        }
        assert_eq!(scan(&[&bytes, b"\x1b[17~"]).1, [Command::Panel]);
    }

    #[test]
    fn releases_and_focus_are_no_typing() {
        assert!(!is_typing(b"\x1b[I\x1b[57441;2:3u"));
        assert!(is_typing(b"\x1b[Ix"));
        assert!(is_typing(b"\x1b"));
        assert!(!is_typing(b""));
    }

    #[test]
    fn late_answers_are_swallowed() {
        let (child, ..) = scan(&[b"a\x1b[?62;22cb\x1b]11;rgb:00/00/00\x1b\\c"]);
        assert_eq!(child, b"abc");
    }

    /// What stands around keys: what was typed, and what terminals answer and report.
    const AROUND: [&str; 14] = [
        "\u{1b}[1;1R",
        "\u{1b}[?62;22c",
        "\u{1b}[>41;0;0c",
        "\u{1b}[?2026;2$y",
        "\u{1b}[?0u",
        "\u{1b}]11;rgb:00/00/00\u{1b}\\",
        "\u{1b}]10;rgb:00/00/00\u{7}",
        "\u{1b}P>|term(1)\u{1b}\\",
        "\u{1b}_Gi=1;OK\u{1b}\\",
        "\u{1b}[6;16;8t",
        "\u{1b}[?997;1n",
        "\u{1b}[<35;4;5M",
        "\u{1b}[M !!",
        "\u{1b}O",
    ];

    fn around() -> impl proptest::strategy::Strategy<Value = String> {
        let all: Vec<&str> = KEYS.into_iter().chain(AROUND).collect();
        let some = proptest::collection::vec(proptest::sample::select(all), 0..6);
        proptest::strategy::Strategy::prop_map(some, |parts| parts.concat())
    }

    proptest::proptest! {
        #[test]
        fn our_key_is_ours_whatever_stands_around_it(
            before in around(),
            after in around(),
            key in proptest::sample::select(vec!["\x1b[18~", "\x1b[18;1:1~", "\x1b[18;129~"]),
            cuts in proptest::collection::vec(proptest::num::usize::ANY, 0..4),
        ) {
            let bytes = [&before, key, &after].concat().into_bytes();
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
            ends.extend([0, bytes.len()]);
            ends.sort_unstable();
            let chunks: Vec<&[u8]> = ends.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            proptest::prop_assert_eq!(scan(&chunks).1, [Command::Tab]);
        }

        #[test]
        fn chunks_do_not_matter(bytes: Vec<u8>, at: proptest::sample::Index) {
            let at = at.index(bytes.len() + 1);
            proptest::prop_assert_eq!(scan(&[&bytes]), scan(&[&bytes[..at], &bytes[at..]]));
        }
    }
}
