//! Secrets that a program paints in pieces: hidden in the bytes, and on the screen that they make.

use proptest::prelude::*;

use loghop::model;
use loghop::redact::Redacted;

use crate::redaction::{redactor, stream, stripped, tokens};
use crate::redaction_properties::{cases, cut, fragment};
use crate::support::leaks::Secret;
use crate::support::sandbox::records;
use crate::support::screen::{Grid, Size};
use crate::ways::{WAYS, Way};

const SIZE: Size = Size { cols: 80, rows: 24 };

fn leaked(text: &str, secret: &str) -> Option<String> {
    Secret::new(secret).part_in(text).map(str::to_owned)
}

/// The screen's rows, and the same joined as they are, and without borders and indents.
fn views(grid: &mut Grid) -> [String; 2] {
    let lines = grid.screen().lines;
    let bare = |l: &String| l.trim_matches(|c: char| c == ' ' || c == '│').to_owned();
    [lines.concat(), lines.iter().map(bare).collect()]
}

/// What is left of the secret in the token when it is painted so, if too much is.
pub(crate) fn leak(
    way: &Way,
    (token, secret): (&str, &str),
    flushes: bool,
    terminal: bool,
) -> Option<String> {
    let size = Size { cols: way.cols, ..SIZE };
    let mut stream = if terminal {
        redactor().terminal(model::Size::new(size.cols, size.rows))
    } else {
        redactor().stream()
    };
    let (mut grid, mut out) = (Grid::new(size, false), Vec::new());
    for step in (way.steps)(token) {
        let mut bytes = stream.feed(step.as_bytes());
        if flushes {
            bytes.push(&stream.flush());
        }
        grid.feed(bytes.as_bytes());
        out.extend_from_slice(bytes.as_bytes());
        if let Some(left) = views(&mut grid).iter().find_map(|view| leaked(view, secret)) {
            return Some(format!("on the screen: {left}"));
        }
    }
    let rest = stream.finish();
    grid.feed(rest.as_bytes());
    out.extend_from_slice(rest.as_bytes());
    let text = stripped(&out).replace(['\r', '\n', '\x08'], "");
    let found = views(&mut grid).iter().chain([&text]).find_map(|view| leaked(view, secret));
    found.map(|left| format!("{left} in {:?}", String::from_utf8_lossy(&out)))
}

/// Bytes through a terminal's redactor, in pieces of these sizes.
pub(crate) fn painted(bytes: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut stream = redactor().terminal(model::Size::new(SIZE.cols, SIZE.rows));
    let mut out = Vec::new();
    for piece in cut(bytes, sizes) {
        out.extend_from_slice(stream.feed(&piece).as_bytes());
    }
    out.extend_from_slice(stream.finish().as_bytes());
    out
}

#[test]
fn what_hides_a_token_fills_its_cells_and_no_others() {
    for (kind, token) in tokens() {
        for way in WAYS.iter().filter(|way| way.cols == SIZE.cols) {
            let bytes = (way.steps)(&token).concat().into_bytes();
            let out = painted(&bytes, &[usize::MAX]);
            let [mut before, mut after] = [&bytes, &out].map(|bytes| {
                let mut grid = Grid::new(SIZE, false);
                grid.feed(bytes);
                grid
            });
            let (before, after) = (before.screen(), after.screen());
            assert_eq!(before.cursor, after.cursor, "{kind} {}", way.name);
            for (was, is) in before.cells.iter().flatten().zip(after.cells.iter().flatten()) {
                let covers = is.c == '*' || is.c.is_ascii_graphic() && token.contains(was.c);
                assert!(was.c == is.c || covers, "{kind} {}: {:?} is {:?}", way.name, was.c, is.c);
                assert_eq!((was.fg, was.bg, was.flags), (is.fg, is.bg, is.flags));
            }
        }
    }
}

#[test]
fn recorded_screens_without_secrets_stay_as_they_are() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recordings");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_cast = path.extension().is_some_and(|e| e == "cast");
        if is_cast && !path.display().to_string().contains("secret") {
            assert_unchanged(&path);
            seen += 1;
        }
    }
    assert!(seen > 3);
}

fn assert_unchanged(path: &std::path::Path) {
    let size = |value: &str| {
        let (cols, rows) = value.split_once('x').unwrap();
        model::Size::new(cols.parse().unwrap(), rows.parse().unwrap())
    };
    let lines = records(path);
    let head = format!("{}x{}", lines[0]["width"], lines[0]["height"]);
    for mut stream in [redactor().terminal(size(&head)), redactor().stream()] {
        let (mut fed, mut out) = (String::new(), Redacted::default());
        for event in &lines[1..] {
            let text = event[2].as_str().unwrap();
            match event[1].as_str().unwrap() {
                "o" => {
                    fed.push_str(text);
                    out.push(&stream.feed(text.as_bytes()));
                    out.push(&stream.flush());
                }
                "r" => stream.resize(size(text)),
                _ => {}
            }
        }
        assert_eq!(stream.late(), [], "{}", path.display());
        out.push(&stream.finish());
        let first = fed.bytes().zip(out.as_bytes()).position(|(a, b)| a != *b);
        let first = first.map(|at| String::from_utf8_lossy(&out.as_bytes()[at - 40..at + 40]));
        assert_eq!((first, fed.len()), (None, out.len()), "{}", path.display());
    }
}

const CONTROLS: &[&str] =
    &["\r", "\n", "\x08", "\t", "\x1bM", "\x1b7", "\x1b8", "\x1b[?1049h", "\x1b[?1049l"];

/// Text, and everything that moves it about.
pub(crate) fn soup() -> impl Strategy<Value = Vec<u8>> {
    let moves = (0..12_u8, 0..90_u8, "[ABCDEFGHJKLMPSTX@dbfru`aeIZ]");
    let moves = moves.prop_map(|(a, b, last)| format!("\x1b[{a};{b}{last}").into_bytes());
    let token = proptest::sample::select(tokens()).prop_map(|(_, token)| token);
    let piece = (token, any::<usize>(), any::<usize>()).prop_map(|(token, from, to)| {
        let (from, to) = (from % token.len(), to % token.len());
        token.as_bytes()[from.min(to)..=from.max(to)].to_vec()
    });
    let controls = proptest::sample::select(CONTROLS).prop_map(|c| c.as_bytes().to_vec());
    let part = prop_oneof![
        4 => moves,
        4 => piece,
        2 => controls,
        2 => fragment(),
        1 => "[a-z漢│🚀 ]{0,90}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn any_pieces_of_a_screen_give_the_same_bytes(
        bytes in soup(),
        sizes in proptest::collection::vec(1..40_usize, 1..20),
    ) {
        let whole = painted(&bytes, &[usize::MAX]);
        prop_assert_eq!(&painted(&bytes, &sizes), &whole);
        prop_assert_eq!(&painted(&bytes, &[1]), &whole);
        let whole = stream(&[&bytes]);
        let pieces = cut(&bytes, &sizes);
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(&stream(&pieces), &whole);
        prop_assert_eq!(&stream(&bytes.chunks(1).collect::<Vec<_>>()), &whole);
    }

    #[test]
    fn a_screen_is_redacted_once(bytes in soup()) {
        let once = painted(&bytes, &[usize::MAX]);
        let twice = painted(&once, &[usize::MAX]);
        prop_assert_eq!(
            String::from_utf8_lossy(&twice).into_owned(),
            String::from_utf8_lossy(&once).into_owned()
        );
    }

    #[test]
    fn a_screen_of_any_size_takes_any_bytes(
        parts in proptest::collection::vec((soup(), 0..200_u16, 0..90_u16), 0..6),
    ) {
        let mut stream = redactor().terminal(model::Size::new(0, 0));
        let (mut fed, mut out) = (0, 0);
        for (bytes, cols, rows) in parts {
            fed += bytes.len();
            out += stream.feed(&bytes).len() + stream.flush().len();
            stream.resize(model::Size::new(cols, rows));
        }
        out += stream.finish().len();
        // Titles have no cells, and whole tags.
        prop_assert!(out <= 4 * fed, "{} became {}", fed, out);
    }
}

#[test]
fn a_token_is_hidden_however_it_is_painted() {
    let mut leaks = Vec::new();
    for (kind, token) in tokens() {
        for way in WAYS {
            for (terminal, flushes) in [(true, false), (true, true), (false, false)] {
                if let Some(left) = leak(way, (&token, &token), flushes, terminal) {
                    let left: String = left.chars().take(600).collect();
                    leaks.push(format!("{kind} {} t={terminal} f={flushes}: {left}", way.name));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{}:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn ordinary_texts_stay_where_a_frame_ends_behind_them() {
    for text in [
        "1000.25",
        "t1.name",
        "00D4F7",
        "A3TYPE",
        "YCARD",
        "pattern",
        "cioppino",
        "OTHER",
        "key_code",
        "re_export",
        "Key::Enter",
        "token::Reset",
    ] {
        for size in 1..=text.len() {
            let mut stream = redactor().terminal(model::Size::new(SIZE.cols, SIZE.rows));
            let mut out = stream.feed(b"\x1b[3;5H");
            for piece in text.as_bytes().chunks(size) {
                out.push(&stream.feed(piece));
                out.push(&stream.flush());
            }
            out.push(&stream.finish());
            assert_eq!(out.as_bytes(), format!("\x1b[3;5H{text}").as_bytes());
        }
    }
}

#[test]
fn what_was_painted_over_is_no_longer_hidden_when_the_token_ends() {
    let token = &tokens()[2].1;
    let wide = "🚀".repeat(22);
    // The token's row moves down, and the text that ends the token wraps into it.
    let text = format!("{}\x1bMaa{wide}aaaa\x08s", &token[..34]);
    let whole = painted(text.as_bytes(), &[usize::MAX]);
    assert!(whole.ends_with(b"aaaa\x08s"), "{:?}", String::from_utf8_lossy(&whole));
    assert_eq!(painted(text.as_bytes(), &[1]), whole);
}

#[test]
fn what_stands_before_the_first_movement_is_not_read_twice() {
    let token = &tokens()[6].1;
    let more = ["sk-", "9f86d081884c7d659a2feaa0c55ad015"].concat();
    for marker in ["", "-----BEGIN PRIVATE KEY-----"] {
        // The sequence is broken, so that the cursor stays where it is.
        let text = format!("{marker}{token}\x1b[%2D{more}");
        let once = stream(&[text.as_bytes()]);
        let shown = String::from_utf8_lossy(&once).into_owned();
        assert!(shown.ends_with("]\x1b[%2D"), "{shown}");
        assert_eq!(stream(&[&once]), once, "{shown}");
    }
}

#[test]
fn what_is_painted_back_to_front_is_named_when_it_stands_there() {
    for (kind, token) in tokens() {
        let (head, tail) = token.split_at(token.len() / 2);
        let insert = format!("\x1b[5;1H\x1b[{}@", head.len());
        let back_to_front = format!("\x1b[5;{}H{tail}\x1b[9;1Hspin\x1b[5;1H", head.len() + 1);
        for before in [back_to_front, format!("\x1b[5;1H{tail}{insert}")] {
            for after in ["", "\x1b[2Jnext"] {
                let mut stream = redactor().terminal(model::Size::new(120, 24));
                let text = format!("é\x1b]0;title\x07{before}{head}{after}");
                let mut out = stream.feed(text.as_bytes()).as_bytes().to_vec();
                out.extend_from_slice(stream.flush().as_bytes());
                for late in stream.late() {
                    let byte = &mut out[usize::try_from(late.at).unwrap()];
                    assert_eq!(*byte, late.byte, "{kind}");
                    *byte = b'*';
                }
                let out = String::from_utf8_lossy(&out).into_owned();
                assert!(!out.contains(&tail[tail.len() - 8..]), "{kind} {out:?}");
                assert!(out.contains("title"), "{out:?}");
            }
        }
    }
}
