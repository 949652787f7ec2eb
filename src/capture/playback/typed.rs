//! What the person typed, as far as the screen showed it: the only way to tell a prompt from its
//! reply where the child says nothing about its turns.
//!
//! Nothing is known of the program. Where the cursor stands when the typing begins, what is typed
//! begins; what stands before it on its line, such as `> `, is the program's. It ends where the
//! cursor stands when it is sent. Programs that draw a cursor of their own keep the terminal's
//! there too, hidden.

use std::collections::BTreeSet;
use std::ops::Range;

use super::prose::prose;
use super::screen::{Line, Moment};
use super::words;

/// Words that a program writes before or behind a prompt when it shows it once more: a name, a
/// time.
const BESIDE_MAX: usize = 3;

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Typed {
    /// The text, without what the program draws around it.
    pub(super) text: String,
    /// What the program writes before it; empty where it was not seen.
    pub(super) sign: String,
    /// Its first line as it was drawn.
    first: String,
    /// The screen when the typing began.
    before: BTreeSet<String>,
    /// The lines that held it before it was sent, and what stood below it.
    drafts: BTreeSet<String>,
}

impl Typed {
    /// Reads it off the screen when it is sent; `begun` is the screen when the typing began. A
    /// program that was drawing then had its cursor elsewhere; its `last` sign serves.
    pub(super) fn of(begun: &Moment, sent: &Moment, last: &str, width: usize) -> Self {
        let is_new = |line: &&Line| {
            words::any(&line.text) && !begun.lines.iter().any(|old| old.text == line.text)
        };
        let to = (sent.row + 1).min(sent.lines.len());
        let above = || sent.lines[..to].iter().rev();
        let is_blank = |line: &&Line| line.text.trim().is_empty();
        // What was pasted may have blank lines; then only the program's sign tells where it begins.
        let wide = to - above().take_while(|line| is_new(line) || is_blank(line)).count();
        let block = to - above().take_while(is_new).count();
        let mut signs =
            [begun.sign.as_str(), last].into_iter().filter(|sign| !sign.trim().is_empty());
        let begins = |sign| sent.lines[wide..to].iter().rposition(|l| l.text.starts_with(sign));
        let found = signs.find_map(|sign| Some((wide + begins(sign)?, sign)));
        let (start, sign) = found.unwrap_or((block, ""));
        let mut lines = sent.lines[start..to].to_vec();
        let Some(first) = lines.first_mut() else { return Self::default() };
        let drawn = first.text.clone();
        first.text.replace_range(..sign.len(), &" ".repeat(sign.chars().count()));
        let text = |line: &Line| line.text.clone();
        let below = begun.lines.iter().skip(begun.row);
        Self {
            text: prose(&lines, width),
            sign: sign.to_owned(),
            first: drawn,
            before: begun.lines.iter().map(text).collect(),
            drafts: below.chain(&sent.lines[start..]).map(text).collect(),
        }
    }

    /// The line in which it begins, as it was drawn before it is sent.
    pub(super) fn first(&self) -> &str {
        &self.first
    }

    /// Whether a line is that one.
    pub(super) fn is_first(&self, line: &str) -> bool {
        !self.text.is_empty() && self.first == line
    }

    /// Whether a line is where it was typed or below, where a program has what it says to no turn.
    pub(super) fn is_draft(&self, line: &str) -> bool {
        self.drafts.contains(line)
    }

    /// Whether a line was on the screen already when the typing began.
    pub(super) fn is_older(&self, line: &str) -> bool {
        self.before.contains(line) || self.is_draft(line)
    }

    /// Which of the lines that came after it show it once more, whatever was drawn before them.
    pub(super) fn found(&self, lines: &[&str]) -> Option<Range<usize>> {
        self.found_with(lines, BESIDE_MAX)
    }

    /// Which of them show it and nothing else.
    pub(super) fn found_alone(&self, lines: &[&str]) -> Option<Range<usize>> {
        self.found_with(lines, 0)
    }

    fn found_with(&self, lines: &[&str], beside: usize) -> Option<Range<usize>> {
        let own = words::words(&self.text);
        let lines: Vec<Vec<u64>> = lines.iter().map(|line| words::words(line)).collect();
        (0..lines.len()).find_map(|start| match repeated(&own, &lines[start..], beside) {
            0 => None,
            count => Some(start..start + count),
        })
    }
}

/// How many lines show all of a text once more, with so many words `beside` it.
fn repeated(own: &[u64], lines: &[Vec<u64>], beside: usize) -> usize {
    let mut rest = own;
    for (n, said) in lines.iter().enumerate() {
        if said.is_empty() {
            continue;
        }
        let Some(shown) = goes_on(rest, said, beside) else { return 0 };
        rest = &rest[shown..];
        if rest.is_empty() {
            return n + 1;
        }
    }
    0
}

/// How many of the words that are still to come a line shows. A name may stand before them, and a
/// time after the last one.
fn goes_on(rest: &[u64], line: &[u64], beside: usize) -> Option<usize> {
    (0..=beside.min(line.len() - 1)).find_map(|skip| {
        let own = &line[skip..];
        let same = own.iter().zip(rest).take_while(|(a, b)| a == b).count();
        let after = own.len() - same;
        (same > 0 && (after == 0 || same == rest.len() && after <= beside)).then_some(same)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[&str]) -> Vec<Line> {
        text.iter().map(|text| Line { text: (*text).to_owned(), wraps: false }).collect()
    }

    fn typed(before: &[&str], (row, sign): (usize, &str), now: &[&str], at: usize) -> Typed {
        let begun = Moment { lines: lines(before), row, sign: sign.to_owned() };
        let sent = Moment { lines: lines(now), row: at, sign: String::new() };
        Typed::of(&begun, &sent, "❯ ", 80)
    }

    #[test]
    fn it_stands_at_the_cursor_behind_what_the_program_wrote() {
        let shell =
            typed(&["Toy", "toy>"], (1, "toy> "), &["Toy", "toy> one", "toy> say hello"], 2);
        assert_eq!(shell.text, "say hello");
        assert!(shell.is_draft("toy>") && !shell.is_draft("Toy") && shell.is_older("Toy"));
        let boxed = ["", "╭─────────╮", "│ > Type your message │", "╰────╯", "no sandbox"];
        let filled = ["╭─────────╮", "│ > This is it        │", "╰────╯", "no sandbox, 3 left"];
        assert_eq!(typed(&boxed, (2, "│ > "), &filled, 1).text, "This is it");
    }

    #[test]
    fn lines_below_each_other_are_one_text() {
        let now = ["a reply", "> first line", "  second line", "b"];
        let long = typed(&["a reply", ">", "", "b"], (1, "> "), &now, 2);
        assert_eq!(long.text, "first line\nsecond line");
        assert!(long.is_draft("  second line"));
        let pasted = ["a reply", "", "> one", "", "  two", "b"];
        let pasted = typed(&["a reply", "", ">", "", "b"], (2, "> "), &pasted, 4);
        assert_eq!(pasted.text, "one\n\ntwo");
        let bare = typed(&["a reply", "", "b"], (1, ""), &["a reply", "typed", "b"], 1);
        assert_eq!(bare.text, "typed");
        let drawing = typed(&["half"], (0, "half"), &["half", "❯ /quit"], 1);
        assert_eq!(drawing.text, "/quit");
        assert_eq!(typed(&["a"], (0, ""), &["a"], 0), Typed::default());
        assert_eq!(typed(&[], (0, ""), &[], 7), Typed::default());
    }

    #[test]
    fn where_it_is_shown_once_more_is_found() {
        let typed = typed(&["❯"], (0, "❯ "), &["❯ please say hello"], 0);
        let late = ["Tips", "", "❯ please say hello", "", "● You asked for: please say hello"];
        assert_eq!(typed.found(&late), Some(1..3));
        assert_eq!(typed.found(&late[..2]), None);
        assert_eq!(typed.found(&["dev: please say hello 10:42", "Hello."]), Some(0..1));
        assert_eq!(typed.found(&["please say", "hello", "Hello."]), Some(0..2));
        assert_eq!(typed.found(&["Hello.", "I shall please you: say it, then hello"]), None);
        assert_eq!(Typed::default().found(&["a"]), None);
    }
}
