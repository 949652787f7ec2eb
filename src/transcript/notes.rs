//! Summary, decisions and todos out of what the assistant says: its `loghop` block where it wrote
//! one, else lines that say what they are.

use super::clip;

/// Characters of a summary, as in the session's metadata.
pub(super) const SUMMARY_MAX: usize = 500;

/// Characters of a decision or a todo: two lines of a panel.
pub(super) const ITEM_MAX: usize = 300;

/// Items of one list of a block.
pub(super) const ITEMS_MAX: usize = 40;

/// What a `loghop` block says; `None` for a key that it does not have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    pub summary: Option<String>,
    pub decisions: Option<Vec<String>>,
    pub todos_done: Option<Vec<String>>,
    pub todos_pending: Option<Vec<String>>,
}

/// What a line of prose says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    Decision,
    Pending,
    Done,
}

impl Cue {
    /// Whether the line says that something was decided.
    pub(super) fn decides(self) -> bool {
        self == Self::Decision
    }
}

/// The last `loghop` block of a message. A block that was not closed counts: the message was cut.
pub(super) fn block(text: &str) -> Option<Block> {
    if !text.contains("loghop") {
        return None;
    }
    let mut last = None;
    let mut body: Vec<&str> = Vec::new();
    for (line, place) in fenced(text) {
        match place {
            Place::Opens("loghop") => body = vec![],
            Place::Inside("loghop") => body.push(line),
            Place::Closes("loghop") => last = Some(std::mem::take(&mut body)),
            _ => {}
        }
    }
    let open = (!body.is_empty()).then_some(body);
    open.or(last).map(|lines| read_block(&lines))
}

/// The prose of a message for a summary: without fenced blocks, at most 500 characters.
pub(super) fn summary(text: &str) -> String {
    let mut kept = String::new();
    for (line, place) in fenced(text) {
        if place == Place::Prose && !(line.trim().is_empty() && kept.ends_with("\n\n")) {
            kept.push_str(line.trim_end());
            kept.push('\n');
        }
        if kept.len() > 4 * SUMMARY_MAX {
            break;
        }
    }
    clip::characters(kept.trim(), SUMMARY_MAX)
}

/// The lines of a message outside of fenced blocks.
pub(super) fn prose(text: &str) -> impl Iterator<Item = &str> {
    fenced(text).filter(|(_, place)| *place == Place::Prose).map(|(line, _)| line)
}

/// Lines of a message that say what they are, outside of fenced blocks.
pub(super) fn cues(text: &str) -> impl Iterator<Item = (Cue, &str)> {
    prose(text).filter_map(cue)
}

fn cue(line: &str) -> Option<(Cue, &str)> {
    const LABELS: &[(&str, Cue)] = &[
        ("Decision:", Cue::Decision),
        ("Resolved:", Cue::Decision),
        ("Conclusion:", Cue::Decision),
        ("TODO:", Cue::Pending),
        ("Next:", Cue::Pending),
        ("Follow-up:", Cue::Pending),
        ("Pending:", Cue::Pending),
    ];
    const PHRASES: &[&str] = &["We decided to ", "Chose to ", "Agreed to "];
    let line = line.trim();
    let item = unbulleted(line);
    if item.len() < line.len()
        && let Some((done, text)) = checkbox(item)
    {
        return Some((if done { Cue::Done } else { Cue::Pending }, text));
    }
    let bare = item.trim_start_matches(['*', '_', '#', ' ']);
    let label = |(label, cue): &(&str, Cue)| Some((*cue, after(bare, label)?));
    if let Some((cue, text)) = LABELS.iter().find_map(label) {
        let text = text.trim_matches(['*', '_', ' ']);
        return (!text.is_empty()).then_some((cue, text));
    }
    let decided = PHRASES.iter().any(|phrase| after(bare, phrase).is_some());
    decided.then(|| (Cue::Decision, bare.trim_end_matches(['*', '_'])))
}

/// What follows `start`, which is ASCII and may be in any case.
fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start).then(|| &text[start.len()..])
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    Prose,
    Opens(&'a str),
    Inside(&'a str),
    Closes(&'a str),
}

/// The lines of a text with where they stand. A fence is closed by one of its kind that is at
/// least as long.
fn fenced(text: &str) -> impl Iterator<Item = (&str, Place<'_>)> {
    let mut open: Option<(&str, &str)> = None;
    text.lines().map(move |line| {
        let trimmed = line.trim();
        let mark = fence(trimmed);
        let place = match (open, mark) {
            (None, None) => Place::Prose,
            (None, Some(mark)) => {
                let info = trimmed[mark.len()..].trim();
                let info = info.split_whitespace().next().unwrap_or("");
                open = Some((mark, info));
                Place::Opens(info)
            }
            (Some((by, info)), Some(mark)) if mark.starts_with(by) && mark == trimmed => {
                open = None;
                Place::Closes(info)
            }
            (Some((_, info)), _) => Place::Inside(info),
        };
        (line, place)
    })
}

/// The run of backticks or tildes that begins a fence.
fn fence(line: &str) -> Option<&str> {
    let first = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let mark = &line[..line.len() - line.trim_start_matches(first).len()];
    // Inline code such as ```x``` on one line is no fence.
    (mark.len() >= 3 && !line[mark.len()..].contains('`')).then_some(mark)
}

/// Lists and the summary of a block.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    Summary,
    Decisions,
    Done,
    Pending,
    Unknown,
}

fn read_block(lines: &[&str]) -> Block {
    let mut block = Block::default();
    let mut section = Key::Unknown;
    let said = lines.iter().filter(|line| !line.trim().is_empty());
    let base = said.clone().map(|line| indent(line)).min().unwrap_or(0);
    for line in said {
        let is_top = indent(line) == base;
        if let Some((key, rest)) = key(line.trim(), is_top) {
            section = key;
            block.open(key);
            if key == Key::Summary {
                block.say(rest.trim_start_matches(['|', '>', '-', '+']));
            } else {
                inline_list(rest).for_each(|item| block.add(key, item));
            }
        } else if section == Key::Summary {
            block.say(line);
        } else if unbulleted(line.trim()).len() < line.trim().len() {
            block.add(section, unbulleted(line.trim()));
        } else {
            block.go_on(section, line.trim());
        }
    }
    block
}

impl Block {
    fn list(&mut self, key: Key) -> Option<&mut Option<Vec<String>>> {
        match key {
            Key::Decisions => Some(&mut self.decisions),
            Key::Done => Some(&mut self.todos_done),
            Key::Pending => Some(&mut self.todos_pending),
            Key::Summary | Key::Unknown => None,
        }
    }

    fn open(&mut self, key: Key) {
        if let Some(list) = self.list(key) {
            list.get_or_insert_default();
        }
    }

    fn say(&mut self, line: &str) {
        let line = unquoted(line.trim());
        let summary = self.summary.get_or_insert_default();
        if !line.is_empty() {
            let gap = if summary.is_empty() { "" } else { " " };
            *summary = clip::characters(&format!("{summary}{gap}{line}"), SUMMARY_MAX);
        }
    }

    fn add(&mut self, key: Key, item: &str) {
        let item = unquoted(item.trim());
        let (key, item) = match (key, checkbox(item)) {
            (Key::Done | Key::Pending, Some((true, text))) => (Key::Done, text),
            (Key::Done | Key::Pending, Some((false, text))) => (Key::Pending, text),
            _ => (key, item),
        };
        let nothing = ["", "none", "n/a", "-", "nothing"];
        if nothing.iter().any(|word| item.eq_ignore_ascii_case(word)) {
            return;
        }
        if let Some(list) = self.list(key).map(Option::get_or_insert_default)
            && list.len() < ITEMS_MAX
        {
            list.push(clip::characters(item, ITEM_MAX));
        }
    }

    /// A line without a bullet goes on with the item before it.
    fn go_on(&mut self, key: Key, line: &str) {
        let last = self.list(key).and_then(|list| list.as_mut()?.last_mut());
        match last {
            Some(last) => *last = clip::characters(&format!("{last} {line}"), ITEM_MAX),
            None => self.add(key, line),
        }
    }
}

/// The key that a line begins with. A bullet before it is tolerated where the key is one of ours;
/// other words before a colon are keys only at the block's own indentation.
fn key(line: &str, is_top: bool) -> Option<(Key, &str)> {
    let (name, rest) = unbulleted(line).split_once(':')?;
    let name =
        name.trim_matches(['*', '"', '\'', '`', ' ']).to_lowercase().replace([' ', '-'], "_");
    let key = match name.as_str() {
        "summary" => Key::Summary,
        "decisions" | "decision" => Key::Decisions,
        "todos_done" | "todo_done" | "done" | "completed" => Key::Done,
        "todos_pending" | "todo_pending" | "todos" | "todo" | "pending" => Key::Pending,
        _ if !is_top || unbulleted(line).len() < line.len() => return None,
        _ if name.is_empty() || name.contains(|c: char| !c.is_alphanumeric() && c != '_') => {
            return None;
        }
        _ => Key::Unknown,
    };
    Some((key, rest.trim_start_matches("**").trim()))
}

/// `[a, "b"]` or `a`: the items on the key's own line.
fn inline_list(rest: &str) -> impl Iterator<Item = &str> {
    let inner = rest.strip_prefix('[').and_then(|r| r.strip_suffix(']'));
    let (inner, separator) = inner.map_or((rest, '\n'), |inner| (inner, ','));
    inner.split(separator).filter(|item| !matches!(item.trim(), "" | "|" | ">" | "|-" | ">-"))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Without a bullet or a number before it.
fn unbulleted(line: &str) -> &str {
    for bullet in ["- ", "* ", "+ ", "• "] {
        if let Some(rest) = line.strip_prefix(bullet) {
            return rest.trim_start();
        }
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &line[digits..];
    match rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")) {
        Some(rest) if (1..=3).contains(&digits) => rest.trim_start(),
        _ => line,
    }
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

/// `[x] text` and `[ ] text`.
fn checkbox(item: &str) -> Option<(bool, &str)> {
    let rest = item.strip_prefix('[')?;
    let mark = rest.chars().next().filter(|c| matches!(c, ' ' | 'x' | 'X'))?;
    let text = rest[1..].strip_prefix(']')?.trim();
    (!text.is_empty()).then_some((mark != ' ', text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn strings(items: &[&str]) -> Vec<String> {
        items.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_block_is_read_however_it_is_written() {
        let expected = Block {
            summary: Some("Did the parser: all of it.".into()),
            decisions: Some(strings(&["Use serde: it is there", "No async"])),
            todos_done: Some(strings(&["parser"])),
            todos_pending: Some(strings(&["writer", "tests"])),
        };
        let yaml = "Well.\n```loghop\nsummary: |\n  Did the parser:\n  all of it.\nmood: fine\n\
                    decisions:\n  - Use serde: it is there\n  - \"No async\"\ntodos_done:\n  - parser\n\
                    todos_pending:\n  - 'writer'\n  - tests\n```\nBye.";
        let loose = "```loghop\n  * Summary: \"Did the parser: all of it.\"\n  * **Decisions**:\n\
                     \x20   * Use serde:\n      it is there\n    * No async\n  * todos: \n    - [x] parser\n\
                     \x20   1. writer\n    2) tests\n```";
        let inline = "```loghop\nold: x\n```\n~~~ loghop v2\nsummary: Did the parser: all of it.\n\
                      decisions: [Use serde: it is there, \"No async\"]\ntodos_done: parser\n\
                      todos_pending: [writer, tests]\n~~~";
        for text in [yaml, loose, inline] {
            assert_eq!(block(text).as_ref(), Some(&expected), "{text}");
        }
        let cut = "```loghop\nsummary: Half\ndecisions: none\ntodos_done: []";
        let half = Block {
            summary: Some("Half".into()),
            decisions: Some(strings(&[])),
            todos_done: Some(strings(&[])),
            todos_pending: None,
        };
        assert_eq!(block(cut), Some(half));
        assert_eq!(block("see loghop: ```rust\nloghop\n```"), None);
    }

    #[test]
    fn lines_that_say_what_they_are() {
        let text = "Done. \nDecision: use SQLite\n**Decision:** keep it\nWe decided to wait.\n\
                    - [ ] add migrations\n* [x] write schema\nnext: seed data\n- TODO: docs\n\
                    [ ] not a list\nTODO:\n```sh\nTODO: in code\n```\nThe decision: none";
        let found: Vec<(Cue, &str)> = cues(text).collect();
        let expected = [
            (Cue::Decision, "use SQLite"),
            (Cue::Decision, "keep it"),
            (Cue::Decision, "We decided to wait."),
            (Cue::Pending, "add migrations"),
            (Cue::Done, "write schema"),
            (Cue::Pending, "seed data"),
            (Cue::Pending, "docs"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_summary_is_prose_only() {
        let text = "It works.\n\n```loghop\nsummary: x\n```\n\n```\n$ ls\n```\n\nTry it.";
        assert_eq!(summary(text), "It works.\n\nTry it.");
        let long = summary(&"wörd ".repeat(400));
        assert_eq!((long.chars().count(), long.ends_with('…')), (500, true));
        assert_eq!(summary("```\ndump\n```"), "");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(```|~~~|loghop|\n| |- |\\[x\\] |summary: |\\*|é|:|\\PC){0,60}") {
            let _ = (block(&text), summary(&text), cues(&text).count());
        }
    }
}
