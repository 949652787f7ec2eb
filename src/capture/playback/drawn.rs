//! What a page holds of one turn: its prompt and its reply, without what the client draws around.

use std::collections::{BTreeMap, BTreeSet};

use super::page::Page;
use super::prose::prose;
use super::queued::Queued;
use super::row::Row;
use super::typed::Typed;
use super::words::{self, CLOSING_MAX, Runs, TWICE};

/// Looks at the beginning of a turn in which what a client writes with is drawn again.
const REDRAWN: u64 = 3;
/// Seconds at the beginning of a turn in which its prompt is shown once more.
const EARLY: f64 = 1.0;
/// Shorter lines do not tell whether they are drawn a second time.
const TWICE_WORDS_MIN: usize = 3;

/// When a turn was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// When it began, in seconds of the tape.
    pub(super) began: f64,
    /// What is older than this is no part of it. Its prompt is drawn before it begins.
    pub(super) since: f64,
    /// The first look at the page since it began.
    pub(super) look: u64,
    /// The last look before a question of the client's that nobody said yes to.
    pub(super) question: Option<u64>,
    /// When it ended.
    pub(super) ended: Option<f64>,
    /// It goes on with the one before, after an answer that is no prompt.
    pub(super) goes_on: bool,
}

/// A turn in words.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// What was asked.
    pub(super) prompt: String,
    /// What was answered.
    pub(super) reply: String,
    /// The prompt is what was typed, shown once more.
    pub(super) is_asked: bool,
    /// What loghop gave the client stood there: it asked.
    pub(super) is_given: bool,
}

impl Drawn {
    /// Reads a turn off a page. `seen` is what earlier turns said: a client that draws everything
    /// anew draws them too. What was `typed` tells the prompt from what was drawn before it.
    /// What was `queued` stands in its reply.
    pub(super) fn of(
        page: &Page,
        span: Span,
        width: usize,
        seen: &Runs,
        (typed, queued): (&Typed, &Queued),
    ) -> Self {
        let drawn = Self::on(page, span, width, seen, (typed, queued));
        // What was drawn before it began is a reply only below what was asked.
        let is_told_late = drawn.is_asked && words::count(&drawn.reply) > CLOSING_MAX;
        if page.looks() < span.look && !is_told_late {
            return Self { prompt: typed.text.clone(), ..Self::default() };
        }
        drawn
    }

    fn on(
        page: &Page,
        span: Span,
        width: usize,
        seen: &Runs,
        (typed, queued): (&Typed, &Queued),
    ) -> Self {
        let (mut gaps, is_given) = gaps(page, span, queued);
        if page.is_broken() {
            for rows in &mut gaps {
                drop_repeated(rows, seen);
            }
        }
        let is_asked = !typed.text.is_empty() && !span.goes_on;
        for rows in gaps.iter().take_while(|_| is_asked) {
            if let Some(prompt) = typed.found(&texts(rows)) {
                let rows = answered(&rows[prompt.start..], span);
                let parts = Self::parts(rows, prompt.len().min(rows.len()), span.ended, width);
                return Self { is_asked: true, ..parts };
            }
        }
        let rows = first_written(gaps);
        let rows = answered(&rows, span);
        let prompt = if is_given { 0 } else { prompt_len(rows, span) };
        Self { is_given, ..Self::parts(rows, prompt, span.ended, width) }
    }

    /// The same of a program that says nothing about its turns. Its prompt is what was `typed`;
    /// its end is the `next` one, of which nothing belongs to it. `sign` is what the program writes
    /// before one.
    pub(super) fn between(
        page: &Page,
        span: Span,
        width: usize,
        seen: &Runs,
        (typed, next, sign): (&Typed, &Typed, &str),
    ) -> Self {
        let all: Vec<&Row> = page.rows().collect();
        let old = is_old(page, &all, span);
        // Below what is typed next there are only menus and what a program says to no turn.
        let to = all.iter().rposition(|row| next.is_first(&row.line.text)).unwrap_or(all.len());
        let from = after_prompt(&all[..to], span, typed);
        let is_new =
            |(at, old): &(usize, bool)| !old && (from..to).contains(at) && !all[*at].is_clock();
        let mut rows: Vec<&Row> =
            old.into_iter().enumerate().filter(is_new).map(|(at, _)| all[at]).collect();
        if page.is_broken() {
            // What stood around the prompt was drawn anew with it.
            rows.retain(|row| row.is_blank() || !typed.is_older(&row.line.text));
            drop_repeated(&mut rows, seen);
        }
        let is_below = |row: &&&Row| {
            let line = &row.line.text;
            row.is_blank() || typed.is_draft(line) || next.is_draft(line)
        };
        let below = rows.iter().rev().take_while(is_below).count();
        rows.truncate(rows.len() - below);
        let mut parts = Self::parts(&rows, 0, None, width);
        let ends = next.sign.strip_suffix(sign).filter(|own| words::any(own));
        if let Some(end) = ends.filter(|_| !sign.trim().is_empty()) {
            // It ended without a new line: the program's sign stands behind it.
            parts.reply.push_str(if parts.reply.is_empty() { "" } else { "\n" });
            parts.reply.push_str(end.trim());
        }
        Self { prompt: typed.text.clone(), ..parts }
    }

    fn parts(rows: &[&Row], split: usize, ended: Option<f64>, width: usize) -> Self {
        let text = |rows: &[&Row]| {
            let lines: Vec<_> = rows.iter().map(|row| row.line.clone()).collect();
            prose(&lines, width)
        };
        let (prompt, reply) = rows.split_at(split);
        let end = reply.len() - closing(reply, ended);
        let early = text(&reply[..end]);
        let reply = if early.is_empty() { text(reply) } else { early };
        Self { prompt: text(prompt), reply, ..Self::default() }
    }
}

/// The rows that came with the turn, without clocks and without the client's own frame: what lies
/// between the rows that were there before. And whether loghop's own words were among them.
fn gaps<'a>(page: &'a Page, span: Span, queued: &Queued) -> (Vec<Vec<&'a Row>>, bool) {
    let mut rows: Vec<&Row> = page.rows().take(page.composer()).collect();
    rows.retain(|row| !row.pinned && !row.aside && !queued.is_closing(row));
    let asks = |row: &&Row| {
        let is_new = span.question.is_some_and(|before| row.look > before);
        is_new && row.is_shown() && row.is_question()
    };
    // What the client asks stands below all that was said.
    let end = rows.iter().position(asks).unwrap_or(rows.len());
    rows.truncate(end);
    if span.ended.is_none() {
        rows.truncate(status(&rows));
    }
    let old = is_old(page, &rows, span);
    let is_new = |(row, old): (&&Row, &bool)| !old && words::any(&row.line.text);
    let first = rows.iter().zip(&old).position(is_new).unwrap_or(rows.len());
    // It was drawn when it was typed, where a line changes with each key.
    let queued: BTreeSet<usize> = queued.shown(&texts(&rows[first..])).into_iter().collect();
    let given = page.given(&rows);
    let mut is_given = false;
    let mut gaps = vec![Vec::new()];
    for (at, ((row, old), given)) in rows.into_iter().zip(old).zip(given).enumerate() {
        is_given |= given && !old;
        let is_queued = at >= first && queued.contains(&(at - first));
        match gaps.last_mut() {
            Some(_) if given => {}
            Some(gap) if is_queued || !old && !row.is_clock() => gap.push(row),
            Some(gap) if old && row.is_shown() && !gap.is_empty() => gaps.push(Vec::new()),
            _ => {}
        }
    }
    (gaps, is_given)
}

/// How many rows at the end of a turn were drawn after it and are no reply: how long it took, or
/// that it was interrupted.
fn closing(rows: &[&Row], ended: Option<f64>) -> usize {
    let has_words = |row: &&Row| words::any(&row.line.text);
    let is_late = |row: &&&Row| ended.is_some_and(|ended| row.born >= ended) || !has_words(row);
    let late = rows.iter().rev().take_while(is_late).count();
    let late = &rows[rows.len() - late..];
    // What stands above that may be a last short word.
    let lapse = late.iter().position(|row| row.is_lapse());
    let Some(first) = lapse.or_else(|| late.iter().position(has_words)) else { return 0 };
    let said = late[first..].iter().map(|row| words::count(&row.line.text)).sum::<usize>();
    if said <= CLOSING_MAX { late.len() - first } else { 0 }
}

/// The rows of a turn without the last one where that only says that the reply is still to come.
fn answered<'a, 'b>(rows: &'b [&'a Row], span: Span) -> &'b [&'a Row] {
    let has_words = |row: &&Row| words::any(&row.line.text);
    let is_cut = span.ended.is_none() || span.question.is_some();
    match rows.iter().rposition(has_words) {
        Some(last) if is_cut && rows[last].is_wait() => &rows[..last],
        _ => rows,
    }
}

/// Where the last lines of a turn that goes on say that its reply is still to come, with a hint right
/// below.
fn status(rows: &[&Row]) -> usize {
    let is_said = |row: &&Row| row.is_shown() && words::any(&row.line.text);
    let end = rows.iter().rposition(is_said).map_or(0, |last| last + 1);
    let block =
        rows[..end].iter().rev().take_while(|row| row.is_shown() && !row.is_blank()).count();
    let mut last = rows[end - block..end].iter();
    last.position(|row| row.is_wait() || row.is_clock()).map_or(rows.len(), |at| end - block + at)
}

fn texts<'a>(rows: &[&'a Row]) -> Vec<&'a str> {
    rows.iter().map(|row| &*row.line.text).collect()
}

/// The gap where the turn was first written is its own.
fn first_written(gaps: Vec<Vec<&Row>>) -> Vec<&Row> {
    let has_words = |row: &&&Row| words::any(&row.line.text);
    let written = |rows: &Vec<&Row>| rows.iter().filter(has_words).map(|row| row.look).min();
    let gaps = gaps.into_iter().filter_map(|rows| Some((written(&rows)?, rows)));
    gaps.min_by_key(|(look, _)| *look).map(|(_, rows)| rows).unwrap_or_default()
}

/// The row after the prompt, where the program shows it once more as the turn begins; what it draws
/// above it is no reply.
fn after_prompt(rows: &[&Row], span: Span, typed: &Typed) -> usize {
    let is_early = |row: &Row| {
        let begins = row.look <= span.look + REDRAWN || row.born < span.began + EARLY;
        begins || typed.is_first(&row.line.text)
    };
    let is_rest = |row: &&Row| row.is_blank() || typed.is_draft(&row.line.text);
    let mut from = 0;
    // It may stand there more than once: where it was typed, and where it is shown from then on.
    loop {
        let early: Vec<usize> = (from..rows.len()).filter(|at| is_early(rows[*at])).collect();
        let lines: Vec<&str> = early.iter().map(|at| &*rows[*at].line.text).collect();
        let shown = if from == 0 { typed.found(&lines) } else { typed.found_alone(&lines) };
        let Some(shown) = shown else { return from };
        let (first, next) = (rows[early[shown.start]], early[shown.end - 1] + 1);
        if rows[next..].iter().all(is_rest) {
            return from;
        }
        if typed.is_first(&first.line.text) && !first.erased && first.look <= span.look {
            // There it was typed, and there it stands; what comes below it the program says.
            return next;
        }
        from = next;
    }
}

/// Which rows were there before the turn: by their age, and those that were drawn again when it
/// began, from below: there stands what a client writes with.
fn is_old(page: &Page, rows: &[&Row], span: Span) -> Vec<bool> {
    let by_age = |row: &&Row| !row.is_blank() && row.born < span.since;
    let mut old: Vec<bool> = rows.iter().map(by_age).collect();
    let mut before: BTreeMap<&str, usize> = BTreeMap::new();
    for text in page.before() {
        *before.entry(text).or_default() += 1;
    }
    for (row, _) in rows.iter().zip(&old).filter(|(row, old)| **old && row.is_shown()) {
        if let Some(count) = before.get_mut(&*row.line.text) {
            *count = count.saturating_sub(1);
        }
    }
    for (row, old) in rows.iter().zip(&mut old).rev() {
        if *old {
            continue;
        }
        let is_redrawn = row.look <= span.look + REDRAWN;
        match before.get_mut(&*row.line.text).filter(|count| is_redrawn && **count > 0) {
            Some(count) => {
                *count -= 1;
                *old = true;
            }
            // Above what is new, the same line may have been said again.
            None if words::any(&row.line.text) => break,
            None => {}
        }
    }
    if page.is_broken() {
        let frame = redrawn_frame(page, rows);
        old[frame..].fill(true);
    }
    old
}

/// Where what a client writes with begins after everything was drawn anew: at the bottom stand
/// the lines that stood there before the turn, perhaps with other blanks between their words. The
/// last one, a status, may say something else.
fn redrawn_frame(page: &Page, rows: &[&Row]) -> usize {
    let before: BTreeSet<Vec<u64>> = page.before().map(words::words).collect();
    let mut rows = rows.iter().enumerate().rev().filter(|(_, row)| words::any(&row.line.text));
    let was_there = |row: &Row| before.contains(&words::words(&row.line.text));
    let Some((last, status)) = rows.next() else { return 0 };
    let end = if was_there(status) { last } else { last + 1 };
    rows.take_while(|(_, row)| was_there(row)).last().map_or(end, |(at, _)| at)
}

/// How many of the rows are the prompt: the first block, when it was drawn as the turn began.
fn prompt_len(rows: &[&Row], span: Span) -> usize {
    let first = rows.iter().position(|row| !row.is_blank());
    let Some(start) = first.filter(|_| !span.goes_on) else { return 0 };
    let is_early = |row: &&&Row| !row.is_blank() && row.look <= span.look + REDRAWN;
    let block = rows[start..].iter().take_while(is_early).count();
    if block == 0 { 0 } else { start + block }
}

/// Leaves out lines that were drawn before, in this turn or an earlier one.
fn drop_repeated(rows: &mut Vec<&Row>, seen: &Runs) {
    let mut own = Runs::default();
    rows.retain(|row| {
        let words = words::words(&row.line.text);
        let again = words.len() >= TWICE_WORDS_MIN
            && (own.share(&words) >= TWICE || seen.share(&words) >= TWICE);
        if !again {
            own.add_words(&words);
        }
        !again
    });
}
