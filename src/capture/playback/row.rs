//! A line of the page: what it shows, since when, and whether it only ticks.

use super::screen::Line;
use super::words;

/// Ticks after which a line is a clock.
const TICKS: u8 = 2;

/// A line of the page.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What it shows, or showed last.
    pub(super) line: Line,
    /// What the screen has of it, where it is clipped.
    pub(super) drawn: Option<String>,
    /// When it came, in seconds of the tape.
    pub(super) born: f64,
    /// The look that saw it first.
    pub(super) look: u64,
    pub(super) shown: bool,
    /// It went up out of view before, as what was said does.
    pub(super) stays: bool,
    /// It was seen more than once.
    pub(super) again: bool,
    /// When it was taken away from the middle of the screen.
    pub(super) taken: Option<f64>,
    /// Then it was no text, and is forgotten soon.
    pub(super) dropped: bool,
    pub(super) ticks: u8,
    /// It stays where it is while the text goes by, and was put away where it belongs.
    pub(super) pinned: bool,
    /// It was taken away: it did not only go out of view.
    pub(super) erased: bool,
    /// It is the client's word about a prompt that waits.
    pub(super) aside: bool,
    /// It belongs to a question of the client's that was answered.
    pub(super) asks: bool,
    /// Its forms before: a light that blinks has two, a wheel that turns has more.
    before: [String; 2],
}

impl Row {
    /// A line that came with a look.
    pub(super) fn new(line: Line, born: f64, look: u64, shown: bool) -> Self {
        Self {
            line,
            drawn: None,
            born,
            look,
            shown,
            stays: false,
            again: false,
            taken: None,
            dropped: false,
            ticks: 0,
            pinned: false,
            erased: false,
            aside: false,
            asks: false,
            before: <[String; 2]>::default(),
        }
    }

    /// The same with another text.
    pub(super) fn with(&self, line: Line) -> Self {
        Self { line, drawn: None, ..self.clone() }
    }

    /// Its text as the screen has it.
    pub(super) fn drawn(&self) -> &str {
        self.drawn.as_deref().unwrap_or(&self.line.text)
    }

    /// Whether it is on the screen as this line.
    pub(super) fn shows(&self, line: &Line) -> bool {
        self.shown && self.drawn() == line.text && self.line.wraps == line.wraps
    }

    /// A text that was taken away a moment ago, perhaps to be written elsewhere.
    pub(super) fn is_away(&self) -> bool {
        self.taken.is_some() && !self.dropped
    }

    /// It stands on the screen, or no longer.
    pub(super) fn show(&mut self, shown: bool) {
        self.shown = shown;
        (self.taken, self.dropped) = (None, false);
    }

    /// It was taken away; `dropped` where it was no text.
    pub(super) fn take(&mut self, now: f64, dropped: bool) {
        self.shown = false;
        (self.taken, self.dropped) = (Some(now), dropped);
    }

    /// The same, out of view.
    pub(super) fn put_away(&self) -> Self {
        Self { shown: false, ..self.clone() }
    }

    /// A line that only ticks; one that tells seconds is known sooner.
    pub(super) fn is_clock(&self) -> bool {
        self.ticks >= TICKS || self.ticks > 0 && self.is_lapse()
    }

    /// It stands on the screen now.
    pub(super) fn is_shown(&self) -> bool {
        self.shown
    }

    /// A line without anything on it.
    pub(super) fn is_blank(&self) -> bool {
        self.line.text.is_empty()
    }

    /// It says that a reply is still to come.
    pub(super) fn is_wait(&self) -> bool {
        is_wait(&self.line.text)
    }

    /// Both say how long a turn took: `Worked for <1s • 22:51`, `Baked for 1m 2s`.
    pub(super) fn is_lapse(&self) -> bool {
        let is_seconds = |word: &str| {
            let number = word.trim_matches(['<', '(', ')']).strip_suffix('s');
            number.is_some_and(|number| number.parse::<u32>().is_ok())
        };
        self.line.text.split_whitespace().any(is_seconds)
    }

    /// A line that may ask something.
    pub(super) fn is_question(&self) -> bool {
        self.line.text.trim_end().ends_with('?')
    }

    /// A line that says something.
    pub(super) fn is_text(&self) -> bool {
        !self.is_blank() && !self.is_clock()
    }

    /// The same line, drawn differently.
    pub(super) fn change(&mut self, line: &Line, now: f64, look: u64) {
        if self.drawn.as_ref() == Some(&line.text) {
            return;
        }
        self.drawn = None;
        let (old, new) = (&self.line.text, &line.text);
        if old == new {
            self.line.wraps = line.wraps;
            return;
        }
        if !words::any(old) {
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

/// Claude Code and Codex say that a reply is still to come: `Working (0s • …)`, `Baking…`. It is a
/// clock that has not ticked often enough to be known by that.
pub(super) fn is_wait(line: &str) -> bool {
    let is_seconds = |rest: &str| {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        after.len() < rest.len() && (after.starts_with("s ·") || after.starts_with("s •"))
    };
    let is_word = line.ends_with('…') && words::count(line) == 1;
    is_word || line.split('(').skip(1).any(is_seconds)
}

/// Which row is the first of so many at the bottom of the screen; beyond all where
/// there are not as many.
pub(super) fn first_of<'a>(rows: impl Iterator<Item = &'a Row> + Clone, count: usize) -> usize {
    let shown = rows.clone().filter(|row| row.shown).count();
    let above = shown.saturating_sub(count);
    let at = rows.enumerate().filter(|(_, row)| row.shown).nth(above);
    at.map_or(usize::MAX, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::super::page::Page;
    use super::Line;

    #[test]
    fn what_a_client_says_while_there_is_no_reply_is_known() {
        let is_wait = |text: &str| {
            let mut page = Page::default();
            page.look(&[Line { text: text.to_owned(), wraps: false }], 0, 1.0);
            page.rows().all(super::Row::is_wait)
        };
        let waits =
            ["• Working (0s • esc to interrupt)", "✻ Baking… (12s · ↓ 5 tokens)", "· Baking…"];
        assert!(waits.into_iter().all(is_wait));
        let replies = ["all 3 passed (4s)", "Well, then…", "(s · t)", "a (b • c)", "a"];
        assert!(!replies.into_iter().any(is_wait));
    }
}
