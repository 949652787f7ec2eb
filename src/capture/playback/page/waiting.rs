//! What a page does with prompts that are sent while it is written, and that the client shows on it.

use super::super::queued::Queued;
use super::super::row::{Row, first_of};
use super::super::screen::Line;
use super::super::words;
use super::Page;

impl Page {
    /// The lines on the screen above the cursor.
    pub(in super::super) fn said(&self) -> Vec<&str> {
        let rows = &self.rows[..first_of(self.rows.iter(), self.bottom).min(self.rows.len())];
        let rows = rows.iter().filter(|row| row.shown && !row.aside);
        rows.map(|row| &*row.line.text).collect()
    }

    /// These lines are told elsewhere than where they stand.
    pub(in super::super) fn set_moved(&mut self, lines: Vec<String>) {
        self.moved = lines;
    }

    /// What a row says besides the lines that are told elsewhere.
    pub(super) fn own<'a>(&self, row: &'a Row) -> &'a str {
        let text = &*row.line.text;
        let mut moved = self.moved.iter().filter(|line| !line.is_empty());
        let known = moved.find(|line| text.starts_with(&***line) || line.starts_with(text));
        known.map_or(text, |line| text.get(line.len()..).unwrap_or(""))
    }

    /// A prompt was typed while a turn went on, and sent when that was over. What stands above its
    /// `draft` is part of that turn, and what a client writes with is what stood on the screen when it
    /// was `begun`.
    pub(in super::super) fn settle_around(
        &mut self,
        screen: Vec<Line>,
        begun: &[Line],
        draft: &str,
    ) {
        self.settle(screen);
        let lines = begun.iter().filter(|line| !line.text.is_empty());
        self.before = lines.map(|line| line.text.clone()).collect();
        self.settle_above(draft);
    }

    /// What the last look saw first, right above where somebody writes, is the client's own.
    pub(in super::super) fn set_list(&mut self) {
        let looks = self.looks;
        let end = first_of(self.rows.iter(), self.bottom).min(self.rows.len());
        let above = self.rows[..end].iter_mut().rev().filter(|row| row.shown);
        let is_rule = |row: &&mut Row| !row.is_blank() && !words::any(&row.line.text);
        let list = above.skip_while(is_rule);
        list.take_while(|row| row.look == looks && row.is_text()).for_each(|row| row.aside = true);
    }

    /// What the client drew around a prompt at the look that showed it first is its own.
    pub(in super::super) fn set_aside(&mut self, queued: &mut Queued) {
        let end = first_of(self.rows.iter(), self.bottom).min(self.rows.len());
        let shown: Vec<usize> = (0..end).filter(|at| self.rows[*at].shown).collect();
        let lines: Vec<&str> = shown.iter().map(|at| &*self.rows[*at].line.text).collect();
        let is_beside =
            |at: &&usize| self.rows[**at].look == self.looks && self.rows[**at].is_text();
        let mut aside: Vec<usize> = Vec::new();
        for place in queued.first_shown(&lines) {
            aside.extend(shown[..place.start].iter().rev().take_while(is_beside));
            aside.extend(shown[place.end..].iter().take_while(is_beside));
        }
        for at in aside {
            self.rows[at].aside = true;
        }
    }
}
