//! Lines of styled text for the scripted clients: wrapped, cut and filled by what they look like.
//!
//! A line is a string with SGR sequences only, so that its width is its characters' width.

use unicode_width::UnicodeWidthChar;

/// Breaks text into lines of at most `width` columns, at spaces where there are some. A line that
/// is whole never changes when the text grows, so that it may be printed for good.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_inclusive(' ') {
            let wide = plain_width(word.trim_end());
            if used > 0 && used + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            for c in word.chars() {
                let columns = c.width().unwrap_or(0);
                if used + columns > width {
                    if c == ' ' {
                        continue;
                    }
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(c);
                used += columns;
            }
        }
        lines.push(line);
    }
    lines
}

fn plain_width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Columns that a line with SGR sequences takes.
pub(super) fn width(line: &str) -> usize {
    pieces(line).filter(|p| !p.starts_with('\x1b')).map(plain_width).sum()
}

/// The line cut at `columns`; its SGR sequences are kept.
pub(super) fn clip(line: &str, columns: usize) -> String {
    let (mut out, mut used) = (String::new(), 0);
    for piece in pieces(line) {
        if piece.starts_with('\x1b') {
            out.push_str(piece);
            continue;
        }
        for c in piece.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > columns {
                used = columns;
                break;
            }
            used += wide;
            out.push(c);
        }
    }
    out
}

/// The line cut or filled with spaces to exactly `columns`.
pub(super) fn fill(line: &str, columns: usize) -> String {
    let line = clip(line, columns);
    let rest = columns.saturating_sub(width(&line));
    line + &" ".repeat(rest)
}

/// Alternating runs of SGR sequences and text.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let end = if rest.starts_with('\x1b') {
            rest.find('m').map_or(rest.len(), |at| at + 1)
        } else {
            rest.find('\x1b').unwrap_or(rest.len())
        };
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_spaces_and_by_columns() {
        assert_eq!(wrap("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrap("日本語日本語", 6), ["日本語", "日本語"]);
        assert_eq!(wrap("a\n\nb", 8), ["a", "", "b"]);
    }

    #[test]
    fn whole_lines_stay_when_the_text_grows() {
        let text = "some words that are long enough to be wrapped 日本語 several times over";
        let all = wrap(text, 13);
        for (end, _) in text.char_indices() {
            let part = wrap(&text[..end], 13);
            assert_eq!(part[..part.len() - 1], all[..part.len() - 1], "{end}");
        }
    }

    #[test]
    fn sgr_takes_no_columns() {
        assert_eq!(width("\x1b[1mab\x1b[0m"), 2);
        assert_eq!(clip("\x1b[1mabc\x1b[0m", 2), "\x1b[1mab\x1b[0m");
        assert_eq!(fill("a", 3), "a  ");
    }
}
