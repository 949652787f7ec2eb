//! Sequences that the grid does not have by itself, and what a terminal shows after them.

use loghop::emulator::{Fed, Pane, Traits};
use loghop::model::Size;

fn pane(bytes: &str, traits: Traits) -> Pane {
    let mut pane = Pane::new(Size::new(10, 4), traits);
    pane.feed(bytes.as_bytes(), &mut Fed::default());
    assert_eq!(pane.rebuilds(), 0, "{bytes:?}");
    pane
}

/// The rows without blanks at their ends, and without blank rows at the end.
fn shown(bytes: &str) -> String {
    let pane = pane(bytes, Traits::default());
    let rows: Vec<String> =
        pane.screen().rows(0, 10).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}

#[test]
fn each_of_them_shows_what_a_terminal_shows() {
    let table = [
        ("IND", "ab\x1bDc", "ab\n  c"),
        ("NEL", "ab\x1bEc", "ab\nc"),
        ("HTS and TBC", "\x1b[3g\x1b[1;4H\x1bH\r\tx\ty", "   x     y"),
        ("CHT and CBT", "\x1b[Ia\x1b[2Zb", "b       a"),
        ("CSI s and u", "a\x1b[sbc\x1b[uX", "aXc"),
        ("HPR and VPR", "a\x1b[2ab\x1b[1ec", "a  b\n    c"),
        ("HPB and VPB, which nobody has", "abc\x1b[2jX\r\n\x1b[kY", "abcX\nY"),
        ("IRM", "abc\r\x1b[4hX漢\x1b[4l!", "X漢!bc"),
        ("IRM at the edge", "0123456789\x1b[2;1Hab\x1b[1;10H\x1b[4hXY", "012345678X\nYab"),
        ("no wrap", "\x1b[?7l0123456789abc\x1b[?7h", "012345678c"),
        ("no wrap, wide", "\x1b[?7l012345678漢\x1b[?7h", "012345678"),
        ("LNM", "\x1b[20hab\nc\x0bd\x1b[20l\ne", "ab\nc\nd\n e"),
        ("DECALN", "\x1b[2;3r\x1b#8", "EEEEEEEEEE\nEEEEEEEEEE\nEEEEEEEEEE\nEEEEEEEEEE"),
        ("line drawing", "\x1b(0lqk\x1b(Bq\x1b)0\x0ex\x0fx", "┌─┐q│x"),
        ("line drawing, saved", "\x1b(0\x1b7\x1b(Bq\x1b8q", "─"),
        ("?1048", "ab\x1b[?1048hcd\x1b[?1048lX", "abXd"),
        ("?1047 and back", "a\x1b[?1047hb\x1b[?1047lc", "a c"),
        ("?1049 keeps the cursor", "ab\x1b[?1049hc", "  c"),
        ("?1049 and back", "ab\x1b[?1049hxyz\x1b[?1049lc", "abc"),
        ("REP", "ab\x1b[3b", "abbbb"),
        ("REP of line drawing", "\x1b(0q\x1b[3b", "────"),
        ("REP without wrap", "\x1b[?7la\x1b[99b", "aaaaaaaaaa"),
        ("SL and SR", "abc\r\n\x1b[2 A\x1b[1 @", " abc"),
        ("DECIC and DECDC", "abcd\x1b[1;2H\x1b[2'}\x1b[1'~", "a bcd"),
        ("DECBI and DECFI", "abc\r\x1b6\x1b[1;10H\x1b9", "abc"),
        ("DECSTR", "\x1b[4h\x1b[2;3r\x1b[?7l\x1b[!pabc\rX", "Xbc"),
        ("DECSTBM goes home", "\n\n\x1b[2;3rX", "X"),
        ("DECSTBM, bad", "ab\x1b[3;2rc", "abc"),
        ("RI above the margins", "\x1b[2;3r\x1b[2;1Ha\x1b[1;1H\x1bMb", "b\na"),
        ("BS after the last column", "0123456789\x08X", "01234567X9"),
        ("CUB after the last column", "0123456789\x1b[DX", "01234567X9"),
        ("CUU after the last column", "\r\n0123456789\x1b[AX", "         X\n0123456789"),
        ("wide at the edge", "012345678x\x1b[1;10H漢", "012345678\n漢"),
        ("broken UTF-8", "a\u{fffd}b", "a\u{10fffd}b"),
        ("OSC 8", "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("RIS", "abc\x1b[4h\x1bcX", "X"),
    ];
    let mut wrong = Vec::new();
    for (name, bytes, expected) in table {
        let shown = shown(bytes);
        if shown != expected {
            wrong.push(format!("{name}: {shown:?}, should be {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn attributes_become_what_the_grid_has() {
    let cell = |bytes: &str| pane(bytes, Traits::default()).screen().cell(0, 0).unwrap().clone();
    assert_eq!(cell("\x1b[38:2::1:2:3mx").fgcolor(), vt100::Color::Rgb(1, 2, 3));
    assert_eq!(cell("\x1b[48:5:9mx").bgcolor(), vt100::Color::Idx(9));
    assert!(cell("\x1b[4:3mx").underline());
    assert!(!cell("\x1b[4m\x1b[4:0mx").underline());
    let underlined = cell("\x1b[58;5;3;1mx");
    assert!(underlined.bold() && !underlined.italic());
    // Attributes come back with the main screen, whatever was saved on the other.
    let back = cell("\x1b[31m\x1b[?1049h\x1b[32m\x1b7\x1b[?1049lx");
    assert_eq!(back.fgcolor(), vt100::Color::Idx(1));
    // New cells have the background of the moment.
    for bytes in ["\x1b[44m\x1b[L", "\x1b[44m\x1b[@", "\x1b[44m\x1b[T", "\x1b[44m\x1b[10P"] {
        assert_eq!(cell(bytes).bgcolor(), vt100::Color::Idx(4), "{bytes:?}");
    }
}

#[test]
fn emoji_selectors_at_the_edge_harm_nothing() {
    let minimal = "\x1b[99;99H❤\u{fe0f}\x1b[A\x1b[200Cabc";
    for emoji_wide in [false, true] {
        let traits = Traits { emoji_wide, ..Traits::default() };
        pane(minimal, traits.clone());
        let wide = pane("❤\u{fe0f}x", traits).screen().cell(0, 0).unwrap().is_wide();
        assert_eq!(wide, emoji_wide);
    }
}

#[test]
fn any_size_is_brought_within_limits() {
    for (cols, rows) in [(0, 0), (1, 1), (u16::MAX, u16::MAX)] {
        let mut pane = Pane::new(Size::new(cols, rows), Traits::default());
        pane.feed("漢❤\u{fe0f}\x1b[999;999H漢".as_bytes(), &mut Fed::default());
        assert!(pane.size().cols >= 2 && pane.size().rows >= 1);
        assert!(usize::from(pane.size().cols) * usize::from(pane.size().rows) <= 500_000);
        pane.resize(Size::new(rows, cols));
    }
}
