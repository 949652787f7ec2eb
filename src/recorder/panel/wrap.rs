//! Text into lines of a width, counted in cells: wide characters, marks and emoji included.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// A user-perceived character with its style and its width in cells.
struct Cell {
    symbol: String,
    style: Style,
    width: usize,
}

impl Cell {
    fn is_blank(&self) -> bool {
        self.symbol == " "
    }
}

/// Wraps `spans` at blanks, and between wide characters, into lines of at most `width` cells. A
/// word that is too long for a line is broken. No text gives no line.
pub(super) fn wrap(spans: &[Span<'_>], width: usize) -> Vec<Line<'static>> {
    let width = width.max(1);
    let mut wrapper =
        Wrapper { width, lines: Vec::new(), line: Row::default(), word: Row::default() };
    for cell in spans.iter().flat_map(cells) {
        wrapper.push(cell);
    }
    wrapper.finish()
}

/// `text` in one style, as at most `rows` lines; the last one ends in `cut` if there was more.
pub(super) fn wrap_rows(
    text: &str,
    style: Style,
    width: usize,
    rows: usize,
    cut: &str,
) -> Vec<Line<'static>> {
    let mut lines = wrap(&[Span::styled(text, style)], width);
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some(last) = lines.last_mut() {
            *last = Line::styled(ending(&line_text(last), width, cut), style);
        }
    }
    lines
}

/// `text` with `cut` behind it, without the last word where there is no room for both.
fn ending(text: &str, width: usize, cut: &str) -> String {
    let room = width.saturating_sub(cut.width());
    let mut kept = clip(text, room, "");
    if kept.len() < text.len()
        && let Some(at) = kept.rfind(' ')
    {
        kept.truncate(at);
    }
    format!("{}{cut}", kept.trim_end())
}

/// The start of `text` that fits into `width` cells, ending in `cut` if something is missing.
pub(super) fn clip(text: &str, width: usize, cut: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(cut.width());
    let mut out = take(cells(&Span::raw(text)), room);
    out.push_str(if cut.width() <= width { cut } else { "" });
    out
}

/// The end of `text` that fits: for paths, whose end says most.
pub(super) fn clip_start(text: &str, width: usize, cut: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(cut.width());
    let span = Span::raw(text);
    let mut all: Vec<Cell> = cells(&span).collect();
    let mut used = 0;
    let keep = all.iter().rev().take_while(|cell| {
        used += cell.width;
        used <= room
    });
    let kept = keep.count();
    let tail: String = all.drain(all.len() - kept..).map(|cell| cell.symbol).collect();
    if cut.width() <= width { format!("{cut}{tail}") } else { tail }
}

fn take(cells: impl Iterator<Item = Cell>, room: usize) -> String {
    let mut used = 0;
    let fitting = cells.take_while(|cell| {
        used += cell.width;
        used <= room
    });
    fitting.map(|cell| cell.symbol).collect()
}

/// The characters of a line, without styles.
pub(super) fn line_text(line: &Line<'_>) -> String {
    line.spans.iter().map(|span| span.content.as_ref()).collect()
}

fn cells<'a>(span: &'a Span<'_>) -> impl Iterator<Item = Cell> + use<'a> {
    span.styled_graphemes(Style::new()).filter_map(|grapheme| {
        let width = grapheme.symbol.width();
        let symbol = grapheme.symbol.to_owned();
        (width > 0).then_some(Cell { symbol, style: grapheme.style, width })
    })
}

#[derive(Default)]
struct Row {
    cells: Vec<Cell>,
    width: usize,
}

impl Row {
    fn push(&mut self, cell: Cell) {
        self.width += cell.width;
        self.cells.push(cell);
    }

    fn append(&mut self, other: &mut Self) {
        self.cells.append(&mut other.cells);
        self.width += std::mem::take(&mut other.width);
    }

    fn trim_end(&mut self) {
        while self.cells.last().is_some_and(Cell::is_blank) {
            self.cells.pop();
            self.width -= 1;
        }
    }

    /// Neighbours of one style become one span.
    fn into_line(self) -> Line<'static> {
        let mut spans: Vec<Span<'static>> = Vec::new();
        for cell in self.cells {
            match spans.last_mut() {
                Some(span) if span.style == cell.style => {
                    span.content.to_mut().push_str(&cell.symbol);
                }
                _ => spans.push(Span::styled(cell.symbol, cell.style)),
            }
        }
        Line::from(spans)
    }
}

struct Wrapper {
    width: usize,
    lines: Vec<Line<'static>>,
    line: Row,
    word: Row,
}

impl Wrapper {
    fn push(&mut self, cell: Cell) {
        if cell.is_blank() {
            self.end_word();
            // A blank at the edge is what the line break stands for.
            if self.line.width > 0 && self.line.width < self.width {
                self.line.push(cell);
            }
            return;
        }
        if cell.width > 1 {
            self.end_word();
        }
        if self.word.width + cell.width > self.width {
            self.end_word();
        }
        let wide = cell.width > 1;
        self.word.push(cell);
        if wide {
            self.end_word();
        }
    }

    fn end_word(&mut self) {
        if self.word.width == 0 {
            return;
        }
        if self.line.width + self.word.width > self.width {
            self.end_line();
        }
        self.line.append(&mut self.word);
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        line.trim_end();
        if !line.cells.is_empty() {
            self.lines.push(line.into_line());
        }
    }

    fn finish(mut self) -> Vec<Line<'static>> {
        self.end_word();
        self.end_line();
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::Stylize;

    use super::*;

    fn texts(text: &str, width: usize) -> Vec<String> {
        wrap(&[Span::raw(text)], width).iter().map(line_text).collect()
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(texts("the quick brown fox", 9), ["the quick", "brown fox"]);
        assert_eq!(texts("a  b", 9), ["a  b"]);
        assert_eq!(texts("  indented", 20), ["indented"]);
        assert_eq!(texts("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(texts("", 4), Vec::<String>::new());
    }

    #[test]
    fn cells_are_counted_not_characters() {
        assert_eq!(texts("日本語テキスト", 5), ["日本", "語テ", "キス", "ト"]);
        assert_eq!(texts("naïve cafe\u{301} x", 10), ["naïve cafe\u{301}", "x"]);
        assert_eq!(texts("👍🏽👍🏽👍🏽", 4), ["👍🏽👍🏽", "👍🏽"]);
        assert_eq!(clip("日本語", 5, "…"), "日本…");
        assert_eq!(clip("日本語", 6, "…"), "日本語");
        assert_eq!(clip_start("src/recorder/mod.rs", 9, "…"), "…r/mod.rs");
        assert_eq!(clip("abc", 0, "…"), "");
    }

    #[test]
    fn styles_survive_the_breaks() {
        let lines = wrap(&[Span::raw("one "), Span::raw("two three").bold()], 7);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].spans[1], Span::raw("two").bold());
        assert_eq!(lines[1].spans, [Span::raw("three").bold()]);
    }

    #[test]
    fn rows_are_limited_and_say_so() {
        let lines = wrap_rows("one two three four five", Style::new(), 9, 2, "…");
        let texts: Vec<String> = lines.iter().map(line_text).collect();
        assert_eq!(texts, ["one two", "three…"]);
        assert_eq!(ending("now run it", 10, "…"), "now run…");
        assert_eq!(ending("unbroken", 8, "…"), "unbroke…");
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_is_lost(text in "([a-z 日é\u{301}]|👍🏽){0,60}", width in 2usize..20) {
            let lines = texts(&text, width);
            for line in &lines {
                prop_assert!(line.width() <= width, "{:?} at {}", line, width);
            }
            let without = |t: &str| t.chars().filter(|c| *c != ' ').collect::<String>();
            let kept = without(&lines.concat());
            // A mark without a letter before it takes no cell and cannot be shown.
            let expected = without(&text);
            let marks = |t: &str| t.chars().filter(|c| *c != '\u{301}').collect::<String>();
            prop_assert_eq!(marks(&kept), marks(&expected));
        }
    }
}
