//! Prompts that were sent while a turn went on: clients show them below it, and then what they say
//! to them, with or without telling that one turn ended and another began.

use std::ops::Range;

use super::prose::prose;
use super::row::{Row, is_wait};
use super::screen::Line;
use super::typed::Typed;
use super::words::{self, CLOSING_MAX};

/// Prompts that wait for the end of a turn; nobody sends more.
const QUEUED_MAX: usize = 16;
/// Seconds in which a client that goes on writes how long the answer before took.
const CLOSES: f64 = 1.0;

/// The prompts, in their order.
#[derive(Debug, Default)]
pub(super) struct Queued {
    sent: Vec<Sent>,
    /// When the client had answered one and went on with the next.
    paused: Vec<f64>,
}

/// One of them.
#[derive(Debug)]
struct Sent {
    prompt: Typed,
    /// It was shown.
    seen: bool,
    /// The lines that had been said when it was shown, and that the client wrote below it.
    moved: Vec<String>,
}

impl Queued {
    /// One more was sent; its text may be unknown. The client's own commands are none.
    pub(super) fn push(&mut self, prompt: Typed) {
        if self.sent.len() < QUEUED_MAX && !prompt.text.trim_start().starts_with('/') {
            self.sent.push(Sent { prompt, seen: false, moved: Vec::new() });
        }
    }

    /// The client had answered one, then it went on.
    pub(super) fn paused(&mut self, at: f64) {
        if self.paused.len() < QUEUED_MAX && !self.is_empty() {
            self.paused.push(at);
        }
    }

    /// Whether a line that came then tells how long an answer took.
    pub(super) fn is_closing(&self, row: &Row) -> bool {
        let is_late = |paused: &f64| (*paused..*paused + CLOSES).contains(&row.born);
        self.paused.iter().any(is_late)
            && row.is_lapse()
            && !row.is_wait()
            && words::count(&row.line.text) <= CLOSING_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Where those stand that no lines before these showed.
    pub(super) fn first_shown(&mut self, lines: &[&str]) -> Vec<Range<usize>> {
        let place = |sent: &mut Sent| {
            let place = places(lines, &sent.prompt).pop()?;
            sent.seen = true;
            let above = lines[place.clone()].iter().take_while(|line| !words::any(line));
            Some(place.start + above.count()..place.end)
        };
        self.sent.iter_mut().filter(|sent| !sent.seen).filter_map(place).collect()
    }

    /// Which of the lines show one of them.
    pub(super) fn shown(&self, lines: &[&str]) -> Vec<usize> {
        self.sent
            .iter()
            .flat_map(|sent| places(lines, &sent.prompt).into_iter().flatten())
            .collect()
    }

    /// A frame comes after the one `before`, each without what one writes with. A client that gives
    /// a reply up shows the prompt above what it had not finished of that. Returns such lines, as
    /// they were drawn.
    pub(super) fn moved(&mut self, before: &[&str], frame: &[&str]) -> Option<&[String]> {
        for sent in self.sent.iter_mut().filter(|sent| sent.moved.is_empty()) {
            sent.moved = moved(&sent.prompt, before, frame);
            if !sent.moved.is_empty() {
                return Some(&sent.moved);
            }
        }
        None
    }

    /// Takes from a reply what belongs to the prompts that stand in it: each with what comes below
    /// it. One that is not there was taken back.
    pub(super) fn split(self, reply: &mut String, width: usize) -> Vec<(String, String)> {
        let mut parts = vec![(String::new(), std::mem::take(reply))];
        let mut begun: Vec<String> = Vec::new();
        for Sent { prompt, moved, .. } in self.sent {
            let Some((_, last)) = parts.last_mut() else { continue };
            let mut lines: Vec<&str> = last.lines().collect();
            let Some(below) = below(&mut lines, &prompt) else { continue };
            let (mut above, mut below) = (lines.join("\n"), below.join("\n"));
            if !moved.is_empty() {
                // Of the prompt before it may have been moved, too.
                let said = text(&moved, width);
                above = format!("{}\n{}", above.trim_end(), after_all(&said, &begun));
                begun = moved.iter().map(|line| text(std::slice::from_ref(line), width)).collect();
                below = after_all(&below, &begun).to_owned();
            }
            above.trim().clone_into(last);
            parts.push((prompt.text, below.trim().to_owned()));
        }
        let mut parts = parts.into_iter();
        *reply = parts.next().map(|(_, own)| own.trim().to_owned()).unwrap_or_default();
        parts.collect()
    }
}

/// The lines below a prompt that stood above it, or where it was not yet shown, in the frame before,
/// as they were there. The last one may have grown.
fn moved(prompt: &Typed, before: &[&str], frame: &[&str]) -> Vec<String> {
    let is_said = |line: &&&str| !line.trim().is_empty();
    let Some(place) = prompt.found(frame).filter(|_| !prompt.text.is_empty()) else {
        return Vec::new();
    };
    let was = prompt.found(before).unwrap_or(before.len()..before.len());
    let mut gone: Vec<&str> = before[..was.start].iter().filter(is_said).copied().collect();
    let count = gone.len();
    for line in &frame[..place.start] {
        if let Some(at) = gone.iter().position(|gone| gone == line) {
            gone.remove(at);
        }
    }
    // One that stands above all else is only kept in view.
    let is_inside = gone.len() < count;
    let stood_there = before[was.end..].iter().find(is_said);
    let below = || frame[place.end..].iter().filter(is_said);
    let first = below().next().filter(|first| is_inside && stood_there != Some(first));
    let first = first.filter(|line| !is_wait(line));
    let start = first.and_then(|first| gone.iter().position(|line| first.starts_with(line)));
    let goes_on = |(old, new): &(&&str, &&str)| new.starts_with(**old);
    let lines = gone[start.unwrap_or(gone.len())..].iter().zip(below()).take_while(goes_on);
    let lines: Vec<String> = lines.map(|(old, _)| (*old).to_owned()).collect();
    if lines.iter().any(|line| words::any(line)) { lines } else { Vec::new() }
}

/// Drawn lines as text.
fn text(lines: &[String], width: usize) -> String {
    let line = |text: &String| Line { text: text.clone(), wraps: false };
    prose(&lines.iter().map(line).collect::<Vec<_>>(), width)
}

/// What comes in a text after the lines that it may begin with, however it is wrapped.
fn after_all<'a>(text: &'a str, lines: &[String]) -> &'a str {
    let after = |rest: &'a str, line: &String| {
        let mut signs = line.chars().filter(|c| !c.is_whitespace());
        signs.try_fold(rest, |rest, sign| rest.trim_start().strip_prefix(sign))
    };
    let mut rest = text;
    for line in lines {
        match after(rest, line) {
            Some(next) => rest = next,
            None => break,
        }
    }
    rest
}

/// Takes a prompt and what stands below it from some lines. Where it waited and where it was
/// answered it may stand twice.
fn below<'a>(lines: &mut Vec<&'a str>, prompt: &Typed) -> Option<Vec<&'a str>> {
    let places = places(lines, prompt);
    let count = |lines: &[&str]| lines.iter().map(|line| words::count(line)).sum::<usize>();
    let is_answered = |end: usize| count(&lines[end..]) > CLOSING_MAX;
    let first = places.first()?.clone();
    let place = places.into_iter().rev().find(|place| is_answered(place.end));
    let Some(place) = place else {
        // It waits still, with a word of the client's to that.
        lines.truncate(first.start);
        return Some(Vec::new());
    };
    let below = lines.split_off(place.end);
    lines.truncate(place.start);
    lines.drain(first.start..first.end.min(lines.len()));
    Some(below)
}

/// Where a prompt stands in some lines.
fn places(lines: &[&str], prompt: &Typed) -> Vec<Range<usize>> {
    let (mut places, mut from) = (Vec::new(), 0);
    while let Some(found) = prompt.found(&lines[from..]).filter(|_| !prompt.text.is_empty()) {
        places.push(from + found.start..from + found.end);
        from += found.end;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::screen::{Line, Moment};
    use super::*;

    fn typed(text: &str) -> Typed {
        let line = |text: String| Line { text, wraps: false };
        let begun = Moment { lines: vec![line("> ".into())], row: 0, sign: "> ".into() };
        let sent = Moment { lines: vec![line(format!("> {text}"))], row: 0, sign: String::new() };
        Typed::of(&begun, &sent, "", 80)
    }

    fn split(reply: &str) -> (String, Vec<(String, String)>) {
        let mut queued = Queued::default();
        queued.push(typed("and what then"));
        let mut reply = reply.to_owned();
        let parts = queued.split(&mut reply, 80);
        (reply, parts)
    }

    #[test]
    fn what_stands_below_a_prompt_answers_it() {
        let answer = "Then there are nine words or even more here.";
        let of = |reply: &str| vec![("and what then".to_owned(), reply.to_owned())];
        let told = format!("One.\nTwo.\n\nand what then\n\n{answer}");
        assert_eq!(split(&told), ("One.\nTwo.".into(), of(answer)));
        let twice = format!("One.\nand what then\nTwo.\n> and what then\n{answer}");
        assert_eq!(split(&twice), ("One.\nTwo.".into(), of(answer)));
        assert_eq!(split("One.\nand what then\nQueued"), ("One.".into(), of("")));
        assert_eq!(split("One.\nTwo."), ("One.\nTwo.".into(), Vec::new()));
    }

    #[test]
    fn a_prompt_is_first_shown_once_and_begins_with_itself() {
        let mut queued = Queued::default();
        queued.push(typed("and what then"));
        let lines = ["One.", "", "", "Queued:", "> and what then", ""];
        assert!(queued.first_shown(&lines[..4]).is_empty());
        let first = queued.first_shown(&["One.", "", "> and what then"]);
        assert_eq!(first.first(), Some(&(2..3)));
        assert!(queued.first_shown(&lines).is_empty());
        let mut queued = Queued::default();
        queued.push(typed("and what then"));
        let below = queued.first_shown(&["One.", "- two", "-", "", "> and what then"]);
        assert_eq!(below.first(), Some(&(4..5)), "a list goes on above it");
    }

    #[test]
    fn a_status_that_goes_down_past_a_prompt_was_not_said() {
        let mut queued = Queued::default();
        queued.push(typed("and what then"));
        let before = ["One.", "", "> another", "", "✽ Swooping…", "  Tip: start small with it"];
        let frame = ["One.", "", "> another", "", "> and what then", "", "✽ Swooping…"];
        let frame: Vec<&str> = frame.into_iter().chain(["  Tip: start small with it"]).collect();
        assert!(queued.moved(&before, &frame).is_none());
    }

    #[test]
    fn what_was_said_before_a_prompt_was_shown_answers_the_one_before() {
        let mut queued = Queued::default();
        queued.push(typed("and what then"));
        let before = ["One.", "", "Two and th"];
        assert!(queued.moved(&before, &["One.", "", "Two and three", "and what then"]).is_none());
        let above = ["> and what then", "", "One.", "Two and th"];
        assert!(queued.moved(&before, &above).is_none(), "it is only kept in view");
        let frame = ["One.", "", "> and what then", "", "Two and thFour"];
        assert_eq!(queued.moved(&before, &frame).unwrap(), ["Two and th"]);
        let mut reply = "One.\n\nand what then\n\nTwo and\nthFour it is, and that in more words than a notice has.".to_owned();
        let parts = queued.split(&mut reply, 80);
        assert_eq!(reply, "One.\nTwo and th");
        assert_eq!(
            parts,
            [(
                "and what then".to_owned(),
                "Four it is, and that in more words than a notice has.".to_owned()
            )]
        );
    }
}
