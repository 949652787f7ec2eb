//! Of the rows that a frame does not show: which stay on the page, which come back, and which are
//! forgotten.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::super::row::{Row, first_of};
use super::super::screen::Line;
use super::super::words::{self, CLOSING_MAX, Runs, TWICE};
use super::{Page, Redraws};

/// Lines that have left the screen and are on the page with the others, for when they come back. Twice
/// as many are too many: the older half is put away, so that a frame costs the same whatever the
/// page's length.
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
/// Seconds in which a text that was taken away may be written again, line by line.
const RETURNS: f64 = 2.0;
/// Shorter lines that vanished were no text.
const GONE_WORDS_MIN: usize = 3;

impl Page {
    /// Of the `known` rows that the frame does not show, those that stay on the page: what went up
    /// out of view, and texts that another text replaced.
    pub(super) fn kept(
        &mut self,
        known: &[usize],
        pairs: &[(usize, usize)],
        frame: &[Line],
        redraws: Option<Redraws>,
    ) -> BTreeMap<usize, bool> {
        if let Some(redraws) = redraws
            && let Some(kept) = self.kept_anew(known, pairs, redraws.since)
        {
            return kept;
        }
        let mut kept = BTreeMap::new();
        let shown = OnceCell::new();
        let shown = || shown.get_or_init(|| Runs::of(frame.iter().map(|line| &*line.text)));
        // Where somebody wrote, nothing was said.
        let composer = first_of(self.rows.iter(), self.composer);
        let mut from = 0;
        let end = (known.len(), usize::MAX);
        for &(at, to) in pairs.iter().chain([&end]) {
            let run = &known[from..at];
            let own = |i: &usize| self.own(&self.rows[*i]);
            let is_text = |i: &&usize| {
                let row = &self.rows[**i];
                row.shown && row.is_text() && !own(i).is_empty()
            };
            let texts = run.iter().filter(is_text).count();
            let is_status = texts < STATUS_MAX && self.is_status(run, &known[..from]);
            let is_replaced = texts >= TEXT_MIN && !is_status && {
                let words: Vec<u64> = run.iter().flat_map(|i| words::words(own(i))).collect();
                // The same text in other lines was only wrapped anew.
                shown().share(&words) < TWICE
            };
            // Those that had left the screen before stand above it.
            let above = known[..at].iter().filter(|i| self.rows[**i].shown).count();
            // What was said before and stands at the top now is pinned there, above what goes by.
            let pinned = || frame[..to].iter().filter(|line| self.is_hidden(&line.text)).count();
            let is_first = from == 0 && above > 0 && to < frame.len();
            let is_gone_up = (to < above || is_first && to - pinned() < above) && !is_status;
            let stays = |i: &usize| {
                let row = &self.rows[*i];
                let is_text_left = *i < composer && (is_gone_up || is_replaced) || !row.shown;
                is_text_left && !row.asks && !row.aside && !row.is_clock()
            };
            kept.extend(run.iter().copied().filter(stays).map(|i| (i, is_replaced && !is_gone_up)));
            self.broken |= is_replaced && !is_gone_up;
            from = at + 1;
        }
        kept
    }

    /// Whether some rows below those `above` say that a reply is still to come.
    fn is_status(&self, rows: &[usize], above: &[usize]) -> bool {
        rows.iter().any(|at| self.rows[*at].is_wait() || self.rows[*at].is_clock())
            && above.iter().any(|at| words::any(&self.rows[*at].line.text))
    }

    /// The same where the client draws everything again, since a moment, and the frame shows
    /// something of what was there.
    fn kept_anew(
        &self,
        known: &[usize],
        pairs: &[(usize, usize)],
        since: f64,
    ) -> Option<BTreeMap<usize, bool>> {
        let is_said = |at: &&usize| {
            let row = &self.rows[known[**at]];
            row.is_text() && !row.pinned && words::any(&row.line.text)
        };
        let paired: Vec<usize> = pairs.iter().map(|(at, _)| *at).collect();
        let first = *paired.iter().find(is_said)?;
        let last = *paired.iter().rev().find(is_said)?;
        let paired: BTreeSet<usize> = paired.into_iter().collect();
        let stays = |at: &usize| {
            let row = &self.rows[known[*at]];
            let is_left =
                !row.shown || *at < first || *at < last && (row.again || row.born < since);
            is_left && !row.asks && !row.aside && !row.is_clock()
        };
        let left = (0..known.len()).filter(|at| !paired.contains(at));
        Some(left.filter(stays).map(|at| (known[at], false)).collect())
    }

    /// What becomes of a row that a frame does not show. Of one that is `kept` it is said whether it
    /// was taken away, to be written elsewhere perhaps.
    pub(super) fn leave(&mut self, mut row: Row, kept: Option<bool>, is_anew: bool, now: f64) {
        match kept {
            _ if row.dropped => {}
            Some(taken) if row.shown => {
                row.erased = true;
                row.show(false);
                row.taken = taken.then_some(now);
                row.stays |= !taken;
            }
            Some(_) => {}
            None if !is_anew && !row.shown => {}
            None if row.stays => row.show(false),
            None if !is_anew && !row.is_blank() => row.take(now, true),
            None => return,
        }
        self.rows.push(row);
    }

    /// Whether the frame shows what was before: lines came back at the top, and others left at the
    /// bottom. Somebody scrolls; what the page holds is still the newest. Where only a status left,
    /// or something else came in its place, the client has less to draw there than before.
    pub(super) fn is_looked_back(
        &self,
        shown: &[usize],
        pairs: &[(usize, usize)],
        frame: &[Line],
    ) -> bool {
        let is_text = |at: &usize| self.rows[shown[*at]].is_text();
        let mut lowered = pairs.iter().filter(|(at, to)| to > at && is_text(at));
        let (Some(&(at, to)), Some(_)) = (lowered.next(), lowered.next()) else { return false };
        let paired: HashSet<usize> = pairs.iter().map(|(at, _)| *at).collect();
        let gone: Vec<usize> = (at..shown.len()).filter(|at| !paired.contains(at)).collect();
        let texts = gone.iter().filter(|at| is_text(at)).count();
        let gone: Vec<usize> = gone.iter().map(|at| shown[*at]).collect();
        let is_status = texts < STATUS_MAX && self.is_status(&gone, shown);
        if texts == 0 || is_status {
            return false;
        }
        let above = frame[..to].iter().rev().take(to - at).map(|line| &line.text);
        let above: Vec<&String> = above.filter(|text| !text.is_empty()).collect();
        if above.iter().filter(|text| self.is_hidden(text)).count() * 2 <= above.len() {
            return false;
        }
        let drawn: HashSet<usize> = pairs.iter().map(|(_, to)| *to).collect();
        let new = (to..frame.len()).filter(|to| !drawn.contains(to));
        let new = new.filter(|to| !self.is_hidden(&frame[*to].text));
        let new: Vec<usize> = new.map(|to| words::count(&frame[to].text)).collect();
        // What tells the way back may cover a part of a line.
        let said = new.iter().sum::<usize>() - new.iter().max().unwrap_or(&0);
        said <= CLOSING_MAX
    }

    /// Whether a line that has left the screen says just that.
    pub(super) fn is_hidden(&self, text: &str) -> bool {
        let mut hidden =
            self.away.iter().chain(&self.rows).filter(|row| !row.shown && !row.dropped);
        !text.is_empty() && hidden.any(|row| row.line.text == *text)
    }

    /// The tape ends in the middle of a turn: what came since it `began` and vanished just before
    /// was being moved.
    pub(in super::super) fn bring_back(&mut self, began: f64, now: f64) {
        let shown = self.rows.iter().filter(|row| !row.dropped);
        let shown = Runs::of(shown.map(|row| &*row.line.text));
        let mut status = None;
        for row in self.rows.iter_mut().filter(|row| row.dropped) {
            let words = words::words(&row.line.text);
            if row.is_clock() || row.is_wait() {
                status = row.taken;
            }
            // What went with a status that stood above it was a hint of the client's.
            let is_text = words.len() >= GONE_WORDS_MIN && row.taken != status;
            let is_late = row.taken.is_some_and(|at| now <= at + MOVES);
            // Its last word may have been half of one.
            let is_there = || shown.share(&words[..words.len() - 1]) >= TWICE;
            if is_text && is_late && row.born > began && !is_there() {
                row.show(false);
            }
        }
    }

    /// The first row that was taken away a moment ago. What so many others came below is not written
    /// again.
    pub(super) fn first_away(&self, count: usize) -> Option<usize> {
        let left = (0..self.rows.len()).rev().filter(|at| !self.rows[*at].shown);
        left.take(count).filter(|at| self.rows[*at].is_away()).last()
    }

    /// Forgets what was taken away a while ago and did not come back.
    pub(super) fn expire(&mut self, now: f64) {
        let is_over = |row: &Row| row.dropped && row.taken.is_none_or(|at| now > at + MOVES);
        let before = self.rows[..self.away_at.min(self.rows.len())].iter();
        self.away_at -= before.filter(|row| is_over(row)).count();
        self.rows.retain(|row| !is_over(row));
        for row in &mut self.rows {
            row.taken = row.taken.filter(|at| now <= at + RETURNS);
        }
    }

    /// Puts lines that left the screen where they cost nothing.
    pub(super) fn put_away(&mut self) {
        let hidden: Vec<usize> = (0..self.rows.len()).filter(|at| !self.rows[*at].shown).collect();
        if hidden.len() <= 2 * GHOSTS_MAX {
            return;
        }
        let (first, end) = (hidden[0], hidden[hidden.len() - GHOSTS_MAX]);
        let is_gone_up = |row: &Row| !row.shown && row.stays && row.is_text();
        let last = self.rows[..end].iter().rposition(is_gone_up).unwrap_or(0);
        let (mut away, mut rows) = (Vec::new(), Vec::new());
        for (at, mut row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if !row.shown && at < end {
                away.extend(Some(row).filter(|row| !row.dropped));
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
