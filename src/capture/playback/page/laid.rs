//! A frame laid over the page: lines that are the same hold both together, what the frame has new
//! comes between them, and what it lacks is left to what is told of rows that are not shown.

use super::super::anew::Common;
use super::super::pair::pair;
use super::super::row::Row;
use super::super::screen::Line;
use super::Page;

/// Rows of which a frame lacks a part, when it was drawn for another size.
const TORN_MIN: usize = 3;

/// A frame that is laid over the page.
struct Frame<'a> {
    lines: &'a [Line],
    /// So many of them have left the screen.
    left: usize,
    /// Those before this one stand above all that is known: a dialog that is gone may have pushed
    /// them out of view.
    top: usize,
    now: f64,
    /// Which of them say once more what others say.
    copies: Vec<bool>,
    /// It shows again what was drawn in another size.
    is_anew: bool,
}

impl Page {
    /// Lays a frame over the page. The first `left` of its lines have left a screen that keeps
    /// what scrolls away; the others are the screen.
    pub(in super::super) fn look(&mut self, lines: &[Line], left: usize, now: f64) {
        self.expire(now);
        // In another size lines come back that had left the screen.
        let redraws = self.redraws.filter(|redraws| now < redraws.until || !redraws.seen);
        self.redraws = redraws;
        let shown: Vec<usize> = (0..self.rows.len()).filter(|at| self.rows[*at].shown).collect();
        let same = self.same(&shown, lines);
        if same == shown.len() && same == lines.len() {
            return;
        }
        let Some(copies) = self.wrap_anew(lines, &shown[..same], now) else { return };
        let is_known = |at: &usize| {
            let row = &self.rows[*at];
            row.shown || redraws.is_some() && !row.dropped
        };
        let known: Vec<usize> = (0..self.rows.len()).filter(is_known).collect();
        self.looks += 1;
        let texts: Vec<&str> = known.iter().map(|i| self.rows[*i].drawn()).collect();
        let mut pairs = pair(&texts, lines);
        // What is out of view does not become shorter.
        pairs.retain(|(at, to)| {
            self.rows[known[*at]].shown || texts[*at].len() <= lines[*to].text.len()
        });
        if redraws.is_none() && self.is_looked_back(&known, &pairs, lines) {
            return;
        }
        let kept = self.kept(&known, &pairs, lines, redraws);
        // Above the first line that is another one, everything stays as it is.
        let head = if left > 0 { 0 } else { self.same(&known, lines) };
        let first = known.get(head).copied().unwrap_or(self.rows.len());
        let top = pairs.first().map_or(0, |(_, to)| *to);
        let frame = Frame { lines, left, top, now, copies, is_anew: redraws.is_some() };
        let mut pairs = pairs[head..].iter().peekable();
        let mut next = head;
        for (index, row) in (first..).zip(self.rows.split_off(first)) {
            if let Some(&(_, to)) = pairs.next_if(|(at, _)| known[*at] == index) {
                self.draw(row, &frame, next, to);
                next = to + 1;
            } else {
                self.leave(row, kept.get(&index).copied(), frame.is_anew, now);
            }
        }
        self.add(&frame, next, lines.len());
        self.put_away();
    }

    /// How many of these rows are the first lines of a frame.
    fn same(&self, rows: &[usize], lines: &[Line]) -> usize {
        let is_same = |(at, line): &(&usize, &Line)| self.rows[**at].shows(line);
        rows.iter().zip(lines).take_while(is_same).count()
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

    /// A row is drawn as line `to` of a frame, of which those before `next` are on the page.
    fn draw(&mut self, mut row: Row, frame: &Frame<'_>, next: usize, to: usize) {
        let is_inside = to + self.composer < frame.lines.len() && !row.is_blank();
        if !is_inside || !self.come_back(&frame.lines[next..to]) {
            self.add(frame, next, to);
        }
        // What is wrapped anew does not tick.
        let ticks = row.ticks;
        row.change(&frame.lines[to], frame.now, self.looks);
        row.ticks = if frame.is_anew { ticks } else { row.ticks };
        row.again = true;
        row.show(to >= frame.left);
        self.rows.push(row);
    }

    /// Adds some lines of a frame.
    fn add(&mut self, frame: &Frame<'_>, first: usize, end: usize) {
        for (at, line) in frame.lines[..end].iter().enumerate().skip(first) {
            let is_above = at < frame.top && !line.text.is_empty();
            let is_back = is_above && self.past.contains(&line.text);
            let born = if is_back { f64::NEG_INFINITY } else { frame.now };
            let mut row = Row::new(line.clone(), born, self.looks, at >= frame.left);
            let is_copy = frame.copies.get(at).copied().unwrap_or(false);
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
