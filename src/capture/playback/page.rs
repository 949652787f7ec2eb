//! What stood on a screen since a moment, as one page: frames are laid over each other, and lines
//! that scrolled away stay above those that are there.
//!
//! Nothing is known of the client that draws. Lines of two frames that are the same, or of which
//! one grew out of the other, hold both together; lines that went upwards out of view are kept,
//! those that only tick (a clock, a turning wheel) are known by that.

mod left;
mod waiting;

use std::collections::HashSet;

use super::anew::Common;
use super::given::Given;
use super::pair::pair;
use super::row::{Row, first_of};
use super::screen::Line;
use super::words;

/// Rows of which a frame lacks a part, when it was drawn for another size.
const TORN_MIN: usize = 3;
/// Seconds after a change of size in which a client draws everything again.
const REDRAW: f64 = 2.0;

/// The time after a change of size in which a client draws everything again.
#[derive(Debug, Clone, Copy)]
struct Redraws {
    since: f64,
    until: f64,
    /// A frame was seen since then.
    seen: bool,
}

/// The page.
#[derive(Debug, Default)]
pub(super) struct Page {
    rows: Vec<Row>,
    /// Lines that were put away, and before which of `rows` they belong.
    away: Vec<Row>,
    away_at: usize,
    away_bytes: usize,
    looks: u64,
    broken: bool,
    given: Given,
    /// Rows at the bottom of the screen in which somebody can write, with what stands below them.
    composer: usize,
    /// The same from the cursor's row on, whether somebody can write there or not.
    bottom: usize,
    /// A client may draw everything again in another size.
    redraws: Option<Redraws>,
    /// Columns of the screen.
    width: usize,
    before: Vec<String>,
    /// Lines that had left the screen when the page was begun.
    past: HashSet<String>,
    /// Lines that were said to one prompt and that the client wrote below the next one.
    moved: Vec<String>,
}

impl Page {
    /// A turn is to come: forgets what is not on the screen, and remembers what is.
    pub(super) fn begin(&mut self) {
        self.forget();
        let lines = self.rows.iter().filter(|row| !row.is_blank());
        self.before = lines.map(|row| row.line.text.clone()).collect();
    }

    /// What is on the screen now was there before whatever comes, also where the page did not follow:
    /// somebody had looked back, or at something else.
    pub(super) fn settle(&mut self, screen: Vec<Line>) {
        self.forget();
        let mut rows = std::mem::take(&mut self.rows).into_iter();
        let look = self.looks;
        let row = |line: Line| match rows.next() {
            Some(row) if row.line == line => row,
            _ => Row::new(line, f64::NEG_INFINITY, look, true),
        };
        self.rows = screen.into_iter().map(row).collect();
        self.away_at = 0;
    }

    /// Forgets what is not on the screen.
    pub(super) fn forget(&mut self) {
        let hidden = self.rows.extract_if(.., |row| !row.shown);
        let hidden = hidden.filter(|row| !row.is_blank() && !row.dropped);
        let hidden: HashSet<String> = hidden.map(|row| row.line.text).collect();
        if !hidden.is_empty() {
            self.past = hidden;
        }
        self.moved.clear();
        (self.away, self.away_bytes, self.broken) = (Vec::new(), 0, false);
    }

    /// What stands above the last line of that text was there before anything; all of it, where no
    /// such line is known.
    pub(super) fn settle_above(&mut self, draft: &str) {
        let is_draft = |row: &Row| row.shown && !draft.is_empty() && row.line.text == draft;
        let end = self.rows.iter().rposition(is_draft).unwrap_or(self.rows.len());
        for row in &mut self.rows[..end] {
            row.born = f64::NEG_INFINITY;
        }
    }

    /// So many rows at the bottom of the screen are where somebody can write, and what stands below;
    /// so many are the cursor's and those below it.
    pub(super) fn set_composer(&mut self, rows: usize, bottom: usize) {
        (self.composer, self.bottom) = (rows, bottom);
    }

    /// Which of all rows is the first of them.
    pub(super) fn composer(&self) -> usize {
        first_of(self.rows(), self.composer)
    }

    /// A question of the client's that came after a look was answered: when it is taken away, it is
    /// gone.
    pub(super) fn answered(&mut self, question: u64) {
        let asks = |row: &Row| row.shown && row.look > question && row.is_question();
        let first = self.rows.iter().position(asks).unwrap_or(self.rows.len());
        for row in self.rows[first..].iter_mut().filter(|row| row.look > question) {
            row.asks = true;
        }
    }

    /// What loghop itself gave the client, which may show it.
    pub(super) fn give(&mut self, given: Given) {
        self.given = given;
    }

    /// Whether it stands on the screen.
    pub(super) fn shows_given(&self) -> bool {
        let shown: Vec<&Row> = self.rows.iter().filter(|row| row.shown).collect();
        self.given(&shown).contains(&true)
    }

    /// Which of the rows show that.
    pub(super) fn given(&self, rows: &[&Row]) -> Vec<bool> {
        let lines: Vec<&str> = rows.iter().map(|row| &*row.line.text).collect();
        self.given.shown(&lines)
    }

    /// The lines that were on the screen before the turn.
    pub(super) fn before(&self) -> impl Iterator<Item = &str> {
        self.before.iter().map(String::as_str)
    }

    /// How often a look found something new.
    pub(super) fn looks(&self) -> u64 {
        self.looks
    }

    /// Whether a text may stand on the page twice: everything was drawn anew.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The terminal has another size; clients draw everything again and wrap it differently.
    pub(super) fn resized(&mut self, now: f64, width: usize) {
        (self.broken, self.width) = (true, width);
        if !self.rows.is_empty() {
            self.redraws = Some(Redraws { since: now, until: now + REDRAW, seen: false });
        }
    }

    /// All rows in their order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> + Clone {
        let (before, after) = self.rows.split_at(self.away_at.min(self.rows.len()));
        before.iter().chain(&self.away).chain(after).filter(|row| !row.dropped)
    }

    /// Whether the last line on the screen is the end of a text. Below all that is said stands what
    /// a client draws around it.
    pub(super) fn ends_with(&self, said: &[u64]) -> bool {
        let last = self.rows.iter().rev().find(|row| row.shown && !row.is_blank());
        let last = last.map(|row| words::words(&row.line.text)).unwrap_or_default();
        !last.is_empty() && said.ends_with(&last)
    }

    /// Wraps the rows as the frame is, where it shows again what was drawn in another size, or what
    /// was taken away a moment ago; it begins with the rows that are the `same`. Which of its lines
    /// are copies of others; `None` where it was drawn for another size.
    fn wrap_anew(&mut self, frame: &[Line], same: &[usize], now: f64) -> Option<Vec<bool>> {
        if let Some(mut redraws) = self.redraws {
            let mut at = self.away_at;
            let common = Common::of(&self.rows, frame);
            let anew = common.wrap(self.width, |_| true, &mut at);
            if now < redraws.until && (anew.clipped || anew.torn >= TORN_MIN) {
                return None;
            }
            redraws.seen = true;
            let copies = common.copies();
            (self.rows, self.away_at, self.redraws) = (anew.rows, at, Some(redraws));
            return Some(copies);
        }
        if let Some(from) = self.first_away(frame.len()) {
            let same = same.partition_point(|row| *row < from);
            let mut at = self.away_at.saturating_sub(from);
            let common = Common::of(&self.rows[from..], &frame[same..]);
            let anew = common.wrap(self.width, Row::is_away, &mut at);
            self.rows.truncate(from);
            self.rows.extend(anew.rows);
            self.away_at = if self.away_at > from { from + at } else { self.away_at };
        }
        Some(Vec::new())
    }

    /// Lays a frame over the page. The first `left` of its lines have left a screen that keeps
    /// what scrolls away; the others are the screen.
    pub(super) fn look(&mut self, frame: &[Line], left: usize, now: f64) {
        self.expire(now);
        // In another size lines come back that had left the screen.
        let redraws = self.redraws.filter(|redraws| now < redraws.until || !redraws.seen);
        self.redraws = redraws;
        let shown: Vec<usize> = (0..self.rows.len()).filter(|at| self.rows[*at].shown).collect();
        let is_same = |(at, line): &(&usize, &Line)| self.rows[**at].shows(line);
        let same = shown.iter().zip(frame).take_while(is_same).count();
        if same == shown.len() && same == frame.len() {
            return;
        }
        let Some(copies) = self.wrap_anew(frame, &shown[..same], now) else { return };
        let is_known = |at: &usize| {
            let row = &self.rows[*at];
            row.shown || redraws.is_some() && !row.dropped
        };
        let known: Vec<usize> = (0..self.rows.len()).filter(is_known).collect();
        let is_same = |(at, line): &(&usize, &Line)| self.rows[**at].shows(line);
        let head = known.iter().zip(frame).take_while(is_same).count();
        self.looks += 1;
        let texts: Vec<&str> = known.iter().map(|i| self.rows[*i].drawn()).collect();
        let pairs = pair(&texts, frame);
        if redraws.is_none() && self.is_looked_back(&known, &pairs, frame) {
            return;
        }
        let kept = self.kept(&known, &pairs, frame, redraws);
        let top = pairs.first().map_or(0, |(_, to)| *to);
        // Above the first line that is another one, everything stays as it is.
        let head = if left > 0 { 0 } else { head };
        let first = known.get(head).copied().unwrap_or(self.rows.len());
        let rest = self.rows.split_off(first);
        let mut pairs = pairs[head..].iter().peekable();
        let mut next = head;
        for (index, mut row) in (first..).zip(rest) {
            if let Some(&(_, to)) = pairs.next_if(|(at, _)| known[*at] == index) {
                let is_inside = to + self.composer < frame.len() && !row.is_blank();
                if !is_inside || !self.come_back(&frame[next..to]) {
                    self.add(&frame[..to], next, (left, top), (now, &copies));
                }
                // What is wrapped anew does not tick.
                let ticks = row.ticks;
                row.change(&frame[to], now, self.looks);
                row.ticks = if redraws.is_some() { ticks } else { row.ticks };
                row.again = true;
                row.show(to >= left);
                next = to + 1;
                self.rows.push(row);
            } else if row.dropped {
                self.rows.push(row);
            } else if let Some(taken) = kept.get(&index) {
                if row.shown {
                    row.erased = true;
                    row.show(false);
                    row.taken = taken.then_some(now);
                    row.stays |= !taken;
                }
                self.rows.push(row);
            } else if redraws.is_none() && !row.shown {
                self.rows.push(row);
            } else if row.stays {
                row.show(false);
                self.rows.push(row);
            } else if !row.is_blank() && redraws.is_none() {
                row.take(now, true);
                self.rows.push(row);
            }
        }
        self.add(frame, next, (left, top), (now, &copies));
        self.put_away();
    }

    /// Adds the lines of a frame from number `first` on; see `look`. Those above number `top` stand
    /// above all that is known: a dialog that is gone may have pushed them out of view.
    fn add(
        &mut self,
        frame: &[Line],
        first: usize,
        (left, top): (usize, usize),
        (now, copies): (f64, &[bool]),
    ) {
        for (at, line) in frame.iter().enumerate().skip(first) {
            let is_above = at < top && !line.text.is_empty();
            let is_back = is_above && self.past.contains(&line.text);
            let born = if is_back { f64::NEG_INFINITY } else { now };
            let mut row = Row::new(line.clone(), born, self.looks, at >= left);
            let is_copy = copies.get(at).copied().unwrap_or(false);
            row.pinned = is_copy || is_above && self.is_hidden(&line.text);
            self.rows.push(row);
        }
    }

    /// Whether lines that came above others are those that had left last: what a client draws below
    /// takes a row less than before.
    fn come_back(&mut self, lines: &[Line]) -> bool {
        let said: Vec<&Line> = lines.iter().filter(|line| !line.text.is_empty()).collect();
        let hidden = self.rows.iter().rposition(|row| row.shown).map_or(0, |at| at + 1);
        let left = (hidden..self.rows.len()).filter(|at| !self.rows[*at].is_blank());
        let left: Vec<usize> = left.collect();
        let Some(first) = left.len().checked_sub(said.len()).filter(|_| !said.is_empty()) else {
            return false;
        };
        let is_same = |(at, line): (&usize, &&Line)| self.rows[*at].line.text == line.text;
        if !left[first..].iter().zip(&said).all(is_same) {
            return false;
        }
        let mut back = self.rows.split_off(left[first]).into_iter().filter(|row| !row.is_blank());
        let look = self.looks;
        for line in lines {
            let blank = || Row::new(line.clone(), f64::NEG_INFINITY, look, true);
            let row = if line.text.is_empty() { None } else { back.next() };
            let mut row = row.unwrap_or_else(blank);
            row.show(true);
            self.rows.push(row);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that keeps the prompt at the top while its text goes by below it, from line `from`.
    fn frame(from: usize) -> Vec<Line> {
        let text = (from..from + 6).map(|n| format!("line {n} of the text"));
        let texts = ["> what is asked".to_owned()].into_iter().chain(text);
        let texts = texts.chain([String::new(), "> ".to_owned()]);
        texts.map(|text| Line { text, wraps: false }).collect()
    }

    fn told(from: impl Iterator<Item = usize>) -> Vec<String> {
        let mut page = Page::default();
        for (look, from) in from.enumerate() {
            page.look(&frame(from), 0, look as f64 / 10.0);
            page.set_composer(2, 1);
        }
        let rows = page.rows().filter(|row| !row.pinned && !row.is_blank());
        rows.map(|row| row.line.text.clone()).collect()
    }

    fn expected(lines: usize) -> Vec<String> {
        let text = (0..lines).map(|n| format!("line {n} of the text"));
        ["> what is asked".to_owned()].into_iter().chain(text).chain(["> ".to_owned()]).collect()
    }

    #[test]
    fn what_is_kept_at_the_top_stands_where_it_was_said() {
        assert_eq!(told(0..400), expected(405));
    }

    #[test]
    fn what_comes_back_at_the_top_is_told_once() {
        // The prompt goes out of view before the client begins to keep it there.
        let mut page = Page::default();
        for from in 0..40 {
            let mut frame = frame(from);
            if from == 1 {
                frame[0] = Line::default();
            }
            page.look(&frame, 0, from as f64 / 10.0);
            page.set_composer(2, 1);
        }
        let rows = page.rows().filter(|row| !row.pinned && !row.is_blank());
        let rows: Vec<String> = rows.map(|row| row.line.text.clone()).collect();
        assert_eq!(rows, expected(45));
    }

    #[test]
    fn what_comes_back_for_a_moment_is_told_once() {
        let flickers = (0..400).flat_map(|n| [n, n + 1, n]);
        assert_eq!(told(flickers), expected(406));
    }

    #[test]
    fn what_is_pinned_to_the_top_covers_nothing() {
        let mut page = Page::default();
        let screens = [
            ["> what is asked", "one of it", "two of it", "three of it", "four of it", ""],
            ["one of it", "two of it", "three of it", "four of it", "five of it", ""],
            ["> what is asked", "two of it", "three of it", "four of it", "five of it", ""],
        ];
        for (screen, now) in screens.iter().zip([0.1, 0.2, 0.3]) {
            let line = |text: &&str| Line { text: (*text).to_owned(), wraps: false };
            page.look(&screen.iter().map(line).collect::<Vec<_>>(), 0, now);
        }
        let rows = page.rows().filter(|row| !row.pinned && !row.is_blank());
        let told: Vec<&str> = rows.map(|row| &*row.line.text).collect();
        assert_eq!(told.join(", "), [&screens[0][..5], &screens[1][4..5]].concat().join(", "));
    }
}
