//! Any input at all: no panic, the same state for every cut into chunks, and the same text as an
//! independent emulator where both know the sequences.

use loghop::emulator::{Fed, Pane, Traits};
use loghop::host::frame::{Abilities, Cursor, FrameEncoder};
use loghop::model::Size;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::judge::Judge;

/// Pieces that emulators disagree upon, or that no one emulator has all of.
fn wild() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => tame(),
        1 => Just("❤\u{fe0f}".to_owned()),
        1 => Just("\u{fe0f}".to_owned()),
        2 => Just("漢字".to_owned()),
        1 => Just("👩\u{200d}💻".to_owned()),
        1 => Just("👍🏽".to_owned()),
        1 => Just("🤷\u{200d}♂\u{fe0f}".to_owned()),
        1 => Just("\x1b[9;1;2m".to_owned()),
        1 => Just("\u{200d}\u{301}\u{fffd}\u{85}".to_owned()),
        1 => "\x1b\\[[?>=<]?[0-9]{0,3}(;[0-9]{0,5}){0,3}[ -/]?[@-~]",
        1 => "\x1b[ -~]",
        1 => "\x1b\\][0-9]{1,3};[a-z?;]{0,9}(\x07|\x1b\\\\)?",
        1 => "\x1b[P_^X][ -~]{0,9}(\x1b\\\\)?",
        1 => "\\PC{1,6}",
        1 => "[\x00-\x1f]",
    ]
}

/// Pieces that terminals agree upon.
fn tame() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-z]{1,12}",
        1 => Just("e\u{301}".to_owned()),
        1 => Just("❤\u{fe0f}".to_owned()),
        1 => Just("\r\t".to_owned()),
        2 => Just("\r\n".to_owned()),
        1 => Just("\x08".to_owned()),
        1 => Just("\x1bM".to_owned()),
        1 => Just("\x1bD".to_owned()),
        1 => Just("\x1bE".to_owned()),
        1 => Just("\x1b7".to_owned()),
        1 => Just("\x1b8".to_owned()),
        2 => "\x1b\\[[1-9]?[ABCDGdEF]",
        2 => "\x1b\\[[1-9];[1-9]H",
        2 => "\x1b\\[[0-2]?K",
        1 => Just("\x1b[2J".to_owned()),
        1 => "\x1b\\[[1-9]?[LMST]",
        // The move first ends a pending wrap, which emulators treat differently here.
        1 => "\x1b\\[D\x1b\\[[1-9]?[@X]",
        1 => Just("\x1b[D\x1b[P".to_owned()),
        2 => "\x1b\\[(1|2|3|4|7|0|3[1-7]|4[1-7]|38;5;9|48;2;1;2;3|38:2::4:5:6|4:3)m",
        1 => "\x1b\\[(1;2|22|8|9|29|4:4|58:5:3|58;2;1;2;3|0)m",
        1 => "\x1b\\[4[hl]",
        1 => "\x1b\\[\\?7[hl]",
        1 => Just("\x1b(0lqk\x1b(B".to_owned()),
    ]
}

/// Margins and the alternate screen, without the moves that stop at margins in one emulator only.
fn scrolling() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,5}(\r\n|\n)",
        1 => "\x1b\\[[1-4];[5-9]r",
        1 => Just("\x1b[r".to_owned()),
        1 => "\x1b\\[\\?6[hl]\x1b\\[H",
        1 => "\x1b\\[\\?6l\x1b\\[H\x1b\\[\\?1049[hl]\r",
        1 => "\x1b\\[[1-9]?[LMST]",
        2 => "\x1b\\[[1-9];[1-9]H",
        1 => "\x1b\\[[1-9]d",
        2 => "\x1b(M|D|E)",
    ]
}

/// Wide characters that nothing cuts in two: what is left of a half is different everywhere.
fn wide() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[漢字🚀]{1,9}",
        1 => Just("👩\u{200d}💻".to_owned()),
        1 => Just("e\u{301}e".to_owned()),
        1 => "[ab]{2}",
        1 => Just("\r\n".to_owned()),
        1 => "\x1b\\[[1-8];(1|3|5|9|17|19)H",
        1 => "\x1b\\[[02]?K",
    ]
}

fn pane(cols: u16, rows: u16) -> Pane {
    let traits = Traits { emoji_wide: true, emoji_joined: true, kitty: true, ..Traits::default() };
    Pane::new(Size::new(cols, rows), traits)
}

/// Everything that can be seen of a pane and of what it gave.
fn state(pane: &Pane, fed: &Fed) -> String {
    format!(
        "{:?} {:?} {:?}",
        pane.screen().state_formatted(),
        pane.modes(),
        (
            (&fed.replies, &fed.forwards, fed.bell, fed.frames),
            (pane.title(), pane.unknown(), pane.in_sync(), pane.screen().cursor_position()),
        )
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_input_and_no_size_makes_it_panic(
        steps in prop::collection::vec((prop::collection::vec(wild(), 1..40), 0_u16..30, 0_u16..9), 1..6),
    ) {
        let mut pane = pane(20, 6);
        let mut encoder = FrameEncoder::new(Abilities::default());
        let mut fed = Fed::default();
        for (soup, cols, rows) in steps {
            pane.feed(soup.concat().as_bytes(), &mut fed);
            let size = pane.size();
            let mut buffer = Buffer::empty(Rect::new(0, 0, size.cols, size.rows));
            pane.paint(buffer.area, &mut buffer, None);
            encoder.encode(&buffer, None);
            pane.scroll_to(usize::from(cols));
            let all = pane.line_at(pane.position(0, 0));
            pane.text(&all);
            pane.resize(Size::new(cols, rows));
        }
    }

    #[test]
    fn every_cut_gives_the_same_state(
        soup in prop::collection::vec(wild(), 1..30),
        cuts in prop::collection::vec(1_usize..9, 1..20),
    ) {
        let bytes = soup.concat().into_bytes();
        let (mut whole, mut cut) = (pane(12, 5), pane(12, 5));
        let (mut fed_whole, mut fed_cut) = (Fed::default(), Fed::default());
        whole.feed(&bytes, &mut fed_whole);
        let mut rest = &bytes[..];
        for len in cuts.iter().cycle() {
            let (chunk, left) = rest.split_at(rest.len().min(*len));
            cut.feed(chunk, &mut fed_cut);
            rest = left;
            if rest.is_empty() {
                break;
            }
        }
        // A caught panic drops what else was handed over with it: no state to compare.
        if whole.rebuilds() + cut.rebuilds() == 0 {
            prop_assert_eq!(state(&whole, &fed_whole), state(&cut, &fed_cut));
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_harmless(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut pane = pane(20, 6);
        pane.feed(&bytes, &mut Fed::default());
    }

    #[test]
    fn tame_soup_reads_as_elsewhere(
        soup in prop_oneof![prop::collection::vec(tame(), 1..40),
            prop::collection::vec(scrolling(), 1..40), prop::collection::vec(wide(), 1..40)],
    ) {
        let mut through = crate::fidelity::Through::new(Size::new(20, 8));
        let mut bare = Judge::new(Size::new(20, 8));
        for piece in &soup {
            through.feed(piece.as_bytes());
            bare.feed(piece.as_bytes());
        }
        through.draw();
        prop_assert_eq!(through.host.first_difference(&bare), None, "{:?}", soup);
    }

    #[test]
    fn any_frame_after_any_other_is_shown(
        frames in prop::collection::vec(
            prop::collection::vec((0_u16..12, 0_u16..4, "[a-c漢字⚠ ]{1,5}", 0_u8..4), 0..12), 1..6),
    ) {
        let mut host = Judge::new(Size::new(12, 4));
        let mut encoder = FrameEncoder::new(Abilities::default());
        for frame in frames {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 4));
            for (x, y, text, color) in frame {
                let style = ratatui::style::Style::new().bg(ratatui::style::Color::Indexed(color));
                buffer.set_string(x, y, text, style);
            }
            host.feed(&encoder.encode(&buffer, Some(Cursor { x: 3, y: 2, ..Cursor::default() })));
            let mut fresh = Judge::new(Size::new(12, 4));
            fresh.feed(&FrameEncoder::new(Abilities::default()).encode(&buffer, None));
            prop_assert_eq!(host.cells(), fresh.cells());
            prop_assert_eq!(host.cursor(), (3, 2));
        }
    }
}
