//! Which lines of two frames belong together: the same ones, and those of which one became the
//! other while it grew or ticked.
//!
//! What two frames begin and end with alike is told in one pass. Only what lies between is compared
//! line by line, and for that each line is looked at once.

use std::cell::OnceCell;

use super::screen::Line;
use super::words;

/// Lines that change in place between two frames: the end of a text that grows, a clock or two.
/// More of them are a list whose entries look alike and that moved.
const CHANGES_MAX: usize = 4;
/// Lines that are a text.
const SWAPPED_MIN: usize = 3;
/// Fewer lines that are the same may be so by chance.
const SCROLLED_MIN: usize = 4;
/// Bytes at the start of a line that tell most pairs apart at once.
const START: usize = size_of::<u128>();
/// What a pair counts: two lines with the same words, a line that became another one, and two that
/// are drawn alike and say nothing.
const SAME: u32 = 8;
const CHANGED: u32 = 3;
const DRAWN: u32 = 1;

/// The pairs of lines that belong together, in order: numbers of `old` and `new` ones.
pub(super) fn pair(old: &[&str], new: &[Line]) -> Vec<(usize, usize)> {
    let same = |(a, b): &(&&str, &Line)| **a == b.text;
    let head = old.iter().zip(new).take_while(same).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let between = between(&old[head..old_end], &new[head..new_end]);
    let mut pairs: Vec<_> = (0..head).map(|i| (i, i)).collect();
    pairs.extend(between.into_iter().map(|(a, b)| (a + head, b + head)));
    pairs.extend((0..tail).map(|i| (old_end + i, new_end + i)));
    without_swapped(&pairs, old, new)
}

/// The pairs of two texts that neither begin nor end alike. Where most of one only went up, the rest
/// is all there is to compare.
fn between(old: &[&str], new: &[Line]) -> Vec<(usize, usize)> {
    let alike = |by: usize| {
        let same = |(a, b): &(&&str, &Line)| **a == b.text;
        old[by..].iter().zip(new).take_while(same).count()
    };
    let is_most = |&(_, count): &(usize, usize)| count >= SCROLLED_MIN && count * 2 >= new.len();
    let scrolled = (1..old.len()).map(|by| (by, alike(by))).find(is_most);
    let (by, count) = scrolled.unwrap_or_default();
    let is_drawn = |(a, _): &(usize, usize)| !old[*a].is_empty();
    let mut pairs: Vec<_> = (by..by + count).zip(0..).filter(is_drawn).collect();
    let rest = laid_over(&old[by + count..], &new[count..]);
    pairs.extend(rest.into_iter().map(|(a, b)| (a + by + count, b + count)));
    pairs
}

/// The pairs of lines that belong together, each compared with each.
fn laid_over(old: &[&str], new: &[Line]) -> Vec<(usize, usize)> {
    let mut table = Table::of(old.iter().copied(), new.iter().map(|line| &*line.text));
    let mut pairs = table.longest();
    if pairs.iter().filter(|(a, b)| table.score(*a, *b) == CHANGED).count() > CHANGES_MAX {
        table.forget_changed();
        pairs = table.longest();
    }
    pairs
}

/// Leaves out a line that stands below a text that is new, while the text below it is gone: it was
/// written once more, and nothing went up past it.
fn without_swapped(pairs: &[(usize, usize)], old: &[&str], new: &[Line]) -> Vec<(usize, usize)> {
    let has_words = |text: &str| text.contains(char::is_alphanumeric);
    let mut left: Vec<(usize, usize)> = Vec::with_capacity(pairs.len());
    let mut nexts = pairs.iter().skip(1).map(|(a, _)| *a).chain([old.len()]);
    for &(a, b) in pairs {
        let next = nexts.next().unwrap_or(old.len());
        let above = left.last().map_or(0, |(_, above)| above + 1);
        let is_swapped = b > a
            && old[a + 1..next].iter().filter(|text| has_words(text)).count() >= SWAPPED_MIN
            && new[above..b].iter().filter(|line| has_words(&line.text)).count() >= SWAPPED_MIN;
        if !is_swapped {
            left.push((a, b));
        }
    }
    left
}

/// A line as it is compared. Most pairs are told apart by less than all of it.
struct Known<'a> {
    text: &'a str,
    /// Its first bytes, the first one lowest.
    start: u128,
    skeleton: OnceCell<Option<u64>>,
}

impl<'a> Known<'a> {
    fn of(text: &'a str) -> Self {
        let mut start = [0; START];
        let known = text.len().min(START);
        start[..known].copy_from_slice(&text.as_bytes()[..known]);
        Self { text, start: u128::from_le_bytes(start), skeleton: OnceCell::new() }
    }

    /// Whether one of them can begin with the other: as far as both go, they start alike.
    fn starts_like(&self, other: &Self) -> bool {
        let both = self.text.len().min(other.text.len()).min(START);
        (self.start ^ other.start).trailing_zeros() as usize / 8 >= both
    }

    fn skeleton(&self) -> Option<u64> {
        *self.skeleton.get_or_init(|| words::skeleton(self.text))
    }

    /// What a pair of two lines counts; 0 for lines that have nothing to do with each other.
    fn likeness(&self, new: &Self) -> u32 {
        let (a, b) = (self.text, new.text);
        if a.is_empty() || b.is_empty() {
            return 0;
        }
        if self.starts_like(new) {
            if a == b {
                return if a.contains(char::is_alphanumeric) { SAME } else { DRAWN };
            }
            if a.starts_with(b) || b.starts_with(a) {
                return CHANGED;
            }
        }
        let ticked = self.skeleton().is_some() && self.skeleton() == new.skeleton();
        if ticked { CHANGED } else { 0 }
    }
}

/// What each pair of lines counts.
struct Table {
    scores: Vec<u32>,
    old: usize,
    new: usize,
}

impl Table {
    fn of<'a>(old: impl Iterator<Item = &'a str>, new: impl Iterator<Item = &'a str>) -> Self {
        let old: Vec<Known<'_>> = old.map(Known::of).collect();
        let new: Vec<Known<'_>> = new.map(Known::of).collect();
        let scores = old.iter().flat_map(|a| new.iter().map(|b| a.likeness(b))).collect();
        Self { scores, old: old.len(), new: new.len() }
    }

    fn score(&self, a: usize, b: usize) -> u32 {
        self.scores[a * self.new + b]
    }

    /// Only lines that are the same belong together.
    fn forget_changed(&mut self) {
        self.scores.iter_mut().filter(|score| **score == CHANGED).for_each(|score| *score = 0);
    }

    /// The pairs that count most together.
    fn longest(&self) -> Vec<(usize, usize)> {
        let width = self.new + 1;
        let mut best = vec![0_u32; (self.old + 1) * width];
        for a in (0..self.old).rev() {
            for b in (0..self.new).rev() {
                let score = self.score(a, b);
                let with = if score > 0 { score + best[(a + 1) * width + b + 1] } else { 0 };
                let without = best[(a + 1) * width + b].max(best[a * width + b + 1]);
                best[a * width + b] = with.max(without);
            }
        }
        let (mut pairs, mut a, mut b) = (Vec::new(), 0, 0);
        while a < self.old && b < self.new {
            let (score, here) = (self.score(a, b), best[a * width + b]);
            if score > 0 && here == score + best[(a + 1) * width + b + 1] {
                pairs.push((a, b));
                (a, b) = (a + 1, b + 1);
            } else if here == best[(a + 1) * width + b] {
                a += 1;
            } else {
                b += 1;
            }
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
        let line = |text: &&str| Line { text: (*text).to_owned(), wraps: false };
        pair(old, &new.iter().map(line).collect::<Vec<_>>())
    }

    #[test]
    fn lines_that_are_the_same_grew_or_ticked_belong_together() {
        let scrolled = paired(&["head", "one", "two", "foot"], &["head", "two", "three", "foot"]);
        assert_eq!(scrolled, [(0, 0), (2, 1), (3, 3)]);
        let grown = paired(&["a", "Hello wor", "b"], &["a", "Hello world", "", "b"]);
        assert_eq!(grown, [(0, 0), (1, 1), (2, 3)]);
        let ticked = paired(&["x", "Working (3s)", ""], &["y", "Working (4s)", ""]);
        assert_eq!(ticked, [(1, 1), (2, 2)]);
        assert_eq!(paired(&["apples"], &["pears"]), []);
        assert_eq!(paired(&[], &["pears"]), []);
    }

    #[test]
    fn a_line_that_was_written_once_more_below_another_text_is_another_one() {
        let old = ["Baked for 3s", "what is next", "one more", "and a third", "> "];
        let new = ["it goes on", "and on", "to its end", "Baked for 4s", "> "];
        assert_eq!(paired(&old, &new), [(4, 4)]);
        let grown = ["what is next", "one", "two", "three", "Baked for 4s", "> "];
        assert_eq!(
            paired(&["what is next", "Baked for 3s", "> "], &grown),
            [(0, 0), (1, 4), (2, 5)]
        );
    }

    #[test]
    fn what_went_up_is_told_from_what_came_below_it() {
        let old = ["top", "── a", "", "one", "two", "── a", "three", "fou", "x"];
        let new = ["one", "two", "── a", "three", "", "four", "five", "y"];
        assert_eq!(paired(&old, &new), [(3, 0), (4, 1), (5, 2), (6, 3), (7, 5)]);
    }

    #[test]
    fn a_list_whose_entries_look_alike_did_not_tick_but_moved() {
        let entries =
            |from: u32| (from..from + 6).map(|n| format!("entry {n}")).collect::<Vec<_>>();
        let (old, new) = (entries(0), entries(5));
        let (old, new): (Vec<&str>, Vec<&str>) =
            (old.iter().map(|s| &**s).collect(), new.iter().map(|s| &**s).collect());
        assert_eq!(paired(&old, &new), [(5, 0)]);
    }
}
