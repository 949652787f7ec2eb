//! Text out of drawn lines: wraps are undone, frames and bullets taken away, and what the two
//! records call the same is left to be compared by words.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::screen::Line;

/// The text of drawn lines. `width` is that of the terminal.
pub(super) fn prose(lines: &[Line], width: usize) -> String {
    let at_blank: Vec<bool> = lines.windows(2).map(|pair| is_at_blank(pair, width)).collect();
    let mut lines: Vec<Line> = lines.iter().map(unframed).collect();
    let used = lines.iter().map(|line| line.text.width()).max().unwrap_or(0);
    // A client wraps at an edge of its own, some columns before the terminal's.
    let edge = if used * 8 >= width * 7 { used } else { width };
    let indent = indent(&lines);
    for line in &mut lines {
        let cut = line.text.len().min(indent);
        line.text = line.text.get(cut..).unwrap_or("").to_owned();
    }
    let edge = edge.saturating_sub(indent);
    let mut text = String::new();
    let mut last: Option<&Line> = None;
    for (at, line) in lines.iter().enumerate() {
        match last {
            None => {}
            Some(last) if last.wraps && at_blank[at - 1] => text.push(' '),
            Some(last) if last.wraps => {}
            Some(last) if is_wrapped(&last.text, &line.text, edge) => text.push(' '),
            Some(_) => text.push('\n'),
        }
        let goes_on = text.ends_with(' ') || last.is_some_and(|last| last.wraps);
        text.push_str(if goes_on { line.text.trim_start() } else { &line.text });
        last = Some(line);
    }
    let text = text.trim_matches('\n').trim_end();
    let mut squeezed = String::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            blank = true;
            continue;
        }
        if !squeezed.is_empty() {
            squeezed.push_str(if blank { "\n\n" } else { "\n" });
        }
        squeezed.push_str(line.trim_end());
        blank = false;
    }
    squeezed
}

/// Whether the terminal wrapped a line where a blank stood: before the next one, or of which nothing
/// is left, as there was room for what stands there.
fn is_at_blank(pair: &[Line], width: usize) -> bool {
    let next = pair[1].text.chars().next();
    let wide = next.and_then(UnicodeWidthChar::width).unwrap_or(1).max(1);
    pair[0].wraps && (next == Some(' ') || pair[0].text.width() + wide <= width)
}

/// Whether the next line goes on with this one: its first word had no room here.
fn is_wrapped(line: &str, next: &str, edge: usize) -> bool {
    let Some(first) = next.split_whitespace().next() else { return false };
    let is_item = !next.trim_start().starts_with(char::is_alphanumeric) && first.width() < 3;
    !line.trim().is_empty() && !is_item && line.width() + 1 + first.width() > edge
}

/// A line without what is drawn and not written: boxes, blocks, and a bullet of the client's own.
fn unframed(line: &Line) -> Line {
    let mut text: String = line.text.chars().map(|c| if is_drawn(c) { ' ' } else { c }).collect();
    let start = text.len() - text.trim_start().len();
    let mut chars = text[start..].chars();
    if let (Some(sign), Some(' ' | '\u{a0}')) = (chars.next(), chars.next())
        && !sign.is_ascii()
        && !sign.is_alphanumeric()
    {
        let blanks = " ".repeat(UnicodeWidthStr::width(sign.encode_utf8(&mut [0; 4])));
        text.replace_range(start..start + sign.len_utf8(), &blanks);
    }
    Line { text: text.trim_end().to_owned(), wraps: line.wraps }
}

/// Boxes, blocks and the dots of braille, which are drawn with.
fn is_drawn(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}' | '\u{10fffd}')
}

/// Blanks that all lines begin with.
fn indent(lines: &[Line]) -> usize {
    let indents = lines.iter().filter(|line| !line.text.trim().is_empty());
    indents.map(|line| line.text.len() - line.text.trim_start_matches(' ').len()).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrap_on_a_blank_is_one_and_a_wrap_in_a_word_is_none() {
        let line = |text: &str, wraps: bool| Line { text: text.to_owned(), wraps };
        let told = |first: &str, next: &str| prose(&[line(first, true), line(next, false)], 8);
        assert_eq!(told("one and", "two"), "one and two");
        assert_eq!(told("one andt", "wo"), "one andtwo");
        assert_eq!(told("one andt", " wo"), "one andt wo");
        assert_eq!(told("一二三a", "四"), "一二三a四", "a wide one had no room");
    }
}
