//! What a stream holds back: little, hardly ever, and never more than its bound.

#![expect(clippy::print_stdout, reason = "the figure in docs/speed.md is what it prints")]

use proptest::prelude::*;

use loghop::model::Size;
use loghop::redact::RedactStream;

use crate::painted::soup;
use crate::redaction::{redactor, tokens};
use crate::redaction_properties::{cases, cut, fragment};
use crate::support::sandbox::records;

/// The bound that `docs/security.md` promises.
const HELD_MAX: usize = 8 << 10;

/// Feeds the pieces; tells what came out. Fails when more is held than may be.
fn fed<'a>(mut stream: RedactStream, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        out.extend_from_slice(stream.feed(piece).as_bytes());
        assert!(stream.held() <= HELD_MAX, "{} bytes are held", stream.held());
    }
    out.extend_from_slice(stream.finish().as_bytes());
    out
}

/// What makes a stream hold back as much as it can.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let colours = (1..600_usize).prop_map(|n| b"\x1b[38;5;7m".repeat(n));
    let letter = "[A-Za-z0-9+/]{1,90}";
    let painted = (letter, 1..9_usize).prop_map(|(text, n)| {
        let colour = "\x1b[38;2;255;255;255m".repeat(n);
        text.bytes().flat_map(|letter| [&[letter], colour.as_bytes()].concat()).collect::<Vec<u8>>()
    });
    let written = (0..500_usize, "(\\\\{1,4}u004[0-9a-f]|%4[0-9a-f])");
    let clipboard = (0..900_usize, 0..8_usize).prop_map(|(n, which)| {
        let text = [&b"\x1b]52;c;"[..], b"c2stYW50LWFwaTAzL", &b"VprM3Y5UXBM".repeat(n)].concat();
        let end: [&[u8]; 2] = [b"\x07", b""];
        [&text[..], end[which % 2]].concat()
    });
    let title = (0..6000_usize, fragment())
        .prop_map(|(n, before)| [b"\x1b]0;", &before[..], &b"aZ3".repeat(n / 3)].concat());
    let token = proptest::sample::select(tokens()).prop_map(|(_, token)| token.into_bytes());
    let part = prop_oneof![
        4 => soup(),
        2 => colours,
        2 => painted,
        1 => written.prop_map(|(n, letter)| letter.repeat(n).into_bytes()),
        1 => clipboard,
        1 => title,
        2 => (token, 0..2000_usize)
            .prop_map(|(token, n)| [&token[..], &b"aZ3".repeat(n)].concat()),
        2 => fragment(),
    ];
    proptest::collection::vec(part, 1..8).prop_map(|parts| parts.concat())
}

fn recordings() -> Vec<Vec<serde_json::Value>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recordings");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let casts = paths.filter(|path| path.extension().is_some_and(|e| e == "cast"));
    casts.map(|path| records(&path)).collect()
}

fn size(value: &str) -> Size {
    let (cols, rows) = value.split_once('x').unwrap();
    Size::new(cols.parse().unwrap(), rows.parse().unwrap())
}

#[test]
fn of_hundred_reads_of_real_screens_less_than_one_leaves_something() {
    let (mut reads, mut open, mut others, mut most) = (0, 0, 0, 0);
    for lines in recordings() {
        let head = format!("{}x{}", lines[0]["width"], lines[0]["height"]);
        let mut stream = redactor().terminal(size(&head));
        for event in &lines[1..] {
            let text = event[2].as_str().unwrap();
            match event[1].as_str().unwrap() {
                "o" => {
                    stream.feed(text.as_bytes());
                    let is_held = stream.held() > 0;
                    reads += 1;
                    open += usize::from(is_held && stream.is_open());
                    others += usize::from(is_held && !stream.is_open());
                    most = most.max(stream.held());
                }
                "r" => stream.resize(size(text)),
                _ => {}
            }
        }
    }
    println!(
        "of {reads} reads {open} leave an open token, {others} something else, at most {most}"
    );
    assert!(reads > 3000 && open > 0, "the recordings lost their reads or their secrets");
    assert!(others * 100 <= reads, "{others} of {reads}");
    assert!(most <= HELD_MAX, "{most}");
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn never_more_than_the_bound_is_held_however_a_stream_is_cut(
        bytes in hostile(),
        sizes in proptest::collection::vec(prop_oneof![1..40_usize, 1..6000_usize], 1..20),
    ) {
        let streams = || [redactor().terminal(Size::new(80, 24)), redactor().stream()];
        let pieces = cut(&bytes, &sizes);
        for (whole, in_pieces) in streams().into_iter().zip(streams()) {
            let whole = fed(whole, [&bytes[..]].into_iter());
            let out = fed(in_pieces, pieces.iter().map(Vec::as_slice));
            prop_assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&whole));
        }
    }

    #[test]
    fn recorded_screens_come_out_the_same_however_they_are_cut(
        nth in any::<prop::sample::Index>(),
        sizes in proptest::collection::vec(1..6000_usize, 1..20),
    ) {
        let recordings = recordings();
        let lines = nth.get(&recordings);
        let output = lines.iter().skip(1).filter(|event| event[1] == "o");
        let bytes: Vec<u8> = output.flat_map(|event| event[2].as_str().unwrap().bytes()).collect();
        let stream = || redactor().terminal(Size::new(120, 40));
        let whole = fed(stream(), [&bytes[..]].into_iter());
        let pieces = cut(&bytes, &sizes);
        prop_assert!(fed(stream(), pieces.iter().map(Vec::as_slice)) == whole);
    }
}
