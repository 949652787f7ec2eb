//! What stood on a screen since a moment, as one page: frames are laid over each other, and lines
//! that scrolled away stay above those that are there.
//!
//! Nothing is known of the client that draws. Lines of two frames that are the same, or of which
//! one grew out of the other, hold both together; lines that went upwards out of view are kept,
//! those that only tick (a clock, a turning wheel) are known by that.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::words::{self, Runs, TWICE};

/// Lines that have left the screen and are still on the page with the others. More are put away,
/// so that a frame costs the same whatever the page's length.
const GHOSTS_MAX: usize = 256;
/// Bytes of the lines that were put away; the oldest go first. A turn of a day.
const AWAY_MAX: usize = 1 << 20;
/// Lines that vanish together were a text; fewer were a status.
const TEXT_MIN: usize = 3;
/// Ticks after which a line is a clock.
const TICKS: u8 = 2;
/// Lines that change in place between two frames: the end of a text that grows, a clock or two.
/// More of them are a list whose entries look alike and that moved.
const CHANGES_MAX: usize = 4;

/// A line as it is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its text without blanks at the end.
    pub(super) text: String,
    /// The terminal itself goes on with it in the next line.
    pub(super) wraps: bool,
}

/// A line of the page.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What it shows, or showed last.
    pub(super) line: Line,
    /// When it came, in seconds of the tape.
    pub(super) born: f64,
    /// The look that saw it first.
    pub(super) look: u64,
    shown: bool,
    ticks: u8,
    /// Its forms before: a light that blinks has two, a wheel that turns has more.
    before: [String; 2],
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
    before: Vec<String>,
}

impl Page {
    /// A turn is to come: forgets what is not on the screen, and remembers what is.
    pub(super) fn begin(&mut self) {
        self.forget();
        let lines = self.rows.iter().filter(|row| !row.is_blank());
        self.before = lines.map(|row| row.line.text.clone()).collect();
    }

    /// Forgets what is not on the screen.
    pub(super) fn forget(&mut self) {
        self.rows.retain(|row| row.shown);
        (self.away, self.away_bytes, self.broken) = (Vec::new(), 0, false);
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
    pub(super) fn resized(&mut self) {
        self.broken = true;
    }

    /// All rows in their order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        let (before, after) = self.rows.split_at(self.away_at.min(self.rows.len()));
        before.iter().chain(&self.away).chain(after)
    }

    /// Lays a frame over the page. The first `left` of its lines have left a screen that keeps
    /// what scrolls away; the others are the screen.
    pub(super) fn look(&mut self, frame: &[Line], left: usize, now: f64) {
        let unchanged = self.rows.iter().filter(|row| row.shown).map(|row| &row.line);
        if unchanged.eq(frame) {
            return;
        }
        self.looks += 1;
        let shown: Vec<usize> = (0..self.rows.len()).filter(|i| self.rows[*i].shown).collect();
        let texts: Vec<&str> = shown.iter().map(|i| &*self.rows[*i].line.text).collect();
        let pairs = pair(&texts, frame);
        if self.is_looked_back(&shown, &pairs, frame) {
            return;
        }
        let kept = self.kept(&shown, &pairs, frame);
        let partner: BTreeMap<usize, usize> =
            pairs.iter().map(|(from, to)| (shown[*from], *to)).collect();
        let mut rows = Vec::with_capacity(self.rows.len() + frame.len());
        let mut next = 0;
        for (index, mut row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if let Some(&to) = partner.get(&index) {
                rows.extend((next..to).map(|i| self.row(&frame[i], i >= left, now)));
                row.change(&frame[to], now, self.looks);
                row.shown = to >= left;
                next = to + 1;
                rows.push(row);
            } else if !row.shown || kept.contains(&index) {
                row.shown = false;
                rows.push(row);
            }
        }
        rows.extend((next..frame.len()).map(|i| self.row(&frame[i], i >= left, now)));
        self.rows = rows;
        self.put_away();
    }

    fn row(&self, line: &Line, shown: bool, now: f64) -> Row {
        let (line, before) = (line.clone(), <[String; 2]>::default());
        Row { line, born: now, look: self.looks, shown, ticks: 0, before }
    }

    /// Of the rows that the frame no longer shows, those that stay on the page: what went up out
    /// of view, and texts that another text replaced.
    fn kept(
        &mut self,
        shown: &[usize],
        pairs: &[(usize, usize)],
        frame: &[Line],
    ) -> BTreeSet<usize> {
        let mut kept = BTreeSet::new();
        let mut now = None;
        let mut from = 0;
        let end = (shown.len(), usize::MAX);
        for &(at, to) in pairs.iter().chain([&end]) {
            let run = &shown[from..at];
            let texts = run.iter().filter(|i| self.rows[**i].is_text()).count();
            let is_replaced = texts >= TEXT_MIN && {
                let now = now.get_or_insert_with(|| Runs::of(frame.iter().map(|l| &*l.text)));
                let words: Vec<u64> =
                    run.iter().flat_map(|i| words::words(&self.rows[*i].line.text)).collect();
                // The same text in other lines was only wrapped anew.
                now.share(&words) < TWICE
            };
            if to < at || is_replaced {
                kept.extend(run.iter().filter(|i| !self.rows[**i].is_clock()));
                self.broken |= to >= at;
            }
            from = at + 1;
        }
        kept
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
        let (away, rows) = std::mem::take(&mut self.rows).into_iter().partition(|row| !row.shown);
        let away: Vec<Row> = away;
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

impl Row {
    /// A line that only ticks.
    pub(super) fn is_clock(&self) -> bool {
        self.ticks >= TICKS
    }

    /// It stands on the screen now.
    pub(super) fn is_shown(&self) -> bool {
        self.shown
    }

    /// A line without anything on it.
    pub(super) fn is_blank(&self) -> bool {
        self.line.text.is_empty()
    }

    fn is_text(&self) -> bool {
        !self.is_blank() && !self.is_clock()
    }

    /// The same line, drawn differently.
    fn change(&mut self, line: &Line, now: f64, look: u64) {
        let (old, new) = (&self.line.text, &line.text);
        if old == new {
            self.line.wraps = line.wraps;
            return;
        }
        if words::count(old) == 0 {
            // A sign waited for its text.
            (self.born, self.look) = (now, look);
        }
        let is_growth = new.starts_with(&**old) || old.starts_with(&**new);
        if !is_growth && !self.before.contains(new) {
            self.ticks = self.ticks.saturating_add(u8::from(!self.before[1].is_empty()));
            if words::words(old) != words::words(new) {
                self.ticks = self.ticks.saturating_add(1);
            }
        }
        let old = std::mem::replace(&mut self.line, line.clone());
        self.before.swap(0, 1);
        self.before[0] = old.text;
    }
}

/// How alike two lines are: the same, grown, or ticked.
fn likeness(old: &str, new: &str) -> (u32, bool) {
    if old == new {
        let has_words = new.chars().any(char::is_alphanumeric);
        return (if has_words { 8 } else { u32::from(!new.is_empty()) }, true);
    }
    if old.is_empty() || new.is_empty() {
        return (0, false);
    }
    let ticked = || words::skeleton(old).is_some_and(|old| words::skeleton(new) == Some(old));
    let grown = new.starts_with(old) || old.starts_with(new);
    (if grown || ticked() { 3 } else { 0 }, false)
}

/// Which lines of two frames belong together, in order.
fn pair(old: &[&str], new: &[Line]) -> Vec<(usize, usize)> {
    let pairs = pair_with(old, new, true);
    let changed = pairs.iter().filter(|(at, to)| old[*at] != new[*to].text).count();
    if changed <= CHANGES_MAX { pairs } else { pair_with(old, new, false) }
}

fn pair_with(old: &[&str], new: &[Line], changes: bool) -> Vec<(usize, usize)> {
    let same = |(a, b): &(&&str, &Line)| **a == b.text;
    let head = old.iter().zip(new).take_while(same).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let mut pairs: Vec<_> = (0..head).map(|i| (i, i)).collect();
    let middle = longest(&old[head..old_end], &new[head..new_end], changes);
    pairs.extend(middle.into_iter().map(|(a, b)| (a + head, b + head)));
    pairs.extend((0..tail).map(|i| (old_end + i, new_end + i)));
    pairs
}

/// The pairs that are most alike together.
fn longest(old: &[&str], new: &[Line], changes: bool) -> Vec<(usize, usize)> {
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let width = new.len() + 1;
    let mut best = vec![0_u32; (old.len() + 1) * width];
    let mut alike = vec![0_u32; old.len() * new.len()];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            let (score, exact) = likeness(old[a], &new[b].text);
            let score = if exact || changes { score } else { 0 };
            alike[a * new.len() + b] = score;
            let with = if score > 0 { score + best[(a + 1) * width + b + 1] } else { 0 };
            best[a * width + b] = with.max(best[(a + 1) * width + b]).max(best[a * width + b + 1]);
        }
    }
    let (mut pairs, mut a, mut b) = (Vec::new(), 0, 0);
    while a < old.len() && b < new.len() {
        let score = alike[a * new.len() + b];
        let here = best[a * width + b];
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
