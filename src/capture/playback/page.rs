//! What stood on a screen since a moment, as one page: frames are laid over each other, and lines
//! that scrolled away stay above those that are there.
//!
//! Nothing is known of the client that draws. Lines of two frames that are the same, or of which
//! one grew out of the other, hold both together; lines that went upwards out of view are kept,
//! those that only tick (a clock, a turning wheel) are known by that.

mod laid;
mod left;
mod waiting;

use std::collections::HashSet;

use super::given::Given;
use super::row::{Row, first_of};
use super::screen::Line;
use super::words;

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

    #[test]
    fn what_is_out_of_view_does_not_become_the_beginning_of_another_line() {
        let mut page = Page::default();
        let text = ["one two three", "four five six", "seven eight nine", "ten and more"];
        let mut look = |said: &[&str], now: f64, is_resized: bool| {
            let texts = [&["> what is asked"], said, &["", "> "]].concat();
            let line = |text: &&str| Line { text: (*text).to_owned(), wraps: false };
            if is_resized {
                page.resized(now, 60);
            }
            page.look(&texts.iter().map(line).collect::<Vec<_>>(), 0, now);
            page.set_composer(2, 1);
        };
        look(&text[..3], 0.1, false);
        look(&text[1..], 0.2, false);
        look(&["on", text[1], text[2], text[3]], 0.3, true);
        let told = page.rows().filter(|row| !row.is_blank());
        let told: Vec<&str> = told.map(|row| &*row.line.text).collect();
        assert!(told.contains(&text[0]), "{told:?}");
    }
}
