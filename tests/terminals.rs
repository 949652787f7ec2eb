//! What other emulators are tested with, through the pane and the frame encoder.

use loghop::model::Size;
use serde::Deserialize;

use crate::fidelity::Through;
use crate::judge::Judge;

/// Where the pane differs from the judge.
const DIFFERENT: [(&str, &str); 3] = [
    ("saved_cursor_alt", "vt100 forgets the cursor that is saved on the alternate screen"),
    ("underline", "SGR 21 is a double underline, as ECMA-48 has it"),
    ("t0090-alt_screen", "a wrap that is pending is lost on the way to the other screen"),
];

/// How many of xterm's screens must be right. In the others xterm differs from most emulators, above
/// all in what ends a pending wrap; alacritty itself has 46 of them.
const XTERM_MIN: usize = 54;

#[derive(Deserialize)]
struct Case {
    name: String,
    cols: u16,
    rows: u16,
    input: String,
    /// The expected screen, where it was recorded.
    #[serde(default)]
    screen: Vec<String>,
}

fn cases(file: &str) -> Vec<Case> {
    let path = format!("{}/fixtures/terminals/{file}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What the host shows behind the pane, and what it shows without it.
fn played(case: &Case) -> (Judge, Judge) {
    let size = Size::new(case.cols, case.rows);
    let mut through = Through::new(size);
    let mut bare = Judge::new(size);
    through.feed(case.input.as_bytes());
    bare.feed(case.input.as_bytes());
    through.draw();
    (through.host, bare)
}

fn compare(name: &str, ours: &Judge, bare: &Judge) {
    let difference = ours.first_difference(bare);
    let is_known = DIFFERENT.iter().any(|(known, _)| *known == name);
    assert_eq!(difference.is_some(), is_known, "{name}: {difference:?}");
}

#[test]
fn the_recordings_of_alacritty_look_the_same() {
    for case in cases("alacritty") {
        let (ours, bare) = played(&case);
        compare(&case.name, &ours, &bare);
    }
}

#[test]
fn the_screens_of_xterm_are_right_or_as_in_alacritty() {
    let mut right = 0;
    for case in cases("xtermjs") {
        let (ours, bare) = played(&case);
        let mut rows = ours.rows();
        rows.truncate(rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1));
        if rows == case.screen {
            right += 1;
        } else {
            compare(&case.name, &ours, &bare);
        }
    }
    assert!(right >= XTERM_MIN, "{right} screens of xterm are right");
}
