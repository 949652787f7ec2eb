//! Rows of a page, wrapped as a frame wraps them: a client that draws a text again, in another width
//! or at another place, says the same words in other lines.
//!
//! Words alone tell what is the same: those that page and frame have in common, in their order.
//! Each line of the frame takes the part of the page that it shows.

use std::cell::OnceCell;
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};
use unicode_width::UnicodeWidthStr;

use super::row::Row;
use super::screen::Line;
use super::words::{self, RUN, Runs, TWICE};

/// What a frame lacks at the end of a row is a text that it shows later where it lacks the next row
/// too, or has so many words.
const REST_MIN: usize = 5;

/// What page and frame both say.
pub(super) struct Common<'a> {
    rows: &'a [Row],
    frame: &'a [Line],
    old: Said<'a>,
    new: Said<'a>,
    /// What each line of the frame shows of the page.
    claims: Vec<Option<Claim>>,
    /// Of each word of the page, the line of the frame that shows it.
    owners: Vec<Option<usize>>,
}

/// A page that is wrapped as a frame is where both say the same.
#[derive(Default)]
pub(super) struct Anew {
    pub(super) rows: Vec<Row>,
    /// Rows of which the frame has a part and lacks the rest: it was drawn for another size.
    pub(super) torn: usize,
    /// One of them ends at the edge of the screen.
    pub(super) clipped: bool,
}

impl<'a> Common<'a> {
    pub(super) fn of(rows: &'a [Row], frame: &'a [Line]) -> Self {
        let texts = rows.iter().map(|row| if is_said(row) { &*row.line.text } else { "" });
        let (old, new) = (Said::of(texts), Said::of(frame.iter().map(|line| &*line.text)));
        let claims = Claim::all(&old, &new);
        let mut owners = vec![None; old.words.len()];
        for (line, claim) in claims.iter().enumerate() {
            if let Some(claim) = claim {
                owners[claim.old.clone()].fill(Some(line));
            }
        }
        Self { rows, frame, old, new, claims, owners }
    }

    /// Lines of the frame that show nothing of their own and say what the page says.
    pub(super) fn copies(&self) -> Vec<bool> {
        let runs = OnceCell::new();
        let is_copy = |(line, claim): (usize, &Option<Claim>)| {
            let own = self.new.of_line(line);
            // Few words stand on many screens, so they count together with those before them.
            let with_before = own.start.saturating_sub(RUN - 1)..own.end;
            claim.is_none() && !own.is_empty() && {
                let runs = runs.get_or_init(|| Runs::of_words(&self.old.words));
                runs.share(&self.new.words[with_before]) >= TWICE
            }
        };
        self.claims.iter().enumerate().map(is_copy).collect()
    }

    /// Wraps the rows, for a screen of so many columns. Only those that `may` are; the others tell
    /// where the text goes on. `mark` is the number of a row, before and afterwards.
    pub(super) fn wrap(&self, width: usize, may: impl Fn(&Row) -> bool, mark: &mut usize) -> Anew {
        let (mut anew, mut told, mut marked) = (Anew::default(), None, *mark);
        for (index, row) in self.rows.iter().enumerate() {
            if index == *mark {
                marked = anew.rows.len();
            }
            let own = self.old.of_line(index);
            let first = own.clone().find(|word| self.owners[*word].is_some());
            let Some(first) = first.filter(|_| may(row)) else {
                told = self.owners[own].iter().rev().find_map(|owner| *owner).or(told);
                anew.rows.push(row.clone());
                continue;
            };
            let is_top = told.is_none();
            let above = told.and_then(|line: usize| self.claims[line].as_ref());
            // One word at the most is broken between two lines.
            let goes_on = above.is_some_and(|above| above.old.end + 1 >= first);
            if first > own.start && !goes_on {
                // The frame shows the end of it only.
                anew.rows.push(row.with(self.old.before(first)));
            }
            for line in self.owners[own.clone()].iter().filter_map(|owner| *owner) {
                if told.is_none_or(|told| told < line) {
                    let mut row = row.with(self.frame[line].clone());
                    if row.is_away() {
                        row.show(true);
                    }
                    anew.rows.push(row);
                    told = Some(line);
                }
            }
            let start = if is_top { first } else { own.start };
            if let Some(line) = told {
                self.end(&mut anew, row, start..own.end, (line, width));
            }
        }
        *mark = marked.min(anew.rows.len());
        anew
    }

    /// Ends a row of which a line, the last one that shows it, may lack something.
    fn end(&self, anew: &mut Anew, row: &Row, own: Range<usize>, (line, width): (usize, usize)) {
        let Some(claim) = &self.claims[line] else { return };
        let shown = &*self.frame[line].text;
        let is_edge = shown.width() + 1 >= width;
        let is_cut = claim.old.end < own.end && claim.is_whole;
        match anew.rows.last_mut() {
            Some(row) if is_cut && (is_edge || shown.ends_with('…')) && row.line.text == shown => {
                anew.clipped |= !shown.ends_with('…');
                let text = format!("{}{}", &shown[..claim.end], self.old.from(claim.old.end));
                *row = row.with(Line { text, wraps: false });
                row.drawn = Some(shown.to_owned());
            }
            _ => {
                let rest = own.end.saturating_sub(claim.old.end);
                let goes_on = self.owners.get(own.end).is_some_and(Option::is_none);
                anew.torn += usize::from(self.owners[own].iter().any(Option::is_none));
                if rest >= REST_MIN || rest > 0 && goes_on {
                    let rest = self.old.from(claim.old.end).to_owned();
                    anew.rows.push(row.with(Line { text: rest, wraps: false }));
                }
            }
        }
    }
}

fn is_said(row: &Row) -> bool {
    row.is_text() && !row.pinned && !row.dropped
}

/// The words of some lines.
struct Said<'a> {
    lines: Vec<&'a str>,
    words: Vec<u64>,
    /// Where each word stands in its line.
    places: Vec<Range<usize>>,
    /// The first word of each line, and the number of all.
    starts: Vec<usize>,
}

impl<'a> Said<'a> {
    fn of(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut said =
            Self { lines: lines.collect(), words: vec![], places: vec![], starts: vec![0] };
        for line in &said.lines {
            for (word, place) in words::places(line) {
                said.words.push(word);
                said.places.push(place);
            }
            said.starts.push(said.words.len());
        }
        said
    }

    fn of_line(&self, line: usize) -> Range<usize> {
        self.starts[line]..self.starts[line + 1]
    }

    fn line_of(&self, word: usize) -> usize {
        self.starts.partition_point(|start| *start <= word) - 1
    }

    fn word(&self, word: usize) -> &'a str {
        &self.lines[self.line_of(word)][self.places[word].clone()]
    }

    fn ends_line(&self, word: usize) -> bool {
        self.starts.binary_search(&(word + 1)).is_ok()
    }

    /// What stands in its line before a word and the signs that belong to it.
    fn before(&self, word: usize) -> Line {
        let head = &self.lines[self.line_of(word)][..self.places[word].start];
        let end = head.rfind(char::is_whitespace).unwrap_or(head.len());
        Line { text: head[..end].trim_end().to_owned(), wraps: false }
    }

    /// What stands in its line behind the word before this one.
    fn from(&self, word: usize) -> &'a str {
        &self.lines[self.line_of(word)][self.places[word - 1].end..]
    }
}

/// The words of the page that a line of the frame shows.
struct Claim {
    old: Range<usize>,
    /// All that the line says is among them, but perhaps for a word that was cut.
    is_whole: bool,
    /// Where in the line the last of them ends.
    end: usize,
}

impl Claim {
    fn all(old: &Said<'_>, new: &Said<'_>) -> Vec<Option<Self>> {
        let same = same(&old.words, &new.words);
        (0..new.lines.len()).map(|line| Self::of(old, new, new.of_line(line), &same)).collect()
    }

    fn of(
        old: &Said<'_>,
        new: &Said<'_>,
        own: Range<usize>,
        same: &[Option<usize>],
    ) -> Option<Self> {
        let pairs = || own.clone().filter_map(|word| Some((word, same[word]?)));
        let ((first, start), (last, end)) = (pairs().next()?, pairs().next_back()?);
        let count = pairs().count();
        if last + 1 - first != count || end + 1 - start != count {
            return None;
        }
        let mut end = end + 1;
        let is_start = first == own.start;
        if is_start
            && last + 1 < own.end
            && !old.ends_line(end - 1)
            && old.ends_line(end)
            && new.word(last + 1).starts_with(old.word(end))
        {
            // The last word was still being written.
            end += 1;
        }
        let is_grown = is_start && old.ends_line(end - 1);
        // A long word is broken where the line begins or ends.
        let is_whole = first <= own.start + 1 && last + 2 >= own.end && 2 * count >= own.len();
        (is_whole || is_grown).then(|| Self {
            old: start..end,
            is_whole,
            end: new.places[last].end,
        })
    }
}

/// Of each new word, which of the old ones it is. What both say once, in the same order, tells;
/// what is said more often goes on with that.
fn same(old: &[u64], new: &[u64]) -> Vec<Option<usize>> {
    let (places, own) = (once(old), once(new));
    let mut runs: Vec<(usize, usize)> =
        own.iter().filter_map(|(run, at)| Some(((*at)?, (*places.get(run)?)?))).collect();
    runs.sort_unstable();
    let mut same = vec![None; new.len()];
    let mut from = (0, 0);
    for (at, place) in in_order(&runs) {
        for n in 0..RUN {
            if at + n >= from.0 && place + n >= from.1 {
                same[at + n] = Some(place + n);
                from = (at + n + 1, place + n + 1);
            }
        }
    }
    go_on(&mut same, |at| new[at], |place| old.get(place).copied());
    same.reverse();
    let last = old.len();
    let turned = |place: &mut Option<usize>| *place = place.map(|place| last - 1 - place);
    same.iter_mut().for_each(turned);
    go_on(
        &mut same,
        |at| new[new.len() - 1 - at],
        |place| old.get(last.checked_sub(place + 1)?).copied(),
    );
    same.reverse();
    same.iter_mut().for_each(turned);
    same
}

/// Where the runs of some words stand that are said once.
fn once(words: &[u64]) -> HashMap<u64, Option<usize>> {
    let mut places = HashMap::new();
    for (at, run) in words.windows(RUN).enumerate() {
        places.entry(words::run(run)).and_modify(|at| *at = None).or_insert(Some(at));
    }
    places
}

/// The longest chain of places of which each comes after the one before, on both sides.
fn in_order(runs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // Of each length, the chain that ends first; and what stands before each run in its chain.
    let (mut chains, mut links): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (index, (_, place)) in runs.iter().enumerate() {
        let len = chains.partition_point(|link| runs[*link].1 < *place);
        links.push(len.checked_sub(1).map(|len| chains[len]));
        if len == chains.len() {
            chains.push(index);
        } else {
            chains[len] = index;
        }
    }
    let mut link = chains.last().copied();
    let mut chain = Vec::new();
    while let Some(index) = link {
        chain.push(runs[index]);
        link = links[index];
    }
    chain.reverse();
    chain
}

/// Goes on from words that are known, as long as those that follow are the same.
fn go_on(
    same: &mut [Option<usize>],
    new: impl Fn(usize) -> u64,
    old: impl Fn(usize) -> Option<u64>,
) {
    let mut ends = vec![usize::MAX; same.len() + 1];
    for at in (0..same.len()).rev() {
        ends[at] = same[at].unwrap_or(ends[at + 1]);
    }
    for at in 1..same.len() {
        let next = same[at - 1].map(|place| place + 1);
        let next = next.filter(|next| *next < ends[at] && old(*next) == Some(new(at)));
        same[at] = same[at].or(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What rows say when they are wrapped as a frame.
    fn wrapped(rows: &[&str], frame: &[&str]) -> Vec<String> {
        let line = |text: &&str| Line { text: (*text).to_owned(), wraps: false };
        let rows: Vec<Row> = rows.iter().map(|text| Row::new(line(text), 0.0, 1, true)).collect();
        let frame: Vec<Line> = frame.iter().map(line).collect();
        let anew = Common::of(&rows, &frame).wrap(40, |_| true, &mut 0);
        anew.rows.into_iter().map(|row| row.line.text).collect()
    }

    #[test]
    fn what_went_up_below_a_prompt_that_stays_is_kept() {
        let rows = ["> what is asked", "", "• one two three four five six seven", "eight nine ten"];
        let frame = ["> what is asked", "  five six seven eight nine", "  ten"];
        let want = ["> what is asked", "", "• one two three four", "  five six seven eight nine"];
        assert_eq!(wrapped(&rows, &frame)[..4], want);
    }

    #[test]
    fn a_word_that_is_broken_between_two_lines_is_told_once() {
        let rows = ["one two three", "fortyfive six seven eight"];
        let frame = ["one two three forty", "five six seven eight"];
        assert_eq!(wrapped(&rows, &frame), frame);
    }
}
