//! Rows in columns, as wide as the terminal is.

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use super::Printer;
use crate::cli::paint::{Tone, clean, fit, pad};

/// Cells in which the last column of a table still says something.
const LAST_MIN: usize = 8;

impl Printer {
    /// A title, headers and rows; the last column is cut where the terminal ends. Where the others
    /// leave it no room, each row is told line by line.
    pub fn table(&mut self, title: &str, headers: &[&str], rows: &[Vec<String>]) {
        if self.look.json {
            self.record(json!({"type": "table", "title": title, "headers": headers, "rows": rows}));
            return;
        }
        self.data(&self.tone(Tone::Heading, title));
        if self.look.plain {
            self.data(&format!("  {}", headers.join(" | ")));
            for row in rows {
                let (first, rest) = row.split_first().map_or(("", &[][..]), |(f, r)| (f, r));
                self.data(&clean(&format!("  {first}: {}", rest.join(" · "))));
            }
            return;
        }
        let widths = column_widths(headers, rows);
        let others: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
        if self.look.width < others + 2 + LAST_MIN {
            return self.stacked(headers, rows);
        }
        let head: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        let head = self.row(&head, &widths);
        self.data(&self.tone(Tone::Muted, &head));
        for row in rows {
            let row = self.row(row, &widths);
            self.data(&row);
        }
    }

    /// The rows of a table one below the other.
    fn stacked(&mut self, headers: &[&str], rows: &[Vec<String>]) {
        let widest = headers.iter().skip(1).map(|header| header.width()).max().unwrap_or(0);
        for row in rows {
            for (n, (header, cell)) in headers.iter().zip(row).enumerate() {
                let cell = self.glyphs(&clean(cell)).replace('\n', " ");
                let name = self.tone(Tone::Key, &pad(header, widest));
                match n {
                    0 => self.data(&format!("  {cell}")),
                    _ if cell.is_empty() => {}
                    _ => self.data(&format!("    {name}  {cell}")),
                }
            }
        }
    }

    fn row(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (n, cell) in cells.iter().enumerate() {
            let cell = self.glyphs(&clean(cell)).replace('\n', " ");
            line.push_str("  ");
            if n + 1 == cells.len() {
                line.push_str(&fit(&cell, self.look.width.saturating_sub(line.width())));
            } else {
                line.push_str(&pad(&cell, widths.get(n).copied().unwrap_or(0)));
            }
        }
        line
    }
}

fn column_widths(headers: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    let widest = |n: usize| {
        let cells = rows.iter().filter_map(|row| row.get(n)).map(|cell| clean(cell).width());
        cells.chain([headers[n].width()]).max().unwrap_or(0)
    };
    (0..headers.len()).map(widest).collect()
}
