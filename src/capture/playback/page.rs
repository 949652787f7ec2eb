//! What stood on a screen since a moment, as one page: frames are laid over each other, and lines
//! that scrolled away stay above those that are there.
//!
//! Nothing is known of the client that draws. Lines of two frames that are the same, or of which
//! one grew out of the other, hold both together; lines that went upwards out of view are kept,
//! those that only tick (a clock, a turning wheel) are known by that.

mod waiting;

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};

use super::given::Given;
use super::pair::pair;
use super::row::{Row, first_of};
use super::screen::Line;
use super::words::{self, RUN, Runs, TWICE};

/// Lines that have left the screen and are still on the page with the others. More are put away,
/// so that a frame costs the same whatever the page's length.
const GHOSTS_MAX: usize = 256;
/// Bytes of the lines that were put away; the oldest go first. A turn of a day.
const AWAY_MAX: usize = 1 << 20;
/// Lines that vanish together were a text; fewer were a status.
const TEXT_MIN: usize = 3;
/// As long as they are fewer than these, what stood above them stays, and one of them ticks or says
/// that it waits, they were one too: a tool that runs, what it printed so far, the client's own hint.
const STATUS_MAX: usize = 8;
/// Seconds for which a line that vanished may come back: clients take a text away in one frame and
/// write it elsewhere in the next.
const MOVES: f64 = 0.3;
/// Shorter lines that vanished were no text.
const GONE_WORDS_MIN: usize = 3;
/// Seconds after a change of size in which a client draws everything again.
const REDRAW: f64 = 2.0;

/// The page.
#[derive(Debug, Default)]
pub(super) struct Page {
    rows: Vec<Row>,
    /// Lines that were put away, and before which of `rows` they belong.
    away: Vec<Row>,
    away_at: usize,
    away_bytes: usize,
    /// Lines that vanished lately: when, and where they were.
    gone: Vec<(f64, usize, Row)>,
    looks: u64,
    broken: bool,
    given: Given,
    /// Rows at the bottom of the screen in which somebody can write, with what stands below them.
    composer: usize,
    /// The same from the cursor's row on, whether somebody can write there or not.
    bottom: usize,
    /// Until when a client may draw everything again in another size.
    redraws_until: f64,
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
        let hidden = self.rows.extract_if(.., |row| !row.shown).filter(|row| !row.is_blank());
        let hidden: HashSet<String> = hidden.map(|row| row.line.text).collect();
        if !hidden.is_empty() {
            self.past = hidden;
        }
        self.gone.clear();
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
    pub(super) fn resized(&mut self, now: f64) {
        self.broken = true;
        if !self.rows.is_empty() {
            self.redraws_until = now + REDRAW;
        }
    }

    /// All rows in their order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> + Clone {
        let (before, after) = self.rows.split_at(self.away_at.min(self.rows.len()));
        before.iter().chain(&self.away).chain(after)
    }

    /// Whether the last line on the screen is the end of a text. Below all that is said stands what
    /// a client draws around it.
    pub(super) fn ends_with(&self, said: &[u64]) -> bool {
        let last = self.rows.iter().rev().find(|row| row.shown && !row.is_blank());
        let last = last.map(|row| words::words(&row.line.text)).unwrap_or_default();
        !last.is_empty() && said.ends_with(&last)
    }

    /// The tape ends in the middle of a turn: what came since it `began` and vanished just before
    /// was being moved.
    pub(super) fn bring_back(&mut self, began: f64, now: f64) {
        let shown = Runs::of(self.rows.iter().map(|row| &*row.line.text));
        for (at, place, row) in std::mem::take(&mut self.gone).into_iter().rev() {
            let words = words::words(&row.line.text);
            let is_text = words.len() >= GONE_WORDS_MIN && !row.is_clock() && !row.is_wait();
            if is_text && row.born > began && now <= at + MOVES && shown.share(&words) < TWICE {
                let mut row = row;
                row.shown = false;
                self.rows.insert(place.min(self.rows.len()), row);
            }
        }
    }

    /// Lays a frame over the page. The first `left` of its lines have left a screen that keeps
    /// what scrolls away; the others are the screen.
    pub(super) fn look(&mut self, frame: &[Line], left: usize, now: f64) {
        // In another size lines come back that had left the screen.
        let redraws = now < self.redraws_until;
        let is_known = |i: &usize| redraws || self.rows[*i].shown;
        let known: Vec<usize> = (0..self.rows.len()).filter(is_known).collect();
        let is_same = |(i, line): &(&usize, &Line)| {
            let row = &self.rows[**i];
            row.shown && row.line == **line
        };
        let head = known.iter().zip(frame).take_while(is_same).count();
        if head == known.len() && head == frame.len() {
            return;
        }
        self.looks += 1;
        self.gone.retain(|(at, ..)| now <= at + MOVES);
        let texts: Vec<&str> = known.iter().map(|i| &*self.rows[*i].line.text).collect();
        let pairs = pair(&texts, frame);
        if !redraws && self.is_looked_back(&known, &pairs, frame) {
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
                    self.add(&frame[..to], next, (left, top), now);
                }
                // What is wrapped anew does not tick.
                let ticks = row.ticks;
                row.change(&frame[to], now, self.looks);
                row.ticks = if redraws { ticks } else { row.ticks };
                row.shown = to >= left;
                next = to + 1;
                self.rows.push(row);
            } else if kept.contains(&index) || !redraws && !row.shown {
                row.shown = false;
                self.rows.push(row);
            } else if !row.is_blank() && !redraws {
                self.gone.push((now, self.rows.len(), row));
            }
        }
        self.add(frame, next, (left, top), now);
        self.put_away();
    }

    /// Adds the lines of a frame from number `first` on; see `look`. Those above number `top` stand
    /// above all that is known: a dialog that is gone may have pushed them out of view.
    fn add(&mut self, frame: &[Line], first: usize, (left, top): (usize, usize), now: f64) {
        let (look, past) = (self.looks, &self.past);
        let is_kept = first < top && self.is_hidden(&frame[first..top.min(frame.len())]);
        self.rows.extend(frame.iter().enumerate().skip(first).map(|(at, line)| {
            let is_back = at < top && past.contains(&line.text);
            let born = if is_back { f64::NEG_INFINITY } else { now };
            let mut row = Row::new(line.clone(), born, look, at >= left);
            row.pinned = is_kept && at < top;
            row
        }));
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
            row.shown = true;
            self.rows.push(row);
        }
        true
    }

    /// Of the `known` rows that the frame does not show, those that stay on the page: what went up
    /// out of view, and texts that another text replaced.
    fn kept(
        &mut self,
        known: &[usize],
        pairs: &[(usize, usize)],
        frame: &[Line],
        redraws: bool,
    ) -> BTreeSet<usize> {
        let mut kept = BTreeSet::new();
        let shown = OnceCell::new();
        let shown = || shown.get_or_init(|| Runs::of(frame.iter().map(|line| &*line.text)));
        // Where somebody wrote, nothing was said.
        let composer = first_of(self.rows.iter(), self.composer);
        let mut from = 0;
        let end = (known.len(), usize::MAX);
        for &(at, to) in pairs.iter().chain([&end]) {
            let run = &known[from..at];
            let own = |i: &usize| self.own(&self.rows[*i]);
            let is_text = |i: &&usize| self.rows[**i].is_text() && !own(i).is_empty();
            let texts = run.iter().filter(is_text).count();
            let is_status = texts < STATUS_MAX
                && run.iter().any(|i| self.rows[*i].is_wait() || self.rows[*i].is_clock())
                && known[..from].iter().any(|i| words::any(&self.rows[*i].line.text));
            let is_replaced = texts >= TEXT_MIN && !is_status && {
                let words: Vec<u64> = run.iter().flat_map(|i| words::words(own(i))).collect();
                // The same text in other lines was only wrapped anew.
                shown().share(&words) < TWICE
            };
            // Those that had left the screen before stand above it.
            let is_gone_up = to < known[..at].iter().filter(|i| self.rows[**i].shown).count();
            let stays = |i: &usize| {
                let is_text_left =
                    *i < composer && (is_gone_up || is_replaced) || !self.rows[*i].shown;
                let is_again = || redraws && self.is_wrapped_anew(*i, shown());
                let row = &self.rows[*i];
                is_text_left && !row.asks && !row.aside && !row.is_clock() && !is_again()
            };
            kept.extend(run.iter().copied().filter(stays));
            self.broken |= is_replaced && !is_gone_up;
            from = at + 1;
        }
        kept
    }

    /// Whether a row that the frame does not show is on it in other lines. Few words stand on many
    /// screens, so they count together with those before them.
    fn is_wrapped_anew(&self, index: usize, shown: &Runs) -> bool {
        let own = words::words(&self.rows[index].line.text);
        let above = self.rows[..index].iter().rev().find(|row| row.is_text());
        let mut words = above.map(|row| words::words(&row.line.text)).unwrap_or_default();
        words.drain(..words.len().saturating_sub(RUN - 1));
        words.extend(&own);
        !own.is_empty() && shown.share(&words) >= TWICE
    }

    /// Whether the frame shows what was before: lines came back at the top, and others left at the
    /// bottom. Somebody scrolls; what the page holds is still the newest.
    fn is_looked_back(&self, shown: &[usize], pairs: &[(usize, usize)], frame: &[Line]) -> bool {
        let is_text = |at: &usize| self.rows[shown[*at]].is_text();
        let mut lowered = pairs.iter().filter(|(at, to)| to > at && is_text(at));
        let (Some(&(at, to)), Some(_)) = (lowered.next(), lowered.next()) else { return false };
        let paired: HashSet<usize> = pairs.iter().map(|(at, _)| *at).collect();
        let vanished = (at..shown.len()).any(|at| !paired.contains(&at) && is_text(&at));
        if !vanished {
            return false;
        }
        let above = frame[..to].iter().rev().take(to - at).map(|line| &line.text);
        let above: Vec<&String> = above.filter(|text| !text.is_empty()).collect();
        let hidden = |text: &String| {
            self.away.iter().chain(&self.rows).any(|row| !row.shown && row.line.text == *text)
        };
        above.iter().filter(|text| hidden(text)).count() * 2 > above.len()
    }

    /// Puts lines that left the screen where they cost nothing.
    fn put_away(&mut self) {
        let hidden = self.rows.iter().filter(|row| !row.shown).count();
        if hidden <= GHOSTS_MAX {
            return;
        }
        let first = self.rows.iter().position(|row| !row.shown).unwrap_or(0);
        let last = self.rows.iter().rposition(|row| !row.shown).unwrap_or(0);
        let (mut away, mut rows) = (Vec::new(), Vec::new());
        for (at, mut row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if !row.shown {
                away.push(row);
                continue;
            }
            if (first..last).contains(&at) && row.is_text() && !row.pinned {
                // A client keeps it at the top while the text goes by; here is its place.
                away.push(row.put_away());
                row.pinned = true;
            }
            rows.push(row);
        }
        self.away_bytes += away.iter().map(|row| row.line.text.len()).sum::<usize>();
        (self.rows, self.away_at) = (rows, first);
        self.away.extend(away);
        if self.away_bytes > AWAY_MAX {
            let half = self.away.len() / 2;
            let gone: usize = self.away.drain(..half).map(|row| row.line.text.len()).sum();
            self.away_bytes -= gone;
        }
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
}
