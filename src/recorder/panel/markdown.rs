//! Markdown as styled lines of a width: the handoff as a person reads it.
//!
//! The text was said by tools, files and people, so it is cleaned before anything else. Every
//! construct that has no form here is shown as its plain text; nothing is dropped.

use std::cell::{Ref, RefCell};

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::wrap;
use crate::handoff::quote;
use crate::theme::Theme;

/// A document that is rendered once for each width and theme.
#[derive(Debug, Default)]
pub struct Document {
    text: String,
    rendered: RefCell<Option<Rendered>>,
}

#[derive(Debug)]
struct Rendered {
    width: u16,
    theme: Theme,
    ascii: bool,
    lines: Vec<Line<'static>>,
}

impl Document {
    /// A document of this Markdown.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), rendered: RefCell::new(None) }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Its lines at this width; the last rendering is kept.
    pub fn lines(&self, width: u16, theme: &Theme, ascii: bool) -> Ref<'_, [Line<'static>]> {
        let is_fresh = |r: &Rendered| (r.width, r.ascii) == (width, ascii) && r.theme == *theme;
        if !self.rendered.borrow().as_ref().is_some_and(is_fresh) {
            let lines = render(&self.text, width, theme, ascii);
            *self.rendered.borrow_mut() = Some(Rendered { width, theme: *theme, ascii, lines });
        }
        Ref::map(self.rendered.borrow(), |r| r.as_ref().map_or(&[][..], |r| &r.lines))
    }
}

/// Renders Markdown to lines of at most `width` cells.
pub fn render(text: &str, width: u16, theme: &Theme, ascii: bool) -> Vec<Line<'static>> {
    let text = quote::clean(text).replace('\t', "    ");
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let look = Look { theme, ascii };
    let mut renderer = Renderer::new(look, usize::from(width).max(1));
    for event in Parser::new_ext(&text, options) {
        renderer.event(event);
    }
    renderer.finish()
}

/// Levels of quotes and lists that are indented; deeper ones stay there, or no room would be left.
const DEPTH_MAX: usize = 6;

/// What stands at the left of the lines of a block.
struct Margin {
    /// On the block's first line (a bullet), then replaced by blanks.
    first: String,
    /// On every other line.
    rest: String,
    style: Style,
    used: bool,
}

struct Renderer<'a> {
    look: Look<'a>,
    width: usize,
    lines: Vec<Line<'static>>,
    margins: Vec<Margin>,
    /// Numbers of the open ordered lists; `None` for bullets.
    lists: Vec<Option<u64>>,
    styles: Vec<Style>,
    spans: Vec<Span<'static>>,
    code: Option<Code>,
    links: Vec<String>,
    gap: bool,
}

/// An open code block.
struct Code {
    text: String,
    diff: bool,
}

impl<'a> Renderer<'a> {
    fn new(look: Look<'a>, width: usize) -> Self {
        Self {
            look,
            width,
            lines: Vec::new(),
            margins: Vec::new(),
            lists: Vec::new(),
            styles: vec![look.theme.text],
            spans: Vec::new(),
            code: None,
            links: Vec::new(),
            gap: false,
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => self.span(&text, self.look.theme.code),
            Event::Html(text) | Event::InlineHtml(text) => self.span(&text, self.look.theme.dim),
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.span(&text, self.look.theme.code);
            }
            Event::FootnoteReference(name) => self.span(&format!("[{name}]"), self.style()),
            Event::SoftBreak => self.span(" ", self.style()),
            Event::HardBreak => self.flush(),
            Event::Rule => self.rule(),
            Event::TaskListMarker(done) => self.task(done),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let theme = self.look.theme;
        match tag {
            Tag::Heading { level, .. } => {
                self.block();
                let top = level == HeadingLevel::H1;
                self.styles.push(if top { theme.title } else { theme.heading });
            }
            Tag::BlockQuote(_) => {
                self.block();
                let bar = self.look.pick("▎ ", "| ");
                self.margin(bar.into(), bar.into(), theme.border);
                self.styles.push(theme.quote);
            }
            Tag::CodeBlock(kind) => {
                self.block();
                let diff = matches!(&kind, CodeBlockKind::Fenced(info) if info.starts_with("diff"));
                self.code = Some(Code { text: String::new(), diff });
            }
            Tag::List(start) => {
                // A list inside an item follows its text without a gap.
                if self.lists.is_empty() {
                    self.block();
                } else {
                    self.flush();
                }
                self.lists.push(start);
            }
            Tag::Item => self.item(),
            Tag::TableHead => {
                self.block();
                self.styles.push(theme.title);
            }
            Tag::Emphasis => self.emphasis(Modifier::ITALIC),
            Tag::Strong => self.emphasis(Modifier::BOLD),
            Tag::Strikethrough => self.emphasis(Modifier::CROSSED_OUT),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push(dest_url.into_string());
                self.styles.push(theme.link);
            }
            Tag::Paragraph | Tag::HtmlBlock | Tag::Table(_) => self.block(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::Table => self.close(),
            TagEnd::Heading(level) => {
                self.close();
                self.styles.pop();
                self.gap = level == HeadingLevel::H1;
            }
            TagEnd::BlockQuote(_) => {
                self.close();
                self.margins.pop();
                self.styles.pop();
            }
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                self.gap = self.lists.is_empty();
            }
            TagEnd::Item => {
                self.flush();
                self.margins.pop();
                self.gap = false;
            }
            TagEnd::TableHead => {
                self.row();
                self.styles.pop();
            }
            TagEnd::TableRow => self.row(),
            TagEnd::TableCell => {
                let bar = self.look.pick(" │ ", " | ");
                self.span(bar, self.look.theme.border);
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.styles.pop();
            }
            TagEnd::Link | TagEnd::Image => self.link(),
            _ => {}
        }
    }

    /// A new block, with an empty line before it where one is due.
    fn block(&mut self) {
        self.flush();
        let fresh_item = self.margins.last().is_some_and(|m| !m.used && m.first != m.rest);
        if self.gap && !fresh_item {
            self.blank();
        }
        self.gap = false;
    }

    fn close(&mut self) {
        self.flush();
        self.gap = true;
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| line.spans.is_empty()) {
            return;
        }
        self.lines.push(Line::default());
    }

    fn style(&self) -> Style {
        self.styles.last().copied().unwrap_or_default()
    }

    fn emphasis(&mut self, modifier: Modifier) {
        self.styles.push(self.style().add_modifier(modifier));
    }

    fn margin(&mut self, first: String, rest: String, style: Style) {
        let fits = self.margins.len() < DEPTH_MAX;
        let (first, rest) = if fits { (first, rest) } else { Default::default() };
        self.margins.push(Margin { first, rest, style, used: false });
    }

    fn item(&mut self) {
        self.flush();
        let bullet = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{}. ", number.saturating_sub(1))
            }
            _ => self.look.pick("• ", "- ").to_owned(),
        };
        let rest = " ".repeat(bullet.width());
        self.margin(bullet, rest, self.look.theme.accent);
    }

    /// A box instead of the item's bullet.
    fn task(&mut self, done: bool) {
        let theme = self.look.theme;
        let (mark, style) = if done {
            (self.look.pick("☑ ", "x "), theme.ok)
        } else {
            (self.look.pick("☐ ", "o "), theme.warn)
        };
        if let Some(margin) = self.margins.last_mut().filter(|m| !m.first.is_empty()) {
            (margin.first, margin.rest, margin.style) = (mark.into(), "  ".into(), style);
        }
    }

    fn text(&mut self, text: &str) {
        match &mut self.code {
            Some(code) => code.text.push_str(text),
            None => self.span(text, self.style()),
        }
    }

    fn span(&mut self, text: &str, style: Style) {
        let mut lines = text.split('\n');
        if let Some(first) = lines.next() {
            self.spans.push(Span::styled(first.to_owned(), style));
        }
        for line in lines {
            self.flush();
            self.spans.push(Span::styled(line.to_owned(), style));
        }
    }

    /// The target of a link after its text, where the text does not say it already.
    fn link(&mut self) {
        self.styles.pop();
        let target = self.links.pop().unwrap_or_default();
        let shown = self.spans.last().is_some_and(|span| span.content.contains(&target));
        if !shown {
            self.span(&format!(" ({target})"), self.look.theme.dim);
        }
    }

    fn row(&mut self) {
        // The last cell needs no bar after it.
        self.spans.pop();
        self.flush();
    }

    fn rule(&mut self) {
        self.block();
        let room = self.room();
        let line = self.look.pick("─", "-").repeat(room);
        self.push(Line::styled(line, self.look.theme.border));
        self.gap = true;
    }

    fn code_block(&mut self) {
        let Some(code) = self.code.take() else { return };
        let (theme, cut) = (self.look.theme, self.look.cut());
        let room = self.room();
        for text in code.text.lines() {
            let style = match text.as_bytes().first() {
                Some(b'+') if code.diff => theme.ok,
                Some(b'-') if code.diff => theme.error,
                Some(b'@') if code.diff => theme.accent,
                _ => theme.code,
            };
            self.push(Line::styled(wrap::clip(text, room, cut), style));
        }
        self.gap = true;
    }

    /// Cells that the margins leave.
    fn room(&self) -> usize {
        let margins: usize = self.margins.iter().map(|m| m.rest.width()).sum();
        self.width.saturating_sub(margins).max(self.width.div_ceil(4))
    }

    fn flush(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        for line in wrap::wrap(&spans, self.room()) {
            self.push(line);
        }
    }

    /// Puts a finished line behind the margins.
    fn push(&mut self, line: Line<'static>) {
        let mut spans = Vec::with_capacity(self.margins.len() + line.spans.len());
        for margin in &mut self.margins {
            let text = if margin.used { &margin.rest } else { &margin.first };
            margin.used = true;
            spans.push(Span::styled(text.clone(), margin.style));
        }
        let style = line.style;
        spans.extend(line.spans.into_iter().map(|s| Span::styled(s.content, style.patch(s.style))));
        self.lines.push(Line::from(spans));
    }

    fn finish(mut self) -> Vec<Line<'static>> {
        self.flush();
        while self.lines.last().is_some_and(|line| line.spans.is_empty()) {
            self.lines.pop();
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str, width: u16) -> Vec<String> {
        render(text, width, &Theme::plain(), false).iter().map(wrap::line_text).collect()
    }

    #[test]
    fn blocks_have_air_and_lists_have_none() {
        let text = "# Title\n\n## Goal\nShip it\nnow\n\n- one\n- two\n  - deep\n    down\n- [x] done\n- [ ] open\n\n3. three\n4. four\n\nend";
        let expected = [
            "Title",
            "",
            "Goal",
            "Ship it now",
            "",
            "• one",
            "• two",
            "  • deep down",
            "☑ done",
            "☐ open",
            "",
            "3. three",
            "4. four",
            "",
            "end",
        ];
        assert_eq!(texts(text, 30), expected);
    }

    #[test]
    fn quotes_code_tables_and_links_are_shown() {
        let text = "> said one\n> two\n\n```diff\n+a line that is too long\n  b\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nsee [docs](http://x.y) or <http://z>\n\n---\n<b>raw</b>";
        let expected = [
            "▎ said one two",
            "",
            "+a line that is …",
            "  b",
            "",
            "a │ b",
            "1 │ 2",
            "",
            "see docs",
            "(http://x.y) or",
            "http://z",
            "",
            "─────────────────",
            "",
            "<b>raw</b>",
        ];
        assert_eq!(texts(text, 17), expected);
    }

    #[test]
    fn long_items_hang_under_their_text() {
        assert_eq!(texts("- one two three\n\n  next", 9), ["• one two", "  three", "", "  next"]);
        assert_eq!(texts("- [ ] one two three", 9), ["☐ one two", "  three"]);
    }

    #[test]
    fn meanings_have_styles() {
        let (theme, _) = Theme::choose(None, None, true, crate::theme::Depth::True);
        let lines = render("## H\n\n`c` **b**\n\n```diff\n-x\n```", 20, &theme, false);
        assert_eq!(lines[0].spans[0].style, theme.heading);
        assert_eq!(lines[1].spans[0].style, theme.code);
        assert_eq!(lines[1].spans[2].style, theme.text.add_modifier(Modifier::BOLD));
        assert_eq!(lines[3].spans[0].style, theme.error);
    }

    #[test]
    fn a_document_is_rendered_again_only_when_it_looks_different() {
        let document = Document::new("one two three");
        let theme = Theme::plain();
        let first = document.lines(20, &theme, false).as_ptr();
        assert_eq!(document.lines(20, &theme, false).as_ptr(), first);
        assert_eq!(document.lines(5, &theme, false).len(), 3);
        assert!(Document::new(" \n").is_empty());
    }

    #[test]
    fn deep_nesting_leaves_room_for_text() {
        let text = format!("{}deep", "> ".repeat(200));
        let lines = texts(&text, 20);
        assert!(lines.concat().contains("deep"), "{lines:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn no_text_is_unsafe(text in "[a-z #>*`~|\\[\\]()!<\\-0-9.\n\t\x1b日👍🏽\u{202e}]{0,200}", width in 1u16..40) {
            for line in render(&text, width, &Theme::plain(), false) {
                let text = wrap::line_text(&line);
                prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
            }
        }
    }
}
