//! What the person typed, as far as the screen showed it while they did: the only way to tell a
//! prompt from its reply where the child says nothing about its turns.
//!
//! Nothing is known of the program. What was typed stands around the cursor, on lines that changed
//! since the typing began; what stood before it on its first line, such as `> `, is the program's.

use std::ops::Range;

use super::page::Line;
use super::prose::prose;
use super::words;

/// Words that a program writes before or behind a prompt when it shows it once more: a name, a
/// time.
const BESIDE_MAX: usize = 3;

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Typed {
    /// The text, without what the program draws around it.
    pub(super) text: String,
    /// What the program writes before it.
    sign: String,
    /// It stood where the cursor was; else it is the likeliest of what was new.
    pub(super) at_cursor: bool,
}

impl Typed {
    /// Reads it off a screen at the moment when it is sent. `before` is the screen when the typing
    /// began, `cursor` the row in which the cursor stands.
    pub(super) fn of(before: &[String], now: &[Line], cursor: Option<usize>, width: usize) -> Self {
        let is_new = |row: usize| {
            let text = &now[row].text;
            words::count(text) > 0 && before.get(row) != Some(text)
        };
        let Some(block) = block(now, cursor, is_new) else { return Self::default() };
        let first = block.start;
        let at_cursor = cursor.is_some_and(|row| block.contains(&row));
        let sign = sign(before.get(first).map_or("", |line| line), &now[first].text);
        let mut lines = now[block].to_vec();
        lines[0].text.replace_range(..sign.len(), &" ".repeat(sign.chars().count()));
        Self { text: prose(&lines, width), sign, at_cursor }
    }

    /// Which of the lines that came after it show it once more, whatever was drawn before them.
    pub(super) fn found(&self, lines: &[&str]) -> Option<Range<usize>> {
        (0..lines.len()).find_map(|start| match self.repeated(&lines[start..]) {
            0 => None,
            count => Some(start..start + count),
        })
    }

    /// How many of the lines that came after it only show it once more.
    pub(super) fn repeated(&self, lines: &[&str]) -> usize {
        let own = words::words(&self.text);
        let mut rest = &own[..];
        for (n, line) in lines.iter().enumerate() {
            let said = words::words(line);
            if said.is_empty() {
                continue;
            }
            let Some(shown) = goes_on(rest, &said) else { return 0 };
            rest = &rest[shown..];
            if rest.is_empty() {
                return n + 1;
            }
        }
        0
    }

    /// Whether a line is the place where the next prompt would be typed.
    pub(super) fn is_sign(&self, line: &str) -> bool {
        !self.sign.trim().is_empty() && line.trim() == self.sign.trim()
    }
}

/// How many of the words that are still to come a line shows. A name may stand before them, and a
/// time after the last one.
fn goes_on(rest: &[u64], line: &[u64]) -> Option<usize> {
    (0..=BESIDE_MAX.min(line.len() - 1)).find_map(|skip| {
        let own = &line[skip..];
        let same = own.iter().zip(rest).take_while(|(a, b)| a == b).count();
        let after = own.len() - same;
        (same > 0 && (after == 0 || same == rest.len() && after <= BESIDE_MAX)).then_some(same)
    })
}

/// The lines that were typed: those that follow each other around the cursor. Where a program draws
/// a cursor of its own, the run of new lines with the most words.
fn block(
    now: &[Line],
    cursor: Option<usize>,
    is_new: impl Fn(usize) -> bool,
) -> Option<Range<usize>> {
    let mut best: Option<(usize, Range<usize>)> = None;
    let mut row = 0;
    while row < now.len() {
        if !is_new(row) {
            row += 1;
            continue;
        }
        let start = row;
        while row < now.len() && is_new(row) {
            row += 1;
        }
        let run = start..row;
        if cursor.is_some_and(|cursor| run.contains(&cursor)) {
            return Some(run);
        }
        let count = now[run.clone()].iter().map(|line| words::count(&line.text)).sum();
        if best.as_ref().is_none_or(|(most, _)| count > *most) {
            best = Some((count, run));
        }
    }
    best.map(|(_, run)| run)
}

/// What two forms of a line begin with, whole words of it only.
fn sign(before: &str, now: &str) -> String {
    let same = before.chars().zip(now.chars()).take_while(|(a, b)| a == b);
    let end: usize = same.map(|(a, _)| a.len_utf8()).sum();
    let is_whole = end == before.len() && now[end..].starts_with(' ');
    let end = if is_whole { end + 1 } else { now[..end].rfind(' ').map_or(0, |at| at + 1) };
    now[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[&str]) -> Vec<Line> {
        text.iter().map(|text| Line { text: (*text).to_owned(), wraps: false }).collect()
    }

    fn typed(before: &[&str], now: &[&str], cursor: Option<usize>) -> Typed {
        let before: Vec<String> = before.iter().map(|line| (*line).to_owned()).collect();
        Typed::of(&before, &lines(now), cursor, 80)
    }

    #[test]
    fn it_stands_at_the_cursor_behind_what_the_program_wrote() {
        let shell = typed(&["Toy 1.0", "toy>"], &["Toy 1.0", "toy> say hello"], Some(1));
        assert_eq!(shell.text, "say hello");
        assert!(shell.is_sign("toy>") && !shell.is_sign("toy"));
        let boxed = ["╭─────────╮", "│ > Type your message │", "╰────╯", "no sandbox"];
        let filled = ["╭─────────╮", "│ > This is it        │", "╰────╯", "no sandbox, 3 left"];
        assert_eq!(typed(&boxed, &filled, Some(1)).text, "This is it");
    }

    #[test]
    fn lines_below_each_other_are_one_text() {
        let hidden = typed(&[">", "", "a"], &["> first line", "", "b"], None);
        assert_eq!(hidden.text, "first line");
        let long = typed(&["", ">", ""], &["", "> first line", "  second line"], Some(2));
        assert_eq!(long.text, "first line\nsecond line");
        assert_eq!(typed(&["a"], &["a"], Some(0)), Typed::default());
    }

    #[test]
    fn what_shows_it_once_more_is_no_reply() {
        let typed = typed(&["❯"], &["❯ please say hello"], Some(0));
        let late = ["Toy 1.0", "/home/dev", "", "❯ please say hello", "", "Hello."];
        assert_eq!(typed.found(&late), Some(2..4));
        assert_eq!(typed.found(&late[..2]), None);
        let after = ["", "❯ please say hello", "", "● You asked for: please say hello"];
        assert_eq!(typed.repeated(&after), 2);
        let reply = ["Hello.", "❯ please say hello"];
        assert_eq!(typed.repeated(&reply), 0);
        let wrapped = ["please say", "hello", "Hello."];
        assert_eq!(typed.repeated(&wrapped), 2);
        let named = ["dev: please say hello 10:42", "Hello."];
        assert_eq!(typed.repeated(&named), 1);
        assert_eq!(Typed::default().repeated(&reply), 0);
    }
}
