//! The ways in which programs paint a text on a terminal.

/// What is written, in the pieces between which time passes.
pub(crate) type Steps = Vec<String>;

/// How a token comes to stand on the screen.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) cols: u16,
    pub(crate) steps: fn(&str) -> Steps,
}

const fn way(name: &'static str, cols: u16, steps: fn(&str) -> Steps) -> Way {
    Way { name, cols, steps }
}

pub(crate) const WAYS: &[Way] = &[
    way("at once", 80, |t| vec![format!("\x1b[3;5Hthe key {t} is new\r\n")]),
    way("coloured", 80, |t| vec![letters(t, |n, c| format!("\x1b[3{}m{c}", n % 8)) + "\x1b[m\r\n"]),
    way("letters with moves", 80, |t| {
        vec![letters(t, |n, c| format!("\x1b[{};{}H{c}", 3 + n / 80, 1 + n % 80))]
    }),
    way("letters after each other", 80, |t| t.chars().map(String::from).collect()),
    way("pieces of three, a spinner between", 80, |t| pieces(t, 3, 80, 0)),
    way("pieces of five, a spinner between", 80, |t| pieces(t, 5, 80, 0)),
    way("pieces of five, wrapped at 40", 40, |t| pieces(t, 5, 40, 0)),
    way("typed into a composer", 80, |t| {
        typed(t, |s| format!("\x1b[5;1H\x1b[2K> {s}\x1b[7m \x1b[27m\x1b[12;1Hhelp\x1b[5;3H"))
    }),
    way("typed, the line redrawn", 80, |t| typed(t, |s| format!("\r\x1b[K> {s}"))),
    way("typed, the word redrawn", 80, |t| {
        typed(t, |s| {
            let back = "\x08".repeat(s.len() - 1);
            format!("{back}\x1b[4m{s}\x1b[24m")
        })
    }),
    way("typed, the end redrawn", 80, |t| {
        (0..t.len()).map(|n| format!("\x1b[5;{}H{}\x1b[K\x1b[9;1H", 3 + n, &t[n..=n])).collect()
    }),
    way("wrapped by the terminal", 80, |t| vec![format!("{}{t} end\r\n", "x ".repeat(35))]),
    way("wrapped at the edge", 80, |t| vec![wrapped(t, 80, 60, "", "", "\r\n")]),
    way("wrapped at the edge of 40", 40, |t| vec![wrapped(t, 40, 22, "", "", "\r\n")]),
    way("wrapped with an indent", 80, |t| vec![wrapped(t, 76, 60, "  ", "", "\r\n")]),
    way("wrapped in a box", 60, |t| {
        vec!["\x1b[H".to_owned() + &wrapped(t, 56, 40, "│ ", " │", "\r\n")]
    }),
    way("wrapped and placed", 80, |t| {
        let rows = wrapped(t, 76, 60, "  ", "", "\n");
        let rows = rows.lines().enumerate();
        let row = |(n, row)| format!("\x1b[{};1H\x1b[K{row}\x1b[20;1H*", n + 3);
        vec![rows.map(row).collect::<Vec<_>>().concat()]
    }),
    way("every second letter, then the others", 80, |t| {
        let half = |first| {
            let letters = t.chars().enumerate().skip(first).step_by(2);
            letters
                .map(|(n, c)| format!("\x1b[{};{}H{c}", 3 + n / 80, 1 + n % 80))
                .collect::<Vec<_>>()
                .concat()
        };
        vec![half(0) + &half(1)]
    }),
    way("letters that are painted again", 80, |t| {
        let is_same = |n: usize, c: char| t[..n].ends_with(c);
        vec![letters(t, |n, c| if is_same(n, c) { "\x1b[b".into() } else { c.to_string() })]
    }),
    way("only what differs", 80, |t| {
        let other: String = t.chars().map(|c| if c == 'x' { c } else { '.' }).collect();
        let (a, b) = t.split_at(t.len() / 3);
        let (b, c) = b.split_at(4.min(b.len()));
        vec![
            format!("\x1b[3;1H{other}"),
            format!("\x1b[3;{}H{b}\x1b[3;1H{a}\x1b[{}C{c}", a.len() + 1, b.len()),
        ]
    }),
];

fn letters(token: &str, letter: impl Fn(usize, char) -> String) -> String {
    token.chars().enumerate().map(|(n, c)| letter(n, c)).collect()
}

fn typed(token: &str, frame: impl Fn(&str) -> String) -> Steps {
    let token = &token[..token.len().min(70)];
    let frame = |n| format!("\x1b[?2026h{}\x1b[?2026l", frame(&token[..n]));
    (1..=token.len()).map(frame).collect()
}

/// The token in pieces, as replies come, with something else drawn between.
fn pieces(token: &str, len: usize, cols: usize, from: usize) -> Steps {
    let mut steps = Vec::new();
    let mut at = from;
    while at < token.len() {
        let end = (at + len).min(token.len()).min((at / cols + 1) * cols);
        let (row, col) = (3 + at / cols, 1 + at % cols);
        steps.push(format!("\x1b[{row};{col}H{}\x1b[20;1H*", &token[at..end]));
        at = end;
    }
    steps
}

/// The token from column `from` on, wrapped at `cols`, each row between two borders.
fn wrapped(token: &str, cols: usize, from: usize, left: &str, right: &str, end: &str) -> String {
    let width = cols - left.chars().count();
    let from = from - left.chars().count();
    let text = format!("{}{token}", "y ".repeat(from / 2));
    let rows = text.as_bytes().chunks(width).map(|row| {
        let row = String::from_utf8_lossy(row);
        format!(
            "{left}{row}{}{right}{end}",
            " ".repeat(if right.is_empty() { 0 } else { width - row.len() })
        )
    });
    rows.collect()
}
