//! Tapes of any kind are played to their end: no program, no size and no order of events makes it
//! panic.

use std::borrow::Cow;

use proptest::prelude::*;

use super::cast::Event;
use super::replay::Replay;
use crate::model::Size;

/// What happens, and how many seconds after what was before.
type Step = (f64, Happens);

#[derive(Debug, Clone)]
enum Happens {
    Output(String),
    Size(u16, u16),
    Mark(&'static str),
}

/// A few words, so that lines are the same, grow, come back and are wrapped anew.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(
        &["so", "it", "goes", "on", "and", "ends", "漢字", "🚀", "[REDACTED]"][..],
    );
    prop::collection::vec(word, 1..30).prop_map(|words| words.join(" "))
}

fn output() -> impl Strategy<Value = String> {
    let told =
        ["\x1b]0;\u{280b} repo\x07", "\x1b]0;repo\x07", "\x1b]0;\x07", "\x1b]0;\u{2733} x\x07"];
    let told = prop::sample::select(told.to_vec()).prop_map(String::from);
    let frame =
        ["\x1b[?2026h", "\x1b[?2026l", "\x1b[2J\x1b[H", "\x1b[?1049h", "\x1b[?1049l", "\x1b[J"];
    let frame = prop::sample::select(frame.to_vec()).prop_map(String::from);
    let state = "\x1b\\]7501;(working|idle|waiting|[a-z=;]{0,9})\x07";
    prop_oneof![
        8 => words(),
        4 => Just("\r\n".to_owned()),
        3 => "\x1b\\[([1-9]|[1-4][0-9]);([1-9]|[1-9][0-9])H",
        2 => "\x1b\\[[0-2]?[KJ]",
        2 => frame,
        2 => told,
        1 => state,
        1 => "\x1b\\[[1-9]?[ABCDGLMPSTXr@]",
        1 => "[›❯•│─…0-9s· ]{1,9}",
        1 => "\x1bM",
        1 => "\\PC{1,9}",
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let output = prop::collection::vec(output(), 1..30).prop_map(|parts| parts.concat());
    let marks = ["typed", "sent", "waiting", "idle", "printed", "end"];
    let happens = prop_oneof![
        8 => output.prop_map(Happens::Output),
        2 => (0..130_u16, 0..50_u16).prop_map(|(cols, rows)| Happens::Size(cols, rows)),
        3 => prop::sample::select(marks.to_vec()).prop_map(Happens::Mark),
    ];
    (prop_oneof![3 => 0.0..0.2, 1 => 0.0..3.0], happens)
}

proptest! {
    #[test]
    fn every_tape_is_played_to_its_end(
        given in words(),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut replay = Replay::of(&given);
        let mut at = 0.0;
        for (pause, happens) in &steps {
            at += pause;
            replay.event(&match happens {
                Happens::Output(text) => Event::Output(at, Cow::Borrowed(text)),
                Happens::Size(cols, rows) => Event::Resize(at, Size::new(*cols, *rows)),
                Happens::Mark(label) => Event::Mark(at, Cow::Borrowed(label)),
            });
        }
        let turns = replay.finish();
        prop_assert!(turns.len() <= steps.len() + 1, "{turns:?}");
    }
}
