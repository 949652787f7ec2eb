//! One section of the document: rows that each have a worth, so that what has no room is the least
//! valuable row of all sections, and not the section that stands last.

use std::fmt::Write;

use super::budget::tokens;
use super::quote;

/// Rows of a list after which the next one is worth half of the first.
const HALF_LIFE: f32 = 8.0;
/// Tokens of a heading's marks.
const HEADING: usize = 2;
/// Tokens of the line that says how many rows are missing.
const MORE: usize = 6;

/// A heading and what stands under it; nothing is shown of an empty one.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) parts: Vec<Part>,
}

/// Rows of one kind.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Stands above them.
    pub(super) head: String,
    pub(super) rows: Vec<Row>,
    /// They were printed by commands: a fence stands around them.
    pub(super) is_printed: bool,
    /// They are entries that can be counted, and there were so many.
    pub(super) known: usize,
}

/// What is told whole or not at all.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) text: String,
    tokens: usize,
    worth: f32,
}

impl Part {
    /// The first `max` lines; the first one is worth so much, the others less and less.
    pub(super) fn list(lines: impl Iterator<Item = String>, max: usize, worth: f32) -> Self {
        let mut part = Self::default();
        for line in lines {
            if part.known < max {
                let worth = worth / (1.0 + part.known as f32 / HALF_LIFE);
                let text = if line.ends_with('\n') { line } else { line + "\n" };
                part.rows.push(Row { tokens: tokens(&text), text, worth });
            }
            part.known += 1;
        }
        part
    }

    /// A text of one piece; it is not counted as an entry.
    pub(super) fn text(text: String, worth: f32) -> Self {
        let has_text = !text.is_empty();
        let part = Self::list(has_text.then_some(text).into_iter(), 1, worth);
        Self { known: 0, ..part }
    }

    /// How many rows are not told.
    pub(super) fn missing(&self) -> usize {
        self.known.saturating_sub(self.rows.len())
    }

    fn tokens(&self) -> usize {
        let more = if self.missing() > 0 { MORE } else { 0 };
        let fence = if self.is_printed { MORE } else { 0 };
        let rows: usize = self.rows.iter().map(|row| row.tokens).sum();
        if rows == 0 { 0 } else { tokens(&self.head) + rows + more + fence }
    }

    /// What the last row is worth for each of its tokens.
    fn value(&self) -> Option<f32> {
        self.rows.last().map(|row| row.worth / row.tokens.max(1) as f32)
    }

    fn push(&self, out: &mut String) {
        if !self.head.is_empty() {
            let _ = write!(out, "{}\n\n", self.head);
        }
        let rows: String = self.rows.iter().map(|row| row.text.as_str()).collect();
        out.push_str(&if self.is_printed { quote::fence("text", &rows) } else { rows });
        if self.missing() > 0 && !self.is_printed {
            let _ = writeln!(out, "- … and {} more", self.missing());
        }
    }
}

impl Section {
    /// Text of one piece that is worth so much.
    pub(super) fn new(title: &'static str, text: impl Into<String>, worth: f32) -> Self {
        Self { title, parts: vec![Part::text(text.into(), worth)] }
    }

    /// Rows.
    pub(super) fn of(title: &'static str, part: Part) -> Self {
        Self { title, parts: vec![part] }
    }

    /// What it costs.
    pub(super) fn tokens(&self) -> usize {
        let parts: usize = self.parts.iter().map(Part::tokens).sum();
        if parts == 0 { 0 } else { tokens(self.title) + HEADING + parts }
    }

    /// Writes it at the end of a document.
    pub(super) fn push(&self, out: &mut String) {
        let told = self.parts.iter().filter(|part| !part.rows.is_empty());
        for (n, part) in told.enumerate() {
            if n == 0 {
                let _ = write!(out, "\n## {}\n\n", self.title);
            } else {
                out.push('\n');
            }
            part.push(out);
        }
    }
}

/// Takes rows away, of all sections those that are worth least for their length, until what is left
/// fits into `room` tokens.
pub(super) fn fit(sections: &mut [Section], room: usize) {
    loop {
        let need: usize = sections.iter().map(Section::tokens).sum();
        let parts = sections.iter_mut().flat_map(|section| &mut section.parts);
        let valued = parts.filter_map(|part| part.value().map(|value| (value, part)));
        let least = valued.min_by(|(a, _), (b, _)| a.total_cmp(b));
        match least {
            Some((_, part)) if need > room => part.rows.pop(),
            _ => return,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(title: &'static str, rows: usize, worth: f32) -> Section {
        let lines = (0..rows).map(|n| format!("- entry number {n}"));
        Section::of(title, Part::list(lines, 40, worth))
    }

    #[test]
    fn the_least_valuable_rows_of_all_sections_go() {
        let mut all = [list("A", 12, 8.0), list("B", 12, 2.0), list("C", 2, 9.0)];
        fit(&mut all, 60);
        let told: Vec<usize> = all.iter().map(|section| section.parts[0].rows.len()).collect();
        assert!(told[0] > told[1] && told[0] < 12 && told[2] == 2, "{told:?}");
        assert!(all.iter().map(Section::tokens).sum::<usize>() <= 60);
        let mut out = String::new();
        all[0].push(&mut out);
        assert!(out.ends_with(&format!("- … and {} more\n", 12 - told[0])), "{out}");
        fit(&mut all, 0);
        let mut out = String::new();
        for section in &all {
            section.push(&mut out);
        }
        assert_eq!(out, "");
    }
}
